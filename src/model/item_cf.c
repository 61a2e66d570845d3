/* item_cf.c - item-based collaborative filtering (DESIGN.md section 4; Sarwar et al. 2001).
 *
 *     score(u,i) = sum over j in I_u with j in N_k(i) of sim(i,j) r_uj
 *
 * Training keeps the k nearest items of every item. Scoring goes the other way, from what the
 * shopper has to whom it is a neighbour of, so the lists are inverted once. */
#include "knn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct item_cf {
    struct model_base base;
    struct similarity_options options;
    struct neighbours neighbours; /* N_k(i) */
    struct sparse inverse;    /* (n_items, n_items): row j holds the i with j in N_k(i), and sim */
    struct knn_matrix matrix; /* items by users, weighted */
    double *norms;            /* (n_items) squared */
};

static const struct parameter_info parameters_of_item_cf[] = {
    KNN_PARAMETERS,
    { NULL, PARAMETER_NUMBER, 0, 0, 0, NULL, NULL },
};

static void release(struct model *model)
{
    struct item_cf *cf = (struct item_cf *)model;
    neighbours_fini(&cf->neighbours);
    sparse_fini(&cf->inverse);
    knn_matrix_fini(&cf->matrix);
    free(cf->norms);
    free(cf);
}

static struct item_cf *make(const struct dataset *dataset, const struct parameters *parameters,
                            struct error *error)
{
    struct item_cf *cf = calloc(1, sizeof *cf);
    if (!cf) {
        error_memory(error, "the item-cf model");
        return NULL;
    }
    model_init(&cf->base, &item_cf_kind, dataset, parameters);
    cf->options = knn_options(parameters);
    cf->norms = malloc(((size_t)dataset->n_items + 1) * sizeof *cf->norms);
    if (!cf->norms) error_memory(error, "the item-cf model");
    if (!cf->norms ||
        !knn_matrix_init(&cf->matrix, &dataset->by_item, &dataset->by_user, parameters, error)) {
        model_release((struct model *)cf);
        return NULL;
    }
    similarity_norms(&cf->matrix.rows, cf->norms);
    return cf;
}

/* j -> the items that have j among their neighbours, ascending. */
static bool invert(struct item_cf *cf, struct error *error)
{
    const struct neighbours *lists = &cf->neighbours;
    const int32_t n = lists->n_rows;
    struct sparse *inverse = &cf->inverse;
    if (!sparse_init(inverse, n, n, lists->start[n], error)) return false;
    for (int64_t at = 0; at < lists->start[n]; at++)
        inverse->start[lists->id[at] + 1]++;
    for (int32_t j = 0; j < n; j++)
        inverse->start[j + 1] += inverse->start[j];
    int64_t *next = malloc(((size_t)n + 1) * sizeof *next);
    if (!next) return error_memory(error, "the item-cf model");
    memcpy(next, inverse->start, ((size_t)n + 1) * sizeof *next);
    for (int32_t i = 0; i < n; i++)
        for (int64_t at = lists->start[i]; at < lists->start[i + 1]; at++) {
            int64_t to = next[lists->id[at]]++;
            inverse->column[to] = i;
            inverse->value[to] = lists->similarity[at];
        }
    free(next);
    return true;
}

static struct model *train(const struct dataset *dataset, const struct parameters *parameters,
                           int threads, struct progress *progress, struct error *error)
{
    struct item_cf *cf = make(dataset, parameters, error);
    if (cf &&
        similarity_all(&cf->matrix.rows, &cf->matrix.columns, &cf->options, threads, progress,
                       &cf->neighbours, error) &&
        invert(cf, error))
        return (struct model *)cf;
    model_release((struct model *)cf);
    return NULL;
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct item_cf *cf = (const struct item_cf *)model;
    const int32_t n = cf->neighbours.n_rows;
    double *sum = calloc((size_t)n + 1, sizeof *sum);
    if (!sum) return error_memory(error, "scores");
    for (int32_t a = 0; a < shopper->n; a++) {
        const int32_t j = shopper->item[a];
        if (j >= n) continue;
        const double r = shopper->strength[a];
        for (int64_t at = cf->inverse.start[j]; at < cf->inverse.start[j + 1]; at++)
            sum[cf->inverse.column[at]] += r * cf->inverse.value[at];
    }
    for (int32_t i = 0; i < n; i++)
        scores[i] = sum[i] > 0 ? (float)sum[i] : -INFINITY;
    free(sum);
    return true;
}

/* A purchase's node opens to the users who bought both: their products are the similarity. */
static bool open_purchase(const struct item_cf *cf, struct receipt *node, int32_t i, int32_t j,
                          const struct receipt_limits *limits, struct error *error)
{
    const struct sparse *rows = &cf->matrix.rows;
    const int32_t common = knn_common(rows, i, j);
    const double factor = knn_factor(&cf->options, cf->norms[i], cf->norms[j], common);
    int64_t x = rows->start[i], y = rows->start[j];
    int32_t n = 0;
    node->count = common;
    if (limits->levels == 1) return true;
    if (!receipt_make_children(node, common, error)) return false;
    while (n < common) {
        if (rows->column[x] < rows->column[y])
            x++;
        else if (rows->column[x] > rows->column[y])
            y++;
        else {
            double product = (double)rows->value[x] * rows->value[y];
            node->children[n++] = (struct receipt){ .kind = RECEIPT_BUYER,
                                                    .user = rows->column[x],
                                                    .item = i,
                                                    .time = MOMENT_NONE,
                                                    .factor = product * factor,
                                                    .value = product * factor * node->strength };
            x++, y++;
        }
    }
    return receipt_trim(node, limits->children, error);
}

static struct receipt *open(const struct model *model, const struct shopper *shopper, int32_t item,
                            const struct receipt_limits *limits, struct error *error)
{
    const struct item_cf *cf = (const struct item_cf *)model;
    const int32_t n = cf->neighbours.n_rows;
    struct receipt *root = receipt_new(RECEIPT_SCORE, shopper->user, item, 0, error);
    if (!root || item < 0 || item >= n) return root;
    int32_t parts = 0;
    for (int32_t a = 0; a < shopper->n; a++)
        parts += shopper->item[a] < n && sparse_find(&cf->inverse, shopper->item[a], item) >= 0;
    if (parts == 0) return root;
    bool good = receipt_make_children(root, parts, error);
    for (int32_t a = 0, part = 0; good && a < shopper->n; a++) {
        const int32_t j = shopper->item[a];
        const int64_t at = j < n ? sparse_find(&cf->inverse, j, item) : -1;
        if (at < 0) continue;
        struct receipt *node = &root->children[part++];
        *node = (struct receipt){ .kind = RECEIPT_PURCHASE,
                                  .user = shopper->user,
                                  .item = j,
                                  .time = shopper->time[a],
                                  .factor = cf->inverse.value[at],
                                  .strength = shopper->strength[a] };
        node->value = node->factor * node->strength;
        root->value += node->value;
        good = open_purchase(cf, node, item, j, limits, error);
    }
    if (good && receipt_trim(root, limits->children, error)) return root;
    receipt_free(root);
    return NULL;
}

static int32_t similar(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error)
{
    const struct item_cf *cf = (const struct item_cf *)model;
    const struct neighbours *lists = &cf->neighbours;
    int32_t n = 0;
    (void)error;
    if (item < 0 || item >= lists->n_rows) return 0;
    for (int64_t at = lists->start[item]; at < lists->start[item + 1] && n < k; at++)
        out[n++] = (struct neighbour){ .id = lists->id[at],
                                       .common = knn_common(&cf->matrix.rows, item, lists->id[at]),
                                       .similarity = lists->similarity[at] };
    return n;
}

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct neighbours *lists = &((const struct item_cf *)model)->neighbours;
    const size_t total = (size_t)lists->start[lists->n_rows];
    bytes_write_int32(writer, 1);
    bytes_write_int32(writer, lists->n_rows);
    bytes_write(writer, lists->start, ((size_t)lists->n_rows + 1) * sizeof *lists->start);
    bytes_write(writer, lists->id, total * sizeof *lists->id);
    bytes_write(writer, lists->similarity, total * sizeof *lists->similarity);
    return !writer->failed;
}

/* Lists that would lead out of the arrays are refused, whatever the checksum says later. */
static bool lists_are_sound(const struct neighbours *lists)
{
    for (int64_t at = 0; at < lists->start[lists->n_rows]; at++)
        if (lists->id[at] < 0 || lists->id[at] >= lists->n_rows) return false;
    return true;
}

static bool read_lists(struct item_cf *cf, struct byte_reader *reader, struct error *error)
{
    struct neighbours *lists = &cf->neighbours;
    const int32_t n = cf->base.dataset->n_items;
    lists->n_rows = n;
    lists->start = malloc(((size_t)n + 1) * sizeof *lists->start);
    if (!lists->start) return error_memory(error, "the item-cf model");
    if (!bytes_read(reader, lists->start, ((size_t)n + 1) * sizeof *lists->start)) return false;
    for (int32_t i = 0; i < n; i++)
        if (lists->start[0] != 0 || lists->start[i + 1] < lists->start[i] ||
            lists->start[i + 1] - lists->start[i] >= n)
            return error_set(error, ERROR_INPUT,
                             "the stored item-cf model is damaged: train again");
    const size_t total = (size_t)lists->start[n];
    lists->id = malloc((total + 1) * sizeof *lists->id);
    lists->similarity = malloc((total + 1) * sizeof *lists->similarity);
    if (!lists->id || !lists->similarity) return error_memory(error, "the item-cf model");
    if (!bytes_read(reader, lists->id, total * sizeof *lists->id) ||
        !bytes_read(reader, lists->similarity, total * sizeof *lists->similarity))
        return false;
    return lists_are_sound(lists) ||
           error_set(error, ERROR_INPUT, "the stored item-cf model is damaged: train again");
}

static struct model *load(const struct dataset *dataset, const struct parameters *parameters,
                          struct byte_reader *reader, struct error *error)
{
    int32_t version = bytes_read_int32(reader), n_items = bytes_read_int32(reader);
    if (reader->failed) return NULL;
    if (version != 1 || n_items != dataset->n_items) {
        error_set(error, ERROR_INPUT,
                  "the stored item-cf model does not fit its data: train again");
        return NULL;
    }
    struct item_cf *cf = make(dataset, parameters, error);
    if (cf && read_lists(cf, reader, error) && invert(cf, error)) return (struct model *)cf;
    model_release((struct model *)cf);
    return NULL;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *parameters)
{
    const struct similarity_options options = knn_options(parameters);
    int64_t n = dataset->n_items, most = options.k < n ? options.k : n;
    int64_t weighted =
        parameters_get(parameters, "weighting") > 0 ? sparse_entries(&dataset->by_item) * 16 : 0;
    return similarity_memory(&dataset->by_item, options.k, 0) + n * most * 8 + weighted;
}

const struct model_kind item_cf_kind = {
    .name = "item-cf",
    .summary = "items bought by the same people as the shopper's own",
    .parameters = parameters_of_item_cf,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = open,
    .similar = similar,
    .save = save,
    .load = load,
};

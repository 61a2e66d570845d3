/* user_cf.c - user-based collaborative filtering (DESIGN.md section 4).
 *
 *     score(u,i) = sum over v in N_k(u) of sim(u,v) r_vi
 *
 * A lazy learner: training keeps norms (and weights) only, and the neighbours of a shopper are
 * found when they are asked for, from whatever history the shopper has at that moment. A list that
 * was computed beforehand could not know a what-if or a date in the past. The cost is one walk over
 * the columns of the shopper's items: the number of purchases of those items. */
#include "knn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct user_cf {
    struct model_base base;
    struct similarity_options options;
    struct knn_matrix matrix; /* users by items, weighted */
    double *norms;            /* (n_users) squared */
};

static const struct parameter_info parameters_of_user_cf[] = {
    KNN_PARAMETERS,
    { NULL, PARAMETER_NUMBER, 0, 0, 0, NULL, NULL },
};

static void release(struct model *model)
{
    struct user_cf *cf = (struct user_cf *)model;
    knn_matrix_fini(&cf->matrix);
    free(cf->norms);
    free(cf);
}

static struct user_cf *make(const struct dataset *dataset, const struct parameters *parameters,
                            struct error *error)
{
    struct user_cf *cf = calloc(1, sizeof *cf);
    if (!cf) {
        error_memory(error, "the user-cf model");
        return NULL;
    }
    model_init(&cf->base, &user_cf_kind, dataset, parameters);
    cf->options = knn_options(parameters);
    cf->norms = malloc(((size_t)dataset->n_users + 1) * sizeof *cf->norms);
    if (!cf->norms) error_memory(error, "the user-cf model");
    if (!cf->norms ||
        !knn_matrix_init(&cf->matrix, &dataset->by_user, &dataset->by_item, parameters, error)) {
        model_release((struct model *)cf);
        return NULL;
    }
    similarity_norms(&cf->matrix.rows, cf->norms);
    return cf;
}

static struct model *train(const struct dataset *dataset, const struct parameters *parameters,
                           int threads, struct progress *progress, struct error *error)
{
    (void)threads;
    progress_begin(progress, "norms", dataset->n_users);
    struct user_cf *cf = make(dataset, parameters, error);
    progress_add(progress, dataset->n_users);
    return (struct model *)cf;
}

/* The shopper's own vector in the matrix that is compared: strengths, or the weighted row. A
 * weighted row exists for what is in the data; a shopper who differs from it is compared by
 * strengths times the weights that the matrix gives per column. */
struct vector {
    int32_t n;
    int32_t *column;
    float *value;
    double norm;
};

static bool vector_init(struct vector *vector, const struct user_cf *cf,
                        const struct shopper *shopper, struct error *error)
{
    const struct sparse *rows = &cf->matrix.rows;
    memset(vector, 0, sizeof *vector);
    vector->column = malloc(((size_t)shopper->n + 1) * sizeof *vector->column);
    vector->value = malloc(((size_t)shopper->n + 1) * sizeof *vector->value);
    if (!vector->column || !vector->value) {
        free(vector->column);
        free(vector->value);
        return error_memory(error, "a shopper's vector");
    }
    for (int32_t a = 0; a < shopper->n; a++) {
        const int32_t item = shopper->item[a];
        float value = shopper->strength[a];
        if (item >= rows->n_columns) continue;
        if (cf->matrix.own) { /* weight per strength of the column, from anybody who has it */
            const int64_t at = cf->matrix.columns.start[item];
            if (at == cf->matrix.columns.start[item + 1]) continue;
            const int32_t owner = cf->matrix.columns.column[at];
            const struct sparse *plain = &cf->base.dataset->by_user;
            const int64_t own = shopper->user >= 0 && shopper->user < rows->n_rows
                                    ? sparse_find(plain, shopper->user, item)
                                    : -1;
            if (own >= 0 && plain->value[own] == value)
                value = rows->value[own];
            else
                value *=
                    cf->matrix.columns.value[at] / plain->value[sparse_find(plain, owner, item)];
        }
        vector->column[vector->n] = item;
        vector->value[vector->n++] = value;
        vector->norm += (double)value * value;
    }
    return true;
}

static void vector_fini(struct vector *vector)
{
    free(vector->column);
    free(vector->value);
}

static int by_similarity(const void *a, const void *b)
{
    const struct neighbour *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* N_k of a shopper, best first; *found is malloc'ed. -1 without memory. */
static int32_t nearest(const struct user_cf *cf, const struct shopper *shopper, int32_t k,
                       const struct vector *vector, struct neighbour **found, struct error *error)
{
    const size_t n_users = (size_t)cf->matrix.rows.n_rows;
    double *sim = malloc((n_users + 1) * sizeof *sim);
    int32_t *common = malloc((n_users + 1) * sizeof *common);
    int32_t n = -1;
    *found = malloc((n_users + 1) * sizeof **found);
    if (!sim || !common || !*found) {
        error_memory(error, "neighbours");
        free(*found);
        *found = NULL;
        goto out;
    }
    similarity_vector(&cf->matrix.columns, cf->norms, vector->column, vector->value, vector->n,
                      &cf->options, sim, common);
    n = 0;
    for (size_t user = 0; user < n_users; user++)
        if (sim[user] > 0 && (int32_t)user != shopper->user)
            (*found)[n++] = (struct neighbour){ (int32_t)user, common[user], sim[user] };
    qsort(*found, (size_t)n, sizeof **found, by_similarity);
    if (n > k) n = k;
out:
    free(sim);
    free(common);
    return n;
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct user_cf *cf = (const struct user_cf *)model;
    const struct sparse *rows = &cf->base.dataset->by_user;
    struct neighbour *found = NULL;
    struct vector vector;
    if (!vector_init(&vector, cf, shopper, error)) return false;
    double *sum = calloc((size_t)rows->n_columns + 1, sizeof *sum);
    int32_t n = nearest(cf, shopper, cf->options.k, &vector, &found, error);
    if (!sum) error_memory(error, "scores");
    for (int32_t v = 0; sum && v < n; v++)
        for (int64_t at = rows->start[found[v].id]; at < rows->start[found[v].id + 1]; at++)
            sum[rows->column[at]] += found[v].similarity * rows->value[at];
    for (int32_t i = 0; sum && i < rows->n_columns; i++)
        scores[i] = sum[i] > 0 ? (float)sum[i] : -INFINITY;
    bool good = sum && n >= 0;
    vector_fini(&vector);
    free(found);
    free(sum);
    return good;
}

/* A neighbour's node opens to the items that shopper and neighbour share. */
static bool open_neighbour(const struct user_cf *cf, const struct shopper *shopper,
                           const struct vector *vector, struct receipt *node, int32_t common,
                           const struct receipt_limits *limits, struct error *error)
{
    const struct sparse *rows = &cf->matrix.rows;
    const double factor = knn_factor(&cf->options, vector->norm, cf->norms[node->user], common);
    int32_t n = 0;
    node->count = common;
    if (limits->levels == 1) return true;
    if (!receipt_make_children(node, common, error)) return false;
    int64_t y = rows->start[node->user];
    for (int32_t x = 0; x < vector->n && y < rows->start[node->user + 1] && n < common;) {
        if (vector->column[x] < rows->column[y])
            x++;
        else if (vector->column[x] > rows->column[y])
            y++;
        else {
            const int32_t own = shopper_find(shopper, vector->column[x]);
            node->children[n++] = (struct receipt){
                .kind = RECEIPT_SHARED,
                .user = node->user,
                .item = vector->column[x],
                .time = own >= 0 ? shopper->time[own] : MOMENT_NONE,
                .value = (double)vector->value[x] * rows->value[y] * factor * node->strength,
                .factor = (double)vector->value[x] * rows->value[y] * factor,
                .strength = node->strength,
            };
            x++, y++;
        }
    }
    return receipt_trim(node, limits->children, error);
}

static struct receipt *open(const struct model *model, const struct shopper *shopper, int32_t item,
                            const struct receipt_limits *limits, struct error *error)
{
    const struct user_cf *cf = (const struct user_cf *)model;
    const struct sparse *rows = &cf->base.dataset->by_user;
    struct neighbour *found = NULL;
    struct vector vector;
    struct receipt *root = receipt_new(RECEIPT_SCORE, shopper->user, item, 0, error);
    if (!root || item < 0 || item >= rows->n_columns) return root;
    if (!vector_init(&vector, cf, shopper, error)) {
        receipt_free(root);
        return NULL;
    }
    int32_t n = nearest(cf, shopper, cf->options.k, &vector, &found, error), parts = 0;
    for (int32_t v = 0; v < n; v++)
        parts += sparse_find(rows, found[v].id, item) >= 0;
    bool good = n >= 0 && (parts == 0 || receipt_make_children(root, parts, error));
    for (int32_t v = 0, part = 0; good && v < n; v++) {
        const int64_t at = sparse_find(rows, found[v].id, item);
        if (at < 0) continue;
        struct receipt *node = &root->children[part++];
        *node = (struct receipt){ .kind = RECEIPT_NEIGHBOUR,
                                  .user = found[v].id,
                                  .item = item,
                                  .time = MOMENT_NONE,
                                  .factor = found[v].similarity,
                                  .strength = rows->value[at] };
        node->value = node->factor * node->strength;
        root->value += node->value;
        good = open_neighbour(cf, shopper, &vector, node, found[v].common, limits, error);
    }
    free(found);
    vector_fini(&vector);
    if (good && receipt_trim(root, limits->children, error)) return root;
    receipt_free(root);
    return NULL;
}

static int32_t neighbours(const struct model *model, const struct shopper *shopper, int32_t k,
                          struct neighbour *out, struct error *error)
{
    const struct user_cf *cf = (const struct user_cf *)model;
    struct neighbour *found = NULL;
    struct vector vector;
    if (!vector_init(&vector, cf, shopper, error)) return -1;
    int32_t n = nearest(cf, shopper, k, &vector, &found, error);
    if (n > 0) memcpy(out, found, (size_t)n * sizeof *out);
    free(found);
    vector_fini(&vector);
    return n;
}

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct user_cf *cf = (const struct user_cf *)model;
    bytes_write_int32(writer, 1);
    bytes_write_int32(writer, cf->matrix.rows.n_rows);
    return !writer->failed;
}

static struct model *load(const struct dataset *dataset, const struct parameters *parameters,
                          struct byte_reader *reader, struct error *error)
{
    int32_t version = bytes_read_int32(reader), n_users = bytes_read_int32(reader);
    if (reader->failed) return NULL;
    if (version == 1 && n_users == dataset->n_users)
        return (struct model *)make(dataset, parameters, error);
    error_set(error, ERROR_INPUT, "the stored user-cf model does not fit its data: train again");
    return NULL;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *parameters)
{
    int64_t weighted =
        parameters_get(parameters, "weighting") > 0 ? sparse_entries(&dataset->by_user) * 16 : 0;
    return (int64_t)dataset->n_users * 40 + (int64_t)dataset->n_items * 8 + weighted;
}

const struct model_kind user_cf_kind = {
    .name = "user-cf",
    .summary = "what people with the same purchases bought",
    .parameters = parameters_of_user_cf,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = open,
    .neighbours = neighbours,
    .save = save,
    .load = load,
};

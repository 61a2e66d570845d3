/* item_cf.c - people who bought this also bought: item-item cosine neighbours.
 *
 *     score(u,i) = sum over j in I_u with j in N_k(i) of  sim(i,j) r_uj        (DESIGN.md, 4)
 *
 * With `recency` set, r_uj is halved for every so many items that the shopper bought later than j.
 * N_k(i) are computed once. A shopper has few items and the catalogue has many, so scores come from
 * the transposed lists: for each item j, the items i that have j among their neighbours.
 * Sums are double and items ascend, so a score is the same however it is asked for.
 */
#include "item_cf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct parameter_info parameters[] = {
    SIMILARITY_PARAMETERS("items", "users"),
    RECENCY_PARAMETER(0),
    PREDICT_PARAMETERS,
    STRENGTH_PARAMETERS,
    { 0 },
};

static int64_t memory(const struct dataset *dataset, const struct parameters *values)
{
    const struct similarity_options options = model_similarity_options(values);
    const int64_t entry = (int64_t)(sizeof(int32_t) + sizeof(float)), n = dataset->n_items;
    const int64_t lists = n * (options.k < n ? options.k : n) * entry;
    const bool weighted = parameters_get(values, "weighting") > 0;
    const int64_t rows = weighted ? sparse_entries(&dataset->by_item) * entry : 0;
    /* Then the lists are transposed. */
    int64_t max = rows + similarity_memory(&dataset->by_item, &options, weighted, 0);

    if (max < 2 * lists) max = 2 * lists;
    return max + rows + n * 40 + knn_predictor_memory(dataset, values);
}

static void release(struct model *model)
{
    struct item_cf *item_cf = (struct item_cf *)model;

    neighbours_fini(&item_cf->lists);
    neighbours_fini(&item_cf->listed_by);
    product_lists_fini(&item_cf->dense_rows);
    similarity_incremental_fini(&item_cf->incremental);
    sparse_fini(&item_cf->weighted);
    free(item_cf->left);
    free(item_cf->right);
    knn_predictor_fini(&item_cf->predictor);
    model_free(item_cf);
}

/* A model without lists: weighted rows and factors, which receipts need as much as training. What
 * an older model (or NULL) has for the same norm is taken from it. */
static struct item_cf *make(const struct dataset *dataset, const struct parameters *values,
                            const struct item_cf *old, struct error *error)
{
    enum weighting weighting = (enum weighting)parameters_get(values, "weighting");
    double alpha = parameters_get(values, "alpha");
    struct item_cf *item_cf = model_new(sizeof *item_cf, &item_cf_kind, dataset, values, error);

    if (!item_cf) return NULL;
    if (!knn_predictor_init(&item_cf->predictor, dataset, values, true, error)) goto fail;
    item_cf->rows = &dataset->by_item;
    if (weighting != WEIGHTING_NONE) {
        item_cf->rows = &item_cf->weighted;
        if (!similarity_weight(&dataset->by_item, weighting, &item_cf->weighted, error)) goto fail;
    }
    item_cf->left = malloc(((size_t)dataset->n_items + 1) * sizeof *item_cf->left);
    item_cf->right = malloc(((size_t)dataset->n_items + 1) * sizeof *item_cf->right);
    if (!item_cf->left || !item_cf->right) {
        error_memory(error, "a model");
        goto fail;
    }
    similarity_norms(item_cf->rows, item_cf->left);
    for (int32_t i = 0; i < dataset->n_items; i++) {
        double norm = item_cf->left[i];
        if (old && i < old->incremental.n_rows &&
            memcmp(&norm, &old->incremental.norms[i], sizeof norm) == 0) {
            item_cf->left[i] = old->left[i];
            item_cf->right[i] = old->right[i];
            continue;
        }
        item_cf->left[i] = norm > 0 ? pow(norm, -alpha) : 0;
        item_cf->right[i] = norm > 0 ? pow(norm, alpha - 1) : 0;
    }
    return item_cf;
fail:
    release((struct model *)item_cf);
    return NULL;
}

/* The lists transposed: for each j, the items that list it, ascending. */
static bool turn_round(struct item_cf *item_cf, bool dense_rows, struct error *error)
{
    const struct neighbours *from = &item_cf->lists;
    struct neighbours *to = &item_cf->listed_by;
    const size_t n = (size_t)from->n_rows, total = (size_t)from->start[n];

    to->n_rows = from->n_rows;
    to->start = calloc(n + 2, sizeof *to->start);
    to->id = malloc((total + 1) * sizeof *to->id);
    to->similarity = malloc((total + 1) * sizeof *to->similarity);
    if (!to->start || !to->id || !to->similarity) return error_memory(error, "a model");
    for (size_t e = 0; e < total; e++)
        to->start[from->id[e] + 2]++;
    for (size_t j = 0; j < n; j++) /* start[j + 1] is where j's next entry goes ... */
        to->start[j + 1] += to->start[j];
    for (int32_t i = 0; i < from->n_rows; i++) {
        for (int64_t e = from->start[i]; e < from->start[i + 1]; e++) {
            int64_t place = to->start[from->id[e] + 1]++; /* ... and, at last, where j ends */
            to->id[place] = i;
            to->similarity[place] = from->similarity[e];
        }
    }
    return product_lists_init(&item_cf->dense_rows, to->n_rows, to->n_rows, to->start, to->id,
                              to->similarity, dense_rows, error);
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct similarity_options options = model_similarity_options(values);
    struct item_cf *item_cf = make(dataset, values, NULL, error);
    struct sparse columns = { 0 };
    bool done = false;

    if (!item_cf) return NULL;
    if (item_cf->rows == &dataset->by_item) {
        done = similarity_all(item_cf->rows, &dataset->by_user, &options, threads, progress,
                              &item_cf->lists, error);
    } else if (sparse_transpose(item_cf->rows, &columns, error)) {
        done = similarity_all(item_cf->rows, &columns, &options, threads, progress, &item_cf->lists,
                              error);
        sparse_fini(&columns);
    }
    if (done && turn_round(item_cf, true, error)) return (struct model *)item_cf;
    release((struct model *)item_cf);
    return NULL;
}

double *item_cf_weights(const struct item_cf *item_cf, const struct shopper *shopper,
                        struct error *error)
{
    const size_t n = (size_t)shopper->n + 1;
    const double half = parameters_get(&item_cf->base.parameters, "recency");
    double *weight = malloc(n * sizeof *weight);
    float *recency = malloc(n * sizeof *recency);
    bool made = weight && recency;

    if (!made) error_memory(error, "scores");
    made = made && model_recency(shopper, half, recency, error);
    for (int32_t s = 0; made && s < shopper->n; s++)
        weight[s] = (double)shopper->strength[s] * (double)recency[s];
    free(recency);
    if (made) return weight;
    free(weight);
    return NULL;
}

/* --------------------------------------------------------------------------------- what arrives */

/* The rows that are compared and differ between two models, ascending; -1 without memory. */
static int32_t find_changed(const struct item_cf *old, const struct item_cf *fresh,
                            int32_t **changed)
{
    const struct sparse *a = old->rows, *b = fresh->rows;
    int32_t n = 0;

    *changed = malloc(((size_t)b->n_rows + 1) * sizeof **changed);
    if (!*changed) return -1;
    for (int32_t row = 0; row < b->n_rows; row++) {
        const size_t length = (size_t)(b->start[row + 1] - b->start[row]);
        const bool same =
            row < a->n_rows && (size_t)(a->start[row + 1] - a->start[row]) == length &&
            memcmp(a->column + a->start[row], b->column + b->start[row],
                   length * sizeof *a->column) == 0 &&
            memcmp(a->value + a->start[row], b->value + b->start[row], length * sizeof *a->value) ==
                0;
        if (!same) (*changed)[n++] = row;
    }
    return n;
}

static bool follow(const struct item_cf *old, struct item_cf *fresh, int threads,
                   struct progress *progress, struct error *error)
{
    struct similarity_options options = model_similarity_options(&fresh->base.parameters);
    const struct sparse *columns = &fresh->base.dataset->by_user;
    struct sparse weighted = { 0 };
    int32_t *changed = NULL;
    bool done = true;

    if (fresh->rows == &fresh->weighted) {
        if (!sparse_transpose(fresh->rows, &weighted, error)) return false;
        columns = &weighted;
    }
    if (!old->incremental.length) {
        done = similarity_incremental_build(fresh->rows, columns, &options, threads, progress,
                                            &fresh->incremental, error);
    } else {
        const int32_t n = find_changed(old, fresh, &changed);
        done = n < 0 ? error_memory(error, "a model")
                     : similarity_incremental_update(&old->incremental, fresh->rows, columns,
                                                     &options, changed, n, threads, progress,
                                                     &fresh->incremental, error);
    }
    free(changed);
    sparse_fini(&weighted);
    return done && similarity_incremental_top_k(&fresh->incremental, &fresh->lists, error) &&
           turn_round(fresh, false, error); /* it serves few before the next one comes */
}

/* Only lists that a purchase could have changed are recomputed (similarity_incremental.c). */
static struct model *update(const struct model *model, const struct dataset *newer, int threads,
                            struct progress *progress, struct error *error)
{
    const struct item_cf *old = (const struct item_cf *)model;
    struct item_cf *fresh = make(newer, &old->base.parameters, old, error);

    if (!fresh) return NULL;
    if (follow(old, fresh, threads, progress, error)) return (struct model *)fresh;
    release((struct model *)fresh);
    return NULL;
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct item_cf *item_cf = (const struct item_cf *)model;
    const struct neighbours *lists = &item_cf->listed_by;
    const int32_t n = item_cf->base.dataset->n_items;
    double *sum = calloc((size_t)n + 1, sizeof *sum);
    double *weight = sum ? item_cf_weights(item_cf, shopper, error) : NULL;

    if (!sum) error_memory(error, "scores");
    for (int32_t s = 0; weight && s < shopper->n; s++) {
        int32_t j = shopper->item[s];
        if (j >= n) continue;
        for (int64_t e = lists->start[j]; e < lists->start[j + 1]; e++)
            sum[lists->id[e]] += (double)lists->similarity[e] * weight[s];
    }
    for (int32_t i = 0; weight && i < n; i++)
        scores[i] = sum[i] > 0 ? (float)sum[i] : -INFINITY;
    const bool done = weight != NULL;
    free(weight);
    free(sum);
    return done;
}

static bool best(const struct model *model, const struct shopper *shoppers, int32_t n, int32_t k,
                 bool owned, int32_t *item, float *score_of, int32_t *count, struct error *error)
{
    const struct item_cf *item_cf = (const struct item_cf *)model;
    const int32_t n_items = item_cf->base.dataset->n_items;
    struct product_query *asked = malloc(((size_t)n + 1) * sizeof *asked);
    size_t total = 0;

    for (int32_t s = 0; s < n; s++)
        total += (size_t)shoppers[s].n;
    double *weight = malloc((total + 1) * sizeof *weight), *next = weight;
    bool done = asked && weight;
    for (int32_t s = 0; done && s < n; s++) {
        const struct shopper *shopper = &shoppers[s];
        int32_t known = 0; /* items ascend: what was bought since the run comes last */
        for (; known < shopper->n && shopper->item[known] < n_items; known++)
            next[known] = (double)shopper->strength[known];
        asked[s] = (struct product_query){ .list = shopper->item,
                                           .weight = next,
                                           .n = known,
                                           .skip = shopper->item,
                                           .n_skip = owned ? 0 : known };
        next += known;
    }
    done = done ? product_top_k(&item_cf->dense_rows, asked, n, k, item, score_of, count, error)
                : error_memory(error, "lists");
    free(asked);
    free(weight);
    return done;
}

static int32_t similar(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error)
{
    const struct item_cf *item_cf = (const struct item_cf *)model;
    const struct sparse *by_item = &item_cf->base.dataset->by_item;
    int32_t n = 0;

    if (item < 0 || item >= by_item->n_rows) {
        error_set(error, ERROR_MISSING, "the model does not know this item yet: train it again");
        return -1;
    }
    for (int64_t e = item_cf->lists.start[item]; e < item_cf->lists.start[item + 1] && n < k; e++) {
        int32_t other = item_cf->lists.id[e];
        out[n++] = (struct neighbour){ .id = other,
                                       .common = model_common(by_item, item, other),
                                       .similarity = (double)item_cf->lists.similarity[e] };
    }
    return n;
}

static double predict(const struct model *model, const struct shopper *shopper, int32_t item)
{
    return knn_predict(&((const struct item_cf *)model)->predictor, shopper, item);
}

/* -------------------------------------------------------------------------------------- storing */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct neighbours *lists = &((const struct item_cf *)model)->lists;
    const size_t n = (size_t)lists->n_rows, total = (size_t)lists->start[n];

    bytes_write_int32(writer, lists->n_rows);
    bytes_write(writer, lists->start, (n + 1) * sizeof *lists->start);
    bytes_write(writer, lists->id, total * sizeof *lists->id);
    bytes_write(writer, lists->similarity, total * sizeof *lists->similarity);
    return !writer->failed;
}

/* Starts that begin at 0 and never step back or by more than n - 1. */
static bool starts_are_sound(const struct neighbours *lists)
{
    if (lists->start[0] != 0) return false;
    for (int32_t i = 0; i < lists->n_rows; i++) {
        int64_t length = lists->start[i + 1] - lists->start[i];
        if (length < 0 || length >= lists->n_rows) return false;
    }
    return true;
}

static bool entries_are_sound(const struct neighbours *lists)
{
    for (int64_t e = 0; e < lists->start[lists->n_rows]; e++) {
        if (lists->id[e] < 0 || lists->id[e] >= lists->n_rows) return false;
        if (!(lists->similarity[e] > 0) || !model_number_is_sound((double)lists->similarity[e]))
            return false;
    }
    return true;
}

/* Not the fault of what is stored. */
static bool no_memory(struct byte_reader *reader)
{
    reader->failed = true;
    return error_memory(reader->error, "a model");
}

static bool read_lists(struct neighbours *lists, int32_t n_items, struct byte_reader *reader)
{
    lists->n_rows = bytes_read_int32(reader);
    if (reader->failed || lists->n_rows != n_items) return false;
    const size_t n = (size_t)n_items;
    lists->start = malloc((n + 1) * sizeof *lists->start);
    if (!lists->start) return no_memory(reader);
    if (!bytes_read(reader, lists->start, (n + 1) * sizeof *lists->start)) return false;
    if (!starts_are_sound(lists)) return false;
    const size_t total = (size_t)lists->start[n];
    lists->id = malloc((total + 1) * sizeof *lists->id);
    lists->similarity = malloc((total + 1) * sizeof *lists->similarity);
    if (!lists->id || !lists->similarity) return no_memory(reader);
    bytes_read(reader, lists->id, total * sizeof *lists->id);
    bytes_read(reader, lists->similarity, total * sizeof *lists->similarity);
    return !reader->failed && entries_are_sound(lists);
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct item_cf *item_cf = make(dataset, values, NULL, error);

    if (!item_cf) return NULL;
    if (!read_lists(&item_cf->lists, dataset->n_items, reader))
        model_refuse(reader, error, "item-cf");
    else if (turn_round(item_cf, true, error))
        return (struct model *)item_cf;
    release((struct model *)item_cf);
    return NULL;
}

const struct model_kind item_cf_kind = {
    .name = "item-cf",
    .summary = "items bought by the same people as what the shopper has",
    .linear = model_without_recency,
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .best = best,
    .open = item_cf_explain,
    .similar = similar,
    .predict = predict,
    .update = update,
    .save = save,
    .load = load,
};

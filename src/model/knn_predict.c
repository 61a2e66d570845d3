/* knn_predict.c - ratings from neighbours.
 *
 *     by users:  base(u,i) + sum over v of sim(u,v) (r_vi - base(v,i)) / sum over v of sim(u,v)
 *     by items:  base(u,i) + sum over j of sim(i,j) (r_uj - base(u,j)) / sum over j of sim(i,j)
 *
 * over the k most similar raters v of the item (rated items j of the shopper) with sim > 0. The
 * base is 0, the mean of the user (by items: of the item), or mean + b_u + b_i with the biases of
 * Koren, "Factor in the neighbors" (TKDD 2010), section 2.1; similarities compare what is above
 * the base. One prediction walks the rows of those who count, with the other side spread out in a
 * dense array.
 */
#include "knn_predict.h"

#include <math.h>
#include <stdlib.h>

const char *const knn_norms[] = { "full", "common", NULL };
const char *const knn_centers[] = { "none", "mean", "baseline", NULL };

/* As many strengths of 0 bias as these are added to a user's or an item's own. */
static const double caution_user = 15, caution_item = 10;
enum { ROUNDS = 10 };

static const struct sparse *compared(const struct knn_predictor *predictor)
{
    return predictor->by_items ? &predictor->dataset->by_item : &predictor->dataset->by_user;
}

static double mean_of(const float *value, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)value[i];
    return n > 0 ? sum / (double)n : NAN;
}

/* The bias of one row, given those of its columns. */
static double bias(const struct knn_predictor *predictor, const int32_t *column, const float *value,
                   int64_t n, const double *other, double caution)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)value[i] - predictor->mean - other[column[i]];
    return sum / (caution + (double)n);
}

static void fit_rows(const struct knn_predictor *predictor, const struct sparse *rows,
                     const double *other, double caution, double *out)
{
    for (int32_t row = 0; row < rows->n_rows; row++) {
        int64_t begin = rows->start[row], n = rows->start[row + 1] - begin;
        if (predictor->center == KNN_CENTER_MEAN)
            out[row] = n > 0 ? mean_of(rows->value + begin, n) : predictor->mean;
        else
            out[row] =
                bias(predictor, rows->column + begin, rows->value + begin, n, other, caution);
    }
}

static double base(const struct knn_predictor *predictor, double user, double item)
{
    switch (predictor->center) {
    case KNN_CENTER_MEAN:
        return predictor->by_items ? item : user;
    case KNN_CENTER_BASELINE:
        return predictor->mean + user + item;
    default:
        return 0;
    }
}

/* What remains of the compared rows. */
static void take_off(struct knn_predictor *predictor)
{
    const struct sparse *rows = compared(predictor);
    for (int32_t row = 0; row < rows->n_rows; row++) {
        for (int64_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
            int32_t user = predictor->by_items ? rows->column[i] : row;
            int32_t item = predictor->by_items ? row : rows->column[i];
            predictor->residual[i] =
                (float)((double)rows->value[i] -
                        base(predictor, predictor->user[user], predictor->item[item]));
        }
    }
}

bool knn_predictor_init(struct knn_predictor *predictor, const struct dataset *dataset,
                        const struct parameters *parameters, bool by_items, struct error *error)
{
    *predictor = (struct knn_predictor){
        .dataset = dataset,
        .options = model_similarity_options(parameters),
        .by_items = by_items,
        .norm = (enum knn_norm)parameters_get(parameters, "norm"),
        .center = (enum knn_center)parameters_get(parameters, "center"),
    };
    if (predictor->center == KNN_CENTER_NONE) return true;
    const size_t entries = (size_t)sparse_entries(&dataset->by_user);
    predictor->user = calloc((size_t)dataset->n_users + 1, sizeof *predictor->user);
    predictor->item = calloc((size_t)dataset->n_items + 1, sizeof *predictor->item);
    predictor->residual = malloc((entries + 1) * sizeof *predictor->residual);
    if (!predictor->user || !predictor->item || !predictor->residual) {
        knn_predictor_fini(predictor);
        return error_memory(error, "a model");
    }
    predictor->mean = entries > 0 ? mean_of(dataset->by_user.value, (int64_t)entries) : 0;
    for (int round = 0; round < (predictor->center == KNN_CENTER_MEAN ? 1 : ROUNDS); round++) {
        fit_rows(predictor, &dataset->by_item, predictor->user, caution_item, predictor->item);
        fit_rows(predictor, &dataset->by_user, predictor->item, caution_user, predictor->user);
    }
    take_off(predictor);
    return true;
}

void knn_predictor_fini(struct knn_predictor *predictor)
{
    free(predictor->user);
    free(predictor->item);
    free(predictor->residual);
    *predictor = (struct knn_predictor){ 0 };
}

int64_t knn_predictor_memory(const struct dataset *dataset, const struct parameters *parameters)
{
    if (parameters_get(parameters, "center") < KNN_CENTER_MEAN) return 0;
    return sparse_entries(&dataset->by_user) * (int64_t)sizeof(float) +
           ((int64_t)dataset->n_users + dataset->n_items) * (int64_t)sizeof(double);
}

/* ---------------------------------------------------------------------------------- comparing */

/* One who may count: how similar, and how far above the base they (the shopper) rated. */
struct voice {
    double similarity, above;
    int32_t id;
};

/* The dense side, by column: 0 and 0 where it has nothing, so that sums need no branch. */
struct cell {
    float value, present; /* present 0 or 1 */
};

struct spread {
    struct cell *cell; /* (n) */
    double norm;
};

/* Residuals that cancel leave rounding errors, which would make strangers similar. */
static const double min_similarity = 1e-6;

static double similarity(const struct knn_predictor *predictor, const struct spread *x, int32_t row)
{
    const struct sparse *rows = compared(predictor);
    const float *value = predictor->residual ? predictor->residual : rows->value;
    double dot = 0, norm_x = 0, norm_y = 0, all_y = 0, common = 0;

    for (int64_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
        const struct cell *cell = &x->cell[rows->column[i]];
        double a = (double)cell->value, b = (double)value[i], both = (double)cell->present;
        dot += a * b;
        norm_x += a * a;
        norm_y += both * (b * b);
        all_y += b * b;
        common += both;
    }
    if (!(dot > 0) || common < predictor->options.min_common) return 0;
    if (predictor->norm == KNN_NORM_FULL) {
        norm_x = x->norm;
        norm_y = all_y;
    }
    double alpha = predictor->options.alpha;
    double norm =
        alpha == 0.5 ? sqrt(norm_x * norm_y) : pow(norm_x, alpha) * pow(norm_y, 1 - alpha);
    if (!(dot > min_similarity * norm)) return 0;
    return dot / norm * common / (common + predictor->options.shrinkage);
}

static void spread_set(struct spread *spread, int32_t column, double value)
{
    spread->cell[column] = (struct cell){ (float)value, 1 };
    spread->norm += value * value;
}

static int best_first(const void *left, const void *right)
{
    const struct voice *a = left, *b = right;
    if (a->similarity < b->similarity) return 1;
    if (a->similarity > b->similarity) return -1;
    return (a->id > b->id) - (a->id < b->id);
}

/* The mean of the k most similar, by similarity, on top of `from`. */
static double average(const struct knn_predictor *predictor, struct voice *voices, int32_t n,
                      double from)
{
    double sum = 0, weights = 0;

    qsort(voices, (size_t)n, sizeof *voices, best_first);
    for (int32_t i = 0; i < n && i < predictor->options.k; i++) {
        sum += voices[i].similarity * voices[i].above;
        weights += voices[i].similarity;
    }
    if (weights > 0) return from + sum / weights;
    return predictor->center == KNN_CENTER_NONE ? NAN : from;
}

/* The shopper's own term of the base, from the history they have. */
static double user_term(const struct knn_predictor *predictor, const struct shopper *shopper)
{
    int32_t n = shopper->n;

    while (n > 0 && shopper->item[n - 1] >= predictor->dataset->n_items)
        n--; /* bought since the run */
    if (predictor->center == KNN_CENTER_MEAN)
        return n > 0 ? mean_of(shopper->strength, n) : predictor->mean;
    if (predictor->center == KNN_CENTER_BASELINE)
        return bias(predictor, shopper->item, shopper->strength, n, predictor->item, caution_user);
    return 0;
}

static double item_term(const struct knn_predictor *predictor, int32_t item)
{
    return predictor->item ? predictor->item[item] : 0;
}

/* ---------------------------------------------------------------------------------- predicting */

static int32_t listen_to_users(const struct knn_predictor *predictor, const struct shopper *shopper,
                               int32_t item, double own, struct spread *x, struct voice *voices)
{
    const struct sparse *by_item = &predictor->dataset->by_item;
    int32_t n = 0;

    for (int32_t s = 0; s < shopper->n; s++) {
        int32_t j = shopper->item[s];
        if (j >= predictor->dataset->n_items) break;
        spread_set(x, j,
                   (double)shopper->strength[s] - base(predictor, own, item_term(predictor, j)));
    }
    for (int64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++) {
        int32_t v = by_item->column[i];
        double similar = v == shopper->user ? 0 : similarity(predictor, x, v);
        if (!(similar > 0)) continue;
        double theirs = predictor->user ? predictor->user[v] : 0;
        voices[n++] = (struct voice){ similar,
                                      (double)by_item->value[i] -
                                          base(predictor, theirs, item_term(predictor, item)),
                                      v };
    }
    return n;
}

static int32_t listen_to_items(const struct knn_predictor *predictor, const struct shopper *shopper,
                               int32_t item, double own, struct spread *x, struct voice *voices)
{
    const struct sparse *by_item = &predictor->dataset->by_item;
    const float *value = predictor->residual ? predictor->residual : by_item->value;
    int32_t n = 0;

    for (int64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
        spread_set(x, by_item->column[i], (double)value[i]);
    for (int32_t s = 0; s < shopper->n; s++) {
        int32_t j = shopper->item[s];
        if (j >= predictor->dataset->n_items) break;
        double similar = j == item ? 0 : similarity(predictor, x, j);
        if (!(similar > 0)) continue;
        voices[n++] = (struct voice){
            similar, (double)shopper->strength[s] - base(predictor, own, item_term(predictor, j)), j
        };
    }
    return n;
}

double knn_predict(const struct knn_predictor *predictor, const struct shopper *shopper,
                   int32_t item)
{
    const struct dataset *dataset = predictor->dataset;
    struct spread x = { 0 };
    double rating = NAN;

    if (item < 0 || item >= dataset->n_items) return NAN;
    int64_t raters = dataset->by_item.start[item + 1] - dataset->by_item.start[item];
    size_t max = predictor->by_items ? (size_t)shopper->n : (size_t)raters;
    struct voice *voices = malloc((max + 1) * sizeof *voices);
    x.cell = calloc((size_t)compared(predictor)->n_columns + 1, sizeof *x.cell);
    if (voices && x.cell) {
        double own = user_term(predictor, shopper);
        int32_t n = (predictor->by_items ? listen_to_items : listen_to_users)(
            predictor, shopper, item, own, &x, voices);
        rating = average(predictor, voices, n, base(predictor, own, item_term(predictor, item)));
    }
    free(x.cell);
    free(voices);
    return rating;
}

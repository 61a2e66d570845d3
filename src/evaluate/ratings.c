/* ratings.c - rating prediction in k folds (protocol R).
 *
 * Every strength of the dataset is a rating. A random permutation is cut in k; for each part, a
 * dataset of the other parts is built, a model trained, and the part predicted, users in parallel.
 * Errors are summed by user, then in the order of users: the same figures on any number of threads.
 */
#include "aisle/evaluate.h"

#include "aisle/parallel.h"
#include "aisle/rng.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

struct fold {
    const struct dataset *all, *train;
    const uint8_t *fold_of; /* (entries of all->by_user) */
    uint8_t number;
    const struct model *model;
    double mean, min, max;       /* of the training part; of the data */
    double *squares, *absolutes; /* (n_users) sums */
    int32_t *fallbacks;          /* (n_users) */
    atomic_bool no_memory;
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A shuffled deck cut in k: which fold each rating is in. */
static uint8_t *deal(int64_t n, int32_t folds, uint64_t seed, struct error *error)
{
    uint8_t *fold_of = malloc((size_t)n + 1);
    int64_t *order = malloc(((size_t)n + 1) * sizeof *order);
    struct rng rng;

    if (!fold_of || !order || n > UINT32_MAX) {
        free(fold_of);
        free(order);
        error_memory(error, "the folds");
        return NULL;
    }
    rng_init(&rng, seed);
    for (int64_t i = 0; i < n; i++) { /* Fisher and Yates, inside out */
        int64_t j = (int64_t)rng_below(&rng, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    int64_t next = 0;
    for (int32_t f = 0; f < folds; f++) { /* the first n % folds are one larger */
        int64_t size = n / folds + (f < n % folds);
        for (int64_t end = next + size; next < end; next++)
            fold_of[order[next]] = (uint8_t)f;
    }
    free(order);
    return fold_of;
}

static bool add_names(struct dataset_builder *builder, const struct dataset *all,
                      struct error *error)
{
    for (int32_t u = 0; u < all->n_users; u++) {
        if (!dataset_builder_add_user(builder, names_get(&all->user_ids, u), error)) return false;
    }
    for (int32_t i = 0; i < all->n_items; i++) {
        if (!dataset_builder_add_item(builder, names_get(&all->item_ids, i), slice_of(""), error))
            return false;
    }
    return true;
}

/* The same users and items with the ratings of all other folds. */
static const struct dataset *without_fold(const struct fold *fold, struct progress *progress,
                                          struct error *error)
{
    const struct sparse *rows = &fold->all->by_user;
    struct strength_options options;

    strength_options_init(&options);
    struct dataset_builder *builder = dataset_builder_new(&options, error);
    if (!builder) return NULL;
    bool ok = add_names(builder, fold->all, error);
    for (int32_t u = 0; ok && u < rows->n_rows; u++) {
        for (int64_t i = rows->start[u]; ok && i < rows->start[u + 1]; i++) {
            if (fold->fold_of[i] == fold->number) continue;
            struct event event = { .time = MOMENT_NONE,
                                   .item = rows->column[i],
                                   .type = EVENT_RATING,
                                   .quantity = 1,
                                   .value = rows->value[i] };
            ok = dataset_builder_add_event(builder, u, &event, error);
        }
    }
    if (ok) return dataset_builder_finish(builder, 0, progress, error);
    dataset_builder_free(builder);
    return NULL;
}

static void predict_users(void *context, size_t begin, size_t end, int worker)
{
    struct fold *fold = context;
    const struct sparse *rows = &fold->all->by_user;
    const struct model_kind *kind = model_base(fold->model)->kind;

    (void)worker;
    for (size_t u = begin; u < end; u++) {
        struct shopper *shopper = shopper_new(fold->train, (int32_t)u, MOMENT_NONE, NULL, NULL);
        if (!shopper) {
            atomic_store(&fold->no_memory, true);
            return;
        }
        for (int64_t i = rows->start[u]; i < rows->start[u + 1]; i++) {
            if (fold->fold_of[i] != fold->number) continue;
            double rating = kind->predict(fold->model, shopper, rows->column[i]);
            fold->fallbacks[u] += isnan(rating);
            if (isnan(rating)) rating = fold->mean;
            double off = fmin(fmax(rating, fold->min), fold->max) - (double)rows->value[i];
            fold->squares[u] += off * off;
            fold->absolutes[u] += fabs(off);
        }
        shopper_free(shopper);
    }
}

/* Into the report: sums until the end, when they become means. */
static void add_up(const struct fold *fold, int64_t n, struct rating_report *report)
{
    double squares = 0, absolutes = 0;

    for (int32_t u = 0; u < fold->all->n_users; u++) {
        squares += fold->squares[u];
        absolutes += fold->absolutes[u];
        report->fallbacks += fold->fallbacks[u];
    }
    report->rmse_of_folds[fold->number] = n > 0 ? sqrt(squares / (double)n) : NAN;
    report->mae_of_folds[fold->number] = n > 0 ? absolutes / (double)n : NAN;
    report->rmse += squares;
    report->mae += absolutes;
    report->ratings += n;
}

static bool one_fold(struct fold *fold, const struct model_kind *kind,
                     const struct parameters *parameters, int threads, struct progress *progress,
                     struct rating_report *report, struct error *error)
{
    const size_t n_users = (size_t)fold->all->n_users + 1;
    struct model *model = NULL;
    bool done = false;

    fold->squares = calloc(n_users, sizeof *fold->squares);
    fold->absolutes = calloc(n_users, sizeof *fold->absolutes);
    fold->fallbacks = calloc(n_users, sizeof *fold->fallbacks);
    if (!fold->squares || !fold->absolutes || !fold->fallbacks) {
        error_memory(error, "a fold");
        goto out;
    }
    fold->train = without_fold(fold, progress, error);
    if (fold->train) model = kind->train(fold->train, parameters, threads, progress, error);
    if (!model) goto out;
    fold->model = model;
    const int64_t n = sparse_entries(&fold->train->by_user);
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)fold->train->by_user.value[i];
    fold->mean = n > 0 ? sum / (double)n : 0;
    progress_begin(progress, "predicting", fold->all->n_users);
    if (!parallel_for(threads, n_users - 1, 4, predict_users, fold, progress)) {
        error_set(error, ERROR_CANCELLED, "cancelled while predicting ratings");
    } else if (fold->no_memory) {
        error_memory(error, "a shopper");
    } else {
        add_up(fold, sparse_entries(&fold->all->by_user) - n, report);
        done = true;
    }
out:
    model_release(model);
    dataset_release(fold->train);
    free(fold->squares);
    free(fold->absolutes);
    free(fold->fallbacks);
    return done;
}

bool evaluate_ratings(const struct dataset *dataset, const struct model_kind *kind,
                      const struct parameters *parameters, int32_t folds, uint64_t seed,
                      int threads, struct progress *progress, struct rating_report *report,
                      struct error *error)
{
    const int64_t n = sparse_entries(&dataset->by_user);
    const double begun = seconds_now();
    double min = INFINITY, max = -INFINITY;
    bool done = true;

    *report = (struct rating_report){ .folds = folds };
    if (!kind->predict)
        return error_set(error, ERROR_USAGE, "%s does not predict ratings", kind->name);
    if (folds < 2 || folds > 16)
        return error_set(error, ERROR_USAGE, "there can be 2 to 16 folds, not %d", folds);
    if (n < folds)
        return error_set(error, ERROR_USAGE, "there are too few ratings for %d folds", folds);
    uint8_t *fold_of = deal(n, folds, seed, error);
    if (!fold_of) return false;
    for (int64_t i = 0; i < n; i++) {
        min = fmin(min, (double)dataset->by_user.value[i]);
        max = fmax(max, (double)dataset->by_user.value[i]);
    }
    for (int32_t f = 0; f < folds && done; f++) {
        struct fold fold = {
            .all = dataset, .fold_of = fold_of, .number = (uint8_t)f, .min = min, .max = max
        };
        done = one_fold(&fold, kind, parameters, threads, progress, report, error);
    }
    free(fold_of);
    report->rmse = sqrt(report->rmse / (double)n);
    report->mae /= (double)n;
    report->seconds = seconds_now() - begun;
    return done;
}

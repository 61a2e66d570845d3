/* How long EASE takes, step by step: the products of all pairs of items, their inverse against
 * LAPACK's spotrf and spotri alone on the same matrix with as many threads, weights from the
 * inverse, and the lists of all users. On MovieLens-1M where AISLE_DATA has it, without each
 * user's last two events, with the hits among the first ten (leave-last-out); else on purchases
 * made up.
 *
 *     bench_ease [FILE [LAMBDA]]        FILE: a line "user item" an event, each user in order
 */
#include <aisle/parallel.h>
#include <aisle/rng.h>

#include "clock.h"
#include "model/ease.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void spotrf_(const char *half, const int *n, float *a, const int *lda, int *info);
void spotri_(const char *half, const int *n, float *a, const int *lda, int *info);

enum { TIMES = 3, LISTED = 10 };

struct events {
    size_t n, capacity;
    int32_t *user, *item; /* (n) */
    int32_t n_users, n_items;
};

static void add(struct events *events, int32_t user, int32_t item)
{
    if (events->n == events->capacity) {
        events->capacity = 2 * events->capacity + 1024;
        events->user = realloc(events->user, events->capacity * sizeof *events->user);
        events->item = realloc(events->item, events->capacity * sizeof *events->item);
        if (!events->user || !events->item) exit(1);
    }
    events->user[events->n] = user;
    events->item[events->n++] = item;
    if (user >= events->n_users) events->n_users = user + 1;
    if (item >= events->n_items) events->n_items = item + 1;
}

static void read_events(struct events *events, const char *path)
{
    FILE *file = fopen(path, "r");
    int user, item;

    if (!file) {
        struct rng rng;
        rng_init(&rng, 1);
        printf("%s is not there: purchases made up\n", path);
        for (int e = 0; e < 1000000; e++)
            add(events, e / 165, (int32_t)(pow(rng_unit(&rng), 2.0) * 3416));
        return;
    }
    while (fscanf(file, "%d %d", &user, &item) == 2)
        add(events, user - 1, item - 1);
    fclose(file);
}

/* How many events of the same user come after. */
static int later(const struct events *events, size_t e)
{
    size_t end = e;
    while (end + 1 < events->n && events->user[end + 1] == events->user[e] && end < e + 2)
        end++;
    return (int)(end - e);
}

static const struct dataset *dataset_of(const struct events *events)
{
    struct strength_options options;
    char name[16];

    strength_options_init(&options);
    struct dataset_builder *builder = dataset_builder_new(&options, NULL);
    for (int32_t u = 0; u < events->n_users; u++) {
        snprintf(name, sizeof name, "%d", u + 1);
        if (!dataset_builder_add_user(builder, slice_of(name), NULL)) exit(1);
    }
    for (int32_t i = 0; i < events->n_items; i++) {
        snprintf(name, sizeof name, "%d", i + 1);
        if (!dataset_builder_add_item(builder, slice_of(name), slice_of(""), NULL)) exit(1);
    }
    for (size_t e = 0; e < events->n; e++) {
        struct event event = { .time = MOMENT_NONE,
                               .item = events->item[e],
                               .type = EVENT_PURCHASE,
                               .quantity = 1,
                               .value = NAN };
        if (later(events, e) < 2) continue;
        if (!dataset_builder_add_event(builder, events->user[e], &event, NULL)) exit(1);
    }
    return dataset_builder_finish(builder, 1, NULL, NULL);
}

/* ------------------------------------------------------------------------------------ training */

static void train_in_steps(const struct dataset *dataset, float lambda)
{
    struct ease_items items;
    double gram = INFINITY, ours = INFINITY, lapack = INFINITY, weights = INFINITY, t;

    if (!ease_items_init(&items, dataset, 65536, NULL)) exit(1);
    const size_t n = (size_t)items.n;
    float *a = malloc(n * n * sizeof *a), *b = malloc(n * n * sizeof *b);
    double *scale = malloc(n * sizeof *scale), off = 0, max = 0;
    if (!a || !b || !scale) exit(1);
    for (int time = 0; time < TIMES; time++) {
        memset(a, 0, n * n * sizeof *a);
        t = seconds(CLOCK_MONOTONIC);
        if (!ease_gram(dataset, &items, EASE_BINARY, 0, NULL, a, NULL)) exit(1);
        gram = fmin(gram, seconds(CLOCK_MONOTONIC) - t);
        for (size_t i = 0; i < n; i++)
            a[i * n + i] += lambda;
        memcpy(b, a, n * n * sizeof *a);

        const int order = items.n;
        int info;
        openblas_set_num_threads(parallel_threads());
        t = seconds(CLOCK_MONOTONIC);
        spotrf_("L", &order, b, &order, &info);
        if (info == 0) spotri_("L", &order, b, &order, &info);
        lapack = fmin(lapack, seconds(CLOCK_MONOTONIC) - t);
        openblas_set_num_threads(1);
        if (info != 0) exit(1);

        t = seconds(CLOCK_MONOTONIC);
        if (!ease_invert(a, items.n, 0, NULL, NULL)) exit(1);
        ours = fmin(ours, seconds(CLOCK_MONOTONIC) - t);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i; j < n; j++) {
                off = fmax(off, fabs((double)a[i * n + j] + (double)b[i * n + j]));
                max = fmax(max, fabs((double)b[i * n + j]));
            }
        }
        t = seconds(CLOCK_MONOTONIC);
        ease_weigh(a, items.n, 0, scale);
        ease_mirror(a, items.n, 0, scale);
        weights = fmin(weights, seconds(CLOCK_MONOTONIC) - t);
    }
    printf("%d items, %d threads, %s kernels, best of %d: Gram %.3f s; inverse %.3f s, LAPACK "
           "alone %.3f s, ratio %.2f; weights %.3f s, ratio with them %.2f; both inverses "
           "agree to %.1e\n",
           items.n, parallel_threads(), openblas_get_corename(), TIMES, gram, ours, lapack,
           ours / lapack, weights, (ours + weights) / lapack, off / max);
    free(a);
    free(b);
    free(scale);
    ease_items_fini(&items);
}

/* --------------------------------------------------------------------------------------- lists */

struct ranking {
    const struct events *events;
    const struct dataset *dataset;
    const struct model *model;
    size_t *last; /* (users) the user's last event */
    uint8_t *hit; /* (users) rank of the last event's item, 0 beyond LISTED */
};

static void rank_users(void *context, size_t begin, size_t end, int worker)
{
    struct ranking *ranking = context;
    const struct events *events = ranking->events;
    float *scores = malloc((size_t)events->n_items * sizeof *scores);
    int32_t best[LISTED];

    (void)worker;
    for (size_t u = begin; u < end && scores; u++) {
        const size_t last = ranking->last[u];
        if (last < 2 || events->user[last - 2] != (int32_t)u) continue;
        const struct shopper_changes changes = { .with = &events->item[last - 1], .n_with = 1 };
        struct shopper *shopper =
            shopper_new(ranking->dataset, (int32_t)u, MOMENT_NONE, &changes, NULL);
        if (!shopper || !ease_kind.score(ranking->model, shopper, scores, NULL)) exit(1);
        for (int32_t s = 0; s < shopper->n; s++)
            scores[shopper->item[s]] = -INFINITY;
        const int32_t n = top_k(scores, events->n_items, LISTED, best);
        for (int32_t i = 0; i < n; i++)
            if (best[i] == events->item[last]) ranking->hit[u] = (uint8_t)(i + 1);
        shopper_free(shopper);
    }
    free(scores);
}

static void rank_all(const struct events *events, const struct dataset *dataset, float lambda)
{
    struct parameters values;
    struct ranking ranking = { .events = events, .dataset = dataset };
    double hits = 0, gain = 0, users = 0;
    char setting[32];

    parameters_init(&values, ease_kind.parameters);
    snprintf(setting, sizeof setting, "lambda=%g", (double)lambda);
    if (!parameters_set(&values, slice_of(setting), NULL)) exit(1);
    double t = seconds(CLOCK_MONOTONIC);
    struct model *model = ease_kind.train(dataset, &values, 0, NULL, NULL);
    const double training = seconds(CLOCK_MONOTONIC) - t;
    ranking.model = model;
    ranking.last = calloc((size_t)events->n_users, sizeof *ranking.last);
    ranking.hit = calloc((size_t)events->n_users, sizeof *ranking.hit);
    if (!model || !ranking.last || !ranking.hit) exit(1);
    for (size_t e = 0; e < events->n; e++)
        ranking.last[events->user[e]] = e;
    t = seconds(CLOCK_MONOTONIC);
    parallel_for(0, (size_t)events->n_users, 16, rank_users, &ranking, NULL);
    t = seconds(CLOCK_MONOTONIC) - t;
    for (int32_t u = 0; u < events->n_users; u++) {
        const size_t last = ranking.last[u];
        users += last >= 2 && events->user[last - 2] == u;
        hits += ranking.hit[u] > 0;
        gain += ranking.hit[u] > 0 ? 1 / log2(1 + (double)ranking.hit[u]) : 0;
    }
    printf("trained in %.3f s; scores and lists of %g users: %.3f s; lambda %g: HR@10 %.4f "
           "NDCG@10 %.4f\n",
           training, users, t, (double)lambda, hits / users, gain / users);
    free(ranking.last);
    free(ranking.hit);
    model_release(model);
}

int main(int argc, char **argv)
{
    struct events events = { 0 };
    char path[4096];
    const char *data = getenv("AISLE_DATA");

    snprintf(path, sizeof path, "%s/ml-1m/ml-1m.txt", data ? data : ".");
    openblas_set_num_threads(1);
    read_events(&events, argc > 1 ? argv[1] : path);
    const float lambda = argc > 2 ? strtof(argv[2], NULL) : 200;
    const struct dataset *dataset = dataset_of(&events);
    if (!dataset || !(lambda > 0)) return 1;
    train_in_steps(dataset, lambda);
    rank_all(&events, dataset, lambda);
    dataset_release(dataset);
    free(events.user);
    free(events.item);
    return 0;
}

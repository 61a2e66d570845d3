/* How long a dataset takes to build, and what it weighs: synthetic events whose users and items
 * follow power laws, in file order, with times that go back now and then.
 *
 *     bench_dataset [EVENTS [USERS [ITEMS]]]
 */
#include "clock.h"

#include <aisle/dataset.h>
#include <aisle/parallel.h>
#include <aisle/rng.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Mostly small numbers. */
static int32_t skewed(struct rng *rng, int32_t n)
{
    double u = rng_unit(rng);
    return (int32_t)(u * u * u * n);
}

static bool add_names(struct dataset_builder *builder, int32_t n_users, int32_t n_items)
{
    char name[32];
    bool ok = true;

    for (int32_t u = 0; u < n_users && ok; u++) {
        snprintf(name, sizeof name, "%d", u + 10000);
        ok = dataset_builder_add_user(builder, slice_of(name), NULL);
    }
    for (int32_t i = 0; i < n_items && ok; i++) {
        snprintf(name, sizeof name, "item %d", i);
        ok = dataset_builder_add_item(builder, slice_of(name), slice_of(name), NULL);
    }
    return ok;
}

static bool add_events(struct dataset_builder *builder, int64_t n, int32_t n_users, int32_t n_items)
{
    struct rng rng;

    rng_init(&rng, 1);
    for (int64_t e = 0; e < n; e++) {
        struct event event = { 1600000000 + e - (int64_t)rng_below(&rng, 1000),
                               skewed(&rng, n_items), EVENT_PURCHASE, 1, NAN };
        if (!dataset_builder_add_event(builder, skewed(&rng, n_users), &event, NULL)) return false;
    }
    return true;
}

static double matrix_bytes(const struct sparse *matrix)
{
    return (double)sparse_entries(matrix) * 8 + (double)matrix->n_rows * 8;
}

static void bench(int64_t n_events, int32_t n_users, int32_t n_items)
{
    double start = seconds(CLOCK_MONOTONIC);
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);

    if (!builder || !add_names(builder, n_users, n_items) ||
        !add_events(builder, n_events, n_users, n_items)) {
        puts("dataset: not enough memory");
        dataset_builder_free(builder);
        return;
    }
    double added = seconds(CLOCK_MONOTONIC);
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    double finished = seconds(CLOCK_MONOTONIC);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (!dataset) {
        puts("dataset: not enough memory");
        return;
    }
    double pairs = (double)sparse_entries(&dataset->by_user), events = (double)n_events;
    printf("dataset: %lld events of %d users and %d items, %.0f pairs, %d threads\n",
           (long long)n_events, n_users, n_items, pairs, parallel_threads());
    printf("  taking events %.3f s, finishing %.3f s; %.3f s of processor time in all\n",
           added - start, finished - added, seconds(CLOCK_PROCESS_CPUTIME_ID));
    printf("  matrix by user %.1f, by item %.1f, sequences %.1f bytes an event; peak %.0f MB\n",
           matrix_bytes(&dataset->by_user) / events, matrix_bytes(&dataset->by_item) / events,
           (events * (dataset->event_time ? 12 : 4) + (double)n_users * 8) / events,
           (double)usage.ru_maxrss / 1024);
    dataset_release(dataset);
}

static long argument(int argc, char **argv, int at, long otherwise)
{
    long value = argc > at ? strtol(argv[at], NULL, 10) : otherwise;
    return value > 0 ? value : otherwise;
}

int main(int argc, char **argv)
{
    long n = argument(argc, argv, 1, 1000000);

    bench(n, (int32_t)argument(argc, argv, 2, 50000), (int32_t)argument(argc, argv, 3, 10000));
    return 0;
}

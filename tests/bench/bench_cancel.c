/* How long the training of an attention model goes on after it was told to stop, at random
 * instants: in batches, in validations, between them.
 *
 *     bench_cancel [USERS [EVENTS [ITEMS [LOSS]]]]      6,040 165 3,706: as large as MovieLens-1M
 *
 * Without arguments, that and a small shop, which is mostly in validation; 10 ms is what a screen
 * may wait. Memory that is given back is part of it. By the clock, and by the processor's time of
 * all threads: a busy machine shows in the difference.
 */
#include "clock.h"

#include <aisle/model.h>
#include <aisle/rng.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 60 };

static const struct dataset *make(int32_t users, int32_t events, int32_t items)
{
    char id[16];
    struct rng rng;
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    rng_init(&rng, 1);
    for (int32_t u = 0; builder && u < users; u++) {
        snprintf(id, sizeof id, "%d", u);
        if (!dataset_builder_add_user(builder, slice_of(id), NULL)) return NULL;
    }
    for (int32_t i = 0; builder && i < items; i++) {
        snprintf(id, sizeof id, "%d", i);
        if (!dataset_builder_add_item(builder, slice_of(id), slice_of(""), NULL)) return NULL;
    }
    for (int32_t u = 0; builder && u < users; u++) {
        for (int32_t e = 0; e < events; e++) {
            const double skew = rng_unit(&rng);
            const struct event event = { 1600000000 + e, (int32_t)(skew * skew * items),
                                         EVENT_PURCHASE, 1, 1 };
            if (!dataset_builder_add_event(builder, u, &event, NULL)) return NULL;
        }
    }
    return builder ? dataset_builder_finish(builder, (int64_t)users * events, NULL, NULL) : NULL;
}

struct stopping {
    struct progress progress;
    double after, report, spent; /* milliseconds; spent: of the processor */
};

static void *stop(void *argument)
{
    struct stopping *stopping = argument;
    const long nanoseconds = (long)(stopping->after * 1e6);
    const struct timespec nap = { nanoseconds / 1000000000, nanoseconds % 1000000000 };
    nanosleep(&nap, NULL);
    stopping->spent = 1e3 * seconds(CLOCK_PROCESS_CPUTIME_ID);
    stopping->report = 1e3 * seconds(CLOCK_MONOTONIC);
    progress_cancel(&stopping->progress);
    return NULL;
}

/* From the word to the end of train(); negative where it was over before. */
static double once(const struct dataset *dataset, const struct parameters *parameters, double after,
                   double *spent)
{
    struct stopping stopping = { .after = after };
    struct error error = { 0 };
    pthread_t thread;
    if (pthread_create(&thread, NULL, stop, &stopping) != 0) return -1;
    struct model *model = model_kind_find("attention", NULL)
                              ->train(dataset, parameters, 0, &stopping.progress, &error);
    const double end = 1e3 * seconds(CLOCK_MONOTONIC);
    *spent = 1e3 * seconds(CLOCK_PROCESS_CPUTIME_ID);
    pthread_join(thread, NULL);
    if (model) model_release(model);
    *spent -= stopping.spent;
    return model ? -1 : end - stopping.report;
}

static void print_times(const char *what, const char *clock, double *times, int n)
{
    qsort(times, (size_t)n, sizeof *times, ascending);
    printf("%-20s %-13s %2d cancels: median %5.1f ms, 90 %% %5.1f ms, longest %5.1f ms\n", what,
           clock, n, times[n / 2], times[n * 9 / 10], times[n - 1]);
}

static bool measure(const char *what, int32_t users, int32_t events, int32_t items,
                    const char *loss, double max)
{
    double times[ROUNDS], spent[ROUNDS];
    int n = 0;
    char set[32];
    struct rng rng;
    struct parameters parameters;
    const struct dataset *dataset = make(users, events, items);
    parameters_init(&parameters, model_kind_find("attention", NULL)->parameters);
    snprintf(set, sizeof set, "loss=%s", loss);
    if (!dataset || !parameters_set(&parameters, slice_of(set), NULL) ||
        !parameters_set(&parameters, slice_of("patience=10000"), NULL))
        return false;
    rng_init(&rng, 7);
    for (int i = 0; i < ROUNDS; i++) {
        const double time = once(dataset, &parameters, rng_unit(&rng) * max, &spent[n]);
        if (time >= 0) times[n++] = time;
    }
    dataset_release(dataset);
    if (n == 0) return false;
    print_times(what, "by the clock", times, n);
    print_times("", "processor", spent, n);
    return true;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return !measure("as asked for", atoi(argv[1]), argc > 2 ? atoi(argv[2]) : 165,
                        argc > 3 ? atoi(argv[3]) : 3706, argc > 4 ? argv[4] : "auto", 1500);
    return !measure("as MovieLens-1M", 6040, 165, 3706, "softmax", 800) ||
           !measure("  sampled softmax", 6040, 165, 3706, "sampled", 800) ||
           !measure("a small shop", 500, 20, 2000, "softmax", 200);
}

/* From a purchase to the changed feed, and how many live events a second a workspace takes.
 *
 *     bench_live [EVENTS [USERS [ITEMS]]]      1,000,000 6,040 3,706: as large as MovieLens-1M
 *
 * A purchase arrives: the data set absorbs it, then item-cf, user-cf and popular do, and the user's
 * list is made. Then lines are followed from a file into a workspace of that size. */
#include "clock.h"

#include <aisle/feed.h>
#include <aisle/import.h>
#include <aisle/ingest.h>
#include <aisle/model.h>
#include <aisle/rng.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PURCHASES = 60, LINES = 100000 };

/* Mostly small numbers. */
static int32_t skewed(struct rng *rng, int32_t n)
{
    return (int32_t)(rng_unit(rng) * rng_unit(rng) * n);
}

static const struct dataset *make(struct rng *rng, int64_t n, int32_t users, int32_t items)
{
    char id[16];
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    for (int32_t u = 0; builder && u < users; u++) {
        snprintf(id, sizeof id, "%d", u);
        if (!dataset_builder_add_user(builder, slice_of(id), NULL)) return NULL;
    }
    for (int32_t i = 0; builder && i < items; i++) {
        snprintf(id, sizeof id, "%d", i);
        if (!dataset_builder_add_item(builder, slice_of(id), slice_of(""), NULL)) return NULL;
    }
    for (int64_t e = 0; builder && e < n; e++) {
        const struct event event = { 1600000000 + e, skewed(rng, items), EVENT_RATING, 1,
                                     (float)(1 + rng_below(rng, 5)) };
        if (!dataset_builder_add_event(builder, skewed(rng, users), &event, NULL)) return NULL;
    }
    return builder ? dataset_builder_finish(builder, n, NULL, NULL) : NULL;
}

static void print_times(const char *what, double *times)
{
    qsort(times, PURCHASES, sizeof *times, ascending);
    printf("%-34s median %6.2f ms, 90 %% %6.2f ms, longest %6.2f ms\n", what,
           1e3 * times[PURCHASES / 2], 1e3 * times[PURCHASES * 9 / 10], 1e3 * times[PURCHASES - 1]);
}

static bool purchases(const char *name, const struct dataset *first, struct rng *rng)
{
    static double data[PURCHASES], model_times[PURCHASES], all[PURCHASES], work[PURCHASES];
    const struct feed_options options = { .length = 20 };
    struct parameters parameters;
    const struct model_kind *kind = model_kind_find(name, NULL);
    const struct dataset *dataset = dataset_retain(first);
    parameters_init(&parameters, kind->parameters);
    struct model *model = kind->train(dataset, &parameters, 0, NULL, NULL);
    for (int p = -1; model && p < PURCHASES; p++) { /* the first one sets up what follows */
        const struct arriving_event arriving = { skewed(rng, first->n_users),
                                                 { 1700000000 + p, skewed(rng, first->n_items),
                                                   EVENT_RATING, 1, 5 } };
        const struct dataset_delta_events news = { .arrivals = &arriving,
                                                   .n = 1,
                                                   .events_seen = p };
        const double begin = seconds(CLOCK_MONOTONIC), worked = seconds(CLOCK_PROCESS_CPUTIME_ID);
        const struct dataset *newer = dataset_update(dataset, &news, NULL);
        const double applied = seconds(CLOCK_MONOTONIC);
        struct model *next = newer ? kind->update(model, newer, 0, NULL, NULL) : NULL;
        const double followed = seconds(CLOCK_MONOTONIC);
        struct shopper *shopper =
            next ? shopper_new(newer, arriving.user, MOMENT_NONE, NULL, NULL) : NULL;
        struct feed *feed = shopper ? feed_new(next, shopper, &options, NULL) : NULL;
        const double end = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
        if (!feed) return false;
        feed_free(feed);
        shopper_free(shopper);
        model_release(model);
        dataset_release(dataset);
        model = next;
        dataset = newer;
        if (p < 0) continue;
        data[p] = applied - begin;
        model_times[p] = followed - applied;
        all[p] = end - begin;
        work[p] = used - worked;
    }
    model_release(model);
    dataset_release(dataset);
    printf("%s\n", name);
    print_times("  data set absorbs a purchase", data);
    print_times("  model absorbs it", model_times);
    print_times("  purchase to changed list", all);
    print_times("  processor time of all cores", work);
    return model != NULL;
}

static void report(void *context, const struct ingest_state *state)
{
    double *lag = context;
    if (state->lag > *lag) *lag = state->lag;
}

/* A workspace as large, then lines into it. */
static bool lines(const char *folder, int64_t n, int32_t users, int32_t items, struct rng *rng)
{
    char csv[128], more[128], path[128];
    struct error error = { 0 };
    struct import_result result = { 0 };
    snprintf(csv, sizeof csv, "%s/shop.csv", folder);
    snprintf(more, sizeof more, "%s/more.csv", folder);
    snprintf(path, sizeof path, "%s/shop.aisle", folder);
    for (int f = 0; f < 2; f++) {
        FILE *file = fopen(f ? more : csv, "w");
        if (!file) return false;
        fprintf(file, "user_id,item_id,timestamp\n");
        for (int64_t i = 0; i < (f ? LINES : n); i++)
            fprintf(file, "%d,%d,%lld\n", skewed(rng, users), skewed(rng, items),
                    (long long)(1600000000 + f * 90000000 + i));
        fclose(file);
    }
    struct workspace *workspace = workspace_open(path, WORKSPACE_CREATE, &error);
    const struct import_options import = { 0 };
    const struct ingest_options options = { .stop_at_end = true };
    struct ingest_state state = { 0 };
    const char *paths[] = { csv };
    bool good = workspace && import_paths(workspace, paths, 1, &import, NULL, &result, &error);
    import_result_fini(&result);
    double longest = 0;
    const double begin = seconds(CLOCK_MONOTONIC);
    good = good && ingest_follow(workspace, more, &options, NULL, report, &longest, &state, &error);
    const double taken = seconds(CLOCK_MONOTONIC) - begin;
    workspace_close(workspace);
    if (good)
        printf("ingest\n  %lld events in %.2f s: %.0f a second, %lld batches\n",
               (long long)state.events, taken, (double)state.events / taken,
               (long long)state.batches);
    else
        fprintf(stderr, "bench_live: %s\n", error.text);
    unlink(csv);
    unlink(more);
    unlink(path);
    return good;
}

int main(int count, char **words)
{
    const int64_t n = count > 1 ? atoll(words[1]) : 1000000;
    const int32_t users = count > 2 ? atoi(words[2]) : 6040;
    const int32_t items = count > 3 ? atoi(words[3]) : 3706;
    char folder[] = "/tmp/aisle-live.XXXXXX";
    struct rng rng;
    rng_init(&rng, 1);
    const struct dataset *dataset = make(&rng, n, users, items);
    bool good = dataset != NULL;
    for (int k = 0; good && k < 3; k++) {
        static const char *const names[] = { "item-cf", "user-cf", "popular" };
        good = purchases(names[k], dataset, &rng);
    }
    dataset_release(dataset);
    good = good && mkdtemp(folder) && lines(folder, n, users, items, &rng);
    rmdir(folder);
    return good ? 0 : 1;
}

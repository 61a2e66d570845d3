/* From a purchase to the changed list through workspace and engine: one event is written and
 * committed, then its user's list is made with it, by the model that is named as it was trained, or
 * with "live" behind it by one that follows.
 *
 *     bench_purchase [EVENTS [USERS [ITEMS [MODEL [live]]]]]
 */
#include "clock.h"

#include <aisle/engine.h>
#include <aisle/rng.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 200 };

static bool buy(struct writer *writer, struct rng *rng, uint32_t users, uint32_t items,
                int64_t time, char user[32], struct error *error)
{
    char item[32];
    const double skew = rng_unit(rng);

    snprintf(user, 32, "u%u", rng_below(rng, users));
    snprintf(item, sizeof item, "i%u", (uint32_t)(skew * skew * items));
    const struct record record = {
        .kind = RECORD_EVENT,
        .user = slice_of(user),
        .item = slice_of(item),
        .time = time,
        .type = EVENT_PURCHASE,
        .quantity = 1,
        .value = NAN,
    };
    return writer_record(writer, &record, error);
}

static bool fill(struct workspace *workspace, struct rng *rng, int64_t events, uint32_t users,
                 uint32_t items, struct error *error)
{
    char user[32];
    struct writer *writer = writer_begin(workspace, error);
    bool good = writer && writer_bulk(writer, error);

    for (int64_t e = 0; good && e < events; e++)
        good = buy(writer, rng, users, items, 1600000000 + e, user, error);
    if (good) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

/* One purchase and the list after it. */
static bool measure(struct engine *engine, struct reader *reader, struct rng *rng, uint32_t users,
                    uint32_t items, const char *model, int round, double times[2],
                    struct error *error)
{
    const struct feed_options options = { .length = 20 };
    struct serving serving;
    char user[32];
    double start = seconds(CLOCK_MONOTONIC);
    struct writer *writer = writer_begin(engine_workspace(engine), error);
    if (!writer) return false;
    if (!buy(writer, rng, users, items, 1900000000 + round, user, error)) {
        writer_rollback(writer);
        return false;
    }
    if (!writer_commit(writer, error)) return false;
    times[0] = seconds(CLOCK_MONOTONIC) - start;
    start = seconds(CLOCK_MONOTONIC);
    if (!engine_serve_now(engine, reader, model, 0, &serving, NULL, error)) return false;
    struct shopper *shopper =
        engine_shopper(reader, &serving, slice_of(user), MOMENT_NONE, NULL, error);
    struct feed *feed = shopper ? feed_new(serving.model, shopper, &options, error) : NULL;
    times[1] = seconds(CLOCK_MONOTONIC) - start;
    const bool good = feed && shopper->n_events > 0 &&
                      shopper->events[shopper->n_events - 1].time == 1900000000 + round;
    if (feed && !good) error_set(error, ERROR_DATABASE, "the list does not know of the purchase");
    feed_free(feed);
    shopper_free(shopper);
    serving_fini(&serving);
    return good;
}

static bool run(const char *path, int64_t events, uint32_t users, uint32_t items, const char *model,
                bool live, struct error *error)
{
    static double commit[ROUNDS], list[ROUNDS], whole[ROUNDS];
    struct rng rng;
    struct run trained;
    bool good = false;
    struct workspace *workspace = workspace_open(path, WORKSPACE_CREATE, error);
    struct engine *engine = workspace ? engine_new(workspace, error) : NULL;
    struct reader *reader = engine ? reader_open(workspace, error) : NULL;

    rng_init(&rng, 1);
    if (!reader || !fill(workspace, &rng, events, users, items, error) ||
        !engine_train(engine, model, NULL, 0, NULL, &trained, error))
        goto out;
    good = true;
    engine_set_live(engine, live);
    for (int i = 0; good && i < ROUNDS; i++) {
        double seconds[2] = { 0 };
        good = measure(engine, reader, &rng, users, items, model, i, seconds, error);
        commit[i] = seconds[0] * 1e3;
        list[i] = seconds[1] * 1e3;
        whole[i] = commit[i] + list[i];
    }
    if (!good) goto out;
    qsort(commit, ROUNDS, sizeof *commit, ascending);
    qsort(list, ROUNDS, sizeof *list, ascending);
    qsort(whole, ROUNDS, sizeof *whole, ascending);
    printf(
        "purchase %s, %lld events, %u users, %u items: commit %.2f ms, list %.2f ms, purchase to "
        "list median %.2f ms, 99 %% under %.2f ms\n",
        model, (long long)events, users, items, commit[ROUNDS / 2], list[ROUNDS / 2],
        whole[ROUNDS / 2], whole[ROUNDS * 99 / 100]);
out:
    reader_close(reader);
    engine_free(engine);
    workspace_close(workspace);
    return good;
}

int main(int argc, char **argv)
{
    const int64_t events = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
    const uint32_t users = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 50000;
    const uint32_t items = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 10000;
    struct error error = { 0 };
    char path[] = "/tmp/aisle-purchase.XXXXXX";
    const int file = mkstemp(path);

    if (file < 0) return 1;
    close(file);
    unlink(path);
    const bool good =
        run(path, events, users, items, argc > 4 ? argv[4] : "item-cf", argc > 5, &error);
    if (!good) printf("purchase: %s\n", error.text);
    unlink(path);
    return !good;
}

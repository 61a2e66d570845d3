/* How long a receipt of the attention model takes: the history run again without each purchase, and
 * the rank of the item without each.
 *
 *     bench_receipt [PURCHASES [ITEMS]]      200 3,706: the longest history, items of MovieLens-1M
 *
 * By the clock, and by the processor's time of all threads: a busy machine shows in the difference.
 * Weights are as they are drawn: the time does not depend on what they learned.
 */
#include <aisle/parallel.h>
#include <aisle/rng.h>

#include "clock.h"
#include "model/attention/attention.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 21 };

/* One shopper who bought the first items, one after another. */
static const struct dataset *make(int32_t purchases, int32_t items)
{
    char id[16];
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    if (!builder || !dataset_builder_add_user(builder, slice_of("u"), NULL)) return NULL;
    for (int32_t i = 0; i < items; i++) {
        snprintf(id, sizeof id, "%d", i);
        if (!dataset_builder_add_item(builder, slice_of(id), slice_of(""), NULL)) return NULL;
    }
    for (int32_t e = 0; e < purchases; e++) {
        const struct event event = { 1600000000 + e * 86400, e, EVENT_PURCHASE, 1, 1 };
        if (!dataset_builder_add_event(builder, 0, &event, NULL)) return NULL;
    }
    return dataset_builder_finish(builder, purchases, NULL, NULL);
}

static struct attention *draw(const struct dataset *dataset, const struct parameters *parameters)
{
    const struct shape shape = { .n_items = dataset->n_items + 1,
                                 .n_time_buckets = TIME_BUCKETS,
                                 .length = 200,
                                 .width = 64,
                                 .heads = 2,
                                 .blocks = 2,
                                 .ffn_width = 256 };
    struct attention *attention = attention_new(dataset, parameters, &shape, 1, NULL);
    if (!attention) return NULL;
    network_draw(&attention->network, 1);
    if (attention_ready(attention, NULL)) return attention;
    model_release((struct model *)attention);
    return NULL;
}

int main(int argc, char **argv)
{
    const int32_t purchases = argc > 1 ? atoi(argv[1]) : 200,
                  items = argc > 2 ? atoi(argv[2]) : 3706;
    double times[ROUNDS], spent[ROUNDS];
    struct parameters parameters;
    if (purchases < 1 || items <= purchases) return 2;
    const struct dataset *dataset = make(purchases, items);
    parameters_init(&parameters, attention_kind.parameters);
    struct attention *attention = dataset ? draw(dataset, &parameters) : NULL;
    struct shopper *shopper = attention ? shopper_new(dataset, 0, MOMENT_NONE, NULL, NULL) : NULL;
    bool good = shopper;
    for (int i = 0; good && i < ROUNDS; i++) {
        const double begin = 1e3 * seconds(CLOCK_MONOTONIC);
        const double before = 1e3 * seconds(CLOCK_PROCESS_CPUTIME_ID);
        struct receipt *receipt =
            attention_explain((struct model *)attention, shopper, items - 1 - i % 10, NULL, NULL);
        times[i] = 1e3 * seconds(CLOCK_MONOTONIC) - begin;
        spent[i] = 1e3 * seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
        good = receipt && receipt->rank > 0;
        receipt_free(receipt);
    }
    if (good) {
        qsort(times, ROUNDS, sizeof *times, ascending);
        qsort(spent, ROUNDS, sizeof *spent, ascending);
        printf("a receipt without each of %d purchases, %d items: median %.1f ms, longest %.1f ms; "
               "%.1f ms of the processor's time on %d threads\n",
               purchases, items, times[ROUNDS / 2], times[ROUNDS - 1], spent[ROUNDS / 2],
               parallel_threads());
    }
    shopper_free(shopper);
    if (attention) model_release((struct model *)attention);
    if (dataset) dataset_release(dataset);
    return good ? 0 : 1;
}

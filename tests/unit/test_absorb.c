/* What arrives is worked in: after any stream of events (returns, corrections of ratings,
 * newcomers, late times) a data set and its models equal those that are made anew from everything.
 */
#include <aisle/model.h>
#include <aisle/rng.h>
#include <aisle/similarity.h>

#include "../support/shop_builder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 600, USERS = 45, ITEMS = 35 };

/* A stream: users and items turn up when their first event does. */
struct stream {
    struct arriving_event arrivals[EVENTS];
    char user_ids[USERS][16], item_ids[ITEMS][16];
    int32_t users[EVENTS + 1], items[EVENTS + 1]; /* known before the n-th event */
    struct strength_options options;
};

static void make_stream(struct stream *stream, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed);
    memset(stream, 0, sizeof *stream);
    strength_options_init(&stream->options);
    if (seed % 4 == 1) stream->options.transform = STRENGTH_LOG;
    if (seed % 5 == 2) stream->options.half_life = 30;
    if (seed % 7 == 3) stream->options.type_weight[EVENT_VIEW] = 0.25;
    const bool ratings = seed % 3 == 0, times = seed % 6 != 5;
    for (int u = 0; u < USERS; u++)
        snprintf(stream->user_ids[u], 16, "u%d", u * 7);
    for (int i = 0; i < ITEMS; i++)
        snprintf(stream->item_ids[i], 16, "i%d", i * 3);
    for (int e = 0; e < EVENTS; e++) {
        int32_t users = stream->users[e], items = stream->items[e];
        int32_t user = users == 0 || (users < USERS && rng_below(&rng, 12) == 0)
                           ? users
                           : (int32_t)(rng_unit(&rng) * rng_unit(&rng) * users);
        int32_t item = items == 0 || (items < ITEMS && rng_below(&rng, 14) == 0)
                           ? items
                           : (int32_t)(rng_unit(&rng) * rng_unit(&rng) * items);
        uint32_t kind = rng_below(&rng, 10);
        struct event event = { .time = MOMENT_NONE,
                               .item = item,
                               .type = kind == 0   ? EVENT_RETURN
                                       : kind == 1 ? EVENT_VIEW
                                                   : EVENT_PURCHASE,
                               .quantity = 1,
                               .value = NAN };
        if (times) event.time = 1600000000 + (e + (int)rng_below(&rng, 40)) * (int64_t)7200;
        if (ratings && kind > 3) {
            event.type = EVENT_RATING;
            event.value = (float)rng_below(&rng, 6);
        }
        if (e > EVENTS / 2 && rng_below(&rng, 30) == 0) event.quantity = 3;
        stream->arrivals[e] = (struct arriving_event){ user, event };
        stream->users[e + 1] = user == users ? users + 1 : users;
        stream->items[e + 1] = item == items ? items + 1 : items;
    }
}

static const struct dataset *build(const struct stream *stream, int n)
{
    struct dataset_builder *builder = dataset_builder_new(&stream->options, NULL);
    assert_non_null(builder);
    for (int u = 0; u < stream->users[n]; u++)
        assert_true(dataset_builder_add_user(builder, slice_of(stream->user_ids[u]), NULL));
    for (int i = 0; i < stream->items[n]; i++)
        assert_true(dataset_builder_add_item(builder, slice_of(stream->item_ids[i]),
                                             slice_of(i % 2 ? "title" : ""), NULL));
    /* Facts of those who were there from the beginning. */
    assert_true(dataset_builder_set_user(builder, 0, slice_of("city"), slice_of("Lyon"), NULL));
    assert_true(dataset_builder_set_item(builder, 0, slice_of("kind"), slice_of("a|b"), NULL));
    assert_true(dataset_builder_add_friend(builder, 0, 1, NULL));
    assert_true(dataset_builder_add_friend(builder, 1, 0, NULL));
    for (int e = 0; e < n; e++)
        assert_true(dataset_builder_add_event(builder, stream->arrivals[e].user,
                                              &stream->arrivals[e].event, NULL));
    const struct dataset *dataset = dataset_builder_finish(builder, n, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

/* The events [from, to) of the stream into what was made of those before. */
static const struct dataset *update(const struct stream *stream, const struct dataset *dataset,
                                    int from, int to)
{
    struct slice users[USERS], items[ITEMS], titles[ITEMS];
    struct error error = { 0 };
    struct dataset_delta_events news = { .arrivals = stream->arrivals + from,
                                         .n = to - from,
                                         .users = users,
                                         .items = items,
                                         .titles = titles,
                                         .events_seen = to };
    for (int u = stream->users[from]; u < stream->users[to]; u++)
        users[news.n_users++] = slice_of(stream->user_ids[u]);
    for (int i = stream->items[from]; i < stream->items[to]; i++) {
        titles[news.n_items] = slice_of(i % 2 ? "title" : "");
        items[news.n_items++] = slice_of(stream->item_ids[i]);
    }
    const struct dataset *next = dataset_update(dataset, &news, &error);
    if (!next) fail_msg("%s", error.text);
    return next;
}

static void same_matrix(const struct sparse *a, const struct sparse *b)
{
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->n_columns, b->n_columns);
    assert_memory_equal(a->start, b->start, ((size_t)a->n_rows + 1) * sizeof *a->start);
    const size_t n = (size_t)sparse_entries(a);
    if (n == 0) return;
    assert_memory_equal(a->column, b->column, n * sizeof *a->column);
    assert_memory_equal(a->value, b->value, n * sizeof *a->value);
}

static void same_dataset(const struct dataset *a, const struct dataset *b)
{
    same_matrix(&a->by_user, &b->by_user);
    same_matrix(&a->by_item, &b->by_item);
    assert_true(dataset_identify(a) == dataset_identify(b));
    assert_true(a->first_time == b->first_time && a->last_time == b->last_time);
    assert_memory_equal(&a->mean_rating, &b->mean_rating, sizeof a->mean_rating);
    assert_int_equal(a->events_seen, b->events_seen);
    for (int32_t u = 0; u < a->n_users; u++) {
        assert_int_equal(names_find(&a->user_ids, names_get(&b->user_ids, u)), u);
        assert_int_equal(a->user_attributes.offset[u + 1], b->user_attributes.offset[u + 1]);
        assert_int_equal(a->friend_offset[u + 1], b->friend_offset[u + 1]);
    }
    for (int32_t i = 0; i < a->n_items; i++) {
        assert_true(names_get(&a->item_titles, i).length == names_get(&b->item_titles, i).length);
        assert_int_equal(a->item_attributes.offset[i + 1], b->item_attributes.offset[i + 1]);
    }
}

static int next_stop(struct rng *rng, int at)
{
    int to = at + 1 + (int)rng_below(rng, rng_below(rng, 3) ? 3 : 90);
    return to < EVENTS ? to : EVENTS;
}

static void data_sets_equal_a_build(void **state)
{
    static struct stream stream;
    (void)state;
    for (uint64_t seed = 0; seed < 25; seed++) {
        struct rng rng;
        rng_init(&rng, seed + 100);
        make_stream(&stream, seed);
        int at = 60 + (int)rng_below(&rng, 200);
        const struct dataset *now = build(&stream, at);
        while (at < EVENTS) {
            int to = next_stop(&rng, at);
            const struct dataset *next = update(&stream, now, at, to);
            dataset_release(now);
            now = next;
            at = to;
            if (rng_below(&rng, 6) && at < EVENTS) continue;
            const struct dataset *anew = build(&stream, at);
            same_dataset(now, anew);
            dataset_release(anew);
        }
        dataset_release(now);
    }
}

/* ------------------------------------------------------------------------------------ models */

static const char *const settings[] = { "k=3",
                                        "k=8",
                                        "k=1000",
                                        "k=5 shrinkage=4",
                                        "k=6 min_common=2 alpha=0.3",
                                        "k=4 weighting=tfidf",
                                        "k=7 weighting=bm25 shrinkage=1" };

static void same_model(const struct model *a, const struct model *b, const char *name)
{
    const struct dataset *dataset = model_base(b)->dataset;
    float x[ITEMS], y[ITEMS];
    for (int32_t u = -1; u < dataset->n_users; u++) {
        struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
        assert_non_null(shopper);
        assert_true(model_base(a)->kind->score(a, shopper, x, NULL));
        assert_true(model_base(b)->kind->score(b, shopper, y, NULL));
        for (int32_t i = 0; i < dataset->n_items; i++)
            if (memcmp(&x[i], &y[i], sizeof *x) != 0)
                fail_msg("%s: user %d, item %d: %.9g, not %.9g", name, u, i, (double)x[i],
                         (double)y[i]);
        struct receipt *receipt = model_base(a)->kind->open(a, shopper, 0, NULL, NULL);
        assert_non_null(receipt);
        assert_true(receipt_residual(receipt) <= 1e-6 * (1 + fabs(receipt->value)));
        receipt_free(receipt);
        shopper_free(shopper);
    }
}

static void check_models(const struct model_kind *kind, const char *words, uint64_t seed)
{
    static struct stream stream;
    struct parameters parameters;
    struct rng rng;
    struct error error = { 0 };
    char copy[128], *rest = NULL;
    parameters_init(&parameters, kind->parameters);
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        if (!parameters_set(&parameters, slice_of(word), &error)) return; /* has no such thing */
    rng_init(&rng, seed);
    make_stream(&stream, seed);
    int at = 150;
    const struct dataset *now = build(&stream, at);
    struct model *model = kind->train(now, &parameters, 1, NULL, &error);
    assert_non_null(model);
    while (at < EVENTS) {
        int to = next_stop(&rng, at);
        const struct dataset *next = update(&stream, now, at, to);
        struct model *event_follower = kind->update(model, next, 2, NULL, &error);
        if (!event_follower) fail_msg("%s: %s", kind->name, error.text);
        model_release(model);
        dataset_release(now);
        model = event_follower;
        now = next;
        at = to;
        if (rng_below(&rng, 8) && at < EVENTS) continue;
        struct model *anew = kind->train(now, &parameters, 1, NULL, &error);
        assert_non_null(anew);
        same_model(model, anew, kind->name);
        model_release(anew);
    }
    model_release(model);
    dataset_release(now);
}

static void models_equal_a_training(void **state)
{
    int absorbing = 0;
    (void)state;
    for (int k = 0; model_kinds[k]; k++) {
        if (!model_kinds[k]->update) continue;
        absorbing++;
        for (size_t s = 0; s < sizeof settings / sizeof *settings; s++)
            for (uint64_t seed = 0; seed < 9; seed++)
                check_models(model_kinds[k], settings[s], seed);
        check_models(model_kinds[k], "", 3);
    }
    assert_true(absorbing >= 5);
}

/* ----------------------------------------------------------------------------- living neighbours
 */

/* Few changes in a larger matrix, so that lists move and are not all made anew. */
static void lists_follow(void **state)
{
    enum { ROWS = 300, COLUMNS = 200, ENTRIES = 9000 };
    static struct dataset_builder *builder;
    struct rng rng;
    (void)state;
    rng_init(&rng, 8);
    builder = shop_builder_new(COLUMNS, ROWS);
    for (int u = 0; u < COLUMNS; u++) {
    }
    for (int e = 0; e < ENTRIES; e++) {
        const struct event event = { MOMENT_NONE, (int32_t)(rng_unit(&rng) * rng_unit(&rng) * ROWS),
                                     EVENT_PURCHASE, 1, NAN };
        assert_true(dataset_builder_add_event(
            builder, (int32_t)(rng_unit(&rng) * rng_unit(&rng) * COLUMNS), &event, NULL));
    }
    const struct dataset *now = dataset_builder_finish(builder, 0, NULL, NULL);
    const struct similarity_options options = { .k = 10, .alpha = 0.5 };
    struct similarity_incremental incremental;
    assert_true(similarity_incremental_build(&now->by_item, &now->by_user, &options, 1, NULL,
                                             &incremental, NULL));
    for (int step = 0; step < 400; step++) {
        struct similarity_incremental next;
        const struct arriving_event arriving = {
            (int32_t)(rng_unit(&rng) * rng_unit(&rng) * COLUMNS),
            { MOMENT_NONE, (int32_t)(rng_unit(&rng) * rng_unit(&rng) * ROWS),
              rng_below(&rng, 3) ? EVENT_PURCHASE : EVENT_RETURN, 1, NAN }
        };
        const struct dataset_delta_events news = { .arrivals = &arriving,
                                                   .n = 1,
                                                   .events_seen = step + 1 };
        const struct dataset *newer = dataset_update(now, &news, NULL);
        assert_non_null(newer);
        assert_true(similarity_incremental_update(&incremental, &newer->by_item, &newer->by_user,
                                                  &options, &arriving.event.item, 1, 1, NULL, &next,
                                                  NULL));
        similarity_incremental_fini(&incremental);
        dataset_release(now);
        incremental = next;
        now = newer;
        if (step % 10 != 9) continue;
        struct neighbours followed, anew;
        assert_true(similarity_incremental_top_k(&incremental, &followed, NULL));
        assert_true(similarity_all(&now->by_item, &now->by_user, &options, 1, NULL, &anew, NULL));
        assert_memory_equal(followed.start, anew.start, (ROWS + 1) * sizeof *anew.start);
        const size_t n = (size_t)anew.start[ROWS];
        assert_memory_equal(followed.id, anew.id, n * sizeof *anew.id);
        assert_memory_equal(followed.similarity, anew.similarity, n * sizeof *anew.similarity);
        neighbours_fini(&followed);
        neighbours_fini(&anew);
    }
    similarity_incremental_fini(&incremental);
    dataset_release(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_sets_equal_a_build),
        cmocka_unit_test(lists_follow),
        cmocka_unit_test(models_equal_a_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

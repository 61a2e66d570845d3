/* The dataset builder against its slow twin: an obvious double loop over the same events. */
#include <aisle/dataset.h>
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An event as it arrives. */
struct arriving {
    int32_t user;
    struct event event;
};

struct arrivals {
    int32_t n_users, n_items, n;
    struct arriving *list;
};

static struct slice numbered(char out[32], const char *what, int32_t number)
{
    snprintf(out, 32, "%s%d", what, number);
    return slice_of(out);
}

static const struct dataset *build(const struct arrivals *arrivals,
                                   const struct strength_options *options)
{
    struct error error = { 0 };
    char name[32], title[32];
    struct dataset_builder *builder = dataset_builder_new(options, &error);

    assert_non_null(builder);
    for (int32_t u = 0; u < arrivals->n_users; u++)
        assert_true(dataset_builder_add_user(builder, numbered(name, "u", u), &error));
    for (int32_t i = 0; i < arrivals->n_items; i++)
        assert_true(dataset_builder_add_item(builder, numbered(name, "i", i),
                                             numbered(title, i % 3 ? "title " : "", i), &error));
    for (int32_t e = 0; e < arrivals->n; e++)
        assert_true(dataset_builder_add_event(builder, arrivals->list[e].user,
                                              &arrivals->list[e].event, &error));
    const struct dataset *dataset = dataset_builder_finish(builder, 77, NULL, &error);
    assert_non_null(dataset);
    return dataset;
}

/* What kinds of events a source has. */
struct source {
    bool times, types, quantities, values, grouped;
};

static struct arrivals random_arrivals(uint64_t seed, struct source source, int32_t n)
{
    struct rng rng;
    struct arrivals arrivals = { .n_users = 17, .n_items = 23, .n = n };

    rng_init(&rng, seed);
    arrivals.list = calloc((size_t)n + 1, sizeof *arrivals.list);
    assert_non_null(arrivals.list);
    for (int32_t e = 0; e < n; e++) {
        struct arriving *a = &arrivals.list[e];
        a->user = source.grouped ? (int32_t)((int64_t)e * 17 / n) : (int32_t)rng_below(&rng, 17);
        if (a->user == 5) a->user = 6; /* somebody bought nothing */
        a->event =
            (struct event){ MOMENT_NONE, (int32_t)rng_below(&rng, 23), EVENT_PURCHASE, 1, NAN };
        if (source.times) a->event.time = 1000000 + (int64_t)rng_below(&rng, 40) * 86400;
        if (source.types) a->event.type = (enum event_type)rng_below(&rng, EVENT_TYPES);
        if (source.quantities) a->event.quantity = (float)rng_below(&rng, 5) - 1;
        if (source.values && rng_below(&rng, 4) > 0) a->event.value = (float)rng_below(&rng, 6) - 1;
    }
    return arrivals;
}

/* ----------------------------------------------------------------------------- the slow twin */

/* The user's events in time order; equal times keep the order of arrival. */
static int32_t twin_sequence(const struct arrivals *arrivals, int32_t user, struct event *out)
{
    int32_t n = 0;

    for (int32_t e = 0; e < arrivals->n; e++) {
        if (arrivals->list[e].user != user) continue;
        int32_t at = n++;
        for (; at > 0 && out[at - 1].time > arrivals->list[e].event.time; at--)
            out[at] = out[at - 1];
        out[at] = arrivals->list[e].event;
    }
    return n;
}

static double twin_strength(const struct strength_options *options, int64_t now,
                            const struct event *events, int32_t n, int32_t item)
{
    double rating = NAN, weight = NAN, sum = 0, r;

    for (int32_t e = 0; e < n; e++) {
        if (events[e].item != item) continue;
        double keep = 1;
        if (options->half_life > 0 && events[e].time != MOMENT_NONE)
            keep = pow(0.5, (double)(now - events[e].time) / 86400 / options->half_life);
        double value = (double)events[e].value, quantity = fabs((double)events[e].quantity);
        if (events[e].type == EVENT_RATING) {
            if (!isnan(value)) rating = value * keep;
        } else if (events[e].type == EVENT_WEIGHT) {
            if (!isnan(value)) weight = value * keep;
        } else {
            sum += options->type_weight[events[e].type] * keep *
                   (options->transform == STRENGTH_QUANTITY ? quantity : 1);
        }
    }
    r = !isnan(rating) ? rating : !isnan(weight) ? weight : sum;
    if (r <= 0) return 0;
    if (options->transform == STRENGTH_BINARY) return 1;
    if (options->transform == STRENGTH_LOG) return log(1 + r) / log(2);
    return r;
}

static bool same_float(float a, float b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static void check_sequence(const struct dataset *dataset, int32_t user, const struct event *events,
                           int32_t n)
{
    assert_int_equal(dataset->sequence[user + 1] - dataset->sequence[user], n);
    for (int32_t e = 0; e < n; e++) {
        struct event got = dataset_event(dataset, dataset->sequence[user] + e);
        assert_int_equal(got.item, events[e].item);
        assert_int_equal(got.time, events[e].time);
        assert_int_equal(got.type, events[e].type);
        assert_true(same_float(got.quantity, events[e].quantity));
        assert_true(same_float(got.value, events[e].value));
    }
}

static void check_row(const struct dataset *dataset, int32_t user, const struct event *events,
                      int32_t n)
{
    const struct sparse *by_user = &dataset->by_user;
    int64_t at = by_user->start[user];

    for (int32_t item = 0; item < dataset->n_items; item++) {
        double r = twin_strength(&dataset->options, dataset->last_time, events, n, item);
        if (r <= 0) {
            assert_int_equal(sparse_find(by_user, user, item), -1);
            assert_int_equal(sparse_find(&dataset->by_item, item, user), -1);
            continue;
        }
        assert_int_equal(by_user->column[at], item);
        assert_true(fabs((double)by_user->value[at] - r) <= 1e-6 * r);
        int64_t mirror = sparse_find(&dataset->by_item, item, user);
        assert_true(mirror >= 0);
        assert_true(dataset->by_item.value[mirror] == by_user->value[at]);
        at++;
    }
    assert_int_equal(at, by_user->start[user + 1]);
}

static void check_against_twin(const struct arrivals *arrivals,
                               const struct strength_options *options)
{
    const struct dataset *dataset = build(arrivals, options);
    struct event *events = calloc((size_t)arrivals->n + 1, sizeof *events);

    assert_non_null(events);
    assert_int_equal(dataset->n_users, arrivals->n_users);
    assert_int_equal(dataset->n_items, arrivals->n_items);
    assert_int_equal(dataset->n_events, arrivals->n);
    assert_int_equal(dataset->events_seen, 77);
    for (int32_t user = 0; user < arrivals->n_users; user++) {
        int32_t n = twin_sequence(arrivals, user, events);
        check_sequence(dataset, user, events, n);
        check_row(dataset, user, events, n);
    }
    assert_int_equal(sparse_entries(&dataset->by_user), sparse_entries(&dataset->by_item));
    free(events);
    dataset_release(dataset);
}

static void every_source_equals_the_twin(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 64; seed++) {
        struct source source = { seed & 1, seed & 2, seed & 4, seed & 8, seed & 16 };
        struct strength_options options;
        strength_options_init(&options);
        options.transform = (enum strength_transform)(seed / 3 % 4);
        if (seed % 5 == 0) options.half_life = 7;
        if (seed % 7 == 0) options.type_weight[EVENT_VIEW] = 0.1;
        struct arrivals arrivals = random_arrivals(seed, source, seed == 63 ? 0 : 900);
        check_against_twin(&arrivals, &options);
        free(arrivals.list);
    }
}

/* More than two chunks of events, with fields that begin in the middle of one. Users and times go
 * round, so that what must come out is known without a slow twin. */
static void chunks_join(void **state)
{
    enum { N = 140000, USERS = 7, FIRST_TIME = 70000, LATE = 131080 };
    struct arrivals arrivals = { .n_users = USERS, .n_items = 1000, .n = N };
    (void)state;

    arrivals.list = calloc(N, sizeof *arrivals.list);
    assert_non_null(arrivals.list);
    for (int32_t e = 0; e < N; e++) {
        arrivals.list[e].user = e % USERS;
        arrivals.list[e].event =
            (struct event){ e < FIRST_TIME ? MOMENT_NONE : e, e % 1000, EVENT_PURCHASE, 1, NAN };
    }
    arrivals.list[LATE].event.type = EVENT_RETURN;
    arrivals.list[LATE].event.quantity = 3;
    arrivals.list[LATE].event.value = 9;
    const struct dataset *dataset = build(&arrivals, NULL);
    for (int32_t user = 0; user < USERS; user++) {
        int64_t at = dataset->sequence[user];
        for (int32_t e = user; e < N; e += USERS, at++) {
            struct event got = dataset_event(dataset, at);
            assert_int_equal(got.item, e % 1000);
            assert_int_equal(got.time, e < FIRST_TIME ? MOMENT_NONE : e);
            assert_int_equal(got.type, e == LATE ? EVENT_RETURN : EVENT_PURCHASE);
            assert_true(got.quantity == (e == LATE ? 3 : 1));
            assert_true(same_float(got.value, e == LATE ? 9 : NAN));
        }
        assert_int_equal(at, dataset->sequence[user + 1]);
    }
    dataset_release(dataset);
    free(arrivals.list);
}

static void defaults_take_no_room(void **state)
{
    (void)state;
    struct arrivals arrivals = random_arrivals(1, (struct source){ 0 }, 500);
    const struct dataset *dataset = build(&arrivals, NULL);

    assert_null(dataset->event_time);
    assert_null(dataset->event_type);
    assert_null(dataset->event_quantity);
    assert_null(dataset->event_value);
    assert_int_equal(dataset->first_time, MOMENT_NONE);
    assert_int_equal(dataset->last_time, MOMENT_NONE);
    assert_true(isnan(dataset->mean_rating));
    dataset_release(dataset);
    arrivals.list[499].event = (struct event){ 7, 0, EVENT_RATING, 2, 4 };
    arrivals.list[3].event = (struct event){ 9, 0, EVENT_RATING, 1, 1 };
    dataset = build(&arrivals, NULL);
    assert_non_null(dataset->event_time);
    assert_non_null(dataset->event_type);
    assert_non_null(dataset->event_quantity);
    assert_non_null(dataset->event_value);
    assert_int_equal(dataset->first_time, 7);
    assert_int_equal(dataset->last_time, 9);
    assert_true(dataset->mean_rating == 2.5);
    dataset_release(dataset);
    free(arrivals.list);
}

static void names_are_found(void **state)
{
    (void)state;
    struct error error = { 0 };
    struct dataset_builder *builder = dataset_builder_new(NULL, &error);
    char name[32];

    for (int32_t u = 0; u < 10000; u++)
        assert_true(dataset_builder_add_user(builder, numbered(name, "customer ", u * 7), &error));
    assert_true(dataset_builder_add_user(builder, (struct slice){ "a\0b", 3 }, &error));
    assert_true(dataset_builder_add_user(builder, (struct slice){ "a\0c", 3 }, &error));
    assert_true(dataset_builder_add_user(builder, slice_of(""), &error));
    assert_true(dataset_builder_add_user(builder, slice_of("customer 7"), &error));
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, &error);
    assert_non_null(dataset);
    for (int32_t u = 0; u < 10000; u++) {
        assert_int_equal(names_find(&dataset->user_ids, numbered(name, "customer ", u * 7)), u);
        assert_true(slice_equal(names_get(&dataset->user_ids, u), name));
        assert_int_equal(names_find(&dataset->user_ids, numbered(name, "customer ", u * 7 + 1)),
                         -1);
    }
    assert_int_equal(names_find(&dataset->user_ids, (struct slice){ "a\0b", 3 }), 10000);
    assert_int_equal(names_find(&dataset->user_ids, (struct slice){ "a\0c", 3 }), 10001);
    assert_int_equal(names_find(&dataset->user_ids, slice_of("a")), -1);
    assert_int_equal(names_find(&dataset->user_ids, slice_of("")), 10002);
    assert_int_equal(names_find(&dataset->item_ids, slice_of("")), -1);
    dataset_release(dataset);
}

static void fingerprints_describe_data_apart(void **state)
{
    (void)state;
    struct source all = { true, true, true, true, false };
    struct arrivals arrivals = random_arrivals(3, all, 300);
    struct strength_options options;
    uint64_t seen[8];

    strength_options_init(&options);
    for (int i = 0; i < 8; i++) {
        struct event *event = &arrivals.list[42].event, before = *event;
        if (i == 2) event->item = (event->item + 1) % 23;
        if (i == 3) event->time++;
        if (i == 4) event->quantity += 1;
        if (i == 5) event->value = 17;
        if (i == 6) options.half_life = 1;
        if (i == 7) arrivals.n_users++;
        const struct dataset *dataset = build(&arrivals, &options);
        seen[i] = dataset->fingerprint;
        dataset_release(dataset);
        *event = before;
        options.half_life = 0;
    }
    assert_true(seen[0] == seen[1]);
    for (int i = 1; i < 8; i++) {
        for (int j = i + 1; j < 8; j++)
            assert_true(seen[i] != seen[j]);
    }
    free(arrivals.list);
}

static void strangers_are_refused(void **state)
{
    (void)state;
    struct error error = { 0 };
    struct dataset_builder *builder = dataset_builder_new(NULL, &error);
    struct event event = { 0, 0, EVENT_PURCHASE, 1, NAN };

    assert_false(dataset_builder_add_event(builder, 0, &event, &error));
    assert_int_equal(error.code, ERROR_INPUT);
    assert_true(dataset_builder_add_user(builder, slice_of("u"), &error));
    assert_false(dataset_builder_add_event(builder, 0, &event, &error));
    assert_true(dataset_builder_add_item(builder, slice_of("i"), slice_of(""), &error));
    assert_true(dataset_builder_add_event(builder, 0, &event, &error));
    assert_false(dataset_builder_add_event(builder, -1, &event, &error));
    event.type = EVENT_TYPES;
    assert_false(dataset_builder_add_event(builder, 0, &event, &error));
    dataset_builder_free(builder);
    dataset_builder_free(NULL);
    dataset_release(NULL);
}

static void an_empty_dataset_stands(void **state)
{
    (void)state;
    const struct dataset *dataset = build(&(struct arrivals){ 0 }, NULL);

    assert_int_equal(dataset->n_users, 0);
    assert_int_equal(sparse_entries(&dataset->by_user), 0);
    assert_ptr_equal(dataset_retain(dataset), dataset);
    dataset_release(dataset);
    assert_int_equal(dataset->n_events, 0); /* still held once */
    dataset_release(dataset);
}

static void cancelling_gives_nothing(void **state)
{
    (void)state;
    struct error error = { 0 };
    struct progress progress = { 0 };
    struct dataset_builder *builder = dataset_builder_new(NULL, &error);

    assert_true(dataset_builder_add_user(builder, slice_of("u"), &error));
    progress_cancel(&progress);
    assert_null(dataset_builder_finish(builder, 0, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_source_equals_the_twin),
        cmocka_unit_test(chunks_join),
        cmocka_unit_test(defaults_take_no_room),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(fingerprints_describe_data_apart),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(an_empty_dataset_stands),
        cmocka_unit_test(cancelling_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

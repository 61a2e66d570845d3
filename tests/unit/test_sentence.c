/* Sentences: the exact words, and that they read back to the same event. */
#include "exchange/sentence.h"

#include "aisle/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct event event_of(enum event_type type, float quantity, float value, int64_t time)
{
    return (struct event){ .time = time, .type = type, .quantity = quantity, .value = value };
}

static void check_words(const char *user, const char *item, struct event event, const char *words)
{
    struct text out = { 0 };

    sentence_add(&out, slice_of(user), slice_of(item), &event);
    assert_string_equal(out.bytes, words);
    text_fini(&out);
}

static void sentences_are_written_so(void **state)
{
    const int64_t new_year = 1609459200;
    const float none = NAN;

    (void)state;
    check_words("123", "456", event_of(EVENT_PURCHASE, 1, none, new_year),
                "User 123 bought item 456 at 2021-01-01 00:00:00.");
    check_words("1", "2", event_of(EVENT_PURCHASE, 1, none, MOMENT_NONE), "User 1 bought item 2.");
    check_words("1", "2", event_of(EVENT_PURCHASE, 6, 2.55F, new_year),
                "User 1 bought 6 of item 2 for 2.55 each at 2021-01-01 00:00:00.");
    check_words("1", "2", event_of(EVENT_RETURN, 1, none, new_year),
                "User 1 returned item 2 at 2021-01-01 00:00:00.");
    check_words("1", "2", event_of(EVENT_RATING, 1, 4.5F, MOMENT_NONE), "User 1 rated item 2 4.5.");
    check_words("1", "2", event_of(EVENT_WEIGHT, 1, 13883, MOMENT_NONE),
                "User 1 played item 2 13883 times.");
    check_words("1", "2", event_of(EVENT_WEIGHT, 1, 2000000, MOMENT_NONE),
                "User 1 played item 2 2000000 times.");
    check_words("1", "2", event_of(EVENT_CART, 2, 3, MOMENT_NONE),
                "User 1 added 2 of item 2 for 3 each to the cart.");
    check_words("1", "2", event_of(EVENT_VIEW, 1, none, new_year),
                "User 1 viewed item 2 at 2021-01-01 00:00:00.");
    check_words("Ann Lee", "a\"b\n.", event_of(EVENT_PURCHASE, 1, none, MOMENT_NONE),
                "User \"Ann Lee\" bought item \"a\\\"b\\n.\".");
    check_words("1.", "2.", event_of(EVENT_PURCHASE, 1, none, MOMENT_NONE),
                "User 1. bought item 2..");
}

static void bad_sentences_say_why(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "User 1 bought item 2",
        "user 1 bought item 2.",
        "User  bought item 2.",
        "User 1 ate item 2.",
        "User 1 bought item .",
        "User 1 bought item 2 at yesterday.",
        "User 1 bought item 2 at .",
        "User 1 bought item 2 for x each.",
        "User 1 bought item 2 for 2.",
        "User 1 bought 0 of item 2.",
        "User 1 bought -1 of item 2.",
        "User 1 bought x of item 2.",
        "User 1 bought item 2 and item 3.",
        "User 1 added item 2.",
        "User 1 played item 2 3.",
        "User 1 rated item 2 good.",
        "User \"1 bought item 2.",
        "User \"\\x1\" bought item 2.",
        "User \"\\",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text user = { 0 }, item = { 0 };
        struct record record = { .quantity = 1 };

        if (!sentence_parse(slice_of(bad[i]), &user, &item, &record))
            fail_msg("taken for a sentence: %s", bad[i]);
        text_fini(&user);
        text_fini(&item);
    }
}

static uint32_t below(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n);
}

/* Ids of bytes that make trouble. */
static size_t random_id(struct rng *rng, char id[24])
{
    static const char bytes[] = "ab1. \"\\\n\r\t\x01\x7f\xff\xc3\xa9:x,";
    size_t length = 1 + below(rng, 20);

    for (size_t i = 0; i < length; i++)
        id[i] = bytes[below(rng, sizeof bytes - 1)];
    if (below(rng, 4) == 0) {
        memcpy(id, " bought item 1 at ", 18);
        length = 18;
    }
    return length;
}

static float random_number(struct rng *rng)
{
    union {
        uint32_t bits;
        float number;
    } u;

    do
        u.bits = (uint32_t)rng_next(rng);
    while (!(fabsf(u.number) <= 1e15f)); /* what is taken */
    return below(rng, 2) ? (float)(1 + below(rng, 1000)) / 4 : u.number;
}

static void random_events_read_back(void **state)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, 7);
    for (int n = 0; n < 20000; n++) {
        char user_id[24], item_id[24];
        struct slice user = { user_id, random_id(&rng, user_id) };
        struct slice item = { item_id, random_id(&rng, item_id) };
        struct event event =
            event_of((enum event_type)below(&rng, EVENT_TYPES), 1, NAN, MOMENT_NONE);
        struct text words = { 0 }, again = { 0 }, user_capacity = { 0 }, item_capacity = { 0 };
        struct record record = { .quantity = 1, .value = NAN, .time = MOMENT_NONE };
        const char *reason;

        if (below(&rng, 2)) event.quantity = fabsf(random_number(&rng));
        if (!(event.quantity > 0)) event.quantity = 1;
        if (below(&rng, 2)) event.value = random_number(&rng);
        if (below(&rng, 2)) event.time = (int64_t)below(&rng, 4000000000U);
        sentence_add(&words, user, item, &event);
        reason = sentence_parse((struct slice){ words.bytes, words.length }, &user_capacity,
                                &item_capacity, &record);
        if (reason) fail_msg("%s: %s", words.bytes, reason);
        assert_int_equal(record.type, event.type);
        assert_true(record.time == event.time);
        assert_true((float)record.quantity == event.quantity);
        assert_true(isnan(event.value) ? isnan(record.value) : (float)record.value == event.value);
        assert_int_equal(record.user.length, user.length);
        assert_memory_equal(record.user.bytes, user_id, user.length);
        assert_int_equal(record.item.length, item.length);
        assert_memory_equal(record.item.bytes, item_id, item.length);
        sentence_add(&again, record.user, record.item, &event);
        assert_string_equal(again.bytes, words.bytes);
        text_fini(&words);
        text_fini(&again);
        text_fini(&user_capacity);
        text_fini(&item_capacity);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_written_so),
        cmocka_unit_test(bad_sentences_say_why),
        cmocka_unit_test(random_events_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

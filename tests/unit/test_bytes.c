/* Byte streams: what was written is read, every damage and every short read is noticed. */
#include <aisle/bytes.h>
#include <aisle/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BIG = 30000 };

/* A stream in memory; `max` bounds what one read hands out; put fails after `fail_after` bytes. */
struct store {
    unsigned char *bytes;
    size_t length, at, max, fail_after;
};

static bool put(void *context, const void *bytes, size_t length, struct error *error)
{
    struct store *store = context;

    if (store->length + length > store->fail_after)
        return error_set(error, ERROR_IO, "the disk is full");
    store->bytes = realloc(store->bytes, store->length + length + 1);
    assert_non_null(store->bytes);
    memcpy(store->bytes + store->length, bytes, length);
    store->length += length;
    return true;
}

static bool get(void *context, void *bytes, size_t capacity, size_t *length, struct error *error)
{
    struct store *store = context;
    (void)error;

    *length = store->length - store->at;
    if (*length > capacity) *length = capacity;
    if (*length > store->max) *length = store->max;
    if (*length > 0) memcpy(bytes, store->bytes + store->at, *length);
    store->at += *length;
    return true;
}

static bool write_all(struct store *store, const unsigned char *big, struct error *error)
{
    struct byte_writer writer;

    bytes_write_open(&writer, put, store, error);
    bytes_write_int32(&writer, -7);
    bytes_write_int64(&writer, INT64_MIN + 1);
    bytes_write(&writer, big, BIG);
    bytes_write_double(&writer, 0.1);
    for (int i = 0; i < 3000; i++)
        bytes_write_int32(&writer, i);
    return bytes_write_close(&writer);
}

static bool read_all(struct store *store, unsigned char *big, struct error *error)
{
    struct byte_reader reader;
    bool right = true;

    bytes_read_open(&reader, get, store, error);
    right &= bytes_read_int32(&reader) == -7;
    right &= bytes_read_int64(&reader) == INT64_MIN + 1;
    bytes_read(&reader, big, BIG);
    right &= bytes_read_double(&reader) == 0.1;
    for (int i = 0; i < 3000; i++)
        right &= bytes_read_int32(&reader) == i;
    bool closed = bytes_read_close(&reader);
    if (closed) assert_true(right);
    return closed;
}

static void check_value(void **state)
{
    unsigned char bytes[4000];
    struct rng rng;
    (void)state;

    assert_true(bytes_checksum(0, "123456789", 9) == UINT64_C(0x995DC9BBDF1939FA));
    assert_true(bytes_checksum(0, "", 0) == 0);
    rng_init(&rng, 1);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)rng_next(&rng);
    uint64_t whole = bytes_checksum(0, bytes, sizeof bytes), bytewise = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytewise = bytes_checksum(bytewise, bytes + i, 1);
    assert_true(whole == bytewise);
    for (int i = 0; i < 100; i++) {
        size_t cut = rng_below(&rng, sizeof bytes);
        assert_true(bytes_checksum(bytes_checksum(0, bytes, cut), bytes + cut,
                                   sizeof bytes - cut) == whole);
    }
}

static void sections_follow_each_other(void **state)
{
    struct store store = { .max = 777, .fail_after = SIZE_MAX };
    struct error error = { 0 };
    unsigned char *big = malloc(BIG), *back = malloc(BIG);
    (void)state;

    assert_true(big && back);
    for (int i = 0; i < BIG; i++)
        big[i] = (unsigned char)(i * 31);
    assert_true(write_all(&store, big, &error));
    assert_int_equal(store.length, 4 + 8 + BIG + 8 + 12000 + 8);
    assert_memory_equal(store.bytes, "\xF9\xFF\xFF\xFF", 4); /* little-endian */
    assert_true(write_all(&store, big, &error));
    assert_true(read_all(&store, back, &error));
    assert_memory_equal(back, big, BIG);
    assert_true(read_all(&store, back, &error));
    assert_int_equal(store.at, store.length);
    free(store.bytes);
    free(big);
    free(back);
}

static void damage_is_noticed(void **state)
{
    struct store store = { .max = SIZE_MAX, .fail_after = SIZE_MAX };
    unsigned char *big = calloc(1, BIG);
    struct error error;
    struct rng rng;
    (void)state;

    assert_non_null(big);
    assert_true(write_all(&store, big, NULL));
    rng_init(&rng, 5);
    for (int i = 0; i < 300; i++) { /* one bit */
        size_t at = rng_below(&rng, (uint32_t)store.length);
        unsigned char bit = (unsigned char)(1u << rng_below(&rng, 8));
        store.bytes[at] ^= bit;
        store.at = 0;
        error = (struct error){ 0 };
        assert_false(read_all(&store, big, &error));
        assert_int_equal(error.code, ERROR_INPUT);
        store.bytes[at] ^= bit;
    }
    for (int i = 0; i < 300; i++) { /* the end is missing */
        size_t length = store.length;
        store.length = rng_below(&rng, (uint32_t)length);
        store.at = 0;
        error = (struct error){ 0 };
        assert_false(read_all(&store, big, &error));
        assert_int_equal(error.code, ERROR_INPUT);
        store.length = length;
    }
    store.at = 0;
    assert_true(read_all(&store, big, NULL));
    free(store.bytes);
    free(big);
}

static void failures_are_kept(void **state)
{
    unsigned char *big = calloc(1, BIG);
    (void)state;

    assert_non_null(big);
    for (size_t capacity = 0; capacity < 42000; capacity += 1000) {
        struct store store = { .max = SIZE_MAX, .fail_after = capacity };
        struct error error = { 0 };
        assert_false(write_all(&store, big, &error));
        assert_string_equal(error.text, "the disk is full");
        free(store.bytes);
    }
    struct store empty = { .max = 1 };
    struct byte_reader reader;
    unsigned char bytes[4] = { 1, 2, 3, 4 };
    bytes_read_open(&reader, get, &empty, NULL);
    assert_false(bytes_read(&reader, bytes, 4));
    assert_memory_equal(bytes, "\0\0\0\0", 4);
    assert_true(reader.failed);
    assert_int_equal(bytes_read_int64(&reader), 0);
    assert_false(bytes_read_close(&reader));
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_value),
        cmocka_unit_test(sections_follow_each_other),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(failures_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

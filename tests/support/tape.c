#include "tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool tape_reserve(struct tape *tape, size_t capacity)
{
    unsigned char *bytes = capacity > tape->capacity ? realloc(tape->bytes, capacity) : tape->bytes;
    if (capacity > tape->capacity) {
        if (!bytes) return false;
        tape->bytes = bytes;
        tape->capacity = capacity;
    }
    return true;
}

void tape_fini(struct tape *tape)
{
    free(tape->bytes);
    *tape = (struct tape){ 0 };
}

bool tape_put(void *context, const void *bytes, size_t length, struct error *error)
{
    struct tape *tape = context;
    if (length == 0) return true;
    const size_t whole = tape->length + length;
    if (whole > tape->capacity && !tape_reserve(tape, 2 * whole))
        return error_memory(error, "a tape");
    memcpy(tape->bytes + tape->length, bytes, length);
    tape->length = whole;
    return true;
}

bool tape_get(void *context, void *bytes, size_t capacity, size_t *length, struct error *error)
{
    struct tape *tape = context;
    (void)error;
    *length = tape->length - tape->at < capacity ? tape->length - tape->at : capacity;
    if (*length > 0) memcpy(bytes, tape->bytes + tape->at, *length);
    tape->at += *length;
    return true;
}

struct tape tape_of(const struct model *model)
{
    struct tape tape = { 0 };
    struct byte_writer writer;

    bytes_write_open(&writer, tape_put, &tape, NULL);
    assert_true(model_base(model)->kind->save(model, &writer));
    assert_true(bytes_write_close(&writer));
    return tape;
}

struct model *tape_load(struct tape *tape, const struct model *saved)
{
    const struct model_base *base = model_base(saved);
    struct byte_reader reader;
    struct error error = { 0 };

    tape->at = 0;
    bytes_read_open(&reader, tape_get, tape, &error);
    struct model *model = base->kind->load(base->dataset, &base->parameters, &reader, &error);
    if (model && !bytes_read_close(&reader)) {
        model_release(model);
        model = NULL;
    }
    if (!model) assert_true(error.code != ERROR_NONE && strlen(error.text) > 10);
    return model;
}

static void same_scores(const struct model *model, const struct model *again)
{
    const struct model_base *base = model_base(model);
    const struct dataset *dataset = base->dataset;
    const size_t size = (size_t)dataset->n_items * sizeof(float);
    float *before = malloc(size), *after = malloc(size);

    assert_true(before && after && size > 0);
    for (int32_t user = -1; user < dataset->n_users; user++) {
        struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
        assert_true(base->kind->score(model, shopper, before, NULL));
        assert_true(base->kind->score(again, shopper, after, NULL));
        assert_memory_equal(before, after, size);
        shopper_free(shopper);
    }
    free(before);
    free(after);
}

void tape_refuses_damage(struct tape *tape, const struct model *saved, size_t stride)
{
    const size_t whole = tape->length;

    assert_true(whole > 0);
    for (size_t i = 0; i < whole; i += stride) { /* one damaged byte, then one too few */
        tape->bytes[i] ^= (unsigned char)(1 + i * 37 % 255);
        assert_null(tape_load(tape, saved));
        tape->bytes[i] ^= (unsigned char)(1 + i * 37 % 255);
    }
    for (tape->length = 0; tape->length < whole; tape->length += stride)
        assert_null(tape_load(tape, saved));
    tape->length = whole;
}

void tape_check(const struct model *model, size_t stride)
{
    struct tape tape = tape_of(model);
    struct model *again = tape_load(&tape, model);

    assert_non_null(again);
    same_scores(model, again);
    model_release(again);
    tape_refuses_damage(&tape, model, stride);
    tape_fini(&tape);
}

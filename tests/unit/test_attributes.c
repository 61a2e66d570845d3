/* Attributes and friendships of a dataset against a slow twin that keeps strings. */
#include <aisle/dataset.h>
#include <aisle/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 40, NAMES = 5, CAPACITY = 64 };

static struct dataset_builder *builder_of(int32_t users, int32_t items)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);

    assert_non_null(builder);
    for (int32_t u = 0; u < users; u++)
        assert_true(dataset_builder_add_user(builder, slice_of("u"), NULL));
    for (int32_t i = 0; i < items; i++)
        assert_true(dataset_builder_add_item(builder, slice_of("i"), slice_of(""), NULL));
    return builder;
}

static const struct dataset *finish(struct dataset_builder *builder)
{
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static struct slice name_of(const struct attributes *known, int64_t at)
{
    return names_get(&known->names, known->value_name[known->value[at]]);
}

/* "a|b|b" of single letters, blanks around some; what it says is the set of its letters. */
static void random_value(struct rng *rng, char text[CAPACITY])
{
    uint32_t n = rng_below(rng, 4);

    text[0] = '\0';
    for (uint32_t i = 0; i < n; i++)
        snprintf(text + strlen(text), CAPACITY - strlen(text), "%s%s%c%s", i ? "|" : "",
                 rng_below(rng, 3) ? "" : " ", 'a' + (int)rng_below(rng, 6),
                 rng_below(rng, 3) ? "" : " ");
}

static void attributes_equal_the_twin(void **state)
{
    static char twin[ROWS][NAMES][CAPACITY]; /* what was set last */
    struct rng rng;
    (void)state;

    rng_init(&rng, 5);
    for (int round = 0; round < 50; round++) {
        struct dataset_builder *builder = builder_of(3, ROWS);
        memset(twin, 0, sizeof twin);
        for (uint32_t n = rng_below(&rng, 400); n > 0; n--) {
            uint32_t row = rng_below(&rng, ROWS), name = rng_below(&rng, NAMES);
            char text[] = { 'n', (char)('0' + name), '\0' };
            random_value(&rng, twin[row][name]);
            assert_true(dataset_builder_set_item(builder, (int32_t)row, slice_of(text),
                                                 slice_of(twin[row][name]), NULL));
        }
        const struct dataset *dataset = finish(builder);
        const struct attributes *known = &dataset->item_attributes;
        assert_int_equal(dataset->user_attributes.offset[3], 0);
        assert_int_equal(known->offset[0], 0);
        for (int32_t row = 0; row < ROWS; row++) {
            int64_t wanted = 0;
            for (uint32_t name = 0; name < NAMES; name++) {
                for (char letter = 'a'; letter < 'g'; letter++)
                    wanted += strchr(twin[row][name], letter) != NULL;
            }
            assert_int_equal(known->offset[row + 1] - known->offset[row], wanted);
            for (int64_t at = known->offset[row]; at < known->offset[row + 1]; at++) {
                struct slice name = name_of(known, at);
                struct slice value = names_get(&known->values, known->value[at]);
                assert_int_equal(value.length, 1);
                assert_non_null(strchr(twin[row][name.bytes[1] - '0'], value.bytes[0]));
                assert_true(at == known->offset[row] || known->value[at - 1] < known->value[at]);
                assert_int_equal(attributes_find(known, name, value), known->value[at]);
            }
        }
        dataset_release(dataset);
    }
}

static void texts_are_kept_byte_for_byte(void **state)
{
    struct dataset_builder *builder = builder_of(2, 1);
    const struct slice odd = { "\x1b[31m\xff\0\xe2\x80\xae", 10 };
    (void)state;

    assert_true(dataset_builder_set_user(builder, 1, odd, odd, NULL));
    assert_true(dataset_builder_set_user(builder, 0, slice_of(""), odd, NULL));
    const struct dataset *dataset = finish(builder);
    const struct attributes *known = &dataset->user_attributes;
    assert_int_equal(known->values.n, 2); /* the same text under two names */
    int32_t found = attributes_find(known, odd, odd);
    assert_int_equal(found, 0);
    struct slice back = names_get(&known->values, found);
    assert_int_equal(back.length, odd.length);
    assert_memory_equal(back.bytes, odd.bytes, odd.length);
    assert_int_equal(attributes_find(known, slice_of(""), odd), 1);
    assert_int_equal(attributes_find(known, odd, slice_of("")), -1);
    assert_int_equal(attributes_find(known, slice_of("no"), odd), -1);
    dataset_release(dataset);
}

static void many_values_are_told_apart(void **state)
{
    enum { N = 30000 };
    struct dataset_builder *builder = builder_of(N, 0);
    char text[32];
    (void)state;

    for (int32_t u = 0; u < N; u++) {
        snprintf(text, sizeof text, "%d|%d", u, u / 7);
        assert_true(dataset_builder_set_user(builder, u, slice_of("number"), slice_of(text), NULL));
    }
    const struct dataset *dataset = finish(builder);
    const struct attributes *known = &dataset->user_attributes;
    assert_int_equal(known->values.n, N);
    for (int32_t u = 0; u < N; u++) {
        snprintf(text, sizeof text, "%d", u);
        assert_int_equal(known->offset[u + 1] - known->offset[u], u == 0 ? 1 : 2);
        assert_true(
            slice_equal(names_get(&known->values, known->value[known->offset[u + 1] - 1]), text));
    }
    dataset_release(dataset);
}

static void friends_equal_the_twin(void **state)
{
    static bool twin[ROWS][ROWS];
    struct rng rng;
    (void)state;

    rng_init(&rng, 6);
    for (int round = 0; round < 30; round++) {
        struct dataset_builder *builder = builder_of(ROWS, 0);
        uint32_t n = rng_below(&rng, 300);
        memset(twin, 0, sizeof twin);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t a = rng_below(&rng, ROWS), b = rng_below(&rng, ROWS);
            assert_true(dataset_builder_add_friend(builder, (int32_t)a, (int32_t)b, NULL));
            if (a != b) twin[a][b] = true;
        }
        const struct dataset *dataset = finish(builder);
        if (n > 20) assert_non_null(dataset->friend_offset);
        for (int32_t u = 0; u < ROWS && dataset->friend_offset; u++) {
            int64_t at = dataset->friend_offset[u];
            for (int32_t v = 0; v < ROWS; v++)
                if (twin[u][v]) assert_int_equal(dataset->friends[at++], v);
            assert_int_equal(at, dataset->friend_offset[u + 1]);
        }
        dataset_release(dataset);
    }
}

static void strangers_are_refused(void **state)
{
    struct dataset_builder *builder = builder_of(1, 1);
    struct slice a = slice_of("a");
    struct error error = { 0 };
    (void)state;

    assert_false(dataset_builder_set_user(builder, 1, a, a, &error));
    assert_int_equal(error.code, ERROR_INPUT);
    assert_false(dataset_builder_set_item(builder, -1, a, a, &error));
    assert_false(dataset_builder_add_friend(builder, 0, 1, &error));
    assert_false(dataset_builder_add_friend(builder, -1, 0, &error));
    assert_true(dataset_builder_set_user(builder, 0, a, a, &error));
    dataset_builder_free(builder); /* with facts that wait */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_equal_the_twin),
        cmocka_unit_test(texts_are_kept_byte_for_byte),
        cmocka_unit_test(many_values_are_told_apart),
        cmocka_unit_test(friends_equal_the_twin),
        cmocka_unit_test(strangers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

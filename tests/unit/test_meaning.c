/* Vectors in half precision, and a question held against items and values. */
#include "data/item_vectors.h"
#include "data/vocabulary_private.h"
#include "model/meaning.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void halves_are_near(void **state)
{
    static const float exact[] = { 0, 1, -1, 0.5f, 0.25f, -0.375f, 65504, 0x1p-14f, 0x1p-24f };
    (void)state;

    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        assert_true(fabs((double)float_of_half(half_of_float(exact[i])) - (double)exact[i]) <= 0);
    for (int i = -2000; i <= 2000; i++) {
        const float value = (float)i / 1999.5f;
        const double back = (double)float_of_half(half_of_float(value));
        assert_true(fabs(back - (double)value) <= fabs((double)value) * 0x1p-11 + 0x1p-25);
    }
    for (uint32_t half = 0; half < 0x7C00; half++) /* what was a half stays that half */
        assert_int_equal(half_of_float(float_of_half((uint16_t)half)), half);
}

enum { N_ITEMS = 24, DIMENSION = 8 };

/* Six items of each of four kinds; kinds 0 and 1 are in the category Animals, 2 and 3 in Tools. */
static const struct dataset *make_shop(void)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);

    for (int32_t i = 0; i < N_ITEMS; i++) {
        char id[16], kind[16];
        snprintf(id, sizeof id, "%d", i);
        snprintf(kind, sizeof kind, "kind %d", i % 4);
        assert_true(dataset_builder_add_item(builder, slice_of(id), slice_of(id), NULL));
        assert_true(dataset_builder_set_item(builder, i, slice_of("kind"), slice_of(kind), NULL));
        assert_true(dataset_builder_set_item(builder, i, slice_of("category"),
                                             slice_of(i % 4 < 2 ? "Animals" : "Tools"), NULL));
    }
    return dataset_builder_finish(builder, 0, NULL, NULL);
}

/* Axis k is what kind k means, axis 4 + i % 4 a little of something else. */
static struct item_vectors *make_vectors(const struct dataset *dataset, const uint8_t *role)
{
    const struct attributes *known = &dataset->item_attributes;
    struct item_vectors *vectors = calloc(1, sizeof *vectors);

    atomic_init(&vectors->references, 1);
    vectors->dimension = DIMENSION;
    vectors->noise = calloc(DIMENSION, sizeof *vectors->noise);
    assert_true(vector_table_init(&vectors->items, N_ITEMS, DIMENSION, NULL));
    assert_true(vector_table_init(&vectors->values, known->values.n, DIMENSION, NULL));
    for (int32_t i = 0; i < N_ITEMS; i++) {
        vectors->items.half[i * DIMENSION + i % 4] = half_of_float(0.8f);
        vectors->items.half[i * DIMENSION + 4 + i / 6] = half_of_float(0.6f);
    }
    for (int32_t v = 0; v < known->values.n; v++) { /* ascending by checksum */
        const struct slice text = names_get(&known->values, v);
        const uint64_t checksum = text_checksum(text);
        int32_t row = 0;
        for (int32_t other = 0; other < known->values.n; other++)
            row += text_checksum(names_get(&known->values, other)) < checksum;
        vectors->values.checksum[row] = checksum;
        assert_true(attribute_has_meaning(dataset, role, known->value_name[v]));
        if (memcmp(text.bytes, "kind", 4) == 0)
            vectors->values.half[row * DIMENSION + (text.bytes[5] - '0')] = half_of_float(1);
        else
            vectors->values.half[row * DIMENSION + (text.bytes[0] == 'A' ? 4 : 5)] =
                half_of_float(1);
    }
    return vectors;
}

static double meant(const struct meaning *meaning, const struct dataset *dataset, int32_t item)
{
    return (double)meaning->near[item] + meaning_of_values(meaning, dataset, item);
}

static void the_value_comes_first_then_its_neighbours(void **state)
{
    const struct dataset *dataset = make_shop();
    uint8_t role[2];
    const float query[DIMENSION] = { 0, 1 };
    struct meaning meaning;
    (void)state;

    assert_true(attribute_roles(dataset, 8, role, NULL));
    struct item_vectors *vectors = make_vectors(dataset, role);
    assert_true(meaning_init(&meaning, dataset, role, vectors, query, NULL));
    for (int32_t i = 0; i < N_ITEMS; i++) {
        for (int32_t other = 0; other < N_ITEMS; other++) {
            if (i % 4 == 1 && other % 4 != 1) /* the kind that was asked for */
                assert_true(meant(&meaning, dataset, i) > meant(&meaning, dataset, other));
            if (i % 4 == 0 && other % 4 >= 2) /* then the other one of its category */
                assert_true(meant(&meaning, dataset, i) > meant(&meaning, dataset, other));
        }
        assert_true(meaning_of_values(&meaning, dataset, i) <= meaning_value_weight + 1e-5);
    }
    meaning_fini(&meaning);
    item_vectors_release(vectors);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_near),
        cmocka_unit_test(the_value_comes_first_then_its_neighbours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

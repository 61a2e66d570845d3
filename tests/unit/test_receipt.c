/* Receipts: trees keep their sums, however they are trimmed. */
#include <aisle/moment.h>
#include <aisle/receipt.h>
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct receipt *random_receipt(struct rng *rng, int32_t n)
{
    struct receipt *root = receipt_new(RECEIPT_SCORE, -1, 3, 0, NULL);

    assert_non_null(root);
    assert_true(receipt_make_children(root, n, NULL));
    for (int32_t i = 0; i < n; i++) {
        struct receipt *child = &root->children[i];
        child->kind = RECEIPT_PURCHASE;
        child->item = i;
        assert_true(receipt_make_children(child, 2, NULL));
        child->children[0].value = rng_normal(rng);
        child->children[1].value = rng_normal(rng);
        child->value = child->children[0].value + child->children[1].value;
        root->value += child->value;
    }
    return root;
}

static void trimming_keeps_the_sum(void **state)
{
    struct rng rng;
    (void)state;

    rng_init(&rng, 1);
    for (int32_t limit = 0; limit < 12; limit++) {
        struct receipt *root = random_receipt(&rng, 10);
        assert_true(receipt_residual(root) < 1e-12);
        assert_true(receipt_trim(root, limit, NULL));
        assert_true(receipt_residual(root) < 1e-12);
        bool all = limit == 0 || limit >= 10;
        assert_int_equal(root->n_children, all ? 10 : limit + 1);
        for (int32_t i = 1; i < (all ? 10 : limit); i++)
            assert_true(fabs(root->children[i - 1].value) >= fabs(root->children[i].value));
        const struct receipt *last = &root->children[root->n_children - 1];
        if (!all) {
            assert_int_equal(last->kind, RECEIPT_REST);
            assert_int_equal(last->count, 10 - limit);
            assert_int_equal(last->item, -1);
            assert_int_equal(last->time, MOMENT_NONE);
            assert_true(receipt_trim(root, limit, NULL)); /* once more changes nothing */
            assert_int_equal(root->n_children, limit + 1);
            if (limit > 2) { /* less still: the two rests become one */
                assert_true(receipt_trim(root, 2, NULL));
                assert_int_equal(root->n_children, 3);
                assert_int_equal(root->children[2].count, 8);
                assert_true(receipt_residual(root) < 1e-12);
            }
        }
        receipt_free(root);
    }
}

static void residual_finds_the_worst_node(void **state)
{
    struct rng rng;
    (void)state;

    rng_init(&rng, 2);
    struct receipt *root = random_receipt(&rng, 4);
    root->children[2].children[1].value += 0.25;
    assert_true(fabs(receipt_residual(root) - 0.25) < 1e-12);
    receipt_free(root);
    receipt_free(NULL);
    struct receipt *leaf = receipt_new(RECEIPT_SCORE, 1, 2, 9, NULL);
    assert_true(receipt_residual(leaf) == 0);
    assert_int_equal(leaf->time, MOMENT_NONE);
    assert_true(receipt_trim(leaf, 3, NULL));
    assert_true(receipt_make_children(leaf, 0, NULL));
    receipt_free(leaf);
}

/* What is no number adds up to nothing, also beside larger errors and above good leaves. */
static void residual_tells_of_what_is_no_number(void **state)
{
    struct error error = { 0 };
    (void)state;

    for (int where = 0; where < 4; where++) {
        struct receipt *root = receipt_new(RECEIPT_SCORE, -1, 1, 9, &error);
        assert_true(receipt_make_children(root, 2, &error));
        root->children[0].value = 2;
        root->children[1].value = 3;
        assert_true(receipt_make_children(&root->children[1], 1, &error));
        root->children[1].children[0].value = 3;
        assert_true(fabs(receipt_residual(root) - 4) < 1e-12);
        double *values[] = { &root->value, &root->children[0].value, &root->children[1].value,
                             &root->children[1].children[0].value };
        *values[where] = (double)NAN;
        assert_true(isnan(receipt_residual(root)));
        receipt_free(root);
    }
}

static void kinds_have_names(void **state)
{
    (void)state;
    for (int kind = RECEIPT_SCORE; kind <= RECEIPT_REST; kind++)
        assert_string_not_equal(receipt_kind_name((enum receipt_kind)kind), "unknown");
    assert_string_equal(receipt_kind_name(RECEIPT_NEIGHBOUR), "neighbour");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trimming_keeps_the_sum),
        cmocka_unit_test(residual_finds_the_worst_node),
        cmocka_unit_test(residual_tells_of_what_is_no_number),
        cmocka_unit_test(kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sparse matrices: the transpose and the search against a dense one. */
#include <aisle/rng.h>
#include <aisle/sparse.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sparse random_matrix(uint64_t seed, int32_t n_rows, int32_t n_columns,
                                   uint32_t one_in)
{
    struct rng rng;
    struct sparse matrix;
    int64_t at = 0;

    rng_init(&rng, seed);
    assert_true(sparse_init(&matrix, n_rows, n_columns, (int64_t)n_rows * n_columns, NULL));
    for (int32_t row = 0; row < n_rows; row++) {
        for (int32_t column = 0; column < n_columns; column++) {
            if (rng_below(&rng, one_in) > 0) continue;
            matrix.column[at] = column;
            matrix.value[at++] = (float)rng_below(&rng, 100);
        }
        matrix.start[row + 1] = at;
    }
    return matrix;
}

static void check_transpose(const struct sparse *matrix)
{
    struct sparse transposed;

    assert_true(sparse_transpose(matrix, &transposed, NULL));
    assert_int_equal(transposed.n_rows, matrix->n_columns);
    assert_int_equal(transposed.n_columns, matrix->n_rows);
    assert_int_equal(sparse_entries(&transposed), sparse_entries(matrix));
    for (int32_t row = 0; row < matrix->n_rows; row++) {
        for (int64_t i = matrix->start[row]; i < matrix->start[row + 1]; i++) {
            int64_t at = sparse_find(&transposed, matrix->column[i], row);
            assert_true(at >= 0 && transposed.value[at] == matrix->value[i]);
        }
    }
    for (int32_t row = 0; row < transposed.n_rows; row++) {
        for (int64_t i = transposed.start[row] + 1; i < transposed.start[row + 1]; i++)
            assert_true(transposed.column[i - 1] < transposed.column[i]);
    }
    sparse_fini(&transposed);
}

static void transposes(void **state)
{
    static const struct {
        int32_t rows, columns;
        uint32_t one_in;
    } shapes[] = { { 0, 0, 1 }, { 1, 1, 1 },   { 5, 0, 1 },     { 0, 5, 1 },
                   { 9, 4, 2 }, { 40, 70, 9 }, { 1500, 900, 2 } /* in several shards */ };
    (void)state;

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct sparse matrix =
            random_matrix(s, shapes[s].rows, shapes[s].columns, shapes[s].one_in);
        check_transpose(&matrix);
        sparse_fini(&matrix);
    }
}

static void finds_what_is_there(void **state)
{
    struct sparse matrix = random_matrix(9, 30, 50, 3);
    (void)state;

    for (int32_t row = 0; row < 30; row++) {
        for (int32_t column = 0; column < 50; column++) {
            int64_t expected = -1;
            for (int64_t i = matrix.start[row]; i < matrix.start[row + 1]; i++) {
                if (matrix.column[i] == column) expected = i;
            }
            assert_int_equal(sparse_find(&matrix, row, column), expected);
        }
    }
    sparse_fini(&matrix);
    sparse_fini(&matrix);
    assert_int_equal(sparse_entries(&matrix), 0);
}

static void too_large_is_an_error(void **state)
{
    struct sparse matrix;
    struct error error = { 0 };
    (void)state;

    assert_false(sparse_init(&matrix, 1, 1, INT64_MAX, &error));
    assert_int_equal(error.code, ERROR_MEMORY);
    assert_null(matrix.start);
    assert_false(sparse_init(&matrix, 1, 1, -1, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transposes),
        cmocka_unit_test(finds_what_is_there),
        cmocka_unit_test(too_large_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Similarities, weights and top-k against the obvious loops. */
#include <aisle/rng.h>
#include <aisle/similarity.h>

#include "core/similarity_fast.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum values { ONES, COUNTS, RATINGS, HALVES, PLAYS, FRACTIONS };

static float random_value(struct rng *rng, enum values values)
{
    switch (values) {
    case ONES:
        return 1;
    case COUNTS: /* mostly 1 */
        return (float)(rng_below(rng, 10) ? 1 : 2 + rng_below(rng, 6));
    case RATINGS:
        return (float)(1 + rng_below(rng, 5));
    case HALVES:
        return (float)(1 + rng_below(rng, 10)) / 2;
    case PLAYS:
        return (float)(1 + rng_below(rng, 350000));
    default:
        return (float)(rng_unit(rng) + 0.01);
    }
}

static struct sparse random_matrix(uint64_t seed, int32_t n_rows, int32_t n_columns, double share,
                                   enum values values)
{
    struct rng rng;
    struct sparse matrix;
    int64_t n = 0;

    rng_init(&rng, seed);
    assert_true(sparse_init(&matrix, n_rows, n_columns, (int64_t)n_rows * n_columns, NULL));
    for (int32_t row = 0; row < n_rows; row++) {
        double dense = row % 7 == 3 ? 0 : share * (1 + row % 5); /* some rows are empty */
        for (int32_t column = 0; column < n_columns; column++) {
            if (rng_unit(&rng) >= dense) continue;
            matrix.column[n] = column;
            matrix.value[n++] = random_value(&rng, values);
        }
        matrix.start[row + 1] = n;
    }
    return matrix;
}

/* ----------------------------------------------------------------------------- the slow twin */

static double entry(const struct sparse *matrix, int32_t row, int32_t column)
{
    int64_t at = sparse_find(matrix, row, column);
    return at < 0 ? 0 : (double)matrix->value[at];
}

static double twin(const struct sparse *m, const struct similarity_options *o, int32_t a, int32_t b)
{
    double dot = 0, norm_a = 0, norm_b = 0;
    int32_t common = 0;

    for (int32_t c = 0; c < m->n_columns; c++) {
        double x = entry(m, a, c), y = entry(m, b, c);
        dot += x * y;
        norm_a += x * x;
        norm_b += y * y;
        common += x > 0 && y > 0;
    }
    if (common == 0 || common < o->min_common) return 0;
    return dot / (pow(norm_a, o->alpha) * pow(norm_b, 1 - o->alpha)) * common /
           (common + o->shrinkage);
}

static void assert_near(double a, double b)
{
    if (fabs(a - b) > 1e-6 * fmax(fabs(a), fabs(b))) fail_msg("%.12g is not %.12g", a, b);
}

/* Every list holds twin's values, best first, ties by id, and nothing better was left out. */
static void check_neighbours(const struct sparse *m, const struct similarity_options *o,
                             const struct neighbours *all)
{
    for (int32_t row = 0; row < m->n_rows; row++) {
        int64_t begin = all->start[row], end = all->start[row + 1];
        int32_t positive = 0, better = 0;
        for (int64_t i = begin; i < end; i++) {
            assert_int_not_equal(all->id[i], row);
            assert_near((double)all->similarity[i], twin(m, o, row, all->id[i]));
            if (i == begin) continue;
            assert_true(all->similarity[i - 1] >= all->similarity[i]);
            if (!(all->similarity[i - 1] > all->similarity[i]))
                assert_true(all->id[i - 1] < all->id[i]);
        }
        for (int32_t other = 0; other < m->n_rows; other++) {
            double similarity = other == row ? 0 : twin(m, o, row, other);
            positive += similarity > 0;
            better += end > begin && similarity > (double)all->similarity[end - 1] * (1 + 1e-6);
        }
        assert_int_equal(end - begin, positive < o->k ? positive : o->k);
        assert_true(better <= end - begin);
    }
}

static void compare(uint64_t seed, int32_t n_rows, int32_t n_columns, enum values values,
                    const struct similarity_options *options)
{
    struct sparse rows = random_matrix(seed, n_rows, n_columns, 0.06, values), columns;
    struct neighbours one, two;

    assert_true(sparse_transpose(&rows, &columns, NULL));
    assert_true(similarity_all(&rows, &columns, options, 1, NULL, &one, NULL));
    assert_true(similarity_all(&rows, &columns, options, 3, NULL, &two, NULL));
    check_neighbours(&rows, options, &one);
    size_t n = (size_t)one.start[n_rows];
    assert_memory_equal(one.start, two.start, ((size_t)n_rows + 1) * sizeof *one.start);
    assert_memory_equal(one.id, two.id, n * sizeof *one.id);
    assert_memory_equal(one.similarity, two.similarity, n * sizeof *one.similarity);
    neighbours_fini(&one);
    neighbours_fini(&two);
    sparse_fini(&rows);
    sparse_fini(&columns);
}

static void test_all(void **state)
{
    (void)state;
    const struct similarity_options some[] = {
        { .k = 5, .alpha = 0.5 },
        { .k = 1000, .alpha = 0.5 },
        { .k = 8, .alpha = 0.5, .shrinkage = 10 },
        { .k = 1000, .alpha = 0.5, .min_common = 3 },
        { .k = 7, .alpha = 0.2, .shrinkage = 2.5, .min_common = 2 },
        { .k = 1, .alpha = 1 },
    };
    for (size_t o = 0; o < sizeof some / sizeof *some; o++) {
        for (enum values values = ONES; values <= FRACTIONS; values++) {
            compare(o * 10 + values, 61, 40, values, &some[o]);
            compare(o * 10 + values + 1000, 130, 23, values, &some[o]);
        }
    }
}

static void test_vector(void **state)
{
    (void)state;
    const struct similarity_options options = { .alpha = 0.3, .shrinkage = 4, .min_common = 2 };
    struct sparse rows = random_matrix(5, 40, 30, 0.1, PLAYS), columns;
    double norms[40], sim[40];
    int32_t common[40];

    assert_true(sparse_transpose(&rows, &columns, NULL));
    similarity_norms(&rows, norms);
    for (int32_t row = 0; row < 40; row++) {
        int64_t begin = rows.start[row], end = rows.start[row + 1];
        similarity_vector(&columns, norms, rows.column + begin, rows.value + begin,
                          (int32_t)(end - begin), &options, sim, common);
        for (int32_t other = 0; other < 40; other++)
            assert_near(sim[other], twin(&rows, &options, row, other));
    }
    sparse_fini(&rows);
    sparse_fini(&columns);
}

/* The fast kernel gives what the plain loop gives, to the last bit, on any number of threads. */
static void compare_kernels(const struct sparse *rows, int32_t k)
{
    const struct similarity_options options = { .k = k, .alpha = 0.5 };
    struct sparse columns;
    struct neighbours plain, fast;

    assert_true(sparse_transpose(rows, &columns, NULL));
    assert_true(similarity_compute(rows, &columns, &options, 2, false, NULL, &plain, NULL));
    size_t n = (size_t)plain.start[rows->n_rows];
    for (int threads = 1; threads <= 3; threads++) {
        assert_true(similarity_compute(rows, &columns, &options, threads, true, NULL, &fast, NULL));
        assert_memory_equal(plain.start, fast.start,
                            ((size_t)rows->n_rows + 1) * sizeof *plain.start);
        assert_memory_equal(plain.id, fast.id, n * sizeof *plain.id);
        assert_memory_equal(plain.similarity, fast.similarity, n * sizeof *plain.similarity);
        neighbours_fini(&fast);
    }
    neighbours_fini(&plain);
    sparse_fini(&columns);
}

static void test_fast(void **state)
{
    (void)state;
    for (enum values values = ONES; values <= FRACTIONS; values++) {
        for (int32_t k = 1; k <= 300; k = 3 * k + 1) {
            struct sparse small = random_matrix(values + 40, 90, 60, 0.08, values);
            struct sparse large = random_matrix(values + 50, 1500, 40, 0.05, values);
            compare_kernels(&small, k);
            compare_kernels(&large, k);
            sparse_fini(&small);
            sparse_fini(&large);
        }
    }
}

/* More rows than 16 bits can name, most of them empty. */
static void test_many_rows(void **state)
{
    (void)state;
    const int32_t n_rows = 70000;
    struct sparse rows;
    struct rng rng;
    int64_t n = 0;

    rng_init(&rng, 2);
    assert_true(sparse_init(&rows, n_rows, 8, 2 * n_rows, NULL));
    for (int32_t row = 0; row < n_rows; row++) {
        for (int32_t c = 0; c < 8 && row % 100 == 99; c++) {
            if (rng_below(&rng, 3)) continue;
            rows.column[n] = c;
            rows.value[n++] = random_value(&rng, RATINGS);
        }
        rows.start[row + 1] = n;
    }
    compare_kernels(&rows, 5);
    sparse_fini(&rows);
}

/* Every version of the scan finds what the plain one finds, and clears. */
static void test_scans(void **state)
{
    (void)state;
    enum { N = 203 };
    float inverse[N], min[N];
    int32_t sum[N], again[N], found[2][N + 1], dots[2][N + 1];
    struct rng rng;

    rng_init(&rng, 12);
    for (int level = 1; level <= 2; level++) {
        similarity_scan *scan = similarity_scan_of(level);
        for (int round = 0; scan && round < 200; round++) {
            int32_t begin = (int32_t)rng_below(&rng, N), end = begin;
            end += (int32_t)rng_below(&rng, (uint32_t)(N - begin) + 1);
            for (int32_t i = 0; i < N; i++) {
                sum[i] = again[i] = rng_below(&rng, 3) ? 0 : (int32_t)rng_below(&rng, 9);
                inverse[i] = (float)rng_unit(&rng);
                min[i] = (float)(1e-30 + 3 * rng_unit(&rng) * rng_below(&rng, 2));
            }
            int32_t n =
                similarity_scan_of(0)(sum, inverse, min, 0.7f, 2, begin, end, found[0], dots[0]);
            assert_int_equal(scan(again, inverse, min, 0.7f, 2, begin, end, found[1], dots[1]), n);
            assert_memory_equal(found[0], found[1], (size_t)n * sizeof **found);
            assert_memory_equal(dots[0], dots[1], (size_t)n * sizeof **dots);
            assert_memory_equal(sum, again, sizeof sum);
            for (int32_t i = begin; i < end; i++)
                assert_int_equal(sum[i], 0);
        }
    }
    assert_non_null(similarity_best_scan());
}

/* What implicit 0.7.2's tfidf_weight and bm25_weight give for this matrix, by their formulas. */
static void test_weights(void **state)
{
    (void)state;
    struct sparse m = random_matrix(9, 30, 20, 0.1, RATINGS), tfidf, bm25;
    double total = 0;

    assert_true(similarity_weight(&m, WEIGHTING_TFIDF, &tfidf, NULL));
    assert_true(similarity_weight(&m, WEIGHTING_BM25, &bm25, NULL));
    for (int64_t i = 0; i < sparse_entries(&m); i++)
        total += (double)m.value[i];
    for (int32_t row = 0; row < 30; row++) {
        double length = 0;
        for (int64_t i = m.start[row]; i < m.start[row + 1]; i++)
            length += (double)m.value[i];
        for (int64_t i = m.start[row]; i < m.start[row + 1]; i++) {
            int with = 0;
            for (int32_t r = 0; r < 30; r++)
                with += entry(&m, r, m.column[i]) > 0;
            double x = (double)m.value[i], idf = log(30.0 / (1 + with));
            double norm = 0.2 + 0.8 * length / (total / 30);
            assert_near((double)tfidf.value[i], sqrt(x) * idf);
            assert_near((double)bm25.value[i], x * 101 / (100 * norm + x) * idf);
        }
    }
    sparse_fini(&m);
    sparse_fini(&tfidf);
    sparse_fini(&bm25);
}

static void test_top_k(void **state)
{
    (void)state;
    float scores[300];
    int32_t out[300];
    struct rng rng;

    rng_init(&rng, 3);
    for (int round = 0; round < 400; round++) {
        int32_t n = (int32_t)rng_below(&rng, 300), k = (int32_t)rng_below(&rng, 40), there = 0;
        if (round % 10 == 0) k = 300;
        for (int32_t i = 0; i < n; i++) {
            scores[i] = (float)rng_below(&rng, 12) - 3;
            if (rng_below(&rng, 6) == 0) scores[i] = -INFINITY;
            if (rng_below(&rng, 50) == 0) scores[i] = NAN;
            there += scores[i] > -INFINITY;
        }
        int32_t got = top_k(scores, n, k, out);
        assert_int_equal(got, there < k ? there : k);
        for (int32_t place = 0; place < got; place++) { /* place = how many come before it */
            int32_t before = 0, at = out[place];
            for (int32_t i = 0; i < n; i++)
                before += scores[i] > scores[at] ||
                          (!(scores[i] < scores[at]) && !isnan(scores[i]) && i < at);
            assert_int_equal(before, place);
        }
    }
}

static void test_cancel(void **state)
{
    (void)state;
    struct sparse rows = random_matrix(1, 50, 30, 0.1, ONES), columns;
    struct similarity_options options = { .k = 5, .alpha = 0.5 };
    struct neighbours all;
    struct progress progress = { 0 };
    struct error error = { 0 };

    assert_true(sparse_transpose(&rows, &columns, NULL));
    progress_cancel(&progress);
    assert_false(similarity_all(&rows, &columns, &options, 2, &progress, &all, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_null(all.id);
    sparse_fini(&rows);
    sparse_fini(&columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),       cmocka_unit_test(test_fast),
        cmocka_unit_test(test_many_rows), cmocka_unit_test(test_scans),
        cmocka_unit_test(test_vector),    cmocka_unit_test(test_weights),
        cmocka_unit_test(test_top_k),     cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

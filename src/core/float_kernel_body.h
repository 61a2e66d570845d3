/* float_kernel_body.h - inner loops on floats, once.
 *
 * Included by float_kernel_plain.c, float_kernel_avx2.c and float_kernel_avx512.c after the header
 * that says what a vector is, and with TABLE, the name of the table to make. Everything is static
 * but that table.
 */
#include "float_kernels.h"

#include "aisle/rng.h"

enum {
    PANEL = WIDTH * TILE_VECTORS, /* columns that a tile of sums covers */
    DEEP = 96                     /* rows of B that stay in the nearest cache meanwhile */
};

/* ------------------------------------------------------------------------------------- products */

/* A tile of rows x vectors sums, all of them in registers. rows and vectors are constants. */
INLINED void tile(const int rows, const int vectors, int32_t k, const float *a, size_t a_row,
                  size_t a_step, const float *b, size_t b_step, float *c, size_t c_row,
                  const float *bias, bool add)
{
    vector sum[TILE_ROWS][TILE_VECTORS];

    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < vectors; v++)
            sum[i][v] = add    ? v_load(c + (size_t)i * c_row + v * WIDTH)
                        : bias ? v_load(bias + v * WIDTH)
                               : v_all(0);
    }
    for (int32_t p = 0; p < k; p++, a += a_step, b += b_step) {
        vector right[TILE_VECTORS];
        for (int v = 0; v < vectors; v++)
            right[v] = v_load(b + v * WIDTH);
        for (int i = 0; i < rows; i++) {
            const vector left = v_all(a[(size_t)i * a_row]);
            for (int v = 0; v < vectors; v++)
                sum[i][v] = v_fused(left, right[v], sum[i][v]);
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < vectors; v++)
            v_store(c + (size_t)i * c_row + v * WIDTH, sum[i][v]);
    }
}

#define TILE(rows, vectors)                                                                        \
    tile(rows, vectors, k, a, x->a_row, x->a_step, b, x->b_step, c, x->c_row, bias, add)
#if TILE_ROWS_MAX > 4
#define TILE_LAST_ROWS(vectors)                                                                    \
    case 5:                                                                                        \
        TILE(5, vectors);                                                                          \
        break;                                                                                     \
    case 6:                                                                                        \
        TILE(6, vectors);                                                                          \
        break;
#else
#define TILE_LAST_ROWS(vectors)
#endif

/* One function for each width of a tile; the number of rows chooses inside. */
#define COLUMN_OF_TILES(name, vectors)                                                             \
    KERNEL static void name(const struct product *x, int32_t k, const float *a, const float *b,    \
                            float *c, const float *bias, bool add)                                 \
    {                                                                                              \
        for (int32_t i = 0; i < x->m; i += TILE_ROWS) {                                            \
            switch (x->m - i < TILE_ROWS ? x->m - i : TILE_ROWS) {                                 \
            case 1:                                                                                \
                TILE(1, vectors);                                                                  \
                break;                                                                             \
            case 2:                                                                                \
                TILE(2, vectors);                                                                  \
                break;                                                                             \
            case 3:                                                                                \
                TILE(3, vectors);                                                                  \
                break;                                                                             \
            case 4:                                                                                \
                TILE(4, vectors);                                                                  \
                break;                                                                             \
                TILE_LAST_ROWS(vectors)                                                            \
            default:                                                                               \
                break;                                                                             \
            }                                                                                      \
            a += TILE_ROWS * x->a_row;                                                             \
            c += TILE_ROWS * x->c_row;                                                             \
        }                                                                                          \
    }

COLUMN_OF_TILES(column_of_one, 1)
COLUMN_OF_TILES(column_of_two, 2)
#if TILE_VECTORS_MAX > 2
COLUMN_OF_TILES(column_of_three, 3)
COLUMN_OF_TILES(column_of_four, 4)
#endif

KERNEL static void matmul(const struct product *x)
{
    for (int32_t from = 0; from < x->k || from == 0; from += DEEP) {
        const int32_t k = x->k - from < DEEP ? x->k - from : DEEP;
        const float *a = x->a + (size_t)from * x->a_step;
        const float *b = x->b + (size_t)from * x->b_step;
        const bool add = x->add || from > 0;
        for (int32_t j = 0; j < x->n; j += PANEL, b += x->b_panel) {
            const float *bias = x->bias ? x->bias + j : NULL;
            float *c = x->c + j;
            const int32_t left = x->n - j;
#if TILE_VECTORS_MAX > 2
            if (left >= 4 * WIDTH)
                column_of_four(x, k, a, b, c, bias, add);
            else if (left >= 3 * WIDTH)
                column_of_three(x, k, a, b, c, bias, add);
            else
#endif
                if (left >= 2 * WIDTH)
                column_of_two(x, k, a, b, c, bias, add);
            else
                column_of_one(x, k, a, b, c, bias, add);
        }
    }
}

KERNEL static void transpose(int32_t rows, int32_t columns, const float *from, size_t from_row,
                             float *to, size_t to_row)
{
    int32_t i = 0;

    for (; i + 4 <= rows && columns % 4 == 0; i += 4, from += 4 * from_row, to += 4) {
        for (int32_t j = 0; j < columns; j += 4)
            transpose_four(from + j, from_row, to + (size_t)j * to_row, to_row);
    }
    for (; i < rows; i++, from += from_row, to++) {
        for (int32_t j = 0; j < columns; j++)
            to[(size_t)j * to_row] = from[j];
    }
}

/* ---------------------------------------------------------------------------------- exponentials
 */

/* e^x for x <= 88: x = n ln 2 + r, |r| <= ln 2 / 2, and seven terms of the series for e^r, which
 * leave 1.2e-7. Below -87 it is as good as 0. */
INLINED vector v_exp(vector x)
{
    x = v_larger(x, v_all(-87.0F));
    const vector n = v_nearest(v_mul(x, v_all(1.44269504F)));
    vector r = v_fused(n, v_all(-0.693145752F), x); /* ln 2 in two parts */
    r = v_fused(n, v_all(-1.42860677e-6F), r);
    vector sum = v_all(1.0F / 720);
    sum = v_fused(sum, r, v_all(1.0F / 120));
    sum = v_fused(sum, r, v_all(1.0F / 24));
    sum = v_fused(sum, r, v_all(1.0F / 6));
    sum = v_fused(sum, r, v_all(0.5F));
    sum = v_fused(sum, r, v_all(1));
    sum = v_fused(sum, r, v_all(1));
    return v_scale_by_power(sum, n);
}

INLINED float largest_of(int32_t n, const float *s)
{
    int32_t j = 0;
    float max = s[0];

    if (n >= WIDTH) {
        vector lanes = v_load(s);
        for (j = WIDTH; j + WIDTH <= n; j += WIDTH)
            lanes = v_larger(lanes, v_load(s + j));
        max = v_largest(lanes);
    }
    for (; j < n; j++)
        max = s[j] > max ? s[j] : max;
    return max;
}

/* s[j] = exp(scale s[j] - max), 0 from n to n_padded; returns the sum. */
INLINED float exponentiate(int32_t n, int32_t n_padded, float scale, float max, float *s)
{
    const vector scales = v_all(scale), min = v_all(-max);
    vector sums = v_all(0);
    int32_t j = 0;

    for (; j + WIDTH <= n; j += WIDTH) {
        const vector e = v_exp(v_fused(v_load(s + j), scales, min));
        v_store(s + j, e);
        sums = v_add(sums, e);
    }
    float sum = v_sum(sums);
    if (j < n_padded) { /* the vector that n cuts, and what lies behind it */
        float cut[WIDTH];
        if (j < n) {
            v_store(cut, v_exp(v_fused(v_load(s + j), scales, min)));
            for (int i = 0; i < WIDTH; i++) {
                s[j + i] = j + i < n ? cut[i] : 0;
                sum += s[j + i];
            }
            j += WIDTH;
        }
        for (; j < n_padded; j += WIDTH)
            v_store(s + j, v_all(0));
    }
    return sum;
}

KERNEL static float exponentials(int32_t n, int32_t n_padded, float *s, float *max)
{
    *max = largest_of(n, s);
    return exponentiate(n, n_padded, 1, *max, s);
}

KERNEL static void scale_by(int32_t n, float a, const float *x, float *y)
{
    for (int32_t j = 0; j < n; j += WIDTH)
        v_store(y + j, v_mul(v_all(a), v_load(x + j)));
}

KERNEL static void softmax(int32_t n, int32_t n_padded, float scale, float *s)
{
    float sum = exponentiate(n, n_padded, scale, scale * largest_of(n, s), s);
    scale_by(n_padded, 1 / sum, s, s);
}

KERNEL static void softmax_backward(int32_t n_padded, float scale, float dot, const float *p,
                                    float *dp)
{
    for (int32_t j = 0; j < n_padded; j += WIDTH) {
        vector off = v_subtract(v_load(dp + j), v_all(dot));
        v_store(dp + j, v_mul(v_mul(v_all(scale), v_load(p + j)), off));
    }
}

/* --------------------------------------------------------------------------------------- dropout
 */

/* A hash for each entry of a row: 24 bits, from the row's own number and the column. */
INLINED integers hashes(integers of_row, integers column)
{
    integers h = i_add(of_row, i_mul(column, i_all(0x9E3779B9)));
    h = i_mul(i_fold(h, 16), i_all(0x7FEB352D));
    h = i_mul(i_fold(h, 15), i_all(0x846CA68B));
    return i_shift_right(i_fold(h, 16), 8);
}

struct row_dropout {
    integers row, column, threshold;
    vector scale;
};

INLINED struct row_dropout dropout_row(const struct dropout *dropout, int64_t row)
{
    return (struct row_dropout){ i_all((uint32_t)rng_mix(dropout->key ^ (uint64_t)row)), i_lanes(),
                                 i_all(dropout->threshold), v_all(dropout->scale) };
}

/* The next WIDTH entries of the row. */
INLINED vector drop_next(struct row_dropout *dropout, vector x)
{
    const integers hash = hashes(dropout->row, dropout->column);
    dropout->column = i_add(dropout->column, i_all(WIDTH));
    return v_mul(v_where_min(hash, dropout->threshold, x), dropout->scale);
}

KERNEL static void residual(int32_t n, int32_t d, const struct dropout *dropout, int64_t row,
                            const float *x, const float *z, float *y)
{
    for (int32_t i = 0; i < n; i++, x += d, z += d, y += d) {
        if (dropout->threshold == 0) {
            for (int32_t j = 0; j < d; j += WIDTH)
                v_store(y + j, v_add(v_load(x + j), v_load(z + j)));
            continue;
        }
        struct row_dropout of_row = dropout_row(dropout, row + i);
        for (int32_t j = 0; j < d; j += WIDTH)
            v_store(y + j, v_add(v_load(x + j), drop_next(&of_row, v_load(z + j))));
    }
}

KERNEL static void drop(int32_t n, int32_t d, const struct dropout *dropout, int64_t row,
                        const float *x, float *y)
{
    for (int32_t i = 0; i < n; i++, x += d, y += d) {
        struct row_dropout of_row = dropout_row(dropout, row + i);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector all = v_load(x + j);
            v_store(y + j, dropout->threshold ? drop_next(&of_row, all) : all);
        }
    }
}

KERNEL static void relu(int32_t n, int32_t d, const struct dropout *dropout, int64_t row, float *x)
{
    for (int32_t i = 0; i < n; i++, x += d) {
        struct row_dropout of_row = dropout_row(dropout, row + i);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector above = v_larger(v_load(x + j), v_all(0));
            v_store(x + j, dropout->threshold ? drop_next(&of_row, above) : above);
        }
    }
}

KERNEL static void relu_backward(int32_t n, int32_t d, const struct dropout *dropout,
                                 const float *x, float *dx)
{
    const size_t all = (size_t)n * (size_t)d;
    const vector scale = v_all(dropout->scale);

    for (size_t j = 0; j < all; j += WIDTH)
        v_store(dx + j, v_where_positive(v_load(x + j), v_mul(v_load(dx + j), scale)));
}

/* ------------------------------------------------------------------------------------ layer norm
 */

KERNEL static void norm(int32_t n, int32_t d, const float *x, const float *gain, const float *bias,
                        float *y, float *mean, float *inverse)
{
    const float share = 1 / (float)d;

    for (int32_t i = 0; i < n; i++, x += d, y += d) {
        vector sum = v_all(0), squares = v_all(0);
        for (int32_t j = 0; j < d; j += WIDTH)
            sum = v_add(sum, v_load(x + j));
        mean[i] = v_sum(sum) * share;
        const vector middle = v_all(mean[i]);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector off = v_subtract(v_load(x + j), middle);
            squares = v_fused(off, off, squares);
        }
        const vector variance = v_all(v_sum(squares) * share + 1e-5F);
        const vector factor = v_divide(v_all(1), v_root(variance));
        float factors[WIDTH];
        v_store(factors, factor);
        inverse[i] = factors[0];
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector unit = v_mul(v_subtract(v_load(x + j), middle), factor);
            v_store(y + j, v_fused(unit, v_load(gain + j), v_load(bias + j)));
        }
    }
}

/* With u = (x - mean) inverse and g = gain dy:  dx += inverse (g - mean(g) - u mean(g u)). */
KERNEL static void layernorm_backward(int32_t n, int32_t d, const float *x, const float *gain,
                                      const float *mean, const float *inverse, const float *dy,
                                      float *dx, float *dgain, float *dbias)
{
    const float share = 1 / (float)d;

    for (int32_t i = 0; i < n; i++, x += d, dy += d, dx += d) {
        const vector middle = v_all(mean[i]), factor = v_all(inverse[i]);
        vector sum = v_all(0), product = v_all(0);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector unit = v_mul(v_subtract(v_load(x + j), middle), factor);
            const vector slope = v_load(dy + j), g = v_mul(slope, v_load(gain + j));
            sum = v_add(sum, g);
            product = v_fused(g, unit, product);
            v_store(dgain + j, v_fused(slope, unit, v_load(dgain + j)));
            v_store(dbias + j, v_add(slope, v_load(dbias + j)));
        }
        const vector mean_g = v_all(v_sum(sum) * share), mean_gu = v_all(v_sum(product) * share);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector unit = v_mul(v_subtract(v_load(x + j), middle), factor);
            const vector g = v_mul(v_load(dy + j), v_load(gain + j));
            const vector inside = v_subtract(v_subtract(g, mean_g), v_mul(unit, mean_gu));
            v_store(dx + j, v_fused(factor, inside, v_load(dx + j)));
        }
    }
}

KERNEL static void residual_norm(int32_t n, int32_t d, float epsilon, const float *z,
                                 const float *gain, const float *bias, float *x)
{
    const float share = 1 / (float)d;

    for (int32_t i = 0; i < n; i++, x += d, z += d) {
        vector sum = v_all(0), squares = v_all(0);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector both = v_add(v_load(x + j), v_load(z + j));
            v_store(x + j, both);
            sum = v_add(sum, both);
        }
        const vector middle = v_all(v_sum(sum) * share);
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector off = v_subtract(v_load(x + j), middle);
            squares = v_fused(off, off, squares);
        }
        const vector variance = v_all(v_sum(squares) * share + epsilon);
        const vector factor = v_divide(v_all(1), v_root(variance));
        for (int32_t j = 0; j < d; j += WIDTH) {
            const vector unit = v_mul(v_subtract(v_load(x + j), middle), factor);
            v_store(x + j, v_fused(unit, v_load(gain + j), v_load(bias + j)));
        }
    }
}

/* gelu(x) = x (1 + erf(x / sqrt 2)) / 2. With 1 - erf(y) = q(y) for y >= 0 (Abramowitz and Stegun
 * 7.1.26: a polynomial in 1 / (1 + 0.3275911 y), times exp(-y^2); error 1.5e-7) that is
 * max(x, 0) - |x| q(|x| / sqrt 2) / 2. */
KERNEL static void gelu(size_t n, float *x)
{
    for (size_t j = 0; j < n; j += WIDTH) {
        const vector value = v_load(x + j);
        const vector size = v_larger(value, v_subtract(v_all(0), value));
        const vector y = v_mul(size, v_all(0.70710678F));
        const vector t = v_divide(v_all(1), v_fused(y, v_all(0.3275911F), v_all(1)));
        vector sum = v_all(1.061405429F);
        sum = v_fused(sum, t, v_all(-1.453152027F));
        sum = v_fused(sum, t, v_all(1.421413741F));
        sum = v_fused(sum, t, v_all(-0.284496736F));
        sum = v_fused(sum, t, v_all(0.254829592F));
        const vector power = v_exp(v_subtract(v_all(0), v_mul(y, y)));
        const vector q = v_mul(v_mul(sum, t), power);
        const vector half = v_mul(v_mul(size, q), v_all(-0.5F));
        v_store(x + j, v_add(v_larger(value, v_all(0)), half));
    }
}

/* --------------------------------------------------------------------------------- rows of floats
 */

KERNEL static void add_rows(int32_t n, int32_t d, const float *x, float *sum)
{
    for (int32_t j = 0; j < d; j += WIDTH) {
        vector total = v_load(sum + j);
        for (int32_t i = 0; i < n; i++)
            total = v_add(total, v_load(x + (size_t)i * (size_t)d + j));
        v_store(sum + j, total);
    }
}

KERNEL static float dot(int32_t n, const float *a, const float *b)
{
    vector sum = v_all(0);

    for (int32_t j = 0; j < n; j += WIDTH)
        sum = v_fused(v_load(a + j), v_load(b + j), sum);
    return v_sum(sum);
}

KERNEL static void add_scaled(int32_t n, float a, const float *x, float *y)
{
    for (int32_t j = 0; j < n; j += WIDTH)
        v_store(y + j, v_fused(v_all(a), v_load(x + j), v_load(y + j)));
}

KERNEL static void adam(size_t n, const struct adam *adam, float *weight, float *first,
                        float *second, const float *gradient, float *mean)
{
    const vector beta1 = v_all(adam->beta1), rest1 = v_all(1 - adam->beta1);
    const vector beta2 = v_all(adam->beta2), rest2 = v_all(1 - adam->beta2);
    const vector rate = v_all(-adam->rate * adam->correct1), keep = v_all(1 - adam->decay);
    const vector correct2 = v_all(adam->correct2), epsilon = v_all(adam->epsilon);

    for (size_t j = 0; j < n; j += WIDTH) {
        const vector g = v_load(gradient + j);
        const vector m = v_fused(beta1, v_load(first + j), v_mul(rest1, g));
        const vector s = v_fused(beta2, v_load(second + j), v_mul(rest2, v_mul(g, g)));
        const vector step = v_divide(m, v_add(v_root(v_mul(s, correct2)), epsilon));
        const vector w = v_fused(rate, step, v_mul(v_load(weight + j), keep));
        v_store(first + j, m);
        v_store(second + j, s);
        v_store(weight + j, w);
        if (!mean) continue;
        const vector off = v_subtract(w, v_load(mean + j));
        v_store(mean + j, v_fused(v_all(1 - adam->ema), off, v_load(mean + j)));
    }
}

const struct float_kernels TABLE = {
    .name = TABLE_NAME,
    .width = WIDTH,
    .panel = PANEL,
    .matmul = matmul,
    .transpose = transpose,
    .norm = norm,
    .residual_norm = residual_norm,
    .gelu = gelu,
    .layernorm_backward = layernorm_backward,
    .residual = residual,
    .drop = drop,
    .relu = relu,
    .relu_backward = relu_backward,
    .add_rows = add_rows,
    .softmax = softmax,
    .softmax_backward = softmax_backward,
    .exponentials = exponentials,
    .dot = dot,
    .add_scaled = add_scaled,
    .scale = scale_by,
    .adam = adam,
};

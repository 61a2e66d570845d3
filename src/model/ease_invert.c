/* ease_invert.c - the inverse of a symmetric positive definite matrix, in place, on all cores.
 *
 * The sweep operator by blocks (Goodnight 1979; Beaton 1964): for each block of rows k, with
 * D = inverse of A_kk,
 *
 *     A_ij -= A_ik D A_kj     A_kj = D A_kj     A_kk = -D
 *
 * for all i, j other than k. After the last block the matrix holds minus its inverse. D comes from
 * LAPACK's Cholesky factor and inverse; all else is products of tiles, each one single-threaded
 * call that is the same however many threads there are: so are the bits. It takes n^3
 * multiply-adds, as spotrf and spotri do together, but every step can be shared out, watched and
 * cancelled.
 */
#include "blas.h"
#include "ease.h"

#include "aisle/parallel.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 256, /* rows a step */
    WIDE = 1024, /* columns a tile of products has at most */
    STRIP = 64,  /* columns turned round at a time */
};

struct tile {
    int32_t row, begin, end; /* of the block of rows at `row`, columns [begin, end) */
};

struct sweep {
    const struct blas *blas;
    float *a; /* (n,n) upper half */
    size_t n;
    size_t k, height; /* the block of rows at work: [k, k + height) */
    float *panel;     /* (height,n) those rows, whole */
    float *product;   /* (height,n) D times panel */
    float *inverse;   /* (height,height) D */
    struct tile *tiles;
};

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Columns [begin, end) of the block's rows: what lies in the lower half is read turned round. */
static void gather(void *context, size_t begin, size_t end, int worker)
{
    const struct sweep *s = context;

    (void)worker;
    for (size_t c = begin; c < lesser(end, s->k); c++) {
        const float *from = s->a + c * s->n + s->k;
        for (size_t r = 0; r < s->height; r++)
            s->panel[r * s->n + c] = from[r];
    }
    if (begin < s->k) begin = lesser(s->k, end);
    for (size_t r = 0; r < s->height && begin < end; r++)
        memcpy(s->panel + r * s->n + begin, s->a + (s->k + r) * s->n + begin,
               (end - begin) * sizeof *s->a);
}

/* And back, with D times them. */
static void scatter(void *context, size_t begin, size_t end, int worker)
{
    const struct sweep *s = context;

    (void)worker;
    for (size_t c = begin; c < lesser(end, s->k); c++) {
        float *to = s->a + c * s->n + s->k;
        for (size_t r = 0; r < s->height; r++)
            to[r] = s->product[r * s->n + c];
    }
    if (begin < s->k + s->height) begin = lesser(s->k + s->height, end);
    for (size_t r = 0; r < s->height && begin < end; r++)
        memcpy(s->a + (s->k + r) * s->n + begin, s->product + r * s->n + begin,
               (end - begin) * sizeof *s->a);
}

/* D, whole; false where the block is not positive definite. */
static bool invert_block(const struct sweep *s)
{
    const int height = (int)s->height;
    int info;

    for (size_t r = 0; r < s->height; r++)
        memcpy(s->inverse + r * s->height + r, s->a + (s->k + r) * s->n + s->k + r,
               (s->height - r) * sizeof *s->a);
    s->blas->spotrf("L", &height, s->inverse, &height,
                    &info); /* column by column: their lower half */
    if (info == 0) s->blas->spotri("L", &height, s->inverse, &height, &info);
    for (size_t r = 0; r < s->height; r++)
        for (size_t c = 0; c < r; c++)
            s->inverse[r * s->height + c] = s->inverse[c * s->height + r];
    return info == 0;
}

static void multiply(void *context, size_t begin, size_t end, int worker)
{
    const struct sweep *s = context;
    const int height = (int)s->height, n = (int)s->n;

    (void)worker;
    s->blas->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, height, (int)(end - begin), height, 1,
                   s->inverse, height, s->panel + begin, n, 0, s->product + begin, n);
}

/* The tiles of the upper half that are not the block's own. */
static size_t list_tiles(const struct sweep *s)
{
    size_t count = 0;

    for (size_t row = 0; row < s->n; row += BLOCK) {
        if (row == s->k) continue;
        for (size_t begin = row, end; begin < s->n; begin = end) {
            size_t stop = begin < s->k ? s->k : s->n;
            end = lesser(begin + WIDE, stop);
            if (begin == s->k) {
                end = begin + s->height;
                continue;
            }
            s->tiles[count++] = (struct tile){ (int32_t)row, (int32_t)begin, (int32_t)end };
        }
    }
    return count;
}

static void update(void *context, size_t begin, size_t end, int worker)
{
    const struct sweep *s = context;
    const int n = (int)s->n;

    (void)worker;
    for (size_t t = begin; t < end; t++) {
        const struct tile *tile = &s->tiles[t];
        const size_t row = (size_t)tile->row, column = (size_t)tile->begin;
        s->blas->sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)lesser(BLOCK, s->n - row),
                       tile->end - tile->begin, (int)s->height, -1, s->panel + row, n,
                       s->product + column, n, 1, s->a + row * s->n + column, n);
    }
}

/* One block of rows. Returns false where it is not positive definite. */
static bool step(struct sweep *s, int threads, struct progress *progress)
{
    if (!invert_block(s)) return false;
    parallel_for(threads, s->n, STRIP, gather, s, NULL);
    parallel_for(threads, s->n, WIDE / 2, multiply, s, NULL);
    parallel_for(threads, list_tiles(s), 1, update, s, progress);
    parallel_for(threads, s->n, STRIP, scatter, s, NULL);
    for (size_t r = 0; r < s->height; r++)
        for (size_t c = r; c < s->height; c++)
            s->a[(s->k + r) * s->n + s->k + c] = -s->inverse[r * s->height + c];
    return true;
}

static bool sweep_all(struct sweep *s, int threads, struct progress *progress, struct error *error)
{
    int64_t tiles = 0;

    for (s->k = 0; s->k < s->n; s->k += BLOCK) {
        s->height = lesser(BLOCK, s->n - s->k);
        tiles += (int64_t)list_tiles(s);
    }
    progress_begin(progress, "inverting", tiles);
    for (s->k = 0; s->k < s->n; s->k += BLOCK) {
        s->height = lesser(BLOCK, s->n - s->k);
        if (!step(s, threads, progress))
            return error_set(error, ERROR_INPUT,
                             "the matrix of pairs cannot be inverted in single precision: "
                             "give a larger lambda (--set lambda=500)");
        if (progress_cancelled(progress))
            return error_set(error, ERROR_CANCELLED, "cancelled while inverting");
    }
    return true;
}

bool ease_invert(float *matrix, int32_t n, int threads, struct progress *progress,
                 struct error *error)
{
    const size_t blocks = (size_t)n / BLOCK + 1, capacity = BLOCK * (size_t)n + 16;
    struct sweep s = { .a = matrix, .n = (size_t)n };
    bool done = false;

    s.blas = blas_open(threads > 0 ? threads : parallel_threads(), error);
    if (!s.blas) return false;
    s.panel = malloc(capacity * sizeof *s.panel);
    s.product = malloc(capacity * sizeof *s.product);
    s.inverse = malloc((size_t)BLOCK * BLOCK * sizeof *s.inverse);
    s.tiles = malloc(blocks * (blocks + 2) * sizeof *s.tiles);
    if (s.panel && s.product && s.inverse && s.tiles)
        done = sweep_all(&s, threads, progress, error);
    else
        error_memory(error, "the inverse");
    free(s.panel);
    free(s.product);
    free(s.inverse);
    free(s.tiles);
    return done;
}

/* ------------------------------------------------------------------------- from -P to weights */

struct weights {
    float *b; /* (n,n) */
    size_t n;
    double *scale;
};

/* B_ij = -P_ij / P_jj for i < j. */
static void weigh_rows(void *context, size_t begin, size_t end, int worker)
{
    const struct weights *w = context;

    (void)worker;
    for (size_t i = begin; i < end; i++) {
        float *row = w->b + i * w->n;
        row[i] = 0;
        for (size_t j = i + 1; j < w->n; j++)
            row[j] = (float)((double)row[j] * w->scale[j]);
    }
}

void ease_weigh(float *matrix, int32_t n, int threads, double *scale)
{
    struct weights w = { matrix, (size_t)n, scale };

    for (size_t i = 0; i < w.n; i++)
        scale[i] = -1 / (double)matrix[i * w.n + i];
    parallel_for(threads, w.n, STRIP, weigh_rows, &w, NULL);
}

/* Tiles right of the diagonal are read, those below it written: B_ji = B_ij P_jj / P_ii. */
static void mirror_strip(void *context, size_t begin, size_t end, int worker)
{
    const struct weights *w = context;

    (void)worker;
    for (size_t column = begin; column < w->n; column += STRIP) {
        const size_t last = lesser(column + STRIP, w->n);
        for (size_t j = column; j < last; j++) {
            float *to = w->b + j * w->n;
            const double over = 1 / w->scale[j];
            for (size_t i = begin; i < lesser(end, j); i++)
                to[i] = (float)((double)w->b[i * w->n + j] * (w->scale[i] * over));
        }
    }
}

void ease_mirror(float *matrix, int32_t n, int threads, const double *scale)
{
    struct weights w = { matrix, (size_t)n, (double *)(uintptr_t)scale };

    for (size_t i = 0; i < w.n; i++)
        matrix[i * w.n + i] = 0;
    parallel_for(threads, w.n, STRIP, mirror_strip, &w, NULL);
}

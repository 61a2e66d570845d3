/* product_bounded.c - approximate sums of everything, exact ones of the candidates.
 *
 * Nearly all additions are those of dense rows. A block first gets the sparse lists. Then each span
 * of it is bounded by the maxima of the dense rows there (as in Ding and Suel, "Faster top-k
 * document retrieval using block-max indexes", 2011), and most spans are skipped. In the others
 * dense rows are added in registers, and sums above the threshold are candidates. With n lists an
 * approximate sum is off by at most about n roundings, because nothing is negative; so all of the
 * best k have an approximate sum at most that far below the k-th best one. Those few are summed
 * again, as doubles, in the order of lists.
 */
#include "product_private.h"

#include "product_kernel.h"
#include "top_k_keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 16384, /* sums: 64 KB */
    SPANS = BLOCK / PRODUCT_SPAN,
};

static const float anything = 1e-37f;

/* The state of one shopper's query. */
struct bounded_query {
    const struct product_query *shopper;
    int32_t n_lists, n_dense, n_skipped;
    int32_t *list,
        *next; /* (n_lists) no dense rows; the id that comes next, INT32_MAX at the end */
    int64_t *cursor;
    float *weight;
    int32_t *dense_row; /* (n_hubs) */
    float *dense_weight;
    uint64_t *key; /* (capacity) approximate sums */
    int32_t n;
    float min, margin, block_margin;
    bool lost; /* too many are nearly equal: the plain way does it */
};

struct bounded {
    const struct product_lists *lists;
    struct product_kernel kernel;
    int32_t k, capacity;
    struct bounded_query *bounded_queries;
    int32_t *integers;
    int64_t *cursors;
    float *floats;
    uint64_t *keys;
    const float **rows;   /* of one shopper's dense rows, where the block begins */
    double *weight_of;    /* (n_lists) of one shopper, else 0 */
    float block[BLOCK];   /* all 0 between shoppers, as is: */
    float partial[SPANS]; /* the sum of a span of the block, before dense rows */
    float bound[SPANS];   /* what no sum of the block is above, with dense rows */
    int32_t found[PRODUCT_SPAN];
    float value[PRODUCT_SPAN];
};

bool product_bounded_fits(const struct product_lists *lists, const struct product_query *shopper)
{
    bool dense_rows = false;

    if (!lists->by_id.start) return false;
    for (int32_t r = 0; r < shopper->n; r++) {
        if (!(shopper->weight[r] > 1e-18 && shopper->weight[r] < 1e18)) return false;
        if (r > 0 && shopper->list[r] <= shopper->list[r - 1]) return false;
        dense_rows = dense_rows || lists->dense_row[shopper->list[r]] >= 0;
    }
    return dense_rows;
}

static void init_bounded_query(struct bounded *bounded, struct bounded_query *bounded_query,
                               const struct product_query *shopper)
{
    const struct product_lists *lists = bounded->lists;

    bounded_query->shopper = shopper;
    bounded_query->min = anything;
    /* A rounding is 2^-24; each weight is rounded, each sum, and twice that for either side. */
    bounded_query->margin = 1 - (float)(shopper->n + 8) * 0x1p-21f;
    bounded_query->block_margin =
        1 - (float)(shopper->n + 8) * 0x1p-17f; /* of 64 times as many terms */
    bounded_query->lost = shopper->n > 100000;
    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        const int64_t at = lists->start[list];
        if (lists->dense_row[list] >= 0) {
            bounded_query->dense_row[bounded_query->n_dense] = lists->dense_row[list];
            bounded_query->dense_weight[bounded_query->n_dense++] = (float)shopper->weight[r];
        } else if (at < lists->start[list + 1]) {
            bounded_query->list[bounded_query->n_lists] = list;
            bounded_query->next[bounded_query->n_lists] = lists->id[at];
            bounded_query->cursor[bounded_query->n_lists] = at;
            bounded_query->weight[bounded_query->n_lists++] = (float)shopper->weight[r];
        }
    }
}

static void fini(struct bounded *bounded)
{
    free(bounded->bounded_queries);
    free(bounded->integers);
    free(bounded->cursors);
    free(bounded->floats);
    free(bounded->keys);
    free(bounded->rows);
    free(bounded->weight_of);
    free(bounded);
}

static bool init(struct bounded *bounded, const struct product_query *shoppers,
                 const int32_t *query, int32_t n)
{
    size_t total = 0, max = 0;

    for (int32_t v = 0; v < n; v++) {
        const size_t own = (size_t)shoppers[query[v]].n;
        total += own;
        max = own > max ? own : max;
    }
    bounded->kernel = product_best_kernel();
    bounded->bounded_queries = calloc((size_t)n + 1, sizeof *bounded->bounded_queries);
    bounded->integers = malloc((3 * total + 1) * sizeof *bounded->integers);
    bounded->cursors = malloc((total + 1) * sizeof *bounded->cursors);
    bounded->floats = malloc((2 * total + 1) * sizeof *bounded->floats);
    bounded->keys = malloc(((size_t)n * (size_t)bounded->capacity + 1) * sizeof *bounded->keys);
    bounded->rows = malloc((max + 1) * sizeof *bounded->rows);
    bounded->weight_of = calloc((size_t)bounded->lists->n_lists + 1, sizeof *bounded->weight_of);
    if (!bounded->bounded_queries || !bounded->integers || !bounded->cursors || !bounded->floats ||
        !bounded->keys || !bounded->rows || !bounded->weight_of)
        return false;
    size_t at = 0;
    for (int32_t v = 0; v < n; v++) {
        struct bounded_query *bounded_query = &bounded->bounded_queries[v];
        const size_t own = (size_t)shoppers[query[v]].n;
        bounded_query->list = bounded->integers + 3 * at;
        bounded_query->next = bounded_query->list + own;
        bounded_query->dense_row = bounded_query->next + own;
        bounded_query->cursor = bounded->cursors + at;
        bounded_query->weight = bounded->floats + 2 * at;
        bounded_query->dense_weight = bounded_query->weight + own;
        bounded_query->key = bounded->keys + (size_t)v * (size_t)bounded->capacity;
        init_bounded_query(bounded, bounded_query, &shoppers[query[v]]);
        at += own;
    }
    return true;
}

/* Adds the sparse lists for [begin, end); ids to leave out become unreachable. */
static void fill_block(struct bounded *bounded, struct bounded_query *bounded_query, int32_t begin,
                       int32_t end)
{
    const struct product_lists *lists = bounded->lists;
    const struct product_query *shopper = bounded_query->shopper;

    for (int32_t r = 0; r < bounded_query->n_lists; r++) {
        if (bounded_query->next[r] >= end) continue;
        const int64_t last = lists->start[bounded_query->list[r] + 1];
        int64_t at = bounded_query->cursor[r];
        for (; at < last && lists->id[at] < end; at++) {
            const int32_t to = lists->id[at] - begin;
            const float more = lists->value[at] * bounded_query->weight[r];
            bounded->block[to] += more;
            bounded->partial[to / PRODUCT_SPAN] += more;
        }
        bounded_query->cursor[r] = at;
        bounded_query->next[r] = at < last ? lists->id[at] : INT32_MAX;
    }
    for (; bounded_query->n_skipped < shopper->n_skip &&
           shopper->skip[bounded_query->n_skipped] < end;
         bounded_query->n_skipped++) {
        const int32_t to = shopper->skip[bounded_query->n_skipped] - begin;
        bounded->block[to] = -INFINITY;
        bounded->partial[to / PRODUCT_SPAN] += anything; /* so that the span is cleared */
    }
}

/* The buffer is full: drops what can no longer be among the best. */
static void cut(const struct bounded *bounded, struct bounded_query *bounded_query)
{
    int32_t n = 0;

    keys_select(bounded_query->key, bounded_query->n, bounded->k);
    bounded_query->min = fmaxf(anything, key_score(keys_min(bounded_query->key, bounded->k)) *
                                             bounded_query->margin);
    for (int32_t i = 0; i < bounded_query->n; i++)
        if (key_score(bounded_query->key[i]) >= bounded_query->min)
            bounded_query->key[n++] = bounded_query->key[i];
    bounded_query->n = n;
    bounded_query->lost = n > bounded->capacity - bounded->k / 2 - 8;
}

/* Adds the dense rows to one block and takes what is above the threshold. */
static void take_span(struct bounded *bounded, struct bounded_query *bounded_query, int32_t begin,
                      int32_t from, int32_t to)
{
    const int32_t found = bounded->kernel.scan_dense(
        bounded->block, bounded->rows, bounded_query->dense_weight, bounded_query->n_dense,
        bounded_query->min, from, to, bounded->found, bounded->value);

    for (int32_t i = 0; i < found && !bounded_query->lost; i++) {
        if (bounded->value[i] < bounded_query->min) continue;
        bounded_query->key[bounded_query->n++] =
            key_of(bounded->value[i], begin + bounded->found[i]);
        if (bounded_query->n == bounded->capacity) cut(bounded, bounded_query);
    }
}

/* Span by span, those whose bound reaches the threshold. */
static void take_block_top(struct bounded *bounded, struct bounded_query *bounded_query,
                           int32_t begin, int32_t end)
{
    const struct product_lists *lists = bounded->lists;
    const size_t n_blocks = product_spans(lists), first = (size_t)begin / PRODUCT_SPAN;
    const int32_t blocks = (end - begin + PRODUCT_SPAN - 1) / PRODUCT_SPAN;

    memcpy(bounded->bound, bounded->partial, (size_t)blocks * sizeof *bounded->bound);
    for (int32_t h = 0; h < bounded_query->n_dense; h++) {
        bounded->rows[h] =
            lists->dense + (size_t)bounded_query->dense_row[h] * (size_t)lists->n + begin;
        bounded->kernel.add_floats(bounded->bound,
                                   lists->span_max +
                                       (size_t)bounded_query->dense_row[h] * n_blocks + first,
                                   blocks, bounded_query->dense_weight[h]);
    }
    for (int32_t b = 0; b < blocks; b++) {
        const int32_t from = b * PRODUCT_SPAN;
        const int32_t to = end - begin - from < PRODUCT_SPAN ? end - begin : from + PRODUCT_SPAN;
        if (bounded->bound[b] >= bounded_query->min * bounded_query->block_margin)
            take_span(bounded, bounded_query, begin, from, to);
        else if (bounded->partial[b] > 0)
            memset(bounded->block + from, 0, (size_t)(to - from) * sizeof *bounded->block);
    }
    memset(bounded->partial, 0, (size_t)blocks * sizeof *bounded->partial);
}

static double exact_sum(const struct bounded *bounded, int32_t id)
{
    const struct product_transpose *by_id = &bounded->lists->by_id;
    double sum = 0;

    for (int64_t e = by_id->start[id]; e < by_id->start[id + 1]; e++)
        sum += (double)by_id->value[e] * bounded->weight_of[by_id->list[e]];
    return sum;
}

/* The exact best of the candidates. Returns how many. */
static int32_t finish(struct bounded *bounded, struct bounded_query *bounded_query, int32_t *id,
                      float *score)
{
    const struct product_query *shopper = bounded_query->shopper;

    if (bounded_query->n > bounded->k) cut(bounded, bounded_query);
    for (int32_t r = 0; r < shopper->n; r++)
        bounded->weight_of[shopper->list[r]] = shopper->weight[r];
    for (int32_t i = 0; i < bounded_query->n; i++) {
        const int32_t at = key_id(bounded_query->key[i]);
        bounded_query->key[i] = key_of((float)exact_sum(bounded, at), at);
    }
    for (int32_t r = 0; r < shopper->n; r++)
        bounded->weight_of[shopper->list[r]] = 0;
    const int32_t scored = bounded_query->n < bounded->k ? bounded_query->n : bounded->k;
    keys_select(bounded_query->key, bounded_query->n, scored);
    keys_sort(bounded_query->key, scored);
    for (int32_t i = 0; i < scored; i++) {
        id[i] = key_id(bounded_query->key[i]);
        score[i] = key_score(bounded_query->key[i]);
    }
    return scored;
}

bool product_bounded(const struct product_lists *lists, const struct product_query *shoppers,
                     const int32_t *query, int32_t n, int32_t k, int32_t *id, float *score,
                     int32_t *count)
{
    struct bounded *bounded = calloc(1, sizeof *bounded);

    if (!bounded) return false;
    bounded->lists = lists;
    bounded->k = k;
    bounded->capacity = 2 * k + 64;
    const bool capacity = init(bounded, shoppers, query, n);
    for (int32_t begin = 0, end; capacity && begin < lists->n; begin = end) {
        end = lists->n - begin < BLOCK ? lists->n : begin + BLOCK;
        for (int32_t v = 0; v < n; v++) {
            if (bounded->bounded_queries[v].lost) continue;
            fill_block(bounded, &bounded->bounded_queries[v], begin, end);
            take_block_top(bounded, &bounded->bounded_queries[v], begin, end);
        }
    }
    for (int32_t v = 0; capacity && v < n; v++) {
        const size_t row = (size_t)query[v] * (size_t)k;
        struct bounded_query *bounded_query = &bounded->bounded_queries[v];
        count[query[v]] =
            bounded_query->lost ? -1 : finish(bounded, bounded_query, id + row, score + row);
    }
    fini(bounded);
    return capacity;
}

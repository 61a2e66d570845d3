/* sparse_product.c - block after block of columns, each shopper's rows are accumulated and the
 * largest sums taken.
 *
 * Within a block the dense rows are read by all shoppers, so they stay in cache; a cursor holds how
 * far each of a shopper's other lists has been read. A shopper whose lists are short needs no
 * blocks: the lists are gone through once to add and once to take. Most shoppers with dense rows
 * are left to product_bounded.c.
 */
#include "aisle/sparse_product.h"

#include "product_kernel.h"
#include "product_private.h"
#include "top_k_heap.h"

#include <math.h>
#include <stdlib.h>

enum {
    BLOCK = 8192,            /* sums: 64 KB */
    CHUNK = 256,             /* sums between two reads of the threshold */
    SPARSE = 4,              /* fewer additions than one sum in so many: no blocks */
    AHEAD = 6,               /* lists */
    DENSE_SHARE = 16,        /* a row is stored densely from one entry in so many ids */
    DENSE_COLUMNS_MIN = 256, /* ids from which dense rows pay */
};

/* ------------------------------------------------------------------------------------------ dense
 * rows
 */

static int32_t count_dense_rows(struct product_lists *lists, bool wanted)
{
    int32_t n_dense = 0;

    for (int32_t r = 0; r < lists->n_lists; r++) {
        const int64_t length = lists->start[r + 1] - lists->start[r];
        const bool dense_row =
            wanted && lists->n >= DENSE_COLUMNS_MIN && length * DENSE_SHARE > lists->n;
        lists->dense_row[r] = dense_row ? n_dense++ : -1;
    }
    return n_dense;
}

/* The entries for each id, lists ascending. Nothing where a value is so small that sums of floats
 * would lose it. */
static bool transpose_lists(struct product_lists *lists)
{
    const size_t n = (size_t)lists->n, total = (size_t)lists->start[lists->n_lists];
    struct product_transpose *to = &lists->by_id;

    for (size_t e = 0; e < total; e++)
        if (!(lists->value[e] > 1e-12f)) return true;
    to->start = calloc(n + 2, sizeof *to->start);
    to->list = malloc((total + 1) * sizeof *to->list);
    to->value = malloc((total + 1) * sizeof *to->value);
    if (!to->start || !to->list || !to->value) return false;
    for (size_t e = 0; e < total; e++)
        to->start[lists->id[e] + 2]++;
    for (size_t i = 0; i < n; i++)
        to->start[i + 1] += to->start[i];
    for (int32_t r = 0; r < lists->n_lists; r++) {
        for (int64_t e = lists->start[r]; e < lists->start[r + 1]; e++) {
            const int64_t place = to->start[lists->id[e] + 1]++;
            to->list[place] = r;
            to->value[place] = lists->value[e];
        }
    }
    return true;
}

bool product_lists_init(struct product_lists *lists, int32_t n_lists, int32_t n,
                        const int64_t *start, const int32_t *id, const float *value,
                        bool dense_rows, struct error *error)
{
    *lists = (struct product_lists){
        .n_lists = n_lists, .n = n, .start = start, .id = id, .value = value
    };
    lists->dense_row = malloc(((size_t)n_lists + 1) * sizeof *lists->dense_row);
    if (!lists->dense_row) return error_memory(error, "lists");
    const size_t n_dense = (size_t)count_dense_rows(lists, dense_rows),
                 n_blocks = product_spans(lists);
    lists->dense = calloc(n_dense * (size_t)n + 1, sizeof *lists->dense);
    lists->span_max = calloc(n_dense * n_blocks + 1, sizeof *lists->span_max);
    if (!lists->dense || !lists->span_max || (n_dense > 0 && !transpose_lists(lists))) {
        product_lists_fini(lists);
        return error_memory(error, "lists");
    }
    for (int32_t r = 0; r < n_lists; r++) {
        if (lists->dense_row[r] < 0) continue;
        float *row = lists->dense + (size_t)lists->dense_row[r] * (size_t)n;
        float *max = lists->span_max + (size_t)lists->dense_row[r] * n_blocks;
        for (int64_t e = start[r]; e < start[r + 1]; e++) {
            row[id[e]] = value[e];
            if (max[id[e] / PRODUCT_SPAN] < value[e]) max[id[e] / PRODUCT_SPAN] = value[e];
        }
    }
    return true;
}

void product_lists_fini(struct product_lists *lists)
{
    free(lists->dense_row);
    free(lists->dense);
    free(lists->span_max);
    free(lists->by_id.start);
    free(lists->by_id.list);
    free(lists->by_id.value);
    *lists = (struct product_lists){ 0 };
}

/* ------------------------------------------------------------------------------------- product
 */

/* The state of one shopper's query. */
struct query_state {
    const struct product_query *shopper;
    struct scored *heap; /* (k) */
    int32_t n_heap, n_skipped;
    int64_t *cursor; /* (shopper->n) the next entry of each list; NULL: done without blocks */
    bool done;       /* by product_bounded() */
};

struct product {
    const struct product_lists *lists;
    struct product_kernel kernel;
    int32_t k;
    double *sum;                      /* (lists->n) for short lists, all 0 between shoppers */
    struct query_state *query_states; /* (n) */
    struct scored *heaps;
    int64_t *cursors;
    double block[BLOCK]; /* all 0 between shoppers */
    int32_t found[CHUNK + 1];
    double value[CHUNK + 1];
};

/* Additions that a shopper's lists take. */
static int64_t work_of(const struct product_lists *lists, const struct product_query *shopper)
{
    int64_t work = 0;

    for (int32_t r = 0; r < shopper->n; r++)
        work += lists->start[shopper->list[r] + 1] - lists->start[shopper->list[r]];
    return work;
}

static bool init(struct product *product, const struct product_query *shoppers, int32_t n)
{
    const struct product_lists *lists = product->lists;
    const size_t k = (size_t)product->k;
    size_t n_cursors = 0;

    for (int32_t s = 0; s < n; s++)
        n_cursors += (size_t)shoppers[s].n;
    product->kernel = product_best_kernel();
    product->sum = calloc((size_t)lists->n + 1, sizeof *product->sum);
    product->query_states = calloc((size_t)n + 1, sizeof *product->query_states);
    product->heaps = malloc(((size_t)n * k + 1) * sizeof *product->heaps);
    product->cursors = malloc((n_cursors + 1) * sizeof *product->cursors);
    if (!product->sum || !product->query_states || !product->heaps || !product->cursors)
        return false;
    int64_t *cursor = product->cursors;
    for (int32_t s = 0; s < n; s++) {
        struct query_state *query_state = &product->query_states[s];
        query_state->shopper = &shoppers[s];
        query_state->heap = product->heaps + (size_t)s * k;
        if (work_of(lists, &shoppers[s]) < lists->n / SPARSE) continue;
        query_state->cursor = cursor;
        for (int32_t r = 0; r < shoppers[s].n; r++)
            *cursor++ = lists->start[shoppers[s].list[r]];
    }
    return true;
}

static void fini(struct product *product)
{
    free(product->sum);
    free(product->query_states);
    free(product->heaps);
    free(product->cursors);
    free(product);
}

static void offer(const struct product *product, struct query_state *query_state, int32_t id,
                  double sum)
{
    heap_offer(query_state->heap, &query_state->n_heap, product->k,
               (struct scored){ (float)sum, id });
}

/* Prefetches what will be read soon. */
static inline void fetch(const struct product_lists *lists, const struct query_state *query_state,
                         int32_t r)
{
    if (r + AHEAD < query_state->shopper->n) {
        const int64_t at = query_state->cursor[r + AHEAD];
        __builtin_prefetch(&lists->id[at]);
        __builtin_prefetch(&lists->value[at]);
        __builtin_prefetch(&lists->start[query_state->shopper->list[r + AHEAD] + 1]);
        __builtin_prefetch(&lists->dense_row[query_state->shopper->list[r + AHEAD]]);
    }
}

/* Adds the columns [begin, end) of one shopper's lists to the block. */
static void fill_block(struct product *product, struct query_state *query_state, int32_t begin,
                       int32_t end)
{
    const struct product_lists *lists = product->lists;
    const struct product_query *shopper = query_state->shopper;
    double *restrict block = product->block;

    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        const double weight = shopper->weight[r];
        fetch(lists, query_state, r);
        if (lists->dense_row[list] >= 0) {
            const float *row = lists->dense + (size_t)lists->dense_row[list] * (size_t)lists->n;
            product->kernel.add(block, row + begin, end - begin, weight);
            continue;
        }
        const int64_t last = lists->start[list + 1];
        int64_t at = query_state->cursor[r];
        for (; at < last && lists->id[at] < end; at++)
            block[lists->id[at] - begin] += (double)lists->value[at] * weight;
        query_state->cursor[r] = at;
    }
    for (; query_state->n_skipped < shopper->n_skip && shopper->skip[query_state->n_skipped] < end;
         query_state->n_skipped++)
        block[shopper->skip[query_state->n_skipped] - begin] = 0;
}

/* Ids ascend: what equals the worst of k loses the tie, and a sum that is not above it in double
 * is not above it as a float. */
static void take_block_top(struct product *product, struct query_state *query_state, int32_t begin,
                           int32_t end)
{
    for (int32_t from = 0, to; from < end - begin; from = to) {
        to = end - begin - from < CHUNK ? end - begin : from + CHUNK;
        const bool full = query_state->n_heap == product->k;
        const int32_t n =
            product->kernel.scan(product->block, full ? (double)query_state->heap[0].score : 0,
                                 from, to, product->found, product->value);
        for (int32_t i = 0; i < n; i++)
            offer(product, query_state, begin + product->found[i], product->value[i]);
    }
}

static void product_short(struct product *product, struct query_state *query_state)
{
    const struct product_lists *lists = product->lists;
    const struct product_query *shopper = query_state->shopper;
    double *restrict sum = product->sum;

    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        for (int64_t e = lists->start[list]; e < lists->start[list + 1]; e++)
            sum[lists->id[e]] += (double)lists->value[e] * shopper->weight[r];
    }
    for (int32_t i = 0; i < shopper->n_skip; i++)
        sum[shopper->skip[i]] = 0;
    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        for (int64_t e = lists->start[list]; e < lists->start[list + 1]; e++) {
            const double found = sum[lists->id[e]];
            sum[lists->id[e]] = 0; /* so that it is taken once */
            if (found > 0) offer(product, query_state, lists->id[e], found);
        }
    }
}

/* Those with dense rows, by sums of floats first. False without memory. */
static bool run_bounded(struct product *product, const struct product_query *shoppers, int32_t n,
                        int32_t *id, float *score, int32_t *count)
{
    int32_t *query = malloc(((size_t)n + 1) * sizeof *query), asked = 0;
    bool good = query != NULL;

    for (int32_t s = 0; good && s < n && product->k <= BOUNDED_K_MAX; s++)
        if (product->query_states[s].cursor && product_bounded_fits(product->lists, &shoppers[s]))
            query[asked++] = s;
    if (asked > 0)
        good =
            product_bounded(product->lists, shoppers, query, asked, product->k, id, score, count);
    for (int32_t i = 0; good && i < asked; i++)
        product->query_states[query[i]].done = count[query[i]] >= 0;
    free(query);
    return good;
}

bool product_top_k(const struct product_lists *lists, const struct product_query *shoppers,
                   int32_t n, int32_t k, int32_t *id, float *score, int32_t *count,
                   struct error *error)
{
    struct product *product = k > 0 ? calloc(1, sizeof *product) : NULL;

    for (int32_t s = 0; s < n; s++)
        count[s] = 0;
    if (k <= 0) return true;
    if (!product) return error_memory(error, "lists");
    product->lists = lists;
    product->k = k;
    const bool capacity =
        init(product, shoppers, n) && run_bounded(product, shoppers, n, id, score, count);
    for (int32_t begin = 0, end; capacity && begin < lists->n; begin = end) {
        end = lists->n - begin < BLOCK ? lists->n : begin + BLOCK;
        for (int32_t s = 0; s < n; s++) {
            if (!product->query_states[s].cursor || product->query_states[s].done) continue;
            fill_block(product, &product->query_states[s], begin, end);
            take_block_top(product, &product->query_states[s], begin, end);
        }
    }
    for (int32_t s = 0; capacity && s < n; s++) {
        struct query_state *query_state = &product->query_states[s];
        const size_t row = (size_t)s * (size_t)k;
        if (query_state->done) continue;
        if (!query_state->cursor) product_short(product, query_state);
        qsort(query_state->heap, (size_t)query_state->n_heap, sizeof *query_state->heap,
              scored_best_first);
        for (int32_t i = 0; i < query_state->n_heap; i++) {
            id[row + (size_t)i] = query_state->heap[i].id;
            score[row + (size_t)i] = query_state->heap[i].score;
        }
        count[s] = query_state->n_heap;
    }
    fini(product);
    return capacity || error_memory(error, "lists");
}

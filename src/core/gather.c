/* gather.c - sums over lists in a dense array, read twice: once to add, once to take and clear.
 *
 * The second reading goes over the lists again where they are short, else over the whole array by
 * the kernel, a chunk at a time, so that the threshold rises on the way.
 */
#include "aisle/gather.h"

#include "gather_kernel.h"
#include "kept.h"

#include <stdlib.h>

enum {
    CHUNK = 1024, /* sums between two looks at the threshold */
    SPARSE = 4,   /* fewer additions than one sum in so many: go by the lists */
};

struct gather {
    int32_t n, k;
    double *sum;       /* (n) all 0 between shoppers */
    struct kept *heap; /* (k) */
    int32_t n_kept;
    gather_scan *scan;
    int32_t found[CHUNK + 1];
    double value[CHUNK + 1];
};

struct gather *gather_new(int32_t n, int32_t k, struct error *error)
{
    struct gather *gather = calloc(1, sizeof *gather);

    if (k > n) k = n;
    if (k < 0) k = 0;
    if (gather) {
        gather->n = n;
        gather->k = k;
        gather->sum = calloc((size_t)n + 1, sizeof *gather->sum);
        gather->heap = malloc(((size_t)k + 1) * sizeof *gather->heap);
        gather->scan = gather_best_scan();
    }
    if (gather && gather->sum && gather->heap) return gather;
    gather_free(gather);
    error_memory(error, "lists");
    return NULL;
}

void gather_free(struct gather *gather)
{
    if (!gather) return;
    free(gather->sum);
    free(gather->heap);
    free(gather);
}

static int64_t add(double *restrict sum, const int32_t *restrict id, const float *restrict value,
                   int64_t n, double weight)
{
    for (int64_t e = 0; e < n; e++)
        sum[id[e]] += (double)value[e] * weight;
    return n;
}

static void offer(struct gather *gather, int32_t id, double sum)
{
    kept_offer(gather->heap, &gather->n_kept, gather->k, (struct kept){ (float)sum, id });
}

static void take_from_lists(struct gather *gather, const struct gather_lists *lists,
                            const int32_t *list, int32_t n_lists)
{
    for (int32_t r = 0; r < n_lists; r++) {
        for (int64_t e = lists->start[list[r]]; e < lists->start[list[r] + 1]; e++) {
            const int32_t id = lists->id[e];
            const double sum = gather->sum[id];
            gather->sum[id] = 0; /* nothing the second time */
            if (sum > 0) offer(gather, id, sum);
        }
    }
}

/* Ids ascend: what equals the worst of k comes too late, and a sum that is not above it in double
 * is not above it as a float. */
static void take_from_all(struct gather *gather)
{
    for (int32_t begin = 0, end; begin < gather->n; begin = end) {
        end = gather->n - begin < CHUNK ? gather->n : begin + CHUNK;
        const double above =
            gather->n_kept == gather->k && gather->k > 0 ? (double)gather->heap[0].score : 0;
        int32_t n = gather->scan(gather->sum, above, begin, end, gather->found, gather->value);
        for (int32_t i = 0; i < n; i++)
            offer(gather, gather->found[i], gather->value[i]);
    }
}

int32_t gather_best(struct gather *gather, const struct gather_lists *lists, const int32_t *list,
                    const double *weight, int32_t n_lists, const int32_t *skip, int32_t n_skip,
                    int32_t *id, float *score)
{
    int64_t added = 0;

    gather->n_kept = 0;
    for (int32_t r = 0; r < n_lists; r++) {
        const int64_t from = lists->start[list[r]];
        added += add(gather->sum, lists->id + from, lists->value + from,
                     lists->start[list[r] + 1] - from, weight[r]);
    }
    for (int32_t i = 0; i < n_skip; i++)
        gather->sum[skip[i]] = 0;
    if (added < gather->n / SPARSE)
        take_from_lists(gather, lists, list, n_lists);
    else
        take_from_all(gather);
    qsort(gather->heap, (size_t)gather->n_kept, sizeof *gather->heap, kept_best_first);
    for (int32_t i = 0; i < gather->n_kept; i++) {
        id[i] = gather->heap[i].id;
        score[i] = gather->heap[i].score;
    }
    return gather->n_kept;
}

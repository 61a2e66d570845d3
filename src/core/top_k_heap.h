/* top_k_heap.h - the k best of a stream, in a binary heap with the worst on top.
 *
 * Better is a greater score, among equals the smaller id.
 */
#ifndef AISLE_CORE_TOP_K_HEAP_H
#define AISLE_CORE_TOP_K_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct scored {
    float score;
    int32_t id;
};

static inline bool scored_worse(struct scored a, struct scored b)
{
    if (a.score < b.score) return true;
    return !(a.score > b.score) && a.id > b.id;
}

static inline void heap_sift_down(struct scored *heap, int32_t n, int32_t at)
{
    const struct scored moved = heap[at];

    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= n) break;
        if (child + 1 < n && scored_worse(heap[child + 1], heap[child])) child++;
        if (!scored_worse(heap[child], moved)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Whether the heap has changed. It is one from the moment it holds k. */
static inline bool heap_offer(struct scored *heap, int32_t *n, int32_t k, struct scored candidate)
{
    if (*n < k) {
        heap[(*n)++] = candidate;
        for (int32_t at = *n == k ? k / 2 - 1 : -1; at >= 0; at--)
            heap_sift_down(heap, k, at);
        return true;
    }
    if (k == 0 || !scored_worse(heap[0], candidate)) return false;
    heap[0] = candidate;
    heap_sift_down(heap, k, 0);
    return true;
}

/* For qsort: best first. */
static inline int scored_best_first(const void *left, const void *right)
{
    const struct scored a = *(const struct scored *)left, b = *(const struct scored *)right;
    return scored_worse(a, b) ? 1 : scored_worse(b, a) ? -1 : 0;
}

#endif

/* kept.h - the k best of what is offered, in a heap with the worst on top.
 *
 * Better is a greater score, among equals the smaller id.
 */
#ifndef AISLE_CORE_KEPT_H
#define AISLE_CORE_KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct kept {
    float score;
    int32_t id;
};

static inline bool kept_worse(struct kept a, struct kept b)
{
    if (a.score < b.score) return true;
    return !(a.score > b.score) && a.id > b.id;
}

static inline void kept_sift_down(struct kept *heap, int32_t n, int32_t at)
{
    const struct kept moved = heap[at];

    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= n) break;
        if (child + 1 < n && kept_worse(heap[child + 1], heap[child])) child++;
        if (!kept_worse(heap[child], moved)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Whether the heap has changed. It is one from the moment it holds k. */
static inline bool kept_offer(struct kept *heap, int32_t *n, int32_t k, struct kept candidate)
{
    if (*n < k) {
        heap[(*n)++] = candidate;
        for (int32_t at = *n == k ? k / 2 - 1 : -1; at >= 0; at--)
            kept_sift_down(heap, k, at);
        return true;
    }
    if (k == 0 || !kept_worse(heap[0], candidate)) return false;
    heap[0] = candidate;
    kept_sift_down(heap, k, 0);
    return true;
}

/* For qsort: best first. */
static inline int kept_best_first(const void *left, const void *right)
{
    const struct kept a = *(const struct kept *)left, b = *(const struct kept *)right;
    return kept_worse(a, b) ? 1 : kept_worse(b, a) ? -1 : 0;
}

#endif

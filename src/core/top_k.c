/* top_k.c - the k best of many scores.
 *
 * Almost every score fails against the worst of the k best so far. So scores are compared 64 at a
 * time with one comparison that the compiler turns into vector code, and only a group that holds a
 * better one is gone through; the k best sit in a heap with the worst on top.
 */
#include "aisle/similarity.h"

#include <math.h>

enum { GROUP = 64 };

/* Whether a is worse than b: the lower score, among equals the later index. */
static bool worse(const float *scores, int32_t a, int32_t b)
{
    if (scores[a] < scores[b]) return true;
    return !(scores[a] > scores[b]) && a > b;
}

static void sift_down(const float *scores, int32_t *heap, int32_t n, int32_t at)
{
    const int32_t moved = heap[at];

    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= n) break;
        if (child + 1 < n && worse(scores, heap[child + 1], heap[child])) child++;
        if (!worse(scores, heap[child], moved)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static bool any_above(const float *scores, float threshold)
{
    int found = 0;
    for (int i = 0; i < GROUP; i++)
        found |= scores[i] > threshold;
    return found != 0;
}

int32_t top_k(const float *scores, int32_t n, int32_t k, int32_t *out)
{
    int32_t filled = 0, i = 0;

    for (; i < n && filled < k; i++) {
        if (scores[i] > -INFINITY) out[filled++] = i; /* false for what is not a number, too */
    }
    for (int32_t at = filled / 2 - 1; at >= 0; at--)
        sift_down(scores, out, filled, at);
    while (filled > 0 && i < n) { /* an equal score that comes later is worse: above means > */
        if (n - i >= GROUP && !any_above(scores + i, scores[out[0]])) {
            i += GROUP;
            continue;
        }
        for (int32_t end = n - i < GROUP ? n : i + GROUP; i < end; i++) {
            if (!(scores[i] > scores[out[0]])) continue;
            out[0] = i;
            sift_down(scores, out, filled, 0);
        }
    }
    for (int32_t left = filled; left > 1; left--) { /* the worst goes to the end */
        int32_t last = out[0];
        out[0] = out[left - 1];
        out[left - 1] = last;
        sift_down(scores, out, left - 1, 0);
    }
    return filled;
}

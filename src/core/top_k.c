/* top_k.c - the best k of many scores. */
#include "aisle/similarity.h"

#include <math.h>

/* a before b in a list: the greater score, then the lesser index. */
static bool before(const float *scores, int32_t a, int32_t b)
{
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

/* out is a heap whose root is the worst of the chosen. */
static void sink(const float *scores, int32_t *out, int32_t n, int32_t at)
{
    for (;;) {
        int32_t worst = at;
        for (int32_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
            if (before(scores, out[worst], out[child])) worst = child;
        if (worst == at) return;
        int32_t swapped = out[at];
        out[at] = out[worst];
        out[worst] = swapped;
        at = worst;
    }
}

int32_t top_k(const float *scores, int32_t n, int32_t k, int32_t *out)
{
    int32_t filled = 0;
    if (k <= 0) return 0;
    for (int32_t i = 0; i < n; i++) {
        if (!(scores[i] > -INFINITY)) continue;
        if (filled < k) {
            out[filled++] = i;
            if (filled == k)
                for (int32_t at = k / 2; at-- > 0;)
                    sink(scores, out, k, at);
        } else if (scores[i] > scores[out[0]]) { /* equal ones come later: they lose */
            out[0] = i;
            sink(scores, out, k, 0);
        }
    }
    if (filled < k)
        for (int32_t at = filled / 2; at-- > 0;)
            sink(scores, out, filled, at);
    for (int32_t last = filled; last-- > 1;) { /* worst to the end */
        int32_t worst = out[0];
        out[0] = out[last];
        out[last] = worst;
        sink(scores, out, last, 0);
    }
    return filled;
}

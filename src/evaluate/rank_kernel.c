/* rank_kernel.c - loops over the catalogue's scores, for every shopper and model: vector code. */
#include "ranking_private.h"

#include <math.h>

void scores_settle(float *scores, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        scores[i] = scores[i] >= -INFINITY ? scores[i] : -INFINITY;
}

int32_t scores_rank(const float *scores, int32_t n, int32_t item)
{
    const float score = scores[item];
    int32_t before = 0;

    for (int32_t i = 0; i < item; i++)
        before += scores[i] >= score;
    for (int32_t i = item + 1; i < n; i++)
        before += scores[i] > score;
    return before + 1;
}

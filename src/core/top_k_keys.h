/* top_k_keys.h - the k best of many, by whole numbers: a score above 0 and an id in 64 bits,
 * ordered as struct scored is: the better has the greater key.
 *
 * Candidates are appended to a buffer with capacity for more than k; when it is full, the k best
 * stay. That is less work for each of them than a heap, and no branch depends on the data.
 */
#ifndef AISLE_CORE_TOP_K_KEYS_H
#define AISLE_CORE_TOP_K_KEYS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t key_of(float score, int32_t id)
{
    uint32_t bits;

    memcpy(&bits, &score, sizeof bits); /* of numbers above 0 these ascend as they do */
    return (uint64_t)bits << 32 | (UINT32_MAX - (uint32_t)id);
}

static inline float key_score(uint64_t key)
{
    const uint32_t bits = (uint32_t)(key >> 32);
    float score;

    memcpy(&score, &bits, sizeof score);
    return score;
}

static inline int32_t key_id(uint64_t key)
{
    return (int32_t)(UINT32_MAX - (uint32_t)key);
}

/* The capacity of the buffer. */
static inline int32_t keys_capacity(int32_t k)
{
    return k + k / 2 + 8;
}

static inline uint64_t keys_middle(uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t low = a < b ? a : b, high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

/* The k best of n different keys come to the front, in no order; 0 < k <= n. Quickselect (Hoare,
 * 1961), parted in Lomuto's way. */
static inline void keys_select(uint64_t *key, int32_t n, int32_t k)
{
    int32_t begin = 0, end = n;

    while (k > begin && k < end) {
        if (end - begin == 2) {
            const uint64_t a = key[begin], b = key[begin + 1];
            key[begin] = a > b ? a : b;
            key[begin + 1] = a > b ? b : a;
            return;
        }
        const uint64_t middle =
            keys_middle(key[begin], key[begin + (end - begin) / 2], key[end - 1]);
        int32_t to = begin;
        for (int32_t i = begin; i < end; i++) {
            const uint64_t here = key[i];
            key[i] = key[to];
            key[to] = here;
            to += here > middle;
        }
        if (to > k)
            end = to;
        else
            begin = to;
    }
}

static inline uint64_t keys_min(const uint64_t *key, int32_t n)
{
    uint64_t min = key[0];

    for (int32_t i = 1; i < n; i++)
        min = key[i] < min ? key[i] : min;
    return min;
}

static inline int keys_best_first(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a < b) - (a > b);
}

/* Best first. */
static inline void keys_sort(uint64_t *key, int32_t n)
{
    enum { FEW = 48 }; /* more are sorted in less time by qsort */

    if (n > FEW) {
        qsort(key, (size_t)n, sizeof *key, keys_best_first);
        return;
    }
    for (int32_t i = 1; i < n; i++) {
        const uint64_t moved = key[i];
        int32_t to = i;
        for (; to > 0 && key[to - 1] < moved; to--)
            key[to] = key[to - 1];
        key[to] = moved;
    }
}

#endif

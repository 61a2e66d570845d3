/* gather.h - the best of sums over lists, for many shoppers at once.
 *
 * A list says what one thing (an item, a similar user) speaks for and how much. gather_best() adds
 * up the lists of what each shopper has and keeps the best sums. No array as long as the catalogue
 * is made or cleared for a shopper: sums live in a tile that stays in the fastest cache, and
 * lists that speak for most of the catalogue ("hubs": there are always some) stand as dense rows,
 * which are added many at a time. Sums are double in the order given; a score is the float of its
 * sum, so that results are those of the obvious loop and top_k(), to the last bit.
 */
#ifndef AISLE_GATHER_H
#define AISLE_GATHER_H

#include "aisle/error.h"

#include <stdint.h>

enum { GATHER_BLOCK = 64 };

/* List r is [start[r], start[r + 1]) of id and value; those three are borrowed. */
struct gather_lists {
    int32_t n_lists, n; /* 0 <= id < n */
    const int64_t *start;
    const int32_t *id; /* ascending in a list */
    const float *value;
    int32_t *hub; /* (n_lists) the dense row of a list, or -1 */
    float *dense; /* (n_hubs, n) */
    float *most;  /* (n_hubs, blocks) the greatest of each GATHER_BLOCK values of a dense row */
    struct gather_turned {
        int64_t *start; /* (n + 1); NULL where there are no hubs, or values too small for floats */
        int32_t *list;  /* ascending in each */
        float *value;
    } by_id; /* the same entries, for each id */
};

/* Finds the hubs, or none where that would take longer than what is asked. Memory: 4 bytes a list;
 * where there are hubs 8 an entry and for their rows at most 64, seldom more than one. */
bool gather_lists_init(struct gather_lists *lists, int32_t n_lists, int32_t n, const int64_t *start,
                       const int32_t *id, const float *value, bool hubs, struct error *error);
void gather_lists_fini(struct gather_lists *lists); /* allowed on a zeroed one */

struct gather_shopper {
    const int32_t *list; /* (n) */
    const double *weight;
    int32_t n;
    const int32_t *skip; /* (n_skip) ids that are not wanted, ascending */
    int32_t n_skip;
};

/* For each shopper the best (at most k) of  sum[i] = sum over r of value(list[r], i) * weight[r]
 * that are > 0, but for the ids in skip: best first, equal scores by ascending id. id and score are
 * (n, k), count (n). False without memory. */
bool gather_best(const struct gather_lists *lists, const struct gather_shopper *shoppers, int32_t n,
                 int32_t k, int32_t *id, float *score, int32_t *count, struct error *error);

#endif

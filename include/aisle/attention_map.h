/* attention_map.h - where a model that attends looked, from a shopper's newest event on: one row of
 * weights for each block and head, over the events that are in sight. A picture of the model's
 * inside and never a reason: what a score rests on is its receipt.
 */
#ifndef AISLE_ATTENTION_MAP_H
#define AISLE_ATTENTION_MAP_H

#include "aisle/error.h"

#include <stdint.h>

enum { ATTENTION_ASKED = -2, ATTENTION_WHO = -3 }; /* what is asked for in words; who asks */

struct attention_map {
    int32_t blocks, heads, n;
    int32_t *item;  /* (n) oldest first; -1 = the beginning of the sequence; those above */
    int64_t *time;  /* (n) MOMENT_NONE where it has none */
    float *weights; /* (blocks, heads, n) each row sums to 1 */
};

/* Room for a map, zeroed; NULL without memory. */
struct attention_map *attention_map_new(int32_t blocks, int32_t heads, int32_t n,
                                        struct error *error);
void attention_map_free(struct attention_map *map); /* NULL is allowed */

/* The weight of event e in a row: that of a head, or with row -1 the mean of all. Rows are counted
 * through: block * heads + head. */
double attention_map_weight(const struct attention_map *map, int32_t row, int32_t e);
/* The largest weight of a row. */
double attention_map_max(const struct attention_map *map, int32_t row);
/* The events of a row by weight, largest first: order (n). */
void attention_map_order(const struct attention_map *map, int32_t row, int32_t *order);

/* "the beginning", "what is asked for", "who it is": what has no item. */
const char *attention_map_other(int32_t item);

/* How dark a weight is drawn beside the largest of its row: 0 nothing, 4 full. */
enum { ATTENTION_SHADES = 5 };
int attention_map_shade(double weight, double max);
/* "", "░", "▒", "▓", "█" */
const char *attention_map_glyph(int shade);

#endif

/* months.h - the orders of twelve months, for a sparkline that costs nothing to show.
 *
 * Counts are kept for the twelve months that end with the newest month there was an order in. The
 * months of a screen end with the workspace's newest month, which is never before that one: so
 * whatever falls out here is out of sight there. */
#ifndef STORE_MONTHS_H
#define STORE_MONTHS_H

#include <stddef.h>
#include <stdint.h>

enum { MONTHS = 12, MONTHS_BYTES = 4 + 4 * MONTHS, MONTH_LAST = 10000 * 12 };

struct months {
    int32_t last;           /* newest month, counted from year 0; 0: none */
    uint32_t count[MONTHS]; /* oldest first */
};

int32_t month_of(int64_t moment);
void months_add(struct months *months, int32_t month, uint32_t count);
void months_merge(struct months *months, const struct months *other);
/* As the twelve months that end with `last` show it. */
void months_show(const struct months *months, int32_t last, float out[MONTHS]);

/* Little-endian, as in items.months. A blob of another size, or of a month after the year 9999, is
 * read as no orders. */
void months_pack(const struct months *months, unsigned char out[MONTHS_BYTES]);
void months_unpack(struct months *months, const void *bytes, size_t length);

#endif

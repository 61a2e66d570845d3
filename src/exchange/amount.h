/* amount.h - numbers as people write them, decided by the whole column.
 *
 * 1,234.50 · 1.234,50 · 1 234,50 · 1'234.50 · € 12,90 · 12.90 EUR · (3.00) · 3,00- · 15 %. What the
 * comma and the point mean is the column's affair: each cell that can be read one way only is a
 * voice for it, and cells such as 1.000 follow. A column where both are decimal signs is read cell
 * by cell, and what stays open there is no number.
 */
#ifndef AISLE_EXCHANGE_AMOUNT_H
#define AISLE_EXCHANGE_AMOUNT_H

#include "aisle/text.h"

enum decimal_sign { DECIMAL_POINT, DECIMAL_COMMA, DECIMAL_EITHER };

/* What was seen in the cells of a column (or of all columns of a file). */
struct amount_counts {
    int64_t numbers;      /* cells that are numbers in one way or another */
    int64_t plain;        /* of those, digits and perhaps one point: no more to think about */
    int64_t point, comma; /* cells that say what the decimal sign is */
    int64_t open_point;   /* 1.234 */
    int64_t open_comma;   /* 1,234 */
};

/* Counts a cell; false when it is no number. */
bool amount_count(struct amount_counts *counts, struct slice cell);
/* The sign that the counts speak for; where they say nothing, what `file` (the sum over all columns
 * of the file) says; else a point is a decimal sign and a comma parts thousands. */
enum decimal_sign amount_decide(const struct amount_counts *counts,
                                const struct amount_counts *file);
/* False for what is no number, or can be read two ways. A percent sign divides by 100. */
bool amount_read(struct slice cell, enum decimal_sign sign, double *amount);

/* The currency that stands with a number, as its code ("EUR") or empty: € is EUR, £ GBP, and a
 * word of three capital letters is itself. "$" alone is "$". */
struct slice amount_currency(struct slice cell);

#endif

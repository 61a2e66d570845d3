/* columns.h - what the columns of a table with a header mean.
 *
 * Names are compared without case, blanks and punctuation, so "Customer ID" is customerid. --map
 * says "user=COL,item=COL,…" where COL is a name as in the header or a number from 1.
 */
#ifndef AISLE_EXCHANGE_COLUMNS_H
#define AISLE_EXCHANGE_COLUMNS_H

#include "aisle/error.h"
#include "aisle/text.h"

#include <stdint.h>

enum column {
    COLUMN_USER,
    COLUMN_ITEM,
    COLUMN_FRIEND,
    COLUMN_TIME,
    COLUMN_RATING,
    COLUMN_WEIGHT,
    COLUMN_QUANTITY,
    COLUMN_PRICE,
    COLUMN_TYPE,
    COLUMN_NAME,
    COLUMN_CATEGORY,
    COLUMN_ID, /* "id" alone: of whatever the file is about */
    COLUMNS
};

struct columns {
    int32_t at[COLUMNS]; /* index in the header, or -1 */
};

/* Finds the columns by their usual names, then as `map` (may be NULL) says. False with
 * ERROR_USAGE when the map is malformed or names a column that is not there. */
bool columns_find(struct columns *columns, const struct slice *header, int32_t n, const char *map,
                  struct error *error);

/* An id as a person wrote it and not as a table of floats does: "17850.0" is "17850". */
struct slice id_without_point(struct slice id);

#endif

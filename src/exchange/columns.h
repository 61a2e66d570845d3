/* columns.h - what the columns of a table with a header mean.
 *
 * The names are those of share/columns/columns.txt, and of the user's own file of the same form.
 * Where no name is there as it stands, a name made of the same words is taken: "Order Customer ID"
 * is a customer's id. --map says "user=COL,item=COL,…" where COL is a name as in the header or a
 * number from 1; type=view, where no column is called so, gives the type of every row.
 */
#ifndef AISLE_EXCHANGE_COLUMNS_H
#define AISLE_EXCHANGE_COLUMNS_H

#include "aisle/dataset.h"
#include "aisle/error.h"
#include "aisle/text.h"

#include <stdint.h>

enum column {
    COLUMN_USER,
    COLUMN_ITEM,
    COLUMN_FRIEND,
    COLUMN_TIME,
    COLUMN_CLOCK, /* a time of day, beside a date */
    COLUMN_RATING,
    COLUMN_WEIGHT,
    COLUMN_QUANTITY,
    COLUMN_PRICE,
    COLUMN_TOTAL, /* of all pieces of the row */
    COLUMN_TYPE,
    COLUMN_NAME,
    COLUMN_CATEGORY,
    COLUMN_ORDER,
    COLUMN_STATUS,
    COLUMN_CURRENCY,
    COLUMN_FIRST_NAME,
    COLUMN_LAST_NAME,
    COLUMN_ID, /* "id" alone: of whatever the file is about */
    COLUMNS
};

struct columns {
    int32_t at[COLUMNS]; /* index in the header, or -1 */
    bool typed;          /* --map gave the type of every row */
    enum event_type type;
    uint32_t mapped; /* a bit for each entry of --map that this table has a column for */
};

/* Finds the columns by their usual names, then as `map` (may be NULL) says. `own` is the text of
 * the user's own names, or NULL. What the map names and the table has not is left out, for it may
 * be another file's. False with ERROR_USAGE when the map is malformed or fits nowhere here. */
bool columns_find(struct columns *columns, const struct slice *header, int32_t n, const char *map,
                  const char *own, struct error *error);

const char *column_role_text(enum column column); /* "user", "first name" */

/* The bits of `mapped` when every entry of the map has found a table with its column. */
uint32_t columns_map_bits(const char *map);
/* Whether the map names all its columns by numbers, so that it fits a table without a header. */
bool columns_map_is_numbers(const char *map);

/* An id as a person wrote it and not as a table of floats does: "17850.0" is "17850". */
struct slice id_without_point(struct slice id);

#endif

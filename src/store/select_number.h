/* select_number.h - keys in the order of numbers, sorted here.
 *
 * A table of millions that stands nearly in order (events by time) costs one pass over it, where a
 * database sorts it through files.
 */
#ifndef STORE_SELECT_NUMBER_H
#define STORE_SELECT_NUMBER_H

#include "database.h"

#include "aisle/rows.h"

/* Steps through rows of (key, number) and fills the selection: by its way, absent numbers last,
 * equal ones by key. *exact is false, and the selection empty, where a number is no double. */
bool select_by_number(struct reader *reader, sqlite3_stmt *rows, struct selection *selection,
                      bool *exact, struct error *error);

#endif

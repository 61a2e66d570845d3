/* checked.h - what a file says is believed within bounds only: it may come from anybody. */
#ifndef STORE_CHECKED_H
#define STORE_CHECKED_H

#include "database.h"

/* Times of events, either side of 1970: as far as a date has four digits. */
#define CHECKED_LATEST INT64_C(253402300799)

/* "PATH: the workspace is damaged: …", and what to do about it. Returns false. */
bool checked_refuse(const char *path, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Numbers of erased people are not used again, so that rows may run ahead of what the file holds;
 * nobody erases sixteen million people one by one. */
enum { CHECKED_ROWS_GONE = 1 << 24 };

/* The highest row of a user or item that is believed: far above what so large a file can have had,
 * and low enough that a table of all numbers up to it is no danger. */
int64_t checked_row_bound(sqlite3 *db);

/* Can there be so many rows? None takes less than a byte. */
bool checked_count(sqlite3 *db, const char *path, int64_t rows, struct error *error);

/* First and last row of users, items and events: at opening, five look-ups. */
bool checked_edges(sqlite3 *db, const char *path, struct error *error);

/* Time, type, quantity and value from column `first` on; `id` is for the sentence. */
bool checked_event(sqlite3_stmt *row, const char *path, int64_t id, int first, struct event *event,
                   struct error *error);

/* A whole number within [low, high] (NULL is refused), named by `what` in the sentence. */
bool checked_integer(sqlite3_stmt *row, const char *path, int column, int64_t low, int64_t high,
                     const char *what, int64_t *number, struct error *error);
/* A finite number within [-bound, bound]. */
bool checked_number(sqlite3_stmt *row, const char *path, int column, double bound, const char *what,
                    double *number, struct error *error);

#endif

/* event_rows.h - events on their way into their table, some dozens to a statement.
 *
 * A statement of its own for each row costs more than the row. Rows wait in memory until there are
 * enough; whoever reads the table inside the transaction flushes first.
 */
#ifndef STORE_EVENT_ROWS_H
#define STORE_EVENT_ROWS_H

#include "database.h"

enum { EVENT_ROWS = 64 };

struct event_entry { /* the columns of the table */
    int64_t id, user, item, time;
    int type;
    double quantity, value; /* 1 and NAN are stored as NULL */
    int64_t line, import_id;
};

struct event_rows {
    struct event_entry row[EVENT_ROWS];
    int n;
    sqlite3_stmt *full, *one; /* for as many, and for one; NULL at first */
};

/* Writes what waits. False where SQLite refuses: its error says why. */
bool event_rows_flush(struct event_rows *rows, sqlite3 *db);
/* The rows are copied; writes when there are enough. */
bool event_rows_add(struct event_rows *rows, sqlite3 *db, const struct event_entry *row);
void event_rows_fini(struct event_rows *rows); /* what waits is forgotten */

#endif

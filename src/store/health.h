/* health.h - is a file that somebody else wrote last sound page by page?
 *
 * Every commit of ours leaves a mark of this machine and this program. Where another one stands (or
 * none), SQLite looks the pages over before anything is believed: at once where that takes some
 * milliseconds, beside the work where the file is larger; from the moment on that damage is found
 * nothing is read any more. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include "database.h"

/* The mark of this machine and program. */
void health_mark(char out[64]);

/* Looks at the mark and begins what follows from it. */
bool health_open(struct workspace *workspace, sqlite3 *db, struct error *error);
/* False with the sentence once damage was found. Costs nothing. */
bool health_good(const struct workspace *workspace, struct error *error);
/* Ends a look that is still going on. */
void health_close(struct workspace *workspace);

#endif

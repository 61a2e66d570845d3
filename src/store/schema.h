/* schema.h - is what a file declares what our migrations declare? */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "database.h"

/* Compares the file's tables and indexes with those of that version, by their definitions. A view,
 * a trigger, an index of somebody else on a table of ours, anything else under a name of ours, or
 * something missing is refused by name. Tables of others stay; their names are appended to
 * `others`, with ", " between them. */
bool schema_check(sqlite3 *db, const char *path, int64_t version, struct text *others,
                  struct error *error);

#endif

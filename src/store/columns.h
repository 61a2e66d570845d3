/* columns.h - which columns a table has, and the SQL behind each. */
#ifndef STORE_COLUMNS_H
#define STORE_COLUMNS_H

#include "database.h"

/* The most frequent attributes are columns; more than this many are no table anymore. */
enum { ATTRIBUTE_COLUMNS = 100 };

void columns_free(struct columns *columns); /* with all that are outdated */
/* Columns as of now; attributes that came since the last call are found. */
const struct columns *columns_of(struct reader *reader, enum table_kind kind, struct error *error);
/* The place of a column by name without case, or -1. */
int32_t column_find(const struct columns *columns, struct slice name);
/* The sentence for a name that no column has, with those that there are. Returns false. */
bool column_missing(const struct columns *columns, struct slice name, struct error *error);
/* Appends the expression of column `at` over the table's alias t. */
void column_sql(struct text *sql, enum table_kind kind, const struct columns *columns, int32_t at);
/* The value of an attribute: ?1 its number, ?2 the row of the user or item. */
const char *attribute_sql(enum table_kind kind);
/* "FROM users t", with the joins that the expressions need. */
const char *table_sql(enum table_kind kind);
/* "t.row" or "t.id": what names a row. */
const char *table_key(enum table_kind kind);

#endif

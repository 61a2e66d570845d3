/* filter.h - the filter language of rows.h as an SQL condition with bound values. */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include "columns.h"

enum { FILTER_VALUES = 32 };

struct filter {
    struct text sql; /* "1 AND …"; values are ?1, ?2, … */
    struct {
        bool is_number;
        double number;
        size_t at, length; /* into values */
    } value[FILTER_VALUES];
    int n;
    struct text values;
};

bool filter_parse(struct filter *filter, enum table_kind kind, const struct columns *columns,
                  const char *expression, struct error *error);
void filter_bind(const struct filter *filter, sqlite3_stmt *statement);
void filter_fini(struct filter *filter);
/* The SQL function aisle_fold(text) that filters use: lower case, no diacritics. */
bool filter_register(sqlite3 *db);

#endif

/* filter.h - the filter language of rows.h as an SQL condition with bound values.
 *
 * filter.c takes the terms apart, condition.c writes one as SQL. Names of columns come from our own
 * lists; what a person typed is always a bound value. */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include "columns.h"

enum { FILTER_VALUES = 64 };

struct filter {
    enum table_kind kind;
    const struct columns *columns;
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

/* Keep a value and return its number in the statement. */
int filter_add_text(struct filter *filter, struct slice text, bool folded);
int filter_add_number(struct filter *filter, double number);

/* Append " AND …": a word to be found anywhere; a column compared with a value (op is one of
 * = != ~ > >= < <=). They use at most two values. */
void condition_search(struct filter *filter, struct slice word);
bool condition_compare(struct filter *filter, int32_t column, const char *op, struct slice value,
                       struct error *error);

#endif

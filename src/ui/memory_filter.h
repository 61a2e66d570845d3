/* memory_filter.h - the filter language of rows.h for lists in memory, and their order. */
#ifndef AISLE_UI_MEMORY_FILTER_H
#define AISLE_UI_MEMORY_FILTER_H

#include "aisle/table.h"

/* Whether a row passes every term. A term that names no column is a word to find in any text. */
bool memory_matches(const struct page *page, const struct table_column *columns, int32_t n_columns,
                    int32_t row, const char *filter);

/* Below, at or above 0; absent cells come last in either direction. */
int memory_compare(const struct cell *a, const struct cell *b, enum cell_type type);

#endif

/* table_options.h - TERMS, --filter, --sort, --descending, --columns: what of a table, in which
 * order. */
#ifndef CLI_TABLE_OPTIONS_H
#define CLI_TABLE_OPTIONS_H

#include "command.h"

#include "aisle/rows.h"

struct table_call {
    struct selection *selection;
    int64_t n_rows; /* of the selection that are wanted: export */
    struct table_column
        *columns;   /* (n) those wanted, in the order wanted; names are the reader's */
    int32_t *place; /* (n) of each among the table's columns */
    int32_t n;
};

/* Arguments from number `first` on are terms of the filter. Opens the workspace; false after
 * telling. Finish it in either case. */
bool table_call_init(struct table_call *table, struct call *call, enum table_kind kind, int first,
                     int *status);
void table_call_fini(struct table_call *table);

/* The whole of a listing command: rows for people or as JSON (tables.c). */
int table_list(struct call *call, enum table_kind kind);

#endif

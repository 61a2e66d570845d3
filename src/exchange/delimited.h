/* delimited.h - tables: rows of cells behind a delimiter, with quotes (RFC 4180, leniently).
 *
 * A row without quotes is split in place; any other goes through libcsv, line by line, so that the
 * number of the line where a row begins is known. Quoted cells may hold delimiters and ends of
 * line. A quote that is never closed costs one line: after OPEN_LINES lines or at the end of the
 * file that line is rejected and reading goes on behind it.
 */
#ifndef AISLE_EXCHANGE_DELIMITED_H
#define AISLE_EXCHANGE_DELIMITED_H

#include "exchange/import_context.h"

#include <csv.h>

enum { OPEN_LINES = 1000, COLUMNS_MAX = 1024 };

struct delimited {
    struct import_context *import_context;
    char delimiter;    /* ' ' is any white space */
    bool backslash;    /* \" is a quote inside a cell; set it behind delimited_open() */
    struct text plain; /* a line whose \" were made "" */
    struct csv_parser parser;
    bool parser_made, row_ended, too_long;

    struct slice *cell; /* (n_cells) of the row, borrowed until the next */
    int32_t n_cells;
    struct slice row; /* as it stands in the file */
    int64_t line;     /* where it begins */

    size_t *offset; /* of libcsv's cells in `bytes` */
    struct text bytes, raw;
    struct text pending; /* lines behind an open quote, to be read again */
    size_t pending_at;
    int64_t pending_line;
    int32_t open_lines; /* the limit; it shrinks where quotes keep being left open */
};

/* "," ";" "\t" or "|": what stands most often outside quotes in the line. */
char delimiter_of(struct slice line);
/* Splits one line by the same rules, for looking at headers; cells keep their quotes off, and point
 * into the line. Returns how many there are (at most `max` stored). */
int32_t header_fields(struct slice line, char delimiter, struct slice *cell, int32_t max);

bool delimited_open(struct delimited *table, struct import_context *import_context, char delimiter);
void delimited_close(struct delimited *table);
/* The next row that can be read; false at the end and when the intake has stopped. */
bool delimited_next(struct delimited *table);
/* Cell by index; empty where the row is shorter or the index is -1. */
struct slice delimited_cell(const struct delimited *table, int32_t index);

/* The same without white space; empty where the cell says that there is nothing: NULL, NA, \N,
 * None. ="0123", by which spreadsheets keep zeros, is 0123. */
struct slice table_cell(const struct delimited *table, int32_t index);

#endif

/* table.h - rows of cells: what the store hands out, screens draw, and exports write.
 *
 * A column says what its cells mean; a page is an immutable block of rows. Cells hold raw data
 * (text as in the file, numbers as numbers): making it fit to be seen is the drawer's work.
 */
#ifndef AISLE_TABLE_H
#define AISLE_TABLE_H

#include "aisle/error.h"
#include "aisle/text.h"

enum cell_type {
    CELL_TEXT,
    CELL_INTEGER,
    CELL_NUMBER, /* general number */
    CELL_MONEY,  /* two decimals */
    CELL_SCORE,  /* three decimals */
    CELL_SHARE,  /* 0..1, shown in percent */
    CELL_METRIC, /* four decimals, and a tick where it leads its column */
    CELL_MOMENT, /* integer seconds or MOMENT_NONE */
    CELL_SPARK,  /* 12 numbers, oldest first */
};

struct table_column {
    const char *name;  /* for filters, sort, JSON: "orders" */
    const char *title; /* for people: "ORDERS" */
    enum cell_type type;
    int width;    /* wanted columns in a terminal */
    int priority; /* 0 stays longest when room is short */
    bool sortable;
};

struct cell {
    bool absent;
    bool leads;         /* CELL_METRIC: the best of its column, by more than chance */
    struct slice text;  /* CELL_TEXT; lives as long as its page */
    int64_t integer;    /* CELL_INTEGER, CELL_MOMENT */
    double number;      /* CELL_NUMBER, CELL_MONEY, CELL_SCORE, CELL_SHARE, CELL_METRIC */
    const float *spark; /* CELL_SPARK: 12 values; lives as long as its page */
};

/* Rows [first, first + n_rows) of a table. Owned by who asked for it. */
struct page {
    int64_t first;
    int32_t n_rows, n_columns;
    int32_t capacity;   /* rows that it can take */
    int64_t *key;       /* (n_rows) row id: what the row is, whatever its place */
    struct cell *cells; /* (n_rows, n_columns) */
    struct text bytes;  /* backs the text cells (offsets are fixed up when the page is finished) */
    float *sparks;      /* backs the spark cells */
    char note[96];      /* what all rows are, where that has to be said: that they are estimates */
};

struct page *page_new(int64_t first, int32_t capacity, int32_t n_columns, struct error *error);
void page_free(struct page *page); /* NULL is allowed */
/* Building: rows in order, then page_finish(). Texts are copied; a cell that is not set is
 * absent. page_add_row() returns false when the room is used up. */
bool page_add_row(struct page *page, int64_t key);
void page_set_text(struct page *page, int32_t column, struct slice text);
void page_set_integer(struct page *page, int32_t column, int64_t integer);
void page_set_number(struct page *page, int32_t column, double number);
void page_set_metric(struct page *page, int32_t column, double number, bool leads);
void page_set_spark(struct page *page, int32_t column, const float spark[12]);
/* The cell of another page, absent or not. */
void page_copy_cell(struct page *page, int32_t column, const struct cell *cell,
                    enum cell_type type);
bool page_finish(struct page *page, struct error *error); /* false if memory ran out on the way */
const struct cell *page_cell(const struct page *page, int32_t row, int32_t column);

/* A cell as people read it ("3,120.50", "2026-08-19", "0.842"), appended to out; text made visible.
 */
void cell_text(const struct cell *cell, enum cell_type type, struct text *out);

#endif

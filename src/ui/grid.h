/* grid.h - a screen as a value: rows × columns of cells, each a character and a meaning.
 *
 * Views draw into a grid; terminal.c sends it to a terminal, grid_export.h to a file, tests compare
 * it. Nothing here knows about terminals or colours. All drawing is clipped to the area it is
 * given, wide characters never straddle an edge, and text passes text_add_visible() on the way in,
 * so that a grid cannot hold a control character, whatever the data says.
 */
#ifndef AISLE_UI_GRID_H
#define AISLE_UI_GRID_H

#include "aisle/text.h"
#include "theme.h"

#define GRID_CODES 4 /* a character and up to three combining marks */

struct grid_cell {
    int32_t code[GRID_CODES]; /* 0 ends; code[0] is never 0 except behind a wide character */
    uint8_t width;            /* 1 or 2; 0 = right half of the wide character before it */
    uint8_t meaning;          /* enum meaning */
};

struct grid {
    int rows, columns;
    struct grid_cell *cells;       /* (rows, columns) */
    int cursor_row, cursor_column; /* -1 = hidden */
};

/* A rectangle of a grid. Coordinates of all drawing are relative to the area. */
struct area {
    int row, column, rows, columns;
};

struct grid *grid_new(int rows, int columns); /* blank; NULL without memory */
void grid_free(struct grid *grid);
bool grid_resize(struct grid *grid, int rows, int columns); /* contents are lost */
void grid_clear(struct grid *grid);
struct area grid_area(const struct grid *grid); /* all of it */
const struct grid_cell *grid_cell(const struct grid *grid, int row, int column);

/* Rows [from, from + n) or columns [from, from + n) of an area, clipped to it. */
struct area area_rows(struct area area, int from, int n);
struct area area_columns(struct area area, int from, int n);

/* Draws text; returns the column after it (also where it was clipped). */
int grid_put(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
             struct slice text);
int grid_string(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                const char *text);
int grid_format(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The same; a text that does not fit ends in "…". */
void grid_put_cut(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                  struct slice text);

/* Draws a sentence over as many rows as it takes, parted at blanks; returns the row after it. */
int grid_paragraph(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                   struct slice text);

enum align { ALIGN_LEFT, ALIGN_RIGHT };

/* Draws text into exactly `width` columns: padded, or cut with "…" (numbers with "#": a number that
 * lost digits is a wrong number). */
void grid_field(struct grid *grid, struct area area, int row, int column, int width,
                enum align align, enum meaning meaning, struct slice text);

/* Every cell of the area becomes this character. */
void grid_fill(struct grid *grid, struct area area, int32_t code, enum meaning meaning);
/* Every cell of the area gets this meaning; characters stay. */
void grid_highlight(struct grid *grid, struct area area, enum meaning meaning);
/* The cell (relative to the area) where the cursor is shown. */
void grid_cursor(struct grid *grid, struct area area, int row, int column);
/* Replaces what an ASCII terminal cannot show. */
void grid_to_ascii(struct grid *grid);

#endif

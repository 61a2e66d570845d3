/* grid_export.h - a grid as text, HTML or SVG: what "save the screen" writes and README shows. */
#ifndef AISLE_UI_GRID_EXPORT_H
#define AISLE_UI_GRID_EXPORT_H

#include "grid.h"

/* Appends to out. Text: one line a row, without blanks at its end. HTML and SVG: whole documents
 * in the theme's 256 colours; every text is escaped. */
void grid_text(const struct grid *grid, struct text *out);
void grid_html(const struct grid *grid, const struct theme *theme, struct text *out);
void grid_svg(const struct grid *grid, const struct theme *theme, struct text *out);

/* One letter a cell for its meaning ('.' for text; none at the end of a line), one line a row: the
 * map that golden tests keep beside the text. */
void grid_meanings(const struct grid *grid, struct text *out);

#endif

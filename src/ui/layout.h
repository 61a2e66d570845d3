/* layout.h - where everything goes, as a pure function of the size.
 *
 * A screen from the top: crumbs and state, filter (only when set), body, status, bottom line.
 * Below 40 × 8 there is no layout, only a sentence.
 */
#ifndef AISLE_UI_LAYOUT_H
#define AISLE_UI_LAYOUT_H

#include "aisle/table.h"
#include "grid.h"

enum { LAYOUT_MIN_ROWS = 8, LAYOUT_MIN_COLUMNS = 40, LAYOUT_PANE_FROM = 110 };

struct layout {
    bool too_small;
    struct area crumbs, filter, body, status, bottom;
};
struct layout layout_screen(int rows, int columns, bool filter);

/* The body of a list with a pane beside it; without one, pane.columns is 0. A column of border
 * stands between them. */
void layout_pane(struct area body, bool wanted, struct area *list, struct area *border,
                 struct area *pane);
/* Whether a body of this width has a pane when the person has not said. */
bool layout_has_pane(int columns);

/* The first row in sight so that row `to` of n is in sight too, where `rows` of them fit. A list
 * that has the lines to itself moves on by one row; beside something that stands still it moves on
 * by half of what is in sight: a terminal scrolls whole lines, and all of them would be sent again.
 */
int64_t layout_scroll(int64_t top, int64_t to, int64_t n, int rows, bool beside);

/* Which columns of a table fit into `width`, natural order, each with its place. The first column
 * always stays; others go by priority, the last first. Room left over goes to the texts. `skip`
 * leaves out that many columns after the first (scrolled sideways). */
struct layout_column {
    int32_t column; /* index in the table */
    int from, width;
};
int32_t layout_columns(const struct table_column *columns, const bool *hidden, int32_t n,
                       int32_t skip, int width, struct layout_column *out);

#endif

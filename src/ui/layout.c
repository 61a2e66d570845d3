#include "layout.h"

enum { GAP = 2, GUTTER = 2, TEXT_MAX = 48 };

struct layout layout_screen(int rows, int columns, bool filter)
{
    struct layout layout = { 0 };
    struct area all = { 0, 0, rows, columns };
    if (rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS) {
        layout.too_small = true;
        return layout;
    }
    int top = filter ? 2 : 1;
    layout.crumbs = area_rows(all, 0, 1);
    layout.filter = area_rows(all, 1, top - 1);
    layout.body = area_rows(all, top, rows - top - 2);
    layout.status = area_rows(all, rows - 2, 1);
    layout.bottom = area_rows(all, rows - 1, 1);
    return layout;
}

bool layout_has_pane(int columns)
{
    return columns >= LAYOUT_PANE_FROM;
}

void layout_pane(struct area body, bool wanted, struct area *list, struct area *border,
                 struct area *pane)
{
    int width = body.columns >= 180 ? body.columns * 2 / 5 : body.columns * 9 / 20;
    if (width > 72) width = 72;
    if (!wanted || body.columns < 60) width = 0;
    int left = body.columns - width - (width > 0 ? 1 : 0);
    *list = area_columns(body, 0, left);
    *border = area_columns(body, left, width > 0 ? 1 : 0);
    *pane = area_columns(body, body.columns - width, width);
}

int64_t layout_scroll(int64_t top, int64_t to, int64_t n, int rows, bool beside)
{
    int more = beside ? rows / 2 : 0;
    if (to < top) top = to - (top - to <= more ? more : 0);
    if (to >= top + rows) top = to - rows + 1 + (to - (top + rows) < more ? more : 0);
    if (top > n - rows) top = n - rows;
    return top < 0 ? 0 : top;
}

static int wanted_width(const struct table_column *column)
{
    int title = text_width(column->title, slice_of(column->title).length) + 1; /* the sort mark */
    return column->width > title ? column->width : title;
}

/* The column that gives way first: highest priority number, rightmost of equals; never the first.
 */
static int32_t least_important(const struct table_column *columns, const struct layout_column *out,
                               int32_t n)
{
    int32_t worst = 1;
    for (int32_t i = 2; i < n; i++)
        if (columns[out[i].column].priority >= columns[out[worst].column].priority) worst = i;
    return worst;
}

static int total_width(const struct layout_column *out, int32_t n)
{
    int total = GUTTER;
    for (int32_t i = 0; i < n; i++)
        total += out[i].width + (i > 0 ? GAP : 0);
    return total;
}

/* Left-over room: one column at a time to each text in turn, so that no name hogs it all. */
static void spread(const struct table_column *columns, struct layout_column *out, int32_t n,
                   int capacity)
{
    bool given = true;
    while (capacity > 0 && given) {
        given = false;
        for (int32_t i = 0; i < n && capacity > 0; i++) {
            if (columns[out[i].column].type != CELL_TEXT || i == 0) continue;
            if (out[i].width >= TEXT_MAX) continue;
            out[i].width++;
            capacity--;
            given = true;
        }
    }
}

int32_t layout_columns(const struct table_column *columns, const bool *hidden, int32_t n,
                       int32_t skip, int width, struct layout_column *out)
{
    int32_t shown = 0;
    for (int32_t i = 0; i < n; i++) {
        if (hidden && hidden[i]) continue;
        if (shown > 0 && skip > 0) {
            skip--;
            continue;
        }
        out[shown++] = (struct layout_column){ i, 0, wanted_width(&columns[i]) };
    }
    while (shown > 1 && total_width(out, shown) > width) {
        int32_t gone = least_important(columns, out, shown);
        for (int32_t i = gone; i + 1 < shown; i++)
            out[i] = out[i + 1];
        shown--;
    }
    spread(columns, out, shown, width - total_width(out, shown));
    int from = GUTTER;
    for (int32_t i = 0; i < shown; i++) {
        out[i].from = from;
        from += out[i].width + GAP;
    }
    return shown;
}

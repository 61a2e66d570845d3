/* table_draw.c - a table on the grid: header, rows, the pane beside them. */
#include "glyphs.h"
#include "layout.h"
#include "present.h"
#include "table_view.h"

#include <stdlib.h>
#include <string.h>

/* As far as a selected row is tinted: to the last column that begins within so many cells and ends
 * within so many bytes. Each tinted cell is sent twice per move, and 400 bytes are all that a move
 * may cost; letters beyond ASCII take two or three. */
enum { TINT_CELLS = 80, TINT_BYTES = 120, WIDE = 130 };

static enum align align_of(enum cell_type type)
{
    return type == CELL_TEXT || type == CELL_SPARK || type == CELL_MOMENT ? ALIGN_LEFT
                                                                          : ALIGN_RIGHT;
}

static enum meaning meaning_of(enum cell_type type)
{
    switch (type) {
    case CELL_TEXT:
        return MEANING_TEXT;
    case CELL_MOMENT:
        return MEANING_DIM;
    case CELL_SPARK:
        return MEANING_BAR;
    default:
        return MEANING_NUMBER;
    }
}

/* Columns that say with blocks what others say in numbers: nothing for a screen reader. */
static bool is_picture(const struct table_column *column)
{
    return column->type == CELL_SPARK || strcmp(column->name, "bar") == 0;
}

static void draw_header(const struct table_view *table, const struct layout_column *shown,
                        int32_t n, struct grid *grid, struct area area)
{
    const struct words *words = app_style(table->view.app).words;
    grid_fill(grid, area_rows(area, 0, 1), ' ', MEANING_HEADER);
    for (int32_t i = 0; i < n; i++) {
        const struct table_column *column = &table->block.columns[shown[i].column];
        struct text title = { 0 };
        words_say(words, column->title, &title);
        if (strcmp(column->name, table->sort) == 0)
            text_add_string(&title, table->descending ? "▾" : "▴");
        bool cut = text_width(title.bytes, title.length) > shown[i].width; /* "…", not "#" */
        grid_field(grid, area, 0, shown[i].from, shown[i].width,
                   cut ? ALIGN_LEFT : align_of(column->type), MEANING_HEADER,
                   (struct slice){ title.bytes, title.length });
        text_fini(&title);
    }
}

/* Shows where the searched word stands in a cell. ASCII letters match without case, as a hint; what
 * counts as a match is the store's affair. */
static void draw_match(const struct table_view *table, const struct text *text, int from, int width,
                       struct grid *grid, struct area area, int row)
{
    const struct text *words = &table->words;
    if (words->length == 0 || text->length < words->length) return;
    for (size_t at = 0; at + words->length <= text->length; at++) {
        struct slice here = { text->bytes + at, words->length };
        if (!slice_equal_fold(here, words->bytes)) continue;
        int before = at > 0 ? text_width(text->bytes, at) : 0;
        int length = text_width(here.bytes, here.length);
        if (before + length > width) return;
        grid_highlight(grid, area_columns(area_rows(area, row, 1), from + before, length),
                       MEANING_MATCH);
        return;
    }
}

struct cell_look table_look(const struct table_view *table)
{
    const struct label_style style = app_style(table->view.app);
    return (struct cell_look){ style.pseudonymiser, style.words, table->spec };
}

/* A cell as text; of a long one, its beginning. */
static void show_cell(const struct table_view *table, int32_t at, int32_t column, struct text *out)
{
    const struct cell *cell = page_cell(table->block.page, at, column);
    enum cell_type type = table->block.columns[column].type;
    if (type == CELL_SPARK) {
        char spark[GLYPH_SPARK_SIZE];
        text_add_string(out, glyph_spark(cell->spark, spark));
    } else if (type == CELL_TEXT && cell->text.length > 1024 &&
               !table->view.app->pseudonymiser.on) {
        struct cell beginning = *cell;
        beginning.text.length = 1024; /* cut in mid-character at worst, which is made visible */
        cell_text(&beginning, type, out);
    } else {
        const struct cell_look look = table_look(table);
        presentation_cell(&look, table->block.columns, table->block.n_columns, table->block.page,
                          at, column, out);
    }
}

static void draw_cell(const struct table_view *table, const struct layout_column *place, int32_t at,
                      bool selected, struct grid *grid, struct area area, int row)
{
    const struct table_column *column = &table->block.columns[place->column];
    /* A picture is as long in bytes as three texts: where nothing but its colour would change, it
     * is left alone. */
    enum meaning meaning =
        selected && !is_picture(column) ? MEANING_SELECTION : meaning_of(column->type);
    struct text text = { 0 };
    if (page_cell(table->block.page, at, place->column)->absent) return;
    show_cell(table, at, place->column, &text);
    grid_field(grid, area, row, place->from, place->width, align_of(column->type), meaning,
               (struct slice){ text.bytes, text.length });
    if (column->type == CELL_TEXT)
        draw_match(table, &text, place->from, place->width, grid, area, row);
    text_fini(&text);
}

/* How many cells of a row are tinted when it is selected. */
static int tinted_cells(const struct table_view *table, const struct layout_column *shown,
                        int32_t n, int32_t at, int columns)
{
    size_t bytes = 0;
    for (int32_t i = 0; i < n; i++) {
        struct text text = { 0 };
        const struct cell *cell = at < 0 ? NULL : page_cell(table->block.page, at, shown[i].column);
        bool picture = is_picture(&table->block.columns[shown[i].column]); /* left alone */
        if (cell && !cell->absent && !picture) show_cell(table, at, shown[i].column, &text);
        size_t width = (size_t)shown[i].width;
        size_t cells = text.length > 0 ? (size_t)text_width(text.bytes, text.length) : 0;
        if (cells > width) /* cut: in proportion */
            bytes += text.length * width / cells;
        else
            bytes += text.length + width - cells;
        text_fini(&text);
        if (i > 0 && (shown[i].from > TINT_CELLS || bytes > TINT_BYTES)) return shown[i].from;
    }
    return columns;
}

/* Rows that come into a wide list while it moves on get their pictures when the keys rest: they are
 * long in bytes, and a move sends two rows, the last one and the new one. */
static bool without_picture(const struct table_view *table, int64_t index, int columns)
{
    return table->scrolls && columns > WIDE &&
           (index < table->pictured || index >= table->pictured + table->rows - 1);
}

static void draw_row(const struct table_view *table, const struct layout_column *shown, int32_t n,
                     int64_t index, struct grid *grid, struct area area, int row)
{
    bool selected = index == table->cursor;
    int32_t at = table_row(table, index);
    int tinted = 0;
    if (selected) {
        tinted = tinted_cells(table, shown, n, at, area.columns);
        grid_fill(grid, area_columns(area_rows(area, row, 1), 0, tinted), ' ', MEANING_SELECTION);
        grid_string(grid, area, row, 0, MEANING_SELECTION, ">");
        if (table->view.app->settings.plain && table->view.app->prompt.spec.kind == PROMPT_CLOSED)
            grid_cursor(grid, area, row, 0);
    }
    if (at < 0) {
        grid_string(grid, area, row, 2, selected ? MEANING_SELECTION : MEANING_DIM, "…");
        return;
    }
    if (table_marked(table, table->block.page->key[at]))
        grid_string(grid, area, row, 1, selected ? MEANING_SELECTION : MEANING_MARK, "●");
    const bool bare = without_picture(table, index, area.columns);
    for (int32_t i = 0; i < n; i++)
        if (!bare || !is_picture(&table->block.columns[shown[i].column]))
            draw_cell(table, &shown[i], at, selected && shown[i].from < tinted, grid, area, row);
}

static void draw_nothing(const struct table_view *table, struct grid *grid, struct area area)
{
    const char *text = "…";
    if (table->error.code)
        text = table->error.text;
    else if (table->set && table->filter.length > 0)
        text = "nothing matches the filter; f changes it";
    else if (table->set)
        text = table->spec->empty ? table->spec->empty : "nothing here yet";
    struct text said = { 0 };
    words_say(app_style(table->view.app).words, text, &said);
    grid_paragraph(grid, area, 1, 2, table->error.code ? MEANING_BAD : MEANING_DIM,
                   (struct slice){ said.bytes, said.length });
    text_fini(&said);
}

static void draw_list(const struct table_view *table, struct grid *grid, struct area area)
{
    if (!table->set || table->set->n == 0) {
        draw_nothing(table, grid, area);
        return;
    }
    int32_t n = table->block.page ? table->block.n_columns : 0;
    struct layout_column *shown = calloc((size_t)n + 1, sizeof *shown);
    bool *hidden = calloc((size_t)n + 1, sizeof *hidden);
    if (!shown || !hidden) n = 0; /* rows without columns: there is nothing to draw them with */
    for (int32_t i = 0; i < n; i++) {
        hidden[i] = table_hidden(table, table->block.columns[i].name) || i >= table->n_filled ||
                    !table->filled[i] ||
                    (table->view.app->settings.plain && is_picture(&table->block.columns[i]));
    }
    n = layout_columns(table->block.columns, hidden, n, table->skip, area.columns, shown);
    draw_header(table, shown, n, grid, area);
    for (int i = 0; i < table->rows && table->top + i < table->set->n; i++)
        draw_row(table, shown, n, table->top + i, grid, area, 1 + i * table->row_height);
    free(shown);
    free(hidden);
}

void table_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct table_view *table = (const struct table_view *)view;
    bool plain = view->app->settings.plain;
    struct label_style style = app_style(view->app);
    const struct sheet_look look = { plain, style.words, style.pseudonymiser };
    struct area list, border, pane;
    layout_pane(area, table->pane, &list, &border, &pane);
    draw_list(table, grid, list);
    if (pane.columns == 0) return;
    grid_fill(grid, border, plain ? ' ' : 0x2502, MEANING_BORDER);
    pane = area_columns(pane, 1, pane.columns - 1);
    if (table->detail && !table->scrolls &&
        table_view_key(table) != 0) /* that of before, until the new one is made */
        sheet_draw(table->detail, 0, &look, grid, pane);
}

#include "grid.h"

#include "glyphs.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct grid_cell *cell_at(const struct grid *grid, int row, int column)
{
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

static void blank(struct grid_cell *cell)
{
    *cell = (struct grid_cell){ .code = { ' ' }, .width = 1, .meaning = cell->meaning };
}

struct grid *grid_new(int rows, int columns)
{
    struct grid *grid = calloc(1, sizeof *grid);
    if (grid && !grid_resize(grid, rows, columns)) {
        free(grid);
        return NULL;
    }
    return grid;
}

void grid_free(struct grid *grid)
{
    if (!grid) return;
    free(grid->cells);
    free(grid);
}

bool grid_resize(struct grid *grid, int rows, int columns)
{
    if (rows < 1) rows = 1;
    if (columns < 1) columns = 1;
    if (rows > INT16_MAX || columns > INT16_MAX) return false;
    struct grid_cell *cells = calloc((size_t)rows * (size_t)columns, sizeof *cells);
    if (!cells) return false;
    free(grid->cells);
    grid->cells = cells;
    grid->rows = rows;
    grid->columns = columns;
    grid_clear(grid);
    return true;
}

void grid_clear(struct grid *grid)
{
    grid->cursor_row = grid->cursor_column = -1;
    grid_fill(grid, grid_area(grid), ' ', MEANING_TEXT);
}

struct area grid_area(const struct grid *grid)
{
    return (struct area){ 0, 0, grid->rows, grid->columns };
}

const struct grid_cell *grid_cell(const struct grid *grid, int row, int column)
{
    return cell_at(grid, row, column);
}

static void clip(int *from, int *n, int max)
{
    if (*from < 0) {
        *n += *from;
        *from = 0;
    }
    if (*from > max) *from = max;
    if (*n > max - *from) *n = max - *from;
    if (*n < 0) *n = 0;
}

struct area area_rows(struct area area, int from, int n)
{
    clip(&from, &n, area.rows);
    return (struct area){ area.row + from, area.column, n, area.columns };
}

struct area area_columns(struct area area, int from, int n)
{
    clip(&from, &n, area.columns);
    return (struct area){ area.row, area.column + from, area.rows, n };
}

/* What an area means on this grid, whatever its caller computed. */
static struct area clipped(const struct grid *grid, struct area area)
{
    clip(&area.row, &area.rows, grid->rows);
    clip(&area.column, &area.columns, grid->columns);
    return area;
}

/* A cell is about to be written: what is left of a wide character that it was part of goes. */
static void release_cell(struct grid *grid, int row, int column)
{
    struct grid_cell *cell = cell_at(grid, row, column);
    if (cell->width == 0 && column > 0) blank(cell_at(grid, row, column - 1));
    if (cell->width == 2 && column + 1 < grid->columns) blank(cell_at(grid, row, column + 1));
}

static void write_cell(struct grid *grid, int row, int column, int32_t code, int width,
                       enum meaning meaning)
{
    struct grid_cell *cell = cell_at(grid, row, column);
    release_cell(grid, row, column);
    *cell = (struct grid_cell){ .code = { code },
                                .width = (uint8_t)width,
                                .meaning = (uint8_t)meaning };
    if (width != 2) return;
    release_cell(grid, row, column + 1);
    *cell_at(grid, row, column + 1) = (struct grid_cell){ .meaning = (uint8_t)meaning };
    cell->width = 2; /* releasing the right half may have blanked it */
    cell->code[0] = code;
}

static void add_mark(struct grid_cell *cell, int32_t code)
{
    for (int i = 1; i < GRID_CODES; i++) {
        if (cell->code[i] == 0) {
            cell->code[i] = code;
            return;
        }
    }
}

/* Text that is already visible. Columns are relative to the area; returns the column after. */
static int put_visible(struct grid *grid, struct area area, int row, int column,
                       enum meaning meaning, const char *bytes, size_t length)
{
    struct grid_cell *last = NULL;
    while (length > 0 && column < area.columns) {
        int32_t code;
        size_t taken = text_decode(bytes, length, &code);
        bytes += taken;
        length -= taken;
        if (code < 32) code = 0xFFFD;
        int width = text_code_width(code);
        if (width <= 0) {
            if (last) add_mark(last, code);
            continue;
        }
        bool fits = column >= 0 && column + width <= area.columns;
        last = NULL;
        if (fits) {
            write_cell(grid, area.row + row, area.column + column, code, width, meaning);
            last = cell_at(grid, area.row + row, area.column + column);
        } else if (column >= 0) {
            write_cell(grid, area.row + row, area.column + column, ' ', 1, meaning);
        }
        column += width;
    }
    return column < area.columns ? column : area.columns;
}

static bool plain_ascii(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] < 32 || text.bytes[i] > 126) return false;
    return true;
}

/* No more of a text than can possibly be seen: cells may hold a megabyte. */
static struct slice beginning(struct slice text, int columns)
{
    size_t max = (size_t)(columns > 0 ? columns : 0) * 16 + 64;
    if (text.length <= max) return text;
    while (max > 0 && ((unsigned char)text.bytes[max] & 0xC0) == 0x80)
        max--;
    return (struct slice){ text.bytes, max };
}

int grid_put(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
             struct slice text)
{
    area = clipped(grid, area);
    if (row < 0 || row >= area.rows) return column;
    text = beginning(text, area.columns - column);
    if (plain_ascii(text))
        return put_visible(grid, area, row, column, meaning, text.bytes, text.length);

    struct text visible = { 0 };
    text_add_visible(&visible, text.bytes, text.length);
    if (!visible.failed)
        column = put_visible(grid, area, row, column, meaning, visible.bytes, visible.length);
    text_fini(&visible);
    return column;
}

void grid_put_cut(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                  struct slice text)
{
    struct text visible = { 0 };
    area = clipped(grid, area);
    grid_put(grid, area, row, column, meaning, text);
    text = beginning(text, area.columns - column);
    text_add_visible(&visible, text.bytes, text.length);
    if (!visible.failed && column < area.columns &&
        text_width(visible.bytes, visible.length) > area.columns - column)
        grid_string(grid, area, row, area.columns - 1, meaning, "…");
    text_fini(&visible);
}

int grid_string(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                const char *text)
{
    return grid_put(grid, area, row, column, meaning, slice_of(text));
}

int grid_format(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return grid_string(grid, area, row, column, meaning, line);
}

int grid_paragraph(struct grid *grid, struct area area, int row, int column, enum meaning meaning,
                   struct slice text)
{
    int capacity = area.columns - column;
    while (text.length > 0 && row < area.rows && capacity > 0) {
        size_t end = 0, at = 0;
        int width = 0;
        while (at < text.length && width <= capacity) {
            int32_t code;
            if (text.bytes[at] == ' ') end = at;
            at += text_decode(text.bytes + at, text.length - at, &code);
            width += code < 0 ? 1 : text_code_width(code);
        }
        if (width <= capacity) end = text.length;
        if (end == 0) end = at; /* one long word: cut by the area */
        grid_put(grid, area, row++, column, meaning, (struct slice){ text.bytes, end });
        text = slice_trim((struct slice){ text.bytes + end, text.length - end });
    }
    return row;
}

void grid_field(struct grid *grid, struct area area, int row, int column, int width,
                enum align align, enum meaning meaning, struct slice text)
{
    area = area_columns(clipped(grid, area), column, width);
    if (row < 0 || row >= area.rows || area.columns == 0) return;
    struct text visible = { 0 };
    text = beginning(text, width);
    text_add_visible(&visible, text.bytes, text.length);
    if (visible.failed) goto out;
    int taken = text_width(visible.bytes, visible.length);

    grid_fill(grid, area_rows(area, row, 1), ' ', meaning);
    if (taken > area.columns && align == ALIGN_RIGHT) {
        grid_fill(grid, area_rows(area, row, 1), '#', meaning);
    } else {
        int from = align == ALIGN_RIGHT ? area.columns - taken : 0;
        put_visible(grid, area, row, from, meaning, visible.bytes, visible.length);
        if (taken > area.columns)
            put_visible(grid, area, row, area.columns - 1, meaning, "…", strlen("…"));
    }
out:
    text_fini(&visible);
}

void grid_fill(struct grid *grid, struct area area, int32_t code, enum meaning meaning)
{
    area = clipped(grid, area);
    for (int row = area.row; row < area.row + area.rows; row++) {
        for (int column = area.column; column < area.column + area.columns; column++)
            write_cell(grid, row, column, code, 1, meaning);
    }
}

void grid_highlight(struct grid *grid, struct area area, enum meaning meaning)
{
    area = clipped(grid, area);
    for (int row = area.row; row < area.row + area.rows; row++) {
        for (int column = area.column; column < area.column + area.columns; column++)
            cell_at(grid, row, column)->meaning = (uint8_t)meaning;
    }
}

void grid_cursor(struct grid *grid, struct area area, int row, int column)
{
    area = clipped(grid, area);
    if (row < 0 || row >= area.rows || column < 0 || area.columns == 0) return;
    grid->cursor_row = area.row + row;
    grid->cursor_column = area.column + (column < area.columns ? column : area.columns - 1);
}

void grid_to_ascii(struct grid *grid)
{
    size_t n = (size_t)grid->rows * (size_t)grid->columns;
    for (size_t i = 0; i < n; i++) {
        struct grid_cell *cell = &grid->cells[i];
        int32_t code = cell->width == 0 ? '?' : glyph_ascii(cell->code[0]);
        cell->width = 1;
        memset(cell->code, 0, sizeof cell->code);
        cell->code[0] = code;
    }
}

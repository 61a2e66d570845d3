#include "grid_export.h"

#include <string.h>

enum { CELL_WIDTH = 9, CELL_HEIGHT = 19, MARGIN = 12 };

static void add_cell(struct text *out, const struct grid_cell *cell)
{
    for (int i = 0; i < GRID_CODES && cell->code[i]; i++) {
        char bytes[4];
        text_add(out, bytes, text_encode(cell->code[i], bytes));
    }
}

static void add_escaped(struct text *out, const struct grid_cell *cell)
{
    switch (cell->code[0]) {
    case '&':
        text_add_string(out, "&amp;");
        break;
    case '<':
        text_add_string(out, "&lt;");
        break;
    case '>':
        text_add_string(out, "&gt;");
        break;
    case '"':
        text_add_string(out, "&quot;");
        break;
    default:
        add_cell(out, cell);
    }
}

static bool is_blank(const struct grid_cell *cell)
{
    return cell->code[0] == ' ';
}

void grid_text(const struct grid *grid, struct text *out)
{
    for (int row = 0; row < grid->rows; row++) {
        int last = grid->columns;
        while (last > 0 && is_blank(grid_cell(grid, row, last - 1)))
            last--;
        for (int column = 0; column < last; column++)
            add_cell(out, grid_cell(grid, row, column));
        text_add_string(out, "\n");
    }
}

void grid_meanings(const struct grid *grid, struct text *out)
{
    static const char letters[MEANINGS + 1] = ".THSMnd+!-mb|1234";
    for (int row = 0; row < grid->rows; row++) {
        int n = grid->columns;
        while (n > 0 && grid_cell(grid, row, n - 1)->meaning == MEANING_TEXT)
            n--;
        for (int column = 0; column < n; column++)
            text_add(out, &letters[grid_cell(grid, row, column)->meaning], 1);
        text_add_string(out, "\n");
    }
}

struct foreground { /* colours and weight after "reverse" and defaults are worked out */
    uint32_t foreground, background;
    bool bold, underline, dim;
};

static struct foreground foreground_of(const struct theme *theme, enum meaning meaning)
{
    const struct style *style = &theme->style[DEPTH_256][meaning];
    const struct style *text = &theme->style[DEPTH_256][MEANING_TEXT];
    struct foreground foreground = {
        .foreground = theme_rgb(style->foreground >= 0 ? style->foreground : text->foreground),
        .background = theme_rgb(style->background >= 0 ? style->background : text->background),
        .bold = style->attributes & STYLE_BOLD,
        .underline = style->attributes & STYLE_UNDERLINE,
        .dim = style->attributes & STYLE_DIM,
    };
    if (style->attributes & STYLE_REVERSE) {
        uint32_t swap = foreground.foreground;
        foreground.foreground = foreground.background;
        foreground.background = swap;
    }
    return foreground;
}

/* The column after the run of one meaning that begins at `column`. */
static int run_end(const struct grid *grid, int row, int column)
{
    int meaning = grid_cell(grid, row, column)->meaning;
    while (column < grid->columns && grid_cell(grid, row, column)->meaning == meaning)
        column++;
    return column;
}

void grid_html(const struct grid *grid, const struct theme *theme, struct text *out)
{
    struct foreground page = foreground_of(theme, MEANING_TEXT);
    text_format(out,
                "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>aisle</title>\n"
                "<pre style=\"display:inline-block;padding:1em;line-height:1.25;"
                "color:#%06x;background:#%06x;font-family:monospace\">\n",
                page.foreground, page.background);
    for (int row = 0; row < grid->rows; row++) {
        for (int column = 0, end; column < grid->columns; column = end) {
            enum meaning meaning = (enum meaning)grid_cell(grid, row, column)->meaning;
            struct foreground foreground = foreground_of(theme, meaning);
            end = run_end(grid, row, column);
            if (meaning != MEANING_TEXT)
                text_format(out, "<span style=\"color:#%06x;background:#%06x%s%s%s\">",
                            foreground.foreground, foreground.background,
                            foreground.bold ? ";font-weight:bold" : "",
                            foreground.underline ? ";text-decoration:underline" : "",
                            foreground.dim ? ";opacity:.7" : "");
            for (int i = column; i < end; i++)
                add_escaped(out, grid_cell(grid, row, i));
            if (meaning != MEANING_TEXT) text_add_string(out, "</span>");
        }
        text_add_string(out, "\n");
    }
    text_add_string(out, "</pre>\n");
}

static bool run_is_blank(const struct grid *grid, int row, int column, int end)
{
    for (; column < end; column++)
        if (!is_blank(grid_cell(grid, row, column))) return false;
    return true;
}

static void svg_run(const struct grid *grid, const struct foreground *foreground, uint32_t page,
                    int row, int column, int end, struct text *out)
{
    int x = MARGIN + column * CELL_WIDTH, y = MARGIN + row * CELL_HEIGHT;
    int width = (end - column) * CELL_WIDTH;
    if (foreground->background != page)
        text_format(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", x,
                    y, width, CELL_HEIGHT, foreground->background);
    if (run_is_blank(grid, row, column, end)) return;
    text_format(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s%s%s>", x, y + 14,
                width, foreground->foreground, foreground->bold ? " font-weight=\"bold\"" : "",
                foreground->underline ? " text-decoration=\"underline\"" : "",
                foreground->dim ? " opacity=\".7\"" : "");
    for (int i = column; i < end; i++)
        add_escaped(out, grid_cell(grid, row, i));
    text_add_string(out, "</text>\n");
}

void grid_svg(const struct grid *grid, const struct theme *theme, struct text *out)
{
    struct foreground page = foreground_of(theme, MEANING_TEXT);
    int width = grid->columns * CELL_WIDTH + 2 * MARGIN;
    int height = grid->rows * CELL_HEIGHT + 2 * MARGIN;
    text_format(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" font-family=\"monospace\" font-size=\"15\" "
                "xml:space=\"preserve\">\n<rect width=\"%d\" height=\"%d\" rx=\"8\" "
                "fill=\"#%06x\"/>\n",
                width, height, width, height, width, height, page.background);
    for (int row = 0; row < grid->rows; row++) {
        for (int column = 0, end; column < grid->columns; column = end) {
            struct foreground foreground =
                foreground_of(theme, (enum meaning)grid_cell(grid, row, column)->meaning);
            end = run_end(grid, row, column);
            svg_run(grid, &foreground, page.background, row, column, end, out);
        }
    }
    text_add_string(out, "</svg>\n");
}

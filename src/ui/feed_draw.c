/* feed_draw.c - the list with its scores, and the receipt as a tree beside it. */
#include "feed_view.h"
#include "glyphs.h"

#include "job/labels.h"

#include "aisle/moment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SCORE_WIDTH = 8, BAR_WIDTH = 6, MOVE_WIDTH = 5, RANK_WIDTH = 7, RANKS_FROM = 52 };

bool feed_side_by_side(int columns)
{
    return columns >= 76;
}

/* By how much a row moved, from the list beside it or, where that is the later one, to it: "▲3",
 * "▼12", "new", "gone", "". */
static void movement(const struct feed_view *feed, const struct feed_row *row, char *out,
                     size_t size)
{
    const bool back = feed_goes_back(feed);
    const int32_t other = feed->base ? feed_rank(feed->base->feed, row->item) : row->rank;
    const int32_t before = back ? row->rank : other, after = back ? other : row->rank;
    out[0] = 0;
    if (other == 0)
        snprintf(out, size, back ? "gone" : "new");
    else if (before > after)
        snprintf(out, size, "▲%d", before - after);
    else if (before < after)
        snprintf(out, size, "▼%d", after - before);
}

static void draw_movement(const struct feed_view *feed, const struct feed_row *line, bool selected,
                          struct grid *grid, struct area area, int row, int column)
{
    char moved[24];
    movement(feed, line, moved, sizeof moved);
    enum meaning meaning = selected ? MEANING_SELECTION
                           : strncmp(moved, "▼", strlen("▼")) == 0 || moved[0] == 'g'
                               ? MEANING_BAD
                               : MEANING_GOOD;
    grid_field(grid, area, row, column, MOVE_WIDTH, ALIGN_RIGHT, meaning, slice_of(moved));
}

static void draw_item(const struct feed_view *feed, const struct dataset *dataset, int32_t item,
                      enum meaning meaning, struct grid *grid, struct area area, int row,
                      int column, int width)
{
    struct text label = { 0 };
    label_item_as(&feed->view.app->pseudonymiser, dataset, item, &label);
    grid_field(grid, area, row, column, width, ALIGN_LEFT, meaning,
               (struct slice){ label.bytes, label.length });
    text_fini(&label);
}

static void draw_row(const struct feed_view *feed, int32_t index, float max, struct grid *grid,
                     struct area area, int row)
{
    const struct feed_row *line = &feed->bundle->feed->rows[index];
    bool selected = index == feed->cursor;
    bool plain = feed->view.app->settings.plain;
    enum meaning text = selected ? MEANING_SELECTION : MEANING_TEXT;
    char score[32], bar[3 * BAR_WIDTH + 1];
    struct feed_touch touch;
    int capacity = feed->base ? MOVE_WIDTH + 1 : area.columns >= 44 && !plain ? BAR_WIDTH + 1 : 0;
    int title = area.columns - 7 - SCORE_WIDTH - 1 - capacity;
    /* The bar is the same in any colour, and long in bytes: a move leaves it alone. */
    int tinted = feed->base || capacity == 0 ? area.columns : 7 + title + SCORE_WIDTH;
    if (selected) {
        grid_fill(grid, area_columns(area_rows(area, row, 1), 0, tinted), ' ', text);
        grid_string(grid, area, row, 0, text, feed->in_receipt ? "·" : ">");
        if (plain && !feed->in_receipt) grid_cursor(grid, area, row, 0);
    }
    grid_format(grid, area, row, 2, selected ? text : MEANING_DIM, "%3d", line->rank);
    if (feed_touches(feed->bundle->feed, line->item, &touch, 1) > 0)
        grid_string(grid, area, row, 5, selected ? text : MEANING_MARK, "R");
    draw_item(feed, feed->bundle->serving.dataset, line->item, text, grid, area, row, 7, title);
    snprintf(score, sizeof score, "%.3f", (double)line->score);
    grid_field(grid, area, row, 7 + title, SCORE_WIDTH, ALIGN_RIGHT,
               selected ? text : MEANING_NUMBER, slice_of(score));
    if (feed->base)
        draw_movement(feed, line, selected, grid, area, row, 7 + title + SCORE_WIDTH + 1);
    else if (capacity > 0 && max > 0)
        grid_string(grid, area, row, 7 + title + SCORE_WIDTH + 1, MEANING_BAR,
                    glyph_bar((double)(line->score / max), BAR_WIDTH, bar));
}

static void draw_list(const struct feed_view *feed, struct grid *grid, struct area area)
{
    const struct feed *list = feed->bundle->feed;
    grid_fill(grid, area_rows(area, 0, 1), ' ', MEANING_HEADER);
    grid_string(grid, area, 0, 4, MEANING_HEADER, "#");
    grid_string(grid, area, 0, 7, MEANING_HEADER, "ITEM");
    int right = feed->base                                              ? MOVE_WIDTH + 1
                : area.columns >= 44 && !feed->view.app->settings.plain ? BAR_WIDTH + 1
                                                                        : 0;
    grid_field(grid, area, 0, area.columns - right - SCORE_WIDTH - 1, SCORE_WIDTH, ALIGN_RIGHT,
               MEANING_HEADER, slice_of("SCORE"));
    if (list->n == 0)
        grid_string(grid, area, 1, 2, MEANING_DIM, "this model has nothing for this user");
    for (int row = 1; row < area.rows && feed->top + row - 1 < list->n; row++)
        draw_row(feed, feed->top + row - 1, list->rows[0].score, grid, area, row);
}

/* Whether ranks without a purchase have a column of their own. */
static bool has_ranks(const struct feed_view *feed, struct area area)
{
    for (int32_t i = 0; i < feed->n_lines && area.columns >= RANKS_FROM; i++)
        if (feed->lines[i].node->rank > 0) return true;
    return false;
}

static void draw_line(const struct feed_view *feed, int32_t index, struct grid *grid,
                      struct area area, int row)
{
    const int ranks = has_ranks(feed, area) ? RANK_WIDTH : 0;
    const struct receipt_line *line = &feed->lines[index];
    const struct receipt *node = line->node;
    bool selected = feed->in_receipt && index == feed->line;
    enum meaning meaning = selected                  ? MEANING_SELECTION
                           : line->colour_depth == 0 ? MEANING_TITLE
                                                     : MEANING_TEXT;
    struct text text = { 0 };
    char value[32];
    if (selected) {
        grid_fill(grid, area_rows(area, row, 1), ' ', meaning);
        if (feed->view.app->settings.plain) grid_cursor(grid, area, row, 0);
    }
    int column = line->colour_depth * 2;
    const char *sign = node->n_children == 0 ? " " : feed_is_open(feed, node) ? "▾" : "▸";
    grid_string(grid, area, row, column, meaning, sign);
    const struct label_style style = feed_style(feed);
    label_receipt(&style, feed->bundle->serving.dataset, node, &text);
    grid_field(grid, area, row, column + 2, area.columns - column - 2 - SCORE_WIDTH - ranks,
               ALIGN_LEFT, meaning, (struct slice){ text.bytes, text.length });
    if (ranks && node->rank > 0) {
        snprintf(value, sizeof value, line->colour_depth ? "→ %d" : "# %d", node->rank);
        grid_field(grid, area, row, area.columns - SCORE_WIDTH - ranks, ranks, ALIGN_RIGHT,
                   selected ? meaning : MEANING_DIM, slice_of(value));
    }
    snprintf(value, sizeof value, "%.3f", node->value);
    grid_field(grid, area, row, area.columns - SCORE_WIDTH, SCORE_WIDTH, ALIGN_RIGHT,
               selected ? meaning : MEANING_NUMBER, slice_of(value));
    text_fini(&text);
}

static void draw_receipt(const struct feed_view *feed, struct grid *grid, struct area area)
{
    /* That of the row before, until the new one is made. */
    if (!feed->receipt || feed->scrolls || feed_item(feed) < 0) return;
    int rows = area.rows - 1;
    for (int row = 0; row < rows && feed->line_top + row < feed->n_lines; row++)
        draw_line(feed, feed->line_top + row, grid, area, row);
    struct text below = { 0 };
    const struct receipt *at =
        feed->in_receipt && feed->line < feed->n_lines ? feed->lines[feed->line].node : NULL;
    text_format(&below, "residual %.6f", fabs(receipt_residual(feed->receipt)));
    if (at && at != feed->receipt && at->rank > 0)
        text_format(&below, " · rank %d without it", at->rank);
    else if (has_ranks(feed, area))
        text_add_string(&below, " · → rank without the purchase");
    grid_format(grid, area, rows, 2, MEANING_DIM, "%s", below.bytes ? below.bytes : "");
    text_fini(&below);
}

/* The list as it is now, for comparing: what is not in the other one is marked. */
static void draw_base(const struct feed_view *feed, struct grid *grid, struct area area)
{
    const struct feed *list = feed->base->feed;
    grid_fill(grid, area_rows(area, 0, 1), ' ', MEANING_HEADER);
    grid_string(grid, area, 0, 5, MEANING_HEADER, "AS IT IS NOW");
    for (int row = 1; row < area.rows && feed->top + row - 1 < list->n; row++) {
        const struct feed_row *line = &list->rows[feed->top + row - 1];
        const bool absent = feed_rank(feed->bundle->feed, line->item) == 0;
        const bool fresh = absent && feed_goes_back(feed), gone = absent && !fresh;
        char score[32];
        int width = area.columns - 5 - SCORE_WIDTH - 1;
        grid_format(grid, area, row, 0, MEANING_DIM, "%3d", line->rank);
        draw_item(feed, feed->base->serving.dataset, line->item,
                  gone    ? MEANING_BAD
                  : fresh ? MEANING_GOOD
                          : MEANING_DIM,
                  grid, area, row, 5, width);
        snprintf(score, sizeof score, "%.3f", (double)line->score);
        grid_field(grid, area, row, 5 + width, SCORE_WIDTH, ALIGN_RIGHT, MEANING_DIM,
                   slice_of(score));
        if (absent)
            grid_string(grid, area, row, area.columns - 1, gone ? MEANING_BAD : MEANING_GOOD,
                        gone ? "✕" : "✓");
    }
}

void feed_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct feed_view *feed = (const struct feed_view *)view;
    if (!feed->bundle) {
        grid_paragraph(grid, area, 1, 2, feed->error.code ? MEANING_BAD : MEANING_DIM,
                       slice_of(feed->error.code ? feed->error.text : "…"));
        if (feed->error.code && view->app->overview && view->app->overview->active == 0)
            grid_string(grid, area, 4, 2, MEANING_WARN, "from here: :train item-cf");
        return;
    }
    if (!feed_side_by_side(area.columns)) {
        if (feed->in_receipt)
            draw_receipt(feed, grid, area);
        else
            draw_list(feed, grid, area);
        return;
    }
    int left = area.columns / 2;
    struct area border = area_columns(area, left, 1);
    draw_list(feed, grid, area_columns(area, 0, left));
    grid_fill(grid, border, view->app->settings.plain ? ' ' : 0x2502, MEANING_BORDER);
    struct area right = area_columns(area, left + 2, area.columns - left - 3);
    if (feed->base && !feed->in_receipt)
        draw_base(feed, grid, right);
    else
        draw_receipt(feed, grid, right);
}

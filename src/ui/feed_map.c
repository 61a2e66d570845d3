/* feed_map.c - "M": where the attention model looked, a heat map beside the receipt and never a
 * reason. A row for each head, a column for each event; the cursor names what it stands on, and
 * below stands what the selected head looked at most.
 */
#include "feed_view.h"
#include "glyphs.h"
#include "screens.h"

#include "job/labels.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_MAP = 4, LABEL_WIDTH = 14, CELL_MAX = 3, BELOW = 6 };

struct map_view {
    struct view view;
    struct feed_bundle *bundle; /* whose shopper it is */
    struct attention_map *map;
    int32_t *order;     /* (n) events by the weight of the selected row */
    int32_t row, event; /* selected; row -1 = all heads together */
    int32_t top, left;  /* first row (0 = all heads) and event in sight */
    int rows, columns;  /* of the body */
    int head_rows;      /* above the map */
};

/* Where things are, by the room there is. */
static int cell_width(const struct map_view *view)
{
    const int capacity = view->columns - LABEL_WIDTH - 1;
    const int each = view->map->n > 0 ? capacity / view->map->n : 1;
    return each < 1 ? 1 : each > CELL_MAX ? CELL_MAX : each;
}

static int32_t events_in_sight(const struct map_view *view)
{
    const int capacity = view->columns - LABEL_WIDTH - 1;
    const int32_t n = capacity > 0 ? capacity / cell_width(view) : 0;
    return n < view->map->n ? n : view->map->n;
}

static int32_t lines(const struct map_view *view)
{
    return view->map->blocks * view->map->heads + 1;
}

static int32_t lines_in_sight(const struct map_view *view)
{
    const int32_t capacity = view->rows - view->head_rows - BELOW;
    return capacity < 1 ? 1 : capacity < lines(view) ? capacity : lines(view);
}

/* Moves the cursor into the map, and the window after it. */
static void settle(struct map_view *view)
{
    const int32_t n = view->map->n, wide = events_in_sight(view), high = lines_in_sight(view);
    if (view->row > lines(view) - 2) view->row = lines(view) - 2;
    if (view->row < -1) view->row = -1;
    if (view->event >= n) view->event = n - 1;
    if (view->event < 0) view->event = 0;
    if (view->left > view->event) view->left = view->event;
    if (view->left + wide <= view->event) view->left = view->event - wide + 1;
    if (view->left + wide > n) view->left = n - wide;
    if (view->top > view->row + 1) view->top = view->row + 1;
    if (view->top + high <= view->row + 1) view->top = view->row + 2 - high;
    if (view->top + high > lines(view)) view->top = lines(view) - high;
    attention_map_order(view->map, view->row, view->order);
}

static void map_arrange(struct view *self, int rows, int columns)
{
    struct map_view *view = (struct map_view *)self;
    view->rows = rows;
    view->columns = columns;
    view->head_rows = columns >= 100 ? 3 : 4;
    settle(view);
}

/* ------------------------------------------------------------------------------------ drawing */

static void name_row(const struct map_view *view, int32_t row, char *out, size_t size)
{
    if (row < 0)
        snprintf(out, size, "all heads");
    else
        snprintf(out, size, "block %d head %d", (int)(row / view->map->heads + 1),
                 (int)(row % view->map->heads + 1));
}

static void describe_event(const struct map_view *view, int32_t e, struct text *out)
{
    char date[MOMENT_TEXT_SIZE];
    const int32_t item = view->map->item[e];
    struct text name = { 0 };
    if (view->map->time[e] != MOMENT_NONE)
        text_format(out, "%s  ", moment_date(view->map->time[e], date));
    if (item < 0)
        text_add_string(&name, attention_map_other(item));
    else
        label_item_as(&view->view.app->pseudonymiser, view->bundle->serving.dataset, item, &name);
    text_add_visible(out, name.bytes ? name.bytes : "", name.length);
    text_fini(&name);
}

static void draw_cells(const struct map_view *view, int32_t row, struct grid *grid,
                       struct area area, int at)
{
    const double max = attention_map_max(view->map, row);
    const int width = cell_width(view);
    for (int32_t i = 0; i < events_in_sight(view); i++) {
        const double weight = attention_map_weight(view->map, row, view->left + i);
        const int shade = attention_map_shade(weight, max);
        if (shade == 0) continue;
        for (int c = 0; c < width; c++)
            grid_string(grid, area, at, LABEL_WIDTH + i * width + c,
                        (enum meaning)(MEANING_HEAT_1 + shade - 1), attention_map_glyph(shade));
    }
}

/* Without pictures: what the row looked at most, in words. */
static void draw_words(const struct map_view *view, int32_t row, struct grid *grid,
                       struct area area, int at)
{
    struct text text = { 0 };
    int32_t best = 0;
    for (int32_t e = 1; e < view->map->n; e++)
        if (attention_map_weight(view->map, row, e) >= attention_map_weight(view->map, row, best))
            best = e;
    describe_event(view, best, &text);
    grid_format(grid, area, at, LABEL_WIDTH, MEANING_TEXT, "%s", text.bytes ? text.bytes : "");
    text_fini(&text);
}

static void draw_line(const struct map_view *view, int32_t row, struct grid *grid, struct area area,
                      int at)
{
    const bool selected = row == view->row, plain = view->view.app->settings.plain;
    const enum meaning meaning = selected ? MEANING_SELECTION : MEANING_TEXT;
    char label[32], value[16];
    if (row < 0)
        snprintf(label, sizeof label, " all");
    else
        snprintf(label, sizeof label, "%2d.%d", (int)(row / view->map->heads + 1),
                 (int)(row % view->map->heads + 1));
    grid_field(grid, area, at, 0, LABEL_WIDTH - 1, ALIGN_LEFT, meaning, slice_of(""));
    grid_string(grid, area, at, 0, meaning, selected ? ">" : " ");
    grid_string(grid, area, at, 1, meaning, label);
    snprintf(value, sizeof value, "%.3f", attention_map_max(view->map, row));
    grid_field(grid, area, at, 7, 5, ALIGN_RIGHT, selected ? meaning : MEANING_NUMBER,
               slice_of(value));
    if (selected && plain) grid_cursor(grid, area, at, 0);
    if (plain)
        draw_words(view, row, grid, area, at);
    else
        draw_cells(view, row, grid, area, at);
}

/* What the cursor stands on. */
static void draw_cursor(const struct map_view *view, struct grid *grid, struct area area, int at)
{
    char row[40];
    struct text text = { 0 };
    const int column = LABEL_WIDTH + (view->event - view->left) * cell_width(view);
    if (!view->view.app->settings.plain) grid_string(grid, area, at, column, MEANING_MARK, "▲");
    name_row(view, view->row, row, sizeof row);
    describe_event(view, view->event, &text);
    grid_format(grid, area, at + 1, 0, MEANING_TITLE, "%s", text.bytes ? text.bytes : "");
    grid_format(grid, area, at + 2, 0, MEANING_TEXT,
                "event %d of %d · %.1f %% of what %s looked at", (int)view->event + 1,
                (int)view->map->n, 100 * attention_map_weight(view->map, view->row, view->event),
                row);
    text_fini(&text);
}

/* What the selected head looked at most. */
static void draw_max(const struct map_view *view, struct grid *grid, struct area area, int at)
{
    const double max = attention_map_max(view->map, view->row);
    char row[40], bar[3 * 12 + 1];
    name_row(view, view->row, row, sizeof row);
    grid_fill(grid, area_rows(area, at, 1), ' ', MEANING_HEADER);
    grid_format(grid, area, at, 0, MEANING_HEADER, "LOOKED AT MOST: %s", row);
    for (int32_t i = 0; i < view->map->n && at + 1 + i < area.rows; i++) {
        const double weight = attention_map_weight(view->map, view->row, view->order[i]);
        struct text text = { 0 };
        describe_event(view, view->order[i], &text);
        grid_format(grid, area, at + 1 + i, 0, MEANING_NUMBER, "%6.3f", weight);
        if (!view->view.app->settings.plain && max > 0)
            grid_string(grid, area, at + 1 + i, 8, MEANING_BAR, glyph_bar(weight / max, 12, bar));
        grid_format(grid, area, at + 1 + i, 22, MEANING_TEXT, "%s", text.bytes ? text.bytes : "");
        text_fini(&text);
    }
}

static void map_draw(const struct view *self, struct grid *grid, struct area area)
{
    const struct map_view *view = (const struct map_view *)self;
    const int32_t high = lines_in_sight(view);
    area = area_columns(area, 1, area.columns - 1);
    grid_paragraph(grid, area_rows(area, 0, view->head_rows - 1), 0, 0, MEANING_WARN,
                   slice_of("Where it looked, not a reason: weights of attention from the newest "
                            "event on, the fuller the more."));
    const int head = view->head_rows - 1;
    grid_fill(grid, area_rows(area, head, 1), ' ', MEANING_HEADER);
    grid_string(grid, area, head, 1, MEANING_HEADER, "HEAD   MOST");
    if (view->view.app->settings.plain)
        grid_string(grid, area, head, LABEL_WIDTH, MEANING_HEADER, "LOOKED AT MOST");
    else
        grid_format(grid, area, head, LABEL_WIDTH, MEANING_HEADER, "%s",
                    view->left > 0 ? "‹ EARLIER TO NEWEST" : "OLDEST TO NEWEST");
    for (int32_t i = 0; i < high; i++)
        draw_line(view, view->top + i - 1, grid, area, view->head_rows + i);
    draw_cursor(view, grid, area, view->head_rows + high);
    draw_max(view, grid, area, view->head_rows + high + 4);
}

/* --------------------------------------------------------------------------------------- keys */

static void open_item(const struct map_view *view)
{
    const int32_t item = view->map->item[view->event];
    const struct dataset *dataset = view->bundle->serving.dataset;
    if (item < 0 || item >= dataset->n_items) return;
    app_push(view->view.app,
             item_view_new(view->view.app, item + 1, names_get(&dataset->item_ids, item)));
}

static bool map_act(struct view *self, enum action action, const char *argument)
{
    struct map_view *view = (struct map_view *)self;
    (void)argument;
    switch (action) {
    case ACTION_UP:
        view->row--;
        break;
    case ACTION_DOWN:
        view->row++;
        break;
    case ACTION_LEFT:
        view->event--;
        break;
    case ACTION_RIGHT:
        view->event++;
        break;
    case ACTION_PAGE_UP:
        view->event -= events_in_sight(view) / 2;
        break;
    case ACTION_PAGE_DOWN:
        view->event += events_in_sight(view) / 2;
        break;
    case ACTION_TOP:
        view->event = 0;
        break;
    case ACTION_BOTTOM:
        view->event = view->map->n - 1;
        break;
    case ACTION_ENTER:
        open_item(view);
        return true;
    default:
        return false;
    }
    settle(view);
    return true;
}

static bool map_key(struct view *self, struct key key)
{
    struct map_view *view = (struct map_view *)self;
    const int32_t row = key.row - view->head_rows;
    const int32_t column = key.column - 1 - LABEL_WIDTH;
    if (key.code != KEYS_CLICK || row < 0 || row >= lines_in_sight(view)) return false;
    view->row = view->top + row - 1;
    if (column >= 0) view->event = view->left + column / cell_width(view);
    settle(view);
    return true;
}

static void map_title(const struct view *self, struct text *out)
{
    (void)self;
    text_add_string(out, "Where it looked");
}

static void map_state(const struct view *self, struct text *out)
{
    const struct map_view *view = (const struct map_view *)self;
    text_format(out, "%s run %lld", view->bundle->serving.run.kind,
                (long long)view->bundle->serving.run.id);
}

static void map_status(const struct view *self, struct text *out)
{
    (void)self;
    text_add_string(out, "Left Right events · Up Down heads · Enter the item · Esc back");
}

static bool map_subject(const struct view *self, enum subject_kind kind, struct subject *subject)
{
    const struct map_view *view = (const struct map_view *)self;
    const int32_t item = view->map->item[view->event];
    const struct dataset *dataset = view->bundle->serving.dataset;
    if (kind != SUBJECT_ITEM || item < 0 || item >= dataset->n_items) return false;
    *subject = (struct subject){ item + 1, names_get(&dataset->item_ids, item) };
    return true;
}

/* It is of the list below, which is read anew. */
static void map_renew(struct view *self)
{
    if (self->app->view == self) app_pop(self->app);
}

static void map_close(struct view *self)
{
    struct map_view *view = (struct map_view *)self;
    feed_bundle_release(view->bundle);
    attention_map_free(view->map);
    free(view->order);
    free(view);
}

static const struct view_kind map_kind = {
    .scopes = SCOPE_SHEET,
    .arrange = map_arrange,
    .draw = map_draw,
    .act = map_act,
    .key = map_key,
    .title = map_title,
    .state = map_state,
    .status = map_status,
    .subject = map_subject,
    .renew = map_renew,
    .close = map_close,
};

/* Takes the map and a reference to the bundle over. */
static struct view *map_view_new(struct app *app, struct feed_bundle *bundle,
                                 struct attention_map *map)
{
    struct map_view *view = calloc(1, sizeof *view);
    int32_t *order = malloc(((size_t)map->n + 1) * sizeof *order);
    if (!view || !order) {
        feed_bundle_release(bundle);
        attention_map_free(map);
        free(view);
        free(order);
        return NULL;
    }
    *view = (struct map_view){ .view = { .kind = &map_kind, .app = app },
                               .bundle = bundle,
                               .map = map,
                               .order = order,
                               .row = -1,
                               .event = map->n - 1,
                               .rows = 1,
                               .columns = 1 };
    return &view->view;
}

/* ------------------------------------------------------------------------------------- asking */

struct map_request {
    struct feed_bundle *bundle;
    struct attention_map *map;
};

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct map_request *map_request = argument;
    const struct model *model = map_request->bundle->serving.model;
    (void)context;
    map_request->map = model_base(model)->kind->look(model, map_request->bundle->shopper, error);
    return map_request->map != NULL;
}

static void answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct map_request *map_request = argument;
    struct app *app = feed->view.app;
    app->dirty = true;
    if (error) {
        app_fail(app, error);
        return;
    }
    struct view *map = map_view_new(app, map_request->bundle, map_request->map);
    map_request->bundle = NULL;
    map_request->map = NULL;
    if (map) map->fresh = ((const struct feed_view *)owner)->view.fresh;
    app_push(app, map);
}

static void release(void *argument)
{
    struct map_request *map_request = argument;
    feed_bundle_release(map_request->bundle);
    attention_map_free(map_request->map);
    free(map_request);
}

void feed_ask_map(struct feed_view *feed)
{
    struct app *app = feed->view.app;
    if (!feed->bundle) return;
    const struct model_kind *kind = model_base(feed->bundle->serving.model)->kind;
    if (!kind->look) {
        app_say(app, "%s attends to nothing: m and attention make a list that has a map",
                kind->name);
        return;
    }
    struct map_request *map_request = calloc(1, sizeof *map_request);
    if (!map_request) return;
    map_request->bundle = feed_bundle_retain(feed->bundle);
    app_ask(app, &(struct request){ .owner = feed,
                                    .slot = SLOT_MAP,
                                    .lane = LANE_MODELS,
                                    .work = work,
                                    .answer = answer,
                                    .release = release,
                                    .argument = map_request });
}

/* app_draw.c - the strips around the body: crumbs and state, filter, status, bottom line. */
#include "app.h"

#include "present.h"
#include "screens.h"

#include <stdio.h>
#include <string.h>

static void view_filter(const struct view *view, struct text *left, struct text *right)
{
    if (view->kind->filter) view->kind->filter(view, left, right);
}

struct layout app_layout(const struct app *app)
{
    struct text left = { 0 }, right = { 0 };
    view_filter(app->view, &left, &right);
    struct layout layout = layout_screen(app->grid->rows, app->grid->columns, left.length > 0);
    text_fini(&left);
    text_fini(&right);
    return layout;
}

void app_arrange(struct app *app)
{
    struct layout layout = app_layout(app);
    if (!layout.too_small) view_arrange(app->view, layout.body.rows, layout.body.columns);
}

static void add_state(const struct app *app, struct text *out)
{
    text_add_string(out, app->name);
    const struct overview *overview = app->overview;
    if (overview && overview->active == 0)
        text_add_string(out, " · no models yet");
    else if (overview && overview->stale > 0)
        text_format(out, " · %d of %d runs stale", overview->stale, overview->active);
    else if (overview)
        text_add_string(out, " · runs fresh");
    int active = 0;
    const struct job_info *running = NULL;
    for (int32_t i = 0; i < app->n_jobs; i++) {
        if (app->jobs[i].state == JOB_RUNNING) running = &app->jobs[i];
        if (app->jobs[i].state == JOB_QUEUED || app->jobs[i].state == JOB_RUNNING) active++;
    }
    if (active == 0) return;
    text_format(out, " · %s", text_count(active, "job").text);
    if (running && running->total > 0)
        text_format(out, " %d%%", (int)(100 * running->done / running->total));
}

static void draw_crumbs(const struct app *app, struct area area)
{
    struct text state = { 0 };
    if (app->view->kind->state) app->view->kind->state(app->view, &state);
    if (state.length == 0) add_state(app, &state);
    int width = state.length ? text_width(state.bytes, state.length) : 0;

    const struct view *chain[16];
    int n = 0, column = 1;
    for (const struct view *view = app->view; view && n < 16; view = view->parent)
        if (view->parent || !app->view->parent) chain[n++] = view; /* Home is left unsaid */
    struct text crumbs = { 0 };
    size_t last = 0;
    while (n > 0) {
        const struct view *view = chain[--n];
        last = crumbs.length;
        if (view->kind->title) view->kind->title(view, &crumbs);
        if (n > 0) text_add_string(&crumbs, " › ");
    }
    /* The end matters most: what does not fit is cut at the front, but where the last one has room
     * without the state, the state gives way. */
    int capacity = area.columns - 2 - (width < area.columns / 2 ? width + 2 : 0);
    const int min =
        crumbs.length > last ? text_width(crumbs.bytes + last, crumbs.length - last) : 0;
    if (min >= capacity && last > 0) capacity = area.columns - 2;
    struct slice shown = { crumbs.bytes, crumbs.length };
    const bool cut = shown.length > 0 && text_width(shown.bytes, shown.length) > capacity;
    while (shown.length > 0 && text_width(shown.bytes, shown.length) + cut > capacity) {
        int32_t code;
        size_t taken = text_decode(shown.bytes, shown.length, &code);
        shown.bytes += taken;
        shown.length -= taken;
    }
    if (cut) column = grid_string(app->grid, area, 0, column, MEANING_TITLE, "…");
    column = grid_put(app->grid, area, 0, column, MEANING_TITLE, shown);
    if (column + 2 + width < area.columns)
        grid_put(app->grid, area, 0, area.columns - width - 1, MEANING_DIM,
                 (struct slice){ state.bytes, state.length });
    text_fini(&crumbs);
    text_fini(&state);
}

static void draw_filter(const struct app *app, struct area area)
{
    struct text left = { 0 }, right = { 0 };
    view_filter(app->view, &left, &right);
    int width = right.length ? text_width(right.bytes, right.length) : 0;
    const struct view_kind *kind = app->view->kind;
    grid_string(app->grid, area, 0, 1, MEANING_DIM,
                kind->strip ? kind->strip(app->view) : "filter");
    grid_field(app->grid, area, 0, 9, area.columns - 11 - width, ALIGN_LEFT, MEANING_MATCH,
               (struct slice){ left.bytes, left.length });
    grid_put(app->grid, area, 0, area.columns - width - 1, MEANING_NUMBER,
             (struct slice){ right.bytes, right.length });
    text_fini(&left);
    text_fini(&right);
}

/* The action of an F-key in the view on top, and its place on the bottom line. */
static enum action bar_action(const struct app *app, int number, int *from, int *width)
{
    enum action action =
        keymap_find(&app->keymap, app->view->kind->scopes, (key_code)(KEYS_F1 + number - 1));
    int columns = app->grid->columns, each = columns / 10;
    *from = (number - 1) * each;
    *width = each;
    return action != ACTION_NONE && action_info(action)->label[0] ? action : ACTION_NONE;
}

enum action app_bar_at(const struct app *app, int column)
{
    for (int number = 1; number <= 10; number++) {
        int from, width;
        enum action action = bar_action(app, number, &from, &width);
        if (column >= from && column < from + width) return action;
    }
    return ACTION_NONE;
}

static void draw_bar(const struct app *app, struct area area)
{
    for (int number = 1; number <= 10; number++) {
        int from, width;
        enum action action = bar_action(app, number, &from, &width);
        const char *label = action == ACTION_NONE ? "" : action_info(action)->label;
        if (action == ACTION_NONE) continue;
        int column = grid_format(app->grid, area, 0, from, MEANING_DIM, "%d", number);
        struct slice text = slice_of(label);
        int capacity = from + width - column - (number < 10 ? 1 : 0); /* a gap to the next */
        if ((int)text.length > capacity) text.length = (size_t)(capacity > 0 ? capacity : 0);
        grid_put(app->grid, area, 0, column, MEANING_HEADER, text);
    }
}

static void draw_tour(const struct app *app, struct area area)
{
    int column = grid_string(app->grid, area, 0, 1, MEANING_TITLE, tour_says(app));
    grid_string(app->grid, area, 0, column + 2, MEANING_DIM, "Space: on · Esc: ends the tour");
}

/* What of the view is older than the workspace; else, while presenting, the keys. */
static void draw_keys(const struct app *app, struct area area)
{
    struct text keys = { 0 };
    view_stale(app->view, &keys);
    const bool stale = keys.length > 0;
    if (!stale) presentation_keys(app, &keys);
    if (stale && area.columns > 40) /* a gap to what stands there */
        grid_fill(app->grid,
                  area_columns(area, area.columns - 3 - text_width(keys.bytes, keys.length), 2),
                  ' ', MEANING_DIM);
    int width = keys.length > 0 ? text_width(keys.bytes, keys.length) : 0;
    if (width > 0 && width + 2 < area.columns)
        grid_put(app->grid, area, 0, area.columns - width - 1, stale ? MEANING_WARN : MEANING_MATCH,
                 (struct slice){ keys.bytes, keys.length });
    text_fini(&keys);
}

static void draw_bottom(const struct app *app, struct area area)
{
    if (app->prompt.spec.kind != PROMPT_CLOSED)
        prompt_draw(&app->prompt, app->grid, area);
    else if (app->tour > 0 && !app->message_bad)
        draw_tour(app, area);
    else if (app->message[0])
        grid_string(app->grid, area, 0, 0, app->message_bad ? MEANING_BAD : MEANING_GOOD,
                    app->message);
    else
        draw_bar(app, area);
}

void app_draw(struct app *app)
{
    struct layout layout = app_layout(app);
    grid_clear(app->grid);
    if (layout.too_small) {
        grid_string(app->grid, grid_area(app->grid), 0, 0, MEANING_WARN,
                    "aisle needs 40 columns and 8 rows");
    } else {
        struct text status = { 0 };
        app->view->kind->draw(app->view, app->grid, layout.body);
        draw_crumbs(app, layout.crumbs);
        if (layout.filter.rows > 0) draw_filter(app, layout.filter);
        if (app->view->kind->status) app->view->kind->status(app->view, &status);
        if (status.length > 0)
            grid_put_cut(app->grid, layout.status, 0, 1, MEANING_DIM,
                         (struct slice){ status.bytes, status.length });
        draw_keys(app, layout.status);
        draw_bottom(app, layout.bottom);
        text_fini(&status);
    }
    if (app->settings.ascii) grid_to_ascii(app->grid);
    app->dirty = false;
}

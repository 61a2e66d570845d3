/* screen_home.c - the workspace at a glance: what is in it, what is served, what to do next. */
#include "screens.h"
#include "table_view.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <stdlib.h>

struct home {
    struct view view;
    int cursor;
};

static const struct {
    const char *title;
    enum action action;
} places[] = {
    { "Users", ACTION_USERS }, { "Items", ACTION_ITEMS },       { "Events", ACTION_EVENTS },
    { "Runs", ACTION_RUNS },   { "Evaluate", ACTION_EVALUATE }, { "Rules", ACTION_RULES },
    { "Jobs", ACTION_JOBS },
};
enum { PLACES = sizeof places / sizeof places[0] };

static void add_count(struct text *out, int64_t n)
{
    struct cell cell = { .integer = n };
    cell_text(&cell, CELL_INTEGER, out);
}

static void say_runs(const struct overview *overview, struct text *out)
{
    bool first = true;
    for (int32_t i = 0; i < overview->n_runs; i++) {
        const struct run *run = &overview->runs[i];
        bool stale = run->events_seen < overview->counts.last_event;
        if (!run->active) continue;
        text_format(out, "%s%s%s", first ? "" : ", ", run->kind, stale ? " (stale)" : "");
        first = false;
    }
    if (first) text_add_string(out, "no model is being served");
}

static void describe(const struct app *app, enum action action, struct text *number,
                     struct text *note)
{
    const struct overview *overview = app->overview;
    char first[MOMENT_TEXT_SIZE], last[MOMENT_TEXT_SIZE];
    if (action == ACTION_JOBS) {
        int active = 0;
        for (int32_t i = 0; i < app->n_jobs; i++)
            active += app->jobs[i].state <= JOB_RUNNING;
        add_count(number, active);
        text_add_string(note, active > 0 ? "at work" : "nothing at work");
        return;
    }
    if (action == ACTION_EVALUATE) {
        text_add_string(note, "how good the models are, measured");
        return;
    }
    if (!overview) {
        text_add_string(number, "…");
        return;
    }
    const struct workspace_counts *counts = &overview->counts;
    if (action == ACTION_USERS) {
        add_count(number, counts->users);
        add_count(note, counts->users_without_events);
        words_say(app_style(app).words, " without a purchase (cold)", note);
    } else if (action == ACTION_ITEMS) {
        add_count(number, counts->items);
        add_count(note, counts->items_without_events);
        words_say(app_style(app).words, " never bought (cold)", note);
    } else if (action == ACTION_EVENTS) {
        add_count(number, counts->events);
        if (counts->first_time != MOMENT_NONE)
            text_format(note, "%s to %s", moment_date(counts->first_time, first),
                        moment_date(counts->last_time, last));
        if (app->rate > 0) text_format(note, " · %.0f a second arrive", app->rate);
    } else if (action == ACTION_RULES) {
        add_count(number, overview->rules);
        text_format(note,
                    overview->rules + overview->drafts > 0 ? "published, %s" : "none: r writes one",
                    text_count(overview->drafts, "draft").text);
    } else {
        add_count(number, counts->runs);
        say_runs(overview, note);
    }
}

/* The one thing that would help most, then what always can be done. */
static int draw_advice(const struct app *app, struct grid *grid, struct area area, int row)
{
    const struct overview *overview = app->overview;
    grid_string(grid, area, row++, 2, MEANING_HEADER, "What to do next");
    if (overview && overview->counts.events == 0)
        grid_string(grid, area, row++, 2, MEANING_WARN,
                    "Nothing is in here yet: leave (Q) and run aisle -d FILE import PATH");
    else if (overview && overview->stopped && !app_trains(app))
        grid_format(grid, area, row++, 2, MEANING_WARN,
                    "A training of %s was stopped: R goes on from its last checkpoint",
                    overview->stopped->name);
    else if (overview && overview->active == 0)
        grid_string(grid, area, row++, 2, MEANING_WARN,
                    "No model is trained yet: t chooses and trains one, item-cf to begin with");
    else if (overview && overview->stale > 0)
        grid_format(grid, area, row++, 2, MEANING_WARN,
                    "T recomputes the %s that the data has outrun",
                    text_count(overview->stale, "model").text);
    grid_string(grid, area, row++, 2, MEANING_TEXT, "/  find a user by a part of the name or id");
    grid_string(grid, area, row++, 2, MEANING_TEXT, ":  go anywhere: users, items, feed ID …");
    grid_string(grid, area, row++, 2, MEANING_TEXT, "?  everything that can be done here");
    return row;
}

static void home_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct home *home = (const struct home *)view;
    const struct app *app = view->app;
    int row = area.rows > 14 ? 1 : 0;
    for (int i = 0; i < PLACES; i++, row++) {
        struct text number = { 0 }, note = { 0 };
        bool selected = i == home->cursor;
        enum meaning meaning = selected ? MEANING_SELECTION : MEANING_TITLE;
        describe(app, places[i].action, &number, &note);
        if (selected) {
            grid_fill(grid, area_rows(area, row, 1), ' ', meaning);
            grid_string(grid, area, row, 0, meaning, ">");
            if (app->settings.plain) grid_cursor(grid, area, row, 0);
        }
        grid_string(grid, area, row, 2, meaning, places[i].title);
        grid_field(grid, area, row, 10, 14, ALIGN_RIGHT, selected ? meaning : MEANING_NUMBER,
                   (struct slice){ number.bytes, number.length });
        grid_put_cut(grid, area, row, 26, selected ? meaning : MEANING_DIM,
                     (struct slice){ note.bytes, note.length });
        text_fini(&number);
        text_fini(&note);
    }
    if (app->overview && app->overview->counts.users > 0 && app->overview->counts.items > 0) {
        const struct workspace_counts *counts = &app->overview->counts;
        double cells = (double)counts->users * (double)counts->items;
        grid_format(grid, area, ++row, 2, MEANING_DIM,
                    "%.1f events a user · %.3f %% of all user-item pairs at most",
                    (double)counts->events / (double)counts->users,
                    100 * (double)counts->events / cells);
        row++;
    }
    draw_advice(app, grid, area, row + 1);
}

static bool home_act(struct view *view, enum action action, const char *argument)
{
    struct home *home = (struct home *)view;
    switch (action) {
    case ACTION_UP:
        home->cursor -= home->cursor > 0;
        return true;
    case ACTION_DOWN:
        home->cursor += home->cursor < PLACES - 1;
        return true;
    case ACTION_TOP:
    case ACTION_PAGE_UP:
        home->cursor = 0;
        return true;
    case ACTION_BOTTOM:
    case ACTION_PAGE_DOWN:
        home->cursor = PLACES - 1;
        return true;
    case ACTION_ENTER:
    case ACTION_RIGHT:
        app_act(view->app, places[home->cursor].action, NULL);
        return true;
    case ACTION_FIND: { /* straight into the users */
        struct app *app = view->app;
        struct view *users = users_view_new(app, NULL);
        app_push(app, users);
        if (users) app_act(app, ACTION_FIND, argument);
        return true;
    }
    default:
        return false;
    }
}

static bool home_key(struct view *view, struct key key)
{
    struct home *home = (struct home *)view;
    int row = key.row - 1;
    if (key.code != KEYS_CLICK || row < 0 || row >= PLACES) return false;
    if (home->cursor == row) return home_act(view, ACTION_ENTER, NULL);
    home->cursor = row;
    return true;
}

static void home_title(const struct view *view, struct text *out)
{
    text_add_string(out, "Home");
    if (view->app->overview && view->app->overview->counts.profile[0])
        text_format(out, " · %s", view->app->overview->counts.profile);
}

static void home_status(const struct view *view, struct text *out)
{
    (void)view;
    text_add_string(out, "Enter opens · Esc comes back");
}

static void home_close(struct view *view)
{
    free(view);
}

static const struct view_kind home_kind = {
    .name = "home",
    .scopes = SCOPE_HOME,
    .draw = home_draw,
    .act = home_act,
    .key = home_key,
    .title = home_title,
    .status = home_status,
    .close = home_close,
};

struct view *home_view_new(struct app *app)
{
    struct home *home = calloc(1, sizeof *home);
    if (!home) return NULL;
    home->view = (struct view){ .kind = &home_kind, .app = app };
    app_refresh_overview(app);
    return &home->view;
}

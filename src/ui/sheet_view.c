#include "sheet_view.h"

#include "aisle/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sheet_view {
    struct view view;
    struct view_kind kind;
    const struct sheet_spec *spec;
    struct sheet_topic topic;
    struct sheet *sheet;
    struct error error;
    bool asked;
    int32_t top;
    int rows;
};

struct ask {
    sheet_make *make;
    struct sheet_topic topic;
    struct sheet *sheet;
};

struct sheet_topic *topic_new(int64_t key, struct slice id)
{
    struct sheet_topic *topic = calloc(1, sizeof *topic);
    if (!topic) return NULL;
    topic->key = key;
    snprintf(topic->id, sizeof topic->id, "%.*s", (int)id.length, id.bytes);
    return topic;
}

int64_t topic_find_user(const struct sheet_topic *topic, struct reader *reader, struct error *error)
{
    const int64_t key = topic->key ? topic->key : rows_find_user(reader, slice_of(topic->id));
    if (key == 0) error_set(error, ERROR_MISSING, "there is no user \"%s\"", topic->id);
    return key;
}

static void release(void *argument)
{
    struct ask *ask = argument;
    sheet_free(ask->sheet);
    free(ask);
}

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    ask->sheet = ask->make(context, &ask->topic, error);
    return ask->sheet != NULL;
}

static void scroll(struct sheet_view *view, int32_t to)
{
    int32_t max = view->sheet ? view->sheet->n - view->rows : 0;
    if (to > max) to = max;
    view->top = to < 0 ? 0 : to;
}

static void answer(void *owner, void *argument, const struct error *error)
{
    struct sheet_view *view = owner;
    struct ask *ask = argument;
    view->view.app->dirty = true;
    view->error = error ? *error : (struct error){ 0 };
    if (error) return;
    sheet_free(view->sheet);
    view->sheet = ask->sheet;
    ask->sheet = NULL;
    scroll(view, view->top);
}

static void sheet_arrange(struct view *self, int rows, int columns)
{
    struct sheet_view *view = (struct sheet_view *)self;
    (void)columns;
    view->rows = rows;
    scroll(view, view->top);
    if (view->asked) return;
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask) return;
    view->asked = true;
    ask->make = view->spec->make;
    ask->topic = view->topic;
    app_ask(self->app, &(struct request){ .owner = view,
                                          .lane = view->spec->lane,
                                          .work = work,
                                          .answer = answer,
                                          .release = release,
                                          .argument = ask });
}

static void sheet_draw_view(const struct view *self, struct grid *grid, struct area area)
{
    const struct sheet_view *view = (const struct sheet_view *)self;
    const struct label_style style = app_style(self->app);
    const struct sheet_look look = { self->app->settings.plain, style.words, style.pseudonymiser };
    area = area_columns(area, 1, area.columns - 1);
    if (view->error.code)
        grid_paragraph(grid, area, 0, 0, MEANING_BAD, slice_of(view->error.text));
    else if (view->sheet)
        sheet_draw(view->sheet, view->top, &look, grid, area);
    else
        grid_string(grid, area, 0, 0, MEANING_DIM, "…");
}

static void copy_id(const struct sheet_view *view)
{
    struct text id = { 0 };
    if (!view->sheet || !view->topic.id[0]) return;
    pseudonym_id(view->spec->of_person ? &view->view.app->pseudonymiser : NULL,
                 slice_of(view->topic.id), &id);
    if (!id.failed) app_copy(view->view.app, (struct slice){ id.bytes, id.length });
    text_fini(&id);
}

static bool sheet_act(struct view *self, enum action action, const char *argument)
{
    struct sheet_view *view = (struct sheet_view *)self;
    (void)argument;
    if (view->spec->act && view->spec->act(self, &view->topic, action)) return true;
    switch (action) {
    case ACTION_UP:
        scroll(view, view->top - 1);
        return true;
    case ACTION_DOWN:
        scroll(view, view->top + 1);
        return true;
    case ACTION_PAGE_UP:
        scroll(view, view->top - view->rows);
        return true;
    case ACTION_PAGE_DOWN:
        scroll(view, view->top + view->rows);
        return true;
    case ACTION_TOP:
        scroll(view, 0);
        return true;
    case ACTION_BOTTOM:
        scroll(view, view->sheet ? view->sheet->n : 0);
        return true;
    case ACTION_COPY:
        copy_id(view);
        return true;
    case ACTION_ENTER:
        return true;
    default:
        return false;
    }
}

static void sheet_title(const struct view *self, struct text *out)
{
    const struct sheet_view *view = (const struct sheet_view *)self;
    text_add_string(out, view->spec->title);
    if (view->topic.key > 0 && !view->topic.id[0])
        text_format(out, " %lld", (long long)view->topic.key);
}

static void sheet_status(const struct view *self, struct text *out)
{
    const struct sheet_view *view = (const struct sheet_view *)self;
    if (view->sheet && view->sheet->n > view->rows)
        text_format(out, "line %d of %d", view->top + 1, view->sheet->n);
}

static void sheet_changed(struct view *self)
{
    struct sheet_view *view = (struct sheet_view *)self;
    if (!view->spec->follows_jobs) return;
    view->asked = false;
    app_look(self->app);
    self->fresh = self->app->fresh;
}

static void sheet_renew(struct view *self)
{
    struct sheet_view *view = (struct sheet_view *)self;
    if (view->spec->make)
        view->asked = false;
    else if (view->spec->again)
        view_ask_again(self, view->spec->again);
}

static void sheet_close(struct view *self)
{
    struct sheet_view *view = (struct sheet_view *)self;
    sheet_free(view->sheet);
    free(view);
}

struct view *sheet_view_new(struct app *app, const struct sheet_spec *spec, int64_t key,
                            struct slice id)
{
    struct sheet_view *view = calloc(1, sizeof *view);
    if (!view) return NULL;
    view->kind = (struct view_kind){
        .scopes = SCOPE_SHEET | spec->scopes,
        .arrange = sheet_arrange,
        .draw = sheet_draw_view,
        .act = sheet_act,
        .title = sheet_title,
        .status = sheet_status,
        .changed = sheet_changed,
        .renew = sheet_renew,
        .close = sheet_close,
    };
    view->view = (struct view){ .kind = &view->kind, .app = app };
    view->spec = spec;
    view->topic.key = key;
    view->rows = 1;
    snprintf(view->topic.id, sizeof view->topic.id, "%.*s", (int)id.length, id.bytes);
    return &view->view;
}

struct view *sheet_view_show(struct app *app, const struct sheet_spec *spec, struct sheet *sheet)
{
    struct view *view = sheet ? sheet_view_new(app, spec, 0, slice_of("")) : NULL;
    if (!view) {
        sheet_free(sheet);
        return NULL;
    }
    ((struct sheet_view *)view)->sheet = sheet;
    ((struct sheet_view *)view)->asked = true;
    return view;
}

#include "tabs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABS_MAX = 6 };

struct tabs_view {
    struct view view;
    struct view_kind kind; /* scopes follow the tab on top */
    const struct tabs_spec *spec;
    int64_t key;
    char id[256];
    struct view *tab[TABS_MAX];
    int n, current;
};

static struct view *inner(const struct view *view)
{
    const struct tabs_view *tabs = (const struct tabs_view *)view;
    return tabs->tab[tabs->current];
}

static void go_to(struct tabs_view *tabs, int index)
{
    int to = (index + tabs->n) % tabs->n;
    if (!tabs->tab[to])
        tabs->tab[to] = tabs->spec->tabs[to].make(tabs->view.app, tabs->key, slice_of(tabs->id));
    if (!tabs->tab[to]) return;
    if (!tabs->tab[to]->frame) tabs->tab[to]->fresh = tabs->view.app->fresh;
    tabs->tab[to]->frame = &tabs->view;
    tabs->current = to;
    tabs->kind.scopes = SCOPE_TABS | tabs->spec->scopes | tabs->tab[to]->kind->scopes;
}

static void tabs_arrange(struct view *view, int rows, int columns)
{
    view_arrange(inner(view), rows - 1, columns);
}

static bool tabs_waits(const struct view *view)
{
    return view_waits(inner(view));
}

static void tabs_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct tabs_view *tabs = (const struct tabs_view *)view;
    int column = 1;
    for (int i = 0; i < tabs->n; i++) {
        bool current = i == tabs->current;
        struct text title = { 0 };
        words_say(app_style(view->app).words, tabs->spec->tabs[i].title, &title);
        column = grid_format(grid, area, 0, column, current ? MEANING_SELECTION : MEANING_DIM,
                             current ? "[%s]" : " %s ", title.bytes ? title.bytes : "");
        text_fini(&title);
        column++;
    }
    inner(view)->kind->draw(inner(view), grid, area_rows(area, 1, area.rows - 1));
}

static bool tabs_act(struct view *view, enum action action, const char *argument)
{
    struct tabs_view *tabs = (struct tabs_view *)view;
    if (view_act(inner(view), action, argument)) return true;
    if (action != ACTION_NEXT_TAB && action != ACTION_PREVIOUS_TAB) return false;
    go_to(tabs, tabs->current + (action == ACTION_NEXT_TAB ? 1 : -1));
    return true;
}

static bool tabs_key(struct view *view, struct key key)
{
    struct tabs_view *tabs = (struct tabs_view *)view;
    struct view *top = inner(view);
    if (key.code == KEYS_CLICK && key.row == 0) {
        int column = 1;
        for (int i = 0; i < tabs->n; i++) {
            struct text title = { 0 };
            words_say(app_style(view->app).words, tabs->spec->tabs[i].title, &title);
            int width = (int)title.length + 3;
            text_fini(&title);
            if (key.column >= column && key.column < column + width) go_to(tabs, i);
            column += width;
        }
        return true;
    }
    key.row--;
    return top->kind->key && top->kind->key(top, key);
}

static void tabs_title(const struct view *view, struct text *out)
{
    const struct tabs_view *tabs = (const struct tabs_view *)view;
    bool user = tabs->spec->subject == SUBJECT_USER;
    text_add_string(out, user ? "User " : "Item ");
    if (user)
        pseudonym_id(&view->app->pseudonymiser, slice_of(tabs->id), out);
    else
        pseudonym_item_id(&view->app->pseudonymiser, slice_of(tabs->id), out);
}

static void tabs_state(const struct view *view, struct text *out)
{
    if (inner(view)->kind->state) inner(view)->kind->state(inner(view), out);
}

static void tabs_filter(const struct view *view, struct text *left, struct text *right)
{
    if (inner(view)->kind->filter) inner(view)->kind->filter(inner(view), left, right);
}

static const char *tabs_bar(const struct view *view)
{
    return inner(view)->kind->strip ? inner(view)->kind->strip(inner(view)) : "filter";
}

static void tabs_status(const struct view *view, struct text *out)
{
    if (inner(view)->kind->status) inner(view)->kind->status(inner(view), out);
    if (out->length > 0) text_add_string(out, " · ");
    text_add_string(out, "Tab: next tab");
}

static bool tabs_subject(const struct view *view, enum subject_kind kind, struct subject *subject)
{
    const struct tabs_view *tabs = (const struct tabs_view *)view;
    if (kind != tabs->spec->subject) return view_subject(inner(view), kind, subject);
    *subject = (struct subject){ tabs->key, slice_of(tabs->id) };
    return true;
}

static void tabs_complete(const struct view *view, enum argument argument, struct text *out)
{
    if (inner(view)->kind->complete) inner(view)->kind->complete(inner(view), argument, out);
}

static void tabs_changed(struct view *view)
{
    struct tabs_view *tabs = (struct tabs_view *)view;
    for (int i = 0; i < tabs->n; i++)
        if (tabs->tab[i]) view_changed(tabs->tab[i]);
}

static void tabs_renew(struct view *view)
{
    struct tabs_view *tabs = (struct tabs_view *)view;
    for (int i = 0; i < tabs->n; i++)
        if (tabs->tab[i]) view_renew(tabs->tab[i]);
}

static void tabs_arrived(struct view *view)
{
    if (inner(view)) view_arrived(inner(view));
}

static void tabs_close(struct view *view)
{
    struct tabs_view *tabs = (struct tabs_view *)view;
    for (int i = 0; i < tabs->n; i++)
        view_close(tabs->tab[i]);
    free(tabs);
}

struct view *tabs_view_new(struct app *app, const struct tabs_spec *spec, int64_t key,
                           struct slice id)
{
    struct tabs_view *tabs = calloc(1, sizeof *tabs);
    if (!tabs) return NULL;
    tabs->kind = (struct view_kind){
        .arrange = tabs_arrange,
        .waits = tabs_waits,
        .draw = tabs_draw,
        .act = tabs_act,
        .key = tabs_key,
        .title = tabs_title,
        .state = tabs_state,
        .filter = tabs_filter,
        .strip = tabs_bar,
        .status = tabs_status,
        .subject = tabs_subject,
        .complete = tabs_complete,
        .changed = tabs_changed,
        .arrived = tabs_arrived,
        .renew = tabs_renew,
        .inner = inner,
        .close = tabs_close,
    };
    tabs->view = (struct view){ .kind = &tabs->kind, .app = app };
    tabs->spec = spec;
    tabs->key = key;
    snprintf(tabs->id, sizeof tabs->id, "%.*s", (int)id.length, id.bytes);
    while (tabs->n < TABS_MAX && spec->tabs[tabs->n].title)
        tabs->n++;
    go_to(tabs, 0);
    if (!tabs->tab[0]) {
        free(tabs);
        return NULL;
    }
    return &tabs->view;
}

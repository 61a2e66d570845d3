#include "app.h"

#include "aisle/rules.h"

void app_look(struct app *app)
{
    struct workspace_counts counts;
    struct freshness now = { 0 };
    int64_t version = 0;
    if (!app->look || !workspace_version(app->look, &version, NULL) || version == app->version)
        return;
    if (!workspace_counts(app->look, &counts, NULL) || !rules_version(app->look, &now.rules, NULL))
        return;
    now.content = counts.content;
    app->version = version;
    app->fresh = now;
}

/* The view inside a frame is the one that is seen. */
static struct view *innermost(const struct view *view)
{
    struct view *inner = view->kind->inner ? view->kind->inner(view) : NULL;
    return inner ? innermost(inner) : (struct view *)(uintptr_t)view;
}

void view_stale(const struct view *view, struct text *out)
{
    const struct view *seen = innermost(view);
    if (!seen->kind->renew) return;
    const bool rules = seen->fresh.rules != view->app->fresh.rules;
    const bool data = seen->fresh.content != view->app->fresh.content;
    if (rules || data)
        text_format(out, "%s changed: Ctrl-R",
                    !data    ? "rules"
                    : !rules ? "data"
                             : "rules and data");
    else if (seen->kind->older && seen->kind->older(seen))
        text_add_string(out, "another run is served: Ctrl-R");
}

void view_renew(struct view *view)
{
    view->fresh = view->app->fresh;
    if (view->kind->renew)
        view->kind->renew(view);
    else
        view_changed(view);
}

void view_ask_again(struct view *view, void (*again)(struct view *below))
{
    struct app *app = view->app;
    struct view *below = view->parent;
    if (app->view != view || !below) return; /* something stands on it: Ctrl-R there, later */
    app_pop(app);
    again(innermost(below));
}

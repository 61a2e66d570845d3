#include "view.h"

#include "app.h"

void view_arrange(struct view *view, int rows, int columns)
{
    if (view->kind->arrange) view->kind->arrange(view, rows, columns);
}

bool view_waits(const struct view *view)
{
    return view->kind->waits && view->kind->waits(view);
}

bool view_act(struct view *view, enum action action, const char *argument)
{
    return view->kind->act && view->kind->act(view, action, argument);
}

bool view_subject(const struct view *view, enum subject_kind kind, struct subject *subject)
{
    *subject = (struct subject){ 0 };
    return view->kind->subject && view->kind->subject(view, kind, subject);
}

void view_changed(struct view *view)
{
    if (view->kind->changed) view->kind->changed(view);
}

void view_close(struct view *view)
{
    if (!view) return;
    struct prompt *prompt = &view->app->prompt;
    loader_forget(view->app->loader, view);
    /* An answer may close the view that a prompt would report to; a command reports to none. */
    if (prompt->spec.view == view && !prompt->spec.command) prompt_close(prompt);
    view->kind->close(view);
}

void view_arrived(struct view *view)
{
    if (view->kind->arrived) view->kind->arrived(view);
}

/* view.h - a screen: a struct of functions and the state behind it.
 *
 * A view embeds `struct view` as its first member. The app keeps views on a stack; the parent stays
 * below its child, as it was. draw() is pure: it reads what the view holds and writes cells; it
 * asks for nothing and starts nothing. What has to be asked for is asked in arrange(), which runs
 * after every change and knows the room there is. All functions run on the UI thread; any may be
 * NULL except draw and close.
 */
#ifndef AISLE_UI_VIEW_H
#define AISLE_UI_VIEW_H

#include "actions.h"
#include "freshness.h"
#include "grid.h"

struct app;
struct view;

/* What a view has in sight, for commands without an argument (":feed"). Empty id = nothing. */
enum subject_kind { SUBJECT_USER, SUBJECT_ITEM };
struct subject {
    int64_t key;     /* row id; 0 = look it up by id */
    struct slice id; /* external id, borrowed from the view */
};

struct view_kind {
    const char *name; /* "users": the command that opens it, for the session file; NULL = none */
    unsigned scopes;
    /* The room of the body: ask the loader for what is missing. */
    void (*arrange)(struct view *view, int rows, int columns);
    /* True while what the next key would be about is still being read. */
    bool (*waits)(const struct view *view);
    void (*draw)(const struct view *view, struct grid *grid, struct area area);
    /* True when the action was this view's business. argument may be NULL. */
    bool (*act)(struct view *view, enum action action, const char *argument);
    /* Keys that are no action; mouse positions are relative to the body. */
    bool (*key)(struct view *view, struct key key);
    void (*title)(const struct view *view, struct text *out); /* one crumb */
    void (*state)(const struct view *view,
                  struct text *out); /* right of the crumbs; else the app's */
    void (*filter)(const struct view *view, struct text *left, struct text *right); /* strip */
    const char *(*strip)(const struct view *view); /* what the strip is called; else "filter" */
    void (*status)(const struct view *view, struct text *out);
    bool (*subject)(const struct view *view, enum subject_kind kind, struct subject *subject);
    /* Candidates for an argument, each ended by '\n'. */
    void (*complete)(const struct view *view, enum argument argument, struct text *out);
    void (*changed)(struct view *view); /* data, runs or jobs are not what they were */
    void (*arrived)(struct view *view); /* events were added, up to five times a second */
    void (*renew)(struct view *view);   /* Ctrl-R: reads anew; NULL = it shows nothing that ages */
    bool (*older)(const struct view *view);         /* than the run that is served now */
    struct view *(*inner)(const struct view *view); /* of a frame: the view in sight */
    void (*close)(struct view *view); /* frees the view; requests are forgotten before */
};

struct view {
    const struct view_kind *kind;
    struct app *app;
    struct view *parent;    /* below on the stack */
    struct view *frame;     /* the view that shows this one inside itself, or NULL */
    struct freshness fresh; /* what it shows was read at */
};

/* Sugar: each does nothing where the view has no such function. */
void view_arrange(struct view *view, int rows, int columns);
bool view_waits(const struct view *view);
bool view_act(struct view *view, enum action action, const char *argument);
bool view_subject(const struct view *view, enum subject_kind kind, struct subject *subject);
void view_changed(struct view *view);
void view_arrived(struct view *view);
/* Forgets its requests and frees it; NULL is allowed. */
void view_close(struct view *view);

#endif

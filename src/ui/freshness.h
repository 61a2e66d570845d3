/* freshness.h - whether what a view shows is still what the workspace holds.
 *
 * Two counters of the workspace say it: one that changes with data, one that changes with rules.
 * The app reads them before it answers a key (two or three rows of one small table); a view
 * remembers those it was read at. Where they differ the view says so until Ctrl-R. */
#ifndef AISLE_UI_FRESHNESS_H
#define AISLE_UI_FRESHNESS_H

#include "aisle/text.h"

struct app;
struct view;

struct freshness {
    int64_t content, rules; /* workspace_counts.content, rules_version() */
};

/* Reads the counters where anything was written since the last look. */
void app_look(struct app *app);
/* "rules changed: Ctrl-R", "another run is served: Ctrl-R"; nothing where the view is as new as the
 * last look. */
void view_stale(const struct view *view, struct text *out);
/* Reads anew what the view shows, and the views inside it. */
void view_renew(struct view *view);
/* For what stands on the view below and cannot read itself anew: leaves, and has that view ask
 * again once it is new. */
void view_ask_again(struct view *view, void (*again)(struct view *below));

#endif

/* tabs.h - one user or item as a row of tabs, each a view of its own, made when first seen. */
#ifndef AISLE_UI_TABS_H
#define AISLE_UI_TABS_H

#include "app.h"

struct tab {
    const char *title;
    struct view *(*make)(struct app *app, int64_t key, struct slice id);
};

struct tabs_spec {
    unsigned scopes; /* beside SCOPE_TABS and those of the tab on top */
    enum subject_kind subject;
    struct tab tabs[7]; /* ended by a NULL title */
};

struct view *tabs_view_new(struct app *app, const struct tabs_spec *spec, int64_t key,
                           struct slice id);

#endif

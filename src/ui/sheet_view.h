/* sheet_view.h - a sheet as a screen or a tab: scrolls, reloads, nothing else. */
#ifndef AISLE_UI_SHEET_VIEW_H
#define AISLE_UI_SHEET_VIEW_H

#include "app.h"
#include "sheet.h"

/* What a sheet is about: a row id, an external id, or both. */
struct sheet_topic {
    int64_t key;
    char id[256];
};
/* For lists that need one as their argument; freed with free(). NULL without memory. */
struct sheet_topic *topic_new(int64_t key, struct slice id);
/* The row of the user who is the topic; 0 with ERROR_MISSING where there is nobody of that id. */
int64_t topic_find_user(const struct sheet_topic *topic, struct reader *reader,
                        struct error *error);

typedef struct sheet *sheet_make(const struct loader_context *context,
                                 const struct sheet_topic *topic, struct error *error);

struct sheet_spec {
    const char *title;
    unsigned scopes;  /* beside SCOPE_SHEET */
    sheet_make *make; /* on a worker; NULL for sheet_view_show() */
    enum lane lane;
    bool follows_jobs;                 /* made anew when something changed */
    void (*again)(struct view *below); /* of sheet_view_show(): Ctrl-R asks the view below again */
    bool of_person;                    /* the topic is a user */
    bool (*act)(struct view *view, const struct sheet_topic *topic, enum action action);
};

struct view *sheet_view_new(struct app *app, const struct sheet_spec *spec, int64_t key,
                            struct slice id);
/* A sheet that is there already, as a screen; owned by the view, NULL gives NULL. */
struct view *sheet_view_show(struct app *app, const struct sheet_spec *spec, struct sheet *sheet);

#endif

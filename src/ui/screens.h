/* screens.h - every screen, by how it is opened. All return an owned view for app_push(), or NULL
 * after saying why on the message line. An id may be given with its row id or alone (key 0). */
#ifndef AISLE_UI_SCREENS_H
#define AISLE_UI_SCREENS_H

#include "app.h"
#include "layout.h"

struct view *home_view_new(struct app *app);
struct view *users_view_new(struct app *app, const char *filter);
struct view *items_view_new(struct app *app, const char *filter);
struct view *events_view_new(struct app *app, const char *filter);
struct view *audit_view_new(struct app *app, const char *filter);
struct view *runs_view_new(struct app *app);
struct view *jobs_view_new(struct app *app);
struct view *audience_view_new(struct app *app, int64_t key, struct slice id);
struct view *exposure_view_new(struct app *app, const char *segment); /* "segment=B", NULL = all */
struct view *rules_view_new(struct app *app, const char *filter);
/* A stored rule in the form, or (id 0) a new one that begins as this line. */
struct view *rule_form_open(struct app *app, int64_t id, const char *line);
struct view *evaluate_view_new(struct app *app);
struct view *user_view_new(struct app *app, int64_t key, struct slice id);
struct view *history_view_new(struct app *app, int64_t key, struct slice id);
struct view *buyers_view_new(struct app *app, int64_t key, struct slice id);
struct view *alike_view_new(struct app *app, int64_t key, struct slice id);
struct view *suggestions_view_new(struct app *app, int64_t key, struct slice id);
struct view *item_view_new(struct app *app, int64_t key, struct slice id);
struct view *feed_view_open(struct app *app, int64_t key, struct slice id);
struct view *ask_view_open(struct app *app, const char *prompt); /* the answer as a feed */
/* What to train, beginning with a kind and its parameters; both may be NULL. */
struct view *train_view_new(struct app *app, const struct model_kind *kind,
                            const struct parameters *parameters);
struct view *finetune_view_new(struct app *app);
struct view *help_view_new(struct app *app);
struct view *themes_view_new(struct app *app);

/* The strips (app_draw.c). */
struct layout app_layout(const struct app *app);
void app_arrange(struct app *app);
enum action app_bar_at(const struct app *app, int column);

#endif

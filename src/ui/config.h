/* config.h - what stays between sessions.
 *
 * $XDG_CONFIG_HOME/aisle/config: the person's file, lines of words:
 *     set theme light        also: pane, ascii, a11y, mouse
 *     bind SCOPE KEY COMMAND e.g. bind feed w whynot
 * $XDG_STATE_HOME/aisle/session: per workspace the last screen and each table's sort and columns.
 * Both are written to a temporary file and renamed, so that a crash leaves the old one.
 */
#ifndef AISLE_UI_CONFIG_H
#define AISLE_UI_CONFIG_H

#include "app.h"

/* A missing file is no failure; a bad line is, with its number. */
bool config_load(struct app *app, struct error *error);
/* Settings only: lines that people wrote themselves stay as they are. */
void config_save(struct app *app);

/* "$XDG_STATE_HOME/aisle/NAME", folders made; false where there is no home. */
bool config_state_path(const char *name, char *path, size_t size);

/* One value per workspace and key ("view", "users.sort"). Reading gives "" where there is none. */
void session_get(struct app *app, const char *key, char *value, size_t size);
void session_set(struct app *app, const char *key, const char *value);

#endif

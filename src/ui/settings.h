/* settings.h - what a person can set, one row each: drives the form (F2), ":set", completion and
 * the config file. */
#ifndef AISLE_UI_SETTINGS_H
#define AISLE_UI_SETTINGS_H

#include "aisle/text.h"

#include <stdbool.h>
#include <stddef.h>

struct app;

struct settings {
    bool ascii; /* no UTF-8 */
    bool plain; /* --a11y: no borders, bars, sparks; the cursor on the selected row */
    bool mouse;
    int pane; /* 1 shown, 0 hidden, -1 as the room allows */
    int rest; /* milliseconds from the last key until the pane and the receipt follow */
    char theme[32];
};

struct setting_info {
    const char *name, *choices, *help; /* choices: one a line; NULL = the themes there are */
};
/* NULL after the last. */
const struct setting_info *setting_info(size_t index);

const char *setting_value(const struct settings *settings, const char *name);
/* False when there is no such setting or no such value. Changes the record alone. */
bool setting_parse(struct settings *settings, struct slice name, struct slice value);
/* ":set NAME VALUE": takes effect at once and is kept; the message says what is wrong. */
bool setting_apply(struct app *app, struct slice name, struct slice value);

struct view *settings_view_new(struct app *app);

#endif

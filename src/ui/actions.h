/* actions.h - the table of actions.def, and which key means which action in which view. */
#ifndef AISLE_UI_ACTIONS_H
#define AISLE_UI_ACTIONS_H

#include "aisle/error.h"
#include "keys.h"

/* Where an action applies. A view carries the bits of what it is: a table of users is TABLE|USERS.
 */
enum scope {
    SCOPE_TABLE = 1 << 0,
    SCOPE_SHEET = 1 << 1,
    SCOPE_TABS = 1 << 2,
    SCOPE_MENU = 1 << 3,
    SCOPE_HOME = 1 << 4,
    SCOPE_USERS = 1 << 5,
    SCOPE_USER = 1 << 6,
    SCOPE_ITEMS = 1 << 7,
    SCOPE_ITEM = 1 << 8,
    SCOPE_EVENTS = 1 << 9,
    SCOPE_FEED = 1 << 10,
    SCOPE_RUNS = 1 << 11,
    SCOPE_JOBS = 1 << 12,
    SCOPE_EVALUATE = 1 << 13,
    SCOPE_FORM = 1 << 14,
    SCOPE_RULES = 1 << 15,
    SCOPE_AUDIT = 1 << 16,
    SCOPE_EXPOSURE = 1 << 17,
    SCOPE_ANY = (1 << 18) - 1,
};

enum argument {
    ARGUMENT_NONE,
    ARGUMENT_TEXT,
    ARGUMENT_FILTER,
    ARGUMENT_COLUMN,
    ARGUMENT_FILE,
    ARGUMENT_USER,
    ARGUMENT_ITEM,
    ARGUMENT_MODEL,
    ARGUMENT_RUN,
    ARGUMENT_JOB,
    ARGUMENT_DATE,
    ARGUMENT_THEME,
    ARGUMENT_SETTING,
    ARGUMENT_CHOICE, /* what the view offers */
};

enum action {
    ACTION_NONE,
#define ACTION(id, name, label, keys, scopes, argument, help) ACTION_##id,
#include "actions.def"
#undef ACTION
    ACTIONS
};

struct action_info {
    const char *name, *label, *keys, *help;
    unsigned scopes;
    enum argument argument;
};

const struct action_info *action_info(enum action action);
/* By the name of the command; ACTION_NONE when there is none. A unique beginning is enough. */
enum action action_find(struct slice name);
/* "USER", "FILE" …; "" for none. */
const char *argument_name(enum argument argument);

/* Which key does what: the keys of the table and those of the config file. */
struct key_binding {
    key_code key;
    unsigned scopes;
    enum action action;
};
struct keymap {
    struct key_binding *bindings; /* later ones win */
    size_t n, capacity;
};

bool keymap_init(struct keymap *keymap, struct error *error);
void keymap_fini(struct keymap *keymap);
/* From the config file: "bind SCOPE KEY COMMAND", scope "any", "table", "users", "feed" … */
bool keymap_bind(struct keymap *keymap, struct slice scope, struct slice key, struct slice command,
                 struct error *error);
enum action keymap_find(const struct keymap *keymap, unsigned scopes, key_code key);
/* The keys of an action in these scopes as people read them: "F4 f". */
void keymap_describe(const struct keymap *keymap, enum action action, unsigned scopes,
                     struct text *out);

#endif

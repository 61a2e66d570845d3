#include "actions.h"

#include <stdlib.h>
#include <string.h>

/* The names that actions.def uses. */
enum {
    TABLE = SCOPE_TABLE,
    SHEET = SCOPE_SHEET,
    TABS = SCOPE_TABS,
    HOME = SCOPE_HOME,
    FEED = SCOPE_FEED,
    RUNS = SCOPE_RUNS,
    JOBS = SCOPE_JOBS,
    EVALUATE = SCOPE_EVALUATE,
    RULES = SCOPE_RULES,
    AUDIT = SCOPE_AUDIT,
    EXPOSURE = SCOPE_EXPOSURE,
    ANY = SCOPE_ANY,
};

static const struct action_info actions[ACTIONS] = {
#define ACTION(id, name_, label_, keys_, scopes_, argument_, help_)                                \
    [ACTION_##id] = { .name = name_,                                                               \
                      .label = label_,                                                             \
                      .keys = keys_,                                                               \
                      .help = help_,                                                               \
                      .scopes = scopes_,                                                           \
                      .argument = ARGUMENT_##argument_ },
#include "actions.def"
#undef ACTION
};

static const struct {
    const char *name;
    unsigned scope;
} scope_names[] = {
    { "any", SCOPE_ANY },           { "table", SCOPE_TABLE },   { "sheet", SCOPE_SHEET },
    { "tabs", SCOPE_TABS },         { "menu", SCOPE_MENU },     { "home", SCOPE_HOME },
    { "users", SCOPE_USERS },       { "user", SCOPE_USER },     { "items", SCOPE_ITEMS },
    { "item", SCOPE_ITEM },         { "events", SCOPE_EVENTS }, { "feed", SCOPE_FEED },
    { "runs", SCOPE_RUNS },         { "jobs", SCOPE_JOBS },     { "evaluate", SCOPE_EVALUATE },
    { "form", SCOPE_FORM },         { "rules", SCOPE_RULES },   { "audit", SCOPE_AUDIT },
    { "exposure", SCOPE_EXPOSURE },
};

const struct action_info *action_info(enum action action)
{
    return &actions[action];
}

enum action action_find(struct slice name)
{
    enum action found = ACTION_NONE;
    if (name.length == 0) return ACTION_NONE;
    for (enum action a = ACTION_NONE + 1; a < ACTIONS; a++) {
        if (slice_equal(name, actions[a].name)) return a;
        if (strncmp(actions[a].name, name.bytes, name.length) == 0)
            found = found == ACTION_NONE ? a : ACTIONS;
    }
    return found == ACTIONS ? ACTION_NONE : found;
}

const char *argument_name(enum argument argument)
{
    static const char *const names[] = {
        [ARGUMENT_NONE] = "",           [ARGUMENT_TEXT] = "TEXT",   [ARGUMENT_FILTER] = "FILTER",
        [ARGUMENT_COLUMN] = "COLUMN",   [ARGUMENT_FILE] = "FILE",   [ARGUMENT_USER] = "USER",
        [ARGUMENT_ITEM] = "ITEM",       [ARGUMENT_MODEL] = "MODEL", [ARGUMENT_RUN] = "RUN",
        [ARGUMENT_JOB] = "JOB",         [ARGUMENT_DATE] = "DATE",   [ARGUMENT_THEME] = "THEME",
        [ARGUMENT_SETTING] = "SETTING",
    };
    return names[argument];
}

static bool add(struct keymap *keymap, key_code key, unsigned scopes, enum action action,
                struct error *error)
{
    if (keymap->n == keymap->capacity) {
        size_t capacity = keymap->capacity ? keymap->capacity * 2 : 128;
        void *bindings = realloc(keymap->bindings, capacity * sizeof *keymap->bindings);
        if (!bindings) return error_memory(error, "the key table");
        keymap->bindings = bindings;
        keymap->capacity = capacity;
    }
    keymap->bindings[keymap->n++] = (struct key_binding){ key, scopes, action };
    return true;
}

bool keymap_init(struct keymap *keymap, struct error *error)
{
    *keymap = (struct keymap){ 0 };
    for (enum action a = ACTION_NONE + 1; a < ACTIONS; a++) {
        const char *at = actions[a].keys;
        while (*at) {
            size_t length = strcspn(at, " ");
            key_code key = key_parse((struct slice){ at, length });
            if (key != KEYS_NONE && !add(keymap, key, actions[a].scopes, a, error)) return false;
            at += length;
            at += strspn(at, " ");
        }
    }
    return true;
}

void keymap_fini(struct keymap *keymap)
{
    free(keymap->bindings);
    *keymap = (struct keymap){ 0 };
}

bool keymap_bind(struct keymap *keymap, struct slice scope, struct slice key, struct slice command,
                 struct error *error)
{
    unsigned scopes = 0;
    key_code code = key_parse(key);
    enum action action = action_find(command);
    for (size_t i = 0; i < sizeof scope_names / sizeof scope_names[0]; i++)
        if (slice_equal(scope, scope_names[i].name)) scopes = scope_names[i].scope;
    if (scopes == 0)
        return error_set(error, ERROR_INPUT, "there is no screen \"%.*s\"", (int)scope.length,
                         scope.bytes);
    if (code == KEYS_NONE)
        return error_set(error, ERROR_INPUT, "there is no key \"%.*s\"", (int)key.length,
                         key.bytes);
    if (action == ACTION_NONE)
        return error_set(error, ERROR_INPUT, "there is no command \"%.*s\"", (int)command.length,
                         command.bytes);
    return add(keymap, code, scopes, action, error);
}

enum action keymap_find(const struct keymap *keymap, unsigned scopes, key_code key)
{
    for (size_t i = keymap->n; i > 0; i--) {
        const struct key_binding *binding = &keymap->bindings[i - 1];
        if (binding->key == key && (binding->scopes & scopes)) return binding->action;
    }
    return ACTION_NONE;
}

void keymap_describe(const struct keymap *keymap, enum action action, unsigned scopes,
                     struct text *out)
{
    bool first = true;
    for (size_t i = 0; i < keymap->n; i++) {
        const struct key_binding *binding = &keymap->bindings[i];
        char name[KEY_NAME_SIZE];
        if (binding->action != action || !(binding->scopes & scopes)) continue;
        if (keymap_find(keymap, scopes, binding->key) != action) continue;
        text_format(out, "%s%s", first ? "" : " ", key_describe(binding->key, name));
        first = false;
    }
}

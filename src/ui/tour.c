/* tour.c - a walk through the main screens: each step is keys and a sentence.
 *
 * A key is pressed when what it is about has been read, however long that takes: until then it
 * waits, and so do the steps that somebody asked for ahead. */
#include "present.h"

#include "app.h"
#include "screens.h"

#include <string.h>

/* Keys as in a script: names of keys, ":line" as one word with "_" for blanks. */
static const struct {
    const char *keys, *says;
} steps[] = {
    { ":home", "The workspace at a glance: how much is in it, and what to do next" },
    { ":users", "Everybody who ever bought here; nobody's real name is shown" },
    { ":sort_orders", "Any column sorts, / finds, f filters: one table, the same everywhere" },
    { "Enter", "One person: what they bought, newest first" },
    { "Tab", "What they like, by category and brand" },
    { ":feed", "What they get recommended, and why, side by side" },
    { "Enter", "Every score opens: into the purchases that speak for it" },
    { "Enter", "and those into the people who bought both, down to a date" },
    { "Esc i", "The item itself" },
    { "Tab", "What is like it, by every model that can tell" },
    { ":runs", "Every model as it was trained; T trains what is stale, in the background" },
    { ":evaluate", "How good they are, on purchases that were held back" },
    { ":home", "That was the tour. ? shows, on every screen, what can be done there" },
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static void press(struct app *app, const char *word, size_t length)
{
    key_code code = key_parse((struct slice){ word, length });
    app_arrange(app);
    if (word[0] != ':' || length == 1) {
        app_key_plain(app, (struct key){ .code = code });
        return;
    }
    char line[64];
    for (size_t i = 1; i < length && i < sizeof line; i++)
        line[i - 1] = word[i] == '_' ? ' ' : word[i];
    line[length < sizeof line ? length - 1 : sizeof line - 1] = 0;
    app_command(app, line);
}

static void press_next(struct app *app)
{
    const char *word = app->tour_keys;
    size_t length = strcspn(word, " ");
    app->tour_keys += length + strspn(word + length, " ");
    press(app, word, length);
    app->message[0] = 0; /* the step's sentence stands there */
    app->message_bad = false;
}

static void next_step(struct app *app)
{
    app->tour = app->tour < STEPS ? app->tour + 1 : 0;
    app->tour_keys = app->tour > 0 ? steps[app->tour - 1].keys : "";
}

bool tour_go_on(struct app *app)
{
    bool moved = false;
    while (app->tour > 0 && app->prompt.spec.kind == PROMPT_CLOSED) {
        app_arrange(app); /* asks for what is missing */
        if (view_waits(app->view)) break;
        if (app->tour_keys[0]) {
            press_next(app);
        } else if (app->tour_ahead > 0) {
            app->tour_ahead--;
            next_step(app);
        } else {
            break;
        }
        moved = app->dirty = true;
    }
    return moved;
}

void tour_begin(struct app *app)
{
    if (!app->pseudonymiser.on) presentation_set(app, true);
    app->tour = app->tour_ahead = 0;
    next_step(app);
    tour_go_on(app);
}

bool tour_key(struct app *app, int32_t code)
{
    if (app->tour == 0 || app->prompt.spec.kind != PROMPT_CLOSED) return false;
    if (code == KEYS_ESCAPE) {
        app->tour = 0;
        return true;
    }
    if (code != ' ' && code != KEYS_ENTER) return false;
    if (app->tour_ahead < STEPS) app->tour_ahead++;
    tour_go_on(app);
    return true;
}

const char *tour_says(const struct app *app)
{
    return app->tour > 0 ? steps[app->tour - 1].says : NULL;
}

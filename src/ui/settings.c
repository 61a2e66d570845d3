#include "settings.h"

#include "app.h"
#include "config.h"
#include "form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct setting_info settings[] = {
    { "theme", NULL, "colours" },
    { "pane", "auto\non\noff\n", "details beside a list: auto where there is room" },
    { "ascii", "off\non\n", "signs that every font has" },
    { "a11y", "off\non\n", "for screen readers: cursor on the row, no pictures" },
    { "mouse", "on\noff\n", "clicks and wheel; off: the terminal selects text" },
    { "rest", "80\n250\n1000\n", "milliseconds after a key until the details follow" },
};
enum { SETTINGS = sizeof settings / sizeof settings[0], PROFILE = SETTINGS, LEARNING };

#define PROFILES "shop\nnews\nvideo\nmusic\nsocial\n"

const struct setting_info *setting_info(size_t index)
{
    return index < SETTINGS ? &settings[index] : NULL;
}

const char *setting_value(const struct settings *now, const char *name)
{
    if (strcmp(name, "theme") == 0) return now->theme;
    if (strcmp(name, "pane") == 0) return now->pane < 0 ? "auto" : now->pane ? "on" : "off";
    if (strcmp(name, "rest") == 0)
        return now->rest < 250 ? "80" : now->rest < 1000 ? "250" : "1000";
    bool on = strcmp(name, "ascii") == 0  ? now->ascii
              : strcmp(name, "a11y") == 0 ? now->plain
                                          : now->mouse;
    return on ? "on" : "off";
}

static bool is_choice(const char *choices, struct slice value)
{
    for (const char *at = choices; *at; at += strcspn(at, "\n") + 1) {
        size_t length = strcspn(at, "\n");
        if (length == value.length && strncmp(at, value.bytes, length) == 0) return true;
    }
    return false;
}

bool setting_parse(struct settings *now, struct slice name, struct slice value)
{
    const struct setting_info *info = NULL;
    for (size_t i = 0; i < SETTINGS; i++)
        if (slice_equal(name, settings[i].name)) info = &settings[i];
    if (!info) return false;
    if (value.length == 0) value = slice_of("on");
    if (info->choices && !is_choice(info->choices, value)) return false;
    bool on = slice_equal(value, "on");
    if (slice_equal(name, "theme"))
        snprintf(now->theme, sizeof now->theme, "%.*s", (int)value.length, value.bytes);
    else if (slice_equal(name, "pane"))
        now->pane = slice_equal(value, "auto") ? -1 : on;
    else if (slice_equal(name, "rest"))
        now->rest = slice_equal(value, "80") ? 80 : slice_equal(value, "250") ? 250 : 1000;
    else if (slice_equal(name, "ascii"))
        now->ascii = on;
    else if (slice_equal(name, "a11y"))
        now->plain = on;
    else
        now->mouse = on;
    return true;
}

static void say_what_there_is(struct app *app)
{
    struct text names = { 0 };
    for (size_t i = 0; i < SETTINGS; i++)
        text_format(&names, "%s%s", i > 0 ? ", " : "", settings[i].name);
    app_say(app, "the settings are %s; F2 shows what they can be", names.bytes ? names.bytes : "");
    app->message_bad = true;
    text_fini(&names);
}

static bool set_profile(struct app *app, struct slice profile);

bool setting_apply(struct app *app, struct slice name, struct slice value)
{
    struct settings now = app->settings;
    if (slice_equal(name, "profile")) return set_profile(app, value);
    if (slice_equal(name, "finetune")) return app_learn_after(app, value);
    if (!setting_parse(&now, name, value)) {
        say_what_there_is(app);
        return false;
    }
    if (strcmp(now.theme, app->settings.theme) != 0 && !app_set_theme(app, now.theme)) return false;
    if (app->terminal && now.mouse != app->settings.mouse) terminal_mouse(app->terminal, now.mouse);
    app->settings = now;
    config_save(app);
    app->dirty = true;
    return true;
}

/* ----------------------------------------------------------------------------------- the form */

/* What the workspace is about is kept in it, so it is written by a job like all that is. */
static bool profile_work(struct job_context *job, void *argument, struct error *error)
{
    struct writer *writer = writer_begin(engine_workspace(job->engine), error);
    if (!writer) return false;
    if (!writer_set_profile(writer, argument, error)) {
        writer_rollback(writer);
        return false;
    }
    return writer_commit(writer, error);
}

static bool set_profile(struct app *app, struct slice profile)
{
    struct error error;
    char *copy = is_choice(PROFILES, profile) && app->queue ? malloc(profile.length + 1) : NULL;
    if (!copy) {
        app_say(app, "the profiles are shop, news, video, music, social");
        app->message_bad = true;
        return false;
    }
    memcpy(copy, profile.bytes, profile.length);
    copy[profile.length] = 0;
    if (job_submit(app->queue, "set the profile", 0, profile_work, copy, free, &error) != 0)
        return true;
    app_fail(app, &error);
    return false;
}

static void changed(struct form *form, int id)
{
    struct app *app = form_app(form);
    if (id == PROFILE) {
        set_profile(app, slice_of(form_value(form, PROFILE)));
        return;
    }
    if (id == LEARNING) {
        app_learn_after(app, slice_of(form_value(form, LEARNING)));
        return;
    }
    setting_apply(app, slice_of(settings[id].name), slice_of(form_value(form, id)));
    form_set(form, id, setting_value(&app->settings, settings[id].name));
}

struct view *settings_view_new(struct app *app)
{
    struct form *form = form_new(app, &(struct form_spec){ .title = "Setup", .changed = changed });
    struct text themes = { 0 };
    char name[32];
    for (size_t i = 0; theme_list(i, name, sizeof name); i++)
        text_format(&themes, "%s\n", name);
    for (int i = 0; i < SETTINGS; i++)
        form_choice(form, i, settings[i].name,
                    settings[i].choices ? settings[i].choices : themes.bytes,
                    setting_value(&app->settings, settings[i].name), settings[i].help);
    form_heading(form, "This workspace");
    form_choice(form, PROFILE, "profile", PROFILES,
                app->overview ? app->overview->counts.profile : "shop",
                "the words on screen: bought, read, watched, listened to, followed");
    if (app->overview && app->overview->learning.after > 0)
        snprintf(name, sizeof name, "%lld", (long long)app->overview->learning.after);
    else
        snprintf(name, sizeof name, "off");
    form_text(form, LEARNING, "finetune", name,
              "new events after which attention goes on learning by itself");
    form_note(form, 0, MEANING_DIM, "What is changed here holds at once and is kept.");
    text_fini(&themes);
    return form_view(form);
}

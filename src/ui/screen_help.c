/* screen_help.c - what can be done here, and doing it; the themes. */
#include "menu.h"
#include "screens.h"

#include <stdio.h>

static void run_action(struct view *below, int id, const char *label)
{
    (void)label;
    app_act(below->app, (enum action)id, NULL);
}

static void add_actions(struct app *app, struct menu *menu, unsigned scopes, bool everywhere)
{
    for (enum action a = ACTION_NONE + 1; a < ACTIONS; a++) {
        const struct action_info *info = action_info(a);
        if (!(info->scopes & scopes) || (info->scopes == SCOPE_ANY) != everywhere) continue;
        struct text keys = { 0 };
        char label[64];
        keymap_describe(&app->keymap, a, scopes, &keys);
        snprintf(label, sizeof label, "%-12s :%s %s", keys.bytes ? keys.bytes : "", info->name,
                 argument_name(info->argument));
        menu_add(menu, (int)a, NULL, label, info->help);
        text_fini(&keys);
    }
}

struct view *help_view_new(struct app *app)
{
    unsigned scopes = app->view->kind->scopes;
    struct menu *menu = menu_new(app, "Help", false, run_action);
    menu_heading(menu, "On this screen");
    add_actions(app, menu, scopes, false);
    menu_heading(menu, "Everywhere");
    add_actions(app, menu, scopes, true);
    return menu_view(menu);
}

static void theme_chosen(struct view *below, int id, const char *label)
{
    (void)id;
    app_act(below->app, ACTION_THEME, label);
}

struct view *themes_view_new(struct app *app)
{
    struct menu *menu = menu_new(app, "Theme", false, theme_chosen);
    char name[32];
    for (size_t i = 0; theme_list(i, name, sizeof name); i++)
        menu_add(menu, (int)i, slice_equal(slice_of(name), app->theme.name) ? "✓" : NULL, name,
                 NULL);
    return menu_view(menu);
}

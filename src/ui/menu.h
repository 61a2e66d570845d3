/* menu.h - a list to choose from: sort columns, themes, and the help, which runs what it shows.
 *
 * A menu is a view above the one it belongs to. Typing letters narrows it down; Enter chooses.
 */
#ifndef AISLE_UI_MENU_H
#define AISLE_UI_MENU_H

#include "app.h"

struct menu;

/* `chosen` runs with the view below on top again, unless the menu stays open. */
struct menu *menu_new(struct app *app, const char *title, bool stays,
                      void (*chosen)(struct view *below, int id, const char *label));
/* mark: a sign in front, or NULL. Texts are copied. */
void menu_add(struct menu *menu, int id, const char *mark, const char *label, const char *note);
void menu_heading(struct menu *menu, const char *text);
/* A line's tick comes or goes. */
void menu_toggle(struct menu *menu, int id);
struct view *menu_view(struct menu *menu);

#endif

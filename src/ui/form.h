/* form.h - a page of fields to fill in: settings, what a model is trained with.
 *
 * A form is a view. Up and Down choose a field; Space, Left and Right go through choices; Enter
 * edits a text on the prompt line and presses a button. Whoever makes it hears of every change and
 * may rebuild what follows a field (form_cut()) and say what the values mean (form_note()).
 */
#ifndef AISLE_UI_FORM_H
#define AISLE_UI_FORM_H

#include "app.h"

struct form;

struct form_spec {
    const char *title;
    void (*changed)(struct form *form, int id);
    void (*pressed)(struct form *form, int id);  /* may close the form; NULL without buttons */
    void (*given_up)(struct form *form, int id); /* Esc while a text was edited; may be NULL */
    void *context;                               /* of the maker */
    void (*release)(void *context);              /* frees it; may be NULL */
};

/* On failure without memory the context is released and NULL returned; all others accept NULL. */
struct form *form_new(struct app *app, const struct form_spec *spec);
struct view *form_view(struct form *form);
struct app *form_app(const struct form *form);
void *form_context(const struct form *form);

/* Fields, from the top. Texts are copied; `choices` is one a line. Ids are 0 or more. */
void form_heading(struct form *form, const char *text);
void form_choice(struct form *form, int id, const char *label, const char *choices,
                 const char *value, const char *help);
void form_text(struct form *form, int id, const char *label, const char *value, const char *help);
void form_button(struct form *form, int id, const char *label, const char *help);
/* A line that is pressed like a button and says more. */
void form_row(struct form *form, int id, const char *label, const char *value, const char *help);
/* What Tab completes while the text is edited: ids, or with ARGUMENT_CHOICE these, one a line. */
void form_complete(struct form *form, int id, enum argument argument, const char *choices);
/* Edits a text as Enter on it does. */
void form_edit(struct form *form, int id);
/* Takes away what follows the field. */
void form_cut(struct form *form, int id);

const char *form_value(const struct form *form, int id); /* "" where there is no such field */
void form_set(struct form *form, int id, const char *value);
/* A sentence below the fields; line 0 to 3, NULL takes it away. */
void form_note(struct form *form, int line, enum meaning meaning, const char *text);

#endif

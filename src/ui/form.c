#include "form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_FROM = 2, VALUE_FROM = 24, VALUE_WIDTH = 22, HELP_FROM = 48, NOTES = 4 };
enum { WIDE_FROM = 120 }; /* columns from which every field's help stands beside it */

enum kind { HEADING, CHOICE, LINE, BUTTON, ROW };

struct field {
    enum kind kind;
    int id; /* -1 for headings */
    char label[48], value[128];
    struct text choices, help;
    enum argument argument; /* of a line: what Tab completes */
};

struct form {
    struct view view;
    struct form_spec spec;
    struct field *fields;
    int n, capacity, cursor, top, rows;
    struct {
        enum meaning meaning;
        char text[256];
    } notes[NOTES];
};

static const struct view_kind form_kind;

struct form *form_new(struct app *app, const struct form_spec *spec)
{
    struct form *form = calloc(1, sizeof *form);
    if (!form) {
        if (spec->release) spec->release(spec->context);
        return NULL;
    }
    form->view = (struct view){ .kind = &form_kind, .app = app };
    form->spec = *spec;
    form->rows = 1;
    return form;
}

struct view *form_view(struct form *form)
{
    return form ? &form->view : NULL;
}

struct app *form_app(const struct form *form)
{
    return form->view.app;
}

void *form_context(const struct form *form)
{
    return form->spec.context;
}

/* ----------------------------------------------------------------------------------- fields */

static struct field *add(struct form *form, enum kind kind, int id, const char *label,
                         const char *value, const char *help)
{
    if (!form) return NULL;
    if (form->n == form->capacity) {
        int capacity = form->capacity ? form->capacity * 2 : 16;
        void *fields = realloc(form->fields, (size_t)capacity * sizeof *form->fields);
        if (!fields) return NULL;
        form->fields = fields;
        form->capacity = capacity;
    }
    struct field *field = &form->fields[form->n++];
    *field = (struct field){ .kind = kind, .id = id };
    snprintf(field->label, sizeof field->label, "%s", label);
    snprintf(field->value, sizeof field->value, "%s", value ? value : "");
    if (help) text_add_string(&field->help, help);
    if (form->cursor < form->n && form->fields[form->cursor].kind == HEADING)
        form->cursor = form->n - 1;
    return field;
}

void form_heading(struct form *form, const char *text)
{
    add(form, HEADING, -1, text, NULL, NULL);
}

void form_choice(struct form *form, int id, const char *label, const char *choices,
                 const char *value, const char *help)
{
    struct field *field = add(form, CHOICE, id, label, value, help);
    if (field) text_add_string(&field->choices, choices);
}

void form_text(struct form *form, int id, const char *label, const char *value, const char *help)
{
    add(form, LINE, id, label, value, help);
}

void form_button(struct form *form, int id, const char *label, const char *help)
{
    add(form, BUTTON, id, label, NULL, help);
}

void form_row(struct form *form, int id, const char *label, const char *value, const char *help)
{
    add(form, ROW, id, label, value, help);
}

static struct field *find(const struct form *form, int id)
{
    for (int i = 0; form && i < form->n; i++)
        if (form->fields[i].id == id) return &form->fields[i];
    return NULL;
}

static void drop_from(struct form *form, int first)
{
    while (form->n > first) {
        struct field *field = &form->fields[--form->n];
        text_fini(&field->choices);
        text_fini(&field->help);
    }
}

void form_cut(struct form *form, int id)
{
    const struct field *field = find(form, id);
    if (field) drop_from(form, (int)(field - form->fields) + 1);
}

void form_complete(struct form *form, int id, enum argument argument, const char *choices)
{
    struct field *field = find(form, id);
    if (!field) return;
    field->argument = argument;
    text_clear(&field->choices);
    if (choices) text_add_string(&field->choices, choices);
}

const char *form_value(const struct form *form, int id)
{
    const struct field *field = find(form, id);
    return field ? field->value : "";
}

void form_set(struct form *form, int id, const char *value)
{
    struct field *field = find(form, id);
    if (field) snprintf(field->value, sizeof field->value, "%s", value);
}

void form_note(struct form *form, int line, enum meaning meaning, const char *text)
{
    if (!form || line < 0 || line >= NOTES) return;
    form->notes[line].meaning = meaning;
    snprintf(form->notes[line].text, sizeof form->notes[line].text, "%s", text ? text : "");
    form->view.app->dirty = true;
}

/* ------------------------------------------------------------------------------------- keys */

static void move(struct form *form, int to, int step)
{
    while (to >= 0 && to < form->n && form->fields[to].kind == HEADING)
        to += step;
    if (to < 0 || to >= form->n) return;
    form->cursor = to;
    if (to < form->top) form->top = to;
    if (to >= form->top + form->rows) form->top = to - form->rows + 1;
    if (to <= 1) form->top = 0;
}

/* The choice `step` places further, round the end. */
static void cycle(struct form *form, struct field *field, int step)
{
    const char *line[32];
    int n = 0, now = 0;
    for (char *at = field->choices.bytes; at && *at && n < 32;) {
        size_t length = strcspn(at, "\n");
        if (strlen(field->value) == length && strncmp(at, field->value, length) == 0) now = n;
        line[n++] = at;
        at += length + (at[length] ? 1 : 0);
    }
    if (n == 0) return;
    const char *chosen = line[(now + step + n) % n];
    snprintf(field->value, sizeof field->value, "%.*s", (int)strcspn(chosen, "\n"), chosen);
    form->spec.changed(form, field->id);
}

static void edited(struct view *view, const char *text)
{
    struct form *form = (struct form *)view;
    struct field *field = form->cursor < form->n ? &form->fields[form->cursor] : NULL;
    if (!field || field->kind != LINE) return;
    snprintf(field->value, sizeof field->value, "%s", text);
    form->spec.changed(form, field->id);
}

static void edit_given_up(struct view *view)
{
    struct form *form = (struct form *)view;
    const struct field *field = form->cursor < form->n ? &form->fields[form->cursor] : NULL;
    if (field && field->kind == LINE && form->spec.given_up) form->spec.given_up(form, field->id);
}

static void edit(struct form *form, const struct field *field, const char *initial)
{
    char label[64];
    snprintf(label, sizeof label, "%s: ", field->label);
    app_prompt(form->view.app, &(struct prompt_spec){ .label = label,
                                                      .initial = initial,
                                                      .kind = PROMPT_LINE,
                                                      .history = HISTORY_OTHER,
                                                      .argument = field->argument,
                                                      .view = &form->view,
                                                      .done = edited,
                                                      .given_up = edit_given_up });
}

void form_edit(struct form *form, int id)
{
    const struct field *field = find(form, id);
    if (!field || field->kind != LINE) return;
    form->cursor = (int)(field - form->fields);
    edit(form, field, field->value);
}

static void enter(struct form *form)
{
    struct field *field = form->cursor < form->n ? &form->fields[form->cursor] : NULL;
    if (!field) return;
    if (field->kind == CHOICE)
        cycle(form, field, 1);
    else if (field->kind == LINE)
        edit(form, field, field->value);
    else if ((field->kind == BUTTON || field->kind == ROW) && form->spec.pressed)
        form->spec.pressed(form, field->id);
}

static void turn(struct form *form, int step)
{
    struct field *field = form->cursor < form->n ? &form->fields[form->cursor] : NULL;
    if (field && field->kind == CHOICE) cycle(form, field, step);
}

static bool form_act(struct view *view, enum action action, const char *argument)
{
    struct form *form = (struct form *)view;
    (void)argument;
    switch (action) {
    case ACTION_UP:
    case ACTION_PREVIOUS_TAB:
        move(form, form->cursor - 1, -1);
        return true;
    case ACTION_DOWN:
    case ACTION_NEXT_TAB:
        move(form, form->cursor + 1, 1);
        return true;
    case ACTION_TOP:
    case ACTION_PAGE_UP:
        move(form, 0, 1);
        return true;
    case ACTION_BOTTOM:
    case ACTION_PAGE_DOWN:
        move(form, form->n - 1, -1);
        return true;
    case ACTION_LEFT:
        turn(form, -1);
        return true;
    case ACTION_RIGHT:
        turn(form, 1);
        return true;
    case ACTION_ENTER:
        enter(form);
        return true;
    default:
        return false;
    }
}

static bool form_key(struct view *view, struct key key)
{
    struct form *form = (struct form *)view;
    if (key.code == ' ' || key.code == KEYS_TAB || key.code == KEYS_BACK_TAB) {
        if (key.code == ' ')
            enter(form);
        else
            move(form, form->cursor + (key.code == KEYS_TAB ? 1 : -1),
                 key.code == KEYS_TAB ? 1 : -1);
        return true;
    }
    if (key.code == KEYS_CLICK && key.row >= 0 && form->top + key.row < form->n) {
        bool again = form->top + key.row == form->cursor;
        move(form, form->top + key.row, 1);
        if (again) enter(form);
        return true;
    }
    /* A digit begins a new number. */
    if (key.code >= '0' && key.code <= '9' && form->cursor < form->n &&
        form->fields[form->cursor].kind == LINE) {
        const char digit[2] = { (char)key.code, 0 };
        edit(form, &form->fields[form->cursor], digit);
        return true;
    }
    return false;
}

/* ---------------------------------------------------------------------------------- drawing */

static void form_arrange(struct view *view, int rows, int columns)
{
    struct form *form = (struct form *)view;
    int notes = 1;
    for (int i = 0; i < NOTES; i++)
        if (form->notes[i].text[0]) notes = i + 2;
    if (columns < WIDE_FROM) notes += 2;
    form->rows = rows - notes > 1 ? rows - notes : 1;
    if (form->cursor >= form->n) move(form, form->n - 1, -1); /* fields went away */
    move(form, form->cursor, 1);
}

static void draw_field(const struct form *form, const struct field *field, bool selected,
                       struct grid *grid, struct area area, int row)
{
    enum meaning meaning = selected ? MEANING_SELECTION : MEANING_TEXT;
    struct text value = { 0 };
    const bool wide = field->kind == ROW; /* its help never stands beside it */
    const int filled = wide ? area.columns : HELP_FROM - 1;
    const int width = wide ? area.columns - VALUE_FROM - 1 : VALUE_WIDTH;
    if (field->kind == HEADING) {
        grid_string(grid, area, row, 1, MEANING_HEADER, field->label);
        return;
    }
    if (selected) {
        grid_fill(grid, area_columns(area_rows(area, row, 1), 0, filled), ' ', meaning);
        grid_string(grid, area, row, 0, meaning, ">");
        if (form->view.app->settings.plain && form->view.app->prompt.spec.kind == PROMPT_CLOSED)
            grid_cursor(grid, area, row, 0);
    }
    if (field->kind == BUTTON)
        text_format(&value, "[ %s ]", field->label);
    else
        text_format(&value, field->kind == CHOICE && selected ? "‹ %s ›" : "%s", field->value);
    if (field->kind != BUTTON)
        grid_field(grid, area, row, LABEL_FROM, VALUE_FROM - LABEL_FROM - 1, ALIGN_LEFT, meaning,
                   slice_of(field->label));
    grid_field(grid, area, row, field->kind == BUTTON ? LABEL_FROM : VALUE_FROM, width, ALIGN_LEFT,
               selected                ? meaning
               : field->kind == BUTTON ? MEANING_TITLE
                                       : MEANING_NUMBER,
               (struct slice){ value.bytes, value.length });
    if (area.columns >= WIDE_FROM && !wide)
        grid_put(grid, area, row, HELP_FROM, MEANING_DIM,
                 (struct slice){ field->help.bytes, field->help.length });
    text_fini(&value);
}

static void form_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct form *form = (const struct form *)view;
    int row = 0;
    for (; row < form->rows && form->top + row < form->n; row++)
        draw_field(form, &form->fields[form->top + row], form->top + row == form->cursor, grid,
                   area, row);
    if (area.columns < WIDE_FROM && form->cursor < form->n) {
        const struct text *help = &form->fields[form->cursor].help;
        grid_put(grid, area, ++row, LABEL_FROM, MEANING_DIM,
                 (struct slice){ help->bytes, help->length });
    }
    for (int i = 0; i < NOTES; i++)
        if (form->notes[i].text[0])
            grid_string(grid, area, row + 1 + i, LABEL_FROM, form->notes[i].meaning,
                        form->notes[i].text);
}

/* Of the line that is being edited. */
static void form_candidates(const struct view *view, enum argument argument, struct text *out)
{
    const struct form *form = (const struct form *)view;
    const struct field *field = form->cursor < form->n ? &form->fields[form->cursor] : NULL;
    if (argument != ARGUMENT_CHOICE || !field || field->kind != LINE || !field->choices.bytes)
        return;
    text_add(out, field->choices.bytes, field->choices.length);
}

static void form_title(const struct view *view, struct text *out)
{
    text_add_string(out, ((const struct form *)view)->spec.title);
}

static void form_status(const struct view *view, struct text *out)
{
    (void)view;
    text_add_string(out, "↑↓ field · ←→ or Space changes · Enter edits or presses · Esc back");
}

static void form_close(struct view *view)
{
    struct form *form = (struct form *)view;
    drop_from(form, 0);
    if (form->spec.release) form->spec.release(form->spec.context);
    free(form->fields);
    free(form);
}

static const struct view_kind form_kind = {
    .scopes = SCOPE_FORM,
    .arrange = form_arrange,
    .draw = form_draw,
    .act = form_act,
    .key = form_key,
    .title = form_title,
    .status = form_status,
    .complete = form_candidates,
    .close = form_close,
};

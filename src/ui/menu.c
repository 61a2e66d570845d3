#include "menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADING = -1, LABEL_WIDTH = 29, NOTE_COLUMN = 4 + LABEL_WIDTH + 1 };

struct line {
    int id;
    char mark[8];
    char label[64];
    char note[128];
};

struct menu {
    struct view view;
    struct text title, typed;
    bool stays;
    void (*chosen)(struct view *below, int id, const char *label);
    struct line *lines;
    int n, capacity;
    int cursor, top, rows; /* cursor and top count visible lines */
    int columns;
};

static const struct view_kind menu_kind;

struct menu *menu_new(struct app *app, const char *title, bool stays,
                      void (*chosen)(struct view *below, int id, const char *label))
{
    struct menu *menu = calloc(1, sizeof *menu);
    if (!menu) return NULL;
    menu->view = (struct view){ .kind = &menu_kind, .app = app };
    text_add_string(&menu->title, title);
    menu->stays = stays;
    menu->chosen = chosen;
    menu->rows = 1;
    return menu;
}

struct view *menu_view(struct menu *menu)
{
    return menu ? &menu->view : NULL;
}

void menu_add(struct menu *menu, int id, const char *mark, const char *label, const char *note)
{
    if (!menu) return;
    if (menu->n == menu->capacity) {
        int capacity = menu->capacity ? menu->capacity * 2 : 32;
        void *lines = realloc(menu->lines, (size_t)capacity * sizeof *menu->lines);
        if (!lines) return;
        menu->lines = lines;
        menu->capacity = capacity;
    }
    struct line *line = &menu->lines[menu->n++];
    line->id = id;
    snprintf(line->mark, sizeof line->mark, "%s", mark ? mark : "");
    snprintf(line->label, sizeof line->label, "%s", label);
    snprintf(line->note, sizeof line->note, "%s", note ? note : "");
}

void menu_heading(struct menu *menu, const char *text)
{
    menu_add(menu, HEADING, NULL, text, NULL);
}

void menu_toggle(struct menu *menu, int id)
{
    for (int i = 0; i < menu->n; i++) {
        struct line *line = &menu->lines[i];
        if (line->id == id) snprintf(line->mark, sizeof line->mark, "%s", line->mark[0] ? "" : "✓");
    }
}

static bool holds(const struct menu *menu, const char *text)
{
    struct text folded = { 0 };
    text_add_folded(&folded, text, strlen(text));
    bool found = folded.bytes && strstr(folded.bytes, menu->typed.bytes);
    text_fini(&folded);
    return found;
}

static bool visible(const struct menu *menu, const struct line *line)
{
    if (menu->typed.length == 0) return true;
    return line->id != HEADING && (holds(menu, line->label) || holds(menu, line->note));
}

/* The i-th visible line, or NULL. */
static const struct line *line_at(const struct menu *menu, int index)
{
    for (int i = 0; i < menu->n; i++)
        if (visible(menu, &menu->lines[i]) && index-- == 0) return &menu->lines[i];
    return NULL;
}

static int count(const struct menu *menu)
{
    int n = 0;
    for (int i = 0; i < menu->n; i++)
        n += visible(menu, &menu->lines[i]);
    return n;
}

/* Moves to a line that can be chosen, going on in the direction of the step. */
static void move(struct menu *menu, int to, int step)
{
    int n = count(menu);
    if (to >= n) to = n - 1;
    if (to < 0) to = 0;
    int at = to;
    while (at >= 0 && at < n && line_at(menu, at)->id == HEADING)
        at += step;
    if (at < 0 || at >= n) {
        at = to;
        while (at >= 0 && at < n && line_at(menu, at)->id == HEADING)
            at -= step;
    }
    menu->cursor = at < 0 ? 0 : at;
    if (menu->cursor < menu->top) menu->top = menu->cursor;
    if (menu->cursor >= menu->top + menu->rows) menu->top = menu->cursor - menu->rows + 1;
    if (menu->cursor <= 1) menu->top = 0; /* the heading above the first line */
}

static void menu_arrange(struct view *view, int rows, int columns)
{
    struct menu *menu = (struct menu *)view;
    menu->columns = columns;
    menu->rows = rows;
    move(menu, menu->cursor, 1);
}

static void menu_draw(const struct view *view, struct grid *grid, struct area area)
{
    const struct menu *menu = (const struct menu *)view;
    for (int row = 0; row < area.rows; row++) {
        const struct line *line = line_at(menu, menu->top + row);
        bool selected = menu->top + row == menu->cursor;
        if (!line) break;
        if (line->id == HEADING) {
            grid_string(grid, area, row, 1, MEANING_HEADER, line->label);
            continue;
        }
        enum meaning meaning = selected ? MEANING_SELECTION : MEANING_TEXT;
        if (selected) {
            grid_fill(grid, area_rows(area, row, 1), ' ', meaning);
            grid_string(grid, area, row, 0, meaning, ">");
            if (view->app->settings.plain) grid_cursor(grid, area, row, 0);
        }
        grid_string(grid, area, row, 2, selected ? meaning : MEANING_GOOD, line->mark);
        grid_field(grid, area, row, 4, LABEL_WIDTH, ALIGN_LEFT, meaning, slice_of(line->label));
        grid_put_cut(grid, area, row, NOTE_COLUMN, selected ? meaning : MEANING_DIM,
                     slice_of(line->note));
    }
}

static void choose(struct menu *menu)
{
    const struct line *line = line_at(menu, menu->cursor);
    struct app *app = menu->view.app;
    if (!line || line->id == HEADING) return;
    int id = line->id;
    char label[sizeof line->label];
    memcpy(label, line->label, sizeof label);
    void (*chosen)(struct view *, int, const char *) = menu->chosen;
    if (menu->stays) {
        chosen(menu->view.parent, id, label);
        return;
    }
    app_pop(app); /* frees the menu */
    chosen(app->view, id, label);
}

static bool menu_act(struct view *view, enum action action, const char *argument)
{
    struct menu *menu = (struct menu *)view;
    (void)argument;
    switch (action) {
    case ACTION_UP:
        move(menu, menu->cursor - 1, -1);
        return true;
    case ACTION_DOWN:
        move(menu, menu->cursor + 1, 1);
        return true;
    case ACTION_PAGE_UP:
        move(menu, menu->cursor - menu->rows, -1);
        return true;
    case ACTION_PAGE_DOWN:
        move(menu, menu->cursor + menu->rows, 1);
        return true;
    case ACTION_TOP:
        move(menu, 0, 1);
        return true;
    case ACTION_BOTTOM:
        move(menu, menu->n, -1);
        return true;
    case ACTION_ENTER:
        choose(menu);
        return true;
    case ACTION_HELP:
        app_pop(view->app);
        return true;
    case ACTION_BACK:
        if (menu->typed.length == 0) return false;
        text_clear(&menu->typed);
        move(menu, 0, 1);
        return true;
    default:
        return false;
    }
}

/* Letters narrow the list; that is why they are no actions here. */
static bool menu_key(struct view *view, struct key key)
{
    struct menu *menu = (struct menu *)view;
    char bytes[4];
    if (key.code == KEYS_CLICK && key.row >= 0) {
        bool again = menu->top + key.row == menu->cursor;
        move(menu, menu->top + key.row, 1);
        if (again) choose(menu);
        return true;
    }
    if (key.code == KEYS_BACKSPACE && menu->typed.length > 0) {
        do
            menu->typed.length--;
        while (menu->typed.length > 0 &&
               ((unsigned char)menu->typed.bytes[menu->typed.length] & 0xC0) == 0x80);
        menu->typed.bytes[menu->typed.length] = 0;
    } else if (key.code == ' ' && menu->stays) {
        choose(menu);
        return true;
    } else if (key.code > 32 && key.code < KEYS_SPECIAL && key.code != KEYS_BACKSPACE &&
               key.code != '?' && key.code != ':') {
        text_add_folded(&menu->typed, bytes, text_encode(key.code, bytes));
    } else {
        return false;
    }
    move(menu, 0, 1);
    return true;
}

static void menu_title(const struct view *view, struct text *out)
{
    const struct menu *menu = (const struct menu *)view;
    text_add(out, menu->title.bytes, menu->title.length);
}

/* A note that is cut in its line stands here in full. */
static void menu_status(const struct view *view, struct text *out)
{
    const struct menu *menu = (const struct menu *)view;
    const struct line *line = line_at(menu, menu->cursor);
    if (line && text_width(line->note, strlen(line->note)) > menu->columns - NOTE_COLUMN) {
        text_add_string(out, line->note);
        return;
    }
    if (menu->typed.length > 0) text_format(out, "those with \"%s\" · ", menu->typed.bytes);
    text_add_string(out, menu->stays ? "Enter or Space changes · Esc back"
                                     : "Enter chooses · letters narrow the list · Esc back");
}

static void menu_close(struct view *view)
{
    struct menu *menu = (struct menu *)view;
    text_fini(&menu->title);
    text_fini(&menu->typed);
    free(menu->lines);
    free(menu);
}

static const struct view_kind menu_kind = {
    .scopes = SCOPE_MENU,
    .arrange = menu_arrange,
    .draw = menu_draw,
    .act = menu_act,
    .key = menu_key,
    .title = menu_title,
    .status = menu_status,
    .close = menu_close,
};

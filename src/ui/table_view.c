#include "table_view.h"

#include "config.h"
#include "layout.h"
#include "present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t ROWS_UNKNOWN = INT64_C(1) << 40;

struct table_view *table_view(struct view *view)
{
    return (struct table_view *)view;
}

int32_t table_row(const struct table_view *table, int64_t index)
{
    const struct page *page = table->block.page;
    if (!page || index < page->first || index >= page->first + page->n_rows) return -1;
    return (int32_t)(index - page->first);
}

int64_t table_view_key(const struct table_view *table)
{
    int32_t row = table_row(table, table->cursor);
    return row < 0 ? 0 : table->block.page->key[row];
}

const struct cell *table_view_cell(const struct table_view *table, const char *column)
{
    int32_t row = table_row(table, table->cursor);
    for (int32_t i = 0; row >= 0 && i < table->block.n_columns; i++)
        if (strcmp(table->block.columns[i].name, column) == 0)
            return page_cell(table->block.page, row, i);
    return NULL;
}

/* The cursor to a row, and what is in sight with it. Before it is known which rows there are, keys
 * count all the same: the cursor is brought back to the last row later. */
void table_move(struct table_view *table, int64_t to)
{
    int64_t n = table->set ? table->set->n : ROWS_UNKNOWN;
    if (to >= n) to = n - 1;
    if (to < 0) to = 0;
    int64_t before = table->top;
    table->cursor = to;
    table->top = layout_scroll(table->top, to, n, table->rows, false);
    if (table->top != before) table->scrolls = true;
}

bool table_hidden(const struct table_view *table, const char *column)
{
    size_t length = strlen(column);
    for (const char *at = table->hidden; (at = strstr(at, column)); at += length)
        if ((at == table->hidden || at[-1] == ' ') && at[length] == ' ') return true;
    return false;
}

/* ------------------------------------------------------------------------------------ marks */

static size_t mark_place(const struct table_view *table, int64_t key)
{
    size_t from = 0, to = table->n_marks;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (table->marks[middle] < key)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool table_marked(const struct table_view *table, int64_t key)
{
    size_t at = mark_place(table, key);
    return at < table->n_marks && table->marks[at] == key;
}

static void toggle_mark(struct table_view *table)
{
    int64_t key = table_view_key(table);
    if (key == 0) return;
    size_t at = mark_place(table, key);
    if (table_marked(table, key)) {
        memmove(table->marks + at, table->marks + at + 1,
                (table->n_marks - at - 1) * sizeof *table->marks);
        table->n_marks--;
    } else {
        if (table->n_marks == table->marks_capacity) {
            size_t capacity = table->marks_capacity ? table->marks_capacity * 2 : 16;
            int64_t *marks = realloc(table->marks, capacity * sizeof *marks);
            if (!marks) return;
            table->marks = marks;
            table->marks_capacity = capacity;
        }
        memmove(table->marks + at + 1, table->marks + at,
                (table->n_marks - at) * sizeof *table->marks);
        table->marks[at] = key;
        table->n_marks++;
    }
    table_move(table, table->cursor + 1);
}

/* ----------------------------------------------------------------- sorting, filtering, finding */

void table_view_reload(struct table_view *table)
{
    table->reload = true;
    app_look(table->view.app);
    table->view.fresh = table->view.app->fresh;
    table->error = (struct error){ 0 };
    table->view.app->dirty = true;
}

/* Names of the columns that there is an order by, for whoever named another. */
static void refuse_column(struct table_view *table, const char *column)
{
    struct text names = { 0 };
    for (int32_t i = 0; i < table->block.n_columns; i++)
        if (table->block.columns[i].sortable)
            text_format(&names, "%s%s", names.length ? ", " : "", table->block.columns[i].name);
    app_say(table->view.app, "there is no order by \"%.60s\"; there is %s", column,
            names.bytes ? names.bytes : "none");
    table->view.app->message_bad = true;
    text_fini(&names);
}

/* Of figures the greatest are wanted first; of numbers that count places or name something, the
 * least. */
static bool starts_descending(const struct table_column *column)
{
    static const char *const min_first[] = { "id", "rank", "place", "a", "b", "line", "import" };
    for (size_t n = 0; n < sizeof min_first / sizeof *min_first; n++)
        if (strcmp(column->name, min_first[n]) == 0) return false;
    return column->type != CELL_TEXT && column->type != CELL_MOMENT && column->type != CELL_SPARK;
}

void table_view_sort(struct table_view *table, const char *column)
{
    bool descending = false;
    bool found = table->block.n_columns == 0; /* not known yet: the source will say */
    for (int32_t i = 0; i < table->block.n_columns; i++) {
        const struct table_column *one = &table->block.columns[i];
        if (!one->sortable || strcmp(one->name, column) != 0) continue;
        found = true;
        descending = starts_descending(one);
    }
    if (!found) {
        refuse_column(table, column);
        return;
    }
    bool again = strcmp(table->sort, column) == 0;
    table->descending = again ? !table->descending : descending;
    snprintf(table->sort, sizeof table->sort, "%s", column);
    table->top = table->cursor = table->origin = 0;
    table_remember(table);
    table_view_reload(table);
}

void table_view_filter(struct table_view *table, const char *filter)
{
    text_clear(&table->filter);
    text_add_string(&table->filter, filter);
    table->top = table->cursor = table->origin = 0;
    table_view_reload(table);
}

static void filter_changed(struct view *view, const char *text)
{
    table_view_filter(table_view(view), text);
}

static void filter_given_up(struct view *view)
{
    table_view_filter(table_view(view), ""); /* everything again */
}

static void find_changed(struct view *view, const char *text)
{
    table_search(table_view(view), text);
}

static void find_done(struct view *view, const char *text)
{
    struct table_view *table = table_view(view);
    if (table->words.length == 0 && text[0]) table_search(table, text);
}

static void find_given_up(struct view *view)
{
    table_search(table_view(view), "");
}

void table_view_find(struct table_view *table)
{
    table->origin = table->cursor;
    app_prompt(table->view.app, &(struct prompt_spec){ .label = "/",
                                                       .kind = PROMPT_LINE,
                                                       .history = HISTORY_FIND,
                                                       .view = &table->view,
                                                       .changed = find_changed,
                                                       .done = find_done,
                                                       .given_up = find_given_up });
}

static void go_match(struct table_view *table, int step)
{
    const struct table_matches *matches = &table->matches;
    int64_t at = 0;
    if (matches->n == 0) {
        app_say(table->view.app, table->words.length ? "nothing found" : "/ finds");
        return;
    }
    while (at < matches->n && matches->at[at] < table->cursor)
        at++;
    if (step < 0)
        at = at > 0 ? at - 1 : matches->n - 1;
    else if (at < matches->n && matches->at[at] == table->cursor)
        at++;
    table_move(table, matches->at[at % matches->n]);
    table->origin = table->cursor;
}

static void sort_beside(struct table_view *table, int step)
{
    int32_t n = table->block.n_columns, at = -1;
    for (int32_t i = 0; i < n; i++)
        if (strcmp(table->block.columns[i].name, table->sort) == 0) at = i;
    for (int32_t tries = 0; tries < n; tries++) {
        at = (at + step + n) % n;
        const struct table_column *column = &table->block.columns[at];
        if (!column->sortable || table_hidden(table, column->name)) continue;
        table_view_sort(table, column->name);
        return;
    }
}

/* ---------------------------------------------------------------------------------- actions */

static bool table_waits(const struct view *view)
{
    const struct table_view *table = (const struct table_view *)view;
    return table->set ? table->paging && table_view_key(table) == 0 : table->selecting;
}

static void copy_row(struct table_view *table)
{
    struct text line = { 0 };
    const struct cell_look look = table_look(table);
    int32_t row = table_row(table, table->cursor);
    for (int32_t i = 0; row >= 0 && i < table->block.n_columns; i++) {
        if (table->block.columns[i].type == CELL_SPARK) continue;
        if (i > 0) text_add_string(&line, "\t");
        presentation_cell(&look, table->block.columns, table->block.n_columns, table->block.page,
                          row, i, &line);
    }
    if (line.length > 0 && !line.failed)
        app_copy(table->view.app, (struct slice){ line.bytes, line.length });
    else
        app_say(table->view.app, "there is no row to copy yet");
    text_fini(&line);
}

static void open_row(struct table_view *table)
{
    int64_t key = table_view_key(table);
    if (table->searching || table->selecting || key == 0)
        table->open_when_loaded = table->searching || table->selecting || table->paging;
    else if (table->spec->open)
        table->spec->open(table, key);
}

static void export_to(struct view *view, const char *path)
{
    app_write_to(view->app, view, path, table_export);
}

static void ask_line(struct table_view *table, enum action action)
{
    bool filter = action == ACTION_FILTER;
    app_prompt(table->view.app,
               &(struct prompt_spec){ .label = filter ? "filter " : "export to ",
                                      .initial = filter ? table->filter.bytes : NULL,
                                      .kind = PROMPT_LINE,
                                      .history = filter ? HISTORY_FILTER : HISTORY_OTHER,
                                      .argument = filter ? ARGUMENT_FILTER : ARGUMENT_FILE,
                                      .view = &table->view,
                                      .changed = filter ? filter_changed : NULL,
                                      .done = filter ? NULL : export_to,
                                      .given_up = filter ? filter_given_up : NULL });
}

static bool act_move(struct table_view *table, enum action action)
{
    int64_t to = table->cursor;
    switch (action) {
    case ACTION_UP:
        to--;
        break;
    case ACTION_DOWN:
        to++;
        break;
    case ACTION_PAGE_UP:
        to -= table->rows;
        break;
    case ACTION_PAGE_DOWN:
        to += table->rows;
        break;
    case ACTION_TOP:
        to = 0;
        break;
    case ACTION_BOTTOM:
        to = table->set ? table->set->n - 1 : ROWS_UNKNOWN - 1;
        break;
    default:
        return false;
    }
    table->open_when_loaded = false;
    table_move(table, to);
    return true;
}

static bool act_on_columns(struct table_view *table, enum action action, const char *argument)
{
    switch (action) {
    case ACTION_SORT:
        if (argument)
            table_view_sort(table, argument);
        else
            table_sort_menu(table);
        return true;
    case ACTION_REVERSE:
        table->descending = !table->descending;
        table_remember(table);
        table_view_reload(table);
        return true;
    case ACTION_SORT_LEFT:
        sort_beside(table, -1);
        return true;
    case ACTION_SORT_RIGHT:
        sort_beside(table, 1);
        return true;
    case ACTION_COLUMNS:
        if (argument)
            table_toggle_column(table, argument);
        else
            table_columns_menu(table);
        return true;
    case ACTION_LEFT:
        if (table->skip > 0) table->skip--;
        return true;
    case ACTION_RIGHT:
        if (table->skip + 2 < table->block.n_columns) table->skip++;
        return true;
    default:
        return false;
    }
}

static bool table_act(struct view *view, enum action action, const char *argument)
{
    struct table_view *table = table_view(view);
    if (table->spec->act && table->spec->act(table, action, argument)) return true;
    if (act_move(table, action) || act_on_columns(table, action, argument)) return true;
    switch (action) {
    case ACTION_ENTER:
        open_row(table);
        return true;
    case ACTION_FIND:
        table->origin = table->cursor;
        if (argument)
            table_search(table, argument);
        else
            table_view_find(table);
        return true;
    case ACTION_FILTER:
        if (argument)
            table_view_filter(table, argument);
        else
            ask_line(table, action);
        return true;
    case ACTION_NEXT_MATCH:
        go_match(table, 1);
        return true;
    case ACTION_PREVIOUS_MATCH:
        go_match(table, -1);
        return true;
    case ACTION_MARK:
        toggle_mark(table);
        return true;
    case ACTION_UNMARK_ALL:
        table->n_marks = 0;
        return true;
    case ACTION_COPY:
        copy_row(table);
        return true;
    case ACTION_EXPORT:
        if (argument)
            export_to(view, argument);
        else
            ask_line(table, action);
        return true;
    case ACTION_BACK: /* first out of the search and the filter, then out of the table */
        if (table->words.length > 0) {
            table->origin = table->cursor;
            table_search(table, "");
            return true;
        }
        return false;
    default:
        return false;
    }
}

static bool table_key(struct view *view, struct key key)
{
    struct table_view *table = table_view(view);
    if (key.code == KEYS_WHEEL_UP || key.code == KEYS_WHEEL_DOWN) {
        table_move(table, table->cursor + (key.code == KEYS_WHEEL_UP ? -3 : 3));
        return true;
    }
    if (key.code != KEYS_CLICK || key.row < 0 || key.column >= table->columns) return false;
    int64_t row = table->top + (key.row - 1) / table->row_height;
    if (key.row == 0 || !table->set || row >= table->set->n) return true;
    if (row == table->cursor)
        open_row(table);
    else
        table_move(table, row);
    return true;
}

/* ---------------------------------------------------------------------------- what strips show */

static void add_count(struct text *out, int64_t n)
{
    struct cell cell = { .integer = n };
    cell_text(&cell, CELL_INTEGER, out);
}

static void table_title(const struct view *view, struct text *out)
{
    const struct table_view *table = (const struct table_view *)view;
    text_add(out, table->title.bytes, table->title.length);
}

static void table_filter(const struct view *view, struct text *left, struct text *right)
{
    const struct table_view *table = (const struct table_view *)view;
    if (table->filter.length == 0) {
        if (table->set) text_add_string(left, table->set->note);
        return;
    }
    text_add(left, table->filter.bytes, table->filter.length);
    if (!table->set || table->selecting) return;
    add_count(right, table->set->n);
    if (table->set->total < 0) return;
    text_add_string(right, " of ");
    add_count(right, table->set->total);
}

/* The strip over the rows: the filter, else what the rows are. */
static const char *table_strip(const struct view *view)
{
    const struct table_view *table = (const struct table_view *)view;
    return table->filter.length == 0 && table->set && table->set->note[0] ? "drawn" : "filter";
}

static void table_status(const struct view *view, struct text *out)
{
    const struct table_view *table = (const struct table_view *)view;
    if (!table->set) return;
    text_add_string(out, "row ");
    add_count(out, table->set->n > 0 ? table->cursor + 1 : 0);
    text_add_string(out, " of ");
    add_count(out, table->set->n);
    if (table->words.length > 0 && !table->searching) {
        text_add_string(out, " · ");
        add_count(out, table->matches.n);
        text_add_string(out, table->matches.n == 1 ? " match" : " matches");
    }
    if (table->n_marks > 0) text_format(out, " · %zu marked", table->n_marks);
    if (table->sort[0])
        text_format(out, " · sort %s %s", table->sort, table->descending ? "▾" : "▴");
    int32_t hidden = 0;
    for (int32_t i = 0; i < table->block.n_columns; i++)
        hidden += table_hidden(table, table->block.columns[i].name);
    if (hidden > 0)
        text_format(out, " · %d of %d columns", table->block.n_columns - hidden,
                    table->block.n_columns);
    if (table->filter.length > 0 && table->set->note[0])
        text_format(out, " · drawn: %s", table->set->note);
    if (table->searching || (table->selecting && !table->spec->follows_jobs))
        text_add_string(out, " · looking…");
}

static bool table_subject(const struct view *view, enum subject_kind kind, struct subject *subject)
{
    const struct table_view *table = (const struct table_view *)view;
    const char *column = kind == SUBJECT_USER ? table->spec->user_column : table->spec->item_column;
    const struct cell *cell = column ? table_view_cell(table, column) : NULL;
    if (!cell || cell->absent) return false;
    subject->id = cell->text;
    if (strcmp(column, "id") == 0) subject->key = table_view_key(table);
    return true;
}

static void table_complete(const struct view *view, enum argument argument, struct text *out)
{
    const struct table_view *table = (const struct table_view *)view;
    if (argument != ARGUMENT_COLUMN && argument != ARGUMENT_FILTER) return;
    for (int32_t i = 0; i < table->block.n_columns; i++)
        text_format(out, "%s%s\n", table->block.columns[i].name,
                    argument == ARGUMENT_FILTER ? "=" : "");
}

static void table_changed(struct view *view)
{
    struct table_view *table = table_view(view);
    if (table->spec->follows_jobs) table_view_reload(table);
}

/* Rows as they stand in the file are read by key: that is cheap however fast they come. */
static void table_arrived(struct view *view)
{
    struct table_view *table = table_view(view);
    if (table->filter.length == 0 && table->sort[0] == '\0') table_view_reload(table);
}

static void table_renew(struct view *view)
{
    struct table_view *table = table_view(view);
    if (table->spec->again)
        view_ask_again(view, table->spec->again);
    else
        table_view_reload(table);
}

static void table_close(struct view *view)
{
    struct table_view *table = table_view(view);
    table_set_release(table->set);
    table_source_release(table->source);
    page_free(table->block.page);
    sheet_free(table->detail);
    free(table->filled);
    free(table->marks);
    free(table->matches.at);
    text_fini(&table->title);
    text_fini(&table->filter);
    text_fini(&table->words);
    free(table);
}

/* ------------------------------------------------------------------------------------- life */

void table_remember(struct table_view *table)
{
    char key[64], value[600];
    snprintf(key, sizeof key, "%s.table", table->spec->name);
    snprintf(value, sizeof value, "%s %c %s", table->sort[0] ? table->sort : "-",
             table->descending ? 'v' : '^', table->hidden);
    session_set(table->view.app, key, value);
}

static void recall(struct table_view *table)
{
    char key[64], value[600], sort[64], direction;
    int hidden = 0;
    snprintf(key, sizeof key, "%s.table", table->spec->name);
    session_get(table->view.app, key, value, sizeof value);
    if (sscanf(value, "%63s %c %n", sort, &direction, &hidden) < 2) return;
    snprintf(table->sort, sizeof table->sort, "%s", strcmp(sort, "-") == 0 ? "" : sort);
    table->descending = direction == 'v';
    snprintf(table->hidden, sizeof table->hidden, "%s", value + hidden);
}

struct view *table_view_new(struct app *app, const struct table_spec *spec,
                            struct table_source *source, const char *title, const char *filter)
{
    struct table_view *table = source ? calloc(1, sizeof *table) : NULL;
    if (!table) {
        table_source_release(source);
        return NULL;
    }
    table->kind = (struct view_kind){
        .name = spec->name,
        .scopes = SCOPE_TABLE | spec->scopes,
        .arrange = table_arrange,
        .waits = table_waits,
        .draw = table_draw,
        .act = table_act,
        .key = table_key,
        .title = table_title,
        .filter = table_filter,
        .strip = table_strip,
        .status = table_status,
        .subject = table_subject,
        .complete = table_complete,
        .changed = table_changed,
        .arrived = table_arrived,
        .renew = table_renew,
        .close = table_close,
    };
    table->view = (struct view){ .kind = &table->kind, .app = app };
    table->spec = spec;
    table->source = source;
    table->rows = 20;
    table->row_height = 1;
    table->descending = spec->descending;
    snprintf(table->sort, sizeof table->sort, "%s", spec->sort ? spec->sort : "");
    snprintf(table->hidden, sizeof table->hidden, "%s", spec->hidden ? spec->hidden : "");
    text_add_string(&table->title, title ? title : spec->title);
    if (filter) text_add_string(&table->filter, filter);
    recall(table);
    return &table->view;
}

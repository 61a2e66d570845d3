/* table_ask.c - what a table asks the loader: which rows, a block of them, matches, the pane. */
#include "table_view.h"

#include "layout.h"
#include "present.h"

#include <stdlib.h>
#include <string.h>

enum { SLOT_SET, SLOT_PAGE, SLOT_SEARCH, SLOT_DETAIL };

struct ask { /* the argument of all four */
    struct table_source *source;
    struct table_set *set;
    struct text filter; /* or words */
    char sort[64];
    bool descending;
    int64_t first, key;
    int32_t n;
    struct sheet *(*make)(const struct loader_context *, int64_t, struct error *);
    /* answers */
    struct table_set *new_set;
    struct table_block block;
    struct table_matches matches;
    struct sheet *sheet;
};

static void release(void *argument)
{
    struct ask *ask = argument;
    page_free(ask->block.page);
    table_set_release(ask->new_set);
    table_set_release(ask->set);
    table_source_release(ask->source);
    sheet_free(ask->sheet);
    free(ask->matches.at);
    text_fini(&ask->filter);
    free(ask);
}

static bool send(struct table_view *table, int slot, enum lane lane, struct ask *ask,
                 loader_work *work, loader_answer *answer)
{
    struct request request = { .owner = table,
                               .slot = slot,
                               .lane = lane,
                               .work = work,
                               .answer = answer,
                               .release = release,
                               .argument = ask,
                               .profile = app_style(table->view.app).words->profile,
                               .pseudonymiser = table->view.app->pseudonymiser };
    return loader_ask(table->view.app->loader, &request, &table->error);
}

static struct ask *ask_new(struct table_view *table)
{
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask) {
        error_memory(&table->error, "a request");
        return NULL;
    }
    if (table->set) ask->set = table_set_retain(table->set);
    return ask;
}

/* ------------------------------------------------------------------------------- which rows */

static bool work_set(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    struct table_query query = { ask->filter.bytes ? ask->filter.bytes : "", ask->sort,
                                 ask->descending };
    ask->new_set = ask->source->kind->select(ask->source, context, &query, error);
    return ask->new_set != NULL;
}

static void answer_set(void *owner, void *argument, const struct error *error)
{
    struct table_view *table = owner;
    struct ask *ask = argument;
    table->selecting = false;
    table->view.app->dirty = true;
    if (error) {
        table->error = *error;
        if (table->set && table->set->n > 0)
            app_fail(table->view.app, error); /* else it is drawn */
        return;
    }
    table->error = (struct error){ 0 };
    table_set_release(table->set);
    table->set = ask->new_set;
    ask->new_set = NULL;
    table->stale = true; /* the old rows stay in sight until the new ones are here */
    table->paging = false;
    table->detail_asked = 0;
    loader_forget(table->view.app->loader, table);
    if (table->words.length > 0) table_search(table, table->words.bytes);
}

static void ask_set(struct table_view *table)
{
    struct ask *ask = ask_new(table);
    if (!ask) return;
    ask->source = table_source_retain(table->source);
    const struct slice filter = { table->filter.bytes, table->filter.length };
    if (table->spec->type_column)
        words_filter(app_style(table->view.app).words, table->spec->type_column, filter,
                     &ask->filter);
    else
        text_add(&ask->filter, filter.bytes, filter.length);
    memcpy(ask->sort, table->sort, sizeof ask->sort);
    ask->descending = table->descending;
    table->reload = false;
    table->selecting = send(table, SLOT_SET, table->source->lane, ask, work_set, answer_set);
}

/* ---------------------------------------------------------------------------------- a block */

static bool work_page(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    return ask->set->source->kind->page(ask->set, context, ask->first, ask->n, &ask->block, error);
}

/* Columns without a value in anything seen so far take no room. */
static void note_filled(struct table_view *table)
{
    const struct page *page = table->block.page;
    const int32_t n = table->block.n_columns;
    if (n > table->n_filled) {
        bool *filled = realloc(table->filled, (size_t)n * sizeof *filled);
        if (!filled) return;
        for (int32_t i = table->n_filled; i < n; i++)
            filled[i] = false;
        table->filled = filled;
        table->n_filled = n;
    }
    for (int32_t column = 0; column < n; column++) {
        for (int32_t row = 0; row < page->n_rows && !table->filled[column]; row++) {
            const struct cell *cell = page_cell(page, row, column);
            bool text = table->block.columns[column].type == CELL_TEXT;
            table->filled[column] = !cell->absent && (!text || cell->text.length > 0);
        }
    }
}

static void answer_page(void *owner, void *argument, const struct error *error)
{
    struct table_view *table = owner;
    struct ask *ask = argument;
    table->paging = false;
    table->view.app->dirty = true;
    if (error) {
        table->error = *error;
        app_fail(table->view.app, error);
        return;
    }
    if (ask->set != table->set) return;
    page_free(table->block.page);
    table->block = ask->block;
    if (table->stale && table->refill) {
        table->refill = false;
        table->n_filled = 0;
    }
    table->stale = false;
    ask->block.page = NULL;
    note_filled(table);
    if (table->open_when_loaded && !table->searching && table_view_key(table) != 0) {
        table->open_when_loaded = false;
        if (table->view.app->view == &table->view || table->view.frame)
            app_act(table->view.app, ACTION_ENTER, NULL);
    }
}

/* Rows in sight and a screen on either side. */
static void ask_page(struct table_view *table)
{
    struct ask *ask = ask_new(table);
    if (!ask) return;
    ask->first = table->top - table->rows;
    if (ask->first < 0) ask->first = 0;
    ask->n = table->rows * 3;
    if (ask->n > table->set->n - ask->first) ask->n = (int32_t)(table->set->n - ask->first);
    table->paging = send(table, SLOT_PAGE, LANE_PAGES, ask, work_page, answer_page);
}

static bool block_covers(const struct table_view *table)
{
    const struct page *page = table->block.page;
    int64_t end = table->top + table->rows;
    if (end > table->set->n) end = table->set->n;
    return page && page->first <= table->top && page->first + page->n_rows >= end;
}

/* ---------------------------------------------------------------------------------- matches */

static bool work_search(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    return ask->set->source->kind->search(ask->set, context, ask->filter.bytes, &ask->matches,
                                          error);
}

static void answer_search(void *owner, void *argument, const struct error *error)
{
    struct table_view *table = owner;
    struct ask *ask = argument;
    table->searching = false;
    table->view.app->dirty = true;
    if (error) {
        app_fail(table->view.app, error);
        return;
    }
    free(table->matches.at);
    table->matches = ask->matches;
    ask->matches.at = NULL;
    int64_t to = table->origin;
    for (int64_t i = 0; i < table->matches.n; i++) {
        to = table->matches.at[i];
        if (to >= table->origin) break;
    }
    if (table->matches.n > 0 && to < table->origin) to = table->matches.at[0];
    table_move(table, to);
    if (table->matches.n == 0) table->open_when_loaded = false;
    if (table->open_when_loaded && table_row(table, table->cursor) >= 0) {
        table->open_when_loaded = false;
        app_act(table->view.app, ACTION_ENTER, NULL);
    }
}

void table_search(struct table_view *table, const char *words)
{
    struct text copy = { 0 };
    text_add_string(&copy, words);
    text_fini(&table->words);
    table->words = copy;
    free(table->matches.at);
    table->matches = (struct table_matches){ 0 };
    table->searching = false;
    if (!table->words.length) {
        table_move(table, table->origin);
        return;
    }
    struct ask *ask = table->set ? ask_new(table) : NULL;
    if (!ask) return;
    text_add(&ask->filter, table->words.bytes, table->words.length); /* words may be gone */
    table->searching = send(table, SLOT_SEARCH, LANE_SELECTIONS, ask, work_search, answer_search);
}

/* --------------------------------------------------------------------------------- the pane */

static bool work_detail(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    ask->sheet = ask->make(context, ask->key, error);
    return ask->sheet != NULL;
}

static void answer_detail(void *owner, void *argument, const struct error *error)
{
    struct table_view *table = owner;
    struct ask *ask = argument;
    sheet_free(table->detail);
    table->detail = error ? NULL : ask->sheet;
    if (!error) ask->sheet = NULL;
    table->view.app->dirty = true;
}

static void ask_detail(struct table_view *table, int64_t key)
{
    struct ask *ask = ask_new(table);
    if (!ask) return;
    ask->key = key;
    ask->make = table->spec->detail;
    table->detail_asked = key;
    send(table, SLOT_DETAIL, LANE_PAGES, ask, work_detail, answer_detail);
}

/* -------------------------------------------------------------------------------------------- */

void table_arrange(struct view *view, int rows, int columns)
{
    struct table_view *table = table_view(view);
    struct area list, border, pane;
    table->pane = table->spec->detail && app_has_pane(view->app, columns);
    layout_pane((struct area){ 0, 0, rows, columns }, table->pane, &list, &border, &pane);
    table->pane = pane.columns > 0;
    table->row_height = presentation_row_height(view->app, rows);
    table->rows = (rows - 1) / table->row_height; /* without the header */
    if (table->rows < 1) table->rows = 1;
    table->columns = list.columns;

    if ((!table->set && !table->error.code) || table->reload) {
        if (!table->selecting || table->reload) ask_set(table);
    }
    if (!table->set) return;
    table_move(table, table->cursor);
    if (!table->paging && table->set->n > 0 && (table->stale || !block_covers(table)))
        ask_page(table);
    table->scrolls = table->scrolls && view->app->debounce_pending;
    if (table->scrolls)
        view->app->postponed = true;
    else
        table->pictured = table->top;
    int64_t key = table_view_key(table);
    if (!table->pane || key == 0 || key == table->detail_asked) return;
    if (view->app->debounce_pending && table->detail) /* the pane follows when the keys rest */
        view->app->postponed = true;
    else
        ask_detail(table, key);
}

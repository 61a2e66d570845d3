/* source_history.c - one user's events with what their items count to the models: rows of the
 * workspace, and a column from the data in memory beside them. */
#include "table_source.h"

#include "feed_view.h"
#include "sheet_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 32 };

struct history_source {
    struct table_source source;
    struct table_source *rows;
    struct sheet_topic user;
    /* Filled by the first selection. They live with the source, not with a set: a table goes on
     * showing a block of the set before while the next one is being read. */
    struct table_column columns[COLUMNS_MAX];
    int32_t n_columns; /* the last is ours */
    int32_t item;      /* column with the item's id */
};

struct history_set {
    struct table_set set;
    struct table_set *rows;
};

static void free_set(struct table_set *set)
{
    struct history_set *history = (struct history_set *)set;
    table_set_release(history->rows);
    free(history);
}

static void free_source(struct table_source *source)
{
    struct history_source *history = (struct history_source *)source;
    table_source_release(history->rows);
    free(history);
}

/* The columns of events, and ours. */
static bool take_columns(struct history_source *history, struct reader *reader, struct error *error)
{
    int32_t n;
    if (history->n_columns > 0) return true;
    const struct table_column *columns = rows_columns(reader, TABLE_EVENTS, &n, error);
    if (!columns) return false;
    if (n > COLUMNS_MAX - 1) n = COLUMNS_MAX - 1;
    memcpy(history->columns, columns, (size_t)n * sizeof *columns);
    history->columns[n] = (struct table_column){ "counts", "COUNTS", CELL_NUMBER, 7, 2, false };
    history->item = -1;
    for (int32_t i = 0; i < n; i++)
        if (strcmp(columns[i].name, "item") == 0) history->item = i;
    history->n_columns = n + 1;
    return true;
}

static struct table_set *select_rows(struct table_source *source,
                                     const struct loader_context *context,
                                     const struct table_query *query, struct error *error)
{
    struct history_source *history = (struct history_source *)source;
    if (topic_find_user(&history->user, context->reader, error) == 0) return NULL;
    struct history_set *set = calloc(1, sizeof *set);
    if (!set) {
        error_memory(error, "a history");
        return NULL;
    }
    set->rows = history->rows->kind->select(history->rows, context, query, error);
    if (!set->rows || !take_columns(history, context->reader, error)) {
        table_set_release(set->rows);
        free(set);
        return NULL;
    }
    atomic_init(&set->set.references, 1);
    set->set.source = table_source_retain(source);
    set->set.n = set->rows->n;
    set->set.total = set->rows->total;
    return &set->set;
}

/* r(u,i): what the item counts for the user, all their events with it together. */
static void add_strength(struct page *page, int32_t column, const struct dataset *dataset,
                         int32_t user, const struct cell *item)
{
    int32_t index = item->absent ? -1 : names_find(&dataset->item_ids, item->text);
    int64_t at = index >= 0 ? sparse_find(&dataset->by_user, user, index) : -1;
    if (at >= 0) page_set_number(page, column, (double)dataset->by_user.value[at]);
}

static struct page *with_strengths(const struct history_source *history, const struct page *rows,
                                   const struct dataset *dataset, int32_t user, struct error *error)
{
    struct page *page = page_new(rows->first, rows->n_rows, history->n_columns, error);
    for (int32_t row = 0; page && row < rows->n_rows; row++) {
        if (!page_add_row(page, rows->key[row])) break;
        for (int32_t column = 0; column + 1 < history->n_columns && column < rows->n_columns;
             column++)
            page_copy_cell(page, column, page_cell(rows, row, column),
                           history->columns[column].type);
        if (user >= 0 && history->item >= 0)
            add_strength(page, history->n_columns - 1, dataset, user,
                         page_cell(rows, row, history->item));
    }
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static bool read_page(const struct table_set *table, const struct loader_context *context,
                      int64_t first, int32_t n, struct table_block *block, struct error *error)
{
    const struct history_set *set = (const struct history_set *)table;
    const struct history_source *source = (const struct history_source *)table->source;
    struct table_block rows = { 0 };
    if (!source->rows->kind->page(set->rows, context, first, n, &rows, error)) return false;
    const struct dataset *dataset = context->engine ? engine_loaded_dataset(context->engine) : NULL;
    int32_t user = dataset ? feed_find_user(dataset, source->user.key, source->user.id) : -1;
    block->page = with_strengths(source, rows.page, dataset, user, error);
    block->columns = source->columns;
    block->n_columns = source->n_columns;
    dataset_release(dataset);
    page_free(rows.page);
    return block->page != NULL;
}

static bool search(const struct table_set *table, const struct loader_context *context,
                   const char *words, struct table_matches *matches, struct error *error)
{
    const struct history_set *set = (const struct history_set *)table;
    return set->rows->source->kind->search(set->rows, context, words, matches, error);
}

static const struct table_source_kind history_kind = {
    .select = select_rows,
    .page = read_page,
    .search = search,
    .free_set = free_set,
    .free = free_source,
};

struct table_source *history_source_new(int64_t key, struct slice id, const char *fixed,
                                        struct error *error)
{
    struct history_source *history = calloc(1, sizeof *history);
    if (!history) {
        error_memory(error, "a history");
        return NULL;
    }
    history->rows = rows_source_new(TABLE_EVENTS, fixed, error);
    if (!history->rows) {
        free(history);
        return NULL;
    }
    atomic_init(&history->source.references, 1);
    history->source.kind = &history_kind;
    history->source.lane = history->rows->lane;
    history->user.key = key;
    snprintf(history->user.id, sizeof history->user.id, "%.*s", (int)id.length, id.bytes);
    return &history->source;
}

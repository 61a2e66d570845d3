/* screen_item.c - one item: Facts, Similar, Bought with, Buyers. */
#include "about.h"
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"
#include "tabs.h"

#include <stdlib.h>
#include <string.h>

static int64_t key_of(const struct loader_context *context, const struct sheet_topic *topic,
                      struct error *error)
{
    int64_t key = topic->key ? topic->key : rows_find_item(context->reader, slice_of(topic->id));
    if (key == 0) error_set(error, ERROR_MISSING, "there is no item \"%s\"", topic->id);
    return key;
}

static struct sheet *make_facts(const struct loader_context *context,
                                const struct sheet_topic *topic, struct error *error)
{
    int64_t key = key_of(context, topic, error);
    if (key == 0) return NULL;
    struct sheet *sheet = about_item(context->reader, key, error);
    int32_t n;
    const struct table_column *columns = rows_columns(context->reader, TABLE_ITEMS, &n, NULL);
    int64_t keys[1] = { key };
    struct selection one = { .query.kind = TABLE_ITEMS, .n = 1, .key = keys };
    struct page *page = sheet && columns ? rows_page(context->reader, &one, 0, 1, NULL) : NULL;
    for (int32_t i = 0; page && page->n_rows == 1 && i < n && i < page->n_columns; i++) {
        if (columns[i].type != CELL_SPARK || page_cell(page, 0, i)->absent) continue;
        sheet_heading(sheet, "Sales of the last twelve months");
        sheet_spark(sheet, "", page_cell(page, 0, i)->spark);
    }
    page_free(page);
    return sheet;
}

static const struct sheet_spec facts = { .title = "Facts", .make = make_facts };

static struct view *facts_view_new(struct app *app, int64_t key, struct slice id)
{
    return sheet_view_new(app, &facts, key, id);
}

static void open_row(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    (void)key;
    app_push(table->view.app, item_view_new(table->view.app, 0, id->text));
}

/* -------------------------------------------------------------------------- similar, per model */

enum { SIMILAR = 50 };

static const struct table_column similar_columns[] = {
    { "id", "ID", CELL_TEXT, 10, 0, true },
    { "title", "TITLE", CELL_TEXT, 24, 1, true },
    { "model", "MODEL", CELL_TEXT, 10, 2, true },
    { "similarity", "SIMILARITY", CELL_SCORE, 10, 1, true },
    { "common", "BUYERS OF BOTH", CELL_INTEGER, 14, 3, true },
};

static void add_similar(struct page *page, const struct serving *serving, int32_t item)
{
    struct neighbour found[SIMILAR];
    const struct model_kind *kind = model_base(serving->model)->kind;
    const struct dataset *dataset = model_base(serving->model)->dataset;
    int32_t n =
        item < dataset->n_items ? kind->similar(serving->model, item, SIMILAR, found, NULL) : 0;
    for (int32_t i = 0; i < n; i++) {
        if (!page_add_row(page, found[i].id + 1)) return;
        page_set_text(page, 0, names_get(&dataset->item_ids, found[i].id));
        page_set_text(page, 1, names_get(&dataset->item_titles, found[i].id));
        page_set_text(page, 2, slice_of(kind->name));
        page_set_number(page, 3, found[i].similarity);
        page_set_integer(page, 4, found[i].common);
    }
}

static struct page *load_similar(const struct loader_context *context, void *argument,
                                 struct error *error)
{
    int64_t key = key_of(context, argument, error);
    if (key == 0) return NULL;
    struct page *page = page_new(0, SIMILAR * 8, 5, error);
    for (size_t i = 0; page && model_kinds[i]; i++) {
        struct serving serving;
        if (!model_kinds[i]->similar) continue;
        if (!engine_serve(context->engine, context->reader, model_kinds[i]->name, 0, &serving,
                          context->progress, NULL))
            continue;
        add_similar(page, &serving, (int32_t)(key - 1));
        serving_fini(&serving);
    }
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static const struct table_spec similar = {
    .name = "similar",
    .title = "Similar",
    .empty = "no served model knows similar items: train one (:train item-cf)",
    .item_column = "id",
    .open = open_row,
    .follows_jobs = true,
};

static struct view *list_view(struct app *app, const struct table_spec *spec,
                              const struct table_column *columns, int32_t n, memory_load *load,
                              enum lane lane, int64_t key, struct slice id)
{
    struct error error;
    struct sheet_topic *topic = topic_new(key, id);
    struct table_source *source =
        topic ? memory_source_new(columns, n, load, topic, free, &error) : NULL;
    if (source) source->lane = lane;
    return table_view_new(app, spec, source, NULL, NULL);
}

static struct view *similar_view_new(struct app *app, int64_t key, struct slice id)
{
    return list_view(app, &similar, similar_columns, 5, load_similar, LANE_MODELS, key, id);
}

/* ------------------------------------------------------------------------------ bought with */

static const struct table_column with_columns[] = {
    { "id", "ID", CELL_TEXT, 10, 0, true },
    { "title", "TITLE", CELL_TEXT, 24, 1, true },
    { "times", "TIMES TOGETHER", CELL_INTEGER, 14, 1, true },
};

static struct page *load_with(const struct loader_context *context, void *argument,
                              struct error *error)
{
    int64_t key = key_of(context, argument, error);
    return key == 0 ? NULL : rows_bought_with(context->reader, key, 100, error);
}

static const struct table_spec with = {
    .name = "bought-with",
    .title = "Bought with",
    .empty = "nothing was bought with it within a day",
    .item_column = "id",
    .open = open_row,
};

static struct view *with_view_new(struct app *app, int64_t key, struct slice id)
{
    return list_view(app, &with, with_columns, 3, load_with, LANE_SELECTIONS, key, id);
}

static const struct tabs_spec item = {
    .scopes = SCOPE_ITEM,
    .subject = SUBJECT_ITEM,
    .tabs = { { "Facts", facts_view_new },
              { "Similar", similar_view_new },
              { "Bought with", with_view_new },
              { "Buyers", buyers_view_new } },
};

struct view *item_view_new(struct app *app, int64_t key, struct slice id)
{
    return tabs_view_new(app, &item, key, id);
}

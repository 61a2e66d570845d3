/* screen_item.c - one item: Facts, Similar, Bought with, Buyers. */
#include "about.h"
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"
#include "tabs.h"

#include <stdio.h>
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

/* One row an item that any served model finds similar, one column a model: where it has none, the
 * item is not among that model's first. */
enum { SIMILAR = 50, MODELS_MAX = 16, FIXED = 3 };

struct similar {
    struct sheet_topic topic;
    struct table_column columns[FIXED + MODELS_MAX];
    const struct model_kind *kind[MODELS_MAX];
    int n;
};

struct likeness { /* of one item, while the rows are gathered */
    int32_t item, common;
    int best; /* rank in the model that ranks it highest */
    float similarity[MODELS_MAX];
};

static struct similar *similar_new(int64_t key, struct slice id)
{
    static const struct table_column fixed[FIXED] = {
        { "id", "ID", CELL_TEXT, 10, 0, true },
        { "title", "TITLE", CELL_TEXT, 24, 0, true },
        { "common", "BUYERS OF BOTH", CELL_INTEGER, 14, 3, true },
    };
    struct similar *similar = calloc(1, sizeof *similar);
    if (!similar) return NULL;
    similar->topic.key = key;
    snprintf(similar->topic.id, sizeof similar->topic.id, "%.*s", (int)id.length, id.bytes);
    memcpy(similar->columns, fixed, sizeof fixed);
    for (size_t i = 0; model_kinds[i] && similar->n < MODELS_MAX; i++) {
        if (!model_kinds[i]->similar) continue;
        similar->columns[FIXED + similar->n] = (struct table_column){
            model_kinds[i]->name, model_kinds[i]->name, CELL_SCORE, 9, 1, true
        };
        similar->kind[similar->n++] = model_kinds[i];
    }
    return similar;
}

static struct likeness *likeness_of(struct likeness *all, int32_t *n, int32_t item)
{
    for (int32_t i = 0; i < *n; i++)
        if (all[i].item == item) return &all[i];
    all[*n] = (struct likeness){ .item = item, .best = SIMILAR };
    return &all[(*n)++];
}

static void gather(const struct serving *serving, int model, int32_t item, struct likeness *all,
                   int32_t *n)
{
    struct neighbour found[SIMILAR];
    const struct model_base *base = model_base(serving->model);
    int32_t count = item < base->dataset->n_items
                        ? base->kind->similar(serving->model, item, SIMILAR, found, NULL)
                        : 0;
    for (int32_t i = 0; i < count; i++) {
        struct likeness *likeness = likeness_of(all, n, found[i].id);
        likeness->similarity[model] = (float)found[i].similarity;
        if (found[i].common > likeness->common) likeness->common = found[i].common;
        if (i < likeness->best) likeness->best = i;
    }
}

static int by_best(const void *a, const void *b)
{
    const struct likeness *x = a, *y = b;
    return x->best != y->best ? x->best - y->best : (x->item > y->item) - (x->item < y->item);
}

static void add_likeness(struct page *page, const struct similar *similar,
                         const struct dataset *dataset, const struct likeness *likeness)
{
    if (likeness->item >= dataset->n_items || !page_add_row(page, likeness->item + 1)) return;
    page_set_text(page, 0, names_get(&dataset->item_ids, likeness->item));
    page_set_text(page, 1, names_get(&dataset->item_titles, likeness->item));
    if (likeness->common > 0) page_set_integer(page, 2, likeness->common);
    for (int i = 0; i < similar->n; i++)
        if (likeness->similarity[i] != 0)
            page_set_number(page, FIXED + i, (double)likeness->similarity[i]);
}

static struct page *load_similar(const struct loader_context *context, void *argument,
                                 struct error *error)
{
    const struct similar *similar = argument;
    const struct dataset *dataset = NULL;
    struct page *page = NULL;
    int32_t n = 0;
    int64_t key = key_of(context, &similar->topic, error);
    if (key == 0) return NULL;
    struct likeness *all = calloc((size_t)similar->n * SIMILAR + 1, sizeof *all);
    if (!all) {
        error_memory(error, "similar items");
        return NULL;
    }
    for (int i = 0; i < similar->n; i++) {
        struct serving serving;
        if (!engine_serve(context->engine, context->reader, similar->kind[i]->name, 0, &serving,
                          context->progress, NULL))
            continue;
        gather(&serving, i, (int32_t)(key - 1), all, &n);
        serving_fini(&serving);
    }
    qsort(all, (size_t)n, sizeof *all, by_best);
    if (n > 0) dataset = engine_dataset(context->engine, context->reader, context->progress, error);
    if (n == 0 || dataset) page = page_new(0, n, FIXED + similar->n, error);
    for (int32_t i = 0; page && i < n; i++)
        add_likeness(page, similar, dataset, &all[i]);
    if (page && !page_finish(page, error)) {
        page_free(page);
        page = NULL;
    }
    dataset_release(dataset);
    free(all);
    return page;
}

static const struct table_spec similar_spec = {
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
    struct error error;
    struct similar *similar = similar_new(key, id);
    struct table_source *source = similar ? memory_source_new(similar->columns, FIXED + similar->n,
                                                              load_similar, similar, free, &error)
                                          : NULL;
    if (source) source->lane = LANE_MODELS;
    return table_view_new(app, &similar_spec, source, NULL, NULL);
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
              { "Buyers", buyers_view_new },
              { "Audience", audience_view_new } },
};

struct view *item_view_new(struct app *app, int64_t key, struct slice id)
{
    return tabs_view_new(app, &item, key, id);
}

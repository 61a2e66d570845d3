/* workspace_tour.c - see the header. */
#include "workspace_tour.h"

#include <aisle/engine.h>
#include <aisle/export.h>
#include <aisle/rows.h>
#include <aisle/rules.h>
#include <aisle/scenarios.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void promise(bool kept)
{
    if (!kept) abort();
}

static bool take(void *context, const void *bytes, size_t length, struct error *error)
{
    (void)error;
    for (size_t i = 0; i < length; i++) /* every byte can be read */
        *(size_t *)context += ((const unsigned char *)bytes)[i] > 0;
    return true;
}

static bool visit(void *context, const struct event_row *row, struct error *error)
{
    (void)error;
    promise((unsigned)row->event.type < EVENT_TYPES && row->event.item >= 0);
    *(size_t *)context += row->item.length + row->title.length;
    return true;
}

static void read_cells(const struct page *page, const struct table_column *columns, int32_t n)
{
    struct text out = { 0 };
    for (int64_t row = 0; row < page->n_rows; row++)
        for (int32_t column = 0; column < n; column++)
            cell_text(page_cell(page, (int32_t)row, column), columns[column].type, &out);
    text_fini(&out);
}

static bool browse(struct reader *reader, struct error *error)
{
    bool good = true;
    for (int kind = 0; good && kind < TABLE_KINDS; kind++) {
        int32_t n = 0;
        const struct table_column *columns = rows_columns(reader, (enum table_kind)kind, &n, error);
        const struct row_query query = { .kind = (enum table_kind)kind,
                                         .sort = columns && columns[n - 1].sortable
                                                     ? columns[n - 1].name
                                                     : NULL };
        struct selection *selection = columns ? rows_select(reader, &query, error) : NULL;
        struct page *page = selection ? rows_page(reader, selection, 0, 100, error) : NULL;
        good = page != NULL;
        if (page) read_cells(page, columns, n);
        page_free(page);
        selection_free(selection);
    }
    struct page *facts = good ? rows_facts(reader, TABLE_ITEMS, 2, error) : NULL;
    struct page *friends = facts ? rows_friends(reader, 1, 20, error) : NULL;
    struct page *taste = friends ? rows_taste(reader, 1, "category", 20, error) : NULL;
    struct page *with = taste ? rows_bought_with(reader, 1, 20, error) : NULL;
    good = with != NULL;
    page_free(facts);
    page_free(friends);
    page_free(taste);
    page_free(with);
    return good;
}

bool workspace_tour_buy(struct workspace *workspace, bool bulk, struct error *error)
{
    struct writer *writer = writer_begin(workspace, error);
    bool good = writer && (!bulk || writer_bulk(writer, error));
    for (int i = 0; good && i < 60; i++) {
        char user[16], item[16];
        snprintf(user, sizeof user, "u%d", i);
        snprintf(item, sizeof item, "i%d", i % 20);
        const struct record record = { .kind = RECORD_EVENT,
                                       .user = slice_of(user),
                                       .item = slice_of(item),
                                       .time = 1700000000,
                                       .quantity = 1,
                                       .value = NAN };
        good = writer_record(writer, &record, error);
    }
    if (good) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

/* A run is loaded and asked for one list. */
static bool serve(struct engine *engine, struct reader *reader, int64_t run, struct error *error)
{
    struct serving serving = { 0 };
    if (!engine_serve(engine, reader, NULL, run, &serving, NULL, error)) return false;
    const struct dataset *dataset = model_base(serving.model)->dataset;
    float *scores = calloc((size_t)dataset->n_items + 1, sizeof *scores);
    struct shopper *shopper =
        scores ? shopper_new(dataset, dataset->n_users > 0 ? 0 : -1, MOMENT_NONE, NULL, NULL)
               : NULL;
    if (shopper && model_base(serving.model)->kind->score(serving.model, shopper, scores, NULL))
        for (int32_t i = 0; i < dataset->n_items; i++)
            promise(!isnan(scores[i]) && scores[i] < INFINITY);
    shopper_free(shopper);
    free(scores);
    serving_fini(&serving);
    return true;
}

static bool serve_all(struct engine *engine, struct reader *reader, struct error *error)
{
    struct run *runs = NULL;
    int32_t n = 0;
    bool good = runs_list(reader, &runs, &n, error);
    for (int32_t i = 0; good && i < n && i < 8; i++) {
        struct error unused = { 0 };
        serve(engine, reader, runs[i].id, &unused); /* one bad run is no reason to stop */
    }
    free(runs);
    return good;
}

static bool read_rules(struct reader *reader, struct error *error)
{
    struct stored_rule *rules = NULL;
    struct stored_scenario *scenarios = NULL;
    int32_t n_rules = 0, n_scenarios = 0;
    bool good = rules_list(reader, MOMENT_NONE, &rules, &n_rules, error) &&
                scenarios_list(reader, &scenarios, &n_scenarios, error);
    rules_free(rules, n_rules);
    scenarios_free(scenarios, n_scenarios);
    return good;
}

bool workspace_tour(const char *path, struct error *error)
{
    struct workspace_counts counts;
    size_t n = 0;
    int64_t pairs = 0;
    const struct dataset *dataset = NULL, *newer = NULL;
    struct workspace *workspace = workspace_open(path, WORKSPACE_WRITE, error);
    struct reader *reader = workspace ? reader_open(workspace, error) : NULL;
    struct engine *engine = reader ? engine_new(workspace, error) : NULL;
    bool good = engine && workspace_counts(reader, &counts, error) &&
                workspace_pairs(reader, &pairs, error) && browse(reader, error) &&
                workspace_each_event(reader, visit, &n, error) &&
                workspace_user_events(reader, slice_of("u1"), 0, visit, &n, error) &&
                export_events(reader, "text", take, &n, NULL, error) && read_rules(reader, error);
    if (good) dataset = workspace_dataset(reader, NULL, NULL, NULL, error);
    good = dataset && serve_all(engine, reader, error) &&
           workspace_tour_buy(workspace, false, error) &&
           workspace_follow(reader, dataset, &newer, error) &&
           workspace_tour_buy(workspace, true, error);
    dataset_release(newer);
    dataset_release(dataset);
    engine_free(engine);
    reader_close(reader);
    workspace_close(workspace);
    return good;
}

/* feed_compare.c - "=": this list beside another one, as a table that sorts by how far rows moved.
 *
 * Both lists are made on a worker; the table's rows are read from what came of it. */
#include "feed_view.h"
#include "screens.h"
#include "table_view.h"

#include "job/labels.h"
#include "job/list_request.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_COMPARE = 3, COMPARE_LENGTH = 50 };

static const struct table_column columns[] = {
    { "a", "A", CELL_INTEGER, 4, 0, true },
    { "b", "B", CELL_INTEGER, 4, 0, true },
    { "change", "MOVED", CELL_TEXT, 6, 0, false },
    { "moved", "MOVED BY", CELL_INTEGER, 8, 1, true }, /* what the one before it sorts by */
    { "title", "ITEM", CELL_TEXT, 30, 0, true },
    { "cause", "CAUSE", CELL_TEXT, 38, 1, true },
    { "score_a", "SCORE A", CELL_SCORE, 9, 2, true },
    { "score_b", "SCORE B", CELL_SCORE, 9, 2, true },
    { "id", "ID", CELL_TEXT, 8, 4, true },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* Made by the request, then owned by the table's source; never changed in between. */
struct comparing {
    struct list_options spec[2];
    struct feed_changes changes; /* what the specs' changes point at */
    char words[256];
    struct list_request list_request[2];
    struct comparison *comparison;
};

static void release(void *argument)
{
    struct comparing *comparing = argument;
    comparison_free(comparing->comparison);
    feed_changes_fini(&comparing->changes);
    list_request_fini(&comparing->list_request[0]);
    list_request_fini(&comparing->list_request[1]);
    free(comparing);
}

static void add_row(struct page *page, const struct compare_row *row, bool back,
                    const struct label_style *style, const struct dataset *dataset)
{
    const struct compare_row report = compare_oriented(row, back);
    const struct feed_move *move = &row->move;
    const bool both = move->rank_a > 0 && move->rank_b > 0;
    const int32_t by = report.move.rank_a - report.move.rank_b;
    char moved[24] = "";
    struct text text = { 0 };
    if (!page_add_row(page, move->item + 1)) return;
    if (move->rank_a > 0) page_set_integer(page, 0, move->rank_a);
    if (move->rank_b > 0) page_set_integer(page, 1, move->rank_b);
    if (!both)
        snprintf(moved, sizeof moved, "%s", report.move.rank_a > 0 ? "✕ gone" : "✓ new");
    else if (by != 0)
        snprintf(moved, sizeof moved, "%s%d", by > 0 ? "▲" : "▼", abs(by));
    page_set_text(page, 2, slice_of(moved));
    /* Who enters or leaves moved by as much as the rows there are. */
    page_set_integer(page, 3, both ? abs(by) : COMPARE_LENGTH);
    page_set_text(page, 4, label_item(dataset, move->item));
    compare_describe_cause(&report, style, dataset, &text);
    page_set_text(page, 5, (struct slice){ text.bytes ? text.bytes : "", text.length });
    text_fini(&text);
    if (move->score_a > -INFINITY) page_set_number(page, 6, (double)move->score_a);
    if (move->score_b > -INFINITY) page_set_number(page, 7, (double)move->score_b);
    page_set_text(page, 8, names_get(&dataset->item_ids, move->item));
}

static struct page *load(const struct loader_context *context, void *argument, struct error *error)
{
    const struct comparing *comparing = argument;
    const struct comparison *comparison = comparing->comparison;
    struct page *page = page_new(0, comparison->n, COLUMNS, error);
    for (int32_t r = 0; page && r < comparison->n; r++)
        add_row(page, &comparison->rows[r], list_requests_go_back(comparing->spec), &context->style,
                comparing->list_request[1].serving.dataset);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static void open_item(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    (void)key;
    if (id) app_push(table->view.app, item_view_new(table->view.app, 0, id->text));
}

static const struct table_spec compare = {
    .name = "compare",
    .title = "Compare",
    .empty = "both lists are empty",
    .item_column = "id",
    .hidden = "moved ",
    .open = open_item,
    .again = feed_again,
};

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct comparing *comparing = argument;
    for (int s = 0; s < 2; s++)
        if (!list_request_make(context->engine, context->reader, &comparing->spec[s],
                               &comparing->list_request[s], context->progress, error))
            return false;
    const struct compare_side a = list_request_compare(&comparing->list_request[0]);
    const struct compare_side b = list_request_compare(&comparing->list_request[1]);
    comparing->comparison = comparison_new(&a, &b, COMPARE_LENGTH, error);
    return comparing->comparison != NULL;
}

/* The table takes the argument over: a copy whose parts the request no longer has. */
static void answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct comparing *made = argument, *kept;
    struct app *app = feed->view.app;
    struct text title = { 0 };
    struct error problem;
    app->dirty = true;
    if (error) {
        app_fail(app, error);
        return;
    }
    if (!(kept = malloc(sizeof *kept))) return;
    *kept = *made;
    made->comparison = NULL;
    made->changes.said = (struct changes){ 0 };
    for (int s = 0; s < 2; s++) /* no longer the request's */
        if (kept->spec[s].changes) kept->spec[s].changes = &kept->changes.said;
    made->list_request[0] = made->list_request[1] = (struct list_request){ 0 };
    text_add_string(&title, "A ");
    list_request_describe(&kept->spec[0], &kept->list_request[0], &kept->spec[1],
                          &app->pseudonymiser, &title);
    text_add_string(&title, " ↔ B ");
    list_request_describe(&kept->spec[1], &kept->list_request[1], &kept->spec[0],
                          &app->pseudonymiser, &title);
    text_format(&title, " · %.0f %% in both · RBO %.2f", 100 * kept->comparison->overlap,
                kept->comparison->rbo);
    struct table_source *source =
        memory_source_new(columns, COLUMNS, load, kept, release, &problem);
    app_push(app, table_view_new(app, &compare, source, title.bytes, NULL));
    text_fini(&title);
}

void feed_compare_with(struct feed_view *feed, const char *words)
{
    struct error error;
    struct app *app = feed->view.app;
    struct comparing *comparing = feed->bundle ? calloc(1, sizeof *comparing) : NULL;
    if (!comparing) return;
    if (!feed_changes_copy(&comparing->changes, &feed->changes)) {
        release(comparing);
        return;
    }
    feed_remember(feed, FEED_COMPARE, words, -1);
    struct list_options *spec = comparing->spec;
    /* Live, the list is not what the run was trained to. */
    spec[0] = (struct list_options){ .run = app->live ? 0 : feed->bundle->serving.run.id,
                                     .as_of = feed->changes.as_of,
                                     .without_rules = feed->without_rules,
                                     .length = COMPARE_LENGTH,
                                     .now = app->now() };
    snprintf(spec[0].user, sizeof spec[0].user, "%s", feed->id);
    snprintf(spec[0].model, sizeof spec[0].model, "%s", feed->bundle->serving.run.kind);
    spec[0].changes = comparing->changes.said.n > 0 ? &comparing->changes.said : NULL;
    spec[1] = spec[0];
    if (!list_request_read(&spec[1], slice_of(words), &error)) {
        app_fail(app, &error);
        release(comparing);
        return;
    }
    app_ask(app, &(struct request){ .owner = feed,
                                    .slot = SLOT_COMPARE,
                                    .lane = LANE_MODELS,
                                    .work = work,
                                    .answer = answer,
                                    .release = release,
                                    .argument = comparing });
}

static void compare_done(struct view *view, const char *words)
{
    if (*words) feed_compare_with((struct feed_view *)view, words);
}

void feed_ask_compare(struct feed_view *feed)
{
    app_prompt(feed->view.app,
               &(struct prompt_spec){
                   .label = "compare with (model, run N, user ID, a date, plain, scenario NAME): ",
                   .kind = PROMPT_LINE,
                   .history = HISTORY_OTHER,
                   .argument = ARGUMENT_MODEL,
                   .view = &feed->view,
                   .done = compare_done });
}

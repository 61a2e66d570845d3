/* screen_audience.c - lists from the other side: who gets an item and why (a tab of the item, Enter
 * opens the people), and what everybody, or a segment, is shown of the catalogue (:exposure).
 *
 * Many lists are made for it: as many as a second gives time for, with the error stated, or all. */
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"

#include "job/audience_words.h"
#include "job/labels.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIST_LENGTH = 10 };
static const double max_seconds = 1.0;

/* Serves the best model; false after filling error. */
static bool ask(const struct loader_context *context, struct serving *serving,
                struct audience_request *question, struct error *error)
{
    if (!engine_serve(context->engine, context->reader, NULL, 0, serving, context->progress, error))
        return false;
    *question = (struct audience_request){ .model = serving->model,
                                           .dataset = serving->dataset,
                                           .pipeline = serving->pipeline,
                                           .now = (int64_t)time(NULL),
                                           .length = LIST_LENGTH,
                                           .segment = -1,
                                           .seconds = max_seconds,
                                           .seed = 1 };
    return true;
}

static struct audience *audience_of_topic(const struct loader_context *context,
                                          const struct sheet_topic *topic, struct serving *serving,
                                          struct error *error)
{
    struct audience_request question;
    if (!ask(context, serving, &question, error)) return NULL;
    const int32_t item = names_find(&serving->dataset->item_ids, slice_of(topic->id));
    if (item >= 0) return audience_of_item(&question, item, context->progress, error);
    error_set(error, ERROR_MISSING, "there is no item \"%.200s\"", topic->id);
    return NULL;
}

/* ---------------------------------------------------------------------------- people who get it */

static const struct table_column member_columns[] = {
    { "rank", "PLACE", CELL_INTEGER, 6, 0, true },
    { "user", "USER", CELL_TEXT, 12, 0, true },
    { "reason", "BECAUSE OF", CELL_TEXT, 50, 1, true },
};

static struct page *load_members(const struct loader_context *context, void *argument,
                                 struct error *error)
{
    struct serving serving = { 0 };
    struct audience *audience = audience_of_topic(context, argument, &serving, error);
    struct page *page = audience ? page_new(0, audience->n_members, 3, error) : NULL;
    for (int32_t m = 0; page && m < audience->n_members; m++) {
        const struct audience_member *member = &audience->members[m];
        struct text reason = { 0 };
        if (!page_add_row(page, member->user + 1)) break;
        audience_describe_reason(member, &context->style, serving.dataset, &reason);
        page_set_integer(page, 0, member->rank);
        page_set_text(page, 1, label_user(serving.dataset, member->user));
        page_set_text(page, 2, (struct slice){ reason.bytes ? reason.bytes : "", reason.length });
        text_fini(&reason);
    }
    audience_free(audience);
    serving_fini(&serving);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static void open_feed(struct table_view *table, int64_t key)
{
    const struct cell *user = table_view_cell(table, "user");
    if (user) app_push(table->view.app, feed_view_open(table->view.app, key, user->text));
}

static const struct table_spec members = {
    .name = "audience",
    .title = "Who gets it",
    .empty = "nobody gets it among the first ten",
    .user_column = "user",
    .open = open_feed,
};

static void open_members(struct app *app, const struct sheet_topic *about)
{
    struct error error;
    struct sheet_topic *topic = topic_new(about->key, slice_of(about->id));
    struct table_source *source =
        topic ? memory_source_new(member_columns, 3, load_members, topic, free, &error) : NULL;
    if (source) source->lane = LANE_MODELS;
    app_push(app, table_view_new(app, &members, source, NULL, NULL));
}

/* ------------------------------------------------------------------------------- the item's tab */

static struct sheet *make_audience(const struct loader_context *context,
                                   const struct sheet_topic *topic, struct error *error)
{
    struct serving serving = { 0 };
    struct report report = { .words = context->style.words,
                             .pseudonymiser = context->style.pseudonymiser };
    struct sheet *sheet = NULL;
    struct audience *audience = audience_of_topic(context, topic, &serving, error);
    if (audience && (sheet = sheet_new(error)) != NULL) {
        audience_describe(audience, serving.dataset, LIST_LENGTH, 0, &report);
        sheet_print(sheet, MEANING_DIM, "lists of %s run %lld, rules and stock as they are",
                    serving.run.kind, (long long)serving.run.id);
        sheet_told(sheet, &report);
        if (audience->n_members > 0) {
            sheet_blank(sheet);
            sheet_print(sheet, MEANING_DIM, "Enter shows who");
        }
    }
    report_fini(&report);
    audience_free(audience);
    serving_fini(&serving);
    return sheet;
}

static bool act_audience(struct view *view, const struct sheet_topic *topic, enum action action)
{
    if (action != ACTION_ENTER) return false;
    open_members(view->app, topic);
    return true;
}

static const struct sheet_spec audience = {
    .title = "Audience", .make = make_audience, .lane = LANE_MODELS, .act = act_audience
};

struct view *audience_view_new(struct app *app, int64_t key, struct slice id)
{
    return sheet_view_new(app, &audience, key, id);
}

/* -------------------------------------------------------------------------------- the catalogue */

static const struct table_column exposure_columns[] = {
    { "id", "ID", CELL_TEXT, 8, 1, true },
    { "title", "TITLE", CELL_TEXT, 34, 0, true },
    { "lists", "LISTS", CELL_INTEGER, 8, 0, true },
    { "min", "AT LEAST", CELL_INTEGER, 8, 1, true }, /* these two where users were drawn */
    { "max", "AT MOST", CELL_INTEGER, 8, 1, true },
    { "share", "OF ALL", CELL_SHARE, 8, 0, true },
    { "place", "MEAN PLACE", CELL_MONEY, 10, 2, true },
    { "buyers", "BUYERS", CELL_INTEGER, 8, 1, true },
    { "lift", "TO BUYERS", CELL_NUMBER, 10, 3, true },
};
enum { EXPOSURE_COLUMNS = sizeof exposure_columns / sizeof exposure_columns[0] };

enum {
    COLUMN_ID,
    COLUMN_TITLE,
    COLUMN_LISTS,
    COLUMN_MIN,
    COLUMN_MAX,
    COLUMN_SHARE,
    COLUMN_PLACE,
    COLUMN_BUYERS,
    COLUMN_LIFT
};

/* Measured once for what is served: sorting and filtering do not draw again. */
struct exposure_topic {
    char segment[256]; /* "segment=B"; "" = everybody */
    atomic_bool exact; /* ask everybody, however long it takes */
    /* Of the loader's thread. */
    bool measured, measured_exact;
    struct exposure exposure;
    struct serving serving;
};

static void topic_forget(struct exposure_topic *topic)
{
    if (!topic->measured) return;
    exposure_fini(&topic->exposure);
    serving_fini(&topic->serving);
    topic->measured = false;
}

static void topic_free(void *argument)
{
    topic_forget(argument);
    free(argument);
}

/* Of how many of all users' lists an item is in, where some were drawn: about, and from to. What
 * was in no list that was drawn may be in others: nothing is said but how many at most. */
static void add_estimate(struct page *page, const struct exposure *exposure, int32_t lists)
{
    const struct audience_share share = audience_share_of(lists, exposure->asked, exposure->users);
    const double min = ceil(share.low * exposure->users - 1e-9);
    if (lists > 0) {
        page_set_integer(page, COLUMN_LISTS, (int64_t)(share.share * exposure->users + 0.5));
        page_set_number(page, COLUMN_SHARE, share.share);
    }
    page_set_integer(page, COLUMN_MIN, min > lists ? (int64_t)min : lists);
    page_set_integer(page, COLUMN_MAX, (int64_t)(share.high * exposure->users + 1e-9));
}

static void add_item(struct page *page, const struct exposure *exposure,
                     const struct dataset *dataset, int32_t item)
{
    const int64_t buyers = dataset->by_item.start[item + 1] - dataset->by_item.start[item];
    const int32_t lists = exposure->lists[item];
    const double share = exposure->asked > 0 ? (double)lists / exposure->asked : 0;
    const bool drawn = exposure->asked < exposure->users;
    if (!page_add_row(page, item + 1)) return;
    page_set_text(page, COLUMN_ID, names_get(&dataset->item_ids, item));
    page_set_text(page, COLUMN_TITLE, names_get(&dataset->item_titles, item));
    if (drawn) {
        add_estimate(page, exposure, lists);
    } else {
        page_set_integer(page, COLUMN_LISTS, lists);
        page_set_number(page, COLUMN_SHARE, share);
    }
    if (lists > 0) page_set_number(page, COLUMN_PLACE, (double)exposure->rank_sum[item] / lists);
    page_set_integer(page, COLUMN_BUYERS, buyers);
    /* How much oftener it is shown than it was bought: both as shares of people. */
    if (buyers > 0 && dataset->n_users > 0 && (lists > 0 || !drawn))
        page_set_number(page, COLUMN_LIFT, share * dataset->n_users / (double)buyers);
}

static bool find_segment(const struct dataset *dataset, const char *words, int32_t *value,
                         struct error *error)
{
    const char *equals = strchr(words, '=');
    *value = -1;
    if (!words[0]) return true;
    if (equals)
        *value = attributes_find(&dataset->user_attributes,
                                 (struct slice){ words, (size_t)(equals - words) },
                                 slice_of(equals + 1));
    return *value >= 0 ||
           error_set(error, ERROR_MISSING,
                     "no user has \"%.100s\": write NAME=VALUE, such as segment=B", words);
}

/* Measures unless that was done already, of the same run, data and rules. */
static bool measure_exposure(const struct loader_context *context, struct exposure_topic *topic,
                             struct error *error)
{
    struct serving serving = { 0 };
    struct audience_request question;
    const bool exact = topic->exact;
    if (!ask(context, &serving, &question, error)) return false;
    if (topic->measured && topic->serving.run.id == serving.run.id &&
        topic->serving.model == serving.model && topic->serving.dataset == serving.dataset &&
        topic->serving.pipeline == serving.pipeline && (topic->measured_exact || !exact)) {
        serving_fini(&serving);
        return true;
    }
    topic_forget(topic);
    if (exact) question.seconds = 0;
    if (!find_segment(serving.dataset, topic->segment, &question.segment, error) ||
        !exposure_measure(&question, &topic->exposure, context->progress, error)) {
        serving_fini(&serving);
        return false;
    }
    topic->serving = serving;
    topic->measured = true;
    topic->measured_exact = topic->exposure.asked == topic->exposure.users;
    return true;
}

static struct page *load_exposure(const struct loader_context *context, void *argument,
                                  struct error *error)
{
    struct exposure_topic *topic = argument;
    if (!measure_exposure(context, topic, error)) return NULL;
    const struct exposure *exposure = &topic->exposure;
    const struct dataset *dataset = topic->serving.dataset;
    const int32_t n = dataset->n_items < exposure->n_items ? dataset->n_items : exposure->n_items;
    struct page *page = page_new(0, n, EXPOSURE_COLUMNS, error);
    for (int32_t i = 0; page && i < n; i++)
        add_item(page, exposure, dataset, i);
    if (page && exposure->asked < exposure->users)
        snprintf(page->note, sizeof page->note,
                 "%d of %d users: estimates, 19 of 20 intervals hold; X asks all", exposure->asked,
                 exposure->users);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static bool act_exposure(struct table_view *table, enum action action, const char *argument)
{
    struct exposure_topic *topic = memory_source_argument(table->source);
    (void)argument;
    if (action != ACTION_EXACT) return false;
    topic->exact = table->refill = true;
    table_view_reload(table);
    app_say(table->view.app, table->set && !table->set->note[0]
                                 ? "these are the lists of all users"
                                 : "asking for the lists of all users …");
    return true;
}

static void open_item(struct table_view *table, int64_t key)
{
    const struct cell *id = table_view_cell(table, "id");
    if (id) app_push(table->view.app, item_view_new(table->view.app, key, id->text));
}

static const struct table_spec exposure = {
    .name = "exposure",
    .title = "Exposure",
    .empty = "no items yet",
    .sort = "lists",
    .descending = true,
    .item_column = "id",
    .scopes = SCOPE_EXPOSURE,
    .act = act_exposure,
    .open = open_item,
};

struct view *exposure_view_new(struct app *app, const char *segment)
{
    struct error error;
    struct text title = { 0 };
    struct exposure_topic *topic = calloc(1, sizeof *topic);
    if (!topic) return NULL;
    snprintf(topic->segment, sizeof topic->segment, "%s", segment ? segment : "");
    text_add_string(&title, "Exposure");
    if (topic->segment[0]) text_format(&title, " of %s", topic->segment);
    struct table_source *source = memory_source_new(exposure_columns, EXPOSURE_COLUMNS,
                                                    load_exposure, topic, topic_free, &error);
    if (source) source->lane = LANE_MODELS;
    struct view *view = table_view_new(app, &exposure, source, title.bytes, NULL);
    text_fini(&title);
    return view;
}

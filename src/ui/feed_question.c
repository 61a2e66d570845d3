/* feed_request.c - why not, and because: what the Feed answers on a page of its own.
 *
 * Finding an item by a part of its title may look through the whole catalogue: on a worker.
 */
#include "feed_view.h"

#include "sheet_view.h"

#include "job/counterfactual.h"
#include "job/labels.h"
#include "job/whynot.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_QUESTION = 2, ANSWER_LENGTH = 10 };

struct question {
    struct feed_bundle *bundle;
    char words[256];
    struct feed_changes changes;
    struct what_if what_if; /* the same for the bundle's dataset */
    enum feed_answer asked;
    struct freshness fresh; /* of the list */
    int32_t item;
    struct sheet *sheet;
};

static void release(void *argument)
{
    struct question *question = argument;
    feed_bundle_release(question->bundle);
    feed_changes_fini(&question->changes);
    what_if_fini(&question->what_if);
    sheet_free(question->sheet);
    free(question);
}

/* The stages that the item met: many lists are made to answer it. */
static bool explain_absence(const struct loader_context *context, struct question *question,
                            struct report *report, struct error *error)
{
    const struct feed_bundle *bundle = question->bundle;
    const struct feed_options options = feed_bundle_options(bundle, ANSWER_LENGTH);
    struct whynot_request asked = { .dataset = bundle->serving.dataset,
                                    .shopper = bundle->shopper,
                                    .changes = question->what_if.changes,
                                    .item = question->item,
                                    .options = &options };
    struct whynot *whynot = whynot_ask(context->engine, context->reader, &bundle->serving, &asked,
                                       context->progress, error);
    if (!whynot) return false;
    whynot_describe(whynot, bundle->serving.dataset, report);
    whynot_free(whynot);
    return true;
}

/* The fewest purchases on which the row stands. */
static bool explain_presence(const struct loader_context *context, struct question *question,
                             struct report *report, struct error *error)
{
    const struct feed_bundle *bundle = question->bundle;
    struct feed_options options = feed_bundle_options(bundle, ANSWER_LENGTH);
    const int32_t place = feed_rank(bundle->feed, question->item);
    struct counterfactual answer;
    if (place > options.length) options.length = place; /* a row further down is asked about too */
    const struct counterfactual_request asked = {
        .dataset = bundle->serving.dataset,
        .shopper = bundle->shopper,
        .changes = question->what_if.changes,
        .model = bundle->serving.model,
        .options = &options,
        .item = question->item,
    };
    if (!counterfactual_find(&asked, &answer, context->progress, error)) return false;
    counterfactual_describe(&answer, bundle->serving.dataset, options.length, report);
    return true;
}

static bool make_sheet(const struct loader_context *context, struct question *question,
                       struct error *error)
{
    struct report report = { .words = context->style.words,
                             .pseudonymiser = context->style.pseudonymiser };
    struct text title = { 0 };
    const bool good = question->asked == FEED_WHY_NOT
                          ? explain_absence(context, question, &report, error)
                          : explain_presence(context, question, &report, error);
    if (good) question->sheet = sheet_new(error);
    if (question->sheet) {
        label_item_as(context->style.pseudonymiser, question->bundle->serving.dataset,
                      question->item, &title);
        sheet_heading(question->sheet, title.bytes ? title.bytes : "");
        sheet_told(question->sheet, &report);
    }
    text_fini(&title);
    report_fini(&report);
    return question->sheet != NULL;
}

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct question *question = argument;
    const struct dataset *dataset = question->bundle->serving.dataset;
    if (question->item < 0) question->item = change_find_item(dataset, slice_of(question->words));
    if (question->item < 0)
        return error_set(error, ERROR_MISSING, "no item has the id or the words \"%.200s\"",
                         question->words);
    return changes_apply(&question->changes.said, dataset, &question->what_if, error) &&
           make_sheet(context, question, error);
}

static const struct sheet_spec why_not = { .title = "Why not", .again = feed_again };
static const struct sheet_spec because = { .title = "Because", .again = feed_again };

static void answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct question *question = argument;
    struct app *app = feed->view.app;
    app->dirty = true;
    if (error) {
        app_fail(app, error);
        return;
    }
    app_say(app, "%s", ""); /* it is no longer looked for */
    const bool absent = question->asked == FEED_WHY_NOT;
    struct view *sheet = sheet_view_show(app, absent ? &why_not : &because, question->sheet);
    question->sheet = NULL;
    if (sheet) sheet->fresh = question->fresh;
    app_push(app, sheet);
}

/* About the item that has the words, or (words NULL) about this one. */
static void ask(struct feed_view *feed, enum feed_answer asked, const char *words, int32_t item)
{
    struct question *question = feed->bundle ? calloc(1, sizeof *question) : NULL;
    if (!question) return;
    if (!feed_changes_copy(&question->changes, &feed->changes)) {
        free(question);
        return;
    }
    feed_remember(feed, asked, words, item);
    question->fresh = feed->view.fresh;
    question->bundle = feed_bundle_retain(feed->bundle);
    question->asked = asked;
    question->item = item;
    snprintf(question->words, sizeof question->words, "%s", words ? words : "");
    app_ask(feed->view.app, &(struct request){ .owner = feed,
                                               .slot = SLOT_QUESTION,
                                               .lane = LANE_MODELS,
                                               .work = work,
                                               .answer = answer,
                                               .release = release,
                                               .argument = question });
}

void feed_remember(struct feed_view *feed, enum feed_answer kind, const char *words, int32_t item)
{
    feed->answer.kind = kind;
    feed->answer.item = item;
    if (words != feed->answer.words)
        snprintf(feed->answer.words, sizeof feed->answer.words, "%s", words ? words : "");
}

void feed_answer_again(struct feed_view *feed)
{
    feed->answer.again = false;
    if (feed->answer.kind == FEED_COMPARE)
        feed_compare_with(feed, feed->answer.words);
    else
        ask(feed, feed->answer.kind, feed->answer.words, feed->answer.item);
}

void feed_why_not(struct feed_view *feed, const char *words)
{
    ask(feed, FEED_WHY_NOT, words, -1);
}

void feed_because(struct feed_view *feed)
{
    const int32_t item = feed_item(feed);
    if (item < 0) return;
    app_say(feed->view.app, "looking for the smallest change …");
    ask(feed, FEED_BECAUSE, NULL, item);
}

static void why_not_done(struct view *view, const char *words)
{
    if (*words) feed_why_not((struct feed_view *)view, words);
}

void feed_ask_why_not(struct feed_view *feed)
{
    app_prompt(feed->view.app, &(struct prompt_spec){ .label = "why not (id or words of a title): ",
                                                      .kind = PROMPT_LINE,
                                                      .history = HISTORY_OTHER,
                                                      .argument = ARGUMENT_ITEM,
                                                      .view = &feed->view,
                                                      .done = why_not_done });
}

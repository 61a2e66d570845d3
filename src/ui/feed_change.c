/* feed_change.c - the questions of the Feed: what if, as of, why not.
 *
 * A shopper is a value, so a what-if and a past date are the same list made from another shopper.
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

bool feed_changed_any(const struct feed_changes *changes)
{
    return changes->as_of != MOMENT_NONE || changes->n_with > 0 || changes->n_without > 0;
}

struct shopper_changes feed_shopper_changes(const struct feed_changes *changes)
{
    return (struct shopper_changes){ .with = changes->with,
                                     .n_with = changes->n_with,
                                     .without = changes->without,
                                     .n_without = changes->n_without };
}

bool feed_undo_changes(struct feed_view *feed)
{
    if (!feed_changed_any(&feed->changes)) return false;
    feed->changes = (struct feed_changes){ .as_of = MOMENT_NONE };
    feed->asked = false;
    return true;
}

/* --------------------------------------------------------------------------- which item is meant
 */

enum asked { ASKED_WHAT_IF, ASKED_WHY_NOT, ASKED_BECAUSE };

struct question {
    struct feed_bundle *bundle;
    char words[256];
    const struct words *said; /* the profile's */
    struct feed_changes changes;
    enum asked asked;
    int32_t item;
    struct sheet *sheet; /* the answer to why not and because */
};

static void release(void *argument)
{
    struct question *question = argument;
    feed_bundle_release(question->bundle);
    sheet_free(question->sheet);
    free(question);
}

/* By id, else the first title that has the words in it. */
static int32_t find_item(const struct dataset *dataset, const char *words)
{
    struct text wanted = { 0 }, title = { 0 };
    int32_t item = names_find(&dataset->item_ids, slice_of(words));
    text_add_folded(&wanted, words, strlen(words));
    for (int32_t i = 0; item < 0 && wanted.length > 0 && i < dataset->n_items; i++) {
        struct slice name = names_get(&dataset->item_titles, i);
        text_clear(&title);
        text_add_folded(&title, name.bytes, name.length);
        if (title.length > 0 && strstr(title.bytes, wanted.bytes)) item = i;
    }
    text_fini(&wanted);
    text_fini(&title);
    return item;
}

/* The stages that the item met: many lists are made to answer it. */
static bool explain_absence(const struct loader_context *context, struct question *question,
                            struct told *told, struct error *error)
{
    const struct feed_bundle *bundle = question->bundle;
    const struct feed_options options = feed_bundle_options(bundle, ANSWER_LENGTH);
    struct whynot_question asked = { .dataset = bundle->serving.dataset,
                                     .shopper = bundle->shopper,
                                     .changes = feed_shopper_changes(&question->changes),
                                     .item = question->item,
                                     .options = &options };
    struct whynot *whynot = whynot_ask(context->engine, context->reader, &bundle->serving, &asked,
                                       context->progress, error);
    if (!whynot) return false;
    whynot_tell(whynot, bundle->serving.dataset, told);
    whynot_free(whynot);
    return true;
}

/* The fewest purchases on which the row stands. */
static bool explain_presence(const struct loader_context *context, struct question *question,
                             struct told *told, struct error *error)
{
    const struct feed_bundle *bundle = question->bundle;
    struct feed_options options = feed_bundle_options(bundle, ANSWER_LENGTH);
    const int32_t place = feed_rank(bundle->feed, question->item);
    struct counterfactual answer;
    if (place > options.length) options.length = place; /* a row further down is asked about too */
    const struct counterfactual_question asked = {
        .dataset = bundle->serving.dataset,
        .shopper = bundle->shopper,
        .changes = feed_shopper_changes(&question->changes),
        .model = bundle->serving.model,
        .options = &options,
        .item = question->item,
    };
    if (!counterfactual_find(&asked, &answer, context->progress, error)) return false;
    counterfactual_tell(&answer, bundle->serving.dataset, options.length, told);
    return true;
}

static bool make_sheet(const struct loader_context *context, struct question *question,
                       struct error *error)
{
    struct told told = { .words = question->said };
    struct text title = { 0 };
    const bool good = question->asked == ASKED_WHY_NOT
                          ? explain_absence(context, question, &told, error)
                          : explain_presence(context, question, &told, error);
    if (good) question->sheet = sheet_new(error);
    if (question->sheet) {
        struct slice item = label_item(question->bundle->serving.dataset, question->item);
        text_add_visible(&title, item.bytes, item.length);
        sheet_heading(question->sheet, title.bytes ? title.bytes : "");
        sheet_told(question->sheet, &told);
    }
    text_fini(&title);
    told_fini(&told);
    return question->sheet != NULL;
}

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct question *question = argument;
    if (question->item < 0)
        question->item = find_item(question->bundle->serving.dataset, question->words);
    if (question->item < 0)
        return error_set(error, ERROR_MISSING, "no item has the id or the words \"%.200s\"",
                         question->words);
    return question->asked == ASKED_WHAT_IF || make_sheet(context, question, error);
}

/* Takes the item out of a list of changes; false when it was not there. */
static bool remove_item(int32_t *items, int32_t *n, int32_t item)
{
    for (int32_t i = 0; i < *n; i++) {
        if (items[i] != item) continue;
        items[i] = items[--*n];
        return true;
    }
    return false;
}

/* The same item once more takes the change back. */
static bool toggle(struct feed_view *feed, int32_t item)
{
    struct feed_changes *changes = &feed->changes;
    const struct shopper *now = (feed->base ? feed->base : feed->bundle)->shopper;
    if (remove_item(changes->with, &changes->n_with, item) ||
        remove_item(changes->without, &changes->n_without, item))
        return true;
    bool has = shopper_find(now, item) >= 0;
    int32_t *n = has ? &changes->n_without : &changes->n_with;
    if (*n == FEED_CHANGES) return false;
    (has ? changes->without : changes->with)[(*n)++] = item;
    return true;
}

static const struct sheet_spec why_not = { .title = "Why not" };
static const struct sheet_spec because = { .title = "Because" };

static void answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct question *question = argument;
    feed->view.app->dirty = true;
    if (error)
        app_fail(feed->view.app, error);
    else if (question->sheet) {
        app_say(feed->view.app, "%s", ""); /* it is no longer looked for */
        app_push(feed->view.app,
                 sheet_view_show(feed->view.app,
                                 question->asked == ASKED_WHY_NOT ? &why_not : &because,
                                 question->sheet));
        question->sheet = NULL;
    } else if (toggle(feed, question->item))
        feed->asked = feed->in_receipt = false;
    else
        app_say(feed->view.app, "no more than %d changes at a time", FEED_CHANGES);
}

/* About the item that has the words, or (words NULL) about this one. */
static void ask(struct feed_view *feed, enum asked asked, const char *words, int32_t item)
{
    struct question *question = feed->bundle ? calloc(1, sizeof *question) : NULL;
    if (!question) return;
    question->bundle = feed_bundle_retain(feed->bundle);
    question->changes = feed->changes;
    question->asked = asked;
    question->said = app_style(feed->view.app).words;
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

void feed_what_if(struct feed_view *feed, const char *words)
{
    ask(feed, ASKED_WHAT_IF, words, -1);
}

void feed_why_not(struct feed_view *feed, const char *words)
{
    ask(feed, ASKED_WHY_NOT, words, -1);
}

void feed_because(struct feed_view *feed)
{
    const int32_t item = feed_item(feed);
    if (item < 0) return;
    app_say(feed->view.app, "looking for the smallest change …");
    ask(feed, ASKED_BECAUSE, NULL, item);
}

void feed_as_of(struct feed_view *feed, const char *words)
{
    struct app *app = feed->view.app;
    int64_t as_of = MOMENT_NONE;
    if (!slice_equal(slice_of(words), "now") &&
        !moment_parse_spoken(slice_of(words), app->now(), &as_of)) {
        app_say(app, "\"%s\" is not a time: write 2021-01-31, monday, -7d or now", words);
        app->message_bad = true;
        return;
    }
    feed->changes.as_of = as_of;
    feed->asked = feed->in_receipt = false;
}

/* ---------------------------------------------------------------------------------- the prompts */

static void what_if_done(struct view *view, const char *words)
{
    if (words && *words) feed_what_if((struct feed_view *)view, words);
}

static void why_not_done(struct view *view, const char *words)
{
    if (words && *words) feed_why_not((struct feed_view *)view, words);
}

static void as_of_done(struct view *view, const char *words)
{
    if (words && *words) feed_as_of((struct feed_view *)view, words);
}

static void prompt(struct feed_view *feed, const char *label, enum argument argument,
                   void (*done)(struct view *, const char *))
{
    app_prompt(feed->view.app, &(struct prompt_spec){ .label = label,
                                                      .kind = PROMPT_LINE,
                                                      .history = HISTORY_OTHER,
                                                      .argument = argument,
                                                      .view = &feed->view,
                                                      .done = done });
}

void feed_ask_what_if(struct feed_view *feed)
{
    prompt(feed, "buy, or take back (id or words of a title): ", ARGUMENT_ITEM, what_if_done);
}

void feed_ask_why_not(struct feed_view *feed)
{
    prompt(feed, "why not (id or words of a title): ", ARGUMENT_ITEM, why_not_done);
}

void feed_ask_as_of(struct feed_view *feed)
{
    prompt(feed, "as of (2026-08-01, monday, -7d, now): ", ARGUMENT_DATE, as_of_done);
}

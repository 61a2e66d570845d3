/* feed_change.c - what makes the shopper another one than the user is now: what if, and as of.
 *
 * A shopper is a value, so a what-if and a past date are the same list made from another shopper.
 * Finding an item by a part of its title may look through the whole catalogue: on a worker.
 */
#include "feed_view.h"

#include "aisle/moment.h"
#include "aisle/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slots of the feed; 0 to 3 are the list's, the receipt's, the questions' and the comparison's. */
enum { SLOT_CHANGE = 5, SLOT_SCENARIO = 6 };

bool feed_changed_any(const struct feed_changes *changes)
{
    return changes->as_of != MOMENT_NONE || changes->said.n > 0;
}

bool feed_changes_copy(struct feed_changes *to, const struct feed_changes *from)
{
    to->as_of = from->as_of;
    return changes_copy(&to->said, &from->said, NULL);
}

void feed_changes_fini(struct feed_changes *changes)
{
    changes_fini(&changes->said);
    changes->as_of = MOMENT_NONE;
}

/* The list is another one now. */
static void changed(struct feed_view *feed)
{
    feed->asked = feed->in_receipt = false;
    feed->view.app->dirty = true;
    if (feed->form) what_if_form_renew(feed->form);
}

bool feed_undo_changes(struct feed_view *feed)
{
    if (!feed_changed_any(&feed->changes)) return false;
    feed_changes_fini(&feed->changes);
    feed->asked = false;
    return true;
}

void feed_take_back(struct feed_view *feed, int32_t index)
{
    if (index < 0 || index >= feed->changes.said.n) return;
    changes_remove(&feed->changes.said, index);
    changed(feed);
}

/* ------------------------------------------------------------------------------- one more change
 */

struct saying {
    struct feed_bundle *bundle;
    char words[256];
    enum change_kind kind; /* CHANGE_KINDS: the line says it */
    int64_t now;
    bool turns;          /* an item alone: bought, or taken back */
    struct changes said; /* the answer */
};

static void release_saying(void *argument)
{
    struct saying *saying = argument;
    feed_bundle_release(saying->bundle);
    changes_fini(&saying->said);
    free(saying);
}

/* "city=Lyon", where users have a city. */
static bool names_attribute(const struct dataset *dataset, struct slice line)
{
    const char *equals = memchr(line.bytes, '=', line.length);
    return equals && names_find(&dataset->user_attributes.names,
                                (struct slice){ line.bytes, (size_t)(equals - line.bytes) }) >= 0;
}

static bool say_work(const struct loader_context *context, void *argument, struct error *error)
{
    static const char scenario[] = "scenario ";
    struct saying *saying = argument;
    const struct dataset *dataset = saying->bundle->serving.dataset;
    const struct change_terms terms = { dataset, saying->now, true };
    struct slice line = slice_trim(slice_of(saying->words));
    enum change_kind kind = saying->kind;
    struct change change;

    if (kind == CHANGE_KINDS && strncmp(line.bytes, scenario, strlen(scenario)) == 0)
        return changes_load(&saying->said, context->reader,
                            slice_trim(slice_of(saying->words + strlen(scenario))), error);
    if (kind == CHANGE_KINDS && !change_kind_of(line, &kind, &line))
        kind = names_attribute(dataset, line) ? CHANGE_ATTRIBUTE : CHANGE_KINDS;
    saying->turns = kind == CHANGE_KINDS;
    return change_read(&change, saying->turns ? CHANGE_WITH : kind, line, &terms, error) &&
           changes_add(&saying->said, &change, error);
}

/* An item alone is bought, or, where the shopper has it, taken out; the same item once more takes
 * the change back. False where that is all that is to be done. */
static bool turn(struct feed_view *feed, struct change *change)
{
    struct changes *said = &feed->changes.said;
    const struct shopper *now = (feed->base ? feed->base : feed->bundle)->shopper;
    const struct dataset *dataset = feed->bundle->serving.dataset;
    const int32_t at = changes_of_item(said, slice_of(change->what));
    if (at >= 0) {
        changes_remove(said, at);
        return false;
    }
    const int32_t item = names_find(&dataset->item_ids, slice_of(change->what));
    const bool plain = change->time == MOMENT_NONE && !(change->quantity > 1);
    if (plain && shopper_find(now, item) >= 0) change->kind = CHANGE_WITHOUT;
    return true;
}

/* Who lives in Oslo does not live in Lyon as well. */
static void drop_attribute(struct changes *said, const char *name)
{
    for (int32_t i = said->n; i-- > 0;)
        if (said->list[i].kind == CHANGE_ATTRIBUTE && strcmp(said->list[i].what, name) == 0)
            changes_remove(said, i);
}

static void say_answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct saying *saying = argument;
    struct error problem;
    feed->view.app->dirty = true;
    if (error) {
        app_fail(feed->view.app, error);
        return;
    }
    app_say(feed->view.app, "%s", "");
    struct change *first = saying->said.n > 0 ? &saying->said.list[0] : NULL;
    if (first && saying->said.n == 1 && first->kind == CHANGE_ATTRIBUTE)
        drop_attribute(&feed->changes.said, first->what);
    if ((!saying->turns || turn(feed, first)) &&
        !changes_append(&feed->changes.said, &saying->said, &problem))
        app_fail(feed->view.app, &problem);
    changed(feed);
}

void feed_say(struct feed_view *feed, enum change_kind kind, const char *words)
{
    struct saying *saying = feed->bundle ? calloc(1, sizeof *saying) : NULL;
    if (!saying) return;
    saying->bundle = feed_bundle_retain(feed->bundle);
    saying->kind = kind;
    saying->now = feed->view.app->now();
    snprintf(saying->words, sizeof saying->words, "%s", words);
    app_ask(feed->view.app, &(struct request){ .owner = feed,
                                               .slot = SLOT_CHANGE,
                                               .lane = LANE_MODELS,
                                               .work = say_work,
                                               .answer = say_answer,
                                               .release = release_saying,
                                               .argument = saying });
}

void feed_what_if(struct feed_view *feed, const char *words)
{
    feed_say(feed, CHANGE_KINDS, words);
}

/* ------------------------------------------------------------------------------- under a name */

struct keeping {
    char name[256];
    struct text body; /* empty: it is deleted */
};

static void release_keeping(void *argument)
{
    struct keeping *keeping = argument;
    text_fini(&keeping->body);
    free(keeping);
}

static bool keep_work(const struct loader_context *context, void *argument, struct error *error)
{
    const struct keeping *keeping = argument;
    const struct slice name = slice_trim(slice_of(keeping->name));
    struct writer *writer = writer_begin(engine_workspace(context->engine), error);
    if (!writer) return false;
    if (keeping->body.length > 0 ? scenario_save(writer, name, keeping->body.bytes, error)
                                 : scenario_delete(writer, name, error))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

static void keep_answer(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    const struct keeping *keeping = argument;
    feed->view.app->dirty = true;
    if (error)
        app_fail(feed->view.app, error);
    else
        app_say(feed->view.app, "scenario %s is %s", keeping->name,
                keeping->body.length > 0 ? "saved" : "deleted; the audit log takes it back");
    if (!error && feed->form) what_if_form_reload(feed->form);
}

static void keep(struct feed_view *feed, struct keeping *keeping)
{
    app_ask(feed->view.app, &(struct request){ .owner = feed,
                                               .slot = SLOT_SCENARIO,
                                               .lane = LANE_SELECTIONS,
                                               .work = keep_work,
                                               .answer = keep_answer,
                                               .release = release_keeping,
                                               .argument = keeping });
}

void feed_save_scenario(struct feed_view *feed, const char *name)
{
    struct error error;
    struct keeping *keeping = calloc(1, sizeof *keeping);
    if (!keeping) return;
    snprintf(keeping->name, sizeof keeping->name, "%s", name);
    if (feed->changes.said.n == 0)
        error_set(&error, ERROR_USAGE, "there is no change to save yet");
    else if (changes_write(&feed->changes.said, &keeping->body, &error)) {
        keep(feed, keeping);
        return;
    }
    app_fail(feed->view.app, &error);
    release_keeping(keeping);
}

void feed_delete_scenario(struct feed_view *feed, const char *name)
{
    struct keeping *keeping = calloc(1, sizeof *keeping);
    if (!keeping) return;
    snprintf(keeping->name, sizeof keeping->name, "%s", name);
    keep(feed, keeping);
}

/* ---------------------------------------------------------------------------------------- as of */

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

static void as_of_done(struct view *view, const char *words)
{
    if (*words) feed_as_of((struct feed_view *)view, words);
}

void feed_ask_as_of(struct feed_view *feed)
{
    app_prompt(feed->view.app,
               &(struct prompt_spec){ .label = "as of (2026-08-01, monday, -7d, now): ",
                                      .kind = PROMPT_LINE,
                                      .history = HISTORY_OTHER,
                                      .argument = ARGUMENT_DATE,
                                      .view = &feed->view,
                                      .done = as_of_done });
}

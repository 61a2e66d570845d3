#include "rules_ask.h"

#include "job/rules_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_LENGTH = 10 };
static const double preview_seconds = 0.8;

struct writing {
    struct view *view;
    struct rule_change changes[2];
    int32_t n; /* 0: undo or redo */
    bool redo;
    char verb[16];
    char *state, *body; /* owned: what changes point at */
    struct text what;   /* the answer */
    bool publish;
    rules_written *written; /* may be NULL */
};

static void release_writing(void *argument)
{
    struct writing *writing = argument;
    free(writing->state);
    free(writing->body);
    text_fini(&writing->what);
    free(writing);
}

/* What there is instead of what is not there is not read out where people are masked. */
static bool check_rule(const struct loader_context *context, const struct rule *rule,
                       const struct dataset *dataset, struct error *error)
{
    const struct pseudonymiser *pseudonymiser = context->style.pseudonymiser;
    return rule_check_data(rule, dataset, !pseudonymiser || !pseudonymiser->on, error);
}

static bool check_body(const struct loader_context *context, const char *body, struct error *error)
{
    struct rule rule;
    if (!rule_parse(&rule, slice_of(body), error)) return false;
    const struct dataset *dataset =
        engine_dataset(context->engine, context->reader, context->progress, error);
    const bool good = dataset && check_rule(context, &rule, dataset, error);
    dataset_release(dataset);
    rule_fini(&rule);
    return good;
}

static bool write_work(const struct loader_context *context, void *argument, struct error *error)
{
    struct writing *writing = argument;
    if (writing->body && !check_body(context, writing->body, error)) return false;
    struct writer *writer = writer_begin(engine_workspace(context->engine), error);
    if (!writer) return false;
    bool good = writing->n > 0
                    ? rules_change(writer, writing->verb, writing->changes, writing->n, error)
                : writing->redo ? rules_redo(writer, &writing->what, error)
                                : rules_undo(writer, &writing->what, error);
    if (good) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

static void written(void *owner, void *argument, const struct error *error)
{
    const struct writing *writing = argument;
    struct app *app = writing->view->app;
    (void)owner;
    app->dirty = true;
    if (writing->written)
        writing->written(writing->view, error ? 0 : writing->changes[0].id, writing->publish);
    if (error) {
        app_fail(app, error);
        return;
    }
    if (writing->n == 0)
        app_say(app, "%s: %s", writing->redo ? "done again" : "taken back",
                writing->what.bytes ? writing->what.bytes : "");
    else
        app_say(app, "rule %lld: %s; z takes it back", (long long)writing->changes[0].id,
                writing->changes[0].state ? writing->changes[0].state : "changed");
    app_rules_changed(app);
}

static void ask_writing(struct view *view, struct writing *writing)
{
    writing->view = view;
    app_ask(view->app, &(struct request){ .owner = view,
                                          .slot = SLOT_RULES_WRITE,
                                          .lane = LANE_SELECTIONS,
                                          .work = write_work,
                                          .answer = written,
                                          .release = release_writing,
                                          .argument = writing });
}

void rules_ask_state(struct view *view, int64_t id, const char *verb, const char *state)
{
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing) return;
    writing->state = strdup(state);
    writing->changes[0] = (struct rule_change){ .id = id, .state = writing->state };
    writing->n = 1;
    snprintf(writing->verb, sizeof writing->verb, "%s", verb);
    ask_writing(view, writing);
}

static void take_back(struct view *view, bool redo)
{
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing) return;
    writing->redo = redo;
    ask_writing(view, writing);
}

static void undo_confirmed(struct view *view, const char *yes)
{
    (void)yes;
    take_back(view, false);
}

static void redo_confirmed(struct view *view, const char *yes)
{
    (void)yes;
    take_back(view, true);
}

static void leave_as_is(struct view *view)
{
    app_say(view->app, "the rules stay as they are");
}

void rules_ask_undo(struct view *view, bool redo)
{
    app_prompt(view->app, &(struct prompt_spec){
                              .label = redo ? "Do again what was taken back, for everybody?"
                                            : "Take the last change of rules back, for everybody?",
                              .kind = PROMPT_QUESTION,
                              .view = view,
                              .done = redo ? redo_confirmed : undo_confirmed,
                              .given_up = leave_as_is });
}

void rules_ask_write(struct view *view, const struct rule *rule, bool publish, rules_written *then)
{
    struct text body = { 0 };
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing) {
        if (then) then(view, 0, publish);
        return;
    }
    rule_json(rule, &body);
    writing->body = body.bytes;
    writing->publish = publish;
    writing->written = then;
    writing->state = strdup(publish ? "published" : "draft");
    writing->changes[0] =
        (struct rule_change){ .id = rule->id, .body = writing->body, .state = writing->state };
    writing->changes[1] = (struct rule_change){ .id = rule->replaces, .state = "off" };
    writing->n = publish && rule->replaces > 0 ? 2 : 1;
    snprintf(writing->verb, sizeof writing->verb, "%s", publish ? "publish" : "add");
    if (body.failed || !writing->state) {
        release_writing(writing);
        if (then) then(view, 0, publish);
    } else {
        ask_writing(view, writing);
    }
}

/* ------------------------------------------------------------------------------------- trying out
 */

struct trying {
    struct view *view;
    struct rule rule;
    int64_t now;
    rules_previewed *previewed;
    struct sheet *sheet;
};

static void release_trying(void *argument)
{
    struct trying *trying = argument;
    rule_fini(&trying->rule);
    sheet_free(trying->sheet);
    free(trying);
}

static bool try_work(const struct loader_context *context, void *argument, struct error *error)
{
    struct trying *trying = argument;
    struct serving serving;
    struct impact impact;
    struct report report = { .words = context->style.words,
                             .pseudonymiser = context->style.pseudonymiser };
    if (!engine_serve(context->engine, context->reader, NULL, 0, &serving, context->progress,
                      error))
        return false;
    const bool done =
        check_rule(context, &trying->rule, serving.dataset, error) &&
        rules_preview(context->engine, context->reader, &serving, &trying->rule, LIST_LENGTH,
                      trying->now, preview_seconds, &impact, context->progress, error);
    if (done) {
        trying->sheet = sheet_new(error);
        rules_describe_impact(&impact, &trying->rule, serving.dataset, &report);
        if (trying->sheet) sheet_told(trying->sheet, &report);
    }
    report_fini(&report);
    serving_fini(&serving);
    return trying->sheet != NULL;
}

static void tried(void *owner, void *argument, const struct error *error)
{
    struct trying *trying = argument;
    struct sheet *sheet = trying->sheet;
    (void)owner;
    trying->sheet = NULL;
    trying->view->app->dirty = true;
    trying->previewed(trying->view, sheet, error);
}

void rules_ask_preview(struct view *view, const struct rule *rule, rules_previewed *previewed)
{
    struct trying *trying = calloc(1, sizeof *trying);
    if (!trying) return;
    trying->view = view;
    trying->now = view->app->now();
    trying->previewed = previewed;
    if (!rule_copy(&trying->rule, rule, NULL)) {
        release_trying(trying);
        return;
    }
    app_ask(view->app, &(struct request){ .owner = view,
                                          .slot = SLOT_RULES_PREVIEW,
                                          .lane = LANE_MODELS,
                                          .work = try_work,
                                          .answer = tried,
                                          .release = release_trying,
                                          .argument = trying });
}

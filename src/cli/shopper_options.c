/* shopper_options.c - from words to a shopper. */
#include "shopper_options.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int32_t missing(const char *what, const char *id, int *status)
{
    struct error error = { 0 };
    error_set(&error, ERROR_MISSING, "there is no %s '%.200s': 'aisle -d FILE %ss' lists them",
              what, id, what);
    *status = call_fail(&error);
    return -1;
}

int32_t question_item(const struct dataset *dataset, const char *id, int *status)
{
    int32_t item = names_find(&dataset->item_ids, slice_of(id));
    return item >= 0 ? item : missing("item", id, status);
}

int32_t question_user(const struct dataset *dataset, const char *id, int *status)
{
    int32_t user = names_find(&dataset->user_ids, slice_of(id));
    return user >= 0 ? user : missing("user", id, status);
}

/* USER is there, or --new stands for it. */
static bool read_user(struct question *question, struct call *call, int *status)
{
    const bool fresh = call_option(call, "new") != NULL;

    if (fresh && call->n_arguments == call->command->max)
        *status = call_usage(call, "--new is somebody who is no user yet: leave USER out");
    else if (!fresh && call->n_arguments < call->command->max)
        *status =
            call_usage(call, call->n_arguments == 0
                                 ? "something is missing: USER, or --new for somebody new"
                                 : "something is missing: ITEM; with --new for somebody new it is "
                                   "the only word");
    else {
        question->user = fresh ? NULL : call->argument[0];
        question->argument = call->argument + !fresh;
        return true;
    }
    return false;
}

/* Tells what is wrong with an option. */
static bool wrong(const struct call *call, const struct error *error, int *status)
{
    *status = error->code == ERROR_USAGE ? call_usage(call, error->text) : call_fail(error);
    return false;
}

int32_t question_attributes(const struct call *call, const struct dataset *dataset, int32_t *values,
                            int *status)
{
    const struct change_terms terms = { .dataset = dataset };
    struct error error = { 0 };
    int32_t n = 0;

    for (const char *given; (given = call_option_nth(call, "attribute", n)) != NULL; n++) {
        struct change change;
        if (!change_read(&change, CHANGE_ATTRIBUTE, slice_of(given), &terms, &error)) {
            wrong(call, &error, status);
            return -1;
        }
        values[n] = attributes_find(&dataset->user_attributes, slice_of(change.what),
                                    slice_of(change.value));
        change_fini(&change);
    }
    return n;
}

/* The kind of change that an option makes; false for other options. */
static bool kind_of(const struct option *option, enum change_kind *kind)
{
    for (int k = 0; k < CHANGE_KINDS; k++) {
        if (strcmp(option->name, change_name((enum change_kind)k)) != 0) continue;
        *kind = (enum change_kind)k;
        return true;
    }
    return false;
}

bool question_changes(const struct call *call, const struct dataset *dataset,
                      struct changes *changes, int *status)
{
    const struct change_terms terms = { .dataset = dataset, .now = (int64_t)time(NULL) };
    struct error error = { 0 };

    for (int i = 0; i < call->n_given; i++) {
        enum change_kind kind;
        struct change change;
        if (strcmp(call->given[i].option->name, "scenario") == 0) {
            if (!changes_load(changes, call->reader, slice_of(call->given[i].value), &error))
                return wrong(call, &error, status);
            continue;
        }
        if (!kind_of(call->given[i].option, &kind)) continue;
        if (!change_read(&change, kind, slice_of(call->given[i].value), &terms, &error) ||
            !changes_add(changes, &change, &error))
            return wrong(call, &error, status);
    }
    return true;
}

/* Taking away what is not there changes nothing: whoever says it may mean another item. */
static void warn_of_idle(const struct question *question)
{
    for (int32_t i = 0; i < question->said.n; i++) {
        struct text line = { 0 };
        if (!change_is_idle(&question->said, i, question->before)) continue;
        change_describe(&question->said.list[i], question->before->dataset, NULL, &line);
        fprintf(stderr, "aisle: %s: the shopper never had it, nothing changes\n",
                line.bytes ? line.bytes : "");
        text_fini(&line);
    }
}

static bool make_shopper(struct question *question, struct call *call, int *status)
{
    struct error error = { 0 };
    int32_t user = -1;
    const struct dataset *dataset = question->serving.dataset;

    if (question->user && (user = question_user(dataset, question->user, status)) < 0) return false;
    if (!question_changes(call, dataset, &question->said, status)) return false;
    if (!changes_apply(&question->said, dataset, &question->what_if, &error)) {
        *status = call_fail(&error);
        return false;
    }
    question->changes = question->what_if.changes;
    if (question->changes.words && !model_base(question->serving.model)->reads_words)
        fprintf(stderr, "aisle: %s does not read words: the list is as it is without them\n",
                question->serving.run.kind);
    question->shopper = shopper_new(dataset, user, question->as_of, &question->changes, &error);
    if (question->shopper && question->said.n > 0)
        question->before = shopper_new(dataset, user, question->as_of, NULL, &error);
    if (question->before) warn_of_idle(question);
    if (!question->shopper || (question->said.n > 0 && !question->before))
        *status = call_fail(&error);
    return question->shopper && (question->said.n == 0 || question->before);
}

bool question_init(struct question *question, struct call *call, int *status)
{
    struct error error = { 0 };
    const char *as_of = call_option(call, "as-of");

    memset(question, 0, sizeof *question);
    question->as_of = MOMENT_NONE;
    question->call = call;
    if (!read_user(question, call, status) || !call_open(call, WORKSPACE_READ, status))
        return false;
    if (as_of && !moment_parse_spoken(slice_of(as_of), (int64_t)time(NULL), &question->as_of))
        error_set(&error, ERROR_USAGE,
                  "--as-of %s: is not a time: write 2021-01-31, yesterday or -7d", as_of);
    else if (engine_serve_past(call->engine, call->reader, call_option(call, "model"), 0,
                               question->as_of, call_option(call, "plain") != NULL,
                               &question->serving, &question->past, NULL, &error))
        return make_shopper(question, call, status);
    *status = call_fail(&error);
    return false;
}

void question_fini(struct question *question)
{
    shopper_free(question->shopper);
    shopper_free(question->before);
    what_if_fini(&question->what_if);
    changes_fini(&question->said);
    serving_fini(&question->serving);
}

json_t *question_user_json(const struct question *question)
{
    return question->user ? json_text(slice_of(question->user)) : json_null();
}

struct feed_options question_feed(const struct question *question, const struct call *call,
                                  int32_t length)
{
    const bool plain = call_option(call, "plain") && question->as_of == MOMENT_NONE;
    return (struct feed_options){ .length = length,
                                  .pipeline = plain ? NULL : question->serving.pipeline,
                                  .now = question->as_of == MOMENT_NONE ? (int64_t)time(NULL)
                                                                        : question->as_of };
}

/* ---------------------------------------------------------------------------- telling the what-if
 */

json_t *what_if_change_json(const struct change *change)
{
    char moment[MOMENT_TEXT_SIZE];
    json_t *object = json_object();

    json_object_set_new(object, change_name(change->kind), json_text(slice_of(change->what)));
    if (change->kind == CHANGE_ATTRIBUTE)
        json_object_set_new(object, "value", json_text(slice_of(change->value)));
    if (change->kind == CHANGE_RATE)
        json_object_set_new(object, "value", json_real(change->rating));
    if (change->quantity < 1 || change->quantity > 1)
        json_object_set_new(object, "quantity", json_real(change->quantity));
    if (change->time != MOMENT_NONE)
        json_object_set_new(object, "time", json_string(moment_text(change->time, moment)));
    return object;
}

json_t *scenarios_named(const struct call *call)
{
    json_t *names = json_array();
    const char *name;

    for (int n = 0; (name = call_option_nth(call, "scenario", n)) != NULL; n++)
        json_array_append_new(names, json_text(slice_of(name)));
    if (json_array_size(names) > 0) return names;
    json_decref(names);
    return NULL;
}

json_t *question_what_if_json(const struct question *question)
{
    if (question->said.n == 0) return NULL;
    json_t *list = json_array();
    double before, after;

    for (int32_t i = 0; i < question->said.n; i++) {
        json_t *object = what_if_change_json(&question->said.list[i]);
        if (change_effect(&question->said.list[i], question->before, question->shopper, &before,
                          &after)) {
            json_object_set_new(object, "strength_before", json_real(before));
            json_object_set_new(object, "strength", json_real(after));
        }
        if (change_is_idle(&question->said, i, question->before))
            json_object_set_new(object, "note", json_string("the shopper never had it"));
        json_array_append_new(list, object);
    }
    return json_pack("{s:o*, s:o}", "scenarios", scenarios_named(question->call), "changes", list);
}

void question_print_what_if(const struct question *question)
{
    struct text line = { 0 };
    const char *name;

    for (int n = 0; (name = call_option_nth(question->call, "scenario", n)) != NULL; n++) {
        text_add_string(&line, n > 0 ? ", " : "scenario ");
        text_add_visible(&line, name, strlen(name));
    }
    if (question->said.n > 0) text_add_string(&line, line.length > 0 ? ": " : "what if: ");
    if (question->said.n > 0)
        changes_describe_effects(&question->said, question->before, question->shopper, NULL, &line);
    if (line.length > 0) printf("%s\n", line.bytes);
    text_fini(&line);
}

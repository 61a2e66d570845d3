/* shopper_options.c - from words to a shopper. */
#include "shopper_options.h"

#include "job/rulebook.h"

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

/* Fills items[] from a repeated option; -1 after telling. */
static int32_t items_of(const struct call *call, const char *name, const struct dataset *dataset,
                        int32_t *items, int *status)
{
    int32_t n = 0;
    for (const char *id; (id = call_option_nth(call, name, n)) != NULL; n++)
        if ((items[n] = question_item(dataset, id, status)) < 0) return -1;
    return n;
}

/* USER is there, or --new stands for it. */
static bool read_user(struct question *question, struct call *call, int *status)
{
    const bool fresh = call_option(call, "new") != NULL;

    if (fresh && call->n_arguments == call->command->most)
        *status = call_usage(call, "--new is somebody who is no user yet: leave USER out");
    else if (!fresh && call->n_arguments < call->command->most)
        *status = call_usage(call, "something is missing: USER, or --new for somebody new");
    else {
        question->user = fresh ? NULL : call->argument[0];
        question->argument = call->argument + !fresh;
        return true;
    }
    return false;
}

/* What there is instead: the values under the name, or the names. At most ten. */
static void tell_attribute(const struct attributes *known, struct slice name, const char *given,
                           int *status)
{
    struct error error = { 0 };
    struct text list = { 0 };
    const int32_t tag = names_find(&known->names, name);
    const struct names *texts = tag >= 0 ? &known->values : &known->names;
    int n = 0;

    for (int32_t i = 0; i < texts->n && n < 10; i++) {
        struct slice text = names_get(texts, i);
        if (tag >= 0 && known->value_name[i] != tag) continue;
        text_add_string(&list, n++ ? ", " : "");
        text_add(&list, text.bytes, text.length < 30 ? text.length : 30);
    }
    error_set(&error, ERROR_MISSING, "--attribute %.100s: no user has that; %s %.300s", given,
              tag >= 0 ? "there are" : "known attributes:", list.bytes ? list.bytes : "none");
    text_fini(&list);
    *status = call_fail(&error);
}

int32_t question_attributes(const struct call *call, const struct attributes *known,
                            int32_t *values, int *status)
{
    int32_t n = 0;

    for (const char *given; (given = call_option_nth(call, "attribute", n)) != NULL; n++) {
        const char *equals = strchr(given, '=');
        if (!equals) {
            *status = call_usage(call, "--attribute is NAME=VALUE, such as city=Lyon");
            return -1;
        }
        const struct slice name = { given, (size_t)(equals - given) };
        values[n] = attributes_find(known, name, slice_of(equals + 1));
        if (values[n] >= 0) continue;
        tell_attribute(known, name, given, status);
        return -1;
    }
    return n;
}

static bool make_shopper(struct question *question, struct call *call, int *status)
{
    struct error error = { 0 };
    struct shopper_changes *changes = &question->changes;
    int32_t user = -1;
    const struct dataset *dataset = question->serving.dataset;

    if (question->user && (user = question_user(dataset, question->user, status)) < 0) return false;
    *changes = (struct shopper_changes){ .with = question->with,
                                         .without = question->without,
                                         .values = question->values };
    if ((changes->n_with = items_of(call, "with", dataset, question->with, status)) < 0 ||
        (changes->n_without = items_of(call, "without", dataset, question->without, status)) < 0 ||
        (changes->n_values =
             question_attributes(call, &dataset->user_attributes, question->values, status)) < 0)
        return false;
    changes->words = call_option(call, "words");
    if (changes->words && !model_base(question->serving.model)->kind->reads_words)
        fprintf(stderr, "aisle: %s does not read words: the list is as it is without them\n",
                question->serving.run.kind);
    question->shopper = shopper_new(dataset, user, question->as_of, changes, &error);
    if (!question->shopper) *status = call_fail(&error);
    return question->shopper != NULL;
}

bool question_init(struct question *question, struct call *call, int *status)
{
    struct error error = { 0 };
    const char *as_of = call_option(call, "as-of");

    memset(question, 0, sizeof *question);
    question->as_of = MOMENT_NONE;
    if (!read_user(question, call, status) || !call_open(call, WORKSPACE_READ, status))
        return false;
    if (as_of && !moment_parse_spoken(slice_of(as_of), (int64_t)time(NULL), &question->as_of))
        error_set(&error, ERROR_USAGE,
                  "--as-of %s: is not a time: write 2021-01-31, yesterday or -7d", as_of);
    else if (engine_serve(call->engine, call->reader, call_option(call, "model"), 0,
                          &question->serving, NULL, &error) &&
             rulebook_serve_as_of(&question->serving, call->reader, question->as_of, &error))
        return make_shopper(question, call, status);
    *status = call_fail(&error);
    return false;
}

void question_fini(struct question *question)
{
    shopper_free(question->shopper);
    serving_fini(&question->serving);
}

json_t *question_user_json(const struct question *question)
{
    return question->user ? json_text(slice_of(question->user)) : json_null();
}

struct feed_options question_feed(const struct question *question, const struct call *call,
                                  int32_t length)
{
    const bool plain = call_option(call, "plain") != NULL;
    return (struct feed_options){ .length = length,
                                  .pipeline = plain ? NULL : question->serving.pipeline,
                                  .now = question->as_of == MOMENT_NONE ? (int64_t)time(NULL)
                                                                        : question->as_of };
}

/* shopper_options.c - from words to a shopper. */
#include "shopper_options.h"

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

bool question_init(struct question *question, struct call *call, int *status)
{
    struct error error = { 0 };
    int32_t with[CALL_MOST], without[CALL_MOST];
    const char *as_of = call_option(call, "as-of");
    memset(question, 0, sizeof *question);
    question->as_of = MOMENT_NONE;
    if (!call_open(call, WORKSPACE_READ, status)) return false;
    if (as_of && !moment_parse_spoken(slice_of(as_of), (int64_t)time(NULL), &question->as_of)) {
        error_set(&error, ERROR_USAGE,
                  "--as-of %s: is not a time: write 2021-01-31, yesterday or -7d", as_of);
        goto fail;
    }
    if (!engine_serve(call->engine, call->reader, call_option(call, "model"), 0, &question->serving,
                      NULL, &error))
        goto fail;
    const struct dataset *dataset = question->serving.dataset;
    int32_t user = question_user(dataset, call->argument[0], status);
    if (user < 0) return false;
    struct shopper_changes changes = { .with = with, .without = without };
    changes.n_with = items_of(call, "with", dataset, with, status);
    if (changes.n_with < 0) return false;
    changes.n_without = items_of(call, "without", dataset, without, status);
    if (changes.n_without < 0) return false;
    question->shopper = shopper_new(dataset, user, question->as_of, &changes, &error);
    if (question->shopper) return true;
fail:
    *status = call_fail(&error);
    return false;
}

void question_fini(struct question *question)
{
    shopper_free(question->shopper);
    serving_fini(&question->serving);
}

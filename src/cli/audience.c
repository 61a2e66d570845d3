/* audience.c - audience ITEM: who gets it and why; exposure: what the lists show of the catalogue.
 */
#include "report_print.h"
#include "shopper_options.h"

#include "job/audience_words.h"
#include "job/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PRINTED_MEMBERS = 10 };

/* Model, length (the option of that name) and time; false after telling. */
static bool read_request(struct call *call, const char *length, struct serving *serving,
                         struct audience_request *question, int *status)
{
    struct error error = { 0 };
    int64_t n, seconds;
    if (!call_number(call, length, 10, 1, AUDIENCE_RANKS, &n, status) ||
        !call_number(call, "seconds", 0, 1, 1000000, &seconds, status) ||
        !call_open(call, WORKSPACE_READ, status))
        return false;
    if (!engine_serve(call->engine, call->reader, call_option(call, "model"), 0, serving, NULL,
                      &error)) {
        *status = call_fail(&error);
        return false;
    }
    *question = (struct audience_request){
        .model = serving->model,
        .dataset = serving->dataset,
        .pipeline = call_option(call, "plain") ? NULL : serving->pipeline,
        .now = (int64_t)time(NULL),
        .length = (int32_t)n,
        .segment = -1,
        .seconds = (double)seconds,
        .seed = 1,
    };
    return true;
}

static json_t *member_json(const struct audience_member *member, const struct dataset *dataset)
{
    struct text reason = { 0 };
    audience_describe_reason(member, NULL, dataset, &reason);
    json_t *object =
        json_pack("{s:o, s:i, s:s, s:o}", "user", json_text(label_user(dataset, member->user)),
                  "rank", member->rank, "reason_kind", receipt_kind_name(member->reason), "reason",
                  json_text((struct slice){ reason.bytes, reason.length }));
    text_fini(&reason);
    return object;
}

static json_t *audience_json(const struct call *call, const struct audience *audience,
                             const struct serving *serving, int32_t length)
{
    json_t *ranks = json_array(), *members = json_array(), *reasons = json_array();
    for (int32_t rank = 1; rank <= length; rank++)
        json_array_append_new(ranks, json_integer(audience->at_rank[rank]));
    for (int32_t m = 0; m < audience->n_members; m++)
        json_array_append_new(members, member_json(&audience->members[m], serving->dataset));
    for (int32_t r = 0; r < audience->n_reasons; r++) {
        json_t *reason = member_json(&audience->reasons[r].like, serving->dataset);
        json_object_del(reason, "user");
        json_object_del(reason, "rank");
        json_object_set_new(reason, "users", json_integer(audience->reasons[r].members));
        json_array_append_new(reasons, reason);
    }
    return json_pack("{s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:i, s:f, s:f, s:f, s:o, s:o, s:o, s:i, "
                     "s:i}",
                     "item", call->argument[0], "model", serving->run.kind, "run",
                     (json_int_t)serving->run.id, "length", length, "users", audience->users,
                     "users_asked", audience->asked, "getting", audience->getting, "having",
                     audience->having, "share", audience->share.share, "low", audience->share.low,
                     "high", audience->share.high, "at_rank", ranks, "reasons", reasons, "members",
                     members, "other_reasons", audience->other_reasons, "other_users",
                     audience->other_members);
}

int command_audience(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct serving serving = { 0 };
    struct audience_request question;
    struct audience *audience = NULL;
    if (!read_request(call, "count", &serving, &question, &status)) return status;
    const int32_t item = question_item(serving.dataset, call->argument[0], &status);
    if (item >= 0) {
        audience = audience_of_item(&question, item, NULL, &error);
        if (!audience)
            status = call_fail(&error);
        else if (call->json)
            status = print_json(audience_json(call, audience, &serving, question.length));
        else {
            struct report report = { 0 };
            print_visible(label_item(serving.dataset, item));
            putchar('\n');
            audience_describe(audience, serving.dataset, question.length, PRINTED_MEMBERS, &report);
            report_print(&report);
            report_fini(&report);
        }
    }
    audience_free(audience);
    serving_fini(&serving);
    return status;
}

/* ---------------------------------------------------------------------------------- exposure */

struct shown {
    int32_t item, lists, buyers;
    double rank; /* mean, where it is in a list */
};

static int by_lists(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;
    if (x->lists != y->lists) return x->lists > y->lists ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

/* Every item, the most shown first. */
static struct shown *sort_items(const struct exposure *exposure, const struct dataset *dataset)
{
    struct shown *shown = malloc(((size_t)exposure->n_items + 1) * sizeof *shown);
    for (int32_t i = 0; shown && i < exposure->n_items; i++) {
        const int64_t buyers = dataset->by_item.start[i + 1] - dataset->by_item.start[i];
        shown[i] = (struct shown){ i, exposure->lists[i], (int32_t)buyers, 0 };
        if (shown[i].lists > 0) shown[i].rank = (double)exposure->rank_sum[i] / shown[i].lists;
    }
    if (shown) qsort(shown, (size_t)exposure->n_items, sizeof *shown, by_lists);
    return shown;
}

static json_t *shown_json(const struct shown *shown, const struct exposure *exposure,
                          const struct dataset *dataset)
{
    const struct audience_share share =
        audience_share_of(shown->lists, exposure->asked, exposure->users);
    return json_pack("{s:o, s:o, s:i, s:f, s:f, s:f, s:o, s:i}", "item",
                     json_text(names_get(&dataset->item_ids, shown->item)), "title",
                     json_text(names_get(&dataset->item_titles, shown->item)), "lists",
                     shown->lists, "share", share.share, "low", share.low, "high", share.high,
                     "mean_rank", shown->lists > 0 ? json_real(shown->rank) : json_null(), "buyers",
                     shown->buyers);
}

static void print_shown(const struct shown *shown, const struct exposure *exposure,
                        const struct dataset *dataset)
{
    printf("%8d  %6.1f %%  %9.1f  %8d  ", shown->lists,
           exposure->asked > 0 ? 100.0 * shown->lists / exposure->asked : 0, shown->rank,
           shown->buyers);
    print_visible(label_item(dataset, shown->item));
    putchar('\n');
}

/* The most shown, or with --never those that nobody is shown. */
static int print_exposure(const struct call *call, const struct serving *serving,
                          const struct exposure *exposure, int32_t max)
{
    struct error error = { 0 };
    const bool never = call_option(call, "never") != NULL;
    struct shown *shown = sort_items(exposure, serving->dataset);
    json_t *items = call->json ? json_array() : NULL;
    if (!shown) {
        error_memory(&error, "the lists");
        return call_fail(&error);
    }
    if (!items) {
        printf("%d of %s in the lists of %s", exposure->shown,
               text_count(exposure->n_items, "item").text,
               text_count(exposure->asked, "user").text);
        if (exposure->asked < exposure->users) printf(", drawn from %d", exposure->users);
        printf("; Gini %.3f\n%8s  %8s  %9s  %8s  %s\n", exposure->gini, "LISTS", "SHARE",
               "MEAN RANK", "BUYERS", "ITEM");
    }
    for (int32_t i = never ? exposure->shown : 0, n = 0; i < exposure->n_items && n < max;
         i++, n++) {
        if (!never && shown[i].lists == 0) break;
        if (items)
            json_array_append_new(items, shown_json(&shown[i], exposure, serving->dataset));
        else
            print_shown(&shown[i], exposure, serving->dataset);
    }
    free(shown);
    if (!items) return STATUS_DONE;
    return print_json(
        json_pack("{s:s, s:I, s:i, s:i, s:i, s:i, s:i, s:f, s:o}", "model", serving->run.kind,
                  "run", (json_int_t)serving->run.id, "users", exposure->users, "users_asked",
                  exposure->asked, "items", exposure->n_items, "shown", exposure->shown, "never",
                  exposure->n_items - exposure->shown, "gini", exposure->gini, "rows", items));
}

/* segment=B as a value of users; -1 after telling. */
static int32_t find_segment(const struct dataset *dataset, const char *words, int *status)
{
    struct error error = { 0 };
    const char *equals = strchr(words, '=');
    const struct slice name = { words, equals ? (size_t)(equals - words) : 0 };
    const int32_t value =
        equals ? attributes_find(&dataset->user_attributes, name, slice_of(equals + 1)) : -1;
    if (value >= 0) return value;
    error_set(&error, ERROR_MISSING, "no user has %.100s: write NAME=VALUE, such as segment=B",
              words);
    *status = call_fail(&error);
    return -1;
}

int command_exposure(struct call *call)
{
    int status = STATUS_DONE;
    int64_t rows;
    struct error error = { 0 };
    struct serving serving = { 0 };
    struct audience_request question;
    struct exposure exposure;
    if (!call_number(call, call_option(call, "rows") ? "rows" : "count", 20, 1, INT32_MAX, &rows,
                     &status) ||
        !read_request(call, "length", &serving, &question, &status))
        return status;
    if (call->n_arguments == 1 &&
        (question.segment = find_segment(serving.dataset, call->argument[0], &status)) < 0)
        goto out;
    if (exposure_measure(&question, &exposure, NULL, &error)) {
        status = print_exposure(call, &serving, &exposure, (int32_t)rows);
        exposure_fini(&exposure);
    } else
        status = call_fail(&error);
out:
    serving_fini(&serving);
    return status;
}

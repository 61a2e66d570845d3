/* diff.c - diff [RUN [RUN]]: what changed in everybody's lists, or in one user's, and by what. */
#include "report_print.h"
#include "shopper_options.h"

#include "job/diff.h"
#include "job/labels.h"
#include "job/list_request.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static json_t *steps_json(unsigned steps)
{
    json_t *list = json_array();
    for (int s = 0; s < DIFF_STEPS; s++)
        if (steps >> s & 1)
            json_array_append_new(list, json_string(diff_step_name((enum diff_step)s)));
    return list;
}

static json_t *state_json(const struct serving *serving, int64_t at)
{
    char moment[MOMENT_TEXT_SIZE];
    return json_pack("{s:s, s:I, s:s}", "model", serving->run.kind, "run",
                     (json_int_t)serving->run.id, "at", moment_text(at, moment));
}

static json_t *by_json(const int32_t by[DIFF_STEPS])
{
    json_t *object = json_object();
    for (int s = 0; s < DIFF_STEPS; s++)
        json_object_set_new(object, diff_step_name((enum diff_step)s), json_integer(by[s]));
    return object;
}

static json_t *diff_json(const struct diff *diff, const struct diff_sides *list_requests)
{
    const struct dataset *dataset = list_requests->now.dataset;
    json_t *items = json_array(), *users = json_array();
    for (int32_t i = 0; i < diff->n_items; i++)
        json_array_append_new(
            items, json_pack("{s:o, s:o, s:i, s:i, s:o}", "item",
                             json_text(names_get(&dataset->item_ids, diff->items[i].item)), "title",
                             json_text(names_get(&dataset->item_titles, diff->items[i].item)),
                             "left", diff->items[i].left, "entered", diff->items[i].entered, "by",
                             by_json(diff->items[i].by)));
    for (int32_t m = 0; m < diff->n_moved; m++)
        json_array_append_new(users, json_pack("{s:o, s:f, s:o}", "user",
                                               json_text(label_user(dataset, diff->moved[m].user)),
                                               "rbo", diff->moved[m].rbo, "by",
                                               steps_json(diff->moved[m].steps)));
    return json_pack("{s:o, s:o, s:i, s:i, s:i, s:f, s:o, s:o, s:o}", "then",
                     state_json(&list_requests->then, list_requests->request.then.at), "now",
                     state_json(&list_requests->now, list_requests->request.now.at), "users",
                     diff->users, "users_asked", diff->asked, "lists_changed", diff->changed, "rbo",
                     diff->rbo, "by", by_json(diff->by), "items", items, "most_moved", users);
}

/* ---------------------------------------------------------------------------------- one user */

static json_t *rank_json(int32_t rank)
{
    return rank > 0 ? json_integer(rank) : json_null();
}

/* What leaves it out of the one list is more than the step that did: "rules: rule 3". */
static void print_move(const struct feed_move *move, unsigned steps, const struct compare_why *why,
                       const struct dataset *dataset)
{
    const struct compare_row row = { .move = *move, .why = *why };
    struct text by = { 0 };
    char then[12] = "-", now[12] = "-";
    if (move->rank_a > 0) snprintf(then, sizeof then, "%d", move->rank_a);
    if (move->rank_b > 0) snprintf(now, sizeof now, "%d", move->rank_b);
    printf("%5s %5s  ", then, now);
    print_padded(label_item(dataset, move->item), 44, false);
    diff_describe_steps(steps, &by);
    if (why->cause != CAUSE_NONE && why->cause != CAUSE_EVENT && why->cause != CAUSE_MODEL) {
        text_add_string(&by, ": ");
        compare_describe_cause(&row, NULL, dataset, &by);
    }
    printf("  %s\n", by.bytes ? by.bytes : "");
    text_fini(&by);
}

static int print_user(const struct call *call, const struct diff_sides *list_requests,
                      const char *user, int32_t user_index,
                      struct feed *const lists[DIFF_STEPS + 1])
{
    struct feed_move moves[2 * 1000];
    const struct dataset *dataset = list_requests->now.dataset;
    const int32_t n = feed_compare(lists[0], lists[DIFF_STEPS], moves);
    json_t *rows = call->json ? json_array() : NULL;
    if (!rows) printf("%5s %5s  %-44s  %s\n", "THEN", "NOW", "ITEM", "MOVED BY");
    for (int32_t m = 0; m < n; m++) {
        const int32_t item = moves[m].item;
        const unsigned steps = diff_steps_of(lists, item);
        struct compare_why why;
        diff_why(&list_requests->request, lists, user_index, item, &why);
        if (rows)
            json_array_append_new(
                rows,
                json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o*}", "item",
                          json_text(names_get(&dataset->item_ids, item)), "title",
                          json_text(names_get(&dataset->item_titles, item)), "then",
                          rank_json(moves[m].rank_a), "now", rank_json(moves[m].rank_b), "by",
                          steps_json(steps), "cause",
                          why.cause == CAUSE_NONE ? json_null()
                                                  : json_string(compare_cause_name(why.cause)),
                          "rule", why.rule ? json_integer(why.rule) : NULL));
        else
            print_move(&moves[m], steps, &why, dataset);
    }
    if (!rows) return STATUS_DONE;
    return print_json(
        json_pack("{s:s, s:o, s:o, s:o}", "user", user, "then",
                  state_json(&list_requests->then, list_requests->request.then.at), "now",
                  state_json(&list_requests->now, list_requests->request.now.at), "rows", rows));
}

static int diff_user(const struct call *call, const struct diff_sides *list_requests,
                     const char *id)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct feed *lists[DIFF_STEPS + 1] = { 0 };
    const int32_t user = question_user(list_requests->now.dataset, id, &status);
    if (user < 0) return status;
    if (diff_lists(&list_requests->request, user, lists, &error))
        status = print_user(call, list_requests, id, user, lists);
    else
        status = call_fail(&error);
    for (int s = 0; s <= DIFF_STEPS; s++)
        feed_free(lists[s]);
    return status;
}

static int diff_all(struct call *call, const struct diff_sides *list_requests, double seconds)
{
    struct error error = { 0 };
    struct diff diff;
    struct report report = { 0 };
    if (!diff_measure(&list_requests->request, seconds, 1, 0, &diff, NULL, &error))
        return call_fail(&error);
    if (call->json) return print_json(diff_json(&diff, list_requests));
    diff_describe(&diff, list_requests, &report);
    report_print(&report);
    report_fini(&report);
    return STATUS_DONE;
}

static bool run_number(const struct call *call, int at, int64_t *run, int *status)
{
    *run = 0;
    if (call->n_arguments <= at) return true;
    if (slice_to_int64(slice_of(call->argument[at]), run) && *run > 0) return true;
    *status = call_usage(call, "a run is a number");
    return false;
}

int command_diff(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n, seconds, then, now, at = MOMENT_NONE;
    struct error error = { 0 };
    struct diff_sides list_requests;
    const char *since = call_option(call, "since"), *user = call_option(call, "user");
    const int64_t clock = (int64_t)time(NULL);
    if (!call_number(call, "count", 10, 1, 1000, &n, &status) ||
        !call_number(call, "seconds", 0, 1, 1000000, &seconds, &status) ||
        !run_number(call, 0, &then, &status) || !run_number(call, 1, &now, &status))
        return status;
    if (since && !moment_parse_spoken(slice_of(since), clock, &at))
        return call_usage(call, "--since is a time: 2021-01-31, yesterday or -7d");
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (!diff_open(call->engine, call->reader, then, now, at, clock, (int32_t)n, &list_requests,
                   NULL, &error))
        status = call_fail(&error);
    else
        status = user ? diff_user(call, &list_requests, user)
                      : diff_all(call, &list_requests, (double)seconds);
    diff_close(&list_requests);
    return status;
}

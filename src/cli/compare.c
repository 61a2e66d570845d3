/* compare.c - compare USER with...: two lists side by side. */
#include "served.h"
#include "shopper_options.h"

#include "job/labels.h"
#include "job/list_request.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static json_t *rank_json(int32_t rank)
{
    return rank > 0 ? json_integer(rank) : json_null();
}

static json_t *score_json(float score)
{
    return score > -INFINITY ? json_real((double)score) : json_null();
}

static json_t *row_json(const struct compare_row *row, const struct dataset *dataset)
{
    struct text part = { 0 };
    const struct feed_move *move = &row->move;
    char moment[MOMENT_TEXT_SIZE];
    const struct compare_why *why = &row->why;
    const bool other = why->cause != CAUSE_NONE && why->item != move->item;
    compare_describe_part(row, NULL, dataset, &part);
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:o*, s:o*, s:o}", "item",
        json_text(names_get(&dataset->item_ids, move->item)), "title",
        json_text(names_get(&dataset->item_titles, move->item)), "rank_a", rank_json(move->rank_a),
        "rank_b", rank_json(move->rank_b), "score_a", score_json(move->score_a), "score_b",
        score_json(move->score_b), "cause",
        why->cause == CAUSE_NONE ? json_null() : json_string(compare_cause_name(why->cause)),
        "rule", why->rule ? json_integer(why->rule) : NULL, "cause_item",
        other ? json_text(names_get(&dataset->item_ids, why->item)) : NULL, "bought",
        why->time != MOMENT_NONE ? json_string(moment_text(why->time, moment)) : NULL, "part",
        part.length > 0 ? json_pack("{s:o, s:s, s:f, s:f}", "label",
                                    json_text((struct slice){ part.bytes, part.length }), "kind",
                                    receipt_kind_name(row->part), "share_a", row->part_before,
                                    "share_b", row->part_after)
                        : json_null());
    text_fini(&part);
    return object;
}

/* NULL where the shopper is as they are. */
static json_t *what_if_json(const struct list_options *spec)
{
    if (spec->scenario[0])
        return json_pack("{s:o}", "scenario", json_text(slice_of(spec->scenario)));
    if (!spec->changes || spec->changes->n == 0) return NULL;
    json_t *changes = json_array();
    for (int32_t i = 0; i < spec->changes->n; i++)
        json_array_append_new(changes, what_if_change_json(&spec->changes->list[i]));
    return json_pack("{s:o}", "changes", changes);
}

static json_t *list_request_json(const struct list_options *spec,
                                 const struct list_request *list_request)
{
    char moment[MOMENT_TEXT_SIZE];
    return json_pack(
        "{s:o, s:s, s:I, s:I, s:o, s:o*, s:b, s:b, s:o, s:o*}", "user",
        json_text(slice_of(spec->user)), "model", list_request->serving.run.kind, "run",
        (json_int_t)list_request->serving.run.id, "events_behind",
        (json_int_t)serving_behind(&list_request->serving), "as_of",
        spec->as_of == MOMENT_NONE ? json_null() : json_string(moment_text(spec->as_of, moment)),
        "past", past_json(&list_request->past), "plain", spec->plain, "rules",
        !spec->plain && !spec->without_rules, "draft",
        spec->draft ? json_integer(spec->draft) : json_null(), "what_if", what_if_json(spec));
}

static void print_rank(int32_t rank)
{
    if (rank > 0)
        printf("%5d", rank);
    else
        printf("%5s", "-");
}

static void print_row(const struct compare_row *row, bool back, const struct dataset *dataset)
{
    const struct compare_row report = compare_oriented(row, back);
    const struct feed_move *move = &report.move;
    struct text part = { 0 };
    char moved[16] = "";
    if (move->rank_a == 0 || move->rank_b == 0)
        snprintf(moved, sizeof moved, "%s", move->rank_a == 0 ? "new" : "gone");
    else if (move->rank_a != move->rank_b)
        snprintf(moved, sizeof moved, "%+d", move->rank_a - move->rank_b);
    print_rank(row->move.rank_a);
    print_rank(row->move.rank_b);
    printf("  %5s  ", moved);
    print_padded(label_item(dataset, move->item), 40, false);
    compare_describe_cause(&report, NULL, dataset, &part);
    printf("  ");
    print_visible((struct slice){ part.bytes, part.length });
    putchar('\n');
    text_fini(&part);
}

static int print_comparison(const struct call *call, const struct list_options spec[2],
                            const struct list_request list_request[2],
                            const struct comparison *comparison)
{
    const struct dataset *dataset = list_request[1].serving.dataset;
    if (call->json) {
        json_t *rows = json_array();
        for (int32_t r = 0; r < comparison->n; r++)
            json_array_append_new(rows, row_json(&comparison->rows[r], dataset));
        return print_json(json_pack("{s:o, s:o, s:f, s:f, s:i, s:i, s:i, s:o}", "a",
                                    list_request_json(&spec[0], &list_request[0]), "b",
                                    list_request_json(&spec[1], &list_request[1]), "overlap",
                                    comparison->overlap, "rbo", comparison->rbo, "entered",
                                    comparison->entered, "left", comparison->left, "moved",
                                    comparison->moved, "rows", rows));
    }
    struct text line = { 0 };
    text_add_string(&line, "A: ");
    list_request_describe(&spec[0], &list_request[0], &spec[1], NULL, &line);
    text_add_string(&line, "   B: ");
    list_request_describe(&spec[1], &list_request[1], &spec[0], NULL, &line);
    printf("%s\n%.0f %% of the rows in both, rank-biased overlap %.3f\n",
           line.bytes ? line.bytes : "", 100 * comparison->overlap, comparison->rbo);
    text_fini(&line);
    for (int s = 0; s < 2; s++)
        if (spec[s].as_of != MOMENT_NONE) {
            printf("%c: ", "AB"[s]);
            served_print(&list_request[s].serving, &list_request[s].past);
        }
    printf("%5s%5s  %5s  %-40s  %s\n", "A", "B", "MOVED", "ITEM", "CAUSE");
    for (int32_t r = 0; r < comparison->n; r++)
        print_row(&comparison->rows[r], list_requests_go_back(spec), dataset);
    return STATUS_DONE;
}

/* USER, then what the other list is: "ease", "run 7", "user 42", "2026-08-01" … in one or more
 * words. */
static bool read_sides(const struct call *call, struct list_options spec[2],
                       const struct changes *changes, int *status)
{
    struct error error = { 0 };
    struct text words = { 0 };
    int64_t n, run;
    const char *model = call_option(call, "model"), *as_of = call_option(call, "as-of");
    if (!call_number(call, "count", 10, 1, 1000, &n, status) ||
        !call_number(call, "run", 0, 1, INT64_MAX, &run, status))
        return false;
    memset(spec, 0, 2 * sizeof *spec);
    spec[0].as_of = MOMENT_NONE;
    spec[0].now = (int64_t)time(NULL);
    spec[0].length = (int32_t)n;
    spec[0].changes = changes; /* "unchanged" and "user ID" take them off the second */
    spec[0].run = run;
    snprintf(spec[0].user, sizeof spec[0].user, "%s", call->argument[0]);
    if (model) snprintf(spec[0].model, sizeof spec[0].model, "%s", model);
    bool good = !as_of || moment_parse_spoken(slice_of(as_of), spec[0].now, &spec[0].as_of) ||
                error_set(&error, ERROR_USAGE, "--as-of %s: is not a time", as_of);
    spec[1] = spec[0];
    for (int a = 1; a < call->n_arguments; a++)
        text_format(&words, "%s%s", a > 1 ? " " : "", call->argument[a]);
    good = good && list_request_read(&spec[1], (struct slice){ words.bytes, words.length }, &error);
    text_fini(&words);
    if (!good) *status = call_fail(&error);
    return good;
}

/* The options' changes, for both lists but where the second is of others or of nobody's. */
static bool read_changes(struct call *call, struct list_options spec[2], struct changes *changes,
                         int *status)
{
    struct error error = { 0 };
    const bool own = spec[1].changes != NULL;
    const struct dataset *dataset = engine_dataset(call->engine, call->reader, NULL, &error);
    if (!dataset) *status = call_fail(&error);
    const bool good = dataset && question_changes(call, dataset, changes, status);
    dataset_release(dataset);
    spec[0].changes = changes->n > 0 ? changes : NULL;
    spec[1].changes = own ? spec[0].changes : NULL;
    return good;
}

int command_compare(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct list_options spec[2];
    struct list_request list_request[2] = { 0 };
    struct comparison *comparison = NULL;
    struct changes changes = { 0 };
    if (!read_sides(call, spec, &changes, &status) || !call_open(call, WORKSPACE_READ, &status))
        return status;
    if (!read_changes(call, spec, &changes, &status)) {
        changes_fini(&changes);
        return status;
    }
    if (list_request_make(call->engine, call->reader, &spec[0], &list_request[0], NULL, &error) &&
        list_request_make(call->engine, call->reader, &spec[1], &list_request[1], NULL, &error)) {
        const struct compare_side a = list_request_compare(&list_request[0]),
                                  b = list_request_compare(&list_request[1]);
        comparison = comparison_new(&a, &b, INT32_MAX, &error);
    }
    status =
        comparison ? print_comparison(call, spec, list_request, comparison) : call_fail(&error);
    comparison_free(comparison);
    list_request_fini(&list_request[0]);
    list_request_fini(&list_request[1]);
    changes_fini(&changes);
    return status;
}

/* counterfactual.c - because USER ITEM: the fewest purchases on which a row stands. */
#include "report_print.h"
#include "served.h"
#include "shopper_options.h"

#include "job/counterfactual.h"
#include "job/labels.h"

#include <stdio.h>

static json_t *item_json(const struct dataset *dataset, int32_t item)
{
    if (item < 0) return json_null();
    return json_pack("{s:o, s:o}", "item", json_text(names_get(&dataset->item_ids, item)), "title",
                     json_text(names_get(&dataset->item_titles, item)));
}

static json_t *answer_json(const struct question *question, const struct counterfactual *answer)
{
    const struct dataset *dataset = question->serving.dataset;
    char moment[MOMENT_TEXT_SIZE];
    json_t *without = json_array();
    for (int32_t i = 0; i < answer->n; i++) {
        json_t *purchase = item_json(dataset, answer->purchase[i]);
        json_object_set_new(purchase, "time",
                            answer->time[i] == MOMENT_NONE
                                ? json_null()
                                : json_string(moment_text(answer->time[i], moment)));
        json_array_append_new(without, purchase);
    }
    return json_pack(
        "{s:o, s:o, s:s, s:I, s:o*, s:I, s:o*, s:o, s:b, s:o, s:o, s:o, s:b, s:i, s:s, s:i}",
        "user", question_user_json(question), "item", json_text(slice_of(question->argument[0])),
        "model", question->serving.run.kind, "run", (json_int_t)question->serving.run.id, "past",
        past_json(&question->past), "events_behind", (json_int_t)serving_behind(&question->serving),
        "what_if", question_what_if_json(question), "rank",
        answer->rank ? json_integer(answer->rank) : json_null(), "found", answer->found, "without",
        without, "rank_then", answer->rank_then ? json_integer(answer->rank_then) : json_null(),
        "instead", item_json(dataset, answer->instead), "smallest", answer->smallest, "at_least",
        answer->at_least, "method", answer->linear ? "exact" : "tried", "lists_made",
        answer->tried);
}

int command_because(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct question question;
    struct counterfactual answer;
    if (!call_number(call, "count", 10, 1, 1000, &n, &status)) return status;
    if (!question_init(&question, call, &status)) goto out;
    const struct dataset *dataset = question.serving.dataset;
    const struct feed_options options = question_feed(&question, call, (int32_t)n);
    const int32_t item = question_item(dataset, question.argument[0], &status);
    if (item < 0) goto out;
    const struct counterfactual_request asked = { .dataset = dataset,
                                                  .shopper = question.shopper,
                                                  .changes = question.changes,
                                                  .model = question.serving.model,
                                                  .options = &options,
                                                  .item = item };
    if (!counterfactual_find(&asked, &answer, NULL, &error))
        status = call_fail(&error);
    else if (call->json)
        status = print_json(answer_json(&question, &answer));
    else {
        struct report report = { 0 };
        question_print_what_if(&question);
        served_print(&question.serving, &question.past);
        print_visible(label_item(dataset, item));
        putchar('\n');
        counterfactual_describe(&answer, dataset, options.length, &report);
        report_print(&report);
        report_fini(&report);
    }
out:
    question_fini(&question);
    return status;
}

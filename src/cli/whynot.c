/* whynot.c - whynot USER ITEM: the stages an item met, where it fell, what would bring it in. */
#include "report_print.h"
#include "served.h"
#include "shopper_options.h"

#include "job/labels.h"
#include "job/whynot.h"

#include <math.h>
#include <stdio.h>

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *rank_or_null(int32_t rank)
{
    return rank > 0 ? json_integer(rank) : json_null();
}

static json_t *models_json(const struct whynot *whynot)
{
    json_t *models = json_array();
    for (int32_t m = 0; m < whynot->n_models; m++) {
        const struct whynot_model *model = &whynot->models[m];
        json_array_append_new(
            models, json_pack("{s:s, s:I, s:o, s:i, s:o, s:o, s:o}", "model", model->kind, "run",
                              (json_int_t)model->run, "rank", rank_or_null(model->rank), "listed",
                              model->listed, "score", number_or_null(model->score), "last",
                              number_or_null(model->last), "gap", number_or_null(model->gap)));
    }
    return models;
}

static json_t *rules_json(const struct whynot *whynot)
{
    json_t *rules = json_array();
    for (int32_t t = 0; t < whynot->n_touches; t++) {
        const struct feed_touch *touch = &whynot->touches[t];
        const struct rule *rule = pipeline_rule(whynot->pipeline, touch->rule);
        struct text line = { 0 };
        rule_text(rule, &line);
        json_array_append_new(
            rules, json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:b, s:o}", "rule",
                             (json_int_t)rule->id, "action", rule_action_name(rule->action),
                             "author", rule->author ? rule->author : "", "text",
                             json_text((struct slice){ line.bytes, line.length }), "before",
                             number_or_null(touch->before), "after", number_or_null(touch->after),
                             "left_out", touch->left_out, "place", rank_or_null(touch->place)));
        text_fini(&line);
    }
    return rules;
}

static json_t *change_json(const struct dataset *dataset, const struct whynot_change *change)
{
    char moment[MOMENT_TEXT_SIZE];
    if (change->item < 0) return json_null();
    json_t *object = json_pack("{s:o, s:o, s:o, s:f}", "item",
                               json_text(names_get(&dataset->item_ids, change->item)), "title",
                               json_text(names_get(&dataset->item_titles, change->item)), "rank",
                               rank_or_null(change->rank), "gain", change->gain);
    if (change->time != MOMENT_NONE)
        json_object_set_new(object, "time", json_string(moment_text(change->time, moment)));
    return object;
}

/* {"first","last"}; null where that does not leave it out. */
static json_t *purchase_pairs_json(const struct whynot *whynot)
{
    char first[MOMENT_TEXT_SIZE], last[MOMENT_TEXT_SIZE];
    if (whynot->first_bought == MOMENT_NONE) return json_null();
    return json_pack("{s:s, s:s}", "first", moment_text(whynot->first_bought, first), "last",
                     moment_text(whynot->last_bought, last));
}

static json_t *answer_json(const struct question *question, const struct whynot *whynot)
{
    const struct dataset *dataset = question->serving.dataset;
    struct report report = { 0 };
    json_t *against = json_array();
    for (int32_t i = 0; i < whynot->n_against; i++)
        json_array_append_new(against, change_json(dataset, &whynot->against[i]));
    whynot_describe(whynot, dataset, &report);
    json_t *stages = report_json(&report);
    report_fini(&report);
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:I, s:o*, s:I, s:o*, s:i, s:s, s:b, s:o, s:i, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:i, s:o, s:o, s:o}",
        "user", question_user_json(question), "item", json_text(slice_of(question->argument[0])),
        "title", json_text(names_get(&dataset->item_titles, whynot->item)), "model",
        question->serving.run.kind, "run", (json_int_t)question->serving.run.id, "past",
        past_json(&question->past), "events_behind", (json_int_t)serving_behind(&question->serving),
        "what_if", question_what_if_json(question), "length", whynot->length, "fate",
        feed_status_name(whynot->status), "in_list",
        whynot->rank > 0 && whynot->rank <= whynot->length, "bought", purchase_pairs_json(whynot),
        "buyers", whynot->buyers, "rank", rank_or_null(whynot->rank), "rank_by_score",
        rank_or_null(whynot->rank_if), "score", number_or_null(whynot->score), "last_score",
        number_or_null(whynot->last), "models", models_json(whynot), "rules", rules_json(whynot),
        "purchases_tried", whynot->n_tried, "against", against, "remedy",
        json_pack("{s:o, s:o, s:o, s:o}", "boost", number_or_null(whynot->boost), "purchase",
                  change_json(dataset, &whynot->recourse), "pin", rank_or_null(whynot->pin),
                  "without_rules", rank_or_null(whynot->rank_without_rules)),
        "stages", stages);
}

int command_whynot(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct question question;
    struct whynot *whynot = NULL;
    if (!call_number(call, "count", 10, 1, INT32_MAX, &n, &status)) return status;
    if (!question_init(&question, call, &status)) goto out;
    const struct feed_options options = question_feed(&question, call, (int32_t)n);
    const struct dataset *dataset = question.serving.dataset;
    int32_t item = question_item(dataset, question.argument[0], &status);
    if (item < 0) goto out;
    struct whynot_request asked = { .dataset = dataset,
                                    .shopper = question.shopper,
                                    .changes = question.changes,
                                    .item = item,
                                    .options = &options };
    whynot = whynot_ask(call->engine, call->reader, &question.serving, &asked, NULL, &error);
    if (!whynot)
        status = call_fail(&error);
    else if (call->json)
        status = print_json(answer_json(&question, whynot));
    else {
        struct report report = { 0 };
        question_print_what_if(&question);
        served_print(&question.serving, &question.past);
        print_visible(label_item(dataset, item));
        putchar('\n');
        whynot_describe(whynot, dataset, &report);
        report_print(&report);
        report_fini(&report);
    }
out:
    whynot_free(whynot);
    question_fini(&question);
    return status;
}

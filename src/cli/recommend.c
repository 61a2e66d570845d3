/* recommend.c - recommend USER: a list. */
#include "everybody.h"
#include "served.h"
#include "shopper_options.h"

#include "job/labels.h"

#include <stdio.h>
#include <string.h>

enum { TOUCHES = 16, BASIS_MAX = 1000 };

/* Rows beyond BASIS_MAX are not looked into: nobody reads so far, and a blend costs a receipt. */
static const char *row_basis(const struct question *question, const struct feed *feed, int32_t row)
{
    enum basis basis;
    if (row >= BASIS_MAX || !feed_basis(feed, question->serving.model, question->shopper,
                                        feed->rows[row].item, &basis, NULL))
        return "";
    return basis_name(basis);
}

/* Nothing where no rule touched the row. */
static void add_rules(json_t *object, const struct feed *feed, int32_t item)
{
    struct feed_touch touches[TOUCHES];
    const int32_t n = feed_touches(feed, item, touches, TOUCHES);
    json_t *rules = n > 0 ? json_array() : NULL;
    for (int32_t t = 0; t < n; t++)
        json_array_append_new(rules,
                              json_integer(pipeline_rule(feed->pipeline, touches[t].rule)->id));
    if (rules) json_object_set_new(object, "rules", rules);
}

/* How many items the pipeline left out; nothing where it left out none. */
static void add_left_out(json_t *object, const struct feed *feed)
{
    json_t *counts = json_object();
    for (int f = FEED_NOT_YET; f < FEED_STATUSES; f++)
        if (feed->count[f] > 0 && f != FEED_BOUGHT)
            json_object_set_new(counts, feed_status_name((enum feed_status)f),
                                json_integer(feed->count[f]));
    if (json_object_size(counts) > 0)
        json_object_set_new(object, "left_out", counts);
    else
        json_decref(counts);
}

static json_t *feed_json(const struct question *question, const struct feed *feed)
{
    const struct dataset *dataset = question->serving.dataset;
    char moment[MOMENT_TEXT_SIZE];
    json_t *items = json_array();
    for (int32_t row = 0; row < feed->n; row++) {
        const int32_t item = feed->rows[row].item;
        json_t *object =
            json_pack("{s:i, s:o, s:o, s:f, s:s}", "rank", feed->rows[row].rank, "item",
                      json_text(names_get(&dataset->item_ids, item)), "title",
                      json_text(names_get(&dataset->item_titles, item)), "score",
                      (double)feed->rows[row].score, "basis", row_basis(question, feed, row));
        add_rules(object, feed, item);
        json_array_append_new(items, object);
    }
    json_t *whole = json_pack(
        "{s:o, s:s, s:I, s:o, s:o*, s:I, s:o*, s:o}", "user", question_user_json(question), "model",
        question->serving.run.kind, "run", (json_int_t)question->serving.run.id, "as_of",
        question->as_of == MOMENT_NONE ? json_null()
                                       : json_string(moment_text(question->as_of, moment)),
        "past", past_json(&question->past), "events_behind",
        (json_int_t)serving_behind(&question->serving), "what_if", question_what_if_json(question),
        "items", items);
    add_left_out(whole, feed);
    return whole;
}

/* Behind the title, where the model's name does not say it: what the row rests on; and the rules
 * that moved it. */
static void print_remark(const struct question *question, const struct feed *feed, int32_t row)
{
    struct feed_touch touches[TOUCHES];
    const char *basis = row_basis(question, feed, row);
    const int32_t n = feed_touches(feed, feed->rows[row].item, touches, TOUCHES);
    if (model_base(question->serving.model)->kind->basis == BASIS_BLEND || feed->n_pins > 0)
        printf(" · %s", basis);
    for (int32_t t = 0; t < n; t++) {
        const struct rule *rule = pipeline_rule(feed->pipeline, touches[t].rule);
        printf(" · rule %lld %s", (long long)rule->id, rule_action_name(rule->action));
    }
}

static void print_feed(const struct question *question, const struct feed *feed)
{
    const struct dataset *dataset = question->serving.dataset;
    question_print_what_if(question);
    served_print(&question->serving, &question->past);
    printf("%4s  %9s  %-14s %s\n", "#", "SCORE", "ITEM", "TITLE");
    for (int32_t row = 0; row < feed->n; row++) {
        const int32_t item = feed->rows[row].item;
        printf("%4d  %9.3f  ", feed->rows[row].rank, (double)feed->rows[row].score);
        print_padded(names_get(&dataset->item_ids, item), 14, false);
        putchar(' ');
        print_visible(names_get(&dataset->item_titles, item));
        print_remark(question, feed, row);
        putchar('\n');
    }
}

int command_recommend(struct call *call)
{
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct question question;
    if (call_option(call, "all")) {
        static const char *const one[] = { "as-of", "scenario",  "with",  "without", "return",
                                           "rate",  "attribute", "words", "new" };
        for (size_t i = 0; i < sizeof one / sizeof *one; i++)
            if (call_option(call, one[i]) || call->n_arguments > 0)
                return call_usage(call, "--all asks about everybody as they are");
        return write_everybody(call, call->json, "-");
    }
    if (!call_number(call, "count", 10, 1, INT32_MAX, &n, &status)) return status;
    if (question_init(&question, call, &status)) {
        const struct feed_options options = question_feed(&question, call, (int32_t)n);
        struct feed *feed = feed_new(question.serving.model, question.shopper, &options, &error);
        if (!feed)
            status = call_fail(&error);
        else if (call->json)
            status = print_json(feed_json(&question, feed));
        else
            print_feed(&question, feed);
        if (feed && feed->n == 0)
            fprintf(stderr, "aisle: %s has nothing for this user%s\n", question.serving.run.kind,
                    question.serving.dataset->n_events == 0
                        ? ": there are no events here yet, import some"
                    : question.shopper->n > 0 || strcmp(question.serving.run.kind, "popular") == 0
                        ? ""
                        : ", who has no history: try -m popular");
        feed_free(feed);
    }
    question_fini(&question);
    return status;
}

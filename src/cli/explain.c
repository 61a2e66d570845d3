/* explain.c - explain USER ITEM: the receipt of a score. */
#include "explain_map.h"
#include "explain_sentence.h"
#include "served.h"

#include "job/labels.h"
#include "job/privacy.h"

#include <math.h>
#include <stdio.h>

struct story { /* what a receipt is told from */
    const struct dataset *dataset;
    const struct shopper *shopper;
    const char *user; /* whose purchases they are where a node does not say; NULL = somebody new */
    double whole;
    const struct label_style *style;
};

/* What kind of event a leaf stands for: the latest of its user with its item at its time. */
static const char *type_of(const struct story *story, const struct receipt *node)
{
    const struct dataset *dataset = story->dataset;
    const struct shopper *shopper = story->shopper;
    if (node->user < 0 || node->user == shopper->user) {
        for (int32_t e = shopper->n_events; e-- > 0;) {
            const struct event *event = &shopper->events[e];
            if (event->item == node->item && event->time == node->time)
                return event_type_name(event->type);
        }
    }
    if (node->user < 0 || node->user >= dataset->n_users) return NULL;
    for (int64_t e = dataset->sequence[node->user + 1]; e-- > dataset->sequence[node->user];) {
        const struct event event = dataset_event(dataset, e);
        if (event.item == node->item && event.time == node->time)
            return event_type_name(event.type);
    }
    return NULL;
}

/* Everybody but the shopper is a pseudonym where privacy is on. */
static json_t *person_json(const struct story *story, int32_t user)
{
    struct text id = { 0 };
    const bool self = user == story->shopper->user;
    pseudonym_id(self ? NULL : story->style->pseudonymiser, label_user(story->dataset, user), &id);
    json_t *json = json_text((struct slice){ id.bytes, id.length });
    text_fini(&id);
    return json;
}

static json_t *event_json(const struct story *story, const struct receipt *node)
{
    char moment[MOMENT_TEXT_SIZE];
    const char *type = type_of(story, node);
    json_t *event = json_object();
    json_object_set_new(event, "user",
                        node->user >= 0 ? person_json(story, node->user)
                        : story->user   ? json_text(slice_of(story->user))
                                        : json_null());
    json_object_set_new(event, "item", json_text(names_get(&story->dataset->item_ids, node->item)));
    json_object_set_new(event, "time",
                        node->time == MOMENT_NONE ? json_null()
                                                  : json_string(moment_text(node->time, moment)));
    json_object_set_new(event, "type", type ? json_string(type) : json_null());
    return event;
}

static json_t *node_json(const struct story *story, const struct receipt *node)
{
    struct text label = { 0 };
    label_receipt(story->style, story->dataset, node, &label);
    json_t *object = json_pack("{s:o, s:s, s:f, s:f}", "label",
                               json_text((struct slice){ label.bytes, label.length }), "kind",
                               receipt_kind_name(node->kind), "value", node->value, "share",
                               story->whole != 0 ? node->value / story->whole : 0);
    text_fini(&label);
    if (node->rank > 0) json_object_set_new(object, "rank", json_integer(node->rank));
    if (node->kind == RECEIPT_PURCHASE || node->kind == RECEIPT_EVENT ||
        node->kind == RECEIPT_SHARED)
        json_object_set_new(object, "event", event_json(story, node));
    json_t *children = json_array();
    for (int32_t i = 0; i < node->n_children; i++)
        json_array_append_new(children, node_json(story, &node->children[i]));
    json_object_set_new(object, "children", children);
    return object;
}

static void print_node(const struct label_style *style, const struct dataset *dataset,
                       const struct receipt *node, int colour_depth)
{
    struct text label = { 0 };
    label_receipt(style, dataset, node, &label);
    printf("%10.4f  %*s", node->value, colour_depth * 2, "");
    print_visible((struct slice){ label.bytes, label.length });
    if (colour_depth > 0 && node->rank > 0) printf(" · rank %d without it", node->rank);
    putchar('\n');
    text_fini(&label);
    for (int32_t i = 0; i < node->n_children; i++)
        print_node(style, dataset, &node->children[i], colour_depth + 1);
}

static const char *why_absent(enum feed_status status)
{
    static const char *const why[FEED_STATUSES] = {
        [FEED_LISTED] = "",
        [FEED_UNSCORED] = "the model has nothing to say about it",
        [FEED_NOT_YET] = "not in the catalogue yet",
        [FEED_BOUGHT] = "already bought",
        [FEED_UNAVAILABLE] = "out of stock or inactive",
        [FEED_RULED_OUT] = "left out by a rule",
        [FEED_CROWDED_OUT] = "enough of its category stand before it",
    };
    return why[status];
}

enum { PLACES = 1000 }; /* how far pins are looked for */

/* The list that the score stands in. Where diversity chooses, what is let in depends on how long it
 * is: then it is the list that `recommend` and `whynot` make. */
static struct feed *list_of(const struct question *question, const struct call *call, int32_t n,
                            struct error *error)
{
    struct feed_options options = question_feed(question, call, n > PLACES ? n : PLACES);
    struct feed *feed = feed_new(question->serving.model, question->shopper, &options, error);
    if (!feed || !feed->rearranged) return feed;
    feed_free(feed);
    options.length = n;
    return feed_new(question->serving.model, question->shopper, &options, error);
}

int command_explain(struct call *call)
{
    struct explain_sentence sentence = { .asked = false };
    int status = STATUS_DONE;
    int64_t n;
    struct error error = { 0 };
    struct question question;
    struct receipt *receipt = NULL;
    struct feed *feed = NULL;
    struct attention_map *map = NULL;
    const bool all = call_option(call, "all") != NULL;
    const bool report = call->json || call_option(call, "sentence") || call_option(call, "tone");
    struct receipt_limits limits = { .children = all ? 0 : report ? 50 : 5, .levels = 0 };
    const bool reveal = call_option(call, "reveal") != NULL;
    struct privacy privacy;
    if (!call_number(call, "count", 10, 1, INT32_MAX, &n, &status)) return status;
    if (reveal && !call_open(call, WORKSPACE_WRITE, &status)) return status;
    if (!question_init(&question, call, &status)) goto out;
    if (!privacy_read(call->reader, &privacy, &error)) {
        status = call_fail(&error);
        goto out;
    }
    const struct serving *serving = &question.serving;
    /* Of a blend, each model's own receipt is a page by itself. */
    if (!all && !report && model_base(serving->model)->kind->blend) limits.levels = 2;
    int32_t item = question_item(serving->dataset, question.argument[0], &status);
    if (item < 0) goto out;
    if (call_option(call, "map") && !(map = question_map(&question, &status))) goto out;
    feed = list_of(&question, call, (int32_t)n, &error);
    if (feed) receipt = feed_explain(feed, serving->model, question.shopper, item, &limits, &error);
    if (receipt && privacy.on && reveal) {
        char what[300];
        snprintf(what, sizeof what, "explain %.280s", question.argument[0]);
        privacy.on = privacy.pseudonymiser.on = false;
        if (!privacy_reveal(call->workspace, what, question.user ? question.user : "somebody new",
                            &error)) {
            status = call_fail(&error);
            goto out;
        }
    }
    if (!receipt || !privacy_guard(&privacy, receipt, &error) ||
        !past_receipt(&question.past, receipt, &error) ||
        (report && !explain_sentence_make(call, &privacy, serving, receipt, &sentence, &error))) {
        status = call_fail(&error);
        goto out;
    }
    const struct label_style style = { words_of(NULL), &privacy.pseudonymiser };
    const bool scored = feed_score(feed, item) > -INFINITY;
    const double score = scored ? (double)feed_score(feed, item) : 0;
    const double residual = fmax(fabs(receipt_residual(receipt)), fabs(score - receipt->value));
    const int32_t rank = feed_rank(feed, item);
    if (call->json) {
        const struct story story = { serving->dataset, question.shopper, question.user,
                                     receipt->value, &style };
        status = print_json(json_pack(
            "{s:o, s:o, s:s, s:I, s:o*, s:I, s:o*, s:o, s:f, s:f, s:o, s:o*, s:o, s:o*}", "user",
            question_user_json(&question), "item", json_text(slice_of(question.argument[0])),
            "model", serving->run.kind, "run", (json_int_t)serving->run.id, "past",
            past_json(&question.past), "events_behind", (json_int_t)serving_behind(serving),
            "what_if", question_what_if_json(&question), "rank",
            rank ? json_integer(rank) : json_null(), "score", receipt->value, "residual", residual,
            "sentence", json_text((struct slice){ sentence.text.bytes, sentence.text.length }),
            "rephrased", explain_sentence_json(&sentence), "receipt", node_json(&story, receipt),
            "attention_map", map ? map_json(map, serving->dataset) : NULL));
    } else if (report) {
        explain_sentence_print(&sentence);
    } else {
        question_print_what_if(&question);
        served_print(serving, &question.past);
        print_node(&style, serving->dataset, receipt, 0);
        if (rank)
            printf("rank %d in %s run %lld", rank, serving->run.kind, (long long)serving->run.id);
        else
            printf("not listed by %s run %lld: %s", serving->run.kind, (long long)serving->run.id,
                   why_absent((enum feed_status)feed->status[item]));
        printf(", residual %.1e\n", residual);
        if (map) map_print(map, serving->dataset);
    }
out:
    explain_sentence_fini(&sentence);
    attention_map_free(map);
    receipt_free(receipt);
    feed_free(feed);
    question_fini(&question);
    return status;
}

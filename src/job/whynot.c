/* whynot.c - "why not" asked of everything that is served, answered in words. */
#include "whynot.h"

#include "aisle/past.h"

#include <math.h>
#include <string.h>

enum { PARTIES = 16 };

struct whynot *whynot_ask(struct engine *engine, struct reader *reader,
                          const struct serving *serving, struct whynot_request *request,
                          struct progress *progress, struct error *error)
{
    struct whynot_candidate candidate_models[PARTIES] = { { serving->model, serving->run.id } };
    struct serving other[PARTIES];
    struct past past;
    int32_t n = 1;
    for (int i = 0; model_kinds[i] && n < PARTIES; i++) {
        if (strcmp(model_kinds[i]->name, serving->run.kind) == 0) continue;
        /* A kind that is not trained, or whose data is gone, has nothing to say. */
        if (!engine_serve_past(engine, reader, model_kinds[i]->name, 0, request->shopper->as_of,
                               true, &other[n], &past, progress, NULL))
            continue;
        candidate_models[n] = (struct whynot_candidate){ other[n].model, other[n].run.id };
        n++;
    }
    request->candidate_models = candidate_models;
    request->n_candidate_models = n;
    struct whynot *whynot = whynot_new(request, progress, error);
    request->candidate_models = NULL;
    for (int32_t p = 1; p < n; p++)
        serving_fini(&other[p]);
    return whynot;
}

/* Three decimals, more where these would all be 0. */
static void describe_gap(double gap, struct text *out)
{
    text_format(out, fabs(gap) < 0.0005 ? "%.1e" : "%.3f", gap > 0 ? gap : 0);
}

static void describe_model(const struct whynot_model *model, int32_t length, struct report *report)
{
    const bool in = model->rank > 0 && model->rank <= length;
    struct text *out = report_line(report, in ? REPORT_PASSED : REPORT_FELL, model->kind);
    if (!model->knows)
        text_format(out, "newer than run %lld: train it again", (long long)model->run);
    else if (!model->scored)
        text_add_string(out, "nothing links it to this shopper: no score");
    else {
        text_format(out, "rank %d of %d · score %.3f", model->rank, model->listed, model->score);
        if (!in && isfinite(model->gap)) {
            text_add_string(out, ", ");
            describe_gap(-model->gap, out);
            text_format(out, " short of its place %d", length);
        }
    }
}

static void describe_bought(const struct whynot *whynot, struct report *report)
{
    char date[MOMENT_TEXT_SIZE] = "", last[MOMENT_TEXT_SIZE];
    const bool fell = whynot->status == FEED_BOUGHT;
    const char *label = report->words ? report->words->bought : "bought";
    struct text *out = report_line(report, fell ? REPORT_FELL : REPORT_PASSED, label);
    if (!fell) {
        report_say(report, whynot->buyers > 0 ? "not bought before" : "nobody has bought it yet");
        return;
    }
    text_add_string(out, "left out: ");
    if (whynot->first_bought == MOMENT_NONE)
        text_add_string(out, "had already");
    else {
        report_say(report, "bought ");
        text_add_string(out, moment_date(whynot->first_bought, date));
    }
    if (whynot->last_bought != whynot->first_bought &&
        strcmp(moment_date(whynot->last_bought, last), date) != 0)
        text_format(out, ", last %s", last);
    if (whynot->rank_if > 0) text_format(out, "; else at rank %d", whynot->rank_if);
}

static void describe_stock(const struct whynot *whynot, struct report *report)
{
    if (!whynot->pipeline) return;
    if (whynot->status == FEED_NOT_YET)
        text_add_string(report_line(report, REPORT_FELL, "catalogue"),
                        "left out: not in the catalogue yet");
    const struct attributes *attributes = &pipeline_dataset(whynot->pipeline)->item_attributes;
    const int32_t value = pipeline_unavailable(whynot->pipeline, whynot->item);
    struct text *out = report_line(report, value >= 0 ? REPORT_FELL : REPORT_PASSED, "stock");
    if (value < 0) {
        text_add_string(out, "nothing says that it cannot be had");
        return;
    }
    if (pipeline_stock_noted(whynot->pipeline)) {
        text_add_string(out, "left out: it could not be had then, as was noted");
        return;
    }
    const struct slice name = names_get(&attributes->names, attributes->value_name[value]);
    const struct slice text = names_get(&attributes->values, value);
    text_add_string(out, "left out: ");
    text_add_visible(out, name.bytes, name.length);
    text_add_string(out, "=");
    text_add_visible(out, text.bytes, text.length);
}

/* Number, author and reason; then what it did. */
static void describe_touch(const struct whynot *whynot, const struct feed_touch *touch,
                           const char *label, struct report *report)
{
    const struct rule *rule = pipeline_rule(whynot->pipeline, touch->rule);
    const bool sinks = touch->left_out || rule->action == RULE_BURY;
    struct text line = { 0 };
    struct text *out = report_line(report, sinks ? REPORT_FELL : REPORT_PASSED, label);
    text_format(out, "rule %lld", (long long)rule->id);
    if (touch->left_out)
        text_add_string(out, " leaves it out");
    else if (touch->place > 0)
        text_format(out, " pins it at place %d", touch->place);
    else
        text_format(out, " makes %.3f of %.3f", touch->after, touch->before);
    rule_text(rule, &line);
    text_add_string(out, ": ");
    text_add_visible(out, line.bytes ? line.bytes : "", line.length);
    text_fini(&line);
}

static void describe_rules(const struct whynot *whynot, struct report *report)
{
    if (!whynot->pipeline) return;
    if (whynot->n_touches == 0)
        text_add_string(report_line(report, REPORT_PASSED, "rules"), "no rule touches it");
    for (int32_t t = 0; t < whynot->n_touches; t++)
        describe_touch(whynot, &whynot->touches[t], t ? "" : "rules", report);
    if (whynot->status == FEED_CROWDED_OUT)
        text_add_string(report_line(report, REPORT_FELL, "diversity"),
                        "left out: enough of its category stand before it");
}

static void describe_list(const struct whynot *whynot, struct report *report)
{
    const bool in = whynot->rank > 0 && whynot->rank <= whynot->length;
    struct text *out = report_line(report, in ? REPORT_PASSED : REPORT_FELL, "list");
    if (in)
        text_format(out, "it is listed, at place %d of %d", whynot->rank, whynot->length);
    else if (whynot->rank > 0)
        text_format(out, "rank %d, and the list ends at %d", whynot->rank, whynot->length);
    else
        text_add_string(out, "not listed");
    if (in || whynot->rank == 0 || !isfinite(whynot->score) || !(whynot->score < whynot->last))
        return;
    text_add_string(out, ", ");
    describe_gap(whynot->last - whynot->score, out);
    text_add_string(out, " above it");
}

static void describe_against(const struct whynot *whynot, const struct dataset *dataset,
                             struct report *report)
{
    char date[MOMENT_TEXT_SIZE];
    for (int32_t i = 0; i < whynot->n_against; i++) {
        const struct whynot_change *change = &whynot->against[i];
        struct text *out = report_line(report, REPORT_PLAIN, i == 0 ? "against it" : "");
        text_format(out, "rank %d without ", change->rank);
        if (change->time != MOMENT_NONE) text_format(out, "%s ", moment_date(change->time, date));
        report_item(report, dataset, change->item);
    }
}

/* What has been left out comes back by what left it out. */
static void describe_way_back(const struct whynot *whynot, struct report *report)
{
    static const char label[] = "would help";
    if (whynot->status == FEED_RULED_OUT && whynot->rank_without_rules > 0)
        text_format(report_line(report, REPORT_HINT, label), "rank %d where no rule holds",
                    whynot->rank_without_rules);
    if (whynot->status == FEED_UNAVAILABLE)
        text_add_string(report_line(report, REPORT_HINT, label),
                        "another value in the catalogue, or stock=off in the settings of lists");
    if (whynot->status != FEED_BOUGHT) return;
    report_line(report, REPORT_HINT, label);
    text_add_string(&report->bytes, "repeat=always, or again=CATEGORY, in the settings of lists");
}

static void report_recourse(const struct whynot *whynot, const struct dataset *dataset,
                            struct report *report)
{
    const struct whynot_change *recourse = &whynot->recourse;
    const char *label = "would help";
    if (!isnan(whynot->boost)) {
        text_format(report_line(report, REPORT_HINT, label),
                    "a boost of %.4g brings it into the list of %d", whynot->boost, whynot->length);
        label = "";
    }
    if (whynot->pin > 0) {
        report_line(report, REPORT_HINT, label);
        report_count(report,
                     "a pin at place %d; no boost and none of the purchases that were tried does",
                     whynot->pin);
        label = "";
    }
    if (recourse->item < 0) return;
    report_line(report, REPORT_HINT, label);
    report_count(report,
                 recourse->rank <= whynot->length ? "place %d with one purchase of "
                                                  : "only rank %d with one purchase of ",
                 recourse->rank);
    report_item(report, dataset, recourse->item);
}

void whynot_describe(const struct whynot *whynot, const struct dataset *dataset,
                     struct report *report)
{
    for (int32_t m = 0; m < whynot->n_models; m++)
        describe_model(&whynot->models[m], whynot->length, report);
    describe_bought(whynot, report);
    describe_stock(whynot, report);
    describe_rules(whynot, report);
    describe_list(whynot, report);
    describe_against(whynot, dataset, report);
    report_recourse(whynot, dataset, report);
    describe_way_back(whynot, report);
}

/* whynot.c - "why not" asked of everything that is served, answered in words. */
#include "whynot.h"

#include "aisle/past.h"

#include <math.h>
#include <string.h>

enum { PARTIES = 16 };

struct whynot *whynot_ask(struct engine *engine, struct reader *reader,
                          const struct serving *serving, struct whynot_question *question,
                          struct progress *progress, struct error *error)
{
    struct whynot_party parties[PARTIES] = { { serving->model, serving->run.id } };
    struct serving other[PARTIES];
    struct past past;
    int32_t n = 1;
    for (int i = 0; model_kinds[i] && n < PARTIES; i++) {
        if (strcmp(model_kinds[i]->name, serving->run.kind) == 0) continue;
        /* A kind that is not trained, or whose data is gone, has nothing to say. */
        if (!engine_serve_past(engine, reader, model_kinds[i]->name, 0, question->shopper->as_of,
                               true, &other[n], &past, progress, NULL))
            continue;
        parties[n] = (struct whynot_party){ other[n].model, other[n].run.id };
        n++;
    }
    question->parties = parties;
    question->n_parties = n;
    struct whynot *whynot = whynot_new(question, progress, error);
    question->parties = NULL;
    for (int32_t p = 1; p < n; p++)
        serving_fini(&other[p]);
    return whynot;
}

/* Three decimals, more where these would all be 0. */
static void tell_gap(double gap, struct text *out)
{
    text_format(out, fabs(gap) < 0.0005 ? "%.1e" : "%.3f", gap > 0 ? gap : 0);
}

static void tell_model(const struct whynot_model *model, int32_t length, struct told *told)
{
    const bool in = model->rank > 0 && model->rank <= length;
    struct text *out = told_line(told, in ? TOLD_PASSED : TOLD_FELL, model->kind);
    if (!model->knows)
        text_format(out, "newer than run %lld: train it again", (long long)model->run);
    else if (!model->scored)
        text_add_string(out, "nothing links it to this shopper: no score");
    else {
        text_format(out, "rank %d of %d · score %.3f", model->rank, model->listed, model->score);
        if (!in && isfinite(model->gap)) {
            text_add_string(out, ", ");
            tell_gap(-model->gap, out);
            text_format(out, " short of its place %d", length);
        }
    }
}

static void tell_bought(const struct whynot *whynot, struct told *told)
{
    char date[MOMENT_TEXT_SIZE] = "", last[MOMENT_TEXT_SIZE];
    const bool fell = whynot->fate == FEED_BOUGHT;
    const char *label = told->words ? told->words->bought : "bought";
    struct text *out = told_line(told, fell ? TOLD_FELL : TOLD_PASSED, label);
    if (!fell) {
        told_say(told, whynot->buyers > 0 ? "not bought before" : "nobody has bought it yet");
        return;
    }
    text_add_string(out, "left out: ");
    if (whynot->first_bought == MOMENT_NONE)
        text_add_string(out, "had already");
    else {
        told_say(told, "bought ");
        text_add_string(out, moment_date(whynot->first_bought, date));
    }
    if (whynot->last_bought != whynot->first_bought &&
        strcmp(moment_date(whynot->last_bought, last), date) != 0)
        text_format(out, ", last %s", last);
    if (whynot->rank_if > 0) text_format(out, "; else at rank %d", whynot->rank_if);
}

static void tell_stock(const struct whynot *whynot, struct told *told)
{
    if (!whynot->pipeline) return;
    if (whynot->fate == FEED_NOT_YET)
        text_add_string(told_line(told, TOLD_FELL, "catalogue"),
                        "left out: not in the catalogue yet");
    const struct attributes *attributes = &pipeline_dataset(whynot->pipeline)->item_attributes;
    const int32_t value = pipeline_unavailable(whynot->pipeline, whynot->item);
    struct text *out = told_line(told, value >= 0 ? TOLD_FELL : TOLD_PASSED, "stock");
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
static void tell_touch(const struct whynot *whynot, const struct feed_touch *touch,
                       const char *label, struct told *told)
{
    const struct rule *rule = pipeline_rule(whynot->pipeline, touch->rule);
    const bool sinks = touch->left_out || rule->action == RULE_BURY;
    struct text line = { 0 };
    struct text *out = told_line(told, sinks ? TOLD_FELL : TOLD_PASSED, label);
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

static void tell_rules(const struct whynot *whynot, struct told *told)
{
    if (!whynot->pipeline) return;
    if (whynot->n_touches == 0)
        text_add_string(told_line(told, TOLD_PASSED, "rules"), "no rule touches it");
    for (int32_t t = 0; t < whynot->n_touches; t++)
        tell_touch(whynot, &whynot->touches[t], t ? "" : "rules", told);
    if (whynot->fate == FEED_CROWDED_OUT)
        text_add_string(told_line(told, TOLD_FELL, "diversity"),
                        "left out: enough of its category stand before it");
}

static void tell_list(const struct whynot *whynot, struct told *told)
{
    const bool in = whynot->rank > 0 && whynot->rank <= whynot->length;
    struct text *out = told_line(told, in ? TOLD_PASSED : TOLD_FELL, "list");
    if (in)
        text_format(out, "it is listed, at place %d of %d", whynot->rank, whynot->length);
    else if (whynot->rank > 0)
        text_format(out, "rank %d, and the list ends at %d", whynot->rank, whynot->length);
    else
        text_add_string(out, "not listed");
    if (in || whynot->rank == 0 || !isfinite(whynot->score) || !(whynot->score < whynot->last))
        return;
    text_add_string(out, ", ");
    tell_gap(whynot->last - whynot->score, out);
    text_add_string(out, " above it");
}

static void tell_against(const struct whynot *whynot, const struct dataset *dataset,
                         struct told *told)
{
    char date[MOMENT_TEXT_SIZE];
    for (int32_t i = 0; i < whynot->n_against; i++) {
        const struct whynot_change *change = &whynot->against[i];
        struct text *out = told_line(told, TOLD_PLAIN, i == 0 ? "against it" : "");
        text_format(out, "rank %d without ", change->rank);
        if (change->time != MOMENT_NONE) text_format(out, "%s ", moment_date(change->time, date));
        told_item(told, dataset, change->item);
    }
}

/* What has been left out comes back by what left it out. */
static void tell_way_back(const struct whynot *whynot, struct told *told)
{
    static const char label[] = "would help";
    if (whynot->fate == FEED_RULED_OUT && whynot->rank_without_rules > 0)
        text_format(told_line(told, TOLD_HINT, label), "rank %d where no rule holds",
                    whynot->rank_without_rules);
    if (whynot->fate == FEED_UNAVAILABLE)
        text_add_string(told_line(told, TOLD_HINT, label),
                        "another value in the catalogue, or stock=off in the settings of lists");
    if (whynot->fate != FEED_BOUGHT) return;
    told_line(told, TOLD_HINT, label);
    text_add_string(&told->bytes, "repeat=always, or again=CATEGORY, in the settings of lists");
}

static void tell_remedy(const struct whynot *whynot, const struct dataset *dataset,
                        struct told *told)
{
    const struct whynot_change *remedy = &whynot->remedy;
    const char *label = "would help";
    if (!isnan(whynot->boost)) {
        text_format(told_line(told, TOLD_HINT, label),
                    "a boost of %.4g brings it into the list of %d", whynot->boost, whynot->length);
        label = "";
    }
    if (whynot->pin > 0) {
        told_line(told, TOLD_HINT, label);
        told_count(told,
                   "a pin at place %d; no boost and none of the purchases that were tried does",
                   whynot->pin);
        label = "";
    }
    if (remedy->item < 0) return;
    told_line(told, TOLD_HINT, label);
    told_count(told,
               remedy->rank <= whynot->length ? "place %d with one purchase of "
                                              : "only rank %d with one purchase of ",
               remedy->rank);
    told_item(told, dataset, remedy->item);
}

void whynot_tell(const struct whynot *whynot, const struct dataset *dataset, struct told *told)
{
    for (int32_t m = 0; m < whynot->n_models; m++)
        tell_model(&whynot->models[m], whynot->length, told);
    tell_bought(whynot, told);
    tell_stock(whynot, told);
    tell_rules(whynot, told);
    tell_list(whynot, told);
    tell_against(whynot, dataset, told);
    tell_remedy(whynot, dataset, told);
    tell_way_back(whynot, told);
}

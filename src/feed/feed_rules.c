/* feed_rules.c - what rules do to one list, in the order of share/doc/rules.md: they leave out,
 * they boost and bury, they pin. */
#include "feed_private.h"
#include "pipeline_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct rule_moment moment_of(const struct feed *feed)
{
    return (struct rule_moment){ NULL, feed->now, feed->seed };
}

static const struct compiled_rule *compiled_of(const struct feed *feed, int32_t rule)
{
    return &feed->pipeline->rules[rule];
}

static bool find_force(struct feed *feed, const struct shopper *shopper, struct error *error)
{
    const struct rule_moment moment = rule_moment_of(shopper, feed->now);
    const int32_t n = pipeline_n_rules(feed->pipeline);
    feed->seed = moment.seed;
    if (n == 0) return true;
    feed->force = malloc((size_t)n * sizeof *feed->force);
    if (!feed->force) return error_memory(error, "a list");
    for (int32_t r = 0; r < n; r++)
        if (pipeline_in_force(feed->pipeline, r, &moment)) feed->force[feed->n_force++] = r;
    return true;
}

/* ---------------------------------------------------------------------------------- leaving out */

static bool need_rule(struct feed *feed, struct error *error)
{
    if (feed->rule) return true;
    feed->rule = malloc(((size_t)feed->n_items + 1) * sizeof *feed->rule);
    if (!feed->rule) return error_memory(error, "a list");
    for (int32_t i = 0; i < feed->n_items; i++)
        feed->rule[i] = -1;
    return true;
}

/* What was left out before stays so: an earlier step, or a rule that wins. */
static void leave_out(struct feed *feed, int32_t item, int32_t rule)
{
    if (feed->status[item] != FEED_LISTED && feed->status[item] != FEED_UNSCORED) return;
    feed->status[item] = FEED_RULED_OUT;
    feed->rule[item] = rule;
}

/* The n-th item that a rule is about: of its category, or of all. */
static int32_t covered(const struct compiled_rule *compiled, int32_t at)
{
    return compiled->cover ? compiled->cover[at] : at;
}

static int32_t n_covered(const struct feed *feed, const struct compiled_rule *compiled)
{
    return compiled->cover ? compiled->n_cover : pipeline_dataset(feed->pipeline)->n_items;
}

static void exclude(struct feed *feed, int32_t rule)
{
    const struct compiled_rule *compiled = compiled_of(feed, rule);
    const struct rule_moment moment = moment_of(feed);
    for (int32_t m = 0; m < compiled->n_items; m++)
        if (!compiled->late || pipeline_match(feed->pipeline, rule, compiled->items[m], &moment))
            leave_out(feed, compiled->items[m], rule);
}

static void filter(struct feed *feed, int32_t rule)
{
    const struct compiled_rule *compiled = compiled_of(feed, rule);
    const struct rule_moment moment = moment_of(feed);
    for (int32_t at = 0; at < n_covered(feed, compiled); at++) {
        const int32_t item = covered(compiled, at);
        if (!pipeline_match(feed->pipeline, rule, item, &moment)) leave_out(feed, item, rule);
    }
}

/* Rules of this kind add up: what one of them lets in is in. What none is about is not touched. */
static bool include_only(struct feed *feed, struct error *error)
{
    const int32_t n = pipeline_dataset(feed->pipeline)->n_items;
    const struct rule_moment moment = moment_of(feed);
    uint8_t *in = calloc((size_t)n + 1, 1);
    if (!in) return error_memory(error, "a list");
    for (int32_t f = 0; f < feed->n_force; f++) {
        const struct compiled_rule *compiled = compiled_of(feed, feed->force[f]);
        if (compiled->rule.action != RULE_INCLUDE_ONLY) continue;
        for (int32_t m = 0; m < compiled->n_items; m++)
            if (!compiled->late ||
                pipeline_match(feed->pipeline, feed->force[f], compiled->items[m], &moment))
                in[compiled->items[m]] = 1;
    }
    for (int32_t f = 0; f < feed->n_force; f++) {
        const struct compiled_rule *compiled = compiled_of(feed, feed->force[f]);
        if (compiled->rule.action != RULE_INCLUDE_ONLY) continue;
        for (int32_t at = 0; at < n_covered(feed, compiled); at++)
            if (!in[covered(compiled, at)]) leave_out(feed, covered(compiled, at), feed->force[f]);
    }
    free(in);
    return true;
}

static bool apply_leaving_out(struct feed *feed, struct error *error)
{
    bool only = false;
    for (int32_t f = 0; f < feed->n_force; f++) {
        const enum rule_action action = compiled_of(feed, feed->force[f])->rule.action;
        if (action < RULE_EXCLUDE) continue;
        if (!need_rule(feed, error)) return false;
        if (action == RULE_EXCLUDE) exclude(feed, feed->force[f]);
        only |= action == RULE_INCLUDE_ONLY;
    }
    if (only && !include_only(feed, error)) return false;
    for (int32_t f = 0; f < feed->n_force; f++)
        if (compiled_of(feed, feed->force[f])->rule.action == RULE_FILTER)
            filter(feed, feed->force[f]);
    return true;
}

/* ------------------------------------------------------------------------------ boost and bury */

static bool is_factor(const struct rule *rule)
{
    return rule->action == RULE_BOOST || rule->action == RULE_BURY;
}

/* A score below 0 is divided, so that a boost lifts and a bury sinks whatever the sign. */
static double multiplied_item(double score, double factor)
{
    return score > 0 ? score * factor : score / factor;
}

static void boost(struct feed *feed, int32_t rule)
{
    const struct compiled_rule *compiled = compiled_of(feed, rule);
    const struct rule_moment moment = moment_of(feed);
    for (int32_t m = 0; m < compiled->n_items; m++) {
        const int32_t item = compiled->items[m];
        if (compiled->late && !pipeline_match(feed->pipeline, rule, item, &moment)) continue;
        if (feed->boosted[item] > -INFINITY)
            feed->boosted[item] =
                (float)multiplied_item((double)feed->boosted[item], compiled->rule.amount);
    }
}

static bool need_boosted(struct feed *feed, struct error *error)
{
    const size_t bytes = (size_t)feed->n_items * sizeof *feed->boosted;
    if (feed->boosted) return true;
    feed->boosted = malloc(bytes + 1);
    if (!feed->boosted) return error_memory(error, "a list");
    if (bytes > 0) memcpy(feed->boosted, feed->scores, bytes);
    return true;
}

static bool apply_factors(struct feed *feed, struct error *error)
{
    for (int32_t f = 0; f < feed->n_force; f++) {
        if (!is_factor(&compiled_of(feed, feed->force[f])->rule)) continue;
        if (!need_boosted(feed, error)) return false;
        boost(feed, feed->force[f]);
    }
    return true;
}

bool feed_multiplier(struct feed *feed, int32_t item, double factor, struct error *error)
{
    if (!need_boosted(feed, error)) return false;
    if (item < feed->n_items && feed->boosted[item] > -INFINITY)
        feed->boosted[item] = (float)multiplied_item((double)feed->boosted[item], factor);
    return true;
}

bool feed_apply_rules(struct feed *feed, const struct shopper *shopper, struct error *error)
{
    return find_force(feed, shopper, error) && apply_leaving_out(feed, error) &&
           apply_factors(feed, error);
}

/* ---------------------------------------------------------------------------------------- pins */

static int32_t rank_before_pins(const struct feed *feed, int32_t item)
{
    const float score = feed_score(feed, item);
    int32_t before = 0;
    for (int32_t i = 0; i < feed->n_items; i++) {
        if (feed->status[i] != FEED_LISTED) continue;
        const float other = feed_score(feed, i);
        before += other > score || (i < item && !(other < score));
    }
    return before + 1;
}

/* The first free place from `place` on; pins are kept in order of places. */
static void insert_pin(struct feed *feed, int32_t item, int32_t place, int32_t rule)
{
    int32_t at = 0;
    while (at < feed->n_pins && feed->pins[at].place < place)
        at++;
    while (at < feed->n_pins && feed->pins[at].place == place)
        at++, place++;
    memmove(&feed->pins[at + 1], &feed->pins[at], (size_t)(feed->n_pins - at) * sizeof *feed->pins);
    feed->pins[at] = (struct feed_pin){ item, place, rule };
    feed->n_pins++;
}

static bool may_pin(const struct feed *feed, int32_t rule, int32_t item)
{
    const struct rule_moment moment = moment_of(feed);
    const bool soft = compiled_of(feed, rule)->rule.action == RULE_SOFT_PIN;
    if (feed->status[item] != FEED_LISTED && (soft || feed->status[item] != FEED_UNSCORED))
        return false;
    for (int32_t p = 0; p < feed->n_pins; p++)
        if (feed->pins[p].item == item) return false;
    return pipeline_match(feed->pipeline, rule, item, &moment);
}

/* The best item that the rule may still pin, or -1. Rules pin few: the loop is run per pin. */
static int32_t best_to_pin(const struct feed *feed, int32_t rule, const uint8_t *tried)
{
    const struct compiled_rule *compiled = compiled_of(feed, rule);
    int32_t best = -1;
    for (int32_t m = 0; m < compiled->n_items; m++) {
        const int32_t item = compiled->items[m];
        if (tried[m] || (best >= 0 && !(feed_score(feed, item) > feed_score(feed, best)))) continue;
        if (may_pin(feed, rule, item)) best = item;
    }
    return best;
}

static bool pin(struct feed *feed, int32_t rule, int32_t length, struct error *error)
{
    const struct compiled_rule *compiled = compiled_of(feed, rule);
    const bool soft = compiled->rule.action == RULE_SOFT_PIN;
    int32_t place = (int32_t)compiled->rule.amount;
    uint8_t *tried = calloc((size_t)compiled->n_items + 1, 1);
    if (!tried) return error_memory(error, "a list");
    /* Several matches stand one after the other, the best first; a list is not filled by pins
     * beyond its end. */
    while (place <= length && feed->n_pins < length) {
        const int32_t item = best_to_pin(feed, rule, tried);
        if (item < 0) break;
        for (int32_t m = 0; m < compiled->n_items; m++)
            tried[m] |= compiled->items[m] == item;
        if (soft && rank_before_pins(feed, item) <= place) continue;
        insert_pin(feed, item, place++, rule);
    }
    free(tried);
    return true;
}

bool feed_place_pins(struct feed *feed, int32_t length, struct error *error)
{
    bool any = false;
    for (int32_t f = 0; f < feed->n_force; f++)
        any |= compiled_of(feed, feed->force[f])->rule.action <= RULE_SOFT_PIN;
    if (!any) return true;
    feed->pins = malloc(((size_t)length + 1) * sizeof *feed->pins);
    if (!feed->pins) return error_memory(error, "a list");
    for (int32_t f = 0; f < feed->n_force; f++)
        if (compiled_of(feed, feed->force[f])->rule.action <= RULE_SOFT_PIN &&
            !pin(feed, feed->force[f], length, error))
            return false;
    for (int32_t p = 0; p < feed->n_pins; p++)
        feed->status[feed->pins[p].item] = FEED_LISTED;
    return true;
}

/* ------------------------------------------------------------------------------------- the trace
 */

int32_t feed_touches(const struct feed *feed, int32_t item, struct feed_touch *touches, int32_t max)
{
    const struct rule_moment moment = moment_of(feed);
    int32_t n = 0;
    if (item < 0 || item >= feed->n_items || !feed->pipeline) return 0;
    double score = (double)feed->scores[item];
    if (feed->rule && feed->rule[item] >= 0 && n < max)
        touches[n++] = (struct feed_touch){ feed->rule[item], score, score, 0, true };
    for (int32_t f = 0; f < feed->n_force && n < max; f++) {
        const int32_t rule = feed->force[f];
        if (!is_factor(&compiled_of(feed, rule)->rule) || !(score > -INFINITY) ||
            !pipeline_match(feed->pipeline, rule, item, &moment))
            continue;
        /* Rounded as the list was, so that the lines add up to what it goes by. */
        const double after =
            (double)(float)multiplied_item(score, compiled_of(feed, rule)->rule.amount);
        touches[n++] = (struct feed_touch){ rule, score, after, 0, false };
        score = after;
    }
    for (int32_t p = 0; p < feed->n_pins && n < max; p++)
        if (feed->pins[p].item == item)
            touches[n++] =
                (struct feed_touch){ feed->pins[p].rule, score, score, feed->pins[p].place, false };
    return n;
}

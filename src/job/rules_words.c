/* rules_words.c - rules in words. */
#include "rules_words.h"

#include "labels.h"

#include <math.h>

const char *const rules_order[] = {
    "1. What was bought, is out of stock or inactive is left out before any rule; no rule brings "
    "it back.",
    "2. exclude, include-only and filter leave out. What one of them leaves out, no pin brings "
    "back.",
    "3. Several include-only rules add up: what one of them lets in is in.",
    "4. Several filters cut: what one of them does not let through is out.",
    "5. boost and bury multiply: all that match count.",
    "6. Diversity, where the settings ask for it, chooses among what is left.",
    "7. pin and soft-pin take their places last. A place that is taken: the next free one.",
    "8. Of two rules that want the same, the greater priority wins; then the narrower: a user "
    "before a "
    "segment before all, one category before all items; then the younger rule.",
    NULL,
};

/* The first moment from now on at which the rule holds: a preview is of what it will do. */
static int64_t first_on(const struct rule *rule, int64_t now)
{
    int64_t then = rule->from != MOMENT_NONE && rule->from > now ? rule->from : now;
    for (int day = 0; day < 7; day++)
        if (rule_is_on(rule, then + day * (int64_t)86400)) return then + day * (int64_t)86400;
    return now;
}

/* A rule that is not stored yet has the number 0 in the pipeline. */
bool rules_preview(struct engine *engine, struct reader *reader, const struct serving *serving,
                   const struct rule *rule, int32_t length, int64_t now, double seconds,
                   struct impact *impact, struct progress *progress, struct error *error)
{
    struct rulebook book;
    const struct pipeline *after = NULL;
    bool done = false;
    (void)engine;
    if (!rule_check_data(rule, serving->dataset, true, error) ||
        !rulebook_read(&book, reader, MOMENT_NONE, error))
        return false;
    if (rulebook_add(&book, rule, error)) after = rulebook_pipeline(&book, serving->dataset, error);
    rulebook_fini(&book);
    if (after) {
        const struct impact_request request = { .model = serving->model,
                                                .dataset = serving->dataset,
                                                .before = serving->pipeline,
                                                .after = after,
                                                .rule = rule->id,
                                                .now = first_on(rule, now),
                                                .length = length,
                                                .seconds = seconds,
                                                .seed = 1 };
        done = impact_measure(&request, impact, progress, error);
    }
    pipeline_release(after);
    return done;
}

static void describe_items(const struct impact_item *items, int32_t n, const char *label,
                           const struct dataset *dataset, const struct impact *impact,
                           struct report *report)
{
    for (int32_t i = 0; i < n && i < 5; i++) {
        struct text *out = report_line(report, REPORT_PLAIN, i ? "" : label);
        text_format(out, "%d of %d lists · ", items[i].lists, impact->asked);
        report_item(report, dataset, items[i].item);
    }
}

/* The lists are those of the first day on which the rule holds. */
static void describe_day(const struct impact *impact, const struct rule *rule,
                         struct report *report)
{
    char date[MOMENT_TEXT_SIZE];
    const bool holds = rule_is_on(rule, impact->now);
    struct text *out = report_line(report, holds ? REPORT_PLAIN : REPORT_FELL, "day");
    text_format(out, holds ? "%s, the first that it holds on" : "none from %s on",
                moment_date(impact->now, date));
}

void rules_describe_impact(const struct impact *impact, const struct rule *rule,
                           const struct dataset *dataset, struct report *report)
{
    struct text *out = report_line(report, REPORT_PLAIN, "rule");
    struct text line = { 0 };
    rule_text(rule, &line);
    text_add_visible(out, line.bytes ? line.bytes : "", line.length);
    text_fini(&line);
    if (rule->from != MOMENT_NONE || rule->to != MOMENT_NONE || rule->weekdays != 0)
        describe_day(impact, rule, report);
    out = report_line(report, impact->items > 0 ? REPORT_PASSED : REPORT_FELL, "matches");
    text_format(out, "%d of %d items", impact->items, dataset->n_items);
    out = report_line(report, REPORT_PLAIN, "changes");
    if (impact->asked == impact->users)
        text_format(out, "%d of %d lists (%.1f %%)", impact->changed, impact->users,
                    100 * impact->share);
    else
        text_format(out, "about %.0f of %d lists (%.1f %%, 95 %%: %.1f to %.1f) · %d drawn",
                    impact->share * impact->users, impact->users, 100 * impact->share,
                    100 * impact->low, 100 * impact->high, impact->asked);
    describe_items(impact->leaving, impact->n_leaving, "displaces", dataset, impact, report);
    describe_items(impact->entering, impact->n_entering, "brings in", dataset, impact, report);
    for (int32_t c = 0; c < impact->n_collisions; c++) {
        const struct impact_collision *collision = &impact->collisions[c];
        const bool warns = collision->opposed || collision->place > 0;
        out = report_line(report, warns ? REPORT_FELL : REPORT_PLAIN, c ? "" : "meets");
        text_format(out, "rule %lld ", (long long)collision->rule);
        if (collision->place > 0)
            text_format(out, "pins to place %d too%s", collision->place,
                        collision->wins ? " and takes it: this one gets the next free one"
                                        : ": this one takes it");
        else
            text_format(out, "on %d items: %s%s", collision->items,
                        collision->opposed ? "wants the opposite, " : "",
                        collision->both   ? "both count"
                        : collision->wins ? "it wins"
                                          : "this one wins");
    }
}

void rule_describe_action(const struct rule *rule, struct text *out)
{
    text_add_string(out, rule_action_name(rule->action));
    if (rule->action <= RULE_SOFT_PIN)
        text_format(out, " at %d", (int)rule->amount);
    else if (rule->action <= RULE_BURY)
        text_format(out, " × %g", rule->amount);
}

/* The line of a rule that has nothing but them. */
void rule_describe_conditions(const struct rule *rule, struct text *out)
{
    static const char begin[] = "exclude where ";
    struct text line = { 0 };
    const struct rule part = { .action = RULE_EXCLUDE,
                               .conditions = rule->conditions,
                               .n_conditions = rule->n_conditions,
                               .from = MOMENT_NONE,
                               .to = MOMENT_NONE };
    rule_text(&part, &line);
    if (line.length > sizeof begin - 1)
        text_add(out, line.bytes + sizeof begin - 1, line.length - (sizeof begin - 1));
    text_fini(&line);
}

void rules_describe_scope(const struct rule *rule, struct text *out)
{
    if (rule->scope == RULE_FOR_ALL)
        text_add_string(out, "all");
    else if (rule->scope == RULE_FOR_USER)
        text_add_string(out, "one user");
    else
        text_format(out, "%s=%s", rule->segment_name, rule->segment);
    if (rule->category) text_format(out, ", in %s", rule->category);
}

void rules_describe_schedule(const struct rule *rule, struct text *out)
{
    static const char *const days[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    char date[MOMENT_TEXT_SIZE];
    bool any = false;
    if (rule->from == MOMENT_NONE && rule->to == MOMENT_NONE && rule->weekdays == 0)
        text_add_string(out, "always");
    if (rule->from != MOMENT_NONE) text_format(out, "from %s", moment_date(rule->from, date));
    if (rule->to != MOMENT_NONE)
        text_format(out, "%sto %s", rule->from != MOMENT_NONE ? " " : "",
                    moment_date(rule->to, date));
    for (int d = 0; d < 7; d++) {
        if (!(rule->weekdays >> d & 1)) continue;
        const bool dated = rule->from != MOMENT_NONE || rule->to != MOMENT_NONE;
        text_format(out, "%s%s", any ? "," : dated ? ", " : "", days[d]);
        any = true;
    }
}

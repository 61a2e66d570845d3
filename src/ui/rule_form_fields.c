/* rule_form_fields.c - the form's fields make the line of share/doc/rules.md, which is read as one.
 */
#include "rule_form.h"

#include <stdio.h>
#include <string.h>

const char *const form_labels[FORM_FIELDS] = { "does",        "how much", "to items where",
                                               "in category", "for",      "from",
                                               "to",          "on",       "priority",
                                               "because" };
const char *const form_hints[FORM_FIELDS] = {
    "pin, soft-pin, boost, bury, exclude, include-only or filter",
    "a place for pins, a factor for boost (2) and bury (0.5)",
    "category=Boots price<50 title~gtx age>365d price<=1.2*seed.price",
    "category=Boots: nothing else is touched",
    "all, NAME=VALUE of a segment or user=ID",
    "2026-11-20, today, tomorrow or +7d",
    "2026-12-24, its whole day",
    "mon,tue,wed,thu,fri,sat,sun",
    "the greater wins",
    "a reason that people will read",
};

static void keep(struct form_fields *fields, enum form_field field, const struct text *text)
{
    snprintf(fields->text[field], sizeof fields->text[field], "%s", text->bytes ? text->bytes : "");
}

/* The rule's line cut at its clauses: one writer of rules is enough. */
void form_of_rule(const struct rule *rule, struct form_fields *fields)
{
    static const struct {
        const char *clause;
        enum form_field field;
    } clauses[] = { { "where", FORM_WHERE },       { "in", FORM_CATEGORY },    { "for", FORM_FOR },
                    { "from", FORM_FROM },         { "to", FORM_TO },          { "on", FORM_DAYS },
                    { "priority", FORM_PRIORITY }, { "because", FORM_BECAUSE } };
    struct rule part;
    memset(fields, 0, sizeof *fields);
    fields->id = rule->id;
    fields->replaces = rule->replaces;
    snprintf(fields->author, sizeof fields->author, "%s", rule->author ? rule->author : "");
    snprintf(fields->text[FORM_ACTION], sizeof fields->text[0], "%s",
             rule_action_name(rule->action));
    if (rule->amount != 0)
        snprintf(fields->text[FORM_AMOUNT], sizeof fields->text[0], "%g", rule->amount);
    for (size_t c = 0; c < sizeof clauses / sizeof *clauses; c++) {
        const enum form_field field = clauses[c].field;
        struct text line = { 0 };
        part = (struct rule){ .action = RULE_EXCLUDE, .from = MOMENT_NONE, .to = MOMENT_NONE };
        if (field == FORM_WHERE) {
            part.conditions = rule->conditions;
            part.n_conditions = rule->n_conditions;
        } else if (field == FORM_CATEGORY) {
            part.category_name = rule->category_name;
            part.category = rule->category;
        } else if (field == FORM_FOR) {
            part.scope = rule->scope;
            part.segment_name = rule->segment_name;
            part.segment = rule->segment;
        } else if (field == FORM_FROM)
            part.from = rule->from;
        else if (field == FORM_TO)
            part.to = rule->to;
        else if (field == FORM_DAYS)
            part.weekdays = rule->weekdays;
        else if (field == FORM_PRIORITY)
            part.priority = rule->priority;
        if (field == FORM_BECAUSE) {
            text_add_string(&line, rule->reason ? rule->reason : "");
            keep(fields, field, &line);
        } else {
            rule_text(&part, &line);
            const size_t skip = strlen("exclude ") + strlen(clauses[c].clause) + 1;
            snprintf(fields->text[field], sizeof fields->text[field], "%s",
                     line.length > skip ? line.bytes + skip : "");
        }
        text_fini(&line);
    }
}

/* "today", "tomorrow", "+7d" as a date; anything else as it is. */
static void add_date(const char *clause, const char *text, int64_t now, struct text *line)
{
    char date[MOMENT_TEXT_SIZE];
    struct slice word = slice_trim(slice_of(text));
    int64_t days = -1;
    if (word.length == 0) return;
    if (slice_equal_fold(word, "today")) days = 0;
    if (slice_equal_fold(word, "tomorrow")) days = 1;
    if (word.length > 2 && word.bytes[0] == '+' && word.bytes[word.length - 1] == 'd' &&
        !slice_to_int64((struct slice){ word.bytes + 1, word.length - 2 }, &days))
        days = -1;
    text_format(line, " %s ", clause);
    if (days >= 0 && days < 36500)
        text_add_string(line, moment_date(now + days * 86400, date));
    else
        text_add(line, word.bytes, word.length);
}

static void add_clause(const char *clause, const char *text, struct text *line)
{
    if (slice_trim(slice_of(text)).length > 0) text_format(line, " %s %s", clause, text);
}

bool form_rule(const struct form_fields *fields, int64_t now, struct rule *rule,
               struct error *error)
{
    struct text line = { 0 };
    const char(*text)[256] = fields->text;
    text_format(&line, "%s %s", text[FORM_ACTION], text[FORM_AMOUNT]);
    add_clause("where", text[FORM_WHERE], &line);
    add_clause("in", text[FORM_CATEGORY], &line);
    add_clause("for", text[FORM_FOR], &line);
    add_date("from", text[FORM_FROM], now, &line);
    add_date("to", text[FORM_TO], now, &line);
    add_clause("on", text[FORM_DAYS], &line);
    add_clause("priority", text[FORM_PRIORITY], &line);
    if (fields->author[0]) text_format(&line, " by \"%s\"", fields->author);
    if (text[FORM_BECAUSE][0]) {
        text_add_string(&line, " because \"");
        for (const char *c = text[FORM_BECAUSE]; *c; c++)
            text_add(&line, *c == '"' ? "'" : c, 1);
        text_add_string(&line, "\"");
    }
    bool good = !line.failed || error_memory(error, "a rule");
    good = good && rule_parse(rule, (struct slice){ line.bytes, line.length }, error);
    text_fini(&line);
    if (!good) return false;
    rule->id = fields->id;
    rule->replaces = fields->replaces;
    return true;
}

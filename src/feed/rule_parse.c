/* rule_parse.c - a rule as one line:
 *
 *     ACTION [AMOUNT] [where CONDITION...] [in NAME=VALUE] [for NAME=VALUE] [from DATE] [to DATE]
 *            [on DAYS] [priority N] [replaces N] [by AUTHOR] [because REASON]
 *
 * Words are cut by blanks; what stands in double quotes is one word, also inside of a condition
 * (category="Home & Living"). `and` between conditions may be written. */
#include "rule_private.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next word of the line, quotes kept; empty at the end. */
static struct slice next_word(struct slice *line)
{
    size_t at = 0, begin;
    bool quoted = false;
    while (at < line->length && is_blank(line->bytes[at]))
        at++;
    begin = at;
    while (at < line->length && (quoted || !is_blank(line->bytes[at]))) {
        if (line->bytes[at] == '"') quoted = !quoted;
        at++;
    }
    const struct slice word = { line->bytes + begin, at - begin };
    *line = (struct slice){ line->bytes + at, line->length - at };
    return word;
}

static struct slice unquoted(struct slice word)
{
    if (word.length >= 2 && word.bytes[0] == '"' && word.bytes[word.length - 1] == '"')
        return (struct slice){ word.bytes + 1, word.length - 2 };
    return word;
}

enum clause {
    CLAUSE_WHERE,
    CLAUSE_IN,
    CLAUSE_FOR,
    CLAUSE_FROM,
    CLAUSE_TO,
    CLAUSE_ON,
    CLAUSE_PRIORITY,
    CLAUSE_REPLACES,
    CLAUSE_BY,
    CLAUSE_BECAUSE,
    CLAUSES
};
static const char *const clause_names[CLAUSES] = { "where", "in",     "for",      "from",
                                                   "to",    "on",     "priority", "replaces",
                                                   "by",    "because" };

static enum clause clause_of(struct slice word)
{
    int c = 0;
    while (c < CLAUSES && !slice_equal(word, clause_names[c]))
        c++;
    return (enum clause)c;
}

static bool set_word(char **to, struct slice word, struct error *error)
{
    free(*to);
    *to = rule_word(unquoted(word));
    return *to || error_memory(error, "a rule");
}

static bool read_clause(struct rule *rule, enum clause clause, struct slice word,
                        struct error *error)
{
    switch (clause) {
    case CLAUSE_WHERE:
        return slice_equal(word, "and") || rule_read_condition(rule, word, error);
    case CLAUSE_IN:
        return rule_read_category(rule, word, error);
    case CLAUSE_FOR:
        return rule_read_scope(rule, word, error);
    case CLAUSE_FROM:
        return rule_read_date(rule, word, false, error);
    case CLAUSE_TO:
        return rule_read_date(rule, word, true, error);
    case CLAUSE_ON:
        return rule_read_weekdays(rule, word, error);
    case CLAUSE_PRIORITY:
        return rule_read_priority(rule, word, error);
    case CLAUSE_REPLACES:
        return slice_to_int64(word, &rule->replaces) ||
               error_set(error, ERROR_USAGE, "a rule: 'replaces' is followed by a rule's number");
    case CLAUSE_BY:
        return set_word(&rule->author, word, error);
    case CLAUSE_BECAUSE:
        return set_word(&rule->reason, word, error);
    case CLAUSES:
        break;
    }
    return error_set(error, ERROR_USAGE,
                     "a rule: '%.*s' is not expected here: 'where', 'in', 'for', 'from', 'to', "
                     "'on', 'priority', 'by' or 'because' may follow",
                     (int)(word.length < 80 ? word.length : 80), word.bytes);
}

static bool read_line(struct rule *rule, struct slice line, struct error *error)
{
    enum clause clause = CLAUSES;
    if (!rule_read_action(rule, next_word(&line), error)) return false;
    for (struct slice word = next_word(&line); word.length > 0; word = next_word(&line)) {
        const enum clause begins = clause_of(word);
        if (begins < CLAUSES) {
            clause = begins;
            if (clause != CLAUSE_WHERE) word = next_word(&line);
            if (clause == CLAUSE_WHERE) continue;
            if (word.length == 0)
                return error_set(error, ERROR_USAGE, "a rule: nothing follows '%s'",
                                 clause_names[clause]);
            if (!read_clause(rule, clause, word, error)) return false;
            clause = CLAUSES;
            continue;
        }
        if (clause == CLAUSES && rule->amount == 0 && rule_has_amount(rule->action)) {
            if (!rule_read_amount(rule, word, error)) return false;
        } else if (!read_clause(rule, clause, word, error))
            return false;
    }
    return rule_check(rule, error);
}

bool rule_parse(struct rule *rule, struct slice text, struct error *error)
{
    memset(rule, 0, sizeof *rule);
    rule->from = rule->to = MOMENT_NONE;
    text = slice_trim(text);
    const bool json = text.length > 0 && text.bytes[0] == '{';
    if (memchr(text.length ? text.bytes : "", 0, text.length))
        return error_set(error, ERROR_USAGE, "a rule: has a NUL byte in it");
    if (json ? rule_read_json(rule, text, error) : read_line(rule, text, error)) return true;
    rule_fini(rule);
    return false;
}

/* ------------------------------------------------------------------------------------ writing */

/* A day's first or last second needs no time of day. */
static void write_date(const char *clause, int64_t moment, bool last, struct text *out)
{
    char when[MOMENT_TEXT_SIZE];
    if (moment == MOMENT_NONE) return;
    const int64_t second = ((moment % 86400) + 86400) % 86400;
    const bool bare = second == (last ? 86399 : 0);
    moment_text(moment, when);
    if (!bare) when[10] = 'T'; /* one word */
    text_format(out, " %s %.*s", clause, bare ? 10 : 19, when);
}

/* Quotes inside cannot be written: they become apostrophes. */
static void write_quoted(const char *clause, const char *words, struct text *out)
{
    if (!words) return;
    text_format(out, " %s \"", clause);
    for (const char *c = words; *c; c++)
        text_add(out, *c == '"' ? "'" : c, 1);
    text_add_string(out, "\"");
}

void rule_text(const struct rule *rule, struct text *out)
{
    text_add_string(out, rule_action_name(rule->action));
    if (rule_has_amount(rule->action)) {
        text_add_string(out, " ");
        rule_write_number(rule->amount, out);
    }
    for (int32_t c = 0; c < rule->n_conditions; c++) {
        text_add_string(out, c == 0 ? " where " : " ");
        rule_write_condition(&rule->conditions[c], out);
    }
    if (rule->category) {
        text_add_string(out, " in ");
        rule_write_pair(rule->category_name, rule->category, out);
    }
    if (rule->scope != RULE_FOR_ALL) {
        text_add_string(out, " for ");
        rule_write_pair(rule->segment_name, rule->segment, out);
    }
    write_date("from", rule->from, false, out);
    write_date("to", rule->to, true, out);
    if (rule->weekdays) {
        text_add_string(out, " on ");
        rule_write_weekdays(rule->weekdays, out);
    }
    if (rule->priority != 0) text_format(out, " priority %d", rule->priority);
    if (rule->replaces != 0) text_format(out, " replaces %lld", (long long)rule->replaces);
    write_quoted("by", rule->author, out);
    write_quoted("because", rule->reason, out);
}

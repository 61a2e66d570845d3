/* rule.c - a rule's life, its schedule, and the parts that the line and the JSON form share. */
#include "rule_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const action_names[RULE_ACTIONS] = {
    [RULE_PIN] = "pin",       [RULE_SOFT_PIN] = "soft-pin", [RULE_BOOST] = "boost",
    [RULE_BURY] = "bury",     [RULE_EXCLUDE] = "exclude",   [RULE_INCLUDE_ONLY] = "include-only",
    [RULE_FILTER] = "filter",
};
static const char *const weekday_names[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
/* Longer ones first, so that "<=" is not read as "<". */
static const struct {
    const char *text;
    enum rule_operator op;
} operators[] = { { "!=", RULE_IS_NOT }, { "<=", RULE_AT_MOST }, { ">=", RULE_AT_LEAST },
                  { "=", RULE_IS },      { "~", RULE_HAS },      { "<", RULE_LESS },
                  { ">", RULE_MORE } };
enum { OPERATORS = sizeof operators / sizeof operators[0], CONDITIONS_MAX = 32 };

const char *rule_action_name(enum rule_action action)
{
    return action_names[action];
}

bool rule_has_amount(enum rule_action action)
{
    return action <= RULE_BURY;
}

char *rule_word(struct slice text)
{
    char *word = malloc(text.length + 1);
    if (!word) return NULL;
    if (text.length > 0) memcpy(word, text.bytes, text.length);
    word[text.length] = 0;
    return word;
}

void rule_fini(struct rule *rule)
{
    for (int32_t c = 0; c < rule->n_conditions; c++) {
        free(rule->conditions[c].field);
        free(rule->conditions[c].value);
    }
    free(rule->conditions);
    free(rule->category_name);
    free(rule->category);
    free(rule->segment_name);
    free(rule->segment);
    free(rule->author);
    free(rule->reason);
    memset(rule, 0, sizeof *rule);
    rule->from = rule->to = MOMENT_NONE;
}

static bool copy_word(char **to, const char *from)
{
    *to = from ? rule_word(slice_of(from)) : NULL;
    return *to || !from;
}

bool rule_copy(struct rule *to, const struct rule *from, struct error *error)
{
    bool capacity = true;
    *to = *from;
    to->conditions = calloc((size_t)from->n_conditions + 1, sizeof *to->conditions);
    to->n_conditions = to->conditions ? from->n_conditions : 0;
    for (int32_t c = 0; c < to->n_conditions; c++) {
        to->conditions[c] = from->conditions[c];
        capacity &= copy_word(&to->conditions[c].field, from->conditions[c].field);
        capacity &= copy_word(&to->conditions[c].value, from->conditions[c].value);
    }
    capacity &= copy_word(&to->category_name, from->category_name);
    capacity &= copy_word(&to->category, from->category);
    capacity &= copy_word(&to->segment_name, from->segment_name);
    capacity &= copy_word(&to->segment, from->segment);
    capacity &= copy_word(&to->author, from->author);
    capacity &= copy_word(&to->reason, from->reason);
    if (capacity && to->conditions) return true;
    rule_fini(to);
    return error_memory(error, "a rule");
}

bool rule_is_on(const struct rule *rule, int64_t now)
{
    int year, month, day, weekday;
    if (now == MOMENT_NONE) return true;
    if (rule->from != MOMENT_NONE && now < rule->from) return false;
    if (rule->to != MOMENT_NONE && now > rule->to) return false;
    if (rule->weekdays == 0) return true;
    moment_to_civil(now, &year, &month, &day, &weekday);
    return (rule->weekdays >> weekday & 1) != 0;
}

/* -------------------------------------------------------------------------------- reading parts */

#define SHOWN(slice) (int)((slice).length < 80 ? (slice).length : 80), (slice).bytes

static bool refuse(struct error *error, struct slice word, const char *expected)
{
    return error_set(error, ERROR_USAGE, "a rule: '%.*s' is not %s", SHOWN(word), expected);
}

bool rule_read_action(struct rule *rule, struct slice word, struct error *error)
{
    for (int a = 0; a < RULE_ACTIONS; a++) {
        if (!slice_equal_fold(word, action_names[a])) continue;
        rule->action = (enum rule_action)a;
        return true;
    }
    return refuse(error, word,
                  "what rules do: pin, soft-pin, boost, bury, exclude, include-only or filter");
}

bool rule_read_amount(struct rule *rule, struct slice word, struct error *error)
{
    double *amount = &rule->amount;
    const bool number = slice_to_double(word, amount);
    switch (rule->action) {
    case RULE_PIN:
    case RULE_SOFT_PIN:
        if (number && *amount >= 1 && *amount <= 1000 && *amount == floor(*amount)) return true;
        return refuse(error, word, "a place from 1 to 1000");
    case RULE_BOOST:
        if (number && *amount > 1 && *amount <= RULE_BOOST_MAX) return true;
        return refuse(error, word, "a factor above 1: 'boost 1.5'");
    case RULE_BURY:
        if (number && *amount > 0 && *amount < 1) return true;
        return refuse(error, word, "a factor between 0 and 1: 'bury 0.5'");
    default:
        return refuse(error, word, "expected: this kind of rule has no number");
    }
}

/* "1.2*seed.price", "seed.category": whether the value is the seed item's. */
static void read_seed(struct rule_condition *condition, struct slice *value)
{
    struct slice rest = *value;
    const char *star = value->length ? memchr(value->bytes, '*', value->length) : NULL;
    double factor = 1;
    if (star) {
        const size_t at = (size_t)(star - value->bytes);
        if (!slice_to_double((struct slice){ value->bytes, at }, &factor)) return;
        rest = (struct slice){ star + 1, value->length - at - 1 };
    }
    if (rest.length <= 5 || memcmp(rest.bytes, "seed.", 5) != 0) return;
    condition->seed = true;
    condition->factor = factor;
    *value = (struct slice){ rest.bytes + 5, rest.length - 5 };
}

double rule_number(struct slice value)
{
    double number;
    int64_t moment;
    if (value.length > 1 && value.bytes[value.length - 1] == 'd') value.length--;
    if (slice_to_double(value, &number)) return number;
    return moment_parse(value, MOMENT_ISO, &moment) ? (double)moment : NAN;
}

static struct rule_condition *add_condition(struct rule *rule, struct error *error)
{
    const size_t n = (size_t)rule->n_conditions;
    if (n == CONDITIONS_MAX) {
        error_set(error, ERROR_USAGE, "a rule: more than %d conditions", CONDITIONS_MAX);
        return NULL;
    }
    void *conditions = realloc(rule->conditions, (n + 1) * sizeof *rule->conditions);
    if (!conditions) {
        error_memory(error, "a rule");
        return NULL;
    }
    rule->conditions = conditions;
    memset(&rule->conditions[n], 0, sizeof rule->conditions[n]);
    rule->n_conditions++;
    return &rule->conditions[n];
}

static struct slice without_quotes(struct slice text)
{
    if (text.length >= 2 && text.bytes[0] == '"' && text.bytes[text.length - 1] == '"')
        return (struct slice){ text.bytes + 1, text.length - 2 };
    return text;
}

bool rule_read_condition(struct rule *rule, struct slice term, struct error *error)
{
    size_t at = 0;
    int o = OPERATORS;
    for (; at < term.length && o == OPERATORS; at += o == OPERATORS)
        for (o = 0; o < OPERATORS; o++) {
            const size_t length = strlen(operators[o].text);
            if (at + length <= term.length &&
                memcmp(term.bytes + at, operators[o].text, length) == 0)
                break;
        }
    if (o == OPERATORS || at == 0)
        return refuse(error, term, "a condition: FIELD=VALUE, with = != ~ < <= > >=");
    const size_t begin = at + strlen(operators[o].text);
    struct slice value = { term.bytes + begin, term.length - begin };
    if (value.length == 0) return refuse(error, term, "a condition: its value is missing");
    struct rule_condition *condition = add_condition(rule, error);
    if (!condition) return false;
    condition->op = operators[o].op;
    condition->factor = 1;
    read_seed(condition, &value);
    value = without_quotes(value);
    if (memchr(value.bytes, '"', value.length))
        return refuse(error, term, "a condition: a value has no quotes inside");
    condition->number = condition->seed ? NAN : rule_number(value);
    condition->field = rule_word((struct slice){ term.bytes, at });
    condition->value = rule_word(value);
    if (!condition->field || !condition->value) return error_memory(error, "a rule");
    if (condition->op >= RULE_LESS && !condition->seed && isnan(condition->number))
        return refuse(error, term, "a condition: < and > compare numbers and dates");
    return true;
}

static bool read_pair(struct slice pair, char **name, char **value, struct error *error)
{
    const char *equals = pair.length ? memchr(pair.bytes, '=', pair.length) : NULL;
    if (!equals || equals == pair.bytes) return refuse(error, pair, "NAME=VALUE");
    const size_t at = (size_t)(equals - pair.bytes);
    const struct slice text = without_quotes((struct slice){ equals + 1, pair.length - at - 1 });
    if (text.length > 0 && memchr(text.bytes, '"', text.length))
        return refuse(error, pair, "NAME=VALUE: a value has no quotes inside");
    free(*name);
    free(*value);
    *name = rule_word((struct slice){ pair.bytes, at });
    *value = rule_word(text);
    return (*name && *value) || error_memory(error, "a rule");
}

bool rule_read_category(struct rule *rule, struct slice pair, struct error *error)
{
    return read_pair(pair, &rule->category_name, &rule->category, error);
}

bool rule_read_scope(struct rule *rule, struct slice pair, struct error *error)
{
    if (slice_equal(pair, "all")) return true;
    if (!read_pair(pair, &rule->segment_name, &rule->segment, error)) return false;
    rule->scope = strcmp(rule->segment_name, "user") == 0 ? RULE_FOR_USER : RULE_FOR_SEGMENT;
    return true;
}

bool rule_read_date(struct rule *rule, struct slice word, bool last, struct error *error)
{
    int64_t moment;
    if (!moment_parse(word, MOMENT_ISO, &moment))
        return refuse(error, word, "a date such as 2026-12-24");
    if (last && word.length <= 10) moment += 86399; /* a bare date: the end of that day */
    *(last ? &rule->to : &rule->from) = moment;
    return true;
}

bool rule_read_weekdays(struct rule *rule, struct slice list, struct error *error)
{
    const struct slice all = list;
    while (list.length > 0) {
        const char *comma = memchr(list.bytes, ',', list.length);
        const size_t length = comma ? (size_t)(comma - list.bytes) : list.length;
        const struct slice word = { list.bytes, length };
        int day = 0;
        while (day < 7 && !slice_equal_fold(word, weekday_names[day]))
            day++;
        if (day == 7) return refuse(error, all, "a list of weekdays: mon,tue,wed,thu,fri,sat,sun");
        rule->weekdays = (uint8_t)(rule->weekdays | 1U << day);
        list = (struct slice){ list.bytes + length + (comma != NULL),
                               list.length - length - (comma != NULL) };
    }
    return true;
}

bool rule_read_priority(struct rule *rule, struct slice word, struct error *error)
{
    int64_t priority;
    if (!slice_to_int64(word, &priority) || priority < -1000 || priority > 1000)
        return refuse(error, word, "a priority from -1000 to 1000");
    rule->priority = (int32_t)priority;
    return true;
}

bool rule_check(const struct rule *rule, struct error *error)
{
    const char *name = rule_action_name(rule->action);
    if (rule_has_amount(rule->action) && rule->amount == 0)
        return error_set(error, ERROR_USAGE, "a rule: %s needs a number, as in '%s %s where …'",
                         name, name,
                         rule->action <= RULE_SOFT_PIN ? "3"
                         : rule->action == RULE_BOOST  ? "1.5"
                                                       : "0.5");
    if (rule->n_conditions == 0 && !rule->category)
        return error_set(error, ERROR_USAGE,
                         "a rule: says nothing about items: add 'where FIELD=VALUE'");
    if (rule->from != MOMENT_NONE && rule->to != MOMENT_NONE && rule->from > rule->to)
        return error_set(error, ERROR_USAGE, "a rule: ends before it begins");
    return true;
}

/* -------------------------------------------------------------------------------- writing parts */

/* A value that has a blank in it, or looks like something else, stands in quotes. */
static void write_value(const char *value, struct text *out)
{
    const bool quotes = value[0] == 0 || strpbrk(value, " \t\"") ||
                        strncmp(value, "seed.", 5) == 0 || strchr(value, '*');
    text_add_string(out, quotes ? "\"" : "");
    text_add_string(out, value);
    text_add_string(out, quotes ? "\"" : "");
}

void rule_write_number(double number, struct text *out)
{
    for (int decimals = 0; decimals <= 17; decimals++) {
        struct text digits = { 0 };
        double back = NAN;
        text_add_decimal(&digits, number, decimals, false);
        const struct slice read = { digits.bytes, digits.length };
        const bool same = !digits.failed && slice_to_double(read, &back) && back == number;
        if (same || decimals == 17) text_add(out, digits.bytes ? digits.bytes : "0", digits.length);
        text_fini(&digits);
        if (same) return;
    }
}

void rule_write_condition(const struct rule_condition *condition, struct text *out)
{
    text_add_string(out, condition->field);
    for (int o = 0; o < OPERATORS; o++)
        if (operators[o].op == condition->op) text_add_string(out, operators[o].text);
    if (!condition->seed) {
        write_value(condition->value, out);
        return;
    }
    if (condition->factor != 1) {
        rule_write_number(condition->factor, out);
        text_add_string(out, "*");
    }
    text_format(out, "seed.%s", condition->value);
}

void rule_write_pair(const char *name, const char *value, struct text *out)
{
    text_format(out, "%s=", name);
    write_value(value, out);
}

void rule_write_weekdays(uint8_t weekdays, struct text *out)
{
    bool any = false;
    for (int day = 0; day < 7; day++) {
        if (!(weekdays >> day & 1)) continue;
        text_format(out, "%s%s", any ? "," : "", weekday_names[day]);
        any = true;
    }
}

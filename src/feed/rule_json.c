/* rule_json.c - a rule as JSON, the form that is stored:
 *
 *     {"action":"boost","amount":1.5,"where":["brand=Nordlys","price<50"],"in":"category=Boots",
 *      "for":"segment=B","from":"2026-11-20","to":"2026-12-24","on":["fri","sat"],"priority":5,
 *      "replaces":3,"author":"anna","reason":"winter"}
 *
 * Conditions are the strings of the line form, so that there is one language for them. */
#include "rule_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Parts that are one string each. */
static bool string_part(struct rule *rule, const char *name, struct slice value,
                        struct error *error)
{
    if (strcmp(name, "in") == 0) return rule_read_category(rule, value, error);
    if (strcmp(name, "for") == 0) return rule_read_scope(rule, value, error);
    if (strcmp(name, "from") == 0) return rule_read_date(rule, value, false, error);
    if (strcmp(name, "to") == 0) return rule_read_date(rule, value, true, error);
    char **word = strcmp(name, "author") == 0   ? &rule->author
                  : strcmp(name, "reason") == 0 ? &rule->reason
                                                : NULL;
    if (!word) return error_set(error, ERROR_USAGE, "a rule: \"%.60s\" is not expected", name);
    free(*word);
    *word = rule_word(value);
    return *word || error_memory(error, "a rule");
}

static bool list_part(struct rule *rule, const char *name, const json_t *list, struct error *error)
{
    const bool where = strcmp(name, "where") == 0;
    size_t i;
    json_t *element;
    if (!where && strcmp(name, "on") != 0)
        return error_set(error, ERROR_USAGE, "a rule: \"%.60s\" is not a list", name);
    json_array_foreach(list, i, element)
    {
        if (!json_is_string(element))
            return error_set(error, ERROR_USAGE, "a rule: \"%s\" is a list of strings", name);
        const struct slice word = { json_string_value(element), json_string_length(element) };
        if (!(where ? rule_read_condition(rule, word, error)
                    : rule_read_weekdays(rule, word, error)))
            return false;
    }
    return true;
}

static bool number_part(struct rule *rule, const char *name, const json_t *number,
                        struct error *error)
{
    struct text word = { 0 };
    bool good = false;
    rule_write_number(json_number_value(number), &word);
    const struct slice value = { word.bytes, word.length };
    if (word.failed)
        error_memory(error, "a rule");
    else if (strcmp(name, "amount") == 0)
        good = rule_read_amount(rule, value, error);
    else if (strcmp(name, "priority") == 0)
        good = rule_read_priority(rule, value, error);
    else if (strcmp(name, "replaces") == 0)
        good = slice_to_int64(value, &rule->replaces) ||
               error_set(error, ERROR_USAGE, "a rule: \"replaces\" is a rule's number");
    else
        error_set(error, ERROR_USAGE, "a rule: \"%.60s\" is not a number", name);
    text_fini(&word);
    return good;
}

static bool read_parts(struct rule *rule, json_t *object, struct error *error)
{
    const char *name;
    json_t *value;
    const json_t *action = json_object_get(object, "action");
    if (!json_is_string(action))
        return error_set(error, ERROR_USAGE, "a rule: \"action\" is missing");
    const struct slice word = { json_string_value(action), json_string_length(action) };
    if (!rule_read_action(rule, word, error)) return false;
    json_object_foreach(object, name, value)
    {
        bool good = true;
        if (value == action || json_is_null(value)) continue;
        if (json_is_string(value))
            good = string_part(
                rule, name, (struct slice){ json_string_value(value), json_string_length(value) },
                error);
        else if (json_is_array(value))
            good = list_part(rule, name, value, error);
        else if (json_is_number(value))
            good = number_part(rule, name, value, error);
        else
            good = error_set(error, ERROR_USAGE, "a rule: \"%.60s\" is not right", name);
        if (!good) return false;
    }
    return rule_check(rule, error);
}

bool rule_read_json(struct rule *rule, struct slice text, struct error *error)
{
    json_error_t where;
    json_t *object = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &where);
    bool good = json_is_object(object);
    if (!good)
        error_set(error, ERROR_USAGE, "a rule: is not JSON: %.120s", where.text);
    else
        good = read_parts(rule, object, error);
    json_decref(object);
    return good;
}

/* ------------------------------------------------------------------------------------ writing */

static void add_string(struct text *out, const char *name, const struct text *value)
{
    text_format(out, ",\"%s\":", name);
    text_add_json(out, value->bytes ? value->bytes : "", value->length);
}

static void add_pair(struct text *out, const char *clause, const char *name, const char *value)
{
    struct text pair = { 0 };
    rule_write_pair(name, value, &pair);
    add_string(out, clause, &pair);
    out->failed |= pair.failed;
    text_fini(&pair);
}

static void add_date(struct text *out, const char *clause, int64_t moment)
{
    char when[MOMENT_TEXT_SIZE];
    if (moment == MOMENT_NONE) return;
    text_format(out, ",\"%s\":\"%s\"", clause, moment_text(moment, when));
}

static void add_words(struct text *out, const char *name, const char *words)
{
    if (!words) return;
    text_format(out, ",\"%s\":", name);
    text_add_json(out, words, strlen(words));
}

void rule_json(const struct rule *rule, struct text *out)
{
    text_format(out, "{\"action\":\"%s\"", rule_action_name(rule->action));
    if (rule_has_amount(rule->action)) {
        text_add_string(out, ",\"amount\":");
        rule_write_number(rule->amount, out);
    }
    text_add_string(out, ",\"where\":[");
    for (int32_t c = 0; c < rule->n_conditions; c++) {
        struct text condition = { 0 };
        rule_write_condition(&rule->conditions[c], &condition);
        text_add_string(out, c ? "," : "");
        text_add_json(out, condition.bytes ? condition.bytes : "", condition.length);
        out->failed |= condition.failed;
        text_fini(&condition);
    }
    text_add_string(out, "]");
    if (rule->category) add_pair(out, "in", rule->category_name, rule->category);
    if (rule->scope != RULE_FOR_ALL) add_pair(out, "for", rule->segment_name, rule->segment);
    add_date(out, "from", rule->from);
    add_date(out, "to", rule->to);
    if (rule->weekdays) {
        text_add_string(out, ",\"on\":[\"");
        rule_write_weekdays(rule->weekdays, out);
        text_add_string(out, "\"]");
    }
    if (rule->priority != 0) text_format(out, ",\"priority\":%d", rule->priority);
    if (rule->replaces != 0) text_format(out, ",\"replaces\":%lld", (long long)rule->replaces);
    add_words(out, "author", rule->author);
    add_words(out, "reason", rule->reason);
    text_add_string(out, "}");
}

/* rule_data.c - whether the data has what a rule names. A rule for a segment that nobody is in
 * changes nothing, and a slip of the pen looks just like that: it is refused with what there is. */
#include "pipeline_private.h"

#include <math.h>
#include <string.h>

enum { LISTED = 10, LISTED_BYTES = 30 };

/* The first of them, and how many more there are. `name` -1: of all names. */
static void list_known(const struct attributes *known, int32_t name, struct text *out)
{
    const struct names *texts = name < 0 ? &known->names : &known->values;
    int32_t n = 0;
    for (int32_t i = 0; i < texts->n; i++) {
        if (name >= 0 && known->value_name[i] != name) continue;
        if (n++ >= LISTED) continue;
        const struct slice text = names_get(texts, i);
        text_add_string(out, n > 1 ? ", " : "");
        text_add_visible(out, text.bytes, text.length < LISTED_BYTES ? text.length : LISTED_BYTES);
    }
    if (n > LISTED) text_format(out, " and %d more", n - LISTED);
}

/* `who` is "user" or "item". */
static bool refuse_name(const struct attributes *known, const char *who, const char *name,
                        bool listed, struct error *error)
{
    struct text list = { 0 };
    list_known(known, -1, &list);
    error_set(error, ERROR_MISSING, "a rule: no %s has the attribute %.100s%s%s", who, name,
              !listed           ? ""
              : list.length > 0 ? ": there are "
                                : ": there are none",
              listed && list.length > 0 ? list.bytes : "");
    text_fini(&list);
    return false;
}

static bool refuse_value(const struct attributes *known, const char *who, int32_t name,
                         struct slice value, bool listed, struct error *error)
{
    struct text list = { 0 };
    const struct slice text = names_get(&known->names, name);
    list_known(known, name, &list);
    error_set(error, ERROR_MISSING, "a rule: no %s has %.*s=%.*s%s%s", who,
              (int)(text.length < 100 ? text.length : 100), text.bytes,
              (int)(value.length < 100 ? value.length : 100), value.bytes,
              listed && list.length > 0 ? ": there are " : "",
              listed && list.length > 0 ? list.bytes : "");
    text_fini(&list);
    return false;
}

/* Cuts the next alternative off "a|b|c"; false at the end. */
static bool next_alternative(const char **rest, struct slice *one)
{
    if (!*rest) return false;
    const char *bar = strchr(*rest, '|');
    *one = (struct slice){ *rest, bar ? (size_t)(bar - *rest) : strlen(*rest) };
    *rest = bar ? bar + 1 : NULL;
    return true;
}

static bool has_value(const struct attributes *known, int32_t name, struct slice value)
{
    struct text folded = { 0 }, scratch = { 0 };
    bool found = false;
    text_add_folded(&folded, value.bytes, value.length);
    for (int32_t v = 0; v < known->values.n && !found; v++)
        found = known->value_name[v] == name &&
                rule_one_of(names_get(&known->values, v), &folded, &scratch);
    text_fini(&folded);
    text_fini(&scratch);
    return found;
}

static bool check_values(const struct attributes *known, const char *who, int32_t name,
                         const char *values, bool numbers, bool listed, struct error *error)
{
    struct slice one;
    while (next_alternative(&values, &one))
        if (!(numbers && !isnan(rule_number(one))) && !has_value(known, name, one))
            return refuse_value(known, who, name, one, listed, error);
    return true;
}

/* NAME=VALUE of a segment or a category. */
static bool check_pair(const struct attributes *known, const char *who, const char *name,
                       const char *values, bool listed, struct error *error)
{
    const int32_t named = names_find(&known->names, slice_of(name));
    if (named < 0) return refuse_name(known, who, name, listed, error);
    return check_values(known, who, named, values, false, listed, error);
}

static bool check_ids(const struct names *ids, const char *values, struct error *error)
{
    struct slice one;
    while (next_alternative(&values, &one))
        if (names_find(ids, one) < 0)
            return error_set(error, ERROR_MISSING, "a rule: there is no item %.*s",
                             (int)(one.length < 100 ? one.length : 100), one.bytes);
    return true;
}

static bool check_condition(const struct rule_condition *condition, const struct dataset *dataset,
                            bool listed, struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    const struct field field = rule_field(dataset, condition->field);
    if (field.kind == FIELD_ATTRIBUTE && field.name < 0)
        return refuse_name(known, "item", condition->field, listed, error);
    if (condition->seed) {
        const struct field seed = rule_field(dataset, condition->value);
        return seed.kind != FIELD_ATTRIBUTE || seed.name >= 0 ||
               refuse_name(known, "item", condition->value, listed, error);
    }
    if (condition->op != RULE_IS) return true;
    if (field.kind == FIELD_ID) return check_ids(&dataset->item_ids, condition->value, error);
    return field.kind != FIELD_ATTRIBUTE ||
           check_values(known, "item", field.name, condition->value, true, listed, error);
}

static bool check_scope(const struct rule *rule, const struct dataset *dataset, bool listed,
                        struct error *error)
{
    if (dataset->n_users == 0 || rule->scope == RULE_FOR_ALL) return true;
    if (rule->scope == RULE_FOR_SEGMENT)
        return check_pair(&dataset->user_attributes, "user", rule->segment_name, rule->segment,
                          listed, error);
    return names_find(&dataset->user_ids, slice_of(rule->segment)) >= 0 ||
           error_set(error, ERROR_MISSING, "a rule: there is no user %.100s", rule->segment);
}

bool rule_check_data(const struct rule *rule, const struct dataset *dataset, bool listed,
                     struct error *error)
{
    if (!check_scope(rule, dataset, listed, error)) return false;
    if (dataset->n_items == 0) return true;
    if (rule->category && !check_pair(&dataset->item_attributes, "item", rule->category_name,
                                      rule->category, listed, error))
        return false;
    for (int32_t c = 0; c < rule->n_conditions; c++)
        if (!check_condition(&rule->conditions[c], dataset, listed, error)) return false;
    return true;
}

void rule_example_segment(const struct dataset *dataset, struct text *out)
{
    const struct attributes *known = &dataset->user_attributes;
    static const char *const usual[] = { "segment", "group", "gender" };
    int32_t name = -1;
    for (size_t u = 0; name < 0 && u < sizeof usual / sizeof *usual; u++)
        name = names_find(&known->names, slice_of(usual[u]));
    for (int32_t v = 0; v < known->values.n; v++) {
        if (name >= 0 && known->value_name[v] != name) continue;
        const struct slice named = names_get(&known->names, known->value_name[v]);
        const struct slice value = names_get(&known->values, v);
        const bool quoted = memchr(value.bytes, ' ', value.length) != NULL;
        text_add_visible(out, named.bytes, named.length);
        text_add_string(out, quoted ? "=\"" : "=");
        text_add_visible(out, value.bytes, value.length);
        text_add_string(out, quoted ? "\"" : "");
        return;
    }
}

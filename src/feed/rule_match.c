/* rule_match.c - which items a rule matches.
 *
 * What can be known beforehand is evaluated once for every item: a list of matches. What depends on
 * the shopper (the seed item) or on the day (age) is tested later, only for items on that list. */
#include "pipeline_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------ texts */

bool rule_one_of(struct slice text, const struct text *folded, struct text *scratch)
{
    text_clear(scratch);
    text_add_folded(scratch, text.bytes, text.length);
    const char *rest = folded->bytes ? folded->bytes : "";
    for (;;) {
        const char *bar = strchr(rest, '|');
        const size_t length = bar ? (size_t)(bar - rest) : strlen(rest);
        if (length == scratch->length &&
            memcmp(rest, scratch->bytes ? scratch->bytes : "", length) == 0)
            return true;
        if (!bar) return false;
        rest = bar + 1;
    }
}

static bool has_one_of(struct slice text, const struct text *folded, struct text *scratch)
{
    text_clear(scratch);
    text_add_folded(scratch, text.bytes, text.length);
    const char *rest = folded->bytes ? folded->bytes : "";
    while (scratch->bytes) {
        const char *bar = strchr(rest, '|');
        const size_t length = bar ? (size_t)(bar - rest) : strlen(rest);
        for (size_t at = 0; length > 0 && at + length <= scratch->length; at++)
            if (memcmp(scratch->bytes + at, rest, length) == 0) return true;
        if (!bar) break;
        rest = bar + 1;
    }
    return false;
}

static enum truth compare(double left, enum rule_operator op, double right)
{
    if (isnan(left) || isnan(right)) return TRUTH_UNKNOWN;
    switch (op) {
    case RULE_LESS:
        return left < right ? TRUTH_YES : TRUTH_NO;
    case RULE_AT_MOST:
        return left <= right ? TRUTH_YES : TRUTH_NO;
    case RULE_MORE:
        return left > right ? TRUTH_YES : TRUTH_NO;
    case RULE_AT_LEAST:
        return left >= right ? TRUTH_YES : TRUTH_NO;
    default:
        return !(left < right) && !(left > right) ? TRUTH_YES : TRUTH_NO;
    }
}

/* One text against the condition; "is not" is turned round by the caller. */
static enum truth text_holds(const struct compiled_condition *compiled, struct slice text,
                             struct text *scratch)
{
    const struct rule_condition *condition = compiled->condition;
    const double number = condition->op == RULE_HAS ? NAN : rule_number(text);
    if (condition->op >= RULE_LESS) return compare(number, condition->op, condition->number);
    if (condition->op == RULE_HAS)
        return has_one_of(text, &compiled->folded, scratch) ? TRUTH_YES : TRUTH_NO;
    if (!isnan(number) && !isnan(condition->number))
        return compare(number, RULE_IS, condition->number);
    return rule_one_of(text, &compiled->folded, scratch) ? TRUTH_YES : TRUTH_NO;
}

static enum truth turned(const struct compiled_condition *compiled, enum truth truth)
{
    if (compiled->condition->op != RULE_IS_NOT || truth == TRUTH_UNKNOWN) return truth;
    return truth == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
}

/* ---------------------------------------------------------------------------- fields of items */

static double number_field(const struct pipeline *pipeline, struct field field, int32_t item,
                           int64_t now)
{
    const struct sparse *buyers = &pipeline->dataset->by_item;
    switch (field.kind) {
    case FIELD_BUYERS:
        return (double)(buyers->start[item + 1] - buyers->start[item]);
    case FIELD_PRICE:
        return pipeline->price ? pipeline->price[item] : NAN;
    case FIELD_AGE:
        if (!pipeline->first || pipeline->first[item] == MOMENT_NONE || now == MOMENT_NONE)
            return NAN;
        return (double)(now - pipeline->first[item]) / 86400;
    default:
        return NAN;
    }
}

static struct slice text_field(const struct pipeline *pipeline, struct field field, int32_t item)
{
    return names_get(field.kind == FIELD_ID ? &pipeline->dataset->item_ids
                                            : &pipeline->dataset->item_titles,
                     item);
}

static bool is_number_field(struct field field)
{
    return field.kind == FIELD_AGE || field.kind == FIELD_BUYERS || field.kind == FIELD_PRICE;
}

/* Any value of the attribute will do. */
static enum truth attribute_holds(const struct pipeline *pipeline,
                                  const struct compiled_condition *compiled, int32_t item,
                                  struct text *scratch)
{
    const struct attributes *attributes = &pipeline->dataset->item_attributes;
    enum truth truth = TRUTH_UNKNOWN;
    if (compiled->field.name < 0) return TRUTH_UNKNOWN;
    for (int64_t v = attributes->offset[item]; v < attributes->offset[item + 1]; v++) {
        const int32_t value = attributes->value[v];
        if (attributes->value_name[value] != compiled->field.name) continue;
        const enum truth one = text_holds(compiled, names_get(&attributes->values, value), scratch);
        if (one == TRUTH_YES) return TRUTH_YES;
        if (one == TRUTH_NO) truth = TRUTH_NO;
    }
    return truth;
}

static enum truth static_holds(const struct pipeline *pipeline,
                               const struct compiled_condition *compiled, int32_t item, int64_t now,
                               struct text *scratch)
{
    const struct rule_condition *condition = compiled->condition;
    if (compiled->field.kind == FIELD_ATTRIBUTE)
        return turned(compiled, attribute_holds(pipeline, compiled, item, scratch));
    if (is_number_field(compiled->field))
        return turned(compiled, compare(number_field(pipeline, compiled->field, item, now),
                                        condition->op, condition->number));
    return turned(compiled,
                  text_holds(compiled, text_field(pipeline, compiled->field, item), scratch));
}

/* ------------------------------------------------------------------------- against the seed item
 */

static double number_of(const struct pipeline *pipeline, struct field field, int32_t item,
                        int64_t now)
{
    const struct attributes *attributes = &pipeline->dataset->item_attributes;
    if (is_number_field(field)) return number_field(pipeline, field, item, now);
    if (field.kind != FIELD_ATTRIBUTE) return rule_number(text_field(pipeline, field, item));
    for (int64_t v = attributes->offset[item]; field.name >= 0 && v < attributes->offset[item + 1];
         v++)
        if (attributes->value_name[attributes->value[v]] == field.name)
            return rule_number(names_get(&attributes->values, attributes->value[v]));
    return NAN;
}

/* Whether a text is among the seed's values of its field. */
static enum truth seed_has(const struct pipeline *pipeline, struct field field, int32_t seed,
                           struct slice text)
{
    const struct attributes *attributes = &pipeline->dataset->item_attributes;
    enum truth truth = TRUTH_UNKNOWN;
    if (field.kind == FIELD_ID || field.kind == FIELD_TITLE) {
        struct slice other = text_field(pipeline, field, seed);
        return other.length == text.length && memcmp(other.bytes, text.bytes, text.length) == 0
                   ? TRUTH_YES
                   : TRUTH_NO;
    }
    for (int64_t v = attributes->offset[seed]; v < attributes->offset[seed + 1]; v++) {
        if (attributes->value_name[attributes->value[v]] != field.name) continue;
        struct slice other = names_get(&attributes->values, attributes->value[v]);
        if (other.length == text.length && memcmp(other.bytes, text.bytes, text.length) == 0)
            return TRUTH_YES;
        truth = TRUTH_NO;
    }
    return truth;
}

static enum truth seed_holds(const struct pipeline *pipeline,
                             const struct compiled_condition *compiled, int32_t item,
                             const struct rule_moment *moment)
{
    const struct rule_condition *condition = compiled->condition;
    const struct attributes *attributes = &pipeline->dataset->item_attributes;
    const struct field field = compiled->field;
    enum truth truth = TRUTH_UNKNOWN;
    if (moment->seed < 0 || moment->seed >= pipeline->dataset->n_items) return TRUTH_UNKNOWN;
    const double left = number_of(pipeline, field, item, moment->now);
    const double right =
        condition->factor * number_of(pipeline, compiled->seed_field, moment->seed, moment->now);
    if (condition->op >= RULE_LESS || (!isnan(left) && !isnan(right)))
        return turned(compiled, compare(left, condition->op, right));
    if (field.kind == FIELD_ID || field.kind == FIELD_TITLE)
        return turned(compiled, seed_has(pipeline, compiled->seed_field, moment->seed,
                                         text_field(pipeline, field, item)));
    for (int64_t v = attributes->offset[item]; v < attributes->offset[item + 1]; v++) {
        if (attributes->value_name[attributes->value[v]] != field.name) continue;
        const enum truth one = seed_has(pipeline, compiled->seed_field, moment->seed,
                                        names_get(&attributes->values, attributes->value[v]));
        if (one == TRUTH_YES) return turned(compiled, TRUTH_YES);
        if (one == TRUTH_NO) truth = TRUTH_NO;
    }
    return turned(compiled, truth);
}

/* -------------------------------------------------------------------------------- one rule */

/* A filter leaves alone what nothing is known about; the others want to know. */
static bool counts(const struct rule *rule, enum truth truth)
{
    return truth == TRUTH_YES || (truth == TRUTH_UNKNOWN && rule->action == RULE_FILTER);
}

bool rule_listed(const int32_t *list, int32_t n, int32_t value)
{
    int32_t low = 0, high = n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (list[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && list[low] == value;
}

bool pipeline_match(const struct pipeline *pipeline, int32_t index, int32_t item,
                    const struct rule_moment *moment)
{
    const struct compiled_rule *compiled = &pipeline->rules[index];
    struct text scratch = { 0 };
    bool match = rule_listed(compiled->items, compiled->n_items, item);
    for (int32_t c = 0; match && compiled->late && c < compiled->rule.n_conditions; c++) {
        const struct compiled_condition *condition = &compiled->conditions[c];
        if (!condition->late) continue;
        match = counts(&compiled->rule,
                       condition->condition->seed
                           ? seed_holds(pipeline, condition, item, moment)
                           : static_holds(pipeline, condition, item, moment->now, &scratch));
    }
    text_fini(&scratch);
    return match;
}

/* ---------------------------------------------------------------------------------- compiling */

struct field rule_field(const struct dataset *dataset, const char *name)
{
    static const struct {
        const char *name;
        enum field_kind kind;
    } built_in[] = { { "id", FIELD_ID },   { "item", FIELD_ID },       { "title", FIELD_TITLE },
                     { "age", FIELD_AGE }, { "buyers", FIELD_BUYERS }, { "price", FIELD_PRICE } };
    const int32_t attribute = names_find(&dataset->item_attributes.names, slice_of(name));
    for (size_t b = 0; attribute < 0 && b < sizeof built_in / sizeof *built_in; b++)
        if (strcmp(built_in[b].name, name) == 0) return (struct field){ built_in[b].kind, -1 };
    return (struct field){ FIELD_ATTRIBUTE, attribute };
}

/* What was last paid for each item, from each user's events in time order. */
static bool need_prices(struct pipeline *pipeline, struct error *error)
{
    const struct dataset *dataset = pipeline->dataset;
    const size_t n = (size_t)dataset->n_items + 1;
    int64_t *when = pipeline->price ? NULL : malloc(n * sizeof *when);
    if (pipeline->price) return true;
    pipeline->price = malloc(n * sizeof *pipeline->price);
    if (!when || !pipeline->price) {
        free(when);
        return error_memory(error, "the prices");
    }
    for (size_t i = 0; i < n; i++)
        pipeline->price[i] = NAN, when[i] = INT64_MIN;
    for (int64_t e = 0; e < dataset->n_events; e++) {
        const struct event event = dataset_event(dataset, e);
        if (event.type != EVENT_PURCHASE || isnan(event.value) || event.time < when[event.item])
            continue;
        pipeline->price[event.item] = (double)event.value;
        when[event.item] = event.time;
    }
    free(when);
    return true;
}

static bool need_ages(struct pipeline *pipeline, struct error *error)
{
    const struct dataset *dataset = pipeline->dataset;
    const size_t n = (size_t)dataset->n_items + 1;
    if (pipeline->first) return true;
    pipeline->first = malloc(n * sizeof *pipeline->first);
    if (!pipeline->first) return error_memory(error, "the ages");
    for (size_t i = 0; i < n; i++)
        pipeline->first[i] = MOMENT_NONE;
    for (int64_t e = 0; e < dataset->n_events; e++) {
        const struct event event = dataset_event(dataset, e);
        int64_t *first = &pipeline->first[event.item];
        if (event.time != MOMENT_NONE && (*first == MOMENT_NONE || event.time < *first))
            *first = event.time;
    }
    return true;
}

static bool need_field(struct pipeline *pipeline, struct field field, struct error *error)
{
    if (field.kind == FIELD_PRICE) return need_prices(pipeline, error);
    return field.kind != FIELD_AGE || need_ages(pipeline, error);
}

static bool compile_conditions(struct pipeline *pipeline, struct compiled_rule *compiled,
                               struct error *error)
{
    const struct rule *rule = &compiled->rule;
    compiled->conditions = calloc((size_t)rule->n_conditions + 1, sizeof *compiled->conditions);
    if (!compiled->conditions) return error_memory(error, "a rule");
    for (int32_t c = 0; c < rule->n_conditions; c++) {
        struct compiled_condition *condition = &compiled->conditions[c];
        condition->condition = &rule->conditions[c];
        condition->field = rule_field(pipeline->dataset, rule->conditions[c].field);
        condition->late = condition->field.kind == FIELD_AGE || rule->conditions[c].seed;
        compiled->late |= condition->late;
        if (!need_field(pipeline, condition->field, error)) return false;
        if (rule->conditions[c].seed) {
            condition->seed_field = rule_field(pipeline->dataset, rule->conditions[c].value);
            if (!need_field(pipeline, condition->seed_field, error)) return false;
        }
        text_add_folded(&condition->folded, rule->conditions[c].value,
                        strlen(rule->conditions[c].value));
        if (condition->folded.failed) return error_memory(error, "a rule");
    }
    return true;
}

/* Values with this name whose text is among the alternatives; ascending. */
static bool values_of(const struct attributes *attributes, const char *name, const char *value,
                      int32_t **values, int32_t *n, struct error *error)
{
    struct text folded = { 0 }, scratch = { 0 };
    const int32_t named = names_find(&attributes->names, slice_of(name));
    text_add_folded(&folded, value, strlen(value));
    *values = malloc(((size_t)attributes->values.n + 1) * sizeof **values);
    *n = 0;
    for (int32_t v = 0; *values && named >= 0 && v < attributes->values.n; v++)
        if (attributes->value_name[v] == named &&
            rule_one_of(names_get(&attributes->values, v), &folded, &scratch))
            (*values)[(*n)++] = v;
    const bool capacity = *values && !folded.failed && !scratch.failed;
    text_fini(&folded);
    text_fini(&scratch);
    return capacity || error_memory(error, "a rule");
}

static bool item_has(const struct attributes *attributes, int32_t item, const int32_t *values,
                     int32_t n)
{
    for (int64_t v = attributes->offset[item]; v < attributes->offset[item + 1]; v++)
        if (rule_listed(values, n, attributes->value[v])) return true;
    return false;
}

static bool compile_cover(const struct pipeline *pipeline, struct compiled_rule *compiled,
                          struct error *error)
{
    const struct attributes *attributes = &pipeline->dataset->item_attributes;
    int32_t *values = NULL, n = 0;
    if (!compiled->rule.category) return true;
    bool good = values_of(attributes, compiled->rule.category_name, compiled->rule.category,
                          &values, &n, error);
    if (good) {
        compiled->cover = malloc(((size_t)pipeline->dataset->n_items + 1) * sizeof(int32_t));
        good = compiled->cover || error_memory(error, "a rule");
    }
    for (int32_t i = 0; good && n > 0 && i < pipeline->dataset->n_items; i++)
        if (item_has(attributes, i, values, n)) compiled->cover[compiled->n_cover++] = i;
    free(values);
    return good;
}

static bool match_items(const struct pipeline *pipeline, struct compiled_rule *compiled,
                        struct error *error)
{
    struct text scratch = { 0 };
    const bool some = compiled->cover != NULL;
    const int32_t n = some ? compiled->n_cover : pipeline->dataset->n_items;
    compiled->items = malloc(((size_t)n + 1) * sizeof *compiled->items);
    if (!compiled->items) return error_memory(error, "a rule");
    for (int32_t at = 0; at < n; at++) {
        const int32_t item = some ? compiled->cover[at] : at;
        bool match = true;
        for (int32_t c = 0; match && c < compiled->rule.n_conditions; c++)
            match = compiled->conditions[c].late ||
                    counts(&compiled->rule, static_holds(pipeline, &compiled->conditions[c], item,
                                                         MOMENT_NONE, &scratch));
        if (match) compiled->items[compiled->n_items++] = item;
    }
    const bool capacity = !scratch.failed;
    text_fini(&scratch);
    void *fitting = realloc(compiled->items, ((size_t)compiled->n_items + 1) * sizeof(int32_t));
    if (fitting) compiled->items = fitting;
    return capacity || error_memory(error, "a rule");
}

bool rule_compile(struct pipeline *pipeline, struct compiled_rule *compiled, struct error *error)
{
    const struct rule *rule = &compiled->rule;
    compiled->user = -1;
    if (rule->scope == RULE_FOR_USER)
        compiled->user = names_find(&pipeline->dataset->user_ids, slice_of(rule->segment));
    if (rule->scope == RULE_FOR_SEGMENT &&
        !values_of(&pipeline->dataset->user_attributes, rule->segment_name, rule->segment,
                   &compiled->segment, &compiled->n_segment, error))
        return false;
    return compile_conditions(pipeline, compiled, error) &&
           compile_cover(pipeline, compiled, error) && match_items(pipeline, compiled, error);
}

void rule_compiled_fini(struct compiled_rule *compiled)
{
    for (int32_t c = 0; compiled->conditions && c < compiled->rule.n_conditions; c++)
        text_fini(&compiled->conditions[c].folded);
    free(compiled->conditions);
    free(compiled->items);
    free(compiled->cover);
    free(compiled->segment);
    rule_fini(&compiled->rule);
}

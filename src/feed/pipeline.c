/* pipeline.c - a pipeline's life, what is available, and which rules hold for whom. */
#include "pipeline_private.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- availability */

static bool says_unavailable(const struct attributes *attributes, int32_t value)
{
    static const char *const no[] = { "no", "false", "0", "inactive", "off" };
    static const char *const out[] = { "out of stock", "out_of_stock", "discontinued" };
    const struct slice name = names_get(&attributes->names, attributes->value_name[value]);
    const struct slice text = names_get(&attributes->values, value);
    if (slice_equal_fold(name, "stock")) {
        double number;
        return slice_to_double(slice_trim(text), &number) && number <= 0;
    }
    const bool active = slice_equal_fold(name, "active");
    const char *const *words = active ? no : out;
    const size_t n = active ? sizeof no / sizeof *no : sizeof out / sizeof *out;
    if (!active && !slice_equal_fold(name, "availability")) return false;
    for (size_t w = 0; w < n; w++)
        if (slice_equal_fold(slice_trim(text), words[w])) return true;
    return false;
}

/* Each distinct value is judged once. */
static bool find_unavailable(struct pipeline *pipeline, struct error *error)
{
    const struct dataset *dataset = pipeline->dataset;
    const struct attributes *attributes = &dataset->item_attributes;
    uint8_t *says = calloc((size_t)attributes->values.n + 1, 1);
    bool any = false;
    for (int32_t v = 0; says && v < attributes->values.n; v++)
        any |= (says[v] = says_unavailable(attributes, v)) != 0;
    if (says && any) pipeline->unavailable = calloc((size_t)dataset->n_items + 1, sizeof(int32_t));
    for (int32_t i = 0; pipeline->unavailable && i < dataset->n_items; i++)
        for (int64_t v = attributes->offset[i]; v < attributes->offset[i + 1]; v++)
            if (says[attributes->value[v]]) pipeline->unavailable[i] = attributes->value[v] + 1;
    const bool capacity = says && (!any || pipeline->unavailable);
    free(says);
    return capacity || error_memory(error, "the pipeline");
}

int32_t pipeline_unavailable(const struct pipeline *pipeline, int32_t item)
{
    if (!pipeline->unavailable || item >= pipeline->dataset->n_items) return -1;
    return pipeline->unavailable[item] - 1;
}

bool pipeline_stock_noted(const struct pipeline *pipeline)
{
    return pipeline->noted;
}

bool pipeline_not_yet(const struct pipeline *pipeline, int32_t item)
{
    return pipeline->later && item < pipeline->dataset->n_items && pipeline->later[item];
}

bool pipeline_comes_back(const struct pipeline *pipeline, int32_t item, int64_t bought, int64_t now)
{
    const struct feed_settings *settings = &pipeline->settings;
    if (settings->repeat == REPEAT_NEVER || item >= pipeline->dataset->n_items) return false;
    if (settings->repeat == REPEAT_LEARNED &&
        (!pipeline->comes_back || !pipeline->comes_back[item]))
        return false;
    if (bought == MOMENT_NONE || now == MOMENT_NONE) return true;
    return (double)(now - bought) >= settings->repeat_after * 86400;
}

bool pipeline_categories(const struct pipeline *pipeline, struct repeat_category **categories,
                         int32_t *n, struct error *error)
{
    const size_t bytes = (size_t)pipeline->n_categories * sizeof **categories;
    *n = pipeline->n_categories;
    *categories = malloc(bytes + 1);
    if (!*categories) return error_memory(error, "the categories");
    if (bytes > 0) memcpy(*categories, pipeline->categories, bytes);
    return true;
}

/* -------------------------------------------------------------------------- rules and moments */

/* Users are narrower than segments, and these than all; a category narrows any of them. */
static int narrowness(const struct rule *rule)
{
    return 2 * (int)rule->scope + (rule->category != NULL);
}

static int by_winning(const void *a, const void *b)
{
    const struct rule *x = &((const struct compiled_rule *)a)->rule;
    const struct rule *y = &((const struct compiled_rule *)b)->rule;
    if (x->priority != y->priority) return x->priority > y->priority ? -1 : 1;
    if (narrowness(x) != narrowness(y)) return narrowness(x) > narrowness(y) ? -1 : 1;
    /* 0 is a rule that is not stored yet: the youngest of all. */
    if (x->id != y->id) return x->id == 0 || (y->id != 0 && x->id > y->id) ? -1 : 1;
    return 0;
}

bool pipeline_in_force(const struct pipeline *pipeline, int32_t index,
                       const struct rule_moment *moment)
{
    const struct compiled_rule *compiled = &pipeline->rules[index];
    if (!rule_is_on(&compiled->rule, moment->now)) return false;
    if (compiled->rule.scope == RULE_FOR_ALL) return true;
    if (compiled->rule.scope == RULE_FOR_USER)
        return compiled->user >= 0 && compiled->user == moment->shopper->user;
    for (int32_t v = 0; v < moment->shopper->n_values; v++)
        if (rule_listed(compiled->segment, compiled->n_segment, moment->shopper->values[v]))
            return true;
    return false;
}

struct rule_moment rule_moment_of(const struct shopper *shopper, int64_t now)
{
    struct rule_moment moment = { shopper, now, -1 };
    for (int32_t e = shopper->n_events; e-- > 0 && moment.seed < 0;) {
        const enum event_type type = shopper->events[e].type;
        if (type == EVENT_PURCHASE || type == EVENT_RATING || type == EVENT_WEIGHT)
            moment.seed = shopper->events[e].item;
    }
    return moment;
}

/* ------------------------------------------------------------------------------------ its life */

static bool take_rules(struct pipeline *pipeline, const struct rule *rules, int32_t n_rules,
                       struct error *error)
{
    pipeline->rules = calloc((size_t)n_rules + 1, sizeof *pipeline->rules);
    if (!pipeline->rules) return error_memory(error, "the rules");
    for (int32_t r = 0; r < n_rules; r++) {
        if (!rule_copy(&pipeline->rules[r].rule, &rules[r], error)) return false;
        pipeline->n_rules++;
    }
    if (n_rules > 1) qsort(pipeline->rules, (size_t)n_rules, sizeof *pipeline->rules, by_winning);
    for (int32_t r = 0; r < n_rules; r++)
        if (!rule_compile(pipeline, &pipeline->rules[r], error)) return false;
    return true;
}

static bool take_later(struct pipeline *pipeline, const uint8_t *later, struct error *error)
{
    const size_t n = (size_t)pipeline->dataset->n_items;
    pipeline->later = malloc(n + 1);
    if (!pipeline->later) return error_memory(error, "the pipeline");
    memcpy(pipeline->later, later, n);
    return true;
}

static bool take_unavailable(struct pipeline *pipeline, const int32_t *items, int32_t n,
                             struct error *error)
{
    const size_t capacity = (size_t)pipeline->dataset->n_items + 1;
    pipeline->unavailable = calloc(capacity, sizeof *pipeline->unavailable);
    if (!pipeline->unavailable) return error_memory(error, "the pipeline");
    for (int32_t i = 0; i < n; i++)
        if (items[i] >= 0 && items[i] < pipeline->dataset->n_items)
            pipeline->unavailable[items[i]] = 1;
    return true;
}

const struct pipeline *pipeline_new_past(const struct dataset *dataset,
                                         const struct feed_settings *settings,
                                         const struct rule *rules, int32_t n_rules,
                                         const struct catalogue_past *past, struct error *error)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline) {
        error_memory(error, "the pipeline");
        return NULL;
    }
    atomic_init(&pipeline->references, 1);
    pipeline->dataset = dataset_retain(dataset);
    if (settings)
        pipeline->settings = *settings;
    else
        feed_settings_init(&pipeline->settings);
    bool good = true;
    if (pipeline->settings.stock)
        good = past->unavailable
                   ? take_unavailable(pipeline, past->unavailable, past->n_unavailable, error)
                   : find_unavailable(pipeline, error);
    pipeline->noted = past->unavailable != NULL;
    if (past->later) good = good && take_later(pipeline, past->later, error);
    if (good && (pipeline->settings.repeat != REPEAT_LEARNED || repeat_learn(pipeline, error)) &&
        take_rules(pipeline, rules, n_rules, error))
        return pipeline;
    pipeline_release(pipeline);
    return NULL;
}

const struct pipeline *pipeline_new(const struct dataset *dataset,
                                    const struct feed_settings *settings, const struct rule *rules,
                                    int32_t n_rules, struct error *error)
{
    static const struct catalogue_past now = { 0 };
    return pipeline_new_past(dataset, settings, rules, n_rules, &now, error);
}

const struct pipeline *pipeline_retain(const struct pipeline *pipeline)
{
    atomic_fetch_add(&((struct pipeline *)(uintptr_t)pipeline)->references, 1);
    return pipeline;
}

void pipeline_release(const struct pipeline *shared)
{
    struct pipeline *pipeline = (struct pipeline *)(uintptr_t)shared;
    if (!pipeline || atomic_fetch_sub(&pipeline->references, 1) != 1) return;
    for (int32_t r = 0; r < pipeline->n_rules; r++)
        rule_compiled_fini(&pipeline->rules[r]);
    free(pipeline->rules);
    free(pipeline->unavailable);
    free(pipeline->later);
    free(pipeline->comes_back);
    free(pipeline->categories);
    free(pipeline->price);
    free(pipeline->first);
    dataset_release(pipeline->dataset);
    free(pipeline);
}

const struct dataset *pipeline_dataset(const struct pipeline *pipeline)
{
    return pipeline->dataset;
}

const struct feed_settings *pipeline_settings(const struct pipeline *pipeline)
{
    return &pipeline->settings;
}

int32_t pipeline_n_rules(const struct pipeline *pipeline)
{
    return pipeline->n_rules;
}

const struct rule *pipeline_rule(const struct pipeline *pipeline, int32_t rule)
{
    return &pipeline->rules[rule].rule;
}

/* repeat.c - which categories people buy again, learned from who bought what on which days. */
#include "pipeline_private.h"

#include <stdlib.h>

enum { FEWEST_PAIRS = 20 }; /* fewer shoppers say nothing about a category */

struct item_repeats {
    int32_t user, pairs, repeats; /* user: who was counted last */
    int64_t day;
    bool counted; /* this user's repeat was */
};

static void count_event(struct item_repeats *item, int32_t user, const struct event *event)
{
    const int64_t day = event->time == MOMENT_NONE ? event->time : event->time / 86400;
    if (item->user != user) {
        *item = (struct item_repeats){ user, item->pairs + 1, item->repeats, day, false };
    } else if (!item->counted && (day != item->day || day == MOMENT_NONE)) {
        item->counted = true;
        item->repeats++;
    }
}

static struct item_repeats *count_items(const struct dataset *dataset)
{
    struct item_repeats *items = malloc(((size_t)dataset->n_items + 1) * sizeof *items);
    for (int32_t i = 0; items && i < dataset->n_items; i++)
        items[i] = (struct item_repeats){ .user = -1 };
    for (int32_t u = 0; items && u < dataset->n_users; u++)
        for (int64_t e = dataset->sequence[u]; e < dataset->sequence[u + 1]; e++) {
            const struct event event = dataset_event(dataset, e);
            if (event.type == EVENT_PURCHASE) count_event(&items[event.item], u, &event);
        }
    return items;
}

static bool named_in(struct slice value, const char *list)
{
    struct text folded = { 0 }, scratch = { 0 };
    text_add_string(&folded, "");
    text_add_folded(&folded, list, slice_of(list).length);
    const bool in = list[0] && rule_one_of(value, &folded, &scratch);
    text_fini(&folded);
    text_fini(&scratch);
    return in;
}

static void decide(const struct pipeline *pipeline, struct repeat_category *category)
{
    const struct feed_settings *settings = &pipeline->settings;
    const struct slice name =
        names_get(&pipeline->dataset->item_attributes.values, category->value);
    category->comes_back =
        category->pairs >= FEWEST_PAIRS &&
        (double)category->repeats >= settings->repeat_share * (double)category->pairs;
    if (named_in(name, settings->again)) category->comes_back = true;
    if (named_in(name, settings->never)) category->comes_back = false;
}

static int by_share(const void *a, const void *b)
{
    const struct repeat_category *x = a, *y = b;
    const int64_t left = (int64_t)x->repeats * y->pairs, right = (int64_t)y->repeats * x->pairs;
    if (left != right) return left < right ? 1 : -1;
    return x->value < y->value ? -1 : x->value > y->value;
}

/* Every value of the category attribute, with what its items say. */
static void gather(struct pipeline *pipeline, const struct item_repeats *items, int32_t named,
                   int32_t *of_value)
{
    const struct attributes *attributes = &pipeline->dataset->item_attributes;
    for (int32_t v = 0; v < attributes->values.n; v++) {
        of_value[v] = -1;
        if (attributes->value_name[v] != named) continue;
        of_value[v] = pipeline->n_categories;
        pipeline->categories[pipeline->n_categories++].value = v;
    }
    for (int32_t i = 0; i < pipeline->dataset->n_items; i++)
        for (int64_t v = attributes->offset[i]; v < attributes->offset[i + 1]; v++) {
            const int32_t at = of_value[attributes->value[v]];
            if (at < 0) continue;
            pipeline->categories[at].pairs += items[i].pairs;
            pipeline->categories[at].repeats += items[i].repeats;
        }
    for (int32_t c = 0; c < pipeline->n_categories; c++)
        decide(pipeline, &pipeline->categories[c]);
    for (int32_t i = 0; i < pipeline->dataset->n_items; i++)
        for (int64_t v = attributes->offset[i]; v < attributes->offset[i + 1]; v++) {
            const int32_t at = of_value[attributes->value[v]];
            if (at >= 0 && pipeline->categories[at].comes_back) pipeline->comes_back[i] = 1;
        }
}

bool repeat_learn(struct pipeline *pipeline, struct error *error)
{
    const struct dataset *dataset = pipeline->dataset;
    const struct attributes *attributes = &dataset->item_attributes;
    const int32_t named = names_find(&attributes->names, slice_of(pipeline->settings.repeat_by));
    const size_t values = (size_t)attributes->values.n + 1;
    if (named < 0) return true;
    struct item_repeats *items = count_items(dataset);
    int32_t *of_value = malloc(values * sizeof *of_value);
    pipeline->categories = calloc(values, sizeof *pipeline->categories);
    pipeline->comes_back = calloc((size_t)dataset->n_items + 1, 1);
    const bool capacity = items && of_value && pipeline->categories && pipeline->comes_back;
    if (capacity) {
        gather(pipeline, items, named, of_value);
        qsort(pipeline->categories, (size_t)pipeline->n_categories, sizeof *pipeline->categories,
              by_share);
    }
    free(items);
    free(of_value);
    return capacity || error_memory(error, "what is bought again");
}

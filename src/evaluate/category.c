/* category.c - the baseline for items that nobody has bought: popular in the shopper's categories.
 *
 *     score(u,i) = sum over the categories c of i of  share(u,c) x buyers(c)
 *
 * with share(u,c) the part of the shopper's items that are of category c, and buyers(c) the mean
 * number of buyers of an item of c that has any. Every category that an item has counts for it: a
 * mean would put an item of one category before one of that and others. It takes part in
 * evaluations alone: what a recommender of cold items has to beat is no recommender itself.
 */
#include "ranking_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct category {
    struct model_base base;
    double *buyers; /* (item_attributes.values.n) of category values; 0 of others */
};

static const struct parameter_info no_parameters[] = { { 0 } };

static int64_t memory(const struct dataset *dataset, const struct parameters *parameters)
{
    (void)parameters;
    return (int64_t)dataset->item_attributes.values.n * (int64_t)sizeof(double);
}

static void release(struct model *model)
{
    struct category *category = (struct category *)model;
    dataset_release(category->base.dataset);
    free(category->buyers);
    free(category);
}

static bool learn(struct category *category)
{
    const struct dataset *dataset = category->base.dataset;
    const struct attributes *facts = &dataset->item_attributes;
    const int32_t name = names_find(&facts->names, slice_of("category"));
    int32_t *items = calloc((size_t)facts->values.n + 1, sizeof *items);

    category->buyers = calloc((size_t)facts->values.n + 1, sizeof *category->buyers);
    if (!items || !category->buyers) {
        free(items);
        return false;
    }
    for (int32_t i = 0; name >= 0 && i < dataset->n_items; i++) {
        int64_t buyers = dataset->by_item.start[i + 1] - dataset->by_item.start[i];
        for (int64_t e = facts->offset[i]; buyers > 0 && e < facts->offset[i + 1]; e++) {
            if (facts->value_name[facts->value[e]] != name) continue;
            category->buyers[facts->value[e]] += (double)buyers;
            items[facts->value[e]]++;
        }
    }
    for (int32_t v = 0; v < facts->values.n; v++)
        if (items[v] > 0) category->buyers[v] /= items[v];
    free(items);
    return true;
}

static struct model *train(const struct dataset *dataset, const struct parameters *parameters,
                           int threads, struct progress *progress, struct error *error)
{
    struct category *category = calloc(1, sizeof *category);

    (void)threads;
    (void)progress;
    if (category) {
        category->base = (struct model_base){ .kind = &category_kind,
                                              .dataset = dataset_retain(dataset),
                                              .parameters = *parameters };
        atomic_init(&category->base.references, 1);
        if (learn(category)) return (struct model *)category;
        release((struct model *)category);
    }
    error_memory(error, "a model");
    return NULL;
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct category *category = (const struct category *)model;
    const struct dataset *dataset = category->base.dataset;
    const struct attributes *facts = &dataset->item_attributes;
    double *share = calloc((size_t)facts->values.n + 1, sizeof *share);

    if (!share) return error_memory(error, "scores");
    for (int32_t s = 0; facts->offset && s < shopper->n; s++)
        for (int64_t e = facts->offset[shopper->item[s]]; e < facts->offset[shopper->item[s] + 1];
             e++)
            share[facts->value[e]] += 1.0 / shopper->n;
    for (int32_t i = 0; i < dataset->n_items; i++) {
        double sum = 0;
        for (int64_t e = facts->offset ? facts->offset[i] : 0;
             facts->offset && e < facts->offset[i + 1]; e++) {
            if (!(category->buyers[facts->value[e]] > 0)) continue;
            sum += share[facts->value[e]] * category->buyers[facts->value[e]];
        }
        scores[i] = sum > 0 ? (float)sum : -INFINITY;
    }
    free(share);
    return true;
}

static struct receipt *open(const struct model *model, const struct shopper *shopper, int32_t item,
                            const struct receipt_limits *limits, struct error *error)
{
    (void)model;
    (void)limits;
    return receipt_new(RECEIPT_SCORE, shopper->user, item, 0, error);
}

const struct model_kind category_kind = {
    .name = "popular-in-category",
    .summary = "items of the categories that the shopper buys, by what is bought there",
    .parameters = no_parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = open,
};

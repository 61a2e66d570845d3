/* ranking_memory.c - what an evaluation will take, before it begins. */
#include "ranking_private.h"

#include "aisle/parallel.h"

/* How many datasets a split makes that differ: train, and what shoppers come with. */
static int parts_of(const struct split_options *options)
{
    const bool aims_low = options->validation;
    return options->protocol == SPLIT_LAST_OUT && options->refit && !aims_low ? 1 : 2;
}

/* Each contender that counts strengths in a way of its own has the data split once more, in place
 * of the one before it. */
static bool counts_otherwise(const struct dataset *dataset, const struct candidate *candidate)
{
    struct strength_options strengths;

    parameters_strength(&candidate->parameters, &strengths);
    return !strength_options_equal(&strengths, &dataset->options);
}

int64_t ranking_memory(const struct dataset *dataset, const struct candidate *candidates, int32_t n,
                       const struct ranking_options *options)
{
    const int64_t all = dataset->n_users, items = dataset->n_items;
    const int64_t shoppers = options->sample > 0 && options->sample < all ? options->sample : all;
    const int64_t workers = options->threads > 0 ? options->threads : parallel_threads();
    const int64_t evaluation_scratches =
        workers * (items * (int64_t)sizeof(float) + all * (int64_t)sizeof(double));
    const int64_t outcome = shoppers * (int64_t)(SHOPPER_METRICS * sizeof(double)) +
                            shoppers * options->k * (int64_t)sizeof(int32_t);
    int64_t max = 0;
    int splits = 1;

    for (int32_t m = 0; m < n; m++) {
        const int64_t own = candidates[m].kind->memory(dataset, &candidates[m].parameters);
        if (own > max) max = own;
        if (counts_otherwise(dataset, &candidates[m])) splits = 2;
    }
    return splits * split_memory(dataset, parts_of(&options->split)) + max + evaluation_scratches +
           n * outcome + items * (int64_t)(sizeof(int32_t) + sizeof(uint8_t));
}

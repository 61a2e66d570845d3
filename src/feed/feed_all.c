/* feed_all.c - blocks of users, each asked by one worker, written to their own rows. */
#include "aisle/feed_all.h"

#include "aisle/parallel.h"
#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USERS_A_BLOCK = 64 };

struct everybody {
    const struct model *model;
    const struct dataset *dataset;
    const int32_t *users; /* or NULL */
    const struct feed_options *options;
    struct feed_lists *lists;
    bool plain, together;
    atomic_bool failed;
};

static int32_t user_of(const struct everybody *all, size_t at)
{
    return all->users ? all->users[at] : (int32_t)at;
}

/* A view of a shopper has no events: models that are told to weigh them by age get whole ones. */
static bool in_one_call(const struct model *model)
{
    const struct model_base *base = model_base(model);

    for (const struct parameter_info *info = base->parameters.info; info->name; info++)
        if (strcmp(info->name, "recency") == 0 && parameters_get(&base->parameters, "recency") > 0)
            return false;
    return base->kind->best != NULL;
}

/* Whether a list is the model's own: nothing is unavailable, comes back, is ruled or spread out,
 * and what shoppers have is what counts. */
static bool is_plain(const struct feed_options *options, const struct dataset *dataset)
{
    const struct pipeline *pipeline = options->pipeline;

    if (options->owner || dataset->options.half_life > 0) return false;
    if (!pipeline) return true;
    const struct feed_settings *settings = pipeline_settings(pipeline);
    if (settings->mmr > 0 || settings->cap > 0 || settings->repeat != REPEAT_NEVER ||
        settings->again[0] || (pipeline_n_rules(pipeline) > 0 && !options->without_rules))
        return false;
    for (int32_t i = 0; i < pipeline_dataset(pipeline)->n_items; i++)
        if (pipeline_unavailable(pipeline, i) >= 0) return false;
    return true;
}

/* One shopper through the whole pipeline. */
static bool ask_pipeline(const struct everybody *all, size_t at)
{
    struct feed_lists *lists = all->lists;
    struct shopper *shopper = shopper_new(all->dataset, user_of(all, at), MOMENT_NONE, NULL, NULL);
    struct feed *feed = shopper ? feed_new(all->model, shopper, all->options, NULL) : NULL;

    for (int32_t r = 0; feed && r < feed->n; r++) {
        const size_t row = at * (size_t)lists->length + (size_t)r;
        lists->item[row] = feed->rows[r].item;
        lists->score[row] = feed->rows[r].score;
    }
    if (feed) lists->count[at] = feed->n;
    const bool good = feed != NULL;
    feed_free(feed);
    shopper_free(shopper);
    return good;
}

/* Models that take many shoppers in one call. */
static bool ask_together(const struct everybody *all, size_t begin, size_t end)
{
    const struct feed_lists *lists = all->lists;
    const size_t length = (size_t)lists->length;
    struct shopper block[USERS_A_BLOCK];

    for (size_t at = begin; at < end; at++)
        shopper_view(all->dataset, user_of(all, at), &block[at - begin]);
    return model_base(all->model)
        ->kind->best(all->model, block, (int32_t)(end - begin), lists->length,
                     all->options->include_bought, lists->item + begin * length,
                     lists->score + begin * length, lists->count + begin, NULL);
}

/* One shopper, with the dense scores of the worker. */
static bool ask_alone(const struct everybody *all, size_t at, float *scores, int32_t n_items)
{
    struct feed_lists *lists = all->lists;
    int32_t *item = lists->item + at * (size_t)lists->length;
    struct shopper *shopper = shopper_new(all->dataset, user_of(all, at), MOMENT_NONE, NULL, NULL);
    bool good = shopper && model_base(all->model)->kind->score(all->model, shopper, scores, NULL);

    if (good) {
        for (int32_t s = 0; s < shopper->n && !all->options->include_bought; s++)
            if (shopper->item[s] < n_items) scores[shopper->item[s]] = -INFINITY;
        lists->count[at] = top_k(scores, n_items, lists->length, item);
        for (int32_t r = 0; r < lists->count[at]; r++)
            lists->score[at * (size_t)lists->length + (size_t)r] = scores[item[r]];
    }
    shopper_free(shopper);
    return good;
}

static void ask_block(void *context, size_t begin, size_t end, int worker)
{
    struct everybody *all = context;
    const struct model_base *base = model_base(all->model);
    const int32_t n_items = base->dataset->n_items;
    bool good = true;

    (void)worker;
    if (all->failed) return;
    if (all->together) {
        good = ask_together(all, begin, end);
    } else if (!all->plain) {
        for (size_t at = begin; at < end && good; at++)
            good = ask_pipeline(all, at);
    } else {
        float *scores = malloc(((size_t)n_items + 1) * sizeof *scores);
        good = scores != NULL;
        for (size_t at = begin; at < end && good; at++)
            good = ask_alone(all, at, scores, n_items);
        free(scores);
    }
    if (!good) all->failed = true;
}

static bool reserve(struct feed_lists *lists, int32_t n, int32_t length)
{
    const size_t rows = (size_t)n * (size_t)length + 1;

    *lists = (struct feed_lists){ .n = n, .length = length };
    lists->count = calloc((size_t)n + 1, sizeof *lists->count);
    lists->item = malloc(rows * sizeof *lists->item);
    lists->score = malloc(rows * sizeof *lists->score);
    return lists->count && lists->item && lists->score;
}

bool feed_all(const struct model *model, const struct dataset *dataset, const int32_t *users,
              int32_t n, const struct feed_options *options, int threads, struct progress *progress,
              struct feed_lists *lists, struct error *error)
{
    int32_t n_items = model_base(model)->dataset->n_items;
    struct everybody all = {
        .model = model, .dataset = dataset, .users = users, .options = options, .lists = lists
    };
    bool done = false;

    all.plain = is_plain(options, dataset);
    all.together = all.plain && in_one_call(model);
    if (!all.plain && options->pipeline && pipeline_dataset(options->pipeline)->n_items > n_items)
        n_items = pipeline_dataset(options->pipeline)->n_items;
    const int32_t length = options->length < n_items ? options->length : n_items;

    progress_begin(progress, "lists", n);
    if (!reserve(lists, n, length < 0 ? 0 : length))
        error_memory(error, "everybody's lists");
    else if (!parallel_for(threads, (size_t)n, USERS_A_BLOCK, ask_block, &all, progress))
        error_set(error, ERROR_CANCELLED, "cancelled while making lists");
    else if (all.failed)
        error_memory(error, "everybody's lists");
    else
        done = true;
    if (!done) feed_lists_fini(lists);
    return done;
}

void feed_lists_fini(struct feed_lists *lists)
{
    free(lists->count);
    free(lists->item);
    free(lists->score);
    *lists = (struct feed_lists){ 0 };
}

/* popular.c - what everybody buys: one score an item, the same for every shopper.
 *
 *     score(i) = sum over the counted events of i of  w(type) 2^(-age / half_life)
 *
 * with age in days before the last event of the dataset. Ratings and weights count 1, the other
 * types what the parameters say: purchases 1, returns -1, views and carts nothing;
 * strength=quantity counts pieces. With strength=binary and =log each user counts 1 or log2(1 + c)
 * where c > 0 is what their events with the item come to, shared out over those events as they
 * share in c. Receipts open by month, then by event.
 */
#include "model_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct popular {
    struct model_base base;
    struct strength_options options;
    double *score; /* (n_items) */
};

static const struct parameter_info parameters[] = {
    STRENGTH_PARAMETERS,
    { 0 },
};

/* What one event adds before users are limited; 0 for those that do not count. */
static double weigh(const struct popular *popular, const struct event *event)
{
    const struct strength_options *options = &popular->options;
    bool report = event->type == EVENT_RATING || event->type == EVENT_WEIGHT;
    double weight = report ? 1 : options->type_weight[event->type];

    if (!report && options->transform == STRENGTH_QUANTITY && isfinite(event->quantity))
        weight *= fabs((double)event->quantity);
    if (!(options->half_life > 0) || event->time == MOMENT_NONE) return weight;
    double days = (double)(popular->base.dataset->last_time - event->time) / 86400;
    return weight * exp2(-days / options->half_life);
}

/* By what a user's events with one item are multiplied when they come to `sum`. */
static double limit(const struct popular *popular, double sum)
{
    switch (popular->options.transform) {
    case STRENGTH_BINARY:
        return sum > 0 ? 1 / sum : 0;
    case STRENGTH_LOG:
        return sum > 0 ? log2(1 + sum) / sum : 0;
    case STRENGTH_COUNT:
    case STRENGTH_QUANTITY:
        break;
    }
    return 1;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *unused)
{
    (void)unused;
    return dataset->n_items * (int64_t)sizeof(double);
}

static struct popular *make(const struct dataset *dataset, const struct parameters *values,
                            struct error *error)
{
    struct popular *popular = model_new(sizeof *popular, &popular_kind, dataset, values, error);

    if (!popular) return NULL;
    parameters_strength(values, &popular->options);
    popular->score = calloc((size_t)dataset->n_items + 1, sizeof *popular->score);
    if (popular->score) return popular;
    model_free(popular);
    error_memory(error, "a model");
    return NULL;
}

static void release(struct model *model)
{
    struct popular *popular = (struct popular *)model;
    free(popular->score);
    model_free(popular);
}

/* Adds one user's events; sum[] (n_items) is zero before and after. */
static void add_user(struct popular *popular, int32_t user, double *sum)
{
    const struct dataset *dataset = popular->base.dataset;
    const int64_t begin = dataset->sequence[user], end = dataset->sequence[user + 1];

    for (int64_t e = begin; e < end; e++) {
        struct event event = dataset_event(dataset, e);
        sum[event.item] += weigh(popular, &event);
    }
    for (int64_t e = begin; e < end; e++) {
        int32_t item = dataset->event_item[e];
        popular->score[item] += sum[item] * limit(popular, sum[item]);
        sum[item] = 0; /* the item's other events are in already */
    }
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct popular *popular = make(dataset, values, error);
    double *sum = calloc((size_t)dataset->n_items + 1, sizeof *sum);
    bool done = popular && sum;

    (void)threads;
    if (popular && !sum) error_memory(error, "a model");
    progress_begin(progress, "counting", dataset->n_users);
    for (int32_t user = 0; done && user < dataset->n_users; user++) {
        add_user(popular, user, sum);
        if (user % 256 != 255) continue;
        progress_add(progress, 256);
        if (progress_cancelled(progress))
            done = error_set(error, ERROR_CANCELLED, "cancelled while counting events");
    }
    progress_add(progress, dataset->n_users % 256);
    free(sum);
    if (done) return (struct model *)popular;
    if (popular) release((struct model *)popular);
    return NULL;
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct popular *popular = (const struct popular *)model;

    (void)shopper;
    (void)error;
    for (int32_t i = 0; i < popular->base.dataset->n_items; i++)
        scores[i] = popular->score[i] > 0 ? (float)popular->score[i] : -INFINITY;
    return true;
}

/* The same order for everybody: each takes the first that they have not. */
static bool best(const struct model *model, const struct shopper *shoppers, int32_t n, int32_t k,
                 bool owned, int32_t *item, float *score_of, int32_t *count, struct error *error)
{
    const int32_t n_items = model_base(model)->dataset->n_items;
    int32_t max = 0;

    for (int32_t s = 0; s < n; s++)
        max = shoppers[s].n > max && !owned ? shoppers[s].n : max;
    const int32_t wanted = max < n_items - k ? k + max : n_items;
    float *scores = malloc(((size_t)n_items + 1) * sizeof *scores);
    int32_t *order = malloc(((size_t)wanted + 1) * sizeof *order);
    const bool capacity = scores && order && score(model, NULL, scores, error);
    const int32_t n_order = capacity ? top_k(scores, n_items, wanted, order) : 0;
    for (int32_t s = 0; s < n && capacity; s++) {
        const size_t row = (size_t)s * (size_t)k;
        count[s] = 0;
        for (int32_t o = 0; o < n_order && count[s] < k; o++) {
            if (!owned && shopper_find(&shoppers[s], order[o]) >= 0) continue;
            item[row + (size_t)count[s]] = order[o];
            score_of[row + (size_t)count[s]++] = scores[order[o]];
        }
    }
    free(scores);
    free(order);
    return capacity || error_memory(error, "lists");
}

/* ------------------------------------------------------------------------------------ receipts */

/* The events of one item, with their users, by time. */
struct part {
    int64_t month; /* its first moment; MOMENT_NONE without times */
    int64_t time, order;
    int32_t user;
    double value;
};

static int64_t month_of(int64_t time)
{
    int year, month, day, weekday;
    if (time == MOMENT_NONE) return MOMENT_NONE;
    moment_to_civil(time, &year, &month, &day, &weekday);
    return moment_from_civil(year, month, 1, 0, 0, 0);
}

static int by_time(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    if (a->time != b->time) return a->time < b->time ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Limits what the last n parts, all of one user, come to. */
static void limit_parts(const struct popular *popular, struct part *parts, int32_t n)
{
    double sum = 0;

    for (int32_t i = 0; i < n; i++)
        sum += parts[i].value;
    for (int32_t i = 0; i < n; i++)
        parts[i].value *= limit(popular, sum);
}

/* Every counted event of the item, in time order; *n of them. NULL without memory. */
static struct part *collect(const struct popular *popular, int32_t item, int32_t *n)
{
    const struct dataset *dataset = popular->base.dataset;
    size_t count = 0;
    int32_t user = 0, users_first = 0;

    for (int64_t i = 0; i < dataset->n_events; i++)
        count += dataset->event_item[i] == item;
    struct part *parts = malloc((count + 1) * sizeof *parts);
    *n = 0;
    for (int64_t i = 0; parts && i < dataset->n_events; i++) {
        if (dataset->event_item[i] != item) continue;
        if (dataset->sequence[user + 1] <= i) {
            limit_parts(popular, parts + users_first, *n - users_first);
            users_first = *n;
        }
        while (dataset->sequence[user + 1] <= i)
            user++;
        struct event event = dataset_event(dataset, i);
        double value = weigh(popular, &event);
        if (value == 0) continue;
        parts[(*n)++] = (struct part){ .month = month_of(event.time),
                                       .time = event.time,
                                       .order = i,
                                       .user = user,
                                       .value = value };
    }
    if (parts) limit_parts(popular, parts + users_first, *n - users_first);
    if (parts) qsort(parts, (size_t)*n, sizeof *parts, by_time);
    return parts;
}

/* One period out of consecutive parts of one month. */
static bool open_period(struct receipt *node, const struct part *parts, int32_t n, int32_t item,
                        const struct receipt_limits *limits, struct error *error)
{
    node->kind = RECEIPT_PERIOD;
    node->item = item;
    node->time = parts[0].month;
    node->count = n;
    for (int32_t i = 0; i < n; i++)
        node->value += parts[i].value;
    if (!model_opens(limits, 2)) return true;
    if (!receipt_make_children(node, n, error)) return false;
    for (int32_t i = 0; i < n; i++) {
        struct receipt *child = &node->children[i];
        child->kind = RECEIPT_EVENT;
        child->user = parts[i].user;
        child->item = item;
        child->count = 1;
        child->time = parts[i].time;
        child->value = parts[i].value;
    }
    return receipt_trim(node, limits ? limits->children : 0, error);
}

static bool open_periods(struct receipt *root, const struct part *parts, int32_t n,
                         const struct receipt_limits *limits, struct error *error)
{
    int32_t n_periods = 0;

    for (int32_t i = 0; i < n; i++)
        n_periods += i == 0 || parts[i].month != parts[i - 1].month;
    if (!receipt_make_children(root, n_periods, error)) return false;
    for (int32_t i = 0, period = 0, end; i < n; i = end, period++) {
        for (end = i + 1; end < n && parts[end].month == parts[i].month;)
            end++;
        if (!open_period(&root->children[period], parts + i, end - i, root->item, limits, error))
            return false;
    }
    return receipt_trim(root, limits ? limits->children : 0, error);
}

static struct receipt *open(const struct model *model, const struct shopper *shopper, int32_t item,
                            const struct receipt_limits *limits, struct error *error)
{
    const struct popular *popular = (const struct popular *)model;
    bool known = item >= 0 && item < popular->base.dataset->n_items && popular->score[item] > 0;
    struct receipt *root = model_receipt(shopper, item, known ? popular->score[item] : 0, error);
    int32_t n;

    if (!root || !known || !model_opens(limits, 1)) return root;
    struct part *parts = collect(popular, item, &n);
    if (!parts) error_memory(error, "a receipt");
    if (!parts || !open_periods(root, parts, n, limits, error)) {
        receipt_free(root);
        root = NULL;
    }
    free(parts);
    return root;
}

/* -------------------------------------------------------------------------------------- storing */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct popular *popular = (const struct popular *)model;
    const int32_t n = popular->base.dataset->n_items;

    bytes_write_int32(writer, n);
    bytes_write(writer, popular->score, (size_t)n * sizeof *popular->score);
    return !writer->failed;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct popular *popular = make(dataset, values, error);
    bool sound = true;

    if (!popular) return NULL;
    int32_t n = bytes_read_int32(reader);
    if (!reader->failed && n == dataset->n_items) {
        bytes_read(reader, popular->score, (size_t)n * sizeof *popular->score);
        for (int32_t i = 0; i < n; i++)
            sound = sound && model_number_is_sound(popular->score[i]);
    } else {
        sound = false;
    }
    if (!reader->failed && sound) return (struct model *)popular;
    model_refuse(reader, error, "popular");
    release((struct model *)popular);
    return NULL;
}

const struct model_kind popular_kind = {
    .name = "popular",
    .summary = "what most people buy, of late if a half-life is set",
    .basis = BASIS_POPULAR,
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .best = best,
    .open = open,
    .update = model_train_anew,
    .save = save,
    .load = load,
};

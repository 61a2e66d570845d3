/* popular.c - what most people buy, the recent more than the old.
 *
 *     score(i) = sum over the events of i of sign * 2^(-age / half_life)
 *
 * A purchase, a rating, a weight count 1, a return -1, views and carts nothing; age is taken from
 * the last event of the data. The same for everybody: the honest floor under every other model. */
#include "model_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct popular {
    struct model_base base;
    int32_t n_items;
    double *score; /* (n_items) */
};

static const struct parameter_info parameters_of_popular[] = {
    { "half_life", PARAMETER_NUMBER, 0, 0, 36500, NULL,
      "days after which an event counts half; 0 = all count alike" },
    { NULL, PARAMETER_NUMBER, 0, 0, 0, NULL, NULL },
};

static double weight_of(const struct dataset *dataset, const struct event *event, double half_life)
{
    double sign =
        event->type == EVENT_PURCHASE || event->type == EVENT_RATING || event->type == EVENT_WEIGHT
            ? 1
        : event->type == EVENT_RETURN ? -1
                                      : 0;
    if (half_life <= 0 || event->time == MOMENT_NONE || dataset->last_time == MOMENT_NONE)
        return sign;
    return sign * exp2(-(double)(dataset->last_time - event->time) / (half_life * 86400));
}

static struct popular *make(const struct dataset *dataset, const struct parameters *parameters,
                            struct error *error)
{
    struct popular *popular = calloc(1, sizeof *popular);
    double *score = calloc((size_t)dataset->n_items + 1, sizeof *score);
    if (!popular || !score) {
        free(popular);
        free(score);
        error_memory(error, "the popular model");
        return NULL;
    }
    model_init(&popular->base, &popular_kind, dataset, parameters);
    popular->n_items = dataset->n_items;
    popular->score = score;
    return popular;
}

static struct model *train(const struct dataset *dataset, const struct parameters *parameters,
                           int threads, struct progress *progress, struct error *error)
{
    (void)threads;
    const double half_life = parameters_get(parameters, "half_life");
    struct popular *popular = make(dataset, parameters, error);
    if (!popular) return NULL;
    progress_begin(progress, "counting", dataset->n_events);
    for (int64_t at = 0; at < dataset->n_events; at++) {
        struct event event = dataset_event(dataset, at);
        popular->score[event.item] += weight_of(dataset, &event, half_life);
        if ((at & 65535) == 65535) {
            progress_add(progress, 65536);
            if (progress_cancelled(progress)) {
                error_set(error, ERROR_CANCELLED, "cancelled");
                model_release((struct model *)popular);
                return NULL;
            }
        }
    }
    return (struct model *)popular;
}

static void release(struct model *model)
{
    struct popular *popular = (struct popular *)model;
    free(popular->score);
    free(popular);
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct popular *popular = (const struct popular *)model;
    (void)shopper;
    (void)error;
    for (int32_t i = 0; i < popular->n_items; i++)
        scores[i] = popular->score[i] > 0 ? (float)popular->score[i] : -INFINITY;
    return true;
}

struct part {       /* one event of the item */
    int64_t period; /* months since year 0 */
    struct event event;
    int32_t user;
    double value;
};

static int by_period(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->period != y->period) return x->period < y->period ? -1 : 1;
    return x->user < y->user ? -1 : x->user > y->user;
}

/* The events of an item, found through the users who have it. */
static struct part *events_of(const struct popular *popular, int32_t item, int32_t *n,
                              struct error *error)
{
    const struct dataset *dataset = popular->base.dataset;
    const double half_life = parameters_get(&popular->base.parameters, "half_life");
    struct part *parts = NULL;
    int32_t room = 0;
    *n = 0;
    for (int32_t user = 0; user < dataset->n_users; user++)
        for (int64_t at = dataset->sequence[user]; at < dataset->sequence[user + 1]; at++) {
            if (dataset->event_item[at] != item) continue;
            struct event event = dataset_event(dataset, at);
            double value = weight_of(dataset, &event, half_life);
            if (value == 0) continue;
            if (*n == room) {
                room = room ? 2 * room : 64;
                struct part *more = realloc(parts, (size_t)room * sizeof *more);
                if (!more) {
                    free(parts);
                    error_memory(error, "a receipt");
                    return NULL;
                }
                parts = more;
            }
            int year = 0, month = 0, day, weekday;
            if (event.time != MOMENT_NONE)
                moment_to_civil(event.time, &year, &month, &day, &weekday);
            parts[(*n)++] = (struct part){ year * 12 + month, event, user, value };
        }
    if (*n) qsort(parts, (size_t)*n, sizeof *parts, by_period);
    return parts;
}

static bool open_period(struct receipt *node, const struct part *parts, int32_t n,
                        const struct receipt_limits *limits, struct error *error)
{
    int64_t period = parts[0].period;
    node->kind = RECEIPT_PERIOD;
    node->user = node->item = -1;
    node->count = n;
    node->time =
        parts[0].event.time == MOMENT_NONE
            ? MOMENT_NONE
            : moment_from_civil((int)((period - 1) / 12), (int)((period - 1) % 12) + 1, 1, 0, 0, 0);
    for (int32_t i = 0; i < n; i++)
        node->value += parts[i].value;
    if (limits->levels == 1) return true;
    if (!receipt_make_children(node, n, error)) return false;
    for (int32_t i = 0; i < n; i++)
        node->children[i] = (struct receipt){ .kind = RECEIPT_EVENT,
                                              .user = parts[i].user,
                                              .item = parts[i].event.item,
                                              .time = parts[i].event.time,
                                              .value = parts[i].value };
    return receipt_trim(node, limits->children, error);
}

static struct receipt *open(const struct model *model, const struct shopper *shopper, int32_t item,
                            const struct receipt_limits *limits, struct error *error)
{
    const struct popular *popular = (const struct popular *)model;
    (void)shopper;
    bool scored = item >= 0 && item < popular->n_items && popular->score[item] > 0;
    struct receipt *root =
        receipt_new(RECEIPT_SCORE, -1, item, scored ? popular->score[item] : 0, error);
    if (!root || !scored) return root;
    int32_t n = 0, periods = 0;
    struct part *parts = events_of(popular, item, &n, error);
    bool good = parts != NULL;
    for (int32_t i = 0; i < n; i++)
        periods += i == 0 || parts[i].period != parts[i - 1].period;
    good = good && receipt_make_children(root, periods, error);
    for (int32_t i = 0, period = 0; good && i < n; period++) {
        int32_t first = i;
        while (i < n && parts[i].period == parts[first].period)
            i++;
        good = open_period(&root->children[period], parts + first, i - first, limits, error);
    }
    free(parts);
    if (good && receipt_trim(root, limits->children, error)) return root;
    receipt_free(root);
    return NULL;
}

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct popular *popular = (const struct popular *)model;
    bytes_write_int32(writer, 1);
    bytes_write_int32(writer, popular->n_items);
    bytes_write(writer, popular->score, (size_t)popular->n_items * sizeof *popular->score);
    return !writer->failed;
}

static struct model *load(const struct dataset *dataset, const struct parameters *parameters,
                          struct byte_reader *reader, struct error *error)
{
    int32_t version = bytes_read_int32(reader), n_items = bytes_read_int32(reader);
    if (reader->failed) return NULL;
    if (version != 1 || n_items != dataset->n_items) {
        error_set(error, ERROR_INPUT,
                  "the stored popular model does not fit its data: train again");
        return NULL;
    }
    struct popular *popular = make(dataset, parameters, error);
    if (popular && bytes_read(reader, popular->score, (size_t)n_items * sizeof *popular->score))
        return (struct model *)popular;
    model_release((struct model *)popular);
    return NULL;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *parameters)
{
    (void)parameters;
    return (int64_t)dataset->n_items * (int64_t)sizeof(double);
}

const struct model_kind popular_kind = {
    .name = "popular",
    .summary = "what most people buy, with a half-life",
    .parameters = parameters_of_popular,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = open,
    .save = save,
    .load = load,
};

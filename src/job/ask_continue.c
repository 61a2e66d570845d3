/* ask_continue.c - purchases that may come next, drawn one after the other. */
#include "aisle/ask.h"
#include "aisle/rng.h"

#include "exchange/sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double day = 86400;

/* The purchases so far: those of the shopper's prompt, then what was drawn. */
struct course {
    const struct ask_answer *answer;
    struct rng rng;
    int32_t *with; /* items that the answer's shopper does not have from the data */
    int64_t *with_time;
    int32_t n_with;
    int64_t time;
    double gap;     /* mean, in seconds */
    float *scores;  /* (n_items) */
    double *weight; /* (n_items) */
    int32_t n_items;
};

/* Mean time between a shopper's visits; of everybody's, where there are too few. */
static double mean_gap(const struct shopper *shopper)
{
    const struct dataset *dataset = shopper->dataset;
    int64_t first = MOMENT_NONE, last = MOMENT_NONE, visits = 0;

    for (int32_t e = 0; e < shopper->n_events; e++) {
        const int64_t time = shopper->events[e].time;
        if (time == MOMENT_NONE || time == last) continue;
        if (first == MOMENT_NONE) first = time;
        last = time;
        visits++;
    }
    if (visits > 1) return (double)(last - first) / (double)(visits - 1);
    if (dataset->n_events == 0 || dataset->first_time == MOMENT_NONE) return day;
    const double each = (double)dataset->n_events / dataset->n_users;
    return fmax(1, (double)(dataset->last_time - dataset->first_time) / fmax(1, each));
}

static int64_t begin_of(const struct shopper *shopper)
{
    int64_t time = shopper->as_of != MOMENT_NONE ? shopper->as_of : shopper->dataset->last_time;

    for (int32_t e = 0; e < shopper->n_events; e++)
        if (shopper->events[e].time > time) time = shopper->events[e].time;
    return time;
}

/* The same shopper with what was drawn. Events that the answer's shopper has stay what they are:
 * they are given again as changes to nobody, where the user's own cannot be told apart. */
static struct shopper *shopper_now(const struct course *course, struct error *error)
{
    const struct shopper *from = course->answer->shopper;
    const struct shopper_changes changes = {
        .with = course->with,
        .n_with = course->n_with,
        .with_time = course->with_time,
        .values = from->values,
        .n_values = from->n_values,
        .words = from->words,
    };
    return shopper_new(from->dataset, from->user, from->as_of, &changes, error);
}

/* log of an item's weight before temperature; -INFINITY where it cannot be drawn. */
static double log_weight(double score, bool logits)
{
    if (!isfinite(score)) return -INFINITY;
    if (logits) return score;
    return score > 0 ? log(score) : -INFINITY;
}

static bool weigh(struct course *course, const struct shopper *shopper, struct error *error)
{
    const struct model_kind *kind = model_base(course->answer->model)->kind;

    if (!kind->score(course->answer->model, shopper, course->scores, error)) return false;
    for (int32_t i = 0; i < course->n_items; i++)
        course->weight[i] = log_weight((double)course->scores[i], kind->logits);
    for (int32_t s = 0; s < shopper->n; s++)
        if (shopper->item[s] < course->n_items) course->weight[shopper->item[s]] = -INFINITY;
    return true;
}

static int32_t best_of(const double *weight, int32_t n)
{
    int32_t best = -1;

    for (int32_t i = 0; i < n; i++)
        if (weight[i] > -INFINITY && (best < 0 || weight[i] > weight[best])) best = i;
    return best;
}

/* Draws an item; -1 where nothing can be drawn. *probability is that at temperature 1. */
static int32_t draw(struct course *course, double temperature, double *probability)
{
    const double *weight = course->weight;
    const int32_t n = course->n_items, best = best_of(weight, n);
    double sum = 0, cooled = 0;
    int32_t drawn = best;

    if (best < 0) return -1;
    for (int32_t i = 0; i < n; i++)
        sum += exp(weight[i] - weight[best]);
    if (temperature > 0) {
        for (int32_t i = 0; i < n; i++)
            cooled += exp((weight[i] - weight[best]) / temperature);
        double left = rng_unit(&course->rng) * cooled;
        for (int32_t i = 0; i < n; i++) {
            const double share = exp((weight[i] - weight[best]) / temperature);
            if (!(share > 0)) continue;
            drawn = i;
            left -= share;
            if (left < 0) break;
        }
    }
    *probability = exp(weight[drawn] - weight[best]) / sum;
    return drawn;
}

static bool next_purchase(struct course *course, double temperature, struct ask_next *next,
                          struct error *error)
{
    struct shopper *shopper = shopper_now(course, error);
    const bool weighed = shopper && weigh(course, shopper, error);

    shopper_free(shopper);
    if (!weighed) return false;
    next->item = draw(course, temperature, &next->probability);
    if (next->item < 0) return true;
    if (course->time != MOMENT_NONE)
        course->time += 1 + (int64_t)rng_exponential(&course->rng, course->gap);
    next->time = course->time;
    course->with[course->n_with] = next->item;
    course->with_time[course->n_with++] = next->time;
    return true;
}

/* Room, and the purchases of the prompt: they are in the answer's shopper, marked as added. */
static bool begin(struct course *course, int32_t n, struct error *error)
{
    const struct shopper *shopper = course->answer->shopper;
    const size_t capacity = (size_t)shopper->n + (size_t)n + 1;
    const size_t items = (size_t)course->n_items + 1;

    course->with = malloc(capacity * sizeof *course->with);
    course->with_time = malloc(capacity * sizeof *course->with_time);
    course->scores = malloc(items * sizeof *course->scores);
    course->weight = malloc(items * sizeof *course->weight);
    if (!course->with || !course->with_time || !course->scores || !course->weight)
        return error_memory(error, "the purchases to come");
    for (int32_t s = 0; s < shopper->n; s++) {
        if (!shopper->added[s]) continue;
        int32_t at = course->n_with++;
        for (; at > 0 && course->with_time[at - 1] > shopper->time[s]; at--) {
            course->with[at] = course->with[at - 1];
            course->with_time[at] = course->with_time[at - 1];
        }
        course->with[at] = shopper->item[s];
        course->with_time[at] = shopper->time[s];
    }
    course->time = begin_of(shopper);
    course->gap = mean_gap(shopper);
    return true;
}

bool ask_continue(const struct ask_answer *answer, int32_t n, double temperature, uint64_t seed,
                  struct ask_next *next, int32_t *found, struct progress *progress,
                  struct error *error)
{
    struct course course = { .answer = answer,
                             .n_items = model_base(answer->model)->dataset->n_items };
    bool good = begin(&course, n, error);

    *found = 0;
    rng_init(&course.rng, seed);
    while (good && *found < n) {
        if (progress_cancelled(progress)) good = error_set(error, ERROR_CANCELLED, "cancelled");
        good = good && next_purchase(&course, temperature, &next[*found], error);
        if (!good || next[*found].item < 0) break;
        (*found)++;
    }
    free(course.with);
    free(course.with_time);
    free(course.scores);
    free(course.weight);
    return good;
}

void ask_sentence(const struct ask_answer *answer, const struct ask_prompt *prompt,
                  const struct ask_next *next, struct text *out)
{
    const struct dataset *dataset = answer->serving.dataset;
    const struct event event = {
        .time = next->time,
        .item = next->item,
        .type = EVENT_PURCHASE,
        .quantity = 1,
        .value = NAN,
    };
    const struct slice nobody = slice_of("new");
    const struct slice user = { prompt->user_id.bytes, prompt->user_id.length };

    sentence_add(out, user.length > 0 ? user : nobody, names_get(&dataset->item_ids, next->item),
                 &event);
}

/* demographic.c - what people like the shopper buy, where likeness is age, city and so on.
 *
 *     p(i)   = buyers of i / all buyers
 *     p(a,i) = (buyers of i in segment a + k p(i)) / (people in a + k)        shrunk to the whole
 *     score  = sum over the shopper's segments of  w(a) p(a,i),  sum of w(a) = 1
 *
 * How much an attribute counts, and how far its segments are shrunk, is learned: k is the one for
 * which the segment without the buyer tells best what they buy (not how much), and w is what that
 * gains on what everybody buys, in nats a purchase. An attribute that says nothing about purchases
 * gains nothing and counts nothing. Works without any history.
 */
#include "demographic.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct parameter_info parameters[] = {
    { "shrinkage", PARAMETER_NUMBER, 0, 0, 1e9, NULL,
      "people that the whole counts like in every segment; 0 learns it for each attribute" },
    STRENGTH_PARAMETERS,
    { 0 },
};

static const double tried[] = { 1, 3, 10, 30, 100, 300, 1000, 3000 };
enum { TRIED = sizeof tried / sizeof *tried };

/* Items that a segment with a share of all people has somebody's purchase of, by chance. */
static double items_of_segment(const struct dataset *dataset, double share)
{
    double items = 0;

    for (int32_t i = 0; i < dataset->n_items; i++) {
        const int64_t buyers = dataset->by_item.start[i + 1] - dataset->by_item.start[i];
        items += 1 - pow(1 - share, (double)buyers);
    }
    return items;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *unused)
{
    double pairs = 0;
    int64_t segments = 0;

    (void)unused;
    for (int32_t a = 0; a < dataset->user_attributes.names.n; a++) {
        const int64_t n = segments_of_attribute(dataset, a);
        if (n > 0) pairs += (double)n * items_of_segment(dataset, 1 / (double)n);
        segments += n;
    }
    return segments_memory(dataset) + (int64_t)(pairs * 2 * sizeof(int32_t)) +
           segments * (int64_t)(sizeof(int64_t) + TRIED * sizeof(double)) +
           dataset->n_items * (int64_t)(2 * sizeof(double)) + 4096;
}

static void release(struct model *model)
{
    struct demographic *demographic = (struct demographic *)model;

    segments_fini(&demographic->segments);
    free(demographic->start);
    free(demographic->item);
    free(demographic->buyers);
    free(demographic->popular);
    free(demographic->weight);
    free(demographic->shrinkage);
    model_free(demographic);
}

/* -------------------------------------------------------------------------------------- counting
 */

/* The items of one segment into count[] and out; clears the counts again. */
static int64_t count_segment(struct demographic *demographic, int32_t s, int32_t *count, int64_t at)
{
    const struct sparse *by_user = &demographic->base.dataset->by_user;
    const struct segment *segment = &demographic->segments.segments[s];

    for (int32_t m = 0; m < segment->people; m++) {
        const int32_t user = demographic->segments.member[segment->first_member + m];
        for (int64_t i = by_user->start[user]; i < by_user->start[user + 1]; i++)
            count[by_user->column[i]]++;
    }
    for (int32_t i = 0; i < by_user->n_columns; i++) {
        if (count[i] == 0) continue;
        demographic->item[at] = i;
        demographic->buyers[at++] = count[i];
        count[i] = 0;
    }
    return at;
}

/* As many pairs of segment and item as there can be. */
static size_t max_pairs(const struct demographic *demographic)
{
    const struct sparse *by_user = &demographic->base.dataset->by_user;
    const struct segments *segments = &demographic->segments;
    size_t pairs = 0;

    for (int32_t s = 0; s < segments->n; s++) {
        size_t of_segment = 0;
        for (int32_t m = 0; m < segments->segments[s].people; m++) {
            const int32_t user = segments->member[segments->segments[s].first_member + m];
            of_segment += (size_t)(by_user->start[user + 1] - by_user->start[user]);
        }
        pairs += of_segment < (size_t)by_user->n_columns ? of_segment : (size_t)by_user->n_columns;
    }
    return pairs;
}

static void count_popular(struct demographic *demographic)
{
    const struct dataset *dataset = demographic->base.dataset;
    int32_t buyers = 0;

    for (int32_t u = 0; u < dataset->n_users; u++)
        buyers += dataset->by_user.start[u + 1] > dataset->by_user.start[u];
    for (int32_t i = 0; i < dataset->n_items; i++)
        demographic->popular[i] =
            buyers > 0
                ? (double)(dataset->by_item.start[i + 1] - dataset->by_item.start[i]) / buyers
                : 0;
}

static bool count(struct demographic *demographic, struct progress *progress, struct error *error)
{
    const int32_t n_items = demographic->base.dataset->n_items, n = demographic->segments.n;
    const size_t pairs = max_pairs(demographic);
    int32_t *scratch = calloc((size_t)n_items + 1, sizeof *scratch);

    demographic->start = calloc((size_t)n + 1, sizeof *demographic->start);
    demographic->item = malloc((pairs + 1) * sizeof *demographic->item);
    demographic->buyers = malloc((pairs + 1) * sizeof *demographic->buyers);
    demographic->popular = calloc((size_t)n_items + 1, sizeof *demographic->popular);
    bool made = scratch && demographic->start && demographic->item && demographic->buyers &&
                demographic->popular;
    if (!made) error_memory(error, "segments");
    progress_begin(progress, "counting segments", n);
    for (int32_t s = 0; made && s < n; s++) {
        demographic->start[s + 1] = count_segment(demographic, s, scratch, demographic->start[s]);
        progress_add(progress, 1);
        if (progress_cancelled(progress))
            made = error_set(error, ERROR_CANCELLED, "cancelled while counting segments");
    }
    if (made) count_popular(demographic);
    free(scratch);
    return made;
}

/* -------------------------------------------------------------------------------------- weighing
 */

struct weighing {
    const struct demographic *demographic;
    double basket; /* items that a buyer has on average: the sum of p(i) */
    double *gain;  /* (segments, TRIED) */
};

/* Over the purchases of the segment's people, the logarithm of
 *
 *     (others of the segment with the item + k p(i)) / (what those others have in all + k basket)
 *
 * over p(i) / basket: what the segment says more about which item it is than the whole does. */
static void gain_of(void *context, size_t begin, size_t end, int worker)
{
    const struct weighing *weighing = context;
    const struct demographic *demographic = weighing->demographic;

    (void)worker;
    for (size_t s = begin; s < end; s++) {
        const struct segment *segment = &demographic->segments.segments[s];
        const int64_t *start = demographic->base.dataset->by_user.start;
        const double basket = weighing->basket;
        double *gain = weighing->gain + s * TRIED, all = 0;
        for (int64_t e = demographic->start[s]; e < demographic->start[s + 1]; e++) {
            const double n = demographic->buyers[e], p = demographic->popular[demographic->item[e]];
            for (int t = 0; t < TRIED; t++)
                gain[t] += n * log((n - 1 + tried[t] * p) / p);
            all += n;
        }
        for (int32_t m = 0; m < segment->people; m++) {
            const int32_t user = demographic->segments.member[segment->first_member + m];
            const double own = (double)(start[user + 1] - start[user]);
            for (int t = 0; t < TRIED; t++)
                gain[t] -= own * log((all - own + tried[t] * basket) / basket);
        }
    }
}

static void choose(struct demographic *demographic, int32_t attribute, const double *gain,
                   int64_t purchases)
{
    const double given = parameters_get(&demographic->base.parameters, "shrinkage");
    double max = 0;

    demographic->shrinkage[attribute] = given > 0 ? given : tried[TRIED - 1];
    for (int t = 0; t < TRIED; t++) {
        if (!(gain[t] > max)) continue;
        max = gain[t];
        if (!(given > 0)) demographic->shrinkage[attribute] = tried[t];
    }
    demographic->weight[attribute] = purchases > 0 ? max / (double)purchases : 0;
}

static bool weigh(struct demographic *demographic, int threads, struct error *error)
{
    const struct segments *segments = &demographic->segments;
    const size_t attributes = (size_t)segments->n_attributes + 1;
    struct weighing weighing = {
        .demographic = demographic,
        .gain = calloc((size_t)segments->n * TRIED + 1, sizeof *weighing.gain),
    };

    demographic->weight = calloc(attributes, sizeof *demographic->weight);
    demographic->shrinkage = calloc(attributes, sizeof *demographic->shrinkage);
    if (!weighing.gain || !demographic->weight || !demographic->shrinkage) {
        free(weighing.gain);
        return error_memory(error, "segments");
    }
    for (int32_t i = 0; i < demographic->base.dataset->n_items; i++)
        weighing.basket += demographic->popular[i];
    parallel_for(threads, (size_t)segments->n, 16, gain_of, &weighing, NULL);
    for (int32_t s = 0, end; s < segments->n; s = end) {
        double gain[TRIED] = { 0 };
        int64_t purchases = 0;
        for (end = s; end < segments->n &&
                      segments->segments[end].attribute == segments->segments[s].attribute;
             end++) {
            for (int t = 0; t < TRIED; t++)
                gain[t] += weighing.gain[(size_t)end * TRIED + (size_t)t];
            for (int64_t e = demographic->start[end]; e < demographic->start[end + 1]; e++)
                purchases += demographic->buyers[e];
        }
        choose(demographic, segments->segments[s].attribute, gain, purchases);
    }
    free(weighing.gain);
    return true;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct demographic *demographic =
        model_new(sizeof *demographic, &demographic_kind, dataset, values, error);

    if (!demographic) return NULL;
    if (segments_init(&demographic->segments, dataset, error) &&
        count(demographic, progress, error) && weigh(demographic, threads, error))
        return (struct model *)demographic;
    release((struct model *)demographic);
    return NULL;
}

/* --------------------------------------------------------------------------------------- scoring
 */

/* An attribute's weight goes to the shopper's segments of it alike. Returns the sum. */
static double share(const struct demographic *demographic, struct belonging *belonging, bool alike)
{
    const struct segment *segments = demographic->segments.segments;
    double all = 0;

    for (int32_t b = 0, end; b < belonging->n; b = end) {
        const int32_t attribute = segments[belonging->segment[b]].attribute;
        const double weight = alike ? 1 : demographic->weight[attribute];
        for (end = b;
             end < belonging->n && segments[belonging->segment[end]].attribute == attribute;)
            end++;
        for (int32_t i = b; i < end; i++)
            belonging->weight[i] = weight / (end - b);
        all += weight;
    }
    return all;
}

/* Weights of attributes shared out. Where no attribute says anything, all count alike. */
static void share_out(const struct demographic *demographic, struct belonging *belonging)
{
    const struct segment *segments = demographic->segments.segments;
    double all = share(demographic, belonging, false);

    if (!(all > 0)) all = share(demographic, belonging, true);
    for (int32_t b = 0; b < belonging->n; b++) {
        const struct segment *segment = &segments[belonging->segment[b]];
        const double k = demographic->shrinkage[segment->attribute];
        belonging->weight[b] /= all;
        belonging->whole += belonging->weight[b] * k / (segment->people + k);
    }
}

bool belonging_init(struct belonging *belonging, const struct demographic *demographic,
                    const struct shopper *shopper, struct error *error)
{
    const size_t capacity = (size_t)shopper->n_values + 1;

    *belonging = (struct belonging){ .segment = malloc(capacity * sizeof *belonging->segment),
                                     .weight = malloc(capacity * sizeof *belonging->weight) };
    if (!belonging->segment || !belonging->weight) {
        belonging_fini(belonging);
        return error_memory(error, "segments");
    }
    belonging->n = segments_of(&demographic->segments, shopper, belonging->segment);
    share_out(demographic, belonging);
    return true;
}

void belonging_fini(struct belonging *belonging)
{
    free(belonging->segment);
    free(belonging->weight);
    *belonging = (struct belonging){ 0 };
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct demographic *demographic = (const struct demographic *)model;
    const int32_t n_items = demographic->base.dataset->n_items;
    struct belonging belonging;

    if (!belonging_init(&belonging, demographic, shopper, error)) return false;
    double *sum = malloc(((size_t)n_items + 1) * sizeof *sum);
    if (!sum) error_memory(error, "scores");
    for (int32_t i = 0; sum && i < n_items; i++)
        sum[i] = belonging.whole * demographic->popular[i];
    for (int32_t b = 0; sum && b < belonging.n; b++) {
        const int32_t s = belonging.segment[b];
        const struct segment *segment = &demographic->segments.segments[s];
        const double each =
            belonging.weight[b] / (segment->people + demographic->shrinkage[segment->attribute]);
        for (int64_t e = demographic->start[s]; e < demographic->start[s + 1]; e++)
            sum[demographic->item[e]] += each * demographic->buyers[e];
    }
    for (int32_t i = 0; sum && i < n_items; i++)
        scores[i] = sum[i] > 0 ? (float)sum[i] : -INFINITY;
    free(sum);
    belonging_fini(&belonging);
    return sum != NULL;
}

static void facts(const struct model *model, struct text *json)
{
    const struct demographic *demographic = (const struct demographic *)model;
    const struct segments *segments = &demographic->segments;

    if (segments->n == 0) {
        text_add_string(json, "{\"segments\":0,\"note\":\"nothing is known about people: import "
                              "their attributes\"}");
        return;
    }
    text_format(json, "{\"segments\":%d,\"gain\":{", segments->n);
    for (int32_t a = 0; a < segments->n_attributes; a++) {
        text_add_string(json, a > 0 ? "," : "");
        text_add_json(json, segments->names[a].bytes, segments->names[a].length);
        text_add_string(json, ":");
        text_add_decimal(json, demographic->weight[a], 4, false);
    }
    text_add_string(json, "}}");
}

/* --------------------------------------------------------------------------------------- storing
 *
 * Segments and what was learned about attributes; the counts follow from the dataset.
 */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct demographic *demographic = (const struct demographic *)model;
    const size_t n = (size_t)demographic->segments.n_attributes;

    segments_save(&demographic->segments, writer);
    bytes_write(writer, demographic->weight, n * sizeof *demographic->weight);
    bytes_write(writer, demographic->shrinkage, n * sizeof *demographic->shrinkage);
    return !writer->failed;
}

static bool read_weights(struct demographic *demographic, struct byte_reader *reader)
{
    const size_t n = (size_t)demographic->segments.n_attributes;
    bool sound = true;

    demographic->weight = calloc(n + 1, sizeof *demographic->weight);
    demographic->shrinkage = calloc(n + 1, sizeof *demographic->shrinkage);
    if (!demographic->weight || !demographic->shrinkage) {
        reader->failed = true;
        return error_memory(reader->error, "segments");
    }
    bytes_read(reader, demographic->weight, n * sizeof *demographic->weight);
    bytes_read(reader, demographic->shrinkage, n * sizeof *demographic->shrinkage);
    for (size_t a = 0; a < n; a++)
        sound = sound && demographic->weight[a] >= 0 &&
                model_number_is_sound(demographic->weight[a]) && demographic->shrinkage[a] >= 0 &&
                model_number_is_sound(demographic->shrinkage[a]);
    return sound && !reader->failed;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct demographic *demographic =
        model_new(sizeof *demographic, &demographic_kind, dataset, values, error);

    if (!demographic) return NULL;
    if (!segments_load(&demographic->segments, dataset->n_users, reader) ||
        !read_weights(demographic, reader))
        model_refuse(reader, error, "demographic");
    else if (count(demographic, NULL, error))
        return (struct model *)demographic;
    release((struct model *)demographic);
    return NULL;
}

const struct model_kind demographic_kind = {
    .name = "demographic",
    .basis = BASIS_SEGMENT,
    .summary = "what people with the same attributes buy; needs no history",
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = demographic_explain,
    .facts = facts,
    .update = model_train_anew,
    .save = save,
    .load = load,
};

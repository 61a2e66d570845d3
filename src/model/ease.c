/* ease.c - what to add to a purchase, weighed against all other purchases at once.
 *
 *     P = (X'X + lambda I)^-1,  B = I - P diag(1 / diag P),  score(u) = x_u B      (DESIGN.md, 4)
 *
 * (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data".) B has a weight for every
 * pair of items, positive or negative: a purchase can speak against an item. Items nobody has
 * bought do not take part; of a catalogue whose B would not fit into `memory`, the most bought do.
 */
#include "ease.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const value_names[] = { "binary", "strength", NULL };
static const struct parameter_info parameters[] = {
    { "lambda", PARAMETER_NUMBER, 200, 1e-3, 1e9, NULL,
      "pulls weights towards 0; larger for few purchases" },
    { "values", PARAMETER_CHOICE, EASE_BINARY, 0, EASE_STRENGTH, value_names,
      "what an item of the history counts: 1, or its strength" },
    RECENCY_PARAMETER(0),
    { "memory", PARAMETER_INTEGER, 2048, 1, 16384, NULL,
      "MB that pairs of items may take: beyond, the most bought items take part" },
    STRENGTH_PARAMETERS,
    { 0 },
};

static int64_t max_items(const struct parameters *values)
{
    int64_t max = (int64_t)sqrt(parameters_get(values, "memory") * 1048576 / sizeof(float));
    return max < EASE_ITEMS_MAX ? max : EASE_ITEMS_MAX;
}

static int64_t items_bought(const struct dataset *dataset)
{
    const int64_t *start = dataset->by_item.start;
    int64_t n = 0;

    for (int32_t i = 0; i < dataset->n_items; i++)
        n += start[i + 1] > start[i];
    return n;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *values)
{
    const int64_t max = max_items(values), bought = items_bought(dataset);
    const int64_t n = bought < max ? bought : max;
    const bool binary = parameters_get(values, "values") <= EASE_BINARY;
    const int64_t counting = sparse_entries(&dataset->by_user) * (binary ? 6 : 10) +
                             dataset->n_users * (int64_t)(2 * sizeof(int64_t)) +
                             (binary ? 0 : parallel_threads() * n * (int64_t)sizeof(double));
    const int64_t inverting = 2 * 256 * n * (int64_t)sizeof(float) + 2 * 256 * 256;

    return n * n * (int64_t)sizeof(float) + dataset->n_items * 24 + EASE_OF_BLAS +
           (counting > inverting ? counting : inverting);
}

static void release(struct model *model)
{
    struct ease *ease = (struct ease *)model;

    ease_items_fini(&ease->items);
    free(ease->scale);
    free(ease->weight);
    model_free(ease);
}

/* Room for the weights of items.n items; matrix zeroed where the system has such pages. */
static bool reserve(struct ease *ease, struct error *error)
{
    const size_t n = (size_t)ease->items.n;

    ease->scale = malloc((n + 1) * sizeof *ease->scale);
    ease->weight = calloc(n * n + 16, sizeof *ease->weight);
    return (ease->scale && ease->weight) || error_memory(error, "pairs of items");
}

static bool compute(struct ease *ease, int threads, struct progress *progress, struct error *error)
{
    const struct parameters *values = &ease->base.parameters;
    const float lambda = (float)parameters_get(values, "lambda");
    const int32_t n = ease->items.n;

    if (!ease_gram(ease->base.dataset, &ease->items,
                   (enum ease_values)parameters_get(values, "values"), threads, progress,
                   ease->weight, error))
        return false;
    for (size_t i = 0; i < (size_t)n; i++)
        ease->weight[i * (size_t)n + i] += lambda;
    if (!ease_invert(ease->weight, n, threads, progress, error)) return false;
    ease_weigh(ease->weight, n, threads, ease->scale);
    ease_mirror(ease->weight, n, threads, ease->scale);
    return true;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct ease *ease = model_new(sizeof *ease, &ease_kind, dataset, values, error);

    if (!ease) return NULL;
    if (ease_items_init(&ease->items, dataset, max_items(values), error) && reserve(ease, error) &&
        compute(ease, threads, progress, error))
        return (struct model *)ease;
    release((struct model *)ease);
    return NULL;
}

/* ------------------------------------------------------------------------------------- scoring */

bool ease_history_init(struct ease_history *history, const struct ease *ease,
                       const struct shopper *shopper, struct error *error)
{
    const struct parameters *settings = &ease->base.parameters;
    const enum ease_values values = (enum ease_values)parameters_get(settings, "values");
    const int32_t n_items = ease->base.dataset->n_items;
    const size_t capacity = (size_t)shopper->n + 1;
    float *recency = malloc(capacity * sizeof *recency);

    *history = (struct ease_history){ .row = malloc(capacity * sizeof *history->row),
                                      .weight = malloc(capacity * sizeof *history->weight),
                                      .from = malloc(capacity * sizeof *history->from) };
    bool made = recency && history->row && history->weight && history->from;
    if (!made) error_memory(error, "scores");
    made = made && model_recency(shopper, parameters_get(settings, "recency"), recency, error);
    for (int32_t s = 0; made && s < shopper->n; s++) {
        if (shopper->item[s] >= n_items || ease->items.place[shopper->item[s]] < 0) continue;
        const size_t place = (size_t)ease->items.place[shopper->item[s]];
        const double x = values == EASE_BINARY ? 1 : (double)shopper->strength[s];
        history->row[history->n] = ease->weight + place * (size_t)ease->items.n;
        history->weight[history->n] = (double)(float)(x * (double)recency[s]);
        history->from[history->n++] = s;
    }
    free(recency);
    if (!made) ease_history_fini(history);
    return made;
}

void ease_history_fini(struct ease_history *history)
{
    free(history->row);
    free(history->weight);
    free(history->from);
    *history = (struct ease_history){ 0 };
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct ease *ease = (const struct ease *)model;
    const struct ease_items *items = &ease->items;
    struct ease_history history;

    if (!ease_history_init(&history, ease, shopper, error)) return false;
    double *sum = calloc((size_t)items->n + 1, sizeof *sum);
    if (sum) {
        ease_add_rows(history.row, history.weight, history.n, items->n, sum);
        for (int32_t i = 0; i < ease->base.dataset->n_items; i++)
            scores[i] = -INFINITY;
        for (int32_t p = 0; history.n > 0 && p < items->n; p++)
            if (sum[p] != 0) scores[items->item[p]] = (float)sum[p]; /* 0: nothing goes with it */
        free(sum);
    } else {
        error_memory(error, "scores");
    }
    ease_history_fini(&history);
    return sum != NULL;
}

static void facts(const struct model *model, struct text *json)
{
    const struct ease_items *items = &((const struct ease *)model)->items;

    text_format(json, "{\"items\":%d,\"items_left_out\":%d", items->n, items->absent);
    if (items->absent > 0)
        text_format(json,
                    ",\"note\":\"the %d most bought of %d items take part: the pairs of all "
                    "would not fit into %g MB\"",
                    items->n, items->n + items->absent,
                    parameters_get(&model_base(model)->parameters, "memory"));
    text_add_string(json, "}");
}

/* What having the item adds most to. */
static int32_t similar(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error)
{
    const struct ease *ease = (const struct ease *)model;
    const struct ease_items *items = &ease->items;

    if (item < 0 || item >= ease->base.dataset->n_items) {
        error_set(error, ERROR_MISSING, "the model does not know this item yet: train it again");
        return -1;
    }
    if (items->place[item] < 0) return 0;
    const float *row = ease->weight + (size_t)items->place[item] * (size_t)items->n;
    if (k > items->n) k = items->n;
    int32_t *best = malloc(((size_t)k + 1) * sizeof *best), n = 0;
    if (!best) {
        error_memory(error, "similar items");
        return -1;
    }
    const int32_t found = top_k(row, items->n, k, best);
    while (n < found && row[best[n]] > 0) {
        const int32_t other = items->item[best[n]];
        out[n] =
            (struct neighbour){ .id = other,
                                .common = model_common(&ease->base.dataset->by_item, item, other),
                                .similarity = (double)row[best[n]] };
        n++;
    }
    free(best);
    return n;
}

/* -------------------------------------------------------------------------------------- storing
 *
 * The upper half of B and its scale: the lower half follows from them.
 */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct ease *ease = (const struct ease *)model;
    const size_t n = (size_t)ease->items.n;

    ease_items_save(&ease->items, writer);
    bytes_write(writer, ease->scale, n * sizeof *ease->scale);
    for (size_t i = 0; i < n; i++)
        bytes_write(writer, ease->weight + i * n + i, (n - i) * sizeof *ease->weight);
    return !writer->failed;
}

static bool read_weights(struct ease *ease, struct byte_reader *reader)
{
    const size_t n = (size_t)ease->items.n;
    bool sound = true;

    if (!reserve(ease, reader->error)) return !(reader->failed = true);
    if (!bytes_read(reader, ease->scale, n * sizeof *ease->scale)) return false;
    for (size_t i = 0; i < n; i++)
        sound = sound && ease->scale[i] > 0 && model_number_is_sound(ease->scale[i]);
    for (size_t i = 0; i < n && sound; i++) {
        float *row = ease->weight + i * n + i;
        if (!bytes_read(reader, row, (n - i) * sizeof *row)) return false;
        for (size_t j = 0; j < n - i; j++) { /* and so is what the mirror makes of it */
            const double weight = fabs((double)row[j]);
            sound = sound && model_number_is_sound(weight) &&
                    weight * ease->scale[i] <= 1e24 * ease->scale[i + j];
        }
    }
    if (sound) ease_mirror(ease->weight, ease->items.n, 0, ease->scale);
    return sound;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct ease *ease = model_new(sizeof *ease, &ease_kind, dataset, values, error);

    if (!ease) return NULL;
    if (ease_items_load(&ease->items, dataset->n_items, reader) && read_weights(ease, reader))
        return (struct model *)ease;
    model_refuse(reader, error, "ease");
    release((struct model *)ease);
    return NULL;
}

const struct model_kind ease_kind = {
    .name = "ease",
    .summary = "every purchase weighed against all others, for and against",
    .linear = model_without_recency,
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = ease_explain,
    .similar = similar,
    .facts = facts,
    .save = save,
    .load = load,
};

/* meaning.c - a question against the vectors of items and of values. */
#include "meaning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MIN = 3, VALUES_MIN = 3 };

const double meaning_value_weight = 8;
static const double sharpness = 0.5, within = 0.9;

struct standing {         /* of the values that are compared */
    double *text, *items; /* (n_values) */
    int32_t *count;       /* (n_values) items */
    uint8_t *compared;    /* (n_values) */
    int32_t n;
};

/* Mean 0 and deviation 1 over what is compared. */
static void standardise(double *values, const uint8_t *compared, int32_t n)
{
    double sum = 0, square = 0;
    int32_t count = 0;

    for (int32_t i = 0; i < n; i++) {
        if (compared && !compared[i]) continue;
        sum += values[i];
        count++;
    }
    const double mean = count > 0 ? sum / count : 0;
    for (int32_t i = 0; i < n; i++)
        if (!compared || compared[i]) square += (values[i] - mean) * (values[i] - mean);
    const double deviation = count > 0 && square > 0 ? sqrt(square / count) : 1;
    for (int32_t i = 0; i < n; i++)
        values[i] = (values[i] - mean) / deviation;
}

static bool find_near(struct meaning *meaning, const struct item_vectors *vectors,
                      const float *query, struct error *error)
{
    const int32_t n = vectors->items.n < meaning->n_items ? vectors->items.n : meaning->n_items;
    float *dot = malloc(((size_t)vectors->items.n + 1) * sizeof *dot);
    double *near = malloc(((size_t)n + 1) * sizeof *near);

    if (!dot || !near) {
        free(dot);
        free(near);
        return error_memory(error, "a question");
    }
    vector_table_dot(&vectors->items, vectors->dimension, query, dot);
    for (int32_t i = 0; i < n; i++)
        near[i] = (double)dot[i];
    standardise(near, NULL, n);
    for (int32_t i = 0; i < n; i++)
        meaning->near[i] = (float)near[i];
    free(dot);
    free(near);
    return true;
}

static bool compare_values(struct meaning *meaning, struct standing *standing,
                           const struct dataset *dataset, const uint8_t *role,
                           const struct item_vectors *vectors, const float *query,
                           struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    float *dot = malloc(((size_t)vectors->values.n + 1) * sizeof *dot);

    if (!dot) return error_memory(error, "a question");
    vector_table_dot(&vectors->values, vectors->dimension, query, dot);
    for (int32_t i = 0; i < dataset->n_items; i++)
        for (int64_t at = known->offset[i]; at < known->offset[i + 1]; at++) {
            standing->count[known->value[at]]++;
            standing->items[known->value[at]] += (double)meaning->near[i];
        }
    for (int32_t v = 0; v < known->values.n; v++) {
        if (standing->count[v] < ITEMS_MIN ||
            !attribute_has_meaning(dataset, role, known->value_name[v]))
            continue;
        const int32_t row =
            vector_table_find(&vectors->values, text_checksum(names_get(&known->values, v)));
        if (row < 0) continue;
        standing->compared[v] = 1;
        standing->n++;
        standing->text[v] = (double)dot[row];
        standing->items[v] /= standing->count[v];
    }
    free(dot);
    if (standing->n < VALUES_MIN) return true;
    standardise(standing->text, standing->compared, known->values.n);
    standardise(standing->items, standing->compared, known->values.n);
    for (int32_t v = 0; v < known->values.n; v++)
        if (standing->compared[v])
            meaning->standing[v] = (float)(0.5 * standing->text[v] + 0.5 * standing->items[v]);
    return true;
}

/* Adds to the larger values that nearly all items of value d have too. `beside` (n_values) is
 * scratch. */
static void add_larger(struct meaning *meaning, const struct standing *standing,
                       const struct dataset *dataset, const double *weight, int32_t d,
                       int32_t *beside)
{
    const struct attributes *known = &dataset->item_attributes;
    const double all = log((double)dataset->n_items + 1);

    memset(beside, 0, (size_t)known->values.n * sizeof *beside);
    for (int32_t i = 0; i < dataset->n_items; i++) {
        bool has = false;
        for (int64_t at = known->offset[i]; !has && at < known->offset[i + 1]; at++)
            has = known->value[at] == d;
        for (int64_t at = known->offset[i]; has && at < known->offset[i + 1]; at++)
            beside[known->value[at]]++;
    }
    for (int32_t c = 0; c < known->values.n; c++) {
        const double share = (double)beside[c] / standing->count[d];
        if (c == d || !standing->compared[c] || share < within) continue;
        const double rarity =
            log((double)(dataset->n_items + 1) / (double)(standing->count[c] + 1)) / all;
        meaning->value[c] += (float)(weight[d] * share * rarity);
    }
}

static double sum_of_values(const struct meaning *meaning, const struct dataset *dataset,
                            int32_t item)
{
    const struct attributes *known = &dataset->item_attributes;
    double sum = 0;

    for (int64_t at = known->offset[item]; at < known->offset[item + 1]; at++)
        sum += (double)meaning->value[known->value[at]];
    return sum;
}

static bool weigh_values(struct meaning *meaning, const struct standing *standing,
                         const struct dataset *dataset, struct error *error)
{
    const int32_t n = meaning->n_values;
    double *weight = calloc((size_t)n + 1, sizeof *weight);
    int32_t *beside = malloc(((size_t)n + 1) * sizeof *beside);
    double best = -INFINITY, largest = 0;

    if (!weight || !beside) {
        free(weight);
        free(beside);
        return error_memory(error, "a question");
    }
    for (int32_t v = 0; v < n; v++)
        if ((double)meaning->standing[v] > best) best = (double)meaning->standing[v];
    for (int32_t v = 0; v < n; v++) {
        if (!standing->compared[v]) continue;
        weight[v] = exp(((double)meaning->standing[v] - best) / sharpness);
        meaning->value[v] = (float)weight[v];
    }
    for (int32_t v = 0; v < n; v++)
        if (weight[v] > 0.01) add_larger(meaning, standing, dataset, weight, v, beside);
    for (int32_t i = 0; i < dataset->n_items; i++)
        largest = fmax(largest, sum_of_values(meaning, dataset, i));
    for (int32_t v = 0; v < n && largest > 0; v++)
        meaning->value[v] = (float)((double)meaning->value[v] / largest);
    free(weight);
    free(beside);
    return true;
}

bool meaning_init(struct meaning *meaning, const struct dataset *dataset, const uint8_t *role,
                  const struct item_vectors *vectors, const float *query, struct error *error)
{
    const int32_t n = dataset->item_attributes.values.n;
    const size_t capacity = (size_t)n + 1;
    struct standing standing = { .text = calloc(capacity, sizeof *standing.text),
                                 .items = calloc(capacity, sizeof *standing.items),
                                 .count = calloc(capacity, sizeof *standing.count),
                                 .compared = calloc(capacity, sizeof *standing.compared) };

    *meaning = (struct meaning){ .n_items = dataset->n_items,
                                 .n_values = n,
                                 .near = calloc((size_t)dataset->n_items + 1, sizeof(float)),
                                 .value = calloc(capacity, sizeof(float)),
                                 .standing = malloc(capacity * sizeof(float)) };
    bool good = standing.text && standing.items && standing.count && standing.compared &&
                meaning->near && meaning->value && meaning->standing;
    if (!good) error_memory(error, "a question");
    for (int32_t v = 0; good && v < n; v++)
        meaning->standing[v] = -INFINITY;
    good = good && find_near(meaning, vectors, query, error) &&
           compare_values(meaning, &standing, dataset, role, vectors, query, error) &&
           (standing.n < VALUES_MIN || weigh_values(meaning, &standing, dataset, error));
    free(standing.text);
    free(standing.items);
    free(standing.count);
    free(standing.compared);
    if (!good) meaning_fini(meaning);
    return good;
}

void meaning_fini(struct meaning *meaning)
{
    free(meaning->near);
    free(meaning->value);
    free(meaning->standing);
    *meaning = (struct meaning){ 0 };
}

double meaning_of_values(const struct meaning *meaning, const struct dataset *dataset, int32_t item)
{
    return meaning_value_weight * sum_of_values(meaning, dataset, item);
}

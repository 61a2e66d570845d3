/* ease_gram.c - which items take part, and the products of their columns.
 *
 * Row a of the Gram matrix is made by its buyers: each adds to the items after a in the buyer's
 * list. Purchases that count 1 are added in the matrix itself, since counts are exact in float;
 * other values are summed in double and rounded once.
 */
#include "ease.h"

#include "aisle/parallel.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_A_BLOCK = 8 };

/* --------------------------------------------------------------------------------- which items */

struct bought {
    int64_t buyers;
    int32_t item;
};

static int most_bought_first(const void *left, const void *right)
{
    const struct bought *a = left, *b = right;
    if (a->buyers != b->buyers) return a->buyers > b->buyers ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

/* Marks the `max` items bought most with place 0, the others with -1. */
static bool choose(struct ease_items *items, const struct dataset *dataset, int64_t max)
{
    const int64_t *start = dataset->by_item.start;
    const int32_t n_items = dataset->n_items;
    struct bought *bought = malloc(((size_t)n_items + 1) * sizeof *bought);
    int32_t n = 0;

    if (!bought) return false;
    for (int32_t i = 0; i < n_items; i++) {
        items->place[i] = -1;
        if (start[i + 1] > start[i]) bought[n++] = (struct bought){ start[i + 1] - start[i], i };
    }
    if (n > max) qsort(bought, (size_t)n, sizeof *bought, most_bought_first);
    items->n = n > max ? (int32_t)max : n;
    items->absent = n - items->n;
    for (int32_t i = 0; i < items->n; i++)
        items->place[bought[i].item] = 0;
    free(bought);
    return true;
}

bool ease_items_init(struct ease_items *items, const struct dataset *dataset, int64_t max,
                     struct error *error)
{
    *items = (struct ease_items){ 0 };
    items->place = malloc(((size_t)dataset->n_items + 1) * sizeof *items->place);
    items->item = malloc(((size_t)dataset->n_items + 1) * sizeof *items->item);
    if (!items->place || !items->item || !choose(items, dataset, max)) {
        ease_items_fini(items);
        return error_memory(error, "a model");
    }
    for (int32_t i = 0, n = 0; i < dataset->n_items; i++) {
        if (items->place[i] < 0) continue;
        items->item[n] = i;
        items->place[i] = n++;
    }
    return true;
}

void ease_items_fini(struct ease_items *items)
{
    free(items->item);
    free(items->place);
    *items = (struct ease_items){ 0 };
}

void ease_items_save(const struct ease_items *items, struct byte_writer *writer)
{
    bytes_write_int32(writer, items->n);
    bytes_write_int32(writer, items->absent);
    bytes_write(writer, items->item, (size_t)items->n * sizeof *items->item);
}

bool ease_items_load(struct ease_items *items, int32_t n_items, struct byte_reader *reader)
{
    bool sound = true;

    items->n = bytes_read_int32(reader);
    items->absent = bytes_read_int32(reader);
    if (reader->failed || items->n < 0 || items->n > n_items || items->n > EASE_ITEMS_MAX ||
        items->absent < 0 || items->absent > n_items - items->n)
        return false;
    items->item = malloc(((size_t)n_items + 1) * sizeof *items->item);
    items->place = malloc(((size_t)n_items + 1) * sizeof *items->place);
    if (!items->item || !items->place) {
        reader->failed = true;
        return error_memory(reader->error, "a model");
    }
    if (!bytes_read(reader, items->item, (size_t)items->n * sizeof *items->item)) return false;
    for (int32_t i = 0; i < n_items; i++)
        items->place[i] = -1;
    for (int32_t p = 0; p < items->n && sound; p++) {
        sound = items->item[p] >= 0 && items->item[p] < n_items &&
                (p == 0 || items->item[p] > items->item[p - 1]);
        if (sound) items->place[items->item[p]] = p;
    }
    return sound;
}

/* ------------------------------------------------------------------------------------ products */

struct gram {
    const struct dataset *dataset;
    const struct ease_items *items;
    enum ease_values values;
    int64_t *start;  /* (n_users + 1) user u's list is [start[u], start[u+1]) */
    uint16_t *label; /* (entries) positions, ascending in a list */
    float *value;    /* (entries), or NULL: all 1 */
    uint32_t *after; /* (entries of by_item) of each, the place after it in its user's list */
    double **sum;    /* (threads) of (n), or NULL where values are 1 */
    struct progress *progress;
    float *matrix;
};

static bool list_users(struct gram *gram)
{
    const struct sparse *by_user = &gram->dataset->by_user;
    const size_t entries = (size_t)sparse_entries(by_user);
    int64_t n = 0;

    if (entries > UINT32_MAX) return false;
    gram->start = malloc(((size_t)by_user->n_rows + 1) * sizeof *gram->start);
    gram->label = malloc((entries + 1) * sizeof *gram->label);
    gram->after = malloc((entries + 1) * sizeof *gram->after);
    if (gram->values != EASE_BINARY) gram->value = malloc((entries + 1) * sizeof *gram->value);
    if (!gram->start || !gram->label || !gram->after ||
        (gram->values != EASE_BINARY && !gram->value))
        return false;
    gram->start[0] = 0;
    for (int32_t u = 0; u < by_user->n_rows; u++) {
        for (int64_t i = by_user->start[u]; i < by_user->start[u + 1]; i++) {
            int32_t place = gram->items->place[by_user->column[i]];
            if (place < 0) continue;
            if (gram->value) gram->value[n] = by_user->value[i];
            gram->label[n++] = (uint16_t)place;
        }
        gram->start[u + 1] = n;
    }
    return true;
}

/* Items ascend in by_item and in every list, so a user's cursor only moves on. */
static bool find_after(struct gram *gram)
{
    const struct sparse *by_item = &gram->dataset->by_item;
    int64_t *next = malloc(((size_t)by_item->n_columns + 1) * sizeof *next);

    if (!next) return false;
    memcpy(next, gram->start, (size_t)by_item->n_columns * sizeof *next);
    for (int32_t a = 0; a < gram->items->n; a++) {
        const int32_t item = gram->items->item[a];
        for (int64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
            gram->after[i] = (uint32_t)++next[by_item->column[i]];
    }
    free(next);
    return true;
}

/* Row a where every purchase counts 1. */
static void count_row(const struct gram *gram, int32_t a)
{
    const struct sparse *by_item = &gram->dataset->by_item;
    float *restrict row = gram->matrix + (size_t)a * (size_t)gram->items->n;
    const uint16_t *restrict label = gram->label;
    const int32_t item = gram->items->item[a];

    for (int64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++) {
        const int64_t end = gram->start[by_item->column[i] + 1];
        for (int64_t at = gram->after[i]; at < end; at++)
            row[label[at]] += 1;
    }
    row[a] = (float)(by_item->start[item + 1] - by_item->start[item]);
}

static void sum_row(const struct gram *gram, int32_t a, double *restrict sum)
{
    const struct sparse *by_item = &gram->dataset->by_item;
    const size_t n = (size_t)gram->items->n;
    float *row = gram->matrix + (size_t)a * n;
    const int32_t item = gram->items->item[a];

    memset(sum + a, 0, (n - (size_t)a) * sizeof *sum);
    for (int64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++) {
        const int64_t end = gram->start[by_item->column[i] + 1];
        const double x = (double)gram->value[gram->after[i] - 1];
        for (int64_t at = gram->after[i] - 1; at < end; at++)
            sum[gram->label[at]] += x * (double)gram->value[at];
    }
    for (size_t b = (size_t)a; b < n; b++)
        row[b] = (float)sum[b];
}

static void rows(void *context, size_t begin, size_t end, int worker)
{
    const struct gram *gram = context;

    for (size_t a = begin; a < end && !progress_cancelled(gram->progress); a++) {
        if (gram->value)
            sum_row(gram, (int32_t)a, gram->sum[worker]);
        else
            count_row(gram, (int32_t)a);
    }
}

static bool make_sums(struct gram *gram, int threads)
{
    if (!gram->value) return true;
    gram->sum = calloc((size_t)threads, sizeof *gram->sum);
    for (int t = 0; gram->sum && t < threads; t++) {
        gram->sum[t] = malloc(((size_t)gram->items->n + 1) * sizeof **gram->sum);
        if (!gram->sum[t]) return false;
    }
    return gram->sum != NULL;
}

bool ease_gram(const struct dataset *dataset, const struct ease_items *items,
               enum ease_values values, int threads, struct progress *progress, float *matrix,
               struct error *error)
{
    struct gram gram = {
        .dataset = dataset, .items = items, .values = values, .progress = progress, .matrix = matrix
    };
    bool done = false;

    if (threads <= 0) threads = parallel_threads();
    progress_begin(progress, "counting pairs", items->n);
    if (!list_users(&gram) || !find_after(&gram) || !make_sums(&gram, threads)) {
        error_memory(error, "pairs of items");
    } else {
        parallel_for(threads, (size_t)items->n, ROWS_A_BLOCK, rows, &gram, progress);
        done = !progress_cancelled(progress);
        if (!done) error_set(error, ERROR_CANCELLED, "cancelled while counting pairs");
    }
    for (int t = 0; gram.sum && t < threads; t++)
        free(gram.sum[t]);
    free(gram.sum);
    free(gram.start);
    free(gram.label);
    free(gram.value);
    free(gram.after);
    return done;
}

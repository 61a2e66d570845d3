/* slist_counts.c - the two matrices of pairs of events.
 *
 * Two events of one user at positions p <= q of m, d = q - p apart, meet in the splits t = q .. m-2
 * as sources, which adds
 *
 *     sum over t of g^(t-p) g^(t-q) = g^d (1 - g^(2 (m-1-q))) / (1 - g^2)
 *
 * to S'S, and as source and target in the splits t = p .. q-1, which adds
 *
 *     sum over t of g^(t-p) h^(q-t-1) = (g^d - h^d) / (g - h)
 *
 * to S'T. A row of both is made by the events of its item, so that rows can be shared out, and each
 * is summed in double in the order of users.
 */
#include "slist.h"

#include "attention/sequences.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_PER_BLOCK = 32 };

/* Rows [begin, end) of S'T, by block. */
struct target_rows {
    int32_t *length; /* (ROWS_PER_BLOCK) */
    int32_t *column;
    float *value;
    size_t n, capacity;
};

/* What one thread sums a row in. */
struct count_scratch {
    double *gram, *target; /* (n) all 0 between rows */
    int32_t *touched;      /* (n) columns of target */
    uint8_t *is_touched;   /* (n) */
};

struct counting {
    const struct ease_items *items;
    const struct sequences *sequences;
    int64_t *occurrence_start; /* (n + 1) by position */
    int64_t *occurrence;       /* places in sequences->item, ascending */
    int32_t *user;             /* (events) */
    double *source_weight;     /* (window + 1) g^d / (1 - g^2) */
    double *tail;              /* (longest + 1) 1 - g^(2k) */
    double *target_weight;     /* (window + 1) */
    int32_t window;
    float *gram;
    struct target_rows *blocks;
    struct count_scratch *scratch; /* (threads) */
    struct progress *progress;
    atomic_bool failed;
};

static bool counting_index(struct counting *counting)
{
    const struct sequences *sequences = counting->sequences;
    const int64_t events = sequences->start[sequences->n];
    const size_t n = (size_t)counting->items->n;

    counting->occurrence_start = calloc(n + 2, sizeof *counting->occurrence_start);
    counting->occurrence = malloc(((size_t)events + 1) * sizeof *counting->occurrence);
    counting->user = malloc(((size_t)events + 1) * sizeof *counting->user);
    if (!counting->occurrence_start || !counting->occurrence || !counting->user) return false;
    for (int64_t e = 0; e < events; e++) {
        const int32_t place = counting->items->place[sequences->item[e]];
        if (place >= 0) counting->occurrence_start[place + 2]++;
    }
    for (size_t i = 0; i < n; i++)
        counting->occurrence_start[i + 1] += counting->occurrence_start[i];
    for (int32_t u = 0; u < sequences->n; u++) {
        for (int64_t e = sequences->start[u]; e < sequences->start[u + 1]; e++) {
            const int32_t place = counting->items->place[sequences->item[e]];
            counting->user[e] = u;
            if (place >= 0) counting->occurrence[counting->occurrence_start[place + 1]++] = e;
        }
    }
    return true;
}

static bool counting_weights(struct counting *counting, const struct slist_settings *settings)
{
    const double g = settings->decay, h = settings->target_decay;
    const size_t longest = (size_t)counting->sequences->longest;

    counting->source_weight =
        malloc(((size_t)counting->window + 1) * sizeof *counting->source_weight);
    counting->target_weight =
        malloc(((size_t)counting->window + 1) * sizeof *counting->target_weight);
    counting->tail = malloc((longest + 1) * sizeof *counting->tail);
    if (!counting->source_weight || !counting->target_weight || !counting->tail) return false;
    for (int32_t d = 0; d <= counting->window; d++) {
        counting->source_weight[d] = pow(g, d) / (1 - g * g);
        counting->target_weight[d] =
            fabs(g - h) > 1e-9 ? (pow(g, d) - pow(h, d)) / (g - h) : d * pow(g, d - 1);
    }
    for (size_t k = 0; k <= longest; k++)
        counting->tail[k] = 1 - pow(g, 2 * (double)k);
    return true;
}

static bool counting_scratch(struct counting *counting, int threads)
{
    const size_t n = (size_t)counting->items->n;

    counting->scratch = calloc((size_t)threads, sizeof *counting->scratch);
    counting->blocks = calloc(n / ROWS_PER_BLOCK + 1, sizeof *counting->blocks);
    if (!counting->scratch || !counting->blocks) return false;
    for (int t = 0; t < threads; t++) {
        struct count_scratch *scratch = &counting->scratch[t];
        scratch->gram = calloc(n + 1, sizeof *scratch->gram);
        scratch->target = calloc(n + 1, sizeof *scratch->target);
        scratch->touched = malloc((n + 1) * sizeof *scratch->touched);
        scratch->is_touched = calloc(n + 1, sizeof *scratch->is_touched);
        if (!scratch->gram || !scratch->target || !scratch->touched || !scratch->is_touched)
            return false;
    }
    return true;
}

/* The pairs of one event: all of them in S'S (columns from `place` on), later ones in S'T. Returns
 * how many columns of the target are touched then. */
static int32_t count_event(const struct counting *counting, struct count_scratch *scratch,
                           int32_t place, int64_t event, int32_t n_touched)
{
    const struct sequences *sequences = counting->sequences;
    const int64_t begin = sequences->start[counting->user[event]];
    const int64_t last = sequences->start[counting->user[event] + 1] - 1;
    const int64_t from = event - begin > counting->window ? event - counting->window : begin;
    const int64_t to = last - event > counting->window ? event + counting->window : last;

    for (int64_t other = from; other <= to; other++) {
        const int32_t column = counting->items->place[sequences->item[other]];
        const int64_t apart = other > event ? other - event : event - other;
        const int64_t splits = last - (other > event ? other : event);
        if (column < 0) continue;
        if (column >= place)
            scratch->gram[column] += counting->source_weight[apart] * counting->tail[splits];
        if (other <= event) continue;
        scratch->target[column] += counting->target_weight[apart];
        if (!scratch->is_touched[column]) scratch->touched[n_touched++] = column;
        scratch->is_touched[column] = 1;
    }
    return n_touched;
}

static int ascending(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static bool target_rows_reserve(struct target_rows *rows, size_t more)
{
    if (rows->n + more <= rows->capacity) return true;
    const size_t capacity = rows->n + more + rows->capacity / 2;
    int32_t *column = realloc(rows->column, capacity * sizeof *column);
    if (column) rows->column = column;
    float *value = realloc(rows->value, capacity * sizeof *value);
    if (value) rows->value = value;
    if (!column || !value) return false;
    rows->capacity = capacity;
    return true;
}

/* Row `place` of both matrices, out of the scratch, which is clear again. */
static bool count_row(struct counting *counting, struct count_scratch *scratch, int32_t place)
{
    const size_t n = (size_t)counting->items->n;
    float *row = counting->gram + (size_t)place * n;
    struct target_rows *rows = &counting->blocks[place / ROWS_PER_BLOCK];
    int32_t n_touched = 0;

    for (int64_t o = counting->occurrence_start[place]; o < counting->occurrence_start[place + 1];
         o++)
        n_touched = count_event(counting, scratch, place, counting->occurrence[o], n_touched);
    for (size_t c = (size_t)place; c < n; c++) {
        row[c] = (float)scratch->gram[c];
        scratch->gram[c] = 0;
    }
    if (!target_rows_reserve(rows, (size_t)n_touched)) return false;
    qsort(scratch->touched, (size_t)n_touched, sizeof *scratch->touched, ascending);
    for (int32_t i = 0; i < n_touched; i++) {
        const int32_t column = scratch->touched[i];
        rows->column[rows->n] = column;
        rows->value[rows->n++] = (float)scratch->target[column];
        scratch->target[column] = 0;
        scratch->is_touched[column] = 0;
    }
    rows->length[place % ROWS_PER_BLOCK] = n_touched;
    return true;
}

static void count_rows(void *context, size_t begin, size_t end, int worker)
{
    struct counting *counting = context;
    struct target_rows *rows = &counting->blocks[begin / ROWS_PER_BLOCK];

    rows->length = calloc(ROWS_PER_BLOCK, sizeof *rows->length);
    if (!rows->length) atomic_store(&counting->failed, true);
    for (size_t place = begin;
         place < end && !atomic_load(&counting->failed) && !progress_cancelled(counting->progress);
         place++)
        if (!count_row(counting, &counting->scratch[worker], (int32_t)place))
            atomic_store(&counting->failed, true);
}

/* The blocks of S'T as one matrix. */
static bool target_collect(const struct counting *counting, struct sparse *target,
                           struct error *error)
{
    const int32_t n = counting->items->n;
    int64_t entries = 0;

    for (int32_t place = 0; place < n; place += ROWS_PER_BLOCK)
        entries += (int64_t)counting->blocks[place / ROWS_PER_BLOCK].n;
    if (!sparse_init(target, n, n, entries, error)) return false;
    for (int32_t place = 0; place < n; place++) {
        const struct target_rows *rows = &counting->blocks[place / ROWS_PER_BLOCK];
        target->start[place + 1] = target->start[place] + rows->length[place % ROWS_PER_BLOCK];
        if (place % ROWS_PER_BLOCK > 0 || rows->n == 0) continue;
        memcpy(target->column + target->start[place], rows->column, rows->n * sizeof(int32_t));
        memcpy(target->value + target->start[place], rows->value, rows->n * sizeof(float));
    }
    return true;
}

static void counting_fini(struct counting *counting, int threads)
{
    const size_t n = (size_t)counting->items->n;

    for (int t = 0; counting->scratch && t < threads; t++) {
        free(counting->scratch[t].gram);
        free(counting->scratch[t].target);
        free(counting->scratch[t].touched);
        free(counting->scratch[t].is_touched);
    }
    for (size_t b = 0; counting->blocks && b < n / ROWS_PER_BLOCK + 1; b++) {
        free(counting->blocks[b].length);
        free(counting->blocks[b].column);
        free(counting->blocks[b].value);
    }
    free(counting->scratch);
    free(counting->blocks);
    free(counting->occurrence_start);
    free(counting->occurrence);
    free(counting->user);
    free(counting->source_weight);
    free(counting->target_weight);
    free(counting->tail);
}

bool slist_count(const struct dataset *dataset, const struct ease_items *items,
                 const struct slist_settings *settings, int threads, struct progress *progress,
                 struct slist_counts *counts, struct error *error)
{
    struct sequences sequences;
    struct counting counting = { .items = items,
                                 .sequences = &sequences,
                                 .window = settings->window,
                                 .gram = counts->gram,
                                 .progress = progress };
    bool done = false;

    if (!sequences_init(&sequences, dataset, error)) return false;
    if (threads <= 0) threads = parallel_threads();
    atomic_init(&counting.failed, false);
    progress_begin(progress, "counting pairs", items->n);
    if (counting_index(&counting) && counting_weights(&counting, settings) &&
        counting_scratch(&counting, threads)) {
        parallel_for(threads, (size_t)items->n, ROWS_PER_BLOCK, count_rows, &counting, progress);
        if (progress_cancelled(progress))
            error_set(error, ERROR_CANCELLED, "cancelled while counting pairs");
        else if (atomic_load(&counting.failed))
            error_memory(error, "pairs of events");
        else
            done = target_collect(&counting, &counts->target, error);
    } else {
        error_memory(error, "pairs of events");
    }
    counting_fini(&counting, threads);
    sequences_fini(&sequences);
    return done;
}

/* similarity.c - neighbours by cosine: rows in parallel, one dense accumulator a thread.
 *
 * For row a, every entry (a, c) walks column c and adds its product to the accumulator of each row
 * b that shares the column: dot(a, b) for all b in one pass, co-counts beside it. What was touched
 * is listed, turned into similarities, reduced to the best k, and cleared. Sums are double: exact
 * to 1e-6 whatever the strengths. */
#include "aisle/similarity.h"
#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void neighbours_fini(struct neighbours *neighbours)
{
    free(neighbours->start);
    free(neighbours->id);
    free(neighbours->similarity);
    memset(neighbours, 0, sizeof *neighbours);
}

void similarity_norms(const struct sparse *rows, double *norms)
{
    for (int32_t row = 0; row < rows->n_rows; row++) {
        double sum = 0;
        for (int64_t at = rows->start[row]; at < rows->start[row + 1]; at++)
            sum += (double)rows->value[at] * rows->value[at];
        norms[row] = sum;
    }
}

/* |a|^(2 alpha) for a squared norm. */
static double power(double norm, double alpha)
{
    return alpha == 0.5 ? sqrt(norm) : pow(norm, alpha);
}

static double similar(double dot, double own, double other, int32_t common,
                      const struct similarity_options *options)
{
    double denominator = power(own, options->alpha) * power(other, 1 - options->alpha);
    if (!(denominator > 0) || common < options->min_common) return 0;
    double sim = dot / denominator;
    return options->shrinkage > 0 ? sim * common / (common + options->shrinkage) : sim;
}

void similarity_vector(const struct sparse *columns, const double *row_norms, const int32_t *column,
                       const float *value, int32_t n, const struct similarity_options *options,
                       double *sim, int32_t *common)
{
    const int32_t n_rows = columns->n_columns;
    double own = 0;
    int32_t *count = common;
    bool counting = common || options->shrinkage > 0 || options->min_common > 1;
    memset(sim, 0, (size_t)n_rows * sizeof *sim);
    if (counting && !count) count = malloc((size_t)n_rows * sizeof *count);
    if (counting && !count) return; /* no memory: nothing is similar */
    if (count) memset(count, 0, (size_t)n_rows * sizeof *count);
    for (int32_t i = 0; i < n; i++) {
        own += (double)value[i] * value[i];
        if (column[i] >= columns->n_rows) continue;
        for (int64_t at = columns->start[column[i]]; at < columns->start[column[i] + 1]; at++) {
            sim[columns->column[at]] += (double)value[i] * columns->value[at];
            if (count) count[columns->column[at]]++;
        }
    }
    for (int32_t row = 0; row < n_rows; row++)
        if (sim[row] != 0)
            sim[row] = similar(sim[row], own, row_norms[row], count ? count[row] : 1, options);
    if (count != common) free(count);
}

struct found {
    float similarity;
    int32_t id;
};

static int by_rank(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

struct worker {          /* storage of one thread */
    double *dot;         /* (n_rows) zero between rows */
    int32_t *common;     /* (n_rows) */
    int32_t *touched;    /* (n_rows) */
    struct found *found; /* (n_rows) */
};

struct work {
    const struct sparse *rows, *columns;
    const struct similarity_options *options;
    double *norms;
    struct worker workers[64];
    struct found **kept; /* (n_rows) best first */
    int32_t *n_kept;     /* (n_rows) */
    struct progress *progress;
    atomic_bool no_memory;
};

/* Adds row's products into the worker; returns how many rows were touched, -1 when cancelled. */
static int32_t accumulate(const struct work *work, struct worker *own, int32_t row)
{
    const struct sparse *rows = work->rows, *columns = work->columns;
    int32_t n = 0;
    int64_t steps = 0;
    for (int64_t at = rows->start[row]; at < rows->start[row + 1]; at++) {
        const double value = rows->value[at];
        const int32_t column = rows->column[at];
        for (int64_t to = columns->start[column]; to < columns->start[column + 1]; to++) {
            const int32_t other = columns->column[to];
            if (own->common[other]++ == 0) own->touched[n++] = other;
            own->dot[other] += value * columns->value[to];
        }
        steps += columns->start[column + 1] - columns->start[column];
        if (steps > 1000000) {
            steps = 0;
            if (progress_cancelled(work->progress)) return -1;
        }
    }
    return n;
}

/* The k best of found[0..n), in order: partial selection by quickselect, then a sort of what stays.
 */
static int32_t keep_best(struct found *found, int32_t n, int32_t k)
{
    int32_t low = 0, high = n;
    while (n > k && high - low > 1) {
        struct found pivot = found[low + (high - low) / 2];
        int32_t i = low, j = high - 1;
        while (i <= j) {
            while (by_rank(&found[i], &pivot) < 0)
                i++;
            while (by_rank(&found[j], &pivot) > 0)
                j--;
            if (i <= j) {
                struct found swapped = found[i];
                found[i++] = found[j];
                found[j--] = swapped;
            }
        }
        if (k <= j + 1)
            high = j + 1;
        else if (k >= i)
            low = i;
        else
            break;
        if (low == k || high == k) break;
    }
    if (n > k) n = k;
    qsort(found, (size_t)n, sizeof *found, by_rank);
    return n;
}

static void one_row(struct work *work, struct worker *own, int32_t row)
{
    int32_t n = accumulate(work, own, row), kept = 0;
    if (n < 0) return;
    for (int32_t i = 0; i < n; i++) {
        int32_t other = own->touched[i];
        double sim = other == row ? 0
                                  : similar(own->dot[other], work->norms[row], work->norms[other],
                                            own->common[other], work->options);
        own->dot[other] = 0;
        own->common[other] = 0;
        if ((float)sim > 0) own->found[kept++] = (struct found){ (float)sim, other };
    }
    kept = keep_best(own->found, kept, work->options->k);
    work->n_kept[row] = kept;
    if (kept == 0) return;
    work->kept[row] = malloc((size_t)kept * sizeof **work->kept);
    if (!work->kept[row])
        atomic_store(&work->no_memory, true);
    else
        memcpy(work->kept[row], own->found, (size_t)kept * sizeof **work->kept);
}

static void block(void *context, size_t begin, size_t end, int worker)
{
    struct work *work = context;
    struct worker *own = &work->workers[worker];
    const size_t n = (size_t)work->rows->n_rows;
    if (!own->found) {
        own->dot = calloc(n, sizeof *own->dot);
        own->common = calloc(n, sizeof *own->common);
        own->touched = malloc(n * sizeof *own->touched);
        own->found = malloc(n * sizeof *own->found);
    }
    if (!own->dot || !own->common || !own->touched || !own->found) {
        atomic_store(&work->no_memory, true);
        return;
    }
    for (size_t row = begin; row < end && !progress_cancelled(work->progress); row++)
        one_row(work, own, (int32_t)row);
}

static bool gather(const struct work *work, struct neighbours *out, struct error *error)
{
    const int32_t n = work->rows->n_rows;
    out->n_rows = n;
    out->start = calloc((size_t)n + 1, sizeof *out->start);
    if (!out->start) return error_memory(error, "neighbours");
    for (int32_t row = 0; row < n; row++)
        out->start[row + 1] = out->start[row] + work->n_kept[row];
    const size_t total = (size_t)out->start[n];
    out->id = malloc((total + 1) * sizeof *out->id);
    out->similarity = malloc((total + 1) * sizeof *out->similarity);
    if (!out->id || !out->similarity) return error_memory(error, "neighbours");
    for (int32_t row = 0; row < n; row++)
        for (int32_t i = 0; i < work->n_kept[row]; i++) {
            out->id[out->start[row] + i] = work->kept[row][i].id;
            out->similarity[out->start[row] + i] = work->kept[row][i].similarity;
        }
    return true;
}

bool similarity_all(const struct sparse *rows, const struct sparse *columns,
                    const struct similarity_options *options, int threads,
                    struct progress *progress, struct neighbours *out, struct error *error)
{
    const size_t n = (size_t)rows->n_rows;
    bool done = false;
    struct work work = {
        .rows = rows, .columns = columns, .options = options, .progress = progress
    };
    memset(out, 0, sizeof *out);
    work.norms = malloc((n + 1) * sizeof *work.norms);
    work.kept = calloc(n + 1, sizeof *work.kept);
    work.n_kept = calloc(n + 1, sizeof *work.n_kept);
    if (!work.norms || !work.kept || !work.n_kept) {
        error_memory(error, "neighbours");
        goto out;
    }
    similarity_norms(rows, work.norms);
    progress_begin(progress, "similarities", rows->n_rows);
    if (!parallel_for(threads, n, 16, block, &work, progress) || progress_cancelled(progress))
        error_set(error, ERROR_CANCELLED, "cancelled");
    else if (atomic_load(&work.no_memory))
        error_memory(error, "neighbours");
    else
        done = gather(&work, out, error);
out:
    if (!done) neighbours_fini(out);
    for (int i = 0; i < 64; i++) {
        free(work.workers[i].dot);
        free(work.workers[i].common);
        free(work.workers[i].touched);
        free(work.workers[i].found);
    }
    for (size_t row = 0; work.kept && row < n; row++)
        free(work.kept[row]);
    free(work.norms);
    free(work.kept);
    free(work.n_kept);
    return done;
}

int64_t similarity_memory(const struct sparse *rows, int32_t k, int threads)
{
    const int64_t n = rows->n_rows, most = k < n ? k : n - 1;
    if (threads <= 0) threads = parallel_threads();
    /* Lists while they are made and once more when gathered, norms, one worker a thread. */
    return n * most * 16 + n * 36 + (int64_t)threads * n * 24;
}

/* similarity_incremental.c - neighbours updated incrementally after changes of a few rows.
 *
 * A similarity depends on its two rows alone. So when some rows change, their lists are recomputed;
 * in every other list only the changed rows move, and all that is not listed stays below the last
 * one listed. SPARE more than k are stored of each row: what sinks below the last stored one is cut
 * off, and only a list with fewer than k left is recomputed. Lists equal those of similarity_all(),
 * bit by bit: sums run over the same columns in the same order. */
#include "similarity_private.h"
#include "top_k_heap.h"

#include "aisle/parallel.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 16, SHARE_MAX = 6 /* of the products, above which all is recomputed */ };

struct candidate { /* a changed row beside another */
    int32_t row;
    struct scored scored; /* .id is the changed one */
};

struct incremental_update {
    const struct sparse *rows, *columns;
    const struct similarity_options *options;
    const struct similarity_incremental *old;
    struct similarity_incremental *out;
    double *left, *right;
    double *sum;      /* (n_rows) all 0 between rows */
    int32_t *common;  /* (n_rows) */
    uint8_t *changed; /* (n_rows) */
    struct candidate *candidates;
    int64_t *first; /* (n_rows + 1) of each row's candidates */
    int64_t n, capacity;
    int32_t *again; /* rows to recompute */
    int32_t n_again;
    struct progress *progress;
};

void similarity_incremental_fini(struct similarity_incremental *incremental)
{
    free(incremental->length);
    free(incremental->complete);
    free(incremental->id);
    free(incremental->similarity);
    free(incremental->norms);
    *incremental = (struct similarity_incremental){ 0 };
}

static bool reserve(struct similarity_incremental *incremental, int32_t n_rows, int32_t k)
{
    const size_t n = (size_t)n_rows + 1;
    *incremental = (struct similarity_incremental){ .n_rows = n_rows, .k = k };
    incremental->capacity = k > n_rows - SPARE ? n_rows : k + SPARE;
    if (incremental->capacity < 1) incremental->capacity = 1;
    incremental->length = calloc(n, sizeof *incremental->length);
    incremental->complete = calloc(n, sizeof *incremental->complete);
    incremental->id = malloc(n * (size_t)incremental->capacity * sizeof *incremental->id);
    incremental->similarity =
        malloc(n * (size_t)incremental->capacity * sizeof *incremental->similarity);
    incremental->norms = malloc(n * sizeof *incremental->norms);
    return incremental->norms && incremental->length && incremental->complete && incremental->id &&
           incremental->similarity;
}

static void take_list(struct similarity_incremental *incremental, int32_t row, const int32_t *id,
                      const float *similarity, int32_t n)
{
    const size_t at = (size_t)row * (size_t)incremental->capacity;
    memcpy(incremental->id + at, id, (size_t)n * sizeof *id);
    memcpy(incremental->similarity + at, similarity, (size_t)n * sizeof *similarity);
    incremental->length[row] = n;
    incremental->complete[row] = n < incremental->capacity; /* all of them */
}

bool similarity_incremental_build(const struct sparse *rows, const struct sparse *columns,
                                  const struct similarity_options *options, int threads,
                                  struct progress *progress, struct similarity_incremental *out,
                                  struct error *error)
{
    struct similarity_options wider = *options;
    struct neighbours all = { 0 };
    if (!reserve(out, rows->n_rows, options->k)) {
        similarity_incremental_fini(out);
        return error_memory(error, "neighbours");
    }
    wider.k = out->capacity;
    similarity_norms(rows, out->norms);
    if (!similarity_all(rows, columns, &wider, threads, progress, &all, error)) {
        similarity_incremental_fini(out);
        return false;
    }
    for (int32_t row = 0; row < rows->n_rows; row++)
        take_list(out, row, all.id + all.start[row], all.similarity + all.start[row],
                  (int32_t)(all.start[row + 1] - all.start[row]));
    neighbours_fini(&all);
    return true;
}

bool similarity_incremental_top_k(const struct similarity_incremental *incremental,
                                  struct neighbours *out, struct error *error)
{
    const size_t n = (size_t)incremental->n_rows;
    int64_t total = 0;
    *out = (struct neighbours){ .n_rows = incremental->n_rows };
    for (size_t row = 0; row < n; row++)
        total +=
            incremental->length[row] < incremental->k ? incremental->length[row] : incremental->k;
    out->start = malloc((n + 1) * sizeof *out->start);
    out->id = malloc(((size_t)total + 1) * sizeof *out->id);
    out->similarity = malloc(((size_t)total + 1) * sizeof *out->similarity);
    if (!out->start || !out->id || !out->similarity) {
        neighbours_fini(out);
        return error_memory(error, "neighbours");
    }
    int64_t at = 0;
    for (size_t row = 0; row < n; row++) {
        const int32_t scored =
            incremental->length[row] < incremental->k ? incremental->length[row] : incremental->k;
        out->start[row] = at;
        memcpy(out->id + at, incremental->id + row * (size_t)incremental->capacity,
               (size_t)scored * sizeof *out->id);
        memcpy(out->similarity + at, incremental->similarity + row * (size_t)incremental->capacity,
               (size_t)scored * sizeof *out->similarity);
        at += scored;
    }
    out->start[n] = at;
    return true;
}

/* ------------------------------------------------------------------------- products of one row */

static void add_row(const struct incremental_update *work, int32_t row, double *sum,
                    int32_t *common)
{
    const struct sparse *rows = work->rows, *columns = work->columns;
    for (int64_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
        const double weight = (double)rows->value[i];
        const int64_t end = columns->start[rows->column[i] + 1];
        for (int64_t at = columns->start[rows->column[i]]; at < end; at++) {
            sum[columns->column[at]] += weight * (double)columns->value[at];
            if (common) common[columns->column[at]]++;
        }
    }
}

static float similarity_of(const struct incremental_update *work, int32_t row, int32_t other,
                           double sum, int32_t common)
{
    double similarity = sum * (work->left[row] * work->right[other]);
    if (work->common) similarity *= similarity_confidence(work->options, common);
    return row == other ? 0 : (float)similarity;
}

struct update_scratch { /* one thread's scratch buffers */
    double *sum;
    int32_t *common, *id, *best;
    float *similarity;
};

static void scratch_fini(struct update_scratch *update_scratch)
{
    free(update_scratch->sum);
    free(update_scratch->common);
    free(update_scratch->id);
    free(update_scratch->best);
    free(update_scratch->similarity);
}

static bool scratch_init(struct update_scratch *update_scratch, int32_t n_rows, bool counted)
{
    const size_t n = (size_t)n_rows + 1;
    update_scratch->sum = calloc(n, sizeof *update_scratch->sum);
    update_scratch->common = counted ? calloc(n, sizeof *update_scratch->common) : NULL;
    update_scratch->id = malloc(n * sizeof *update_scratch->id);
    update_scratch->best = malloc(n * sizeof *update_scratch->best);
    update_scratch->similarity = malloc(n * sizeof *update_scratch->similarity);
    return update_scratch->sum && (!counted || update_scratch->common) && update_scratch->id &&
           update_scratch->best && update_scratch->similarity;
}

/* Recomputes a whole list. */
static void recompute_row(const struct incremental_update *work,
                          struct update_scratch *update_scratch, int32_t row)
{
    struct similarity_incremental *out = work->out;
    int32_t n = 0;
    add_row(work, row, update_scratch->sum, update_scratch->common);
    for (int32_t other = 0; other < out->n_rows; other++) {
        if (update_scratch->sum[other] == 0) continue;
        const int32_t common = update_scratch->common ? update_scratch->common[other] : 0;
        update_scratch->similarity[n] =
            similarity_of(work, row, other, update_scratch->sum[other], common);
        update_scratch->id[n] = other;
        n += update_scratch->similarity[n] > 0;
        update_scratch->sum[other] = 0;
        if (update_scratch->common) update_scratch->common[other] = 0;
    }
    const int32_t scored =
        top_k(update_scratch->similarity, n, out->capacity, update_scratch->best);
    const size_t at = (size_t)row * (size_t)out->capacity;
    for (int32_t i = 0; i < scored; i++) {
        out->id[at + (size_t)i] = update_scratch->id[update_scratch->best[i]];
        out->similarity[at + (size_t)i] = update_scratch->similarity[update_scratch->best[i]];
    }
    out->length[row] = scored;
    out->complete[row] = scored < out->capacity;
}

struct recomputation {
    const struct incremental_update *work;
    struct update_scratch *update_scratches;
};

static void recompute_rows(void *context, size_t begin, size_t end, int worker)
{
    const struct recomputation *recomputation = context;
    for (size_t i = begin; i < end; i++)
        recompute_row(recomputation->work, &recomputation->update_scratches[worker],
                      recomputation->work->again[i]);
}

static bool recompute_all(struct incremental_update *work, int threads)
{
    struct recomputation recomputation = { .work = work };
    bool made = true;
    if (work->n_again == 0) return true;
    if (threads <= 0) threads = parallel_threads();
    if (threads > work->n_again) threads = work->n_again;
    recomputation.update_scratches =
        calloc((size_t)threads, sizeof *recomputation.update_scratches);
    for (int t = 0; recomputation.update_scratches && t < threads; t++)
        made = made && scratch_init(&recomputation.update_scratches[t], work->out->n_rows,
                                    work->common != NULL);
    made = made && recomputation.update_scratches &&
           parallel_for(threads, (size_t)work->n_again, 1, recompute_rows, &recomputation,
                        work->progress);
    for (int t = 0; recomputation.update_scratches && t < threads; t++)
        scratch_fini(&recomputation.update_scratches[t]);
    free(recomputation.update_scratches);
    return made;
}

/* --------------------------------------------------------------------------------- candidates */

/* Pairs of the changed row with every row that shares a column. */
static bool find_candidates(struct incremental_update *work, int32_t changed)
{
    add_row(work, changed, work->sum, work->common);
    for (int32_t row = 0; row < work->rows->n_rows; row++) {
        if (work->sum[row] == 0) continue;
        const int32_t common = work->common ? work->common[row] : 0;
        const float similarity = similarity_of(work, row, changed, work->sum[row], common);
        work->sum[row] = 0;
        if (work->common) work->common[row] = 0;
        if (work->changed[row] || !(similarity > 0)) continue;
        if (work->n == work->capacity) {
            int64_t capacity = work->capacity ? work->capacity * 2 : 4096;
            struct candidate *grown = realloc(work->candidates, (size_t)capacity * sizeof *grown);
            if (!grown) return false;
            work->candidates = grown;
            work->capacity = capacity;
        }
        work->candidates[work->n++] =
            (struct candidate){ row, { .score = similarity, .id = changed } };
    }
    return true;
}

/* Candidates by row: a counting sort. */
static bool sort_candidates(struct incremental_update *work)
{
    const size_t n = (size_t)work->rows->n_rows;
    struct candidate *sorted = malloc(((size_t)work->n + 1) * sizeof *sorted);
    if (!sorted) return false;
    for (int64_t c = 0; c < work->n; c++)
        work->first[work->candidates[c].row + 1]++;
    for (size_t row = 0; row < n; row++)
        work->first[row + 1] += work->first[row];
    for (int64_t c = work->n; c-- > 0;) /* from the end: first[row + 1] is where row's end is */
        sorted[--work->first[work->candidates[c].row + 1]] = work->candidates[c];
    /* Now first[row + 1] is where row begins: move down by one. */
    for (size_t row = 0; row < n; row++)
        work->first[row] = work->first[row + 1];
    work->first[n] = work->n;
    free(work->candidates);
    work->candidates = sorted;
    return true;
}

static int better_first(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;
    return scored_worse(*a, *b) ? 1 : scored_worse(*b, *a) ? -1 : 0;
}

/* The row's candidates into its list, which is in order; returns how long it is then. */
static int32_t insert(const struct incremental_update *work, int32_t row, struct scored *merged,
                      int32_t n)
{
    enum { FEW = 12 }; /* for more, sorting is less work */
    const int64_t begin = work->first[row], end = work->first[row + 1];
    const bool few = end - begin <= FEW;
    for (int64_t c = begin; c < end; c++) {
        int32_t to = n++;
        for (; few && to > 0 && scored_worse(merged[to - 1], work->candidates[c].scored); to--)
            merged[to] = merged[to - 1];
        merged[to] = work->candidates[c].scored;
    }
    if (!few) qsort(merged, (size_t)n, sizeof *merged, better_first);
    return n;
}

/* One row that did not change, beside rows that did; `merged` has capacity for list and candidates.
 * False when its list must be recomputed. */
static bool update_row(struct incremental_update *work, int32_t row, struct scored *merged)
{
    const struct similarity_incremental *old = work->old;
    struct similarity_incremental *out = work->out;
    const size_t from = (size_t)row * (size_t)old->capacity,
                 at = (size_t)row * (size_t)out->capacity;
    const int32_t length = old->length[row];
    const bool complete = old->complete[row];
    int32_t n = 0;
    for (int32_t i = 0; i < length; i++)
        if (!work->changed[old->id[from + (size_t)i]])
            merged[n++] = (struct scored){ .score = old->similarity[from + (size_t)i],
                                           .id = old->id[from + (size_t)i] };
    n = insert(work, row, merged, n);
    if (!complete && length > 0) { /* what is not listed ranks below the last that was */
        const struct scored last = { .score = old->similarity[from + (size_t)length - 1],
                                     .id = old->id[from + (size_t)length - 1] };
        while (n > 0 && scored_worse(merged[n - 1], last))
            n--;
    }
    out->complete[row] = complete && n <= out->capacity;
    if (n > out->capacity) n = out->capacity;
    if (!out->complete[row] && n < out->k) return false;
    for (int32_t i = 0; i < n; i++) {
        out->id[at + (size_t)i] = merged[i].id;
        out->similarity[at + (size_t)i] = merged[i].score;
    }
    out->length[row] = n;
    return true;
}

static bool update_rows(struct incremental_update *work)
{
    struct scored *merged = NULL;
    int64_t max = 0;
    for (int32_t row = 0; row < work->rows->n_rows; row++)
        if (work->first[row + 1] - work->first[row] > max)
            max = work->first[row + 1] - work->first[row];
    merged = malloc(((size_t)max + (size_t)work->old->capacity + 1) * sizeof *merged);
    if (!merged) return false;
    for (int32_t row = 0; row < work->rows->n_rows; row++)
        if (work->changed[row] || !update_row(work, row, merged))
            work->again[work->n_again++] = row;
    free(merged);
    return true;
}

/* ----------------------------------------------------------------------------------- the whole */

/* Products that the changed rows take part in, and all. */
static bool is_small(const struct sparse *rows, const struct sparse *columns,
                     const int32_t *changed, int32_t n_changed)
{
    double all = 0, some = 0;
    for (int32_t c = 0; c < columns->n_rows; c++) {
        const double n = (double)(columns->start[c + 1] - columns->start[c]);
        all += n * n;
    }
    for (int32_t i = 0; i < n_changed; i++)
        for (int64_t at = rows->start[changed[i]]; at < rows->start[changed[i] + 1]; at++)
            some +=
                (double)(columns->start[rows->column[at] + 1] - columns->start[rows->column[at]]);
    return some * SHARE_MAX < all;
}

static bool set_up(struct incremental_update *work, const int32_t *changed, int32_t n_changed)
{
    const size_t n = (size_t)work->rows->n_rows + 1;
    const double alpha = work->options->alpha;
    const bool counted = work->options->min_common > 1 || work->options->shrinkage > 0;
    work->left = malloc(n * sizeof *work->left);
    work->right = malloc(n * sizeof *work->right);
    work->sum = calloc(n, sizeof *work->sum);
    work->common = counted ? calloc(n, sizeof *work->common) : NULL;
    work->changed = calloc(n, sizeof *work->changed);
    work->first = calloc(n + 1, sizeof *work->first);
    work->again = malloc(n * sizeof *work->again);
    if (!work->left || !work->right || !work->sum || (counted && !work->common) || !work->changed ||
        !work->first || !work->again)
        return false;
    if (!reserve(work->out, work->rows->n_rows, work->options->k)) return false;
    memcpy(work->out->norms, work->old->norms, (size_t)work->old->n_rows * sizeof(double));
    for (int32_t i = 0; i < n_changed; i++) {
        work->changed[changed[i]] = 1;
        work->out->norms[changed[i]] = similarity_norm(work->rows, changed[i]);
    }
    for (size_t row = 0; row + 1 < n; row++) {
        work->right[row] = similarity_factor(work->out->norms[row], 1 - alpha);
        work->left[row] = similarity_factor(work->out->norms[row], alpha);
    }
    return true;
}

bool similarity_incremental_update(const struct similarity_incremental *old,
                                   const struct sparse *rows, const struct sparse *columns,
                                   const struct similarity_options *options, const int32_t *changed,
                                   int32_t n_changed, int threads, struct progress *progress,
                                   struct similarity_incremental *out, struct error *error)
{
    struct incremental_update work = { .rows = rows,
                                       .columns = columns,
                                       .options = options,
                                       .old = old,
                                       .out = out,
                                       .progress = progress };
    *out = (struct similarity_incremental){ 0 };
    if (!is_small(rows, columns, changed, n_changed))
        return similarity_incremental_build(rows, columns, options, threads, progress, out, error);
    bool done = set_up(&work, changed, n_changed);
    for (int32_t i = 0; done && i < n_changed; i++)
        done = !progress_cancelled(progress) && find_candidates(&work, changed[i]);
    done = done && sort_candidates(&work) && update_rows(&work) && recompute_all(&work, threads);
    free(work.left);
    free(work.right);
    free(work.sum);
    free(work.common);
    free(work.changed);
    free(work.candidates);
    free(work.first);
    free(work.again);
    if (done) return true;
    similarity_incremental_fini(out);
    if (progress_cancelled(progress))
        return error_set(error, ERROR_CANCELLED, "cancelled while neighbours followed");
    return error_memory(error, "neighbours");
}

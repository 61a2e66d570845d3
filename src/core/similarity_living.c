/* similarity_living.c - neighbours that follow changes of a few rows.
 *
 * A similarity depends on its two rows alone. So when some rows change, their lists are made anew;
 * in every other list only the changed rows move, and all that is not listed stays behind the last
 * one listed. SPARE more than k are kept of each row: what sinks below the last known place is cut
 * off, and only a list that has fewer than k left is made anew. Lists equal those of
 * similarity_all(), bit by bit: sums run over the same columns in the same order. */
#include "kept.h"
#include "similarity_private.h"

#include "aisle/parallel.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 16, MOST_SHARE = 6 /* of the products, above which all is made anew */ };

struct candidate { /* a changed row beside another */
    int32_t row;
    struct kept kept; /* .id is the changed one */
};

struct following {
    const struct sparse *rows, *columns;
    const struct similarity_options *options;
    const struct similarity_living *old;
    struct similarity_living *out;
    double *left, *right;
    double *sum;      /* (n_rows) all 0 between rows */
    int32_t *common;  /* (n_rows) */
    uint8_t *changed; /* (n_rows) */
    struct candidate *candidates;
    int64_t *first; /* (n_rows + 1) of each row's candidates */
    int64_t n, room;
    int32_t *again; /* rows to be made anew */
    int32_t n_again;
    struct progress *progress;
};

void similarity_living_fini(struct similarity_living *living)
{
    free(living->length);
    free(living->complete);
    free(living->id);
    free(living->similarity);
    free(living->norms);
    *living = (struct similarity_living){ 0 };
}

static bool make_room(struct similarity_living *living, int32_t n_rows, int32_t k)
{
    const size_t n = (size_t)n_rows + 1;
    *living = (struct similarity_living){ .n_rows = n_rows, .k = k };
    living->room = k > n_rows - SPARE ? n_rows : k + SPARE;
    if (living->room < 1) living->room = 1;
    living->length = calloc(n, sizeof *living->length);
    living->complete = calloc(n, sizeof *living->complete);
    living->id = malloc(n * (size_t)living->room * sizeof *living->id);
    living->similarity = malloc(n * (size_t)living->room * sizeof *living->similarity);
    living->norms = malloc(n * sizeof *living->norms);
    return living->norms && living->length && living->complete && living->id && living->similarity;
}

static void take_list(struct similarity_living *living, int32_t row, const int32_t *id,
                      const float *similarity, int32_t n)
{
    const size_t at = (size_t)row * (size_t)living->room;
    memcpy(living->id + at, id, (size_t)n * sizeof *id);
    memcpy(living->similarity + at, similarity, (size_t)n * sizeof *similarity);
    living->length[row] = n;
    living->complete[row] = n < living->room; /* there were no more */
}

bool similarity_living_make(const struct sparse *rows, const struct sparse *columns,
                            const struct similarity_options *options, int threads,
                            struct progress *progress, struct similarity_living *out,
                            struct error *error)
{
    struct similarity_options wider = *options;
    struct neighbours all = { 0 };
    if (!make_room(out, rows->n_rows, options->k)) {
        similarity_living_fini(out);
        return error_memory(error, "neighbours");
    }
    wider.k = out->room;
    similarity_norms(rows, out->norms);
    if (!similarity_all(rows, columns, &wider, threads, progress, &all, error)) {
        similarity_living_fini(out);
        return false;
    }
    for (int32_t row = 0; row < rows->n_rows; row++)
        take_list(out, row, all.id + all.start[row], all.similarity + all.start[row],
                  (int32_t)(all.start[row + 1] - all.start[row]));
    neighbours_fini(&all);
    return true;
}

bool similarity_living_take(const struct similarity_living *living, struct neighbours *out,
                            struct error *error)
{
    const size_t n = (size_t)living->n_rows;
    int64_t total = 0;
    *out = (struct neighbours){ .n_rows = living->n_rows };
    for (size_t row = 0; row < n; row++)
        total += living->length[row] < living->k ? living->length[row] : living->k;
    out->start = malloc((n + 1) * sizeof *out->start);
    out->id = malloc(((size_t)total + 1) * sizeof *out->id);
    out->similarity = malloc(((size_t)total + 1) * sizeof *out->similarity);
    if (!out->start || !out->id || !out->similarity) {
        neighbours_fini(out);
        return error_memory(error, "neighbours");
    }
    int64_t at = 0;
    for (size_t row = 0; row < n; row++) {
        const int32_t kept = living->length[row] < living->k ? living->length[row] : living->k;
        out->start[row] = at;
        memcpy(out->id + at, living->id + row * (size_t)living->room,
               (size_t)kept * sizeof *out->id);
        memcpy(out->similarity + at, living->similarity + row * (size_t)living->room,
               (size_t)kept * sizeof *out->similarity);
        at += kept;
    }
    out->start[n] = at;
    return true;
}

/* ------------------------------------------------------------------------- products of one row */

static void add_row(const struct following *work, int32_t row, double *sum, int32_t *common)
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

static float similarity_of(const struct following *work, int32_t row, int32_t other, double sum,
                           int32_t common)
{
    double similarity = sum * (work->left[row] * work->right[other]);
    if (work->common) similarity *= similarity_confidence(work->options, common);
    return row == other ? 0 : (float)similarity;
}

struct desk { /* what one thread makes lists with */
    double *sum;
    int32_t *common, *id, *best;
    float *similarity;
};

static void clear_desk(struct desk *desk)
{
    free(desk->sum);
    free(desk->common);
    free(desk->id);
    free(desk->best);
    free(desk->similarity);
}

static bool make_desk(struct desk *desk, int32_t n_rows, bool counted)
{
    const size_t n = (size_t)n_rows + 1;
    desk->sum = calloc(n, sizeof *desk->sum);
    desk->common = counted ? calloc(n, sizeof *desk->common) : NULL;
    desk->id = malloc(n * sizeof *desk->id);
    desk->best = malloc(n * sizeof *desk->best);
    desk->similarity = malloc(n * sizeof *desk->similarity);
    return desk->sum && (!counted || desk->common) && desk->id && desk->best && desk->similarity;
}

/* A whole list anew. */
static void remake(const struct following *work, struct desk *desk, int32_t row)
{
    struct similarity_living *out = work->out;
    int32_t n = 0;
    add_row(work, row, desk->sum, desk->common);
    for (int32_t other = 0; other < out->n_rows; other++) {
        if (desk->sum[other] == 0) continue;
        const int32_t common = desk->common ? desk->common[other] : 0;
        desk->similarity[n] = similarity_of(work, row, other, desk->sum[other], common);
        desk->id[n] = other;
        n += desk->similarity[n] > 0;
        desk->sum[other] = 0;
        if (desk->common) desk->common[other] = 0;
    }
    const int32_t kept = top_k(desk->similarity, n, out->room, desk->best);
    const size_t at = (size_t)row * (size_t)out->room;
    for (int32_t i = 0; i < kept; i++) {
        out->id[at + (size_t)i] = desk->id[desk->best[i]];
        out->similarity[at + (size_t)i] = desk->similarity[desk->best[i]];
    }
    out->length[row] = kept;
    out->complete[row] = kept < out->room;
}

struct remaking {
    const struct following *work;
    struct desk *desks;
};

static void remake_rows(void *context, size_t begin, size_t end, int worker)
{
    const struct remaking *remaking = context;
    for (size_t i = begin; i < end; i++)
        remake(remaking->work, &remaking->desks[worker], remaking->work->again[i]);
}

static bool remake_all(struct following *work, int threads)
{
    struct remaking remaking = { .work = work };
    bool made = true;
    if (work->n_again == 0) return true;
    if (threads <= 0) threads = parallel_threads();
    if (threads > work->n_again) threads = work->n_again;
    remaking.desks = calloc((size_t)threads, sizeof *remaking.desks);
    for (int t = 0; remaking.desks && t < threads; t++)
        made = made && make_desk(&remaking.desks[t], work->out->n_rows, work->common != NULL);
    made = made && remaking.desks &&
           parallel_for(threads, (size_t)work->n_again, 1, remake_rows, &remaking, work->progress);
    for (int t = 0; remaking.desks && t < threads; t++)
        clear_desk(&remaking.desks[t]);
    free(remaking.desks);
    return made;
}

/* --------------------------------------------------------------------------------- what moves */

/* The changed row beside every other that has something in common with it. */
static bool find_candidates(struct following *work, int32_t changed)
{
    add_row(work, changed, work->sum, work->common);
    for (int32_t row = 0; row < work->rows->n_rows; row++) {
        if (work->sum[row] == 0) continue;
        const int32_t common = work->common ? work->common[row] : 0;
        const float similarity = similarity_of(work, row, changed, work->sum[row], common);
        work->sum[row] = 0;
        if (work->common) work->common[row] = 0;
        if (work->changed[row] || !(similarity > 0)) continue;
        if (work->n == work->room) {
            int64_t room = work->room ? work->room * 2 : 4096;
            struct candidate *grown = realloc(work->candidates, (size_t)room * sizeof *grown);
            if (!grown) return false;
            work->candidates = grown;
            work->room = room;
        }
        work->candidates[work->n++] =
            (struct candidate){ row, { .score = similarity, .id = changed } };
    }
    return true;
}

/* Candidates by row: a counting sort. */
static bool sort_candidates(struct following *work)
{
    const size_t n = (size_t)work->rows->n_rows;
    struct candidate *sorted = malloc(((size_t)work->n + 1) * sizeof *sorted);
    if (!sorted) return false;
    for (int64_t c = 0; c < work->n; c++)
        work->first[work->candidates[c].row + 1]++;
    for (size_t row = 0; row < n; row++)
        work->first[row + 1] += work->first[row];
    for (int64_t c = work->n; c-- > 0;) /* from behind: first[row + 1] is where row's end is */
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
    const struct kept *a = left, *b = right;
    return kept_worse(*a, *b) ? 1 : kept_worse(*b, *a) ? -1 : 0;
}

/* The row's candidates into its list, which is in order; returns how long it is then. */
static int32_t insert(const struct following *work, int32_t row, struct kept *merged, int32_t n)
{
    enum { FEW = 12 }; /* for more, sorting is less work */
    const int64_t begin = work->first[row], end = work->first[row + 1];
    const bool few = end - begin <= FEW;
    for (int64_t c = begin; c < end; c++) {
        int32_t to = n++;
        for (; few && to > 0 && kept_worse(merged[to - 1], work->candidates[c].kept); to--)
            merged[to] = merged[to - 1];
        merged[to] = work->candidates[c].kept;
    }
    if (!few) qsort(merged, (size_t)n, sizeof *merged, better_first);
    return n;
}

/* One row that did not change, beside rows that did; `merged` has room for list and candidates.
 * False when its list must be made anew. */
static bool move(struct following *work, int32_t row, struct kept *merged)
{
    const struct similarity_living *old = work->old;
    struct similarity_living *out = work->out;
    const size_t from = (size_t)row * (size_t)old->room, at = (size_t)row * (size_t)out->room;
    const int32_t length = old->length[row];
    const bool complete = old->complete[row];
    int32_t n = 0;
    for (int32_t i = 0; i < length; i++)
        if (!work->changed[old->id[from + (size_t)i]])
            merged[n++] = (struct kept){ .score = old->similarity[from + (size_t)i],
                                         .id = old->id[from + (size_t)i] };
    n = insert(work, row, merged, n);
    if (!complete && length > 0) { /* what is not listed stands behind the last that was */
        const struct kept last = { .score = old->similarity[from + (size_t)length - 1],
                                   .id = old->id[from + (size_t)length - 1] };
        while (n > 0 && kept_worse(merged[n - 1], last))
            n--;
    }
    out->complete[row] = complete && n <= out->room;
    if (n > out->room) n = out->room;
    if (!out->complete[row] && n < out->k) return false;
    for (int32_t i = 0; i < n; i++) {
        out->id[at + (size_t)i] = merged[i].id;
        out->similarity[at + (size_t)i] = merged[i].score;
    }
    out->length[row] = n;
    return true;
}

static bool move_all(struct following *work)
{
    struct kept *merged = NULL;
    int64_t most = 0;
    for (int32_t row = 0; row < work->rows->n_rows; row++)
        if (work->first[row + 1] - work->first[row] > most)
            most = work->first[row + 1] - work->first[row];
    merged = malloc(((size_t)most + (size_t)work->old->room + 1) * sizeof *merged);
    if (!merged) return false;
    for (int32_t row = 0; row < work->rows->n_rows; row++)
        if (work->changed[row] || !move(work, row, merged)) work->again[work->n_again++] = row;
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
    return some * MOST_SHARE < all;
}

static bool set_up(struct following *work, const int32_t *changed, int32_t n_changed)
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
    if (!make_room(work->out, work->rows->n_rows, work->options->k)) return false;
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

bool similarity_living_follow(const struct similarity_living *old, const struct sparse *rows,
                              const struct sparse *columns,
                              const struct similarity_options *options, const int32_t *changed,
                              int32_t n_changed, int threads, struct progress *progress,
                              struct similarity_living *out, struct error *error)
{
    struct following work = { .rows = rows,
                              .columns = columns,
                              .options = options,
                              .old = old,
                              .out = out,
                              .progress = progress };
    *out = (struct similarity_living){ 0 };
    if (!is_small(rows, columns, changed, n_changed))
        return similarity_living_make(rows, columns, options, threads, progress, out, error);
    bool done = set_up(&work, changed, n_changed);
    for (int32_t i = 0; done && i < n_changed; i++)
        done = !progress_cancelled(progress) && find_candidates(&work, changed[i]);
    done = done && sort_candidates(&work) && move_all(&work) && remake_all(&work, threads);
    free(work.left);
    free(work.right);
    free(work.sum);
    free(work.common);
    free(work.changed);
    free(work.candidates);
    free(work.first);
    free(work.again);
    if (done) return true;
    similarity_living_fini(out);
    if (progress_cancelled(progress))
        return error_set(error, ERROR_CANCELLED, "cancelled while neighbours followed");
    return error_memory(error, "neighbours");
}

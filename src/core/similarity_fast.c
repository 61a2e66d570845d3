/* similarity_fast.c - the layout, the threads and what they keep; similarity_fast.h has the ideas.
 */
#include "similarity_fast.h"

#include "top_k_keys.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    K_MAX = 256,      /* neighbours a row: above this, buffers a thread would be too much memory */
    ROWS_A_BLOCK = 8, /* the first rows have most of the work */
    ENTRIES_A_CHUNK = 512, /* of a row, between two tests of the cancel flag */
    LABELS_A_CHUNK = 1024, /* scanned between two updates of the thresholds */
    DENSE = 6,             /* an entry on its own costs as much as so many in order */
    DENSE_MIN = 64,        /* minimum saving that pays */
    MORE = 4,              /* above 1 is at most one entry in so many: these are stored apart */
    SPARSE = 16,           /* fewer sums than one label in so many: go by columns */
};

/* Approximate similarities are this much too low at most, relatively. */
static const float slack = 1e-6f;
/* The threshold of a row that still takes anything: above 0, below every similarity. */
static const float anything = 1e-30f;

/* One thread's candidates: of each label the best k, and some that came since. */
struct best {
    uint64_t *key;  /* (n, capacity) */
    int32_t *size;  /* (n) */
    float *min;     /* (n) threshold, slack taken off */
    int32_t *sum;   /* (n) all 0 between rows, in unit squared */
    int32_t *found; /* (LABELS_A_CHUNK) */
    int32_t *dot;   /* (LABELS_A_CHUNK) */
};

struct fast {
    const struct similarity_job *job;
    struct similarity_layout layout;
    double *factor; /* (n) by label */
    float *inverse; /* (n) the same times unit, rounded */
    similarity_scan *scan;
    similarity_add *add;
    struct best *best; /* (threads) */
    int threads;
    struct neighbours *out;
};

/* -------------------------------------------------------------------------------- does the fast
 * path apply? */

/* The unit that all values are whole numbers of, 1 or 0.5, where no sum of products reaches 2^24
 * units squared; else 0. */
static float unit_of(const struct sparse *rows, const double *norms)
{
    bool integers = true, halves = true;
    double max = 0;

    for (int64_t i = 0, n = sparse_entries(rows); i < n && halves; i++) {
        float twice = 2 * rows->value[i];
        if (!(rows->value[i] > 0)) return 0;
        halves = twice < 16777216.0f && twice == (float)(int32_t)twice;
        integers = integers && halves && (int32_t)twice % 2 == 0;
    }
    for (int32_t row = 0; row < rows->n_rows; row++)
        max = fmax(max, norms[row]);
    if (!halves || !(max < (integers ? 16777216.0 : 4194304.0))) return 0;
    return integers ? 1.0f : 0.5f;
}

bool similarity_fast_fits(const struct similarity_options *options, const struct sparse *rows)
{
    const int32_t scored = options->k < rows->n_rows ? options->k : rows->n_rows;

    return options->alpha == 0.5 && options->min_common <= 1 && !(options->shrinkage > 0) &&
           scored <= K_MAX && scored > 0 && sparse_entries(rows) < UINT32_MAX;
}

float similarity_fast_unit(const struct similarity_job *job, const double *norms)
{
    return similarity_fast_fits(job->options, job->rows) ? unit_of(job->rows, norms) : 0;
}

/* -------------------------------------------------------------------------------------- layout */

/* Labels by length, longest first, then by row: a counting sort. */
static bool relabel(struct similarity_layout *layout, const struct sparse *rows)
{
    const int32_t n = rows->n_rows;
    int64_t longest = 0;

    for (int32_t row = 0; row < n; row++) {
        if (rows->start[row + 1] - rows->start[row] > longest)
            longest = rows->start[row + 1] - rows->start[row];
    }
    int32_t *place = calloc((size_t)longest + 2, sizeof *place);
    if (!place) return false;
    for (int32_t row = 0; row < n; row++)
        place[longest - (rows->start[row + 1] - rows->start[row]) + 1]++;
    for (int64_t length = 0; length < longest; length++)
        place[length + 1] += place[length];
    for (int32_t row = 0; row < n; row++)
        layout->original[place[longest - (rows->start[row + 1] - rows->start[row])]++] = row;
    free(place);
    return true;
}

static bool all_alike(const struct sparse *rows)
{
    const int64_t n = sparse_entries(rows);

    for (int64_t i = 1; i < n; i++) {
        if (rows->value[i] < rows->value[0] || rows->value[i] > rows->value[0]) return false;
    }
    return true;
}

/* Values above 1 where so few are that lists are better read without values; else 0. */
static int64_t count_more(const struct sparse *rows)
{
    const int64_t n = sparse_entries(rows);
    int64_t more = 0;

    for (int64_t i = 0; i < n; i++) {
        if (rows->value[i] < 1) return 0;
        more += rows->value[i] > 1;
    }
    return more <= n / MORE ? more : 0;
}

static int shortest_last(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a < b) - (a > b);
}

/* How many labels a column of n entries has in order, were its entries drawn by the rows' lengths:
 * those that it has with a chance of a DENSE-th or more (choose_dense()). all (n) is sums of the
 * lengths, longest first. */
static int64_t expected_dense(const int64_t *all, int64_t n_rows, int64_t n)
{
    const int64_t entries = all[n_rows];
    int64_t low = 0, high = n_rows;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (DENSE * n * (all[middle + 1] - all[middle]) > entries)
            low = middle + 1;
        else
            high = middle;
    }
    return DENSE * n * all[low] / (entries + 1) - low > DENSE_MIN ? low : 0;
}

/* Of all columns together; -1 without memory. */
static int64_t all_expected_dense(const struct sparse *rows)
{
    const int64_t n = rows->n_rows, entries = sparse_entries(rows);
    int64_t *all = malloc(((size_t)n + 1) * sizeof *all), sum = 0;
    int32_t *length = calloc((size_t)rows->n_columns + 1, sizeof *length);
    const bool good = all && length;

    for (int64_t row = 0; good && row < n; row++)
        all[row + 1] = rows->start[row + 1] - rows->start[row];
    if (good) qsort(all + 1, (size_t)n, sizeof *all, shortest_last);
    if (good) all[0] = 0;
    for (int64_t row = 0; good && row < n; row++)
        all[row + 1] += all[row];
    for (int64_t i = 0; good && i < entries; i++)
        length[rows->column[i]]++;
    for (int32_t c = 0; good && c < rows->n_columns; c++)
        if (length[c] > 0) sum += expected_dense(all, n, length[c]);
    free(all);
    free(length);
    return good ? sum : -1;
}

int64_t similarity_fast_memory(const struct sparse *rows, int32_t k, int threads)
{
    const int64_t n = rows->n_rows, entries = sparse_entries(rows);
    const int64_t label = n <= 65536 ? sizeof(uint16_t) : sizeof(int32_t);
    const bool alike = all_alike(rows);
    const int64_t value = alike ? 0 : sizeof(uint16_t), more = alike ? 0 : count_more(rows);
    const int64_t dense = all_expected_dense(rows);
    return entries * (label + value + (int64_t)sizeof(uint32_t)) +
           (dense < 0 ? entries / 2 : dense) * (int64_t)sizeof(uint16_t) +
           rows->n_columns * (int64_t)sizeof(struct similarity_column) + n * 16 +
           more * (int64_t)sizeof(struct similarity_more) +
           threads * n * (keys_capacity(k) * (int64_t)sizeof(uint64_t) + 12);
}

static bool reserve(struct similarity_layout *layout, const struct sparse *rows)
{
    const size_t entries = (size_t)sparse_entries(rows) + 1;
    const bool alike = all_alike(rows);

    layout->n = rows->n_rows;
    layout->n_columns = rows->n_columns;
    layout->constant = alike && entries > 1 ? (int32_t)(rows->value[0] / layout->unit) : 1;
    layout->original = calloc((size_t)rows->n_rows + 1, sizeof *layout->original);
    layout->columns = calloc((size_t)rows->n_columns + 1, sizeof *layout->columns);
    layout->after = calloc(entries, sizeof *layout->after);
    if (layout->n <= 65536)
        layout->narrow = malloc(entries * sizeof *layout->narrow);
    else
        layout->wide = malloc(entries * sizeof *layout->wide);
    if (!alike) layout->value = malloc(entries * sizeof *layout->value);
    return layout->original && layout->columns && layout->after &&
           (layout->narrow || layout->wide) && (alike || layout->value);
}

/* Rows in the order of their labels append to the columns: labels ascend in each. */
static bool lay_out(struct similarity_layout *layout, const struct sparse *rows)
{
    const int32_t *column = rows->column;
    const int64_t entries = sparse_entries(rows);
    const float times = 1 / layout->unit;

    if (!reserve(layout, rows) || !relabel(layout, rows)) return false;
    for (int64_t i = 0; i < entries; i++)
        layout->columns[column[i]].end++;
    uint32_t sum = 0;
    for (int32_t c = 0; c < rows->n_columns; c++) {
        const uint32_t n = layout->columns[c].end;
        layout->columns[c].start = layout->columns[c].end = sum; /* where its next entry goes */
        sum += n;
    }
    for (int32_t label = 0; label < layout->n; label++) {
        const int32_t row = layout->original[label];
        for (int64_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
            const uint32_t to = layout->columns[column[i]].end++;
            if (layout->narrow)
                layout->narrow[to] = (uint16_t)label;
            else
                layout->wide[to] = label;
            if (layout->value) layout->value[to] = (uint16_t)(rows->value[i] * times);
            layout->after[i] = to + 1;
        }
    }
    return true;
}

static int32_t label_at(const struct similarity_layout *layout, int64_t at)
{
    return layout->narrow ? layout->narrow[at] : layout->wide[at];
}

/* Which of the first labels are stored densely: as many as save most, where adding one label in
 * order costs a DENSE-th of adding an entry. */
static void choose_dense(const struct similarity_layout *layout, struct similarity_column *c)
{
    int64_t max = DENSE_MIN;

    c->first = 0;
    c->behind = c->start;
    for (uint32_t at = c->start; at < c->end; at++) {
        const int64_t label = label_at(layout, at);
        const int64_t saved = DENSE * (int64_t)(at - c->start + 1) - label;
        if (saved <= max) continue;
        max = saved;
        c->first = (int32_t)label + 1;
        c->behind = at + 1;
    }
}

/* Writes the dense parts of columns; entries there skip them. */
static bool make_dense(struct similarity_layout *layout, const struct sparse *rows)
{
    int64_t n = 0;

    for (int32_t i = 0; i < layout->n_columns; i++) {
        struct similarity_column *c = &layout->columns[i];
        choose_dense(layout, c);
        c->dense = n;
        n += c->first;
    }
    layout->dense = calloc((size_t)n + 1, sizeof *layout->dense);
    if (!layout->dense) return false;
    for (int32_t i = 0; i < layout->n_columns; i++) {
        const struct similarity_column *c = &layout->columns[i];
        for (uint32_t at = c->start; at < c->behind; at++)
            layout->dense[c->dense + label_at(layout, at)] = layout->value ? layout->value[at] : 1;
    }
    for (int64_t i = 0, entries = sparse_entries(rows); i < entries; i++) {
        const uint32_t behind = layout->columns[rows->column[i]].behind;
        if (layout->after[i] < behind) layout->after[i] = behind;
    }
    return true;
}

/* Where nearly all are 1: values above 1 are stored apart, and lists are read without values. */
static bool set_apart(struct similarity_layout *layout, const struct sparse *rows)
{
    const int64_t n = layout->value && layout->unit == 1 ? count_more(rows) : 0;
    uint32_t at = 0;

    if (n == 0) return true;
    layout->more = malloc((size_t)n * sizeof *layout->more);
    if (!layout->more) return false;
    for (int32_t i = 0; i < layout->n_columns; i++) {
        struct similarity_column *c = &layout->columns[i];
        c->more = at;
        for (uint32_t e = c->behind; e < c->end; e++) {
            if (layout->value[e] == 1) continue;
            layout->more[at++] =
                (struct similarity_more){ label_at(layout, e), layout->value[e] - 1 };
        }
        c->more_end = at;
    }
    free(layout->value);
    layout->value = NULL;
    return true;
}

/* ------------------------------------------------------------------------------------- the best */

static void offer(struct best *best, int32_t k, int32_t label, float similarity, int32_t id)
{
    const int32_t capacity = keys_capacity(k);
    uint64_t *key = best->key + (size_t)label * (size_t)capacity;

    if (similarity < best->min[label]) return;
    key[best->size[label]++] = key_of(similarity, id);
    if (best->size[label] < capacity) return;
    keys_select(key, capacity, k);
    best->size[label] = k;
    best->min[label] = fmaxf(anything, key_score(keys_min(key, k)) * (1 - slack));
}

/* -------------------------------------------------------------------------------------- threads */

static void offer_pair(const struct fast *fast, struct best *best, int32_t a, int32_t b,
                       int32_t units)
{
    const int32_t k = fast->job->k;
    const double unit = (double)fast->layout.unit, dot = units * (unit * unit);
    float similarity = (float)(dot * (fast->factor[a] * fast->factor[b]));

    offer(best, k, a, similarity, fast->layout.original[b]);
    offer(best, k, b, similarity, fast->layout.original[a]);
}

/* The pairs of a label with all later ones, offered to both. */
static void scan_all(const struct fast *fast, struct best *best, int32_t a)
{
    const int32_t n = fast->layout.n;

    for (int32_t begin = a + 1, end; begin < n; begin = end) {
        end = n - begin < LABELS_A_CHUNK ? n : begin + LABELS_A_CHUNK;
        int32_t found = fast->scan(best->sum, fast->inverse, best->min, fast->inverse[a],
                                   best->min[a], begin, end, best->found, best->dot);
        for (int32_t f = 0; f < found; f++)
            offer_pair(fast, best, a, best->found[f], best->dot[f]);
    }
}

/* A pair found by its sum, which it clears: so that it is taken once. */
static void take_pair(const struct fast *fast, struct best *best, int32_t a, int32_t b)
{
    const int32_t dot = best->sum[b];
    const float about = (float)dot * fast->inverse[b] * fast->inverse[a];

    best->sum[b] = 0;
    if (about >= best->min[a] || about >= best->min[b]) offer_pair(fast, best, a, b, dot);
}

/* The same where few were added to: by going through the columns once more. */
static void scan_columns(const struct fast *fast, struct best *best, int32_t a)
{
    const struct similarity_layout *layout = &fast->layout;
    const struct sparse *rows = fast->job->rows;
    const int32_t row = layout->original[a];

    for (int64_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
        const struct similarity_column *c = &layout->columns[rows->column[i]];
        for (int32_t b = a + 1; b < c->first; b++)
            if (layout->dense[c->dense + b]) take_pair(fast, best, a, b);
        for (uint32_t at = layout->after[i]; at < c->end; at++)
            take_pair(fast, best, a, label_at(layout, at));
    }
}

static void work(void *context, size_t begin, size_t end, int worker)
{
    const struct fast *fast = context;
    struct best *best = &fast->best[worker];
    const struct sparse *rows = fast->job->rows;

    for (size_t a = begin; a < end; a++) {
        const int32_t row = fast->layout.original[a];
        const int64_t last = rows->start[row + 1];
        int64_t added = 0;
        for (int64_t i = rows->start[row], next; i < last; i = next) {
            if (progress_cancelled(fast->job->progress)) return;
            next = last - i < ENTRIES_A_CHUNK ? last : i + ENTRIES_A_CHUNK;
            added += similarity_accumulate(&fast->layout, rows, (int32_t)a, i, next, fast->add,
                                           best->sum);
        }
        if (added < (fast->layout.n - (int64_t)a) / SPARSE)
            scan_columns(fast, best, (int32_t)a);
        else
            scan_all(fast, best, (int32_t)a);
    }
}

/* Labels [begin, end): the threads' candidates, in order, to where the row's list goes. */
static void merge(void *context, size_t begin, size_t end, int worker)
{
    const struct fast *fast = context;
    const size_t capacity = (size_t)keys_capacity(fast->job->k);
    uint64_t *all = malloc((size_t)fast->threads * capacity * sizeof *all);
    struct neighbours *out = fast->out;

    (void)worker;
    for (size_t label = begin; label < end; label++) {
        const int32_t row = fast->layout.original[label];
        const int64_t to = out->start[row], length = out->start[row + 1] - to;
        int32_t n = 0;
        if (!all) { /* said by a list that cannot be */
            if (length > 0) out->id[to] = -1;
            continue;
        }
        for (int t = 0; t < fast->threads; t++) {
            const struct best *best = &fast->best[t];
            memcpy(all + n, best->key + label * capacity, (size_t)best->size[label] * sizeof *all);
            n += best->size[label];
        }
        if (n == 0) continue;
        keys_select(all, n, (int32_t)length);
        keys_sort(all, (int32_t)length);
        for (int64_t i = 0; i < length; i++) {
            out->id[to + i] = key_id(all[i]);
            out->similarity[to + i] = key_score(all[i]);
        }
    }
    free(all);
}

static bool put_together(struct fast *fast, struct neighbours *out)
{
    const int32_t n = fast->layout.n;

    out->n_rows = n;
    out->start = calloc((size_t)n + 1, sizeof *out->start);
    if (!out->start) return false;
    for (int32_t label = 0; label < n; label++) {
        int64_t scored = 0;
        for (int t = 0; t < fast->threads; t++)
            scored += fast->best[t].size[label];
        out->start[fast->layout.original[label] + 1] =
            scored < fast->job->k ? scored : fast->job->k;
    }
    for (int32_t row = 0; row < n; row++)
        out->start[row + 1] += out->start[row];
    out->id = malloc(((size_t)out->start[n] + 1) * sizeof *out->id);
    out->similarity = malloc(((size_t)out->start[n] + 1) * sizeof *out->similarity);
    if (!out->id || !out->similarity) return false;
    fast->out = out;
    parallel_for(fast->threads, (size_t)n, 256, merge, fast, NULL);
    for (int32_t row = 0; row < n; row++) {
        if (out->start[row + 1] > out->start[row] && out->id[out->start[row]] < 0) return false;
    }
    return true;
}

static bool make_best(struct fast *fast)
{
    const size_t n = (size_t)fast->layout.n + 1, capacity = (size_t)keys_capacity(fast->job->k);

    fast->best = calloc((size_t)fast->threads, sizeof *fast->best);
    for (int t = 0; fast->best && t < fast->threads; t++) {
        struct best *best = &fast->best[t];
        best->key = malloc(n * capacity * sizeof *best->key);
        best->size = calloc(n, sizeof *best->size);
        best->min = malloc(n * sizeof *best->min);
        best->sum = calloc(n, sizeof *best->sum);
        best->found = malloc((LABELS_A_CHUNK + 1) * sizeof *best->found);
        best->dot = malloc((LABELS_A_CHUNK + 1) * sizeof *best->dot);
        if (!best->key || !best->size || !best->min || !best->sum || !best->found || !best->dot)
            return false;
        for (size_t label = 0; label < n; label++)
            best->min[label] = anything;
    }
    return fast->best != NULL;
}

static void free_fast(struct fast *fast)
{
    for (int t = 0; fast->best && t < fast->threads; t++) {
        free(fast->best[t].key);
        free(fast->best[t].size);
        free(fast->best[t].min);
        free(fast->best[t].sum);
        free(fast->best[t].found);
        free(fast->best[t].dot);
    }
    free(fast->best);
    free(fast->factor);
    free(fast->inverse);
    free(fast->layout.original);
    free(fast->layout.columns);
    free(fast->layout.narrow);
    free(fast->layout.wide);
    free(fast->layout.value);
    free(fast->layout.more);
    free(fast->layout.dense);
    free(fast->layout.after);
}

bool similarity_fast_all(const struct similarity_job *job, float unit, int threads,
                         struct neighbours *out)
{
    const size_t n = (size_t)job->rows->n_rows;
    struct fast fast = {
        .job = job, .threads = threads, .scan = similarity_best_scan(), .add = similarity_best_add()
    };
    bool done = false;

    fast.layout.unit = unit;
    fast.factor = malloc((n + 1) * sizeof *fast.factor);
    fast.inverse = malloc((n + 1) * sizeof *fast.inverse);
    if (!fast.factor || !fast.inverse || !lay_out(&fast.layout, job->rows) ||
        !make_dense(&fast.layout, job->rows) || !set_apart(&fast.layout, job->rows) ||
        !make_best(&fast))
        goto out;
    for (size_t label = 0; label < n; label++) {
        fast.factor[label] = job->left[fast.layout.original[label]];
        fast.inverse[label] = (float)fast.factor[label] * fast.layout.unit;
    }
    parallel_for(threads, n, ROWS_A_BLOCK, work, &fast, job->progress);
    done = !progress_cancelled(job->progress) && put_together(&fast, out);
out:
    free_fast(&fast);
    return done;
}

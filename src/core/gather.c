/* gather.c - tile after tile of the catalogue, each shopper's lists are added and the best taken.
 *
 * Within a tile the hubs' rows are read by all shoppers, so they stay in cache; a cursor remembers
 * how far each of a shopper's other lists has been read. A shopper whose lists are short is done
 * without tiles: the lists are gone through once to add and once to take. Most of those with hubs
 * are left to gather_near.c.
 */
#include "aisle/gather.h"

#include "gather_kernel.h"
#include "gather_private.h"
#include "kept.h"

#include <math.h>
#include <stdlib.h>

enum {
    TILE = 8192,     /* sums: 64 KB */
    CHUNK = 256,     /* sums between two looks at the threshold */
    SPARSE = 4,      /* fewer additions than one sum in so many: no tiles */
    AHEAD = 6,       /* lists */
    HUB = 16,        /* a hub speaks for one id in so many */
    HUB_LEAST = 256, /* ids worth having hubs for */
};

/* ------------------------------------------------------------------------------------------ hubs
 */

static int32_t count_hubs(struct gather_lists *lists, bool wanted)
{
    int32_t n_hubs = 0;

    for (int32_t r = 0; r < lists->n_lists; r++) {
        const int64_t length = lists->start[r + 1] - lists->start[r];
        const bool hub = wanted && lists->n >= HUB_LEAST && length * HUB > lists->n;
        lists->hub[r] = hub ? n_hubs++ : -1;
    }
    return n_hubs;
}

/* The entries for each id, lists ascending. Nothing where a value is so small that sums of floats
 * would lose it. */
static bool turn(struct gather_lists *lists)
{
    const size_t n = (size_t)lists->n, total = (size_t)lists->start[lists->n_lists];
    struct gather_turned *to = &lists->by_id;

    for (size_t e = 0; e < total; e++)
        if (!(lists->value[e] > 1e-12f)) return true;
    to->start = calloc(n + 2, sizeof *to->start);
    to->list = malloc((total + 1) * sizeof *to->list);
    to->value = malloc((total + 1) * sizeof *to->value);
    if (!to->start || !to->list || !to->value) return false;
    for (size_t e = 0; e < total; e++)
        to->start[lists->id[e] + 2]++;
    for (size_t i = 0; i < n; i++)
        to->start[i + 1] += to->start[i];
    for (int32_t r = 0; r < lists->n_lists; r++) {
        for (int64_t e = lists->start[r]; e < lists->start[r + 1]; e++) {
            const int64_t place = to->start[lists->id[e] + 1]++;
            to->list[place] = r;
            to->value[place] = lists->value[e];
        }
    }
    return true;
}

bool gather_lists_init(struct gather_lists *lists, int32_t n_lists, int32_t n, const int64_t *start,
                       const int32_t *id, const float *value, bool hubs, struct error *error)
{
    *lists = (struct gather_lists){
        .n_lists = n_lists, .n = n, .start = start, .id = id, .value = value
    };
    lists->hub = malloc(((size_t)n_lists + 1) * sizeof *lists->hub);
    if (!lists->hub) return error_memory(error, "lists");
    const size_t n_hubs = (size_t)count_hubs(lists, hubs), n_blocks = gather_blocks(lists);
    lists->dense = calloc(n_hubs * (size_t)n + 1, sizeof *lists->dense);
    lists->most = calloc(n_hubs * n_blocks + 1, sizeof *lists->most);
    if (!lists->dense || !lists->most || (n_hubs > 0 && !turn(lists))) {
        gather_lists_fini(lists);
        return error_memory(error, "lists");
    }
    for (int32_t r = 0; r < n_lists; r++) {
        if (lists->hub[r] < 0) continue;
        float *row = lists->dense + (size_t)lists->hub[r] * (size_t)n;
        float *most = lists->most + (size_t)lists->hub[r] * n_blocks;
        for (int64_t e = start[r]; e < start[r + 1]; e++) {
            row[id[e]] = value[e];
            if (most[id[e] / GATHER_BLOCK] < value[e]) most[id[e] / GATHER_BLOCK] = value[e];
        }
    }
    return true;
}

void gather_lists_fini(struct gather_lists *lists)
{
    free(lists->hub);
    free(lists->dense);
    free(lists->most);
    free(lists->by_id.start);
    free(lists->by_id.list);
    free(lists->by_id.value);
    *lists = (struct gather_lists){ 0 };
}

/* ------------------------------------------------------------------------------------- gathering
 */

/* Where one shopper is. */
struct visit {
    const struct gather_shopper *shopper;
    struct kept *heap; /* (k) */
    int32_t n_kept, n_skipped;
    int64_t *cursor; /* (shopper->n) the next entry of each list; NULL: done without tiles */
    bool done;       /* by gather_near() */
};

struct gather {
    const struct gather_lists *lists;
    struct gather_kernel kernel;
    int32_t k;
    double *sum;          /* (lists->n) for short lists, all 0 between shoppers */
    struct visit *visits; /* (n) */
    struct kept *heaps;
    int64_t *cursors;
    double tile[TILE]; /* all 0 between shoppers */
    int32_t found[CHUNK + 1];
    double value[CHUNK + 1];
};

/* Additions that a shopper's lists take. */
static int64_t work_of(const struct gather_lists *lists, const struct gather_shopper *shopper)
{
    int64_t work = 0;

    for (int32_t r = 0; r < shopper->n; r++)
        work += lists->start[shopper->list[r] + 1] - lists->start[shopper->list[r]];
    return work;
}

static bool init(struct gather *gather, const struct gather_shopper *shoppers, int32_t n)
{
    const struct gather_lists *lists = gather->lists;
    const size_t k = (size_t)gather->k;
    size_t n_cursors = 0;

    for (int32_t s = 0; s < n; s++)
        n_cursors += (size_t)shoppers[s].n;
    gather->kernel = gather_best_kernel();
    gather->sum = calloc((size_t)lists->n + 1, sizeof *gather->sum);
    gather->visits = calloc((size_t)n + 1, sizeof *gather->visits);
    gather->heaps = malloc(((size_t)n * k + 1) * sizeof *gather->heaps);
    gather->cursors = malloc((n_cursors + 1) * sizeof *gather->cursors);
    if (!gather->sum || !gather->visits || !gather->heaps || !gather->cursors) return false;
    int64_t *cursor = gather->cursors;
    for (int32_t s = 0; s < n; s++) {
        struct visit *visit = &gather->visits[s];
        visit->shopper = &shoppers[s];
        visit->heap = gather->heaps + (size_t)s * k;
        if (work_of(lists, &shoppers[s]) < lists->n / SPARSE) continue;
        visit->cursor = cursor;
        for (int32_t r = 0; r < shoppers[s].n; r++)
            *cursor++ = lists->start[shoppers[s].list[r]];
    }
    return true;
}

static void fini(struct gather *gather)
{
    free(gather->sum);
    free(gather->visits);
    free(gather->heaps);
    free(gather->cursors);
    free(gather);
}

static void offer(const struct gather *gather, struct visit *visit, int32_t id, double sum)
{
    kept_offer(visit->heap, &visit->n_kept, gather->k, (struct kept){ (float)sum, id });
}

/* Lists lie anywhere: what will be read soon is on its way. */
static inline void fetch(const struct gather_lists *lists, const struct visit *visit, int32_t r)
{
    if (r + AHEAD < visit->shopper->n) {
        const int64_t at = visit->cursor[r + AHEAD];
        __builtin_prefetch(&lists->id[at]);
        __builtin_prefetch(&lists->value[at]);
        __builtin_prefetch(&lists->start[visit->shopper->list[r + AHEAD] + 1]);
        __builtin_prefetch(&lists->hub[visit->shopper->list[r + AHEAD]]);
    }
}

/* Adds what lies in [begin, end) of one shopper's lists to the tile. */
static void fill_tile(struct gather *gather, struct visit *visit, int32_t begin, int32_t end)
{
    const struct gather_lists *lists = gather->lists;
    const struct gather_shopper *shopper = visit->shopper;
    double *restrict tile = gather->tile;

    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        const double weight = shopper->weight[r];
        fetch(lists, visit, r);
        if (lists->hub[list] >= 0) {
            const float *row = lists->dense + (size_t)lists->hub[list] * (size_t)lists->n;
            gather->kernel.add(tile, row + begin, end - begin, weight);
            continue;
        }
        const int64_t last = lists->start[list + 1];
        int64_t at = visit->cursor[r];
        for (; at < last && lists->id[at] < end; at++)
            tile[lists->id[at] - begin] += (double)lists->value[at] * weight;
        visit->cursor[r] = at;
    }
    for (; visit->n_skipped < shopper->n_skip && shopper->skip[visit->n_skipped] < end;
         visit->n_skipped++)
        tile[shopper->skip[visit->n_skipped] - begin] = 0;
}

/* Ids ascend: what equals the worst of k comes too late, and a sum that is not above it in double
 * is not above it as a float. */
static void take_tile(struct gather *gather, struct visit *visit, int32_t begin, int32_t end)
{
    for (int32_t from = 0, to; from < end - begin; from = to) {
        to = end - begin - from < CHUNK ? end - begin : from + CHUNK;
        const bool full = visit->n_kept == gather->k;
        const int32_t n = gather->kernel.scan(gather->tile, full ? (double)visit->heap[0].score : 0,
                                              from, to, gather->found, gather->value);
        for (int32_t i = 0; i < n; i++)
            offer(gather, visit, begin + gather->found[i], gather->value[i]);
    }
}

static void gather_short(struct gather *gather, struct visit *visit)
{
    const struct gather_lists *lists = gather->lists;
    const struct gather_shopper *shopper = visit->shopper;
    double *restrict sum = gather->sum;

    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        for (int64_t e = lists->start[list]; e < lists->start[list + 1]; e++)
            sum[lists->id[e]] += (double)lists->value[e] * shopper->weight[r];
    }
    for (int32_t i = 0; i < shopper->n_skip; i++)
        sum[shopper->skip[i]] = 0;
    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        for (int64_t e = lists->start[list]; e < lists->start[list + 1]; e++) {
            const double found = sum[lists->id[e]];
            sum[lists->id[e]] = 0; /* nothing the second time */
            if (found > 0) offer(gather, visit, lists->id[e], found);
        }
    }
}

/* Those with hubs, by sums of floats first. False without memory. */
static bool ask_near(struct gather *gather, const struct gather_shopper *shoppers, int32_t n,
                     int32_t *id, float *score, int32_t *count)
{
    int32_t *whom = malloc(((size_t)n + 1) * sizeof *whom), asked = 0;
    bool good = whom != NULL;

    for (int32_t s = 0; good && s < n && gather->k <= NEAR_MOST; s++)
        if (gather->visits[s].cursor && near_can(gather->lists, &shoppers[s])) whom[asked++] = s;
    if (asked > 0)
        good = gather_near(gather->lists, shoppers, whom, asked, gather->k, id, score, count);
    for (int32_t i = 0; good && i < asked; i++)
        gather->visits[whom[i]].done = count[whom[i]] >= 0;
    free(whom);
    return good;
}

bool gather_best(const struct gather_lists *lists, const struct gather_shopper *shoppers, int32_t n,
                 int32_t k, int32_t *id, float *score, int32_t *count, struct error *error)
{
    struct gather *gather = k > 0 ? calloc(1, sizeof *gather) : NULL;

    for (int32_t s = 0; s < n; s++)
        count[s] = 0;
    if (k <= 0) return true;
    if (!gather) return error_memory(error, "lists");
    gather->lists = lists;
    gather->k = k;
    const bool room = init(gather, shoppers, n) && ask_near(gather, shoppers, n, id, score, count);
    for (int32_t begin = 0, end; room && begin < lists->n; begin = end) {
        end = lists->n - begin < TILE ? lists->n : begin + TILE;
        for (int32_t s = 0; s < n; s++) {
            if (!gather->visits[s].cursor || gather->visits[s].done) continue;
            fill_tile(gather, &gather->visits[s], begin, end);
            take_tile(gather, &gather->visits[s], begin, end);
        }
    }
    for (int32_t s = 0; room && s < n; s++) {
        struct visit *visit = &gather->visits[s];
        const size_t row = (size_t)s * (size_t)k;
        if (visit->done) continue;
        if (!visit->cursor) gather_short(gather, visit);
        qsort(visit->heap, (size_t)visit->n_kept, sizeof *visit->heap, kept_best_first);
        for (int32_t i = 0; i < visit->n_kept; i++) {
            id[row + (size_t)i] = visit->heap[i].id;
            score[row + (size_t)i] = visit->heap[i].score;
        }
        count[s] = visit->n_kept;
    }
    fini(gather);
    return room || error_memory(error, "lists");
}

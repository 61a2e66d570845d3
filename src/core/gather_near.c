/* gather_near.c - near sums of everything, exact ones of what may be best.
 *
 * Nearly all additions are those of hubs. A tile gets what other lists say. Then each block of it
 * is bounded by the greatest values of hubs there (as in Ding and Suel, "Faster top-k document
 * retrieval using block-max indexes", 2011), and most blocks are passed over. In the others hubs
 * are added in registers, and what is above the threshold is noted. With n lists a near sum is off
 * by no more than about n roundings, because nothing is negative; so all that are among the best k
 * have a near sum that is as much below the k-th best near sum at most. Those few are summed again,
 * as doubles, in the order of lists.
 */
#include "gather_private.h"

#include "gather_kernel.h"
#include "keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TILE = 16384, /* sums: 64 KB */
    BLOCKS = TILE / GATHER_BLOCK,
};

static const float anything = 1e-37f;

/* Where one shopper is. */
struct view {
    const struct gather_shopper *shopper;
    int32_t n_lists, n_hubs, n_skipped;
    int32_t *list, *next; /* (n_lists) no hubs; the id that comes next, INT32_MAX at the end */
    int64_t *cursor;
    float *weight;
    int32_t *hub; /* (n_hubs) */
    float *hub_weight;
    uint64_t *key; /* (room) near sums */
    int32_t n;
    float least, margin, block_margin;
    bool lost; /* too many are nearly equal */
};

struct near {
    const struct gather_lists *lists;
    struct gather_kernel kernel;
    int32_t k, room;
    struct view *views;
    int32_t *integers;
    int64_t *cursors;
    float *floats;
    uint64_t *keys;
    const float **rows;  /* of one shopper's hubs, where the tile begins */
    double *weight_of;   /* (n_lists) of one shopper, else 0 */
    float tile[TILE];    /* all 0 between shoppers, as is: */
    float said[BLOCKS];  /* the sum of a block of the tile, before hubs */
    float bound[BLOCKS]; /* what no sum of the block is above, with hubs */
    int32_t found[GATHER_BLOCK];
    float value[GATHER_BLOCK];
};

bool near_can(const struct gather_lists *lists, const struct gather_shopper *shopper)
{
    bool hubs = false;

    if (!lists->by_id.start) return false;
    for (int32_t r = 0; r < shopper->n; r++) {
        if (!(shopper->weight[r] > 1e-18 && shopper->weight[r] < 1e18)) return false;
        if (r > 0 && shopper->list[r] <= shopper->list[r - 1]) return false;
        hubs = hubs || lists->hub[shopper->list[r]] >= 0;
    }
    return hubs;
}

static void open_view(struct near *near, struct view *view, const struct gather_shopper *shopper)
{
    const struct gather_lists *lists = near->lists;

    view->shopper = shopper;
    view->least = anything;
    /* A rounding is 2^-24; each weight is rounded, each sum, and twice that for either side. */
    view->margin = 1 - (float)(shopper->n + 8) * 0x1p-21f;
    view->block_margin = 1 - (float)(shopper->n + 8) * 0x1p-17f; /* of 64 times as many terms */
    view->lost = shopper->n > 100000;
    for (int32_t r = 0; r < shopper->n; r++) {
        const int32_t list = shopper->list[r];
        const int64_t at = lists->start[list];
        if (lists->hub[list] >= 0) {
            view->hub[view->n_hubs] = lists->hub[list];
            view->hub_weight[view->n_hubs++] = (float)shopper->weight[r];
        } else if (at < lists->start[list + 1]) {
            view->list[view->n_lists] = list;
            view->next[view->n_lists] = lists->id[at];
            view->cursor[view->n_lists] = at;
            view->weight[view->n_lists++] = (float)shopper->weight[r];
        }
    }
}

static void fini(struct near *near)
{
    free(near->views);
    free(near->integers);
    free(near->cursors);
    free(near->floats);
    free(near->keys);
    free(near->rows);
    free(near->weight_of);
    free(near);
}

static bool init(struct near *near, const struct gather_shopper *shoppers, const int32_t *whom,
                 int32_t n)
{
    size_t total = 0, most = 0;

    for (int32_t v = 0; v < n; v++) {
        const size_t own = (size_t)shoppers[whom[v]].n;
        total += own;
        most = own > most ? own : most;
    }
    near->kernel = gather_best_kernel();
    near->views = calloc((size_t)n + 1, sizeof *near->views);
    near->integers = malloc((3 * total + 1) * sizeof *near->integers);
    near->cursors = malloc((total + 1) * sizeof *near->cursors);
    near->floats = malloc((2 * total + 1) * sizeof *near->floats);
    near->keys = malloc(((size_t)n * (size_t)near->room + 1) * sizeof *near->keys);
    near->rows = malloc((most + 1) * sizeof *near->rows);
    near->weight_of = calloc((size_t)near->lists->n_lists + 1, sizeof *near->weight_of);
    if (!near->views || !near->integers || !near->cursors || !near->floats || !near->keys ||
        !near->rows || !near->weight_of)
        return false;
    size_t at = 0;
    for (int32_t v = 0; v < n; v++) {
        struct view *view = &near->views[v];
        const size_t own = (size_t)shoppers[whom[v]].n;
        view->list = near->integers + 3 * at;
        view->next = view->list + own;
        view->hub = view->next + own;
        view->cursor = near->cursors + at;
        view->weight = near->floats + 2 * at;
        view->hub_weight = view->weight + own;
        view->key = near->keys + (size_t)v * (size_t)near->room;
        open_view(near, view, &shoppers[whom[v]]);
        at += own;
    }
    return true;
}

/* What lists that are no hubs say about [begin, end); what is not wanted is out of reach. */
static void fill_tile(struct near *near, struct view *view, int32_t begin, int32_t end)
{
    const struct gather_lists *lists = near->lists;
    const struct gather_shopper *shopper = view->shopper;

    for (int32_t r = 0; r < view->n_lists; r++) {
        if (view->next[r] >= end) continue;
        const int64_t last = lists->start[view->list[r] + 1];
        int64_t at = view->cursor[r];
        for (; at < last && lists->id[at] < end; at++) {
            const int32_t to = lists->id[at] - begin;
            const float more = lists->value[at] * view->weight[r];
            near->tile[to] += more;
            near->said[to / GATHER_BLOCK] += more;
        }
        view->cursor[r] = at;
        view->next[r] = at < last ? lists->id[at] : INT32_MAX;
    }
    for (; view->n_skipped < shopper->n_skip && shopper->skip[view->n_skipped] < end;
         view->n_skipped++) {
        const int32_t to = shopper->skip[view->n_skipped] - begin;
        near->tile[to] = -INFINITY;
        near->said[to / GATHER_BLOCK] += anything; /* there is something to clear */
    }
}

/* The buffer is full: what can no longer be among the best goes. */
static void cut(const struct near *near, struct view *view)
{
    int32_t n = 0;

    keys_select(view->key, view->n, near->k);
    view->least = fmaxf(anything, key_score(keys_least(view->key, near->k)) * view->margin);
    for (int32_t i = 0; i < view->n; i++)
        if (key_score(view->key[i]) >= view->least) view->key[n++] = view->key[i];
    view->n = n;
    view->lost = n > near->room - near->k / 2 - 8;
}

/* Adds the hubs to one block and takes what is above the threshold. */
static void take_block(struct near *near, struct view *view, int32_t begin, int32_t from,
                       int32_t to)
{
    const int32_t found =
        near->kernel.scan_hubs(near->tile, near->rows, view->hub_weight, view->n_hubs, view->least,
                               from, to, near->found, near->value);

    for (int32_t i = 0; i < found && !view->lost; i++) {
        if (near->value[i] < view->least) continue;
        view->key[view->n++] = key_of(near->value[i], begin + near->found[i]);
        if (view->n == near->room) cut(near, view);
    }
}

/* Block by block, those that may have something. */
static void take_tile(struct near *near, struct view *view, int32_t begin, int32_t end)
{
    const struct gather_lists *lists = near->lists;
    const size_t n_blocks = gather_blocks(lists), first = (size_t)begin / GATHER_BLOCK;
    const int32_t blocks = (end - begin + GATHER_BLOCK - 1) / GATHER_BLOCK;

    memcpy(near->bound, near->said, (size_t)blocks * sizeof *near->bound);
    for (int32_t h = 0; h < view->n_hubs; h++) {
        near->rows[h] = lists->dense + (size_t)view->hub[h] * (size_t)lists->n + begin;
        near->kernel.add_floats(near->bound, lists->most + (size_t)view->hub[h] * n_blocks + first,
                                blocks, view->hub_weight[h]);
    }
    for (int32_t b = 0; b < blocks; b++) {
        const int32_t from = b * GATHER_BLOCK;
        const int32_t to = end - begin - from < GATHER_BLOCK ? end - begin : from + GATHER_BLOCK;
        if (near->bound[b] >= view->least * view->block_margin)
            take_block(near, view, begin, from, to);
        else if (near->said[b] > 0)
            memset(near->tile + from, 0, (size_t)(to - from) * sizeof *near->tile);
    }
    memset(near->said, 0, (size_t)blocks * sizeof *near->said);
}

static double exact_sum(const struct near *near, int32_t id)
{
    const struct gather_turned *by_id = &near->lists->by_id;
    double sum = 0;

    for (int64_t e = by_id->start[id]; e < by_id->start[id + 1]; e++)
        sum += (double)by_id->value[e] * near->weight_of[by_id->list[e]];
    return sum;
}

/* The exact best of those that are near. Returns how many. */
static int32_t finish(struct near *near, struct view *view, int32_t *id, float *score)
{
    const struct gather_shopper *shopper = view->shopper;

    if (view->n > near->k) cut(near, view);
    for (int32_t r = 0; r < shopper->n; r++)
        near->weight_of[shopper->list[r]] = shopper->weight[r];
    for (int32_t i = 0; i < view->n; i++) {
        const int32_t at = key_id(view->key[i]);
        view->key[i] = key_of((float)exact_sum(near, at), at);
    }
    for (int32_t r = 0; r < shopper->n; r++)
        near->weight_of[shopper->list[r]] = 0;
    const int32_t kept = view->n < near->k ? view->n : near->k;
    keys_select(view->key, view->n, kept);
    keys_sort(view->key, kept);
    for (int32_t i = 0; i < kept; i++) {
        id[i] = key_id(view->key[i]);
        score[i] = key_score(view->key[i]);
    }
    return kept;
}

bool gather_near(const struct gather_lists *lists, const struct gather_shopper *shoppers,
                 const int32_t *whom, int32_t n, int32_t k, int32_t *id, float *score,
                 int32_t *count)
{
    struct near *near = calloc(1, sizeof *near);

    if (!near) return false;
    near->lists = lists;
    near->k = k;
    near->room = 2 * k + 64;
    const bool room = init(near, shoppers, whom, n);
    for (int32_t begin = 0, end; room && begin < lists->n; begin = end) {
        end = lists->n - begin < TILE ? lists->n : begin + TILE;
        for (int32_t v = 0; v < n; v++) {
            if (near->views[v].lost) continue;
            fill_tile(near, &near->views[v], begin, end);
            take_tile(near, &near->views[v], begin, end);
        }
    }
    for (int32_t v = 0; room && v < n; v++) {
        const size_t row = (size_t)whom[v] * (size_t)k;
        struct view *view = &near->views[v];
        count[whom[v]] = view->lost ? -1 : finish(near, view, id + row, score + row);
    }
    fini(near);
    return room;
}

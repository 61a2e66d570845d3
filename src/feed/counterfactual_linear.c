/* counterfactual_linear.c - the smallest set, proven, where scores are sums over purchases.
 *
 * w[p][j] is what purchase p adds to the score of item j. Without a set R the item i leads item j
 * by lead_j - sum over R of (w[p][i] - w[p][j]); i is out of a list of k rows when k items lead it.
 * Items that the shopper has are rivals too, as many as are taken out: they come back into the
 * list. Sizes are tried from 2 up, sets by depth-first search. A branch with r purchases still to
 * choose is cut when even the r best purchases for each j, each chosen for j alone, leave fewer
 * than k items in front: no set below it can do. What passes is tried on a real list, so rounding
 * decides nothing. */
#include "counterfactual_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weights kept and sums tested at most; beyond that the search says how far it came. */
static const int64_t weights_max = 40000000, work_max = 300000000;

struct search {
    struct removing *removing;
    int32_t n, n_rivals, rows;
    double *own;            /* (n) w[p][i] */
    int32_t *rival;         /* (n_rivals) items that could come to stand before i */
    const struct feed *now; /* by whose fates a rival is one that the shopper has */
    double *lead;           /* (n_rivals) of i over the rival, without what is chosen */
    double *fall;           /* (n_rivals, n) w[p][i] - w[p][j] */
    double *best;           /* (n_rivals, size + 1) sums of the largest r falls */
    double score;           /* of i, without what is chosen */
    double own_best[COUNTERFACTUAL_MAX + 1]; /* sums of the largest r of own */
    double slack;                            /* rounding: what may be, may be */
    int32_t chosen[COUNTERFACTUAL_MAX];
    int32_t size; /* being tried */
    int64_t work;
    bool sparse;    /* an item that nothing speaks for has no score */
    bool exhausted; /* work_max was reached */
};

/* -------------------------------------------------------------------------------------- weights */

/* The scores of somebody who has this purchase alone: its weights. */
static bool weights_of(const struct removing *removing, int32_t at, float *scores)
{
    const struct counterfactual_request *request = removing->request;
    const struct shopper *all = request->shopper;
    struct shopper one = *all;
    one.whole = false;
    one.n = 1;
    one.item = all->item + at;
    one.strength = all->strength + at;
    one.time = all->time + at;
    one.added = all->added + at;
    return model_base(request->model)->kind->score(request->model, &one, scores, removing->error);
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* best[r] = the sum of the r largest values that are above 0. */
static void sum_best(double *values, int32_t n, int32_t max, double *best)
{
    qsort(values, (size_t)n, sizeof *values, descending);
    best[0] = 0;
    for (int32_t r = 0; r < max; r++)
        best[r + 1] = best[r] + (r < n && values[r] > 0 ? values[r] : 0);
}

static int32_t find_rivals(struct search *search)
{
    const struct feed *now = search->removing->now;
    for (int32_t j = 0; j < now->n_items; j++)
        if ((now->status[j] == FEED_LISTED || now->status[j] == FEED_BOUGHT) &&
            now->scores[j] > -INFINITY && j != search->removing->request->item)
            search->rival[search->n_rivals++] = j;
    return search->n_rivals;
}

static bool fill_weights(struct search *search)
{
    const struct removing *removing = search->removing;
    const int32_t item = removing->request->item;
    const int32_t n_items = model_base(removing->request->model)->dataset->n_items;
    float *scores = malloc(((size_t)n_items + 1) * sizeof *scores);
    bool good = scores != NULL;
    for (int32_t p = 0; good && p < search->n; p++) {
        good = weights_of(removing, p, scores);
        const double own = scores[item] > -INFINITY ? (double)scores[item] : 0;
        search->own[p] = own;
        search->slack += fabs(own) * 1e-6;
        for (int32_t j = 0; good && j < search->n_rivals; j++) {
            const float other = scores[search->rival[j]];
            search->sparse |= !(other > -INFINITY);
            search->fall[(size_t)j * (size_t)search->n + (size_t)p] =
                own - (other > -INFINITY ? (double)other : 0);
        }
    }
    free(scores);
    return good;
}

/* Leads and the best sums of each rival; rivals that no set of this size can bring in front go. */
static bool prepare(struct search *search, int32_t max)
{
    const struct removing *removing = search->removing;
    const size_t n = (size_t)search->n, row = (size_t)max + 1;
    double *values = malloc((n + 1) * sizeof *values);
    int32_t kept = 0;
    if (!values) return false;
    memcpy(values, search->own, n * sizeof *values);
    sum_best(values, search->n, max, search->own_best);
    search->score = (double)feed_score(removing->now, removing->request->item);
    for (int32_t j = 0; j < search->n_rivals; j++) {
        const double lead = search->score - (double)feed_score(removing->now, search->rival[j]);
        double *best = search->best + (size_t)kept * row;
        memcpy(values, search->fall + (size_t)j * n, n * sizeof *values);
        sum_best(values, search->n, max, best);
        if (lead - best[max] > search->slack) continue;
        memmove(search->fall + (size_t)kept * n, search->fall + (size_t)j * n, n * sizeof(double));
        search->rival[kept] = search->rival[j];
        search->lead[kept++] = lead;
    }
    search->n_rivals = kept;
    free(values);
    return true;
}

/* --------------------------------------------------------------------------------------- search */

/* Whether r more purchases could do it, were each rival given its own. */
static bool may_do(struct search *search, int32_t r, int32_t max)
{
    const size_t row = (size_t)max + 1;
    int32_t before = 0, back = 0; /* of others; of what is taken out */
    search->work += search->n_rivals;
    if (search->sparse && search->score - search->own_best[r] <= search->slack) return true;
    for (int32_t j = 0; j < search->n_rivals && before + back < search->rows; j++) {
        if (search->lead[j] - search->best[(size_t)j * row + (size_t)r] > search->slack) continue;
        if (search->now->status[search->rival[j]] != FEED_BOUGHT)
            before++;
        else if (back < search->size)
            back++;
    }
    return before + back >= search->rows;
}

static void choose(struct search *search, int32_t p, double sign)
{
    search->score -= sign * search->own[p];
    for (int32_t j = 0; j < search->n_rivals; j++)
        search->lead[j] -= sign * search->fall[(size_t)j * (size_t)search->n + (size_t)p];
    search->work += search->n_rivals;
}

/* Chooses the purchases from `from` on that are still missing; true when a set was found. */
static bool descend(struct search *search, int32_t depth, int32_t from, int32_t max)
{
    const int32_t missing = search->size - depth;
    if (search->work > work_max || search->removing->failed) {
        search->exhausted = true;
        return false;
    }
    if (!may_do(search, missing, max)) return false;
    if (missing == 0) return removing_drops(search->removing, search->chosen, search->size);
    for (int32_t p = from; p + missing <= search->n && !search->exhausted; p++) {
        search->chosen[depth] = p;
        choose(search, p, 1);
        const bool found = descend(search, depth + 1, p + 1, max);
        choose(search, p, -1);
        if (found) return true;
    }
    return false;
}

static bool reserve(struct search *search, int32_t max)
{
    const size_t rivals = (size_t)search->removing->now->n_items + 1, n = (size_t)search->n;
    search->rival = malloc(rivals * sizeof *search->rival);
    search->own = malloc((n + 1) * sizeof *search->own);
    if (!search->rival || !search->own) return false;
    const size_t found = (size_t)find_rivals(search) + 1;
    if ((int64_t)(found * n) > weights_max) return true;
    search->lead = malloc(found * sizeof *search->lead);
    search->fall = malloc(found * (n + 1) * sizeof *search->fall);
    search->best = malloc(found * ((size_t)max + 1) * sizeof *search->best);
    return search->lead && search->fall && search->best;
}

int32_t counterfactual_search(struct removing *removing, int32_t *set, int32_t *n_set)
{
    struct search search = { .removing = removing,
                             .now = removing->now,
                             .n = removing->request->shopper->n,
                             .rows = removing->request->options->length };
    const int32_t max = *n_set - 1; /* the largest size worth trying */
    int32_t at_least = 2;
    if (!reserve(&search, max)) {
        removing->failed = true;
        error_memory(removing->error, "an answer");
    } else if (search.best && fill_weights(&search) && prepare(&search, max)) {
        for (search.size = 2; search.size <= max && !search.exhausted; search.size++) {
            if (descend(&search, 0, 0, max)) {
                memcpy(set, search.chosen, (size_t)search.size * sizeof *set);
                *n_set = search.size;
                break;
            }
            if (!search.exhausted) at_least = search.size + 1;
        }
    }
    free(search.rival);
    free(search.own);
    free(search.lead);
    free(search.fall);
    free(search.best);
    return at_least;
}

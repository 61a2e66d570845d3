/* metrics.c - the formulas, one list at a time.
 *
 * Ranks are counted, not sorted for: rank_kernel.c. Sources: K. Järvelin and J. Kekäläinen 2002
 * (NDCG, binary gains); S. Vargas and P. Castells 2011 (novelty as self-information, diversity as
 * mean distance); C. Gini 1912.
 */
#include "ranking_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct metric_info metric_info[METRICS] = {
    [METRIC_NDCG] = { "ndcg", "NDCG", 1 },
    [METRIC_HIT] = { "hr", "HR", 1 },
    [METRIC_RECALL] = { "recall", "RECALL", 1 },
    [METRIC_PRECISION] = { "precision", "PRECISION", 1 },
    [METRIC_MAP] = { "map", "MAP", 1 },
    [METRIC_MRR] = { "mrr", "MRR", 1 },
    [METRIC_NOVELTY] = { "novelty", "NOVELTY", 0 },
    [METRIC_POPULARITY] = { "popularity", "POPULARITY", 0 },
    [METRIC_DIVERSITY] = { "diversity", "DIVERSITY", 0 },
    [METRIC_FIDELITY] = { "fidelity", "FIDELITY", 1 },
    [METRIC_COVERAGE] = { "coverage", "COVERAGE", 1 },
    [METRIC_GINI] = { "gini", "GINI", -1 },
};

/* ------------------------------------------------------------------------------------- items */

static int by_buyers(const void *left, const void *right)
{
    const int32_t *a = left, *b = right; /* buyers, index */
    if (a[0] != b[0]) return a[0] > b[0] ? -1 : 1;
    return (a[1] > b[1]) - (a[1] < b[1]);
}

bool item_facts_init(struct item_facts *facts, const struct dataset *train, struct error *error)
{
    const int32_t n = train->n_items;
    int32_t(*order)[2] = malloc(((size_t)n + 1) * sizeof *order);

    *facts =
        (struct item_facts){ .n_items = n, .n_users = train->n_users, .by_item = &train->by_item };
    facts->buyers = malloc(((size_t)n + 1) * sizeof *facts->buyers);
    facts->popular = calloc((size_t)n + 1, sizeof *facts->popular);
    if (!order || !facts->buyers || !facts->popular) {
        free(order);
        return error_memory(error, "an evaluation");
    }
    for (int32_t i = 0; i < n; i++) {
        facts->buyers[i] = (int32_t)(train->by_item.start[i + 1] - train->by_item.start[i]);
        order[i][0] = facts->buyers[i];
        order[i][1] = i;
    }
    qsort(order, (size_t)n, sizeof *order, by_buyers);
    for (int32_t i = 0; i < (n + 9) / 10; i++)
        facts->popular[order[i][1]] = 1;
    free(order);
    return true;
}

void item_facts_fini(struct item_facts *facts)
{
    free(facts->buyers);
    free(facts->popular);
}

/* ------------------------------------------------------------------------------------- ranks */

static int ascending(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

void metrics_of_ranks(int32_t *ranks, int32_t n, int32_t k, double *metric)
{
    const int32_t max = n < k ? n : k;
    double gain = 0, ideal = 0, precision = 0;
    int32_t hits = 0;

    qsort(ranks, (size_t)n, sizeof *ranks, ascending);
    for (int32_t i = 0; i < n && ranks[i] <= k; i++) {
        hits++;
        gain += 1 / log2(1 + (double)ranks[i]);
        precision += (double)hits / ranks[i];
    }
    for (int32_t i = 1; i <= max; i++)
        ideal += 1 / log2(1 + (double)i);
    metric[METRIC_NDCG] = gain / ideal;
    metric[METRIC_HIT] = hits > 0;
    metric[METRIC_RECALL] = (double)hits / n;
    metric[METRIC_PRECISION] = (double)hits / k;
    metric[METRIC_MAP] = precision / max;
    metric[METRIC_MRR] = hits > 0 ? 1.0 / ranks[0] : 0;
}

/* ------------------------------------------------------------------------------------- lists */

void metrics_of_list(const struct item_facts *facts, const int32_t *list, int32_t n, double *metric)
{
    double novelty = 0, popular = 0;

    for (int32_t i = 0; i < n; i++) {
        int32_t buyers = facts->buyers[list[i]];
        novelty += log2((double)facts->n_users / (buyers > 0 ? buyers : 1));
        popular += facts->popular[list[i]];
    }
    metric[METRIC_NOVELTY] = n > 0 ? novelty / n : NAN;
    metric[METRIC_POPULARITY] = n > 0 ? popular / n : NAN;
}

/* With x_i the items' buyers as vectors of length 1, the sum of the cosines of all pairs is
 * (|sum of x_i|² - sum of |x_i|²) / 2: one pass over the buyers instead of one for each pair. */
double list_diversity(const struct item_facts *facts, const int32_t *list, int32_t n,
                      double *accumulator)
{
    const struct sparse *rows = facts->by_item;
    double square = 0, own = 0;

    if (n < 2) return NAN;
    for (int32_t i = 0; i < n; i++) {
        const int32_t item = list[i];
        if (facts->buyers[item] == 0) continue; /* like nothing else */
        const double share = 1 / sqrt((double)facts->buyers[item]);
        own += 1;
        for (int64_t e = rows->start[item]; e < rows->start[item + 1]; e++)
            accumulator[rows->column[e]] += share;
    }
    for (int32_t i = 0; i < n; i++) {
        for (int64_t e = rows->start[list[i]]; e < rows->start[list[i] + 1]; e++) {
            double *sum = &accumulator[rows->column[e]];
            square += *sum * *sum;
            *sum = 0;
        }
    }
    return 1 - (square - own) / ((double)n * (n - 1));
}

double lists_coverage(const int32_t *counts, int32_t n)
{
    int32_t listed = 0;
    for (int32_t i = 0; i < n; i++)
        listed += counts[i] > 0;
    return n > 0 ? (double)listed / n : NAN;
}

double lists_gini(int32_t *counts, int32_t n)
{
    double sum = 0, weighted = 0;
    int32_t listed = 0;

    for (int32_t i = 0; i < n; i++) /* most are 0 in a large catalogue: those need no sorting */
        if (counts[i] > 0) counts[listed++] = counts[i];
    qsort(counts, (size_t)listed, sizeof *counts, ascending);
    for (int32_t i = 0; i < listed; i++) {
        sum += counts[i];
        weighted += (2.0 * (n - listed + i) + 1 - n) * counts[i];
    }
    return sum > 0 ? weighted / (n * sum) : NAN;
}

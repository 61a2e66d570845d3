/* slist.h - the linear model of sequences: shared by training, scoring and receipts.
 *
 * Splits of a user's sequence i_1 .. i_m after each event t < m give a row each of two matrices:
 *
 *     S_t = sum over p <= t of g^(t-p) e(i_p)        what came before, newer events count more
 *     T_t = sum over q > t of h^(q-t-1) e(i_q)       what came after, nearer events count more
 *
 * and the model is the ridge regression of T on S (Choi, Kim, Lee, Shim and Lee, "Session-aware
 * Linear Item-Item Models for Session-based Recommendation", 2021, the part called SLIT):
 *
 *     B = (S'S + lambda I)^-1 S'T,       score(u) = s_u B
 *
 * with s_u the S of the whole history. Neither S nor T is made: the products are sums over pairs of
 * events of one user, d events apart, with a weight in closed form (slist_counts.c).
 */
#ifndef AISLE_SLIST_H
#define AISLE_SLIST_H

#include "ease.h"

/* g, h and lambda. */
struct slist_settings {
    double decay, target_decay, lambda;
    int32_t window; /* events apart beyond which a pair weighs less than 1/1000 */
};

struct slist {
    struct model_base base;
    struct ease_items items;
    struct slist_settings settings; /* as resolved from the parameters and the data */
    struct sparse weight;           /* (n, n) by position: row j is what an event of j adds */
};

/* Pairs of events, by position of the items. Both are owned by the caller. */
struct slist_counts {
    float *gram;          /* (n, n) the upper half of S'S, rounded once from double */
    struct sparse target; /* (n, n) S'T */
};

/* gram is zeroed by the caller. False with ERROR_CANCELLED or ERROR_MEMORY. */
bool slist_count(const struct dataset *dataset, const struct ease_items *items,
                 const struct slist_settings *settings, int threads, struct progress *progress,
                 struct slist_counts *counts, struct error *error);

/* B = (S'S + lambda I)^-1 S'T, of each row the `max` entries of largest magnitude; the gram matrix
 * is overwritten. The same bits whatever the number of threads. */
bool slist_solve(struct slist_counts *counts, int32_t n, double lambda, int32_t max, int threads,
                 struct progress *progress, struct sparse *weight, struct error *error);

/* Bytes that slist_solve() takes beside the counts. */
int64_t slist_solve_memory(int64_t n, int32_t max, int threads);

#endif

/* similarity.h - cosine neighbours of the rows of a sparse matrix, exact and fast.
 *
 * Rows are items (by their users) or users (by their items); one kernel serves both. The product
 * of the matrix with its transpose is never stored: each row's products are accumulated, reduced
 * to its best k and forgotten.
 *
 *     sim(a,b) = dot(a,b) / (|a|^(2 alpha) |b|^(2 (1 - alpha)))  *  n / (n + shrinkage)
 *
 * with full norms (every entry of a row counts), n = common columns; alpha 0.5 is the cosine of
 * DESIGN.md section 4. Values are exact to 1e-6 relative on every input: where all strengths are
 * integers (or halves) and no norm reaches 2^24, sums in float are exact; otherwise sums are
 * double.
 */
#ifndef AISLE_SIMILARITY_H
#define AISLE_SIMILARITY_H

#include "aisle/progress.h"
#include "aisle/sparse.h"

enum weighting { WEIGHTING_NONE, WEIGHTING_TFIDF, WEIGHTING_BM25 };

struct similarity_options {
    int32_t k;          /* neighbours kept per row; >= rows keeps all with a product > 0 */
    int32_t min_common; /* pairs with fewer common columns do not count; 0 and 1 are the same */
    double shrinkage;   /* >= 0 */
    double alpha;       /* 0..1, 0.5 symmetric */
};

/* Row r's neighbours at [start[r], start[r+1]): best first, equal similarities by ascending id. */
struct neighbours {
    int32_t n_rows;
    int64_t *start;    /* (n_rows + 1) */
    int32_t *id;       /* (start[n_rows]) */
    float *similarity; /* (start[n_rows]) > 0 */
};

void neighbours_fini(struct neighbours *neighbours);

/* The k best neighbours of every row. `columns` is the transpose of `rows`. threads 0 = all cores.
 * Cancels within 10 ms. Memory: neighbours + one accumulator of n_rows per thread, forecast by
 * similarity_memory(). False with ERROR_CANCELLED or ERROR_MEMORY. */
bool similarity_all(const struct sparse *rows, const struct sparse *columns,
                    const struct similarity_options *options, int threads,
                    struct progress *progress, struct neighbours *out, struct error *error);
/* weighted: the values of rows will be weights, not counts. */
int64_t similarity_memory(const struct sparse *rows, const struct similarity_options *options,
                          bool weighted, int threads);

/* Neighbours that are updated incrementally: more than k are stored of each row. */
struct similarity_incremental {
    int32_t n_rows, k, capacity;
    int32_t *length;   /* (n_rows) listed, <= capacity; >= k unless complete */
    uint8_t *complete; /* (n_rows) 1 where the list has all that are similar at all */
    int32_t *id;       /* (n_rows, capacity) best first */
    float *similarity; /* (n_rows, capacity) */
    double *norms;     /* (n_rows) squared */
};
bool similarity_incremental_build(const struct sparse *rows, const struct sparse *columns,
                                  const struct similarity_options *options, int threads,
                                  struct progress *progress, struct similarity_incremental *out,
                                  struct error *error);
/* The lists after `changed` rows (ascending; those that were added among them) became what they are
 * in rows: what similarity_incremental_build() would give, at the cost of the changed rows. */
bool similarity_incremental_update(const struct similarity_incremental *old,
                                   const struct sparse *rows, const struct sparse *columns,
                                   const struct similarity_options *options, const int32_t *changed,
                                   int32_t n_changed, int threads, struct progress *progress,
                                   struct similarity_incremental *out, struct error *error);
/* The k best, as similarity_all() gives them. */
bool similarity_incremental_top_k(const struct similarity_incremental *incremental,
                                  struct neighbours *out, struct error *error);
void similarity_incremental_fini(struct similarity_incremental *incremental);

/* Similarity of one vector (column[], value[], n entries, columns ascending) to every row: a dense
 * result sim[n_rows], 0 where nothing is common; common[n_rows] gets the co-counts (it may be NULL
 * where the options ask neither for shrinkage nor for a minimum).
 * row_norms are from similarity_norms(). */
void similarity_vector(const struct sparse *columns, const double *row_norms, const int32_t *column,
                       const float *value, int32_t n, const struct similarity_options *options,
                       double *sim, int32_t *common);

/* Squared norm of each row, (n_rows). */
void similarity_norms(const struct sparse *rows, double *norms);

/* A re-weighted copy. TF-IDF and BM25 treat a row as a document and a column as a term, with the
 * formulas of the `implicit` package (idf = ln(n_rows) - ln(1 + rows with this column)):
 *   tfidf: sqrt(value) * idf
 *   bm25:  value * (K1 + 1) / (value + K1 * (1 - B + B * sum of the row / mean row sum)) * idf,
 *          K1 100, B 0.8 */
bool similarity_weight(const struct sparse *rows, enum weighting weighting, struct sparse *out,
                       struct error *error);

/* The same weights for one vector that need not be a row (a shopper's history), in place. `columns`
 * is the transpose of the rows as they were, mean_sum their mean sum from similarity_mean_sum(). A
 * vector that equals a row gets the row's weights to the last bit. */
void similarity_weight_vector(const struct sparse *columns, double mean_sum,
                              enum weighting weighting, const int32_t *column, float *value,
                              int32_t n);
double similarity_mean_sum(const struct sparse *rows);

/* The k best of n scores: indexes best first, ties by ascending index; -INFINITY is never chosen.
 * Returns how many were written to out (<= k). O(n + k log k) typical, vectorised scan. */
int32_t top_k(const float *scores, int32_t n, int32_t k, int32_t *out);

#endif

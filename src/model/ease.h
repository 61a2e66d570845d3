/* ease.h - the closed-form linear model: shared by training, scoring and receipts. */
#ifndef AISLE_EASE_H
#define AISLE_EASE_H

#include "model_private.h"

enum ease_values { EASE_BINARY, EASE_STRENGTH };

/* Bytes that BLAS keeps for itself after the first inverse, measured. */
enum { EASE_OF_BLAS = 4 << 20, EASE_ITEMS_MAX = 65536 };

/* The items that take part, numbered by position: at most 65,536 of them. */
struct ease_items {
    int32_t n;      /* positions */
    int32_t *item;  /* (n) ascending */
    int32_t *place; /* (items of the catalogue) position, or -1 */
    int32_t absent; /* items with buyers that found no room */
};

struct ease {
    struct model_base base;
    struct ease_items items;
    double *scale; /* (n) 1 / P_ii */
    float *weight; /* (n,n) B: row j is what having j adds to every item */
};

/* Most bought items, equals by number, at most `max` of them. */
bool ease_items_init(struct ease_items *items, const struct dataset *dataset, int64_t max,
                     struct error *error);
void ease_items_fini(struct ease_items *items);
void ease_items_save(const struct ease_items *items, struct byte_writer *writer);
/* Into zeroed items; false where they make no sense or memory is short (then the reader has
 * failed). */
bool ease_items_load(struct ease_items *items, int32_t n_items, struct byte_reader *reader);

/* The upper half of X'X, exact where its values are integers below 2^24; matrix (n,n) is zeroed
 * before. False with ERROR_CANCELLED or ERROR_MEMORY. */
bool ease_gram(const struct dataset *dataset, const struct ease_items *items,
               enum ease_values values, int threads, struct progress *progress, float *matrix,
               struct error *error);

/* The upper half of a symmetric positive definite matrix (n,n) becomes that of minus its inverse,
 * in place. The same bits whatever the number of threads. */
bool ease_invert(float *matrix, int32_t n, int threads, struct progress *progress,
                 struct error *error);

/* From the upper half of -P to that of B = I - P diag(1 / diag P); scale (n) is filled. */
void ease_weigh(float *matrix, int32_t n, int threads, double *scale);
/* The lower half of B from its upper half. */
void ease_mirror(float *matrix, int32_t n, int threads, const double *scale);

/* sum[c] += weight[r] * rows[r][c] for c < n, r ascending. Weights are floats in every bit, so
 * that products are exact in double and sums the same to the last bit whatever instructions the
 * processor has. */
void ease_add_rows(const float *const *rows, const double *weight, int32_t n_rows, int32_t n,
                   double *sum);

/* The shopper's items that take part, in their order. */
struct ease_history {
    int32_t n;
    const float **row; /* (n) rows of B */
    double *weight;    /* (n) x, a float in every bit */
    int32_t *from;     /* (n) index in the shopper's items */
};
bool ease_history_init(struct ease_history *history, const struct ease *ease,
                       const struct shopper *shopper, struct error *error);
void ease_history_fini(struct ease_history *history);

struct receipt *ease_explain(const struct model *model, const struct shopper *shopper, int32_t item,
                             const struct receipt_limits *limits, struct error *error);

#endif

/* compare.c - two lists side by side. */
#include "compare_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double persistence = 0.9;

static bool among(const int32_t *items, int32_t n, int32_t item)
{
    for (int32_t i = 0; i < n; i++)
        if (items[i] == item) return true;
    return false;
}

double rank_biased_overlap(const int32_t *a, int32_t n_a, const int32_t *b, int32_t n_b, double p)
{
    const int32_t *longer = n_a >= n_b ? a : b, *shorter = n_a >= n_b ? b : a;
    const int32_t l = n_a >= n_b ? n_a : n_b, s = n_a >= n_b ? n_b : n_a;
    double sum = 0, weight = 1, common = 0, at_s = 0;
    if (s == 0) return l == 0 ? 1 : 0;
    for (int32_t d = 1; d <= l; d++) {
        weight *= p;
        /* X_d: the overlap of the first d of either, the shorter one ending at s. */
        if (d <= s && shorter[d - 1] == longer[d - 1])
            common += 1;
        else {
            common += among(shorter, d <= s ? d : s, longer[d - 1]);
            if (d <= s) common += among(longer, d, shorter[d - 1]);
        }
        sum += common / d * weight;
        if (d == s) at_s = common;
        if (d > s) sum += at_s * (d - s) / ((double)s * d) * weight;
    }
    return (1 - p) / p * sum + ((common - at_s) / l + at_s / s) * weight;
}

/* ------------------------------------------------------------------------- the part that moved */

static bool same_part(const struct receipt *a, const struct receipt *b)
{
    return a->kind == b->kind && a->user == b->user && a->item == b->item &&
           (a->words == NULL) == (b->words == NULL) &&
           (!a->words || strcmp(a->words, b->words) == 0);
}

/* Of all that speaks, for or against: of a sum near zero a share would be any number. */
static double share_of(const struct receipt *root, const struct receipt *part)
{
    double all = 0, value = 0;
    for (int32_t c = 0; root && c < root->n_children; c++) {
        all += fabs(root->children[c].value);
        if (same_part(&root->children[c], part)) value = root->children[c].value;
    }
    return all > 0 ? value / all : 0;
}

static bool take_part(struct compare_row *row, const struct receipt *part, double before,
                      double after)
{
    if (part->kind == RECEIPT_REST ||
        fabs(after - before) <= fabs(row->part_after - row->part_before))
        return true;
    free(row->part_words);
    row->part = part->kind;
    row->part_user = part->user;
    row->part_item = part->item;
    row->part_words = part->words ? strdup(part->words) : NULL;
    row->part_before = before;
    row->part_after = after;
    return row->part_words || !part->words;
}

static bool find_part(struct compare_row *row, const struct compare_side *a,
                      const struct compare_side *b, struct error *error)
{
    static const struct receipt_limits limits = { .children = 0, .levels = 1 };
    const int32_t item = row->move.item;
    struct receipt *before = NULL, *after = NULL;
    bool good = true;
    if (feed_score(a->feed, item) > -INFINITY)
        good = (before = feed_explain(a->feed, a->model, a->shopper, item, &limits, error)) != NULL;
    if (good && feed_score(b->feed, item) > -INFINITY)
        good = (after = feed_explain(b->feed, b->model, b->shopper, item, &limits, error)) != NULL;
    for (int32_t c = 0; good && before && c < before->n_children; c++)
        good = take_part(row, &before->children[c], share_of(before, &before->children[c]),
                         share_of(after, &before->children[c]));
    for (int32_t c = 0; good && after && c < after->n_children; c++)
        good = take_part(row, &after->children[c], share_of(before, &after->children[c]),
                         share_of(after, &after->children[c]));
    receipt_free(before);
    receipt_free(after);
    return good || error_memory(error, "a comparison");
}

/* ------------------------------------------------------------------------------- the comparison */

static int32_t *items_of(const struct feed *feed)
{
    int32_t *items = malloc(((size_t)feed->n + 1) * sizeof *items);
    for (int32_t r = 0; items && r < feed->n; r++)
        items[r] = feed->rows[r].item;
    return items;
}

static bool measure(struct comparison *comparison, const struct feed *a, const struct feed *b)
{
    int32_t *left = items_of(a), *right = items_of(b);
    int32_t both = 0;
    const int32_t longer = a->n > b->n ? a->n : b->n;
    for (int32_t r = 0; r < comparison->n; r++) {
        const struct feed_move *move = &comparison->rows[r].move;
        both += move->rank_a > 0 && move->rank_b > 0;
        comparison->entered += move->rank_a == 0;
        comparison->left += move->rank_b == 0;
        comparison->moved += move->rank_a > 0 && move->rank_b > 0 && move->rank_a != move->rank_b;
    }
    comparison->overlap = longer > 0 ? (double)both / longer : 1;
    if (left && right) comparison->rbo = rank_biased_overlap(left, a->n, right, b->n, persistence);
    const bool capacity = left && right;
    free(left);
    free(right);
    return capacity;
}

struct comparison *comparison_new(const struct compare_side *a, const struct compare_side *b,
                                  int32_t opened, struct error *error)
{
    const size_t max = (size_t)a->feed->n + (size_t)b->feed->n + 1;
    struct comparison *comparison = calloc(1, sizeof *comparison);
    struct feed_move *moves = malloc(max * sizeof *moves);
    bool good = comparison && moves && (comparison->rows = calloc(max, sizeof *comparison->rows));
    if (good) {
        comparison->n = feed_compare(a->feed, b->feed, moves);
        for (int32_t r = 0; r < comparison->n; r++)
            comparison->rows[r] =
                (struct compare_row){ .move = moves[r], .part_user = -1, .part_item = -1 };
        good = measure(comparison, a->feed, b->feed);
    }
    if (!good) error_memory(error, "a comparison");
    good = good && compare_causes(comparison, a, b, error);
    for (int32_t r = 0; good && r < comparison->n && r < opened; r++)
        good = find_part(&comparison->rows[r], a, b, error);
    free(moves);
    if (good) return comparison;
    comparison_free(comparison);
    return NULL;
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison) return;
    for (int32_t r = 0; r < comparison->n; r++)
        free(comparison->rows[r].part_words);
    free(comparison->rows);
    free(comparison);
}

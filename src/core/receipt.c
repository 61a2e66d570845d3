/* receipt.c - trees whose parents equal the sums of their children. */
#include "aisle/receipt.h"

#include "aisle/moment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *receipt_kind_name(enum receipt_kind kind)
{
    static const char *const names[] = {
        [RECEIPT_SCORE] = "score",         [RECEIPT_PURCHASE] = "purchase",
        [RECEIPT_NEIGHBOUR] = "neighbour", [RECEIPT_BUYER] = "buyer",
        [RECEIPT_SHARED] = "shared",       [RECEIPT_PERIOD] = "period",
        [RECEIPT_EVENT] = "event",         [RECEIPT_REST] = "rest",
        [RECEIPT_BASE] = "base",           [RECEIPT_TOGETHER] = "together",
        [RECEIPT_FEATURE] = "feature",     [RECEIPT_FRIEND] = "friend",
        [RECEIPT_SEGMENT] = "segment",     [RECEIPT_WORD] = "word",
        [RECEIPT_MODEL] = "model",         [RECEIPT_RULE] = "rule",
    };
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

struct receipt *receipt_new(enum receipt_kind kind, int32_t user, int32_t item, double value,
                            struct error *error)
{
    struct receipt *receipt = calloc(1, sizeof *receipt);

    if (!receipt) {
        error_memory(error, "a receipt");
        return NULL;
    }
    receipt->kind = kind;
    receipt->user = user;
    receipt->item = item;
    receipt->time = MOMENT_NONE;
    receipt->value = value;
    return receipt;
}

/* What the node owns, not the node itself. */
static void receipt_fini(struct receipt *node)
{
    for (int32_t i = 0; i < node->n_children; i++)
        receipt_fini(&node->children[i]);
    free(node->children);
    free(node->words);
    node->children = NULL;
    node->words = NULL;
    node->n_children = 0;
}

void receipt_free(struct receipt *receipt)
{
    if (!receipt) return;
    receipt_fini(receipt);
    free(receipt);
}

bool receipt_make_children(struct receipt *node, int32_t n, struct error *error)
{
    for (int32_t i = 0; i < node->n_children; i++)
        receipt_fini(&node->children[i]);
    free(node->children);
    node->children = NULL;
    node->n_children = 0;
    if (n <= 0) return true;
    node->children = calloc((size_t)n, sizeof *node->children);
    if (!node->children) return error_memory(error, "a receipt");
    node->n_children = n;
    for (int32_t i = 0; i < n; i++) {
        node->children[i].user = node->children[i].item = -1;
        node->children[i].time = MOMENT_NONE;
    }
    return true;
}

static int three_way(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Largest |value| first, the rest last; ties by what the part is, so that lists do not jump. */
static int compare(const void *left, const void *right)
{
    const struct receipt *a = left, *b = right;
    double x = fabs(a->value), y = fabs(b->value);
    int order = three_way(a->kind == RECEIPT_REST, b->kind == RECEIPT_REST);

    if (order == 0) order = (x < y) - (x > y);
    if (order == 0) order = three_way(a->kind, b->kind);
    if (order == 0) order = three_way(a->item, b->item);
    if (order == 0) order = three_way(a->user, b->user);
    if (order == 0) order = three_way(a->time, b->time);
    return order;
}

bool receipt_trim(struct receipt *node, int32_t limit, struct error *error)
{
    (void)error; /* the rest takes the place of a part that it holds: nothing is allocated */
    if (node->n_children == 0) return true;
    qsort(node->children, (size_t)node->n_children, sizeof *node->children, compare);

    bool has_rest = node->children[node->n_children - 1].kind == RECEIPT_REST;
    int32_t parts = node->n_children - has_rest;
    if (limit <= 0 || parts <= limit) return true;

    struct receipt rest = { .kind = RECEIPT_REST, .user = -1, .item = -1, .time = MOMENT_NONE };
    for (int32_t i = node->n_children - 1; i >= limit; i--) { /* small ones first: less is lost */
        rest.value += node->children[i].value;
        rest.count += node->children[i].kind == RECEIPT_REST ? node->children[i].count : 1;
        receipt_fini(&node->children[i]);
    }
    node->children[limit] = rest;
    node->n_children = limit + 1;
    return true;
}

/* Which parts are summed. */
struct receipt_sum {
    int32_t min;    /* those that rest on fewer people; 0 = it does not matter */
    int64_t moment; /* those after it */
    const char *words;
};

static bool is_summed(const struct receipt_sum *sum, const struct receipt *node)
{
    const bool dated = node->kind == RECEIPT_PURCHASE || node->kind == RECEIPT_SHARED ||
                       node->kind == RECEIPT_PERIOD || node->kind == RECEIPT_EVENT;
    if (sum->min > 0)
        return node->kind == RECEIPT_PURCHASE && node->count > 0 && node->count < sum->min;
    return dated && node->time != MOMENT_NONE && node->time > sum->moment;
}

static bool sum_parts(struct receipt *node, const struct receipt_sum *sum, struct error *error)
{
    struct receipt rest = { .kind = RECEIPT_REST, .user = -1, .item = -1, .time = MOMENT_NONE };
    int32_t kept = 0;

    for (int32_t i = 0; i < node->n_children; i++) {
        struct receipt *child = &node->children[i];
        if (!is_summed(sum, child)) {
            if (!sum_parts(child, sum, error)) return false;
            continue;
        }
        rest.value += child->value;
        rest.count++;
    }
    if (rest.count == 0) return true;
    rest.words = malloc(strlen(sum->words) + 1);
    if (!rest.words) return error_memory(error, "a receipt");
    strcpy(rest.words, sum->words);
    for (int32_t i = 0; i < node->n_children; i++) {
        if (is_summed(sum, &node->children[i]))
            receipt_fini(&node->children[i]);
        else
            node->children[kept++] = node->children[i];
    }
    node->children[kept] = rest; /* at least one place is free */
    node->n_children = kept + 1;
    return true;
}

bool receipt_sum_thin(struct receipt *node, int32_t min, const char *words, struct error *error)
{
    const struct receipt_sum sum = { .min = min, .words = words };
    return min <= 0 || sum_parts(node, &sum, error);
}

bool receipt_sum_after(struct receipt *node, int64_t moment, const char *words, struct error *error)
{
    const struct receipt_sum sum = { .moment = moment, .words = words };
    return sum_parts(node, &sum, error);
}

/* fmax() would pass over what is no number: that does not add up, however small the others are. */
static double worse(double a, double b)
{
    return isnan(a) || a > b ? a : b;
}

double receipt_residual(const struct receipt *receipt)
{
    if (receipt->n_children == 0) return isnan(receipt->value) ? (double)NAN : 0;
    double sum = 0, worst = 0;
    for (int32_t i = 0; i < receipt->n_children; i++) {
        sum += receipt->children[i].value;
        worst = worse(worst, receipt_residual(&receipt->children[i]));
    }
    return worse(worst, fabs(receipt->value - sum));
}

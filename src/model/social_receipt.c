/* social_receipt.c - a social score, opened: the friends who have the item, then why each counts
 * what they count: being a friend, friends in common, purchases in common.
 */
#include "social.h"

#include <stdlib.h>
#include <string.h>

/* A child that says itself what it is. */
static bool add_reason(struct receipt *node, int32_t at, const char *words, int32_t count,
                       double value, struct error *error)
{
    struct receipt *reason = &node->children[at];

    reason->kind = RECEIPT_BASE;
    reason->count = count;
    reason->value = value;
    reason->words = strdup(words);
    return reason->words || error_memory(error, "a receipt");
}

/* What shopper and friend both have: each item's share of the cosine. */
static int32_t list_shared(const struct social *social, const struct shopper *shopper,
                           struct receipt *node, int32_t first, double whole)
{
    const struct sparse *by_user = &social->base.dataset->by_user;
    double sum = 0;
    int32_t n = first;

    for (int32_t s = 0; s < shopper->n; s++) {
        const int64_t at = shopper->item[s] < by_user->n_columns
                               ? sparse_find(by_user, node->user, shopper->item[s])
                               : -1;
        if (at < 0) continue;
        struct receipt *shared = &node->children[n++];
        shared->kind = RECEIPT_SHARED;
        shared->user = node->user;
        shared->item = shopper->item[s];
        shared->count = 1;
        shared->time = shopper->time[s];
        shared->value =
            social_value(social, shopper->strength[s]) * social_value(social, by_user->value[at]);
        sum += shared->value;
    }
    for (int32_t i = first; i < n; i++)
        node->children[i].value *= whole / sum;
    return n;
}

static bool open_friend(const struct social *social, const struct shopper *shopper,
                        struct receipt *node, const struct tie *tie, double each, int32_t limit,
                        struct error *error)
{
    int32_t n = 0;

    if (!receipt_make_children(node, shopper->n + 2, error) ||
        !add_reason(node, n++, "is a friend", 0, each, error))
        return false;
    if (tie->mutual_part > 0 && !add_reason(node, n++, "has friends in common", tie->mutual,
                                            each * tie->mutual_part, error))
        return false;
    if (tie->likeness_part > 0)
        n = list_shared(social, shopper, node, n, each * tie->likeness_part);
    node->n_children = n;
    return receipt_trim(node, limit, error);
}

static bool list_friends(const struct social *social, const struct shopper *shopper,
                         struct receipt *root, const struct tie *ties, int32_t n,
                         const struct receipt_limits *limits, struct error *error)
{
    const struct sparse *by_user = &social->base.dataset->by_user;
    double all = social->shrinkage, sum = 0;
    int32_t listed = 0;

    if (!receipt_make_children(root, n, error)) return false;
    for (int32_t t = 0; t < n; t++)
        all += ties[t].weight;
    for (int32_t t = 0; t < n; t++) {
        const int64_t at = sparse_find(by_user, ties[t].user, root->item);
        if (at < 0) continue;
        const double x = social_value(social, by_user->value[at]);
        struct receipt *node = &root->children[listed++];
        node->kind = RECEIPT_FRIEND;
        node->user = ties[t].user;
        node->item = root->item;
        node->count = ties[t].mutual;
        node->time = model_latest_event(social->base.dataset, node->user, root->item);
        node->factor = ties[t].weight / all;
        node->strength = x;
        node->value = node->factor * x;
        sum += ties[t].weight * x;
        if (model_opens(limits, 2) && !open_friend(social, shopper, node, &ties[t], x / all,
                                                   limits ? limits->children : 0, error))
            return false;
    }
    root->n_children = listed;
    root->value = listed > 0 ? sum / all : 0; /* nobody, and no shrinkage: 0 by 0 */
    return receipt_trim(root, limits ? limits->children : 0, error);
}

struct receipt *social_explain(const struct model *model, const struct shopper *shopper,
                               int32_t item, const struct receipt_limits *limits,
                               struct error *error)
{
    const struct social *social = (const struct social *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct tie *ties = NULL;

    if (!root || item < 0 || item >= social->base.dataset->n_items) return root;
    const int32_t n = social_ties(social, shopper, &ties, error);
    bool made = n >= 0 && list_friends(social, shopper, root, ties, n, limits, error);
    free(ties);
    if (made) return root;
    receipt_free(root);
    return NULL;
}

/* ease_receipt.c - an EASE score, opened: the shopper's purchases, for and against.
 *
 * A weight is the outcome of all purchases of all people at once; no person has a part of it that
 * would mean something alone. So purchases are leaves, with the number of people who have both.
 */
#include "ease.h"

#include <stdlib.h>

struct receipt *ease_explain(const struct model *model, const struct shopper *shopper, int32_t item,
                             const struct receipt_limits *limits, struct error *error)
{
    const struct ease *ease = (const struct ease *)model;
    const struct dataset *dataset = ease->base.dataset;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct ease_history history;

    if (!root || item < 0 || item >= dataset->n_items || ease->items.place[item] < 0) return root;
    if (!ease_history_init(&history, ease, shopper, error)) goto fail;
    const bool made = receipt_make_children(root, history.n, error);
    for (int32_t i = 0; made && i < history.n; i++) {
        struct receipt *purchase = &root->children[i];
        const int32_t s = history.from[i];
        purchase->kind = RECEIPT_PURCHASE;
        purchase->item = shopper->item[s];
        purchase->time = shopper->time[s];
        purchase->factor = (double)history.row[i][ease->items.place[item]];
        purchase->strength = history.weight[i];
        purchase->value = purchase->factor * purchase->strength;
        root->value += purchase->value;
    }
    ease_history_fini(&history);
    if (made && root->value == 0) { /* nothing goes with it: nothing is said */
        free(root->children);
        root->children = NULL;
        root->n_children = 0;
    }
    if (!made || !receipt_trim(root, limits ? limits->children : 0, error)) goto fail;
    for (int32_t i = 0; i < root->n_children; i++) {
        struct receipt *purchase = &root->children[i];
        if (purchase->kind == RECEIPT_PURCHASE)
            purchase->count = model_common(&dataset->by_item, item, purchase->item);
    }
    return root;
fail:
    receipt_free(root);
    return NULL;
}

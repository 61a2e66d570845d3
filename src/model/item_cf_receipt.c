/* item_cf_receipt.c - an item-cf score, opened: the shopper's purchases, then who bought both.
 *
 * A similarity is a sum over the users who bought both items, so each of them has a part in every
 * purchase's share of the score. Similarities are kept as float, so the parts are the user's share
 * of the sum, times what the purchase adds: they add up to the last bits of a double.
 */
#include "item_cf.h"

#include <stdlib.h>

/* sim(item, j) as the model keeps it; 0 when j is no neighbour of the item. */
static double kept_similarity(const struct neighbours *lists, int32_t item, int32_t j)
{
    for (int64_t e = lists->start[item]; e < lists->start[item + 1]; e++) {
        if (lists->id[e] == j) return (double)lists->similarity[e];
    }
    return 0;
}

/* The buyers of both items with their products, as children of `node`; returns the sum. */
static double list_buyers(const struct sparse *rows, struct receipt *node, int32_t item, int32_t j)
{
    int64_t a = rows->start[item], b = rows->start[j];
    double sum = 0;
    int32_t n = 0;

    while (a < rows->start[item + 1] && b < rows->start[j + 1]) {
        if (rows->column[a] < rows->column[b]) {
            a++;
        } else if (rows->column[b] < rows->column[a]) {
            b++;
        } else {
            struct receipt *buyer = &node->children[n++];
            buyer->kind = RECEIPT_BUYER;
            buyer->user = rows->column[a];
            buyer->item = item;
            buyer->count = 1;
            buyer->value = (double)rows->value[a++] * (double)rows->value[b++];
            sum += buyer->value;
        }
    }
    return sum;
}

static bool open_purchase(const struct item_cf *item_cf, struct receipt *node, int32_t item,
                          const struct receipt_limits *limits, struct error *error)
{
    const struct dataset *dataset = item_cf->base.dataset;

    if (!receipt_make_children(node, node->count, error)) return false;
    double sum = list_buyers(item_cf->rows, node, item, node->item);
    for (int32_t i = 0; i < node->n_children; i++) {
        node->children[i].factor = node->factor * node->children[i].value / sum;
        node->children[i].strength = node->strength;
        node->children[i].value = node->value * node->children[i].value / sum;
    }
    if (!receipt_trim(node, limits ? limits->children : 0, error)) return false;
    for (int32_t i = 0; i < node->n_children; i++) {
        struct receipt *buyer = &node->children[i];
        if (buyer->kind == RECEIPT_BUYER)
            buyer->time = model_latest_event(dataset, buyer->user, item);
    }
    return true;
}

/* The purchases that count towards the item, as children of the root, in the order of score(). */
static bool list_purchases(const struct item_cf *item_cf, struct receipt *root,
                           const struct shopper *shopper, struct error *error)
{
    const int32_t item = root->item, n_items = item_cf->base.dataset->n_items;
    int32_t n = 0;

    if (!receipt_make_children(root, shopper->n, error)) return false;
    double *weight = item_cf_weights(item_cf, shopper, error);
    if (!weight) return false;
    for (int32_t s = 0; s < shopper->n; s++) {
        int32_t j = shopper->item[s];
        double similarity = j < n_items ? kept_similarity(&item_cf->lists, item, j) : 0;
        if (!(similarity > 0)) continue;
        struct receipt *purchase = &root->children[n++];
        purchase->kind = RECEIPT_PURCHASE;
        purchase->item = j;
        purchase->time = shopper->time[s];
        purchase->factor = similarity;
        purchase->strength = weight[s];
        purchase->value = similarity * purchase->strength;
        purchase->count = model_common(&item_cf->base.dataset->by_item, item, j);
        root->value += purchase->value;
    }
    free(weight);
    root->n_children = n;
    return true;
}

struct receipt *item_cf_explain(const struct model *model, const struct shopper *shopper,
                                int32_t item, const struct receipt_limits *limits,
                                struct error *error)
{
    const struct item_cf *item_cf = (const struct item_cf *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);

    if (!root || item < 0 || item >= item_cf->base.dataset->n_items) return root;
    bool opened = list_purchases(item_cf, root, shopper, error) &&
                  receipt_trim(root, limits ? limits->children : 0, error);
    for (int32_t i = 0; opened && model_opens(limits, 2) && i < root->n_children; i++) {
        if (root->children[i].kind == RECEIPT_PURCHASE)
            opened = open_purchase(item_cf, &root->children[i], item, limits, error);
    }
    if (opened) return root;
    receipt_free(root);
    return NULL;
}

/* external_receipt.c - a stand-in for reasons that are not known.
 *
 *     part(j) = score * sim(i,j) r_uj / sum over j' of sim(i,j') r_uj'
 *
 * with the cosine of item-cf over our own data, all neighbours counted. Where nothing the shopper
 * has goes with the item, the score stands there unexplained.
 */
#include "external_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* sim(i,j) = dot / (|i| |j|); *common gets who bought both. */
static double cosine(const struct sparse *rows, int32_t i, int32_t j, int32_t *common)
{
    int64_t a = rows->start[i], b = rows->start[j];
    double dot = 0, norm_i = 0, norm_j = 0;

    *common = 0;
    for (int64_t e = a; e < rows->start[i + 1]; e++)
        norm_i += (double)rows->value[e] * (double)rows->value[e];
    for (int64_t e = b; e < rows->start[j + 1]; e++)
        norm_j += (double)rows->value[e] * (double)rows->value[e];
    while (a < rows->start[i + 1] && b < rows->start[j + 1]) {
        if (rows->column[a] < rows->column[b]) {
            a++;
        } else if (rows->column[b] < rows->column[a]) {
            b++;
        } else {
            dot += (double)rows->value[a++] * (double)rows->value[b++];
            ++*common;
        }
    }
    return dot > 0 ? dot / sqrt(norm_i * norm_j) : 0;
}

/* The purchases that go with the item, with what the cosine gives them; returns the sum. */
static double list_purchases(const struct dataset *dataset, struct receipt *node,
                             const struct shopper *shopper, int32_t item)
{
    double sum = 0;
    int32_t n = 0;

    for (int32_t s = 0; s < shopper->n; s++) {
        const int32_t j = shopper->item[s];
        int32_t common;
        if (j >= dataset->n_items || j == item) continue;
        const double similarity = cosine(&dataset->by_item, item, j, &common);
        if (!(similarity > 0)) continue;
        struct receipt *purchase = &node->children[n++];
        purchase->kind = RECEIPT_PURCHASE;
        purchase->item = j;
        purchase->time = shopper->time[s];
        purchase->strength = (double)shopper->strength[s];
        purchase->value = similarity * purchase->strength;
        purchase->count = common;
        sum += purchase->value;
    }
    node->n_children = n;
    return sum;
}

static char *words_for(const char *engine, bool explained)
{
    struct text words = { 0 };

    if (explained)
        text_format(&words, "item-cf standing in for the reasons of %s", engine);
    else
        text_format(&words, "as %s says: nothing the shopper has goes with it", engine);
    return words.bytes;
}

static bool explain(const struct external *external, struct receipt *root,
                    const struct shopper *shopper, const struct receipt_limits *limits,
                    struct error *error)
{
    if (!receipt_make_children(root, 1, error)) return false;
    struct receipt *node = &root->children[0];
    node->value = root->value;
    if (!receipt_make_children(node, shopper->n, error)) return false;
    const double sum = list_purchases(external->base.dataset, node, shopper, root->item);
    node->kind = sum > 0 ? RECEIPT_MODEL : RECEIPT_BASE;
    node->words = words_for(external->name, sum > 0);
    if (!node->words) return error_memory(error, "a receipt");
    for (int32_t c = 0; c < node->n_children; c++) {
        struct receipt *purchase = &node->children[c];
        purchase->value *= root->value / sum;
        purchase->factor = purchase->value / purchase->strength;
    }
    if (!model_opens(limits, 2)) node->n_children = 0;
    return receipt_trim(node, limits ? limits->children : 0, error);
}

struct receipt *external_explain(const struct model *model, const struct shopper *shopper,
                                 int32_t item, const struct receipt_limits *limits,
                                 struct error *error)
{
    const struct external *external = (const struct external *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    int64_t at = -1;

    if (shopper->user >= 0 && shopper->user < external->lists.n_rows && item >= 0 &&
        item < external->lists.n_columns)
        at = sparse_find(&external->lists, shopper->user, item);
    if (!root || at < 0) return root;
    root->value = (double)external->lists.value[at];
    if (!model_opens(limits, 1) || explain(external, root, shopper, limits, error)) return root;
    receipt_free(root);
    return NULL;
}

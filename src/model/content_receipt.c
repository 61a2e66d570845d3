/* content_receipt.c - a content score, opened: the shopper's purchases and words, then the features
 * that a purchase shares with the item.
 */
#include "content.h"

#include <stdlib.h>

static char *name_token(const struct content *content, int32_t token, struct error *error)
{
    struct text words = { 0 };

    vocabulary_name(content->vocabulary, token, &words);
    if (!words.failed && words.bytes) return words.bytes;
    text_fini(&words);
    error_memory(error, "a receipt");
    return NULL;
}

/* The features that two items share, as children of `node` where it is given; returns the cosine,
 * and how many there are. */
static double share(const struct sparse *features, int32_t a, int32_t b, struct receipt *node,
                    int32_t *n)
{
    int64_t i = features->start[a], j = features->start[b];
    double sum = 0;

    *n = 0;
    while (i < features->start[a + 1] && j < features->start[b + 1]) {
        const int32_t x = features->column[i], y = features->column[j];
        if (x == y) {
            const double product = (double)features->value[i] * (double)features->value[j];
            if (node) {
                node->children[*n].kind = RECEIPT_FEATURE;
                node->children[*n].count = x; /* the token, until it is named */
                node->children[*n].value = node->strength * product;
            }
            sum += product;
            ++*n;
        }
        i += x <= y;
        j += y <= x;
    }
    return sum;
}

static bool open_purchase(const struct content *content, struct receipt *node, int32_t item,
                          int32_t limit, struct error *error)
{
    int32_t n;

    if (!receipt_make_children(node, node->count, error)) return false;
    share(&content->features, item, node->item, node, &n);
    if (!receipt_trim(node, limit, error)) return false;
    for (int32_t i = 0; i < node->n_children; i++) {
        struct receipt *feature = &node->children[i];
        if (feature->kind != RECEIPT_FEATURE) continue;
        feature->words = name_token(content, feature->count, error);
        feature->count = vocabulary_items(content->vocabulary, feature->count);
        if (!feature->words) return false;
    }
    return true;
}

/* Purchases that share anything with the item, and the words that it has. */
static bool list_wishes(const struct content *content, const struct profile *profile,
                        const struct shopper *shopper, struct receipt *root, struct error *error)
{
    const struct sparse *features = &content->features;
    int32_t n = 0;

    if (!receipt_make_children(root, profile->n, error)) return false;
    for (int32_t w = 0; w < profile->n; w++) {
        const struct wish *wish = &profile->wishes[w];
        struct receipt *node = &root->children[n];
        if (wish->item == root->item) continue;
        if (wish->item >= 0) {
            node->kind = RECEIPT_PURCHASE;
            node->item = wish->item;
            node->time = shopper->time[wish->from];
            node->factor = share(features, root->item, wish->item, NULL, &node->count);
            node->strength = wish->weight;
            node->value = node->factor * node->strength;
        } else {
            const int64_t at = sparse_find(features, root->item, wish->word.token);
            if (at < 0) continue;
            node->kind = RECEIPT_WORD;
            node->value = wish->weight * (double)features->value[at];
            node->count = vocabulary_items(content->vocabulary, wish->word.token);
            node->words = name_token(content, wish->word.token, error);
            if (!node->words) return false;
        }
        n += node->value > 0;
    }
    root->n_children = n;
    return true;
}

static double own_weight(const struct profile *profile, int32_t item)
{
    for (int32_t w = 0; w < profile->n; w++) {
        if (profile->wishes[w].item == item) return profile->wishes[w].weight;
    }
    return 0;
}

struct receipt *content_explain(const struct model *model, const struct shopper *shopper,
                                int32_t item, const struct receipt_limits *limits,
                                struct error *error)
{
    const struct content *content = (const struct content *)model;
    const int32_t limit = limits ? limits->children : 0;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct profile profile;

    if (!root || item < 0 || item >= content->features.n_rows) return root;
    if (!profile_init(&profile, content, shopper, error)) goto fail;
    root->value = profile_score(&profile, content, item, own_weight(&profile, item));
    bool made = true;
    if (root->value > 0)
        made = list_wishes(content, &profile, shopper, root, error) &&
               receipt_trim(root, limit, error);
    else
        root->value = 0;
    profile_fini(&profile);
    for (int32_t i = 0; made && model_opens(limits, 2) && i < root->n_children; i++) {
        if (root->children[i].kind == RECEIPT_PURCHASE)
            made = open_purchase(content, &root->children[i], item, limit, error);
    }
    if (made) return root;
fail:
    receipt_free(root);
    return NULL;
}

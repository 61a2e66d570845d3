/* demographic_receipt.c - a demographic score, opened: the shopper's segments, then who of each has
 * the item, and what is added from the whole.
 */
#include "demographic.h"

#include <stdlib.h>

static bool name_segment(const struct demographic *demographic, int32_t segment,
                         struct receipt *node, struct error *error)
{
    struct text words = { 0 };

    segments_name(&demographic->segments, segment, &words);
    if (words.failed) {
        text_fini(&words);
        return error_memory(error, "a receipt");
    }
    node->words = words.bytes;
    return true;
}

static int32_t buyers_of(const struct demographic *demographic, int32_t segment, int32_t item)
{
    int64_t low = demographic->start[segment], high = demographic->start[segment + 1];

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (demographic->item[middle] == item) return demographic->buyers[middle];
        if (demographic->item[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* The people of the segment who have the item, one after the other, and the whole. */
static bool open_segment(const struct demographic *demographic, struct receipt *node,
                         int32_t segment, double each, double whole, int32_t limit,
                         struct error *error)
{
    const struct segments *segments = &demographic->segments;
    const struct segment *s = &segments->segments[segment];
    const struct dataset *dataset = demographic->base.dataset;
    int32_t n = 0;

    if (!receipt_make_children(node, buyers_of(demographic, segment, node->item) + 1, error))
        return false;
    for (int32_t m = 0; m < s->people && n < node->n_children - 1; m++) {
        const int32_t user = segments->member[s->first_member + m];
        if (sparse_find(&dataset->by_user, user, node->item) < 0) continue;
        node->children[n++] = (struct receipt){ .kind = RECEIPT_BUYER,
                                                .user = user,
                                                .item = node->item,
                                                .count = 1,
                                                .time = MOMENT_NONE,
                                                .value = each };
    }
    struct receipt *rest = &node->children[node->n_children - 1];
    struct text words = { 0 };
    text_add_string(&words, "what everybody buys");
    rest->kind = RECEIPT_BASE;
    rest->item = node->item;
    rest->value = whole;
    rest->words = words.bytes;
    rest->count =
        (int32_t)(dataset->by_item.start[node->item + 1] - dataset->by_item.start[node->item]);
    if (words.failed) return error_memory(error, "a receipt");
    if (!receipt_trim(node, limit, error)) return false;
    for (int32_t i = 0; i < node->n_children; i++) {
        struct receipt *buyer = &node->children[i];
        if (buyer->kind == RECEIPT_BUYER)
            buyer->time = model_latest_event(dataset, buyer->user, buyer->item);
    }
    return true;
}

static bool add_segment(const struct demographic *demographic, struct receipt *root, int32_t at,
                        int32_t segment, double weight, const struct receipt_limits *limits,
                        struct error *error)
{
    const struct segment *s = &demographic->segments.segments[segment];
    const double k = demographic->shrinkage[s->attribute];
    const double each = weight / (s->people + k);
    const double whole = each * k * demographic->popular[root->item];
    struct receipt *node = &root->children[at];

    node->kind = RECEIPT_SEGMENT;
    node->item = root->item;
    node->count = s->people;
    node->value = whole + each * buyers_of(demographic, segment, root->item);
    return name_segment(demographic, segment, node, error) &&
           (!model_opens(limits, 2) || open_segment(demographic, node, segment, each, whole,
                                                    limits ? limits->children : 0, error));
}

struct receipt *demographic_explain(const struct model *model, const struct shopper *shopper,
                                    int32_t item, const struct receipt_limits *limits,
                                    struct error *error)
{
    const struct demographic *demographic = (const struct demographic *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct belonging belonging;

    if (!root || item < 0 || item >= demographic->base.dataset->n_items ||
        !(demographic->popular[item] > 0))
        return root;
    if (!belonging_init(&belonging, demographic, shopper, error)) goto fail;
    bool made = receipt_make_children(root, belonging.n, error);
    root->value = belonging.whole * demographic->popular[item];
    for (int32_t b = 0; made && b < belonging.n; b++) {
        const struct segment *s = &demographic->segments.segments[belonging.segment[b]];
        root->value += belonging.weight[b] / (s->people + demographic->shrinkage[s->attribute]) *
                       buyers_of(demographic, belonging.segment[b], item);
        made = add_segment(demographic, root, b, belonging.segment[b], belonging.weight[b], limits,
                           error);
    }
    belonging_fini(&belonging);
    if (made && receipt_trim(root, limits ? limits->children : 0, error)) return root;
fail:
    receipt_free(root);
    return NULL;
}

/* user_cf_receipt.c - a user-cf score, opened: the neighbours, then what the shopper shares with
 * each.
 *
 * A similarity is a sum over shared items, so each of them has a part in what the neighbour adds.
 */
#include "user_cf.h"

/* The items that shopper and neighbour share, with their products; returns the sum. */
static double list_shared(const struct user_cf *user_cf, const struct company *company,
                          const struct shopper *shopper, struct receipt *node)
{
    const struct sparse *rows = user_cf->rows;
    int64_t b = rows->start[node->user], end = rows->start[node->user + 1];
    double sum = 0;
    int32_t n = 0;

    for (int32_t s = 0; s < shopper->n && b < end; s++) {
        while (b < end && rows->column[b] < shopper->item[s])
            b++;
        if (b == end || rows->column[b] != shopper->item[s]) continue;
        struct receipt *shared = &node->children[n++];
        shared->kind = RECEIPT_SHARED;
        shared->user = node->user;
        shared->item = shopper->item[s];
        shared->count = 1;
        shared->time = shopper->time[s];
        shared->value = (double)company->weight[s] * (double)rows->value[b];
        sum += shared->value;
    }
    return sum;
}

static bool open_neighbour(const struct user_cf *user_cf, const struct company *company,
                           const struct shopper *shopper, struct receipt *node, int32_t limit,
                           struct error *error)
{
    if (!receipt_make_children(node, node->count, error)) return false;
    double sum = list_shared(user_cf, company, shopper, node);
    for (int32_t i = 0; i < node->n_children; i++) {
        struct receipt *shared = &node->children[i];
        shared->factor = node->factor * shared->value / sum;
        shared->strength = node->strength;
        shared->value = node->value * shared->value / sum;
    }
    return receipt_trim(node, limit, error);
}

/* The neighbours who have the item, as children of the root, in the order of score(). */
static bool list_neighbours(const struct user_cf *user_cf, const struct company *company,
                            struct receipt *root, struct error *error)
{
    const struct sparse *by_user = &user_cf->base.dataset->by_user;
    int32_t n = 0;

    if (!receipt_make_children(root, company->n, error)) return false;
    for (int32_t b = 0; b < company->n; b++) {
        int32_t v = company->best[b];
        int64_t at = sparse_find(by_user, v, root->item);
        if (at < 0) continue;
        struct receipt *neighbour = &root->children[n++];
        neighbour->kind = RECEIPT_NEIGHBOUR;
        neighbour->user = v;
        neighbour->item = root->item;
        neighbour->count = company->common[v];
        neighbour->factor = company->sim[v];
        neighbour->strength = (double)by_user->value[at];
        neighbour->value = neighbour->factor * neighbour->strength;
        root->value += neighbour->value;
    }
    root->n_children = n;
    return true;
}

struct receipt *user_cf_explain(const struct model *model, const struct shopper *shopper,
                                int32_t item, const struct receipt_limits *limits,
                                struct error *error)
{
    const struct user_cf *user_cf = (const struct user_cf *)model;
    const int32_t limit = limits ? limits->children : 0;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct company company;

    if (!root || item < 0 || item >= user_cf->base.dataset->n_items) return root;
    bool opened = company_init(&company, user_cf, shopper, user_cf->options.k, error) &&
                  list_neighbours(user_cf, &company, root, error) &&
                  receipt_trim(root, limit, error);
    for (int32_t i = 0; opened && model_opens(limits, 2) && i < root->n_children; i++) {
        struct receipt *node = &root->children[i];
        if (node->kind != RECEIPT_NEIGHBOUR) continue;
        node->time = model_latest_event(user_cf->base.dataset, node->user, item);
        opened = open_neighbour(user_cf, &company, shopper, node, limit, error);
    }
    company_fini(&company);
    if (opened) return root;
    receipt_free(root);
    return NULL;
}

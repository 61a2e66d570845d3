/* hybrid_receipt.c - a blended score, opened: a row for each model, then the model's own receipt,
 * scaled as its scores are.
 */
#include "hybrid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void scale_tree(struct receipt *node, double factor)
{
    node->value *= factor;
    node->factor *= factor;
    for (int32_t i = 0; i < node->n_children; i++)
        scale_tree(&node->children[i], factor);
}

/* One child more than the part's receipt has: what the average item would get. */
static bool add_average(struct receipt *node, double value, struct error *error)
{
    struct receipt *children =
        realloc(node->children, ((size_t)node->n_children + 1) * sizeof *children);

    if (!children) return error_memory(error, "a receipt");
    node->children = children;
    children[node->n_children] = (struct receipt){ .kind = RECEIPT_BASE,
                                                   .user = -1,
                                                   .item = -1,
                                                   .time = MOMENT_NONE,
                                                   .value = value,
                                                   .words = strdup("less the average item") };
    return children[node->n_children++].words || error_memory(error, "a receipt");
}

/* Moves the part's receipt below the node. */
static bool open_part(const struct component_score *component_score, struct receipt *node,
                      double weight, const struct shopper *shopper,
                      const struct receipt_limits *limits, struct error *error)
{
    const struct model_kind *kind = model_base(component_score->part->model)->kind;
    const struct receipt_limits below = { limits ? limits->children : 0,
                                          limits && limits->levels > 0 ? limits->levels - 1 : 0 };
    struct receipt *own =
        kind->open(component_score->part->model, shopper, node->item, &below, error);

    if (!own) return false;
    scale_tree(own, weight / component_score->scale);
    node->children = own->children;
    node->n_children = own->n_children;
    own->children = NULL;
    own->n_children = 0;
    receipt_free(own);
    return !(fabs(component_score->low) > 0) ||
           add_average(node, -weight * component_score->low / component_score->scale, error);
}

static bool list_parts(const struct component_scores *component_scores, struct receipt *root,
                       const struct shopper *shopper, const struct receipt_limits *limits,
                       struct error *error)
{
    int32_t n = 0;

    if (!receipt_make_children(root, component_scores->n, error)) return false;
    for (int32_t o = 0; o < component_scores->n; o++) {
        const struct component_score *component_score = &component_scores->of[o];
        const double weight = component_score->part->weight[component_scores->band];
        if (!(component_score->scale > 0) || !(component_score->score[root->item] > -INFINITY))
            continue;
        struct receipt *node = &root->children[n++];
        node->kind = RECEIPT_MODEL;
        node->item = root->item;
        node->factor = weight;
        node->strength = component_score_value(component_score, root->item);
        node->value = weight * node->strength;
        node->words = strdup(model_base(component_score->part->model)->kind->name);
        root->value += node->value;
        if (!node->words) return error_memory(error, "a receipt");
        if (model_opens(limits, 2) &&
            !open_part(component_score, node, weight, shopper, limits, error))
            return false;
    }
    root->n_children = n;
    return receipt_trim(root, limits ? limits->children : 0, error);
}

struct receipt *hybrid_explain(const struct model *model, const struct shopper *shopper,
                               int32_t item, const struct receipt_limits *limits,
                               struct error *error)
{
    const struct hybrid *hybrid = (const struct hybrid *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct component_scores component_scores;

    if (!root || item < 0 || item >= hybrid->base.dataset->n_items) return root;
    bool made = component_scores_init(&component_scores, hybrid, shopper, false, error);
    if (made) {
        made = list_parts(&component_scores, root, shopper, limits, error);
        component_scores_fini(&component_scores);
    }
    if (made) return root;
    receipt_free(root);
    return NULL;
}

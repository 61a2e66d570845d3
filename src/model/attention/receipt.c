/* receipt.c - why an attention score is what it is, without pretending that it is a sum.
 *
 * Attention weights say where a layer attended, not what mattered. So the history is run again
 * without each item (and without each word of the query, and each segment where the user token is
 * used), all in one batch: what the score loses is that item's single effect, and the rank beside
 * it is the item's rank then. The base is the score for an empty history; the remainder is their
 * interaction.
 */
#include "attention.h"

#include <stdlib.h>
#include <string.h>

/* Distinct items of the history that can be in sight of some run: the last ones. Returns how many;
 * items has room for history->n. */
static int32_t list_items(const struct attention *attention, const struct history *history,
                          int32_t *items)
{
    int32_t n = 0;

    for (int32_t e = history->n; e-- > 0 && n < attention->network.shape.length;) {
        bool listed = false;
        for (int32_t i = 0; i < n && !listed; i++)
            listed = items[i] == history->item[e];
        if (!listed) items[n++] = history->item[e];
    }
    return n;
}

/* A word of the query, as it was written. */
static bool fill_word(const struct shopper *shopper, const struct read_token *token,
                      struct receipt *child, struct error *error)
{
    child->kind = RECEIPT_WORD;
    child->item = child->user = -1;
    child->words = strndup(shopper->words + token->at, token->length);
    return child->words || error_memory(error, "a receipt");
}

static bool fill_segment(const struct attention *attention, int32_t segment, struct receipt *child,
                         struct error *error)
{
    const struct segments *segments = &attention->user_segments->segments;
    struct text words = { 0 };

    child->kind = RECEIPT_SEGMENT;
    child->item = child->user = -1;
    child->count = segments->segments[segment].people;
    segments_name(segments, segment, &words);
    child->words = words.bytes;
    return !words.failed || error_memory(error, "a receipt");
}

/* Children of `node`: what the score loses without each item, word or segment. */
static bool fill_singles(const struct attention *attention, const struct shopper *shopper,
                         const struct history *history, struct receipt *node,
                         const int32_t *left_out, int32_t n, const float *outputs,
                         struct error *error)
{
    const size_t d = (size_t)attention->network.shape.width;

    if (!receipt_make_children(node, n, error)) return false;
    for (int32_t i = 0; i < n; i++) {
        struct receipt *child = &node->children[i];
        const int32_t at = left_out[i] < 0 ? -1 : shopper_find(shopper, left_out[i]);
        child->value =
            node->value - (double)attention_score(attention, outputs + (size_t)i * d, node->item);
        child->time = at < 0 ? MOMENT_NONE : shopper->time[at];
        child->rank = i; /* its row in outputs, until its rank is known */
        if (left_out[i] < 0) {
            const int32_t word = LEAVE_WORD(left_out[i]), segment = LEAVE_SEGMENT(left_out[i]);
            if (word < WORDS_MAX
                    ? !fill_word(shopper, &history->token[history->word[word]], child, error)
                    : !fill_segment(attention, history->segment[segment], child, error))
                return false;
            continue;
        }
        child->kind = RECEIPT_PURCHASE;
        child->user = shopper->user;
        child->item = left_out[i];
    }
    return true;
}

/* The single effects first (the largest `limit` and the rest), then the base, and at last what only
 * happens together, which is never among the rest. */
static bool fill(struct receipt *root, struct receipt *singles, double base, int32_t limit,
                 struct error *error)
{
    double sum = base;

    for (int32_t i = 0; i < singles->n_children; i++)
        sum += singles->children[i].value;
    const int32_t n_items = singles->n_children;
    if (!receipt_trim(singles, limit, error) ||
        !receipt_make_children(root, singles->n_children + 2, error))
        return false;
    for (int32_t i = 0; i < singles->n_children; i++)
        root->children[i] = singles->children[i];
    root->children[singles->n_children].kind = RECEIPT_BASE;
    root->children[singles->n_children].value = base;
    struct receipt *together = &root->children[singles->n_children + 1];
    singles->n_children = 0; /* they belong to the root now */
    together->kind = RECEIPT_TOGETHER;
    together->count = n_items;
    together->value = root->value - sum;
    return true;
}

/* Where attributes have lines of their own, the base is without them too. */
static bool name_base(struct receipt *root, bool known, struct error *error)
{
    for (int32_t c = 0; known && c < root->n_children; c++) {
        struct receipt *child = &root->children[c];
        if (child->kind != RECEIPT_BASE) continue;
        child->words = strdup("without history or attributes");
        return child->words || error_memory(error, "a receipt");
    }
    return true;
}

static bool has_rank(const struct receipt *child)
{
    return child->kind == RECEIPT_PURCHASE || child->kind == RECEIPT_WORD ||
           child->kind == RECEIPT_SEGMENT;
}

/* Ranks of the root and of what is shown: outputs (n + 1, width) are those of the whole history,
 * and of it without each of n parts. */
static bool fill_ranks(const struct attention *attention, const struct shopper *shopper,
                       struct receipt *root, const float *outputs, struct error *error)
{
    const size_t d = (size_t)attention->network.shape.width;
    const size_t max = (size_t)root->n_children + 1;
    int32_t *without = malloc(max * sizeof *without), *rank = malloc(max * sizeof *rank);
    float *chosen = floats_new(max * d);
    int32_t n = 1;
    bool filled = without && rank && chosen;

    if (!filled) goto out;
    without[0] = -1;
    memcpy(chosen, outputs, d * sizeof *chosen);
    for (int32_t c = 0; c < root->n_children; c++) {
        const struct receipt *child = &root->children[c];
        if (!has_rank(child)) continue;
        memcpy(chosen + (size_t)n * d, outputs + ((size_t)child->rank + 1) * d, d * sizeof *chosen);
        without[n++] = child->item;
    }
    filled = attention_ranks(attention, shopper, root->item, chosen, without, n, rank, error);
    for (int32_t c = 0, r = 1; filled && c < root->n_children; c++)
        if (has_rank(&root->children[c])) root->children[c].rank = rank[r++];
    if (filled) root->rank = rank[0];
out:
    if (!without || !rank || !chosen) error_memory(error, "a receipt");
    free(without);
    free(rank);
    free(chosen);
    return filled;
}

struct receipt *attention_explain(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error)
{
    const struct attention *attention = (const struct attention *)model;
    const size_t d = (size_t)attention->network.shape.width;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct receipt *singles = NULL;
    struct history history = { 0 };
    int32_t *items = NULL;
    float *outputs = NULL;
    bool opened = false;

    if (!root || item < 0 || item >= attention->base.dataset->n_items) return root;
    if (!history_init(&history, attention, shopper, error)) goto out;
    items = malloc(((size_t)history.n + (size_t)history.n_words + (size_t)history.n_segments + 3) *
                   sizeof *items);
    if (!items) {
        error_memory(error, "a receipt");
        goto out;
    }
    int32_t n = list_items(attention, &history, items + 1);
    items[0] = LEAVE_NOTHING;
    for (int32_t w = 0; w < history.n_words; w++)
        items[++n] = LEAVE_WORD(w);
    for (int32_t s = 0; s < history.n_segments; s++)
        items[++n] = LEAVE_SEGMENT(s);
    outputs = floats_new(((size_t)n + 2) * d);
    opened = outputs ? attention_outputs(attention, &history, items, n + 1, outputs, error)
                     : error_memory(error, "a receipt");
    if (opened) {
        const struct history nothing = { .n = 0, .item = history.item, .time = history.time };
        const int32_t none = LEAVE_NOTHING;
        root->value = (double)attention_score(attention, outputs, item);
        singles = model_receipt(shopper, item, root->value, error);
        opened =
            singles &&
            attention_outputs(attention, &nothing, &none, 1, outputs + ((size_t)n + 1) * d,
                              error) &&
            fill_singles(attention, shopper, &history, singles, items + 1, n, outputs + d, error) &&
            fill(root, singles,
                 (double)attention_score(attention, outputs + ((size_t)n + 1) * d, item),
                 limits ? limits->children : 0, error) &&
            name_base(root, history.n_segments > 0, error) &&
            fill_ranks(attention, shopper, root, outputs, error);
    }
out:
    history_fini(&history);
    free(items);
    free(outputs);
    receipt_free(singles);
    if (opened) return root;
    receipt_free(root);
    return NULL;
}

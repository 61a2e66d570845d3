/* word_match.c - a cosine over tokens, with a receipt by words. */
#include "word_match.h"

#include "model_private.h"

#include "aisle/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MOST = 256 }; /* of what is asked for */

static const double beside_share = 0.2;

struct word_match {
    struct model_base base;
    struct vocabulary *vocabulary;
    struct sparse features; /* (items, tokens), rows of length 1 */
    struct sparse by_token; /* its transpose */
    struct model *beside;
};

/* What is asked for: tokens with weights of length 1. */
struct query {
    struct read_token token[TOKENS_MOST];
    int32_t n;
};

static bool read_query(const struct word_match *match, const char *words, struct query *query,
                       struct error *error)
{
    double square = 0;

    query->n =
        vocabulary_read(match->vocabulary, slice_of(words), query->token, TOKENS_MOST, error);
    if (query->n < 0) return false;
    for (int32_t i = 0; i < query->n; i++)
        square += (double)query->token[i].weight * (double)query->token[i].weight;
    for (int32_t i = 0; i < query->n && square > 0; i++)
        query->token[i].weight /= (float)sqrt(square);
    return true;
}

/* ------------------------------------------------------------------------------ the other model */

struct stretch { /* to 0..1 */
    double low, range;
};

static struct stretch stretch_of(const float *scores, int32_t n)
{
    double low = 0, high = 0;

    for (int32_t i = 0; i < n; i++) {
        if (!isfinite(scores[i])) continue;
        if ((double)scores[i] < low) low = (double)scores[i];
        if ((double)scores[i] > high) high = (double)scores[i];
    }
    return (struct stretch){ low, high > low ? high - low : 1 };
}

/* What the other model adds to each item (n_items, zeroed where it says nothing); NULL without
 * memory. */
static double *beside_of(const struct word_match *match, const struct shopper *shopper,
                         struct error *error)
{
    const int32_t n = match->base.dataset->n_items;
    double *added = calloc((size_t)n + 1, sizeof *added);

    if (!added) {
        error_memory(error, "the words that are asked for");
        return NULL;
    }
    if (!match->beside) return added;
    const struct model_base *base = model_base(match->beside);
    const int32_t theirs = base->dataset->n_items < n ? base->dataset->n_items : n;
    float *scores = malloc(((size_t)base->dataset->n_items + 1) * sizeof *scores);
    if (!scores) error_memory(error, "the words that are asked for");
    if (!scores || !base->kind->score(match->beside, shopper, scores, error)) {
        free(scores);
        free(added);
        return NULL;
    }
    const struct stretch stretch = stretch_of(scores, base->dataset->n_items);
    for (int32_t i = 0; i < theirs; i++)
        if (isfinite(scores[i]))
            added[i] = beside_share * ((double)scores[i] - stretch.low) / stretch.range;
    free(scores);
    return added;
}

/* ----------------------------------------------------------------------------------- the model */

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct word_match *match = (const struct word_match *)model;
    const int32_t n = match->base.dataset->n_items;
    struct query query;

    if (!read_query(match, shopper->words, &query, error)) return false;
    double *sum = calloc((size_t)n + 1, sizeof *sum);
    double *added = sum ? beside_of(match, shopper, error) : NULL;
    if (!sum) error_memory(error, "the words that are asked for");
    for (int32_t q = 0; added && q < query.n; q++) {
        const int32_t token = query.token[q].token;
        for (int64_t at = match->by_token.start[token]; at < match->by_token.start[token + 1]; at++)
            sum[match->by_token.column[at]] +=
                (double)query.token[q].weight * (double)match->by_token.value[at];
    }
    for (int32_t i = 0; added && i < n; i++)
        scores[i] = sum[i] > 0 ? (float)((1 - beside_share) * sum[i] + added[i]) : -INFINITY;
    free(sum);
    free(added);
    return added != NULL;
}

/* One word as a child of the root: its tokens that the item has. */
static bool open_word(const struct word_match *match, const struct query *query, int32_t first,
                      int32_t end, const char *words, struct receipt *node, struct error *error)
{
    int32_t n = 0;

    if (!receipt_make_children(node, end - first, error)) return false;
    for (int32_t q = first; q < end; q++) {
        const int64_t at = sparse_find(&match->features, node->item, query->token[q].token);
        if (at < 0) continue;
        struct receipt *token = &node->children[n];
        struct text name = { 0 };
        vocabulary_name(match->vocabulary, query->token[q].token, &name);
        if (name.failed) {
            text_fini(&name);
            return error_memory(error, "a receipt");
        }
        token->kind = RECEIPT_FEATURE;
        token->user = token->item = -1;
        token->time = MOMENT_NONE;
        token->words = name.bytes;
        token->count = vocabulary_items(match->vocabulary, query->token[q].token);
        token->value =
            (1 - beside_share) * (double)query->token[q].weight * (double)match->features.value[at];
        node->value += token->value;
        n++;
    }
    node->n_children = n;
    const size_t length = query->token[first].length;
    node->words = malloc(length + 1);
    if (!node->words) return error_memory(error, "a receipt");
    memcpy(node->words, words + query->token[first].at, length);
    node->words[length] = '\0';
    return true;
}

static void blank(struct receipt *node, enum receipt_kind kind, int32_t item)
{
    node->kind = kind;
    node->user = -1;
    node->item = item;
    node->time = MOMENT_NONE;
}

/* Words first, then the other model: the last child. */
static bool open_parts(const struct word_match *match, const struct shopper *shopper,
                       struct query *query, struct receipt *root, struct error *error)
{
    int32_t n = 0;

    read_tokens_by_place(query->token, query->n);
    if (!receipt_make_children(root, query->n + 1, error)) return false;
    root->n_children = 0;
    for (int32_t q = 0, end; q < query->n; q = end) {
        end = read_tokens_word_end(query->token, q, query->n);
        struct receipt *node = &root->children[n];
        blank(node, RECEIPT_WORD, root->item);
        root->n_children = n + 1; /* so that what is half-made is freed with the root */
        if (!open_word(match, query, q, end, shopper->words, node, error)) return false;
        node->item = -1;
        root->value += node->value;
        if (node->n_children > 0) {
            n++;
            continue;
        }
        free(node->words); /* the item has nothing of this word: the next one takes its place */
        free(node->children);
        *node = (struct receipt){ 0 };
        root->n_children = n;
    }
    if (n == 0 || !match->beside) return true;
    double *added = beside_of(match, shopper, error);
    if (!added) return false;
    struct receipt *node = &root->children[n];
    const char *name = model_base(match->beside)->kind->name;
    blank(node, RECEIPT_MODEL, -1);
    node->value = added[root->item];
    root->value += node->value;
    free(added);
    root->n_children = n + 1;
    node->words = malloc(strlen(name) + 1);
    if (!node->words) return error_memory(error, "a receipt");
    strcpy(node->words, name);
    return true;
}

static struct receipt *open_match(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error)
{
    const struct word_match *match = (const struct word_match *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct query query;

    if (!root || item < 0 || item >= match->base.dataset->n_items || !shopper->words) return root;
    if (read_query(match, shopper->words, &query, error) &&
        open_parts(match, shopper, &query, root, error) &&
        receipt_trim(root, limits ? limits->children : 0, error))
        return root;
    receipt_free(root);
    return NULL;
}

static void release(struct model *model)
{
    struct word_match *match = (struct word_match *)model;

    vocabulary_free(match->vocabulary);
    sparse_fini(&match->features);
    sparse_fini(&match->by_token);
    model_release(match->beside);
    model_free(match);
}

static const struct parameter_info no_parameters[] = { { NULL, PARAMETER_INTEGER, 0, 0, 0, NULL,
                                                         NULL } };

static const struct model_kind word_match_kind = {
    .name = "words",
    .summary = "items whose titles and attributes have the words that are asked for",
    .parameters = no_parameters,
    .reads_words = true,
    .release = release,
    .score = score,
    .open = open_match,
};

struct model *word_match_new(const struct dataset *dataset, struct model *beside,
                             struct progress *progress, struct error *error)
{
    struct parameters parameters;
    struct item_tokens rows = { 0 };

    parameters_init(&parameters, no_parameters);
    struct word_match *match =
        model_new(sizeof *match, &word_match_kind, dataset, &parameters, error);
    if (!match) return NULL;
    match->beside = beside ? model_retain(beside) : NULL;
    match->vocabulary = vocabulary_learn(dataset, NULL, &rows, progress, error);
    const bool good = match->vocabulary &&
                      item_tokens_weigh(&rows, match->vocabulary, &match->features, error) &&
                      sparse_transpose(&match->features, &match->by_token, error);
    item_tokens_fini(&rows);
    if (good) return (struct model *)match;
    release((struct model *)match);
    return NULL;
}

bool word_match_read(const struct model *model, const char *words, struct text *out,
                     struct error *error)
{
    const struct word_match *match = (const struct word_match *)model;
    struct query query;
    size_t end = 0;
    bool any = false;

    if (!read_query(match, words, &query, error)) return false;
    read_tokens_by_place(query.token, query.n);
    for (int32_t q = 0; q < query.n; q++) {
        const struct read_token *token = &query.token[q];
        if (any && token->at < end) continue; /* inside what is named already */
        text_add_string(out, any ? ", " : "");
        text_add(out, words + token->at, token->length);
        end = token->at + token->length;
        any = true;
    }
    return !out->failed || error_memory(error, "the words that are asked for");
}

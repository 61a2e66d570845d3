/* word_match.c - a cosine over words, behind filters, with a receipt by words. */
#include "word_match.h"

#include "model_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double taste_share = 0.2, crowd_share = 0.05, stem_share = 0.8;
/* With a meaning: of the words beside it, and of all, so that scores are about 0..1. */
static const double word_weight = 1, scale = 1.0 / 12;

struct query_word { /* a word of the catalogue that a term of the question stands for */
    int32_t term, word;
    double weight;
};

struct word_match {
    struct model_base base;
    struct lexicon *lexicon;
    struct text_query question;
    uint8_t *admitted;        /* (n_items) */
    struct query_word *query; /* (n_query) of length 1, by term */
    int32_t n_query;
    struct model *beside;
    char *text; /* what was asked */
    bool means; /* `meaning` is there */
    struct meaning meaning;
    bool *understood; /* (question.n_terms) by meaning; NULL = none is */
};

/* --------------------------------------------------------------------------------- the query */

static int32_t count_query(const struct word_match *match)
{
    int32_t n = 0;

    for (int32_t t = 0; t < match->question.n_terms; t++) {
        const int32_t stem = match->question.terms[t].stem;
        for (int32_t w = stem < 0 ? -1 : match->lexicon->stem_first[stem]; w >= 0;
             w = match->lexicon->stem_next[w])
            n++;
    }
    return n;
}

static bool make_query(struct word_match *match, struct error *error)
{
    const struct lexicon *lexicon = match->lexicon;
    double square = 0;

    match->query = malloc(((size_t)count_query(match) + 1) * sizeof *match->query);
    if (!match->query) return error_memory(error, "the words that are asked for");
    for (int32_t t = 0; t < match->question.n_terms; t++) {
        const struct text_query_term *term = &match->question.terms[t];
        const int32_t same = interned_find(&lexicon->words, 0, slice_of(term->folded));
        for (int32_t w = term->stem < 0 ? -1 : lexicon->stem_first[term->stem]; w >= 0;
             w = lexicon->stem_next[w]) {
            const double weight = lexicon_rarity(lexicon, w) * (w == same ? 1 : stem_share);
            match->query[match->n_query++] = (struct query_word){ t, w, weight };
            square += weight * weight;
        }
    }
    for (int32_t q = 0; q < match->n_query && square > 0; q++)
        match->query[q].weight /= sqrt(square);
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

static double share_of(const struct shopper *shopper)
{
    return shopper->n > 0 ? taste_share : crowd_share;
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
            added[i] = share_of(shopper) * ((double)scores[i] - stretch.low) / stretch.range;
    free(scores);
    return added;
}

/* ----------------------------------------------------------------------------------- the model */

/* What the question gives, from the sum of the words. */
static double match_of(const struct word_match *match, int32_t item, double words)
{
    if (!match->means) return words;
    return scale *
           ((double)match->meaning.near[item] +
            meaning_of_values(&match->meaning, match->base.dataset, item) + word_weight * words);
}

static bool is_listed(const struct word_match *match, int32_t item, double words)
{
    return match->admitted[item] &&
           (match->question.n_terms == 0 || match_of(match, item, words) > 0);
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct word_match *match = (const struct word_match *)model;
    const struct sparse *by_word = &match->lexicon->by_word;
    const int32_t n = match->base.dataset->n_items;
    double *sum = calloc((size_t)n + 1, sizeof *sum);
    double *added = sum ? beside_of(match, shopper, error) : NULL;

    if (!sum) error_memory(error, "the words that are asked for");
    for (int32_t q = 0; added && q < match->n_query; q++) {
        const int32_t word = match->query[q].word;
        for (int64_t at = by_word->start[word]; at < by_word->start[word + 1]; at++)
            sum[by_word->column[at]] += match->query[q].weight * (double)by_word->value[at];
    }
    for (int32_t i = 0; added && i < n; i++)
        scores[i] = is_listed(match, i, sum[i])
                        ? (float)((1 - share_of(shopper)) * match_of(match, i, sum[i]) + added[i])
                        : -INFINITY;
    free(sum);
    free(added);
    return added != NULL;
}

static bool name_node(struct receipt *node, struct slice words, struct error *error)
{
    node->words = malloc(words.length + 1);
    if (!node->words) return error_memory(error, "a receipt");
    memcpy(node->words, words.bytes, words.length);
    node->words[words.length] = '\0';
    return true;
}

/* One word of the question as a child of the root: the item's words that it stands for. */
static bool open_term(const struct word_match *match, double share, int32_t first, int32_t end,
                      int32_t item, struct receipt *node, struct error *error)
{
    const struct lexicon *lexicon = match->lexicon;
    const struct text_query_term *term = &match->question.terms[match->query[first].term];
    int32_t n = 0;

    if (!receipt_make_children(node, end - first, error)) return false;
    node->n_children = 0;
    for (int32_t q = first; q < end; q++) {
        const int32_t word = match->query[q].word;
        const int64_t at = sparse_find(&lexicon->features, item, word);
        if (at < 0) continue;
        struct receipt *child = &node->children[n];
        struct text name = { 0 };
        const struct slice text = names_get(&lexicon->words.names.names, word);
        text_add_string(&name, "word ");
        text_add(&name, text.bytes, text.length);
        if (name.failed) {
            text_fini(&name);
            return error_memory(error, "a receipt");
        }
        child->kind = RECEIPT_FEATURE;
        child->user = child->item = -1;
        child->time = MOMENT_NONE;
        child->words = name.bytes;
        child->count = lexicon->items[word];
        child->value = share * match->query[q].weight * (double)lexicon->features.value[at];
        node->value += child->value;
        node->n_children = ++n;
    }
    return name_node(node, (struct slice){ match->text + term->at, term->length }, error);
}

static void blank(struct receipt *node, enum receipt_kind kind)
{
    node->kind = kind;
    node->user = node->item = -1;
    node->time = MOMENT_NONE;
}

static int32_t term_end(const struct word_match *match, int32_t first)
{
    int32_t end = first + 1;

    while (end < match->n_query && match->query[end].term == match->query[first].term)
        end++;
    return end;
}

/* The words of the question that the item has: children of the root from its first on. `share` is
 * what a cosine of 1 would give; *words becomes the sum of the cosine. */
static bool open_words(const struct word_match *match, double share, struct receipt *root,
                       double *words, struct error *error)
{
    int32_t n = 0;

    for (int32_t q = 0, end; q < match->n_query; q = end) {
        end = term_end(match, q);
        struct receipt *node = &root->children[n];
        blank(node, RECEIPT_WORD);
        root->n_children = n + 1; /* so that what is half-made is freed with the root */
        if (!open_term(match, share, q, end, root->item, node, error)) return false;
        *words += node->value / share;
        if (node->n_children > 0) {
            n++;
            continue;
        }
        free(node->words); /* the item has nothing of this word: the next one takes its place */
        free(node->children);
        *node = (struct receipt){ 0 };
        root->n_children = n;
    }
    return true;
}

static bool add_feature(struct receipt *root, double value, struct text *words, struct error *error)
{
    struct receipt *node = &root->children[root->n_children++];

    blank(node, RECEIPT_FEATURE);
    node->value = value;
    const bool good =
        !words->failed && name_node(node, (struct slice){ words->bytes, words->length }, error);
    text_clear(words);
    return good || error_memory(error, "a receipt");
}

/* How near the text is, and each value that the question is about. */
static bool open_meaning(const struct word_match *match, double share, struct receipt *root,
                         struct error *error)
{
    const struct attributes *known = &match->base.dataset->item_attributes;
    const int32_t item = root->item;
    struct text words = { 0 };
    bool good;

    text_add_string(&words, "meaning of title and text");
    good = add_feature(root, share * (double)match->meaning.near[item], &words, error);
    for (int64_t at = known->offset[item]; good && at < known->offset[item + 1]; at++) {
        const int32_t value = known->value[at];
        const double weight = meaning_value_weight * (double)match->meaning.value[value];
        if (!(weight > 0)) continue;
        const struct slice name = names_get(&known->names, known->value_name[value]);
        const struct slice text = names_get(&known->values, value);
        text_add_string(&words, "meaning of ");
        text_add(&words, name.bytes, name.length);
        text_add_string(&words, " ");
        text_add(&words, text.bytes, text.length);
        good = add_feature(root, share * weight, &words, error);
    }
    text_fini(&words);
    return good;
}

static bool open_beside(const struct word_match *match, const struct shopper *shopper,
                        struct receipt *root, struct error *error)
{
    double *added = beside_of(match, shopper, error);

    if (!added) return false;
    struct receipt *node = &root->children[root->n_children++];
    blank(node, RECEIPT_MODEL);
    node->value = added[root->item];
    free(added);
    return name_node(node, slice_of(model_base(match->beside)->kind->name), error);
}

/* Words first, then the meaning, then the other model: the last child. */
static bool open_parts(const struct word_match *match, const struct shopper *shopper,
                       struct receipt *root, struct error *error)
{
    const struct attributes *known = &match->base.dataset->item_attributes;
    const int64_t values = known->offset[root->item + 1] - known->offset[root->item];
    const double share = (1 - share_of(shopper)) * (match->means ? scale : 1);
    double words = 0;

    if (!receipt_make_children(root, match->question.n_terms + (int32_t)values + 2, error))
        return false;
    root->n_children = 0;
    if (!open_words(match, share * (match->means ? word_weight : 1), root, &words, error) ||
        (match->means && !open_meaning(match, share, root, error)) ||
        (match->beside && is_listed(match, root->item, words) &&
         !open_beside(match, shopper, root, error)))
        return false;
    for (int32_t c = 0; c < root->n_children; c++)
        root->value += root->children[c].value;
    return true;
}

static struct receipt *open_match(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error)
{
    const struct word_match *match = (const struct word_match *)model;
    struct receipt *root = model_receipt(shopper, item, 0, error);

    if (!root || item < 0 || item >= match->base.dataset->n_items || !match->admitted[item])
        return root;
    if (open_parts(match, shopper, root, error) &&
        receipt_trim(root, limits ? limits->children : 0, error))
        return root;
    receipt_free(root);
    return NULL;
}

static void release(struct model *model)
{
    struct word_match *match = (struct word_match *)model;

    lexicon_free(match->lexicon);
    text_query_fini(&match->question);
    free(match->admitted);
    free(match->query);
    free(match->text);
    free(match->understood);
    meaning_fini(&match->meaning);
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

static bool read_words(struct word_match *match, struct slice words, const int32_t *drop,
                       int32_t n_drop, struct progress *progress, struct error *error)
{
    const struct dataset *dataset = match->base.dataset;

    match->text = malloc(words.length + 1);
    match->admitted = malloc((size_t)dataset->n_items + 1);
    if (!match->text || !match->admitted)
        return error_memory(error, "the words that are asked for");
    memcpy(match->text, words.bytes, words.length);
    match->text[words.length] = '\0';
    match->lexicon = lexicon_new(dataset, progress, error);
    return match->lexicon &&
           text_query_read(&match->question, dataset, match->lexicon, words, drop, n_drop, error) &&
           text_query_admit(&match->question, dataset, match->lexicon, match->admitted, error) &&
           make_query(match, error);
}

struct model *word_match_new(const struct dataset *dataset, struct model *beside,
                             struct slice words, const int32_t *drop, int32_t n_drop,
                             struct progress *progress, struct error *error)
{
    struct parameters parameters;

    parameters_init(&parameters, no_parameters);
    struct word_match *match =
        model_new(sizeof *match, &word_match_kind, dataset, &parameters, error);
    if (!match) return NULL;
    match->beside = beside ? model_retain(beside) : NULL;
    if (read_words(match, words, drop, n_drop, progress, error)) return (struct model *)match;
    release((struct model *)match);
    return NULL;
}

const struct text_query *word_match_request(const struct model *model)
{
    return &((const struct word_match *)model)->question;
}

const struct lexicon *word_match_lexicon(const struct model *model)
{
    return ((const struct word_match *)model)->lexicon;
}

bool word_match_mean(struct model *model, struct meaning *meaning, const bool *understood,
                     struct error *error)
{
    struct word_match *match = (struct word_match *)model;
    const size_t n = (size_t)match->question.n_terms;

    match->understood = malloc((n + 1) * sizeof *match->understood);
    if (!match->understood) return error_memory(error, "the words that are asked for");
    memcpy(match->understood, understood, n * sizeof *understood);
    match->meaning = *meaning;
    match->means = true;
    *meaning = (struct meaning){ 0 };
    return true;
}

bool word_match_understands(const struct model *model, int32_t term)
{
    const struct word_match *match = (const struct word_match *)model;

    return match->question.terms[term].word >= 0 || (match->understood && match->understood[term]);
}

bool word_match_answers(const struct model *model)
{
    const struct word_match *match = (const struct word_match *)model;
    bool any = match->question.n_terms == 0 && match->question.n_filters > 0;

    for (int32_t t = 0; t < match->question.n_terms; t++)
        any |= word_match_understands(model, t);
    return any;
}

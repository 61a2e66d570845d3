/* content.c - items like those the shopper has, by category, brand, price band and words.
 *
 *     score(u,i) = sum over j in I_u, j != i, of  w_j cos(i,j) / sum of w
 *
 * An item is a vector of weighted features (tokens.h: rare ones weigh more), of length 1, so a
 * cosine is a sum over features that both have, and a score opens into purchases and features.
 * Words that the shopper asks for are one more wish, as heavy as all purchases together. Nobody
 * need have bought an item for it to be listed.
 */
#include "content.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum content_values { CONTENT_BINARY, CONTENT_STRENGTH };
enum { WORDS_MAX = 64 };

static const char *const value_names[] = { "binary", "strength", NULL };
static const struct parameter_info parameters[] = {
    { "words", PARAMETER_INTEGER, 8000, 0, 1e6, NULL, "words and pieces of words at most" },
    { "bands", PARAMETER_INTEGER, 8, 2, 1000, NULL, "bands that numbers are cut into" },
    { "values", PARAMETER_CHOICE, CONTENT_BINARY, 0, CONTENT_STRENGTH, value_names,
      "what an item of the history counts: 1, or its strength" },
    RECENCY_PARAMETER(10),
    STRENGTH_PARAMETERS,
    { 0 },
};

static struct vocabulary_options vocabulary_options_of(const struct parameters *values)
{
    struct vocabulary_options options;

    vocabulary_options_init(&options);
    options.words = (int32_t)parameters_get(values, "words");
    options.bands = (int32_t)parameters_get(values, "bands");
    return options;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *values)
{
    struct vocabulary_options options = vocabulary_options_of(values);
    return vocabulary_memory(dataset, &options) + 4096;
}

static void release(struct model *model)
{
    struct content *content = (struct content *)model;

    vocabulary_free(content->vocabulary);
    item_tokens_fini(&content->tokens);
    sparse_fini(&content->features);
    model_free(content);
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct vocabulary_options options = vocabulary_options_of(values);
    struct content *content = model_new(sizeof *content, &content_kind, dataset, values, error);

    (void)threads;
    if (!content) return NULL;
    content->vocabulary = vocabulary_learn(dataset, &options, &content->tokens, progress, error);
    if (content->vocabulary &&
        item_tokens_weigh(&content->tokens, content->vocabulary, &content->features, error))
        return (struct model *)content;
    release((struct model *)content);
    return NULL;
}

/* ------------------------------------------------------------------------------- the profile */

static void add_item(struct profile *profile, const struct sparse *features, int32_t item,
                     double weight)
{
    for (int64_t e = features->start[item]; e < features->start[item + 1]; e++)
        profile->token[features->column[e]] += weight * (double)features->value[e];
}

/* The words' own vector, of length 1; returns how many were read, -1 without memory. */
static int32_t read_words(const struct content *content, const char *words, struct read_token *out,
                          struct error *error)
{
    double norm = 0;
    int32_t n = 0, read;

    if (!words) return 0;
    read = vocabulary_read(content->vocabulary, slice_of(words), out, WORDS_MAX, error);
    for (int32_t i = 0; i < read; i++) {
        if (!(out[i].weight > 0)) continue;
        norm += (double)out[i].weight * (double)out[i].weight;
        out[n++] = out[i];
    }
    for (int32_t i = 0; i < n; i++)
        out[i].weight = (float)((double)out[i].weight / sqrt(norm));
    return read < 0 ? read : n;
}

/* Weights of the shopper's items that the model knows something about; returns their sum. */
static double list_items(struct profile *profile, const struct content *content,
                         const struct shopper *shopper, const float *recency)
{
    const struct sparse *features = &content->features;
    const enum content_values values =
        (enum content_values)parameters_get(&content->base.parameters, "values");
    double sum = 0;

    for (int32_t s = 0; s < shopper->n; s++) {
        const int32_t item = shopper->item[s];
        if (item >= features->n_rows || features->start[item + 1] == features->start[item])
            continue;
        struct wish *wish = &profile->wishes[profile->n++];
        wish->item = item;
        wish->from = s;
        wish->weight =
            (double)recency[s] * (values == CONTENT_BINARY ? 1 : (double)shopper->strength[s]);
        sum += wish->weight;
    }
    return sum;
}

static void share_out(struct profile *profile, const struct sparse *features, double sum,
                      const struct read_token *read, int32_t n_words)
{
    const double items = profile->n > 0 ? (n_words > 0 ? 0.5 : 1) : 0;
    const double words = 1 - items;

    for (int32_t w = 0; w < profile->n; w++) {
        profile->wishes[w].weight *= items / sum;
        add_item(profile, features, profile->wishes[w].item, profile->wishes[w].weight);
    }
    for (int32_t w = 0; w < n_words; w++) {
        profile->wishes[profile->n++] = (struct wish){
            .item = -1, .from = -1, .word = read[w], .weight = words * (double)read[w].weight
        };
        profile->token[read[w].token] += words * (double)read[w].weight;
    }
}

bool profile_init(struct profile *profile, const struct content *content,
                  const struct shopper *shopper, struct error *error)
{
    const size_t capacity = (size_t)shopper->n + WORDS_MAX + 1;
    float *recency = malloc(capacity * sizeof *recency);
    struct read_token read[WORDS_MAX];

    *profile = (struct profile){
        .wishes = malloc(capacity * sizeof *profile->wishes),
        .token = calloc((size_t)content->features.n_columns + 1, sizeof *profile->token),
    };
    bool made = recency && profile->wishes && profile->token;
    if (!made) error_memory(error, "scores");
    made = made && model_recency(shopper, parameters_get(&content->base.parameters, "recency"),
                                 recency, error);
    const int32_t n_words = made ? read_words(content, shopper->words, read, error) : 0;
    made = made && n_words >= 0;
    if (made) {
        const double sum = list_items(profile, content, shopper, recency);
        share_out(profile, &content->features, sum, read, n_words);
    }
    free(recency);
    if (!made) profile_fini(profile);
    return made;
}

void profile_fini(struct profile *profile)
{
    free(profile->wishes);
    free(profile->token);
    *profile = (struct profile){ 0 };
}

double profile_score(const struct profile *profile, const struct content *content, int32_t item,
                     double own)
{
    const struct sparse *features = &content->features;
    double sum = 0;

    for (int64_t e = features->start[item]; e < features->start[item + 1]; e++) {
        const double f = (double)features->value[e];
        sum += f * (profile->token[features->column[e]] - own * f);
    }
    return sum;
}

/* ------------------------------------------------------------------------------------- lists */

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct content *content = (const struct content *)model;
    struct profile profile;

    if (!profile_init(&profile, content, shopper, error)) return false;
    for (int32_t i = 0, w = 0; i < content->features.n_rows; i++) {
        const bool owned = w < profile.n && profile.wishes[w].item == i;
        const double sum =
            profile_score(&profile, content, i, owned ? profile.wishes[w++].weight : 0);
        scores[i] = sum > 0 ? (float)sum : -INFINITY;
    }
    profile_fini(&profile);
    return true;
}

static int32_t similar(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error)
{
    const struct content *content = (const struct content *)model;
    const struct sparse *features = &content->features;
    const int32_t n = features->n_rows;

    if (item < 0 || item >= n) {
        error_set(error, ERROR_MISSING, "the model does not know this item yet: train it again");
        return -1;
    }
    struct profile profile = { .token = calloc((size_t)features->n_columns + 1, sizeof(double)) };
    float *cosine = malloc(((size_t)n + 1) * sizeof *cosine);
    int32_t *best = malloc(((size_t)k + 1) * sizeof *best), found = -1;
    if (profile.token && cosine && best) {
        add_item(&profile, features, item, 1);
        for (int32_t i = 0; i < n; i++) {
            const double sum = i == item ? 0 : profile_score(&profile, content, i, 0);
            cosine[i] = sum > 0 ? (float)sum : -INFINITY;
        }
        found = top_k(cosine, n, k, best);
    } else {
        error_memory(error, "similar items");
    }
    for (int32_t f = 0; f < found; f++)
        out[f] = (struct neighbour){
            .id = best[f],
            .common = model_common(&content->base.dataset->by_item, item, best[f]),
            .similarity = (double)cosine[best[f]],
        };
    free(profile.token);
    free(cosine);
    free(best);
    return found;
}

static void facts(const struct model *model, struct text *json)
{
    const struct content *content = (const struct content *)model;

    text_format(json, "{\"features\":%d", vocabulary_size(content->vocabulary));
    if (sparse_entries(&content->features) == 0)
        text_add_string(json, ",\"note\":\"nothing is known about items: import their titles and "
                              "attributes\"");
    text_add_string(json, "}");
}

/* ----------------------------------------------------------------------------------- storing */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct content *content = (const struct content *)model;

    vocabulary_save(content->vocabulary, writer);
    item_tokens_save(&content->tokens, writer);
    return !writer->failed;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct content *content = model_new(sizeof *content, &content_kind, dataset, values, error);
    bool sound;

    if (!content) return NULL;
    content->vocabulary = vocabulary_load(reader, error);
    sound = content->vocabulary && item_tokens_load(&content->tokens, reader, error);
    if (sound && (content->tokens.n_items != dataset->n_items ||
                  content->tokens.n_tokens != vocabulary_size(content->vocabulary))) {
        model_refuse(reader, error, "content");
        sound = false;
    }
    if (sound &&
        item_tokens_weigh(&content->tokens, content->vocabulary, &content->features, error))
        return (struct model *)content;
    release((struct model *)content);
    return NULL;
}

const struct model_kind content_kind = {
    .name = "content",
    .basis = BASIS_CONTENT,
    .summary = "items like what the shopper has, by brand, price and words; needs no buyers",
    .parameters = parameters,
    .reads_words = true,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = content_explain,
    .similar = similar,
    .facts = facts,
    .save = save,
    .load = load,
};

/* words.c - what items are called, as vectors. */
#include "words.h"

#include <string.h>

enum { BANDS = 8 };

static struct vocabulary_options options_of(int32_t max)
{
    return (struct vocabulary_options){ .words = max, .bands = BANDS };
}

bool texts_learn(struct texts *texts, const struct dataset *dataset, int32_t max,
                 struct progress *progress, struct error *error)
{
    const struct vocabulary_options options = options_of(max);

    *texts = (struct texts){ 0 };
    if (max <= 0 || dataset->n_items == 0) return true;
    texts->vocabulary = vocabulary_learn(dataset, &options, &texts->items, progress, error);
    if (!texts->vocabulary) return false;
    if (vocabulary_size(texts->vocabulary) == 0) texts_fini(texts);
    return true;
}

bool texts_copy(struct texts *texts, const struct texts *from, const struct dataset *dataset,
                struct progress *progress, struct error *error)
{
    *texts = (struct texts){ 0 };
    if (!from->vocabulary) return true;
    texts->vocabulary = vocabulary_retain(from->vocabulary);
    return item_tokens_make(&texts->items, texts->vocabulary, dataset, progress, error);
}

void texts_fini(struct texts *texts)
{
    vocabulary_free(texts->vocabulary);
    item_tokens_fini(&texts->items);
    *texts = (struct texts){ 0 };
}

struct words texts_words(const struct texts *texts)
{
    if (!texts->vocabulary) return (struct words){ 0 };
    return (struct words){ .n_items = texts->items.n_items,
                           .n_tokens = texts->items.n_tokens,
                           .offset = texts->items.offset,
                           .token = texts->items.token };
}

int32_t texts_max(const struct dataset *dataset, int32_t max)
{
    const struct attributes *known = &dataset->item_attributes;
    const int64_t bytes =
        dataset->item_titles.offset ? dataset->item_titles.offset[dataset->n_items] : 0;

    if (max <= 0) return 0;
    return (int32_t)(bytes / 2 < max ? bytes / 2 : max) + known->values.n;
}

int64_t texts_memory(const struct dataset *dataset, int32_t max)
{
    const struct vocabulary_options options = options_of(max);
    return max > 0 ? vocabulary_memory(dataset, &options) : 0;
}

void words_add(const struct float_kernels *kernels, const struct network *network,
               const int32_t *token, int32_t n, float share, float *to)
{
    const int32_t d = network->shape.width;

    for (int32_t t = 0; t < n; t++)
        kernels->add_scaled(d, share, network->token + (size_t)token[t] * (size_t)d, to);
}

void words_table(const struct float_kernels *kernels, const struct network *network,
                 const struct words *words, int32_t first, int32_t last, float *table)
{
    const size_t d = (size_t)network->shape.width;

    for (int32_t i = first; i < last; i++) {
        const int32_t n = words_of_item(words, i);
        float *to = table + (size_t)i * d;
        memcpy(to, network->item + (size_t)i * d, d * sizeof *to);
        if (n > 0)
            words_add(kernels, network, words->token + words->offset[i], n, 1 / (float)n, to);
    }
}

/* item_tokens.c - which tokens each item has. */
#include "vocabulary_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_PER_LOOK = 1024 };

/* What the words and values of one dataset are in the vocabulary. */
struct translation {
    int64_t *word_offset; /* (words + 1) */
    int32_t *word_token;
    int32_t *value_token; /* (values) or -1 */
};

static bool translate_words(struct translation *translation, const struct vocabulary *vocabulary,
                            const struct names *words, struct error *error)
{
    struct word_part parts[TOKENS_PER_WORD];
    int64_t capacity = 0, n = 0;
    int32_t characters;

    translation->word_offset = calloc((size_t)words->n + 1, sizeof *translation->word_offset);
    if (!translation->word_offset) return error_memory(error, "the tokens of items");
    for (int32_t w = 0; w < words->n; w++) {
        const int32_t found = vocabulary_merge(vocabulary, names_get(words, w), parts, &characters);
        if (n + found > capacity) {
            capacity = (n + found) * 2 + 1024;
            int32_t *grown = realloc(translation->word_token, (size_t)capacity * sizeof *grown);
            if (!grown) return error_memory(error, "the tokens of items");
            translation->word_token = grown;
        }
        for (int32_t i = 0; i < found; i++)
            translation->word_token[n++] = parts[i].token;
        translation->word_offset[w + 1] = n;
    }
    return true;
}

static int32_t token_of_value(const struct vocabulary *vocabulary, struct slice name,
                              struct slice value)
{
    const int32_t attribute = interned_find(&vocabulary->names, 0, name);
    double number;

    if (attribute < 0) return -1;
    const enum attribute_role role = (enum attribute_role)vocabulary->role[attribute];
    if (role == ROLE_VALUES) return interned_find(&vocabulary->tokens, attribute, value);
    if ((role == ROLE_NUMBER || role == ROLE_DATE) && number_of_value(role, value, &number))
        return vocabulary_band(vocabulary, attribute, number);
    return -1;
}

static bool translate_values(struct translation *translation, const struct vocabulary *vocabulary,
                             const struct attributes *known, struct error *error)
{
    translation->value_token =
        malloc(((size_t)known->values.n + 1) * sizeof *translation->value_token);
    if (!translation->value_token) return error_memory(error, "the tokens of items");
    for (int32_t v = 0; v < known->values.n; v++)
        translation->value_token[v] =
            token_of_value(vocabulary, names_get(&known->names, known->value_name[v]),
                           names_get(&known->values, v));
    return true;
}

/* One item's tokens while they are gathered: each once, by a mark on the token. */
struct gathering {
    int32_t *mark;  /* (tokens) the last item that has it, plus one */
    uint8_t *times; /* (tokens) how often that item has it */
    int32_t item, n;
    int64_t capacity;
    int32_t *list;
};

static void gather(struct gathering *gathering, int32_t token, uint8_t times)
{
    if (token < 0) return;
    if (gathering->mark[token] == gathering->item + 1) {
        if (gathering->times[token] <= UINT8_MAX - times)
            gathering->times[token] = (uint8_t)(gathering->times[token] + times);
        return;
    }
    gathering->mark[token] = gathering->item + 1;
    gathering->times[token] = times;
    gathering->list[gathering->n++] = token; /* room: each token once at most */
}

static void gather_words(struct gathering *gathering, const struct translation *translation,
                         const int32_t *word, int64_t begin, int64_t end, uint8_t times)
{
    for (int64_t at = begin; at < end; at++) {
        const int64_t *offset = &translation->word_offset[word[at]];
        for (int64_t t = offset[0]; t < offset[1]; t++)
            gather(gathering, translation->word_token[t], times);
    }
}

static int ascending(const void *a, const void *b)
{
    const int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return (one > other) - (one < other);
}

static bool put_row(struct item_tokens *rows, int64_t *capacity, const struct gathering *gathering)
{
    const int64_t at = rows->offset[gathering->item];

    if (at + gathering->n > *capacity) {
        const int64_t grown = (at + gathering->n) * 2 + 4096;
        int32_t *token = realloc(rows->token, (size_t)grown * sizeof *token);
        if (!token) return false;
        rows->token = token;
        uint8_t *times = realloc(rows->times, (size_t)grown * sizeof *times);
        if (!times) return false;
        rows->times = times;
        *capacity = grown;
    }
    if (gathering->n > 0)
        memcpy(rows->token + at, gathering->list, (size_t)gathering->n * sizeof *rows->token);
    for (int32_t i = 0; i < gathering->n; i++)
        rows->times[at + i] = gathering->times[gathering->list[i]];
    rows->offset[gathering->item + 1] = at + gathering->n;
    return true;
}

static bool collect_rows(struct item_tokens *rows, const struct translation *translation,
                         const struct dataset *dataset, const struct catalogue_words *words,
                         struct gathering *gathering, struct progress *progress,
                         struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    int64_t capacity = 0;

    for (int32_t i = 0; i < dataset->n_items; i++) {
        gathering->item = i;
        gathering->n = 0;
        gather_words(gathering, translation, words->title_word, words->title_offset[i],
                     words->title_offset[i + 1], 2);
        for (int64_t v = known->offset[i]; v < known->offset[i + 1]; v++) {
            const int32_t value = known->value[v];
            gather(gathering, translation->value_token[value], 1);
            gather_words(gathering, translation, words->value_word, words->value_offset[value],
                         words->value_offset[value + 1], 1);
        }
        if (gathering->n > 1)
            qsort(gathering->list, (size_t)gathering->n, sizeof *gathering->list, ascending);
        if (!put_row(rows, &capacity, gathering)) return error_memory(error, "the tokens of items");
        if (i % ITEMS_PER_LOOK == 0 && progress_cancelled(progress))
            return error_set(error, ERROR_CANCELLED, "cancelled");
    }
    if (!rows->token && (!(rows->token = calloc(1, sizeof *rows->token)) ||
                         !(rows->times = calloc(1, sizeof *rows->times))))
        return error_memory(error, "the tokens of items");
    return true;
}

bool item_tokens_collect(struct item_tokens *rows, const struct vocabulary *vocabulary,
                         const struct dataset *dataset, const struct catalogue_words *words,
                         struct progress *progress, struct error *error)
{
    const size_t n_tokens = (size_t)vocabulary_count(vocabulary);
    struct translation translation = { 0 };
    struct gathering gathering = { 0 };

    *rows = (struct item_tokens){ .n_items = dataset->n_items, .n_tokens = (int32_t)n_tokens };
    rows->offset = calloc((size_t)dataset->n_items + 1, sizeof *rows->offset);
    gathering.mark = calloc(n_tokens + 1, sizeof *gathering.mark);
    gathering.times = calloc(n_tokens + 1, sizeof *gathering.times);
    gathering.list = malloc((n_tokens + 1) * sizeof *gathering.list);
    bool good = rows->offset && gathering.mark && gathering.times && gathering.list;
    if (!good) error_memory(error, "the tokens of items");
    good = good && translate_words(&translation, vocabulary, &words->words.names.names, error) &&
           translate_values(&translation, vocabulary, &dataset->item_attributes, error) &&
           collect_rows(rows, &translation, dataset, words, &gathering, progress, error);
    free(translation.word_offset);
    free(translation.word_token);
    free(translation.value_token);
    free(gathering.mark);
    free(gathering.times);
    free(gathering.list);
    if (!good) item_tokens_fini(rows);
    return good;
}

bool item_tokens_make(struct item_tokens *rows, const struct vocabulary *vocabulary,
                      const struct dataset *dataset, struct progress *progress, struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    struct catalogue_words words = { 0 };
    uint8_t *role = calloc((size_t)known->names.n + 1, sizeof *role);
    bool good = role != NULL || error_memory(error, "the tokens of items");

    *rows = (struct item_tokens){ 0 };
    for (int32_t a = 0; good && a < known->names.n; a++) {
        const int32_t attribute = interned_find(&vocabulary->names, 0, names_get(&known->names, a));
        role[a] = attribute < 0 ? ROLE_PASSED : vocabulary->role[attribute];
    }
    good = good && catalogue_words_read(&words, dataset, role, progress, error) &&
           item_tokens_collect(rows, vocabulary, dataset, &words, progress, error);
    catalogue_words_fini(&words);
    free(role);
    return good;
}

void item_tokens_fini(struct item_tokens *rows)
{
    free(rows->offset);
    free(rows->token);
    free(rows->times);
    *rows = (struct item_tokens){ 0 };
}

bool item_tokens_weigh(const struct item_tokens *rows, const struct vocabulary *vocabulary,
                       struct sparse *features, struct error *error)
{
    const int64_t n = rows->offset[rows->n_items];

    if (!sparse_init(features, rows->n_items, rows->n_tokens, n, error)) return false;
    memcpy(features->start, rows->offset, ((size_t)rows->n_items + 1) * sizeof *features->start);
    if (n > 0) memcpy(features->column, rows->token, (size_t)n * sizeof *features->column);
    for (int32_t i = 0; i < rows->n_items; i++) {
        double square = 0;
        for (int64_t at = rows->offset[i]; at < rows->offset[i + 1]; at++) {
            features->value[at] = vocabulary_weight(vocabulary, rows->token[at]) *
                                  (float)(1 + log((double)rows->times[at]));
            square += (double)features->value[at] * (double)features->value[at];
        }
        const float scale = square > 0 ? (float)(1 / sqrt(square)) : 0;
        for (int64_t at = rows->offset[i]; at < rows->offset[i + 1]; at++)
            features->value[at] *= scale;
    }
    return true;
}

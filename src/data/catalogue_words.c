/* catalogue_words.c - which words stand in the titles and attributes of a catalogue. */
#include "vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_PER_LOOK = 1024 };

/* Word indexes as they come. */
struct list {
    int32_t *word;
    int64_t n, capacity;
};

static bool add(struct list *list, int32_t word)
{
    if (list->n == list->capacity) {
        int64_t capacity = list->capacity ? list->capacity * 2 : 4096;
        int32_t *grown = realloc(list->word, (size_t)capacity * sizeof *grown);
        if (!grown) return false;
        list->word = grown;
        list->capacity = capacity;
    }
    list->word[list->n++] = word;
    return true;
}

static bool read_text(struct interned *words, struct word_reader *reader, struct slice text,
                      struct list *list, struct error *error)
{
    struct word word;

    words_begin(reader, text);
    for (int n = 0; n < WORDS_PER_TEXT && words_next(reader, &word); n++) {
        const int32_t index = interned_add(words, 0, word.text, error);
        if (index < 0) return false;
        if (!add(list, index)) return error_memory(error, "the words of the catalogue");
    }
    return !reader->failed || error_memory(error, "the words of the catalogue");
}

/* Numbers say nothing as words: "2" of "2 GB" does, and is read from titles. */
static bool is_worded(const struct attributes *known, int32_t value, const uint8_t *role)
{
    const enum attribute_role of = (enum attribute_role)role[known->value_name[value]];
    double number;

    if (of != ROLE_VALUES && of != ROLE_TEXT) return false;
    return !slice_to_double(names_get(&known->values, value), &number);
}

bool catalogue_words_read(struct catalogue_words *words, const struct dataset *dataset,
                          const uint8_t *role, struct progress *progress, struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    const int32_t n_values = known->values.n;
    struct word_reader reader = { 0 };
    struct list titles = { 0 }, values = { 0 };

    progress_begin(progress, "reading the catalogue", dataset->n_items);
    words->title_offset = calloc((size_t)dataset->n_items + 1, sizeof *words->title_offset);
    words->value_offset = calloc((size_t)n_values + 1, sizeof *words->value_offset);
    bool good = words->title_offset && words->value_offset;
    if (!good) error_memory(error, "the words of the catalogue");
    for (int32_t v = 0; good && v < n_values; v++) {
        if (is_worded(known, v, role))
            good = read_text(&words->words, &reader, names_get(&known->values, v), &values, error);
        words->value_offset[v + 1] = values.n;
        if (good && v % ITEMS_PER_LOOK == 0 && progress_cancelled(progress))
            good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    for (int32_t i = 0; good && i < dataset->n_items; i++) {
        good =
            read_text(&words->words, &reader, names_get(&dataset->item_titles, i), &titles, error);
        words->title_offset[i + 1] = titles.n;
        if (i % ITEMS_PER_LOOK != ITEMS_PER_LOOK - 1) continue;
        progress_add(progress, ITEMS_PER_LOOK);
        if (good && progress_cancelled(progress))
            good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    words_fini(&reader);
    words->title_word = titles.word;
    words->value_word = values.word;
    return good;
}

void catalogue_words_fini(struct catalogue_words *words)
{
    interned_fini(&words->words);
    free(words->title_offset);
    free(words->title_word);
    free(words->value_offset);
    free(words->value_word);
    *words = (struct catalogue_words){ 0 };
}

/* vocabulary_memory.c - what learning a vocabulary will take, by reading a part of the catalogue.
 *
 * Memory goes with the tokens of all items, and with the letters of the distinct words, whose pairs
 * are counted. Distinct words grow slower than items: by a power (Heaps' law) whose exponent is
 * what the second half of the part adds.
 */
#include "vocabulary_private.h"

#include <math.h>
#include <stdlib.h>

enum {
    ITEMS = 4096,   /* that are read */
    OF_TOKEN = 200, /* bytes of a token of the vocabulary, its text and the tables around it */
    OF_LETTER = 60, /* of a letter of a distinct word: its symbol, its pairs, where they stand */
    OF_WORD = 4,    /* of a word of a title, while they are read */
    OF_ROW = 5 + 8, /* of a token of an item: which and how often; as a feature, weighed */
};

/* What was read of the catalogue so far. */
struct sample {
    struct word_reader reader;
    struct interned words;
    int32_t *seen; /* (room) the last item that has the word, plus one */
    size_t capacity;
    int64_t items, tokens, title_words;
    int64_t characters, half_letters; /* of distinct words; of the first half of the items */
};

static bool needs_capacity(struct sample *sample)
{
    const size_t n = (size_t)sample->words.names.names.n, capacity = 2 * n + 1024;

    if (n < sample->capacity) return true;
    int32_t *seen = realloc(sample->seen, capacity * sizeof *seen);
    if (!seen) return false;
    for (size_t w = sample->capacity; w < capacity; w++)
        seen[w] = 0;
    sample->seen = seen;
    sample->capacity = capacity;
    return true;
}

/* The item's words in the text; returns how many, -1 without memory. */
static int read_text(struct sample *sample, int32_t item, struct slice text)
{
    struct word word;
    int n = 0;

    words_begin(&sample->reader, text);
    for (; n < WORDS_PER_TEXT && words_next(&sample->reader, &word); n++) {
        const int32_t before = sample->words.names.names.n;
        const int32_t index = interned_add(&sample->words, 0, word.text, NULL);
        if (index < 0 || !needs_capacity(sample)) return -1;
        if (index == before) sample->characters += (int64_t)word.text.length;
        sample->tokens += sample->seen[index] != item + 1;
        sample->seen[index] = item + 1;
    }
    return n;
}

static bool read_item(struct sample *sample, const struct dataset *dataset, int32_t item)
{
    const struct attributes *known = &dataset->item_attributes;
    int n = read_text(sample, item, names_get(&dataset->item_titles, item));
    double number;
    int64_t date;

    sample->items++;
    sample->title_words += n;
    for (int64_t at = known->offset[item]; n >= 0 && at < known->offset[item + 1]; at++) {
        const struct slice value = names_get(&known->values, known->value[at]);
        sample->tokens++;
        if (slice_to_double(value, &number) || moment_parse(value, MOMENT_ISO, &date)) continue;
        n = read_text(sample, item, value);
    }
    return n >= 0;
}

static double letters_of_all(const struct sample *sample, double times)
{
    if (sample->half_letters == 0) return (double)sample->characters;
    const double power = log2((double)sample->characters / (double)sample->half_letters);
    return (double)sample->characters * pow(times, fmin(power, 1));
}

int64_t vocabulary_memory(const struct dataset *dataset, const struct vocabulary_options *options)
{
    struct vocabulary_options usual;
    struct sample sample = { 0 };
    const int32_t n = dataset->n_items, every = n / ITEMS + 1;
    bool good = true;

    vocabulary_options_init(&usual);
    if (!options) options = &usual;
    for (int32_t i = 0; good && i < n; i += every) {
        if (i < n / 2) sample.half_letters = sample.characters;
        good = read_item(&sample, dataset, i);
    }
    const double times = sample.items > 0 ? (double)n / (double)sample.items : 0;
    const double characters = letters_of_all(&sample, times);
    /* A piece stands for about four letters where the vocabulary is not full. */
    const double tokens =
        fmin(options->words, characters / 4) + dataset->item_attributes.names.n * 10;
    const double rows = (double)sample.tokens * times * OF_ROW + 16.0 * n;
    const double learning = characters * OF_LETTER + (double)sample.title_words * times * OF_WORD;

    words_fini(&sample.reader);
    interned_fini(&sample.words);
    free(sample.seen);
    return (int64_t)(rows + fmax(learning, 0) + tokens * OF_TOKEN);
}

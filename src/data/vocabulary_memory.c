/* vocabulary_memory.c - what learning a vocabulary will take, by reading a part of the catalogue.
 *
 * Memory goes with the words of all texts (lists of them, and the tokens of the items), and with
 * the letters of the distinct words, whose pairs are counted. Distinct words grow slower than
 * texts: by a power (Heaps' law) whose exponent is what the second half of the part adds.
 */
#include "vocabulary_private.h"

#include <math.h>

enum {
    TEXTS = 4096,   /* titles, and values, that are read */
    OF_TOKEN = 200, /* bytes of a token of the vocabulary, its text and the tables around it */
    OF_LETTER = 40, /* of a letter of a distinct word: its symbol, its pairs and where they stand */
};

/* Texts of one kind, as far as they were read. */
struct texts {
    int64_t all, read;
    int64_t words, letters, half_letters; /* letters: of distinct words */
};

static bool read_some(struct texts *texts, const struct names *names, bool numbers)
{
    struct word_reader reader = { 0 };
    struct interned words = { 0 };
    struct word word;
    const int32_t every = names->n / TEXTS + 1;
    double number;
    bool good = true;

    texts->all = names->n;
    for (int32_t i = 0; good && i < names->n; i += every) {
        if (i < names->n / 2) texts->half_letters = texts->letters;
        texts->read++;
        if (!numbers && slice_to_double(names_get(names, i), &number)) continue;
        words_begin(&reader, names_get(names, i));
        for (int n = 0; good && n < WORDS_PER_TEXT && words_next(&reader, &word); n++) {
            const int32_t before = words.names.names.n;
            good = interned_add(&words, 0, word.text, NULL) >= 0;
            texts->words++;
            if (words.names.names.n > before) texts->letters += (int64_t)word.text.length;
        }
    }
    words_fini(&reader);
    interned_fini(&words);
    return good;
}

/* Of all texts, by those that were read. */
static double all_words(const struct texts *texts)
{
    return texts->read > 0 ? (double)texts->words * (double)texts->all / (double)texts->read : 0;
}

static double all_letters(const struct texts *texts)
{
    if (texts->half_letters == 0) return (double)texts->letters;
    const double power = log2((double)texts->letters / (double)texts->half_letters);
    return (double)texts->letters * pow((double)texts->all / (double)texts->read, fmin(power, 1));
}

int64_t vocabulary_memory(const struct dataset *dataset, const struct vocabulary_options *options)
{
    const struct attributes *known = &dataset->item_attributes;
    struct vocabulary_options usual;
    struct texts titles = { 0 }, values = { 0 };

    vocabulary_options_init(&usual);
    if (!options) options = &usual;
    read_some(&titles, &dataset->item_titles, true);
    read_some(&values, &known->values, false);
    const double facts = (double)known->offset[dataset->n_items];
    const double of_value = values.read > 0 ? (double)values.words / (double)values.read : 0;
    const double letters = all_letters(&titles) + all_letters(&values);
    /* A word is about four letters of pieces where the vocabulary is full. */
    const double learned = fmin(options->words, letters / 4) + known->values.n;
    const double tokens = all_words(&titles) + facts * (1 + of_value);
    const double lists = (all_words(&titles) + all_words(&values)) * sizeof(int32_t) +
                         8.0 * (dataset->n_items + known->values.n) + letters * OF_LETTER;
    const double rows = tokens * 5, features = tokens * 8 + 8.0 * dataset->n_items;

    return (int64_t)(rows + 8.0 * dataset->n_items + learned * OF_TOKEN + fmax(lists, features));
}

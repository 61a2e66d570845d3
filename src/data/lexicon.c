/* lexicon.c - the words of a catalogue, by item and by stem. */
#include "lexicon.h"

#include "vocabulary_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BANDS = 8, STEM_LETTERS = 3 };

/* ----------------------------------------------------------------------------------- stems */

static bool ends_with(const struct text *word, size_t from, const char *ending)
{
    const size_t length = strlen(ending);

    return word->length >= from + length + STEM_LETTERS &&
           memcmp(word->bytes + word->length - length, ending, length) == 0;
}

static void cut(struct text *word, size_t characters)
{
    word->length -= characters;
    word->bytes[word->length] = '\0';
}

static bool is_ascii(struct slice word)
{
    for (size_t i = 0; i < word.length; i++)
        if ((unsigned char)word.bytes[i] >= 0x80 || (word.bytes[i] >= '0' && word.bytes[i] <= '9'))
            return false;
    return true;
}

/* The plural's s: not of "glass", "focus", "this". */
static void cut_plural(struct text *word, size_t from)
{
    static const char *const keep[] = { "ss", "us", "is" };

    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
        if (ends_with(word, from, keep[i])) return;
    if (ends_with(word, from, "ies")) {
        cut(word, 3);
        text_add_string(word, "y");
    } else if (ends_with(word, from, "sses") || ends_with(word, from, "ches") ||
               ends_with(word, from, "shes") || ends_with(word, from, "xes")) {
        cut(word, 2);
    } else if (ends_with(word, from, "s")) {
        cut(word, 1);
    }
}

void word_stem(struct slice word, struct text *out)
{
    static const char *const endings[] = { "ing", "ed", "er", "en", "e", "y" };
    const size_t from = out->length;

    text_add(out, word.bytes, word.length);
    if (out->failed || word.length < 4 || !is_ascii(word)) return;
    cut_plural(out, from);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (!ends_with(out, from, endings[i])) continue;
        cut(out, strlen(endings[i]));
        break;
    }
    const size_t length = out->length - from;
    const char *end = out->bytes + out->length;
    if (length > STEM_LETTERS && end[-1] == end[-2] && end[-1] != 's') cut(out, 1);
}

/* ------------------------------------------------------------------------------- learning */

static bool link_stems(struct lexicon *lexicon, struct error *error)
{
    const int32_t n = lexicon->words.names.names.n;
    struct text stem = { 0 };
    bool good = true;

    lexicon->stem = malloc(((size_t)n + 1) * sizeof *lexicon->stem);
    lexicon->stem_next = malloc(((size_t)n + 1) * sizeof *lexicon->stem_next);
    lexicon->stem_first = malloc(((size_t)n + 1) * sizeof *lexicon->stem_first);
    if (!lexicon->stem || !lexicon->stem_next || !lexicon->stem_first)
        return error_memory(error, "the words of the catalogue");
    for (int32_t w = 0; good && w < n; w++) {
        const int32_t before = lexicon->stems.names.names.n;
        text_clear(&stem);
        word_stem(names_get(&lexicon->words.names.names, w), &stem);
        const int32_t at = stem.failed
                               ? -1
                               : interned_add(&lexicon->stems, 0,
                                              (struct slice){ stem.bytes, stem.length }, error);
        good = at >= 0;
        if (!good) break;
        lexicon->stem[w] = at;
        lexicon->stem_next[w] = at < before ? lexicon->stem_first[at] : -1;
        lexicon->stem_first[at] = w;
    }
    text_fini(&stem);
    return good || error_memory(error, "the words of the catalogue");
}

/* The stems of a value's words, joined. */
static bool speak(struct text *spoken, struct word_reader *reader, struct slice value)
{
    struct word word;

    text_clear(spoken);
    words_begin(reader, value);
    while (words_next(reader, &word)) {
        if (spoken->length > 0) text_add_string(spoken, " ");
        word_stem(word.text, spoken);
    }
    return !reader->failed && !spoken->failed;
}

static bool name_values(struct lexicon *lexicon, const struct dataset *dataset, struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    struct word_reader reader = { 0 };
    struct text spoken = { 0 };
    bool good = true;

    lexicon->spoken_first = malloc(((size_t)known->values.n + 1) * sizeof *lexicon->spoken_first);
    lexicon->spoken_next = malloc(((size_t)known->values.n + 1) * sizeof *lexicon->spoken_next);
    if (!lexicon->spoken_first || !lexicon->spoken_next)
        return error_memory(error, "the words of the catalogue");
    for (int32_t v = 0; good && v < known->values.n; v++) {
        lexicon->spoken_next[v] = -1;
        if (lexicon->role[known->value_name[v]] != ROLE_VALUES) continue;
        good = speak(&spoken, &reader, names_get(&known->values, v));
        if (!good || spoken.length == 0) continue;
        const int32_t before = lexicon->spoken.names.names.n;
        const int32_t at =
            interned_add(&lexicon->spoken, 0, (struct slice){ spoken.bytes, spoken.length }, error);
        good = at >= 0;
        if (!good) break;
        lexicon->spoken_next[v] = at < before ? lexicon->spoken_first[at] : -1;
        lexicon->spoken_first[at] = v;
    }
    words_fini(&reader);
    text_fini(&spoken);
    return good || error_memory(error, "the words of the catalogue");
}

/* ------------------------------------------------------------------------------- features */

struct lexicon_row { /* of one item, while it is counted */
    int32_t *seen;   /* (words) the last item that had it, plus one */
    float *times;    /* (words) how often that item has it, the title counting double */
    int32_t *list;   /* (words) */
    int32_t n;
};

static void count_words(struct lexicon_row *row, int32_t item, const int32_t *word, int64_t from,
                        int64_t end, float times)
{
    for (int64_t at = from; at < end; at++) {
        const int32_t w = word[at];
        if (row->seen[w] != item + 1) {
            row->seen[w] = item + 1;
            row->times[w] = 0;
            row->list[row->n++] = w;
        }
        row->times[w] += times;
    }
}

static void count_item(struct lexicon_row *row, const struct dataset *dataset,
                       const struct catalogue_words *words, int32_t item)
{
    const struct attributes *known = &dataset->item_attributes;

    row->n = 0;
    count_words(row, item, words->title_word, words->title_offset[item],
                words->title_offset[item + 1], 2);
    for (int64_t at = known->offset[item]; at < known->offset[item + 1]; at++) {
        const int32_t value = known->value[at];
        count_words(row, item, words->value_word, words->value_offset[value],
                    words->value_offset[value + 1], 1);
    }
}

static int ascending(const void *a, const void *b)
{
    const int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return (one > other) - (one < other);
}

static void put_row(struct lexicon *lexicon, struct lexicon_row *row, int32_t item)
{
    struct sparse *features = &lexicon->features;
    const int64_t from = features->start[item];
    double square = 0;

    if (row->n > 1) qsort(row->list, (size_t)row->n, sizeof *row->list, ascending);
    for (int32_t i = 0; i < row->n; i++) {
        const int32_t w = row->list[i];
        const double value = lexicon_rarity(lexicon, w) * (1 + log((double)row->times[w]));
        features->column[from + i] = w;
        features->value[from + i] = (float)value;
        square += value * value;
    }
    for (int32_t i = 0; square > 0 && i < row->n; i++)
        features->value[from + i] /= (float)sqrt(square);
}

static bool weigh(struct lexicon *lexicon, const struct dataset *dataset,
                  const struct catalogue_words *words, struct lexicon_row *row, struct error *error)
{
    int64_t n = 0;

    for (int32_t i = 0; i < dataset->n_items; i++) {
        count_item(row, dataset, words, i);
        n += row->n;
        for (int32_t at = 0; at < row->n; at++)
            lexicon->items[row->list[at]]++;
    }
    memset(row->seen, 0, (size_t)lexicon->words.names.names.n * sizeof *row->seen);
    if (!sparse_init(&lexicon->features, dataset->n_items, lexicon->words.names.names.n, n, error))
        return false;
    for (int32_t i = 0; i < dataset->n_items; i++) {
        count_item(row, dataset, words, i);
        lexicon->features.start[i + 1] = lexicon->features.start[i] + row->n;
        put_row(lexicon, row, i);
    }
    return sparse_transpose(&lexicon->features, &lexicon->by_word, error);
}

static bool make_features(struct lexicon *lexicon, const struct dataset *dataset,
                          const struct catalogue_words *words, struct error *error)
{
    const size_t n = (size_t)lexicon->words.names.names.n + 1;
    struct lexicon_row row = { .seen = calloc(n, sizeof *row.seen),
                               .times = malloc(n * sizeof *row.times),
                               .list = malloc(n * sizeof *row.list) };

    lexicon->items = calloc(n, sizeof *lexicon->items);
    bool good = row.seen && row.times && row.list && lexicon->items;
    if (!good) error_memory(error, "the words of the catalogue");
    good = good && weigh(lexicon, dataset, words, &row, error);
    free(row.seen);
    free(row.times);
    free(row.list);
    return good;
}

struct lexicon *lexicon_new(const struct dataset *dataset, struct progress *progress,
                            struct error *error)
{
    struct catalogue_words words = { 0 };
    struct lexicon *lexicon = calloc(1, sizeof *lexicon);

    if (!lexicon) {
        error_memory(error, "the words of the catalogue");
        return NULL;
    }
    lexicon->role = calloc((size_t)dataset->item_attributes.names.n + 1, sizeof *lexicon->role);
    bool good = lexicon->role != NULL || error_memory(error, "the words of the catalogue");
    good = good && attribute_roles(dataset, BANDS, lexicon->role, error) &&
           catalogue_words_read(&words, dataset, lexicon->role, progress, error);
    if (good) { /* they are ours from here on */
        lexicon->words = words.words;
        words.words = (struct interned){ 0 };
    }
    good = good && make_features(lexicon, dataset, &words, error) && link_stems(lexicon, error) &&
           name_values(lexicon, dataset, error);
    catalogue_words_fini(&words);
    if (good) return lexicon;
    lexicon_free(lexicon);
    return NULL;
}

void lexicon_free(struct lexicon *lexicon)
{
    if (!lexicon) return;
    interned_fini(&lexicon->words);
    interned_fini(&lexicon->stems);
    interned_fini(&lexicon->spoken);
    sparse_fini(&lexicon->features);
    sparse_fini(&lexicon->by_word);
    free(lexicon->items);
    free(lexicon->stem);
    free(lexicon->stem_first);
    free(lexicon->stem_next);
    free(lexicon->spoken_first);
    free(lexicon->spoken_next);
    free(lexicon->role);
    free(lexicon);
}

double lexicon_rarity(const struct lexicon *lexicon, int32_t word)
{
    const double n = lexicon->features.n_rows;

    return log((2 + n) / (1.0 + lexicon->items[word])) / log(2 + n);
}

int32_t lexicon_find(const struct lexicon *lexicon, struct slice word, struct text *scratch)
{
    const int32_t exact = interned_find(&lexicon->words, 0, word);

    if (exact >= 0) return exact;
    text_clear(scratch);
    word_stem(word, scratch);
    if (scratch->failed) return -1;
    const int32_t stem =
        interned_find(&lexicon->stems, 0, (struct slice){ scratch->bytes, scratch->length });
    return stem >= 0 ? lexicon->stem_first[stem] : -1;
}

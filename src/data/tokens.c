/* tokens.c - tokens by number: what they are, what they weigh, how a word is spelled in them.
 */
#include "vocabulary_private.h"

#include "subwords.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPELL_CAPACITY = 320 }; /* bytes of a word that are looked at */
enum { STEM_LETTERS = 4 };     /* a shorter word has at least so many */
enum { ENDING_LETTERS = 2 };   /* and is at most so many shorter */

void vocabulary_options_init(struct vocabulary_options *options)
{
    *options = (struct vocabulary_options){ .words = 8000, .bands = 8 };
}

struct vocabulary *vocabulary_retain(const struct vocabulary *vocabulary)
{
    struct vocabulary *shared =
        (struct vocabulary *)vocabulary; /* but for the owners it is const */
    atomic_fetch_add(&shared->shared, 1);
    return shared;
}

void vocabulary_free(struct vocabulary *vocabulary)
{
    if (!vocabulary || atomic_fetch_sub(&vocabulary->shared, 1) > 0) return;
    interned_fini(&vocabulary->names);
    interned_fini(&vocabulary->tokens);
    interned_fini(&vocabulary->spoken);
    free(vocabulary->role);
    free(vocabulary->kind);
    free(vocabulary->items);
    free(vocabulary->min);
    free(vocabulary->weight);
    free(vocabulary->stem);
    free(vocabulary->first_band);
    free(vocabulary->spoken_token);
    free(vocabulary);
}

int32_t vocabulary_count(const struct vocabulary *vocabulary)
{
    return vocabulary->tokens.names.names.n;
}

int32_t vocabulary_size(const struct vocabulary *vocabulary)
{
    return vocabulary_count(vocabulary);
}

enum token_kind vocabulary_kind(const struct vocabulary *vocabulary, int32_t token)
{
    return (enum token_kind)vocabulary->kind[token];
}

int32_t vocabulary_items(const struct vocabulary *vocabulary, int32_t token)
{
    return vocabulary->items[token];
}

float vocabulary_weight(const struct vocabulary *vocabulary, int32_t token)
{
    return vocabulary->weight[token];
}

static struct slice text_of(const struct vocabulary *vocabulary, int32_t token)
{
    return names_get(&vocabulary->tokens.names.names, token);
}

static bool has_start(struct slice subword)
{
    const size_t mark = strlen(WORD_START);
    return subword.length > mark && memcmp(subword.bytes, WORD_START, mark) == 0;
}

void vocabulary_name(const struct vocabulary *vocabulary, int32_t token, struct text *out)
{
    struct slice text = text_of(vocabulary, token);
    const bool starts = has_start(text);

    if (starts) {
        text.bytes += strlen(WORD_START);
        text.length -= strlen(WORD_START);
    }
    switch (vocabulary_kind(vocabulary, token)) {
    case TOKEN_WORD:
        text_add_string(out, "word ");
        text_add(out, text.bytes, text.length);
        break;
    case TOKEN_PIECE:
        text_add_string(out, starts ? "piece " : "piece -");
        text_add(out, text.bytes, text.length);
        if (starts) text_add_string(out, "-");
        break;
    case TOKEN_VALUE:
    case TOKEN_BAND:
    case TOKEN_KINDS: {
        const struct slice name =
            names_get(&vocabulary->names.names.names, vocabulary->tokens.tag[token]);
        text_add(out, name.bytes, name.length);
        text_add_string(out, " ");
        text_add(out, text.bytes, text.length);
        break;
    }
    }
}

/* -------------------------------------------------------------------------------- spelling */

/* Bytes of the first `letters` code points. */
static size_t first_letters(struct slice text, int32_t characters)
{
    size_t at = 0;
    int32_t code;

    for (; characters > 0 && at < text.length; characters--)
        at += text_decode(text.bytes + at, text.length - at, &code);
    return at;
}

static int32_t count_letters(const char *bytes, size_t length)
{
    int32_t n = 0, code;

    for (size_t at = 0; at < length; n++)
        at += text_decode(bytes + at, length - at, &code);
    return n;
}

/* The longest piece that `text` begins with; *length is its bytes. -1 where there is none. */
static int32_t longest_subword(const struct vocabulary *vocabulary, struct slice text,
                               size_t *length)
{
    size_t max = text.length < vocabulary->longest ? text.length : vocabulary->longest;

    for (; max > 0; max--) {
        if (max < text.length && ((unsigned char)text.bytes[max] & 0xC0) == 0x80) continue;
        const int32_t token =
            interned_find(&vocabulary->tokens, TAG_WORDS, (struct slice){ text.bytes, max });
        if (token < 0) continue;
        *length = max;
        return token;
    }
    return -1;
}

/* A single letter of a longer word says nothing; an ideograph does. */
static bool is_worth(const struct word_part *part, int32_t characters, bool starts)
{
    return part->characters > 1 || characters == 1 || !starts;
}

int32_t vocabulary_merge(const struct vocabulary *vocabulary, struct slice word,
                         struct word_part *out, int32_t *characters)
{
    char bytes[SPELL_CAPACITY];
    const bool starts = subword_starts(word);
    const size_t mark = starts ? strlen(WORD_START) : 0;
    int32_t n = 0;

    if (word.length > SPELL_CAPACITY - mark) word.length = SPELL_CAPACITY - mark;
    memcpy(bytes, WORD_START, mark);
    memcpy(bytes + mark, word.bytes, word.length);
    const size_t end = mark + word.length;
    *characters = count_letters(word.bytes, word.length);
    for (size_t at = 0, length; at < end && n < TOKENS_PER_WORD / 2; at += length) {
        const struct slice rest = { bytes + at, end - at };
        const int32_t token = longest_subword(vocabulary, rest, &length);
        if (token < 0) { /* a letter that no item has */
            length = at == 0 ? mark + first_letters(word, 1) : first_letters(rest, 1);
            continue;
        }
        const size_t from = at == 0 ? mark : at;
        out[n] = (struct word_part){ token, count_letters(bytes + from, at + length - from) };
        n += is_worth(&out[n], *characters, starts);
    }
    if (n != 1 || out[0].characters != *characters) return n;
    for (int32_t stem = vocabulary->stem[out[0].token]; stem >= 0 && n < TOKENS_PER_WORD;
         stem = vocabulary->stem[stem]) {
        const struct slice text = text_of(vocabulary, stem);
        out[n++] = (struct word_part){ stem, count_letters(text.bytes + mark, text.length - mark) };
    }
    return n;
}

/* ----------------------------------------------------------------------------------- bands */

bool number_of_value(enum attribute_role role, struct slice value, double *number)
{
    int64_t moment;

    if (role == ROLE_NUMBER) return slice_to_double(value, number);
    if (!moment_parse(value, MOMENT_ISO, &moment)) return false;
    *number = (double)moment / 86400;
    return true;
}

int32_t vocabulary_band(const struct vocabulary *vocabulary, int32_t attribute, double number)
{
    const int32_t n = vocabulary_count(vocabulary);
    int32_t band = vocabulary->first_band[attribute];

    if (band < 0) return -1;
    while (band + 1 < n && vocabulary->kind[band + 1] == TOKEN_BAND &&
           vocabulary->tokens.tag[band + 1] == attribute && vocabulary->min[band + 1] <= number)
        band++;
    return band;
}

/* ------------------------------------------------------------------------- what follows */

static void weigh(struct vocabulary *vocabulary)
{
    const double n = (double)vocabulary->n_items;
    const double max = log((1 + n) / 2);

    for (int32_t t = 0; t < vocabulary_count(vocabulary); t++) {
        const double rarity = log((1 + n) / (1 + (double)vocabulary->items[t]));
        vocabulary->weight[t] = max > 0 ? (float)fmin(1, fmax(0, rarity / max)) : 1;
    }
}

/* The longest word of the vocabulary that this one extends by a letter or two. */
static int32_t find_stem(const struct vocabulary *vocabulary, int32_t token)
{
    const struct slice text = text_of(vocabulary, token);
    const size_t mark = strlen(WORD_START);

    if (vocabulary->kind[token] != TOKEN_WORD || !has_start(text)) return -1;
    const struct slice word = { text.bytes + mark, text.length - mark };
    const int32_t characters = count_letters(word.bytes, word.length);
    for (int32_t cut = 1; cut <= ENDING_LETTERS && characters - cut >= STEM_LETTERS; cut++) {
        const int32_t stem = interned_find(
            &vocabulary->tokens, TAG_WORDS,
            (struct slice){ text.bytes, mark + first_letters(word, characters - cut) });
        if (stem >= 0 && vocabulary->kind[stem] == TOKEN_WORD) return stem;
    }
    return -1;
}

/* What people may say for a whole value: its words. Yes and no mean nothing by themselves. */
static bool add_spoken(struct vocabulary *vocabulary, int32_t token, struct word_reader *reader,
                       struct text *words, struct error *error)
{
    static const char *const empty[] = { "yes", "no", "true", "false", "none", "other", "unknown" };
    struct word word;
    int32_t before = 0, n = 0;

    text_clear(words);
    words_begin(reader, text_of(vocabulary, token));
    for (; words_next(reader, &word); n++) {
        if (n > 0) text_add_string(words, " ");
        text_add(words, word.text.bytes, word.text.length);
    }
    if (reader->failed || words->failed) return error_memory(error, "a vocabulary");
    const struct slice spoken = { words->bytes, words->length };
    if (n == 0 || spoken.length < 2) return true;
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        if (slice_equal(spoken, empty[i])) return true;
    while (interned_find(&vocabulary->spoken, before, spoken) >= 0)
        before++;
    const int32_t index = interned_add(&vocabulary->spoken, before, spoken, error);
    if (index >= 0) vocabulary->spoken_token[index] = token;
    return index >= 0;
}

bool vocabulary_prepare(struct vocabulary *vocabulary, struct error *error)
{
    const int32_t n = vocabulary_count(vocabulary);
    const int32_t n_names = vocabulary->names.names.names.n;
    struct word_reader reader = { 0 };
    struct text words = { 0 };
    bool good;

    vocabulary->weight = malloc(((size_t)n + 1) * sizeof *vocabulary->weight);
    vocabulary->stem = malloc(((size_t)n + 1) * sizeof *vocabulary->stem);
    vocabulary->spoken_token = malloc(((size_t)n + 1) * sizeof *vocabulary->spoken_token);
    vocabulary->first_band = malloc(((size_t)n_names + 1) * sizeof *vocabulary->first_band);
    good = vocabulary->weight && vocabulary->stem && vocabulary->spoken_token &&
           vocabulary->first_band;
    if (!good) return error_memory(error, "a vocabulary");
    weigh(vocabulary);
    for (int32_t a = 0; a < n_names; a++)
        vocabulary->first_band[a] = -1;
    for (int32_t t = n - 1; t >= 0; t--)
        if (vocabulary->kind[t] == TOKEN_BAND)
            vocabulary->first_band[vocabulary->tokens.tag[t]] = t;
    for (int32_t t = 0; good && t < n; t++) {
        const size_t length = text_of(vocabulary, t).length;
        if (vocabulary->tokens.tag[t] == TAG_WORDS && length > vocabulary->longest)
            vocabulary->longest = length;
        vocabulary->stem[t] = find_stem(vocabulary, t);
        if (vocabulary->kind[t] == TOKEN_VALUE)
            good = add_spoken(vocabulary, t, &reader, &words, error);
    }
    words_fini(&reader);
    text_fini(&words);
    return good;
}

/* unigram.c - the unigram model of SentencePiece (Kudo 2018): of all ways to cut a word into pieces
 * the one with the largest product of probabilities, found by dynamic programming. */
#include "charsmap.h"
#include "code_class.h"
#include "tokenizer_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define SPACE_MARK "\xE2\x96\x81" /* U+2581, what SentencePiece writes for a space */

/* --------------------------------------------------------------------------------- normalisation
 */

static const struct code_row *find_code(const struct code_map *map, int32_t code)
{
    int32_t low = 0, high = map->n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (map->rows[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->n && map->rows[low].code == code ? &map->rows[low] : NULL;
}

static void add_code(const struct code_map *map, int32_t code, struct text *out)
{
    char bytes[4];
    const struct code_row *row = find_code(map, code);
    if (!row)
        text_add(out, bytes, text_encode(code, bytes));
    else if (row->length > 0)
        text_add(out, map->bytes.bytes + row->offset, row->length);
}

/* The one character that a letter and its mark are together, or -1. */
static int32_t composed(const char *bytes, size_t length)
{
    utf8proc_int32_t codes[CLUSTER_MAX + 1];
    utf8proc_ssize_t n =
        utf8proc_decompose((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length, codes,
                           CLUSTER_MAX + 1, UTF8PROC_COMPOSE);
    if (n > 0 && n <= CLUSTER_MAX) n = utf8proc_normalize_utf32(codes, n, UTF8PROC_COMPOSE);
    return n == 1 ? codes[0] : -1;
}

/* As charsmap_apply(): a short cluster whose first character has an entry becomes that; what has
 * none is composed, because the map of SentencePiece has entries for both characters together. */
static void apply_codes(const struct code_map *map, struct slice text, struct text *out)
{
    while (text.length > 0) {
        int32_t code;
        const size_t cluster = cluster_length(text);
        size_t length = text_decode(text.bytes, text.length, &code);

        if (code < 0) code = 0xFFFD;
        if (cluster > length && cluster <= CLUSTER_MAX) {
            const int32_t one = find_code(map, code) ? code : composed(text.bytes, cluster);
            if (one >= 0) {
                code = one;
                length = cluster;
            }
        }
        add_code(map, code, out);
        text.bytes += length;
        text.length -= length;
    }
}

static void apply_collapse(struct slice text, struct text *out)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] != ' ' || i == 0 || text.bytes[i - 1] != ' ')
            text_add(out, text.bytes + i, 1);
}

/* One of the forms of Unicode, or lower case, or without marks: by utf8proc. */
static void apply_unicode(enum unigram_step step, struct slice text, struct text *out)
{
    static const utf8proc_option_t options[] = {
        [STEP_NFKC] = UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [STEP_NFC] = UTF8PROC_COMPOSE,
        [STEP_NFKD] = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
        [STEP_NFD] = UTF8PROC_DECOMPOSE,
    };
    utf8proc_uint8_t *form = NULL;

    if (step == STEP_LOWER || step == STEP_ACCENTS) {
        while (text.length > 0) {
            int32_t code;
            char bytes[4];
            const size_t length = text_decode(text.bytes, text.length, &code);
            text.bytes += length;
            text.length -= length;
            if (code < 0) code = 0xFFFD;
            if (step == STEP_LOWER)
                text_add(out, bytes, text_encode(utf8proc_tolower(code), bytes));
            else if (!code_is_mark(code))
                text_add(out, bytes, text_encode(code, bytes));
        }
        return;
    }
    const utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text.bytes,
                                            (utf8proc_ssize_t)text.length, &form, options[step]);
    if (n >= 0)
        text_add(out, (const char *)form, (size_t)n);
    else if (n == UTF8PROC_ERROR_NOMEM)
        out->failed = true;
    else
        text_add(out, text.bytes, text.length);
    free(form);
}

/* Runs all steps; `text` is the result. */
static void normalise(const struct tokenizer *tokenizer, struct slice from, struct text *text)
{
    struct text next = { 0 };

    text_add(text, from.bytes, from.length);
    for (int32_t i = 0; i < tokenizer->unigram.n_steps && !text->failed; i++) {
        const enum unigram_step step = tokenizer->unigram.steps[i];
        const struct slice now = { text->bytes ? text->bytes : "", text->length };
        text_clear(&next);
        if (step == STEP_CHARSMAP)
            charsmap_apply(tokenizer->unigram.charsmap, now, &next);
        else if (step == STEP_CODES)
            apply_codes(tokenizer->unigram.codes, now, &next);
        else if (step == STEP_COLLAPSE)
            apply_collapse(now, &next);
        else
            apply_unicode(step, now, &next);
        const struct text swap = *text;
        *text = next;
        next = swap;
        text->failed |= swap.failed;
    }
    text_fini(&next);
}

/* ------------------------------------------------------------------------------------ the best cut
 */

/* The best way to cut what lies before a place: its last piece, and where that begins. */
struct cut {
    double score;
    int32_t id, from; /* from -1: no way leads here */
};

struct cutting {
    struct text word; /* with marks for spaces */
    struct cut *cuts; /* (capacity) by byte */
    size_t capacity;
    int32_t *ids; /* (capacity) the pieces from the end */
};

static bool cutting_reserve(struct cutting *cutting, size_t n)
{
    if (n <= cutting->capacity) return true;
    const size_t capacity = n + n / 2;
    struct cut *cuts = realloc(cutting->cuts, capacity * sizeof *cuts);
    if (cuts) cutting->cuts = cuts;
    int32_t *ids = realloc(cutting->ids, capacity * sizeof *ids);
    if (ids) cutting->ids = ids;
    if (cuts && ids) cutting->capacity = capacity;
    return cuts && ids;
}

static size_t character_length(const char *bytes, size_t length)
{
    size_t n = 1;
    while (n < length && (bytes[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static void offer(struct cut *to, double score, int32_t id, size_t from)
{
    if (to->from >= 0 && score <= to->score) return;
    *to = (struct cut){ score, id, (int32_t)from };
}

/* All pieces that begin at `from`, shortest first. */
static void cut_from(const struct tokenizer *tokenizer, const struct cutting *cutting, size_t from)
{
    const struct text *word = &cutting->word;
    const struct piece_table *pieces = &tokenizer->pieces;
    const double before = cutting->cuts[from].score;
    const size_t character = character_length(word->bytes + from, word->length - from);
    size_t max = word->length - from;
    bool single = false;

    if (max > pieces->length_max) max = pieces->length_max;
    for (size_t length = character; length <= max;
         length += character_length(word->bytes + from + length, word->length - from - length)) {
        const int32_t id = piece_table_find(pieces, word->bytes + from, length);
        if (id >= 0) {
            offer(&cutting->cuts[from + length], before + tokenizer->unigram.scores[id], id, from);
            single |= length == character;
        }
        if (from + length >= word->length) break;
    }
    if (!single)
        offer(&cutting->cuts[from + character], before + tokenizer->unigram.unknown_score,
              tokenizer->unknown, from);
}

/* Adds the pieces of cutting->word; unknown ones that follow each other are one. */
static bool cut_word(const struct tokenizer *tokenizer, struct cutting *cutting,
                     struct token_list *list)
{
    const size_t length = cutting->word.length;
    size_t n = 0;

    if (cutting->word.failed || length > INT32_MAX / 2 || !cutting_reserve(cutting, length + 1))
        return false;
    for (size_t i = 0; i <= length; i++)
        cutting->cuts[i].from = -1;
    cutting->cuts[0] = (struct cut){ 0, -1, 0 };
    for (size_t i = 0; i < length; i += character_length(cutting->word.bytes + i, length - i))
        cut_from(tokenizer, cutting, i);
    for (size_t at = length; at > 0; at = (size_t)cutting->cuts[at].from)
        cutting->ids[n++] = cutting->cuts[at].id;
    for (size_t i = n; i > 0; i--) {
        const bool unknown = cutting->ids[i - 1] == tokenizer->unknown;
        if (unknown && i < n && cutting->ids[i] == tokenizer->unknown) continue;
        token_list_add(list, cutting->ids[i - 1]);
        list->unknown += unknown;
    }
    list->words++;
    return true;
}

/* The next word of the normalised text with its mark in cutting->word; false at the end. Spaces
 * within it become marks. */
static bool next_word(const struct tokenizer *tokenizer, struct slice *rest, bool first,
                      struct text *word)
{
    const bool drop = tokenizer->unigram.split_white;
    bool begun = false;

    text_clear(word);
    while (rest->length > 0) {
        int32_t code;
        const size_t length = text_decode(rest->bytes, rest->length, &code);
        const bool space = drop ? code >= 0 && code_is_white(code) : code == ' ';
        if (space && begun) break;
        if (!begun && (space ? !drop : tokenizer->unigram.prefix && (drop || first)))
            text_add_string(word, SPACE_MARK);
        if (!space) text_add(word, rest->bytes, length);
        begun |= !(space && drop);
        rest->bytes += length;
        rest->length -= length;
    }
    return begun;
}

void unigram_prepare(struct tokenizer *tokenizer)
{
    double min = HUGE_VAL;
    for (int32_t i = 0; i < tokenizer->pieces.n; i++)
        if (tokenizer->unigram.scores[i] < min) min = tokenizer->unigram.scores[i];
    tokenizer->unigram.unknown_score = min - 10;
}

bool unigram_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                    struct token_list *list, struct error *error)
{
    struct text plain = { 0 };
    struct cutting cutting = { 0 };

    normalise(tokenizer, text, &plain);
    struct slice rest = { plain.bytes, plain.length };
    bool good = !plain.failed;
    for (bool first = true; good && list->n < max; first = false) {
        if (!next_word(tokenizer, &rest, first, &cutting.word)) break;
        good = cut_word(tokenizer, &cutting, list);
    }
    text_fini(&plain);
    text_fini(&cutting.word);
    free(cutting.cuts);
    free(cutting.ids);
    return good && !list->failed ? true : error_memory(error, "the tokens of a text");
}

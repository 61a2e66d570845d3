/* tokenizer.c - what both kinds share: lists, tokens that stand in the text by name. */
#include "charsmap.h"
#include "code_class.h"
#include "tokenizer_private.h"

#include <stdlib.h>
#include <string.h>

void token_list_fini(struct token_list *list)
{
    free(list->ids);
    *list = (struct token_list){ 0 };
}

void token_list_add(struct token_list *list, int32_t id)
{
    if (list->failed) return;
    if (list->n == list->capacity) {
        const int32_t capacity = list->capacity ? 2 * list->capacity : 32;
        int32_t *ids = capacity > 0 && capacity < 1 << 28
                           ? realloc(list->ids, (size_t)capacity * sizeof *ids)
                           : NULL;
        if (!ids) {
            list->failed = true;
            return;
        }
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->n++] = id;
}

void code_map_free(struct code_map *map)
{
    if (!map) return;
    free(map->rows);
    text_fini(&map->bytes);
    free(map);
}

struct tokenizer *tokenizer_new(enum tokenizer_kind kind, struct error *error)
{
    struct tokenizer *tokenizer = calloc(1, sizeof *tokenizer);
    if (!tokenizer) {
        error_memory(error, "a tokenizer");
        return NULL;
    }
    tokenizer->kind = kind;
    tokenizer->first = tokenizer->last = tokenizer->unknown = -1;
    tokenizer->bert.clean = tokenizer->bert.ideographs = true;
    tokenizer->bert.word_max = 100;
    memcpy(tokenizer->bert.continuing, "##", 3);
    return tokenizer;
}

void tokenizer_free(struct tokenizer *tokenizer)
{
    if (!tokenizer) return;
    piece_table_fini(&tokenizer->pieces);
    for (int32_t i = 0; i < tokenizer->n_added; i++)
        free(tokenizer->added[i].text);
    free(tokenizer->added);
    free(tokenizer->unigram.scores);
    charsmap_free(tokenizer->unigram.charsmap);
    code_map_free(tokenizer->unigram.codes);
    free(tokenizer);
}

int32_t tokenizer_size(const struct tokenizer *tokenizer)
{
    int32_t n = tokenizer->pieces.n;
    for (int32_t i = 0; i < tokenizer->n_added; i++)
        if (tokenizer->added[i].id >= n) n = tokenizer->added[i].id + 1;
    return n;
}

int32_t tokenizer_first(const struct tokenizer *tokenizer)
{
    return tokenizer->first;
}

int32_t tokenizer_last(const struct tokenizer *tokenizer)
{
    return tokenizer->last;
}

struct slice tokenizer_piece(const struct tokenizer *tokenizer, int32_t id)
{
    for (int32_t i = 0; i < tokenizer->n_added; i++)
        if (tokenizer->added[i].id == id) return slice_of(tokenizer->added[i].text);
    return id >= 0 && id < tokenizer->pieces.n ? piece_table_text(&tokenizer->pieces, id)
                                               : (struct slice){ 0 };
}

/* The added token that begins at text[0], the longest one; NULL = none. */
static const struct added_token *added_here(const struct tokenizer *tokenizer, struct slice text)
{
    const struct added_token *best = NULL;
    size_t best_length = 0;
    for (int32_t i = 0; i < tokenizer->n_added; i++) {
        const struct added_token *token = &tokenizer->added[i];
        const size_t length = strlen(token->text);
        if (length <= best_length || length > text.length ||
            memcmp(text.bytes, token->text, length) != 0)
            continue;
        best = token;
        best_length = length;
    }
    return best;
}

static size_t white_length(struct slice text)
{
    int32_t code;
    size_t length = text.length ? text_decode(text.bytes, text.length, &code) : 0;
    return length && code_is_white(code) ? length : 0;
}

static struct slice trim_right(struct slice text)
{
    for (size_t i = text.length; i > 0;) {
        size_t start = i - 1;
        while (start > 0 && i - start < 4 && (text.bytes[start] & 0xC0) == 0x80)
            start--;
        const struct slice last = { text.bytes + start, i - start };
        if (white_length(last) != last.length) return text;
        text.length = i = start;
    }
    return text;
}

static bool encode_plain(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                         struct token_list *list, struct error *error)
{
    if (text.length == 0) return true;
    return tokenizer->kind == TOKENIZER_WORDPIECE
               ? wordpiece_encode(tokenizer, text, max, list, error)
               : unigram_encode(tokenizer, text, max, list, error);
}

bool tokenizer_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                      struct token_list *list, struct error *error)
{
    struct slice plain = { text.bytes, 0 };

    while (text.length > 0) {
        const struct added_token *token = added_here(tokenizer, text);
        if (!token) {
            plain.length++;
            text.bytes++;
            text.length--;
            continue;
        }
        if (token->strip_left) plain = trim_right(plain);
        if (!encode_plain(tokenizer, plain, max, list, error)) return false;
        if (list->n >= max) return true;
        token_list_add(list, token->id);
        list->words++;
        size_t length = strlen(token->text);
        text.bytes += length;
        text.length -= length;
        while (token->strip_right && (length = white_length(text)) > 0) {
            text.bytes += length;
            text.length -= length;
        }
        plain = (struct slice){ text.bytes, 0 };
    }
    if (!encode_plain(tokenizer, plain, max, list, error)) return false;
    return list->failed ? error_memory(error, "the tokens of a text") : true;
}

/* tokenizer_read.c - tokenizers from tokenizer.json and vocab.txt. */
#include "tokenizer_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct error *error, const char *name, const char *what)
{
    return error_set(error, ERROR_INPUT, "%.200s: %s", name, what);
}

static struct tokenizer *tokenizer_new(enum tokenizer_kind kind, struct error *error)
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

static int32_t find_piece(const struct tokenizer *tokenizer, const char *text)
{
    for (int32_t i = 0; i < tokenizer->n_added; i++)
        if (strcmp(tokenizer->added[i].text, text) == 0) return tokenizer->added[i].id;
    return piece_table_find(&tokenizer->pieces, text, strlen(text));
}

/* ------------------------------------------------------------------------------------ vocab.txt */

/* The next line, without its end. */
static bool next_line(struct slice *text, struct slice *line)
{
    if (text->length == 0) return false;
    const char *end = memchr(text->bytes, '\n', text->length);
    const size_t length = end ? (size_t)(end - text->bytes) : text->length;
    *line = (struct slice){ text->bytes, length };
    if (length > 0 && line->bytes[length - 1] == '\r') line->length--;
    text->bytes += length + (end != NULL);
    text->length -= length + (end != NULL);
    return true;
}

static bool read_lines(struct tokenizer *tokenizer, const char *name, struct slice text,
                       struct error *error)
{
    struct slice rest = text, line;
    int32_t n = 0, id = 0;

    while (n <= PIECES_MAX && next_line(&rest, &line))
        n++;
    if (!piece_table_init(&tokenizer->pieces, n, error)) return error_prefix(error, "%s", name);
    for (rest = text; next_line(&rest, &line); id++) {
        if (line.length > 0 && !piece_table_add(&tokenizer->pieces, id, line))
            return refuse(error, name, "its vocabulary is damaged");
    }
    return true;
}

/* The tokens that BERT keeps out of words. */
static bool add_bert_tokens(struct tokenizer *tokenizer, struct error *error)
{
    static const char *const names[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
    enum { N = sizeof names / sizeof *names };

    tokenizer->added = calloc(N, sizeof *tokenizer->added);
    if (!tokenizer->added) return error_memory(error, "a vocabulary");
    for (int i = 0; i < N; i++) {
        const int32_t id = piece_table_find(&tokenizer->pieces, names[i], strlen(names[i]));
        if (id < 0) continue;
        struct added_token *token = &tokenizer->added[tokenizer->n_added];
        *token = (struct added_token){ .text = strdup(names[i]), .id = id };
        if (!token->text) return error_memory(error, "a vocabulary");
        tokenizer->n_added++;
    }
    return true;
}

static bool find_bert_ends(struct tokenizer *tokenizer, const char *name, struct error *error)
{
    tokenizer->first = find_piece(tokenizer, "[CLS]");
    tokenizer->last = find_piece(tokenizer, "[SEP]");
    if (tokenizer->unknown < 0) tokenizer->unknown = find_piece(tokenizer, "[UNK]");
    return (tokenizer->first >= 0 && tokenizer->last >= 0 && tokenizer->unknown >= 0) ||
           refuse(error, name, "its vocabulary has no [CLS], [SEP] or [UNK]");
}

struct tokenizer *tokenizer_read_vocabulary(const char *name, struct slice text, bool lower_case,
                                            struct error *error)
{
    struct tokenizer *tokenizer = tokenizer_new(TOKENIZER_WORDPIECE, error);
    if (!tokenizer) return NULL;
    tokenizer->bert.lower_case = tokenizer->bert.strip_accents = lower_case;
    if (read_lines(tokenizer, name, text, error) && add_bert_tokens(tokenizer, error) &&
        find_bert_ends(tokenizer, name, error))
        return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

/* ------------------------------------------------------------------------------- tokenizer.json */

static const char *type_of(const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    return type ? type : "";
}

static bool flag(const json_t *object, const char *key, bool otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

/* Tokens that are found in the text as it is. */
static bool read_added(struct tokenizer *tokenizer, const json_t *root, const char *name,
                       struct error *error)
{
    const json_t *list = json_object_get(root, "added_tokens"), *entry;
    size_t i;

    if (json_array_size(list) > 4096) return refuse(error, name, "too many added tokens");
    tokenizer->added = calloc(json_array_size(list) + 1, sizeof *tokenizer->added);
    if (!tokenizer->added) return error_memory(error, "a vocabulary");
    json_array_foreach((json_t *)list, i, entry)
    {
        const char *text = json_string_value(json_object_get(entry, "content"));
        const json_t *id = json_object_get(entry, "id");
        if (!text || !*text || !json_is_integer(id) || json_integer_value(id) < 0 ||
            json_integer_value(id) >= PIECES_MAX)
            return refuse(error, name, "its added tokens are damaged");
        struct added_token *token = &tokenizer->added[tokenizer->n_added];
        *token = (struct added_token){ .text = strdup(text),
                                       .id = (int32_t)json_integer_value(id),
                                       .strip_left = flag(entry, "lstrip", false),
                                       .strip_right = flag(entry, "rstrip", false) };
        if (!token->text) return error_memory(error, "a vocabulary");
        tokenizer->n_added++;
    }
    return true;
}

/* {"piece": id, …} */
static bool read_wordpiece_vocabulary(struct tokenizer *tokenizer, json_t *vocabulary,
                                      const char *name, struct error *error)
{
    const char *piece;
    const json_t *id;
    json_int_t max = -1;

    json_object_foreach(vocabulary, piece, id)
    {
        if (!json_is_integer(id) || json_integer_value(id) < 0 ||
            json_integer_value(id) >= PIECES_MAX)
            return refuse(error, name, "its vocabulary is damaged");
        if (json_integer_value(id) > max) max = json_integer_value(id);
    }
    if (!piece_table_init(&tokenizer->pieces, (int32_t)max + 1, error)) return false;
    json_object_foreach(vocabulary, piece, id)
    {
        if (*piece &&
            !piece_table_add(&tokenizer->pieces, (int32_t)json_integer_value(id), slice_of(piece)))
            return refuse(error, name, "its vocabulary is damaged");
    }
    return true;
}

static bool read_wordpiece(struct tokenizer *tokenizer, const json_t *root, const char *name,
                           struct error *error)
{
    const json_t *model = json_object_get(root, "model");
    const json_t *normalizer = json_object_get(root, "normalizer");
    const char *unknown = json_string_value(json_object_get(model, "unk_token"));
    const char *continuing = json_string_value(json_object_get(model, "continuing_subword_prefix"));
    const json_t *word_max = json_object_get(model, "max_input_chars_per_word");

    if (strcmp(type_of(normalizer), "BertNormalizer") != 0 ||
        strcmp(type_of(json_object_get(root, "pre_tokenizer")), "BertPreTokenizer") != 0)
        return refuse(error, name, "normalises in a way that is not known here");
    tokenizer->bert.clean = flag(normalizer, "clean_text", true);
    tokenizer->bert.ideographs = flag(normalizer, "handle_chinese_chars", true);
    tokenizer->bert.lower_case = flag(normalizer, "lowercase", true);
    tokenizer->bert.strip_accents = flag(normalizer, "strip_accents", tokenizer->bert.lower_case);
    if (json_is_integer(word_max) && json_integer_value(word_max) > 0 &&
        json_integer_value(word_max) < 100000)
        tokenizer->bert.word_max = (int32_t)json_integer_value(word_max);
    if (continuing) {
        if (strlen(continuing) >= sizeof tokenizer->bert.continuing)
            return refuse(error, name, "its mark inside words is too long");
        memcpy(tokenizer->bert.continuing, continuing, strlen(continuing) + 1);
    }
    if (!read_wordpiece_vocabulary(tokenizer, json_object_get(model, "vocab"), name, error))
        return false;
    if (unknown) tokenizer->unknown = find_piece(tokenizer, unknown);
    return find_bert_ends(tokenizer, name, error);
}

static bool read_root(struct tokenizer *tokenizer, const json_t *root, const char *name,
                      struct error *error)
{
    return read_added(tokenizer, root, name, error) && read_wordpiece(tokenizer, root, name, error);
}

struct tokenizer *tokenizer_read_json(const char *name, struct slice json, struct error *error)
{
    json_t *root = json_loadb(json.bytes, json.length, 0, NULL);
    const char *type = type_of(json_object_get(root, "model"));
    struct tokenizer *tokenizer = NULL;

    if (!json_is_object(root))
        refuse(error, name, "is not JSON, or is cut off");
    else if (*type && strcmp(type, "WordPiece") != 0)
        error_set(error, ERROR_INPUT, "%.200s: tokenizers of the type '%.40s' cannot be used", name,
                  type);
    else
        tokenizer = tokenizer_new(TOKENIZER_WORDPIECE, error);
    if (tokenizer && !read_root(tokenizer, root, name, error)) {
        tokenizer_free(tokenizer);
        tokenizer = NULL;
    }
    json_decref(root);
    return tokenizer;
}

/* tokenizer_read.c - tokenizers from tokenizer.json and vocab.txt. */
#include "charsmap.h"
#include "tokenizer_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct error *error, const char *name, const char *what)
{
    return error_set(error, ERROR_INPUT, "%.200s: %s", name, what);
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
    tokenizer->unknown = find_piece(tokenizer, "[UNK]");
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
    tokenizer->unknown = find_piece(tokenizer, unknown ? unknown : "[UNK]");
    return tokenizer->unknown >= 0 ||
           refuse(error, name, "its vocabulary has nothing for what is unknown");
}

/* [["piece", score], …], numbered from 0. */
static bool read_unigram_vocabulary(struct tokenizer *tokenizer, const json_t *vocabulary,
                                    const char *name, struct error *error)
{
    const json_t *entry;
    size_t i;

    if (json_array_size(vocabulary) > PIECES_MAX ||
        !piece_table_init(&tokenizer->pieces, (int32_t)json_array_size(vocabulary), NULL))
        return refuse(error, name, "its vocabulary is damaged");
    tokenizer->unigram.scores = calloc(json_array_size(vocabulary), sizeof(double));
    if (!tokenizer->unigram.scores) return error_memory(error, "a vocabulary");
    json_array_foreach((json_t *)vocabulary, i, entry)
    {
        const char *piece = json_string_value(json_array_get(entry, 0));
        const json_t *score = json_array_get(entry, 1);
        if (!piece || !json_is_number(score) ||
            (*piece && !piece_table_add(&tokenizer->pieces, (int32_t)i, slice_of(piece))))
            return refuse(error, name, "its vocabulary is damaged");
        tokenizer->unigram.scores[i] = json_number_value(score);
    }
    return true;
}

static bool add_step(struct tokenizer *tokenizer, enum unigram_step step)
{
    if (tokenizer->unigram.n_steps == UNIGRAM_STEPS_MAX) return false;
    tokenizer->unigram.steps[tokenizer->unigram.n_steps++] = step;
    return true;
}

/* Replace of runs of spaces by one is the only one that such files have. */
static bool is_collapse(const json_t *step)
{
    const char *pattern =
        json_string_value(json_object_get(json_object_get(step, "pattern"), "Regex"));
    const char *content = json_string_value(json_object_get(step, "content"));
    return pattern && content && strcmp(pattern, " {2,}") == 0 && strcmp(content, " ") == 0;
}

static bool read_step(struct tokenizer *tokenizer, const json_t *step, const char *name,
                      struct error *error)
{
    static const struct {
        const char *type;
        enum unigram_step step;
    } forms[] = { { "NFKC", STEP_NFKC },       { "NFC", STEP_NFC },
                  { "NFKD", STEP_NFKD },       { "NFD", STEP_NFD },
                  { "Lowercase", STEP_LOWER }, { "StripAccents", STEP_ACCENTS } };
    const json_t *map = json_object_get(step, "precompiled_charsmap");

    if (strcmp(type_of(step), "Precompiled") == 0 && json_string_length(map) > 0) {
        const struct slice base64 = { json_string_value(map), json_string_length(map) };
        if (tokenizer->unigram.charsmap) return refuse(error, name, "has two maps of characters");
        tokenizer->unigram.charsmap = charsmap_new(base64, name, error);
        return tokenizer->unigram.charsmap && add_step(tokenizer, STEP_CHARSMAP);
    }
    if (strcmp(type_of(step), "Precompiled") == 0) return true; /* an empty map */
    if (strcmp(type_of(step), "Replace") == 0 && is_collapse(step) &&
        add_step(tokenizer, STEP_COLLAPSE))
        return true;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(type_of(step), forms[i].type) == 0 && add_step(tokenizer, forms[i].step))
            return true;
    return refuse(error, name, "normalises in a way that is not known here");
}

/* A part of tokenizer.json that is one step, or a list of them under `list`. */
static bool read_steps(struct tokenizer *tokenizer, const json_t *part, const char *list,
                       bool (*read)(struct tokenizer *, const json_t *, const char *,
                                    struct error *),
                       const char *name, struct error *error)
{
    const json_t *step;
    size_t i;

    if (!part || json_is_null(part)) return true;
    if (strcmp(type_of(part), "Sequence") != 0) return read(tokenizer, part, name, error);
    json_array_foreach(json_object_get(part, list), i, step)
    {
        if (!read(tokenizer, step, name, error)) return false;
    }
    return true;
}

static bool read_split(struct tokenizer *tokenizer, const json_t *step, const char *name,
                       struct error *error)
{
    const char *scheme = json_string_value(json_object_get(step, "prepend_scheme"));
    const char *mark = json_string_value(json_object_get(step, "replacement"));

    if (strcmp(type_of(step), "WhitespaceSplit") == 0) {
        tokenizer->unigram.split_white = true;
        return true;
    }
    if (strcmp(type_of(step), "Metaspace") != 0 || !mark || strcmp(mark, "\xE2\x96\x81") != 0)
        return refuse(error, name, "splits words in a way that is not known here");
    tokenizer->unigram.prefix =
        scheme ? strcmp(scheme, "never") != 0 : flag(step, "add_prefix_space", true);
    return true;
}

static bool read_unigram(struct tokenizer *tokenizer, const json_t *root, const char *name,
                         struct error *error)
{
    const json_t *model = json_object_get(root, "model");
    const json_t *unknown = json_object_get(model, "unk_id");

    if (flag(model, "byte_fallback", false))
        return refuse(error, name, "breaks unknown characters into bytes, which is not known here");
    if (!read_unigram_vocabulary(tokenizer, json_object_get(model, "vocab"), name, error) ||
        !read_steps(tokenizer, json_object_get(root, "normalizer"), "normalizers", read_step, name,
                    error) ||
        !read_steps(tokenizer, json_object_get(root, "pre_tokenizer"), "pretokenizers", read_split,
                    name, error))
        return false;
    if (!json_is_integer(unknown) || json_integer_value(unknown) < 0 ||
        json_integer_value(unknown) >= tokenizer->pieces.n)
        return refuse(error, name, "its vocabulary has nothing for what is unknown");
    tokenizer->unknown = (int32_t)json_integer_value(unknown);
    unigram_prepare(tokenizer);
    return true;
}

/* The tokens at the ends of a text, by the part that puts them there. */
static bool read_ends(struct tokenizer *tokenizer, const json_t *root, const char *name,
                      struct error *error)
{
    const json_t *processor = json_object_get(root, "post_processor");
    const json_t *single = json_object_get(processor, "single");
    const size_t n = json_array_size(single);
    const char *first = json_string_value(json_array_get(json_object_get(processor, "cls"), 0));
    const char *last = json_string_value(json_array_get(json_object_get(processor, "sep"), 0));

    if (n >= 3) { /* a template: a special token, the text, a special token */
        const json_t *begin = json_object_get(json_array_get(single, 0), "SpecialToken");
        const json_t *end = json_object_get(json_array_get(single, n - 1), "SpecialToken");
        first = json_string_value(json_object_get(begin, "id"));
        last = json_string_value(json_object_get(end, "id"));
    }
    const bool bert = tokenizer->kind == TOKENIZER_WORDPIECE;
    tokenizer->first = find_piece(tokenizer, first ? first : bert ? "[CLS]" : "<s>");
    tokenizer->last = find_piece(tokenizer, last ? last : bert ? "[SEP]" : "</s>");
    return (tokenizer->first >= 0 && tokenizer->last >= 0) ||
           refuse(error, name, "its vocabulary has nothing for the ends of a text");
}

static bool read_root(struct tokenizer *tokenizer, const json_t *root, const char *name,
                      struct error *error)
{
    return read_added(tokenizer, root, name, error) &&
           (tokenizer->kind == TOKENIZER_WORDPIECE
                ? read_wordpiece(tokenizer, root, name, error)
                : read_unigram(tokenizer, root, name, error)) &&
           read_ends(tokenizer, root, name, error);
}

struct tokenizer *tokenizer_read_json(const char *name, struct slice json, struct error *error)
{
    json_t *root = json_loadb(json.bytes, json.length, 0, NULL);
    const char *type = type_of(json_object_get(root, "model"));
    struct tokenizer *tokenizer = NULL;

    if (!json_is_object(root))
        refuse(error, name, "is not JSON, or is cut off");
    else if (strcmp(type, "Unigram") == 0)
        tokenizer = tokenizer_new(TOKENIZER_UNIGRAM, error);
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

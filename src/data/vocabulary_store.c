/* vocabulary_store.c - vocabularies and the tokens of items in a stream of bytes.
 *
 * Stored numbers are trusted no more than any other input: arrays are read step by step, so that a
 * length that lies meets the end of the bytes before it meets the end of memory.
 */
#include "vocabulary_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1, STEP = 1 << 20 };

static bool refuse(struct byte_reader *reader, const char *what)
{
    if (!reader->failed) error_set(reader->error, ERROR_INPUT, "%s make no sense", what);
    reader->failed = true;
    return false;
}

/* `size` bytes of `n` elements; NULL after filling the reader's error. */
static void *read_array(struct byte_reader *reader, int64_t n, size_t element)
{
    if (n < 0 || n > INT64_MAX / 16 || reader->failed) {
        refuse(reader, "the stored tokens");
        return NULL;
    }
    const size_t size = (size_t)n * element;
    char *bytes = NULL;
    size_t capacity = 1;

    for (size_t at = 0;; at = capacity) {
        capacity = size - at < STEP ? size : at + STEP;
        char *grown = realloc(bytes, capacity + 1);
        if (!grown) {
            error_memory(reader->error, "the stored tokens");
            reader->failed = true;
        }
        if (grown) bytes = grown;
        if (!grown || !bytes_read(reader, bytes + at, capacity - at)) {
            free(bytes);
            return NULL;
        }
        if (capacity == size) return bytes;
    }
}

static void save_texts(const struct interned *texts, struct byte_writer *writer)
{
    const struct names *names = &texts->names.names;

    bytes_write_int32(writer, names->n);
    if (names->n == 0) return;
    bytes_write(writer, names->offset, ((size_t)names->n + 1) * sizeof *names->offset);
    bytes_write(writer, names->bytes, (size_t)names->offset[names->n]);
    bytes_write(writer, texts->tag, (size_t)names->n * sizeof *texts->tag);
}

/* Adds the texts under their tags; each must be new and its tag from -1 to below `tags`. */
static bool add_texts(struct interned *texts, const int64_t *offset, const char *bytes,
                      const int32_t *tag, int32_t n, int32_t tags, struct byte_reader *reader)
{
    for (int32_t i = 0; i < n; i++) {
        const struct slice text = { bytes + offset[i], (size_t)(offset[i + 1] - offset[i]) };
        if (tag[i] < -1 || tag[i] >= tags) return refuse(reader, "the stored tokens");
        const int32_t index = interned_add(texts, tag[i], text, reader->error);
        if (index < 0) reader->failed = true;
        if (index != i) return refuse(reader, "the stored tokens");
    }
    return true;
}

static bool load_texts(struct interned *texts, int32_t tags, struct byte_reader *reader)
{
    const int32_t n = bytes_read_int32(reader);
    char *bytes = NULL;
    int32_t *tag = NULL;

    if (n < 0) return refuse(reader, "the stored tokens");
    if (n == 0) return !reader->failed;
    int64_t *offset = read_array(reader, (int64_t)n + 1, sizeof *offset);
    bool good = offset && offset[0] == 0;
    for (int32_t i = 0; good && i < n; i++)
        good = offset[i + 1] >= offset[i];
    if (offset && !good) refuse(reader, "the stored tokens");
    if (good) bytes = read_array(reader, offset[n], 1);
    if (bytes) tag = read_array(reader, n, sizeof *tag);
    good = tag && add_texts(texts, offset, bytes, tag, n, tags, reader);
    free(offset);
    free(bytes);
    free(tag);
    return good;
}

void vocabulary_save(const struct vocabulary *vocabulary, struct byte_writer *writer)
{
    const size_t n = (size_t)vocabulary_count(vocabulary);

    bytes_write_int32(writer, FORMAT);
    bytes_write_int32(writer, vocabulary->n_items);
    save_texts(&vocabulary->names, writer);
    bytes_write(writer, vocabulary->role, (size_t)vocabulary->names.names.names.n);
    save_texts(&vocabulary->tokens, writer);
    bytes_write(writer, vocabulary->kind, n);
    bytes_write(writer, vocabulary->items, n * sizeof *vocabulary->items);
    bytes_write(writer, vocabulary->min, n * sizeof *vocabulary->min);
}

static bool makes_sense(const struct vocabulary *vocabulary)
{
    for (int32_t a = 0; a < vocabulary->names.names.names.n; a++)
        if (vocabulary->role[a] >= ROLES || vocabulary->names.tag[a] != 0) return false;
    for (int32_t t = 0; t < vocabulary_count(vocabulary); t++) {
        const bool is_word =
            vocabulary->kind[t] == TOKEN_WORD || vocabulary->kind[t] == TOKEN_PIECE;
        if (vocabulary->kind[t] >= TOKEN_KINDS || vocabulary->items[t] < 0 ||
            !isfinite(vocabulary->min[t]) || is_word != (vocabulary->tokens.tag[t] == TAG_WORDS))
            return false;
    }
    return vocabulary->n_items >= 0;
}

struct vocabulary *vocabulary_load(struct byte_reader *reader, struct error *error)
{
    struct vocabulary *vocabulary = calloc(1, sizeof *vocabulary);

    if (!vocabulary) {
        error_memory(error, "a vocabulary");
        return NULL;
    }
    if (bytes_read_int32(reader) != FORMAT) {
        refuse(reader, "the stored tokens");
        goto fail;
    }
    vocabulary->n_items = bytes_read_int32(reader);
    if (!load_texts(&vocabulary->names, 1, reader)) goto fail;
    const int32_t n_names = vocabulary->names.names.names.n;
    vocabulary->role = read_array(reader, n_names, sizeof *vocabulary->role);
    if (!vocabulary->role || !load_texts(&vocabulary->tokens, n_names, reader)) goto fail;
    const int32_t n = vocabulary_count(vocabulary);
    vocabulary->kind = read_array(reader, n, sizeof *vocabulary->kind);
    vocabulary->items = read_array(reader, n, sizeof *vocabulary->items);
    vocabulary->min = read_array(reader, n, sizeof *vocabulary->min);
    if (!vocabulary->kind || !vocabulary->items || !vocabulary->min) goto fail;
    if (!makes_sense(vocabulary)) {
        refuse(reader, "the stored tokens");
        goto fail;
    }
    if (vocabulary_prepare(vocabulary, error)) return vocabulary;
fail:
    vocabulary_free(vocabulary);
    return NULL;
}

void item_tokens_save(const struct item_tokens *rows, struct byte_writer *writer)
{
    const int64_t n = rows->offset[rows->n_items];

    bytes_write_int32(writer, rows->n_items);
    bytes_write_int32(writer, rows->n_tokens);
    bytes_write(writer, rows->offset, ((size_t)rows->n_items + 1) * sizeof *rows->offset);
    bytes_write(writer, rows->token, (size_t)n * sizeof *rows->token);
    bytes_write(writer, rows->times, (size_t)n * sizeof *rows->times);
}

bool item_tokens_load(struct item_tokens *rows, struct byte_reader *reader, struct error *error)
{
    bool good = true;
    (void)error;

    *rows = (struct item_tokens){ 0 };
    rows->n_items = bytes_read_int32(reader);
    rows->n_tokens = bytes_read_int32(reader);
    if (rows->n_items < 0 || rows->n_tokens < 0) return refuse(reader, "the stored tokens");
    rows->offset = read_array(reader, (int64_t)rows->n_items + 1, sizeof *rows->offset);
    if (!rows->offset) return false;
    good = rows->offset[0] == 0;
    for (int32_t i = 0; good && i < rows->n_items; i++)
        good = rows->offset[i + 1] >= rows->offset[i];
    if (good) rows->token = read_array(reader, rows->offset[rows->n_items], sizeof *rows->token);
    if (rows->token)
        rows->times = read_array(reader, rows->offset[rows->n_items], sizeof *rows->times);
    for (int32_t i = 0; good && rows->times && i < rows->n_items; i++)
        for (int64_t at = rows->offset[i]; good && at < rows->offset[i + 1]; at++)
            good = rows->times[at] > 0 && rows->token[at] >= 0 &&
                   rows->token[at] < rows->n_tokens &&
                   (at == rows->offset[i] || rows->token[at] > rows->token[at - 1]);
    if (!good) refuse(reader, "the stored tokens");
    if (good && rows->times) return true;
    item_tokens_fini(rows);
    return false;
}

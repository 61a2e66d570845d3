/* chunks.c - see the header. */
#include "chunks.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20 };

struct chunks { /* where a body goes */
    struct writer *writer;
    sqlite3_stmt *add;
    int64_t id, part, bytes;
    char *buffer; /* (CHUNK) */
    size_t filled;
};

static bool flush(struct chunks *chunks, struct error *error)
{
    if (chunks->filled == 0) return true;
    sqlite3_bind_int64(chunks->add, 1, chunks->id);
    sqlite3_bind_int64(chunks->add, 2, chunks->part++);
    sqlite3_bind_blob64(chunks->add, 3, chunks->buffer, chunks->filled, SQLITE_STATIC);
    chunks->bytes += (int64_t)chunks->filled;
    chunks->filled = 0;
    return writer_step(chunks->writer, chunks->add, error);
}

static bool put(void *context, const void *bytes, size_t length, struct error *error)
{
    struct chunks *chunks = context;
    const char *from = bytes;
    while (length > 0) {
        size_t part = CHUNK - chunks->filled < length ? CHUNK - chunks->filled : length;
        memcpy(chunks->buffer + chunks->filled, from, part);
        chunks->filled += part;
        from += part;
        length -= part;
        if (chunks->filled == CHUNK && !flush(chunks, error)) return false;
    }
    return true;
}

bool chunks_save(struct writer *writer, const char *insert, int64_t id, run_body *body,
                 void *context, int64_t *bytes, struct error *error)
{
    bool saved = false;
    struct byte_writer out;
    struct chunks chunks = { .writer = writer, .id = id, .buffer = malloc(CHUNK) };
    if (!chunks.buffer) return error_memory(error, "a chunk of a run");
    chunks.add = database_prepare(writer->db, writer_path(writer), insert, error);
    if (!chunks.add) goto out;
    bytes_write_open(&out, put, &chunks, error);
    const bool written = body(context, &out);
    saved = bytes_write_close(&out) && written && flush(&chunks, error);
    if (bytes) *bytes = chunks.bytes;
out:
    sqlite3_finalize(chunks.add);
    free(chunks.buffer);
    return saved;
}

struct run_stream {
    struct reader *reader;
    sqlite3_stmt *parts;
    const char *bytes;
    size_t left;
};

struct run_stream *chunks_open(struct reader *reader, const char *select, int64_t id,
                               struct error *error)
{
    struct run_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        error_memory(error, "a run");
        return NULL;
    }
    stream->reader = reader;
    stream->parts = reader_prepare(reader, select, error);
    if (!stream->parts) {
        free(stream);
        return NULL;
    }
    sqlite3_bind_int64(stream->parts, 1, id);
    return stream;
}

bool run_stream_get(void *context, void *bytes, size_t capacity, size_t *length,
                    struct error *error)
{
    struct run_stream *stream = context;
    *length = 0;
    if (stream->left == 0) {
        int code = sqlite3_step(stream->parts);
        if (code == SQLITE_DONE) return true;
        if (code != SQLITE_ROW) return reader_done(stream->reader, code, "be read", error);
        stream->bytes = sqlite3_column_blob(stream->parts, 0);
        stream->left = (size_t)sqlite3_column_bytes(stream->parts, 0);
    }
    size_t part = stream->left < capacity ? stream->left : capacity;
    if (part) memcpy(bytes, stream->bytes, part);
    stream->bytes += part;
    stream->left -= part;
    *length = part;
    return true;
}

void run_stream_close(struct run_stream *stream)
{
    if (!stream) return;
    sqlite3_finalize(stream->parts);
    free(stream);
}

/* ingest.c - lines as they arrive, through the parsers of the imports, into batches.
 *
 * A batch is what complete lines have arrived since the last one, at most BATCH bytes. It is parsed
 * as a small file of its own: a header line (the stream's, or the usual one) goes before it. */
#include "aisle/ingest.h"
#include "aisle/export.h"

#include "exchange/columns.h"

#include "aisle/import.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 192 * 1024,        /* bytes: some 5,000 lines, a fifth of a second of writing */
    LONGEST = 4 * 1024 * 1024, /* of a line: what goes on without an end is no event */
    REST = 50,                 /* milliseconds between two looks when nothing comes */
};

struct stream {
    struct workspace *workspace;
    const char *path;
    const struct ingest_options *options;
    struct progress *progress;
    struct ingest_state *state;
    struct error *error;
    int fd;
    struct stat status; /* of what is open */
    bool regular, ended;
    bool started;        /* the form of the lines is known */
    bool sentences;      /* or CSV */
    struct text header;  /* with its end of line; empty for sentences */
    struct text waiting; /* bytes that were read and not written yet */
    int64_t offset;      /* in the file of the first byte that waits */
    int64_t line;        /* lines before that */
    int64_t batch_line;  /* lines before the batch, less its header */
    double arrived;      /* when the oldest byte that waits was read */
    double last_commit, last_rate;
    struct writer *writer;
    int rejects;          /* file of the rejected rows; -1 = none */
    struct text rejected; /* rows of this batch for it */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void rest(int milliseconds)
{
    nanosleep(&(struct timespec){ 0, milliseconds * 1000000L }, NULL);
}

/* ----------------------------------------------------------------------------- where it stands */

static void note_name(const struct stream *stream, char name[48])
{
    snprintf(name, 48, "ingest:%llx:%llx", (unsigned long long)stream->status.st_dev,
             (unsigned long long)stream->status.st_ino);
}

/* Goes on where an earlier call stopped, unless the file is shorter than that now. */
static bool find_place(struct stream *stream)
{
    char name[48];
    long long offset = 0, line = 0;
    struct text note = { 0 };
    struct reader *reader = reader_open(stream->workspace, stream->error);
    note_name(stream, name);
    bool good = reader && workspace_note(reader, name, &note, stream->error);
    if (good && note.length > 0 && sscanf(note.bytes, "%lld %lld", &offset, &line) == 2 &&
        offset <= (long long)stream->status.st_size) {
        stream->offset = offset;
        stream->line = line;
    }
    text_fini(&note);
    reader_close(reader);
    return good;
}

static bool keep_place(struct stream *stream, int64_t offset, int64_t line)
{
    char name[48], place[48];
    if (!stream->regular) return true;
    note_name(stream, name);
    snprintf(place, sizeof place, "%lld %lld", (long long)offset, (long long)line);
    return writer_set_note(stream->writer, name, place, stream->error);
}

static bool open_stream(struct stream *stream)
{
    const bool input = strcmp(stream->path, "-") == 0;
    stream->fd = input ? STDIN_FILENO : open(stream->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (stream->fd < 0 || fstat(stream->fd, &stream->status) != 0)
        return error_set(stream->error, errno == ENOENT ? ERROR_MISSING : ERROR_IO,
                         "%s: cannot be read: %s", stream->path, strerror(errno));
    if (S_ISDIR(stream->status.st_mode))
        return error_set(stream->error, ERROR_INPUT,
                         "%s: is a folder: ingest follows one file; 'import' reads folders",
                         stream->path);
    stream->regular = !input && S_ISREG(stream->status.st_mode);
    stream->offset = stream->line = 0;
    return !stream->regular || find_place(stream);
}

/* ----------------------------------------------------------------------------------- its lines */

static char separator(struct slice line)
{
    return memchr(line.bytes, '\t', line.length)  ? '\t'
           : memchr(line.bytes, ';', line.length) ? ';'
                                                  : ',';
}

/* Is the line a header: does it name a user and an item as files do, or as the map does? */
static bool is_header(const struct stream *stream, struct slice line)
{
    struct slice field[32];
    struct columns columns;
    int32_t n = 0;
    const char sign = separator(line), *map = stream->options->map;
    for (size_t from = 0, at = 0; at <= line.length && n < 32; at++) {
        if (at < line.length && line.bytes[at] != sign) continue;
        field[n++] = slice_trim((struct slice){ line.bytes + from, at - from });
        from = at + 1;
    }
    if (columns_find(&columns, field, n, NULL, NULL, NULL) && columns.at[COLUMN_USER] >= 0 &&
        columns.at[COLUMN_ITEM] >= 0)
        return true;
    /* A map of numbers fits every line. */
    return map && !strpbrk(map, "0123456789") && columns_find(&columns, field, n, map, NULL, NULL);
}

/* The usual columns; a line may end before the last ones. */
static void usual_header(struct text *out, struct slice line)
{
    static const char *const names[] = { "user_id", "item_id",  "timestamp",
                                         "type",    "quantity", "price" };
    const char sign = separator(line);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (i > 0) text_add(out, &sign, 1);
        text_add_string(out, names[i]);
    }
    text_add(out, "\n", 1);
}

/* Learns from the stream's first line what its lines are; takes the header off where there is one.
 * Of a file that is gone on with, the first line is read again. */
static void learn_form(struct stream *stream, struct slice first, bool at_begin)
{
    stream->started = true;
    stream->sentences = first.length > 5 && memcmp(first.bytes, "User ", 5) == 0;
    if (stream->sentences) return;
    if (!is_header(stream, first)) {
        usual_header(&stream->header, first);
        return;
    }
    text_add(&stream->header, first.bytes, first.length);
    text_add(&stream->header, "\n", 1);
    if (!at_begin) return;
    stream->line++;
    stream->offset += (int64_t)first.length + 1;
    memmove(stream->waiting.bytes, stream->waiting.bytes + first.length + 1,
            stream->waiting.length - first.length - 1);
    stream->waiting.length -= first.length + 1;
}

static void find_form(struct stream *stream)
{
    char bytes[4096];
    const struct text *waiting = &stream->waiting;
    if (stream->offset == 0) {
        const char *end = waiting->length ? memchr(waiting->bytes, '\n', waiting->length) : NULL;
        if (!end) return;
        learn_form(stream, (struct slice){ waiting->bytes, (size_t)(end - waiting->bytes) }, true);
        return;
    }
    ssize_t n = pread(stream->fd, bytes, sizeof bytes, 0);
    const char *end = n > 0 ? memchr(bytes, '\n', (size_t)n) : NULL;
    if (end) learn_form(stream, (struct slice){ bytes, (size_t)(end - bytes) }, false);
}

/* ------------------------------------------------------------------------------------- a batch */

static bool on_record(void *context, const struct record *record, struct error *error)
{
    struct stream *stream = context;
    struct record moved = *record;
    moved.line += stream->batch_line;
    if (!writer_record(stream->writer, &moved, error)) return false;
    stream->state->events += record->kind == RECORD_EVENT;
    return true;
}

static void count_reason(struct ingest_state *state, const char *reason)
{
    for (int i = 0; i < INGEST_REASONS; i++) {
        if (state->reasons[i].rows == 0)
            snprintf(state->reasons[i].text, sizeof state->reasons[i].text, "%s", reason);
        if (strcmp(state->reasons[i].text, reason) == 0) {
            state->reasons[i].rows++;
            return;
        }
    }
}

/* As outcome.c writes them. With the batch: a batch that is rolled back is not told twice. */
static void keep_reject(struct stream *stream, int64_t line, const char *reason, struct slice row)
{
    enum { ROW_SHOWN = 4096 };
    text_format(&stream->rejected, "%s:%lld: %s: ", stream->path, (long long)line, reason);
    text_add_visible(&stream->rejected, row.bytes, row.length < ROW_SHOWN ? row.length : ROW_SHOWN);
    text_add(&stream->rejected, "\n", 1);
}

/* Adds what the batch rejected to the file. */
static bool write_rejects(struct stream *stream)
{
    struct text *rejected = &stream->rejected;
    bool good = !rejected->failed || error_memory(stream->error, "the rejected rows");
    for (size_t at = 0; good && at < rejected->length;) {
        const ssize_t n = write(stream->rejects, rejected->bytes + at, rejected->length - at);
        if (n < 0 && errno == EINTR) continue;
        good = n >= 0 || error_set(stream->error, ERROR_IO, "%s: %s", stream->options->rejects,
                                   strerror(errno));
        at += n > 0 ? (size_t)n : 0;
    }
    text_clear(rejected);
    return good;
}

static bool open_rejects(struct stream *stream)
{
    const char *path = stream->options->rejects;
    const struct file_target target = { path, workspace_path(stream->workspace), false };
    const struct file_target source = { path, stream->path, false };
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    if (!path) return true;
    if (!file_is_free(&target, stream->error)) return false;
    if (strcmp(stream->path, "-") != 0 && !file_is_free(&source, NULL))
        return error_set(stream->error, ERROR_USAGE,
                         "%s: is what is read: name another file for the rejected rows", path);
    stream->rejects = open(path, flags | (stream->options->replace ? 0 : O_EXCL), 0666);
    if (stream->rejects >= 0) return true;
    return errno == EEXIST
               ? error_set(stream->error, ERROR_IO,
                           "%s: is there already: --force adds the rejected rows to it", path)
               : error_set(stream->error, ERROR_IO, "%s: cannot be written: %s", path,
                           strerror(errno));
}

static void on_rejected(void *context, int64_t line, const char *reason, struct slice row)
{
    struct stream *stream = context;
    if (row.length > 0 && row.bytes[0] == '{') reason = "JSON where CSV or a sentence is due";
    count_reason(stream->state, reason);
    if (stream->rejects >= 0) keep_reject(stream, line + stream->batch_line, reason, row);
    if (stream->state->rejected++ > 0) return;
    stream->state->first_line = line + stream->batch_line;
    snprintf(stream->state->first_reason, sizeof stream->state->first_reason, "%s", reason);
}

/* The writer, once nobody else has it. */
static bool wait_for_writer(struct stream *stream)
{
    for (;;) {
        *stream->error = (struct error){ 0 };
        stream->writer = writer_begin(stream->workspace, stream->error);
        if (stream->writer) return true;
        if (stream->error->code != ERROR_BUSY || progress_cancelled(stream->progress)) return false;
    }
}

static bool parse(struct stream *stream, struct text *batch)
{
    const struct import_events events = { on_record, on_rejected, stream };
    const struct import_options options = { .map =
                                                stream->sentences ? NULL : stream->options->map };
    return import_memory(stream->sentences ? "text" : "purchases", stream->path, batch->bytes,
                         batch->length, &options, &events, stream->error);
}

static void note_speed(struct stream *stream, int64_t events)
{
    struct ingest_state *state = stream->state;
    const double time = now(), span = time - stream->last_commit;
    const double rate = span > 0 ? (double)events / span : 0;
    state->rate =
        stream->last_rate > 0 ? stream->last_rate + 0.3 * (rate - stream->last_rate) : rate;
    state->lag = time - stream->arrived;
    stream->last_rate = state->rate;
    stream->last_commit = time;
    state->batches++;
}

/* Writes the first `length` bytes that wait, whole lines. */
static bool write_batch(struct stream *stream, size_t length)
{
    const struct ingest_state before = *stream->state;
    struct text batch = { 0 };
    int64_t lines = 0;
    for (const char *c = stream->waiting.bytes; c < stream->waiting.bytes + length; c++)
        lines += *c == '\n';
    text_add(&batch, stream->header.bytes ? stream->header.bytes : "", stream->header.length);
    text_add(&batch, stream->waiting.bytes, length);
    stream->batch_line = stream->line - (stream->header.length > 0);
    bool good = !batch.failed || error_memory(stream->error, "a batch of events");
    good = good && wait_for_writer(stream);
    if (good) {
        good = parse(stream, &batch) &&
               keep_place(stream, stream->offset + (int64_t)length, stream->line + lines);
        good = good ? writer_commit(stream->writer, stream->error)
                    : (writer_rollback(stream->writer), false);
        stream->writer = NULL;
        good = good && (stream->rejects < 0 || write_rejects(stream));
    }
    text_fini(&batch);
    if (!good) {
        *stream->state = before;
        return false;
    }
    memmove(stream->waiting.bytes, stream->waiting.bytes + length, stream->waiting.length - length);
    stream->waiting.length -= length;
    stream->offset += (int64_t)length;
    stream->line += lines;
    note_speed(stream, stream->state->events - before.events);
    return true;
}

/* How much of what waits makes the next batch: up to the last end of a line. */
static size_t next_batch(struct stream *stream)
{
    size_t length = stream->waiting.length < BATCH ? stream->waiting.length : BATCH;
    while (length > 0 && stream->waiting.bytes[length - 1] != '\n')
        length--;
    if (length > 0 || stream->waiting.length < BATCH) return length;
    const char *end = memchr(stream->waiting.bytes, '\n', stream->waiting.length);
    return end ? (size_t)(end - stream->waiting.bytes) + 1 : 0;
}

/* ------------------------------------------------------------------------------------- reading */

/* A file that was replaced or cut begins anew. */
static bool look_again(struct stream *stream)
{
    struct stat status;
    if (!stream->regular || stat(stream->path, &status) != 0) return true;
    const bool same =
        status.st_ino == stream->status.st_ino && status.st_dev == stream->status.st_dev;
    if (same && status.st_size >= stream->offset) return true;
    close(stream->fd);
    text_clear(&stream->waiting);
    text_clear(&stream->header);
    stream->started = false;
    return open_stream(stream) && lseek(stream->fd, stream->offset, SEEK_SET) >= 0;
}

/* Reads what is there; *some says whether anything was. */
static bool read_some(struct stream *stream, bool *some)
{
    char bytes[65536];
    struct pollfd ready = { .fd = stream->fd, .events = POLLIN };
    *some = false;
    if (!stream->regular && poll(&ready, 1, REST) == 0) return true;
    ssize_t n = read(stream->fd, bytes, sizeof bytes);
    if (n > 0) {
        if (stream->waiting.length == 0) stream->arrived = now();
        text_add(&stream->waiting, bytes, (size_t)n);
        *some = true;
        return !stream->waiting.failed || error_memory(stream->error, "lines that wait");
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return error_set(stream->error, ERROR_IO, "%s: cannot be read: %s", stream->path,
                         strerror(errno));
    if (n < 0) return true;
    stream->ended = stream->options->stop_at_end || stream->fd == STDIN_FILENO;
    if (stream->ended) return true;
    rest(REST);
    return look_again(stream);
}

static void note_backlog(struct stream *stream)
{
    struct stat status;
    stream->state->behind = -1;
    if (stream->regular && fstat(stream->fd, &status) == 0)
        stream->state->behind = (int64_t)status.st_size - stream->offset;
}

static bool follow(struct stream *stream, ingest_told *report, void *context)
{
    double last_told = 0;
    stream->last_commit = now();
    while (!stream->ended && !progress_cancelled(stream->progress)) {
        bool some = true;
        while (some && stream->waiting.length < 2 * BATCH)
            if (!read_some(stream, &some)) return false;
        if (stream->ended && !stream->regular && stream->waiting.length > 0 &&
            stream->waiting.bytes[stream->waiting.length - 1] != '\n')
            text_add(&stream->waiting, "\n", 1); /* in a file, it may still be written to */
        if (!stream->started) find_form(stream);
        const size_t length = stream->started ? next_batch(stream) : 0;
        if (length > 0 && !write_batch(stream, length))
            return stream->error->code == ERROR_BUSY; /* cancelled while it waited */
        if (length == 0 && stream->waiting.length > LONGEST)
            return error_set(stream->error, ERROR_INPUT,
                             "%s: line %lld is longer than 4 MB: this is not one event a line",
                             stream->path, (long long)stream->line + 1);
        if (stream->ended && stream->waiting.length > 0 && length > 0) stream->ended = false;
        if (length == 0 && now() - last_told < 0.1) continue;
        last_told = now();
        note_backlog(stream);
        if (report) report(context, stream->state);
    }
    /* Cancelled: whole lines that were read are not lost. */
    for (size_t length; stream->started && (length = next_batch(stream)) > 0;)
        if (!write_batch(stream, length)) return stream->error->code == ERROR_BUSY;
    return true;
}

static bool leave_word(struct stream *stream)
{
    struct text detail = { 0 }, place = { 0 };
    const struct ingest_state *state = stream->state;
    if (state->batches == 0) return true;
    text_format(&detail, "{\"events\":%lld,\"rejected\":%lld,\"batches\":%lld",
                (long long)state->events, (long long)state->rejected, (long long)state->batches);
    if (stream->rejects >= 0 && state->rejected > 0) { /* an erasure has to look into it */
        file_real_place(stream->options->rejects, &place);
        text_add_string(&detail, ",\"rejects\":");
        text_add_json(&detail, place.bytes ? place.bytes : "", place.length);
    }
    text_add_string(&detail, "}");
    bool good = !detail.failed || error_memory(stream->error, "the log");
    struct writer *writer = good ? writer_begin(stream->workspace, stream->error) : NULL;
    good = writer && audit_write(writer, "ingest", stream->path, detail.bytes, stream->error);
    if (good)
        good = writer_commit(writer, stream->error);
    else
        writer_rollback(writer);
    text_fini(&detail);
    text_fini(&place);
    return good;
}

bool ingest_follow(struct workspace *workspace, const char *path,
                   const struct ingest_options *options, struct progress *progress,
                   ingest_told *report, void *context, struct ingest_state *state,
                   struct error *error)
{
    struct error own = { 0 };
    struct stream stream = { .workspace = workspace,
                             .path = path,
                             .options = options,
                             .progress = progress,
                             .state = state,
                             .error = &own,
                             .fd = -1,
                             .rejects = -1 };
    *state = (struct ingest_state){ .behind = -1 };
    bool good = open_rejects(&stream) && open_stream(&stream);
    if (good && stream.regular && lseek(stream.fd, stream.offset, SEEK_SET) < 0)
        good = error_set(&own, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
    good = good && follow(&stream, report, context) && leave_word(&stream);
    if (stream.fd > STDIN_FILENO) close(stream.fd);
    text_fini(&stream.header);
    text_fini(&stream.waiting);
    text_fini(&stream.rejected);
    if (stream.rejects >= 0) close(stream.rejects);
    if (!good && error) *error = own;
    return good;
}

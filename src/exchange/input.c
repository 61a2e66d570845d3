/* input.c - see input.h. */
#include "exchange/input.h"

#include "aisle/text.h"

#include "exchange/workbook.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAGIC_BYTES = 512,  /* enough for tar's mark at 257 */
    CHUNK = 128 * 1024, /* what the archive library gets at a time */
};

struct input {
    char *path;
    int fd;
    bool owns_fd;
    const struct progress *progress;
    char head[MAGIC_BYTES]; /* read to see what it is, handed out again first */
    size_t head_length, head_taken;
    struct workbook *workbook; /* NULL: no spreadsheet */
    struct archive *archive;   /* NULL: a plain file */
    char *chunk;               /* CHUNK bytes for the archive library */
    struct error failure;      /* why the reading under the archive library stopped */
    int64_t index;
    char *member, *name;
};

int64_t input_index(const struct input *input)
{
    return input->index;
}

const char *input_member(const struct input *input)
{
    return input->member ? input->member : "";
}

const char *input_name(const struct input *input)
{
    return input->name ? input->name : "";
}

static bool fd_get(struct input *input, int fd, void *bytes, size_t capacity, size_t *length,
                   struct error *error)
{
    for (;;) {
        ssize_t n = read(fd, bytes, capacity);

        if (n >= 0) {
            *length = (size_t)n;
            return true;
        }
        if (errno != EINTR)
            return error_set(error, ERROR_IO, "%s: cannot be read: %s", input->path,
                             strerror(errno));
    }
}

static bool read_fd(struct input *input, void *bytes, size_t capacity, size_t *length,
                    struct error *error)
{
    return fd_get(input, input->fd, bytes, capacity, length, error);
}

/* The bytes of the path as they are: first those that were looked at, then the rest. */
static bool raw_get(struct input *input, void *bytes, size_t capacity, size_t *length,
                    struct error *error)
{
    size_t left = input->head_length - input->head_taken;

    if (left == 0) return read_fd(input, bytes, capacity, length, error);
    if (left > capacity) left = capacity;
    memcpy(bytes, input->head + input->head_taken, left);
    input->head_taken += left;
    *length = left;
    return true;
}

static la_ssize_t archive_get(struct archive *archive, void *context, const void **bytes)
{
    struct input *input = context;
    size_t length = 0;

    if (!raw_get(input, input->chunk, CHUNK, &length, &input->failure)) {
        archive_set_error(archive, EIO, "%s", input->failure.text);
        return ARCHIVE_FATAL;
    }
    *bytes = input->chunk;
    return (la_ssize_t)length;
}

/* The sentence for whatever the archive library complains about. */
static bool archive_failed(struct input *input, struct error *error)
{
    struct text reason = { 0 };
    const char *said = archive_error_string(input->archive);

    if (input->failure.code != ERROR_NONE)
        return error_set(error, input->failure.code, "%s", input->failure.text);
    text_add_visible(&reason, said ? said : "", said ? strlen(said) : 0);
    error_set(error, ERROR_INPUT, "%s%s%s: damaged or cut off (%s); nothing of it was taken",
              input->path, input->member && *input->member ? ":" : "",
              input->member ? input->member : "",
              reason.bytes && !reason.failed ? reason.bytes : "no reason given");
    text_fini(&reason);
    return false;
}

static bool is_archive(const char *bytes, size_t length)
{
    static const struct {
        size_t at, length;
        const char *bytes;
    } magics[] = {
        { 0, 2, "\x1f\x8b" },
        { 0, 4, "\x28\xb5\x2f\xfd" },
        { 0, 4, "PK\x03\x04" },
        { 0, 6,
          "\xfd"
          "7zXZ" },
        { 0, 3, "BZh" },
        { 257, 5, "ustar" },
    };

    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (length >= magics[i].at + magics[i].length &&
            memcmp(bytes + magics[i].at, magics[i].bytes, magics[i].length) == 0)
            return true;
    return false;
}

/* A zip is read from its table at the end, as unzip does: what stands in front of the members may
 * be written before their sizes are known. */
static bool open_zip(struct input *input, struct error *error)
{
    if (lseek(input->fd, 0, SEEK_SET) != 0)
        return error_set(error, ERROR_IO, "%s: cannot be read: %s", input->path, strerror(errno));
    if (workbook_recognise(input->fd)) {
        input->workbook = workbook_open(input->fd, input->path, input->progress, error);
        return input->workbook != NULL;
    }
    input->archive = archive_read_new();
    if (!input->archive) return error_memory(error, "a reader of archives");
    archive_read_support_format_zip_seekable(input->archive);
    if (lseek(input->fd, 0, SEEK_SET) != 0 ||
        archive_read_open_fd(input->archive, input->fd, CHUNK) != ARCHIVE_OK)
        return archive_failed(input, error);
    return true;
}

static bool open_archive(struct input *input, struct error *error)
{
    if (input->head_length >= 4 && memcmp(input->head, "PK\x03\x04", 4) == 0)
        return open_zip(input, error);
    input->chunk = malloc(CHUNK);
    input->archive = archive_read_new();
    if (!input->chunk || !input->archive) return error_memory(error, "a reader of archives");
    archive_read_support_filter_gzip(input->archive);
    archive_read_support_filter_zstd(input->archive);
    archive_read_support_filter_bzip2(input->archive);
    archive_read_support_filter_xz(input->archive);
    archive_read_support_format_tar(input->archive);
    archive_read_support_format_raw(input->archive);
    archive_read_support_format_empty(input->archive);
    if (archive_read_open(input->archive, input, NULL, archive_get, NULL) != ARCHIVE_OK)
        return archive_failed(input, error);
    return true;
}

/* Opens the descriptor; refuses what cannot be read as a file. */
static bool open_fd(struct input *input, struct error *error)
{
    struct stat status;

    input->fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    input->owns_fd = true;
    if (input->fd < 0 || fstat(input->fd, &status) != 0)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", input->path,
                         strerror(errno));
    if (S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INPUT, "%s: a folder, not a file", input->path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INPUT, "%s: a device, not a file", input->path);
    return true;
}

struct input *input_open(const char *path, int temporary_file, const struct progress *progress,
                         struct error *error)
{
    struct input *input = calloc(1, sizeof *input);

    if (!input || !(input->path = strdup(path))) {
        error_memory(error, "an open file");
        goto failed;
    }
    input->fd = temporary_file;
    input->index = -1;
    input->progress = progress;
    if (temporary_file < 0 && !open_fd(input, error)) goto failed;
    if (temporary_file >= 0 && lseek(temporary_file, 0, SEEK_SET) != 0) {
        error_set(error, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
        goto failed;
    }
    while (input->head_length < MAGIC_BYTES) {
        size_t length = 0;

        if (!read_fd(input, input->head + input->head_length, MAGIC_BYTES - input->head_length,
                     &length, error))
            goto failed;
        if (length == 0) break;
        input->head_length += length;
    }
    if (is_archive(input->head, input->head_length) && !open_archive(input, error)) goto failed;
    return input;
failed:
    input_close(input);
    return NULL;
}

void input_close(struct input *input)
{
    if (!input) return;
    if (input->archive) archive_read_free(input->archive);
    workbook_close(input->workbook);
    if (input->owns_fd && input->fd >= 0) close(input->fd);
    free(input->chunk);
    free(input->member);
    free(input->name);
    free(input->path);
    free(input);
}

/* Sets member and name of the file that comes next. */
static bool set_names(struct input *input, const char *member, struct error *error)
{
    static const char *const suffixes[] = { ".gz", ".zst", ".bz2", ".xz" };
    const char *whole = *member ? member : input->path;
    const char *slash = strrchr(whole, '/');
    size_t length;

    free(input->member);
    free(input->name);
    input->member = strdup(member);
    input->name = strdup(slash ? slash + 1 : whole);
    if (!input->member || !input->name) return error_memory(error, "the name of a file");
    length = strlen(input->name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t suffix = strlen(suffixes[i]);

        if (length > suffix && strcasecmp(input->name + length - suffix, suffixes[i]) == 0) {
            input->name[length - suffix] = '\0';
            break;
        }
    }
    return true;
}

bool input_next(struct input *input, bool *more, struct error *error)
{
    struct archive_entry *entry;

    *more = false;
    if (input->workbook) {
        if (input->index + 1 >= input->workbook->n) return true;
        input->index++;
        *more = true;
        return set_names(input, input->workbook->sheets[input->index].name, error);
    }
    if (!input->archive) {
        if (input->index >= 0) return true;
        input->index = 0;
        *more = true;
        return set_names(input, "", error);
    }
    for (;;) {
        int status = archive_read_next_header(input->archive, &entry);
        const char *member;

        if (status == ARCHIVE_EOF) return true;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return archive_failed(input, error);
        if (progress_cancelled(input->progress))
            return error_set(error, ERROR_CANCELLED, "stopped while reading %s", input->path);
        if (archive_format(input->archive) == ARCHIVE_FORMAT_RAW) {
            input->index++;
            *more = true;
            return set_names(input, "", error);
        }
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        member = archive_entry_pathname(entry);
        input->index++;
        *more = true;
        return set_names(input, member && *member ? member : "(without a name)", error);
    }
}

bool input_get(void *context, void *bytes, size_t capacity, size_t *length, struct error *error)
{
    struct input *input = context;
    la_ssize_t n;

    if (input->workbook)
        return fd_get(input, input->workbook->sheets[input->index].fd, bytes, capacity, length,
                      error);
    if (!input->archive) return raw_get(input, bytes, capacity, length, error);
    n = archive_read_data(input->archive, bytes, capacity);
    if (n < 0) return archive_failed(input, error);
    *length = (size_t)n;
    return true;
}

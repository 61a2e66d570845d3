/* copy.c - models into the user's folder: from files, from archives; and their hash. */
#include "registry.h"

#include "aisle/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where sentence-transformers says how token vectors become one: the one folder inside that counts.
 */
#define POOLING "1_Pooling"

enum { COPY_BLOCK = 1 << 18, COPY_MEMBERS_MAX = 100000 };

bool language_sha256(const char *path, char out[65], struct progress *progress, struct error *error)
{
    static const char digits[] = "0123456789abcdef";
    struct sha256_ctx state;
    uint8_t digest[SHA256_DIGEST_SIZE];
    size_t n;
    FILE *file = fopen(path, "rb");
    unsigned char *block = malloc(COPY_BLOCK);
    bool good = file ? block || error_memory(error, "a block of a file")
                     : error_set(error, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
    sha256_init(&state);
    while (good && (n = fread(block, 1, COPY_BLOCK, file)) > 0) {
        sha256_update(&state, n, block);
        progress_add(progress, (int64_t)n);
        if (progress_cancelled(progress)) good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    if (good && ferror(file)) good = error_set(error, ERROR_IO, "%s: cannot be read", path);
    sha256_digest(&state, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[64] = 0;
    free(block);
    if (file) fclose(file);
    return good;
}

/* Writes all of a block. */
static bool write_block(int fd, const char *path, const void *bytes, size_t length,
                        struct error *error)
{
    const char *at = bytes;
    while (length > 0) {
        const ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            return error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
        at += n;
        length -= (size_t)n;
    }
    return true;
}

static int create_file(const char *path, struct error *error)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) error_set(error, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
    return fd;
}

static bool copy_file(const char *from, const char *to, struct progress *progress,
                      struct error *error)
{
    ssize_t n = 0;
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) return error_set(error, ERROR_IO, "%s: cannot be read: %s", from, strerror(errno));
    const int out = create_file(to, error);
    char *block = malloc(COPY_BLOCK);
    bool good = out >= 0 && (block || error_memory(error, "a block of a file"));
    while (good && (n = read(in, block, COPY_BLOCK)) > 0) {
        good = write_block(out, to, block, (size_t)n, error);
        progress_add(progress, n);
        if (progress_cancelled(progress)) good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    if (good && n < 0)
        good = error_set(error, ERROR_IO, "%s: cannot be read: %s", from, strerror(errno));
    free(block);
    close(in);
    if (out >= 0 && close(out) != 0 && good)
        good = error_set(error, ERROR_IO, "%s: cannot be written: %s", to, strerror(errno));
    return good;
}

/* The files of a model that are copied; programs and the like that lie beside it are not. */
static bool names_part(const char *name)
{
    static const char *const endings[] = { ".json", ".txt", ".jinja" };
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (length > strlen(endings[i]) &&
            strcmp(name + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return language_names_weights(name) || language_names_license(name) ||
           strcmp(name, "NOTICE") == 0;
}

static bool make_folder(const char *path, struct error *error)
{
    return mkdir(path, 0755) == 0 ||
           error_set(error, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
}

static bool copy_folder(const char *path, const char *target, struct progress *progress,
                        struct error *error)
{
    char from[LANGUAGE_PATH_SIZE], to[LANGUAGE_PATH_SIZE];
    struct stat status;
    const struct dirent *entry;
    DIR *directory = opendir(path);
    if (!directory) return error_set(error, ERROR_IO, "%s: cannot be read", path);
    bool good = make_folder(target, error);
    while (good && (entry = readdir(directory))) {
        if (!language_join(from, path, entry->d_name, NULL) || stat(from, &status) != 0) continue;
        if (S_ISREG(status.st_mode) && names_part(entry->d_name))
            good = language_join(to, target, entry->d_name, error) &&
                   copy_file(from, to, progress, error);
    }
    closedir(directory);
    return good;
}

bool language_copy(const char *path, const char *target, struct progress *progress,
                   struct error *error)
{
    char from[LANGUAGE_PATH_SIZE], to[LANGUAGE_PATH_SIZE];
    struct stat status;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        const char *slash = strrchr(path, '/');
        return make_folder(target, error) &&
               language_join(to, target, slash ? slash + 1 : path, error) &&
               copy_file(path, to, progress, error);
    }
    if (!copy_folder(path, target, progress, error)) return false;
    if (!language_join(from, path, POOLING, NULL) || stat(from, &status) != 0) return true;
    return language_join(to, target, POOLING, error) && copy_folder(from, to, progress, error);
}

/* The files of a folder, and of the folders inside that a copy makes. */
bool language_remove_folder(const char *path, struct error *error)
{
    char file[LANGUAGE_PATH_SIZE];
    struct stat status;
    const struct dirent *entry;
    DIR *directory = opendir(path);
    if (!directory && errno == ENOENT) return true;
    bool good = directory != NULL;
    while (good && (entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (!language_join(file, path, entry->d_name, error))
            good = false;
        else if (strcmp(entry->d_name, POOLING) == 0 && lstat(file, &status) == 0 &&
                 S_ISDIR(status.st_mode))
            good = language_remove_folder(file, error);
        else
            good = unlink(file) == 0;
    }
    if (directory) closedir(directory);
    good = good && rmdir(path) == 0;
    return good || error_set(error, ERROR_IO, "%s: cannot be removed: %s", path, strerror(errno));
}

bool language_is_archive(const char *path)
{
    char magic[4] = { 0 };
    FILE *file = fopen(path, "rb");
    const bool is = file && fread(magic, 1, 4, file) == 4 && memcmp(magic, "PK\3\4", 4) == 0;
    if (file) fclose(file);
    return is;
}

static struct archive *open_archive(const char *path, struct error *error)
{
    struct archive *archive = archive_read_new();
    if (!archive) {
        error_memory(error, "a reader of archives");
        return NULL;
    }
    archive_read_support_format_zip(archive);
    if (archive_read_open_filename(archive, path, COPY_BLOCK) == ARCHIVE_OK) return archive;
    error_set(error, ERROR_INPUT, "%s: cannot be read as an archive", path);
    archive_read_free(archive);
    return NULL;
}

static const char *name_of(const char *member)
{
    const char *slash = strrchr(member, '/');
    return slash ? slash + 1 : member;
}

/* The largest file of weights inside. */
static bool find_member(const char *path, struct text *weights, struct error *error)
{
    struct archive_entry *entry;
    int64_t largest = -1;
    int members = 0;
    struct archive *archive = open_archive(path, error);
    if (!archive) return false;
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
           ++members <= COPY_MEMBERS_MAX) {
        const char *member = archive_entry_pathname_utf8(entry);
        if (!member || archive_entry_filetype(entry) != AE_IFREG ||
            !language_names_weights(name_of(member)) || archive_entry_size(entry) <= largest)
            continue;
        largest = archive_entry_size(entry);
        text_clear(weights);
        text_add_string(weights, member);
    }
    archive_read_free(archive);
    if (weights->failed) return error_memory(error, "the name of a file");
    return largest >= 0 || error_set(error, ERROR_INPUT, "%s: holds no model", path);
}

/* Where a member of the archive goes below the target; NULL = nowhere. Never its own path, so that
 * nothing is written outside. */
static const char *place_of(const char *member, const char *weights)
{
    static const char pooling[] = POOLING "/config.json";
    const size_t before = (size_t)(name_of(weights) - weights);
    const char *name = name_of(member);
    if (strncmp(member, weights, before) == 0) {
        if (strcmp(member + before, pooling) == 0) return pooling;
        if (strcmp(member, weights) == 0) return name;
        if (!strchr(member + before, '/') && names_part(name) && !language_names_weights(name) &&
            name[0] != '.')
            return name;
    }
    return language_names_license(name) || strcmp(name, LANGUAGE_METADATA) == 0 ? name : NULL;
}

static bool unpack_member(struct archive *archive, const char *path, const char *to,
                          struct progress *progress, struct error *error)
{
    const void *block;
    size_t length;
    la_int64_t offset, written = 0;
    int result = ARCHIVE_OK;
    const int fd = create_file(to, error);
    bool good = fd >= 0;
    while (good &&
           (result = archive_read_data_block(archive, &block, &length, &offset)) == ARCHIVE_OK) {
        good = offset == written ? write_block(fd, to, block, length, error)
                                 : error_set(error, ERROR_INPUT, "%s: has gaps", path);
        written += (la_int64_t)length;
        progress_add(progress, (int64_t)length);
        if (progress_cancelled(progress)) good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    if (good && result != ARCHIVE_EOF)
        good = error_set(error, ERROR_INPUT, "%s: is damaged or cut off", path);
    if (fd >= 0 && close(fd) != 0 && good)
        good = error_set(error, ERROR_IO, "%s: cannot be written: %s", to, strerror(errno));
    return good;
}

static bool unpack_all(struct archive *archive, const char *path, const char *weights,
                       const char *target, struct progress *progress, struct error *error)
{
    char to[LANGUAGE_PATH_SIZE];
    struct archive_entry *entry;
    struct stat status;
    bool good = true;
    while (good && archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        const char *member = archive_entry_pathname_utf8(entry);
        if (!member || archive_entry_filetype(entry) != AE_IFREG) continue;
        const char *place = place_of(member, weights);
        if (!place) continue;
        if (strncmp(place, POOLING "/", strlen(POOLING "/")) == 0)
            good = language_join(to, target, POOLING, error) && make_folder(to, error);
        good = good && language_join(to, target, place, error) &&
               (lstat(to, &status) == 0 || unpack_member(archive, path, to, progress, error));
    }
    return good;
}

bool language_unpack(const char *path, const char *target, struct progress *progress,
                     struct error *error)
{
    struct text weights = { 0 };
    struct archive *archive = NULL;
    const bool good =
        find_member(path, &weights, error) && make_folder(target, error) &&
        (archive = open_archive(path, error)) &&
        unpack_all(archive, path, weights.bytes ? weights.bytes : "", target, progress, error);
    archive_read_free(archive);
    text_fini(&weights);
    return good;
}

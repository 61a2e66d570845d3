/* crashing_disk.c - see the header. */
#include "crashing_disk.h"

#include <aisle/rng.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 8, SECTOR = 512 };

struct change { /* since the last sync */
    int64_t at;
    int n; /* -1: the file was cut at `at` */
    unsigned char *bytes;
};

struct known {
    char path[160];
    unsigned char *synced;
    int64_t size;
    struct change *changes;
    int n, capacity;
};

struct crashing_file {
    sqlite3_file base;
    sqlite3_file *real;  /* stands behind this struct */
    struct known *known; /* NULL: nobody watches it */
};

static sqlite3_vfs *real_vfs;
static struct known all[FILES];
static char watched[160];
static crashing_disk_moment *report;
static void *report_context;
static long operations;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *must(void *block)
{
    if (!block) abort();
    return block;
}

static void drop_changes(struct known *known)
{
    for (int i = 0; i < known->n; i++)
        free(known->changes[i].bytes);
    known->n = 0;
}

static void forget(struct known *known)
{
    drop_changes(known);
    free(known->changes);
    free(known->synced);
    *known = (struct known){ 0 };
}

static void grow(unsigned char **bytes, int64_t *size, int64_t to)
{
    if (to <= *size) return;
    *bytes = must(realloc(*bytes, (size_t)to));
    memset(*bytes + *size, 0, (size_t)(to - *size));
    *size = to;
}

/* The first `n` bytes of a change. */
static void apply(unsigned char **bytes, int64_t *size, const struct change *change, int n)
{
    if (change->n < 0) {
        if (change->at < *size) *size = change->at;
        return;
    }
    if (n == 0) return;
    grow(bytes, size, change->at + n);
    memcpy(*bytes + change->at, change->bytes, (size_t)n);
}

static void sync_known(struct known *known)
{
    for (int i = 0; i < known->n; i++)
        apply(&known->synced, &known->size, &known->changes[i], known->changes[i].n);
    drop_changes(known);
}

static void remember(struct known *known, int64_t at, int n, const void *bytes)
{
    if (known->n == known->capacity) {
        known->capacity = known->capacity ? known->capacity * 2 : 64;
        known->changes =
            must(realloc(known->changes, (size_t)known->capacity * sizeof *known->changes));
    }
    struct change *change = &known->changes[known->n++];
    *change = (struct change){ .at = at, .n = n };
    if (n > 0) {
        change->bytes = must(malloc((size_t)n));
        memcpy(change->bytes, bytes, (size_t)n);
    }
}

static struct known *find(const char *path)
{
    for (int i = 0; i < FILES; i++)
        if (strcmp(all[i].path, path) == 0) return &all[i];
    return NULL;
}

/* What stands in the file when it is first met counts as synced. */
static struct known *meet(const char *path)
{
    if (!path || !watched[0] || strncmp(path, watched, strlen(watched)) != 0) return NULL;
    struct known *known = find(path);
    if (known) return known;
    known = must(find(""));
    snprintf(known->path, sizeof known->path, "%s", path);
    FILE *file = fopen(path, "rb");
    unsigned char part[4096];
    for (size_t n; file && (n = fread(part, 1, sizeof part, file)) > 0;) {
        const int64_t before = known->size;
        grow(&known->synced, &known->size, before + (int64_t)n);
        memcpy(known->synced + before, part, n);
    }
    if (file) fclose(file);
    return known;
}

static void describe(const struct known *known)
{
    if (known && report) report(report_context, operations++);
}

/* ------------------------------------------------------------------------------------ the VFS */

static struct crashing_file *crashing_of(sqlite3_file *file)
{
    return (struct crashing_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return crashing_of(file)->real;
}

static int crashing_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int crashing_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, n, at);
}

static int crashing_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct known *known = crashing_of(file)->known;
    pthread_mutex_lock(&lock);
    describe(known);
    if (known) remember(known, at, n, bytes);
    pthread_mutex_unlock(&lock);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, n, at);
}

static int crashing_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct known *known = crashing_of(file)->known;
    pthread_mutex_lock(&lock);
    describe(known);
    if (known) remember(known, size, -1, NULL);
    pthread_mutex_unlock(&lock);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int crashing_sync(sqlite3_file *file, int flags)
{
    struct known *known = crashing_of(file)->known;
    (void)flags;
    pthread_mutex_lock(&lock);
    describe(known);
    if (known) sync_known(known);
    pthread_mutex_unlock(&lock);
    return SQLITE_OK; /* the machine itself does not stop: quick */
}

static int crashing_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int crashing_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int crashing_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int crashing_reserved(sqlite3_file *file, int *held)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}

static int crashing_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int crashing_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int crashing_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int crashing_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int crashing_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void crashing_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int crashing_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* no maps of the file: they would be writes that nobody sees */
    .xClose = crashing_close,
    .xRead = crashing_read,
    .xWrite = crashing_write,
    .xTruncate = crashing_truncate,
    .xSync = crashing_sync,
    .xFileSize = crashing_size,
    .xLock = crashing_lock,
    .xUnlock = crashing_unlock,
    .xCheckReservedLock = crashing_reserved,
    .xFileControl = crashing_control,
    .xSectorSize = crashing_sector,
    .xDeviceCharacteristics = crashing_device,
    .xShmMap = crashing_shm_map,
    .xShmLock = crashing_shm_lock,
    .xShmBarrier = crashing_shm_barrier,
    .xShmUnmap = crashing_shm_unmap,
};

static int crashing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                         int *out)
{
    struct crashing_file *crashing = crashing_of(file);
    (void)vfs;
    crashing->real = (sqlite3_file *)(void *)(crashing + 1);
    file->pMethods = NULL;
    pthread_mutex_lock(&lock);
    crashing->known = meet(name);
    pthread_mutex_unlock(&lock);
    const int code = real_vfs->xOpen(real_vfs, name, crashing->real, flags, out);
    if (code == SQLITE_OK) file->pMethods = &methods;
    return code;
}

static int crashing_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    pthread_mutex_lock(&lock);
    struct known *known = watched[0] ? find(name) : NULL;
    describe(known);
    if (known) { /* others may hold it open: the place stays, its content goes */
        drop_changes(known);
        known->size = 0;
    }
    pthread_mutex_unlock(&lock);
    return real_vfs->xDelete(real_vfs, name, sync);
}

void crashing_disk_install(crashing_disk_moment *moment, void *context)
{
    static sqlite3_vfs crashing;
    sqlite3_initialize();
    real_vfs = sqlite3_vfs_find(NULL);
    crashing = *real_vfs;
    crashing.zName = "crashing";
    crashing.szOsFile = (int)sizeof(struct crashing_file) + real_vfs->szOsFile;
    crashing.xOpen = crashing_open;
    crashing.xDelete = crashing_delete;
    crashing.pNext = NULL;
    sqlite3_vfs_register(&crashing, 1);
    report = moment;
    report_context = context;
}

void crashing_disk_watch(const char *path)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FILES; i++)
        forget(&all[i]);
    snprintf(watched, sizeof watched, "%s", path ? path : "");
    operations = 0;
    pthread_mutex_unlock(&lock);
}

static void write_picture(const struct known *known, const char *to, struct rng *rng)
{
    int64_t size = known->size;
    unsigned char *bytes = must(malloc((size_t)size + 1));
    if (size > 0) memcpy(bytes, known->synced, (size_t)size);
    for (int i = 0; i < known->n; i++) {
        const struct change *change = &known->changes[i];
        const uint32_t status = rng_below(rng, 8);
        if (status < 3) continue; /* did not arrive */
        int n = change->n;
        if (status == 3 && n > SECTOR) /* in part */
            n = SECTOR * (int)rng_below(rng, (uint32_t)(n / SECTOR));
        apply(&bytes, &size, change, n);
    }
    FILE *out = must(fopen(to, "wb"));
    if (size > 0 && fwrite(bytes, 1, (size_t)size, out) != (size_t)size) abort();
    fclose(out);
    free(bytes);
}

void crashing_disk_picture(const char *to, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed);
    for (int i = 0; i < FILES; i++) {
        char path[200];
        if (!all[i].path[0]) continue;
        const char *end = all[i].path + strlen(watched);
        if (strcmp(end, "") != 0 && strcmp(end, "-wal") != 0 && strcmp(end, "-journal") != 0)
            continue;
        snprintf(path, sizeof path, "%s%s", to, end);
        write_picture(&all[i], path, &rng);
        if (all[i].size == 0 && all[i].n == 0) unlink(path);
    }
}

/* faulty_disk.c - a VFS that passes everything on until its time has come. */
#include "faulty_disk.h"

#include <sqlite3.h>

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* stands behind this struct */
};

static sqlite3_vfs *real_vfs;
static atomic_long until = -1; /* operations that still succeed; negative: all */
static atomic_bool hit;
static enum fault kind;
static bool lasts;

/* Whether it is this operation's turn. */
static bool strikes(bool sync)
{
    if (atomic_load(&until) < 0 || (kind == FAULT_SYNC && !sync)) return false;
    if (atomic_load(&until) > 0) {
        atomic_fetch_sub(&until, 1);
        return false;
    }
    if (!lasts) atomic_store(&until, -1);
    atomic_store(&hit, true);
    return true;
}

/* Whether this operation, which is no write, fails. */
static bool fails(bool sync)
{
    return kind != FAULT_SLOW && strikes(sync);
}

static int code_of(int otherwise)
{
    return kind == FAULT_FULL ? SQLITE_FULL : otherwise;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->real;
}

static int faulty_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int faulty_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, n, at);
}

static int faulty_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    if (!strikes(false)) return real_of(file)->pMethods->xWrite(real_of(file), bytes, n, at);
    if (kind == FAULT_SLOW) {
        int status = real_of(file)->pMethods->xWrite(real_of(file), bytes, n, at);
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
        return status;
    }
    if (kind == FAULT_TORN) real_of(file)->pMethods->xWrite(real_of(file), bytes, n / 2, at);
    return code_of(SQLITE_IOERR_WRITE);
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (fails(false)) return code_of(SQLITE_IOERR_TRUNCATE);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    if (fails(true)) return SQLITE_IOERR_FSYNC; /* as the real one, whatever the reason */
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int faulty_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int faulty_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int faulty_reserved(sqlite3_file *file, int *held)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}

static int faulty_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int faulty_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int faulty_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int faulty_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    if (extend && fails(false)) return code_of(SQLITE_IOERR_SHMSIZE);
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int faulty_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int faulty_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static int faulty_fetch(sqlite3_file *file, sqlite3_int64 at, int n, void **bytes)
{
    return real_of(file)->pMethods->xFetch(real_of(file), at, n, bytes);
}

static int faulty_unfetch(sqlite3_file *file, sqlite3_int64 at, void *bytes)
{
    return real_of(file)->pMethods->xUnfetch(real_of(file), at, bytes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 3,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_reserved,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector,
    .xDeviceCharacteristics = faulty_device,
    .xShmMap = faulty_shm_map,
    .xShmLock = faulty_shm_lock,
    .xShmBarrier = faulty_shm_barrier,
    .xShmUnmap = faulty_shm_unmap,
    .xFetch = faulty_fetch,
    .xUnfetch = faulty_unfetch,
};

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct faulty_file *faulty = (struct faulty_file *)file;
    (void)vfs;
    faulty->real = (sqlite3_file *)(void *)(faulty + 1);
    file->pMethods = NULL;
    int code = real_vfs->xOpen(real_vfs, name, faulty->real, flags, out);
    if (code == SQLITE_OK) file->pMethods = &methods;
    return code;
}

static int faulty_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return fails(false) ? code_of(SQLITE_IOERR_DELETE) : real_vfs->xDelete(real_vfs, name, sync);
}

void faulty_disk_install(void)
{
    static sqlite3_vfs faulty;
    sqlite3_initialize();
    real_vfs = sqlite3_vfs_find(NULL);
    faulty = *real_vfs;
    faulty.zName = "faulty";
    faulty.szOsFile = (int)sizeof(struct faulty_file) + real_vfs->szOsFile;
    faulty.xOpen = faulty_open;
    faulty.xDelete = faulty_delete;
    faulty.pNext = NULL;
    sqlite3_vfs_register(&faulty, 1);
}

void faulty_disk_arm(enum fault fault, long n, bool lasting)
{
    kind = fault;
    lasts = lasting;
    atomic_store(&hit, false);
    atomic_store(&until, n);
}

bool faulty_disk_mend(void)
{
    atomic_store(&until, -1);
    return atomic_load(&hit);
}

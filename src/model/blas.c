#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What OpenBLAS reserves for each thread that is inside a call: 128 MB on x86-64, less elsewhere.
 */
enum { BUFFER_MB = 128 };

static struct {
    pthread_mutex_t lock;
    struct blas calls;
    bool loaded;
    int buffers; /* that OpenBLAS has and keeps */
    void *(*take)(int);
    void (*give)(void *);
} library = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Copies the address, since C has no way from an object's to a function's. */
static bool find(void *handle, const char *name, void *function)
{
    void *address = dlsym(handle, name);

    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static bool load(struct error *error)
{
    void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    void (*set_threads)(int) = NULL;

    if (library.loaded) return true;
    if (!handle) handle = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return error_set(error, ERROR_IO, "OpenBLAS cannot be loaded: %.300s", dlerror());
    if (!find(handle, "cblas_sgemm", &library.calls.sgemm) ||
        !find(handle, "spotrf_", &library.calls.spotrf) ||
        !find(handle, "spotri_", &library.calls.spotri))
        return error_set(error, ERROR_IO,
                         "OpenBLAS is without cblas_sgemm, spotrf or spotri: "
                         "install the build of it that has LAPACK");
    if (find(handle, "openblas_set_num_threads", &set_threads)) set_threads(1);
    if (!find(handle, "blas_memory_alloc", &library.take) ||
        !find(handle, "blas_memory_free", &library.give))
        library.take = NULL;
    library.loaded = true;
    return true;
}

/* One buffer for each thread: first it is seen whether there is memory, since OpenBLAS would try
 * for ever; then they are taken and given back, which keeps them in its own list. */
static bool reserve(int threads, struct error *error)
{
    void *taken[64];
    const int more = threads - library.buffers;
    const size_t bytes = (size_t)more * BUFFER_MB << 20;

    if (more <= 0) return true;
    void *probe = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED)
        return error_set(
            error, ERROR_MEMORY,
            "not enough memory for OpenBLAS, which reserves %d MB for each of %d "
            "threads: raise the limit (ulimit -v), or allow fewer processors (taskset)",
            BUFFER_MB, threads);
    munmap(probe, bytes);
    for (int i = 0; library.take && i < threads; i++)
        taken[i] = library.take(0);
    for (int i = 0; library.take && i < threads; i++)
        library.give(taken[i]);
    library.buffers = threads;
    return true;
}

const struct blas *blas_open(int threads, struct error *error)
{
    if (threads > 64) threads = 64;
    pthread_mutex_lock(&library.lock);
    const bool good = load(error) && reserve(threads, error);
    pthread_mutex_unlock(&library.lock);
    return good ? &library.calls : NULL;
}

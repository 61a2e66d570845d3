/* progress.c - see the header. Relaxed order is enough: the numbers guard nothing. */
#include "aisle/progress.h"

#include <stddef.h>

void progress_begin(struct progress *progress, const char *phase, int64_t total)
{
    if (!progress) return;
    atomic_store_explicit(&progress->done, 0, memory_order_relaxed);
    atomic_store_explicit(&progress->total, total, memory_order_relaxed);
    atomic_store_explicit(&progress->phase, phase, memory_order_relaxed);
}

void progress_add(struct progress *progress, int64_t done)
{
    if (progress) atomic_fetch_add_explicit(&progress->done, done, memory_order_relaxed);
}

void progress_cancel(struct progress *progress)
{
    if (progress) atomic_store_explicit(&progress->cancel, true, memory_order_relaxed);
}

bool progress_cancelled(const struct progress *progress)
{
    return progress && atomic_load_explicit(&progress->cancel, memory_order_relaxed);
}

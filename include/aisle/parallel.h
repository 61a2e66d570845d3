/* parallel.h - one loop over all cores.
 *
 * Blocks are handed out in order from one atomic counter; results that must be deterministic are
 * indexed by block, never by thread. Inside, OpenBLAS runs single-threaded (src/model/blas.h).
 */
#ifndef AISLE_PARALLEL_H
#define AISLE_PARALLEL_H

#include "aisle/progress.h"

#include <pthread.h>
#include <stddef.h>

/* pthread_create() of a worker: it blocks the signals that are the first thread's business, but
 * never those that a fault of its own raises (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP): blocked,
 * they would end the program before the terminal is put back. */
bool thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

/* No loop has more threads: what is kept per thread is an array of so many. */
enum { MAX_WORKERS = 64 };

/* Processors this process may use (sched_getaffinity), from 1 to MAX_WORKERS. */
int parallel_threads(void);

/* One block [begin, end); `worker` is 0 <= worker < threads <= MAX_WORKERS and owns per-thread
 * storage. */
typedef void parallel_block(void *context, size_t begin, size_t end, int worker);

/* Runs block() over [0, n) in blocks of `grain`, on `threads` threads (0 = parallel_threads();
 * fewer when threads cannot be made; never more than there are blocks). Adds the size of each
 * finished block to progress and starts no further block once it is cancelled. Returns false
 * when it was cancelled. */
bool parallel_for(int threads, size_t n, size_t grain, parallel_block *block, void *context,
                  struct progress *progress);

#endif

/* parallel.h - one loop over all cores.
 *
 * Blocks are handed out in order from one atomic counter; results that must be deterministic are
 * indexed by block, never by thread. Threads block all signals. Inside, OpenBLAS is expected to
 * run single-threaded (openblas_set_num_threads(1) once at start-up).
 */
#ifndef AISLE_PARALLEL_H
#define AISLE_PARALLEL_H

#include "aisle/progress.h"

#include <stddef.h>

/* Processors this process may use (sched_getaffinity), at least 1, at most 64. */
int parallel_threads(void);

/* One block [begin, end); `worker` is 0 <= worker < threads and owns per-thread storage. */
typedef void parallel_block(void *context, size_t begin, size_t end, int worker);

/* Runs block() over [0, n) in blocks of `grain`, on `threads` threads (0 = parallel_threads();
 * fewer when threads cannot be made; never more than there are blocks). Adds the size of each
 * finished block to progress and starts no further block once it is cancelled. Returns false
 * when it was cancelled. */
bool parallel_for(int threads, size_t n, size_t grain, parallel_block *block, void *context,
                  struct progress *progress);

#endif

/* parallel.c - one loop over all cores.
 *
 * The caller works too, as worker 0; the other threads live for one loop. Making them costs some
 * 20 µs each, so a loop should be worth a millisecond.
 */
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
#include "aisle/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

struct loop {
    size_t n, grain, n_blocks;
    parallel_block *block;
    void *context;
    struct progress *progress;
    atomic_size_t next;  /* block */
    atomic_bool skipped; /* a block was not begun because the work was cancelled */
};

struct worker {
    struct loop *loop;
    int number;
    pthread_t thread;
};

int parallel_threads(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > MAX_WORKERS ? MAX_WORKERS : count;
}

static void *work(void *argument)
{
    const struct worker *worker = argument;
    struct loop *loop = worker->loop;

    for (;;) {
        size_t i = atomic_fetch_add_explicit(&loop->next, 1, memory_order_relaxed);
        if (i >= loop->n_blocks) return NULL;
        if (progress_cancelled(loop->progress)) {
            atomic_store_explicit(&loop->skipped, true, memory_order_relaxed);
            return NULL;
        }
        size_t begin = i * loop->grain;
        size_t end = loop->n - begin < loop->grain ? loop->n : begin + loop->grain;
        loop->block(loop->context, begin, end, worker->number);
        progress_add(loop->progress, (int64_t)(end - begin));
    }
}

bool thread_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
    sigset_t blocked, before;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    const bool started = pthread_create(thread, NULL, run, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

bool parallel_for(int threads, size_t n, size_t grain, parallel_block *block, void *context,
                  struct progress *progress)
{
    if (grain == 0) grain = 1;
    struct loop loop = { .n = n,
                         .grain = grain,
                         .n_blocks = n / grain + (n % grain != 0),
                         .block = block,
                         .context = context,
                         .progress = progress };
    struct worker workers[MAX_WORKERS];
    int started = 1;

    if (threads <= 0) threads = parallel_threads();
    if (threads > MAX_WORKERS) threads = MAX_WORKERS;
    if ((size_t)threads > loop.n_blocks) threads = (int)loop.n_blocks;

    workers[0] = (struct worker){ .loop = &loop, .number = 0 };
    for (; started < threads; started++) {
        workers[started] = (struct worker){ .loop = &loop, .number = started };
        if (!thread_start(&workers[started].thread, work, &workers[started])) break;
    }
    work(&workers[0]);
    for (int i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    return !loop.skipped && !(n == 0 && progress_cancelled(progress));
}

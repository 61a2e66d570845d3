/* The loop over all cores: every index once, blocks as promised, cancelling, signals. */
#include <aisle/parallel.h>

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct visit {
    size_t n, grain;
    int threads;
    atomic_int *seen; /* (n) */
    atomic_bool wrong;
    struct progress *cancel_after_first;
};

static void visit(void *context, size_t begin, size_t end, int worker)
{
    struct visit *v = context;

    if (begin % v->grain != 0 || end > v->n || end - begin > v->grain || begin >= end)
        v->wrong = true;
    if (worker < 0 || (v->threads > 0 && worker >= v->threads)) v->wrong = true;
    for (size_t i = begin; i < end; i++)
        atomic_fetch_add(&v->seen[i], 1);
    if (v->cancel_after_first) progress_cancel(v->cancel_after_first);
}

static void every_index_once(void **state)
{
    static const size_t sizes[] = { 0, 1, 7, 64, 1000, 1001 };
    (void)state;

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int threads = 0; threads <= 9; threads += 3) {
            struct progress progress = { 0 };
            struct visit v = { .n = sizes[s], .grain = 10, .threads = threads };
            v.seen = calloc(sizes[s] + 1, sizeof *v.seen);
            assert_non_null(v.seen);
            assert_true(parallel_for(threads, v.n, v.grain, visit, &v, &progress));
            assert_false(v.wrong);
            for (size_t i = 0; i < v.n; i++)
                assert_int_equal(v.seen[i], 1);
            assert_int_equal(progress.done, v.n);
            free(v.seen);
        }
    }
}

static void cancelling_stops_the_rest(void **state)
{
    struct progress progress = { 0 };
    struct visit v = { .n = 10000, .grain = 1, .threads = 3, .cancel_after_first = &progress };
    int visited = 0;
    (void)state;

    v.seen = calloc(v.n, sizeof *v.seen);
    assert_non_null(v.seen);
    assert_false(parallel_for(3, v.n, 1, visit, &v, &progress));
    for (size_t i = 0; i < v.n; i++)
        visited += v.seen[i];
    assert_in_range(visited, 1, 3); /* at most the blocks that were under way */
    free(v.seen);
    assert_false(parallel_for(1, 1, 1, visit, &v, &progress));
}

static void look_at_signals(void *context, size_t begin, size_t end, int worker)
{
    atomic_int *open = context;
    sigset_t set;
    (void)begin;
    (void)end;

    pthread_sigmask(SIG_SETMASK, NULL, &set);
    if (worker > 0 && !sigismember(&set, SIGINT)) atomic_fetch_add(open, 1);
    if (worker == 0 && sigismember(&set, SIGINT)) atomic_fetch_add(open, 1);
    struct timespec pause = { 0, 1000000 };
    nanosleep(&pause, NULL); /* so that every worker gets a block */
}

static void signals_stay_with_the_caller(void **state)
{
    atomic_int wrong = 0;
    (void)state;

    assert_true(parallel_for(4, 40, 1, look_at_signals, &wrong, NULL));
    assert_int_equal(wrong, 0);
    assert_in_range(parallel_threads(), 1, 64);
}

static void progress_accepts_nobody(void **state)
{
    struct progress progress = { 0 };
    (void)state;

    progress_begin(NULL, "x", 1);
    progress_add(NULL, 1);
    progress_cancel(NULL);
    assert_false(progress_cancelled(NULL));
    progress_begin(&progress, "counting", 5);
    progress_add(&progress, 2);
    progress_add(&progress, 2);
    assert_string_equal(progress.phase, "counting");
    assert_int_equal(progress.done, 4);
    assert_int_equal(progress.total, 5);
    assert_false(progress_cancelled(&progress));
    progress_cancel(&progress);
    progress_begin(&progress, "next", 0); /* a new phase is cancelled too */
    assert_true(progress_cancelled(&progress));
    assert_int_equal(progress.done, 0);
}

static void *blocked_signals(void *argument)
{
    pthread_sigmask(SIG_SETMASK, NULL, argument);
    return NULL;
}

/* A fault in a worker must reach the handler that puts the terminal back. */
static void faults_of_workers_are_not_blocked(void **state)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
    static const int requests[] = { SIGTERM, SIGINT, SIGHUP, SIGWINCH, SIGTSTP };
    sigset_t set, before, after;
    pthread_t thread;

    (void)state;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_true(thread_start(&thread, blocked_signals, &set));
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        assert_false(sigismember(&set, faults[i]));
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        assert_true(sigismember(&set, requests[i]));
        assert_int_equal(sigismember(&before, requests[i]), sigismember(&after, requests[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_of_workers_are_not_blocked),
        cmocka_unit_test(every_index_once),
        cmocka_unit_test(cancelling_stops_the_rest),
        cmocka_unit_test(signals_stay_with_the_caller),
        cmocka_unit_test(progress_accepts_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

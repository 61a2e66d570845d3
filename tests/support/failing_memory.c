/* failing_memory.c - what the linker's --wrap sends here. */
#include "failing_memory.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *old);
char *__wrap_strdup(const char *text);

static atomic_long until_failure = -1; /* allocations that still succeed; negative: all */
static atomic_long held;               /* blocks that nobody gave back yet */
static atomic_bool has_failed, paused;

static bool fails_now(void)
{
    if (atomic_load(&paused) || atomic_load(&until_failure) < 0) return false;
    if (atomic_fetch_sub(&until_failure, 1) != 0) return false;
    atomic_store(&has_failed, true);
    return true;
}

static void *noted(void *block)
{
    if (block) atomic_fetch_add(&held, 1);
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : noted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : noted(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails_now()) return NULL;
    void *block = __real_realloc(old, size);
    return old ? block : noted(block);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : noted(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *old)
{
    if (old) atomic_fetch_sub(&held, 1);
    __real_free(old);
}

char *__wrap_strdup(const char *text)
{
    char *copy = __wrap_malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

void failing_memory_arm(long n)
{
    atomic_store(&has_failed, false);
    atomic_store(&until_failure, n);
}

bool failing_memory_disarm(void)
{
    atomic_store(&until_failure, -1);
    return atomic_load(&has_failed);
}

void failing_memory_pause(void)
{
    atomic_store(&paused, true);
}

void failing_memory_resume(void)
{
    atomic_store(&paused, false);
}

long failing_memory_held(void)
{
    return atomic_load(&held);
}

void failing_memory_run(scenario *run, const void *context, long dense, long stride)
{
    for (long n = 0;; n += n < dense ? 1 : stride) {
        struct error error = { 0 };
        long before = failing_memory_held();
        failing_memory_arm(n);
        bool ok = run(context, &error);
        bool failed = failing_memory_disarm();
        if (held != before) fail_msg("failure %ld: %ld blocks are lost", n, held - before);
        if (!ok && error.code != ERROR_MEMORY)
            fail_msg("failure %ld: code %d, \"%s\"", n, (int)error.code, error.text);
        if (!failed) {
            if (!ok) fail_msg("without a failure: %s", error.text);
            assert_true(n > 0); /* otherwise nothing was wrapped */
            return;
        }
        assert_true(n < 10000000);
    }
}

/* ---------------------------------------------------------------------------------- SQLite's */

static sqlite3_mem_methods real;

static void *sqlite_malloc(int size)
{
    return fails_now() ? NULL : real.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fails_now() ? NULL : real.xRealloc(old, size);
}

void failing_memory_under_sqlite(void)
{
    sqlite3_mem_methods ours;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    ours = real;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

/* failing_memory.h - allocations that fail one after the other.
 *
 * For programs linked with --wrap=malloc,calloc,realloc,free (Makefile.am): a scenario runs with
 * its first allocation failing, then its second, and so on until none fails. Each time it must
 * either succeed or say ERROR_MEMORY, and give back whatever it took. Allocations inside of shared
 * libraries are not counted, but for SQLite's after failing_memory_under_sqlite(). */
#ifndef TESTS_FAILING_MEMORY_H
#define TESTS_FAILING_MEMORY_H

#include "aisle/error.h"

/* Does something from beginning to end and frees all of it; false with an error where it failed. */
typedef bool scenario(const void *context, struct error *error);

/* Every allocation in turn; beyond the first `dense` only every `stride`-th. */
void failing_memory_run(scenario *run, const void *context, long dense, long stride);
/* One at a time, for tests with loops of their own. */
void failing_memory_arm(long n);  /* the n-th from now fails */
bool failing_memory_disarm(void); /* whether one has failed */
void failing_memory_pause(void);  /* until resumed, everything succeeds: to look at results */
void failing_memory_resume(void);
long failing_memory_held(void); /* blocks that nobody gave back yet */
/* Before the first use of SQLite: its allocations count and fail too. */
void failing_memory_under_sqlite(void);

#endif

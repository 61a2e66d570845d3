/* meter.c - a thread that redraws one line of stderr five times a second. */
#include "meter.h"

#include "aisle/parallel.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic(struct progress *) interrupted; /* a signal flag: whom Ctrl-C stops */

/* The first asks the work to stop, the second does not wait for it. */
static void on_interrupt(int number)
{
    struct progress *progress = atomic_load(&interrupted);
    if (progress && !atomic_exchange(&progress->cancel, true)) return;
    signal(number, SIG_DFL);
    raise(number);
}

static void draw(const struct meter *meter)
{
    const char *phase = atomic_load(&meter->progress.phase);
    const int64_t done = atomic_load(&meter->progress.done);
    const int64_t total = atomic_load(&meter->progress.total);
    fprintf(stderr, "\r\033[K%s", meter->title);
    if (phase) fprintf(stderr, ": %s", phase);
    if (total > 0)
        fprintf(stderr, " %d %%", (int)(100.0 * (double)done / (double)total));
    else if (done > 0)
        fprintf(stderr, " %lld", (long long)done);
}

static void *redraw(void *argument)
{
    struct meter *meter = argument;
    const struct timespec span = { 0, 50000000 };
    for (int tick = 0; !atomic_load(&meter->stop); tick++) {
        if (tick % 4 == 3) draw(meter);
        nanosleep(&span, NULL);
    }
    fputs("\r\033[K", stderr);
    return NULL;
}

void meter_begin(struct meter *meter, const char *title)
{
    struct sigaction action = { .sa_handler = on_interrupt };
    memset(meter, 0, sizeof *meter);
    meter->title = title;
    atomic_store(&interrupted, &meter->progress);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!title || !isatty(STDERR_FILENO)) return;
    meter->drawing = thread_start(&meter->thread, redraw, meter);
}

void meter_end(struct meter *meter)
{
    atomic_store(&meter->stop, true);
    if (meter->drawing) pthread_join(meter->thread, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    atomic_store(&interrupted, NULL);
}

/* meter.c - a thread that redraws one line of stderr five times a second. */
#include "meter.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic(struct progress *) interrupted; /* a signal flag: whom Ctrl-C stops */

static void on_interrupt(int number)
{
    struct progress *progress = atomic_load(&interrupted);
    (void)number;
    if (progress) atomic_store(&progress->cancel, true);
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
    sigset_t all, before;
    memset(meter, 0, sizeof *meter);
    meter->title = title;
    atomic_store(&interrupted, &meter->progress);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!title || !isatty(STDERR_FILENO)) return;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    meter->drawing = pthread_create(&meter->thread, NULL, redraw, meter) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void meter_end(struct meter *meter)
{
    atomic_store(&meter->stop, true);
    if (meter->drawing) pthread_join(meter->thread, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    atomic_store(&interrupted, NULL);
}

/* meter.h - long work on the command line: one line of progress, and Ctrl-C as a cancel.
 *
 * The line goes to stderr and only where that is a terminal; it is gone when the work ends. One
 * meter at a time: the signal handler reaches it through a pointer of its own. */
#ifndef CLI_METER_H
#define CLI_METER_H

#include "aisle/progress.h"

#include <pthread.h>

struct meter {
    struct progress progress;
    const char *title; /* borrowed; NULL: draws nothing, the work does it */
    pthread_t thread;
    bool drawing;
    atomic_bool stop;
};

/* Between the two, work gets &meter->progress; SIGINT and SIGTERM cancel it. */
void meter_begin(struct meter *meter, const char *title);
void meter_end(struct meter *meter);

#endif

/* learner.h - while events are ingested: attention goes on learning where the workspace says so. */
#ifndef CLI_LEARNER_H
#define CLI_LEARNER_H

#include "command.h"

#include "aisle/learning.h"

struct learner {
    struct call *call;
    struct job_queue *queue; /* NULL = never by itself */
    struct learning learning;
    int64_t asked, job; /* events when it was last looked; the last job, 0 = none yet */
};

/* Reads the setting; false after filling error. Finish it in either case. */
bool learner_init(struct learner *learner, struct call *call, struct error *error);
/* After so many events in all: begins a job where it is due. */
void learner_look(struct learner *learner, int64_t events);
/* At the end: what is due is done and told on stderr; cancelled where `wait` is false. */
void learner_fini(struct learner *learner, bool wait);

#endif

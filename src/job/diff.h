/* diff.h - then and now put together from runs, rules and the clock; in words; as a job. */
#ifndef JOB_DIFF_H
#define JOB_DIFF_H

#include "report.h"

#include "aisle/diff.h"
#include "aisle/job.h"
#include "aisle/past.h"

/* What a question needs to live: finish it in either case. */
struct diff_sides {
    struct serving then, now;
    const struct pipeline *rules_then, *rules_now; /* with the stock of then */
    struct diff_request request;
};

/* Run `then` (0 = the run that `now` replaced, else itself) against run `now` (0 = the active one
 * of then's kind). `at` is the moment of then: MOMENT_NONE = when that run was trained; else run 0
 * is the one that served at that moment (ERROR_MISSING where none did). */
bool diff_open(struct engine *engine, struct reader *reader, int64_t then, int64_t now, int64_t at,
               int64_t clock, int32_t length, struct diff_sides *list_requests,
               struct progress *progress, struct error *error);
void diff_close(struct diff_sides *list_requests);

void diff_describe(const struct diff *diff, const struct diff_sides *list_requests,
                   struct report *report);
/* "events, model" of bits. */
void diff_describe_steps(unsigned steps, struct text *out);

/* Over all users, in the background: the result is the job's message, the details its log. */
int64_t diff_submit(struct job_queue *queue, int64_t then, int64_t now, struct error *error);

#endif

/* job.h - background work: a queue, worker threads, one notification.
 *
 * DESIGN: jobs are submitted by the UI or a command, picked up in order by workers (one by default,
 * since each job uses all cores), and finish as done, failed or cancelled. Everything a screen
 * shows of a job is copied out under the lock by job_list(). When something changed, the notify
 * callback runs on the worker's thread (the UI writes one byte to its pipe there). Workers block
 * all signals.
 */
#ifndef AISLE_JOB_H
#define AISLE_JOB_H

#include "aisle/engine.h"

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };

const char *job_state_name(enum job_state state);

struct job_info { /* a copy, safe to keep */
    int64_t id;
    char title[96]; /* "train item-cf" */
    enum job_state state;
    char phase[64];
    int64_t done, total;                  /* of the phase */
    double rate;                          /* units a second, smoothed; 0 = unknown */
    double eta;                           /* seconds; negative = unknown */
    int64_t submitted, started, finished; /* moments; MOMENT_NONE = not yet */
    double seconds;                       /* running time so far or in all */
    int64_t forecast_bytes;               /* memory; 0 = unknown */
    int64_t memory_bytes;                 /* of the program, while it runs; else 0 */
    int64_t run;                          /* run it made, 0 = none */
    char message[512];                    /* result, or the reason of a failure */
};

/* A round of a training, an epoch. */
struct job_round {
    int32_t number;       /* from 1 */
    double loss, quality; /* quality: NDCG@10 in validation, NAN = none */
    double rate;          /* tokens a second */
};

struct job_queue;

/* Work of a job; `reader` belongs to the worker. Returns false after filling error. Appends lines
 * to its log with job_log(). `message` (512 bytes) is the one-line result. */
struct job_context {
    struct engine *engine;
    struct reader *reader;
    struct progress *progress;
    int64_t id;
    struct job_queue *queue;
    int64_t *run;
    char *message;
};
typedef bool job_work(struct job_context *context, void *argument, struct error *error);

struct job_queue *job_queue_new(struct engine *engine, int workers, void (*notify)(void *),
                                void *notify_context, struct error *error);
/* Cancels what runs, waits for it, frees. */
void job_queue_free(struct job_queue *queue);

/* Queues work; release (may be NULL) frees the argument at the end in every case. Id, or 0. */
int64_t job_submit(struct job_queue *queue, const char *title, int64_t forecast_bytes,
                   job_work *work, void *argument, void (*release)(void *), struct error *error);
/* What a running job will take in bytes, once it knows: shown with it. */
void job_forecast(struct job_context *context, int64_t bytes);
void job_log(struct job_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void job_add_round(struct job_context *context, const struct job_round *round);

/* Newest first; *jobs is malloc'ed. */
bool job_list(struct job_queue *queue, struct job_info **jobs, int32_t *n, struct error *error);
bool job_find(struct job_queue *queue, int64_t id, struct job_info *info);
/* The log so far, lines ended by '\n', appended to out. */
bool job_read_log(struct job_queue *queue, int64_t id, struct text *out);
/* The rounds so far, oldest first; *rounds is malloc'ed (NULL where there are none). */
int32_t job_read_rounds(struct job_queue *queue, int64_t id, struct job_round **rounds);
bool job_cancel(struct job_queue *queue, int64_t id, struct error *error);
/* Waits until the job is done, failed or cancelled; calls tick (may be NULL) about every 100 ms. */
bool job_wait(struct job_queue *queue, int64_t id, struct job_info *info,
              void (*tick)(void *, const struct job_info *), void *context);
int32_t job_active(struct job_queue *queue); /* queued + running */

/* The recipes. */
int64_t job_train(struct job_queue *queue, const char *kind, const struct parameters *parameters,
                  struct error *error);
/* Goes on with a training that was cancelled or killed (of a kind; NULL = any), as it was begun;
 * from the beginning where the data is not the same any more. */
int64_t job_resume(struct job_queue *queue, const char *kind, struct error *error);
/* The kind whose training was stopped and could go on; NULL with ERROR_MISSING where there is none,
 * else with what went wrong. parameters: as it was begun. */
const struct model_kind *checkpoint_stopped(struct reader *reader, const char *kind,
                                            struct parameters *parameters, struct error *error);
/* Tries parameters of a kind for so many seconds, and trains with the best where `train`. */
int64_t job_tune(struct job_queue *queue, const char *kind, double seconds, bool train,
                 struct error *error);
/* Where tuning begins: as the kind's active run was trained, else the defaults. */
bool tuning_start(struct reader *reader, const struct model_kind *kind,
                  struct parameters *parameters, struct error *error);
int64_t job_train_stale(struct job_queue *queue, struct error *error); /* one job per stale kind */
int64_t job_load(struct job_queue *queue, struct error *error); /* dataset and active models */

#endif

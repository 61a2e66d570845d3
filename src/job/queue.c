/* queue.c - jobs, workers, and what screens may know of them. */
#include "aisle/job.h"
#include "aisle/parallel.h"

#include "machine.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORKERS_MAX = 8, KEPT = 200 };

struct job {
    struct job *next; /* newer */
    struct job_info info;
    struct progress progress;
    job_work *work;
    void *argument;
    void (*release)(void *);
    struct timespec began;
    struct text log;
    struct job_round *rounds;
    int32_t n_rounds, rounds_capacity;
    double last_seconds, rate; /* of the last look, for the rate */
    int64_t last_done;
    const char *last_phase;
};

struct job_queue {
    struct engine *engine;
    void (*notify)(void *);
    void *notify_context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *first, *last; /* oldest to newest, finished ones included */
    int64_t last_id;
    bool closing;
    pthread_t workers[WORKERS_MAX];
    int n_workers;
};

const char *job_state_name(enum job_state state)
{
    static const char *const names[] = { "queued", "running", "done", "failed", "cancelled" };
    return names[state];
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static void report(struct job_queue *queue)
{
    if (queue->notify) queue->notify(queue->notify_context);
}

/* Under the lock: what a worker should take next. */
static struct job *next_queued(struct job_queue *queue)
{
    for (struct job *job = queue->first; job; job = job->next)
        if (job->info.state == JOB_QUEUED) return job;
    return NULL;
}

static void run_job(struct job_queue *queue, struct job *job)
{
    struct error error = { 0 };
    char message[512] = "";
    int64_t run = 0;
    struct reader *reader = reader_open(engine_workspace(queue->engine), &error);
    bool good = false;
    if (reader) {
        reader_watch(reader, &job->progress);
        struct job_context context = { queue->engine, reader, &job->progress, job->info.id,
                                       queue,         &run,   message };
        good = job->work(&context, job->argument, &error);
    }
    reader_close(reader);
    if (job->release) job->release(job->argument);
    pthread_mutex_lock(&queue->lock);
    job->release = NULL;
    job->info.run = run;
    job->info.finished = (int64_t)time(NULL);
    job->info.seconds = seconds_since(&job->began);
    job->info.state = good ? JOB_DONE : error.code == ERROR_CANCELLED ? JOB_CANCELLED : JOB_FAILED;
    snprintf(job->info.message, sizeof job->info.message, "%s", good ? message : error.text);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    report(queue);
}

static void *worker(void *argument)
{
    struct job_queue *queue = argument;
    machine_step_back();
    pthread_mutex_lock(&queue->lock);
    while (!queue->closing) {
        struct job *job = next_queued(queue);
        if (!job) {
            pthread_cond_wait(&queue->changed, &queue->lock);
            continue;
        }
        job->info.state = JOB_RUNNING;
        job->info.started = (int64_t)time(NULL);
        clock_gettime(CLOCK_MONOTONIC, &job->began);
        pthread_mutex_unlock(&queue->lock);
        report(queue);
        run_job(queue, job);
        pthread_mutex_lock(&queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

struct job_queue *job_queue_new(struct engine *engine, int workers, void (*notify)(void *),
                                void *notify_context, struct error *error)
{
    struct job_queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        error_memory(error, "the job queue");
        return NULL;
    }
    queue->engine = engine;
    queue->notify = notify;
    queue->notify_context = notify_context;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    for (int i = 0; i < workers && i < WORKERS_MAX; i++)
        if (thread_start(&queue->workers[queue->n_workers], worker, queue)) queue->n_workers++;
    if (queue->n_workers > 0) return queue;
    error_set(error, ERROR_MEMORY, "no thread could be made for background work");
    job_queue_free(queue);
    return NULL;
}

static void free_job(struct job *job)
{
    if (job->release) job->release(job->argument);
    text_fini(&job->log);
    free(job->rounds);
    free(job);
}

void job_queue_free(struct job_queue *queue)
{
    if (!queue) return;
    pthread_mutex_lock(&queue->lock);
    queue->closing = true;
    for (struct job *job = queue->first; job; job = job->next)
        progress_cancel(&job->progress);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    for (int i = 0; i < queue->n_workers; i++)
        pthread_join(queue->workers[i], NULL);
    while (queue->first) {
        struct job *job = queue->first;
        queue->first = job->next;
        free_job(job);
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

/* Under the lock: forgets the oldest finished jobs beyond KEPT. */
static void prune(struct job_queue *queue)
{
    int n = 0;
    for (struct job *job = queue->first; job; job = job->next)
        n++;
    while (n-- > KEPT && queue->first->info.state > JOB_RUNNING) {
        struct job *job = queue->first;
        queue->first = job->next;
        free_job(job);
    }
}

int64_t job_submit(struct job_queue *queue, const char *title, int64_t forecast_bytes,
                   job_work *work, void *argument, void (*release)(void *), struct error *error)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job) {
        if (release) release(argument);
        error_memory(error, "a job");
        return 0;
    }
    snprintf(job->info.title, sizeof job->info.title, "%s", title);
    job->info.submitted = (int64_t)time(NULL);
    job->info.started = job->info.finished = MOMENT_NONE;
    job->info.eta = -1;
    job->info.forecast_bytes = forecast_bytes;
    job->work = work;
    job->argument = argument;
    job->release = release;
    pthread_mutex_lock(&queue->lock);
    const int64_t id = job->info.id = ++queue->last_id;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
    prune(queue);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    report(queue);
    return id;
}

static struct job *find(struct job_queue *queue, int64_t id)
{
    for (struct job *job = queue->first; job; job = job->next)
        if (job->info.id == id) return job;
    return NULL;
}

/* Under the lock: a copy with progress as of now. The rate is smoothed over about two seconds. */
static struct job_info look(struct job *job)
{
    struct job_info *info = &job->info;
    if (info->state == JOB_RUNNING) {
        const char *phase = atomic_load(&job->progress.phase);
        info->done = atomic_load(&job->progress.done);
        info->total = atomic_load(&job->progress.total);
        info->seconds = seconds_since(&job->began);
        info->memory_bytes = machine_memory_now();
        snprintf(info->phase, sizeof info->phase, "%s", phase ? phase : "");
        if (phase != job->last_phase) {
            job->last_phase = phase;
            job->last_done = info->done; /* what was done before it went on is not its pace */
            job->last_seconds = info->seconds;
            info->rate = 0;
        }
        const double span = info->seconds - job->last_seconds;
        if (span > 0.25) {
            const double rate = (double)(info->done - job->last_done) / span;
            const double share = span > 2 ? 1 : span / 2;
            info->rate = info->rate > 0 ? info->rate + share * (rate - info->rate) : rate;
            job->last_done = info->done;
            job->last_seconds = info->seconds;
        }
        info->eta = info->rate > 0 && info->total > info->done
                        ? (double)(info->total - info->done) / info->rate
                        : -1;
    } else {
        info->eta = -1;
        info->memory_bytes = 0;
    }
    return *info;
}

void job_forecast(struct job_context *context, int64_t bytes)
{
    pthread_mutex_lock(&context->queue->lock);
    struct job *job = find(context->queue, context->id);
    if (job) job->info.forecast_bytes = bytes;
    pthread_mutex_unlock(&context->queue->lock);
}

void job_log(struct job_context *context, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&context->queue->lock);
    struct job *job = find(context->queue, context->id);
    if (job) text_format(&job->log, "%s\n", line);
    pthread_mutex_unlock(&context->queue->lock);
}

/* Without memory a round is lost to the curves; the log has it. */
static void add_round(struct job *job, const struct job_round *round)
{
    if (job->n_rounds == job->rounds_capacity) {
        const int32_t capacity = job->rounds_capacity > 0 ? 2 * job->rounds_capacity : 32;
        void *rounds = realloc(job->rounds, (size_t)capacity * sizeof *job->rounds);
        if (!rounds) return;
        job->rounds = rounds;
        job->rounds_capacity = capacity;
    }
    job->rounds[job->n_rounds++] = *round;
}

void job_add_round(struct job_context *context, const struct job_round *round)
{
    pthread_mutex_lock(&context->queue->lock);
    struct job *job = find(context->queue, context->id);
    if (job) add_round(job, round);
    pthread_mutex_unlock(&context->queue->lock);
}

int32_t job_read_rounds(struct job_queue *queue, int64_t id, struct job_round **rounds)
{
    int32_t n = 0;
    *rounds = NULL;
    pthread_mutex_lock(&queue->lock);
    const struct job *job = find(queue, id);
    if (job && job->n_rounds > 0) *rounds = malloc((size_t)job->n_rounds * sizeof **rounds);
    if (*rounds) {
        n = job->n_rounds;
        memcpy(*rounds, job->rounds, (size_t)n * sizeof **rounds);
    }
    pthread_mutex_unlock(&queue->lock);
    return n;
}

bool job_list(struct job_queue *queue, struct job_info **jobs, int32_t *n, struct error *error)
{
    int32_t count = 0;
    pthread_mutex_lock(&queue->lock);
    for (struct job *job = queue->first; job; job = job->next)
        count++;
    *jobs = malloc(((size_t)count + 1) * sizeof **jobs);
    *n = *jobs ? count : 0;
    for (struct job *job = queue->first; *jobs && job; job = job->next)
        (*jobs)[--count] = look(job);
    pthread_mutex_unlock(&queue->lock);
    return *jobs || error_memory(error, "the list of jobs");
}

bool job_find(struct job_queue *queue, int64_t id, struct job_info *info)
{
    pthread_mutex_lock(&queue->lock);
    struct job *job = find(queue, id);
    if (job) *info = look(job);
    pthread_mutex_unlock(&queue->lock);
    return job != NULL;
}

bool job_read_log(struct job_queue *queue, int64_t id, struct text *out)
{
    pthread_mutex_lock(&queue->lock);
    struct job *job = find(queue, id);
    if (job && job->log.length) text_add(out, job->log.bytes, job->log.length);
    pthread_mutex_unlock(&queue->lock);
    return job != NULL;
}

bool job_cancel(struct job_queue *queue, int64_t id, struct error *error)
{
    pthread_mutex_lock(&queue->lock);
    struct job *job = find(queue, id);
    const bool active = job && job->info.state <= JOB_RUNNING;
    if (active) progress_cancel(&job->progress);
    if (active && job->info.state == JOB_QUEUED) {
        job->info.state = JOB_CANCELLED;
        job->info.finished = (int64_t)time(NULL);
        snprintf(job->info.message, sizeof job->info.message, "cancelled before it began");
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    if (active) report(queue);
    return active || error_set(error, ERROR_MISSING, "job %lld is not running", (long long)id);
}

bool job_wait(struct job_queue *queue, int64_t id, struct job_info *info,
              void (*tick)(void *, const struct job_info *), void *context)
{
    bool there;
    pthread_mutex_lock(&queue->lock);
    for (;;) {
        struct job *job = find(queue, id);
        there = job != NULL;
        if (job) *info = look(job);
        if (!job || info->state > JOB_RUNNING) break;
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
        pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
        if (!tick) continue;
        pthread_mutex_unlock(&queue->lock);
        tick(context, info);
        pthread_mutex_lock(&queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    return there;
}

int32_t job_active(struct job_queue *queue)
{
    int32_t n = 0;
    pthread_mutex_lock(&queue->lock);
    for (struct job *job = queue->first; job; job = job->next)
        n += job->info.state <= JOB_RUNNING;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

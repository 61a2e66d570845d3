/* rounds.c - see the header. */
#include "rounds.h"

#include <math.h>
#include <time.h>

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int64_t done_so_far(const struct progress *progress)
{
    return progress ? atomic_load(&progress->done) : 0;
}

static double speed(double seconds, int64_t done)
{
    return seconds > 0 && done > 0 ? (double)done / seconds : 0;
}

void pace_begin(struct pace *pace, const struct progress *progress)
{
    pace->began = pace->last = seconds_now();
    pace->first = pace->done = done_so_far(progress);
}

double pace_round(struct pace *pace, const struct progress *progress)
{
    const double now = seconds_now(), before = pace->last;
    const int64_t done = done_so_far(progress), had = pace->done;

    pace->last = now;
    pace->done = done;
    return speed(now - before, done - had);
}

double pace_mean(const struct pace *pace, const struct progress *progress)
{
    return speed(seconds_now() - pace->began, done_so_far(progress) - pace->first);
}

/* --------------------------------------------------------------------------------- in a job */

static void begin(void *context, int32_t done)
{
    struct rounds *rounds = context;

    pace_begin(&rounds->pace, rounds->job->progress);
    if (done > 0) job_log(rounds->job, "goes on after epoch %d, where it was stopped", (int)done);
}

static void watch(void *context, int32_t number, double loss, double quality)
{
    struct rounds *rounds = context;
    const struct job_round round = { .number = number,
                                     .loss = loss,
                                     .quality = quality,
                                     .rate = pace_round(&rounds->pace, rounds->job->progress) };

    job_add_round(rounds->job, &round);
    if (isnan(quality))
        job_log(rounds->job, "epoch %d: loss %.4f, %.0f tokens/s", (int)number, loss, round.rate);
    else
        job_log(rounds->job, "epoch %d: loss %.4f, validation NDCG@10 %.4f, %.0f tokens/s",
                (int)number, loss, quality, round.rate);
}

void rounds_init(struct rounds *rounds, struct job_context *job)
{
    *rounds = (struct rounds){ .job = job,
                               .hooks = { .context = rounds, .watch = watch, .begin = begin } };
}

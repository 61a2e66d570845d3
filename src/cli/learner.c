/* learner.c - see the header. */
#include "learner.h"

#include <stdio.h>

bool learner_init(struct learner *learner, struct call *call, struct error *error)
{
    *learner = (struct learner){ .call = call };
    if (!learning_read(call->reader, &learner->learning, error)) return false;
    if (learner->learning.after == 0) return true;
    learner->queue = job_queue_new(call->engine, 1, NULL, NULL, error);
    return learner->queue != NULL;
}

/* Whether one is at work already. */
static bool is_busy(struct learner *learner)
{
    return job_active(learner->queue) > 0;
}

static void describe(struct learner *learner)
{
    struct job_info info;
    if (learner->job == 0 || !job_find(learner->queue, learner->job, &info)) return;
    fprintf(stderr, "%s: %s\n", info.title, info.message);
    learner->job = 0;
}

static void begin_if_due(struct learner *learner)
{
    int64_t behind;
    if (is_busy(learner)) return;
    describe(learner);
    if (learning_behind(learner->call->reader, "attention", &behind, NULL) &&
        behind >= learner->learning.after)
        learner->job = job_learn(learner->queue, NULL);
}

void learner_look(struct learner *learner, int64_t events)
{
    if (!learner->queue || events - learner->asked < learner->learning.after) return;
    learner->asked = events;
    begin_if_due(learner);
}

void learner_fini(struct learner *learner, bool wait)
{
    struct job_info info;
    if (!learner->queue) return;
    if (wait && learner->job != 0) job_wait(learner->queue, learner->job, &info, NULL, NULL);
    if (wait) begin_if_due(learner);
    if (wait && learner->job != 0 && job_wait(learner->queue, learner->job, &info, NULL, NULL))
        describe(learner);
    job_queue_free(learner->queue);
    learner->queue = NULL;
}

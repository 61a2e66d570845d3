/* loader.h - what a screen needs from the workspace or a model, made on other threads.
 *
 * A request is a piece of work with its argument. It runs on the thread of its lane, which has a
 * reader of its own; the answer is handed over on the UI thread by loader_deliver(), after the
 * notify callback has woken it. Three lanes, so that a page never waits for a scan, nor either of
 * them for a model.
 *
 * A view asks in slots. Asking again in a slot replaces what was asked before: queued work is
 * dropped, running work is cancelled, and its late answer never arrives. So a view only ever
 * hears the answer to its last question.
 */
#ifndef AISLE_UI_LOADER_H
#define AISLE_UI_LOADER_H

#include "aisle/job.h"
#include "job/labels.h"

enum lane { LANE_PAGES, LANE_SELECTIONS, LANE_MODELS, LANES };

struct loader;

struct loader_context {
    struct engine *engine;
    struct job_queue *queue;
    struct reader *reader; /* watched: it stops when the request is dropped */
    struct progress *progress;
    struct label_style style; /* of the screen when it was asked */
};

/* Runs on the lane's thread; leaves its results in the argument. */
typedef bool loader_work(const struct loader_context *context, void *argument, struct error *error);
/* Runs on the UI thread; takes results out of the argument. error is NULL when the work was done.
 */
typedef void loader_answer(void *owner, void *argument, const struct error *error);

struct request {
    void *owner; /* the view: handed to answer */
    int slot;
    enum lane lane;
    loader_work *work;
    loader_answer *answer;
    void (*release)(void *argument); /* always called once, on any thread; may be NULL */
    void *argument;
    const char *profile; /* for the context's style: static, NULL = a shop; and who is masked */
    struct pseudonymiser pseudonymiser;
};

/* engine may be NULL in tests: readers are NULL then. Threads begin with the first request. */
struct loader *loader_new(struct engine *engine, void (*notify)(void *), void *context,
                          struct error *error);
/* Before the first request: what works on jobs asks this queue. */
void loader_use(struct loader *loader, struct job_queue *queue);
void loader_free(struct loader *loader);
/* False (and the argument is released) only without memory or threads. */
bool loader_ask(struct loader *loader, const struct request *request, struct error *error);
/* Nothing that this owner asked for arrives any more. */
void loader_forget(struct loader *loader, const void *owner);
/* Hands over what is ready; returns how many answers. */
int loader_deliver(struct loader *loader);
/* Waits until every lane is idle; for tests and for saving screens without a terminal. */
void loader_drain(struct loader *loader);

#endif

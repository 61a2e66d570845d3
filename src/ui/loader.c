#include "loader.h"

#include "aisle/parallel.h"

#include <pthread.h>
#include <stdlib.h>

struct task {
    struct request request;
    struct progress progress;
    struct error error;
    bool done, failed, dropped;
    struct task *next;
};

struct lane_state {
    struct loader *loader;
    pthread_t thread;
    bool started;
    pthread_cond_t wake;
    struct task *waiting, *running; /* waiting: oldest first */
};

struct loader {
    struct engine *engine;
    struct job_queue *queue;
    void (*notify)(void *);
    void *context;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t idle;
    bool closing;
    struct lane_state lanes[LANES];
    struct task *ready; /* newest first */
};

static void task_free(struct task *task)
{
    if (task->request.release) task->request.release(task->request.argument);
    free(task);
}

static bool same_slot(const struct task *task, const void *owner, int slot)
{
    return task->request.owner == owner && (slot < 0 || task->request.slot == slot);
}

/* Unlinks the tasks of an owner's slot (any slot when negative); what is returned is to be freed.
 */
static struct task *unlink_tasks(struct task **list, const void *owner, int slot,
                                 struct task *removed)
{
    while (*list) {
        struct task *task = *list;
        if (!same_slot(task, owner, slot)) {
            list = &task->next;
            continue;
        }
        *list = task->next;
        task->next = removed;
        removed = task;
    }
    return removed;
}

/* With the lock held. */
static struct task *drop(struct loader *loader, const void *owner, int slot)
{
    struct task *removed = unlink_tasks(&loader->ready, owner, slot, NULL);
    for (int i = 0; i < LANES; i++) {
        struct lane_state *lane = &loader->lanes[i];
        removed = unlink_tasks(&lane->waiting, owner, slot, removed);
        if (lane->running && same_slot(lane->running, owner, slot)) {
            lane->running->dropped = true;
            progress_cancel(&lane->running->progress);
        }
    }
    return removed;
}

static void free_all(struct task *task)
{
    while (task) {
        struct task *next = task->next;
        task_free(task);
        task = next;
    }
}

static void run_task(struct lane_state *lane, struct reader *reader, struct task *task)
{
    struct loader_context context = { lane->loader->engine,
                                      lane->loader->queue,
                                      reader,
                                      &task->progress,
                                      { words_of(task->request.profile),
                                        &task->request.pseudonymiser } };
    if (lane->loader->engine && !reader) {
        task->failed = true;
    } else {
        if (reader) reader_watch(reader, &task->progress);
        task->failed = !task->request.work(&context, task->request.argument, &task->error);
        if (reader) reader_watch(reader, NULL);
    }
}

static void *lane_main(void *argument)
{
    struct lane_state *lane = argument;
    struct loader *loader = lane->loader;
    struct error opened = { 0 };
    struct reader *reader =
        loader->engine ? reader_open(engine_workspace(loader->engine), &opened) : NULL;

    pthread_mutex_lock(&loader->lock);
    while (!loader->closing) {
        struct task *task = lane->waiting;
        if (!task) {
            pthread_cond_broadcast(&loader->idle);
            pthread_cond_wait(&lane->wake, &loader->lock);
            continue;
        }
        lane->waiting = task->next;
        lane->running = task;
        task->error = opened;
        pthread_mutex_unlock(&loader->lock);
        run_task(lane, reader, task);
        pthread_mutex_lock(&loader->lock);
        lane->running = NULL;
        if (task->dropped) {
            pthread_mutex_unlock(&loader->lock);
            task_free(task);
            pthread_mutex_lock(&loader->lock);
            continue;
        }
        task->next = loader->ready;
        loader->ready = task;
        if (loader->notify) loader->notify(loader->context);
    }
    pthread_cond_broadcast(&loader->idle);
    pthread_mutex_unlock(&loader->lock);
    reader_close(reader);
    return NULL;
}

static bool start(struct lane_state *lane, struct error *error)
{
    if (!thread_start(&lane->thread, lane_main, lane))
        return error_set(error, ERROR_IO, "cannot start a thread to read the workspace");
    lane->started = true;
    return true;
}

struct loader *loader_new(struct engine *engine, void (*notify)(void *), void *context,
                          struct error *error)
{
    struct loader *loader = calloc(1, sizeof *loader);
    if (!loader) {
        error_memory(error, "the loader");
        return NULL;
    }
    loader->engine = engine;
    loader->notify = notify;
    loader->context = context;
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->idle, NULL);
    for (int i = 0; i < LANES; i++) {
        loader->lanes[i].loader = loader;
        pthread_cond_init(&loader->lanes[i].wake, NULL);
    }
    return loader;
}

void loader_use(struct loader *loader, struct job_queue *queue)
{
    loader->queue = queue;
}

void loader_free(struct loader *loader)
{
    if (!loader) return;
    pthread_mutex_lock(&loader->lock);
    loader->closing = true;
    for (int i = 0; i < LANES; i++) {
        if (loader->lanes[i].running) progress_cancel(&loader->lanes[i].running->progress);
        pthread_cond_signal(&loader->lanes[i].wake);
    }
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < LANES; i++) {
        if (loader->lanes[i].started) pthread_join(loader->lanes[i].thread, NULL);
        pthread_cond_destroy(&loader->lanes[i].wake);
        free_all(loader->lanes[i].waiting);
    }
    free_all(loader->ready);
    pthread_cond_destroy(&loader->idle);
    pthread_mutex_destroy(&loader->lock);
    free(loader);
}

bool loader_ask(struct loader *loader, const struct request *request, struct error *error)
{
    struct lane_state *lane = &loader->lanes[request->lane];
    struct task *task = calloc(1, sizeof *task);
    if (!task || (!lane->started && !start(lane, error))) {
        if (!task) error_memory(error, "a request");
        if (request->release) request->release(request->argument);
        free(task);
        return false;
    }
    task->request = *request;

    pthread_mutex_lock(&loader->lock);
    struct task *removed = drop(loader, request->owner, request->slot);
    struct task **end = &lane->waiting;
    while (*end)
        end = &(*end)->next;
    *end = task;
    pthread_cond_signal(&lane->wake);
    pthread_mutex_unlock(&loader->lock);
    free_all(removed);
    return true;
}

void loader_forget(struct loader *loader, const void *owner)
{
    pthread_mutex_lock(&loader->lock);
    struct task *removed = drop(loader, owner, -1);
    pthread_mutex_unlock(&loader->lock);
    free_all(removed);
}

/* One at a time: an answer may ask, forget and close views, and so change the list. */
int loader_deliver(struct loader *loader)
{
    int n = 0;
    for (;; n++) {
        pthread_mutex_lock(&loader->lock);
        struct task **last = &loader->ready;
        while (*last && (*last)->next)
            last = &(*last)->next;
        struct task *task = *last;
        *last = NULL;
        pthread_mutex_unlock(&loader->lock);
        if (!task) return n;
        task->request.answer(task->request.owner, task->request.argument,
                             task->failed ? &task->error : NULL);
        task_free(task);
    }
}

void loader_drain(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    for (int i = 0; i < LANES; i++) {
        while (loader->lanes[i].waiting || loader->lanes[i].running)
            pthread_cond_wait(&loader->idle, &loader->lock);
    }
    pthread_mutex_unlock(&loader->lock);
}

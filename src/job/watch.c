/* watch.c - inotify on the folder of the workspace: files of the workspace's name are looked at.
 *
 * A notice comes when bytes are written; others can read them a little later, when the writer has
 * synced them and says so in shared memory, of which there is no notice. So for QUIET milliseconds
 * after a notice the version is looked at every REST. */
#include "aisle/watch.h"
#include "aisle/parallel.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

enum { REST = 200, QUIET = 2000 }; /* milliseconds */

struct watch {
    struct reader *reader;
    const char *name; /* of the file, without folder; borrowed */
    int64_t seen;     /* the version that was told last */
    int notices, stop[2];
    pthread_t thread;
    void (*changed)(void *context, bool quiet);
    void *context;
};

/* Whether one of the notices is about the workspace or its log. */
static bool hear(const struct watch *watch)
{
    _Alignas(struct inotify_event) char bytes[4096];
    bool ours = false;
    ssize_t n;
    while ((n = read(watch->notices, bytes, sizeof bytes)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(bytes + at);
            ours = ours || (event->mask & IN_Q_OVERFLOW) ||
                   (event->len > 0 && strncmp(event->name, watch->name, strlen(watch->name)) == 0);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
    return ours;
}

/* Sleeps so long or until told to stop. */
static bool rest(const struct watch *watch, int milliseconds)
{
    struct pollfd end = { .fd = watch->stop[0], .events = POLLIN };
    return poll(&end, 1, milliseconds) == 0;
}

static void *run(void *argument)
{
    struct watch *watch = argument;
    int64_t version = 0;
    bool changed = false;
    int left = 0; /* milliseconds in which a change may still come of a notice */
    for (;;) {
        struct pollfd either[2] = { { .fd = watch->notices, .events = POLLIN },
                                    { .fd = watch->stop[0], .events = POLLIN } };
        int n = poll(either, 2, left > 0 ? REST : -1);
        if (n > 0 && either[1].revents) return NULL;
        if (n == 0) left -= REST;
        if (n > 0 && hear(watch)) left = QUIET;
        if (workspace_version(watch->reader, &version, NULL) && version != watch->seen) {
            watch->seen = version;
            changed = true;
            left = QUIET;
            watch->changed(watch->context, false);
            if (!rest(watch, REST)) return NULL;
        } else if (left <= 0 && changed) {
            changed = false;
            watch->changed(watch->context, true);
        }
    }
}

static void free_watch(struct watch *watch)
{
    reader_close(watch->reader);
    if (watch->notices >= 0) close(watch->notices);
    for (int i = 0; i < 2; i++)
        if (watch->stop[i] >= 0) close(watch->stop[i]);
    free(watch);
}

static bool open_watch(struct watch *watch, struct workspace *workspace)
{
    struct text folder = { 0 };
    const char *path = workspace_path(workspace), *slash = strrchr(path, '/');
    watch->name = slash ? slash + 1 : path;
    text_add(&folder, path, slash ? (size_t)(slash - path) + 1 : 0);
    if (!slash) text_add_string(&folder, ".");
    text_add(&folder, "", 1);
    watch->notices = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    bool good =
        !folder.failed && watch->notices >= 0 &&
        inotify_add_watch(watch->notices, folder.bytes, IN_MODIFY | IN_CREATE | IN_MOVED_TO) >= 0 &&
        pipe(watch->stop) == 0 && fcntl(watch->stop[0], F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(watch->stop[1], F_SETFD, FD_CLOEXEC) == 0 &&
        (watch->reader = reader_open(workspace, NULL)) != NULL;
    text_fini(&folder);
    /* Here and not on the thread: what is written before that runs is a change too. */
    if (good) workspace_version(watch->reader, &watch->seen, NULL);
    return good;
}

struct watch *watch_start(struct workspace *workspace, void (*changed)(void *context, bool quiet),
                          void *context)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch) return NULL;
    watch->notices = watch->stop[0] = watch->stop[1] = -1;
    watch->changed = changed;
    watch->context = context;
    bool good = open_watch(watch, workspace);
    good = good && thread_start(&watch->thread, run, watch);
    if (good) return watch;
    free_watch(watch);
    return NULL;
}

void watch_stop(struct watch *watch)
{
    if (!watch) return;
    ssize_t written = write(watch->stop[1], "!", 1);
    (void)written;
    pthread_join(watch->thread, NULL);
    free_watch(watch);
}

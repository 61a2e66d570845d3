/* watch.h - hears when anybody writes to a workspace, other programs too.
 *
 * A thread sleeps until the kernel says that the log beside the file was written to (inotify);
 * where nothing is written it costs nothing. Then it asks for the workspace's version and tells, at
 * most five times a second and once more when it has become quiet. */
#ifndef AISLE_WATCH_H
#define AISLE_WATCH_H

#include "aisle/workspace.h"

struct watch;

/* `changed` runs on the watch's thread; quiet: nothing came for two seconds after a change. NULL
 * where the system has no such service or no thread: then nothing is heard. */
struct watch *watch_start(struct workspace *workspace, void (*changed)(void *context, bool quiet),
                          void *context);
void watch_stop(struct watch *watch); /* NULL is allowed */

#endif

/* export_feed.h - export feed USER FILE.html. */
#ifndef CLI_EXPORT_FEED_H
#define CLI_EXPORT_FEED_H

#include "command.h"

/* The arguments are "feed", the user and the file ("-" is standard output). */
int export_feed(struct call *call);

#endif

/* generate.h - a made-up shop into a workspace, for `generate` and `demo`. */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include "command.h"

#include "aisle/shop.h"
#include "aisle/workspace.h"

/* Everything in one transaction: a workspace holds the whole shop or nothing of it. */
bool generate_into(struct workspace *workspace, const struct shop_options *options,
                   struct progress *progress, struct error *error);

/* --profile into the options; false after telling what profiles there are. */
bool generate_profile(const struct call *call, struct shop_options *options, int *status);

#endif

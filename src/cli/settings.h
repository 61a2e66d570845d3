/* settings.h - the models that are named and what --set and --seed say about them. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "command.h"

enum { SETTINGS_MAX = 24 };

struct settings {
    const struct model_kind *kind[SETTINGS_MAX];
    struct parameters parameters[SETTINGS_MAX];
    int n;
};

/* The arguments are names of models, none = all. Every --set must fit at least one of them, and
 * goes to each it fits. False after telling. */
bool settings_read(struct settings *settings, const struct call *call, int *status);

/* What the workspace's profile starts from, where no --set says otherwise; once it is open. */
bool settings_profile(struct settings *settings, const struct call *call, int *status);

#endif

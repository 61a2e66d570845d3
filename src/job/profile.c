/* profile.c - see profile.h. */
#include "profile.h"

#include <string.h>

struct profile {
    const char *name;
    double half_life;    /* of popular, in days; 0 = none */
    double repeat_after; /* days after which what somebody had comes back; < 0 = never */
};

static const struct profile profiles[] = {
    { "shop", 0, -1 },  { "news", 2, -1 },    { "video", 30, -1 },
    { "music", 60, 1 }, { "social", 14, -1 },
};

static const struct profile *find(const char *name)
{
    for (size_t i = 0; name && i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i].name, name) == 0) return &profiles[i];
    return &profiles[0];
}

void profile_feed_settings(const char *profile, struct feed_settings *settings)
{
    const struct profile *of = find(profile);

    feed_settings_init(settings);
    if (of->repeat_after < 0) return;
    settings->repeat = REPEAT_ALWAYS;
    settings->repeat_after = of->repeat_after;
}

void profile_parameters(const char *profile, const struct model_kind *kind,
                        struct parameters *parameters)
{
    parameters_init(parameters, kind->parameters);
    if (strcmp(kind->name, "popular") != 0) return;
    for (int i = 0; parameters->info[i].name; i++)
        if (strcmp(parameters->info[i].name, "half_life") == 0)
            parameters->value[i] = find(profile)->half_life;
}

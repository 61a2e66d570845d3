/* contender.c - recommenders with their parameters, as people write and read them. */
#include "ranking_private.h"

#include <stdio.h>
#include <string.h>

/* "item-cf" and what differs from the defaults: "item-cf k=20 weighting=bm25". */
static void name_it(struct contender *contender)
{
    const struct parameters *values = &contender->parameters;
    size_t at =
        (size_t)snprintf(contender->label, sizeof contender->label, "%s", contender->kind->name);

    for (int i = 0; values->info[i].name && at < sizeof contender->label; i++) {
        const struct parameter_info *info = &values->info[i];
        const double value = values->value[i];
        char *to = contender->label + at;
        const size_t room = sizeof contender->label - at;
        if (!(value < info->initial) && !(value > info->initial)) continue;
        if (info->type == PARAMETER_CHOICE)
            at += (size_t)snprintf(to, room, " %s=%s", info->name, info->choices[(int)value]);
        else
            at += (size_t)snprintf(to, room, " %s=%.10g", info->name, value);
    }
}

void contender_init(struct contender *contender, const struct model_kind *kind,
                    const struct parameters *parameters)
{
    *contender = (struct contender){ .kind = kind };
    if (parameters)
        contender->parameters = *parameters;
    else
        parameters_init(&contender->parameters, kind->parameters);
    name_it(contender);
}

bool contender_parse(struct contender *contender, const char *words, struct error *error)
{
    const size_t length = strcspn(words, ":");
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)length, words);
    const struct model_kind *kind = model_kind_find(name, error);
    if (!kind) return false;
    contender_init(contender, kind, NULL);
    for (const char *at = words + length; *at;) {
        const size_t part = strcspn(++at, ",");
        if (!parameters_set(&contender->parameters, (struct slice){ at, part }, error))
            return error_prefix(error, "%s", kind->name);
        at += part;
    }
    name_it(contender);
    return true;
}

static int32_t find(const struct contender *contenders, int32_t n, const struct contender *one)
{
    for (int32_t i = 0; i < n; i++)
        if (strcmp(contenders[i].label, one->label) == 0) return i;
    return -1;
}

/* Puts one in at a place, unless it is there; returns how many there are. */
static int32_t put(struct contender *contenders, int32_t n, int32_t at, struct contender one)
{
    if (find(contenders, n, &one) >= 0) return n;
    memmove(contenders + at + 1, contenders + at, (size_t)(n - at) * sizeof *contenders);
    contenders[at] = one;
    return n + 1;
}

int32_t contenders_with_popular(struct contender *contenders, int32_t n,
                                const struct dataset *dataset, enum split_protocol protocol)
{
    struct contender popular, lately;

    if (protocol == SPLIT_ITEMS) {
        contender_init(&popular, &category_kind, NULL);
        return put(contenders, n, 0, popular);
    }
    if (!contender_parse(&popular, "popular", NULL) ||
        !contender_parse(&lately, "popular:half_life=30", NULL))
        return n;
    n = put(contenders, n, 0, popular);
    return dataset->event_time ? put(contenders, n, find(contenders, n, &popular) + 1, lately) : n;
}

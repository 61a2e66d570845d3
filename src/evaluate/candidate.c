/* candidate.c - recommenders with their parameters, as people write and read them. */
#include "ranking_private.h"

#include <stdio.h>
#include <string.h>

/* "item-cf" and what differs from the defaults: "item-cf k=20 weighting=bm25". */
static void name_it(struct candidate *candidate)
{
    const struct parameters *values = &candidate->parameters;
    size_t at =
        (size_t)snprintf(candidate->label, sizeof candidate->label, "%s", candidate->kind->name);

    for (int i = 0; values->info[i].name && at < sizeof candidate->label; i++) {
        const struct parameter_info *info = &values->info[i];
        const double value = values->value[i];
        char *to = candidate->label + at;
        const size_t capacity = sizeof candidate->label - at;
        if (!(value < info->initial) && !(value > info->initial)) continue;
        if (info->type == PARAMETER_CHOICE)
            at += (size_t)snprintf(to, capacity, " %s=%s", info->name, info->choices[(int)value]);
        else
            at += (size_t)snprintf(to, capacity, " %s=%.10g", info->name, value);
    }
}

void candidate_init(struct candidate *candidate, const struct model_kind *kind,
                    const struct parameters *parameters)
{
    *candidate = (struct candidate){ .kind = kind };
    if (parameters)
        candidate->parameters = *parameters;
    else
        parameters_init(&candidate->parameters, kind->parameters);
    name_it(candidate);
}

bool candidate_parse(struct candidate *candidate, const char *words, struct error *error)
{
    const size_t length = strcspn(words, ":");
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)length, words);
    const struct model_kind *kind = model_kind_find(name, error);
    if (!kind) return false;
    candidate_init(candidate, kind, NULL);
    for (const char *at = words + length; *at;) {
        const size_t part = strcspn(++at, ",");
        if (!parameters_set(&candidate->parameters, (struct slice){ at, part }, error))
            return error_prefix(error, "%s", kind->name);
        at += part;
    }
    name_it(candidate);
    return true;
}

static int32_t find(const struct candidate *candidates, int32_t n, const struct candidate *one)
{
    for (int32_t i = 0; i < n; i++)
        if (strcmp(candidates[i].label, one->label) == 0) return i;
    return -1;
}

/* Puts one in at a place, unless it is there; returns how many there are. */
static int32_t put(struct candidate *candidates, int32_t n, int32_t at, struct candidate one)
{
    if (find(candidates, n, &one) >= 0) return n;
    memmove(candidates + at + 1, candidates + at, (size_t)(n - at) * sizeof *candidates);
    candidates[at] = one;
    return n + 1;
}

int32_t candidates_with_popular(struct candidate *candidates, int32_t n,
                                const struct dataset *dataset, enum split_protocol protocol)
{
    struct candidate popular, lately;

    if (protocol == SPLIT_ITEMS) {
        candidate_init(&popular, &category_kind, NULL);
        return put(candidates, n, 0, popular);
    }
    if (!candidate_parse(&popular, "popular", NULL) ||
        !candidate_parse(&lately, "popular:half_life=30", NULL))
        return n;
    n = put(candidates, n, 0, popular);
    return dataset->event_time ? put(candidates, n, find(candidates, n, &popular) + 1, lately) : n;
}

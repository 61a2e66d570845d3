/* groups.c - for whom a model is good: shoppers by how much they bought, by how rare their target
 * is, and by an attribute.
 *
 * A group is made when its first shopper is met; then groups are put in order (bands by size,
 * values by their text) and the members counted out to them.
 */
#include "ranking_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct band {
    int32_t max;
    const char *label;
};

static const struct band history_bands[] = {
    { 4, "1-4" }, { 9, "5-9" }, { 24, "10-24" }, { 99, "25-99" }, { INT32_MAX, "100 and more" },
};
static const struct band target_bands[] = {
    { 0, "0" },
    { 9, "1-9" },
    { 99, "10-99" },
    { INT32_MAX, "100 and more" },
};
enum { HISTORY_BANDS = 5, TARGET_BANDS = 4, SEGMENTS_MAX = 40 };

static int32_t band_of(const struct band *bands, int32_t count)
{
    int32_t at = 0;
    while (count > bands[at].max)
        at++;
    return at;
}

/* The place of an attribute among the users' attributes, or -1 with a sentence that names them. */
static int32_t find_attribute(const struct attributes *attributes, const char *name,
                              struct error *error)
{
    const int32_t at = names_find(&attributes->names, slice_of(name));
    struct text known = { 0 };

    if (at >= 0) return at;
    for (int32_t i = 0; i < attributes->names.n && i < 20; i++) {
        struct slice other = names_get(&attributes->names, i);
        if (i > 0) text_add_string(&known, ", ");
        text_add_visible(&known, other.bytes, other.length);
    }
    error_set(error, ERROR_USAGE, "users have no attribute \"%.60s\": they have %.300s", name,
              known.length > 0 ? known.bytes : "none at all");
    text_fini(&known);
    return -1;
}

/* The user's first value of the attribute, or -1. */
static int32_t value_of(const struct attributes *attributes, int32_t user, int32_t name)
{
    for (int64_t e = attributes->offset[user]; e < attributes->offset[user + 1]; e++)
        if (attributes->value_name[attributes->value[e]] == name) return attributes->value[e];
    return -1;
}

/* ------------------------------------------------------------------------------------ building */

/* Adds the groups of one way of grouping, of which shopper s is in of[s] (-1 = in none). */
static bool add_groups(struct grouping *grouping, const struct candidate_run *candidate_run,
                       const int32_t *of, int32_t n_new, const char *by, struct error *error)
{
    const int32_t first = grouping->n;
    const size_t capacity = (size_t)(first + n_new) + 1;
    const size_t members = (size_t)grouping->start[first] + (size_t)candidate_run->n + 1;
    struct ranking_group *groups = realloc(grouping->groups, capacity * sizeof *groups);
    if (groups) grouping->groups = groups;
    int64_t *start = realloc(grouping->start, capacity * sizeof *start);
    if (start) grouping->start = start;
    int32_t *ids = realloc(grouping->members, members * sizeof *ids);
    if (ids) grouping->members = ids;
    if (!groups || !start || !ids) return error_memory(error, "an evaluation");
    for (int32_t g = 0; g < n_new; g++) {
        int64_t at = start[grouping->n];
        for (int32_t s = 0; s < candidate_run->n; s++)
            if (of[s] == g) ids[at++] = s;
        if (at == start[grouping->n]) continue; /* nobody */
        struct ranking_group *group = &groups[grouping->n];
        *group = (struct ranking_group){ .n = (int32_t)(at - start[grouping->n]) };
        snprintf(group->by, sizeof group->by, "%s", by);
        snprintf(group->label, sizeof group->label, "%d", g); /* the caller says it better */
        start[++grouping->n] = at;
    }
    return true;
}

static void relabel(struct grouping *grouping, int32_t first, const struct band *bands)
{
    for (int32_t g = first; g < grouping->n; g++) {
        struct ranking_group *group = &grouping->groups[g];
        snprintf(group->label, sizeof group->label, "%s", bands[atoi(group->label)].label);
    }
}

static bool add_bands(struct grouping *grouping, const struct candidate_run *candidate_run,
                      int32_t *of, struct error *error)
{
    const struct sparse *rows = &candidate_run->split->history->by_user;

    for (int32_t s = 0; s < candidate_run->n; s++) {
        int32_t user = candidate_run->split->cases[candidate_run->cases[s]].user;
        of[s] = band_of(history_bands, (int32_t)(rows->start[user + 1] - rows->start[user]));
    }
    int32_t first = grouping->n;
    if (!add_groups(grouping, candidate_run, of, HISTORY_BANDS, "history", error)) return false;
    relabel(grouping, first, history_bands);
    for (int32_t s = 0; s < candidate_run->n; s++) {
        int32_t target = candidate_run->split->cases[candidate_run->cases[s]].targets[0];
        of[s] = band_of(target_bands, candidate_run->facts->buyers[target]);
    }
    first = grouping->n;
    if (!add_groups(grouping, candidate_run, of, TARGET_BANDS, "target", error)) return false;
    relabel(grouping, first, target_bands);
    return true;
}

/* The values of one attribute that shoppers have, most frequent first. */
struct segment {
    int32_t value, count;
};

static int most_first(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static bool add_segments(struct grouping *grouping, const struct candidate_run *candidate_run,
                         int32_t *of, struct error *error)
{
    const struct attributes *attributes = &candidate_run->all->user_attributes;
    const int32_t name = find_attribute(attributes, candidate_run->options->by, error);
    const int32_t n = attributes->values.n, first = grouping->n;
    struct segment *segments = NULL;
    int32_t *place = NULL, kept = 0;
    bool done = false;

    if (name < 0) return false;
    segments = calloc((size_t)n + 1, sizeof *segments);
    place = malloc(((size_t)n + 1) * sizeof *place);
    if (!segments || !place) {
        error_memory(error, "an evaluation");
        goto out;
    }
    for (int32_t v = 0; v < n; v++)
        segments[v].value = v;
    for (int32_t s = 0; s < candidate_run->n; s++) {
        of[s] =
            value_of(attributes, candidate_run->split->cases[candidate_run->cases[s]].user, name);
        if (of[s] >= 0) segments[of[s]].count++;
    }
    qsort(segments, (size_t)n, sizeof *segments, most_first);
    while (kept < n && kept < SEGMENTS_MAX && segments[kept].count > 0)
        kept++;
    for (int32_t g = 0; g < n; g++)
        place[segments[g].value] = g < kept ? g : -1;
    for (int32_t s = 0; s < candidate_run->n; s++)
        of[s] = of[s] < 0 ? -1 : place[of[s]];
    done = add_groups(grouping, candidate_run, of, kept, candidate_run->options->by, error);
    for (int32_t g = first; done && g < grouping->n; g++) {
        struct slice text = names_get(&attributes->values, segments[g - first].value);
        snprintf(grouping->groups[g].label, sizeof grouping->groups[g].label, "%.*s",
                 (int)text.length, text.bytes);
    }
out:
    free(segments);
    free(place);
    return done;
}

bool grouping_init(struct grouping *grouping, const struct candidate_run *candidate_run,
                   struct error *error)
{
    int32_t *of = malloc(((size_t)candidate_run->n + 1) * sizeof *of);
    bool done = false;

    *grouping = (struct grouping){ 0 };
    grouping->start = calloc(1, sizeof *grouping->start);
    if (!of || !grouping->start)
        error_memory(error, "an evaluation");
    else
        done = add_bands(grouping, candidate_run, of, error) &&
               (!candidate_run->options->by || add_segments(grouping, candidate_run, of, error));
    free(of);
    return done;
}

void grouping_fini(struct grouping *grouping)
{
    free(grouping->groups);
    free(grouping->start);
    free(grouping->members);
}

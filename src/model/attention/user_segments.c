/* user_segments.c - see the header. */
#include "user_segments.h"

#include <stdlib.h>

bool user_segments_learn(struct user_segments **user_segments, const struct dataset *dataset,
                         struct error *error)
{
    struct user_segments *made;

    *user_segments = NULL;
    if (dataset->user_attributes.names.n == 0) return true;
    made = calloc(1, sizeof *made);
    if (!made) return error_memory(error, "segments");
    atomic_init(&made->references, 1);
    if (!segments_init(&made->segments, dataset, error)) {
        user_segments_release(made);
        return false;
    }
    segments_drop_small(&made->segments, SEGMENT_USERS_MIN);
    if (made->segments.n > 0)
        *user_segments = made;
    else
        user_segments_release(made);
    return true;
}

struct user_segments *user_segments_retain(struct user_segments *user_segments)
{
    if (user_segments) atomic_fetch_add(&user_segments->references, 1);
    return user_segments;
}

void user_segments_release(struct user_segments *user_segments)
{
    if (!user_segments || atomic_fetch_sub(&user_segments->references, 1) > 1) return;
    segments_fini(&user_segments->segments);
    free(user_segments);
}

void user_segments_save(const struct user_segments *user_segments, struct byte_writer *writer)
{
    segments_save(&user_segments->segments, writer);
}

struct user_segments *user_segments_load(int32_t n_users, struct byte_reader *reader)
{
    struct user_segments *user_segments = calloc(1, sizeof *user_segments);

    if (!user_segments) {
        reader->failed = true;
        error_memory(reader->error, "segments");
        return NULL;
    }
    atomic_init(&user_segments->references, 1);
    if (segments_load(&user_segments->segments, n_users, reader) && user_segments->segments.n > 0)
        return user_segments;
    user_segments_release(user_segments);
    return NULL;
}

/* ----------------------------------------------------------------------------------- forecasts */

int32_t user_segments_max(const struct dataset *dataset)
{
    const struct attributes *known = &dataset->user_attributes;
    int32_t *have = known->names.n > 0 ? calloc((size_t)known->values.n + 1, sizeof *have) : NULL;
    int64_t max = 0;

    if (!have) return 0;
    for (int64_t i = 0; i < known->offset[dataset->n_users]; i++)
        have[known->value[i]]++;
    for (int32_t a = 0; a < known->names.n; a++) {
        const int64_t cut = segments_of_attribute(dataset, a);
        int64_t large = 0;
        for (int32_t v = 0; v < known->values.n; v++)
            large += known->value_name[v] == a && have[v] >= SEGMENT_USERS_MIN;
        max += cut < large || large == 0 ? cut : large;
    }
    free(have);
    return (int32_t)max;
}

int64_t user_segments_memory(const struct dataset *dataset)
{
    const struct attributes *known = &dataset->user_attributes;

    if (known->names.n == 0) return 0;
    return segments_memory(dataset) + dataset->n_users * (int64_t)sizeof(int64_t) +
           known->offset[dataset->n_users] * (int64_t)sizeof(int32_t);
}

/* --------------------------------------------------------------------- segment membership */

static int32_t values_of(const struct dataset *dataset, int32_t user, struct shopper *view)
{
    const struct attributes *known = &dataset->user_attributes;

    *view = (struct shopper){ .dataset = dataset, .user = user };
    if (known->names.n == 0) return 0;
    view->n_values = (int32_t)(known->offset[user + 1] - known->offset[user]);
    view->values = known->value + known->offset[user];
    return view->n_values;
}

/* No more than the user has values: they are written where there is room for all values. */
bool segment_membership_init(struct segment_membership *segment_membership,
                             const struct user_segments *user_segments,
                             const struct dataset *dataset, struct error *error)
{
    const struct attributes *known = &dataset->user_attributes;
    struct shopper view;
    int64_t n = 0;

    *segment_membership = (struct segment_membership){ 0 };
    if (!user_segments || known->names.n == 0) return true;
    segment_membership->start =
        calloc((size_t)dataset->n_users + 1, sizeof *segment_membership->start);
    segment_membership->segment =
        malloc(((size_t)known->offset[dataset->n_users] + 1) * sizeof *segment_membership->segment);
    if (!segment_membership->start || !segment_membership->segment) {
        segment_membership_fini(segment_membership);
        return error_memory(error, "segments");
    }
    for (int32_t u = 0; u < dataset->n_users; u++) {
        int32_t own = 0;
        if (values_of(dataset, u, &view) > 0)
            own = segments_of(&user_segments->segments, &view, segment_membership->segment + n);
        if (own > segment_membership->max) segment_membership->max = own;
        n += own;
        segment_membership->start[u + 1] = n;
    }
    return true;
}

void segment_membership_fini(struct segment_membership *segment_membership)
{
    free(segment_membership->start);
    free(segment_membership->segment);
    *segment_membership = (struct segment_membership){ 0 };
}

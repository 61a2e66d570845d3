/* people.c - see the header. */
#include "people.h"

#include <stdlib.h>

bool people_learn(struct people **people, const struct dataset *dataset, struct error *error)
{
    struct people *made;

    *people = NULL;
    if (dataset->user_attributes.names.n == 0) return true;
    made = calloc(1, sizeof *made);
    if (!made) return error_memory(error, "segments");
    atomic_init(&made->references, 1);
    if (!segments_init(&made->segments, dataset, error)) {
        people_release(made);
        return false;
    }
    segments_drop_small(&made->segments, PEOPLE_LEAST);
    if (made->segments.n > 0)
        *people = made;
    else
        people_release(made);
    return true;
}

struct people *people_retain(struct people *people)
{
    if (people) atomic_fetch_add(&people->references, 1);
    return people;
}

void people_release(struct people *people)
{
    if (!people || atomic_fetch_sub(&people->references, 1) > 1) return;
    segments_fini(&people->segments);
    free(people);
}

void people_save(const struct people *people, struct byte_writer *writer)
{
    segments_save(&people->segments, writer);
}

struct people *people_load(int32_t n_users, struct byte_reader *reader)
{
    struct people *people = calloc(1, sizeof *people);

    if (!people) {
        reader->failed = true;
        error_memory(reader->error, "segments");
        return NULL;
    }
    atomic_init(&people->references, 1);
    if (segments_load(&people->segments, n_users, reader) && people->segments.n > 0) return people;
    people_release(people);
    return NULL;
}

/* ----------------------------------------------------------------------------------- forecasts */

int32_t people_most(const struct dataset *dataset)
{
    const struct attributes *known = &dataset->user_attributes;
    int32_t *have = known->names.n > 0 ? calloc((size_t)known->values.n + 1, sizeof *have) : NULL;
    int64_t most = 0;

    if (!have) return 0;
    for (int64_t i = 0; i < known->offset[dataset->n_users]; i++)
        have[known->value[i]]++;
    for (int32_t a = 0; a < known->names.n; a++) {
        const int64_t cut = segments_of_attribute(dataset, a);
        int64_t large = 0;
        for (int32_t v = 0; v < known->values.n; v++)
            large += known->value_name[v] == a && have[v] >= PEOPLE_LEAST;
        most += cut < large || large == 0 ? cut : large;
    }
    free(have);
    return (int32_t)most;
}

int64_t people_memory(const struct dataset *dataset)
{
    const struct attributes *known = &dataset->user_attributes;

    if (known->names.n == 0) return 0;
    return segments_memory(dataset) + dataset->n_users * (int64_t)sizeof(int64_t) +
           known->offset[dataset->n_users] * (int64_t)sizeof(int32_t);
}

/* --------------------------------------------------------------------------------- belongings */

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
bool belongings_init(struct belongings *belongings, const struct people *people,
                     const struct dataset *dataset, struct error *error)
{
    const struct attributes *known = &dataset->user_attributes;
    struct shopper view;
    int64_t n = 0;

    *belongings = (struct belongings){ 0 };
    if (!people || known->names.n == 0) return true;
    belongings->start = calloc((size_t)dataset->n_users + 1, sizeof *belongings->start);
    belongings->segment =
        malloc(((size_t)known->offset[dataset->n_users] + 1) * sizeof *belongings->segment);
    if (!belongings->start || !belongings->segment) {
        belongings_fini(belongings);
        return error_memory(error, "segments");
    }
    for (int32_t u = 0; u < dataset->n_users; u++) {
        int32_t own = 0;
        if (values_of(dataset, u, &view) > 0)
            own = segments_of(&people->segments, &view, belongings->segment + n);
        if (own > belongings->most) belongings->most = own;
        n += own;
        belongings->start[u + 1] = n;
    }
    return true;
}

void belongings_fini(struct belongings *belongings)
{
    free(belongings->start);
    free(belongings->segment);
    *belongings = (struct belongings){ 0 };
}

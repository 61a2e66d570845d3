/* people.c - who the users are: their circle first, then what is their own. */
#include "exchange/shop/simulation.h"

static const int32_t band_from[BANDS + 1] = { 18, 25, 35, 45, 55, 65, 84 };

/* What a circle has in common: a region and an age. */
static void community_common(const struct simulation *simulation, int32_t community,
                             int32_t *region, int32_t *band)
{
    static const uint32_t ages[BANDS] = { 17, 26, 22, 16, 11, 8 };
    const struct shop_vocabulary *v = simulation->vocabulary;
    uint32_t weight[MAX_REGIONS];
    struct rng rng;

    simulation_stream(&rng, simulation->options.seed, FOR_CIRCLES, community);
    for (int32_t i = 0; i < v->n_regions; i++)
        weight[i] = (uint32_t)v->regions[i].weight;
    *region = weighted(weight, v->n_regions, rng_next(&rng) >> 1);
    *band = weighted(ages, BANDS, rng_next(&rng) >> 1);
}

struct person person_of(const struct simulation *simulation, int32_t user)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    struct person person = { .community = community_of(simulation, user),
                             .joined = simulation_user_day(simulation, user) };
    uint32_t weight[MAX_REGIONS > MAX_SEGMENTS ? MAX_REGIONS : MAX_SEGMENTS];
    struct rng rng;

    community_common(simulation, person.community, &person.region, &person.band);
    simulation_stream(&rng, simulation->options.seed, FOR_PEOPLE, user);
    if (rng_below(&rng, 100) < 12) { /* somebody from elsewhere */
        for (int32_t i = 0; i < v->n_regions; i++)
            weight[i] = (uint32_t)v->regions[i].weight;
        person.region = weighted(weight, v->n_regions, rng_next(&rng) >> 1);
    }
    uint32_t older = rng_below(&rng, 100);
    if (older < 12 && person.band > 0) person.band--;
    if (older >= 88 && person.band < BANDS - 1) person.band++;
    uint32_t gender = rng_below(&rng, 100);
    person.gender = gender < 50 ? 0 : gender < 97 ? 1 : 2;
    int32_t from = band_from[person.band];
    person.age = from + (int32_t)rng_below(&rng, (uint32_t)(band_from[person.band + 1] - from));
    for (int32_t i = 0; i < v->n_segments; i++)
        weight[i] = (uint32_t)v->segments[i].weight[person.band];
    person.segment = weighted(weight, v->n_segments, rng_next(&rng) >> 1);
    return person;
}

static struct slice word_of(const struct shop_vocabulary *v, int32_t list, struct rng *rng)
{
    if (list < 0) return (struct slice){ "", 0 };
    return v->words[v->lists[list].first + (int32_t)rng_below(rng, (uint32_t)v->lists[list].n)];
}

static void name_person(const struct simulation *simulation, int32_t user,
                        const struct person *person, struct text *text)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    const struct region *region = &v->regions[person->region];
    struct rng rng;

    rng_init(&rng, simulation_hash(simulation->options.seed, FOR_PEOPLE, user, 1));
    bool female = person->gender == 0 || (person->gender == 2 && rng_below(&rng, 2) == 0);
    struct slice given = word_of(v, female ? region->female : region->male, &rng);
    struct slice family = word_of(
        v, female && region->family_female >= 0 ? region->family_female : region->family, &rng);
    struct slice first = region->family_first ? family : given;
    struct slice second = region->family_first ? given : family;

    text_clear(text);
    text_add(text, first.bytes, first.length);
    if (!region->joined) text_add(text, " ", 1);
    text_add(text, second.bytes, second.length);
}

static bool person_send(const struct simulation *simulation, int32_t user, struct text *name,
                        record_sink *sink, void *context, struct error *error)
{
    static const char *const genders[] = { "female", "male", "other" };
    const struct shop_vocabulary *v = simulation->vocabulary;
    struct person person = person_of(simulation, user);
    char digits[24], age[24], joined[MOMENT_TEXT_SIZE];

    name_person(simulation, user, &person, name);
    if (name->failed) return error_memory(error, "a name");
    moment_date((simulation->first_day + person.joined) * DAY, joined);
    const struct attribute attributes[] = {
        { slice_of("age"), simulation_digits(person.age, age) },
        { slice_of("gender"), slice_of(genders[person.gender]) },
        { slice_of("region"), v->regions[person.region].name },
        { slice_of("segment"), v->segments[person.segment].name },
        { slice_of("joined"), slice_of(joined) },
    };
    struct record record = { .kind = RECORD_USER,
                             .line = user + 1,
                             .user = simulation_digits(user + 1, digits),
                             .name = { name->bytes, name->length },
                             .attributes = attributes,
                             .n_attributes = sizeof attributes / sizeof *attributes };
    return sink(context, &record, error);
}

bool people_send(const struct simulation *simulation, record_sink *sink, void *context,
                 struct progress *progress, struct error *error)
{
    struct text name = { 0 };
    bool ok = true;

    progress_begin(progress, "users", simulation->options.users);
    for (int32_t user = 0; ok && user < simulation->options.users; user++) {
        ok = person_send(simulation, user, &name, sink, context, error);
        progress_add(progress, 1);
        if (ok && progress_cancelled(progress))
            ok = error_set(error, ERROR_CANCELLED, "stopped while the users were made");
    }
    text_fini(&name);
    return ok;
}

/* communities.c - friendships: dense within a circle, sparse between circles.
 *
 * User u belongs to circle u modulo the number of circles, so its members have joined at different
 * times and are found without a table. Each pair is sent once, by the one who joined last.
 */
#include "exchange/shop/simulation.h"

int32_t community_of(const struct simulation *simulation, int32_t user)
{
    return user % simulation->communities;
}

static bool friendship_send(int32_t user, int32_t other, int64_t line, record_sink *sink,
                            void *context, struct error *error)
{
    char mine[24], theirs[24];
    struct record record = { .kind = RECORD_FRIENDSHIP,
                             .line = line,
                             .user = simulation_digits(user + 1, mine),
                             .other = simulation_digits(other + 1, theirs) };

    return sink(context, &record, error);
}

bool circles_send(const struct simulation *simulation, record_sink *sink, void *context,
                  struct progress *progress, struct error *error)
{
    uint32_t percent = (uint32_t)simulation->vocabulary->community[1];
    int64_t line = 0;

    progress_begin(progress, "friendships", simulation->options.users);
    for (int32_t user = 0; user < simulation->options.users; user++) {
        struct rng rng;
        int32_t community = community_of(simulation, user);

        simulation_stream(&rng, simulation->options.seed, FOR_FRIENDS, user);
        /* Not everybody is sociable: between a quarter and seven quarters of the ordinary. */
        uint32_t sociable = percent * (25 + rng_below(&rng, 151));
        for (int32_t other = community; other < user; other += simulation->communities)
            if (rng_below(&rng, 10000) < sociable &&
                !friendship_send(user, other, ++line, sink, context, error))
                return false;
        /* An acquaintance outside, in one of four. */
        if (user && rng_below(&rng, 4) == 0) {
            int32_t other = (int32_t)rng_below(&rng, (uint32_t)user);
            if (community_of(simulation, other) != community &&
                !friendship_send(user, other, ++line, sink, context, error))
                return false;
        }
        progress_add(progress, 1);
        if (progress_cancelled(progress))
            return error_set(error, ERROR_CANCELLED, "stopped while the friendships were made");
    }
    return true;
}

/* say.h - tokens that a generator says one after the other: the likeliest, or drawn by a seed. */
#ifndef LANGUAGE_SAY_H
#define LANGUAGE_SAY_H

#include "generator.h"

struct say_options {
    int32_t max;        /* tokens at most */
    double temperature; /* 0 = always the likeliest; 1 = as likely as the model has it */
    uint64_t seed;
    int32_t stop[4]; /* tokens that end it and are not kept */
    int n_stop;
};

/* Appends what follows what the session was fed. The same seed says the same on one kind of
 * processor. Control tokens other than those that stop are never said. */
bool generator_say(struct generator_session *session, const struct generator *generator,
                   const struct say_options *options, const struct progress *progress,
                   struct token_list *said, struct error *error);

#endif

/* people.h - who people are, inside the network: the segments that they belong to are tokens.
 *
 *     vector of a who-step   that of the beginning + the mean of its segments' tokens
 *
 * It stands where the beginning stands, so that somebody who has done nothing yet is not anybody.
 * Segments are those of the recommender `demographic` (../segments.h), but for small ones: what is
 * learned of few people would be about persons. Their tokens lie behind those of words, in a range
 * of their own: the word "lyon" of an item is not the city of a person.
 */
#ifndef AISLE_ATTENTION_PEOPLE_H
#define AISLE_ATTENTION_PEOPLE_H

#include "../segments.h"

enum { PEOPLE_LEAST = 5 }; /* of a segment that is learned */

/* Never changes once it is made; a model shares it with those that go on from it. */
struct people {
    atomic_int references;
    struct segments segments;
};

/* *people is NULL where nobody belongs to a segment. False with ERROR_MEMORY. */
bool people_learn(struct people **people, const struct dataset *dataset, struct error *error);
struct people *people_retain(struct people *people); /* NULL is allowed, also below */
void people_release(struct people *people);
static inline int32_t people_segments(const struct people *people)
{
    return people ? people->segments.n : 0;
}
void people_save(const struct people *people, struct byte_writer *writer);
/* NULL where it makes no sense or memory is short (then the reader has failed). */
struct people *people_load(int32_t n_users, struct byte_reader *reader);

/* No more segments than these are learned, and the bytes of learning them. */
int32_t people_most(const struct dataset *dataset);
int64_t people_memory(const struct dataset *dataset);

/* Segments of each user of a dataset, for training: CSR. Zeroed: nobody belongs to any. */
struct belongings {
    int64_t *start; /* (n_users + 1) */
    int32_t *segment;
    int32_t most; /* of one user */
};
bool belongings_init(struct belongings *belongings, const struct people *people,
                     const struct dataset *dataset, struct error *error);
void belongings_fini(struct belongings *belongings);
static inline int32_t belongings_of(const struct belongings *belongings, int32_t user)
{
    return belongings->start ? (int32_t)(belongings->start[user + 1] - belongings->start[user]) : 0;
}

#endif

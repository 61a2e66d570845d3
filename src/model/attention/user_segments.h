/* user_segments.h - user segments inside the network: each segment is a token.
 *
 *     user token = BOS vector + mean of the vectors of its segments
 *
 * It replaces BOS, so that users without events are told apart by their attributes.
 * Segments are those of the recommender `demographic` (../segments.h), without small ones: what is
 * learned of few people would be about persons. Their tokens follow those of words, in a range of
 * their own: the word "lyon" of an item is not the city of a person.
 */
#ifndef AISLE_ATTENTION_USER_SEGMENTS_H
#define AISLE_ATTENTION_USER_SEGMENTS_H

#include "../segments.h"

enum { SEGMENT_USERS_MIN = 5 }; /* of a segment that is learned */

/* Never changes once it is made; a model shares it with those that go on from it. */
struct user_segments {
    atomic_int references;
    struct segments segments;
};

/* *user_segments is NULL where no user has a segment. False with ERROR_MEMORY. */
bool user_segments_learn(struct user_segments **user_segments, const struct dataset *dataset,
                         struct error *error);
struct user_segments *
user_segments_retain(struct user_segments *user_segments); /* NULL is allowed, also below */
void user_segments_release(struct user_segments *user_segments);
static inline int32_t user_segments_count(const struct user_segments *user_segments)
{
    return user_segments ? user_segments->segments.n : 0;
}
void user_segments_save(const struct user_segments *user_segments, struct byte_writer *writer);
/* NULL where it makes no sense or memory is short (then the reader has failed). */
struct user_segments *user_segments_load(int32_t n_users, struct byte_reader *reader);

/* No more segments than these are learned, and the bytes of learning them. */
int32_t user_segments_max(const struct dataset *dataset);
int64_t user_segments_memory(const struct dataset *dataset);

/* Segments of each user of a dataset, for training: CSR. Zeroed: no user has one. */
struct segment_membership {
    int64_t *start; /* (n_users + 1) */
    int32_t *segment;
    int32_t max; /* of one user */
};
bool segment_membership_init(struct segment_membership *segment_membership,
                             const struct user_segments *user_segments,
                             const struct dataset *dataset, struct error *error);
void segment_membership_fini(struct segment_membership *segment_membership);
static inline int32_t segment_membership_count(const struct segment_membership *segment_membership,
                                               int32_t user)
{
    return segment_membership->start
               ? (int32_t)(segment_membership->start[user + 1] - segment_membership->start[user])
               : 0;
}

#endif

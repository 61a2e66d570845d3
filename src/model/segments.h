/* segments.h - people cut up by what is known about them.
 *
 * A segment is one value of an attribute ("city Lyon") or, of attributes that are numbers or dates
 * with many values, a band of them that about as many people as in the other bands belong to
 * ("age 25 to 34"). Attributes can change without a new event, so segments keep texts and members
 * of their own: they are saved with the model, and a shopper's values are found by their texts.
 */
#ifndef AISLE_SEGMENTS_H
#define AISLE_SEGMENTS_H

#include "model_private.h"

struct segment {
    int32_t attribute; /* index in names */
    bool band;
    double low, high;     /* of a band: low <= value <= high */
    struct slice value;   /* of a value; points into `bytes` */
    int32_t first_member; /* members are member[first_member .. first_member + people) */
    int32_t people;
};

struct segments {
    int32_t n_attributes;
    struct slice *names; /* (n_attributes) point into `bytes` */
    bool *dates;         /* (n_attributes) bands are moments */
    int32_t n;
    struct segment *segments; /* (n) by attribute; values in order of their bytes, bands of size */
    int64_t n_members;
    int32_t *member; /* (n_members) users, ascending in each segment */
    char *bytes;     /* all texts */
};

/* From the attributes of users who have bought something; values of fewer than two people are no
 * segments. */
bool segments_init(struct segments *segments, const struct dataset *dataset, struct error *error);
void segments_fini(struct segments *segments); /* allowed on a zeroed one */
/* Forgets those of fewer than `min` people. */
void segments_drop_small(struct segments *segments, int32_t min);
int64_t segments_memory(const struct dataset *dataset);
/* How many segments an attribute will be cut into, at most. O(values). */
int64_t segments_of_attribute(const struct dataset *dataset, int32_t attribute);

/* The shopper's segments, ascending, into out[] (room for shopper->n_values); returns how many. */
int32_t segments_of(const struct segments *segments, const struct shopper *shopper, int32_t *out);
/* "age 25 to 34", "city Lyon". */
void segments_name(const struct segments *segments, int32_t segment, struct text *out);

void segments_save(const struct segments *segments, struct byte_writer *writer);
/* False where it makes no sense or memory is short (then the reader has failed). */
bool segments_load(struct segments *segments, int32_t n_users, struct byte_reader *reader);

#endif

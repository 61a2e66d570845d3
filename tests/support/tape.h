/* tape.h - bytes in memory where a model is saved and from where it is loaded, for tests that what
 * was saved comes back and that damage is refused. Zeros are an empty tape. */
#ifndef TESTS_TAPE_H
#define TESTS_TAPE_H

#include <aisle/model.h>

struct tape {
    unsigned char *bytes;
    size_t length, capacity, at;
};

/* For bytes_write_open() and bytes_read_open(); the context is the tape. */
bytes_put tape_put;
bytes_get tape_get;
/* False without memory. Within this many bytes a tape asks for no more. */
bool tape_reserve(struct tape *tape, size_t capacity);
void tape_fini(struct tape *tape);

/* These end the test where they fail. */
struct tape tape_of(const struct model *model);
/* As an engine loads it, with data and parameters of the model that was saved; NULL after a
 * sentence. */
struct model *tape_load(struct tape *tape, const struct model *saved);
/* Saves and loads: the scores of everybody (and of nobody) are the same, and where every stride-th
 * byte is damaged or the last that is there, nothing is loaded. */
void tape_check(const struct model *model, size_t stride);
/* The second half of it. */
void tape_refuses_damage(struct tape *tape, const struct model *saved, size_t stride);

#endif

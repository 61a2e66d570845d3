/* dataset_private.h - what stands around a dataset: the count of who holds it. */
#ifndef DATA_DATASET_PRIVATE_H
#define DATA_DATASET_PRIVATE_H

#include "names.h"

#include <stdatomic.h>

struct shared_dataset {
    struct dataset dataset; /* first: a pointer to it is a pointer to this */
    atomic_int references;
    const struct dataset *owner; /* retained: whose names, attributes and friendships these are;
                                  * NULL = its own */
    double sum[EVENT_TYPES];     /* of values in order of arrival, for the means to go on */
    int64_t count[EVENT_TYPES];
};

struct shared_dataset *shared_of(const struct dataset *dataset);
const struct dataset *dataset_owner(const struct dataset *dataset);
double shared_mean(const struct shared_dataset *shared, enum event_type type);

/* All empty, with one reference; while it is being built, dataset_release() frees what is there. */
struct shared_dataset *shared_dataset_new(struct error *error);

/* Of everything else in it. */
uint64_t dataset_fingerprint(const struct dataset *dataset);

#endif

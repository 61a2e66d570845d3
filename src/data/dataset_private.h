/* dataset_private.h - what stands around a dataset: the count of who holds it. */
#ifndef DATA_DATASET_PRIVATE_H
#define DATA_DATASET_PRIVATE_H

#include "names.h"

#include <stdatomic.h>

struct shared_dataset {
    struct dataset dataset; /* first: a pointer to it is a pointer to this */
    atomic_int references;
};

/* All empty, with one reference; while it is being built, dataset_release() frees what is there. */
struct shared_dataset *shared_dataset_new(struct error *error);

/* Fills dataset->fingerprint from everything else in it. */
void dataset_fingerprint(struct dataset *dataset);

#endif

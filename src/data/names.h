/* names.h - building the lists of external ids that a dataset holds.
 *
 * Names are appended one after the other into one block of bytes, then finished once; after that
 * they never change and are read through names_get() and names_find() of aisle/dataset.h.
 * All zero is an empty list.
 */
#ifndef DATA_NAMES_H
#define DATA_NAMES_H

#include "aisle/dataset.h"

/* Names while they grow. */
struct names_builder {
    struct names names;
    size_t offset_capacity, byte_capacity;
};

bool names_add(struct names_builder *builder, struct slice name, struct error *error);
/* Hands the names over, without spare room; the builder is empty afterwards, also on failure. */
bool names_finish(struct names_builder *builder, struct names *names, struct error *error);
/* Makes the index that names_find() uses: O(1) a look-up instead of O(n). */
bool names_index(struct names *names, struct error *error);
void names_fini(struct names *names);
uint64_t names_hash(struct slice name);

#endif

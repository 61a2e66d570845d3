/* attributes.h - building the attributes of users or of items, and friendships.
 *
 * Both collect facts in any order and are finished once, when it is known how many rows there are.
 * All zero is an empty builder; a failed call changes nothing that a second one would not repair.
 */
#ifndef DATA_ATTRIBUTES_H
#define DATA_ATTRIBUTES_H

#include "interned.h"

/* One part of a value that was set. `begins`: it is the first part of its call. */
struct attribute_part {
    int32_t row;
    uint32_t value : 31, begins : 1;
};

struct attributes_builder {
    struct interned names, values;
    struct attribute_part *parts;
    size_t n_parts, capacity;
};

/* Sets `name` of a row; what was set before under that name no longer counts. */
bool attributes_set(struct attributes_builder *builder, int32_t row, struct slice name,
                    struct slice value, struct error *error);
/* O(parts + rows). The builder is empty afterwards, also on failure; attributes_fini() frees what
 * stands in *attributes in either case. */
bool attributes_finish(struct attributes_builder *builder, int32_t n_rows,
                       struct attributes *attributes, struct error *error);
void attributes_builder_fini(struct attributes_builder *builder);
void attributes_fini(struct attributes *attributes);

struct friends_builder {
    int32_t (*pairs)[2];
    size_t n, capacity;
};

bool friends_add(struct friends_builder *builder, int32_t user, int32_t friend,
                 struct error *error);
/* *offset (n_users + 1) and *friends, ascending for each user and each once; both NULL where
 * nobody has any. The builder is empty afterwards. */
bool friends_finish(struct friends_builder *builder, int32_t n_users, int64_t **offset,
                    int32_t **friends, struct error *error);
void friends_builder_fini(struct friends_builder *builder);

#endif

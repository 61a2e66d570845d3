/* names.c - external ids in one block of bytes, with an open-addressing index.
 *
 * A bucket holds an index or -1; a collision goes to the next bucket. At most half of the buckets
 * are taken, so a look-up reads about two. Where a name was added twice, the first is found.
 */
#include "names.h"

#include "aisle/rng.h"

#include <stdlib.h>
#include <string.h>

struct slice names_get(const struct names *names, int32_t index)
{
    int64_t begin = names->offset[index];
    return (struct slice){ names->bytes + begin, (size_t)(names->offset[index + 1] - begin) };
}

uint64_t names_hash(struct slice name)
{
    uint64_t sum = name.length, word;

    for (; name.length >= sizeof word; name.bytes += sizeof word, name.length -= sizeof word) {
        memcpy(&word, name.bytes, sizeof word);
        sum = rng_mix(sum ^ word);
    }
    word = 0;
    if (name.length > 0) memcpy(&word, name.bytes, name.length);
    return rng_mix(sum ^ word);
}

static bool is_named(const struct names *names, int32_t index, struct slice name)
{
    struct slice other = names_get(names, index);
    return other.length == name.length &&
           (name.length == 0 || memcmp(other.bytes, name.bytes, name.length) == 0);
}

int32_t names_find(const struct names *names, struct slice name)
{
    if (!names->bucket) {
        for (int32_t i = 0; i < names->n; i++) {
            if (is_named(names, i, name)) return i;
        }
        return -1;
    }
    const uint32_t pseudonymiser = names->n_buckets - 1;
    for (uint32_t at = (uint32_t)names_hash(name) & pseudonymiser;; at = (at + 1) & pseudonymiser) {
        int32_t index = names->bucket[at];
        if (index < 0 || is_named(names, index, name)) return index;
    }
}

bool names_index(struct names *names, struct error *error)
{
    uint32_t n_buckets = 8;

    while (n_buckets / 2 < (uint32_t)names->n)
        n_buckets *= 2; /* n < 2^31: ends at 2^31 or before */
    int32_t *bucket = malloc(n_buckets * sizeof *bucket);
    if (!bucket) return error_memory(error, "the index of names");
    memset(bucket, 0xFF, n_buckets * sizeof *bucket); /* all -1 */
    for (int32_t i = 0; i < names->n; i++) {
        uint32_t at = (uint32_t)names_hash(names_get(names, i)) & (n_buckets - 1);
        while (bucket[at] >= 0)
            at = (at + 1) & (n_buckets - 1);
        bucket[at] = i;
    }
    free(names->bucket);
    names->bucket = bucket;
    names->n_buckets = n_buckets;
    return true;
}

static bool reserve(struct names_builder *builder, size_t length)
{
    struct names *names = &builder->names;
    size_t used = names->offset ? (size_t)names->offset[names->n] : 0;

    if ((size_t)names->n + 2 > builder->offset_capacity) {
        size_t capacity = builder->offset_capacity ? builder->offset_capacity * 2 : 64;
        int64_t *offset = realloc(names->offset, capacity * sizeof *offset);
        if (!offset) return false;
        if (!names->offset) offset[0] = 0;
        names->offset = offset;
        builder->offset_capacity = capacity;
    }
    if (!names->bytes || length > builder->byte_capacity - used) {
        if (length > SIZE_MAX / 4 - used) return false;
        size_t capacity = (used + length) * 2 + 64;
        char *bytes = realloc(names->bytes, capacity);
        if (!bytes) return false;
        names->bytes = bytes;
        builder->byte_capacity = capacity;
    }
    return true;
}

bool names_add(struct names_builder *builder, struct slice name, struct error *error)
{
    struct names *names = &builder->names;

    if (names->n >= INT32_MAX / 2)
        return error_set(error, ERROR_INPUT, "more than a thousand million users or items");
    if (!reserve(builder, name.length)) return error_memory(error, "the names");
    int64_t begin = names->offset[names->n];
    if (name.length > 0) memcpy(names->bytes + begin, name.bytes, name.length);
    names->n++;
    names->offset[names->n] = begin + (int64_t)name.length;
    return true;
}

bool names_finish(struct names_builder *builder, struct names *names, struct error *error)
{
    bool ok = reserve(builder, 0); /* offset[0] is there even when no name is */

    *names = builder->names;
    *builder = (struct names_builder){ 0 };
    if (!ok) return error_memory(error, "the names");
    int64_t *offset = realloc(names->offset, ((size_t)names->n + 1) * sizeof *offset);
    if (offset) names->offset = offset;
    char *bytes = realloc(names->bytes, (size_t)names->offset[names->n] + 1);
    if (bytes) names->bytes = bytes;
    return true;
}

void names_fini(struct names *names)
{
    free(names->offset);
    free(names->bytes);
    free(names->bucket);
    *names = (struct names){ 0 };
}

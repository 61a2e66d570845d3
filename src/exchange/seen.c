/* seen.c - see seen.h. Open addressing, at most half full. */
#include "exchange/seen.h"

#include "aisle/bytes.h"

#include <stdlib.h>

static void put(struct seen *seen, uint64_t hash)
{
    size_t at = (size_t)(hash & (seen->capacity - 1));

    while (seen->slot[at])
        at = (at + 1) & (seen->capacity - 1);
    seen->slot[at] = hash;
}

static bool grow(struct seen *seen)
{
    struct seen larger = { .n = seen->n, .capacity = seen->capacity ? seen->capacity * 2 : 1024 };

    larger.slot = calloc(larger.capacity, sizeof *larger.slot);
    if (!larger.slot) return false;
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slot[i]) put(&larger, seen->slot[i]);
    free(seen->slot);
    *seen = larger;
    return true;
}

static uint64_t hash_of(struct slice id)
{
    uint64_t hash = bytes_checksum(0, id.bytes, id.length) * UINT64_C(0x9E3779B97F4A7C15);

    hash ^= hash >> 29;
    return hash ? hash : 1;
}

bool seen_has(const struct seen *seen, struct slice id)
{
    const uint64_t hash = hash_of(id);

    if (seen->capacity == 0) return false;
    for (size_t at = (size_t)(hash & (seen->capacity - 1)); seen->slot[at];
         at = (at + 1) & (seen->capacity - 1))
        if (seen->slot[at] == hash) return true;
    return false;
}

bool seen_add(struct seen *seen, struct slice id, bool *first, struct error *error)
{
    const uint64_t hash = hash_of(id);

    if (seen->n * 2 >= seen->capacity && !grow(seen))
        return error_memory(error, "the ids of a dry run");
    *first = true;
    for (size_t at = (size_t)(hash & (seen->capacity - 1)); seen->slot[at];
         at = (at + 1) & (seen->capacity - 1))
        if (seen->slot[at] == hash) *first = false;
    if (*first) {
        put(seen, hash);
        seen->n++;
    }
    return true;
}

bool seen_merge(struct seen *seen, const struct seen *other, struct error *error)
{
    for (size_t i = 0; i < other->capacity; i++) {
        if (!other->slot[i]) continue;
        if (seen->n * 2 >= seen->capacity && !grow(seen))
            return error_memory(error, "the ids of an import");
        put(seen, other->slot[i]);
        seen->n++;
    }
    return true;
}

void seen_fini(struct seen *seen)
{
    free(seen->slot);
    *seen = (struct seen){ 0 };
}

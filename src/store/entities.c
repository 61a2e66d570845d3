/* entities.c - open addressing over the ids of one transaction. */
#include "entities.h"

#include "aisle/moment.h"
#include "aisle/rng.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash_of(struct slice id)
{
    uint64_t sum = id.length;
    size_t at = 0;
    for (; at + 8 <= id.length; at += 8) {
        uint64_t word;
        memcpy(&word, id.bytes + at, 8);
        sum = rng_mix(sum ^ word);
    }
    uint64_t rest = 0;
    if (id.length > at) memcpy(&rest, id.bytes + at, id.length - at);
    return (uint32_t)rng_mix(sum ^ rest);
}

void entities_fini(struct entities *entities)
{
    free(entities->list);
    free(entities->months);
    free(entities->bucket);
    free(entities->bytes);
    memset(entities, 0, sizeof *entities);
}

struct slice entity_id(const struct entities *entities, const struct entity *entity)
{
    return (struct slice){ entities->bytes + entity->id_at, entity->id_length };
}

static bool is(const struct entities *entities, const struct entity *entity, struct slice id)
{
    return entity->id_length == id.length &&
           (id.length == 0 || memcmp(entities->bytes + entity->id_at, id.bytes, id.length) == 0);
}

struct entity *entities_find(struct entities *entities, struct slice id)
{
    if (entities->n == 0) return NULL;
    if (is(entities, &entities->list[entities->recent], id))
        return &entities->list[entities->recent];
    uint32_t hash = hash_of(id), pseudonymiser = entities->n_buckets - 1;
    for (uint32_t at = hash & pseudonymiser; entities->bucket[at] != 0;
         at = (at + 1) & pseudonymiser) {
        struct entity *entity = &entities->list[entities->bucket[at] - 1];
        if (entity->hash == hash && is(entities, entity, id)) {
            entities->recent = entities->bucket[at] - 1;
            return entity;
        }
    }
    return NULL;
}

static void put(struct entities *entities, uint32_t index)
{
    uint32_t pseudonymiser = entities->n_buckets - 1,
             at = entities->list[index].hash & pseudonymiser;
    while (entities->bucket[at] != 0)
        at = (at + 1) & pseudonymiser;
    entities->bucket[at] = index + 1;
}

static bool grow(struct entities *entities, size_t more_bytes)
{
    if (entities->n == entities->capacity) {
        uint32_t capacity = entities->capacity ? entities->capacity * 2 : 1024;
        struct entity *list = realloc(entities->list, (size_t)capacity * sizeof *list);
        if (!list) return false;
        entities->list = list;
        if (entities->with_months) {
            struct months *months = realloc(entities->months, (size_t)capacity * sizeof *months);
            if (!months) return false;
            entities->months = months;
        }
        entities->capacity = capacity;
        uint32_t *bucket = calloc((size_t)capacity * 2, sizeof *bucket);
        if (!bucket) return false;
        free(entities->bucket);
        entities->bucket = bucket;
        entities->n_buckets = capacity * 2;
        for (uint32_t i = 0; i < entities->n; i++)
            put(entities, i);
    }
    if (entities->n_bytes + more_bytes > entities->bytes_capacity) {
        uint64_t capacity = (entities->n_bytes + more_bytes) * 2 + 4096;
        char *bytes = realloc(entities->bytes, capacity);
        if (!bytes) return false;
        entities->bytes = bytes;
        entities->bytes_capacity = capacity;
    }
    return true;
}

struct entity *entities_add(struct entities *entities, struct slice id, int64_t row,
                            struct error *error)
{
    if (id.length > UINT32_MAX || entities->n >= UINT32_MAX / 4 || !grow(entities, id.length)) {
        error_memory(error, "the list of ids");
        return NULL;
    }
    struct entity *entity = &entities->list[entities->n];
    *entity = (struct entity){
        .row = row,
        .id_at = entities->n_bytes,
        .id_length = (uint32_t)id.length,
        .hash = hash_of(id),
        .first = MOMENT_NONE,
        .last = MOMENT_NONE,
    };
    if (entities->months) entities->months[entities->n] = (struct months){ 0 };
    if (id.length) memcpy(entities->bytes + entities->n_bytes, id.bytes, id.length);
    entities->n_bytes += id.length;
    put(entities, entities->n);
    entities->recent = entities->n++;
    return entity;
}

void entity_count(struct entities *entities, struct entity *entity, bool order, double money,
                  int64_t time)
{
    entity->events++;
    entity->orders += order;
    entity->money += money;
    if (time == MOMENT_NONE) return;
    if (entity->first == MOMENT_NONE || time < entity->first) entity->first = time;
    if (entity->last == MOMENT_NONE || time > entity->last) entity->last = time;
    if (order && entities->months)
        months_add(&entities->months[entity - entities->list], month_of(time), 1);
}

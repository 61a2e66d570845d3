/* entities.h - the users or items that a transaction has met: external id to row, and what the
 * transaction adds to their counters.
 *
 * Looking up an id costs one hash probe; the database is asked once per id. Memory grows with the
 * users and items that a file names, not with its events. */
#ifndef STORE_ENTITIES_H
#define STORE_ENTITIES_H

#include "aisle/error.h"
#include "aisle/text.h"
#include "months.h"

struct entity {
    int64_t row;
    uint64_t id_at; /* into bytes */
    uint32_t id_length;
    uint32_t hash;
    bool fresh; /* made in this transaction: not in the search index yet */
    bool had_events;
    int64_t events, orders, friends, buyers; /* to be added to the row's */
    double money;
    int64_t first, last; /* MOMENT_NONE: no times */
};

struct entities {
    struct entity *list;   /* (n) */
    struct months *months; /* (room) of items; NULL of users */
    bool with_months;
    uint32_t n, capacity;
    uint32_t *bucket; /* (n_buckets) index + 1, 0 = free */
    uint32_t n_buckets;
    char *bytes; /* all ids */
    uint64_t n_bytes, bytes_capacity;
    uint32_t recent; /* index of the last hit: files come sorted by user more often than not */
};

void entities_fini(struct entities *entities);
/* NULL when it is not there yet. */
struct entity *entities_find(struct entities *entities, struct slice id);
/* Adds one that is not there; NULL without memory. Invalidates pointers handed out before. */
struct entity *entities_add(struct entities *entities, struct slice id, int64_t row,
                            struct error *error);
struct slice entity_id(const struct entities *entities, const struct entity *entity);
/* Counts one event in; an order is one that makes a strength: a purchase, rating or weight. */
void entity_count(struct entities *entities, struct entity *entity, bool order, double money,
                  int64_t time);

#endif

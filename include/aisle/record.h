/* record.h - one fact on its way into a workspace: a user, an item, an event or a friendship.
 *
 * Parsers of other people's files and the shop generator produce records; the store's writer takes
 * them. Slices are borrowed for the duration of the call.
 */
#ifndef AISLE_RECORD_H
#define AISLE_RECORD_H

#include "aisle/dataset.h"

enum record_kind { RECORD_USER, RECORD_ITEM, RECORD_EVENT, RECORD_FRIENDSHIP };

struct attribute {
    struct slice name, value;
};

struct record {
    enum record_kind kind;
    int64_t line; /* in the source, from 1 */

    struct slice user;  /* USER: id · EVENT, FRIENDSHIP: who */
    struct slice item;  /* ITEM: id · EVENT: what */
    struct slice other; /* FRIENDSHIP: with whom */

    struct slice name;                  /* USER: name · ITEM: title; empty = says nothing */
    const struct attribute *attributes; /* any others, in the order of the source */
    int32_t n_attributes;

    /* EVENT */
    int64_t time;
    enum event_type type;
    double quantity; /* 1 where the source has none */
    double value;    /* NAN where absent */
};

/* Takes one record; false stops the source (error is filled). */
typedef bool record_sink(void *context, const struct record *record, struct error *error);

#endif

/* record.h - one fact on its way into a workspace: a user, an item, an event or a friendship.
 *
 * Parsers of other people's files and the shop generator produce records; the store's writer takes
 * them. Slices are borrowed for the duration of the call.
 */
#ifndef AISLE_RECORD_H
#define AISLE_RECORD_H

#include "aisle/dataset.h"

/* LISTED is a row of another engine's list: it becomes part of a run, not of the data. */
enum record_kind { RECORD_USER, RECORD_ITEM, RECORD_EVENT, RECORD_FRIENDSHIP, RECORD_LISTED };

struct attribute {
    struct slice name, value;
};

struct record {
    enum record_kind kind;
    int64_t line; /* in the source, from 1 */

    struct slice user;  /* USER: id · EVENT, FRIENDSHIP, LISTED: who */
    struct slice item;  /* ITEM: id · EVENT, LISTED: what */
    struct slice other; /* FRIENDSHIP: with whom */

    struct slice name; /* USER: name · ITEM: title · LISTED: engine; may be empty */
    const struct attribute *attributes; /* any others, in the order of the source */
    int32_t n_attributes;

    /* EVENT; LISTED has a rank as quantity and a score as value */
    int64_t time;
    enum event_type type;
    double quantity; /* 1 where the source has none */
    double value;    /* NAN where absent */
};

/* Takes one record; false stops the source (error is filled). */
typedef bool record_sink(void *context, const struct record *record, struct error *error);

#endif

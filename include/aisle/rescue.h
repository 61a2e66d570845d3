/* rescue.h - what can be read of a damaged workspace, as a new one.
 *
 * The damaged file is only read: a copy beside the new file is opened, each table is read around
 * the places that cannot be, rows that make no sense are left out, and whatever is counted or
 * searched is made anew from what was saved. Row numbers stay. Runs are taken along where users,
 * items and events are whole, for they speak of them by number; checkpoints never. */
#ifndef AISLE_RESCUE_H
#define AISLE_RESCUE_H

#include "aisle/error.h"
#include "aisle/progress.h"

#include <stdbool.h>
#include <stdint.h>

enum rescue_table {
    RESCUE_USERS,
    RESCUE_ITEMS,
    RESCUE_EVENTS,
    RESCUE_ATTRIBUTES, /* of users and items */
    RESCUE_FRIENDSHIPS,
    RESCUE_IMPORTS,
    RESCUE_RUNS,
    RESCUE_RULES,
    RESCUE_SCENARIOS,
    RESCUE_AUDIT,
    RESCUE_NOTES, /* settings, and what else has a name */
    RESCUE_TABLES
};

struct rescue_count {
    int64_t kept;
    int64_t bare;    /* of those kept: names, quantities or prices are lost */
    int64_t refused; /* read, but without sense */
    int64_t lost;    /* that a counter, where it can be read, says were there; else 0 */
    bool cut;        /* part of the table cannot be read: how much is not known */
};

struct rescue_report {
    struct rescue_count table[RESCUE_TABLES];
    bool whole; /* nothing at all is missing */
};

const char *rescue_table_name(enum rescue_table table);

/* `to` must not exist. On failure there is no new file. */
bool workspace_rescue(const char *from, const char *to, struct rescue_report *report,
                      struct progress *progress, struct error *error);

#endif

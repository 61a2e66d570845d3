/* repeats.h - events that an earlier file or an earlier import has brought already: the same user,
 * item, time, type and quantity. Weekly exports that grow, a copy beside the file, one month twice.
 *
 * A file is compared with what was there before it and never with itself: two equal lines of one
 * order are two. Memory is 16 to 32 bytes an event.
 */
#ifndef AISLE_EXCHANGE_REPEATS_H
#define AISLE_EXCHANGE_REPEATS_H

#include "aisle/record.h"
#include "exchange/seen.h"

struct repeats {
    bool active;
    struct seen before, here; /* of earlier files; of this one */
};

/* *repeats = the event was there before this file. */
bool repeats_check(struct repeats *repeats, const struct record *record, bool *repeated,
                   struct error *error);
/* An event that is in the workspace. */
bool repeats_add_old(struct repeats *repeats, const struct record *record, struct error *error);
/* The file has ended; `kept` = its events are there from now on. */
bool repeats_end_file(struct repeats *repeats, bool kept, struct error *error);
void repeats_fini(struct repeats *repeats); /* allowed on a zeroed one */

#endif

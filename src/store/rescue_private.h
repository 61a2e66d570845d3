/* rescue_private.h - the parts of a rescue: reading around damage, and counting anew. */
#ifndef STORE_RESCUE_PRIVATE_H
#define STORE_RESCUE_PRIVATE_H

#include "writer_private.h"

#include "aisle/rescue.h"

struct rescue {
    sqlite3 *from; /* a copy of the damaged file */
    const char *path;
    struct writer *writer; /* of the new one */
    struct rescue_report *report;
    struct progress *progress;
    int64_t rows_bound; /* no table has more */
    int64_t row_bound;  /* no user or item has a higher number */
};

/* Copies all tables but what is counted or searched. */
bool rescue_tables(struct rescue *rescue, struct error *error);
/* Counters, months and search words of the new file from its rows. */
bool rescue_settle(struct rescue *rescue, struct error *error);

#endif

/* given.h - rows of other engines' lists, gathered until they become runs of kind `external`.
 *
 * Users and items are those of the workspace: rows that name others are counted and left out. Each
 * engine named in the rows becomes a run; memory is 24 bytes a row.
 */
#ifndef AISLE_EXCHANGE_GIVEN_H
#define AISLE_EXCHANGE_GIVEN_H

#include "aisle/dataset.h"
#include "aisle/record.h"
#include "aisle/workspace.h"

struct given_engine;

struct given {
    const struct dataset *dataset; /* retained; NULL until the first row */
    struct given_engine *engines;
    int32_t n_engines;
    int64_t left_out; /* rows */
};

/* One row: record of kind RECORD_LISTED. The reader builds the dataset when the first one comes. */
bool given_add(struct given *given, struct reader *reader, const struct record *record,
               struct error *error);
/* Saves and activates a run for each engine, in the writer's transaction; forgets the rows. */
bool given_save(struct given *given, struct writer *writer, struct error *error);
void given_fini(struct given *given); /* allowed on a zeroed one */

#endif

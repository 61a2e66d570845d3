/* stock_note.h - what could not be had when a run was trained, kept with the workspace: attributes
 * have no past, and a list of then is asked about. */
#ifndef JOB_STOCK_NOTE_H
#define JOB_STOCK_NOTE_H

#include "aisle/workspace.h"

bool stock_note_write(struct writer *writer, int64_t run, const struct dataset *dataset,
                      struct error *error);
/* *items (n) ascending, malloc'ed; NULL where nothing was noted. */
bool stock_note_read(struct reader *reader, int64_t run, int32_t **items, int32_t *n,
                     struct error *error);

#endif

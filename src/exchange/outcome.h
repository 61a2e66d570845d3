/* outcome.h - what an import tells in the end: files, reasons, and the file of rejected rows. */
#ifndef AISLE_EXCHANGE_OUTCOME_H
#define AISLE_EXCHANGE_OUTCOME_H

#include "aisle/export.h"
#include "aisle/import.h"

struct outcome {
    struct import_result *result;
    struct file_sink rejects;
    bool writes_rejects;
    bool failed; /* memory, or the rejects file: `error` says which */
    struct error error;
};

bool outcome_open(struct outcome *outcome, struct import_result *result,
                  const struct file_target *rejects, struct error *error);
/* Gives the rejects file its name, also when the import failed: the rows are what one wants to see.
 * An outcome that wrote less than it should returns false. */
bool outcome_close(struct outcome *outcome, struct error *error);

/* Counts a bad row and writes it as `FILE:LINE: reason: row`. */
void outcome_reject(struct outcome *outcome, const char *file, int64_t line, const char *reason,
                    struct slice row);

#endif

/* privacy.h - what of other people is shown where a list is explained.
 *
 * With privacy on, everybody but the shopper asked about is a pseudonym, and the parts of a receipt
 * that rest on fewer than `min` people are summed in one line, until they are revealed; who
 * revealed whom stands in the audit log. The settings belong to the workspace. */
#ifndef JOB_PRIVACY_H
#define JOB_PRIVACY_H

#include "pseudonymise.h"

#include "aisle/receipt.h"
#include "aisle/workspace.h"

struct privacy {
    bool on;
    int32_t min;                        /* 5 where nothing was set */
    struct pseudonymiser pseudonymiser; /* on as privacy is; a key of the workspace */
};

bool privacy_read(struct reader *reader, struct privacy *privacy, struct error *error);
/* on, least: -1 leaves as it is. What changes is an entry of the log that can be taken back. */
bool privacy_set(struct workspace *workspace, struct reader *reader, int on, int32_t min,
                 struct error *error);
/* Notes in the log that somebody looked: `what` ("neighbors", "explain i7") of the user `whom`. */
bool privacy_reveal(struct workspace *workspace, const char *what, const char *whom,
                    struct error *error);
/* Sums what rests on too few people; nothing while privacy is off. */
bool privacy_guard(const struct privacy *privacy, struct receipt *receipt, struct error *error);

#endif

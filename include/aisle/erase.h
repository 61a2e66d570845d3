/* erase.h - removing a person from a workspace, and proving that they are gone.
 *
 * Erasing is three steps: writer_erase() in a transaction, workspace_scrub() so that no byte
 * remains in pages that are free, in the search index or in the log, and training anew what was
 * trained on them (job/erasure.c does all three). Runs of models that can be trained again in
 * little time are deleted with their bodies; a run of attention stays and says that it still holds
 * them.
 */
#ifndef AISLE_ERASE_H
#define AISLE_ERASE_H

#include "aisle/runs.h"

struct erased {
    int64_t events, friendships, attributes, rules, scenarios;
    int32_t runs;      /* deleted */
    int32_t holding;   /* that stay and hold the person until trained again */
    int32_t n_again;   /* active ones among the deleted: to be trained again */
    struct run *again; /* (n_again) owned: free() */
};

/* Everything that is known of the user with this id. `keep` names the kind of model whose runs
 * stay. ERROR_MISSING where there is no such user. */
bool writer_erase(struct writer *writer, struct slice id, const char *keep, struct erased *erased,
                  struct error *error);
/* Rewrites the file from what is alive and empties the log. Needs room for a second copy, and no
 * other program that reads. */
bool workspace_scrub(struct workspace *workspace, struct error *error);

struct erase_proof {
    int64_t rows;      /* of any table that name the user or their row: must be 0 */
    int64_t bytes;     /* places in the file and its log where the bytes of the id stand */
    int64_t elsewhere; /* living texts that contain those bytes: another id, a title */
    int32_t holding;   /* runs that hold erased people */
    int32_t stopped;   /* trainings that were stopped before somebody was erased: must be 0 */
    bool searched;     /* the id is long enough for its bytes to say anything (4 and more) */
    bool proven;       /* no rows, no such training, and no bytes but those of living texts */
};
bool workspace_prove_erased(struct reader *reader, struct slice id, struct erase_proof *proof,
                            struct error *error);

#endif

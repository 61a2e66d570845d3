/* rephrase.h - the sentence of a receipt in another tone, by a generator that cannot lie.
 *
 * The generator writes around what the receipt says and never sees it: [1] stands in its place, so
 * nothing in the data can steer it. Its answer is taken only where it has "because [1]" once and
 * brings no number, month, title, name or promise of its own; then the clause is put in as it is.
 * What fails is refused and counted, and the sentence stays the one of reason.h.
 */
#ifndef JOB_REPHRASE_H
#define JOB_REPHRASE_H

#include "language/generator.h"
#include "reason.h"

/* Whether an answer may be shown. `why` (may be NULL) says what it fails by. */
bool rephrase_check(const struct dataset *dataset, struct slice answer, struct error *why);

/* Appends the sentence with the clause (reason_clause()) in the tone ("friendly"). *refused counts
 * the answers that failed, at most REPHRASE_TRIES; when all did, nothing is appended and `why` says
 * what the last failed by. Returns false, after filling error, only where the generator itself
 * failed. */
enum { REPHRASE_TRIES = 3 };
bool rephrase(const struct generator *generator, const struct dataset *dataset, const char *tone,
              struct slice clause, const struct progress *progress, struct text *out, int *refused,
              struct error *why, struct error *error);

#endif

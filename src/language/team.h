/* team.h - threads that stay, for work that comes in many pieces of some ten microseconds.
 *
 * parallel_for() makes its threads anew at each call, which costs more than one matrix of a small
 * decoder. A team's threads look for work for a moment after the last, then sleep. One thread at a
 * time gives it work.
 */
#ifndef LANGUAGE_TEAM_H
#define LANGUAGE_TEAM_H

#include "aisle/error.h"

#include <stddef.h>

struct team;

/* `threads` in all, the caller's own among them; fewer where they cannot be made. */
struct team *team_new(int threads, struct error *error);
void team_free(struct team *team); /* NULL is allowed */
int team_size(const struct team *team);

/* block() over [0, n) in blocks of `grain`, as of parallel_for(); returns when all is done. */
typedef void team_block(void *context, size_t begin, size_t end, int worker);
void team_run(struct team *team, size_t n, size_t grain, team_block *block, void *context);

#endif

/* scenarios.h - what-ifs that were given a name, as a workspace keeps them.
 *
 * A scenario is a name and a body (JSON, job/changes.h) and says nothing of anybody in particular:
 * it is applied to whoever is asked about. The store does not know what a body means. Saving,
 * changing and deleting are rows of the audit log with before and after, and can be taken back from
 * there.
 */
#ifndef AISLE_SCENARIOS_H
#define AISLE_SCENARIOS_H

#include "aisle/workspace.h"

enum { SCENARIO_NAME_MAX = 80 }; /* bytes */

struct stored_scenario {
    char *name, *body; /* owned by the list */
    char author[64];   /* of the last change */
    int64_t at;
};

/* By name. scenarios_free() frees. */
bool scenarios_list(struct reader *reader, struct stored_scenario **scenarios, int32_t *n,
                    struct error *error);
void scenarios_free(struct stored_scenario *scenarios, int32_t n);
/* Appends the body; ERROR_MISSING where there is none of that name. */
bool scenario_find(struct reader *reader, struct slice name, struct text *body,
                   struct error *error);

/* A new one, or the body of one that is there. ERROR_USAGE for a name that cannot be. */
bool scenario_save(struct writer *writer, struct slice name, const char *body, struct error *error);
bool scenario_delete(struct writer *writer, struct slice name, struct error *error);

#endif

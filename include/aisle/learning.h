/* learning.h - when the served attention model goes on learning by itself: after so many new
 * events, while the workbench is open or `ingest` runs. Off until somebody turns it on. The setting
 * belongs to the workspace; a change of it is an entry of the log that can be taken back.
 */
#ifndef AISLE_LEARNING_H
#define AISLE_LEARNING_H

#include "aisle/finetune.h"

struct learning {
    int64_t after; /* events; 0 = never by itself */
    double margin; /* by how much NDCG@10 may be worse before the new run is rejected */
};

bool learning_read(struct reader *reader, struct learning *learning, struct error *error);
/* after, margin: negative leaves as it is. */
bool learning_set(struct workspace *workspace, struct reader *reader, int64_t after, double margin,
                  struct error *error);

/* Events that have come since the newest run of the kind, a rejected one included: what was tried
 * is not tried again before more has come. -1 where none is served. */
bool learning_behind(struct reader *reader, const char *kind, int64_t *behind, struct error *error);

/* job_finetune() with the setting's margin, if it is still due when its turn comes. */
int64_t job_learn(struct job_queue *queue, struct error *error);

#endif

/* whynot.h - the question "why not" put to everything that is being served, and its answer in
 * words, the same on screen and on the command line. */
#ifndef JOB_WHYNOT_H
#define JOB_WHYNOT_H

#include "report.h"

#include "aisle/engine.h"
#include "aisle/whynot.h"

/* Asks the serving's model and the active run of every other kind. question's dataset, shopper,
 * changes, item and options are given; the parties are found here. */
struct whynot *whynot_ask(struct engine *engine, struct reader *reader,
                          const struct serving *serving, struct whynot_request *request,
                          struct progress *progress, struct error *error);
/* The stages in order, then what pulls it down, then what would bring it in. */
void whynot_describe(const struct whynot *whynot, const struct dataset *dataset,
                     struct report *report);

#endif

/* shopper_options.h - who is asked about, and the model that serves them: USER or --new, --as-of,
 * and what makes them another one: --scenario, --with, --without,
 * --return, --rate, --attribute, --words. */
#ifndef CLI_SHOPPER_OPTIONS_H
#define CLI_SHOPPER_OPTIONS_H

#include "command.h"

#include "aisle/past.h"
#include "job/changes.h"

struct question {
    struct serving serving;
    struct shopper *shopper;
    int64_t as_of;
    struct past past;      /* what of the shop could be taken back to then */
    const char *user;      /* as it was written; NULL = somebody new */
    const char **argument; /* what follows the user */
    /* What makes the shopper another one than the user is: as it was said, as indexes, and as
     * others take it (points into what_if). */
    const struct call *call; /* whose options named scenarios */
    struct changes said;
    struct what_if what_if;
    struct shopper_changes changes;
    struct shopper *before; /* without changes; NULL where there are none */
};

/* Opens the workspace, serves -m MODEL and makes the shopper of the first argument (of none with
 * --new); false after telling. Finish it in either case; never copied: changes points inside. */
bool question_init(struct question *question, struct call *call, int *status);
void question_fini(struct question *question);
/* Lists as the shop wants them, with --plain as the model gives them; rules go by --as-of or now.
 */
struct feed_options question_feed(const struct question *question, const struct call *call,
                                  int32_t length);
json_t *question_user_json(const struct question *question); /* null for somebody new */
/* Index of an item in the dataset by external id; -1 after telling. */
int32_t question_item(const struct dataset *dataset, const char *id, int *status);
/* --attribute NAME=VALUE as value indexes (room for CALL_MAX); -1 after telling. */
int32_t question_attributes(const struct call *call, const struct dataset *dataset, int32_t *values,
                            int *status);
/* The changes that the options make, scenarios among them, in their order. call->reader is open. */
bool question_changes(const struct call *call, const struct dataset *dataset,
                      struct changes *changes, int *status);
/* {"scenarios":["rain"],"changes":[{"with":"i9","strength_before":0,"strength":1}]}: each change
 * with what its item counts before and after. NULL where there are none (of use with "o*"). And
 * the same as a line. */
json_t *question_what_if_json(const struct question *question);
void question_print_what_if(const struct question *question);
json_t *scenarios_named(const struct call *call); /* by --scenario; NULL where none is */
json_t *what_if_change_json(const struct change *change);
int32_t question_user(const struct dataset *dataset, const char *id, int *status);

#endif

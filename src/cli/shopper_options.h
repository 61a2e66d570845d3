/* shopper_options.h - who is asked about, and the model that serves them: USER or --new, --as-of,
 * --with, --without, --attribute, --words. */
#ifndef CLI_SHOPPER_OPTIONS_H
#define CLI_SHOPPER_OPTIONS_H

#include "command.h"

struct question {
    struct serving serving;
    struct shopper *shopper;
    int64_t as_of;
    const char *user;      /* as it was written; NULL = somebody new */
    const char **argument; /* what follows the user */
    /* What makes the shopper another one than the user is; points into the arrays below. */
    struct shopper_changes changes;
    int32_t with[CALL_MOST], without[CALL_MOST], values[CALL_MOST];
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
/* --attribute NAME=VALUE as value indexes (room for CALL_MOST); -1 after telling. */
int32_t question_attributes(const struct call *call, const struct attributes *known,
                            int32_t *values, int *status);
int32_t question_user(const struct dataset *dataset, const char *id, int *status);

#endif

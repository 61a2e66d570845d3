/* shopper_options.h - USER, --as-of, --with, --without as a shopper, and the model that serves it.
 */
#ifndef CLI_SHOPPER_OPTIONS_H
#define CLI_SHOPPER_OPTIONS_H

#include "command.h"

struct question {
    struct serving serving;
    struct shopper *shopper;
    int64_t as_of;
};

/* Opens the workspace, serves -m MODEL and makes the shopper of the first argument; false after
 * telling. Finish it in either case. */
bool question_init(struct question *question, struct call *call, int *status);
void question_fini(struct question *question);
/* Index of an item in the dataset by external id; -1 after telling. */
int32_t question_item(const struct dataset *dataset, const char *id, int *status);
int32_t question_user(const struct dataset *dataset, const char *id, int *status);

#endif

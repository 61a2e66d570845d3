/* diff.h - what changed between then and now in people's lists, and by what.
 *
 * Then and now differ in four things, and they are changed one after the other: the shopper's
 * events, the model, the rules, the stock. A list that is different after a step was moved by it.
 * What was in stock is known of the moments at which runs were trained; of others it is taken as it
 * is now, and moves nothing.
 */
#ifndef AISLE_DIFF_H
#define AISLE_DIFF_H

#include "aisle/audience.h"
#include "aisle/compare.h"

enum diff_step { DIFF_EVENTS, DIFF_MODEL, DIFF_RULES, DIFF_STOCK, DIFF_STEPS };
const char *diff_step_name(enum diff_step step); /* "events", "model", "rules", "stock" */

struct diff_state {
    const struct model *model;
    const struct dataset
        *dataset; /* both are the newest data, each as its model counts strengths */
    const struct pipeline *pipeline; /* rules of the time, with the stock of then */
    int64_t at;                      /* moment: events after it are not in; rules go by it */
};

struct diff_request {
    struct diff_state then, now;
    const struct pipeline *stocked; /* of now, with the stock of now */
    int32_t length;                 /* of the lists */
};

/* The lists from then to now: [0] then, [s + 1] after step s. The caller frees each, also those
 * that are not NULL after a failure. */
bool diff_lists(const struct diff_request *request, int32_t user,
                struct feed *lists[DIFF_STEPS + 1], struct error *error);
/* The steps (bits) after which the item stands elsewhere, or the rows as a whole (item -1). */
unsigned diff_steps_of(struct feed *const lists[DIFF_STEPS + 1], int32_t item);

/* The cause of a row that moved: what leaves it out of the one list, else the last step that moved
 * it. */
void diff_why(const struct diff_request *request, struct feed *const lists[DIFF_STEPS + 1],
              int32_t user, int32_t item, struct compare_why *why);

enum { DIFF_MAX = 20 };

struct diff_member {
    int32_t user;
    double rbo; /* rank-biased overlap of then and now */
    unsigned steps;
};

struct diff_item {
    int32_t item;
    int32_t left, entered;  /* lists */
    int32_t by[DIFF_STEPS]; /* of them, where this step did it */
};

struct diff {
    int32_t users, asked, changed;
    int32_t by[DIFF_STEPS]; /* lists that the step changed; a list may be changed by several */
    double rbo;             /* mean over those asked */
    struct diff_member moved[DIFF_MAX]; /* least alike first */
    int32_t n_moved;
    struct diff_item items[DIFF_MAX]; /* most lists first */
    int32_t n_items;
};

/* All users, or as many as `seconds` give time for (0 = all). */
bool diff_measure(const struct diff_request *request, double seconds, uint64_t seed, int threads,
                  struct diff *diff, struct progress *progress, struct error *error);

#endif

/* feed_view.h - the list a user gets, and the receipt of the row in sight beside it.
 *
 *   feed_view.c  life, keys     feed_ask.c  what it asks the loader     feed_draw.c  drawing
 */
#ifndef AISLE_UI_FEED_VIEW_H
#define AISLE_UI_FEED_VIEW_H

#include "app.h"

#include <stdatomic.h>

/* One answer of the models lane, shared between the view and requests about it. Immutable. */
struct feed_bundle {
    atomic_int references;
    struct serving serving;
    struct shopper *shopper;
    struct feed *feed;
    double milliseconds; /* to make the list */
};
void feed_bundle_release(struct feed_bundle *bundle); /* NULL is allowed */

/* A line of the receipt as it is unfolded. */
struct receipt_line {
    const struct receipt *node;
    int depth;
};

struct feed_view {
    struct view view;
    int64_t key;
    char id[256];
    char model[24]; /* "" = the best that is served */
    struct feed_bundle *bundle;
    struct error error;
    bool asked;

    int32_t cursor, top;
    int rows, columns;
    bool in_receipt; /* the keys go to the receipt */

    struct receipt *receipt;
    int32_t receipt_item, receipt_asked; /* -1 = none */
    struct receipt_line *lines;
    int32_t n_lines, line, line_top;
    const struct receipt **open; /* nodes that are unfolded */
    int32_t n_open, open_room;
    bool open_when_loaded;
};

void feed_ask(struct feed_view *feed);
void feed_ask_receipt(struct feed_view *feed, int32_t item);
void feed_unfold(struct feed_view *feed); /* lines from the receipt and what is open */
bool feed_is_open(const struct feed_view *feed, const struct receipt *node);
void feed_draw(const struct view *view, struct grid *grid, struct area area);
/* Whether list and receipt stand side by side at this width. */
bool feed_side_by_side(int columns);
int32_t feed_item(const struct feed_view *feed); /* of the selected row, or -1 */

#endif

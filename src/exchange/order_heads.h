/* order_heads.h - orders whose lines stand in another file: who ordered, when, and whether it came
 * to a sale. Lines find them by the number of the order. Memory is the ids and some 100 bytes an
 * order. */
#ifndef AISLE_EXCHANGE_ORDER_HEADS_H
#define AISLE_EXCHANGE_ORDER_HEADS_H

#include "aisle/error.h"
#include "aisle/text.h"

struct order_heads;

struct order_head {
    struct slice user;
    int64_t time;       /* or MOMENT_NONE */
    const char *unsold; /* constant: why the order is no sale ("order cancelled"), or NULL */
};

struct order_heads *order_heads_new(struct error *error);
void order_heads_free(struct order_heads *heads); /* NULL is allowed */
/* An order that is there already keeps what was said first. */
bool order_heads_add(struct order_heads *heads, struct slice order, const struct order_head *head,
                     struct error *error);
/* False where there is no such order. Slices live as long as the heads. */
bool order_heads_find(const struct order_heads *heads, struct slice order, struct order_head *head);

#endif

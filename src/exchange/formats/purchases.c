/* purchases.c - tables of events, users, items and friends: any CSV or TSV whose header says which
 * column is which (table.c reads them all). */
#include "exchange/format.h"

static enum part purchases_recognise(const struct sample *sample)
{
    const enum part part = table_part(sample);

    return part == PART_EVENTS || part == PART_ORDERS ? part : PART_NONE;
}

static enum part users_recognise(const struct sample *sample)
{
    return table_part(sample) == PART_USERS ? PART_USERS : PART_NONE;
}

static enum part items_recognise(const struct sample *sample)
{
    return table_part(sample) == PART_ITEMS ? PART_ITEMS : PART_NONE;
}

static enum part friends_recognise(const struct sample *sample)
{
    return table_part(sample) == PART_FRIENDS ? PART_FRIENDS : PART_NONE;
}

const struct format format_purchases = { "purchases", PART_EVENTS, purchases_recognise, table_read,
                                         table_understand };
const struct format format_users = { "users", PART_USERS, users_recognise, table_read,
                                     table_understand };
const struct format format_items = { "items", PART_ITEMS, items_recognise, table_read,
                                     table_understand };
const struct format format_friends = { "friends", PART_FRIENDS, friends_recognise, table_read,
                                       table_understand };

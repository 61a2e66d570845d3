/* report_shop.h - a generated shop in memory, for tests that ask what it is like. */
#ifndef TESTS_TOLD_SHOP_H
#define TESTS_TOLD_SHOP_H

#include "aisle/shop.h"

struct report_item {
    char title[160], kind[64], category[64], maker[64];
    int64_t added; /* midnight */
    double price;  /* NAN where it has none */
    int32_t stock; /* -1 likewise */
    bool active, described;
};

struct report_user {
    char name[96], region[48], segment[24], gender[12];
    int32_t age;
    int64_t joined; /* midnight */
};

struct report_event {
    int64_t time;
    int32_t user, item; /* from 0 */
    enum event_type type;
    double quantity, value;
};

struct report_shop {
    struct report_item *items;
    struct report_user *users;
    struct report_event *events;
    int32_t (*friends)[2];
    int64_t n_items, n_users, n_events, n_friends, max_events;
    uint64_t checksum;  /* of every byte of every record, in order */
    int32_t unreadable; /* attributes that do not parse, texts that are not UTF-8 */
    enum record_kind last;
    bool ordered; /* items, users, friendships, events, each from 1 on without a gap */
};

/* False with the generator's sentence. */
bool report_shop_make(struct report_shop *shop, const struct shop_options *options,
                      struct error *error);
void report_shop_fini(struct report_shop *shop);

#endif

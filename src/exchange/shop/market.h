/* market.h - the shop at work: what it remembers of each user, and how a choice is made.
 *
 * A user costs about 80 bytes whatever they buy: what they have bought is a Bloom filter (B. H.
 * Bloom 1970, one hash), what they will need is four appointments. The filter can only say "seems
 * bought already" of something new, and then something else is bought.
 */
#ifndef AISLE_MARKET_H
#define AISLE_MARKET_H

#include "exchange/shop/simulation.h"

enum { APPOINTMENTS = 4, SEEN_WORDS = 4, NOBODY = -1, NOTHING = -1, NEVER = -1 };

/* Why somebody comes back on a day. */
enum why {
    DUE_NOTHING, /* a free place */
    DUE_FIRST,   /* their first visit */
    DUE_KIND,    /* something of a kind: filters for the machine */
    DUE_NEXT,    /* an item: the next volume */
    DUE_AGAIN,   /* an item: it is used up, or heard again */
    DUE_RETURN   /* an item: it goes back */
};

struct appointment {
    int32_t what; /* kind or item, as `why` says */
    int16_t day;
    uint8_t why;
    uint8_t times; /* AGAIN: how often so far */
};

struct customer {
    uint64_t seen[SEEN_WORDS];
    struct appointment due[APPOINTMENTS];
    int32_t earlier, later; /* neighbours in the list of `day` */
    int16_t day;            /* of the next appointment, or NEVER */
    uint8_t favourite[FAVOURITES];
    uint8_t tier;                          /* of price that is preferred */
    uint8_t gender, band, segment, region; /* as of a person */
};

/* Something that happens today; they are sorted by second, then by serial. */
struct happening {
    int32_t second, serial;
    int32_t user, item;
    uint8_t type, quantity;
    float value;
};

struct market {
    const struct simulation *simulation;
    struct rng rng;
    struct customer *customers; /* (users) */
    int32_t *cached;            /* (kinds) how many of a kind's items are there today */
    int32_t *by_rank;           /* (items) ordinals of each kind's items, most popular first */
    int32_t first_due[DAYS];    /* user who heads the list of a day, or NOBODY */
    int32_t day, items_there;
    struct happening *happenings; /* today's: (room) */
    int32_t n_happenings, capacity;
    int64_t made; /* events so far */
};

bool seen(const struct customer *customer, uint64_t what);
void see(struct customer *customer, uint64_t what);
uint64_t item_mark(int32_t item);
uint64_t kind_mark(int32_t kind);

/* A category for today, one of its aisles, a kind of the aisle: NOTHING where none is there. */
int32_t choose_category(struct market *market, int32_t user);
int32_t choose_aisle(struct market *market, int32_t user, int32_t category);
int32_t choose_kind(struct market *market, int32_t user, int32_t aisle);
/* An item of the kind that this user would take, or NOTHING. */
int32_t choose_item(struct market *market, int32_t user, int32_t kind);
/* How well it suits: 0 = not at all, 4 = in everything. */
int32_t suits(const struct market *market, int32_t user, int32_t item);

/* Notes that the user will come back (appointments.c). */
void appointments_make(struct market *market, int32_t user, struct appointment appointment);
/* Whether the user will come for more of a kind anyway. */
bool appointments_again(const struct market *market, int32_t user, int32_t kind);
/* Sorts the user into the list of the nearest day. */
void appointments_list(struct market *market, int32_t user);
void appointments_unlist(struct market *market, int32_t user);

/* One visit of a user at a second of today: fills happenings. False: no memory. */
bool visit(struct market *market, int32_t user, bool called);

#endif

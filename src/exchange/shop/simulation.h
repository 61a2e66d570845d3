/* simulation.h - the stage, a shop before its first visit: the calendar, every good and every
 * person's taste.
 *
 * All of it follows from the options and the word list. Goods and people are numbered in order of
 * arrival, so "is it there yet" is a comparison with a number that grows by the day. Nothing here
 * depends on the mathematics library: every choice is made with integers.
 */
#ifndef AISLE_STAGE_H
#define AISLE_STAGE_H

#include "exchange/shop/vocabulary.h"

#include "aisle/rng.h"
#include "aisle/shop.h"

enum { DAYS = 730, DAY = 86400, FAVOURITES = 4, STYLES = 8 };

/* What rng_init_stream() numbers its streams by: a purpose, then a user, item or circle. */
enum purpose { FOR_GOODS, FOR_PEOPLE, FOR_CIRCLES, FOR_FRIENDS, FOR_VISITS };
void simulation_stream(struct rng *rng, uint64_t seed, enum purpose purpose, int64_t number);
/* A number that is always the same for the same four. */
uint64_t simulation_hash(uint64_t seed, enum purpose purpose, int64_t a, int64_t b);

/* One item: which of its kind it is, and what a buyer compares. */
struct good {
    int32_t ordinal; /* among its kind, in order of arrival */
    int32_t cents;   /* 0 = has no price */
    uint16_t kind;
    uint8_t maker; /* which word of the kind's brands */
    uint8_t tier;  /* 0 cheap, 1 ordinary, 2 dear */
    uint8_t style; /* 0 .. STYLES - 1: what words do not say */
    uint8_t trait; /* which word of the kind's trait */
};

struct person {
    int32_t community;
    int32_t region, segment, band;
    int32_t gender; /* 0 female, 1 male, 2 does not say */
    int32_t age;
    int32_t joined; /* day of the history; negative = before it */
};

struct simulation {
    struct shop_options options;
    struct shop_vocabulary *vocabulary;
    int64_t first_day;         /* days since 1970 of day 0 */
    uint8_t month[DAYS];       /* 0 January */
    int64_t traffic[DAYS + 1]; /* sum of the weights of the days before */

    struct good *goods;  /* (items) */
    int32_t *of_kind;    /* (items) items by kind, in order of arrival */
    int32_t *kind_first; /* (kinds + 1) into of_kind */
    uint32_t *zipf;      /* (largest kind) cumulative weights of popularity ranks */

    int32_t communities;
    int32_t opened_items, last_items; /* there on day 0; never bought */
    int32_t opened_users, last_users; /* same; never buy */
};

bool simulation_make(struct simulation *simulation, const struct shop_options *options,
                     struct error *error);
void simulation_fini(struct simulation *simulation);

/* How many are there on a day: items that can be bought, users that can buy. */
int32_t simulation_items_on(const struct simulation *simulation, int32_t day);
int32_t simulation_users_on(const struct simulation *simulation, int32_t day);
/* The day on which one arrives: for the cold ones the last days, when nothing happens to them. */
int32_t simulation_item_day(const struct simulation *simulation, int32_t item);
int32_t simulation_user_day(const struct simulation *simulation, int32_t user);

/* Goods as records (goods.c). */
bool goods_make(struct simulation *simulation, struct error *error);
bool goods_send(const struct simulation *simulation, record_sink *sink, void *context,
                struct progress *progress, struct error *error);

/* People (people.c): who somebody is, the same whenever it is asked. */
struct person person_of(const struct simulation *simulation, int32_t user);
bool people_send(const struct simulation *simulation, record_sink *sink, void *context,
                 struct progress *progress, struct error *error);

/* Circles (communities.c): people who know each other and resemble each other. */
int32_t community_of(const struct simulation *simulation, int32_t user);
bool circles_send(const struct simulation *simulation, record_sink *sink, void *context,
                  struct progress *progress, struct error *error);

/* Tastes (tastes.c). `weight` times the percentages that an appeal has for somebody; at least 1. */
uint32_t taste_liking(const struct appeal *appeal, const struct person *person, int32_t weight);
/* A person's favourite categories, most liked first. */
void taste_favourites(const struct simulation *simulation, int32_t user,
                      uint8_t favourite[FAVOURITES]);
/* Which of n alternatives with these weights a hash or a draw below their sum means. */
int32_t weighted(const uint32_t *weight, int32_t n, uint64_t draw);

/* Visits (visits.c): what happens. */
bool visits_send(const struct simulation *simulation, record_sink *sink, void *context,
                 struct progress *progress, struct error *error);

/* Decimal digits; returns the text as a slice of `capacity`. */
struct slice simulation_digits(int64_t number, char capacity[24]);

#endif

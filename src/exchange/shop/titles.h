/* titles.h - words for one good of a kind: the title, and what is said about it. */
#ifndef AISLE_TITLES_H
#define AISLE_TITLES_H

#include "exchange/shop/vocabulary.h"

/* The words of the good's slots. Goods of one kind differ in title: their ordinal is written in
 * the mixed radix of the slots, spread so that neighbours look different; an edition number
 * follows when the combinations are used up. In a series, one title is numbered through. */
struct wording {
    const struct shop_vocabulary *vocabulary;
    const struct kind *kind;
    uint64_t hash;            /* of the good: chooses words that the title does not hold */
    int32_t digit[MAX_PARTS]; /* word of each slot of the title */
    int64_t edition;          /* 0, or the number of times that the combinations were used up */
    int32_t number;           /* in the series, from 1 */
};

void wording_init(struct wording *wording, const struct shop_vocabulary *vocabulary,
                  const struct kind *kind, int32_t ordinal, uint64_t seed);
void wording_title(const struct wording *wording, struct text *text);
void wording_about(const struct wording *wording, struct text *text);
/* The word that the good has of a list: the title's where the list is in it. */
int32_t wording_word(const struct wording *wording, int32_t list);

#endif

/* sentence.h - an event as a sentence, written and read back to the same event.
 *
 *   User 123 bought item 456 at 2021-01-01 00:00:00.
 *   User 123 bought 6 of item 456 for 2.55 each at 2021-01-01 00:00:00.
 *   User 123 returned item 456 at …      User 123 rated item 456 4.5 at …
 *   User 123 played item 456 13883 times at …
 *   User 123 viewed item 456 at …        User 123 added item 456 to the cart at …
 *
 * "N of" stands where the quantity is not 1, "for V each" where there is a unit price, "at …" where
 * there is a time. Words are split by one blank. An id that would not be one word - it holds a
 * blank, a control byte or a quote, or is empty - is written in quotes, with \" \\ \n \r \t and
 * \xHH inside; every other byte stands as it is, so ids come back byte for byte.
 */
#ifndef AISLE_EXCHANGE_SENTENCE_H
#define AISLE_EXCHANGE_SENTENCE_H

#include "aisle/record.h"

/* Without an end of line. */
void sentence_add(struct text *out, struct slice user, struct slice item,
                  const struct event *event);
/* NULL when read, else why not. The ids are borrowed from `line`, or from `user` and `item`,
 * buffers of the caller. */
const char *sentence_parse(struct slice line, struct text *user, struct text *item,
                           struct record *record);

/* The id in front of the rest, in quotes or up to a blank; false where there is none. */
bool word_take(struct slice *rest, struct text *buffer, struct slice *id);

/* An id as a word, quoted where it has to be. */
void word_add(struct text *out, struct slice id);

#endif

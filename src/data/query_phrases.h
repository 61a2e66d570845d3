/* query_phrases.h - words of questions that mean something of their own, in several languages.
 */
#ifndef DATA_QUERY_PHRASES_H
#define DATA_QUERY_PHRASES_H

#include "text_query.h"

enum phrase {
    PHRASE_NONE,
    PHRASE_AT_MAX,  /* "under" NUMBER */
    PHRASE_AT_MIN,  /* "over" NUMBER */
    PHRASE_BETWEEN, /* "between" NUMBER "and" NUMBER */
    PHRASE_FOR,     /* "for" NUMBER CURRENCY */
    PHRASE_NOT,     /* "without" WORD */
    PHRASE_BY,      /* "by" VALUE */
    PHRASE_NEW
};

/* How many of the words (folded, n of them) a phrase of this kind takes that begins at the first:
 * the longest; 0 = none does. */
int32_t phrase_takes(enum phrase phrase, const struct slice *words, int32_t n);
bool phrase_is_currency(struct slice word); /* folded */
bool phrase_is_range(struct slice word);    /* "and", "to", "bis", … between two numbers */
bool phrase_is_article(struct slice word);
bool phrase_is_colour(struct slice word);
bool phrase_is_or(struct slice word);     /* one more word that is refused */
bool phrase_is_degree(struct slice word); /* "too", "very", "any": between "not" and its word */
/* Words that ask for nothing in this language. */
bool phrase_is_filler(struct slice word, enum language language);
/* Whether only this language has the word, among those told apart. */
bool phrase_tells(struct slice word, enum language language);

/* A refusal in a script without blanks that begins the text: its bytes; 0 = there is none. */
size_t phrase_refuses(struct slice text);
/* A bound that begins the text: behind a number ("元以下") or before it ("低于"). Its bytes, 0 =
 * there is none; *phrase is PHRASE_AT_MOST or PHRASE_AT_LEAST. */
size_t phrase_bound(struct slice text, bool behind, enum phrase *phrase);

#endif

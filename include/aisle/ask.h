/* ask.h - a prompt, answered with items.
 *
 * A prompt is a line of the training corpus that somebody began, or free text:
 *
 *   User 123 is interested in the following items:
 *   User 123 wants a warm jacket for a child
 *   something for espresso
 *   User 9 bought item 4 at 2021-01-01 00:00:00. User 9 is interested in the following items:
 *
 * Sentences of purchases become what-ifs (those that the data has already change nothing), a user
 * becomes the shopper, and what is left is read as words. Prices, brands and other values, what is
 * new and what is refused become filters ("under 20 euro", "by Fellnase", "not scary"); the other
 * words are matched with titles and attributes, and the shopper's taste decides among what matches
 * alike. A model that reads words answers itself where it is named. The answer says which it was,
 * which filters hold, and which words nothing in the shop is about: where that is all of them, the
 * list is empty. Where an encoder is set up (language.h), words are understood by their meaning.
 */
#ifndef AISLE_ASK_H
#define AISLE_ASK_H

#include "aisle/engine.h"

struct ask_prompt {
    int32_t user;        /* index, or -1: nobody, or somebody whom only the prompt knows */
    struct text user_id; /* as it was written; empty where no user is named */
    struct text words;   /* what is asked for; empty where nothing is */
    int32_t n_with;      /* purchases of the prompt, in order of time */
    int32_t *with;
    int64_t *with_time;
};

/* ERROR_MISSING where the prompt names an item that is not there, or clearly a user who is not. */
bool ask_parse(struct ask_prompt *prompt, const struct dataset *dataset, struct slice text,
               struct error *error);
void ask_prompt_fini(struct ask_prompt *prompt);

enum ask_method {
    ASK_LIST,    /* nothing was asked for: the shopper's list */
    ASK_READ,    /* the model that was named read the words */
    ASK_MATCHED, /* matched by titles and attributes, behind filters */
    ASK_UNKNOWN  /* no item has such words: the list is empty */
};

const char *ask_method_name(enum ask_method method); /* "list", "read", "matched", "unknown" */

struct ask_options {
    const char *model; /* NULL = the best that is served gives the taste beside the words */
    int32_t length;
    int64_t as_of;         /* MOMENT_NONE = now */
    int64_t now;           /* the day for rules where as_of is not given; 0 = the clock's */
    const int32_t *values; /* attributes, as in struct shopper_changes */
    int32_t n_values;
    const int32_t *without; /* what-ifs beside the prompt's purchases, as in shopper_changes too */
    int32_t n_without;
    const struct event *what_if;
    int32_t n_what_if;
    const int32_t *drop; /* filters that do not count, by their numbers from 1; 0 = none counts */
    int32_t n_drop;
};

struct ask_list { /* texts, owned */
    int32_t n;
    char **text;
};

struct ask_answer {
    enum ask_method method;
    struct serving serving; /* the run that answers, or gives the tastes beside the match */
    struct model *model;    /* that made the list: the serving's, or the match */
    struct shopper *shopper;
    struct feed *feed;
    struct text matched;            /* ASK_MATCHED: the words that items have, split by ", " */
    struct ask_list filters;        /* in force: "price<=20", "brand=Fellnase", "without chicken" */
    struct ask_list words;          /* that items have, as they were asked */
    struct ask_list not_understood; /* words that no item has and, with an encoder, nobody has */
    char encoder[64];               /* that read their meaning; "" = none is set up */
    bool encoded;                   /* the catalogue was encoded for this answer */
    bool foreign;                   /* the question is not in the language that it reads */
    int32_t stale;                  /* items that are not encoded as they are now */
};

/* The prompt was parsed with `dataset` or an older one. */
bool ask_answer(struct ask_answer *answer, struct engine *engine, struct reader *reader,
                const struct ask_prompt *prompt, const struct ask_options *options,
                struct progress *progress, struct error *error);
void ask_answer_fini(struct ask_answer *answer); /* allowed on a zeroed one */
/* How the list was made, in one sentence; text as in the data. */
void ask_describe(const struct ask_answer *answer, struct text *out);

/* What the shopper may buy next: `n` items drawn one after the other, each from
 * p(i) ∝ exp(score(i) / temperature), or score(i)^(1/temperature) where scores are no logits;
 * temperature 0 takes the best. What the shopper has is not drawn. */
struct ask_next {
    int32_t item;
    int64_t time;       /* MOMENT_NONE where the data has no times */
    double probability; /* among all that could be drawn, at temperature 1 */
};
/* Fills next (room for n) and *found, fewer where nothing is left. A gap in time is drawn from an
 * exponential with the mean of the shopper's own gaps. The same seed gives the same. */
bool ask_continue(const struct ask_answer *answer, int32_t n, double temperature, uint64_t seed,
                  struct ask_next *next, int32_t *found, struct progress *progress,
                  struct error *error);
/* Appends "User 123 bought item 456 at 2021-01-01 00:00:00."; nobody is called "new". */
void ask_sentence(const struct ask_answer *answer, const struct ask_prompt *prompt,
                  const struct ask_next *next, struct text *out);

#endif

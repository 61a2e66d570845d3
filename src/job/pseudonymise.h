/* pseudonymise.h - people as pseudonyms: the same person is always called the same, and without the
 * key nobody gets back from the pseudonym to the person. Masked is what is shown, copied and
 * exported; underneath, ids stay what they are, so that everything goes on working. */
#ifndef JOB_PSEUDONYMISE_H
#define JOB_PSEUDONYMISE_H

#include "aisle/text.h"

#include <stdbool.h>
#include <stdint.h>

struct pseudonymiser {
    bool on;
    bool items; /* items are accounts of people: pseudonyms as well */
    bool texts; /* what somebody wrote for others to read (why a rule is there) is not shown either
                 */
    uint64_t key[2]; /* secret, one per workspace */
};

/* Append the id (the name) of a person, or what stands for it. mask may be NULL. */
void pseudonym_id(const struct pseudonymiser *pseudonymiser, struct slice id, struct text *out);
void pseudonym_name(const struct pseudonymiser *pseudonymiser, struct slice id, struct slice name,
                    struct text *out);
/* The same of an item: what it is unless items are people. */
void pseudonym_item_id(const struct pseudonymiser *pseudonymiser, struct slice id,
                       struct text *out);
void pseudonym_item_name(const struct pseudonymiser *pseudonymiser, struct slice id,
                         struct slice name, struct text *out);
/* What stands for a text that is not shown. */
extern const char pseudonym_redact[];
/* Append a text in which people are named as "user=ID", as rules name them, and in which a reason
 * or an author is given (because "…", by "…", as JSON "reason":"…", "author":"…"); one in which the
 * person `id` is named, wherever it stands as a word; and one in which something is quoted from its
 * first " to its last. */
void pseudonym_scopes(const struct pseudonymiser *pseudonymiser, struct slice text,
                      struct text *out);
void pseudonym_replace_in(const struct pseudonymiser *pseudonymiser, struct slice id,
                          struct slice text, struct text *out);
void pseudonym_quoted(const struct pseudonymiser *pseudonymiser, struct slice text,
                      struct text *out);
/* Append what a receipt says of a rule, without its reason in quotes and its author in brackets. */
void pseudonym_rule(const struct pseudonymiser *pseudonymiser, struct slice text, struct text *out);

/* The key as text to keep, and back; false when it is none. */
void pseudonym_write(const struct pseudonymiser *pseudonymiser, struct text *out);
bool pseudonym_read(struct pseudonymiser *pseudonymiser, struct slice text);
/* A key that nobody knows. */
void pseudonym_generate(struct pseudonymiser *pseudonymiser);

#endif

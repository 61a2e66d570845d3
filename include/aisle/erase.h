/* erase.h - removing a person from a workspace, and proving that they are gone.
 *
 * Erasing is three steps: writer_erase() in a transaction, workspace_vacuum() so that no byte
 * remains in pages that are free, in the search index or in the log, and training anew what was
 * trained on them (job/erasure.c does all three). Runs of models that can be trained again in
 * little time are deleted with their bodies; a run of attention stays and says that it still holds
 * them.
 */
#ifndef AISLE_ERASE_H
#define AISLE_ERASE_H

#include "aisle/runs.h"
#include "aisle/text.h"

struct erased {
    int64_t events, friendships, attributes, rules, scenarios;
    int32_t runs;      /* deleted */
    int32_t holding;   /* that stay and hold the person until trained again */
    int32_t n_again;   /* active ones among the deleted: to be trained again */
    struct run *again; /* (n_again) owned: free() */
    char name[256];    /* what they were called, for the proof */
};

/* Everything that is known of the user with this id. `keep` names the kind of model whose runs
 * stay. ERROR_MISSING where there is no such user. */
bool writer_erase(struct writer *writer, struct slice id, const char *keep, struct erased *erased,
                  struct error *error);
/* Rewrites the file from what is alive and empties the log. Needs room for a second copy, and no
 * other program that reads. */
bool workspace_vacuum(struct workspace *workspace, struct error *error);

enum { ERASE_PLACES = 16 }; /* that are told by name */
struct erase_proof {
    int64_t rows;      /* of any table that name the user or their row: must be 0 */
    int64_t bytes;     /* places in the file and its log where the bytes of the id stand */
    int64_t elsewhere; /* living texts that contain those bytes: another id, a title */
    int64_t texts;     /* that name the person, by the id as a word or the name: must be 0 */
    char places[ERASE_PLACES][64]; /* the first of them: "rule 3", "entry 12 of the log" */
    int32_t holding;               /* runs that hold erased people */
    int32_t serving;               /* of these, runs that are served */
    int32_t stopped; /* trainings that were stopped before somebody was erased: must be 0 */
    bool searched;   /* the id is long enough for its bytes to say anything (4 and more) */
    bool proven;     /* no rows, no texts, no such training, no bytes but within other words */
};
/* `name`: what the person was called, empty where that is not known. */
bool workspace_prove_erased(struct reader *reader, struct slice id, struct slice name,
                            struct erase_proof *proof, struct error *error);
/* Whether somebody of this id was erased; a slip in the id passes for one in 65,536 times. */
bool workspace_erased_before(struct reader *reader, struct slice id, bool *erased,
                             struct error *error);

/* ------------------------------------------------------------------------ people in texts
 *
 * A person is named by their name as words, letters of either case, or by their id as a word. An id
 * that holds a letter and is long says so by itself. One of digits alone, or a short one, is found
 * in any numbering: it counts behind a word for people ("user=7", "asked by 7"), and from four
 * digits on in prose too. Behind a word for things ("id=7", "rule 7") it never does. Backslashes
 * are passed over, so that JSON inside JSON is read like plain text; what stands in it under
 * "reason" is prose.
 */
struct mention {
    struct slice id, name; /* name: empty where it is not known */
};

enum mention_text {
    MENTION_FIELDS, /* JSON, paths, titles: prose only where it stands under "reason" */
    MENTION_PROSE,  /* reasons and names that people write */
    MENTION_ROW,    /* a row of a file, where any field may be the id */
};
/* The first place at or after *at where the person is named: *at and *length of it. */
bool mention_find(const struct mention *mention, struct slice text, enum mention_text kind,
                  size_t *at, size_t *length);

/* Calls visit() with each file of rejected rows that an import of this workspace wrote. */
bool workspace_rejects(struct reader *reader, bool (*visit)(void *context, const char *path),
                       void *context, struct error *error);

#endif

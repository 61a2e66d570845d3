/* labels.h - words for the parts of a receipt, the same on screen and on the command line. */
#ifndef JOB_LABELS_H
#define JOB_LABELS_H

#include "aisle/dataset.h"
#include "aisle/receipt.h"
#include "aisle/text.h"
#include "pseudonymise.h"
#include "words.h"

/* The item's title, or its id where it has none. */
struct slice label_item(const struct dataset *dataset, int32_t item);
/* Appends the same, masked where items are people. */
void label_item_as(const struct pseudonymiser *pseudonymiser, const struct dataset *dataset,
                   int32_t item, struct text *out);
struct slice label_user(const struct dataset *dataset, int32_t user);
/* In what words, and who is masked. */
struct label_style {
    const struct words *words;
    const struct pseudonymiser *pseudonymiser; /* NULL = nobody is masked */
};

/* Appends what a part of a score is; style NULL: in the words of a shop, nobody masked. The newest
 * dataset serves every run: indexes hold because users and items are only ever appended. Text is as
 * in the data: make it visible before it is shown. */
void label_receipt(const struct label_style *style, const struct dataset *dataset,
                   const struct receipt *node, struct text *out);

/* What a model tells about itself (struct run's facts): its sentence for people, if it has one; and
 * all of it, a line each. */
void label_note(const char *facts, struct text *out);
void label_facts(const char *facts, struct text *out);

/* A number that a model tells about itself, or `otherwise`. */
double label_number(const char *facts, const char *name, double otherwise);

/* Whether a run is a fine-tuning that was worse than the run it came from. */
bool label_rejected(const char *facts);

/* A list of numbers that a model tells about itself ("loss" by epoch); returns how many. */
int32_t label_curve(const char *facts, const char *name, double *values, int32_t max);

#endif

/* told.h - an answer in words: lines that the command line prints and a screen draws.
 *
 * A line has a mark, a short label and a sentence. Text from data is made visible when it is put
 * in, so that a line can be shown as it is. Zero-initialise, but for the words; told_fini()
 * frees.
 */
#ifndef JOB_TOLD_H
#define JOB_TOLD_H

#include "mask.h"
#include "words.h"

struct dataset;

enum told_mark { TOLD_PLAIN, TOLD_PASSED, TOLD_FELL, TOLD_HINT, TOLD_HEADING };

struct told_line {
    enum told_mark mark;
    char label[24];
    size_t at; /* where the sentence begins in bytes; it ends where the next begins */
};

struct told {
    struct told_line *lines; /* (n) */
    int32_t n, room;
    struct text bytes;
    const struct words *words; /* of the profile; NULL = a shop's */
    const struct mask *mask;   /* of items that are people; NULL = nobody is masked */
    bool failed;               /* memory ran out: what is there may be shown */
};

void told_fini(struct told *told);
/* Begins a line; what is added to told->bytes until the next one is its sentence. */
struct text *told_line(struct told *told, enum told_mark mark, const char *label);
/* Appends to the sentence a phrase that was written for a shop, in the profile's words; the second
 * has one %d. Data never passes through here. */
void told_say(struct told *told, const char *phrase);
void told_count(struct told *told, const char *phrase, int32_t count);
/* Appends what an item is called. */
void told_item(struct told *told, const struct dataset *dataset, int32_t item);
struct slice told_sentence(const struct told *told, int32_t line);
const char *told_mark_text(enum told_mark mark); /* "✓", "✕", "→", " " */

#endif

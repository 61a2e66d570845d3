/* report.h - an answer in words: lines that the command line prints and a screen draws.
 *
 * A line has a mark, a short label and a sentence. Text from data is made visible when it is put
 * in, so that a line can be shown as it is. Zero-initialise, but for the words; report_fini()
 * frees.
 */
#ifndef JOB_REPORT_H
#define JOB_REPORT_H

#include "pseudonymise.h"
#include "words.h"

struct dataset;

enum report_mark { REPORT_PLAIN, REPORT_PASSED, REPORT_FELL, REPORT_HINT, REPORT_HEADING };

struct report_line {
    enum report_mark mark;
    char label[24];
    size_t at; /* where the sentence begins in bytes; it ends where the next begins */
};

struct report {
    struct report_line *lines; /* (n) */
    int32_t n, capacity;
    struct text bytes;
    const struct words *words; /* of the profile; NULL = a shop's */
    const struct pseudonymiser
        *pseudonymiser; /* of items that are people; NULL = nobody is masked */
    bool failed;        /* memory ran out: what is there may be shown */
};

void report_fini(struct report *report);
/* Begins a line; what is added to told->bytes until the next one is its sentence. */
struct text *report_line(struct report *report, enum report_mark mark, const char *label);
/* Appends to the sentence a phrase that was written for a shop, in the profile's words; the second
 * has one %d. Data never passes through here. */
void report_say(struct report *report, const char *phrase);
void report_count(struct report *report, const char *phrase, int32_t count);
/* Appends what an item is called. */
void report_item(struct report *report, const struct dataset *dataset, int32_t item);
struct slice report_sentence(const struct report *report, int32_t line);
const char *report_mark_text(enum report_mark mark); /* "✓", "✕", "→", " " */

#endif

/* sheet.h - lines to read: what is known about one thing.
 *
 * Made on a worker, drawn on the UI thread, never changed in between. A line is a heading, a
 * sentence, or a label with a value and perhaps a bar or a spark. Panes, profiles, facts and the
 * first screen are sheets.
 */
#ifndef AISLE_UI_SHEET_H
#define AISLE_UI_SHEET_H

#include "aisle/table.h"
#include "grid.h"
#include "job/pseudonymise.h"
#include "job/words.h"

struct sheet_line {
    enum meaning meaning;
    size_t label, label_length; /* offsets in bytes */
    size_t value, value_length;
    bool pair, right; /* pair: label and value in two columns; right: value at the right edge */
    float bar;        /* 0..1, negative = none */
    bool has_spark;
    float spark[12];
    /* Whose id or name a text is, for masking: which text, and the person's id. */
    enum sheet_person {
        SHEET_NOBODY,
        SHEET_LABEL_ID,
        SHEET_VALUE_ID,
        SHEET_VALUE_NAME,
        SHEET_VALUE_PERSONAL, /* what tells about them, and what somebody wrote */
        SHEET_LABEL_ITEM,     /* the name of an item, which may be a person's account */
        SHEET_VALUE_ITEM_ID,
        SHEET_VALUE_ITEM,
        SHEET_VALUE_ITEM_TOLD /* what tells about it */
    } person;
    size_t id, id_length;
};

struct sheet {
    struct sheet_line *lines;
    int32_t n, capacity;
    struct text bytes;
    bool failed;             /* memory ran out: what is there may be shown */
    struct sheet_line spare; /* written where a line was lost to that */
};

struct sheet *sheet_new(struct error *error);
void sheet_free(struct sheet *sheet); /* NULL is allowed */
void sheet_heading(struct sheet *sheet, const char *text);
void sheet_blank(struct sheet *sheet);
void sheet_print(struct sheet *sheet, enum meaning meaning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Over as many lines as a narrow pane needs, the later ones indented. */
void sheet_sentence(struct sheet *sheet, enum meaning meaning, const char *text);
void sheet_pair(struct sheet *sheet, const char *label, struct slice value, enum meaning meaning);
void sheet_bar(struct sheet *sheet, struct slice label, struct slice value, float share);
void sheet_spark(struct sheet *sheet, const char *label, const float spark[12]);
/* The last line's text is a person's id or name. */
void sheet_is_person(struct sheet *sheet, enum sheet_person person, struct slice id);
/* Label at the left, value at the right edge: a row of a small list. */
void sheet_row(struct sheet *sheet, struct slice label, struct slice value);
/* One row of the name/value page of rows_facts(); false where it says nothing. */
bool sheet_fact(struct sheet *sheet, const struct page *facts, int32_t row);

/* An answer in words (job/report.h): mark and label at the left, the sentence beside. */
struct report;
void sheet_told(struct sheet *sheet, const struct report *report);

/* How lines are shown: without pictures, in the words of a profile, people masked. */
struct sheet_look {
    bool plain;
    const struct words *words;
    const struct pseudonymiser *pseudonymiser; /* NULL = nobody is masked */
};
/* Draws lines from `top`. */
void sheet_draw(const struct sheet *sheet, int32_t top, const struct sheet_look *look,
                struct grid *grid, struct area area);

#endif

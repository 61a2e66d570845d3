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

struct sheet_line {
    enum meaning meaning;
    size_t label, label_length; /* offsets in bytes */
    size_t value, value_length;
    bool pair, right; /* pair: label and value in two columns; right: value at the right edge */
    float bar;        /* 0..1, negative = none */
    bool has_spark;
    float spark[12];
};

struct sheet {
    struct sheet_line *lines;
    int32_t n, room;
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
void sheet_pair(struct sheet *sheet, const char *label, struct slice value, enum meaning meaning);
void sheet_bar(struct sheet *sheet, struct slice label, struct slice value, float share);
void sheet_spark(struct sheet *sheet, const char *label, const float spark[12]);
/* Label at the left, value at the right edge: a row of a small list. */
void sheet_row(struct sheet *sheet, struct slice label, struct slice value);
/* The name/value page of rows_facts(). */
void sheet_facts(struct sheet *sheet, const struct page *facts);

/* An answer in words (job/told.h): mark and label at the left, the sentence beside. */
struct told;
void sheet_told(struct sheet *sheet, const struct told *told);

/* Draws lines from `top`. */
void sheet_draw(const struct sheet *sheet, int32_t top, bool plain, struct grid *grid,
                struct area area);

#endif

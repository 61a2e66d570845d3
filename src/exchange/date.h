/* date.h - dates as people write them, decided by the whole column.
 *
 * ISO 8601, RFC 2822, 14.11.23, 11/14/23 3:05 PM, 14-Nov-2023, Nov 14, 2023 4:12:11 PM,
 * 14 novembre 2023, 20231114, 20231114221320, seconds, milliseconds, microseconds and nanoseconds
 * since 1970, and the day numbers of spreadsheets. A plain number is a time only from 1990 to ten
 * years from now. Where day and month can be exchanged the column decides: each cell that can be
 * read one way only is a voice. What no cell and no option decides is ambiguous: the caller has to
 * ask, not to guess.
 */
#ifndef AISLE_EXCHANGE_DATE_H
#define AISLE_EXCHANGE_DATE_H

#include "aisle/moment.h"

/* The order of the three numbers of a date. */
enum date_order { DATE_OPEN, DATE_DMY, DATE_MDY, DATE_YMD };

struct date_form {
    enum date_order order;
    int64_t latest;  /* the last second that a plain number may mean; 0 = no limit is known */
    bool plain_days; /* plain numbers of five digits are days of a spreadsheet */
};

struct date_counts {
    int64_t dates;       /* cells that are dates in one way or another */
    int64_t numbers;     /* of those, plain numbers */
    int64_t spreadsheet; /* of those, days of a spreadsheet */
    int64_t clocks;      /* cells that hold a time of day and no date */
    int64_t timed;       /* dates that have a time of day with them */
    int64_t only[4];     /* (enum date_order) cells that can only be read so */
    int64_t open;        /* cells that can be read in more than one way */
    int64_t open_dmy_mdy, open_with_ymd;
    char example[32]; /* the first of those that are open */
};

/* Counts a cell. False when it is no date. `now` in seconds. */
bool date_count(struct date_counts *counts, struct slice cell, int64_t now);
/* The order that the counts speak for; DATE_OPEN where they say nothing or contradict each other.
 */
enum date_order date_decide(const struct date_counts *counts);
/* Whether cells are left that `order` alone can tell. */
bool date_is_open(const struct date_counts *counts);
bool date_read(struct slice cell, const struct date_form *form, int64_t *moment);
/* "14:05", "2:05:11 PM": seconds since midnight. */
bool date_clock(struct slice cell, int32_t *seconds);
/* "dmy", "mdy", "ymd"; false for other words. */
bool date_order_parse(const char *word, enum date_order *order);
const char *date_order_text(enum date_order order); /* "day/month/year" */

#endif

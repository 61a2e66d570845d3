/* moment.h - points in time as seconds since 1970-01-01 00:00:00 UTC.
 *
 * Years 1 to 9999, proleptic Gregorian, no leap seconds. A source without times has
 * MOMENT_NONE everywhere and its order is its time.
 */
#ifndef AISLE_MOMENT_H
#define AISLE_MOMENT_H

#include "aisle/text.h"

#define MOMENT_NONE      INT64_MIN

#define MOMENT_TEXT_SIZE 24

/* "2021-01-01 00:00:00"; "" for MOMENT_NONE. Returns out. */
const char *moment_text(int64_t moment, char out[MOMENT_TEXT_SIZE]);
/* "2021-01-01"; "" for MOMENT_NONE. */
const char *moment_date(int64_t moment, char out[MOMENT_TEXT_SIZE]);

int64_t moment_from_civil(int year, int month, int day, int hour, int minute, int second);
void moment_to_civil(int64_t moment, int *year, int *month, int *day, int *weekday /* 0 Monday */);

/* How a source writes its dates; MOMENT_GUESS tries the unambiguous ones first. */
enum moment_form {
    MOMENT_GUESS,
    MOMENT_SECONDS,
    MOMENT_MILLISECONDS,
    MOMENT_ISO,         /* 2021-01-01, 2021-01-01 08:26[:00[.5]], with T, Z or +02:00 */
    MOMENT_MONTH_FIRST, /* 12/1/2010 8:26 */
    MOMENT_DAY_FIRST,   /* 01-12-2010 08:26, 1.12.2010 */
};

/* Reads the whole slice. With MOMENT_GUESS, numbers above 1e11 are milliseconds, and a date such
 * as 1/2/2010 that could be either is read month first with '/' and day first with '-' and '.'.
 * False when it is not a date in that form. */
bool moment_parse(struct slice text, enum moment_form form, int64_t *moment);

/* What a person types after --as-of and T: an ISO date or time, "yesterday", "monday" (the last
 * one), "-7d", "-2w", relative to `now`. A bare date means the end of that day. */
bool moment_parse_spoken(struct slice text, int64_t now, int64_t *moment);

#endif

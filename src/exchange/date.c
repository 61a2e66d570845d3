/* date.c - see date.h. A cell is taken apart into numbers, names of months and marks; a few shapes
 * of these are dates. */
#include "exchange/date.h"

#include <stdio.h>
#include <string.h>

enum { DAY_SECONDS = 86400, FIRST_SERIAL = 32874 /* 1990-01-01 */, LAST_SERIAL = 73051 };

static const int64_t EARLIEST_NUMBER = 631152000; /* 1990-01-01 */

/* The names of the months by their beginnings, without accents; enough letters to tell them apart
 * in English, German, French, Spanish, Italian, Portuguese and Dutch. */
static const struct {
    const char *begin;
    int month;
} month_names[] = {
    { "jan", 1 },
    { "ene", 1 },
    { "gen", 1 },
    { "jän", 1 },
    { "feb", 2 },
    { "fév", 2 },
    { "fev", 2 },
    { "mar", 3 },
    { "mär", 3 },
    { "mrz", 3 },
    { "maa", 3 },
    { "mrt", 3 },
    { "apr", 4 },
    { "avr", 4 },
    { "abr", 4 },
    { "may", 5 },
    { "mai", 5 },
    { "mei", 5 },
    { "mag", 5 },
    { "jun", 6 },
    { "juin", 6 },
    { "giu", 6 },
    { "jul", 7 },
    { "juil", 7 },
    { "lug", 7 },
    { "aug", 8 },
    { "aoû", 8 },
    { "aou", 8 },
    { "ago", 8 },
    { "sep", 9 },
    { "set", 9 },
    { "oct", 10 },
    { "okt", 10 },
    { "ott", 10 },
    { "out", 10 },
    { "nov", 11 },
    { "dec", 12 },
    { "dez", 12 },
    { "déc", 12 },
    { "dic", 12 },
    /* The same in windows-1252. */
    { "j\xE4n", 1 },
    { "f\xE9v", 2 },
    { "m\xE4r", 3 },
    { "ao\xFB", 8 },
    { "d\xE9\x63", 12 },
};

/* Names that a month's beginning may have behind it: "ember", "uary" and so on are letters. */
static const struct {
    const char *name;
    int hours;
} zone_names[] = {
    { "UTC", 0 },  { "GMT", 0 },  { "UT", 0 },   { "Z", 0 },    { "WET", 0 },
    { "CET", 1 },  { "CEST", 2 }, { "MEZ", 1 },  { "MESZ", 2 }, { "BST", 1 },
    { "EET", 2 },  { "EEST", 3 }, { "EST", -5 }, { "EDT", -4 }, { "CST", -6 },
    { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
};

struct cursor {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void skip_blanks(struct cursor *c)
{
    for (;;) {
        if (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
            c->at++;
        else if (c->end - c->at >= 2 && memcmp(c->at, "\xC2\xA0", 2) == 0)
            c->at += 2;
        else if (c->end - c->at >= 3 && memcmp(c->at, "\xE2\x80\xAF", 3) == 0)
            c->at += 3;
        else
            return;
    }
}

static int take_digits(struct cursor *c, int max, int64_t *number)
{
    int n = 0;

    *number = 0;
    for (; c->at < c->end && n < max && is_digit(*c->at); c->at++, n++)
        *number = *number * 10 + (*c->at - '0');
    return n;
}

static struct slice take_word(struct cursor *c)
{
    struct slice word = { c->at, 0 };

    while (c->at < c->end && is_letter(*c->at))
        c->at++;
    word.length = (size_t)(c->at - word.bytes);
    return word;
}

static bool begins(struct slice word, const char *with)
{
    const size_t length = strlen(with);

    if (word.length < length) return false;
    for (size_t i = 0; i < length; i++)
        if (lower(word.bytes[i]) != with[i]) return false;
    return true;
}

static int month_of(struct slice word)
{
    for (size_t i = 0; i < sizeof month_names / sizeof *month_names; i++)
        if (begins(word, month_names[i].begin)) return month_names[i].month;
    return 0;
}

static int days_in(int64_t year, int64_t month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in(year, month);
}

/* 23 is 2023, 97 is 1997. */
static int64_t whole_year(int64_t year, int digits)
{
    if (digits > 2) return year;
    return year + (year < 70 ? 2000 : 1900);
}

/* "PM", "a.m.": hours of 12 become hours of 24. */
static bool take_half(struct cursor *c, int64_t *hour)
{
    struct cursor try = *c;
    char half;

    skip_blanks(&try);
    if (try.at == try.end) return true;
    half = lower(*try.at);
    if (half != 'a' && half != 'p') return true;
    try.at++;
    if (try.at < try.end && *try.at == '.') try.at++;
    if (try.at == try.end || lower(*try.at) != 'm') return true;
    try.at++;
    if (try.at < try.end && *try.at == '.') try.at++;
    if (try.at < try.end && is_letter(*try.at)) return true;
    if (*hour < 1 || *hour > 12) return false;
    *hour = *hour % 12 + (half == 'p' ? 12 : 0);
    *c = try;
    return true;
}

/* 8:26, 08:26:00.125, 22h13, 3 PM, 0826 is none. */
static bool take_clock(struct cursor *c, int64_t *seconds)
{
    int64_t hour, minute = 0, second = 0, fraction;
    struct cursor start;
    bool half_only = false;

    skip_blanks(c);
    if (take_digits(c, 2, &hour) == 0) return false;
    if (c->at < c->end && (*c->at == ':' || *c->at == 'h' || *c->at == '.')) {
        c->at++;
        if (take_digits(c, 2, &minute) != 2) return false;
        if (c->at < c->end && (*c->at == ':' || *c->at == '.')) {
            c->at++;
            if (take_digits(c, 2, &second) != 2) return false;
            if (c->at < c->end && (*c->at == '.' || *c->at == ',' || *c->at == ':')) {
                c->at++;
                if (take_digits(c, 9, &fraction) == 0) return false;
            }
        }
    } else {
        half_only = true;
    }
    start = *c;
    if (!take_half(c, &hour)) return false;
    if (half_only && c->at == start.at) return false;
    if (second == 60) second = 59;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/* Z, UTC, +02:00, -0530, (CET): seconds east of Greenwich. */
static bool take_zone(struct cursor *c, int64_t *east)
{
    int64_t hours, minutes = 0;
    bool named = false;

    *east = 0;
    skip_blanks(c);
    if (c->at < c->end && is_letter(*c->at)) {
        const struct slice word = take_word(c);

        if (slice_equal_fold(word, "uhr") || slice_equal_fold(word, "h")) {
            skip_blanks(c);
            return c->at == c->end || take_zone(c, east);
        }
        for (size_t i = 0; i < sizeof zone_names / sizeof *zone_names && !named; i++)
            if (slice_equal_fold(word, zone_names[i].name)) {
                *east = zone_names[i].hours * 3600;
                named = true;
            }
        if (!named) return false;
    }
    if (c->at < c->end && (*c->at == '+' || *c->at == '-')) {
        const bool west = *c->at++ == '-';

        if (take_digits(c, 2, &hours) == 0) return false;
        if (c->at < c->end && *c->at == ':') c->at++;
        if (c->at < c->end && is_digit(*c->at) && take_digits(c, 2, &minutes) != 2) return false;
        if (hours > 15 || minutes > 59) return false;
        *east = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    }
    skip_blanks(c);
    if (c->at < c->end && *c->at == '(') { /* the name of the zone again */
        while (c->at < c->end && *c->at != ')')
            c->at++;
        if (c->at == c->end) return false;
        c->at++;
    }
    skip_blanks(c);
    return true;
}

/* What stands behind a date: nothing, or a time of day and perhaps a zone. */
static bool take_rest(struct cursor *c, int64_t *seconds, int64_t *east, bool *timed)
{
    *seconds = *east = 0;
    *timed = false;
    if (c->at < c->end && (*c->at == 'T' || *c->at == 't' || *c->at == ','))
        c->at++;
    else if (c->at < c->end && *c->at == ':' && c->end - c->at > 3)
        c->at++; /* 14/Nov/2023:22:13:20 */
    skip_blanks(c);
    if (c->at < c->end && *c->at == '-' && c->end - c->at > 2 && c->at[1] == ' ') {
        c->at++;
        skip_blanks(c);
    }
    if (c->end - c->at > 3 && lower(c->at[0]) == 'a' && lower(c->at[1]) == 't' && c->at[2] == ' ')
        c->at += 3;
    if (c->at == c->end) return true;
    if (is_digit(*c->at)) {
        if (!take_clock(c, seconds)) return false;
        *timed = true;
    }
    return take_zone(c, east) && c->at == c->end;
}

/* A date taken apart: three numbers in the order of the cell, or with the month known. */
struct parts {
    int64_t number[3];
    int digits[3];
    int month_at; /* which of them is a month by name, or -1 */
    char separator;
    int64_t seconds, east;
    bool timed;
};

/* Three numbers with one sign between them, or with a month by name among them. */
static bool take_parts(struct slice cell, struct parts *parts)
{
    struct cursor c = { cell.bytes, cell.bytes + cell.length };
    int n = 0;
    bool clock_early = false;

    *parts = (struct parts){ .month_at = -1 };
    skip_blanks(&c);
    while (n < 3) {
        if (c.at == c.end) return false;
        if (is_digit(*c.at)) {
            /* Tue Nov 14 22:13:20 2023: the time of day stands before the year. */
            if (n == 2 && parts->month_at >= 0 && c.end - c.at > 5 &&
                (c.at[2] == ':' || c.at[1] == ':') && !clock_early) {
                if (!take_clock(&c, &parts->seconds)) return false;
                clock_early = true;
                skip_blanks(&c);
                if (c.at < c.end && is_letter(*c.at) && !take_zone(&c, &parts->east)) return false;
                continue;
            }
            parts->digits[n] = take_digits(&c, 4, &parts->number[n]);
            if (c.at < c.end && is_digit(*c.at)) return false;
            n++;
            /* 1st, 2nd, 3rd, 4th, 1er */
            if (c.end - c.at >= 2 && is_letter(c.at[0]) && parts->digits[n - 1] <= 2) {
                struct cursor try = c;
                const struct slice word = take_word(&try);
                if (slice_equal_fold(word, "st") || slice_equal_fold(word, "nd") ||
                    slice_equal_fold(word, "rd") || slice_equal_fold(word, "th") ||
                    slice_equal_fold(word, "er"))
                    c = try;
            }
        } else if (is_letter(*c.at)) {
            const struct slice word = take_word(&c);
            const int month = word.length >= 3 ? month_of(word) : 0;

            if (month > 0 && parts->month_at == 0 && n == 2) {
                /* "mar. 14 nov." begins with a Tuesday and not in March. */
                parts->number[0] = parts->number[1];
                parts->digits[0] = parts->digits[1];
                parts->number[1] = month;
                parts->month_at = 1;
            } else if (month > 0 && parts->month_at < 0) {
                parts->number[n] = month;
                parts->month_at = n++;
            } else if (n == 0 && word.length >= 2 && parts->month_at < 0) {
                ; /* the day of the week */
            } else if (!slice_equal_fold(word, "de") && !slice_equal_fold(word, "of") &&
                       !slice_equal_fold(word, "del")) {
                return false;
            }
        } else {
            return false;
        }
        if (n == 3) break;
        if (n == 1 && c.at < c.end && parts->separator == 0) parts->separator = *c.at;
        if (n == 2 && parts->month_at < 0 && (c.at == c.end || *c.at != parts->separator))
            return false;
        while (c.at < c.end && (*c.at == '-' || *c.at == '/' || *c.at == '.' || *c.at == ',' ||
                                *c.at == ' ' || *c.at == '\'')) {
            c.at++;
            if (parts->month_at < 0 && n > 0) break;
        }
        if (n > 0 && parts->month_at < 0) skip_blanks(&c);
    }
    if (parts->month_at < 0 && parts->separator != '/' && parts->separator != '-' &&
        parts->separator != '.')
        return false;
    if (c.at < c.end && *c.at == '.' && parts->month_at < 0 && parts->digits[2] == 2) c.at++;
    if (clock_early) {
        parts->timed = true;
        skip_blanks(&c);
        return c.at == c.end || (parts->east == 0 && take_zone(&c, &parts->east) && c.at == c.end);
    }
    return take_rest(&c, &parts->seconds, &parts->east, &parts->timed);
}

/* The date in one order; false when it is none so. */
static bool date_in_order(const struct parts *parts, enum date_order order, int64_t *moment)
{
    static const int at[4][3] = { /* where year, month and day stand */
                                  [DATE_DMY] = { 2, 1, 0 },
                                  [DATE_MDY] = { 2, 0, 1 },
                                  [DATE_YMD] = { 0, 1, 2 }
    };
    const int y = at[order][0], m = at[order][1], d = at[order][2];
    int64_t year;

    if (parts->month_at >= 0 && parts->month_at != m) return false;
    if (parts->digits[y] != 4 && parts->digits[y] != 2) return false;
    if (parts->month_at >= 0 && order == DATE_YMD && parts->digits[y] != 4) return false;
    if (parts->digits[d] > 2 || parts->digits[m] > 2) return false;
    /* Nobody writes 14.11.23 with the month first, nor the year first with points. */
    if (parts->separator == '.' && order == DATE_MDY && parts->month_at < 0) return false;
    if (parts->separator == '.' && order == DATE_YMD && parts->digits[y] == 2) return false;
    if (parts->separator == '/' && order == DATE_YMD && parts->digits[y] == 2) return false;
    year = whole_year(parts->number[y], parts->digits[y]);
    if (!is_date(year, parts->number[m], parts->number[d])) return false;
    if (moment)
        *moment =
            moment_from_civil((int)year, (int)parts->number[m], (int)parts->number[d], 0, 0, 0) +
            parts->seconds - parts->east;
    return true;
}

/* Only digits: a number since 1970 in a unit that fits, or a date without signs. */
static bool number_date(struct slice cell, int64_t latest, bool plain_days, bool *serial,
                        int64_t *moment)
{
    int64_t number = 0, unit = 1;
    size_t digits = 0;

    *serial = false;
    for (; digits < cell.length && digits < 19 && is_digit(cell.bytes[digits]); digits++) {
        if (number > (INT64_MAX - 9) / 10) return false;
        number = number * 10 + (cell.bytes[digits] - '0');
    }
    if (digits == 0) return false;
    if (digits < cell.length) {
        /* A fraction: of a second ("881250949.0") or of a day. */
        double day;

        if (cell.bytes[digits] != '.' || !slice_to_double(cell, &day)) return false;
        for (size_t i = digits + 1; i < cell.length; i++)
            if (!is_digit(cell.bytes[i])) return false;
        if (digits == 5) {
            if (!plain_days || number < FIRST_SERIAL || number > LAST_SERIAL) return false;
            *serial = true;
            *moment =
                (number - 25569) * DAY_SECONDS + (int64_t)((day - (double)number) * 86400 + 0.5);
            return true;
        }
    }
    if (digits == 5) {
        if (!plain_days || number < FIRST_SERIAL || number > LAST_SERIAL) return false;
        *serial = true;
        *moment = (number - 25569) * DAY_SECONDS;
        return true;
    }
    if (digits == cell.length && (digits == 8 || digits == 14 || digits == 12)) {
        const int64_t date = digits == 8    ? number
                             : digits == 12 ? number / 10000
                                            : number / 1000000;
        const int64_t clock = digits == 8    ? 0
                              : digits == 12 ? number % 10000 * 100
                                             : number % 1000000;
        const int64_t year = date / 10000, month = date / 100 % 100, day = date % 100;

        if (year >= 1900 && year <= 2100 && is_date(year, month, day) && clock / 10000 < 24 &&
            clock / 100 % 100 < 60 && clock % 100 < 61) {
            *moment = moment_from_civil((int)year, (int)month, (int)day, (int)(clock / 10000),
                                        (int)(clock / 100 % 100), (int)(clock % 100));
            if (*moment >= EARLIEST_NUMBER && (latest == 0 || *moment <= latest)) return true;
        }
    }
    if (digits > 16)
        unit = 1000000000;
    else if (digits > 13)
        unit = 1000000;
    else if (digits > 10)
        unit = 1000;
    *moment = number / unit;
    return *moment >= EARLIEST_NUMBER && (latest == 0 || *moment <= latest);
}

/* 2023-11-14 and what may stand behind it: by far the most frequent, so it has its own way. */
static bool iso_date(struct slice cell, int64_t *moment)
{
    return cell.length >= 10 && cell.bytes[4] == '-' && moment_parse(cell, MOMENT_ISO, moment);
}

bool date_clock(struct slice cell, int32_t *seconds)
{
    struct cursor c = { cell.bytes, cell.bytes + cell.length };
    int64_t clock;

    if (!take_clock(&c, &clock) || c.at != c.end) return false;
    *seconds = (int32_t)clock;
    return true;
}

/* 20231114T221320Z */
static bool compact_date(struct slice cell, int64_t *moment)
{
    struct cursor c = { cell.bytes, cell.bytes + cell.length };
    int64_t date, clock, east = 0;

    if (cell.length < 15 || cell.bytes[8] != 'T' || take_digits(&c, 8, &date) != 8) return false;
    c.at++;
    if (take_digits(&c, 6, &clock) != 6) return false;
    if (c.at < c.end && *c.at == '.') {
        int64_t fraction;
        c.at++;
        if (take_digits(&c, 9, &fraction) == 0) return false;
    }
    if (c.at < c.end && !take_zone(&c, &east)) return false;
    if (c.at != c.end || !is_date(date / 10000, date / 100 % 100, date % 100)) return false;
    if (clock / 10000 > 23 || clock / 100 % 100 > 59 || clock % 100 > 59) return false;
    *moment =
        moment_from_civil((int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100),
                          (int)(clock / 10000), (int)(clock / 100 % 100), (int)(clock % 100)) -
        east;
    return true;
}

bool date_count(struct date_counts *counts, struct slice cell, int64_t now)
{
    const int64_t latest = now + (int64_t)3653 * DAY_SECONDS;
    struct parts parts;
    int64_t moment;
    int32_t clock;
    bool can[4] = { false }, serial;
    int ways = 0;

    if (iso_date(cell, &moment)) {
        counts->dates++;
        counts->timed += cell.length > 10;
        return true;
    }
    if (number_date(cell, latest, true, &serial, &moment)) {
        counts->dates++;
        counts->numbers++;
        counts->spreadsheet += serial;
        counts->timed += !serial || memchr(cell.bytes, '.', cell.length) != NULL;
        return true;
    }
    if (compact_date(cell, &moment)) {
        counts->dates++;
        counts->timed++;
        return true;
    }
    if (date_clock(cell, &clock)) {
        counts->clocks++;
        return false;
    }
    if (!take_parts(cell, &parts)) return false;
    for (enum date_order order = DATE_DMY; order <= DATE_YMD; order++) {
        can[order] = date_in_order(&parts, order, NULL);
        ways += can[order];
    }
    if (ways == 0) return false;
    counts->dates++;
    counts->timed += parts.timed;
    if (parts.month_at >= 0) return true; /* by name: nothing is open */
    if (ways == 1) {
        for (enum date_order order = DATE_DMY; order <= DATE_YMD; order++)
            counts->only[order] += can[order];
        return true;
    }
    /* 5/5/2021 is the same either way. */
    if (!can[DATE_YMD] && parts.number[0] == parts.number[1]) return true;
    if (counts->open++ == 0)
        snprintf(counts->example, sizeof counts->example, "%.*s",
                 (int)(cell.length < 24 ? cell.length : 24), cell.bytes);
    counts->open_dmy_mdy += can[DATE_DMY] && can[DATE_MDY];
    counts->open_with_ymd += can[DATE_YMD];
    return true;
}

enum date_order date_decide(const struct date_counts *counts)
{
    enum date_order found = DATE_OPEN;

    for (enum date_order order = DATE_DMY; order <= DATE_YMD; order++) {
        if (counts->only[order] == 0) continue;
        if (order == DATE_YMD && counts->open_with_ymd == 0) continue;
        if (found != DATE_OPEN) return DATE_OPEN;
        found = order;
    }
    return found;
}

bool date_is_open(const struct date_counts *counts)
{
    return counts->open > 0 && date_decide(counts) == DATE_OPEN;
}

bool date_read(struct slice cell, const struct date_form *form, int64_t *moment)
{
    struct parts parts;
    bool serial;
    int ways = 0;

    if (iso_date(cell, moment)) return true;
    if (number_date(cell, form->latest, form->plain_days, &serial, moment)) return true;
    if (compact_date(cell, moment)) return true;
    if (!take_parts(cell, &parts)) return false;
    if (form->order != DATE_OPEN && date_in_order(&parts, form->order, moment)) return true;
    for (enum date_order order = DATE_DMY; order <= DATE_YMD; order++)
        ways += date_in_order(&parts, order, moment);
    /* What can be read in one way only is read so, whatever the others say. */
    return ways == 1 ||
           (ways == 2 && parts.month_at < 0 && parts.number[0] == parts.number[1] &&
            date_in_order(&parts, DATE_DMY, moment) && date_in_order(&parts, DATE_MDY, NULL));
}

bool date_order_parse(const char *word, enum date_order *order)
{
    *order = strcmp(word, "dmy") == 0   ? DATE_DMY
             : strcmp(word, "mdy") == 0 ? DATE_MDY
             : strcmp(word, "ymd") == 0 ? DATE_YMD
                                        : DATE_OPEN;
    return *order != DATE_OPEN;
}

const char *date_order_text(enum date_order order)
{
    return order == DATE_DMY   ? "day/month/year"
           : order == DATE_MDY ? "month/day/year"
           : order == DATE_YMD ? "year/month/day"
                               : "";
}

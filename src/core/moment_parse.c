/* moment_parse.c - dates as sources write them and as people say them.
 *
 * One pass over the bytes, nothing copied: an import reads one of these per row. What is not
 * wholly a date is not a date.
 */
#include "aisle/moment.h"

enum { DAY = 86400 };

static const int64_t LATEST_SECONDS = 253402300799;   /* 9999-12-31 23:59:59 */
static const int64_t EARLIEST_SECONDS = -62135596800; /* 0001-01-01 00:00:00 */

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *c, char byte)
{
    if (c->at == c->end || *c->at != byte) return false;
    c->at++;
    return true;
}

/* A number of least to most digits. */
static bool take_number(struct cursor *c, int min, int max, int *number)
{
    int digits = 0;

    *number = 0;
    for (; c->at < c->end && digits < max && *c->at >= '0' && *c->at <= '9'; c->at++, digits++)
        *number = *number * 10 + (*c->at - '0');
    return digits >= min;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool is_date(int year, int month, int day)
{
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/* "PM", " pm": turns an hour of 12 into one of 24. */
static bool take_half_of_day(struct cursor *c, int *hour)
{
    struct cursor try = *c;

    take(&try, ' ');
    bool am = take(&try, 'A') || take(&try, 'a'), pm = !am && (take(&try, 'P') || take(&try, 'p'));
    if (!am && !pm) return true;
    if ((!take(&try, 'M') && !take(&try, 'm')) || *hour < 1 || *hour > 12) return false;
    *hour = *hour % 12 + (pm ? 12 : 0);
    *c = try;
    return true;
}

/* 8:26, 08:26:00, 08:26:00.125; a fraction is cut off, a leap second becomes the second before. */
static bool take_time(struct cursor *c, int *seconds)
{
    int hour, minute, second = 0;

    if (!take_number(c, 1, 2, &hour) || !take(c, ':') || !take_number(c, 2, 2, &minute))
        return false;
    if (take(c, ':')) {
        if (!take_number(c, 2, 2, &second)) return false;
        if (take(c, '.') || take(c, ',')) {
            const char *fraction = c->at;
            while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
                c->at++;
            if (c->at == fraction) return false;
        }
    }
    if (!take_half_of_day(c, &hour)) return false;
    if (second == 60) second = 59;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/* Z, UTC, +02:00, -0530, +02: seconds east of Greenwich. Nothing there is UTC. */
static bool take_zone(struct cursor *c, int *east)
{
    int hours, minutes = 0;

    *east = 0;
    take(c, ' ');
    if (take(c, 'Z') || take(c, 'z')) return true;
    if (take(c, 'U')) return take(c, 'T') && take(c, 'C');
    if (c->at == c->end) return c->at[-1] != ' ';
    bool west = take(c, '-');
    if (!west && !take(c, '+')) return false;
    if (!take_number(c, 2, 2, &hours)) return false;
    if (take(c, ':') ? !take_number(c, 2, 2, &minutes)
                     : c->at < c->end && !take_number(c, 2, 2, &minutes))
        return false;
    if (hours > 15 || minutes > 59) return false;
    *east = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

/* What may follow a date: nothing, or a time and perhaps a zone. `timed` says which. */
static bool take_rest(struct cursor *c, int year, int month, int day, bool *timed, int64_t *moment)
{
    int seconds = 0, east = 0;

    *timed = c->at < c->end;
    if (*timed) {
        if (!take(c, 'T') && !take(c, ' ') && !take(c, 't')) return false;
        if (!take_time(c, &seconds)) return false;
        if (c->at < c->end && !take_zone(c, &east)) return false;
    }
    if (c->at != c->end) return false;
    *moment = moment_from_civil(year, month, day, 0, 0, 0) + seconds - east;
    return true;
}

static bool parse_iso(struct slice text, bool *timed, int64_t *moment)
{
    struct cursor c = { text.bytes, text.bytes + text.length };
    int year, month, day;

    if (!take_number(&c, 4, 4, &year) || c.at == c.end) return false;
    char separator = *c.at;
    if (separator != '-' && separator != '/') return false;
    if (!take(&c, separator) || !take_number(&c, 1, 2, &month) || !take(&c, separator) ||
        !take_number(&c, 1, 2, &day) || !is_date(year, month, day))
        return false;
    return take_rest(&c, year, month, day, timed, moment);
}

static bool parse_year_last(struct slice text, enum moment_form form, int64_t *moment)
{
    struct cursor c = { text.bytes, text.bytes + text.length };
    int first, second, year;
    bool timed;

    if (!take_number(&c, 1, 2, &first) || c.at == c.end) return false;
    char separator = *c.at;
    if (separator != '/' && separator != '-' && separator != '.') return false;
    if (!take(&c, separator) || !take_number(&c, 1, 2, &second) || !take(&c, separator) ||
        !take_number(&c, 4, 4, &year))
        return false;
    bool month_first = form == MOMENT_GUESS ? separator == '/' : form == MOMENT_MONTH_FIRST;
    if (form == MOMENT_GUESS &&
        !is_date(year, month_first ? first : second, month_first ? second : first))
        month_first = !month_first;
    int month = month_first ? first : second, day = month_first ? second : first;
    return is_date(year, month, day) && take_rest(&c, year, month, day, &timed, moment);
}

/* Digits, perhaps a sign, perhaps a fraction that is cut off ("881250949.0"). */
static bool parse_number(struct slice text, enum moment_form form, int64_t *moment)
{
    const int64_t max_guessed = 100000000000;
    struct slice whole = text;
    int64_t number;

    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] != '.') continue;
        whole.length = i;
        if (i + 1 == text.length) return false;
        for (i++; i < text.length; i++) {
            if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
        }
    }
    if (!slice_to_int64(whole, &number)) return false;
    bool large = number > max_guessed || number < -max_guessed;
    if (form == MOMENT_MILLISECONDS || (form == MOMENT_GUESS && large))
        number = number / 1000 - (number % 1000 < 0);
    *moment = number;
    return number >= EARLIEST_SECONDS && number <= LATEST_SECONDS;
}

bool moment_parse(struct slice text, enum moment_form form, int64_t *moment)
{
    bool timed;

    switch (form) {
    case MOMENT_SECONDS:
    case MOMENT_MILLISECONDS:
        return parse_number(text, form, moment);
    case MOMENT_ISO:
        return parse_iso(text, &timed, moment);
    case MOMENT_MONTH_FIRST:
    case MOMENT_DAY_FIRST:
        return parse_year_last(text, form, moment);
    case MOMENT_GUESS:
        break;
    }
    return parse_number(text, form, moment) || parse_iso(text, &timed, moment) ||
           parse_year_last(text, form, moment);
}

static int64_t end_of_day(int64_t moment)
{
    return moment - ((moment % DAY + DAY) % DAY) + DAY - 1;
}

/* "-7d", "-2w", "-12h" */
static bool parse_ago(struct slice text, int64_t now, int64_t *moment)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = { { 'h', 3600 }, { 'd', DAY }, { 'w', 7 * DAY } };
    const int64_t max = 1000000;
    int64_t count;

    if (text.length < 3 || text.bytes[0] != '-') return false;
    struct slice number = { text.bytes + 1, text.length - 2 };
    if (number.bytes[0] < '0' || number.bytes[0] > '9' || !slice_to_int64(number, &count) ||
        count > max)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text.bytes[text.length - 1] != units[i].letter) continue;
        *moment = now - count * units[i].seconds;
        return true;
    }
    return false;
}

bool moment_parse_spoken(struct slice text, int64_t now, int64_t *moment)
{
    static const char *const weekdays[] = { "monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday" };
    int year, month, day, today;
    bool timed;

    text = slice_trim(text);
    if (parse_iso(text, &timed, moment)) {
        if (!timed) *moment = end_of_day(*moment);
        return true;
    }
    if (parse_ago(text, now, moment)) return true;
    if (slice_equal_fold(text, "now")) {
        *moment = now;
        return true;
    }
    int days_ago = slice_equal_fold(text, "today")       ? 0
                   : slice_equal_fold(text, "yesterday") ? 1
                                                         : -1;
    moment_to_civil(now, &year, &month, &day, &today);
    for (int i = 0; i < 7; i++) {
        if (slice_equal_fold(text, weekdays[i])) days_ago = (today - i + 6) % 7 + 1;
    }
    if (days_ago < 0) return false;
    *moment = end_of_day(now - (int64_t)days_ago * DAY);
    return true;
}

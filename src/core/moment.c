/* moment.c - civil dates and seconds, both ways.
 *
 * Days are counted from 1 March of year 0, so that the leap day is the last of its year and a
 * month's place in it is a straight line (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). Reading is in moment_parse.c.
 */
#include "aisle/moment.h"

#include <stdio.h>

enum { DAY = 86400, DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t moment_from_civil(int year, int month, int day, int hour, int minute, int second)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_divide(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    int64_t days = era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;

    return days * DAY + hour * 3600 + minute * 60 + second;
}

void moment_to_civil(int64_t moment, int *year, int *month, int *day, int *weekday)
{
    int64_t days = floor_divide(moment, DAY);
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = floor_divide(shifted, DAYS_PER_ERA), day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
    *weekday = (int)(days + 3 - floor_divide(days + 3, 7) * 7); /* 1970-01-01 was a Thursday */
}

/* Moments outside of the years 1 to 9999 cannot be written in four digits. */
static bool is_civil(int64_t moment)
{
    return moment >= -62135596800 && moment <= 253402300799;
}

const char *moment_date(int64_t moment, char out[MOMENT_TEXT_SIZE])
{
    int year, month, day, weekday;

    out[0] = '\0';
    if (moment == MOMENT_NONE) return out;
    if (!is_civil(moment)) {
        snprintf(out, MOMENT_TEXT_SIZE, "%lld", (long long)moment);
        return out;
    }
    moment_to_civil(moment, &year, &month, &day, &weekday);
    snprintf(out, MOMENT_TEXT_SIZE, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
    return out;
}

const char *moment_text(int64_t moment, char out[MOMENT_TEXT_SIZE])
{
    moment_date(moment, out);
    if (moment == MOMENT_NONE || !is_civil(moment)) return out;
    int second = (int)(moment - floor_divide(moment, DAY) * DAY);
    snprintf(out + 10, MOMENT_TEXT_SIZE - 10, " %02d:%02d:%02d", second / 3600 % 24,
             second / 60 % 60, second % 60);
    return out;
}

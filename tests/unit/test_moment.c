/* Moments: the calendar both ways, what is a date and what is not, what people say. */
#include <aisle/moment.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, enum moment_form form, const char *expected)
{
    char out[MOMENT_TEXT_SIZE];
    int64_t moment;

    if (!moment_parse(slice_of(text), form, &moment)) fail_msg("not a date: %s", text);
    if (strcmp(moment_text(moment, out), expected) != 0)
        fail_msg("%s is %s, expected %s", text, out, expected);
}

static void expect_none(const char *text, enum moment_form form)
{
    int64_t moment;

    if (moment_parse(slice_of(text), form, &moment)) fail_msg("taken for a date: %s", text);
}

/* Day after day from year 1 to 9999, by counting as a calendar does. */
static void every_day_in_a_row(void **state)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t expected = -62135596800;
    int year, month, day, weekday, expected_weekday = 0;
    (void)state;

    for (int y = 1; y <= 9999; y++) {
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        for (int m = 1; m <= 12; m++) {
            for (int d = 1; d <= days[m - 1] + (m == 2 && leap); d++) {
                assert_int_equal(moment_from_civil(y, m, d, 0, 0, 0), expected);
                moment_to_civil(expected + 86399, &year, &month, &day, &weekday);
                assert_true(year == y && month == m && day == d && weekday == expected_weekday);
                expected += 86400;
                expected_weekday = (expected_weekday + 1) % 7;
            }
        }
    }
    assert_int_equal(expected, 253402300800);
}

static void texts(void **state)
{
    char out[MOMENT_TEXT_SIZE];
    (void)state;

    assert_string_equal(moment_text(1609459200, out), "2021-01-01 00:00:00");
    assert_string_equal(moment_text(-1, out), "1969-12-31 23:59:59");
    assert_string_equal(moment_date(951868799, out), "2000-02-29");
    assert_string_equal(moment_text(MOMENT_NONE, out), "");
    assert_string_equal(moment_date(MOMENT_NONE, out), "");
    assert_string_equal(moment_text(INT64_MAX, out), "9223372036854775807");
}

static void dates(void **state)
{
    (void)state;
    expect("1609459200", MOMENT_GUESS, "2021-01-01 00:00:00");
    expect("881250949.0", MOMENT_GUESS, "1997-12-04 15:55:49");
    expect("1609459200123", MOMENT_GUESS, "2021-01-01 00:00:00");
    expect("1609459200123", MOMENT_MILLISECONDS, "2021-01-01 00:00:00");
    expect("-1", MOMENT_MILLISECONDS, "1969-12-31 23:59:59");
    expect("-1", MOMENT_SECONDS, "1969-12-31 23:59:59");
    expect("2021-01-01", MOMENT_GUESS, "2021-01-01 00:00:00");
    expect("2021-01-01 00:00:00", MOMENT_ISO, "2021-01-01 00:00:00");
    expect("2021-01-01 08:26", MOMENT_ISO, "2021-01-01 08:26:00");
    expect("2021/1/2 8:26", MOMENT_ISO, "2021-01-02 08:26:00");
    expect("2010-12-01T08:26:00.5+02:00", MOMENT_GUESS, "2010-12-01 06:26:00");
    expect("2010-12-01T08:26:00Z", MOMENT_GUESS, "2010-12-01 08:26:00");
    expect("2010-12-01 08:26:00 UTC", MOMENT_GUESS, "2010-12-01 08:26:00");
    expect("2010-12-01 23:26:00-0530", MOMENT_GUESS, "2010-12-02 04:56:00");
    expect("12/1/2010 8:26", MOMENT_GUESS, "2010-12-01 08:26:00");
    expect("13/1/2010", MOMENT_GUESS, "2010-01-13 00:00:00");
    expect("01-12-2010 08:26", MOMENT_GUESS, "2010-12-01 08:26:00");
    expect("1.12.2010", MOMENT_GUESS, "2010-12-01 00:00:00");
    expect("1-13-2010", MOMENT_GUESS, "2010-01-13 00:00:00");
    expect("1/2/2010", MOMENT_DAY_FIRST, "2010-02-01 00:00:00");
    expect("1-2-2010", MOMENT_MONTH_FIRST, "2010-01-02 00:00:00");
    expect("12/1/2010 8:26 PM", MOMENT_GUESS, "2010-12-01 20:26:00");
    expect("12/1/2010 12:05 am", MOMENT_GUESS, "2010-12-01 00:05:00");
    expect("2000-02-29", MOMENT_ISO, "2000-02-29 00:00:00");
    expect("2016-12-31 23:59:60", MOMENT_ISO, "2016-12-31 23:59:59");
}

static void not_dates(void **state)
{
    static const char *const bad[] = { "",
                                       " ",
                                       "x",
                                       "2021",
                                       "2021-13-01",
                                       "2021-02-30",
                                       "1900-02-29",
                                       "2021-00-10",
                                       "2021-01-00",
                                       "2021-01-01x",
                                       "2021-01-01 ",
                                       "2021-01-01 24:00",
                                       "2021-01-01 8:60",
                                       "2021-01-01 08:26:61",
                                       "2021-01-01 08",
                                       "2021-01-01 08:26:00.",
                                       "2021-01-01T",
                                       "2021-01-01T08:26:00+",
                                       "2021-01-01T08:26:00+25:00",
                                       "2021-01-01T08:26 ",
                                       "2021-01/01",
                                       "31/31/2010",
                                       "1/2/10",
                                       "2/30/2010",
                                       "12/1/2010 13:00 PM",
                                       "1609459200x",
                                       "1609459200.",
                                       "1609459200.5.5",
                                       "1e9",
                                       "0000-01-01",
                                       "99999-01-01",
                                       "2021-01-01 08:26:00 U",
                                       "--1",
                                       "99999999999999999999" };
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (strcmp(bad[i], "2021") != 0) expect_none(bad[i], MOMENT_GUESS);
        expect_none(bad[i], MOMENT_ISO);
        expect_none(bad[i], MOMENT_MONTH_FIRST);
    }
    expect_none("13/1/2010", MOMENT_MONTH_FIRST);
    expect_none("1/13/2010", MOMENT_DAY_FIRST);
    expect_none("2021-01-01", MOMENT_SECONDS);
    expect_none("253402300800", MOMENT_SECONDS); /* year 10000 */
}

static void expect_spoken(const char *text, const char *expected)
{
    const int64_t now = moment_from_civil(2026, 8, 19, 15, 30, 0); /* a Wednesday */
    char out[MOMENT_TEXT_SIZE];
    int64_t moment;

    if (!moment_parse_spoken(slice_of(text), now, &moment)) fail_msg("not a date: %s", text);
    assert_string_equal(moment_text(moment, out), expected);
}

static void what_people_say(void **state)
{
    int64_t moment;
    (void)state;

    expect_spoken("2026-08-01", "2026-08-01 23:59:59");
    expect_spoken(" 2026-08-01 10:00 ", "2026-08-01 10:00:00");
    expect_spoken("now", "2026-08-19 15:30:00");
    expect_spoken("today", "2026-08-19 23:59:59");
    expect_spoken("Yesterday", "2026-08-18 23:59:59");
    expect_spoken("tuesday", "2026-08-18 23:59:59");
    expect_spoken("monday", "2026-08-17 23:59:59");
    expect_spoken("thursday", "2026-08-13 23:59:59");
    expect_spoken("wednesday", "2026-08-12 23:59:59"); /* the last one, not today */
    expect_spoken("-7d", "2026-08-12 15:30:00");
    expect_spoken("-2w", "2026-08-05 15:30:00");
    expect_spoken("-12h", "2026-08-19 03:30:00");
    assert_false(moment_parse_spoken(slice_of("-d"), 0, &moment));
    assert_false(moment_parse_spoken(slice_of("--7d"), 0, &moment));
    assert_false(moment_parse_spoken(slice_of("-99999999999999999999d"), 0, &moment));
    assert_false(moment_parse_spoken(slice_of("soon"), 0, &moment));
    assert_false(moment_parse_spoken(slice_of(""), 0, &moment));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_in_a_row),
        cmocka_unit_test(texts),
        cmocka_unit_test(dates),
        cmocka_unit_test(not_dates),
        cmocka_unit_test(what_people_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

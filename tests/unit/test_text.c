/* Text: UTF-8, what reaches a screen, numbers in and out, error sentences. */
#include <aisle/error.h>
#include <aisle/rng.h>
#include <aisle/text.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_visible(const char *bytes, size_t length, const char *expected)
{
    struct text text = { 0 };

    text_add_visible(&text, bytes, length);
    assert_string_equal(text.bytes, expected);
    assert_int_equal(strlen(text.bytes), text.length);
    text_fini(&text);
}

#define EXPECT_VISIBLE(literal, expected) expect_visible(literal, sizeof(literal) - 1, expected)

static void text_stays_as_it_is(void **state)
{
    (void)state;
    EXPECT_VISIBLE("", "");
    EXPECT_VISIBLE("tea light holder ~!", "tea light holder ~!");
    EXPECT_VISIBLE("Käse Ελιά 日本 שלום", "Käse Ελιά 日本 שלום");
    EXPECT_VISIBLE("e\u0301\u0302", "e\u0301\u0302");
    EXPECT_VISIBLE("\u0e17\u0e35\u0e48", "\u0e17\u0e35\u0e48");
    EXPECT_VISIBLE("\U0001F600", "\U0001F600");
}

static void controls_become_marks(void **state)
{
    (void)state;
    EXPECT_VISIBLE("\x1b[31mred", "␛[31mred");
    EXPECT_VISIBLE("a\0b\x7f", "a␀b␡");
    EXPECT_VISIBLE("one\r\n\ttwo", "one␍␊␉two");
    EXPECT_VISIBLE("\xC2\x85\xC2\x9B", "<U+0085><U+009B>");
    EXPECT_VISIBLE("\u202eevil\u2066\u2069\u200e\u200f\u061c",
                   "<U+202E>evil<U+2066><U+2069><U+200E><U+200F><U+061C>");
    EXPECT_VISIBLE("a\u200bb\u200c\u200d\ufeff", "a<U+200B>b<U+200C><U+200D><U+FEFF>");
    EXPECT_VISIBLE("\u2028\u2029\u00ad", "<U+2028><U+2029><U+00AD>");
    EXPECT_VISIBLE("\U000E0041\ue000\U000F0000\ufdd0\u0378",
                   "<U+E0041><U+E000><U+F0000><U+FDD0><U+0378>");
    EXPECT_VISIBLE("\u0600\ufff9", "<U+0600><U+FFF9>");
    EXPECT_VISIBLE("\u115f\u3164\u034f", "<U+115F><U+3164><U+034F>");
}

static void invalid_bytes_become_marks(void **state)
{
    (void)state;
    EXPECT_VISIBLE("\xff\xfe", "\\xFF\\xFE");
    EXPECT_VISIBLE("a\xc3", "a\\xC3");
    EXPECT_VISIBLE("\xc0\x80", "\\xC0\\x80");                   /* overlong NUL */
    EXPECT_VISIBLE("\xe0\x9f\xbf", "\\xE0\\x9F\\xBF");          /* overlong U+07FF */
    EXPECT_VISIBLE("\xf0\x8f\xbf\xbf", "\\xF0\\x8F\\xBF\\xBF"); /* overlong U+FFFF */
    EXPECT_VISIBLE("\xed\xa0\x80", "\\xED\\xA0\\x80");          /* surrogate */
    EXPECT_VISIBLE("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* beyond the end */
    EXPECT_VISIBLE("caf\xe9 x", "caf\\xE9 x");
}

static void pictures_lose_their_glue_and_stacks_their_height(void **state)
{
    (void)state;
    EXPECT_VISIBLE("\U0001F469\u200d\U0001F373", "\U0001F469\U0001F373");
    EXPECT_VISIBLE("\u2764\ufe0f!", "\u2764!");
    EXPECT_VISIBLE("a\ufe0f", "a<U+FE0F>");
    EXPECT_VISIBLE("\U0001F469\u200dx", "\U0001F469<U+200D>x");
    EXPECT_VISIBLE("z\u0301\u0301\u0301\u0301\u0301\u0301",
                   "z\u0301\u0301\u0301\u0301<U+0301><U+0301>");
    EXPECT_VISIBLE("\u0301a", "\u25cc\u0301a");
}

/* Whatever comes in: valid UTF-8 comes out, with nothing in it that a terminal obeys. */
static void nothing_dangerous_comes_through(void **state)
{
    static const int32_t dangerous[] = { 0x061C, 0x200B, 0x200C, 0x200D, 0x200E,
                                         0x200F, 0x2028, 0x2029, 0xFEFF, 0xE0001 };
    struct rng rng;
    struct text text = { 0 };
    (void)state;

    rng_init(&rng, 1);
    for (int round = 0; round < 30000; round++) {
        char bytes[48];
        size_t length = 0;
        while (length < 40) {
            uint32_t kind = rng_below(&rng, 5);
            if (kind == 0)
                bytes[length++] = (char)rng_below(&rng, 256);
            else if (kind == 1)
                bytes[length++] = (char)rng_below(&rng, 0x20);
            else if (kind == 2)
                length += text_encode((int32_t)rng_below(&rng, 0x110000), bytes + length);
            else if (kind == 3)
                length += text_encode(0x2000 + (int32_t)rng_below(&rng, 0x80), bytes + length);
            else
                length += text_encode(dangerous[rng_below(&rng, 10)], bytes + length);
        }
        text_clear(&text);
        text_add_visible(&text, bytes, length);
        assert_false(text.failed);
        assert_true(text_is_utf8(text.bytes, text.length));
        int stack = 0;
        for (size_t at = 0; at < text.length;) {
            int32_t code;
            at += text_decode(text.bytes + at, text.length - at, &code);
            assert_true(code >= 0x20 && !(code >= 0x7F && code < 0xA0));
            assert_false((code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F));
            assert_false(code >= 0xE0000);
            for (size_t d = 0; d < 10; d++)
                assert_int_not_equal(code, dangerous[d]);
            stack = text_code_width(code) == 0 ? stack + 1 : 0;
            assert_true(stack <= 4);
        }
    }
    text_fini(&text);
}

static void code_points_go_both_ways(void **state)
{
    char bytes[4];
    int32_t code;
    (void)state;

    for (int32_t expected = 0; expected <= 0x10FFFF; expected++) {
        if (expected == 0xD800) expected = 0xE000;
        size_t n = text_encode(expected, bytes);
        assert_int_equal(text_decode(bytes, n, &code), n);
        assert_int_equal(code, expected);
        if (n > 1) {
            assert_int_equal(text_decode(bytes, n - 1, &code), 1);
            assert_int_equal(code, -1);
        }
    }
    assert_int_equal(text_encode(0xD800, bytes), 3); /* no character: U+FFFD */
    assert_memory_equal(bytes, "\xEF\xBF\xBD", 3);
    assert_int_equal(text_decode("", 0, &code), 0);
    assert_true(text_is_utf8("", 0));
    assert_false(text_is_utf8("\x80", 1));
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(text_code_width('a'), 1);
    assert_int_equal(text_code_width(0x301), 0);
    assert_int_equal(text_code_width(0x65E5), 2);
    assert_int_equal(text_code_width(0x1F600), 2);
    assert_int_equal(text_width("a日e\u0301", strlen("a日e\u0301")), 4);
    assert_int_equal(text_width("", 0), 0);
}

static void expect_folded(const char *input, const char *expected)
{
    struct text text = { 0 };

    text_add_folded(&text, input, strlen(input));
    assert_string_equal(text.bytes, expected);
    text_fini(&text);
}

static void folding(void **state)
{
    (void)state;
    expect_folded("", "");
    expect_folded("Crème BRÛLÉE", "creme brulee");
    expect_folded("STRASSE Straße", "strasse strasse");
    expect_folded("İstanbul", "istanbul");
    expect_folded("ﬁne Ⅳ", "fine iv");
    expect_folded("ΣΊΣΥΦΟΣ", "σισυφοσ");
    expect_folded("a\xff", "a\uFFFD");
}

static void json_and_latin1(void **state)
{
    struct text text = { 0 };
    (void)state;

    text_add_json(&text, "a\"\\\n\t\x01\x7f/é\xff", 11);
    assert_string_equal(text.bytes, "\"a\\\"\\\\\\n\\t\\u0001\\u007f/é\uFFFD\"");
    text_clear(&text);
    text_add_json(&text, "x\0y", 3);
    assert_string_equal(text.bytes, "\"x\\u0000y\"");
    text_clear(&text);
    text_add_latin1(&text, "caf\xe9\xff", 5);
    assert_string_equal(text.bytes, "caféÿ");
    text_fini(&text);
}

static void buffers_grow(void **state)
{
    struct text text = { 0 };
    (void)state;

    text_add(&text, "", 0);
    assert_string_equal(text.bytes, "");
    for (int i = 0; i < 1000; i++)
        text_format(&text, "%04d", i);
    assert_int_equal(text.length, 4000);
    for (int i = 0; i < 1000; i++) {
        char number[16];
        snprintf(number, sizeof number, "%04d", i);
        assert_memory_equal(text.bytes + (size_t)i * 4, number, 4);
    }
    text_clear(&text);
    text_format(&text, "%300d", 7);
    assert_int_equal(text.length, 300);
    text.failed = true;
    text_format(&text, "more");
    text_add_string(&text, "more");
    assert_int_equal(text.length, 300);
    assert_int_equal(strlen(text.bytes), 300);
    text_fini(&text);
}

static void slices(void **state)
{
    (void)state;
    assert_int_equal(slice_of(NULL).length, 0);
    assert_true(slice_equal(slice_trim(slice_of(" \t a b\r\n")), "a b"));
    assert_true(slice_equal(slice_trim(slice_of(" \t ")), ""));
    assert_true(slice_equal_fold(slice_of("MonDAY"), "monday"));
    assert_false(slice_equal_fold(slice_of("monda"), "monday"));
    assert_false(slice_equal(slice_of("Monday"), "monday"));
}

static void whole_numbers(void **state)
{
    static const char *const bad[] = { "",
                                       "-",
                                       "+",
                                       "1 ",
                                       " 1",
                                       "1.0",
                                       "0x1",
                                       "1e3",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999",
                                       "--1" };
    int64_t value;
    (void)state;

    assert_true(slice_to_int64(slice_of("-9223372036854775808"), &value) && value == INT64_MIN);
    assert_true(slice_to_int64(slice_of("9223372036854775807"), &value) && value == INT64_MAX);
    assert_true(slice_to_int64(slice_of("+0042"), &value) && value == 42);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(slice_to_int64(slice_of(bad[i]), &value));
}

static void decimals_that_are_none(void **state)
{
    static const char *const bad[] = { "",    "-",   ".",    "e5", "1e",    "1e+",   "nan",  "inf",
                                       "0x1", "1,5", "1.5 ", " 1", "1.2.3", "1e5.0", "1e999" };
    double value;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(slice_to_double(slice_of(bad[i]), &value));
}

static void check_double(const char *text)
{
    double value, expected = strtod(text, NULL);

    assert_true(slice_to_double(slice_of(text), &value));
    assert_true(memcmp(&value, &expected, sizeof value) == 0);
}

static void decimals_equal_the_library(void **state)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "3.5",
        "-2.25",
        ".5",
        "5.",
        "1e22",
        "1e23",
        "9007199254740993",
        "4.9e-324",
        "2.4703282292062327208e-324",
        "1.7976931348623157e308",
        "0.1",
        "123456789012345678901234",
        "0.000000000000000000000000000000000000000000000123456",
        "1e-400",
        "00000000000000000001.5",
        "9007199254740992.5",
        "9007199254740993.0000000000000000000000000000000000000000000000001",
        "179769313486231570814527423731704356798070567525844996598917476803157260780028538760.5",
        "3120.50",
        "1234567890.123456789",
        "8.5E+2",
        "100000000000000000000000000000000000000"
    };
    struct rng rng;
    char text[64];
    (void)state;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        check_double(numbers[i]);
    rng_init(&rng, 2);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = rng_next(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        snprintf(text, sizeof text, "%.*e", 1 + (int)rng_below(&rng, 24), value);
        if (isfinite(strtod(text, NULL))) check_double(text);
        snprintf(text, sizeof text, "%.*f", (int)rng_below(&rng, 12), rng_normal(&rng) * 1e4);
        check_double(text);
    }
}

/* More digits than a double can tell apart, just above a half-way point. */
static void long_decimals_round_rightly(void **state)
{
    char text[2000];
    double value;
    (void)state;

    int n = snprintf(text, sizeof text, "9007199254740993.");
    memset(text + n, '0', 900);
    strcpy(text + n + 900, "1");
    assert_true(slice_to_double(slice_of(text), &value));
    assert_true(value == 9007199254740994.0);
    text[n + 900] = '0';
    assert_true(slice_to_double(slice_of(text), &value));
    assert_true(value == 9007199254740992.0);
}

static void expect_decimal(double value, int decimals, bool grouped, const char *expected)
{
    struct text text = { 0 };

    text_add_decimal(&text, value, decimals, grouped);
    assert_string_equal(text.bytes, expected);
    text_fini(&text);
}

static void decimals_out(void **state)
{
    (void)state;
    expect_decimal(3120.5, 2, true, "3,120.50");
    expect_decimal(-1234567.891, 1, true, "-1,234,567.9");
    expect_decimal(-0.001, 2, true, "0.00");
    expect_decimal(999.999, 2, true, "1,000.00");
    expect_decimal(0, 0, true, "0");
    expect_decimal(123, 0, true, "123");
    expect_decimal(1234, 0, false, "1234");
    expect_decimal(NAN, 2, true, "nan");
    expect_decimal(-INFINITY, 2, true, "-inf");
}

/* Only where the machine has a locale with a decimal comma. */
static void locales_say_nothing(void **state)
{
    double value;
    (void)state;

    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")) {
        print_message("# no locale with a decimal comma is installed\n");
        return; /* cmocka's skip() would read as a failure in TAP */
    }
    assert_true(slice_to_double(slice_of("1.50000000000000000000000001"), &value) && value == 1.5);
    assert_false(slice_to_double(slice_of("1,5"), &value));
    expect_decimal(3120.5, 2, true, "3,120.50");
    setlocale(LC_NUMERIC, "C");
}

static void sentences(void **state)
{
    struct error error = { 0 };
    char flood[2000];
    (void)state;

    assert_false(error_set(NULL, ERROR_IO, "nobody listens"));
    assert_false(error_set(&error, ERROR_INPUT, "line %d: bad\nend\x1b", 3));
    assert_int_equal(error.code, ERROR_INPUT);
    assert_string_equal(error.text, "line 3: bad end ");
    assert_false(error_prefix(&error, "file %s", "a.csv"));
    assert_string_equal(error.text, "file a.csv: line 3: bad end ");
    assert_int_equal(error.code, ERROR_INPUT);
    assert_false(error_memory(&error, "a cake"));
    assert_string_equal(error.text, "not enough memory for a cake");
    for (size_t shift = 0; shift < 4; shift++) { /* cut in the middle of a character */
        memset(flood, 'x', shift);
        for (size_t i = shift; i + 4 < sizeof flood; i += 4)
            memcpy(flood + i, "\U0001F600", 5);
        error_set(&error, ERROR_INPUT, "%s", flood);
        assert_true(text_is_utf8(error.text, strlen(error.text)));
        assert_true(strlen(error.text) > sizeof error.text - 5);
        error_set(&error, ERROR_INPUT, "short");
        error_prefix(&error, "%s", flood);
        assert_true(text_is_utf8(error.text, strlen(error.text)));
    }
}

static void counts_agree_with_their_nouns(void **state)
{
    (void)state;
    assert_string_equal(text_count(0, "row").text, "0 rows");
    assert_string_equal(text_count(1, "batch").text, "1 batch");
    assert_string_equal(text_count(8, "batch").text, "8 batches");
    assert_string_equal(text_count(1, "smaller part").text, "1 smaller part");
    assert_string_equal(text_count(-2, "event").text, "-2 events");
    assert_string_equal(text_count(INT64_MIN, "row").text, "-9223372036854775808 rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays_as_it_is),
        cmocka_unit_test(controls_become_marks),
        cmocka_unit_test(invalid_bytes_become_marks),
        cmocka_unit_test(pictures_lose_their_glue_and_stacks_their_height),
        cmocka_unit_test(nothing_dangerous_comes_through),
        cmocka_unit_test(code_points_go_both_ways),
        cmocka_unit_test(widths),
        cmocka_unit_test(folding),
        cmocka_unit_test(json_and_latin1),
        cmocka_unit_test(buffers_grow),
        cmocka_unit_test(slices),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(decimals_that_are_none),
        cmocka_unit_test(decimals_equal_the_library),
        cmocka_unit_test(long_decimals_round_rightly),
        cmocka_unit_test(decimals_out),
        cmocka_unit_test(locales_say_nothing),
        cmocka_unit_test(sentences),
        cmocka_unit_test(counts_agree_with_their_nouns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

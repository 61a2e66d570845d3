/* text_number.c - numbers from text and to text, the same in every locale.
 *
 * slice_to_double() is exact: what a short decimal says is computed from two exact doubles and one
 * correctly rounded operation; everything longer goes to strtod(), written without a decimal
 * point so that the locale has nothing to say.
 */
#include "aisle/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool slice_to_int64(struct slice text, int64_t *value)
{
    size_t at = 0;
    bool negative = false;
    uint64_t sum = 0;

    if (text.length > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+'))
        negative = text.bytes[at++] == '-';
    if (at == text.length) return false;
    const uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    for (; at < text.length; at++) {
        unsigned digit = (unsigned)(unsigned char)text.bytes[at] - '0';
        if (digit > 9 || sum > (max - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    if (negative)
        *value = sum == max ? INT64_MIN : -(int64_t)sum;
    else
        *value = (int64_t)sum;
    return true;
}

/* A decimal number taken apart: digits × 10^exponent, leading zeros gone. */
struct decimal {
    uint64_t head;    /* the first 19 digits */
    int n_digits;     /* of head */
    int64_t exponent; /* of head: counts the digits that were left out */
    bool more;        /* digits other than 0 were left out of head */
};

static const char *scan_digits(const char *at, const char *end, bool fraction,
                               struct decimal *decimal)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (decimal->n_digits < 19) {
            decimal->head = decimal->head * 10 + (uint64_t)(*at - '0');
            if (decimal->head > 0) decimal->n_digits++;
            decimal->exponent -= fraction;
        } else {
            decimal->more |= *at != '0';
            decimal->exponent += !fraction;
        }
    }
    return at;
}

/* [-+]digits[.digits][e[-+]digits], at least one digit before or after the point. */
static bool scan(struct slice text, struct decimal *decimal, bool *negative)
{
    *negative = false;
    if (text.length == 0) return false; /* of nothing there may be no address */
    const char *at = text.bytes, *end = at + text.length;
    if (at < end && (*at == '-' || *at == '+')) *negative = *at++ == '-';
    const char *digits = at;
    at = scan_digits(at, end, false, decimal);
    ptrdiff_t n = at - digits;
    if (at < end && *at == '.') {
        digits = ++at;
        at = scan_digits(at, end, true, decimal);
        n += at - digits;
    }
    if (n == 0) return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        int64_t exponent = 0;
        bool down = false;
        at++;
        if (at < end && (*at == '-' || *at == '+')) down = *at++ == '-';
        if (at == end) return false;
        for (; at < end && *at >= '0' && *at <= '9'; at++) {
            if (exponent < 1000000) exponent = exponent * 10 + (*at - '0');
        }
        decimal->exponent += down ? -exponent : exponent;
    }
    return at == end;
}

/* All significant digits of the text, then the exponent that puts the point where it was. */
static double convert_slowly(struct slice text, const struct decimal *decimal)
{
    enum { DIGITS = 770 }; /* no double needs more to be rounded rightly: the rest is "more" */
    char copy[DIGITS + 32];
    size_t n = 0;
    int64_t exponent = decimal->exponent + decimal->n_digits; /* 0.digits × 10^exponent */
    bool more = false;

    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        if (c == 'e' || c == 'E') break;
        if (c < '0' || c > '9' || (n == 0 && c == '0')) continue;
        if (n < DIGITS)
            copy[n++] = c;
        else
            more |= c != '0';
    }
    if (more) copy[n - 1] = '1'; /* beyond every half-way point: only its being there counts */
    exponent -= (int64_t)n;
    if (exponent > 99999) exponent = 99999;
    if (exponent < -99999) exponent = -99999;
    snprintf(copy + n, sizeof copy - n, "e%d", (int)exponent);
    return strtod(copy, NULL);
}

bool slice_to_double(struct slice text, double *value)
{
    static const double power[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    struct decimal decimal = { 0 };
    bool negative;
    double result;

    if (!scan(text, &decimal, &negative)) return false;
    if (decimal.head == 0) {
        result = 0;
    } else if (!decimal.more && decimal.head <= (UINT64_C(1) << 53) && decimal.exponent >= -22 &&
               decimal.exponent <= 22) {
        result = (double)decimal.head;
        if (decimal.exponent < 0)
            result /= power[-decimal.exponent];
        else
            result *= power[decimal.exponent];
    } else {
        result = convert_slowly(text, &decimal);
    }
    if (!isfinite(result)) return false;
    *value = negative ? -result : result;
    return true;
}

void text_add_decimal(struct text *text, double value, int decimals, bool grouped)
{
    char plain[400]; /* DBL_MAX has 309 digits */
    const char *at = plain;

    if (!isfinite(value)) {
        text_add_string(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    if (decimals > 60) decimals = 60;
    snprintf(plain, sizeof plain, "%.*f", decimals, value);
    if (*at == '-') {
        at++;
        if (at[strspn(at, "0.,")] != '\0') text_add_string(text, "-"); /* no minus before 0.00 */
    }
    size_t whole = strspn(at, "0123456789");
    for (size_t i = 0; i < whole; i++) {
        if (grouped && i > 0 && (whole - i) % 3 == 0) text_add_string(text, ",");
        text_add(text, at + i, 1);
    }
    if (decimals <= 0) return;
    text_add_string(text, ".");
    text_add_string(text, at + strlen(at) - (size_t)decimals);
}

struct text_count text_count(int64_t n, const char *noun)
{
    struct text_count words;
    const size_t length = strlen(noun);
    const bool hissing = length > 2 && strcmp(noun + length - 2, "ch") == 0;
    snprintf(words.text, sizeof words.text, "%lld %s%s", (long long)n, noun,
             n == 1    ? ""
             : hissing ? "es"
                       : "s");
    return words;
}

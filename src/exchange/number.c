/* number.c - see number.h. */
#include "exchange/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOAT_DIGITS = 9, DOUBLE_DIGITS = 17, SMALL_DECIMALS = 60 };

bool number_read(struct slice text, double *number)
{
    return slice_to_double(text, number) && fabs(*number) <= NUMBER_LARGEST;
}

/* Digits written by the C library carry the locale's decimal point, whatever it is. */
static void add_digits(struct text *out, const char *digits)
{
    const char *after = digits + strspn(digits, "+-0123456789");
    size_t point = strcspn(after, "0123456789e");

    text_add(out, digits, (size_t)(after - digits));
    if (*after == 'e' || *after == '\0') {
        text_add_string(out, after);
        return;
    }
    text_add(out, ".", 1);
    text_add_string(out, after + point);
}

void number_add_float(struct text *out, float number)
{
    char digits[128];

    if (!isfinite(number)) return;
    for (int precision = 1; precision <= FLOAT_DIGITS; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)number);
        if (strtof(digits, NULL) == number) break;
    }
    if (strchr(digits, 'e')) {
        /* Large numbers are whole; small ones get as many decimals as they need. */
        bool large = fabsf(number) >= 1;
        size_t length;

        snprintf(digits, sizeof digits, "%.*f", large ? 0 : SMALL_DECIMALS, (double)number);
        length = strlen(digits);
        while (!large && length > 0 && digits[length - 1] == '0')
            digits[--length] = '\0';
    }
    add_digits(out, digits);
}

void number_add_double(struct text *out, double number)
{
    char digits[40];

    if (!isfinite(number)) return;
    for (int precision = 1; precision <= DOUBLE_DIGITS; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) break;
    }
    /* 10, not 1e+01 */
    if (fabs(number) < 1e15 && number == trunc(number))
        snprintf(digits, sizeof digits, "%.0f", number);
    add_digits(out, digits);
}

/* amount.c - see amount.h. */
#include "exchange/amount.h"

#include "exchange/number.h"

#include <string.h>

enum { DIGITS_MAX = 64 }; /* bytes of a number without its signs and marks */

/* A cell without what stands around its digits. */
struct bare {
    char bytes[DIGITS_MAX]; /* digits, ',' and '.'; thousands parted by blanks or ' are gone */
    size_t length;
    bool negative, percent, parted;
};

static const struct {
    const char *mark, *code;
} currency_marks[] = {
    { "€", "EUR" },
    { "£", "GBP" },
    { "¥", "JPY" },
    { "₹", "INR" },
    { "₽", "RUB" },
    { "₺", "TRY" },
    { "₩", "KRW" },
    { "₪", "ILS" },
    { "₫", "VND" },
    { "₴", "UAH" },
    { "R$", "BRL" },
    { "US$", "USD" },
    { "A$", "AUD" },
    { "C$", "CAD" },
    { "CA$", "CAD" },
    { "NZ$", "NZD" },
    { "zł", "PLN" },
    { "Kč", "CZK" },
    { "Ft", "HUF" },
    { "kr.", "kr" },
    { "kr", "kr" },
    { "Fr.", "CHF" },
    { "SFr.", "CHF" },
    { "$", "$" },
    /* The same in windows-1252, where no UTF-8 begins with such a byte. */
    { "\x80", "EUR" },
    { "\xA3", "GBP" },
    { "\xA5", "JPY" },
};

/* White space of any width: blank, tab, no-break (also narrow), thin, figure. 0 = none. */
static size_t blank_at(const char *at, const char *end)
{
    static const char *const blanks[] = { "\xC2\xA0", "\xA0", "\xE2\x80\xAF", "\xE2\x80\x89",
                                          "\xE2\x80\x87" };

    if (at < end && (*at == ' ' || *at == '\t')) return 1;
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
        const size_t length = strlen(blanks[i]);
        if ((size_t)(end - at) >= length && memcmp(at, blanks[i], length) == 0) return length;
    }
    return 0;
}

/* An apostrophe, straight or typeset, that parts thousands. */
static size_t apostrophe_at(const char *at, const char *end)
{
    if (at < end && (*at == '\'' || *at == '\x92')) return 1;
    return (size_t)(end - at) >= 3 && memcmp(at, "\xE2\x80\x99", 3) == 0 ? 3 : 0;
}

static size_t minus_at(const char *at, const char *end)
{
    if (at < end && *at == '-') return 1;
    return (size_t)(end - at) >= 3 && memcmp(at, "\xE2\x88\x92", 3) == 0 ? 3 : 0;
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* A sign or a code of a currency; 0 = none. */
static size_t currency_at(const char *at, const char *end, const char **code)
{
    size_t longest = 0;

    for (size_t i = 0; i < sizeof currency_marks / sizeof *currency_marks; i++) {
        const size_t length = strlen(currency_marks[i].mark);
        if (length <= longest || (size_t)(end - at) < length ||
            memcmp(at, currency_marks[i].mark, length) != 0)
            continue;
        longest = length;
        if (code) *code = currency_marks[i].code;
    }
    if (longest > 0) return longest;
    if (end - at < 3 || !is_capital(at[0]) || !is_capital(at[1]) || !is_capital(at[2])) return 0;
    return end - at > 3 && is_capital(at[3]) ? 0 : 3;
}

/* Takes signs, blanks, currencies and parentheses off. */
static bool strip(struct slice cell, struct bare *bare)
{
    const char *at = cell.bytes, *end = at + cell.length;
    bool open = false, closed = false;
    int32_t marks = 0;

    *bare = (struct bare){ .length = 0 };
    while (at < end) {
        const bool digits = bare->length > 0;
        size_t taken;

        if ((*at >= '0' && *at <= '9') || *at == ',' || *at == '.') {
            if (closed || bare->percent || bare->length == DIGITS_MAX) return false;
            bare->bytes[bare->length++] = *at++;
        } else if ((taken = blank_at(at, end)) > 0 || (taken = apostrophe_at(at, end)) > 0) {
            const char *next = at + taken;
            const bool within = digits && next < end && *next >= '0' && *next <= '9';
            /* A blank between digits parts thousands: three digits have to follow. */
            if (within) {
                if (end - next < 3 || next[1] < '0' || next[1] > '9' || next[2] < '0' ||
                    next[2] > '9' || (end - next > 3 && next[3] >= '0' && next[3] <= '9'))
                    return false;
                bare->parted = true;
            } else if (*at == '\'' && digits) {
                return false;
            }
            at = next;
        } else if ((taken = minus_at(at, end)) > 0) {
            /* "12.-" and "12,-" are whole, not below 0. */
            const bool whole = at + taken == end && digits && (at[-1] == '.' || at[-1] == ',');
            if (bare->negative) return false;
            bare->negative = !whole;
            at += taken;
        } else if (*at == '+' && !digits) {
            at++;
        } else if (*at == '(' && !digits && !open) {
            open = true;
            at++;
        } else if (*at == ')' && open && !closed) {
            closed = true;
            at++;
        } else if (*at == '%' && digits && !bare->percent) {
            bare->percent = true;
            at++;
        } else if ((taken = currency_at(at, end, NULL)) > 0 && ++marks <= 2) {
            at += taken;
        } else {
            return false;
        }
    }
    if (open != closed || (open && bare->negative)) return false;
    bare->negative |= open;
    /* "kr." and "12.-" leave a point or a comma at an edge. */
    while (bare->length > 0 &&
           (bare->bytes[bare->length - 1] == '.' || bare->bytes[bare->length - 1] == ','))
        bare->length--;
    return bare->length > 0;
}

/* How the digits may be read: which sign is a decimal sign, and whether that is certain. */
enum reading { READ_NONE, READ_WHOLE, READ_POINT, READ_COMMA, OPEN_POINT, OPEN_COMMA };

/* Groups of three behind each `sign`, one to three digits before the first. */
static bool is_grouped(const char *bytes, size_t length, char sign)
{
    size_t run = 0, signs = 0;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != sign) {
            run++;
            continue;
        }
        if (signs > 0 ? run != 3 : run < 1 || run > 3) return false;
        signs++;
        run = 0;
    }
    return signs > 0 && run == 3;
}

/* Thousands as India writes them: groups of two, the last of three. */
static bool is_grouped_indian(const char *bytes, size_t length, char sign)
{
    size_t run = 0, signs = 0;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != sign) {
            run++;
            continue;
        }
        if (signs > 0 ? run != 2 : run < 1 || run > 2) return false;
        signs++;
        run = 0;
    }
    return signs > 1 && run == 3;
}

static bool is_thousands(const char *bytes, size_t length, char sign)
{
    return is_grouped(bytes, length, sign) || is_grouped_indian(bytes, length, sign);
}

static enum reading reading_of(const struct bare *bare)
{
    size_t points = 0, commas = 0, last = 0;

    for (size_t i = 0; i < bare->length; i++) {
        points += bare->bytes[i] == '.';
        commas += bare->bytes[i] == ',';
        if (bare->bytes[i] == '.' || bare->bytes[i] == ',') last = i;
    }
    if (points + commas == 0) return READ_WHOLE;
    if (points > 0 && commas > 0) {
        const char decimal = bare->bytes[last], other = decimal == '.' ? ',' : '.';
        if ((decimal == '.' ? points : commas) != 1 || bare->parted) return READ_NONE;
        if (!is_thousands(bare->bytes, last, other)) return READ_NONE;
        return decimal == '.' ? READ_POINT : READ_COMMA;
    }
    const char sign = points > 0 ? '.' : ',';
    if (points + commas > 1) {
        if (bare->parted || !is_thousands(bare->bytes, bare->length, sign)) return READ_NONE;
        return sign == '.' ? READ_COMMA : READ_POINT;
    }
    if (!bare->parted && bare->length - last - 1 == 3 && last >= 1 && last <= 3 &&
        bare->bytes[0] != '0')
        return sign == '.' ? OPEN_POINT : OPEN_COMMA;
    return sign == '.' ? READ_POINT : READ_COMMA;
}

bool amount_count(struct amount_counts *counts, struct slice cell)
{
    struct bare bare;
    size_t digits = 0;

    while (digits < cell.length && cell.bytes[digits] >= '0' && cell.bytes[digits] <= '9')
        digits++;
    if (digits > 0 && digits == cell.length) {
        counts->numbers++;
        counts->plain++;
        return true;
    }
    if (!strip(cell, &bare)) {
        double number;
        if (!slice_to_double(cell, &number)) return false;
        counts->numbers++; /* 1e-5 */
        counts->point++;
        counts->plain++;
        return true;
    }
    switch (reading_of(&bare)) {
    case READ_NONE:
        return false;
    case READ_POINT:
        counts->point++;
        break;
    case READ_COMMA:
        counts->comma++;
        break;
    case OPEN_POINT:
        counts->open_point++;
        break;
    case OPEN_COMMA:
        counts->open_comma++;
        break;
    case READ_WHOLE:
        break;
    }
    counts->numbers++;
    return true;
}

enum decimal_sign amount_decide(const struct amount_counts *counts,
                                const struct amount_counts *file)
{
    if (counts->point > 0 && counts->comma > 0) return DECIMAL_EITHER;
    if (counts->comma > 0) return DECIMAL_COMMA;
    if (counts->point > 0 || !file) return DECIMAL_POINT;
    return file->comma > 0 && file->point == 0 ? DECIMAL_COMMA : DECIMAL_POINT;
}

bool amount_read(struct slice cell, enum decimal_sign sign, double *amount)
{
    struct bare bare;
    char plain[DIGITS_MAX];
    size_t n = 0;
    enum reading reading;
    char decimal;

    if (sign == DECIMAL_POINT && number_read(cell, amount)) return true;
    if (!strip(cell, &bare)) return number_read(cell, amount);
    reading = reading_of(&bare);
    if (reading == READ_NONE) return false;
    if (reading == OPEN_POINT || reading == OPEN_COMMA) {
        if (sign == DECIMAL_EITHER) return false;
        decimal = sign == DECIMAL_POINT ? '.' : ',';
    } else {
        decimal = reading == READ_COMMA ? ',' : '.';
    }
    /* In a column of one sign the other can only part thousands, and not wrongly. */
    if ((sign == DECIMAL_POINT && reading == READ_COMMA) ||
        (sign == DECIMAL_COMMA && reading == READ_POINT))
        return false;
    for (size_t i = 0; i < bare.length; i++) {
        if (bare.bytes[i] == decimal)
            plain[n++] = '.';
        else if (bare.bytes[i] != '.' && bare.bytes[i] != ',')
            plain[n++] = bare.bytes[i];
    }
    if (!number_read((struct slice){ plain, n }, amount)) return false;
    if (bare.percent) *amount /= 100;
    if (bare.negative) *amount = -*amount;
    return true;
}

struct slice amount_currency(struct slice cell)
{
    const char *at = cell.bytes, *end = at + cell.length;

    while (at < end) {
        const char *code = NULL;
        const size_t taken = currency_at(at, end, &code);
        if (taken > 0) return code ? slice_of(code) : (struct slice){ at, taken };
        at++;
    }
    return (struct slice){ "", 0 };
}

/* text_visible.c - what a text looks like: width, visible marks, folding.
 *
 * text_add_visible() is the gate between data and every place where a person reads. What it lets
 * through is a list of what is allowed (assigned characters that leave ink or space), never a list
 * of what is forbidden; everything else becomes a mark. Marks are ASCII or the control pictures
 * U+2400-2421.
 */
#include "aisle/text.h"

#include <stdio.h>
#include <utf8proc.h>

/* A terminal draws every combining mark; a stack higher than this would cover other rows. */
enum { MARKS_PER_LETTER = 4 };

enum { ZERO_WIDTH_JOINER = 0x200D, EMOJI_SELECTOR = 0xFE0F };

int text_code_width(int32_t code)
{
    if (code >= 0x20 && code < 0x7F) return 1;
    if (code < 0) return 1;
    return utf8proc_charwidth(code);
}

int text_width(const char *bytes, size_t length)
{
    int width = 0;
    int32_t code;

    for (size_t at = 0; at < length;) {
        at += text_decode(bytes + at, length - at, &code);
        width += text_code_width(code);
    }
    return width;
}

static bool is_pictograph(int32_t code)
{
    return code > 0x7F &&
           utf8proc_get_property(code)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_skin_tone(int32_t code)
{
    return code >= 0x1F3FB && code <= 0x1F3FF;
}

static bool is_combining(int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
           (category == UTF8PROC_CATEGORY_MC && utf8proc_charwidth(code) == 0);
}

static bool is_ideograph(int32_t code)
{
    return (code >= 0x3040 && code <= 0x30FF) || (code >= 0x3400 && code <= 0x4DBF) ||
           (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0xF900 && code <= 0xFAFF) ||
           (code >= 0x20000 && code <= 0x3134F);
}

enum text_class text_code_class(int32_t code)
{
    if (code < 0x80) {
        const int32_t lower = code | 0x20;
        return (lower >= 'a' && lower <= 'z') || (code >= '0' && code <= '9') ? TEXT_LETTER
                                                                              : TEXT_OTHER;
    }
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return is_ideograph(code) ? TEXT_IDEOGRAPH : TEXT_LETTER;
    default:
        return TEXT_OTHER;
    }
}

/* Leaves ink or space where it stands, and nothing else happens. */
static bool is_plain(int32_t code)
{
    if (code < 0x80) return code >= 0x20 && code < 0x7F;
    if (utf8proc_get_property(code)->ignorable) return false;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CN: /* unassigned, noncharacters */
    case UTF8PROC_CATEGORY_CC: /* C1 */
    case UTF8PROC_CATEGORY_CF: /* bidi, zero-width, tags */
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO: /* private use */
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return is_combining(code) || utf8proc_charwidth(code) > 0;
    }
}

static void add_mark(struct text *text, int32_t code, unsigned char byte)
{
    char out[16];

    if (code < 0) {
        text_add(text, out, (size_t)snprintf(out, sizeof out, "\\x%02X", (unsigned)byte));
    } else if (code < 0x20 || code == 0x7F) {
        text_add(text, out, text_encode(code == 0x7F ? 0x2421 : 0x2400 + code, out));
    } else {
        text_add(text, out, (size_t)snprintf(out, sizeof out, "<U+%04X>", (unsigned)code));
    }
}

/* The length of a run of plain ASCII at the front. */
static size_t ascii_run(const char *bytes, size_t length)
{
    size_t n = 0;
    while (n < length && bytes[n] >= 0x20 && bytes[n] < 0x7F)
        n++;
    return n;
}

/* A joiner or selector that only chooses between pictures may go: both pictures stay in sight. */
static bool is_picture_glue(int32_t before, int32_t code, const char *next, size_t length)
{
    int32_t after;

    if (!is_pictograph(before) && !is_skin_tone(before)) return false;
    if (code == EMOJI_SELECTOR) return true;
    if (code != ZERO_WIDTH_JOINER) return false;
    text_decode(next, length, &after);
    return after >= 0 && is_pictograph(after);
}

void text_add_visible(struct text *text, const char *bytes, size_t length)
{
    int32_t code, base = -1; /* the last character that stands by itself */
    int stack = 0;           /* combining marks on it */

    text_add(text, "", 0);
    for (size_t at = 0, taken; at < length; at += taken) {
        taken = ascii_run(bytes + at, length - at);
        if (taken > 0) {
            text_add(text, bytes + at, taken);
            base = bytes[at + taken - 1];
            stack = 0;
            continue;
        }
        taken = text_decode(bytes + at, length - at, &code);
        if (code >= 0 && is_picture_glue(base, code, bytes + at + taken, length - at - taken)) {
            continue;
        }
        if (code < 0 || !is_plain(code)) {
            add_mark(text, code, (unsigned char)bytes[at]);
            base = '>';
            stack = 0;
        } else if (!is_combining(code)) {
            text_add(text, bytes + at, taken);
            base = code;
            stack = 0;
        } else if (stack == MARKS_PER_LETTER) {
            add_mark(text, code, 0);
        } else {
            if (base < 0) text_add_string(text, "\xE2\x97\x8C"); /* dotted circle to stand on */
            text_add(text, bytes + at, taken);
            if (base < 0) base = 0x25CC;
            stack++;
        }
    }
}

void text_add_folded(struct text *text, const char *bytes, size_t length)
{
    const utf8proc_option_t options = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                      UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    utf8proc_int32_t folded[32]; /* the longest decomposition has 18 */
    int32_t code;
    char out[4];

    text_add(text, "", 0);
    for (size_t at = 0; at < length;) {
        at += text_decode(bytes + at, length - at, &code);
        if (code >= 0 && code < 0x80) {
            out[0] = (char)(code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code);
            text_add(text, out, 1);
            continue;
        }
        if (code < 0) code = 0xFFFD;
        int class = UTF8PROC_BOUNDCLASS_START;
        utf8proc_ssize_t n = utf8proc_decompose_char(code, folded, 32, options, &class);
        for (utf8proc_ssize_t i = 0; i < n && i < 32; i++)
            text_add(text, out, text_encode(folded[i], out));
    }
}

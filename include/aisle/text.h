/* text.h - UTF-8 text that people see, and the words that programs read.
 *
 * Text from data is bytes of unknown quality. Nothing here trusts it: text_visible() is the one
 * way from data to a terminal, a table or an error sentence.
 */
#ifndef AISLE_TEXT_H
#define AISLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of bytes; not terminated. */
struct slice {
    const char *bytes;
    size_t length;
};

struct slice slice_of(const char *text);              /* text may be NULL: empty */
bool slice_equal(struct slice a, const char *b);      /* byte for byte */
bool slice_equal_fold(struct slice a, const char *b); /* ASCII letters without case */
struct slice slice_trim(struct slice text);           /* without ASCII white space at both ends */

/* A growing, always terminated buffer. Zero-initialise; text_fini() frees. A failed allocation
 * sets `failed` and later appends do nothing, so that one test at the end is enough. */
struct text {
    char *bytes;
    size_t length, capacity;
    bool failed;
};

void text_fini(struct text *text);
void text_clear(struct text *text);
void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Decodes one code point at bytes[0..length); returns the bytes taken (at least 1 when length > 0)
 * and stores the code point, or -1 for an invalid byte (1 byte taken). */
size_t text_decode(const char *bytes, size_t length, int32_t *code);
/* Writes a code point as UTF-8 into out[4]; returns the bytes written. */
size_t text_encode(int32_t code, char out[4]);
bool text_is_utf8(const char *bytes, size_t length);

/* What words are made of: letters and digits, and characters of scripts that put no blanks between
 * words (Han, Hiragana, Katakana). */
enum text_class { TEXT_OTHER, TEXT_LETTER, TEXT_IDEOGRAPH };
enum text_class text_code_class(int32_t code);

/* Columns that a code point takes in a terminal: 0 combining, 1, or 2 (utf8proc's table). */
int text_code_width(int32_t code);
/* Columns of a whole text, after text_visible() has been applied. */
int text_width(const char *bytes, size_t length);

/* Appends `bytes` with every control, escape, bidi-override and zero-width formatting character
 * and every invalid byte replaced by a visible mark: ␛ for escape, ␀-␟ for C0 controls, <U+202E>
 * style for overrides, \xFF style for invalid bytes. The result is valid UTF-8 on one line. */
void text_add_visible(struct text *text, const char *bytes, size_t length);

/* Appends the text lower-cased, without diacritics (NFKD, marks removed), for comparing. */
void text_add_folded(struct text *text, const char *bytes, size_t length);

/* Latin-1 to UTF-8. */
void text_add_latin1(struct text *text, const char *bytes, size_t length);

/* Would it steer a terminal that is given it raw? Controls, C1 among them, and what turns the
 * direction of writing. */
bool text_code_steers(int32_t code);
/* JSON string literal with quotes; invalid bytes become U+FFFD, what steers a terminal is escaped.
 */
void text_add_json(struct text *text, const char *bytes, size_t length);

/* Strict numbers of the whole slice, independent of the locale: false when anything else is in it.
 */
bool slice_to_int64(struct slice text, int64_t *value);
bool slice_to_double(struct slice text, double *value); /* finite only; decimal point */

/* "1 event", "8 events", "2 batches": .text lives to the end of the expression that asks for it. */
struct text_count {
    char text[64];
};
struct text_count text_count(int64_t n, const char *noun);

/* Appends a number with a decimal point in every locale: 3120.5 with 2 decimals, grouped, is
 * "3,120.50". Numbers that are none are "nan", "inf", "-inf". */
void text_add_decimal(struct text *text, double value, int decimals, bool grouped);

#endif

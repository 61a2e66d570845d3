/* text.c - slices, the growing buffer, and UTF-8 one code point at a time. */
#include "aisle/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slice slice_of(const char *text)
{
    return (struct slice){ text, text ? strlen(text) : 0 };
}

bool slice_equal(struct slice a, const char *b)
{
    size_t length = strlen(b);
    return a.length == length && (length == 0 || memcmp(a.bytes, b, length) == 0);
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool slice_equal_fold(struct slice a, const char *b)
{
    if (a.length != strlen(b)) return false;
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.bytes[i]) != lower(b[i])) return false;
    }
    return true;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct slice slice_trim(struct slice text)
{
    while (text.length > 0 && is_space(text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0 && is_space(text.bytes[text.length - 1]))
        text.length--;
    return text;
}

void text_fini(struct text *text)
{
    free(text->bytes);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->bytes) text->bytes[0] = '\0';
}

/* Room for `length` more bytes and the terminator. */
static bool reserve(struct text *text, size_t length)
{
    if (text->failed) return false;
    if (length < text->capacity - text->length)
        return true; /* room 0 and length 0: false, as it must */
    if (length >= SIZE_MAX / 2 - text->length) {
        text->failed = true;
        return false;
    }
    size_t capacity = text->length + length + 1;
    if (capacity < text->capacity + text->capacity / 2)
        capacity = text->capacity + text->capacity / 2;
    if (capacity < 32) capacity = 32;
    char *bytes = realloc(text->bytes, capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length)) return;
    if (length > 0) memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments, again;

    if (text->failed) return;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t capacity = text->capacity - text->length;
    int length =
        vsnprintf(text->bytes ? text->bytes + text->length : NULL, capacity, format, arguments);
    if (length < 0) {
        text->failed = true;
    } else if ((size_t)length >= capacity && reserve(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    }
    if (!text->failed) text->length += (size_t)length;
    if (text->bytes) text->bytes[text->length] = '\0';
    va_end(again);
    va_end(arguments);
}

size_t text_decode(const char *bytes, size_t length, int32_t *code)
{
    const unsigned char *b = (const unsigned char *)bytes;
    static const int32_t min[] = { 0, 0, 0x80, 0x800, 0x10000 };

    *code = -1;
    if (length == 0) return 0;
    if (b[0] < 0x80) {
        *code = b[0];
        return 1;
    }
    size_t n = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    if (b[0] < 0xC2 || b[0] > 0xF4 || n > length) return 1;
    int32_t value = b[0] & (0x7F >> n);
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xC0) != 0x80) return 1;
        value = value << 6 | (b[i] & 0x3F);
    }
    if (value < min[n] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 1;
    *code = value;
    return n;
}

size_t text_encode(int32_t code, char out[4])
{
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)((0xF00 >> n & 0xF0) | code);
    return n;
}

bool text_is_utf8(const char *bytes, size_t length)
{
    int32_t code;

    for (size_t at = 0; at < length;) {
        at += text_decode(bytes + at, length - at, &code);
        if (code < 0) return false;
    }
    return true;
}

void text_add_latin1(struct text *text, const char *bytes, size_t length)
{
    char out[4];

    for (size_t i = 0; i < length; i++) {
        int32_t code = (unsigned char)bytes[i];
        text_add(text, out, text_encode(code, out));
    }
}

bool text_code_steers(int32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x61C || code == 0x200E ||
           code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

void text_add_json(struct text *text, const char *bytes, size_t length)
{
    size_t plain = 0; /* start of the run that needs no change */
    int32_t code;

    text_add(text, "\"", 1);
    for (size_t at = 0, taken; at < length; at += taken) {
        taken = text_decode(bytes + at, length - at, &code);
        if (code != '"' && code != '\\' && !text_code_steers(code)) continue;
        text_add(text, bytes + plain, at - plain);
        plain = at + taken;
        if (code < 0)
            text_add(text, "\xEF\xBF\xBD", 3);
        else if (code == '"' || code == '\\')
            text_add(text, (const char[]){ '\\', (char)code }, 2);
        else if (code == '\n')
            text_add(text, "\\n", 2);
        else if (code == '\t')
            text_add(text, "\\t", 2);
        else
            text_format(text, "\\u%04x", (unsigned)code);
    }
    text_add(text, bytes + plain, length - plain);
    text_add(text, "\"", 1);
}

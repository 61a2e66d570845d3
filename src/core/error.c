/* error.c - sentences about what went wrong.
 *
 * Every sentence stays on one line and ends at a whole character, whatever was formatted into it.
 */
#include "aisle/error.h"

#include "aisle/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the buffer was too small, the last character may be cut: takes the rest of it off. */
static void drop_half_character(char *text)
{
    size_t end = strlen(text), start = end;
    int32_t code;

    while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0) start--;
    text_decode(text + start, end - start, &code);
    if (code < 0) text[start] = '\0';
}

static void keep_on_one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) *text = ' ';
    }
}

bool error_set(struct error *error, enum error_code code, const char *format, ...)
{
    va_list arguments;
    char text[sizeof error->text]; /* the arguments may point into the old sentence */

    if (!error) return false;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) text[0] = '\0';
    if (length >= (int)sizeof text) drop_half_character(text);
    keep_on_one_line(text);
    memcpy(error->text, text, sizeof text);
    error->code = code;
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    va_list arguments;
    char context[sizeof error->text];

    if (!error) return false;
    va_start(arguments, format);
    int length = vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    if (length < 0) return false;
    return error_set(error, error->code, "%s: %s", context, error->text);
}

bool error_memory(struct error *error, const char *what)
{
    return error_set(error, ERROR_MEMORY, "not enough memory for %s", what);
}

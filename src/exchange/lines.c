/* lines.c - see lines.h. */
#include "exchange/lines.h"

#include <stdlib.h>
#include <string.h>

static const char byte_order_mark[3] = { '\xEF', '\xBB', '\xBF' };

bool lines_open(struct lines *lines, bytes_get *get, void *context, struct error *error)
{
    *lines = (struct lines){ .get = get, .context = context, .capacity = LINES_BUFFER };
    lines->buffer = malloc(lines->capacity);
    return lines->buffer ? true : error_memory(error, "a buffer for reading");
}

void lines_close(struct lines *lines)
{
    free(lines->buffer);
    *lines = (struct lines){ 0 };
}

/* Makes room behind `end` by moving what is unread to the front, then by growing. */
static bool reserve(struct lines *lines, struct error *error)
{
    char *larger;

    if (lines->begin > 0) {
        memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    }
    if (lines->end < lines->capacity || lines->capacity >= LINES_LONGEST) return true;
    larger = realloc(lines->buffer, lines->capacity * 2);
    if (!larger) return error_memory(error, "a long line");
    lines->buffer = larger;
    lines->capacity *= 2;
    return true;
}

static bool fill(struct lines *lines, struct error *error)
{
    size_t length = 0;

    if (!lines->get(lines->context, lines->buffer + lines->end, lines->capacity - lines->end,
                    &length, error))
        return false;
    lines->end += length;
    lines->ended = length == 0;
    return true;
}

bool lines_peek(struct lines *lines, struct slice *head, bool *whole, struct error *error)
{
    while (!lines->ended && lines->end < LINES_BUFFER)
        if (!fill(lines, error)) return false;
    if (lines->begin == 0 && lines->number == 0 && lines->end >= sizeof byte_order_mark &&
        memcmp(lines->buffer, byte_order_mark, sizeof byte_order_mark) == 0)
        lines->begin = sizeof byte_order_mark;
    *head = (struct slice){ lines->buffer + lines->begin, lines->end - lines->begin };
    *whole = lines->ended;
    return true;
}

/* Drops everything up to the next end of line. */
static bool skip_rest(struct lines *lines, struct error *error)
{
    for (;;) {
        char *newline = memchr(lines->buffer + lines->begin, '\n', lines->end - lines->begin);

        if (newline) {
            lines->begin = (size_t)(newline + 1 - lines->buffer);
            return true;
        }
        lines->begin = lines->end = 0;
        if (lines->ended) return true;
        if (!fill(lines, error)) return false;
    }
}

enum lines_state lines_next(struct lines *lines, struct slice *line, struct error *error)
{
    size_t searched = 0;
    char *newline = NULL;

    if (lines->number == 0) {
        struct slice head;
        bool whole;

        if (!lines_peek(lines, &head, &whole, error)) return LINES_FAILED;
    }
    lines->too_long = false;
    for (;;) {
        size_t unread = lines->end - lines->begin;

        newline = memchr(lines->buffer + lines->begin + searched, '\n', unread - searched);
        if (newline || lines->ended) break;
        searched = unread;
        if (!reserve(lines, error)) return LINES_FAILED;
        if (lines->end == lines->capacity) {
            lines->too_long = true;
            break;
        }
        if (!fill(lines, error)) return LINES_FAILED;
    }
    *line = (struct slice){ lines->buffer + lines->begin, lines->end - lines->begin };
    if (newline) line->length = (size_t)(newline - line->bytes);
    if (!newline && line->length == 0) return LINES_END;
    lines->number++;
    if (lines->too_long) {
        if (!skip_rest(lines, error)) return LINES_FAILED;
        *line = slice_of("(a line of more than 16 MB)");
        return LINES_LINE;
    }
    lines->begin += line->length + (newline ? 1 : 0);
    if (line->length > 0 && line->bytes[line->length - 1] == '\r') line->length--;
    return LINES_LINE;
}

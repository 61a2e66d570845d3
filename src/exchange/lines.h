/* lines.h - a stream of bytes as lines.
 *
 * Lines are borrowed: a slice lives until the next call. They end at '\n', a '\r' in front of it
 * and a byte-order mark at the head of the stream do not belong to them. Memory is one buffer of
 * LINES_BUFFER bytes; it grows, up to LINES_LONGEST, for a line that needs it, and what goes on
 * beyond that is read and dropped, so that a file without an end of line costs no more.
 */
#ifndef AISLE_EXCHANGE_LINES_H
#define AISLE_EXCHANGE_LINES_H

#include "aisle/bytes.h"
#include "aisle/text.h"

enum { LINES_BUFFER = 256 * 1024, LINES_LONGEST = 16 * 1024 * 1024 };

enum lines_state { LINES_LINE, LINES_END, LINES_FAILED };

struct lines {
    bytes_get *get;
    void *context;
    char *buffer;
    size_t capacity, begin, end; /* unread bytes are [begin, end) */
    bool ended;                  /* the source has no more */
    bool too_long;               /* the last line was cut */
    int64_t number;              /* of the last line, from 1 */
};

bool lines_open(struct lines *lines, bytes_get *get, void *context, struct error *error);
void lines_close(struct lines *lines); /* allowed on a zeroed one */

/* The first bytes of the stream, at most LINES_BUFFER, without taking them. Call it before the
 * first line. *whole tells whether that is all there is. */
bool lines_peek(struct lines *lines, struct slice *head, bool *whole, struct error *error);

enum lines_state lines_next(struct lines *lines, struct slice *line, struct error *error);

#endif

/* import_context.c - see import_context.h. */
#include "exchange/import_context.h"

#include "exchange/decode.h"

#include "exchange/number.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { LINES_PER_CHECK = 1024 }; /* how often the cancel flag is looked at */

bool import_open(struct import_context *import_context, bytes_get *get, void *context,
                 const struct import_events *events, struct catalogue *catalogue,
                 struct error *error)
{
    *import_context =
        (struct import_context){ .events = *events, .catalogue = catalogue, .error = error };
    return lines_open(&import_context->lines, get, context, error);
}

void import_set_options(struct import_context *import_context, const struct import_options *options)
{
    import_context->map = options->map;
    import_context->own = options->columns;
    import_context->insisted = options->format != NULL;
    import_context->now = (int64_t)time(NULL);
    if (options->dates) date_order_parse(options->dates, &import_context->dates);
}

void import_close(struct import_context *import_context)
{
    lines_close(&import_context->lines);
    text_fini(&import_context->scratch);
}

bool import_raw_line(struct import_context *import_context, struct slice *line)
{
    if (import_context->stopped) return false;
    switch (lines_next(&import_context->lines, line, import_context->error)) {
    case LINES_END:
        return false;
    case LINES_FAILED:
        import_context->stopped = true;
        return false;
    case LINES_LINE:
        break;
    }
    if (import_context->lines.number % LINES_PER_CHECK == 0 &&
        progress_cancelled(import_context->progress)) {
        error_set(import_context->error, ERROR_CANCELLED, "stopped at line %lld",
                  (long long)import_context->lines.number);
        import_context->stopped = true;
        return false;
    }
    return true;
}

static bool is_blank(struct slice line)
{
    return line.length == 0 || slice_trim(line).length == 0;
}

bool import_line(struct import_context *import_context, struct slice *line)
{
    while (import_raw_line(import_context, line)) {
        if (import_context->lines.too_long)
            import_reject(import_context, import_context->lines.number, "a line of more than 16 MB",
                          *line);
        else if (line->length > 0 && memchr(line->bytes, '\0', line->length))
            import_reject(import_context, import_context->lines.number, "a NUL byte", *line);
        else if (line->length > 0 && ((unsigned char)line->bytes[0] > ' ' || !is_blank(*line)))
            return true;
    }
    return false;
}

struct record import_event(const struct import_context *import_context, struct slice user,
                           struct slice item)
{
    return (struct record){ .kind = RECORD_EVENT,
                            .line = import_context->lines.number,
                            .user = user,
                            .item = item,
                            .time = MOMENT_NONE,
                            .type = EVENT_PURCHASE,
                            .quantity = 1,
                            .value = (double)NAN };
}

bool import_record(struct import_context *import_context, const struct record *record)
{
    if (import_context->stopped) return false;
    if (import_context->events.record &&
        !import_context->events.record(import_context->events.context, record,
                                       import_context->error))
        import_context->stopped = true;
    else if (record->kind == RECORD_EVENT)
        import_context->taken++;
    return !import_context->stopped;
}

void import_accept(struct import_context *import_context)
{
    if (import_context->stopped) return;
    import_context->read++;
    import_context->accepted++;
}

void import_reject(struct import_context *import_context, int64_t line, const char *reason,
                   struct slice row)
{
    if (import_context->stopped) return;
    import_context->read++;
    import_context->rejected++;
    if (import_context->events.rejected)
        import_context->events.rejected(import_context->events.context, line, reason, row);
}

const char *import_bad_id(struct slice id, const char *empty)
{
    if (id.length == 0) return empty;
    if (memchr(id.bytes, '\0', id.length)) return "a NUL byte";
    return id.length > ID_LONGEST ? "an id of more than 4096 bytes" : NULL;
}

/* What is wrong with the ids that a record of its kind needs, or NULL. */
static const char *bad_ids(const struct record *record)
{
    const char *reason =
        record->kind == RECORD_ITEM ? NULL : import_bad_id(record->user, "no user");

    if (!reason && (record->kind == RECORD_ITEM || record->kind == RECORD_EVENT))
        reason = import_bad_id(record->item, "no item");
    if (!reason && record->kind == RECORD_FRIENDSHIP)
        reason = import_bad_id(record->other, "no friend");
    return reason;
}

void import_judged(struct import_context *import_context, const struct record *record,
                   const char *reason, struct slice row)
{
    if (reason)
        import_reject(import_context, record->line, reason, row);
    else if (import_record(import_context, record))
        import_accept(import_context);
}

void import_row(struct import_context *import_context, const struct record *record,
                struct slice row)
{
    import_judged(import_context, record, bad_ids(record), row);
}

void import_rating(struct import_context *import_context, const struct slice field[4],
                   struct slice row)
{
    struct record record = import_event(import_context, field[0], field[1]);

    record.type = EVENT_RATING;
    if (!number_read(field[2], &record.value))
        import_reject(import_context, record.line, "rating is not a number", row);
    else if (!import_time(field[3], MOMENT_GUESS, &record.time) || record.time == MOMENT_NONE)
        import_reject(import_context, record.line, "not a date", row);
    else
        import_row(import_context, &record, row);
}

struct slice import_utf8(struct text *scratch, struct slice bytes)
{
    if (text_is_utf8(bytes.bytes, bytes.length)) return bytes;
    text_clear(scratch);
    decode_add_1252(scratch, bytes.bytes, bytes.length);
    if (scratch->failed) return (struct slice){ "", 0 };
    return (struct slice){ scratch->bytes, scratch->length };
}

bool import_time(struct slice text, enum moment_form form, int64_t *moment)
{
    int64_t seconds = 0;
    double number;
    size_t i = 0;

    *moment = MOMENT_NONE;
    if (text.length == 0) return true;
    if (form == MOMENT_GUESS || form == MOMENT_SECONDS) {
        for (; i < text.length && i < 11 && text.bytes[i] >= '0' && text.bytes[i] <= '9'; i++)
            seconds = seconds * 10 + (text.bytes[i] - '0');
        if (i == text.length) {
            *moment = seconds;
            return true;
        }
    }
    if (moment_parse(text, form, moment)) return true;
    /* "881250949.0": what a table of floating-point columns makes of a time stamp. */
    if (!slice_to_double(text, &number) || !(fabs(number) < 1e14)) return false;
    *moment = (int64_t)(fabs(number) > 1e11 ? number / 1000 : number);
    return true;
}

int32_t split_fields(struct slice line, char delimiter, struct slice *field, int32_t max)
{
    const char *at = line.bytes, *end = line.bytes + line.length;
    int32_t n = 0;

    for (;;) {
        const char *stop = at < end ? memchr(at, delimiter, (size_t)(end - at)) : NULL;

        if (n < max) field[n] = (struct slice){ at, (size_t)((stop ? stop : end) - at) };
        n++;
        if (!stop) return n;
        at = stop + 1;
    }
}

int32_t split_double_colon(struct slice line, struct slice *field, int32_t max)
{
    const char *at = line.bytes, *begin = at, *end = line.bytes + line.length;
    int32_t n = 0;

    while (at + 1 < end) {
        const char *colon = memchr(at, ':', (size_t)(end - at));

        if (!colon || colon + 1 >= end) break;
        if (colon[1] != ':') {
            at = colon + 1;
            continue;
        }
        if (n < max) field[n] = (struct slice){ begin, (size_t)(colon - begin) };
        n++;
        begin = at = colon + 2;
    }
    if (n < max) field[n] = (struct slice){ begin, (size_t)(end - begin) };
    return n + 1;
}

/* intake.c - see intake.h. */
#include "exchange/intake.h"

#include "exchange/decode.h"

#include "exchange/number.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { LINES_PER_CHECK = 1024 }; /* how often the cancel flag is looked at */

bool intake_open(struct intake *intake, bytes_get *get, void *context,
                 const struct import_events *events, struct catalogue *catalogue,
                 struct error *error)
{
    *intake = (struct intake){ .events = *events, .catalogue = catalogue, .error = error };
    return lines_open(&intake->lines, get, context, error);
}

void intake_set_options(struct intake *intake, const struct import_options *options)
{
    intake->map = options->map;
    intake->own = options->columns;
    intake->insisted = options->format != NULL;
    intake->now = (int64_t)time(NULL);
    if (options->dates) date_order_parse(options->dates, &intake->dates);
}

void intake_close(struct intake *intake)
{
    lines_close(&intake->lines);
    text_fini(&intake->scratch);
}

bool intake_raw_line(struct intake *intake, struct slice *line)
{
    if (intake->stopped) return false;
    switch (lines_next(&intake->lines, line, intake->error)) {
    case LINES_END:
        return false;
    case LINES_FAILED:
        intake->stopped = true;
        return false;
    case LINES_LINE:
        break;
    }
    if (intake->lines.number % LINES_PER_CHECK == 0 && progress_cancelled(intake->progress)) {
        error_set(intake->error, ERROR_CANCELLED, "stopped at line %lld",
                  (long long)intake->lines.number);
        intake->stopped = true;
        return false;
    }
    return true;
}

static bool is_blank(struct slice line)
{
    return line.length == 0 || slice_trim(line).length == 0;
}

bool intake_line(struct intake *intake, struct slice *line)
{
    while (intake_raw_line(intake, line)) {
        if (intake->lines.too_long)
            intake_reject(intake, intake->lines.number, "a line of more than 16 MB", *line);
        else if (line->length > 0 && memchr(line->bytes, '\0', line->length))
            intake_reject(intake, intake->lines.number, "a NUL byte", *line);
        else if (line->length > 0 && ((unsigned char)line->bytes[0] > ' ' || !is_blank(*line)))
            return true;
    }
    return false;
}

struct record intake_event(const struct intake *intake, struct slice user, struct slice item)
{
    return (struct record){ .kind = RECORD_EVENT,
                            .line = intake->lines.number,
                            .user = user,
                            .item = item,
                            .time = MOMENT_NONE,
                            .type = EVENT_PURCHASE,
                            .quantity = 1,
                            .value = (double)NAN };
}

bool intake_record(struct intake *intake, const struct record *record)
{
    if (intake->stopped) return false;
    if (intake->events.record &&
        !intake->events.record(intake->events.context, record, intake->error))
        intake->stopped = true;
    else if (record->kind == RECORD_EVENT)
        intake->taken++;
    return !intake->stopped;
}

void intake_accept(struct intake *intake)
{
    if (intake->stopped) return;
    intake->read++;
    intake->accepted++;
}

void intake_reject(struct intake *intake, int64_t line, const char *reason, struct slice row)
{
    if (intake->stopped) return;
    intake->read++;
    intake->rejected++;
    if (intake->events.rejected) intake->events.rejected(intake->events.context, line, reason, row);
}

const char *intake_bad_id(struct slice id, const char *empty)
{
    if (id.length == 0) return empty;
    if (memchr(id.bytes, '\0', id.length)) return "a NUL byte";
    return id.length > ID_LONGEST ? "an id of more than 4096 bytes" : NULL;
}

/* What is wrong with the ids that a record of its kind needs, or NULL. */
static const char *bad_ids(const struct record *record)
{
    const char *reason =
        record->kind == RECORD_ITEM ? NULL : intake_bad_id(record->user, "no user");

    if (!reason && (record->kind == RECORD_ITEM || record->kind == RECORD_EVENT))
        reason = intake_bad_id(record->item, "no item");
    if (!reason && record->kind == RECORD_FRIENDSHIP)
        reason = intake_bad_id(record->other, "no friend");
    return reason;
}

void intake_judged(struct intake *intake, const struct record *record, const char *reason,
                   struct slice row)
{
    if (reason)
        intake_reject(intake, record->line, reason, row);
    else if (intake_record(intake, record))
        intake_accept(intake);
}

void intake_row(struct intake *intake, const struct record *record, struct slice row)
{
    intake_judged(intake, record, bad_ids(record), row);
}

void intake_rating(struct intake *intake, const struct slice field[4], struct slice row)
{
    struct record record = intake_event(intake, field[0], field[1]);

    record.type = EVENT_RATING;
    if (!number_read(field[2], &record.value))
        intake_reject(intake, record.line, "rating is not a number", row);
    else if (!intake_time(field[3], MOMENT_GUESS, &record.time) || record.time == MOMENT_NONE)
        intake_reject(intake, record.line, "not a date", row);
    else
        intake_row(intake, &record, row);
}

struct slice intake_utf8(struct text *scratch, struct slice bytes)
{
    if (text_is_utf8(bytes.bytes, bytes.length)) return bytes;
    text_clear(scratch);
    decode_add_1252(scratch, bytes.bytes, bytes.length);
    if (scratch->failed) return (struct slice){ "", 0 };
    return (struct slice){ scratch->bytes, scratch->length };
}

bool intake_time(struct slice text, enum moment_form form, int64_t *moment)
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

int32_t split_fields(struct slice line, char delimiter, struct slice *field, int32_t most)
{
    const char *at = line.bytes, *end = line.bytes + line.length;
    int32_t n = 0;

    for (;;) {
        const char *stop = at < end ? memchr(at, delimiter, (size_t)(end - at)) : NULL;

        if (n < most) field[n] = (struct slice){ at, (size_t)((stop ? stop : end) - at) };
        n++;
        if (!stop) return n;
        at = stop + 1;
    }
}

int32_t split_double_colon(struct slice line, struct slice *field, int32_t most)
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
        if (n < most) field[n] = (struct slice){ begin, (size_t)(colon - begin) };
        n++;
        begin = at = colon + 2;
    }
    if (n < most) field[n] = (struct slice){ begin, (size_t)(end - begin) };
    return n + 1;
}

/* records.c - see records.h. */
#include "records.h"

#include <math.h>

static void add_slice(struct text *out, struct slice slice)
{
    text_add_visible(out, slice.bytes, slice.length);
}

static void add_event(struct text *out, const struct record *record)
{
    char time[MOMENT_TEXT_SIZE];

    text_format(out, "event %lld ", (long long)record->line);
    add_slice(out, record->user);
    text_add_string(out, " ");
    add_slice(out, record->item);
    text_format(out, " %s%s", moment_text(record->time, time),
                record->time == MOMENT_NONE ? "" : " ");
    text_add_string(out, event_type_name(record->type));
    if (record->quantity != 1) text_format(out, " x%g", record->quantity);
    if (!isnan(record->value)) text_format(out, " %g", record->value);
}

bool records_add(void *context, const struct record *record, struct error *error)
{
    struct text *out = context;

    (void)error;
    if (record->kind == RECORD_EVENT) {
        add_event(out, record);
    } else if (record->kind == RECORD_FRIENDSHIP) {
        text_format(out, "friend %lld ", (long long)record->line);
        add_slice(out, record->user);
        text_add_string(out, " ");
        add_slice(out, record->other);
    } else if (record->kind == RECORD_LISTED) {
        text_format(out, "listed %lld ", (long long)record->line);
        add_slice(out, record->user);
        text_add_string(out, " ");
        add_slice(out, record->item);
        text_format(out, " #%g", record->quantity);
        if (!isnan(record->value)) text_format(out, " %g", record->value);
        text_add_string(out, " ");
        add_slice(out, record->name);
    } else {
        text_format(out, "%s %lld ", record->kind == RECORD_USER ? "user" : "item",
                    (long long)record->line);
        add_slice(out, record->kind == RECORD_USER ? record->user : record->item);
        if (record->name.length > 0) {
            text_add_string(out, " \"");
            add_slice(out, record->name);
            text_add_string(out, "\"");
        }
    }
    for (int32_t i = 0; i < record->n_attributes; i++) {
        text_add_string(out, " ");
        add_slice(out, record->attributes[i].name);
        text_add_string(out, "=");
        add_slice(out, record->attributes[i].value);
    }
    text_add_string(out, "\n");
    return true;
}

static void rejected(void *context, int64_t line, const char *reason, struct slice row)
{
    (void)row;
    text_format(context, "reject %lld %s\n", (long long)line, reason);
}

void records_read(struct text *out, const char *format, const char *file_name, const char *map,
                  const void *bytes, size_t length)
{
    struct import_options options = { .map = map };
    struct import_events events = { .record = records_add, .rejected = rejected, .context = out };
    struct error error = { 0 };

    if (!import_memory(format, file_name, bytes, length, &options, &events, &error))
        text_format(out, "failed: %s\n", error.text);
}

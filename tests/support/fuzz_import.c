/* fuzz_import.c - see fuzz_import.h. */
#include "fuzz_import.h"

#include <stdlib.h>
#include <string.h>

struct counts {
    int64_t records, rejected, last_line;
};

static void promise(bool kept)
{
    if (!kept) abort();
}

static void check_id(struct slice id)
{
    promise(id.length > 0 && !memchr(id.bytes, '\0', id.length));
}

static bool on_record(void *context, const struct record *record, struct error *error)
{
    struct counts *counts = context;
    struct text seen = { 0 };

    (void)error;
    counts->records++;
    promise(record->line >= 0);
    if (record->kind != RECORD_ITEM) check_id(record->user);
    if (record->kind == RECORD_ITEM || record->kind == RECORD_EVENT) check_id(record->item);
    if (record->kind == RECORD_FRIENDSHIP) check_id(record->other);
    if (record->kind == RECORD_EVENT) {
        promise(record->quantity > 0);
        promise(record->type >= 0 && record->type < EVENT_TYPES);
    }
    promise(text_is_utf8(record->name.bytes, record->name.length));
    /* Every byte can be read. */
    for (int32_t i = 0; i < record->n_attributes; i++) {
        text_add(&seen, record->attributes[i].name.bytes, record->attributes[i].name.length);
        text_add(&seen, record->attributes[i].value.bytes, record->attributes[i].value.length);
    }
    text_add(&seen, record->name.bytes, record->name.length);
    text_fini(&seen);
    return true;
}

static void on_rejected(void *context, int64_t line, const char *reason, struct slice row)
{
    struct counts *counts = context;
    struct text seen = { 0 };

    promise(line > 0 && *reason && strlen(reason) < 96);
    text_add_visible(&seen, row.bytes, row.length);
    text_fini(&seen);
    counts->rejected++;
}

int fuzz_import(const char *format, const char *file_name, const uint8_t *bytes, size_t size)
{
    struct counts counts = { 0 };
    struct import_events events = { .record = on_record,
                                    .rejected = on_rejected,
                                    .context = &counts };
    struct error error = { 0 };

    if (!import_memory(format, file_name, bytes, size, NULL, &events, &error))
        promise(error.code != ERROR_NONE && error.text[0] != '\0');
    return 0;
}

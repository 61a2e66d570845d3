/* memory.c - import_memory(): a format's reader over bytes in memory, without any workspace. */
#include "exchange/format.h"

#include <stdio.h>
#include <string.h>

struct memory {
    const char *bytes;
    size_t left;
};

static bool memory_get(void *context, void *bytes, size_t room, size_t *length, struct error *error)
{
    struct memory *memory = context;

    (void)error;
    *length = memory->left < room ? memory->left : room;
    if (*length > 0) memcpy(bytes, memory->bytes, *length);
    memory->bytes += *length;
    memory->left -= *length;
    return true;
}

/* Lets the catalogue's titles out through the caller's sink. */
static bool finish(struct intake *intake, struct error *error)
{
    if (!intake->events.record) return true;
    return catalogue_flush(intake->catalogue, intake->events.record, intake->events.context, error);
}

bool import_memory(const char *format_name, const char *file_name, const void *bytes, size_t length,
                   const struct import_options *options, const struct import_events *events,
                   struct error *error)
{
    struct memory memory = { bytes, length };
    struct sample sample = { .name = file_name ? file_name : "",
                             .map = options ? options->map : NULL };
    const struct format *format;
    struct intake intake = { 0 };
    struct catalogue *catalogue = catalogue_new(error);
    enum part part = PART_NONE;
    bool done = false;

    if (!catalogue || !intake_open(&intake, memory_get, &memory, events, catalogue, error) ||
        !lines_peek(&intake.lines, &sample.head, &sample.whole, error))
        goto out;
    intake.map = sample.map;
    if (format_name) {
        format = format_find(format_name);
        if (!format) {
            error_set(error, ERROR_USAGE, "there is no format '%.60s'", format_name);
            goto out;
        }
        part = format->recognise(&sample);
        if (part == PART_NONE) part = format->usual;
    } else {
        format = format_recognise(&sample, &part);
    }
    if (!format || part == PART_IGNORED) {
        error_set(error, ERROR_INPUT, "not a file that aisle knows");
        goto out;
    }
    done = format->read(&intake, part) && finish(&intake, error);
out:
    intake_close(&intake);
    catalogue_free(catalogue);
    return done;
}

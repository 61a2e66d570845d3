/* text.c - purchases as sentences, the form that `aisle text` writes (sentence.h). */
#include "exchange/format.h"
#include "exchange/sentence.h"

#include <math.h>
#include <string.h>

enum { LINES_LOOKED_AT = 5 };

static enum part recognise(const struct sample *sample)
{
    struct text user = { 0 }, item = { 0 };
    enum part part = PART_NONE;
    struct slice line;

    /* One whole sentence among the first lines will do: the rest may be damaged. */
    for (int32_t n = 0; n < LINES_LOOKED_AT && sample_line(sample, n, &line); n++) {
        struct record record = { .quantity = 1 };

        if (!sentence_parse(line, &user, &item, &record)) part = PART_EVENTS;
    }
    text_fini(&user);
    text_fini(&item);
    return part;
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct text user = { 0 }, item = { 0 };
    struct slice line;

    (void)part;
    while (import_line(import_context, &line)) {
        struct record record =
            import_event(import_context, (struct slice){ "", 0 }, (struct slice){ "", 0 });
        const char *reason = sentence_parse(line, &user, &item, &record);

        if (reason)
            import_reject(import_context, record.line, reason, line);
        else
            import_row(import_context, &record, line);
    }
    text_fini(&user);
    text_fini(&item);
    return !import_context->stopped;
}

const struct format format_text = { "text", PART_EVENTS, recognise, read_part, NULL };

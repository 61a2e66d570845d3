/* memory.c - import_memory(): a format's reader over bytes in memory, without any workspace. */
#include "exchange/decode.h"
#include "exchange/format.h"

#include <stdio.h>
#include <string.h>

struct memory {
    const char *bytes;
    size_t left;
};

static bool memory_get(void *context, void *bytes, size_t capacity, size_t *length,
                       struct error *error)
{
    struct memory *memory = context;

    (void)error;
    *length = memory->left < capacity ? memory->left : capacity;
    if (*length > 0) memcpy(bytes, memory->bytes, *length);
    memory->bytes += *length;
    memory->left -= *length;
    return true;
}

/* Lets the catalogue's titles out through the caller's sink. */
static bool finish(struct import_context *import_context, struct error *error)
{
    if (!import_context->events.record) return true;
    return catalogue_flush(import_context->catalogue, import_context->events.record,
                           import_context->events.context, error);
}

/* One pass over the bytes: the look where `understood` is empty, else the reading. */
struct memory_pass {
    struct memory memory;
    struct decoder decoder;
    struct import_context import_context;
    struct sample sample;
};

static bool pass_open(struct memory_pass *pass, const void *bytes, size_t length,
                      const struct import_options *options, const struct import_events *events,
                      struct catalogue *catalogue, struct error *error)
{
    pass->memory = (struct memory){ bytes, length };
    if (!decoder_open(&pass->decoder, memory_get, &pass->memory, options->encoding, error) ||
        !import_open(&pass->import_context, decoder_get, &pass->decoder, events, catalogue, error))
        return false;
    import_set_options(&pass->import_context, options);
    return lines_peek(&pass->import_context.lines, &pass->sample.head, &pass->sample.whole, error);
}

static void pass_close(struct memory_pass *pass)
{
    import_close(&pass->import_context);
    decoder_close(&pass->decoder);
}

bool import_memory(const char *format_name, const char *file_name, const void *bytes, size_t length,
                   const struct import_options *options, const struct import_events *events,
                   struct error *error)
{
    static const struct import_options none = { 0 };
    static const struct import_events nowhere = { 0 };
    const char *name = file_name ? file_name : "";
    const struct format *format;
    struct understood understood = { 0 };
    struct catalogue *catalogue = catalogue_new(error);
    enum part part = PART_NONE;
    uint32_t mapped = 0;
    struct error map_error = { 0 };
    bool done = false;

    if (!options) options = &none;
    struct memory_pass look = { .sample = { .name = name,
                                            .map = options->map,
                                            .own = options->columns,
                                            .why = &map_error,
                                            .mapped = &mapped } };
    struct memory_pass pass = { .sample = look.sample };
    if (!catalogue || !pass_open(&look, bytes, length, options, &nowhere, NULL, error)) goto out;
    if (format_name) {
        format = format_find(format_name);
        if (!format) {
            error_set(error, ERROR_USAGE, "there is no format '%.60s'", format_name);
            goto out;
        }
        part = format->recognise(&look.sample);
        if (part == PART_NONE) part = format->usual;
    } else {
        format = format_recognise(&look.sample, &part);
    }
    if (!format || part == PART_IGNORED) {
        error_set(error, ERROR_INPUT, "not a file that aisle knows");
        goto out;
    }
    if (map_error.code != ERROR_NONE && mapped != columns_map_bits(options->map)) {
        if (error) *error = map_error;
        goto out;
    }
    look.import_context.insisted = format_name != NULL;
    if (format->look && !format->look(&look.import_context, &look.sample, &part, &understood))
        goto out;
    if (understood.question.code != ERROR_NONE) {
        if (error) *error = understood.question;
        goto out;
    }
    if (!pass_open(&pass, bytes, length, options, events, catalogue, error)) goto out;
    pass.import_context.understood = &understood;
    done = format->read(&pass.import_context, part) && finish(&pass.import_context, error);
out:
    pass_close(&look);
    pass_close(&pass);
    understood_fini(&understood);
    catalogue_free(catalogue);
    return done;
}

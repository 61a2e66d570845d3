/* call.c - what commands share: options, failures, opening the workspace, printing. */
#include "command.h"

#include "aisle/erasure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *call_option_nth(const struct call *call, const char *name, int n)
{
    for (int i = 0; i < call->n_given; i++)
        if (strcmp(call->given[i].option->name, name) == 0 && n-- == 0) return call->given[i].value;
    return NULL;
}

const char *call_option(const struct call *call, const char *name)
{
    return call_option_nth(call, name, 0);
}

int call_fail(const struct error *error)
{
    struct text text = { 0 };
    text_add_visible(&text, error->text, strlen(error->text));
    fprintf(stderr, "aisle: %s\n", text.bytes ? text.bytes : "out of memory");
    text_fini(&text);
    return error->code == ERROR_USAGE ? STATUS_USAGE : STATUS_FAILED;
}

int call_usage(const struct call *call, const char *sentence)
{
    fprintf(stderr, "aisle: %s: the usage is 'aisle -d FILE %s %s'\n", sentence,
            call->command->name, call->command->usage);
    return STATUS_USAGE;
}

bool call_number(const struct call *call, const char *name, int64_t initial, int64_t min,
                 int64_t max, int64_t *value, int *status)
{
    struct error error = { 0 };
    const char *word = call_option(call, name);
    *value = initial;
    if (!word || (slice_to_int64(slice_of(word), value) && *value >= min && *value <= max))
        return true;
    error_set(&error, ERROR_USAGE, "--%s %s: must be a whole number from %lld to %lld", name, word,
              (long long)min, (long long)max);
    *status = call_fail(&error);
    return false;
}

/* Models that an erasure took out of service and did not bring back are missed in every answer. */
static void describe_erasure(const struct call *call)
{
    struct text kinds = { 0 };
    if (strcmp(call->command->name, "erase") != 0 && erasure_pending(call->reader, &kinds, NULL) &&
        kinds.length > 0)
        fprintf(stderr,
                "aisle: an erasure was cut short (out of service since: %s): 'aisle -d FILE erase "
                "--finish' goes on with it\n",
                kinds.bytes);
    text_fini(&kinds);
}

bool call_open(struct call *call, enum workspace_mode mode, int *status)
{
    struct error error = { 0 };
    if (call->reader) return true;
    if (!call->data)
        error_set(&error, ERROR_USAGE, "no workspace is named: put '-d FILE' in front");
    else if (file_descriptor_is_free(STDOUT_FILENO, call->data, &error) &&
             file_descriptor_is_free(STDERR_FILENO, call->data, &error) &&
             (call->workspace = workspace_open(call->data, mode, &error)) &&
             (call->engine = engine_new(call->workspace, &error)) &&
             (call->reader = reader_open(call->workspace, &error))) {
        describe_erasure(call);
        engine_set_live(call->engine, true); /* a command's lists know of what has arrived */
        return true;
    }
    *status = call_fail(&error);
    return false;
}

struct file_target call_target(const struct call *call, const char *path)
{
    return (struct file_target){ path, call->data, call_option(call, "force") != NULL };
}

void call_close(struct call *call)
{
    reader_close(call->reader);
    engine_free(call->engine);
    workspace_close(call->workspace);
    call->reader = NULL;
    call->engine = NULL;
    call->workspace = NULL;
}

void print_visible(struct slice text)
{
    struct text out = { 0 };
    text_add_visible(&out, text.bytes, text.length);
    if (out.length) fwrite(out.bytes, 1, out.length, stdout);
    text_fini(&out);
}

void print_visible_lines(struct slice text)
{
    while (text.length > 0) {
        const char *end = memchr(text.bytes, '\n', text.length);
        const size_t length = end ? (size_t)(end - text.bytes) : text.length;
        print_visible((struct slice){ text.bytes, length });
        if (end) putchar('\n');
        text.bytes += length + (end != NULL);
        text.length -= length + (end != NULL);
    }
}

void print_padded(struct slice text, int width, bool right)
{
    struct text out = { 0 };
    text_add_visible(&out, text.bytes, text.length);
    int capacity = width - (out.bytes ? text_width(out.bytes, out.length) : 0);
    if (right) printf("%*s", capacity > 0 ? capacity : 0, "");
    if (out.length) fwrite(out.bytes, 1, out.length, stdout);
    if (!right) printf("%*s", capacity > 0 ? capacity : 0, "");
    text_fini(&out);
}

/* What would steer a terminal stands in strings alone: escaped it means the same. */
static bool write_json(const char *json)
{
    struct text out = { 0 };
    const size_t length = strlen(json);
    int32_t code;
    for (size_t at = 0, taken; at < length; at += taken) {
        taken = text_decode(json + at, length - at, &code);
        if (code < 0x7F || !text_code_steers(code))
            text_add(&out, json + at, taken);
        else
            text_format(&out, "\\u%04x", (unsigned)code);
    }
    const bool written = !out.failed && fwrite(out.bytes, 1, out.length, stdout) == out.length;
    text_fini(&out);
    return written;
}

int print_json(json_t *object)
{
    char *json = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    const bool written = json && write_json(json);
    json_decref(object);
    free(json);
    if (!written) {
        fputs("aisle: out of memory, or the output could not be written\n", stderr);
        return STATUS_FAILED;
    }
    putchar('\n');
    return STATUS_DONE;
}

json_t *json_text(struct slice text)
{
    if (text_is_utf8(text.bytes, text.length) && !memchr(text.bytes, 0, text.length))
        return json_stringn(text.bytes, text.length);
    struct text quoted = { 0 };
    text_add_json(&quoted, text.bytes, text.length);
    json_t *string = json_loadb(quoted.bytes ? quoted.bytes : "", quoted.length,
                                JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    text_fini(&quoted);
    return string ? string : json_string("");
}

/* json_lines.c - see json_lines.h. */
#include "exchange/json_lines.h"

#include "exchange/number.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 4 }; /* lists in lists */

bool json_lines_next(struct json_lines *lines)
{
    struct import_context *import_context = lines->import_context;

    json_decref(lines->object);
    lines->object = NULL;
    while (import_line(import_context, &lines->row)) {
        const struct slice text = import_utf8(&import_context->scratch, lines->row);
        lines->object = json_loadb(text.bytes, text.length, 0, NULL);
        if (json_is_object(lines->object)) return true;
        json_decref(lines->object);
        lines->object = NULL;
        import_reject(import_context, import_context->lines.number, "not a JSON object",
                      lines->row);
    }
    return false;
}

void json_lines_close(struct json_lines *lines)
{
    json_decref(lines->object);
    lines->object = NULL;
}

json_t *sample_json(const struct sample *sample)
{
    struct slice line;

    if (!sample_line(sample, 0, &line) || line.length == 0 || slice_trim(line).bytes[0] != '{')
        return NULL;
    return json_loadb(line.bytes, line.length, 0, NULL);
}

const json_t *json_member(const json_t *object, const char *name)
{
    const char *dot;

    for (; (dot = strchr(name, '.')) != NULL; name = dot + 1) {
        char part[64];
        const size_t length = (size_t)(dot - name);
        if (length >= sizeof part) return NULL;
        memcpy(part, name, length);
        part[length] = '\0';
        object = json_object_get(object, part);
    }
    return json_object_get(object, name);
}

static struct slice text_of(const json_t *value, struct text *buffer)
{
    if (json_is_string(value))
        return (struct slice){ json_string_value(value), json_string_length(value) };
    if (json_is_integer(value)) {
        text_clear(buffer);
        text_format(buffer, "%lld", (long long)json_integer_value(value));
        if (!buffer->failed) return (struct slice){ buffer->bytes, buffer->length };
    }
    return (struct slice){ "", 0 };
}

struct slice json_text_of(const json_t *object, const char *name, struct text *buffer)
{
    return text_of(json_member(object, name), buffer);
}

/* Whether one of the parts of a list is the text already. */
static bool has_part(const struct text *list, struct slice text)
{
    size_t begin = 0;

    for (size_t i = 0; i <= list->length; i++) {
        if (i < list->length && list->bytes[i] != '|') continue;
        if (i - begin == text.length && memcmp(list->bytes + begin, text.bytes, text.length) == 0)
            return true;
        begin = i + 1;
    }
    return false;
}

static void add_parts(const json_t *value, int depth, struct text *list)
{
    struct text digits = { 0 };
    const struct slice text = slice_trim(text_of(value, &digits));
    size_t i;
    json_t *part;

    if (text.length > 0 && (list->length == 0 || !has_part(list, text))) {
        if (list->length > 0) text_add(list, "|", 1);
        text_add(list, text.bytes, text.length);
    }
    text_fini(&digits);
    if (depth == DEPTH_MAX) return;
    json_array_foreach((json_t *)(uintptr_t)value, i, part) add_parts(part, depth + 1, list);
}

struct slice json_list_of(const json_t *object, const char *name, struct text *buffer)
{
    text_clear(buffer);
    add_parts(json_member(object, name), 0, buffer);
    if (buffer->failed || buffer->length == 0) return (struct slice){ "", 0 };
    return (struct slice){ buffer->bytes, buffer->length };
}

bool json_number_of(const json_t *object, const char *name, double *number)
{
    const json_t *value = json_member(object, name);
    char plain[32];
    size_t n = 0;

    if (json_is_number(value)) {
        *number = json_number_value(value);
        return fabs(*number) <= NUMBER_LARGEST;
    }
    const char *text = json_string_value(value);
    for (size_t i = 0; text && text[i] && n + 1 < sizeof plain; i++)
        if (text[i] != ',' && text[i] != '$' && text[i] != ' ') plain[n++] = text[i];
    return n > 0 && number_read((struct slice){ plain, n }, number);
}

bool json_time_of(const json_t *object, const char *name, int64_t *moment)
{
    const json_t *value = json_member(object, name);
    struct text digits = { 0 };

    if (json_is_real(value)) {
        const double seconds = json_real_value(value);
        *moment = MOMENT_NONE;
        if (!(seconds > -1e14 && seconds < 1e14)) return false;
        *moment = (int64_t)(seconds > 1e11 ? seconds / 1000 : seconds);
        return true;
    }
    const bool good = import_time(text_of(value, &digits), MOMENT_GUESS, moment);
    text_fini(&digits);
    return good;
}

void attribute_add(struct record *record, struct attribute *attributes, const char *name,
                   struct slice value)
{
    if (value.length > 0)
        attributes[record->n_attributes++] = (struct attribute){ slice_of(name), value };
}

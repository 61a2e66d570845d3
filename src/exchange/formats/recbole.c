/* recbole.c - RecBole's atomic files: .inter, .user, .item, .net with a tab between columns and a
 * header of name:type. Sequences (token_seq) are split by blanks in the file and joined by '|'
 * here, as everywhere in aisle; but a title is a text and keeps its blanks. .link and .kg are
 * passed over.
 */
#include "exchange/columns.h"
#include "exchange/format.h"
#include "exchange/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = 256 };

struct header {
    struct text bytes; /* the line, kept */
    struct slice name[MAX];
    bool sequence[MAX];
    int32_t n;
    struct columns columns;
    int32_t user, item, other;
};

/* "item_id:token" is a name and a type. */
static bool split_type(struct slice field, struct slice *name, struct slice *type)
{
    static const char *const types[] = { "token", "token_seq", "float", "float_seq" };

    for (size_t i = field.length; i-- > 1;) {
        if (field.bytes[i] != ':') continue;
        *name = (struct slice){ field.bytes, i };
        *type = (struct slice){ field.bytes + i + 1, field.length - i - 1 };
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            if (slice_equal(*type, types[k])) return true;
        return false;
    }
    return false;
}

static bool parse_header(struct header *header, struct slice line, const char *map,
                         struct error *error)
{
    struct slice field[MAX], type;

    header->n = split_fields(line, '\t', field, MAX);
    if (header->n > MAX) return error_set(error, ERROR_INPUT, "more than 256 columns");
    for (int32_t i = 0; i < header->n; i++) {
        if (!split_type(field[i], &header->name[i], &type))
            return error_set(error, ERROR_INPUT,
                             "the header of a RecBole file is name:type, with a tab between them");
        header->sequence[i] =
            type.length > 4 && memcmp(type.bytes + type.length - 4, "_seq", 4) == 0;
    }
    if (!columns_find(&header->columns, header->name, header->n, map, NULL, error)) return false;
    header->user = header->columns.at[COLUMN_USER];
    header->item = header->columns.at[COLUMN_ITEM];
    header->other = header->columns.at[COLUMN_FRIEND];
    return true;
}

static enum part part_of(const struct header *header, const struct sample *sample)
{
    if (sample_name_ends(sample, ".link") || sample_name_ends(sample, ".kg")) return PART_IGNORED;
    if (header->user >= 0 && header->other >= 0) return PART_FRIENDS;
    if (header->user >= 0 && header->item >= 0) return PART_EVENTS;
    if (header->user >= 0) return PART_USERS;
    if (header->item >= 0) return PART_ITEMS;
    return PART_IGNORED;
}

static enum part recognise(const struct sample *sample)
{
    struct header *header = calloc(1, sizeof *header);
    enum part part = PART_NONE;
    struct slice line;

    if (header && sample_line(sample, 0, &line) && parse_header(header, line, sample->map, NULL))
        part = part_of(header, sample);
    free(header);
    return part;
}

static const char *fill_event(const struct header *header, const struct slice *field,
                              struct record *record)
{
    const int32_t *at = header->columns.at;
    int32_t rating = at[COLUMN_RATING], weight = at[COLUMN_WEIGHT];

    if (at[COLUMN_TIME] >= 0 && !import_time(field[at[COLUMN_TIME]], MOMENT_GUESS, &record->time))
        return "not a date";
    if (rating >= 0 && field[rating].length > 0) {
        record->type = EVENT_RATING;
        return number_read(field[rating], &record->value) ? NULL : "rating is not a number";
    }
    if (weight >= 0 && field[weight].length > 0) {
        record->type = EVENT_WEIGHT;
        return number_read(field[weight], &record->value) ? NULL : "weight is not a number";
    }
    return NULL;
}

/* A sequence's blanks become '|'. Uses one buffer per column. */
static struct slice joined(struct text *buffer, struct slice value)
{
    value = slice_trim(value);
    text_clear(buffer);
    for (size_t i = 0; i < value.length; i++)
        text_add(buffer, value.bytes[i] == ' ' ? "|" : value.bytes + i, 1);
    if (buffer->failed || !buffer->bytes) return (struct slice){ "", 0 };
    return (struct slice){ buffer->bytes, buffer->length };
}

static void read_entity(struct import_context *import_context, const struct header *header,
                        const struct slice *field, struct text *buffer, enum part part,
                        struct slice line)
{
    int32_t id = part == PART_USERS ? header->user : header->item;
    struct attribute attributes[MAX];
    struct record record = { .kind = part == PART_USERS ? RECORD_USER : RECORD_ITEM,
                             .line = import_context->lines.number,
                             .attributes = attributes };
    const char *reason = import_bad_id(field[id], part == PART_USERS ? "no user" : "no item");

    if (reason) {
        import_reject(import_context, record.line, reason, line);
        return;
    }
    *(part == PART_USERS ? &record.user : &record.item) = field[id];
    for (int32_t i = 0; i < header->n; i++) {
        struct slice value = field[i];

        if (i == id || value.length == 0) continue;
        if (i == header->columns.at[COLUMN_NAME]) {
            record.name = import_utf8(&buffer[i], value);
            continue;
        }
        value = header->sequence[i] ? joined(&buffer[i], value) : import_utf8(&buffer[i], value);
        attributes[record.n_attributes++] = (struct attribute){
            i == header->columns.at[COLUMN_CATEGORY] ? slice_of("category") : header->name[i], value
        };
    }
    if (import_record(import_context, &record)) import_accept(import_context);
}

static void read_row(struct import_context *import_context, const struct header *header,
                     struct text *buffer, enum part part, struct slice line)
{
    struct slice field[MAX];
    const char *reason = NULL;

    if (split_fields(line, '\t', field, MAX) != header->n) {
        import_reject(import_context, import_context->lines.number,
                      "not as many columns as the header", line);
    } else if (part == PART_EVENTS) {
        struct record record =
            import_event(import_context, field[header->user], field[header->item]);

        reason = fill_event(header, field, &record);
        if (reason)
            import_reject(import_context, record.line, reason, line);
        else
            import_row(import_context, &record, line);
    } else if (part == PART_FRIENDS) {
        struct record record = { .kind = RECORD_FRIENDSHIP,
                                 .line = import_context->lines.number,
                                 .user = field[header->user],
                                 .other = field[header->other] };

        import_row(import_context, &record, line);
    } else {
        read_entity(import_context, header, field, buffer, part, line);
    }
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct header *header = calloc(1, sizeof *header);
    struct text *buffer = calloc(MAX, sizeof *buffer);
    struct slice line;
    bool done = false;

    if (!header || !buffer) {
        error_memory(import_context->error, "the columns of a table");
        goto out;
    }
    if (!import_line(import_context, &line)) {
        done = !import_context->stopped;
        goto out;
    }
    text_add(&header->bytes, line.bytes, line.length);
    if (header->bytes.failed) {
        error_memory(import_context->error, "the columns of a table");
        goto out;
    }
    if (!parse_header(header, (struct slice){ header->bytes.bytes, header->bytes.length },
                      import_context->map, import_context->error))
        goto out;
    if (part_of(header, &(struct sample){ .name = "" }) != part) {
        error_set(import_context->error, ERROR_INPUT,
                  "the header names no user_id and item_id column");
        goto out;
    }
    while (import_line(import_context, &line))
        read_row(import_context, header, buffer, part, line);
    done = !import_context->stopped;
out:
    for (int32_t i = 0; buffer && i < MAX; i++)
        text_fini(&buffer[i]);
    free(buffer);
    if (header) text_fini(&header->bytes);
    free(header);
    return done;
}

const struct format format_recbole = { "recbole", PART_EVENTS, recognise, read_part, NULL };

/* personalize.c - Amazon Personalize: interactions USER_ID,ITEM_ID,TIMESTAMP with EVENT_TYPE and
 * EVENT_VALUE, items ITEM_ID,…, users USER_ID,…; CSV whose column names are capitals. Values of
 * several parts are joined by '|' there as here.
 *
 * EVENT_VALUE is the rating or the weight of an event that is one, else the price; without
 * EVENT_TYPE it is a rating.
 */
#include "exchange/delimited.h"
#include "exchange/format.h"
#include "exchange/number.h"

#include <string.h>

enum { LOOKED_AT = 64 };

static int32_t find(const struct slice *cell, int32_t n, const char *name)
{
    for (int32_t i = 0; i < n; i++)
        if (slice_equal(cell[i], name)) return i;
    return -1;
}

static bool is_capitals(struct slice name)
{
    for (size_t i = 0; i < name.length; i++) {
        const char c = name.bytes[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_') return false;
    }
    return name.length > 0;
}

static enum part recognise(const struct sample *sample)
{
    struct slice cell[LOOKED_AT];
    int32_t n = sample_header(sample, cell, LOOKED_AT);

    if (n < 2 || n > LOOKED_AT) return PART_NONE;
    for (int32_t i = 0; i < n; i++)
        if (!is_capitals(cell[i])) return PART_NONE;
    const bool user = find(cell, n, "USER_ID") >= 0, item = find(cell, n, "ITEM_ID") >= 0;
    if (user && item) return PART_EVENTS;
    return user ? PART_USERS : item ? PART_ITEMS : PART_NONE;
}

struct interactions {
    struct delimited rows;
    int32_t user, item, time, type, value;
};

static const char *fill_event(const struct interactions *in, struct record *record)
{
    const struct slice type = delimited_cell(&in->rows, in->type);
    const struct slice value = delimited_cell(&in->rows, in->value);

    if (!import_time(delimited_cell(&in->rows, in->time), MOMENT_GUESS, &record->time))
        return "not a date";
    if (value.length > 0 && !number_read(value, &record->value)) return "value is not a number";
    if (type.length > 0)
        return table_event_type(type, &record->type) ? NULL : "not a known type of event";
    if (value.length > 0) record->type = EVENT_RATING;
    return NULL;
}

static void read_row(struct interactions *in)
{
    struct import_context *import_context = in->rows.import_context;
    struct record record = import_event(import_context, delimited_cell(&in->rows, in->user),
                                        delimited_cell(&in->rows, in->item));
    const char *reason = fill_event(in, &record);

    record.line = in->rows.line;
    if (!reason) reason = import_bad_id(record.user, "no user");
    if (!reason) reason = import_bad_id(record.item, "no item");
    if (!reason && record.type == EVENT_RATING && in->value < 0) reason = "no rating";
    import_judged(import_context, &record, reason, in->rows.row);
}

static bool read_interactions(struct import_context *import_context)
{
    struct interactions in = { 0 };
    bool done = false;

    if (!delimited_open(&in.rows, import_context, ',')) goto out;
    if (!delimited_next(&in.rows)) {
        done = !import_context->stopped;
        goto out;
    }
    const struct slice *header = in.rows.cell;
    const int32_t n = in.rows.n_cells;
    in.user = find(header, n, "USER_ID");
    in.item = find(header, n, "ITEM_ID");
    in.time = find(header, n, "TIMESTAMP");
    in.type = find(header, n, "EVENT_TYPE");
    in.value = find(header, n, "EVENT_VALUE");
    if (in.user < 0 || in.item < 0) {
        error_set(import_context->error, ERROR_INPUT,
                  "interactions of Personalize have the columns USER_ID and ITEM_ID");
        goto out;
    }
    while (delimited_next(&in.rows))
        read_row(&in);
    done = !import_context->stopped;
out:
    delimited_close(&in.rows);
    return done;
}

static bool read_part(struct import_context *import_context, enum part part)
{
    return part == PART_EVENTS ? read_interactions(import_context)
                               : table_read(import_context, part);
}

static bool look(struct import_context *import_context, const struct sample *sample,
                 enum part *part, struct understood *understood)
{
    import_context->insisted = true; /* its files of items and users are told by their names */
    return *part == PART_EVENTS || table_understand(import_context, sample, part, understood);
}

const struct format format_personalize = { "personalize", PART_EVENTS, recognise, read_part, look };

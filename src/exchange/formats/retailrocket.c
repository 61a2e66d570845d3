/* retailrocket.c - the RetailRocket shop: events.csv (timestamp in ms, visitorid, event, itemid,
 * transactionid), item_properties_part1.csv, …_part2.csv (timestamp, itemid, property, value), and
 * category_tree.csv, which is passed over.
 *
 * Of an item's properties only its category and whether it is available have a name; the others
 * are hashed numbers, accepted and not kept. A property changes with time: the row that stands last
 * in the files counts.
 */
#include "exchange/format.h"

#include <string.h>

static enum part recognise(const struct sample *sample)
{
    struct slice line;

    if (!sample_line(sample, 0, &line)) return PART_NONE;
    if (slice_equal(line, "timestamp,visitorid,event,itemid,transactionid")) return PART_EVENTS;
    if (slice_equal(line, "timestamp,itemid,property,value")) return PART_ITEMS;
    if (slice_equal(line, "categoryid,parentid")) return PART_IGNORED;
    return PART_NONE;
}

static bool parse_type(struct slice word, enum event_type *type)
{
    if (slice_equal(word, "view"))
        *type = EVENT_VIEW;
    else if (slice_equal(word, "addtocart"))
        *type = EVENT_CART;
    else if (slice_equal(word, "transaction"))
        *type = EVENT_PURCHASE;
    else
        return false;
    return true;
}

static void read_event(struct import_context *import_context, struct slice line)
{
    struct slice field[5];

    if (split_fields(line, ',', field, 5) != 5) {
        import_reject(import_context, import_context->lines.number, "not five columns", line);
        return;
    }
    struct record record = import_event(import_context, field[1], field[3]);
    if (!import_time(field[0], MOMENT_GUESS, &record.time) || record.time == MOMENT_NONE)
        import_reject(import_context, record.line, "not a date", line);
    else if (!parse_type(field[2], &record.type))
        import_reject(import_context, record.line, "not a known type of event", line);
    else
        import_row(import_context, &record, line);
}

static void read_property(struct import_context *import_context, struct slice line)
{
    struct slice field[4];
    struct attribute attribute = { 0 };
    struct record record = { .kind = RECORD_ITEM,
                             .line = import_context->lines.number,
                             .attributes = &attribute };
    const char *reason = NULL;

    if (split_fields(line, ',', field, 4) != 4)
        reason = "not four columns";
    else
        reason = import_bad_id(field[1], "no item");
    if (reason) {
        import_reject(import_context, record.line, reason, line);
        return;
    }
    record.item = field[1];
    attribute.value = import_utf8(&import_context->scratch, slice_trim(field[3]));
    if (slice_equal(field[2], "categoryid"))
        attribute.name = slice_of("category");
    else if (slice_equal(field[2], "available"))
        attribute.name = slice_of("stock");
    record.n_attributes = attribute.name.length > 0 && attribute.value.length > 0;
    if (record.n_attributes == 0 || import_record(import_context, &record))
        import_accept(import_context);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct slice line;

    if (!import_line(import_context, &line)) return !import_context->stopped; /* the header */
    while (import_line(import_context, &line)) {
        if (part == PART_ITEMS)
            read_property(import_context, line);
        else
            read_event(import_context, line);
    }
    return !import_context->stopped;
}

const struct format format_retailrocket = { "retailrocket", PART_EVENTS, recognise, read_part,
                                            NULL };

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

static void read_event(struct intake *intake, struct slice line)
{
    struct slice field[5];

    if (split_fields(line, ',', field, 5) != 5) {
        intake_reject(intake, intake->lines.number, "not five columns", line);
        return;
    }
    struct record record = intake_event(intake, field[1], field[3]);
    if (!intake_time(field[0], MOMENT_GUESS, &record.time) || record.time == MOMENT_NONE)
        intake_reject(intake, record.line, "not a date", line);
    else if (!parse_type(field[2], &record.type))
        intake_reject(intake, record.line, "not a known type of event", line);
    else
        intake_row(intake, &record, line);
}

static void read_property(struct intake *intake, struct slice line)
{
    struct slice field[4];
    struct attribute attribute = { 0 };
    struct record record = { .kind = RECORD_ITEM,
                             .line = intake->lines.number,
                             .attributes = &attribute };
    const char *reason = NULL;

    if (split_fields(line, ',', field, 4) != 4)
        reason = "not four columns";
    else
        reason = intake_bad_id(field[1], "no item");
    if (reason) {
        intake_reject(intake, record.line, reason, line);
        return;
    }
    record.item = field[1];
    attribute.value = intake_utf8(&intake->scratch, slice_trim(field[3]));
    if (slice_equal(field[2], "categoryid"))
        attribute.name = slice_of("category");
    else if (slice_equal(field[2], "available"))
        attribute.name = slice_of("stock");
    record.n_attributes = attribute.name.length > 0 && attribute.value.length > 0;
    if (record.n_attributes == 0 || intake_record(intake, &record)) intake_accept(intake);
}

static bool read_part(struct intake *intake, enum part part)
{
    struct slice line;

    if (!intake_line(intake, &line)) return !intake->stopped; /* the header */
    while (intake_line(intake, &line)) {
        if (part == PART_ITEMS)
            read_property(intake, line);
        else
            read_event(intake, line);
    }
    return !intake->stopped;
}

const struct format format_retailrocket = { "retailrocket", PART_EVENTS, recognise, read_part, NULL };

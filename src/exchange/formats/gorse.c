/* gorse.c - Gorse's dumps: users, items and feedback, a JSON object a line.
 *
 * Feedback types are names that each shop chooses: what only says that something was seen is a
 * view, words that aisle knows are what they say, and any other is what Gorse takes it for, a sign
 * of liking: a purchase.
 */
#include "exchange/json_lines.h"

#include <string.h>

static enum part part_of(const json_t *object)
{
    const bool user = json_member(object, "UserId") != NULL;
    const bool item = json_member(object, "ItemId") != NULL;

    if (json_member(object, "FeedbackType") && user && item) return PART_EVENTS;
    if (user && !item && (json_member(object, "Labels") || json_member(object, "Comment")))
        return PART_USERS;
    if (item && !user &&
        (json_member(object, "Labels") || json_member(object, "Categories") ||
         json_member(object, "IsHidden")))
        return PART_ITEMS;
    return PART_NONE;
}

static enum part recognise(const struct sample *sample)
{
    json_t *object = sample_json(sample);
    const enum part part = part_of(object);

    json_decref(object);
    return part;
}

static void read_feedback(struct json_lines *lines)
{
    struct import_context *import_context = lines->import_context;
    struct text buffer[3] = { { 0 } };
    struct record record =
        import_event(import_context, json_text_of(lines->object, "UserId", &buffer[0]),
                     json_text_of(lines->object, "ItemId", &buffer[1]));
    const struct slice type = json_text_of(lines->object, "FeedbackType", &buffer[2]);
    double value;

    if (slice_equal_fold(type, "read") || slice_equal_fold(type, "impression"))
        record.type = EVENT_VIEW;
    else if (!table_event_type(type, &record.type))
        record.type = EVENT_PURCHASE;
    if (record.type == EVENT_RATING || record.type == EVENT_WEIGHT) {
        if (json_number_of(lines->object, "Value", &value))
            record.value = value;
        else
            record.type = EVENT_PURCHASE;
    }
    if (type.length == 0)
        import_reject(import_context, record.line, "no type of feedback", lines->row);
    else if (!json_time_of(lines->object, "Timestamp", &record.time))
        import_reject(import_context, record.line, "not a date", lines->row);
    else
        import_row(import_context, &record, lines->row);
    for (int b = 0; b < 3; b++)
        text_fini(&buffer[b]);
}

static void read_entity(struct json_lines *lines, enum part part)
{
    struct import_context *import_context = lines->import_context;
    const json_t *object = lines->object;
    struct text buffer[4] = { { 0 } };
    struct attribute attributes[3];
    struct record record = { .line = import_context->lines.number, .attributes = attributes };
    const struct slice id =
        json_text_of(object, part == PART_USERS ? "UserId" : "ItemId", &buffer[0]);
    const char *reason = import_bad_id(id, part == PART_USERS ? "no user" : "no item");

    record.kind = part == PART_USERS ? RECORD_USER : RECORD_ITEM;
    *(part == PART_USERS ? &record.user : &record.item) = id;
    record.name = slice_trim(json_text_of(object, "Comment", &buffer[1]));
    attribute_add(&record, attributes, "category", json_list_of(object, "Categories", &buffer[2]));
    attribute_add(&record, attributes, "labels", json_list_of(object, "Labels", &buffer[3]));
    if (json_is_true(json_member(object, "IsHidden")))
        attribute_add(&record, attributes, "active", slice_of("no"));
    import_judged(import_context, &record, reason, lines->row);
    for (int b = 0; b < 4; b++)
        text_fini(&buffer[b]);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct json_lines lines = { .import_context = import_context };

    while (json_lines_next(&lines)) {
        if (part == PART_USERS || part == PART_ITEMS)
            read_entity(&lines, part);
        else
            read_feedback(&lines);
    }
    json_lines_close(&lines);
    return !import_context->stopped;
}

const struct format format_gorse = { "gorse", PART_EVENTS, recognise, read_part, NULL };

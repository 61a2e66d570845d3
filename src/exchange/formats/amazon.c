/* amazon.c - reviews of products: the releases of 2014, 2018 and 2023.
 *
 *     ratings, CSV     2014  user,item,rating,seconds          no header
 *                      2018  item,user,rating,seconds          no header
 *                      2023  user_id,parent_asin,rating,timestamp (ms), a header
 *     reviews, JSONL   reviewerID, asin, overall, unixReviewTime; 2023: user_id, parent_asin,
 *                      rating, timestamp
 *     metadata, JSONL  asin or parent_asin, title, category, brand or store, price, description
 *
 * Which column of a file without a header is the item is told by its look: ten capitals and digits
 * that begin with B or are an ISBN. Metadata of 2014 are Python literals, which are no JSON.
 */
#include "exchange/json_lines.h"

#include <string.h>

enum { LINES_LOOKED_AT = 50 };

static bool is_asin(struct slice id)
{
    size_t digits = 0;

    if (id.length != 10) return false;
    for (size_t i = 0; i < id.length; i++) {
        const bool digit = id.bytes[i] >= '0' && id.bytes[i] <= '9';
        if (!digit && !(id.bytes[i] >= 'A' && id.bytes[i] <= 'Z')) return false;
        digits += digit;
    }
    return id.bytes[0] == 'B' || digits >= 9;
}

/* Whether the item stands first, from what the lines look like: more often than second. */
static bool item_is_first(const struct sample *sample, bool *known)
{
    struct slice line, field[4];
    int32_t first = 0, second = 0;

    for (int32_t i = 0; i < LINES_LOOKED_AT && sample_line(sample, i, &line); i++) {
        if (split_fields(line, ',', field, 4) != 4) continue;
        first += is_asin(field[0]) && !is_asin(field[1]);
        second += is_asin(field[1]) && !is_asin(field[0]);
    }
    *known = first != second;
    return first > second;
}

static bool is_ratings(const struct sample *sample)
{
    struct slice line, field[4];
    double rating;
    int64_t time;
    bool known;

    if (!sample_line(sample, 0, &line) || split_fields(line, ',', field, 4) != 4) return false;
    if (!slice_to_double(field[2], &rating) || !(rating >= 1 && rating <= 5)) return false;
    if (!slice_to_int64(field[3], &time) || time < 800000000 || time > 4000000000) return false;
    item_is_first(sample, &known);
    return known;
}

static enum part part_of_json(const json_t *object)
{
    const bool item = json_is_string(json_member(object, "asin")) ||
                      json_is_string(json_member(object, "parent_asin"));

    if (!item) return PART_NONE;
    if (json_is_string(json_member(object, "reviewerID")) ||
        json_is_string(json_member(object, "user_id")))
        return PART_EVENTS;
    return json_member(object, "title") ? PART_ITEMS : PART_NONE;
}

static enum part recognise(const struct sample *sample)
{
    struct slice cell[8], line;
    json_t *object = sample_json(sample);
    enum part part = object ? part_of_json(object) : PART_NONE;

    json_decref(object);
    if (part != PART_NONE) return part;
    int32_t n = sample_header(sample, cell, 8);
    if (n >= 4 && slice_equal(cell[0], "user_id") && slice_equal(cell[1], "parent_asin") &&
        slice_equal(cell[2], "rating") && slice_equal(cell[3], "timestamp"))
        return PART_EVENTS;
    if (sample_line(sample, 0, &line) && line.length > 8 && memcmp(line.bytes, "{'asin':", 8) == 0)
        return PART_ITEMS;
    return is_ratings(sample) ? PART_EVENTS : PART_NONE;
}

/* ---------------------------------------------------------------------------------------- CSV */

static bool read_ratings(struct import_context *import_context, const struct sample *sample)
{
    struct slice line, field[4];
    bool known, header = true;
    const bool item_first = item_is_first(sample, &known);

    while (import_line(import_context, &line)) {
        const int32_t n = split_fields(line, ',', field, 4);
        const bool names = header && n >= 4 && slice_equal(field[0], "user_id");
        header = false;
        if (names) continue;
        if (n < 4) { /* more are of 2023's history: the ids bought before */
            import_reject(import_context, import_context->lines.number, "not four columns", line);
            continue;
        }
        if (item_first) {
            const struct slice item = field[0];
            field[0] = field[1];
            field[1] = item;
        }
        import_rating(import_context, field, line);
    }
    return !import_context->stopped;
}

/* --------------------------------------------------------------------------------------- JSONL */

static struct slice first_text(const json_t *object, const char *one, const char *other,
                               struct text *buffer)
{
    const struct slice text = json_text_of(object, one, buffer);
    return text.length > 0 ? text : json_text_of(object, other, buffer);
}

static void read_review(struct json_lines *lines)
{
    struct import_context *import_context = lines->import_context;
    struct text buffer[2] = { { 0 }, { 0 } };
    const json_t *object = lines->object;
    struct record record =
        import_event(import_context, first_text(object, "reviewerID", "user_id", &buffer[0]),
                     first_text(object, "parent_asin", "asin", &buffer[1]));
    const char *time = json_member(object, "unixReviewTime") ? "unixReviewTime" : "timestamp";

    record.type = EVENT_RATING;
    if (!json_number_of(object, "overall", &record.value) &&
        !json_number_of(object, "rating", &record.value))
        import_reject(import_context, record.line, "rating is not a number", lines->row);
    else if (!json_time_of(object, time, &record.time))
        import_reject(import_context, record.line, "not a date", lines->row);
    else
        import_row(import_context, &record, lines->row);
    text_fini(&buffer[0]);
    text_fini(&buffer[1]);
}

static struct slice price_of(const json_t *object, struct text *buffer)
{
    double price;

    text_clear(buffer);
    if (json_number_of(object, "price", &price)) text_format(buffer, "%.10g", price);
    if (buffer->failed || !buffer->bytes) return (struct slice){ "", 0 };
    return (struct slice){ buffer->bytes, buffer->length };
}

static void read_item(struct json_lines *lines)
{
    enum { BUFFERS = 6 };
    static const char *const categories[] = { "categories", "category", "main_category",
                                              "main_cat" };
    struct import_context *import_context = lines->import_context;
    const json_t *object = lines->object;
    struct text buffer[BUFFERS] = { { 0 } };
    struct attribute attributes[4];
    struct record record = { .kind = RECORD_ITEM,
                             .line = import_context->lines.number,
                             .item = first_text(object, "parent_asin", "asin", &buffer[0]),
                             .name = slice_trim(json_text_of(object, "title", &buffer[1])),
                             .attributes = attributes };
    const char *reason = import_bad_id(record.item, "no item");
    struct slice category = { "", 0 };

    for (size_t c = 0; c < sizeof categories / sizeof *categories && category.length == 0; c++)
        category = json_list_of(object, categories[c], &buffer[2]);
    attribute_add(&record, attributes, "category", category);
    attribute_add(&record, attributes, "brand", first_text(object, "brand", "store", &buffer[3]));
    attribute_add(&record, attributes, "price", price_of(object, &buffer[4]));
    attribute_add(&record, attributes, "description",
                  json_list_of(object, "description", &buffer[5]));
    import_judged(import_context, &record, reason, lines->row);
    for (int b = 0; b < BUFFERS; b++)
        text_fini(&buffer[b]);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct json_lines lines = { .import_context = import_context };
    struct sample sample = { .name = "" };
    struct slice first;

    if (!lines_peek(&import_context->lines, &sample.head, &sample.whole, import_context->error))
        return false;
    if (!sample_line(&sample, 0, &first)) return true;
    if (slice_trim(first).bytes[0] != '{') return read_ratings(import_context, &sample);
    while (json_lines_next(&lines)) {
        if (part == PART_ITEMS || part_of_json(lines.object) == PART_ITEMS)
            read_item(&lines);
        else
            read_review(&lines);
    }
    json_lines_close(&lines);
    return !import_context->stopped;
}

const struct format format_amazon = { "amazon", PART_EVENTS, recognise, read_part, NULL };

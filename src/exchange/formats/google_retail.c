/* google_retail.c - Google's Retail API: user events and products, a JSON object a line.
 *
 * An event speaks of any number of products; each is an event of its own, and the row counts once.
 * Events about no product (a search, the home page) have nothing to say here.
 */
#include "exchange/json_lines.h"

static enum part part_of(const json_t *object)
{
    if (json_is_string(json_member(object, "eventType")) &&
        (json_member(object, "visitorId") || json_member(object, "userInfo")))
        return PART_EVENTS;
    if (json_is_string(json_member(object, "id")) && json_is_string(json_member(object, "title")) &&
        (json_member(object, "categories") || json_member(object, "priceInfo")))
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

static bool parse_type(struct slice word, enum event_type *type)
{
    static const struct {
        const char *word;
        enum event_type type;
    } words[] = {
        { "purchase-complete", EVENT_PURCHASE },
        { "add-to-cart", EVENT_CART },
        { "detail-page-view", EVENT_VIEW },
        { "shopping-cart-page-view", EVENT_CART },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_equal(word, words[i].word)) {
            *type = words[i].type;
            return true;
        }
    return false;
}

/* Why the row cannot be taken before anything of it is sent, or NULL. */
static const char *check_products(const json_t *products, struct text *buffer)
{
    const size_t n = json_array_size(products);

    if (n == 0) return "no item";
    for (size_t i = 0; i < n; i++) {
        const json_t *detail = json_array_get(products, i);
        const char *reason = import_bad_id(json_text_of(detail, "product.id", buffer), "no item");
        double quantity;
        if (reason) return reason;
        if (json_member(detail, "quantity") &&
            (!json_number_of(detail, "quantity", &quantity) || !(quantity > 0)))
            return "quantity is not a number above 0";
    }
    return NULL;
}

static void read_event(struct json_lines *lines)
{
    struct import_context *import_context = lines->import_context;
    const json_t *object = lines->object, *products = json_member(object, "productDetails");
    struct text buffer[3] = { { 0 } };
    struct slice user = json_text_of(object, "userInfo.userId", &buffer[0]);
    const char *reason = NULL;

    if (user.length == 0) user = json_text_of(object, "visitorId", &buffer[0]);
    struct record record = import_event(import_context, user, slice_of(""));
    if (!parse_type(json_text_of(object, "eventType", &buffer[1]), &record.type))
        reason = "not a type of event about products";
    if (!reason) reason = import_bad_id(user, "no user");
    if (!reason && !json_time_of(object, "eventTime", &record.time)) reason = "not a date";
    if (!reason) reason = check_products(products, &buffer[2]);
    for (size_t i = 0; !reason && i < json_array_size(products); i++) {
        const json_t *detail = json_array_get(products, i);
        record.item = json_text_of(detail, "product.id", &buffer[2]);
        record.quantity = 1;
        (void)json_number_of(detail, "quantity", &record.quantity);
        if (!import_record(import_context, &record)) break;
    }
    if (reason)
        import_reject(import_context, record.line, reason, lines->row);
    else if (!import_context->stopped)
        import_accept(import_context);
    for (int b = 0; b < 3; b++)
        text_fini(&buffer[b]);
}

static void read_product(struct json_lines *lines)
{
    struct import_context *import_context = lines->import_context;
    const json_t *object = lines->object;
    struct text buffer[6] = { { 0 } };
    struct attribute attributes[5];
    struct record record = { .kind = RECORD_ITEM,
                             .line = import_context->lines.number,
                             .item = json_text_of(object, "id", &buffer[0]),
                             .name = slice_trim(json_text_of(object, "title", &buffer[1])),
                             .attributes = attributes };
    const char *reason = import_bad_id(record.item, "no item");
    double price;

    attribute_add(&record, attributes, "category", json_list_of(object, "categories", &buffer[2]));
    attribute_add(&record, attributes, "brand", json_list_of(object, "brands", &buffer[3]));
    if (json_number_of(object, "priceInfo.price", &price)) {
        text_format(&buffer[4], "%.10g", price);
        if (!buffer[4].failed)
            attribute_add(&record, attributes, "price",
                          (struct slice){ buffer[4].bytes, buffer[4].length });
    }
    attribute_add(&record, attributes, "description",
                  json_text_of(object, "description", &buffer[5]));
    if (slice_equal(json_text_of(object, "availability", &buffer[5]), "OUT_OF_STOCK"))
        attribute_add(&record, attributes, "stock", slice_of("0"));
    import_judged(import_context, &record, reason, lines->row);
    for (int b = 0; b < 6; b++)
        text_fini(&buffer[b]);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct json_lines lines = { .import_context = import_context };

    while (json_lines_next(&lines)) {
        if (part == PART_ITEMS)
            read_product(&lines);
        else
            read_event(&lines);
    }
    json_lines_close(&lines);
    return !import_context->stopped;
}

const struct format format_google_retail = { "google-retail", PART_EVENTS, recognise, read_part,
                                             NULL };

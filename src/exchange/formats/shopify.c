/* shopify.c - Shopify's export of orders: one row for each item of an order.
 *
 * What belongs to the order (customer, date, cancellation) stands on its first row only and is
 * carried down to the rows with the same name. Cancelled orders and those that were refunded whole
 * are rejected. Columns are found by their names, which stay while their places change. The
 * customer is the e-mail address; the item is the SKU, or the name where there is none.
 */
#include "exchange/delimited.h"
#include "exchange/format.h"
#include "exchange/number.h"

#include <math.h>
#include <string.h>

enum field { ORDER, EMAIL, STATUS, CREATED, CANCELLED, QUANTITY, NAME, PRICE, SKU, VENDOR, FIELDS };

static const char *const names[FIELDS] = {
    [ORDER] = "Name",
    [EMAIL] = "Email",
    [STATUS] = "Financial Status",
    [CREATED] = "Created at",
    [CANCELLED] = "Cancelled at",
    [QUANTITY] = "Lineitem quantity",
    [NAME] = "Lineitem name",
    [PRICE] = "Lineitem price",
    [SKU] = "Lineitem sku",
    [VENDOR] = "Vendor",
};

/* False when one is missing that nothing can be read without. */
static bool find_fields(const struct slice *cell, int32_t n, int32_t at[FIELDS])
{
    for (int field = 0; field < FIELDS; field++) {
        at[field] = -1;
        for (int32_t i = 0; i < n && at[field] < 0; i++)
            if (slice_equal_fold(cell[i], names[field])) at[field] = i;
    }
    return at[ORDER] >= 0 && at[EMAIL] >= 0 && at[CREATED] >= 0 && at[QUANTITY] >= 0 &&
           at[NAME] >= 0;
}

static enum part recognise(const struct sample *sample)
{
    struct slice cell[COLUMNS_MAX];
    int32_t at[FIELDS];
    const int32_t n = sample_header(sample, cell, COLUMNS_MAX);

    return n > 0 && n <= COLUMNS_MAX && find_fields(cell, n, at) ? PART_EVENTS : PART_NONE;
}

struct orders {
    struct delimited rows;
    int32_t at[FIELDS];
    struct text order, email; /* of the order that is being read */
    int64_t time;
    const char *reason; /* why none of its rows counts, or NULL */
};

static struct slice cell_of(const struct orders *orders, enum field field)
{
    return slice_trim(delimited_cell(&orders->rows, orders->at[field]));
}

static struct slice kept(const struct text *text)
{
    return (struct slice){ text->bytes ? text->bytes : "", text->length };
}

static bool same_order(const struct orders *orders, struct slice order)
{
    return order.length == 0 || (order.length == orders->order.length && orders->order.length > 0 &&
                                 memcmp(order.bytes, orders->order.bytes, order.length) == 0);
}

static void begin_order(struct orders *orders, struct slice order)
{
    const struct slice email = cell_of(orders, EMAIL), created = cell_of(orders, CREATED);

    text_clear(&orders->order);
    text_clear(&orders->email);
    text_add(&orders->order, order.bytes, order.length);
    text_add(&orders->email, email.bytes, email.length);
    orders->reason = import_bad_id(email, "no customer");
    if (!import_time(created, MOMENT_GUESS, &orders->time) || orders->time == MOMENT_NONE)
        orders->reason = "not a date";
    if (cell_of(orders, CANCELLED).length > 0) orders->reason = "a cancelled order";
    if (slice_equal_fold(cell_of(orders, STATUS), "refunded") ||
        slice_equal_fold(cell_of(orders, STATUS), "voided"))
        orders->reason = "a refunded order";
}

static const char *fill_event(const struct orders *orders, struct record *record)
{
    const struct slice quantity = cell_of(orders, QUANTITY), price = cell_of(orders, PRICE);

    if (!number_read(quantity, &record->quantity)) return "quantity is not a number";
    if (!(record->quantity > 0)) return "quantity is not above 0";
    if (price.length > 0 && !number_read(price, &record->value)) return "price is not a number";
    return NULL;
}

/* The name of an item votes for its title; its vendor is its brand. */
static bool note_item(struct orders *orders, struct slice item)
{
    struct import_context *import_context = orders->rows.import_context;
    struct attribute brand = { .name = slice_of("brand") };
    struct record record = { .kind = RECORD_ITEM,
                             .line = orders->rows.line,
                             .item = item,
                             .attributes = &brand,
                             .n_attributes = 1 };
    bool first, changed = false;

    if (!catalogue_title(import_context->catalogue, item,
                         import_utf8(&import_context->scratch, cell_of(orders, NAME)), &first,
                         import_context->error))
        return false;
    brand.value = import_utf8(&import_context->scratch, cell_of(orders, VENDOR));
    if (brand.value.length > 0 && !catalogue_fact(import_context->catalogue, item, brand.value,
                                                  &changed, import_context->error))
        return false;
    return !changed || import_record(import_context, &record);
}

static void read_row(struct orders *orders)
{
    struct import_context *import_context = orders->rows.import_context;
    const struct slice order = cell_of(orders, ORDER);

    if (!same_order(orders, order)) begin_order(orders, order);
    const struct slice sku = cell_of(orders, SKU);
    const struct slice item = sku.length > 0 ? sku : cell_of(orders, NAME);
    struct record record = import_event(import_context, kept(&orders->email), item);
    const char *reason = orders->order.length == 0 ? "no order" : orders->reason;
    record.line = orders->rows.line;
    record.time = orders->time;
    if (!reason) reason = import_bad_id(item, "no item");
    if (!reason) reason = fill_event(orders, &record);
    if (reason)
        import_reject(import_context, record.line, reason, orders->rows.row);
    else if (!import_record(import_context, &record) || !note_item(orders, item))
        import_context->stopped = true;
    else
        import_accept(import_context);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct orders orders = { .time = MOMENT_NONE };
    bool done = false;

    (void)part;
    if (!delimited_open(&orders.rows, import_context, ',')) goto out;
    if (!delimited_next(&orders.rows)) {
        done = !import_context->stopped;
        goto out;
    }
    if (!find_fields(orders.rows.cell, orders.rows.n_cells, orders.at)) {
        error_set(import_context->error, ERROR_INPUT,
                  "Shopify's orders have the columns Name, Email, Created at, Lineitem quantity "
                  "and Lineitem name");
        goto out;
    }
    while (delimited_next(&orders.rows))
        read_row(&orders);
    done = !import_context->stopped;
    if (orders.order.failed || orders.email.failed)
        done = error_memory(import_context->error, "an order");
out:
    text_fini(&orders.order);
    text_fini(&orders.email);
    delimited_close(&orders.rows);
    return done;
}

const struct format format_shopify = { "shopify", PART_EVENTS, recognise, read_part, NULL };

/* table.c - tables with a header whose columns are told by their names: purchases, users, items,
 * friends, and what is like them.
 *
 * Which of these a file is follows from its columns: user and item make purchases, user and friend
 * friends, one of them alone users or items; a table with only an "id" is told by its name and its
 * other columns. Unknown columns of users and items are kept as attributes.
 */
#include "exchange/delimited.h"
#include "exchange/format.h"
#include "exchange/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool any_name_is(const struct slice *cell, int32_t n, const char *const *names)
{
    for (; *names; names++)
        for (int32_t i = 0; i < n; i++)
            if (slice_equal_fold(cell[i], *names)) return true;
    return false;
}

/* Of a table with an "id" and neither user nor item. */
static enum part part_by_name(const struct sample *sample, const struct slice *cell, int32_t n)
{
    static const char *const of_users[] = { "age",     "gender", "sex",     "occupation", "region",
                                            "segment", "zip",    "country", "city",       NULL };
    static const char *const of_items[] = { "title",    "price",  "brand",       "stock",
                                            "category", "genres", "description", NULL };

    if (sample_name_has(sample, "user") || sample_name_has(sample, "customer") ||
        sample_name_has(sample, "member"))
        return PART_USERS;
    if (sample_name_has(sample, "item") || sample_name_has(sample, "product") ||
        sample_name_has(sample, "catalog") || sample_name_has(sample, "movie") ||
        sample_name_has(sample, "article"))
        return PART_ITEMS;
    if (any_name_is(cell, n, of_items)) return PART_ITEMS;
    return any_name_is(cell, n, of_users) ? PART_USERS : PART_NONE;
}

/* Events whose buyers stand in a file of orders: the look tells (understood->lines_only). */
static bool is_order_lines(const struct columns *columns)
{
    return columns->at[COLUMN_ORDER] >= 0 && columns->at[COLUMN_ITEM] >= 0;
}

/* Who ordered what stands elsewhere. */
static bool is_order_heads(const struct columns *columns)
{
    return columns->at[COLUMN_ORDER] >= 0 && columns->at[COLUMN_USER] >= 0 &&
           columns->at[COLUMN_ITEM] < 0;
}

static enum part part_of(const struct sample *sample, const struct layout *layout,
                         const struct columns *columns, const struct slice *cell)
{
    const int32_t n = layout->n;

    if (columns->at[COLUMN_USER] >= 0 && columns->at[COLUMN_ITEM] >= 0) return PART_EVENTS;
    if (columns->at[COLUMN_USER] >= 0 && columns->at[COLUMN_FRIEND] >= 0) return PART_FRIENDS;
    if (is_order_lines(columns)) return PART_EVENTS;
    if (is_order_heads(columns)) return PART_ORDERS;
    if (columns->at[COLUMN_USER] >= 0 && n > 1) return PART_USERS;
    if (columns->at[COLUMN_ITEM] >= 0 && n > 1) return PART_ITEMS;
    if (columns->at[COLUMN_ID] >= 0 && n > 1) return part_by_name(sample, cell, n);
    return PART_NONE;
}

enum part table_part(const struct sample *sample)
{
    struct slice cell[COLUMNS_MAX];
    struct columns columns;
    struct layout layout;

    if (!layout_find(sample, &layout, cell) ||
        !columns_find(&columns, cell, layout.n, sample->map, sample->own, sample->why))
        return PART_NONE;
    if (sample->mapped) *sample->mapped |= columns.mapped;
    return part_of(sample, &layout, &columns, cell);
}

/* One table while it is read. */
struct table {
    struct delimited rows;
    struct columns columns;
    struct slice *header; /* (n_header), those of `understood` */
    int32_t n_header;
    struct attribute *attributes; /* (n_header) */
    struct text *converted;       /* (n_header) latin-1 made UTF-8 */
    const struct understood *understood;
    struct text user, item; /* ids made UTF-8 */
    int64_t disagreements;  /* rows whose total is not quantity times price */
};

static bool copy_header(struct table *table, struct error *error)
{
    const struct understood *understood = table->understood;

    table->n_header = understood->n;
    table->header = calloc((size_t)table->n_header + 1, sizeof *table->header);
    table->attributes = calloc((size_t)table->n_header + 1, sizeof *table->attributes);
    table->converted = calloc((size_t)table->n_header + 1, sizeof *table->converted);
    if (!table->header || !table->attributes || !table->converted)
        return error_memory(error, "the columns of a table");
    for (int32_t i = 0; i < table->n_header; i++)
        table->header[i] = slice_of(understood->column[i].name);
    table->columns = understood->columns;
    return true;
}

static void table_close(struct table *table)
{
    for (int32_t i = 0; table->converted && i < table->n_header; i++)
        text_fini(&table->converted[i]);
    free(table->converted);
    free(table->header);
    free(table->attributes);
    text_fini(&table->user);
    text_fini(&table->item);
    delimited_close(&table->rows);
}

bool table_event_type(struct slice word, enum event_type *type)
{
    static const struct {
        const char *word;
        enum event_type type;
    } words[] = {
        { "purchase", EVENT_PURCHASE },
        { "transaction", EVENT_PURCHASE },
        { "buy", EVENT_PURCHASE },
        { "bought", EVENT_PURCHASE },
        { "order", EVENT_PURCHASE },
        { "sale", EVENT_PURCHASE },
        { "purchased", EVENT_PURCHASE },
        { "checkout", EVENT_PURCHASE },
        { "return", EVENT_RETURN },
        { "refund", EVENT_RETURN },
        { "returned", EVENT_RETURN },
        { "cancellation", EVENT_RETURN },
        { "rating", EVENT_RATING },
        { "rate", EVENT_RATING },
        { "review", EVENT_RATING },
        { "weight", EVENT_WEIGHT },
        { "play", EVENT_WEIGHT },
        { "listen", EVENT_WEIGHT },
        { "watch", EVENT_WEIGHT },
        { "view", EVENT_VIEW },
        { "pv", EVENT_VIEW },
        { "click", EVENT_VIEW },
        { "pageview", EVENT_VIEW },
        { "detail", EVENT_VIEW },
        { "viewed", EVENT_VIEW },
        { "view_item", EVENT_VIEW },
        { "page_view", EVENT_VIEW },
        { "product_view", EVENT_VIEW },
        { "cart", EVENT_CART },
        { "addtocart", EVENT_CART },
        { "add_to_cart", EVENT_CART },
        { "add-to-cart", EVENT_CART },
        { "basket", EVENT_CART },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_equal_fold(word, words[i].word)) {
            *type = words[i].type;
            return true;
        }
    return event_type_parse(word, type);
}

/* The number of a cell; false when something else stands there. `there` = the cell is not empty. */
static bool cell_number(const struct table *table, enum column column, double *number, bool *there)
{
    const int32_t at = table->columns.at[column];
    struct slice cell;

    *there = false;
    if (at < 0) return true;
    cell = table_cell(&table->rows, at);
    *there = cell.length > 0 && !slice_equal(cell, "-");
    return !*there || amount_read(cell, table->understood->column[at].sign, number);
}

static bool begins_with(struct slice text, const char *word)
{
    const size_t length = strlen(word);

    return text.length >= length && slice_equal_fold((struct slice){ text.bytes, length }, word);
}

/* Why an order with this status is no sale, or NULL. By the word that the shop uses. */
static const char *unsold_status(const struct table *table, struct slice status)
{
    static const struct {
        const char *begin, *reason;
    } words[] = {
        { "cancel", "order cancelled" },
        { "storn", "order cancelled (storniert)" },
        { "abgebrochen", "order cancelled (abgebrochen)" },
        { "annul", "order cancelled (annul\xC3\xA9)" },
        { "anulad", "order cancelled (anulado)" },
        { "geannuleerd", "order cancelled (geannuleerd)" },
        { "void", "order voided" },
        { "expired", "order expired" },
        { "abgelaufen", "order expired (abgelaufen)" },
        { "pending", "order pending" },
        { "wc-pending", "order pending" },
        { "on-hold", "order on hold" },
        { "on hold", "order on hold" },
        { "holded", "order on hold" },
        { "wc-on-hold", "order on hold" },
        { "awaiting", "order awaiting payment" },
        { "unpaid", "order unpaid" },
        { "offen", "order pending (offen)" },
        { "failed", "order failed" },
        { "wc-failed", "order failed" },
        { "wc-cancel", "order cancelled" },
        { "fehlgeschlagen", "order failed (fehlgeschlagen)" },
        { "declined", "order declined" },
        { "rejected", "order rejected" },
        { "abandoned", "order abandoned" },
        { "incomplete", "order incomplete" },
        { "draft", "order a draft" },
        { "checkout-draft", "order a draft" },
        { "refunded", "order refunded" },
        { "wc-refunded", "order refunded" },
        { "erstattet", "order refunded (erstattet)" },
        { "rembours", "order refunded (rembours\xC3\xA9)" },
        { "reembols", "order refunded (reembolsado)" },
        { "closed", "order closed" },
        { "fraud", "order fraudulent" },
        { "payment_review", "order in payment review" },
        { "unavailable", "order unavailable" },
        { "en attente", "order pending (en attente)" },
        { "pendiente", "order pending (pendiente)" },
    };
    /* "cancelled: 1" is a column of its own. */
    const int32_t at = table->columns.at[COLUMN_STATUS];

    if (status.length == 0 || at < 0) return NULL;
    if (slice_equal_fold(status, "1") || slice_equal_fold(status, "true") ||
        slice_equal_fold(status, "yes") || slice_equal_fold(status, "y")) {
        const char *name = table->understood->column[at].name;
        return strstr(name, "ancel") || strstr(name, "ANCEL") || strstr(name, "torn")
                   ? "order cancelled"
                   : NULL;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (begins_with(status, words[i].begin)) return words[i].reason;
    return NULL;
}

/* The price of one piece: as it stands, or the total by the quantity. */
static const char *fill_price(struct table *table, double quantity, struct record *record)
{
    double price = 0, total = 0;
    bool has_price, has_total;

    if (!cell_number(table, COLUMN_PRICE, &price, &has_price)) return "price is not a number";
    if (!cell_number(table, COLUMN_TOTAL, &total, &has_total)) {
        if (!has_price) return "total is not a number";
        has_total = false;
    }
    if (has_price) record->value = price;
    if (has_total && !has_price && fabs(quantity) > 0) record->value = fabs(total / quantity);
    if (has_total && has_price &&
        fabs(fabs(total) - fabs(price * quantity)) > 0.05 + 0.01 * fabs(total))
        table->disagreements++;
    return NULL;
}

/* Type, quantity and value of a row. NULL, or why not. */
static const char *fill_event(struct table *table, struct record *record)
{
    struct slice type = table_cell(&table->rows, table->columns.at[COLUMN_TYPE]);
    double rating = 0, weight = 0, quantity = 1;
    bool has_rating, has_weight, has_quantity;
    const char *reason =
        unsold_status(table, table_cell(&table->rows, table->columns.at[COLUMN_STATUS]));

    if (reason) return reason;
    if (!cell_number(table, COLUMN_RATING, &rating, &has_rating)) return "rating is not a number";
    if (!cell_number(table, COLUMN_WEIGHT, &weight, &has_weight)) return "weight is not a number";
    if (!cell_number(table, COLUMN_QUANTITY, &quantity, &has_quantity))
        return "quantity is not a number";
    if (table->columns.typed) {
        record->type = table->columns.type;
    } else if (type.length > 0) {
        if (!table_event_type(type, &record->type)) return "not a known type of event";
    } else if (has_rating) {
        record->type = EVENT_RATING;
    } else if (has_weight) {
        record->type = EVENT_WEIGHT;
    }
    if (has_quantity && !(fabs(quantity) > 0)) return "quantity is 0";
    if (has_quantity) record->quantity = fabs(quantity);
    if (quantity < 0 && record->type == EVENT_PURCHASE) record->type = EVENT_RETURN;
    if (record->type == EVENT_RATING) {
        if (!has_rating) return "no rating";
        record->value = rating;
        return NULL;
    }
    if (record->type == EVENT_WEIGHT) {
        if (has_weight || has_rating) record->value = has_weight ? weight : rating;
        return NULL;
    }
    return fill_price(table, quantity, record);
}

/* When: the date, and the time of day where it stands in a column of its own. */
static const char *fill_time(const struct table *table, struct record *record)
{
    const struct slice time = table_cell(&table->rows, table->columns.at[COLUMN_TIME]);
    const struct slice clock = table_cell(&table->rows, table->columns.at[COLUMN_CLOCK]);
    int32_t seconds;

    if (time.length == 0) return NULL;
    if (!date_read(time, &table->understood->dates, &record->time)) return "not a date";
    if (clock.length > 0 && date_clock(clock, &seconds)) record->time += seconds;
    return NULL;
}

/* Where the rows of purchases name their items, the names go to the catalogue. */
static bool note_item(const struct table *table, struct slice item)
{
    struct import_context *import_context = table->rows.import_context;
    struct slice name = table_cell(&table->rows, table->columns.at[COLUMN_NAME]);
    struct slice category = table_cell(&table->rows, table->columns.at[COLUMN_CATEGORY]);
    struct attribute attribute = { .name = slice_of("category") };
    struct record record = { .kind = RECORD_ITEM,
                             .item = item,
                             .attributes = &attribute,
                             .n_attributes = 1,
                             .line = table->rows.line };
    bool first, changed;

    if (!import_context->catalogue) return true;
    if (name.length > 0 && !catalogue_title(import_context->catalogue, item,
                                            import_utf8(&import_context->scratch, name), &first,
                                            import_context->error))
        return false;
    if (category.length == 0) return true;
    attribute.value = import_utf8(&import_context->scratch, category);
    if (!catalogue_fact(import_context->catalogue, item, attribute.value, &changed,
                        import_context->error))
        return false;
    return changed ? import_record(import_context, &record) : true;
}

/* An id as it is kept: UTF-8, so that one id is one user in files of two character sets. */
static struct slice id_of(const struct table *table, enum column column, struct text *scratch)
{
    const struct slice id = table_cell(&table->rows, table->columns.at[column]);

    return table->understood->not_utf8 ? import_utf8(scratch, id) : id;
}

/* Cells beyond the header, other than those that a separator at the end of each line makes. */
static bool has_too_many(const struct table *table)
{
    for (int32_t i = table->n_header; i < table->rows.n_cells; i++)
        if (delimited_cell(&table->rows, i).length > 0) return true;
    return false;
}

/* The buyer and the time of a line come from the file of its order. */
static const char *fill_from_head(const struct table *table, struct record *record)
{
    const struct import_context *import_context = table->rows.import_context;
    const struct slice order = table_cell(&table->rows, table->columns.at[COLUMN_ORDER]);
    struct order_head head;

    if (order.length == 0) return "no order number";
    if (!import_context->orders || !order_heads_find(import_context->orders, order, &head))
        return "no such order in the file of the orders";
    record->user = head.user;
    if (record->time == MOMENT_NONE) record->time = head.time;
    return head.unsold;
}

static void read_event(struct table *table)
{
    struct import_context *import_context = table->rows.import_context;
    const struct delimited *rows = &table->rows;
    struct record record = import_event(import_context, id_of(table, COLUMN_USER, &table->user),
                                        id_of(table, COLUMN_ITEM, &table->item));
    const char *reason = NULL;

    record.line = rows->line;
    if (!table->understood->lines_only) reason = import_bad_id(record.user, "no user");
    if (!reason) reason = import_bad_id(record.item, "no item");
    if (!reason && rows->n_cells > table->n_header && has_too_many(table))
        reason = "more cells than columns";
    if (!reason) reason = fill_time(table, &record);
    if (!reason && table->understood->lines_only) reason = fill_from_head(table, &record);
    if (!reason) reason = fill_event(table, &record);
    if (reason) {
        import_reject(import_context, rows->line, reason, rows->row);
        return;
    }
    if (import_record(import_context, &record)) import_accept(import_context);
    if ((table->columns.at[COLUMN_NAME] >= 0 || table->columns.at[COLUMN_CATEGORY] >= 0) &&
        !note_item(table, record.item))
        import_context->stopped = true;
}

/* The head of an order: kept for the lines, which come later. */
static void read_head(struct table *table)
{
    struct import_context *import_context = table->rows.import_context;
    const struct slice order = table_cell(&table->rows, table->columns.at[COLUMN_ORDER]);
    struct record record =
        import_event(import_context, id_of(table, COLUMN_USER, &table->user), order);
    struct order_head head = { record.user, MOMENT_NONE, NULL };
    const char *reason = import_bad_id(order, "no order number");

    if (!reason) reason = import_bad_id(record.user, "no user");
    if (!reason) reason = fill_time(table, &record);
    if (reason) {
        import_reject(import_context, table->rows.line, reason, table->rows.row);
        return;
    }
    head.time = record.time;
    head.unsold = unsold_status(table, table_cell(&table->rows, table->columns.at[COLUMN_STATUS]));
    if (import_context->heads &&
        !order_heads_add(import_context->heads, order, &head, import_context->error))
        import_context->stopped = true;
    import_accept(import_context);
}

/* "Ann" and "Lee" in two columns are Ann Lee. */
static struct slice full_name(struct table *table)
{
    static const enum column parts[] = { COLUMN_FIRST_NAME, COLUMN_LAST_NAME };
    struct text *name = &table->user;

    text_clear(name);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct slice part =
            import_utf8(&table->rows.import_context->scratch,
                        table_cell(&table->rows, table->columns.at[parts[i]]));

        if (part.length == 0) continue;
        if (name->length > 0) text_add(name, " ", 1);
        text_add(name, part.bytes, part.length);
    }
    if (name->failed || !name->bytes) return (struct slice){ "", 0 };
    return (struct slice){ name->bytes, name->length };
}

/* Users and items: the id, the name, and everything else as attributes. */
static void read_entity(struct table *table, enum part part, int32_t id_column)
{
    struct import_context *import_context = table->rows.import_context;
    const struct delimited *rows = &table->rows;
    struct slice id = table_cell(rows, id_column);
    struct record record = { .kind = part == PART_USERS ? RECORD_USER : RECORD_ITEM,
                             .line = rows->line,
                             .attributes = table->attributes };
    const char *reason = import_bad_id(id, part == PART_USERS ? "no user" : "no item");

    if (!reason && rows->n_cells > table->n_header && has_too_many(table))
        reason = "more cells than columns";
    if (reason) {
        import_reject(import_context, rows->line, reason, rows->row);
        return;
    }
    if (table->understood->not_utf8) id = import_utf8(&table->item, id);
    *(part == PART_USERS ? &record.user : &record.item) = id;
    for (int32_t i = 0; i < rows->n_cells && i < table->n_header; i++) {
        struct slice value = i == id_column ? (struct slice){ "", 0 } : table_cell(rows, i);

        if (value.length == 0 || table->header[i].length == 0) continue;
        value = import_utf8(&table->converted[i], value);
        if (i == table->columns.at[COLUMN_NAME]) {
            record.name = value;
            continue;
        }
        if (part == PART_USERS &&
            (i == table->columns.at[COLUMN_FIRST_NAME] || i == table->columns.at[COLUMN_LAST_NAME]))
            continue;
        table->attributes[record.n_attributes++] =
            (struct attribute){ .name = i == table->columns.at[COLUMN_CATEGORY]
                                            ? slice_of("category")
                                            : table->header[i],
                                .value = value };
    }
    if (part == PART_USERS && record.name.length == 0) record.name = full_name(table);
    if (import_record(import_context, &record)) import_accept(import_context);
}

static void read_friend(struct table *table)
{
    struct import_context *import_context = table->rows.import_context;
    const struct delimited *rows = &table->rows;
    struct record record = { .kind = RECORD_FRIENDSHIP,
                             .line = rows->line,
                             .user = id_of(table, COLUMN_USER, &table->user),
                             .other = id_of(table, COLUMN_FRIEND, &table->item) };
    const char *reason = import_bad_id(record.user, "no user");

    if (!reason) reason = import_bad_id(record.other, "no friend");
    if (!reason && record.user.length == record.other.length &&
        memcmp(record.user.bytes, record.other.bytes, record.user.length) == 0)
        reason = "a friend of oneself";
    if (reason)
        import_reject(import_context, rows->line, reason, rows->row);
    else if (import_record(import_context, &record))
        import_accept(import_context);
}

/* The column that holds the id of what the file is about, or -1 with a sentence. */
static int32_t id_column(const struct table *table, enum part part, struct error *error)
{
    const int32_t *at = table->columns.at;
    int32_t column = part == PART_FRIENDS ? at[COLUMN_USER]
                     : part == PART_ITEMS ? at[COLUMN_ITEM]
                                          : at[COLUMN_USER];

    if (part == PART_EVENTS && column < 0 && at[COLUMN_ORDER] >= 0) column = at[COLUMN_ORDER];
    if (part == PART_EVENTS && column >= 0 && at[COLUMN_ITEM] < 0) column = -1;
    if (part == PART_FRIENDS && at[COLUMN_FRIEND] < 0) column = -1;
    if ((part == PART_USERS || part == PART_ITEMS) && column < 0) column = at[COLUMN_ID];
    if (column < 0)
        error_set(error, ERROR_INPUT,
                  "the header names no column for the %s; say which with --map "
                  "%s=COLUMN",
                  part == PART_EVENTS    ? "user and the item"
                  : part == PART_ITEMS   ? "item"
                  : part == PART_FRIENDS ? "user and the friend"
                                         : "user",
                  part == PART_EVENTS    ? "user=COLUMN,item"
                  : part == PART_ITEMS   ? "item"
                  : part == PART_FRIENDS ? "user=COLUMN,friend"
                                         : "user");
    return column;
}

/* Says in the file's note what came out while its rows were read. */
static void add_notes(const struct table *table)
{
    struct import_context *import_context = table->rows.import_context;
    char *note = import_context->note;
    const size_t length = strlen(note);

    if (table->disagreements > 0)
        snprintf(note + length, sizeof import_context->note - length,
                 "%squantity times price is not the total in %s", length > 0 ? "; " : "",
                 text_count(table->disagreements, "row").text);
}

static bool understand(struct table *table, struct import_context *import_context)
{
    if (!import_context->understood)
        return error_set(import_context->error, ERROR_INPUT, "a table that nobody looked over");
    table->understood = import_context->understood;
    return true;
}

bool table_read(struct import_context *import_context, enum part part)
{
    struct table table = { 0 };
    struct slice line;
    bool done = false;
    int32_t id;

    if (!understand(&table, import_context)) return false;
    if (table.understood->delimiter == 0) return true; /* an empty file has no rows */
    if (!delimited_open(&table.rows, import_context, table.understood->delimiter)) goto out;
    table.rows.backslash = table.understood->backslash;
    for (int32_t i = 0; i < table.understood->skipped; i++)
        if (!import_raw_line(import_context, &line)) break;
    if (!table.understood->headerless && !delimited_next(&table.rows)) {
        done = !import_context->stopped;
        goto out;
    }
    if (!copy_header(&table, import_context->error)) goto out;
    id = id_column(&table, part, import_context->error);
    if (id < 0) goto out;
    snprintf(import_context->note, sizeof import_context->note, "%s", table.understood->note);
    while (delimited_next(&table.rows)) {
        if (part == PART_EVENTS)
            read_event(&table);
        else if (part == PART_ORDERS)
            read_head(&table);
        else if (part == PART_FRIENDS)
            read_friend(&table);
        else
            read_entity(&table, part, id);
    }
    add_notes(&table);
    done = !import_context->stopped;
out:
    table_close(&table);
    return done;
}

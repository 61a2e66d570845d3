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
#include <stdlib.h>
#include <string.h>

enum { ROWS_FOR_DATES = 1000 };

int32_t sample_header(const struct sample *sample, struct slice *cell, int32_t most)
{
    struct slice line;

    if (!sample_line(sample, 0, &line)) return -1;
    return header_fields(line, delimiter_of(line), cell, most);
}

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

enum part table_part(const struct sample *sample)
{
    struct slice cell[COLUMNS_MOST];
    struct columns columns;
    int32_t n = sample_header(sample, cell, COLUMNS_MOST);

    if (n < 1 || !columns_find(&columns, cell, n, sample->map, sample->why)) return PART_NONE;
    if (columns.at[COLUMN_USER] >= 0 && columns.at[COLUMN_ITEM] >= 0) return PART_EVENTS;
    if (columns.at[COLUMN_USER] >= 0 && columns.at[COLUMN_FRIEND] >= 0) return PART_FRIENDS;
    if (columns.at[COLUMN_USER] >= 0 && n > 1) return PART_USERS;
    if (columns.at[COLUMN_ITEM] >= 0 && n > 1) return PART_ITEMS;
    if (columns.at[COLUMN_ID] >= 0 && n > 1) return part_by_name(sample, cell, n);
    return PART_NONE;
}

/* One table while it is read. */
struct table {
    struct delimited rows;
    struct columns columns;
    struct slice *header; /* (n_header), copies in `names` */
    int32_t n_header;
    struct text names;
    struct attribute *attributes; /* (n_header) */
    struct text *converted;       /* (n_header) latin-1 made UTF-8 */
    enum moment_form form;
};

static bool copy_header(struct table *table, struct error *error)
{
    const struct delimited *rows = &table->rows;
    size_t at = 0;

    table->n_header = rows->n_cells;
    table->header = calloc((size_t)table->n_header + 1, sizeof *table->header);
    table->attributes = calloc((size_t)table->n_header + 1, sizeof *table->attributes);
    table->converted = calloc((size_t)table->n_header + 1, sizeof *table->converted);
    if (!table->header || !table->attributes || !table->converted)
        return error_memory(error, "the columns of a table");
    for (int32_t i = 0; i < table->n_header; i++) {
        struct slice name = slice_trim(intake_utf8(&table->converted[0], rows->cell[i]));

        text_add(&table->names, name.bytes, name.length);
        table->header[i].length = name.length;
    }
    if (table->names.failed) return error_memory(error, "the columns of a table");
    for (int32_t i = 0; i < table->n_header; i++) {
        table->header[i].bytes = table->names.bytes ? table->names.bytes + at : "";
        at += table->header[i].length;
    }
    return true;
}

static void table_close(struct table *table)
{
    for (int32_t i = 0; table->converted && i < table->n_header; i++)
        text_fini(&table->converted[i]);
    free(table->converted);
    free(table->header);
    free(table->attributes);
    text_fini(&table->names);
    delimited_close(&table->rows);
}

/* Dates such as 1/2/2010 can be read two ways. A day above 12 among the first rows decides; where
 * there is none the note says which reading was taken. */
enum moment_form table_dates(struct intake *intake, char delimiter, int32_t column)
{
    struct sample sample = { .name = "" };
    struct slice line, cell[COLUMNS_MOST];
    int32_t month_first = 0, day_first = 0, both = 0;
    bool slash = false;

    if (column < 0 || !lines_peek(&intake->lines, &sample.head, &sample.whole, NULL))
        return MOMENT_GUESS;
    for (int32_t i = 0; i < ROWS_FOR_DATES; i++) {
        const char *newline = memchr(sample.head.bytes, '\n', sample.head.length);
        struct slice time;
        int64_t moment;
        bool month, day;

        if (!newline) break;
        line = (struct slice){ sample.head.bytes, (size_t)(newline - sample.head.bytes) };
        sample.head.length -= line.length + 1;
        sample.head.bytes = newline + 1;
        if (header_fields(line, delimiter, cell, COLUMNS_MOST) <= column) continue;
        time = slice_trim(cell[column]);
        month = moment_parse(time, MOMENT_MONTH_FIRST, &moment);
        day = moment_parse(time, MOMENT_DAY_FIRST, &moment);
        if (month && day) {
            both++;
            slash = memchr(time.bytes, '/', time.length) != NULL;
        } else if (month) {
            month_first++;
        } else if (day) {
            day_first++;
        }
    }
    if (month_first + day_first + both == 0) return MOMENT_GUESS;
    if (month_first > 0 && day_first == 0) {
        snprintf(intake->note, sizeof intake->note, "dates read as month/day/year");
        return MOMENT_MONTH_FIRST;
    }
    if (day_first > 0 && month_first == 0) {
        snprintf(intake->note, sizeof intake->note, "dates read as day/month/year");
        return MOMENT_DAY_FIRST;
    }
    if (month_first > 0) {
        snprintf(intake->note, sizeof intake->note,
                 "dates are written both as month/day/year and as day/month/year: some are read "
                 "wrongly");
        return MOMENT_GUESS;
    }
    snprintf(intake->note, sizeof intake->note,
             "ambiguous dates (no day above 12 in the first rows) read as %s",
             slash ? "month/day/year" : "day-month-year");
    return slash ? MOMENT_MONTH_FIRST : MOMENT_DAY_FIRST;
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
    struct slice cell = delimited_cell(&table->rows, table->columns.at[column]);

    *there = cell.length > 0;
    return !*there || number_read(cell, number);
}

/* Type, quantity and value of a row. NULL, or why not. */
static const char *fill_event(const struct table *table, struct record *record)
{
    struct slice type = delimited_cell(&table->rows, table->columns.at[COLUMN_TYPE]);
    double rating = 0, weight = 0, price = 0, quantity = 1;
    bool has_rating, has_weight, has_price, has_quantity;

    if (!cell_number(table, COLUMN_RATING, &rating, &has_rating)) return "rating is not a number";
    if (!cell_number(table, COLUMN_WEIGHT, &weight, &has_weight)) return "weight is not a number";
    if (!cell_number(table, COLUMN_PRICE, &price, &has_price)) return "price is not a number";
    if (!cell_number(table, COLUMN_QUANTITY, &quantity, &has_quantity))
        return "quantity is not a number";
    if (type.length > 0) {
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
    } else if (record->type == EVENT_WEIGHT) {
        if (has_weight || has_rating) record->value = has_weight ? weight : rating;
    } else if (has_price) {
        record->value = price;
    }
    return NULL;
}

/* Where the rows of purchases name their items, the names go to the catalogue. */
static bool note_item(const struct table *table, struct slice item)
{
    struct intake *intake = table->rows.intake;
    struct slice name = delimited_cell(&table->rows, table->columns.at[COLUMN_NAME]);
    struct slice category = delimited_cell(&table->rows, table->columns.at[COLUMN_CATEGORY]);
    struct attribute attribute = { .name = slice_of("category") };
    struct record record = { .kind = RECORD_ITEM,
                             .item = item,
                             .attributes = &attribute,
                             .n_attributes = 1,
                             .line = table->rows.line };
    bool first, changed;

    if (!intake->catalogue) return true;
    if (name.length > 0 &&
        !catalogue_title(intake->catalogue, item, intake_utf8(&intake->scratch, name), &first,
                         intake->error))
        return false;
    if (category.length == 0) return true;
    attribute.value = intake_utf8(&intake->scratch, category);
    if (!catalogue_fact(intake->catalogue, item, attribute.value, &changed, intake->error))
        return false;
    return changed ? intake_record(intake, &record) : true;
}

static void read_event(struct table *table)
{
    struct intake *intake = table->rows.intake;
    const struct delimited *rows = &table->rows;
    struct record record =
        intake_event(intake, delimited_cell(rows, table->columns.at[COLUMN_USER]),
                     delimited_cell(rows, table->columns.at[COLUMN_ITEM]));
    const char *reason = intake_bad_id(record.user, "no user");

    record.line = rows->line;
    if (!reason) reason = intake_bad_id(record.item, "no item");
    if (!reason && rows->n_cells > table->n_header) reason = "more cells than columns";
    if (!reason && !intake_time(delimited_cell(rows, table->columns.at[COLUMN_TIME]), table->form,
                                &record.time))
        reason = "not a date";
    if (!reason) reason = fill_event(table, &record);
    if (reason) {
        intake_reject(intake, rows->line, reason, rows->row);
        return;
    }
    if (intake_record(intake, &record)) intake_accept(intake);
    if ((table->columns.at[COLUMN_NAME] >= 0 || table->columns.at[COLUMN_CATEGORY] >= 0) &&
        !note_item(table, record.item))
        intake->stopped = true;
}

/* Users and items: the id, the name, and everything else as attributes. */
static void read_entity(struct table *table, enum part part, int32_t id_column)
{
    struct intake *intake = table->rows.intake;
    const struct delimited *rows = &table->rows;
    struct slice id = delimited_cell(rows, id_column);
    struct record record = { .kind = part == PART_USERS ? RECORD_USER : RECORD_ITEM,
                             .line = rows->line,
                             .attributes = table->attributes };
    const char *reason = intake_bad_id(id, part == PART_USERS ? "no user" : "no item");

    if (!reason && rows->n_cells > table->n_header) reason = "more cells than columns";
    if (reason) {
        intake_reject(intake, rows->line, reason, rows->row);
        return;
    }
    *(part == PART_USERS ? &record.user : &record.item) = id;
    for (int32_t i = 0; i < rows->n_cells; i++) {
        struct slice value = rows->cell[i];

        if (i == id_column || value.length == 0 || table->header[i].length == 0) continue;
        value = intake_utf8(&table->converted[i], value);
        if (i == table->columns.at[COLUMN_NAME]) {
            record.name = value;
            continue;
        }
        table->attributes[record.n_attributes++] =
            (struct attribute){ .name = i == table->columns.at[COLUMN_CATEGORY]
                                            ? slice_of("category")
                                            : table->header[i],
                                .value = value };
    }
    if (intake_record(intake, &record)) intake_accept(intake);
}

static void read_friend(struct table *table)
{
    struct intake *intake = table->rows.intake;
    const struct delimited *rows = &table->rows;
    struct record record = { .kind = RECORD_FRIENDSHIP,
                             .line = rows->line,
                             .user = delimited_cell(rows, table->columns.at[COLUMN_USER]),
                             .other = delimited_cell(rows, table->columns.at[COLUMN_FRIEND]) };
    const char *reason = intake_bad_id(record.user, "no user");

    if (!reason) reason = intake_bad_id(record.other, "no friend");
    if (!reason && record.user.length == record.other.length &&
        memcmp(record.user.bytes, record.other.bytes, record.user.length) == 0)
        reason = "a friend of oneself";
    if (reason)
        intake_reject(intake, rows->line, reason, rows->row);
    else if (intake_record(intake, &record))
        intake_accept(intake);
}

/* The column that holds the id of what the file is about, or -1 with a sentence. */
static int32_t id_column(const struct table *table, enum part part, struct error *error)
{
    const int32_t *at = table->columns.at;
    int32_t column = part == PART_FRIENDS ? at[COLUMN_USER]
                     : part == PART_ITEMS ? at[COLUMN_ITEM]
                                          : at[COLUMN_USER];

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

bool table_read(struct intake *intake, enum part part)
{
    struct table table = { 0 };
    struct sample sample = { .name = "" };
    struct slice first;
    char delimiter;
    bool done = false;
    int32_t id;

    if (!lines_peek(&intake->lines, &sample.head, &sample.whole, intake->error)) return false;
    if (!sample_line(&sample, 0, &first)) return true; /* an empty file has no rows */
    delimiter = delimiter_of(first);
    if (!delimited_open(&table.rows, intake, delimiter)) goto out;
    if (!delimited_next(&table.rows)) {
        done = !intake->stopped;
        goto out;
    }
    if (!copy_header(&table, intake->error) ||
        !columns_find(&table.columns, table.header, table.n_header, intake->map, intake->error))
        goto out;
    id = id_column(&table, part, intake->error);
    if (id < 0) goto out;
    /* A column of users beside the id of an item (who sells it) is an attribute, and so is the
     * rest: only name and category have a place of their own. */
    table.form =
        table_dates(intake, delimiter, part == PART_EVENTS ? table.columns.at[COLUMN_TIME] : -1);
    while (delimited_next(&table.rows)) {
        if (part == PART_EVENTS)
            read_event(&table);
        else if (part == PART_FRIENDS)
            read_friend(&table);
        else
            read_entity(&table, part, id);
    }
    done = !intake->stopped;
out:
    table_close(&table);
    return done;
}

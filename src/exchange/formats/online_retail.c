/* online_retail.c - UCI Online Retail (InvoiceNo, …, UnitPrice, CustomerID) and Online Retail II
 * (Invoice, …, Price, Customer ID): one line of an invoice a row.
 *
 * Rows without a customer, a quarter of the file, are rejected as events ("no customer"), but what
 * they say about the item still counts: their stock codes are in the catalogue and their
 * descriptions vote for the title. Invoices that begin with C and negative quantities are returns.
 */
#include "exchange/delimited.h"
#include "exchange/format.h"
#include "exchange/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum field { INVOICE, STOCK_CODE, DESCRIPTION, QUANTITY, TIME, PRICE, CUSTOMER, COUNTRY, FIELDS };

static const char *const names[FIELDS][2] = {
    [INVOICE] = { "InvoiceNo", "Invoice" },           [STOCK_CODE] = { "StockCode", "StockCode" },
    [DESCRIPTION] = { "Description", "Description" }, [QUANTITY] = { "Quantity", "Quantity" },
    [TIME] = { "InvoiceDate", "InvoiceDate" },        [PRICE] = { "UnitPrice", "Price" },
    [CUSTOMER] = { "CustomerID", "Customer ID" },     [COUNTRY] = { "Country", "Country" },
};

/* The place of each field in the header; false when one is missing. */
static bool find_fields(const struct slice *cell, int32_t n, int32_t at[FIELDS])
{
    for (int field = 0; field < FIELDS; field++) {
        at[field] = -1;
        for (int32_t i = 0; i < n && at[field] < 0; i++)
            if (slice_equal_fold(cell[i], names[field][0]) ||
                slice_equal_fold(cell[i], names[field][1]))
                at[field] = i;
        if (at[field] < 0) return false;
    }
    return true;
}

static enum part recognise(const struct sample *sample)
{
    struct slice cell[16];
    int32_t at[FIELDS];
    int32_t n = sample_header(sample, cell, 16);

    return n >= FIELDS && find_fields(cell, n, at) ? PART_EVENTS : PART_NONE;
}

struct reader_state {
    struct delimited rows;
    int32_t at[FIELDS];
};

static struct slice field_of(const struct reader_state *state, enum field field)
{
    return delimited_cell(&state->rows, state->at[field]);
}

/* Counts the description; an item that was never seen enters the catalogue here and now, so that
 * the order of first appearance is that of the rows. */
static bool note_item(struct reader_state *state, struct slice code, bool sold)
{
    struct import_context *import_context = state->rows.import_context;
    struct slice title =
        import_utf8(&import_context->scratch, slice_trim(field_of(state, DESCRIPTION)));
    struct record record = { .kind = RECORD_ITEM, .line = state->rows.line, .item = code };
    bool first;

    if (!catalogue_title(import_context->catalogue, code, title, &first, import_context->error)) {
        import_context->stopped = true;
        return false;
    }
    return first && !sold ? import_record(import_context, &record) : !import_context->stopped;
}

static bool note_country(struct reader_state *state, struct slice user)
{
    struct import_context *import_context = state->rows.import_context;
    struct slice country =
        import_utf8(&import_context->scratch, slice_trim(field_of(state, COUNTRY)));
    struct attribute attribute = { slice_of("country"), country };
    struct record record = { .kind = RECORD_USER,
                             .line = state->rows.line,
                             .user = user,
                             .attributes = &attribute,
                             .n_attributes = 1 };
    bool changed;

    if (country.length == 0) return true;
    if (!catalogue_fact(import_context->catalogue, user, country, &changed,
                        import_context->error)) {
        import_context->stopped = true;
        return false;
    }
    return changed ? import_record(import_context, &record) : true;
}

static const char *fill_event(const struct reader_state *state, struct record *record)
{
    struct slice invoice = field_of(state, INVOICE), price = field_of(state, PRICE);
    double quantity;

    if (!number_read(field_of(state, QUANTITY), &quantity)) return "quantity is not a number";
    if (!(fabs(quantity) > 0)) return "quantity is 0";
    if (price.length > 0 && !number_read(price, &record->value)) return "price is not a number";
    if (!date_read(field_of(state, TIME), &state->rows.import_context->understood->dates,
                   &record->time) ||
        record->time == MOMENT_NONE)
        return "not a date";
    record->quantity = fabs(quantity);
    if (quantity < 0 || (invoice.length > 0 && (*invoice.bytes == 'C' || *invoice.bytes == 'c')))
        record->type = EVENT_RETURN;
    return NULL;
}

static void read_row(struct reader_state *state)
{
    struct import_context *import_context = state->rows.import_context;
    struct slice customer = id_without_point(field_of(state, CUSTOMER));
    struct slice code = field_of(state, STOCK_CODE);
    struct record record = import_event(import_context, customer, code);
    const char *reason = import_bad_id(code, "no stock code");

    record.line = state->rows.line;
    if (reason) {
        import_reject(import_context, record.line, reason, state->rows.row);
        return;
    }
    reason = import_bad_id(customer, "no customer");
    if (!reason) reason = fill_event(state, &record);
    if (!note_item(state, code, !reason)) return;
    if (reason) {
        import_reject(import_context, record.line, reason, state->rows.row);
        return;
    }
    if (import_record(import_context, &record) && note_country(state, customer))
        import_accept(import_context);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct reader_state state = { 0 };
    struct sample sample = { .name = "" };
    struct slice first;
    bool done = false;

    (void)part;
    if (!lines_peek(&import_context->lines, &sample.head, &sample.whole, import_context->error))
        return false;
    if (!sample_line(&sample, 0, &first) || !import_context->understood) return true;
    if (!delimited_open(&state.rows, import_context, delimiter_of(first))) goto out;
    if (!delimited_next(&state.rows)) {
        done = !import_context->stopped;
        goto out;
    }
    if (!find_fields(state.rows.cell, state.rows.n_cells, state.at)) {
        error_set(import_context->error, ERROR_INPUT,
                  "Online Retail has the columns InvoiceNo, StockCode, Description, Quantity, "
                  "InvoiceDate, UnitPrice, CustomerID and Country");
        goto out;
    }
    snprintf(import_context->note, sizeof import_context->note, "%s",
             import_context->understood->note);
    while (delimited_next(&state.rows))
        read_row(&state);
    done = !import_context->stopped;
out:
    delimited_close(&state.rows);
    return done;
}

const struct format format_online_retail = { "online-retail", PART_EVENTS, recognise, read_part,
                                             table_understand };

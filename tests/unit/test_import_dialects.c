/* A random shop, written in a random dialect (separator, quotes, decimal sign, thousands, form of
 * dates, character set, names of columns, ends of lines), is read back equal. AISLE_SEED draws
 * others. */
#include <aisle/import.h>
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SHOPS = 400, EVENTS_MAX = 40, FORMS = 9 };

struct sale {
    char user[32], item[32];
    int64_t time;
    int quantity;
    int cents;
};

struct dialect {
    char separator;
    const char *const *names;
    const char *end;
    char decimal;
    const char *thousands;
    int form;
    enum { IN_UTF8, IN_UTF8_MARKED, IN_1252, IN_UTF16 } set;
    bool quotes, trailing, currency;
};

static const char *const headers[][5] = {
    { "user_id", "item_id", "timestamp", "quantity", "price" },
    { "Customer ID", "Product Code", "Order Date", "Qty", "Unit Price" },
    { "Kundennummer", "Artikelnr.", "Bestelldatum", "Menge", "Einzelpreis" },
    { "Client", "Code article", "Date de commande", "Quantit\xC3\xA9", "Prix unitaire" },
    { "CustomerKey", "ProductKey", "OrderDate", "OrderQuantity", "UnitPrice" },
    { "Cliente", "Producto", "Fecha", "Cantidad", "Precio" },
};

static uint32_t draw(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n);
}

static void add_date(struct text *out, int form, int64_t time)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int year, month, day, weekday;
    const int clock = (int)(time % 86400), hour = clock / 3600, minute = clock / 60 % 60;
    const int second = clock % 60, half = hour % 12 == 0 ? 12 : hour % 12;

    moment_to_civil(time, &year, &month, &day, &weekday);
    switch (form) {
    case 0:
        text_format(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute, second);
        break;
    case 1:
        text_format(out, "%d/%d/%04d %d:%02d:%02d", day, month, year, hour, minute, second);
        break;
    case 2:
        text_format(out, "%02d/%02d/%02d %d:%02d:%02d %s", month, day, year % 100, half, minute,
                    second, hour < 12 ? "AM" : "PM");
        break;
    case 3:
        text_format(out, "%02d.%02d.%02d %02d:%02d:%02d", day, month, year % 100, hour, minute,
                    second);
        break;
    case 4:
        text_format(out, "%d-%s-%04d %02d:%02d:%02d", day, months[month - 1], year, hour, minute,
                    second);
        break;
    case 5:
        text_format(out, "%lld", (long long)time);
        break;
    case 6:
        text_format(out, "%lld000", (long long)time);
        break;
    case 7:
        text_format(out, "%04d%02d%02d%02d%02d%02d", year, month, day, hour, minute, second);
        break;
    default:
        text_format(out, "%d %s %04d %02d:%02d:%02d +0100", day, months[month - 1], year, hour,
                    minute, second);
        break;
    }
}

static void add_price(struct text *out, const struct dialect *dialect, int cents)
{
    const int whole = cents / 100;

    if (dialect->currency) text_add_string(out, "\xE2\x82\xAC ");
    if (whole >= 1000 && *dialect->thousands)
        text_format(out, "%d%s%03d", whole / 1000, dialect->thousands, whole % 1000);
    else
        text_format(out, "%d", whole);
    text_format(out, "%c%02d", dialect->decimal, cents % 100);
}

static void add_cell(struct text *out, const struct dialect *dialect, const struct text *cell)
{
    const bool quoted = dialect->quotes || memchr(cell->bytes, dialect->separator, cell->length);

    if (quoted) text_add(out, "\"", 1);
    text_add(out, cell->bytes, cell->length);
    if (quoted) text_add(out, "\"", 1);
}

/* From UTF-8 to the dialect's character set; only what windows-1252 has is in the shops. */
static void encode(struct text *out, const struct dialect *dialect, const struct text *utf8)
{
    if (dialect->set == IN_UTF8_MARKED) text_add(out, "\xEF\xBB\xBF", 3);
    if (dialect->set == IN_UTF8 || dialect->set == IN_UTF8_MARKED) {
        text_add(out, utf8->bytes, utf8->length);
        return;
    }
    for (size_t i = 0; i < utf8->length;) {
        int32_t code;
        char bytes[2];

        i += text_decode(utf8->bytes + i, utf8->length - i, &code);
        bytes[0] = (char)(dialect->set == IN_1252 && code == 0x20AC ? 0x80 : code & 0xFF);
        bytes[1] = (char)(code >> 8);
        text_add(out, bytes, dialect->set == IN_UTF16 ? 2 : 1);
    }
}

static void write_shop(struct text *out, const struct dialect *dialect, const struct sale *sales,
                       int n)
{
    struct text text = { 0 }, cell = { 0 };

    for (int row = -1; row < n; row++) {
        for (int column = 0; column < 5; column++) {
            const struct sale *sale = &sales[row < 0 ? 0 : row];

            text_clear(&cell);
            if (column > 0) text_add(&text, &dialect->separator, 1);
            if (row < 0)
                text_add_string(&cell, dialect->names[column]);
            else if (column == 0)
                text_add_string(&cell, sale->user);
            else if (column == 1)
                text_add_string(&cell, sale->item);
            else if (column == 2)
                add_date(&cell, dialect->form, sale->time);
            else if (column == 3)
                text_format(&cell, "%d", sale->quantity);
            else
                add_price(&cell, dialect, sale->cents);
            add_cell(&text, dialect, &cell);
        }
        if (dialect->trailing) text_add(&text, &dialect->separator, 1);
        text_add_string(&text, dialect->end);
    }
    encode(out, dialect, &text);
    text_fini(&text);
    text_fini(&cell);
}

struct reading {
    const struct sale *sales;
    int n, at, wrong;
};

static bool on_record(void *context, const struct record *record, struct error *error)
{
    struct reading *reading = context;
    const struct sale *sale = &reading->sales[reading->at];

    (void)error;
    if (record->kind != RECORD_EVENT) return true;
    if (reading->at == reading->n || !slice_equal(record->user, sale->user) ||
        !slice_equal(record->item, sale->item) || record->time != sale->time ||
        fabs(record->quantity - sale->quantity) > 0 ||
        fabs(record->value - sale->cents / 100.0) > 1e-9)
        reading->wrong++;
    reading->at += reading->at < reading->n;
    return true;
}

static void on_rejected(void *context, int64_t line, const char *reason, struct slice row)
{
    struct reading *reading = context;

    print_message("line %d: %s: %.*s\n", (int)line, reason, (int)row.length, row.bytes);
    reading->wrong++;
}

static void draw_sales(struct rng *rng, struct sale *sales, int n, int form)
{
    static const char *const ids[] = { "J\xC3\xBCrgen", "0017", "A-1", "42", "Zo\xC3\xAB" };

    for (int i = 0; i < n; i++) {
        /* The last day is above 12: it tells day from month. */
        const int day = i == n - 1 ? 13 + (int)draw(rng, 16) : 1 + (int)draw(rng, 28);
        sales[i] = (struct sale){ .time = moment_from_civil(
                                      1995 + (int)draw(rng, 30), 1 + (int)draw(rng, 12), day,
                                      (int)draw(rng, 24), (int)draw(rng, 60), (int)draw(rng, 60)),
                                  .quantity = 1 + (int)draw(rng, 20),
                                  .cents = i == 0 ? 50 : (int)draw(rng, 300000) };
        snprintf(sales[i].user, sizeof sales[i].user, "%s-%d", ids[draw(rng, 5)],
                 (int)draw(rng, 9));
        snprintf(sales[i].item, sizeof sales[i].item, "%03d", (int)draw(rng, 300));
        /* Those forms say the zone of their own: an hour east of Greenwich. */
        if (form == 8) sales[i].time -= 3600;
    }
}

static void what_is_written_is_read(void **state)
{
    const char *seed = getenv("AISLE_SEED");
    struct rng rng;
    (void)state;

    rng_init(&rng, seed ? strtoull(seed, NULL, 10) : 12);
    for (int shop = 0; shop < SHOPS; shop++) {
        static const char separators[] = { ',', ';', '\t', '|' };
        static const char *const groups[] = { "", " ", "'", "\xC2\xA0" };
        struct sale sales[EVENTS_MAX];
        const int n = 2 + (int)draw(&rng, EVENTS_MAX - 2);
        struct dialect dialect = { .separator = separators[draw(&rng, 4)],
                                   .names = headers[draw(&rng, 6)],
                                   .end = draw(&rng, 2) ? "\n" : "\r\n",
                                   .decimal = draw(&rng, 2) ? '.' : ',',
                                   .thousands = groups[draw(&rng, 4)],
                                   .form = (int)draw(&rng, FORMS),
                                   .set = draw(&rng, 4),
                                   .quotes = draw(&rng, 3) == 0,
                                   .trailing = draw(&rng, 4) == 0,
                                   .currency = draw(&rng, 3) == 0 };
        struct text file = { 0 };
        struct error error = { 0 };

        if (draw(&rng, 3) == 0) dialect.thousands = dialect.decimal == '.' ? "," : ".";
        draw_sales(&rng, sales, n, dialect.form);
        struct sale shown[EVENTS_MAX];
        memcpy(shown, sales, sizeof shown);
        for (int i = 0; dialect.form == 8 && i < n; i++)
            shown[i].time += 3600;
        write_shop(&file, &dialect, shown, n);
        struct reading reading = { .sales = sales, .n = n };
        const struct import_events events = { on_record, on_rejected, &reading };
        if (!import_memory(NULL, "export.csv", file.bytes, file.length, NULL, &events, &error) ||
            reading.wrong > 0 || reading.at != n) {
            print_message("shop %d, set %d, form %d: %s\n%.*s\n", shop, (int)dialect.set,
                          dialect.form, error.text, (int)file.length, file.bytes);
            fail();
        }
        text_fini(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_written_is_read) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

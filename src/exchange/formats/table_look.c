/* table_look.c - the look over a whole table before a row of it is taken: how numbers and dates are
 * written in each column, whether ids repeat, and what remains to be asked. */
#include "exchange/delimited.h"
#include "exchange/format.h"
#include "exchange/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATE_COLUMNS = 6 };

/* A look while it goes over the rows. */
struct look {
    struct delimited rows;
    struct understood *understood;
    int32_t id;                        /* column whose values are watched for repeats, or -1 */
    int32_t date_column[DATE_COLUMNS]; /* columns that may be the time */
    int32_t n_dates;
    int32_t number_column[COLUMNS];
    int32_t n_numbers;
    int64_t id_filled, id_floats; /* ids that end in ".0" */
    struct seen ids;
};

static bool has_word(const char *name, const char *const *words)
{
    struct text folded = { 0 };
    bool found = false;

    text_add_folded(&folded, name, strlen(name));
    for (; folded.bytes && *words && !found; words++)
        found = strstr(folded.bytes, *words) != NULL;
    text_fini(&folded);
    return found;
}

static bool fill_columns(struct understood *understood, const struct layout *layout,
                         const struct slice *cell, struct text *scratch, struct error *error)
{
    understood->column = calloc((size_t)layout->n + 1, sizeof *understood->column);
    if (!understood->column) return error_memory(error, "the columns of a table");
    for (int32_t i = 0; i < layout->n; i++) {
        struct understood_column *column = &understood->column[i];
        struct slice name = slice_trim(import_utf8(scratch, cell[i]));
        struct text text = { 0 };

        if (name.length > 0)
            text_add(&text, name.bytes, name.length);
        else
            text_format(&text, "column %d", (int)i + 1);
        if (text.failed) return error_memory(error, "the columns of a table");
        column->name = text.bytes;
        column->role = COLUMNS;
        understood->n = i + 1;
    }
    return true;
}

static void set_roles(struct understood *understood)
{
    for (int32_t i = 0; i < understood->n; i++)
        understood->column[i].role = COLUMNS;
    for (int role = 0; role < COLUMNS; role++) {
        const int32_t at = understood->columns.at[role];
        if (at >= 0 && at < understood->n) understood->column[at].role = (enum column)role;
    }
}

static void choose_columns(struct look *look, enum part part)
{
    static const enum column numbers[] = { COLUMN_RATING, COLUMN_WEIGHT, COLUMN_QUANTITY,
                                           COLUMN_PRICE, COLUMN_TOTAL };
    static const char *const date_words[] = { "date", "datum",   "fecha", "time", "data",
                                              "zeit", "created", "_at",   NULL };
    const struct columns *columns = &look->understood->columns;

    look->id = part == PART_ITEMS   ? columns->at[COLUMN_ITEM]
               : part == PART_USERS ? columns->at[COLUMN_USER]
                                    : -1;
    if (look->id < 0 && (part == PART_ITEMS || part == PART_USERS))
        look->id = columns->at[COLUMN_ID];
    if (part != PART_EVENTS && part != PART_ORDERS) return;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (columns->at[numbers[i]] >= 0)
            look->number_column[look->n_numbers++] = columns->at[numbers[i]];
    if (columns->at[COLUMN_TIME] >= 0)
        look->date_column[look->n_dates++] = columns->at[COLUMN_TIME];
    if (columns->at[COLUMN_CLOCK] >= 0)
        look->date_column[look->n_dates++] = columns->at[COLUMN_CLOCK];
    for (int32_t i = 0; i < look->understood->n && look->n_dates < DATE_COLUMNS; i++)
        if (look->understood->column[i].role == COLUMNS &&
            has_word(look->understood->column[i].name, date_words))
            look->date_column[look->n_dates++] = i;
}

/* Bytes beyond ASCII that are not UTF-8. */
static bool is_foreign(struct slice row)
{
    size_t i = 0;

    for (; i + 8 <= row.length; i += 8) {
        uint64_t word;

        memcpy(&word, row.bytes + i, 8);
        if (word & UINT64_C(0x8080808080808080)) return !text_is_utf8(row.bytes, row.length);
    }
    for (; i < row.length; i++)
        if ((unsigned char)row.bytes[i] >= 0x80) return !text_is_utf8(row.bytes, row.length);
    return false;
}

static void note_currency(struct understood *understood, struct slice cell)
{
    const struct slice currency = amount_currency(cell);

    if (currency.length == 0) return;
    if (!understood->currency) {
        snprintf(understood->currency_text, sizeof understood->currency_text, "%.*s",
                 (int)(currency.length < 7 ? currency.length : 7), currency.bytes);
        understood->currency = understood->currency_text;
    } else if (!slice_equal(currency, understood->currency_text)) {
        understood->mixed_currency = true;
    }
}

static bool look_at_row(struct look *look, struct import_context *import_context)
{
    struct understood *understood = look->understood;
    const struct delimited *rows = &look->rows;

    understood->rows++;
    if (!understood->not_utf8) understood->not_utf8 = is_foreign(rows->row);
    for (int32_t k = 0; k < look->n_numbers; k++) {
        struct understood_column *column = &understood->column[look->number_column[k]];
        const struct slice cell = table_cell(rows, look->number_column[k]);

        if (cell.length == 0) continue;
        column->filled++;
        if (amount_count(&column->amounts, cell) &&
            (column->role == COLUMN_PRICE || column->role == COLUMN_TOTAL) &&
            ((unsigned char)cell.bytes[0] > '9' ||
             (unsigned char)cell.bytes[cell.length - 1] > '9' || cell.bytes[0] == '$'))
            note_currency(understood, cell);
    }
    for (int32_t k = 0; k < look->n_dates; k++) {
        struct understood_column *column = &understood->column[look->date_column[k]];
        const struct slice cell = table_cell(rows, look->date_column[k]);

        if (cell.length == 0) continue;
        column->filled++;
        date_count(&column->dates, cell, import_context->now);
    }
    if (look->id >= 0) {
        const struct slice id = table_cell(rows, look->id);
        bool first;

        if (id.length > 0 && !understood->repeated) {
            if (!seen_add(&look->ids, id, &first, import_context->error)) return false;
            if (!first) {
                understood->repeated = true;
                snprintf(understood->repeated_id, sizeof understood->repeated_id, "%.*s",
                         (int)(id.length < 40 ? id.length : 40), id.bytes);
            }
        }
    }
    return true;
}

static bool is_mostly_dates(const struct understood_column *column)
{
    return column->dates.dates > 0 && column->dates.dates * 2 >= column->filled;
}

static bool is_clock(const struct understood_column *column)
{
    return column->dates.clocks > 0 && column->dates.clocks * 10 >= column->filled * 9;
}

/* Which column is the time, which the time of day. */
static void decide_time(struct look *look)
{
    struct understood *understood = look->understood;
    struct columns *columns = &understood->columns;
    int32_t time = columns->at[COLUMN_TIME];

    if (look->n_dates == 0) return;
    if (time >= 0 && !is_mostly_dates(&understood->column[time])) {
        const struct understood_column *column = &understood->column[time];
        int32_t better = -1;

        for (int32_t k = 0; k < look->n_dates && better < 0; k++)
            if (is_mostly_dates(&understood->column[look->date_column[k]]))
                better = look->date_column[k];
        if (better >= 0) {
            if (is_clock(column) && columns->at[COLUMN_CLOCK] < 0) columns->at[COLUMN_CLOCK] = time;
            if (columns->at[COLUMN_CLOCK] == better) columns->at[COLUMN_CLOCK] = -1;
            columns->at[COLUMN_TIME] = time = better;
        }
    } else if (time < 0 && columns->at[COLUMN_USER] >= 0) {
        int32_t only = -1, n = 0;

        for (int32_t k = 0; k < look->n_dates; k++)
            if (is_mostly_dates(&understood->column[look->date_column[k]]) &&
                understood->column[look->date_column[k]].dates.numbers == 0) {
                only = look->date_column[k];
                n++;
            }
        if (n == 1) columns->at[COLUMN_TIME] = time = only;
    }
    if (time < 0) return;
    if (understood->column[time].dates.timed > 0 || columns->at[COLUMN_CLOCK] == time)
        columns->at[COLUMN_CLOCK] = -1;
    if (columns->at[COLUMN_CLOCK] >= 0 && !is_clock(&understood->column[columns->at[COLUMN_CLOCK]]))
        columns->at[COLUMN_CLOCK] = -1;
}

static void note_add(char note[240], const char *sentence)
{
    const size_t length = strlen(note);

    snprintf(note + length, 240 - length, "%s%s", length > 0 ? "; " : "", sentence);
}

static void decide_dates(struct look *look, struct import_context *import_context)
{
    struct understood *understood = look->understood;
    const int32_t time = understood->columns.at[COLUMN_TIME];
    char sentence[160];

    understood->dates = (struct date_form){ .order = import_context->dates,
                                            .latest = import_context->now + (int64_t)3653 * 86400,
                                            .plain_days = true };
    if (time < 0) return;
    const struct understood_column *column = &understood->column[time];
    const struct date_counts *counts = &column->dates;
    if (column->filled > 0 && counts->dates == 0 && counts->clocks == 0) {
        snprintf(sentence, sizeof sentence,
                 "'%.40s' holds no dates: not used, the order of the rows counts", column->name);
        note_add(understood->note, sentence);
        understood->columns.at[COLUMN_TIME] = -1;
        return;
    }
    if (counts->spreadsheet > 0) note_add(understood->note, "days of a spreadsheet read as dates");
    if (import_context->dates == DATE_OPEN) understood->dates.order = date_decide(counts);
    if (import_context->dates == DATE_OPEN && date_is_open(counts)) {
        understood->question_of_file = false;
        error_set(&understood->question, ERROR_INPUT,
                  "dates such as %s in '%.40s' can be read in more than one way%s: say which comes "
                  "first with --dates dmy, --dates mdy or --dates ymd",
                  counts->example, column->name,
                  counts->only[DATE_DMY] > 0 && counts->only[DATE_MDY] > 0
                      ? ", and others in it are written both ways"
                      : "");
    } else if (understood->dates.order != DATE_OPEN &&
               counts->open + counts->only[DATE_DMY] + counts->only[DATE_MDY] > 0) {
        snprintf(sentence, sizeof sentence, "dates read as %s",
                 date_order_text(understood->dates.order));
        note_add(understood->note, sentence);
    }
}

static void decide_numbers(struct look *look)
{
    struct understood *understood = look->understood;
    struct amount_counts file = { 0 };

    for (int32_t k = 0; k < look->n_numbers; k++) {
        const struct amount_counts *counts = &understood->column[look->number_column[k]].amounts;
        file.point += counts->point;
        file.comma += counts->comma;
    }
    for (int32_t k = 0; k < look->n_numbers; k++) {
        struct understood_column *column = &understood->column[look->number_column[k]];
        const struct amount_counts *counts = &column->amounts;
        char sentence[200];

        column->sign = amount_decide(counts, &file);
        if (column->sign == DECIMAL_EITHER) {
            snprintf(sentence, sizeof sentence,
                     "'%.40s' has decimal points and decimal commas: each cell read by itself",
                     column->name);
            note_add(understood->note, sentence);
        } else if (counts->open_point + counts->open_comma > 0) {
            const bool thousands =
                column->sign == DECIMAL_POINT ? counts->open_comma > 0 : counts->open_point > 0;
            snprintf(sentence, sizeof sentence, "'%.40s': %s read as %s", column->name,
                     counts->open_point > 0 ? "1.234" : "1,234",
                     thousands ? "a thousand and more" : "a little more than one");
            note_add(understood->note, sentence);
        }
    }
}

/* Names of the files in which items are listed rather than sold. */
static bool is_catalogue_name(const struct sample *sample)
{
    static const char *const words[] = { "product", "item",    "catalog", "artikel", "article",
                                         "produit", "product", "stock",   "movie",   "book",
                                         "sku",     "stamm",   "game",    "song",    NULL };
    static const char *const sales[] = { "order",   "sale",    "purchase", "transaction", "line",
                                         "event",   "return",  "basket",   "invoice",     "receipt",
                                         "bestell", "verkauf", "vente",    "venta",       NULL };

    for (int i = 0; sales[i]; i++)
        if (sample_name_has(sample, sales[i])) return false;
    for (int i = 0; words[i]; i++)
        if (sample_name_has(sample, words[i])) return true;
    return false;
}

/* A file of items that is more likely one of sales: who bought is asked for. */
static void question_items(struct understood *understood, const struct sample *sample,
                           bool insisted)
{
    static const enum column of_sales[] = { COLUMN_ORDER, COLUMN_FRIEND, COLUMN_TIME, COLUMN_TOTAL,
                                            COLUMN_QUANTITY };
    const struct columns *columns = &understood->columns;
    const char *sign = NULL;
    char what[120];

    if (insisted) return;
    if (understood->repeated) {
        snprintf(what, sizeof what, "item %.40s stands in more than one row",
                 understood->repeated_id);
        sign = what;
    }
    for (size_t i = 0; i < sizeof of_sales / sizeof *of_sales && !sign; i++) {
        const int32_t at = columns->at[of_sales[i]];

        if (at < 0 || (is_catalogue_name(sample) && of_sales[i] != COLUMN_ORDER)) continue;
        snprintf(what, sizeof what, "there is a column '%.40s'", understood->column[at].name);
        sign = what;
    }
    understood->question_of_file = sign != NULL;
    if (sign)
        error_set(&understood->question, ERROR_INPUT,
                  "%s: these look like sales, and no column says who bought; name it with --map "
                  "user=COLUMN, or say --format items where it is a catalogue",
                  sign);
}

static void question_users(struct understood *understood, bool insisted)
{
    const struct columns *columns = &understood->columns;

    if (insisted || !understood->repeated) return;
    if (columns->at[COLUMN_TIME] < 0 && columns->at[COLUMN_TOTAL] < 0 &&
        columns->at[COLUMN_QUANTITY] < 0 && columns->at[COLUMN_PRICE] < 0 &&
        columns->at[COLUMN_ORDER] < 0)
        return;
    understood->question_of_file = true;
    error_set(&understood->question, ERROR_INPUT,
              "user %.40s stands in more than one row: these look like sales, and no column says "
              "what was bought; name it with --map item=COLUMN, or say --format users",
              understood->repeated_id);
}

/* What is read, by role or as an attribute. */
static void mark_used(struct understood *understood, enum part part)
{
    static const bool of_events[COLUMNS] = {
        [COLUMN_USER] = true,     [COLUMN_ITEM] = true,     [COLUMN_TIME] = true,
        [COLUMN_CLOCK] = true,    [COLUMN_RATING] = true,   [COLUMN_WEIGHT] = true,
        [COLUMN_QUANTITY] = true, [COLUMN_PRICE] = true,    [COLUMN_TYPE] = true,
        [COLUMN_NAME] = true,     [COLUMN_CATEGORY] = true, [COLUMN_TOTAL] = true,
        [COLUMN_STATUS] = true,
    };

    for (int32_t i = 0; i < understood->n; i++) {
        struct understood_column *column = &understood->column[i];

        if (part == PART_USERS || part == PART_ITEMS) {
            column->used = true;
        } else if (part == PART_FRIENDS) {
            column->used = column->role == COLUMN_USER || column->role == COLUMN_FRIEND;
        } else if (part == PART_ORDERS) {
            column->used = column->role == COLUMN_USER || column->role == COLUMN_ORDER ||
                           column->role == COLUMN_TIME || column->role == COLUMN_CLOCK ||
                           column->role == COLUMN_STATUS;
        } else if (column->role < COLUMNS) {
            column->used =
                of_events[column->role] || (column->role == COLUMN_ORDER && understood->lines_only);
        }
    }
}

/* What a customer is called is not what the item is called. */
static void drop_names_of_people(struct understood *understood)
{
    static const char *const people[] = { "user",  "customer", "client",   "buyer",
                                          "kunde", "member",   "fullname", "reviewer",
                                          "name1", "cliente",  NULL };
    int32_t *at = &understood->columns.at[COLUMN_NAME];

    if (*at >= 0 && has_word(understood->column[*at].name, people)) *at = -1;
}

bool table_understand(struct import_context *import_context, const struct sample *sample,
                      enum part *part, struct understood *understood)
{
    struct look look = { .understood = understood };
    struct slice *cell = calloc(COLUMNS_MAX, sizeof *cell);
    struct layout layout;
    struct slice line;
    bool done = false;

    *understood = (struct understood){ .delimiter = 0 };
    if (!cell) return error_memory(import_context->error, "the columns of a table");
    if (!layout_find(sample, &layout, cell)) {
        free(cell);
        return true;
    }
    understood->delimiter = layout.delimiter;
    understood->backslash = layout.backslash;
    understood->headerless = layout.headerless;
    understood->skipped = layout.skipped;
    if (!fill_columns(understood, &layout, cell, &import_context->scratch, import_context->error) ||
        !columns_find(&understood->columns, cell, layout.n, sample->map, sample->own, NULL) ||
        !delimited_open(&look.rows, import_context, layout.delimiter))
        goto out;
    if (*part == PART_EVENTS && !sample->map) drop_names_of_people(understood);
    if (layout.headerless && *part == PART_FRIENDS && import_context->insisted && layout.n >= 2 &&
        understood->columns.at[COLUMN_USER] < 0) {
        understood->columns.at[COLUMN_USER] = 0;
        understood->columns.at[COLUMN_FRIEND] = 1;
    }
    set_roles(understood);
    look.rows.backslash = layout.backslash;
    choose_columns(&look, *part);
    for (int32_t i = 0; i < layout.skipped; i++)
        if (!import_raw_line(import_context, &line)) break;
    if (!layout.headerless && !delimited_next(&look.rows)) goto counted;
    while (delimited_next(&look.rows))
        if (!look_at_row(&look, import_context)) goto out;
counted:
    if (import_context->stopped) goto out;
    decide_time(&look);
    decide_dates(&look, import_context);
    decide_numbers(&look);
    if (*part == PART_ITEMS) question_items(understood, sample, import_context->insisted);
    if (*part == PART_USERS) question_users(understood, import_context->insisted);
    understood->lines_only = *part == PART_EVENTS && understood->columns.at[COLUMN_USER] < 0;
    set_roles(understood);
    mark_used(understood, *part);
    done = true;
out:
    seen_fini(&look.ids);
    delimited_close(&look.rows);
    free(cell);
    return done;
}

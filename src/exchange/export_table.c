/* export_table.c - tables as CSV, JSON, JSONL and Markdown.
 *
 * Values are raw: full precision, ISO times. JSON takes the columns' names as keys and writes an
 * absent cell as null; numbers that JSON cannot hold (NaN, infinity) are null too.
 */
#include "exchange/csv.h"
#include "exchange/number.h"

#include "aisle/export.h"

#include <math.h>
#include <string.h>

enum { SPARKS = 12, FLUSH_AT = 64 * 1024 };

bool export_format_parse(struct slice name, enum export_format *format)
{
    static const struct {
        const char *name;
        enum export_format format;
    } names[] = {
        { "csv", EXPORT_CSV },           { "json", EXPORT_JSON },   { "jsonl", EXPORT_JSONL },
        { "markdown", EXPORT_MARKDOWN }, { "md", EXPORT_MARKDOWN },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_equal_fold(name, names[i].name)) {
            *format = names[i].format;
            return true;
        }
    return false;
}

/* A cell as text, whatever its type; sparks as their numbers with blanks between. */
static void add_plain(struct text *out, const struct cell *cell, enum cell_type type)
{
    char time[MOMENT_TEXT_SIZE];

    if (cell->absent) return;
    switch (type) {
    case CELL_TEXT:
        text_add(out, cell->text.bytes, cell->text.length);
        break;
    case CELL_INTEGER:
        text_format(out, "%lld", (long long)cell->integer);
        break;
    case CELL_MOMENT:
        text_add_string(out, moment_text(cell->integer, time));
        break;
    case CELL_MONEY: /* sums of prices that are kept as floats: what is behind is noise */
        number_add_double(out, round(cell->number * 1e4) / 1e4);
        break;
    case CELL_NUMBER:
    case CELL_SCORE:
    case CELL_SHARE:
    case CELL_METRIC:
        number_add_double(out, cell->number);
        break;
    case CELL_SPARK:
        for (int i = 0; cell->spark && i < SPARKS; i++) {
            if (i > 0) text_add(out, " ", 1);
            number_add_float(out, cell->spark[i]);
        }
        break;
    }
}

/* Markdown shows what it gets: on one line, marks made visible, its own signs escaped. */
static void add_markdown(struct text *out, struct slice cell)
{
    struct text visible = { 0 };

    text_add_visible(&visible, cell.bytes, cell.length);
    for (size_t i = 0; i < visible.length; i++) {
        if (memchr("|\\`*_<>[]&", visible.bytes[i], 10)) text_add(out, "\\", 1);
        text_add(out, visible.bytes + i, 1);
    }
    if (visible.failed) out->failed = true;
    text_fini(&visible);
}

static void add_json(struct text *out, const struct cell *cell, enum cell_type type,
                     struct text *plain)
{
    bool string = type == CELL_TEXT || type == CELL_MOMENT;

    if (type == CELL_SPARK && !cell->absent && cell->spark) {
        text_add(out, "[", 1);
        for (int i = 0; i < SPARKS; i++) {
            if (i > 0) text_add(out, ",", 1);
            if (!isfinite(cell->spark[i])) text_add_string(out, "null");
            number_add_float(out, cell->spark[i]);
        }
        text_add(out, "]", 1);
        return;
    }
    text_clear(plain);
    add_plain(plain, cell, type);
    if (cell->absent || (type != CELL_TEXT && plain->length == 0))
        text_add_string(out, "null");
    else if (string)
        text_add_json(out, plain->bytes ? plain->bytes : "", plain->length);
    else
        text_add(out, plain->bytes, plain->length);
}

/* Hands over what was gathered when it is enough, or in the end. */
static bool flush(struct table_export *out, struct text *gathered, bool all, struct error *error)
{
    bool good = true;

    if (gathered->failed) return error_memory(error, "an export");
    if (gathered->length > 0 && (all || gathered->length >= FLUSH_AT)) {
        good = out->put(out->context, gathered->bytes, gathered->length, error);
        text_clear(gathered);
    }
    return good;
}

static void add_header(struct table_export *out, struct text *text)
{
    for (int32_t i = 0; i < out->n_columns; i++) {
        const struct table_column *column = &out->columns[i];

        if (out->format == EXPORT_CSV) {
            if (i > 0) text_add(text, ",", 1);
            csv_add(text, slice_of(column->name), true);
        } else {
            text_add_string(text, "| ");
            add_markdown(text, slice_of(column->title ? column->title : column->name));
            text_add(text, " ", 1);
        }
    }
    text_add_string(text, out->format == EXPORT_CSV ? "\n" : "|\n");
    if (out->format != EXPORT_MARKDOWN) return;
    for (int32_t i = 0; i < out->n_columns; i++)
        text_add_string(text, out->columns[i].type == CELL_TEXT ? "| --- " : "| ---: ");
    text_add_string(text, "|\n");
}

bool table_export_begin(struct table_export *out, struct error *error)
{
    struct text text = { 0 };
    bool good;

    out->rows = 0;
    if (out->format == EXPORT_JSON)
        text_add(&text, "[", 1);
    else if (out->format != EXPORT_JSONL)
        add_header(out, &text);
    good = flush(out, &text, true, error);
    text_fini(&text);
    return good;
}

static const struct cell *cell_of(const struct table_export *out, const struct page *page,
                                  int32_t row, int32_t column)
{
    return page_cell(page, row, out->place ? out->place[column] : column);
}

static void add_row_json(struct table_export *out, const struct page *page, int32_t row,
                         struct text *text, struct text *plain)
{
    if (out->format == EXPORT_JSON) text_add_string(text, out->rows > 0 ? ",\n" : "\n");
    text_add(text, "{", 1);
    for (int32_t i = 0; i < out->n_columns; i++) {
        if (i > 0) text_add(text, ",", 1);
        text_add_json(text, out->columns[i].name, strlen(out->columns[i].name));
        text_add(text, ":", 1);
        add_json(text, cell_of(out, page, row, i), out->columns[i].type, plain);
    }
    text_add_string(text, out->format == EXPORT_JSON ? "}" : "}\n");
}

static void add_row_plain(struct table_export *out, const struct page *page, int32_t row,
                          struct text *text, struct text *plain)
{
    bool csv = out->format == EXPORT_CSV;

    for (int32_t i = 0; i < out->n_columns; i++) {
        struct slice cell;

        text_clear(plain);
        add_plain(plain, cell_of(out, page, row, i), out->columns[i].type);
        cell = (struct slice){ plain->bytes ? plain->bytes : "", plain->length };
        if (csv) {
            if (i > 0) text_add(text, ",", 1);
            csv_add(text, cell, out->columns[i].type == CELL_TEXT);
        } else {
            text_add_string(text, "| ");
            add_markdown(text, cell);
            text_add(text, " ", 1);
        }
    }
    text_add_string(text, csv ? "\n" : "|\n");
}

bool table_export_page(struct table_export *out, const struct page *page, struct error *error)
{
    struct text text = { 0 }, plain = { 0 };
    bool good = true;

    for (int32_t row = 0; row < page->n_rows && good; row++) {
        if (out->format == EXPORT_JSON || out->format == EXPORT_JSONL)
            add_row_json(out, page, row, &text, &plain);
        else
            add_row_plain(out, page, row, &text, &plain);
        out->rows++;
        if (plain.failed) text.failed = true;
        good = flush(out, &text, false, error);
    }
    good = good && flush(out, &text, true, error);
    text_fini(&text);
    text_fini(&plain);
    return good;
}

bool table_export_end(struct table_export *out, struct error *error)
{
    if (out->format != EXPORT_JSON) return true;
    return out->rows > 0 ? out->put(out->context, "\n]\n", 3, error)
                         : out->put(out->context, "]\n", 2, error);
}

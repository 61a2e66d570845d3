/* table.c - building a page, and cells as people read them. */
#include "aisle/table.h"

#include "aisle/moment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPARK = 12 };

/* Until a page is finished, a text cell with text.length > 0 has its place in `bytes` in
 * `integer`: the bytes still move. */

struct page *page_new(int64_t first, int32_t capacity, int32_t n_columns, struct error *error)
{
    struct page *page = calloc(1, sizeof *page);

    if (!page) goto fail;
    size_t rows = capacity > 0 ? (size_t)capacity : 1,
           columns = n_columns > 0 ? (size_t)n_columns : 1;
    page->first = first;
    page->capacity = capacity;
    page->n_columns = n_columns;
    if (rows > SIZE_MAX / sizeof *page->cells / columns) goto fail;
    page->key = malloc(rows * sizeof *page->key);
    page->cells = malloc(rows * columns * sizeof *page->cells);
    if (page->key && page->cells) return page;
fail:
    page_free(page);
    error_memory(error, "a page of a table");
    return NULL;
}

void page_free(struct page *page)
{
    if (!page) return;
    free(page->key);
    free(page->cells);
    free(page->sparks);
    text_fini(&page->bytes);
    free(page);
}

bool page_add_row(struct page *page, int64_t key)
{
    if (page->n_rows == page->capacity) return false;
    page->key[page->n_rows] = key;
    struct cell *cells = page->cells + (size_t)page->n_rows * (size_t)page->n_columns;
    for (int32_t column = 0; column < page->n_columns; column++)
        cells[column] = (struct cell){ .absent = true };
    page->n_rows++;
    return true;
}

/* The cell of the row that was added last, now present. */
static struct cell *open_cell(struct page *page, int32_t column)
{
    size_t row = (size_t)page->n_rows - 1;
    struct cell *cell = page->cells + row * (size_t)page->n_columns + (size_t)column;
    *cell = (struct cell){ 0 };
    return cell;
}

void page_set_text(struct page *page, int32_t column, struct slice text)
{
    struct cell *cell = open_cell(page, column);

    cell->text = (struct slice){ "", text.length };
    cell->integer = (int64_t)page->bytes.length;
    if (text.length > 0) text_add(&page->bytes, text.bytes, text.length);
}

void page_set_integer(struct page *page, int32_t column, int64_t integer)
{
    open_cell(page, column)->integer = integer;
}

void page_set_number(struct page *page, int32_t column, double number)
{
    open_cell(page, column)->number = number;
}

void page_set_metric(struct page *page, int32_t column, double number, bool leads)
{
    struct cell *cell = open_cell(page, column);

    cell->number = number;
    cell->leads = leads;
}

void page_set_spark(struct page *page, int32_t column, const float spark[12])
{
    struct cell *cell = open_cell(page, column);
    size_t cells = (size_t)page->capacity * (size_t)page->n_columns;

    if (!page->sparks) page->sparks = calloc(cells, SPARK * sizeof *page->sparks);
    if (!page->sparks) {
        page->bytes.failed = true;
        return;
    }
    float *place = page->sparks + (size_t)(cell - page->cells) * SPARK;
    memcpy(place, spark, SPARK * sizeof *place);
    cell->spark = place;
}

bool page_finish(struct page *page, struct error *error)
{
    if (page->bytes.failed) return error_memory(error, "a page of a table");
    size_t n = (size_t)page->n_rows * (size_t)page->n_columns;
    for (struct cell *cell = page->cells; cell < page->cells + n; cell++) {
        if (cell->text.length == 0) continue;
        cell->text.bytes = page->bytes.bytes + cell->integer;
        cell->integer = 0;
    }
    return true;
}

const struct cell *page_cell(const struct page *page, int32_t row, int32_t column)
{
    return page->cells + (size_t)row * (size_t)page->n_columns + (size_t)column;
}

static void integer_text(int64_t integer, struct text *out)
{
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    char digits[32]; /* from the end */
    size_t at = sizeof digits, n = 0;

    do {
        if (n > 0 && n % 3 == 0) digits[--at] = ',';
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
        n++;
    } while (rest > 0);
    if (integer < 0) digits[--at] = '-';
    text_add(out, digits + at, sizeof digits - at);
}

/* As many decimals as say something: four significant digits, whole numbers whole. */
static void number_text(double number, struct text *out)
{
    double size = fabs(number);
    int decimals = 0;

    if (!isfinite(number) || size >= 1e15) {
        text_format(out, "%g", number);
        return;
    }
    if (number != floor(number)) {
        while (decimals < 8 && size < 1000) {
            size *= 10;
            decimals++;
        }
    }
    size_t start = out->length;
    text_add_decimal(out, number, decimals, true);
    if (decimals == 0 || out->failed) return;
    while (out->length > start + 1 && out->bytes[out->length - 1] == '0')
        out->length--;
    if (out->bytes[out->length - 1] == '.') out->length--;
    out->bytes[out->length] = '\0';
}

/* Blocks of eight heights over the largest value; nothing stays the lowest line. */
static void spark_text(const float *spark, struct text *out)
{
    float max = 0;
    char block[4];

    for (int i = 0; i < SPARK; i++) {
        if (spark[i] > max) max = spark[i];
    }
    for (int i = 0; i < SPARK; i++) {
        bool drawn = max > 0 && spark[i] > 0; /* false for a number that is none */
        int height = drawn ? (int)ceilf(spark[i] / max * 7) : 0;
        text_add(out, block, text_encode(0x2581 + (height > 7 ? 7 : height), block));
    }
}

void cell_text(const struct cell *cell, enum cell_type type, struct text *out)
{
    char moment[MOMENT_TEXT_SIZE];

    text_add(out, "", 0);
    if (cell->absent) return;
    switch (type) {
    case CELL_TEXT:
        text_add_visible(out, cell->text.bytes, cell->text.length);
        break;
    case CELL_INTEGER:
        integer_text(cell->integer, out);
        break;
    case CELL_NUMBER:
        number_text(cell->number, out);
        break;
    case CELL_MONEY:
        text_add_decimal(out, cell->number, 2, true);
        break;
    case CELL_SCORE:
        text_add_decimal(out, cell->number, 3, false);
        break;
    case CELL_METRIC:
        text_add_decimal(out, cell->number, 4, false);
        text_add_string(out, cell->leads ? "✓" : " ");
        break;
    case CELL_SHARE:
        text_add_decimal(out, cell->number * 100, 1, false);
        text_add_string(out, "%");
        break;
    case CELL_MOMENT:
        text_add_string(out, moment_date(cell->integer, moment));
        break;
    case CELL_SPARK:
        if (cell->spark) spark_text(cell->spark, out);
        break;
    }
}

void page_copy_cell(struct page *to, int32_t column, const struct cell *cell, enum cell_type type)
{
    if (cell->absent) return;
    switch (type) {
    case CELL_TEXT:
        page_set_text(to, column, cell->text);
        break;
    case CELL_INTEGER:
    case CELL_MOMENT:
        page_set_integer(to, column, cell->integer);
        break;
    case CELL_SPARK:
        page_set_spark(to, column, cell->spark);
        break;
    case CELL_METRIC:
        page_set_metric(to, column, cell->number, cell->leads);
        break;
    default:
        page_set_number(to, column, cell->number);
    }
}

/* table_layout.c - how a table lies in its file: what parts its cells, where its header is, if it
 * has one. */
#include "exchange/delimited.h"
#include "exchange/format.h"

#include <string.h>

enum { LINES_LOOKED_AT = 20, LINES_BEFORE_HEADER = 10 };

int32_t sample_header(const struct sample *sample, struct slice *cell, int32_t max)
{
    struct slice line;

    if (!sample_line(sample, 0, &line)) return -1;
    return header_fields(line, delimiter_of(line), cell, max);
}

/* Whether white space alone parts the cells: nothing else does, and every line has as many words as
 * the first. */
static bool parted_by_blanks(const struct sample *sample, int32_t first)
{
    struct slice line, cell[COLUMNS_MAX];
    int32_t words = 0, n = 0;

    for (; n < LINES_LOOKED_AT && sample_line(sample, first + n, &line); n++) {
        int32_t here;

        if (memchr(line.bytes, ',', line.length) || memchr(line.bytes, ';', line.length) ||
            memchr(line.bytes, '|', line.length))
            return false;
        here = header_fields(line, ' ', cell, COLUMNS_MAX);
        if (n > 0 && here != words) return false;
        words = here;
    }
    return n > 1 && words > 1;
}

static bool is_value(struct slice cell)
{
    struct amount_counts amounts = { 0 };
    struct date_counts dates = { 0 };

    cell = slice_trim(cell);
    return cell.length > 0 &&
           (amount_count(&amounts, cell) || date_count(&dates, cell, 2000000000));
}

static int32_t count_roles(const struct columns *columns)
{
    int32_t n = 0;

    for (int column = 0; column < COLUMNS; column++)
        n += columns->at[column] >= 0;
    return n;
}

/* "sep=;", what a spreadsheet writes into a first line of its own. */
static bool is_separator_line(struct slice line, char *delimiter)
{
    line = slice_trim(line);
    if (line.length != 5 || !slice_equal_fold((struct slice){ line.bytes, 4 }, "sep="))
        return false;
    *delimiter = line.bytes[4];
    return true;
}

/* Raw lines in front of the n-th that is not blank. */
static int32_t raw_lines_before(const struct sample *sample, const char *header)
{
    int32_t n = 0;

    for (const char *at = sample->head.bytes; at < header; at++)
        n += *at == '\n';
    return n;
}

/* Quotes inside quotes as a database writes them: \" followed by more of the cell. */
static bool has_backslash_quotes(const struct sample *sample, char delimiter)
{
    const struct slice head = sample->head;

    for (size_t i = 0; i + 2 < head.length; i++) {
        const char after = head.bytes[i + 2];

        if (head.bytes[i] != '\\' || head.bytes[i + 1] != '"') continue;
        if (i > 0 && head.bytes[i - 1] == '\\') continue;
        if (after != delimiter && after != '\n' && after != '\r' && after != '"') return true;
    }
    return false;
}

bool layout_find(const struct sample *sample, struct layout *layout, struct slice *cell)
{
    struct slice line;
    struct columns columns;
    int32_t first = 0, header, values = 0;
    char given = 0;

    *layout = (struct layout){ .delimiter = ',' };
    if (!sample_line(sample, 0, &line)) return false;
    if (is_separator_line(line, &given)) first = 1;
    header = first;
    if (!sample_line(sample, first, &line)) return false;
    /* Reports have a title and remarks in front: the header is the line that names two roles. */
    for (int32_t i = first; i < first + LINES_BEFORE_HEADER && sample_line(sample, i, &line); i++) {
        const char delimiter = given ? given : delimiter_of(line);
        const int32_t n = header_fields(line, delimiter, cell, COLUMNS_MAX);

        if (n < 2 || n > COLUMNS_MAX || !columns_find(&columns, cell, n, NULL, sample->own, NULL) ||
            count_roles(&columns) < 2)
            continue;
        header = i;
        break;
    }
    sample_line(sample, header, &line);
    layout->delimiter = given ? given : delimiter_of(line);
    if (!given && !memchr(line.bytes, layout->delimiter, line.length) &&
        parted_by_blanks(sample, header))
        layout->delimiter = ' ';
    layout->n = header_fields(line, layout->delimiter, cell, COLUMNS_MAX);
    if (layout->n > COLUMNS_MAX) return false;
    /* A separator at the end of every line makes a column of nothing. */
    while (layout->n > 1 && slice_trim(cell[layout->n - 1]).length == 0)
        layout->n--;
    layout->skipped = raw_lines_before(sample, line.bytes);
    layout->backslash = has_backslash_quotes(sample, layout->delimiter);
    if (!columns_find(&columns, cell, layout->n, NULL, sample->own, NULL)) return false;
    for (int32_t i = 0; i < layout->n; i++)
        values += is_value(cell[i]);
    layout->headerless =
        count_roles(&columns) == 0 && (values > 0 || columns_map_is_numbers(sample->map));
    if (layout->headerless)
        for (int32_t i = 0; i < layout->n; i++)
            cell[i] = (struct slice){ "", 0 };
    return true;
}

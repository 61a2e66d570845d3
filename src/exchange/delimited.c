/* delimited.c - see delimited.h. */
#include "exchange/delimited.h"

#include <stdlib.h>
#include <string.h>

enum { OPEN_LINES_MIN = 8, OPEN_BYTES = 4 * 1024 * 1024 };

char delimiter_of(struct slice line)
{
    static const char candidates[] = { ',', '\t', ';', '|' };
    int32_t count[sizeof candidates] = { 0 };
    bool quoted = false;
    size_t best = 0;

    for (size_t i = 0; i < line.length; i++) {
        if (line.bytes[i] == '"') quoted = !quoted;
        for (size_t k = 0; !quoted && k < sizeof candidates; k++)
            count[k] += line.bytes[i] == candidates[k];
    }
    for (size_t k = 1; k < sizeof candidates; k++)
        if (count[k] > count[best]) best = k;
    return candidates[best];
}

/* White space around a cell without quotes is not part of it (libcsv sees it the same way). */
static struct slice trim_cell(const char *begin, const char *end)
{
    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (begin < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct slice){ begin, (size_t)(end - begin) };
}

/* Words parted by white space; what stands in quotes is one word. */
static int32_t split_blanks(struct slice line, struct slice *cell, int32_t max)
{
    const char *at = line.bytes, *end = at + line.length;
    int32_t n = 0;

    for (;;) {
        const char *begin, *stop;

        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (at == end) return n;
        begin = at;
        stop = NULL;
        if (*at == '"')
            for (stop = at + 1; stop < end && *stop != '"'; stop++)
                ;
        if (stop && stop < end) {
            begin++;
            at = stop + 1;
        } else {
            while (at < end && *at != ' ' && *at != '\t')
                at++;
            stop = at;
        }
        if (n < max) cell[n] = (struct slice){ begin, (size_t)(stop - begin) };
        n++;
    }
}

int32_t header_fields(struct slice line, char delimiter, struct slice *cell, int32_t max)
{
    const char *end = line.bytes + line.length, *begin = line.bytes;
    bool quoted = false;
    int32_t n = 0;

    if (delimiter == ' ') return split_blanks(line, cell, max);
    for (const char *at = begin;; at++) {
        if (at < end && *at == '"') quoted = !quoted;
        if (at < end && (quoted || *at != delimiter)) continue;
        if (n < max) {
            cell[n] = trim_cell(begin, at);
            if (cell[n].length >= 2 && cell[n].bytes[0] == '"' &&
                cell[n].bytes[cell[n].length - 1] == '"') {
                cell[n].bytes++;
                cell[n].length -= 2;
            }
            n++;
        }
        if (at >= end) return n;
        begin = at + 1;
    }
}

/* Only the end of our lines ends a row: a '\r' that is left inside one is a byte like any other. */
static int is_row_end(unsigned char c)
{
    return c == '\n';
}

static bool make_parser(struct delimited *table)
{
    if (csv_init(&table->parser, CSV_APPEND_NULL) != 0) return false;
    csv_set_delim(&table->parser, (unsigned char)table->delimiter);
    csv_set_term_func(&table->parser, is_row_end);
    return true;
}

bool delimited_open(struct delimited *table, struct import_context *import_context, char delimiter)
{
    *table = (struct delimited){ .import_context = import_context,
                                 .delimiter = delimiter,
                                 .open_lines = OPEN_LINES };
    table->cell = calloc(COLUMNS_MAX, sizeof *table->cell);
    table->offset = calloc(COLUMNS_MAX + 1, sizeof *table->offset);
    if (!table->cell || !table->offset || !make_parser(table)) {
        import_context->stopped = true;
        return error_memory(import_context->error, "a reader of tables");
    }
    table->parser_made = true;
    return true;
}

void delimited_close(struct delimited *table)
{
    if (table->parser_made) csv_free(&table->parser);
    free(table->cell);
    free(table->offset);
    text_fini(&table->bytes);
    text_fini(&table->raw);
    text_fini(&table->pending);
    text_fini(&table->plain);
}

struct slice delimited_cell(const struct delimited *table, int32_t index)
{
    if (index < 0 || index >= table->n_cells) return (struct slice){ "", 0 };
    return table->cell[index];
}

/* Lines come from what an open quote had swallowed, as long as there is some, then from the file.
 */
static bool next_line(struct delimited *table, struct slice *line, int64_t *number)
{
    struct text *pending = &table->pending;

    if (table->pending_at < pending->length) {
        const char *begin = pending->bytes + table->pending_at;
        const char *newline = memchr(begin, '\n', pending->length - table->pending_at);

        *line = (struct slice){ begin, (size_t)(newline - begin) };
        table->pending_at += line->length + 1;
        table->too_long = false;
        *number = table->pending_line++;
        return true;
    }
    if (!import_raw_line(table->import_context, line)) return false;
    table->too_long = table->import_context->lines.too_long;
    *number = table->import_context->lines.number;
    return true;
}

static void split_plain(struct delimited *table, struct slice line)
{
    const char *at = line.bytes, *end = line.bytes + line.length;
    int32_t n = 0;

    for (;;) {
        const char *stop = at < end ? memchr(at, table->delimiter, (size_t)(end - at)) : NULL;

        if (n < COLUMNS_MAX) table->cell[n] = trim_cell(at, stop ? stop : end);
        n++;
        if (!stop) break;
        at = stop + 1;
    }
    table->n_cells = n;
    table->row = line;
}

static void on_cell(void *bytes, size_t length, void *context)
{
    struct delimited *table = context;

    if (table->n_cells < COLUMNS_MAX) {
        text_add(&table->bytes, bytes, length);
        table->offset[table->n_cells + 1] = table->bytes.length;
    }
    table->n_cells++;
}

static void on_row(int end, void *context)
{
    (void)end;
    ((struct delimited *)context)->row_ended = true;
}

/* The line with \" as "" and \\ as \, which is what libcsv understands. */
static struct slice without_backslashes(struct delimited *table, struct slice line)
{
    text_clear(&table->plain);
    for (size_t i = 0; i < line.length; i++) {
        if (line.bytes[i] == '\\' && i + 1 < line.length &&
            (line.bytes[i + 1] == '"' || line.bytes[i + 1] == '\\')) {
            i++;
            if (line.bytes[i] == '"') text_add(&table->plain, "\"", 1);
        }
        text_add(&table->plain, line.bytes + i, 1);
    }
    if (table->plain.failed || !table->plain.bytes) return line;
    return (struct slice){ table->plain.bytes, table->plain.length };
}

/* Gives libcsv one line. False when memory ran out. */
static bool feed(struct delimited *table, struct slice as_it_stands)
{
    const struct slice line =
        table->backslash && memchr(as_it_stands.bytes, '\\', as_it_stands.length)
            ? without_backslashes(table, as_it_stands)
            : as_it_stands;

    if ((line.length > 0 && csv_parse(&table->parser, line.bytes, line.length, on_cell, on_row,
                                      table) != line.length) ||
        csv_parse(&table->parser, "\n", 1, on_cell, on_row, table) != 1)
        return false;
    text_add(&table->raw, as_it_stands.bytes, as_it_stands.length);
    text_add(&table->raw, "\n", 1);
    return !table->bytes.failed && !table->raw.failed;
}

/* The quote that opened on the row's first line is not closed: rejects that line, and puts the
 * others back. */
static bool give_up_row(struct delimited *table)
{
    const char *newline = memchr(table->raw.bytes, '\n', table->raw.length);
    size_t first = (size_t)(newline - table->raw.bytes);
    struct text rest = { 0 };

    text_add(&rest, newline + 1, table->raw.length - first - 1);
    if (table->pending_at < table->pending.length)
        text_add(&rest, table->pending.bytes + table->pending_at,
                 table->pending.length - table->pending_at);
    if (rest.failed) {
        text_fini(&rest);
        return false;
    }
    import_reject(table->import_context, table->line, "a quote that is not closed",
                  (struct slice){ table->raw.bytes, first });
    text_fini(&table->pending);
    table->pending = rest;
    table->pending_at = 0;
    table->pending_line = table->line + 1;
    if (table->open_lines > OPEN_LINES_MIN) table->open_lines /= 2;
    return true;
}

enum quoted_row { ROW_READ, ROW_GIVEN_UP, ROW_STOPPED };

/* A row with quotes; it goes on over as many lines as it takes. */
static enum quoted_row read_quoted(struct delimited *table, struct slice line)
{
    int64_t number;

    table->row_ended = false;
    table->n_cells = 0;
    text_clear(&table->bytes);
    text_clear(&table->raw);
    for (int32_t lines = 1;; lines++) {
        if (!feed(table, line)) goto memory;
        if (table->row_ended) break;
        if (lines >= table->open_lines || table->raw.length > OPEN_BYTES ||
            !next_line(table, &line, &number)) {
            if (table->import_context->stopped) return ROW_STOPPED;
            csv_free(&table->parser);
            if (!make_parser(table) || !give_up_row(table)) goto memory;
            return ROW_GIVEN_UP;
        }
    }
    for (int32_t i = 0; i < table->n_cells && i < COLUMNS_MAX; i++)
        table->cell[i] = (struct slice){ table->bytes.bytes + table->offset[i],
                                         table->offset[i + 1] - table->offset[i] };
    table->row = (struct slice){ table->raw.bytes, table->raw.length - 1 };
    return ROW_READ;
memory:
    table->import_context->stopped = true;
    error_memory(table->import_context->error, "a row of a table");
    return ROW_STOPPED;
}

/* What no format can take; rejected here, once for all. */
static const char *unreadable(const struct delimited *table)
{
    if (table->n_cells > COLUMNS_MAX) return "more than 1024 columns";
    if (memchr(table->row.bytes, '\0', table->row.length)) return "a NUL byte";
    return NULL;
}

bool delimited_next(struct delimited *table)
{
    struct slice line;

    while (next_line(table, &line, &table->line)) {
        const char *reason;

        if (slice_trim(line).length == 0) continue;
        if (table->too_long) {
            import_reject(table->import_context, table->line, "a line of more than 16 MB", line);
            continue;
        }
        if (table->delimiter == ' ') {
            table->n_cells = split_blanks(line, table->cell, COLUMNS_MAX);
            table->row = line;
        } else if (!memchr(line.bytes, '"', line.length)) {
            split_plain(table, line);
        } else {
            enum quoted_row state = read_quoted(table, line);

            if (state == ROW_STOPPED) return false;
            if (state == ROW_GIVEN_UP) continue;
        }
        reason = unreadable(table);
        if (!reason) return true;
        import_reject(table->import_context, table->line, reason, table->row);
    }
    return false;
}

static bool is_absent(struct slice cell)
{
    static const char *const words[] = { "null", "na", "n/a", "nan", "none", "nil", "#n/a" };

    if (cell.length == 2 && cell.bytes[0] == '\\' && cell.bytes[1] == 'N') return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_equal_fold(cell, words[i])) return true;
    return false;
}

struct slice table_cell(const struct delimited *table, int32_t index)
{
    struct slice cell = delimited_cell(table, index);

    if (cell.length == 0) return cell;
    if (cell.bytes[0] <= ' ' || cell.bytes[cell.length - 1] <= ' ') cell = slice_trim(cell);
    if (cell.length >= 4 && cell.bytes[0] == '=' && cell.bytes[1] == '"' &&
        cell.bytes[cell.length - 1] == '"')
        return (struct slice){ cell.bytes + 2, cell.length - 3 };
    if (cell.length > 0 && cell.length <= 4 && strchr("nN\\#", cell.bytes[0]) && is_absent(cell))
        return (struct slice){ "", 0 };
    return cell;
}

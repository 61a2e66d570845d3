/* csv.c - quoting cells. */
#include "exchange/csv.h"

#include <string.h>

/* A spreadsheet runs a cell that begins so, also behind blanks, unless it is a plain number. */
static bool is_formula(struct slice cell)
{
    double number;
    size_t i = 0;

    while (i < cell.length && cell.bytes[i] == ' ')
        i++;
    if (i == cell.length) return false;
    if (!memchr("=+-@\t\r", cell.bytes[i], 6)) return false;
    return !slice_to_double(slice_trim(cell), &number);
}

void csv_add(struct text *out, struct slice cell, bool text)
{
    bool formula = text && is_formula(cell);
    bool quoted = formula;

    for (size_t i = 0; i < cell.length && !quoted; i++)
        quoted = memchr(",;\"\n\r\t", cell.bytes[i], 6) != NULL;
    if (cell.length > 0 && (cell.bytes[0] == ' ' || cell.bytes[cell.length - 1] == ' '))
        quoted = true;
    if (!quoted) {
        text_add(out, cell.bytes, cell.length);
        return;
    }
    text_add_string(out, formula ? "\"'" : "\"");
    for (size_t i = 0; i < cell.length; i++) {
        if (cell.bytes[i] == '"') text_add(out, "\"", 1);
        text_add(out, cell.bytes + i, 1);
    }
    text_add(out, "\"", 1);
}

/* workbook.h - spreadsheets, .xlsx and .ods, as tables of text: each sheet becomes a CSV file
 * without a name, in the temporary folder, so that all that reads tables reads sheets.
 *
 * Both are zip archives of XML (ECMA-376, ISO 26300). Values come as they are stored: numbers with
 * a decimal point, cells in a form of date as ISO 8601. Formulas are not computed: the value that
 * stands with them is taken. A sheet without a filled cell is left out.
 */
#ifndef AISLE_EXCHANGE_WORKBOOK_H
#define AISLE_EXCHANGE_WORKBOOK_H

#include "aisle/error.h"
#include "aisle/progress.h"

#include <stdint.h>

struct workbook_sheet {
    char *name;
    int fd; /* at its beginning */
};

struct workbook {
    struct workbook_sheet *sheets;
    int32_t n;
};

/* Whether the zip archive behind the descriptor is a spreadsheet. Moves its place. */
bool workbook_recognise(int fd);
/* Reads all sheets; NULL with a sentence where it is damaged. `path` is for the sentence. */
struct workbook *workbook_open(int fd, const char *path, const struct progress *progress,
                               struct error *error);
void workbook_close(struct workbook *workbook); /* NULL is allowed */

#endif

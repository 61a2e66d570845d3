/* csv.h - one cell of a CSV file, as exports write it. */
#ifndef EXCHANGE_CSV_H
#define EXCHANGE_CSV_H

#include "aisle/text.h"

/* Quoted where it has to be; with `text`, what a spreadsheet would run as a formula gets an
 * apostrophe in front. */
void csv_add(struct text *out, struct slice cell, bool text);

#endif

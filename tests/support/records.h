/* records.h - what a reader of a format said, as lines that a test can compare.
 *
 *   event 2 u1 i1 2021-01-01 00:00:00 purchase        quantity only where not 1, value where there
 *   item 3 i1 "title" a=b                              user alike
 *   friend 2 u1 u2
 *   reject 4 not a date
 */
#ifndef AISLE_TEST_RECORDS_H
#define AISLE_TEST_RECORDS_H

#include "aisle/import.h"

/* Appends the lines to out; `failed: SENTENCE` when import_memory() returned false. */
void records_read(struct text *out, const char *format, const char *file_name, const char *map,
                  const void *bytes, size_t length);
/* A record_sink: context is a struct text. */
record_sink records_add;

#endif

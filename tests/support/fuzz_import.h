/* fuzz_import.h - what every fuzz target of a format does: read the bytes, and check that what
 * comes out keeps the promises of record.h. Each target is one line that includes this. */
#ifndef TESTS_FUZZ_IMPORT_H
#define TESTS_FUZZ_IMPORT_H

#include "aisle/import.h"

/* Reads the bytes as the format (NULL: whatever they look like); ends the process where a promise
 * is broken. Returns 0, as libFuzzer wants. */
int fuzz_import(const char *format, const char *file_name, const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif

/* What a file is, and then its reader. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import(NULL, "unknown", bytes, size);
}

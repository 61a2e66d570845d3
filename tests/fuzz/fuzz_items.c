/* Tables of items (users are read by the same code). */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("items", "items.csv", bytes, size);
}

/* Other engines' lists. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("lists", "x.csv", bytes, size);
}

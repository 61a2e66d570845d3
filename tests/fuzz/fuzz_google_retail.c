/* Events and products of Google Retail. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("google-retail", "x", bytes, size);
}

/* Reviews of Amazon, CSV and JSONL. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("amazon", "x", bytes, size);
}

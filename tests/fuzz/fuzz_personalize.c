/* Interactions of Amazon Personalize. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("personalize", "x", bytes, size);
}

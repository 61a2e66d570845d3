/* Tables of friends. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("friends", "friends.csv", bytes, size);
}

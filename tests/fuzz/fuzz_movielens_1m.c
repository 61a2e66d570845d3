/* Lines split by ::, rows of three, four and five fields. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("movielens-1m", "ratings.dat", bytes, size);
}

/* The three files of MovieLens-100K: the first byte says which. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = { "u.data", "u.item", "u.user" };

    if (size == 0) return 0;
    return fuzz_import("movielens-100k", names[bytes[0] % 3], bytes + 1, size - 1);
}

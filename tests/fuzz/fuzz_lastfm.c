/* Last.fm's tables. */
#include "../support/fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_import("lastfm", "user_artists.dat", bytes, size);
}

/* repeats.c - see repeats.h. */
#include "exchange/repeats.h"

#include "aisle/bytes.h"

#include <string.h>

/* What two rows have to share to be the same event. */
static uint64_t fingerprint(const struct record *record)
{
    const float quantity = (float)record->quantity;
    struct {
        int64_t time;
        float quantity;
        int32_t type;
        uint64_t user_length;
    } rest;
    uint64_t sum;

    memset(&rest, 0, sizeof rest);
    rest.time = record->time;
    rest.quantity = quantity;
    rest.type = (int32_t)record->type;
    rest.user_length = record->user.length;
    sum = bytes_checksum(0, record->user.bytes, record->user.length);
    sum = bytes_checksum(sum, record->item.bytes, record->item.length);
    return bytes_checksum(sum, &rest, sizeof rest);
}

static bool add(struct seen *seen, uint64_t print, struct error *error)
{
    bool first;

    return seen_add(seen, (struct slice){ (const char *)&print, sizeof print }, &first, error);
}

bool repeats_check(struct repeats *repeats, const struct record *record, bool *repeated,
                   struct error *error)
{
    const uint64_t print = fingerprint(record);

    *repeated = seen_has(&repeats->before, (struct slice){ (const char *)&print, sizeof print });
    return *repeated || add(&repeats->here, print, error);
}

bool repeats_add_old(struct repeats *repeats, const struct record *record, struct error *error)
{
    return add(&repeats->before, fingerprint(record), error);
}

bool repeats_end_file(struct repeats *repeats, bool kept, struct error *error)
{
    const bool done = !kept || seen_merge(&repeats->before, &repeats->here, error);

    seen_fini(&repeats->here);
    return done;
}

void repeats_fini(struct repeats *repeats)
{
    seen_fini(&repeats->before);
    seen_fini(&repeats->here);
}

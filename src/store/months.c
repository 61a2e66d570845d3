/* months.c - a window of twelve months that moves forward. */
#include "months.h"

#include "aisle/moment.h"

#include <string.h>

int32_t month_of(int64_t moment)
{
    const int64_t earliest = -62135596800, latest = 253402300799; /* years 1 to 9999 */
    int year, month, day, weekday;
    if (moment < earliest) moment = earliest;
    if (moment > latest) moment = latest;
    moment_to_civil(moment, &year, &month, &day, &weekday);
    return year * 12 + month - 1;
}

/* Moves the window on so that it ends with `last`. */
static void advance(struct months *months, int32_t last)
{
    int32_t by = last - months->last;
    if (by <= 0) return;
    if (by > MONTHS) by = MONTHS;
    memmove(months->count, months->count + by, (size_t)(MONTHS - by) * sizeof *months->count);
    memset(months->count + MONTHS - by, 0, (size_t)by * sizeof *months->count);
    months->last = last;
}

void months_add(struct months *months, int32_t month, uint32_t count)
{
    advance(months, month);
    int32_t at = MONTHS - 1 - (months->last - month);
    if (at >= 0) months->count[at] += count;
}

void months_merge(struct months *months, const struct months *other)
{
    for (int32_t i = 0; i < MONTHS; i++)
        if (other->count[i]) months_add(months, other->last - (MONTHS - 1) + i, other->count[i]);
}

void months_show(const struct months *months, int32_t last, float out[MONTHS])
{
    for (int32_t i = 0; i < MONTHS; i++) {
        int32_t at = i + (last - months->last);
        out[i] = at >= 0 && at < MONTHS ? (float)months->count[at] : 0;
    }
}

static void put(unsigned char out[4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get(const unsigned char *bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

void months_pack(const struct months *months, unsigned char out[MONTHS_BYTES])
{
    put(out, (uint32_t)months->last);
    for (int i = 0; i < MONTHS; i++)
        put(out + 4 + 4 * i, months->count[i]);
}

void months_unpack(struct months *months, const void *bytes, size_t length)
{
    memset(months, 0, sizeof *months);
    if (!bytes || length != MONTHS_BYTES) return;
    const unsigned char *from = bytes;
    const uint32_t last = get(from);
    if (last > MONTH_LAST) return;
    months->last = (int32_t)last;
    for (int i = 0; i < MONTHS; i++)
        months->count[i] = get(from + 4 + 4 * i);
}

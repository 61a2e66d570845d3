/* fingerprint.c - one number for all that a model can depend on.
 *
 * Each array adds its length, whether it is there, and its checksum; arrays are hashed field by
 * field because the padding of a struct says nothing.
 */
#include "dataset_private.h"

#include "aisle/bytes.h"
#include "aisle/rng.h"

static void mix(uint64_t *sum, uint64_t value)
{
    *sum = rng_mix(*sum + 0x9E3779B97F4A7C15 + value);
}

static void mix_array(uint64_t *sum, const void *array, int64_t n, size_t size)
{
    mix(sum, array ? (uint64_t)n + 1 : 0);
    if (array) mix(sum, bytes_checksum(0, array, (size_t)n * size));
}

static void mix_names(uint64_t *sum, const struct names *names)
{
    mix_array(sum, names->offset, names->n + 1, sizeof *names->offset);
    mix_array(sum, names->bytes, names->offset[names->n], 1);
}

uint64_t dataset_fingerprint(const struct dataset *d)
{
    const struct sparse *r = &d->by_user;
    const int32_t transform = (int32_t)d->options.transform;
    uint64_t sum = 0;

    mix(&sum, (uint64_t)d->n_users);
    mix(&sum, (uint64_t)d->n_items);
    mix_array(&sum, &transform, 1, sizeof transform);
    mix_array(&sum, d->options.type_weight, EVENT_TYPES, sizeof *d->options.type_weight);
    mix_array(&sum, &d->options.half_life, 1, sizeof d->options.half_life);
    mix_array(&sum, d->sequence, (int64_t)d->n_users + 1, sizeof *d->sequence);
    mix_array(&sum, d->event_item, d->n_events, sizeof *d->event_item);
    mix_array(&sum, d->event_time, d->n_events, sizeof *d->event_time);
    mix_array(&sum, d->event_type, d->n_events, sizeof *d->event_type);
    mix_array(&sum, d->event_quantity, d->n_events, sizeof *d->event_quantity);
    mix_array(&sum, d->event_value, d->n_events, sizeof *d->event_value);
    mix_array(&sum, r->start, (int64_t)r->n_rows + 1, sizeof *r->start);
    mix_array(&sum, r->column, sparse_entries(r), sizeof *r->column);
    mix_array(&sum, r->value, sparse_entries(r), sizeof *r->value);
    mix_names(&sum, &d->user_ids);
    mix_names(&sum, &d->item_ids);
    return sum ? sum : 1;
}

uint64_t dataset_identify(const struct dataset *dataset)
{
    return dataset->fingerprint ? dataset->fingerprint : dataset_fingerprint(dataset);
}

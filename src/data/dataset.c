/* dataset.c - reading a dataset, and sharing it. Building is in dataset_builder.c. */
#include "attributes.h"
#include "dataset_private.h"

#include <math.h>
#include <stdlib.h>

struct event dataset_event(const struct dataset *dataset, int64_t index)
{
    return (struct event){
        .time = dataset->event_time ? dataset->event_time[index] : MOMENT_NONE,
        .item = dataset->event_item[index],
        .type = dataset->event_type ? (enum event_type)dataset->event_type[index] : EVENT_PURCHASE,
        .quantity = dataset->event_quantity ? dataset->event_quantity[index] : 1,
        .value = dataset->event_value ? dataset->event_value[index] : NAN,
    };
}

static int64_t names_memory(const struct names *names)
{
    return names->n == 0
               ? 0
               : (names->n + 1) * (int64_t)sizeof *names->offset + names->offset[names->n] +
                     (names->bucket ? names->n_buckets : 0) * (int64_t)sizeof *names->bucket;
}

static int64_t attributes_memory(const struct attributes *attributes, int32_t rows)
{
    if (attributes->names.n == 0) return 0;
    return names_memory(&attributes->values) + attributes->values.n * (int64_t)sizeof(int32_t) +
           (rows + 1) * (int64_t)sizeof *attributes->offset +
           attributes->offset[rows] * (int64_t)sizeof *attributes->value;
}

int64_t dataset_memory(const struct dataset *dataset)
{
    const int64_t n_users = dataset->n_users, n_items = dataset->n_items;
    const int64_t of_event = (int64_t)sizeof(int32_t) + (dataset->event_time ? 8 : 0) +
                             (dataset->event_type ? 1 : 0) + (dataset->event_quantity ? 4 : 0) +
                             (dataset->event_value ? 4 : 0);
    const int64_t friends =
        dataset->friend_offset ? n_users * 8 + dataset->friend_offset[n_users] * 4 : 0;

    return 2 * sparse_entries(&dataset->by_user) * (int64_t)(sizeof(int32_t) + sizeof(float)) +
           (2 * n_users + n_items) * (int64_t)sizeof(int64_t) + dataset->n_events * of_event +
           names_memory(&dataset->user_ids) + names_memory(&dataset->item_ids) +
           names_memory(&dataset->item_titles) +
           attributes_memory(&dataset->user_attributes, dataset->n_users) +
           attributes_memory(&dataset->item_attributes, dataset->n_items) + friends;
}

struct shared_dataset *shared_dataset_new(struct error *error)
{
    struct shared_dataset *shared = calloc(1, sizeof *shared);

    if (!shared) {
        error_memory(error, "a dataset");
        return NULL;
    }
    atomic_init(&shared->references, 1);
    return shared;
}

/* The one place where const is cast away: a dataset is the first member of what counts its users.
 */
struct shared_dataset *shared_of(const struct dataset *dataset)
{
    return (struct shared_dataset *)(uintptr_t)dataset;
}

const struct dataset *dataset_owner(const struct dataset *dataset)
{
    const struct shared_dataset *shared = shared_of(dataset);
    return shared->owner ? shared->owner : dataset;
}

double shared_mean(const struct shared_dataset *shared, enum event_type type)
{
    const int64_t n = shared->count[type];
    return n > 0 ? shared->sum[type] / (double)n : NAN;
}

const struct dataset *dataset_retain(const struct dataset *dataset)
{
    atomic_fetch_add_explicit(&shared_of(dataset)->references, 1, memory_order_relaxed);
    return dataset;
}

void dataset_release(const struct dataset *dataset)
{
    if (!dataset) return;
    struct shared_dataset *shared = shared_of(dataset);
    /* Whoever is last sees everything that the others did with it before they let go. */
    if (atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) != 1) return;

    struct dataset *last = &shared->dataset;
    sparse_fini(&last->by_user);
    sparse_fini(&last->by_item);
    free(last->sequence);
    free(last->event_item);
    free(last->event_time);
    free(last->event_type);
    free(last->event_quantity);
    free(last->event_value);
    if (shared->owner) {
        dataset_release(shared->owner);
        free(shared);
        return;
    }
    names_fini(&last->user_ids);
    names_fini(&last->item_ids);
    names_fini(&last->item_titles);
    attributes_fini(&last->user_attributes);
    attributes_fini(&last->item_attributes);
    free(last->friend_offset);
    free(last->friends);
    free(shared);
}

/* core_filter.c - users and items with too few events are taken away until none is left. */
#include "subset.h"

#include "aisle/split.h"

#include <stdlib.h>

struct core {
    const struct dataset *all;
    int32_t min;
    int64_t *user_events, *item_events; /* of those still in */
    uint8_t *user_out, *item_out;
};

/* One round over all that is in; false when nothing changed. */
static bool peel(struct core *core)
{
    const struct dataset *all = core->all;
    bool changed = false;

    for (int32_t u = 0; u < all->n_users; u++)
        core->user_events[u] = 0;
    for (int32_t i = 0; i < all->n_items; i++)
        core->item_events[i] = 0;
    for (int32_t u = 0; u < all->n_users; u++) {
        for (int64_t e = all->sequence[u]; !core->user_out[u] && e < all->sequence[u + 1]; e++) {
            if (core->item_out[all->event_item[e]]) continue;
            core->user_events[u]++;
            core->item_events[all->event_item[e]]++;
        }
    }
    for (int32_t u = 0; u < all->n_users; u++) {
        bool goes = !core->user_out[u] && core->user_events[u] < core->min;
        core->user_out[u] |= goes;
        changed |= goes;
    }
    for (int32_t i = 0; i < all->n_items; i++) {
        bool goes = !core->item_out[i] && core->item_events[i] < core->min;
        core->item_out[i] |= goes;
        changed |= goes;
    }
    return changed;
}

/* New indexes of those that stay; NULL without memory. */
static int32_t *number(const uint8_t *out, int32_t n)
{
    int32_t *place = malloc(((size_t)n + 1) * sizeof *place), next = 0;
    for (int32_t i = 0; place && i < n; i++)
        place[i] = out[i] ? -1 : next++;
    return place;
}

const struct dataset *dataset_core(const struct dataset *all, int32_t min,
                                   struct progress *progress, struct error *error)
{
    const size_t n_users = (size_t)all->n_users + 1, n_items = (size_t)all->n_items + 1;
    struct core core = { .all = all, .min = min };
    struct subset subset = { 0 };
    int32_t *user_place = NULL, *item_place = NULL;
    const struct dataset *kept = NULL;

    core.user_events = malloc(n_users * sizeof *core.user_events);
    core.item_events = malloc(n_items * sizeof *core.item_events);
    core.user_out = calloc(n_users, 1);
    core.item_out = calloc(n_items, 1);
    if (!core.user_events || !core.item_events || !core.user_out || !core.item_out) {
        error_memory(error, "a smaller dataset");
        goto out;
    }
    progress_begin(progress, "taking rare users and items away", 0);
    while (peel(&core)) {
        if (!progress_cancelled(progress)) continue;
        error_set(error, ERROR_CANCELLED, "cancelled while taking rare users and items away");
        goto out;
    }
    user_place = number(core.user_out, all->n_users);
    item_place = number(core.item_out, all->n_items);
    subset.user_place = user_place;
    subset.item_place = item_place;
    if (user_place && item_place)
        kept = subset_new(all, &subset, progress, error);
    else
        error_memory(error, "a smaller dataset");
out:
    free(core.user_events);
    free(core.item_events);
    free(core.user_out);
    free(core.item_out);
    free(user_place);
    free(item_place);
    return kept;
}

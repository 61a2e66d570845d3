/* subset.c - a dataset made of some of the events of another, through the builder: so that
 * strengths, means and order come about as they always do. */
#include "subset.h"

static int32_t place(const int32_t *places, int32_t index)
{
    return places ? places[index] : index;
}

static bool add_names(struct dataset_builder *builder, const struct dataset *all,
                      const struct subset *subset, struct error *error)
{
    for (int32_t u = 0; u < all->n_users; u++) {
        if (place(subset->user_place, u) < 0) continue;
        if (!dataset_builder_add_user(builder, names_get(&all->user_ids, u), error)) return false;
    }
    for (int32_t i = 0; i < all->n_items; i++) {
        if (place(subset->item_place, i) < 0) continue;
        if (!dataset_builder_add_item(builder, names_get(&all->item_ids, i),
                                      names_get(&all->item_titles, i), error))
            return false;
    }
    return true;
}

static bool add_events(struct dataset_builder *builder, const struct dataset *all,
                       const struct subset *subset, int32_t user, struct error *error)
{
    const int64_t end = subset->until ? subset->until[user] : all->sequence[user + 1];
    const int32_t to = place(subset->user_place, user);

    for (int64_t i = all->sequence[user]; to >= 0 && i < end; i++) {
        struct event event = dataset_event(all, i);
        if (subset->without_item && subset->without_item[event.item]) continue;
        event.item = place(subset->item_place, event.item);
        if (event.item >= 0 && !dataset_builder_add_event(builder, to, &event, error)) return false;
    }
    return true;
}

const struct dataset *subset_new(const struct dataset *all, const struct subset *subset,
                                 struct progress *progress, struct error *error)
{
    struct dataset_builder *builder =
        dataset_builder_new(subset->strengths ? subset->strengths : &all->options, error);
    bool ok = builder && add_names(builder, all, subset, error);

    for (int32_t u = 0; ok && u < all->n_users; u++) {
        if (u % 1024 == 0 && progress_cancelled(progress))
            ok = error_set(error, ERROR_CANCELLED, "cancelled while splitting the data");
        ok = ok && add_events(builder, all, subset, u, error);
    }
    if (ok) return dataset_builder_finish(builder, all->events_seen, progress, error);
    dataset_builder_free(builder);
    return NULL;
}

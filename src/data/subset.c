/* subset.c - a dataset made of some of the events of another, through the builder: so that
 * strengths, means and order come about as they always do. */
#include "subset.h"

#include "aisle/text.h"

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

/* The values of one row under the name of its first value that has not been told yet, as "a|b";
 * rows are told in order, so that all subsets of one dataset number their values alike. */
static bool add_row(struct dataset_builder *builder, const struct attributes *attributes,
                    int32_t row, int32_t to, bool of_users, struct text *value, struct error *error)
{
    const int32_t *values = attributes->value + attributes->offset[row];
    const int64_t n = attributes->offset[row + 1] - attributes->offset[row];

    for (int64_t first = 0; first < n; first++) {
        const int32_t name = attributes->value_name[values[first]];
        bool report = false;
        for (int64_t i = 0; i < first; i++)
            report = report || attributes->value_name[values[i]] == name;
        if (report) continue;
        text_clear(value);
        for (int64_t i = first; i < n; i++) {
            if (attributes->value_name[values[i]] != name) continue;
            struct slice part = names_get(&attributes->values, values[i]);
            if (value->length > 0) text_add_string(value, "|");
            text_add(value, part.bytes, part.length);
        }
        if (value->failed) return error_memory(error, "the attributes");
        struct slice whole = { value->bytes, value->length }, key;
        key = names_get(&attributes->names, name);
        if (of_users ? !dataset_builder_set_user(builder, to, key, whole, error)
                     : !dataset_builder_set_item(builder, to, key, whole, error))
            return false;
    }
    return true;
}

static bool add_attributes(struct dataset_builder *builder, const struct attributes *attributes,
                           int32_t n_rows, const int32_t *places, bool of_users,
                           struct error *error)
{
    struct text value = { 0 };
    bool ok = true;

    for (int32_t row = 0; ok && attributes->names.n > 0 && row < n_rows; row++)
        if (place(places, row) >= 0)
            ok = add_row(builder, attributes, row, place(places, row), of_users, &value, error);
    text_fini(&value);
    return ok;
}

static bool add_friends(struct dataset_builder *builder, const struct dataset *all,
                        const struct subset *subset, struct error *error)
{
    for (int32_t u = 0; all->friend_offset && u < all->n_users; u++) {
        const int32_t to = place(subset->user_place, u);
        for (int64_t e = all->friend_offset[u]; to >= 0 && e < all->friend_offset[u + 1]; e++) {
            const int32_t friend = place(subset->user_place, all->friends[e]);
            if (friend >= 0 && !dataset_builder_add_friend(builder, to, friend, error))
                return false;
        }
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
        if (subset->without_event && i == subset->without_event[user]) continue;
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
    bool ok = builder && add_names(builder, all, subset, error) &&
              add_attributes(builder, &all->user_attributes, all->n_users, subset->user_place, true,
                             error) &&
              add_attributes(builder, &all->item_attributes, all->n_items, subset->item_place,
                             false, error) &&
              add_friends(builder, all, subset, error);

    for (int32_t u = 0; ok && u < all->n_users; u++) {
        if (u % 1024 == 0 && progress_cancelled(progress))
            ok = error_set(error, ERROR_CANCELLED, "cancelled while splitting the data");
        ok = ok && add_events(builder, all, subset, u, error);
    }
    if (ok) return dataset_builder_finish(builder, all->events_seen, progress, error);
    dataset_builder_free(builder);
    return NULL;
}

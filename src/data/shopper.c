/* shopper.c - making a shopper from the data, a date, a what-if, or nothing.
 *
 * The events are copied, changed, and turned into strengths by the same function and the same
 * `now` that built the dataset, so that an unchanged shopper equals the user's row to the last
 * bit.
 */
#include "aisle/shopper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool contains(const int32_t *items, int32_t n, int32_t item)
{
    for (int32_t i = 0; i < n; i++) {
        if (items[i] == item) return true;
    }
    return false;
}

static bool check(const struct dataset *dataset, int32_t user,
                  const struct shopper_changes *changes, struct error *error)
{
    bool ok = user >= -1 && user < dataset->n_users;

    if (!ok) return error_set(error, ERROR_MISSING, "there is no user number %d", user);
    for (int32_t i = 0; i < changes->n_with; i++)
        ok = ok && changes->with[i] >= 0 && changes->with[i] < dataset->n_items;
    for (int32_t i = 0; i < changes->n_without; i++)
        ok = ok && changes->without[i] >= 0 && changes->without[i] < dataset->n_items;
    if (!ok) return error_set(error, ERROR_MISSING, "a change names an item that does not exist");
    for (int32_t i = 0; i < changes->n_events; i++)
        ok = ok && changes->events[i].item >= 0 && changes->events[i].item < dataset->n_items;
    if (!ok) return error_set(error, ERROR_MISSING, "an event names an item that does not exist");
    for (int32_t i = 0; i < changes->n_what_if; i++)
        ok = ok && changes->what_if[i].item >= 0 && changes->what_if[i].item < dataset->n_items &&
             (unsigned)changes->what_if[i].type < EVENT_TYPES;
    if (!ok) return error_set(error, ERROR_MISSING, "a what-if names an item that does not exist");
    for (int32_t i = 0; i < changes->n_values; i++)
        ok =
            ok && changes->values[i] >= 0 && changes->values[i] < dataset->user_attributes.values.n;
    return ok || error_set(error, ERROR_MISSING, "a change names an attribute that nobody has");
}

/* The events that stay; returns how many the user has in all. */
static int32_t copy_events(struct shopper *shopper, const struct dataset *dataset,
                           const struct shopper_changes *changes)
{
    if (shopper->user < 0) return 0;
    int64_t begin = dataset->sequence[shopper->user], end = dataset->sequence[shopper->user + 1];
    for (int64_t i = begin; i < end; i++) {
        struct event event = dataset_event(dataset, i);
        if (shopper->as_of != MOMENT_NONE && event.time > shopper->as_of) continue;
        if (contains(changes->without, changes->n_without, event.item)) continue;
        shopper->events[shopper->n_events++] = event;
    }
    return (int32_t)(end - begin);
}

static double mean_value(const struct shopper *shopper, enum event_type type)
{
    double sum = 0;
    int32_t n = 0;

    for (int32_t i = 0; i < shopper->n_events; i++) {
        const struct event *event = &shopper->events[i];
        if (event->type != type || !isfinite(event->value)) continue;
        sum += (double)event->value;
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

/* What one more purchase looks like among what the shopper (else the shop) has: a rating among
 * ratings, a weight among weights, each as large as they usually are. */
static struct event usual_event(const struct shopper *shopper, const struct dataset *dataset,
                                int64_t now)
{
    double rating = mean_value(shopper, EVENT_RATING), weight = mean_value(shopper, EVENT_WEIGHT);
    struct event event = { .time = now, .type = EVENT_PURCHASE, .quantity = 1, .value = NAN };

    if (shopper->n_events == 0) {
        rating = dataset->mean_rating;
        weight = dataset->mean_weight;
    }
    if (!isnan(rating)) {
        event.type = EVENT_RATING;
        event.value = (float)rating;
    } else if (!isnan(weight)) {
        event.type = EVENT_WEIGHT;
        event.value = (float)weight;
    }
    return event;
}

/* Where its time puts it: behind those of the same time. */
static void insert(struct shopper *shopper, const struct event *event)
{
    int32_t at = shopper->n_events++;

    for (; at > 0 && shopper->events[at - 1].time > event->time; at--)
        shopper->events[at] = shopper->events[at - 1];
    shopper->events[at] = *event;
}

static void add_news(struct shopper *shopper, const struct shopper_changes *changes)
{
    for (int32_t i = 0; i < changes->n_events; i++) {
        const struct event *event = &changes->events[i];
        if (shopper->as_of != MOMENT_NONE && event->time > shopper->as_of) continue;
        if (!contains(changes->without, changes->n_without, event->item)) insert(shopper, event);
    }
}

/* What might have happened, then what is bought once more. `usual` is what a purchase looks like,
 * and says when where the change does not. */
static void add_what_ifs(struct shopper *shopper, const struct shopper_changes *changes,
                         const struct event *usual)
{
    for (int32_t i = 0; i < changes->n_what_if; i++) {
        struct event event = changes->what_if[i];
        if (event.time == MOMENT_NONE) event.time = usual->time;
        if (shopper->as_of != MOMENT_NONE && event.time > shopper->as_of) continue;
        if (event.type == EVENT_PURCHASE) {
            event.type = usual->type;
            event.value = usual->value;
        }
        if (!contains(changes->without, changes->n_without, event.item)) insert(shopper, &event);
    }
    for (int32_t i = 0; i < changes->n_with; i++) {
        struct event event = *usual;
        event.item = changes->with[i];
        if (changes->with_time) event.time = changes->with_time[i];
        if (!contains(changes->without, changes->n_without, event.item)) insert(shopper, &event);
    }
}

/* Marks what a what-if put there: a return puts nothing there. */
static void mark_added(struct shopper *shopper, const struct shopper_changes *changes)
{
    for (int32_t i = 0; i < changes->n_with + changes->n_what_if; i++) {
        const bool with = i < changes->n_with;
        const struct event *event = with ? NULL : &changes->what_if[i - changes->n_with];
        const int32_t place = shopper_find(shopper, with ? changes->with[i] : event->item);
        if (place >= 0 && (with || event->type != EVENT_RETURN)) shopper->added[place] = 1;
    }
}

static bool reserve(struct shopper *shopper, const struct dataset *dataset,
                    const struct shopper_changes *changes)
{
    int64_t n = (int64_t)changes->n_with + changes->n_events + changes->n_what_if;

    if (shopper->user >= 0)
        n += dataset->sequence[shopper->user + 1] - dataset->sequence[shopper->user];
    if (n > INT32_MAX) return false;
    size_t capacity = n > 0 ? (size_t)n : 1;
    shopper->events = malloc(capacity * sizeof *shopper->events);
    shopper->item = malloc(capacity * sizeof *shopper->item);
    shopper->strength = malloc(capacity * sizeof *shopper->strength);
    shopper->time = malloc(capacity * sizeof *shopper->time);
    shopper->added = calloc(capacity, sizeof *shopper->added);
    return shopper->events && shopper->item && shopper->strength && shopper->time && shopper->added;
}

static bool has_name(const struct dataset *dataset, const struct shopper_changes *changes,
                     int32_t value)
{
    const int32_t *name = dataset->user_attributes.value_name;

    for (int32_t i = 0; i < changes->n_values; i++) {
        if (name[changes->values[i]] == name[value]) return true;
    }
    return false;
}

/* The user's attributes but for what the changes say, ascending and each once. */
static bool take_values(struct shopper *shopper, const struct dataset *dataset,
                        const struct shopper_changes *changes)
{
    const struct attributes *known = &dataset->user_attributes;
    int64_t begin = 0, end = 0;

    if (shopper->user >= 0) {
        begin = known->offset[shopper->user];
        end = known->offset[shopper->user + 1];
    }
    shopper->values =
        malloc(((size_t)(end - begin) + (size_t)changes->n_values + 1) * sizeof *shopper->values);
    if (!shopper->values) return false;
    for (int64_t v = begin; v < end; v++)
        if (!has_name(dataset, changes, known->value[v]))
            shopper->values[shopper->n_values++] = known->value[v];
    for (int32_t c = 0; c < changes->n_values; c++) {
        int32_t value = changes->values[c], at = shopper->n_values;
        if (contains(shopper->values, shopper->n_values, value)) continue;
        for (; at > 0 && shopper->values[at - 1] > value; at--)
            shopper->values[at] = shopper->values[at - 1];
        shopper->values[at] = value;
        shopper->n_values++;
    }
    return true;
}

static bool take_friends(struct shopper *shopper, const struct dataset *dataset)
{
    if (shopper->user < 0 || !dataset->friend_offset) return true;
    const int64_t begin = dataset->friend_offset[shopper->user];
    const size_t n = (size_t)(dataset->friend_offset[shopper->user + 1] - begin);
    if (n == 0) return true;
    shopper->friends = malloc(n * sizeof *shopper->friends);
    if (!shopper->friends) return false;
    memcpy(shopper->friends, dataset->friends + begin, n * sizeof *shopper->friends);
    shopper->n_friends = (int32_t)n;
    return true;
}

static bool take_words(struct shopper *shopper, const struct shopper_changes *changes)
{
    if (!changes->words) return true;
    const size_t size = strlen(changes->words) + 1;
    shopper->words = malloc(size);
    if (shopper->words) memcpy(shopper->words, changes->words, size);
    return shopper->words != NULL;
}

/* A return counts for more than what was bought long before it: what is left counts as had. */
static bool find_owned(struct shopper *shopper, const struct dataset *dataset, int64_t now)
{
    struct strength_options undecayed = dataset->options;
    const size_t capacity = (size_t)shopper->n_events + 1;

    if (!(undecayed.half_life > 0)) return true;
    undecayed.half_life = 0;
    shopper->owned = malloc(capacity * sizeof *shopper->owned);
    shopper->owned_time = malloc(capacity * sizeof *shopper->owned_time);
    float *strength = malloc(capacity * sizeof *strength);
    const bool made = shopper->owned && shopper->owned_time && strength;
    if (made)
        shopper->n_owned = strengths_of_events(&undecayed, now, shopper->events, shopper->n_events,
                                               shopper->owned, strength, shopper->owned_time);
    free(strength);
    return made;
}

struct shopper *shopper_new(const struct dataset *dataset, int32_t user, int64_t as_of,
                            const struct shopper_changes *changes, struct error *error)
{
    static const struct shopper_changes nothing = { 0 };

    if (!changes) changes = &nothing;
    if (!check(dataset, user, changes, error)) return NULL;
    struct shopper *shopper = calloc(1, sizeof *shopper);
    if (shopper) {
        shopper->dataset = dataset_retain(dataset);
        shopper->user = user;
        shopper->as_of = as_of;
    }
    if (!shopper || !reserve(shopper, dataset, changes) ||
        !take_values(shopper, dataset, changes) || !take_friends(shopper, dataset) ||
        !take_words(shopper, changes)) {
        shopper_free(shopper);
        error_memory(error, "a shopper");
        return NULL;
    }
    /* Ages count from the date asked for, or from the last event where that is earlier. */
    int64_t now = dataset->last_time;
    if (as_of != MOMENT_NONE && now != MOMENT_NONE && as_of < now) now = as_of;
    int32_t all = copy_events(shopper, dataset, changes);
    bool same_decay = now == dataset->last_time || !(dataset->options.half_life > 0);
    shopper->whole = user >= 0 && shopper->n_events == all && changes->n_with == 0 && same_decay &&
                     changes->n_events == 0 && changes->n_what_if == 0 && changes->n_values == 0 &&
                     !changes->words;
    add_news(shopper, changes);
    const struct event usual = usual_event(shopper, dataset, as_of != MOMENT_NONE ? as_of : now);
    add_what_ifs(shopper, changes, &usual);
    shopper->n = strengths_of_events(&dataset->options, now, shopper->events, shopper->n_events,
                                     shopper->item, shopper->strength, shopper->time);
    mark_added(shopper, changes);
    if (find_owned(shopper, dataset, now)) return shopper;
    shopper_free(shopper);
    error_memory(error, "a shopper");
    return NULL;
}

void shopper_view(const struct dataset *dataset, int32_t user, struct shopper *view)
{
    const struct sparse *rows = &dataset->by_user;
    const int64_t from = rows->start[user];

    *view = (struct shopper){ .user = user,
                              .as_of = MOMENT_NONE,
                              .whole = true,
                              .n = (int32_t)(rows->start[user + 1] - from),
                              .item = rows->column + from,
                              .strength = rows->value + from };
}

void shopper_free(struct shopper *shopper)
{
    if (!shopper) return;
    free(shopper->events);
    free(shopper->item);
    free(shopper->strength);
    free(shopper->time);
    free(shopper->added);
    free(shopper->owned);
    free(shopper->owned_time);
    free(shopper->values);
    free(shopper->friends);
    free(shopper->words);
    dataset_release(shopper->dataset);
    free(shopper);
}

int32_t shopper_find(const struct shopper *shopper, int32_t item)
{
    int32_t low = 0, high = shopper->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (shopper->item[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < shopper->n && shopper->item[low] == item ? low : -1;
}

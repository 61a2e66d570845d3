/* dataset_update.c - a dataset and what arrived since, as a new dataset.
 *
 * Every array is copied once, in runs between the users (and items) that something arrived for;
 * only those are made anew, by the functions that a build uses. So a purchase costs one copy of the
 * events and no sorting, and the result is what a build of all events gives, bit by bit; only the
 * fingerprint is not taken. Where nobody is new, names, attributes and friendships are shared with
 * the dataset that owns them. */
#include "dataset_private.h"

#include "attributes.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct change { /* of one strength */
    int32_t item, user;
    float value; /* 0: it is gone */
};

struct copy {
    char *to;
    const char *from;
    size_t n;
};

enum { COPY_BLOCK = 1 << 19, COPIES = 4096 };

struct dataset_delta {
    const struct dataset *old;
    const struct dataset_delta_events *news;
    struct dataset *fresh;
    int64_t *order; /* (news->n) arrivals by user, then as they came */
    int32_t *user;  /* (n) users to be made anew, ascending */
    int64_t *first; /* (n + 1) theirs of `order` */
    int32_t n;
    struct event *events; /* of one user */
    int64_t capacity;
    /* The new rows of those users, one after the other. */
    int64_t *row; /* (n + 1) */
    int32_t *item;
    float *strength;
    int64_t entries;
    struct change *changes;
    int64_t n_changes, change_capacity;
    struct copy *copies; /* (COPIES) large ones, which wait to be made by all cores */
    int32_t n_copies;
};

/* -------------------------------------------------------------------------------------- copying */

/* Now where it is small, at the next make_copies() where it is large. */
static void copy(struct dataset_delta *work, void *to, const void *from, size_t n)
{
    while (n > COPY_BLOCK && work->n_copies < COPIES) {
        work->copies[work->n_copies++] = (struct copy){ to, from, COPY_BLOCK };
        to = (char *)to + COPY_BLOCK;
        from = (const char *)from + COPY_BLOCK;
        n -= COPY_BLOCK;
    }
    if (n > 0) memcpy(to, from, n);
}

static void copy_blocks(void *context, size_t begin, size_t end, int worker)
{
    const struct dataset_delta *work = context;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        memcpy(work->copies[i].to, work->copies[i].from, work->copies[i].n);
}

static void make_copies(struct dataset_delta *work)
{
    parallel_for(0, (size_t)work->n_copies, 4, copy_blocks, work, NULL);
    work->n_copies = 0;
}

static int64_t old_count(const struct dataset *old, int32_t user)
{
    return user < old->n_users ? old->sequence[user + 1] - old->sequence[user] : 0;
}

/* ------------------------------------------------------------------------------ whom it concerns
 */

/* Arrivals by user, as they came: a counting sort. */
static bool sort_arrivals(struct dataset_delta *work)
{
    const int32_t n_users = work->fresh->n_users;
    const int64_t n = work->news->n;
    int64_t *next = calloc((size_t)n_users + 2, sizeof *next);
    work->order = malloc(((size_t)n + 1) * sizeof *work->order);
    if (!next || !work->order) {
        free(next);
        return false;
    }
    for (int64_t i = 0; i < n; i++)
        next[work->news->arrivals[i].user + 2]++;
    for (int32_t u = 0; u < n_users; u++)
        next[u + 2] += next[u + 1];
    for (int64_t i = 0; i < n; i++)
        work->order[next[work->news->arrivals[i].user + 1]++] = i;
    free(next);
    return true;
}

/* All users, where the decay of everything moves on; else those of the arrivals. */
static bool choose_users(struct dataset_delta *work, bool all)
{
    const int32_t n_users = work->fresh->n_users;
    const int64_t n = work->news->n;
    const size_t capacity = all ? (size_t)n_users + 1 : (size_t)(n < n_users ? n : n_users) + 1;
    work->user = malloc(capacity * sizeof *work->user);
    work->first = malloc((capacity + 1) * sizeof *work->first);
    work->row = malloc((capacity + 1) * sizeof *work->row);
    if (!work->user || !work->first || !work->row) return false;
    int64_t at = 0;
    if (all) {
        for (int32_t u = 0; u < n_users; u++) {
            work->user[work->n] = u;
            work->first[work->n++] = at;
            while (at < n && work->news->arrivals[work->order[at]].user == u)
                at++;
        }
    } else {
        for (; at < n; at++) {
            int32_t u = work->news->arrivals[work->order[at]].user;
            if (work->n > 0 && work->user[work->n - 1] == u) continue;
            work->user[work->n] = u;
            work->first[work->n++] = at;
        }
    }
    work->first[work->n] = n;
    return true;
}

/* -------------------------------------------------------------------------------------- events */

/* The place-th user's events, old and new, in time order; returns how many, -1 without memory. */
static int64_t merge_events(struct dataset_delta *work, int32_t place)
{
    const struct dataset *old = work->old;
    const int32_t user = work->user[place];
    int64_t n = old_count(old, user), more = work->first[place + 1] - work->first[place];
    if (n + more > INT32_MAX) return -1;
    if (n + more > work->capacity) {
        int64_t capacity = (n + more) * 2;
        struct event *events = realloc(work->events, (size_t)capacity * sizeof *events);
        if (!events) return -1;
        work->events = events;
        work->capacity = capacity;
    }
    for (int64_t i = 0; i < n; i++)
        work->events[i] = dataset_event(old, old->sequence[user] + i);
    for (int64_t i = work->first[place]; i < work->first[place + 1]; i++) {
        const struct event *event = &work->news->arrivals[work->order[i]].event;
        int64_t to = n++;
        for (; to > 0 && work->events[to - 1].time > event->time; to--)
            work->events[to] = work->events[to - 1];
        work->events[to] = *event;
    }
    return n;
}

/* Makes the arrays, those too that only an arrival needs. */
static bool make_event_arrays(struct dataset_delta *work)
{
    const struct dataset *old = work->old;
    struct dataset *fresh = work->fresh;
    const size_t n = (size_t)fresh->n_events + 1;
    bool time = old->event_time, type = old->event_type, quantity = old->event_quantity,
         value = old->event_value;
    for (int64_t i = 0; i < work->news->n; i++) {
        const struct event *event = &work->news->arrivals[i].event;
        time = time || event->time != MOMENT_NONE;
        type = type || event->type != EVENT_PURCHASE;
        quantity = quantity || event->quantity != 1;
        value = value || !isnan(event->value);
    }
    fresh->sequence = malloc(((size_t)fresh->n_users + 1) * sizeof *fresh->sequence);
    fresh->event_item = malloc(n * sizeof *fresh->event_item);
    if (time) fresh->event_time = malloc(n * sizeof *fresh->event_time);
    if (type) fresh->event_type = malloc(n * sizeof *fresh->event_type);
    if (quantity) fresh->event_quantity = malloc(n * sizeof *fresh->event_quantity);
    if (value) fresh->event_value = malloc(n * sizeof *fresh->event_value);
    return fresh->sequence && fresh->event_item && (!time || fresh->event_time) &&
           (!type || fresh->event_type) && (!quantity || fresh->event_quantity) &&
           (!value || fresh->event_value);
}

static void put_event(struct dataset *fresh, int64_t at, const struct event *event)
{
    fresh->event_item[at] = event->item;
    if (fresh->event_time) fresh->event_time[at] = event->time;
    if (fresh->event_type) fresh->event_type[at] = (uint8_t)event->type;
    if (fresh->event_quantity) fresh->event_quantity[at] = event->quantity;
    if (fresh->event_value) fresh->event_value[at] = event->value;
}

/* Events [from, from + n) of the old to `at`. An array that the old does not have is filled. */
static void copy_events(struct dataset_delta *work, int64_t from, int64_t n, int64_t at)
{
    const struct dataset *old = work->old;
    struct dataset *fresh = work->fresh;
    const size_t count = (size_t)n;
    const bool same =
        !fresh->event_time == !old->event_time && !fresh->event_type == !old->event_type &&
        !fresh->event_quantity == !old->event_quantity && !fresh->event_value == !old->event_value;
    if (!same) {
        for (int64_t i = 0; i < n; i++) {
            const struct event event = dataset_event(old, from + i);
            put_event(fresh, at + i, &event);
        }
        return;
    }
    copy(work, fresh->event_item + at, old->event_item + from, count * sizeof *old->event_item);
    if (old->event_time)
        copy(work, fresh->event_time + at, old->event_time + from, count * sizeof *old->event_time);
    if (old->event_type)
        copy(work, fresh->event_type + at, old->event_type + from, count * sizeof *old->event_type);
    if (old->event_quantity)
        copy(work, fresh->event_quantity + at, old->event_quantity + from,
             count * sizeof *old->event_quantity);
    if (old->event_value)
        copy(work, fresh->event_value + at, old->event_value + from,
             count * sizeof *old->event_value);
}

/* Users [from, to), whom nothing arrived for. */
static void copy_users(struct dataset_delta *work, int32_t from, int32_t to, int64_t *at)
{
    const struct dataset *old = work->old;
    const int32_t known = to < old->n_users ? to : old->n_users;
    if (from < known) {
        const int64_t begin = old->sequence[from], n = old->sequence[known] - begin;
        copy_events(work, begin, n, *at);
        for (int32_t u = from; u < known; u++)
            work->fresh->sequence[u] = old->sequence[u] - begin + *at;
        *at += n;
    }
    for (int32_t u = known > from ? known : from; u < to; u++)
        work->fresh->sequence[u] = *at;
}

static bool grow_rows(struct dataset_delta *work, int64_t more, int64_t *capacity)
{
    if (work->entries + more <= *capacity) return true;
    *capacity = (work->entries + more) * 2;
    int32_t *item = realloc(work->item, (size_t)*capacity * sizeof *item);
    if (item) work->item = item;
    float *strength = realloc(work->strength, (size_t)*capacity * sizeof *strength);
    if (strength) work->strength = strength;
    return item && strength;
}

/* All sequences, and the new rows of those whom something arrived for. */
static bool splice_events(struct dataset_delta *work)
{
    int64_t at = 0, capacity = 0;
    int32_t next = 0;
    for (int32_t p = 0; p < work->n; p++) {
        const int32_t user = work->user[p];
        copy_users(work, next, user, &at);
        const int64_t n = merge_events(work, p);
        if (n < 0 || !grow_rows(work, n, &capacity)) return false;
        work->fresh->sequence[user] = at;
        for (int64_t i = 0; i < n; i++)
            put_event(work->fresh, at++, &work->events[i]);
        work->row[p] = work->entries;
        work->entries += strengths_of_events(&work->fresh->options, work->fresh->last_time,
                                             work->events, (int32_t)n, work->item + work->entries,
                                             work->strength + work->entries, NULL);
        next = user + 1;
    }
    work->row[work->n] = work->entries;
    copy_users(work, next, work->fresh->n_users, &at);
    work->fresh->sequence[work->fresh->n_users] = at;
    return true;
}

/* ------------------------------------------------------------------------------------ strengths */

static bool add_change(struct dataset_delta *work, int32_t item, int32_t user, float value)
{
    if (work->n_changes == work->change_capacity) {
        int64_t capacity = work->change_capacity ? work->change_capacity * 2 : 64;
        struct change *changes = realloc(work->changes, (size_t)capacity * sizeof *changes);
        if (!changes) return false;
        work->changes = changes;
        work->change_capacity = capacity;
    }
    work->changes[work->n_changes++] = (struct change){ item, user, value };
    return true;
}

/* What differs between the old and the new row of the place-th user. */
static bool compare_rows(struct dataset_delta *work, int32_t place)
{
    const struct sparse *rows = &work->old->by_user;
    const int32_t user = work->user[place];
    const bool known = user < rows->n_rows;
    int64_t a = known ? rows->start[user] : 0, a_end = known ? rows->start[user + 1] : 0;
    int64_t b = work->row[place], b_end = work->row[place + 1];
    while (a < a_end || b < b_end) {
        if (b == b_end || (a < a_end && rows->column[a] < work->item[b])) {
            if (!add_change(work, rows->column[a++], user, 0)) return false;
        } else if (a == a_end || work->item[b] < rows->column[a]) {
            if (!add_change(work, work->item[b], user, work->strength[b])) return false;
            b++;
        } else {
            const bool same = memcmp(&rows->value[a], &work->strength[b], sizeof(float)) == 0;
            if (!same && !add_change(work, work->item[b], user, work->strength[b])) return false;
            a++, b++;
        }
    }
    return true;
}

/* Rows [from, to) of a matrix as they are, to `at` of the other. */
static void copy_rows(struct dataset_delta *work, const struct sparse *old, struct sparse *fresh,
                      int32_t from, int32_t to, int64_t *at)
{
    const int32_t known = to < old->n_rows ? to : old->n_rows;
    if (from < known) {
        const int64_t begin = old->start[from], n = old->start[known] - begin;
        copy(work, fresh->column + *at, old->column + begin, (size_t)n * sizeof *old->column);
        copy(work, fresh->value + *at, old->value + begin, (size_t)n * sizeof *old->value);
        for (int32_t r = from; r < known; r++)
            fresh->start[r] = old->start[r] - begin + *at;
        *at += n;
    }
    for (int32_t r = known > from ? known : from; r < to; r++)
        fresh->start[r] = *at;
}

static bool splice_by_user(struct dataset_delta *work, struct error *error)
{
    const struct sparse *old = &work->old->by_user;
    struct sparse *fresh = &work->fresh->by_user;
    int64_t entries = sparse_entries(old) + work->entries, at = 0;
    int32_t next = 0;
    for (int32_t p = 0; p < work->n; p++)
        if (work->user[p] < old->n_rows)
            entries -= old->start[work->user[p] + 1] - old->start[work->user[p]];
    if (!sparse_init(fresh, work->fresh->n_users, work->fresh->n_items, entries, error))
        return false;
    for (int32_t p = 0; p < work->n; p++) {
        const size_t n = (size_t)(work->row[p + 1] - work->row[p]);
        copy_rows(work, old, fresh, next, work->user[p], &at);
        fresh->start[work->user[p]] = at;
        memcpy(fresh->column + at, work->item + work->row[p], n * sizeof *fresh->column);
        memcpy(fresh->value + at, work->strength + work->row[p], n * sizeof *fresh->value);
        at += (int64_t)n;
        next = work->user[p] + 1;
    }
    copy_rows(work, old, fresh, next, fresh->n_rows, &at);
    fresh->start[fresh->n_rows] = at;
    return true;
}

static int by_item(const void *left, const void *right)
{
    const struct change *a = left, *b = right;
    if (a->item != b->item) return a->item < b->item ? -1 : 1;
    return (a->user > b->user) - (a->user < b->user);
}

/* One item's row with its changes [c, end) worked in. */
static void merge_row(const struct sparse *old, struct sparse *fresh, int32_t item,
                      const struct change *c, const struct change *end, int64_t *at)
{
    int64_t a = item < old->n_rows ? old->start[item] : 0;
    const int64_t a_end = item < old->n_rows ? old->start[item + 1] : 0;
    fresh->start[item] = *at;
    while (a < a_end || c < end) {
        if (c == end || (a < a_end && old->column[a] < c->user)) {
            fresh->column[*at] = old->column[a];
            fresh->value[(*at)++] = old->value[a++];
            continue;
        }
        if (a < a_end && old->column[a] == c->user) a++;
        if (c->value > 0) {
            fresh->column[*at] = c->user;
            fresh->value[(*at)++] = c->value;
        }
        c++;
    }
}

static bool splice_by_item(struct dataset_delta *work, struct error *error)
{
    const struct sparse *old = &work->old->by_item;
    struct sparse *fresh = &work->fresh->by_item;
    int64_t at = 0;
    int32_t next = 0;
    if (work->n_changes > sparse_entries(old) / 4) /* most of it changed: make it anew */
        return sparse_transpose(&work->fresh->by_user, fresh, error);
    if (work->n_changes > 0)
        qsort(work->changes, (size_t)work->n_changes, sizeof *work->changes, by_item);
    if (!sparse_init(fresh, work->fresh->n_items, work->fresh->n_users,
                     sparse_entries(&work->fresh->by_user), error))
        return false;
    for (int64_t c = 0, end; c < work->n_changes; c = end) {
        const int32_t item = work->changes[c].item;
        for (end = c + 1; end < work->n_changes && work->changes[end].item == item;)
            end++;
        copy_rows(work, old, fresh, next, item, &at);
        merge_row(old, fresh, item, work->changes + c, work->changes + end, &at);
        next = item + 1;
    }
    copy_rows(work, old, fresh, next, fresh->n_rows, &at);
    fresh->start[fresh->n_rows] = at;
    return true;
}

/* ------------------------------------------------------------------------------- names and facts
 */

static bool extend_names(const struct names *old, const struct slice *more, int32_t n, bool index,
                         struct names *out, struct error *error)
{
    struct names_builder builder = { 0 };
    bool good = true;
    for (int32_t i = 0; good && i < old->n; i++)
        good = names_add(&builder, names_get(old, i), error);
    for (int32_t i = 0; good && i < n; i++)
        good = names_add(&builder, more ? more[i] : (struct slice){ "", 0 }, error);
    return names_finish(&builder, out, error) && good && (!index || names_index(out, error));
}

/* A copy with rows that have nothing behind those there are. */
static bool extend_attributes(const struct attributes *old, int32_t before, int32_t rows,
                              struct attributes *out, struct error *error)
{
    const int64_t n = old->offset ? old->offset[before] : 0;
    if (!extend_names(&old->names, NULL, 0, old->names.bucket, &out->names, error) ||
        !extend_names(&old->values, NULL, 0, old->values.bucket, &out->values, error))
        return false;
    out->value_name = malloc(((size_t)old->values.n + 1) * sizeof *out->value_name);
    out->offset = malloc(((size_t)rows + 1) * sizeof *out->offset);
    out->value = malloc(((size_t)n + 1) * sizeof *out->value);
    if (!out->value_name || !out->offset || !out->value)
        return error_memory(error, "the attributes");
    if (old->values.n > 0)
        memcpy(out->value_name, old->value_name, (size_t)old->values.n * sizeof *out->value_name);
    for (int32_t row = 0; row <= rows; row++)
        out->offset[row] = old->offset && row < before ? old->offset[row] : n;
    if (n > 0) memcpy(out->value, old->value, (size_t)n * sizeof *out->value);
    return true;
}

static bool extend_friends(const struct dataset *old, struct dataset *fresh, struct error *error)
{
    if (!old->friend_offset) return true;
    const int64_t n = old->friend_offset[old->n_users];
    fresh->friend_offset = malloc(((size_t)fresh->n_users + 1) * sizeof *fresh->friend_offset);
    fresh->friends = malloc(((size_t)n + 1) * sizeof *fresh->friends);
    if (!fresh->friend_offset || !fresh->friends) return error_memory(error, "the friendships");
    for (int32_t u = 0; u <= fresh->n_users; u++)
        fresh->friend_offset[u] = u < old->n_users ? old->friend_offset[u] : n;
    memcpy(fresh->friends, old->friends, (size_t)n * sizeof *fresh->friends);
    return true;
}

static bool take_facts(const struct dataset_delta *work, struct shared_dataset *shared,
                       struct error *error)
{
    const struct dataset *old = work->old;
    const struct dataset_delta_events *news = work->news;
    struct dataset *fresh = work->fresh;
    if (news->n_users == 0 && news->n_items == 0) {
        const struct dataset *owner = dataset_owner(old);
        shared->owner = dataset_retain(owner);
        fresh->user_ids = owner->user_ids;
        fresh->item_ids = owner->item_ids;
        fresh->item_titles = owner->item_titles;
        fresh->user_attributes = owner->user_attributes;
        fresh->item_attributes = owner->item_attributes;
        fresh->friend_offset = owner->friend_offset;
        fresh->friends = owner->friends;
        return true;
    }
    return extend_names(&old->user_ids, news->users, news->n_users, true, &fresh->user_ids,
                        error) &&
           extend_names(&old->item_ids, news->items, news->n_items, true, &fresh->item_ids,
                        error) &&
           extend_names(&old->item_titles, news->titles, news->n_items, false, &fresh->item_titles,
                        error) &&
           extend_attributes(&old->user_attributes, old->n_users, fresh->n_users,
                             &fresh->user_attributes, error) &&
           extend_attributes(&old->item_attributes, old->n_items, fresh->n_items,
                             &fresh->item_attributes, error) &&
           extend_friends(old, fresh, error);
}

/* ----------------------------------------------------------------------------------- the whole */

static bool check_arrivals(const struct dataset_delta *work, struct error *error)
{
    for (int64_t i = 0; i < work->news->n; i++) {
        const struct arriving_event *arriving = &work->news->arrivals[i];
        if (arriving->user < 0 || arriving->user >= work->fresh->n_users ||
            arriving->event.item < 0 || arriving->event.item >= work->fresh->n_items ||
            (unsigned)arriving->event.type >= EVENT_TYPES)
            return error_set(error, ERROR_INPUT, "an event of nobody or with nothing arrived");
    }
    return true;
}

/* Numbers, dates and means, summed on in order of arrival. */
static void count_news(struct shared_dataset *shared, const struct dataset_delta_events *news)
{
    struct dataset *fresh = &shared->dataset;
    for (int64_t i = 0; i < news->n; i++) {
        const struct event *event = &news->arrivals[i].event;
        if (event->time != MOMENT_NONE) {
            if (fresh->first_time == MOMENT_NONE || event->time < fresh->first_time)
                fresh->first_time = event->time;
            if (event->time > fresh->last_time) fresh->last_time = event->time;
        }
        if (!isfinite(event->value)) continue;
        shared->sum[event->type] += (double)event->value;
        shared->count[event->type]++;
    }
    fresh->mean_rating = shared_mean(shared, EVENT_RATING);
    fresh->mean_weight = shared_mean(shared, EVENT_WEIGHT);
}

static bool update(struct dataset_delta *work, struct shared_dataset *shared, struct error *error)
{
    const struct dataset *old = work->old;
    struct dataset *fresh = work->fresh;
    fresh->n_users = old->n_users + work->news->n_users;
    fresh->n_items = old->n_items + work->news->n_items;
    fresh->n_events = old->n_events + work->news->n;
    fresh->options = old->options;
    fresh->first_time = old->first_time;
    fresh->last_time = old->last_time;
    fresh->events_seen = work->news->events_seen;
    memcpy(shared->sum, shared_of(old)->sum, sizeof shared->sum);
    memcpy(shared->count, shared_of(old)->count, sizeof shared->count);
    if (!check_arrivals(work, error)) return false;
    count_news(shared, work->news);
    const bool aged = fresh->options.half_life > 0 && fresh->last_time != old->last_time;
    if (!take_facts(work, shared, error)) return false;
    if (!sort_arrivals(work) || !choose_users(work, aged) || !make_event_arrays(work) ||
        !splice_events(work))
        return error_memory(error, "events that arrived");
    for (int32_t p = 0; p < work->n; p++)
        if (!compare_rows(work, p)) return error_memory(error, "events that arrived");
    if (!splice_by_user(work, error)) return false;
    make_copies(work); /* which a transposition may read */
    const bool done = splice_by_item(work, error);
    make_copies(work);
    return done;
}

const struct dataset *dataset_update(const struct dataset *dataset,
                                     const struct dataset_delta_events *news, struct error *error)
{
    struct shared_dataset *shared = shared_dataset_new(error);
    struct dataset_delta work = { .old = dataset, .news = news };
    if (!shared) return NULL;
    work.fresh = &shared->dataset;
    work.copies = malloc(COPIES * sizeof *work.copies);
    bool done =
        work.copies ? update(&work, shared, error) : error_memory(error, "events that arrived");
    free(work.copies);
    free(work.order);
    free(work.user);
    free(work.first);
    free(work.events);
    free(work.row);
    free(work.item);
    free(work.strength);
    free(work.changes);
    if (done) return work.fresh;
    dataset_release(work.fresh);
    return NULL;
}

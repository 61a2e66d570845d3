/* dataset_builder.c - from events in order of arrival to a dataset.
 *
 * Events wait in chunks, one array per field; a field that holds only its default has no array.
 * dataset_builder_finish() then
 *   1. scatters field after field to the users' sequences (a counting sort: stable), giving each
 *      field's chunks back before it turns to the next, so the peak is the events once plus one
 *      field;
 *   2. sorts each user's events by time where they are not in order (stable) and makes strengths
 *      of them, all users in parallel;
 *   3. transposes, indexes the names and takes the fingerprint.
 * O(events log(longest history) + users + items); the result does not depend on the number of
 * threads.
 */
#include "attributes.h"
#include "dataset_private.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16, USERS_PER_BLOCK = 256 };

enum field { FIELD_USER, FIELD_ITEM, FIELD_TIME, FIELD_TYPE, FIELD_QUANTITY, FIELD_VALUE, FIELDS };

static const size_t field_size[FIELDS] = {
    [FIELD_USER] = sizeof(int32_t),   [FIELD_ITEM] = sizeof(int32_t),
    [FIELD_TIME] = sizeof(int64_t),   [FIELD_TYPE] = sizeof(uint8_t),
    [FIELD_QUANTITY] = sizeof(float), [FIELD_VALUE] = sizeof(float),
};

struct chunk {
    void *field[FIELDS]; /* (CHUNK) or NULL: only the default so far */
};

struct dataset_builder {
    struct strength_options options;
    struct names_builder user_ids, item_ids, item_titles;
    struct attributes_builder user_attributes, item_attributes;
    struct friends_builder friends;
    struct chunk *chunks;
    size_t n_chunks, chunk_capacity;
    int64_t n_events;
    bool has[FIELDS]; /* some chunk has this field */
    int64_t first_time, last_time;
    double sum[EVENT_TYPES];    /* of values, for the means */
    int64_t count[EVENT_TYPES]; /* of events that have a value */
};

struct dataset_builder *dataset_builder_new(const struct strength_options *options,
                                            struct error *error)
{
    struct dataset_builder *builder = calloc(1, sizeof *builder);

    if (!builder) {
        error_memory(error, "a dataset");
        return NULL;
    }
    if (options)
        builder->options = *options;
    else
        strength_options_init(&builder->options);
    builder->first_time = builder->last_time = MOMENT_NONE;
    return builder;
}

void dataset_builder_free(struct dataset_builder *builder)
{
    if (!builder) return;
    for (size_t c = 0; c < builder->n_chunks; c++) {
        for (int f = 0; f < FIELDS; f++)
            free(builder->chunks[c].field[f]);
    }
    free(builder->chunks);
    names_fini(&builder->user_ids.names);
    names_fini(&builder->item_ids.names);
    names_fini(&builder->item_titles.names);
    attributes_builder_fini(&builder->user_attributes);
    attributes_builder_fini(&builder->item_attributes);
    friends_builder_fini(&builder->friends);
    free(builder);
}

bool dataset_builder_add_user(struct dataset_builder *builder, struct slice id, struct error *error)
{
    return names_add(&builder->user_ids, id, error);
}

bool dataset_builder_add_item(struct dataset_builder *builder, struct slice id, struct slice title,
                              struct error *error)
{
    if (!names_add(&builder->item_ids, id, error)) return false;
    if (names_add(&builder->item_titles, title, error)) return true;
    builder->item_ids.names.n--; /* ids and titles stay of one length */
    return false;
}

bool dataset_builder_set_user(struct dataset_builder *builder, int32_t user, struct slice name,
                              struct slice value, struct error *error)
{
    if (user < 0 || user >= builder->user_ids.names.n)
        return error_set(error, ERROR_INPUT, "an attribute of user number %d, who was not added",
                         user);
    return attributes_set(&builder->user_attributes, user, name, value, error);
}

bool dataset_builder_set_item(struct dataset_builder *builder, int32_t item, struct slice name,
                              struct slice value, struct error *error)
{
    if (item < 0 || item >= builder->item_ids.names.n)
        return error_set(error, ERROR_INPUT, "an attribute of item number %d, which was not added",
                         item);
    return attributes_set(&builder->item_attributes, item, name, value, error);
}

bool dataset_builder_add_friend(struct dataset_builder *builder, int32_t user, int32_t friend,
                                struct error *error)
{
    const int32_t n = builder->user_ids.names.n;

    if (user < 0 || user >= n || friend < 0 || friend >= n)
        return error_set(error, ERROR_INPUT, "a friendship of users %d and %d, who were not added",
                         user, friend);
    return user == friend || friends_add(&builder->friends, user, friend, error);
}

static void fill_defaults(void *array, enum field field, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (field) {
        case FIELD_TIME:
            ((int64_t *)array)[i] = MOMENT_NONE;
            break;
        case FIELD_TYPE:
            ((uint8_t *)array)[i] = EVENT_PURCHASE;
            break;
        case FIELD_QUANTITY:
            ((float *)array)[i] = 1;
            break;
        case FIELD_VALUE:
            ((float *)array)[i] = NAN;
            break;
        case FIELD_USER:
        case FIELD_ITEM:
        case FIELDS:
            break;
        }
    }
}

/* The field's array in a chunk that holds `used` events; made when a first event needs it. */
static void *need_field(struct chunk *chunk, enum field field, size_t used)
{
    if (!chunk->field[field]) {
        chunk->field[field] = malloc(CHUNK * field_size[field]);
        if (chunk->field[field]) fill_defaults(chunk->field[field], field, used);
    }
    return chunk->field[field];
}

static struct chunk *open_chunk(struct dataset_builder *builder)
{
    if (builder->n_chunks == builder->chunk_capacity) {
        size_t capacity = builder->chunk_capacity ? builder->chunk_capacity * 2 : 16;
        struct chunk *chunks = realloc(builder->chunks, capacity * sizeof *chunks);
        if (!chunks) return NULL;
        builder->chunks = chunks;
        builder->chunk_capacity = capacity;
    }
    builder->chunks[builder->n_chunks] = (struct chunk){ 0 };
    return &builder->chunks[builder->n_chunks++];
}

static void note_times_and_values(struct dataset_builder *builder, const struct event *event)
{
    if (event->time != MOMENT_NONE) {
        if (builder->first_time == MOMENT_NONE || event->time < builder->first_time)
            builder->first_time = event->time;
        if (event->time > builder->last_time) builder->last_time = event->time;
    }
    if (isfinite(event->value)) {
        builder->sum[event->type] += (double)event->value;
        builder->count[event->type]++;
    }
}

static bool check_event(const struct dataset_builder *builder, int32_t user,
                        const struct event *event, struct error *error)
{
    if (user < 0 || user >= builder->user_ids.names.n)
        return error_set(error, ERROR_INPUT, "an event of user number %d, who was not added", user);
    if (event->item < 0 || event->item >= builder->item_ids.names.n)
        return error_set(error, ERROR_INPUT, "an event with item number %d, which was not added",
                         event->item);
    if ((unsigned)event->type >= EVENT_TYPES)
        return error_set(error, ERROR_INPUT, "an event of the unknown type %d", (int)event->type);
    return true;
}

bool dataset_builder_add_event(struct dataset_builder *builder, int32_t user,
                               const struct event *event, struct error *error)
{
    const size_t at = (size_t)(builder->n_events % CHUNK);
    const bool needs[FIELDS] = {
        [FIELD_USER] = true,
        [FIELD_ITEM] = true,
        [FIELD_TIME] = event->time != MOMENT_NONE,
        [FIELD_TYPE] = event->type != EVENT_PURCHASE,
        [FIELD_QUANTITY] = event->quantity != 1,
        [FIELD_VALUE] = !isnan(event->value),
    };

    if (!check_event(builder, user, event, error)) return false;
    /* After a failure a chunk without events may be there already. */
    bool full = (int64_t)builder->n_chunks * CHUNK == builder->n_events;
    struct chunk *chunk = full ? open_chunk(builder) : &builder->chunks[builder->n_chunks - 1];
    if (!chunk) return error_memory(error, "the events");
    for (int f = 0; f < FIELDS; f++) {
        if (!needs[f]) continue;
        if (!need_field(chunk, (enum field)f, at)) return error_memory(error, "the events");
        builder->has[f] = true;
    }
    ((int32_t *)chunk->field[FIELD_USER])[at] = user;
    ((int32_t *)chunk->field[FIELD_ITEM])[at] = event->item;
    if (chunk->field[FIELD_TIME]) ((int64_t *)chunk->field[FIELD_TIME])[at] = event->time;
    if (chunk->field[FIELD_TYPE]) ((uint8_t *)chunk->field[FIELD_TYPE])[at] = (uint8_t)event->type;
    if (chunk->field[FIELD_QUANTITY]) ((float *)chunk->field[FIELD_QUANTITY])[at] = event->quantity;
    if (chunk->field[FIELD_VALUE]) ((float *)chunk->field[FIELD_VALUE])[at] = event->value;
    note_times_and_values(builder, event);
    builder->n_events++;
    return true;
}

/* ------------------------------------------------------------------------------ sequences */

static size_t events_in_chunk(const struct dataset_builder *builder, size_t c)
{
    int64_t rest = builder->n_events - (int64_t)c * CHUNK;
    return rest < CHUNK ? (size_t)rest : CHUNK;
}

static bool count_sequences(const struct dataset_builder *builder, struct dataset *dataset,
                            struct error *error)
{
    dataset->sequence = calloc((size_t)dataset->n_users + 1, sizeof *dataset->sequence);
    if (!dataset->sequence) return error_memory(error, "the sequences");
    for (size_t c = 0; c < builder->n_chunks; c++) {
        const int32_t *user = builder->chunks[c].field[FIELD_USER];
        size_t n = events_in_chunk(builder, c);
        for (size_t i = 0; i < n; i++)
            dataset->sequence[user[i] + 1]++;
    }
    for (int32_t u = 0; u < dataset->n_users; u++) {
        if (dataset->sequence[u + 1] > INT32_MAX)
            return error_set(error, ERROR_INPUT, "one user has more than 2,147,483,647 events");
        dataset->sequence[u + 1] += dataset->sequence[u];
    }
    return true;
}

/* One loop for one type: to[next[user]++] = from[], or the default where the chunk has none. */
#define SCATTER(type, default_value)                                                               \
    do {                                                                                           \
        const type *from_ = chunk->field[field];                                                   \
        for (size_t i = 0; i < n; i++)                                                             \
            ((type *)to)[next[user[i]]++] = from_ ? from_[i] : (default_value);                    \
    } while (0)

static void scatter_chunk(const struct chunk *chunk, enum field field, size_t n, int64_t *next,
                          void *to)
{
    const int32_t *user = chunk->field[FIELD_USER];

    switch (field) {
    case FIELD_ITEM:
        SCATTER(int32_t, -1);
        break;
    case FIELD_TIME:
        SCATTER(int64_t, MOMENT_NONE);
        break;
    case FIELD_TYPE:
        SCATTER(uint8_t, EVENT_PURCHASE);
        break;
    case FIELD_QUANTITY:
        SCATTER(float, 1);
        break;
    case FIELD_VALUE:
        SCATTER(float, NAN);
        break;
    case FIELD_USER:
    case FIELDS:
        break;
    }
}

/* Makes one event_ array of the dataset from the chunks' field, and frees that field. Returns
 * NULL when memory runs out. */
static void *scatter_field(struct dataset_builder *builder, const struct dataset *dataset,
                           enum field field, int64_t *next, struct progress *progress)
{
    void *to = calloc((size_t)dataset->n_events + 1, field_size[field]);

    if (!to) return NULL;
    memcpy(next, dataset->sequence, (size_t)dataset->n_users * sizeof *next);
    for (size_t c = 0; c < builder->n_chunks && !progress_cancelled(progress); c++) {
        struct chunk *chunk = &builder->chunks[c];
        scatter_chunk(chunk, field, events_in_chunk(builder, c), next, to);
        free(chunk->field[field]);
        chunk->field[field] = NULL;
    }
    return to;
}

static bool scatter_all(struct dataset_builder *builder, struct dataset *dataset,
                        struct progress *progress, struct error *error)
{
    int64_t *next = malloc(((size_t)dataset->n_users + 1) * sizeof *next);
    bool ok = next != NULL;

    progress_begin(progress, "sequences", 0);
    if (ok) {
        dataset->event_item = scatter_field(builder, dataset, FIELD_ITEM, next, progress);
        ok = dataset->event_item != NULL;
    }
    if (ok && builder->has[FIELD_TIME]) {
        dataset->event_time = scatter_field(builder, dataset, FIELD_TIME, next, progress);
        ok = dataset->event_time != NULL;
    }
    if (ok && builder->has[FIELD_TYPE]) {
        dataset->event_type = scatter_field(builder, dataset, FIELD_TYPE, next, progress);
        ok = dataset->event_type != NULL;
    }
    if (ok && builder->has[FIELD_QUANTITY]) {
        dataset->event_quantity = scatter_field(builder, dataset, FIELD_QUANTITY, next, progress);
        ok = dataset->event_quantity != NULL;
    }
    if (ok && builder->has[FIELD_VALUE]) {
        dataset->event_value = scatter_field(builder, dataset, FIELD_VALUE, next, progress);
        ok = dataset->event_value != NULL;
    }
    free(next);
    return ok || error_memory(error, "the sequences");
}

/* ------------------------------------------------------------------------------ strengths */

struct bench { /* what one worker needs for its longest user so far */
    struct event *events, *spare;
    int64_t capacity;
};

struct strengths {
    struct dataset *dataset;
    int64_t *n_pairs; /* (n_users) */
    struct bench bench[MAX_WORKERS];
    atomic_bool failed; /* memory ran out */
};

static bool need_bench(struct bench *bench, int64_t n)
{
    if (n <= bench->capacity) return true;
    int64_t capacity = n + n / 2;
    free(bench->events);
    free(bench->spare);
    bench->events = malloc((size_t)capacity * sizeof *bench->events);
    bench->spare = malloc((size_t)capacity * sizeof *bench->spare);
    bench->capacity = bench->events && bench->spare ? capacity : 0;
    return bench->capacity > 0;
}

/* Stable merge sort by time, from the shortest runs up. */
static void sort_by_time(struct bench *bench, int64_t n)
{
    for (int64_t width = 1; width < n; width *= 2) {
        const struct event *from = bench->events;
        struct event *to = bench->spare;
        for (int64_t begin = 0; begin < n; begin += 2 * width) {
            int64_t middle = begin + width < n ? begin + width : n;
            int64_t end = middle + width < n ? middle + width : n;
            for (int64_t a = begin, b = middle, at = begin; at < end; at++) {
                bool right = a == middle || (b < end && from[b].time < from[a].time);
                to[at] = right ? from[b++] : from[a++];
            }
        }
        bench->spare = bench->events;
        bench->events = to;
    }
}

static void store_events(struct dataset *dataset, int64_t at, const struct event *events, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        dataset->event_item[at + i] = events[i].item;
        dataset->event_time[at + i] = events[i].time;
        if (dataset->event_type) dataset->event_type[at + i] = (uint8_t)events[i].type;
        if (dataset->event_quantity) dataset->event_quantity[at + i] = events[i].quantity;
        if (dataset->event_value) dataset->event_value[at + i] = events[i].value;
    }
}

/* Puts one user's events in time order and writes the strengths where the events begin. */
static bool finish_user(struct strengths *work, int32_t user, struct bench *bench)
{
    struct dataset *dataset = work->dataset;
    int64_t begin = dataset->sequence[user], n = dataset->sequence[user + 1] - begin;
    bool in_order = true;

    if (!need_bench(bench, n)) return false;
    for (int64_t i = 0; i < n; i++) {
        bench->events[i] = dataset_event(dataset, begin + i);
        if (i > 0 && bench->events[i].time < bench->events[i - 1].time) in_order = false;
    }
    if (!in_order) {
        sort_by_time(bench, n);
        store_events(dataset, begin, bench->events, n);
    }
    work->n_pairs[user] =
        strengths_of_events(&dataset->options, dataset->last_time, bench->events, (int32_t)n,
                            dataset->by_user.column + begin, dataset->by_user.value + begin, NULL);
    return true;
}

static void finish_users(void *context, size_t begin, size_t end, int worker)
{
    struct strengths *work = context;

    for (size_t u = begin; u < end && !work->failed; u++) {
        if (!finish_user(work, (int32_t)u, &work->bench[worker])) work->failed = true;
    }
}

/* Closes the gaps between the users' pairs, which were written where their events begin. */
static void close_gaps(const struct dataset *dataset, const int64_t *n_pairs, struct sparse *matrix)
{
    for (int32_t u = 0; u < dataset->n_users; u++) {
        int64_t from = dataset->sequence[u], to = matrix->start[u];
        if (from != to) {
            size_t n = (size_t)n_pairs[u];
            memmove(matrix->column + to, matrix->column + from, n * sizeof *matrix->column);
            memmove(matrix->value + to, matrix->value + from, n * sizeof *matrix->value);
        }
        matrix->start[u + 1] = to + n_pairs[u];
    }
    size_t entries = (size_t)sparse_entries(matrix) + 1;
    void *column = realloc(matrix->column, entries * sizeof *matrix->column);
    if (column) matrix->column = column;
    void *value = realloc(matrix->value, entries * sizeof *matrix->value);
    if (value) matrix->value = value;
}

static bool make_strengths(struct dataset *dataset, struct progress *progress, struct error *error)
{
    struct strengths work = { .dataset = dataset };
    bool ok = false;

    if (!sparse_init(&dataset->by_user, dataset->n_users, dataset->n_items, dataset->n_events + 1,
                     error))
        return false;
    work.n_pairs = calloc((size_t)dataset->n_users + 1, sizeof *work.n_pairs);
    if (!work.n_pairs) return error_memory(error, "the strengths");
    progress_begin(progress, "strengths", dataset->n_users);
    if (!parallel_for(0, (size_t)dataset->n_users, USERS_PER_BLOCK, finish_users, &work, progress))
        error_set(error, ERROR_CANCELLED, "cancelled");
    else if (work.failed)
        error_memory(error, "the strengths");
    else
        ok = true;
    if (ok) close_gaps(dataset, work.n_pairs, &dataset->by_user);
    for (int i = 0; i < MAX_WORKERS; i++) {
        free(work.bench[i].events);
        free(work.bench[i].spare);
    }
    free(work.n_pairs);
    return ok;
}

/* --------------------------------------------------------------------------------- finish */

static bool fill(struct dataset_builder *builder, struct shared_dataset *shared,
                 struct progress *progress, struct error *error)
{
    struct dataset *dataset = &shared->dataset;

    memcpy(shared->sum, builder->sum, sizeof shared->sum);
    memcpy(shared->count, builder->count, sizeof shared->count);
    dataset->options = builder->options;
    dataset->first_time = builder->first_time;
    dataset->last_time = builder->last_time;
    dataset->mean_rating = shared_mean(shared, EVENT_RATING);
    dataset->mean_weight = shared_mean(shared, EVENT_WEIGHT);
    dataset->n_events = builder->n_events;
    if (!names_finish(&builder->user_ids, &dataset->user_ids, error) ||
        !names_finish(&builder->item_ids, &dataset->item_ids, error) ||
        !names_finish(&builder->item_titles, &dataset->item_titles, error))
        return false;
    dataset->n_users = dataset->user_ids.n;
    dataset->n_items = dataset->item_ids.n;
    if (!attributes_finish(&builder->user_attributes, dataset->n_users, &dataset->user_attributes,
                           error) ||
        !attributes_finish(&builder->item_attributes, dataset->n_items, &dataset->item_attributes,
                           error) ||
        !friends_finish(&builder->friends, dataset->n_users, &dataset->friend_offset,
                        &dataset->friends, error))
        return false;
    if (!count_sequences(builder, dataset, error)) return false;
    return scatter_all(builder, dataset, progress, error);
}

const struct dataset *dataset_builder_finish(struct dataset_builder *builder, int64_t events_seen,
                                             struct progress *progress, struct error *error)
{
    struct shared_dataset *shared = shared_dataset_new(error);
    struct dataset *dataset = shared ? &shared->dataset : NULL;
    bool ok = shared && fill(builder, shared, progress, error);

    dataset_builder_free(builder);
    ok = ok && make_strengths(dataset, progress, error);
    progress_begin(progress, "index", 0);
    ok = ok && sparse_transpose(&dataset->by_user, &dataset->by_item, error) &&
         names_index(&dataset->user_ids, error) && names_index(&dataset->item_ids, error);
    if (ok && progress_cancelled(progress)) ok = error_set(error, ERROR_CANCELLED, "cancelled");
    if (!ok) {
        dataset_release(dataset);
        return NULL;
    }
    dataset->events_seen = events_seen;
    dataset->fingerprint = dataset_fingerprint(dataset);
    return dataset;
}

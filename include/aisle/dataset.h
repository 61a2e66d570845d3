/* dataset.h - the immutable snapshot that every model reads.
 *
 * A dataset holds who bought what: strengths r(u,i) as a sparse matrix both ways, and each user's
 * events in time order. Users and items are int32_t indexes in order of first appearance; external
 * ids are kept for the edge. It is made once by a builder, never changes, and is shared by
 * reference: dataset_retain() and dataset_release() from any thread.
 *
 * Because users, items and events are only ever appended to a workspace, a dataset is named by how
 * much of the workspace it saw (`events_seen`, the last event id), and can be built again later.
 *
 * Strength (DESIGN.md section 2): the latest rating where the pair has ratings, else the latest
 * weight where it has weights, else purchases less returns, each line counting 1; pairs at or below
 * 0 are dropped. Options change that. Equal times keep the order of arrival.
 */
#ifndef AISLE_DATASET_H
#define AISLE_DATASET_H

#include "aisle/moment.h"
#include "aisle/progress.h"
#include "aisle/sparse.h"

/* Stored in workspaces: never renumber. The value is a rating, a weight (plays, hours, …) or, for
 * the others, a unit price. */
enum event_type {
    EVENT_PURCHASE = 0,
    EVENT_RETURN = 1,
    EVENT_RATING = 2,
    EVENT_WEIGHT = 3,
    EVENT_VIEW = 4,
    EVENT_CART = 5,
    EVENT_TYPES
};

const char *event_type_name(enum event_type type); /* "purchase", "return", … */
bool event_type_parse(struct slice name, enum event_type *type);

/* With r after decay: COUNT r, BINARY 1 where r > 0, LOG log2(1 + r), QUANTITY r with each counted
 * line counting |quantity| instead of 1. */
enum strength_transform { STRENGTH_COUNT, STRENGTH_BINARY, STRENGTH_LOG, STRENGTH_QUANTITY };

struct strength_options {
    enum strength_transform transform;
    double type_weight[EVENT_TYPES]; /* of counted events: purchase 1, return -1, view 0, cart 0 */
    double half_life;                /* days; 0 = no decay; age is taken from the last event */
};

void strength_options_init(struct strength_options *options); /* the defaults of DESIGN.md */
bool strength_options_equal(const struct strength_options *a, const struct strength_options *b);

/* One event of a user's sequence. */
struct event {
    int64_t time; /* MOMENT_NONE where the source has none */
    int32_t item;
    enum event_type type;
    float quantity; /* 1 where the source has none */
    float value;    /* rating, weight or unit price; NAN where absent */
};

/* External ids (or titles): one block of bytes, borrowed slices. */
struct names {
    int32_t n;
    int64_t *offset; /* (n + 1) */
    char *bytes;
    int32_t *bucket; /* open-addressing index for names_find; NULL until names_index() */
    uint32_t n_buckets;
};

struct slice names_get(const struct names *names, int32_t index);
int32_t names_find(const struct names *names, struct slice name); /* -1 when absent */

/* Attributes of users or of items ("category" = "Shoes"): each distinct pair of name and value is
 * one value index. A value of several parts ("Action|Comedy") is several values. */
struct attributes {
    struct names names;  /* "category", "brand", … in order of first appearance */
    struct names values; /* the values' texts; the same text under two names is two values */
    int32_t *value_name; /* (values.n) index in names */
    int64_t *offset;     /* (rows + 1) */
    int32_t *value;      /* (offset[rows]) value indexes, ascending in each row */
};

/* Index of name = value, -1 when nobody and nothing has it. O(values). */
int32_t attributes_find(const struct attributes *attributes, struct slice name, struct slice value);

struct dataset {
    int32_t n_users, n_items;
    int64_t n_events;
    struct sparse by_user; /* r(u,i): (n_users, n_items) */
    struct sparse by_item; /* its transpose */

    /* Sequences: user u's events are [sequence[u], sequence[u+1]) in time order. Arrays that would
     * hold only the default are NULL: read them through dataset_event(). */
    int64_t *sequence;     /* (n_users + 1) */
    int32_t *event_item;   /* (n_events) */
    int64_t *event_time;   /* or NULL: the source has no times */
    uint8_t *event_type;   /* or NULL: all purchases */
    float *event_quantity; /* or NULL: all 1 */
    float *event_value;    /* or NULL: all absent */

    struct names user_ids, item_ids, item_titles; /* a title is empty where there is none */
    /* What a model takes from these it saves itself: they can change without a new event, and are
     * not part of the fingerprint. */
    struct attributes user_attributes, item_attributes;
    int64_t *friend_offset; /* (n_users + 1), or NULL: no friendships */
    int32_t *friends;       /* (friend_offset[n_users]) ascending for each user; both ways */

    struct strength_options options;
    int64_t first_time, last_time;   /* MOMENT_NONE without times */
    double mean_rating, mean_weight; /* over all such events; NAN where there are none */
    int64_t events_seen;             /* id of the last workspace event that is in here */
    /* Of events, strengths, ids and options: not of titles. 0 = not taken: dataset_identify(). */
    uint64_t fingerprint;
};

struct event dataset_event(const struct dataset *dataset, int64_t index);

/* The fingerprint, taken now where it was not: O(events). */
uint64_t dataset_identify(const struct dataset *dataset);

/* Bytes that it holds. */
int64_t dataset_memory(const struct dataset *dataset);

const struct dataset *dataset_retain(const struct dataset *dataset);
void dataset_release(const struct dataset *dataset); /* NULL is allowed */

/* Makes a dataset: users and items first to last, then events in order of arrival. */
struct dataset_builder;

struct dataset_builder *dataset_builder_new(const struct strength_options *options,
                                            struct error *error);
void dataset_builder_free(struct dataset_builder *builder);
bool dataset_builder_add_user(struct dataset_builder *builder, struct slice id,
                              struct error *error);
bool dataset_builder_add_item(struct dataset_builder *builder, struct slice id, struct slice title,
                              struct error *error);
bool dataset_builder_add_event(struct dataset_builder *builder, int32_t user,
                               const struct event *event, struct error *error);
/* One attribute of a user or an item that was added before; of several with one name the last
 * stands. `value` may have parts cut by '|'. */
bool dataset_builder_set_user(struct dataset_builder *builder, int32_t user, struct slice name,
                              struct slice value, struct error *error);
bool dataset_builder_set_item(struct dataset_builder *builder, int32_t item, struct slice name,
                              struct slice value, struct error *error);
/* One direction; the caller adds the other. */
bool dataset_builder_add_friend(struct dataset_builder *builder, int32_t user, int32_t friend,
                                struct error *error);
/* Frees the builder in every case. NULL with ERROR_MEMORY or ERROR_CANCELLED. */
const struct dataset *dataset_builder_finish(struct dataset_builder *builder, int64_t events_seen,
                                             struct progress *progress, struct error *error);

/* What arrived since a dataset was made: new users and items behind those there are, and events in
 * order of arrival. */
struct arriving_event {
    int32_t user;
    struct event event;
};
struct dataset_delta_events {
    const struct arriving_event *arrivals; /* (n) */
    int64_t n;
    const struct slice *users; /* (n_users) ids */
    int32_t n_users;
    const struct slice *items, *titles; /* (n_items) */
    int32_t n_items;
    int64_t events_seen;
};
/* The dataset that a build of everything would give, without its fingerprint; what the old one
 * holds is copied and not made again. */
const struct dataset *dataset_update(const struct dataset *dataset,
                                     const struct dataset_delta_events *news, struct error *error);

/* The strengths that a list of events (time order) gives, by the rules above: distinct items
 * ascending with strength > 0. item[], strength[], time[] (latest event of the item; may be NULL)
 * have room for n. `now` dates the decay. Returns how many. The one place where events become
 * strengths: dataset_builder_finish() and shoppers both call it. */
int32_t strengths_of_events(const struct strength_options *options, int64_t now,
                            const struct event *events, int32_t n, int32_t *item, float *strength,
                            int64_t *time);

#endif

/* pairs.c - how many pairs of a user and an item have a strength, without reading all events.
 *
 * Every pair with a purchase, a rating or a weight counts among the buyers of its item. Less than
 * that can only be what an event of the index events_odd brings about: those pairs are looked at
 * one by one, with the function that makes the strengths. */
#include "checked.h"

#include <stdlib.h>

struct events {
    struct event *list;
    int32_t *item;
    float *strength;
    int32_t n, capacity;
};

static bool reserve(struct events *events)
{
    if (events->n < events->capacity) return true;
    if (events->capacity > INT32_MAX / 2) return false;
    int32_t capacity = events->capacity ? events->capacity * 2 : 16;
    struct event *list = realloc(events->list, (size_t)capacity * sizeof *list);
    if (list) events->list = list;
    int32_t *item = realloc(events->item, (size_t)capacity * sizeof *item);
    if (item) events->item = item;
    float *strength = realloc(events->strength, (size_t)capacity * sizeof *strength);
    if (strength) events->strength = strength;
    if (!list || !item || !strength) return false;
    events->capacity = capacity;
    return true;
}

/* Reads the events of one pair in time order; *bought says whether the pair counts as a buyer. */
static bool read_pair(struct reader *reader, sqlite3_stmt *rows, struct events *events,
                      bool *bought, struct error *error)
{
    int code;
    events->n = 0;
    *bought = false;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        if (!reserve(events)) return error_memory(error, "the events of a pair");
        struct event *event = &events->list[events->n++];
        *event = (struct event){ 0 };
        if (!checked_event(rows, reader->workspace->path, sqlite3_column_int64(rows, 4), 0, event,
                           error)) {
            sqlite3_reset(rows);
            return false;
        }
        *bought = *bought || event->type == EVENT_PURCHASE || event->type == EVENT_RATING ||
                  event->type == EVENT_WEIGHT;
    }
    sqlite3_reset(rows);
    return reader_done(reader, code, "be read", error);
}

/* Pairs that count as buyers and have no strength. */
static bool count_lost(struct reader *reader, int64_t *lost, struct error *error)
{
    struct strength_options options;
    struct events events = { 0 };
    int code = SQLITE_DONE;
    bool good = true, bought;
    int64_t last_user = INT64_MIN, last_item = INT64_MIN;
    sqlite3_stmt *odd =
        reader_prepare(reader,
                       "SELECT DISTINCT user_id, item_id FROM events INDEXED BY events_odd "
                       "WHERE type = 1 OR (type IN (2, 3) AND (value IS NULL OR value <= 0)) "
                       "ORDER BY user_id, item_id",
                       error);
    sqlite3_stmt *pair =
        odd ? reader_prepare(
                  reader,
                  "SELECT time, type, NULL, value, id FROM events INDEXED BY events_by_user "
                  "WHERE user_id = ?1 AND item_id = ?2 ORDER BY time, id",
                  error)
            : NULL;
    strength_options_init(&options);
    *lost = 0;
    while (pair && good && (code = sqlite3_step(odd)) == SQLITE_ROW) {
        sqlite3_bind_int64(pair, 1, sqlite3_column_int64(odd, 0));
        sqlite3_bind_int64(pair, 2, sqlite3_column_int64(odd, 1));
        good = (last_user < sqlite3_column_int64(odd, 0) ||
                (last_user == sqlite3_column_int64(odd, 0) &&
                 last_item < sqlite3_column_int64(odd, 1)) ||
                checked_refuse(reader->workspace->path, error, "an index is out of order")) &&
               read_pair(reader, pair, &events, &bought, error);
        last_user = sqlite3_column_int64(odd, 0);
        last_item = sqlite3_column_int64(odd, 1);
        if (good && bought)
            *lost += strengths_of_events(&options, MOMENT_NONE, events.list, events.n, events.item,
                                         events.strength, NULL) == 0;
    }
    good = pair && good && reader_done(reader, code, "be read", error);
    sqlite3_finalize(odd);
    sqlite3_finalize(pair);
    free(events.list);
    free(events.item);
    free(events.strength);
    return good;
}

bool workspace_pairs(struct reader *reader, int64_t *pairs, struct error *error)
{
    int64_t lost;
    if (!database_number(reader->db, "SELECT ifnull(sum(buyers), 0) FROM items", pairs))
        return database_error(reader->db, sqlite3_errcode(reader->db), reader->workspace->path,
                              "be read", error);
    reader_sweep_begin(reader);
    const bool good = count_lost(reader, &lost, error);
    reader_sweep_end(reader);
    if (!good) return false;
    *pairs -= lost;
    return true;
}

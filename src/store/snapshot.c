/* snapshot.c - the workspace as a dataset, and its events one by one. */
#include "checked.h"

#include <stdlib.h>

/* Row number to dataset index. Rows are 1..n unless somebody was erased: then they are kept. The
 * row of index i is i + 1 and at most all numbers that are missing, so it is looked for among few.
 */
struct row_map {
    int32_t n;
    int64_t last, bound;
    int32_t *row; /* (capacity), ascending; NULL while row = index + 1 */
    int32_t capacity;
};

static int32_t index_of(const struct row_map *map, int64_t row)
{
    if (row < 1 || row > map->last) return -1;
    if (!map->row) return (int32_t)(row - 1);
    const int64_t gone = map->last - map->n;
    int64_t low = row - 1 - gone > 0 ? row - 1 - gone : 0;
    int64_t high = row < map->n ? row : map->n; /* the index is in [low, high) */
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (map->row[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->n && map->row[low] == row ? (int32_t)low : -1;
}

static bool grow_rows(struct row_map *map, struct error *error)
{
    const int32_t capacity = map->n < INT32_MAX / 2 ? map->n * 2 + 1024 : INT32_MAX;
    int32_t *rows = realloc(map->row, (size_t)capacity * sizeof *rows);
    if (!rows) return error_memory(error, "the list of rows");
    if (!map->row)
        for (int32_t i = 0; i < map->n; i++)
            rows[i] = i + 1;
    map->row = rows;
    map->capacity = capacity;
    return true;
}

/* `what` is "user" or "item". */
static bool map_row(struct row_map *map, const char *path, const char *what, int64_t row,
                    struct error *error)
{
    if (row <= map->last || row > map->bound)
        return checked_refuse(path, error, "a %s has the number %lld, after %lld", what,
                              (long long)row, (long long)map->last);
    if (row != map->n + 1 || map->row) {
        if (map->n >= map->capacity && !grow_rows(map, error)) return false;
        map->row[map->n] = (int32_t)row;
    }
    map->last = row;
    map->n++;
    return true;
}

static bool read_names(struct reader *reader, bool users, int64_t max,
                       struct dataset_builder *builder, struct row_map *map, struct error *error)
{
    sqlite3_stmt *names =
        reader_prepare(reader,
                       users ? "SELECT row, id FROM users ORDER BY row LIMIT ?1"
                             : "SELECT row, id, title FROM items ORDER BY row LIMIT ?1",
                       error);
    if (!names) return false;
    int code;
    bool good = true;
    sqlite3_bind_int64(names, 1, max);
    while (good && (code = sqlite3_step(names)) == SQLITE_ROW) {
        struct slice id = database_text(names, 1);
        good = map_row(map, reader->workspace->path, users ? "user" : "item",
                       sqlite3_column_int64(names, 0), error) &&
               (users ? dataset_builder_add_user(builder, id, error)
                      : dataset_builder_add_item(builder, id, database_text(names, 2), error));
    }
    sqlite3_finalize(names);
    return good && reader_done(reader, code, "be read", error);
}

/* Events of a past may name who came later or is gone; those of today may not. */
static bool read_event(sqlite3_stmt *row, const char *path, bool past, int64_t *before,
                       struct dataset_builder *builder, const struct row_map *users,
                       const struct row_map *items, struct error *error)
{
    const int64_t id = sqlite3_column_int64(row, 0);
    const int32_t user = index_of(users, sqlite3_column_int64(row, 1));
    struct event event = { .item = index_of(items, sqlite3_column_int64(row, 2)) };
    if (id <= *before) return checked_refuse(path, error, "events are out of order");
    *before = id;
    if (user < 0 || event.item < 0)
        return past || checked_refuse(path, error, "event %lld is of a %s that is not there",
                                      (long long)id, user < 0 ? "user" : "item");
    return checked_event(row, path, id, 3, &event, error) &&
           dataset_builder_add_event(builder, user, &event, error);
}

static bool read_events(struct reader *reader, const struct workspace_past *past, int64_t last,
                        struct dataset_builder *builder, const struct row_map *users,
                        const struct row_map *items, struct progress *progress, struct error *error)
{
    sqlite3_stmt *events = reader_prepare(reader,
                                          "SELECT id, user_id, item_id, time, type, quantity, "
                                          "value FROM events WHERE id <= ?1 ORDER BY id",
                                          error);
    if (!events) return false;
    int code;
    int64_t n = 0, before = 0;
    bool good = true;
    sqlite3_bind_int64(events, 1, last);
    while (good && (code = sqlite3_step(events)) == SQLITE_ROW) {
        good = read_event(events, reader->workspace->path, past != NULL, &before, builder, users,
                          items, error);
        if (good && (++n & 4095) == 0) {
            progress_add(progress, 4096);
            if (progress_cancelled(progress)) good = error_set(error, ERROR_CANCELLED, "cancelled");
        }
    }
    sqlite3_finalize(events);
    return good && reader_done(reader, code, "be read", error);
}

/* One sweep in the order of the table, which is by name: an attribute's users come one after the
 * other. The names are few and are looked up when they change. */
static bool read_attributes(struct reader *reader, bool users, struct dataset_builder *builder,
                            const struct row_map *map, const struct progress *progress,
                            struct error *error)
{
    sqlite3_stmt *names =
        reader_prepare(reader, "SELECT name FROM attribute_names WHERE id = ?1", error);
    sqlite3_stmt *facts =
        names ? reader_prepare(reader,
                               users ? "SELECT name_id, user_id, value FROM user_attributes "
                                       "ORDER BY name_id, user_id"
                                     : "SELECT name_id, item_id, value FROM item_attributes "
                                       "ORDER BY name_id, item_id",
                               error)
              : NULL;
    int code = SQLITE_DONE;
    int64_t name_id = 0, last_name = INT64_MIN, last_row = INT64_MIN, n = 0;
    bool good = facts != NULL;
    while (good && (code = sqlite3_step(facts)) == SQLITE_ROW) {
        if (sqlite3_column_int64(facts, 0) < last_name ||
            (sqlite3_column_int64(facts, 0) == last_name &&
             sqlite3_column_int64(facts, 1) <= last_row)) {
            good = checked_refuse(reader->workspace->path, error, "attributes are out of order");
            break;
        }
        last_name = sqlite3_column_int64(facts, 0);
        last_row = sqlite3_column_int64(facts, 1);
        if (last_name != name_id) {
            name_id = sqlite3_column_int64(facts, 0);
            sqlite3_reset(names);
            sqlite3_bind_int64(names, 1, name_id);
            if (sqlite3_step(names) != SQLITE_ROW) { /* a value without a name says nothing */
                name_id = 0;
                continue;
            }
        }
        const int32_t index = index_of(map, last_row);
        const struct slice name = database_text(names, 0), value = database_text(facts, 2);
        if (index >= 0)
            good = users ? dataset_builder_set_user(builder, index, name, value, error)
                         : dataset_builder_set_item(builder, index, name, value, error);
        if (good && (++n & 4095) == 0 && progress_cancelled(progress))
            good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    sqlite3_finalize(facts);
    sqlite3_finalize(names);
    return good && reader_done(reader, code, "be read", error);
}

static bool read_friendships(struct reader *reader, struct dataset_builder *builder,
                             const struct row_map *map, const struct progress *progress,
                             struct error *error)
{
    sqlite3_stmt *pairs = reader_prepare(
        reader, "SELECT user_id, friend_id FROM friendships ORDER BY user_id, friend_id", error);
    int code = SQLITE_DONE;
    int64_t last_one = INT64_MIN, last_other = INT64_MIN, n = 0;
    bool good = pairs != NULL;
    while (good && (code = sqlite3_step(pairs)) == SQLITE_ROW) {
        const int64_t one = sqlite3_column_int64(pairs, 0), other = sqlite3_column_int64(pairs, 1);
        const int32_t user = index_of(map, one), friend = index_of(map, other);
        if (one < last_one || (one == last_one && other <= last_other)) {
            good = checked_refuse(reader->workspace->path, error, "friendships are out of order");
            break;
        }
        last_one = one;
        last_other = other;
        if (user >= 0 && friend >= 0)
            good = dataset_builder_add_friend(builder, user, friend, error);
        if (good && (++n & 4095) == 0 && progress_cancelled(progress))
            good = error_set(error, ERROR_CANCELLED, "cancelled");
    }
    sqlite3_finalize(pairs);
    return good && reader_done(reader, code, "be read", error);
}

const struct dataset *workspace_dataset(struct reader *reader,
                                        const struct strength_options *options,
                                        const struct workspace_past *past,
                                        struct progress *progress, struct error *error)
{
    const struct dataset *dataset = NULL;
    struct row_map users = { .bound = checked_row_bound(reader->db) }, items = users;
    struct workspace_counts counts;
    struct dataset_builder *builder = NULL;

    reader_sweep_begin(reader);
    /* One transaction, so that users, items and events are of the same moment. */
    if (!database_run(reader->db, reader->workspace->path, "BEGIN", error) ||
        !workspace_counts(reader, &counts, error))
        goto out;
    int64_t last = past ? past->events_seen : counts.last_event;
    progress_begin(progress, "reading events", past ? last : counts.events);
    builder = dataset_builder_new(options, error);
    if (!builder || !read_names(reader, true, past ? past->n_users : -1, builder, &users, error) ||
        !read_names(reader, false, past ? past->n_items : -1, builder, &items, error) ||
        !read_attributes(reader, true, builder, &users, progress, error) ||
        !read_attributes(reader, false, builder, &items, progress, error) ||
        !read_friendships(reader, builder, &users, progress, error) ||
        !read_events(reader, past, last, builder, &users, &items, progress, error))
        goto out;
    dataset = dataset_builder_finish(builder, last, progress, error);
    builder = NULL;
out:
    sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
    reader_sweep_end(reader);
    if (builder) dataset_builder_free(builder);
    free(users.row);
    free(items.row);
    return dataset;
}

/* The item's row id - 1. */
static bool item_of(struct reader *reader, sqlite3_stmt *events, int column, struct event_row *row,
                    struct error *error)
{
    const int64_t item = sqlite3_column_int64(events, column);
    if (item < 1 || item > INT32_MAX)
        return checked_refuse(reader->workspace->path, error, "event %lld is of item number %lld",
                              (long long)row->id, (long long)item);
    row->event.item = (int32_t)(item - 1);
    return true;
}

bool workspace_user_events(struct reader *reader, struct slice user, int64_t since,
                           event_visit *visit, void *context, struct error *error)
{
    /* The plus keeps SQLite at the user's index, whatever it thinks of the newest events. */
    sqlite3_stmt *events = reader_prepare(
        reader,
        "SELECT e.id, ifnull(e.line, 0), i.id, i.title, e.time, e.type, e.quantity, e.value, "
        "e.item_id FROM events e JOIN items i ON i.row = e.item_id "
        "WHERE e.user_id = (SELECT row FROM users WHERE id = ?1) AND +e.id > ?2 ORDER BY e.id",
        error);
    if (!events) return false;
    int code = SQLITE_DONE;
    bool good = true;
    reader_sweep_begin(reader);
    database_bind_text(events, 1, user);
    sqlite3_bind_int64(events, 2, since);
    while (good && (code = sqlite3_step(events)) == SQLITE_ROW) {
        struct event_row row = {
            .id = sqlite3_column_int64(events, 0),
            .line = sqlite3_column_int64(events, 1),
            .item = database_text(events, 2),
            .title = database_text(events, 3),
        };
        good = checked_event(events, reader->workspace->path, row.id, 4, &row.event, error) &&
               item_of(reader, events, 8, &row, error) && visit(context, &row, error);
    }
    reader_sweep_end(reader);
    sqlite3_finalize(events);
    return good && reader_done(reader, code, "be read", error);
}

bool workspace_each_event(struct reader *reader, event_visit *visit, void *context,
                          struct error *error)
{
    sqlite3_stmt *events = reader_prepare(
        reader,
        "SELECT e.id, ifnull(e.line, 0), u.id, i.id, i.title, e.time, e.type, e.quantity, e.value, "
        "e.item_id FROM events e JOIN users u ON u.row = e.user_id JOIN items i ON i.row = "
        "e.item_id "
        "ORDER BY e.id",
        error);
    if (!events) return false;
    int code;
    bool good = true;
    int64_t before = 0;
    reader_sweep_begin(reader);
    while (good && (code = sqlite3_step(events)) == SQLITE_ROW) {
        struct event_row row = {
            .id = sqlite3_column_int64(events, 0),
            .line = sqlite3_column_int64(events, 1),
            .user = database_text(events, 2),
            .item = database_text(events, 3),
            .title = database_text(events, 4),
        };
        good = row.id > before ||
               checked_refuse(reader->workspace->path, error, "events are out of order");
        before = row.id;
        good = good &&
               checked_event(events, reader->workspace->path, row.id, 5, &row.event, error) &&
               item_of(reader, events, 9, &row, error) && visit(context, &row, error);
    }
    reader_sweep_end(reader);
    sqlite3_finalize(events);
    return good && reader_done(reader, code, "be read", error);
}

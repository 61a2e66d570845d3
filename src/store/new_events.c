/* new_events.c - what was appended to a workspace since a dataset was made of it.
 *
 * Users and items are appended and never renumbered, so the new ones are the last rows. An event
 * names rows: those of newcomers count on from there, an older row is its index + 1 or, where
 * somebody was erased, is looked up by its id. */
#include "checked.h"

#include <stdlib.h>

struct list { /* of newcomers */
    struct slice *ids, *titles;
    size_t *at; /* (n) of ids, then (n) of titles, into bytes; and their lengths */
    int64_t first_row;
    bool gap; /* between their rows */
    int32_t n;
    struct text bytes;
};

struct news {
    struct reader *reader;
    const struct dataset *dataset;
    struct list users, items;
    sqlite3_stmt *user_id, *item_id;
    bool users_dense, items_dense;
    struct arriving_event *arrivals;
    int64_t n, capacity;
};

static void list_fini(struct list *list)
{
    free(list->ids);
    free(list->titles);
    free(list->at);
    text_fini(&list->bytes);
}

/* The last n rows of a table, in order. */
static bool read_newcomers(struct news *news, struct list *list, const char *sql, int64_t n,
                           struct error *error)
{
    int code;
    if (n == 0) return true;
    list->ids = calloc((size_t)n, sizeof *list->ids);
    list->titles = calloc((size_t)n, sizeof *list->titles);
    list->at = calloc((size_t)n * 2, sizeof *list->at);
    if (!list->ids || !list->titles || !list->at) return error_memory(error, "newcomers");
    sqlite3_stmt *rows = reader_prepare(news->reader, sql, error);
    if (!rows) return false;
    sqlite3_bind_int64(rows, 1, n);
    while ((code = sqlite3_step(rows)) == SQLITE_ROW && list->n < n) {
        const int64_t row = sqlite3_column_int64(rows, 0);
        if (list->n == 0) list->first_row = row;
        list->gap = list->gap || row != list->first_row + list->n;
        const struct slice id = database_text(rows, 1), title = database_text(rows, 2);
        list->at[2 * list->n] = list->bytes.length;
        text_add(&list->bytes, id.bytes, id.length);
        list->at[2 * list->n + 1] = list->bytes.length;
        text_add(&list->bytes, title.bytes, title.length);
        list->ids[list->n].length = id.length;
        list->titles[list->n++].length = title.length;
    }
    sqlite3_finalize(rows);
    if (list->bytes.failed) return error_memory(error, "newcomers");
    for (int32_t i = 0; i < list->n; i++) {
        list->ids[i].bytes = list->bytes.bytes + list->at[2 * i];
        list->titles[i].bytes = list->bytes.bytes + list->at[2 * i + 1];
    }
    return reader_done(news->reader, code, "be read", error);
}

/* Index of a row in the dataset to be; -1 where there is none. */
static int32_t index_of(struct news *news, bool user, int64_t row)
{
    const struct list *list = user ? &news->users : &news->items;
    const int32_t known = user ? news->dataset->n_users : news->dataset->n_items;
    if (list->n > 0 && row >= list->first_row) {
        const int64_t place = row - list->first_row;
        return place < list->n ? known + (int32_t)place : -1;
    }
    if (user ? news->users_dense : news->items_dense)
        return row >= 1 && row <= known ? (int32_t)(row - 1) : -1;
    sqlite3_stmt *find = user ? news->user_id : news->item_id;
    sqlite3_bind_int64(find, 1, row);
    int32_t index = -1;
    if (sqlite3_step(find) == SQLITE_ROW)
        index = names_find(user ? &news->dataset->user_ids : &news->dataset->item_ids,
                           database_text(find, 0));
    sqlite3_reset(find);
    return index;
}

static bool read_arrivals(struct news *news, int64_t last, struct error *error)
{
    int code;
    sqlite3_stmt *events =
        reader_prepare(news->reader,
                       "SELECT id, user_id, item_id, time, type, quantity, value FROM events "
                       "WHERE id > ?1 AND id <= ?2 ORDER BY id",
                       error);
    if (!events) return false;
    sqlite3_bind_int64(events, 1, news->dataset->events_seen);
    sqlite3_bind_int64(events, 2, last);
    bool good = true;
    while (good && (code = sqlite3_step(events)) == SQLITE_ROW) {
        const int32_t user = index_of(news, true, sqlite3_column_int64(events, 1));
        struct event event = { .item = index_of(news, false, sqlite3_column_int64(events, 2)) };
        if (user < 0 || event.item < 0) continue;
        good = checked_event(events, news->reader->workspace->path, sqlite3_column_int64(events, 0),
                             3, &event, error);
        if (!good) break;
        if (news->n == news->capacity) {
            int64_t capacity = news->capacity ? news->capacity * 2 : 256;
            struct arriving_event *grown =
                realloc(news->arrivals, (size_t)capacity * sizeof *grown);
            if (!grown) {
                good = error_memory(error, "events that arrived");
                break;
            }
            news->arrivals = grown;
            news->capacity = capacity;
        }
        news->arrivals[news->n++] = (struct arriving_event){ user, event };
    }
    sqlite3_finalize(events);
    return good && reader_done(news->reader, code, "be read", error);
}

static bool read_news(struct news *news, const struct workspace_counts *counts, struct error *error)
{
    const struct dataset *dataset = news->dataset;
    int64_t users = 0, items = 0;
    if (!database_number(news->reader->db, "SELECT ifnull(max(row), 0) FROM users", &users) ||
        !database_number(news->reader->db, "SELECT ifnull(max(row), 0) FROM items", &items))
        return database_error(news->reader->db, sqlite3_errcode(news->reader->db),
                              news->reader->workspace->path, "be read", error);
    news->users_dense = users == counts->users;
    news->items_dense = items == counts->items;
    news->user_id = reader_prepare(news->reader, "SELECT id FROM users WHERE row = ?1", error);
    news->item_id = news->user_id
                        ? reader_prepare(news->reader, "SELECT id FROM items WHERE row = ?1", error)
                        : NULL;
    return news->item_id &&
           read_newcomers(news, &news->users,
                          "SELECT row, id, '' FROM (SELECT row, id FROM users ORDER BY row DESC "
                          "LIMIT ?1) ORDER BY row",
                          counts->users - dataset->n_users, error) &&
           read_newcomers(news, &news->items,
                          "SELECT row, id, title FROM (SELECT row, id, title FROM items ORDER BY "
                          "row DESC LIMIT ?1) ORDER BY row",
                          counts->items - dataset->n_items, error) &&
           read_arrivals(news, counts->last_event, error);
}

bool workspace_follow(struct reader *reader, const struct dataset *dataset,
                      const struct dataset **newer, struct error *error)
{
    struct workspace_counts counts;
    struct news news = { .reader = reader, .dataset = dataset };
    bool good = database_run(reader->db, reader->workspace->path, "BEGIN", error) &&
                workspace_counts(reader, &counts, error);
    *newer = NULL;
    if (!good) goto out;
    const int64_t n = counts.last_event - dataset->events_seen;
    if (n < 0 || counts.users < dataset->n_users || counts.items < dataset->n_items ||
        n > dataset->n_events / 4 + 1000 ||
        counts.users - dataset->n_users > dataset->n_users / 4 + 1000 ||
        counts.items - dataset->n_items > dataset->n_items / 4 + 1000)
        goto out; /* so much is read anew in less time */
    good = read_news(&news, &counts, error);
    if (!good || news.users.gap || news.items.gap) goto out;
    const struct dataset_delta_events report = { .arrivals = news.arrivals,
                                                 .n = news.n,
                                                 .users = news.users.ids,
                                                 .n_users = news.users.n,
                                                 .items = news.items.ids,
                                                 .titles = news.items.titles,
                                                 .n_items = news.items.n,
                                                 .events_seen = counts.last_event };
    *newer = dataset_update(dataset, &report, error);
    good = *newer != NULL;
out:
    sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
    sqlite3_finalize(news.user_id);
    sqlite3_finalize(news.item_id);
    list_fini(&news.users);
    list_fini(&news.items);
    free(news.arrivals);
    return good;
}

/* rescue_settle.c - what is counted and searched, made anew from the rows that were saved. */
#include "rescue_private.h"

#include "months.h"

static bool set_months(struct writer *writer, sqlite3_stmt *set, int64_t item,
                       const struct months *months, struct error *error)
{
    unsigned char packed[MONTHS_BYTES];

    if (item == 0 || !months->last) return true;
    months_pack(months, packed);
    sqlite3_bind_int64(set, 1, item);
    sqlite3_bind_blob(set, 2, packed, sizeof packed, SQLITE_STATIC);
    return writer_step(writer, set, error);
}

/* Orders of each item by month. */
static bool count_months(struct writer *writer, struct error *error)
{
    struct months months = { 0 };
    int64_t item = 0;
    int code = SQLITE_DONE;
    sqlite3_stmt *set = database_prepare(writer->db, writer_path(writer),
                                         "UPDATE items SET months = ?2 WHERE row = ?1", error);
    sqlite3_stmt *times =
        set ? database_prepare(writer->db, writer_path(writer),
                               "SELECT item_id, time FROM events INDEXED BY events_by_item WHERE "
                               "type IN (0, 2, 3) AND time IS NOT NULL ORDER BY item_id, time",
                               error)
            : NULL;
    bool good = times != NULL;
    while (good && (code = sqlite3_step(times)) == SQLITE_ROW) {
        if (sqlite3_column_int64(times, 0) != item) {
            good = set_months(writer, set, item, &months, error);
            months = (struct months){ 0 };
            item = sqlite3_column_int64(times, 0);
        }
        months_add(&months, month_of(sqlite3_column_int64(times, 1)), 1);
    }
    good = good && (code == SQLITE_DONE || writer_fail(writer, error)) &&
           set_months(writer, set, item, &months, error);
    sqlite3_finalize(times);
    sqlite3_finalize(set);
    return good;
}

static bool index_words(struct writer *writer, bool users, struct error *error)
{
    int code = SQLITE_DONE;
    sqlite3_stmt *index = writer_statement(writer, users ? W_INDEX_USER : W_INDEX_ITEM, error);
    sqlite3_stmt *rows = index ? database_prepare(writer->db, writer_path(writer),
                                                  users ? "SELECT row, id, name FROM users"
                                                        : "SELECT row, id, title FROM items",
                                                  error)
                               : NULL;
    bool good = rows != NULL;
    while (good && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        search_words(&writer->words, database_text(rows, 1), database_text(rows, 2));
        good = !writer->words.failed || error_memory(error, "search words");
        sqlite3_bind_int64(index, 1, sqlite3_column_int64(rows, 0));
        database_bind_text(index, 2, (struct slice){ writer->words.bytes, writer->words.length });
        good = good && writer_step(writer, index, error);
    }
    sqlite3_finalize(rows);
    return good && (code == SQLITE_DONE || writer_fail(writer, error));
}

#define MONEY                                                                                      \
    "ifnull(sum(CASE WHEN value IS NULL THEN 0 WHEN type = 0 THEN abs(ifnull(quantity, 1)) * "     \
    "value WHEN type = 1 THEN -abs(ifnull(quantity, 1)) * value ELSE 0 END), 0), "
#define ORDERS "ifnull(sum(type IN (0, 2, 3)), 0), "

bool rescue_settle(struct rescue *rescue, struct error *error)
{
    static const char *const steps[] = {
        "DELETE FROM friendships WHERE (friend_id, user_id) NOT IN (SELECT user_id, friend_id FROM "
        "friendships)",
        "DELETE FROM user_attributes WHERE name_id NOT IN (SELECT id FROM attribute_names)",
        "DELETE FROM item_attributes WHERE name_id NOT IN (SELECT id FROM attribute_names)",
        "UPDATE attribute_names SET uses = (SELECT count(*) FROM user_attributes WHERE name_id = "
        "attribute_names.id) + (SELECT count(*) FROM item_attributes WHERE name_id = "
        "attribute_names.id)",
        "UPDATE users SET (events, orders, spend, first, last) = (SELECT count(*), " ORDERS MONEY
        "min(time), max(time) FROM events WHERE user_id = users.row), friends = (SELECT count(*) "
        "FROM friendships WHERE user_id = users.row)",
        "UPDATE items SET (events, orders, buyers, revenue, first, last) = (SELECT "
        "count(*), " ORDERS "count(DISTINCT CASE WHEN type IN (0, 2, 3) THEN user_id END), " MONEY
        "min(time), max(time) FROM events WHERE item_id = items.row)",
        "UPDATE meta SET value = (SELECT count(*) FROM users) WHERE name = 'users'",
        "UPDATE meta SET value = (SELECT count(*) FROM items) WHERE name = 'items'",
        "UPDATE meta SET value = (SELECT count(*) FROM events) WHERE name = 'events'",
        "UPDATE meta SET value = (SELECT ifnull(max(id), 0) FROM events) WHERE name = 'last_event'",
        "UPDATE meta SET value = (SELECT count(*) / 2 FROM friendships) WHERE name = 'friendships'",
        "UPDATE meta SET value = (SELECT min(time) FROM events) WHERE name = 'first_time'",
        "UPDATE meta SET value = (SELECT max(time) FROM events) WHERE name = 'last_time'",
        "UPDATE meta SET value = (SELECT count(*) FROM users WHERE events = 0) WHERE name = "
        "'users_without_events'",
        "UPDATE meta SET value = (SELECT count(*) FROM items WHERE events = 0) WHERE name = "
        "'items_without_events'",
        "UPDATE meta SET value = (SELECT count(*) FROM events WHERE 'type_' || type = meta.name) "
        "WHERE name GLOB 'type_[0-5]'",
    };
    struct writer *writer = rescue->writer;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (!database_run(writer->db, writer_path(writer), steps[i], error)) return false;
        if (progress_cancelled(rescue->progress))
            return error_set(error, ERROR_CANCELLED, "cancelled");
    }
    return count_months(writer, error) && index_words(writer, true, error) &&
           index_words(writer, false, error);
}

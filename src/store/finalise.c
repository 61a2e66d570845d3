/* finalise.c - the end of a transaction: what follows from its records. */
#include "checked.h"
#include "health.h"
#include "writer_private.h"

#include <stdio.h>
#include <stdlib.h>

/* What users and items have in common, as ?1 to ?6. */
static void bind_counts(sqlite3_stmt *count, const struct entity *entity)
{
    sqlite3_bind_int64(count, 1, entity->row);
    sqlite3_bind_int64(count, 2, entity->orders);
    sqlite3_bind_double(count, 3, entity->money);
    database_bind_moment(count, 4, entity->first);
    database_bind_moment(count, 5, entity->last);
    sqlite3_bind_int64(count, 6, entity->events);
}

static bool count_user(struct writer *writer, const struct entity *user, struct error *error)
{
    sqlite3_stmt *count = writer_statement(writer, W_COUNT_USER, error);
    if (!count) return false;
    bind_counts(count, user);
    sqlite3_bind_int64(count, 7, user->friends);
    return writer_step(writer, count, error);
}

/* Distinct users with an order of the item, by marking them with the item's row. */
static bool buyers(struct writer *writer, int64_t item, int64_t *n, struct error *error)
{
    sqlite3_stmt *events = writer_statement(writer, W_BUYERS, error);
    if (!events) return false;
    int code;
    *n = 0;
    sqlite3_bind_int64(events, 1, item);
    while ((code = sqlite3_step(events)) == SQLITE_ROW) {
        int64_t user = sqlite3_column_int64(events, 0);
        if (user < 1 || user > writer->last_user) {
            sqlite3_reset(events);
            writer->failed = true;
            return checked_refuse(writer_path(writer), error, "item %lld was bought by user %lld",
                                  (long long)item, (long long)user);
        }
        if (writer->seen[user] == (int32_t)item) continue;
        writer->seen[user] = (int32_t)item;
        ++*n;
    }
    sqlite3_reset(events);
    return code == SQLITE_DONE || writer_fail(writer, error);
}

/* The item's months as they were, with those of this transaction. */
static bool add_months(struct writer *writer, const struct entity *item, struct months *months,
                       struct error *error)
{
    *months = (struct months){ 0 };
    if (!item->fresh) {
        sqlite3_stmt *before = writer_statement(writer, W_ITEM_MONTHS, error);
        if (!before) return false;
        sqlite3_bind_int64(before, 1, item->row);
        int code = sqlite3_step(before);
        if (code == SQLITE_ROW)
            months_unpack(months, sqlite3_column_blob(before, 0),
                          (size_t)sqlite3_column_bytes(before, 0));
        sqlite3_reset(before);
        if (code != SQLITE_ROW) return writer_fail(writer, error);
    }
    months_merge(months, &writer->items.months[item - writer->items.list]);
    return true;
}

static bool count_item(struct writer *writer, const struct entity *item, struct error *error)
{
    struct months months;
    unsigned char packed[MONTHS_BYTES];
    int64_t n = 0;
    if (writer->recount && !buyers(writer, item->row, &n, error)) return false;
    if (!add_months(writer, item, &months, error)) return false;
    sqlite3_stmt *count = writer_statement(writer, W_COUNT_ITEM, error);
    if (!count) return false;
    bind_counts(count, item);
    if (writer->recount)
        sqlite3_bind_int64(count, 7, n);
    else
        sqlite3_bind_null(count, 7);
    sqlite3_bind_int64(count, 8, item->buyers);
    months_pack(&months, packed);
    if (months.last)
        sqlite3_bind_blob(count, 9, packed, sizeof packed, SQLITE_STATIC);
    else
        sqlite3_bind_null(count, 9);
    return writer_step(writer, count, error);
}

static bool index_words(struct writer *writer, bool users, const struct entity *entity,
                        struct slice id, struct error *error)
{
    sqlite3_stmt *name = writer_statement(writer, users ? W_USER_NAME : W_ITEM_NAME, error);
    sqlite3_stmt *index =
        name ? writer_statement(writer, users ? W_INDEX_USER : W_INDEX_ITEM, error) : NULL;
    if (!index) return false;
    sqlite3_bind_int64(name, 1, entity->row);
    int code = sqlite3_step(name);
    search_words(&writer->words, id, code == SQLITE_ROW ? database_text(name, 1) : slice_of(NULL));
    sqlite3_reset(name);
    if (code != SQLITE_ROW) return writer_fail(writer, error);
    if (writer->words.failed) return error_memory(error, "search words");
    sqlite3_bind_int64(index, 1, entity->row);
    database_bind_text(index, 2, (struct slice){ writer->words.bytes, writer->words.length });
    return writer_step(writer, index, error);
}

/* Counters and search words of all entities; *with_events = those that had their first event. */
static bool finalise_entities(struct writer *writer, bool users, int64_t *with_events,
                              struct error *error)
{
    const struct entities *entities = users ? &writer->users : &writer->items;
    *with_events = 0;
    for (uint32_t i = 0; i < entities->n; i++) {
        const struct entity *entity = &entities->list[i];
        if ((entity->events || entity->friends) &&
            !(users ? count_user : count_item)(writer, entity, error))
            return false;
        *with_events += entity->events && !entity->had_events;
        if (entity->fresh &&
            !index_words(writer, users, entity, entity_id(entities, entity), error))
            return false;
    }
    return true;
}

static bool add_meta(struct writer *writer, const char *name, int64_t more, struct error *error)
{
    if (more == 0) return true;
    sqlite3_stmt *add = writer_statement(writer, W_ADD_META, error);
    if (!add) return false;
    sqlite3_bind_text(add, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(add, 2, more);
    return writer_step(writer, add, error);
}

/* first_time only moves back, last_time only forward. */
static bool move_time(struct writer *writer, const char *name, int64_t moment, bool earlier,
                      struct error *error)
{
    if (moment == MOMENT_NONE) return true;
    sqlite3_stmt *move = database_prepare(
        writer->db, writer_path(writer),
        earlier ? "UPDATE meta SET value = ?2 WHERE name = ?1 AND (value IS NULL OR value > ?2)"
                : "UPDATE meta SET value = ?2 WHERE name = ?1 AND (value IS NULL OR value < ?2)",
        error);
    if (!move) return false;
    sqlite3_bind_text(move, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(move, 2, moment);
    bool moved = writer_step(writer, move, error);
    sqlite3_finalize(move);
    return moved;
}

/* How many users or items have each attribute, for the order of columns. */
static bool finalise_attributes(struct writer *writer, struct error *error)
{
    for (int32_t i = 0; i < writer->n_names; i++) {
        if (writer->names[i].uses == 0) continue;
        sqlite3_stmt *use = writer_statement(writer, W_USE_ATTRIBUTE, error);
        if (!use) return false;
        sqlite3_bind_int64(use, 1, writer->names[i].id);
        sqlite3_bind_int64(use, 2, writer->names[i].uses);
        if (!writer_step(writer, use, error)) return false;
    }
    return true;
}

/* Who wrote last: health.h. */
static bool leave_mark(struct writer *writer, struct error *error)
{
    char mark[64];
    sqlite3_stmt *set = database_prepare(
        writer->db, writer_path(writer),
        "INSERT INTO meta VALUES ('written_by', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1 "
        "WHERE value IS NOT ?1",
        error);
    if (!set) return false;
    health_mark(mark);
    sqlite3_bind_text(set, 1, mark, -1, SQLITE_STATIC);
    const bool done = writer_step(writer, set, error);
    sqlite3_finalize(set);
    return done;
}

bool writer_finalise(struct writer *writer, struct error *error)
{
    int64_t users_with = 0, items_with = 0;
    if (!event_rows_flush(&writer->events, writer->db)) return writer_fail(writer, error);
    if (writer->bulk && !database_run(writer->db, writer_path(writer), WRITER_INDEXES, error))
        return false;
    if (writer->recount) {
        writer->seen = calloc((size_t)writer->last_user + 1, sizeof *writer->seen);
        if (!writer->seen) return error_memory(error, "counting buyers");
    }
    if (!finalise_entities(writer, true, &users_with, error) ||
        !finalise_entities(writer, false, &items_with, error) ||
        !finalise_attributes(writer, error))
        return false;

    struct {
        const char *name;
        int64_t more;
    } const sums[] = {
        { "users", writer->users_added },
        { "items", writer->items_added },
        { "events", writer->events_added },
        { "last_event", writer->events_added },
        { "friendships", writer->friendships_added },
        { "users_without_events", writer->users_added - users_with },
        { "items_without_events", writer->items_added - items_with },
        { "version", 1 },
        { "content", writer->changed },
    };
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        if (!add_meta(writer, sums[i].name, sums[i].more, error)) return false;
    /* A workspace of version 1 had no such row. */
    if (writer->facts &&
        !database_run(writer->db, writer_path(writer),
                      "INSERT INTO meta VALUES ('facts', 1) ON CONFLICT (name) DO UPDATE SET "
                      "value = value + 1",
                      error))
        return false;
    if (!leave_mark(writer, error)) return false;
    for (int type = 0; type < EVENT_TYPES; type++) {
        char name[24];
        snprintf(name, sizeof name, "type_%d", type);
        if (!add_meta(writer, name, writer->type_added[type], error)) return false;
    }
    return move_time(writer, "first_time", writer->first_time, true, error) &&
           move_time(writer, "last_time", writer->last_time, false, error);
}

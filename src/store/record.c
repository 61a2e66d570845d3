/* record.c - records into rows: the hot path of every import. */
#include "purchase_pairs.h"
#include "writer_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_ASKED = 50000 };

/* The entity of an external id, made where it is new. `users` says of which kind. */
static struct entity *resolve(struct writer *writer, bool users, struct slice id,
                              struct error *error)
{
    struct entities *entities = users ? &writer->users : &writer->items;
    struct entity *entity = entities_find(entities, id);
    if (entity) return entity;

    sqlite3_stmt *find = writer_statement(writer, users ? W_FIND_USER : W_FIND_ITEM, error);
    if (!find) return NULL;
    database_bind_text(find, 1, id);
    int code = sqlite3_step(find);
    int64_t row = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    bool had_events = code == SQLITE_ROW && sqlite3_column_int(find, 1) != 0;
    sqlite3_reset(find);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        writer_fail(writer, error);
        return NULL;
    }
    bool fresh = row == 0;
    if (fresh) {
        sqlite3_stmt *add = writer_statement(writer, users ? W_ADD_USER : W_ADD_ITEM, error);
        if (!add) return NULL;
        row = (users ? writer->last_user : writer->last_item) + 1;
        sqlite3_bind_int64(add, 1, row);
        database_bind_text(add, 2, id);
        if (!writer_step(writer, add, error)) return NULL;
        *(users ? &writer->last_user : &writer->last_item) = row;
        (*(users ? &writer->users_added : &writer->items_added))++;
    }
    entity = entities_add(entities, id, row, error);
    if (entity) {
        entity->fresh = fresh;
        entity->had_events = had_events;
    }
    return entity;
}

/* Is it the user's first order of the item? Asked event by event only while there are not too many:
 * then finalise.c counts all buyers of the items that were touched. */
static bool count_buyer(struct writer *writer, const struct entity *user, struct entity *item,
                        struct error *error)
{
    struct bought *bought = writer->workspace->bought;
    bool before = false, no_memory = false;
    if (writer->events_added >= EVENTS_ASKED) {
        writer->recount = true;
        purchase_pairs_clear(bought); /* what follows is not noted */
    }
    if (writer->recount) return true;
    sqlite3_stmt *history = writer_statement(writer, W_HISTORY, error);
    if (!history) return false;
    if (!purchase_pairs_note(bought, history, user->row, item->row, &before, &no_memory))
        return no_memory ? error_memory(error, "who bought what") : writer_fail(writer, error);
    item->buyers += !before;
    return true;
}

/* Where nobody reads events until the commit, they may wait for each other. */
static bool add_event(struct writer *writer, const struct entity *user, const struct entity *item,
                      const struct record *record, struct error *error)
{
    const struct event_entry row = { .id = ++writer->last_event,
                                     .user = user->row,
                                     .item = item->row,
                                     .time = record->time,
                                     .type = (int)record->type,
                                     .quantity = record->quantity,
                                     .value = record->value,
                                     .line = record->line,
                                     .import_id = writer->import_id };

    if (event_rows_add(&writer->events, writer->db, &row) &&
        (writer->recount || event_rows_flush(&writer->events, writer->db)))
        return true;
    return writer_fail(writer, error);
}

static bool write_event(struct writer *writer, const struct record *record, struct error *error)
{
    struct entity *user = resolve(writer, true, record->user, error);
    struct entity *item = user ? resolve(writer, false, record->item, error) : NULL;
    if (!item) return false;

    bool bought = record->type == EVENT_PURCHASE, returned = record->type == EVENT_RETURN;
    bool order = bought || record->type == EVENT_RATING || record->type == EVENT_WEIGHT;
    double money = 0;
    if ((bought || returned) && !isnan(record->value))
        money = fabs(record->quantity) * (returned ? -record->value : record->value);
    if (order && !count_buyer(writer, user, item, error)) return false;
    if (!add_event(writer, user, item, record, error)) return false;
    entity_count(&writer->users, user, order, money, record->time);
    entity_count(&writer->items, item, order, money, record->time);
    writer->events_added++;
    writer->type_added[record->type]++;
    if (record->time != MOMENT_NONE) {
        if (writer->first_time == MOMENT_NONE || record->time < writer->first_time)
            writer->first_time = record->time;
        if (writer->last_time == MOMENT_NONE || record->time > writer->last_time)
            writer->last_time = record->time;
    }
    return true;
}

static bool write_friendship(struct writer *writer, const struct record *record,
                             struct error *error)
{
    struct entity *one = resolve(writer, true, record->user, error);
    ptrdiff_t first = one ? one - writer->users.list : 0; /* the next call may move the list */
    struct entity *other = one ? resolve(writer, true, record->other, error) : NULL;
    sqlite3_stmt *add = other ? writer_statement(writer, W_ADD_FRIEND, error) : NULL;
    if (!add) return false;
    one = &writer->users.list[first];
    writer->facts = true;
    if (one == other) return true;
    for (int way = 0; way < 2; way++) {
        sqlite3_bind_int64(add, 1, way == 0 ? one->row : other->row);
        sqlite3_bind_int64(add, 2, way == 0 ? other->row : one->row);
        if (!writer_step(writer, add, error)) return false;
        if (way > 0 || sqlite3_changes(writer->db) == 0) continue;
        writer->friendships_added++;
        one->friends++;
        other->friends++;
    }
    return true;
}

/* Nobody searches for a text across the line between both. FTS5 would end at a NUL. */
void search_words(struct text *out, struct slice id, struct slice name)
{
    text_clear(out);
    text_add_folded(out, id.bytes, id.length);
    text_add(out, "\n", 1);
    text_add_folded(out, name.bytes, name.length);
    for (size_t i = 0; i < out->length; i++)
        if (out->bytes[i] == '\0') out->bytes[i] = '\n';
}

/* Gives a user a name or an item a title, and moves the search index along. Fresh ones are indexed
 * at commit, with the name they have by then. */
static bool set_name(struct writer *writer, bool users, const struct entity *entity,
                     struct slice id, struct slice name, struct error *error)
{
    int64_t row = entity->row;
    if (!entity->fresh) {
        sqlite3_stmt *old = writer_statement(writer, users ? W_USER_NAME : W_ITEM_NAME, error);
        if (!old) return false;
        sqlite3_bind_int64(old, 1, row);
        if (sqlite3_step(old) != SQLITE_ROW) {
            sqlite3_reset(old);
            return writer_fail(writer, error);
        }
        struct slice before = database_text(old, 1);
        bool same = before.length == name.length &&
                    (name.length == 0 || memcmp(before.bytes, name.bytes, name.length) == 0);
        search_words(&writer->words, id, before);
        sqlite3_reset(old);
        if (same) return true;
        static const enum writer_statement ways[2][2] = { { W_UNINDEX_ITEM, W_INDEX_ITEM },
                                                          { W_UNINDEX_USER, W_INDEX_USER } };
        for (int way = 0; way < 2; way++) {
            sqlite3_stmt *index = writer_statement(writer, ways[users][way], error);
            if (!index) return false;
            if (way == 1) search_words(&writer->words, id, name);
            if (writer->words.failed) return error_memory(error, "search words");
            sqlite3_bind_int64(index, 1, row);
            database_bind_text(index, 2,
                               (struct slice){ writer->words.bytes, writer->words.length });
            if (!writer_step(writer, index, error)) return false;
        }
    }
    sqlite3_stmt *set = writer_statement(writer, users ? W_NAME_USER : W_NAME_ITEM, error);
    if (!set) return false;
    sqlite3_bind_int64(set, 1, row);
    database_bind_text(set, 2, name);
    return writer_step(writer, set, error);
}

/* An attribute's name by its number, made where it is new; NULL after filling error. */
static struct attribute_name *attribute_name(struct writer *writer, int subject, struct slice name,
                                             struct error *error)
{
    for (int32_t i = 0; i < writer->n_names; i++) {
        struct attribute_name *known = &writer->names[i];
        if (known->subject == subject && known->length == name.length &&
            memcmp(writer->name_bytes.bytes + known->at, name.bytes, name.length) == 0)
            return known;
    }
    int64_t id = 0;
    sqlite3_stmt *find = writer_statement(writer, W_FIND_ATTRIBUTE, error);
    if (!find) return NULL;
    sqlite3_bind_int(find, 1, subject);
    database_bind_text(find, 2, name);
    if (sqlite3_step(find) == SQLITE_ROW) id = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (id == 0) {
        sqlite3_stmt *add = writer_statement(writer, W_ADD_ATTRIBUTE, error);
        if (!add) return NULL;
        sqlite3_bind_int(add, 1, subject);
        database_bind_text(add, 2, name);
        if (!writer_step(writer, add, error)) return NULL;
        id = sqlite3_last_insert_rowid(writer->db);
    }
    struct attribute_name *names =
        realloc(writer->names, ((size_t)writer->n_names + 1) * sizeof *names);
    if (names) writer->names = names;
    size_t at = writer->name_bytes.length;
    text_add(&writer->name_bytes, name.bytes, name.length);
    if (!names || writer->name_bytes.failed) {
        error_memory(error, "an attribute");
        return NULL;
    }
    names[writer->n_names] = (struct attribute_name){ id, at, name.length, subject, 0 };
    return &names[writer->n_names++];
}

static bool step_attribute(struct writer *writer, enum writer_statement which, int64_t name,
                           int64_t row, struct slice value, struct error *error)
{
    sqlite3_stmt *statement = writer_statement(writer, which, error);
    if (!statement) return false;
    sqlite3_bind_int64(statement, 1, name);
    sqlite3_bind_int64(statement, 2, row);
    if (which != W_END_USER_ATTRIBUTE && which != W_END_ITEM_ATTRIBUTE)
        database_bind_text(statement, 3, value);
    return writer_step(writer, statement, error);
}

/* An empty value takes the attribute away. */
static bool set_attribute(struct writer *writer, bool users, const struct entity *entity,
                          const struct attribute *attribute, struct error *error)
{
    struct attribute_name *name = attribute_name(writer, users ? 0 : 1, attribute->name, error);
    int64_t row = entity->row;
    if (!name) return false;
    if (attribute->value.length == 0) {
        if (entity->fresh) return true;
        if (!step_attribute(writer, users ? W_END_USER_ATTRIBUTE : W_END_ITEM_ATTRIBUTE, name->id,
                            row, attribute->value, error))
            return false;
        name->uses -= sqlite3_changes(writer->db);
        return true;
    }
    if (!step_attribute(writer, users ? W_ADD_USER_ATTRIBUTE : W_ADD_ITEM_ATTRIBUTE, name->id, row,
                        attribute->value, error))
        return false;
    if (sqlite3_changes(writer->db) > 0) {
        name->uses++;
        return true;
    }
    return step_attribute(writer, users ? W_SET_USER_ATTRIBUTE : W_SET_ITEM_ATTRIBUTE, name->id,
                          row, attribute->value, error);
}

static bool write_facts(struct writer *writer, bool users, const struct record *record,
                        struct error *error)
{
    struct slice id = users ? record->user : record->item;
    struct entity *entity = resolve(writer, users, id, error);
    if (!entity) return false;
    writer->facts = true;
    if (record->name.length && !set_name(writer, users, entity, id, record->name, error))
        return false;
    for (int32_t i = 0; i < record->n_attributes; i++)
        if (!set_attribute(writer, users, entity, &record->attributes[i], error)) return false;
    return true;
}

static bool write_record(struct writer *writer, const struct record *record, struct error *error)
{
    switch (record->kind) {
    case RECORD_EVENT:
        return write_event(writer, record, error);
    case RECORD_FRIENDSHIP:
        return write_friendship(writer, record, error);
    case RECORD_USER:
        return write_facts(writer, true, record, error);
    case RECORD_ITEM:
        return write_facts(writer, false, record, error);
    case RECORD_LISTED:
        break; /* no fact of the shop */
    }
    return error_set(error, ERROR_INPUT, "a record of an unknown kind");
}

/* Half a record must not be committed: whatever failed, the transaction is spoilt. */
bool writer_record(struct writer *writer, const struct record *record, struct error *error)
{
    writer->changed = true;
    if (!writer->failed && write_record(writer, record, error)) return true;
    if (writer->failed && error && error->code == ERROR_NONE)
        error_set(error, ERROR_DATABASE, "%s: an earlier record failed", writer_path(writer));
    writer->failed = true;
    return false;
}

/* columns.c - the columns of the tables that can be browsed. */
#include "columns.h"

#include <stdlib.h>
#include <string.h>

struct built_in {
    struct table_column column;
    const char *sql;
};

static const struct built_in users[] = {
    { { "id", "ID", CELL_TEXT, 12, 0, true }, "t.id" },
    { { "name", "NAME", CELL_TEXT, 22, 1, true }, "t.name" },
    { { "orders", "ORDERS", CELL_INTEGER, 8, 1, true }, "t.orders" },
    { { "spend", "SPEND", CELL_MONEY, 12, 2, true }, "t.spend" },
    { { "first", "FIRST", CELL_MOMENT, 10, 5, true }, "t.first" },
    { { "last", "LAST", CELL_MOMENT, 10, 2, true }, "t.last" },
    { { "months", "12 MONTHS", CELL_SPARK, 12, 3, false }, "NULL" },
    { { "friends", "FRIENDS", CELL_INTEGER, 8, 4, true }, "t.friends" },
    { { NULL, NULL, CELL_TEXT, 0, 0, false }, NULL },
};

static const struct built_in items[] = {
    { { "id", "ID", CELL_TEXT, 12, 0, true }, "t.id" },
    { { "title", "TITLE", CELL_TEXT, 34, 0, true }, "t.title" },
    { { "buyers", "BUYERS", CELL_INTEGER, 8, 1, true }, "t.buyers" },
    { { "orders", "ORDERS", CELL_INTEGER, 8, 2, true }, "t.orders" },
    { { "revenue", "REVENUE", CELL_MONEY, 12, 3, true }, "t.revenue" },
    { { "first", "FIRST", CELL_MOMENT, 10, 5, true }, "t.first" },
    { { "last", "LAST", CELL_MOMENT, 10, 3, true }, "t.last" },
    { { "months", "12 MONTHS", CELL_SPARK, 12, 4, false }, "t.months" },
    { { NULL, NULL, CELL_TEXT, 0, 0, false }, NULL },
};

static const struct built_in events[] = {
    { { "id", "EVENT", CELL_INTEGER, 9, 3, true }, "t.id" },
    { { "time", "TIME", CELL_MOMENT, 19, 0, true }, "t.time" },
    { { "user", "USER", CELL_TEXT, 12, 0, true }, "u.id" },
    { { "item", "ITEM", CELL_TEXT, 12, 0, true }, "i.id" },
    { { "title", "TITLE", CELL_TEXT, 30, 1, true }, "i.title" },
    { { "type", "TYPE", CELL_TEXT, 9, 2, true },
      "CASE t.type WHEN 0 THEN 'purchase' WHEN 1 THEN 'return' WHEN 2 THEN 'rating' "
      "WHEN 3 THEN 'weight' WHEN 4 THEN 'view' WHEN 5 THEN 'cart' "
      "ELSE 'unknown ' || t.type END" },
    { { "quantity", "QTY", CELL_NUMBER, 6, 3, true }, "ifnull(t.quantity, 1)" },
    { { "value", "VALUE", CELL_NUMBER, 9, 2, true }, "t.value" },
    { { "line", "LINE", CELL_INTEGER, 8, 5, true }, "t.line" },
    { { "import", "IMPORT", CELL_INTEGER, 6, 6, true }, "t.import_id" },
    { { NULL, NULL, CELL_TEXT, 0, 0, false }, NULL },
};

static const struct built_in imports[] = {
    { { "id", "ID", CELL_INTEGER, 5, 0, true }, "t.id" },
    { { "source", "SOURCE", CELL_TEXT, 32, 0, true }, "t.source" },
    { { "format", "FORMAT", CELL_TEXT, 14, 1, true }, "t.format" },
    { { "read", "READ", CELL_INTEGER, 10, 3, true }, "t.read" },
    { { "accepted", "ACCEPTED", CELL_INTEGER, 10, 1, true }, "t.accepted" },
    { { "rejected", "REJECTED", CELL_INTEGER, 10, 2, true }, "t.rejected" },
    { { "at", "AT", CELL_MOMENT, 19, 2, true }, "t.at" },
    { { NULL, NULL, CELL_TEXT, 0, 0, false }, NULL },
};

static const struct built_in audit[] = {
    { { "id", "ID", CELL_INTEGER, 6, 3, true }, "t.id" },
    { { "at", "AT", CELL_MOMENT, 19, 0, true }, "t.at" },
    { { "who", "WHO", CELL_TEXT, 12, 0, true }, "t.who" },
    { { "action", "ACTION", CELL_TEXT, 12, 0, true }, "t.action" },
    { { "subject", "SUBJECT", CELL_TEXT, 20, 1, true }, "t.subject" },
    { { "before", "BEFORE", CELL_TEXT, 14, 1, true },
      "CASE WHEN t.before = '' AND t.action GLOB 'rules *' AND json_valid(t.detail) THEN "
      "ifnull(json_extract(t.detail, '$.changes[0].before'), '') ELSE t.before END" },
    { { "after", "AFTER", CELL_TEXT, 14, 1, true },
      "CASE WHEN t.after = '' AND t.action GLOB 'rules *' AND json_valid(t.detail) THEN "
      "ifnull(json_extract(t.detail, '$.changes[0].after'), '') ELSE t.after END" },
    { { "detail", "DETAIL", CELL_TEXT, 40, 2, true }, "t.detail" },
    { { "undone", "UNDONE BY", CELL_INTEGER, 9, 3, true }, "nullif(t.undone, 0)" },
    { { NULL, NULL, CELL_TEXT, 0, 0, false }, NULL },
};

static const struct built_in runs[] = {
    { { "id", "RUN", CELL_INTEGER, 5, 0, true }, "t.id" },
    { { "kind", "MODEL", CELL_TEXT, 12, 0, true }, "t.kind" },
    { { "active", "ACTIVE", CELL_TEXT, 6, 1, true }, "CASE WHEN t.active THEN 'yes' ELSE '' END" },
    { { "trained", "TRAINED", CELL_MOMENT, 19, 1, true }, "t.started" },
    { { "seconds", "SECONDS", CELL_NUMBER, 9, 2, true }, "t.seconds" },
    { { "events", "EVENTS", CELL_INTEGER, 10, 2, true }, "t.events_seen" },
    { { "users", "USERS", CELL_INTEGER, 9, 4, true }, "t.n_users" },
    { { "items", "ITEMS", CELL_INTEGER, 9, 4, true }, "t.n_items" },
    { { "bytes", "BYTES", CELL_INTEGER, 11, 4, true }, "t.bytes" },
    { { "peak", "PEAK BYTES", CELL_INTEGER, 11, 4, true }, "t.peak_bytes" },
    { { "holds", "HOLDS ERASED", CELL_INTEGER, 12, 4, true }, "t.holds" },
    { { "parameters", "PARAMETERS", CELL_TEXT, 30, 3, true }, "t.parameters" },
    { { "metrics", "METRICS", CELL_TEXT, 30, 3, true },
      "CASE WHEN json_valid(t.metrics) THEN json_remove(t.metrics, '$.model') ELSE t.metrics END" },
    { { NULL, NULL, CELL_TEXT, 0, 0, false }, NULL },
};

static const struct {
    const char *name, *from, *key;
    const struct built_in *columns;
    int subject; /* of its attributes; -1: has none */
} tables[TABLE_KINDS] = {
    [TABLE_USERS] = { "users", "FROM users t", "t.row", users, 0 },
    [TABLE_ITEMS] = { "items", "FROM items t", "t.row", items, 1 },
    [TABLE_EVENTS] = { "events",
                       "FROM events t LEFT JOIN users u ON u.row = t.user_id "
                       "LEFT JOIN items i ON i.row = t.item_id",
                       "t.id", events, -1 },
    [TABLE_IMPORTS] = { "imports", "FROM imports t", "t.id", imports, -1 },
    [TABLE_AUDIT] = { "audit", "FROM audit t", "t.id", audit, -1 },
    [TABLE_RUNS] = { "runs", "FROM runs t", "t.id", runs, -1 },
};

const char *table_kind_name(enum table_kind kind)
{
    return tables[kind].name;
}

const char *table_sql(enum table_kind kind)
{
    return tables[kind].from;
}

const char *table_key(enum table_kind kind)
{
    return tables[kind].key;
}

void columns_free(struct columns *columns)
{
    while (columns) {
        struct columns *outdated = columns->outdated;
        for (int32_t i = columns->n_built_in; i < columns->n; i++) {
            free((void *)(uintptr_t)columns->list[i].name);
            free((void *)(uintptr_t)columns->list[i].title);
        }
        free(columns->list);
        free(columns->name_id);
        free(columns);
        columns = outdated;
    }
}

/* An attribute's column has the attribute's name, or that with a number where there is one already:
 * names are told apart without case. */
static bool add_attribute(struct columns *columns, int64_t id, struct slice name)
{
    struct text unique = { 0 }, title = { 0 };
    text_add(&unique, name.bytes, name.length);
    for (int number = 2; !unique.failed && column_find(columns, slice_of(unique.bytes)) >= 0;
         number++) {
        text_clear(&unique);
        text_add(&unique, name.bytes, name.length);
        text_format(&unique, "_%d", number);
    }
    text_add(&title, unique.bytes, unique.length);
    if (unique.failed || title.failed) {
        text_fini(&unique);
        text_fini(&title);
        return false;
    }
    for (char *c = title.bytes; *c; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
    columns->name_id[columns->n] = id;
    columns->list[columns->n++] =
        (struct table_column){ unique.bytes, title.bytes, CELL_TEXT, 12, 4, true };
    return true;
}

static bool load(struct reader *reader, enum table_kind kind, struct columns *columns,
                 struct error *error)
{
    const struct built_in *built_in = tables[kind].columns;
    while (built_in[columns->n_built_in].sql)
        columns->n_built_in++;
    size_t capacity = (size_t)columns->n_built_in + ATTRIBUTE_COLUMNS;
    columns->list = calloc(capacity, sizeof *columns->list);
    columns->name_id = calloc(capacity, sizeof *columns->name_id);
    if (!columns->list || !columns->name_id) return error_memory(error, "columns");
    for (; columns->n < columns->n_built_in; columns->n++)
        columns->list[columns->n] = built_in[columns->n].column;
    if (tables[kind].subject < 0) return true;

    sqlite3_stmt *names =
        reader_prepare(reader,
                       "SELECT id, name FROM attribute_names WHERE subject = ?1 AND uses > 0 "
                       "ORDER BY uses DESC, id LIMIT ?2",
                       error);
    if (!names) return false;
    int code;
    bool good = true;
    sqlite3_bind_int(names, 1, tables[kind].subject);
    sqlite3_bind_int(names, 2, ATTRIBUTE_COLUMNS);
    while (good && (code = sqlite3_step(names)) == SQLITE_ROW)
        good = add_attribute(columns, sqlite3_column_int64(names, 0), database_text(names, 1));
    sqlite3_finalize(names);
    return good ? reader_done(reader, code, "be read", error) : error_memory(error, "columns");
}

const struct columns *columns_of(struct reader *reader, enum table_kind kind, struct error *error)
{
    struct columns *known = reader->columns[kind];
    int64_t version = 0;
    database_number(reader->db, "SELECT count(*) FROM attribute_names WHERE uses > 0", &version);
    if (known && known->version == version) return known;
    struct columns *columns = calloc(1, sizeof *columns);
    if (!columns) {
        error_memory(error, "columns");
        return NULL;
    }
    if (!load(reader, kind, columns, error)) {
        columns_free(columns);
        return NULL;
    }
    columns->version = version;
    columns->outdated = known;
    reader->columns[kind] = columns;
    return columns;
}

const struct table_column *rows_columns(struct reader *reader, enum table_kind kind, int32_t *n,
                                        struct error *error)
{
    const struct columns *columns = columns_of(reader, kind, error);
    *n = columns ? columns->n : 0;
    return columns ? columns->list : NULL;
}

int32_t column_find(const struct columns *columns, struct slice name)
{
    for (int32_t i = 0; i < columns->n; i++)
        if (slice_equal_fold(name, columns->list[i].name)) return i;
    return -1;
}

bool column_missing(const struct columns *columns, struct slice name, struct error *error)
{
    struct text list = { 0 };
    for (int32_t i = 0; i < columns->n; i++)
        text_format(&list, "%s%s", i ? ", " : "", columns->list[i].name);
    error_set(error, ERROR_USAGE, "there is no column '%.*s': there are %.300s", (int)name.length,
              name.bytes, list.bytes ? list.bytes : "none");
    text_fini(&list);
    return false;
}

void column_sql(struct text *sql, enum table_kind kind, const struct columns *columns, int32_t at)
{
    const char *subject = kind == TABLE_USERS ? "user" : "item";
    if (at < columns->n_built_in)
        text_add_string(sql, tables[kind].columns[at].sql);
    else
        text_format(
            sql, "(SELECT value FROM %s_attributes a WHERE a.name_id = %lld AND a.%s_id = t.row)",
            subject, (long long)columns->name_id[at], subject);
}

const char *attribute_sql(enum table_kind kind)
{
    return kind == TABLE_USERS
               ? "SELECT value FROM user_attributes WHERE name_id = ?1 AND user_id = ?2"
               : "SELECT value FROM item_attributes WHERE name_id = ?1 AND item_id = ?2";
}

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
    { { "friends", "FRIENDS", CELL_INTEGER, 8, 4, true },
      "(SELECT count(*) FROM friendships f WHERE f.user_id = t.row)" },
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
    { { "months", "12 MONTHS", CELL_SPARK, 12, 4, false }, "NULL" },
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
      "WHEN 3 THEN 'weight' WHEN 4 THEN 'view' ELSE 'cart' END" },
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
    { { "detail", "DETAIL", CELL_TEXT, 40, 2, true }, "t.detail" },
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

static char *upper_dup(const char *name)
{
    char *title = strdup(name);
    for (char *c = title; c && *c; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 32);
    return title;
}

static void forget(struct columns *columns)
{
    for (int32_t i = columns->n_built_in; i < columns->n; i++) {
        free((void *)(uintptr_t)columns->list[i].name);
        free((void *)(uintptr_t)columns->list[i].title);
    }
    free(columns->list);
    free(columns->name_id);
    memset(columns, 0, sizeof *columns);
}

void columns_fini(struct columns *columns)
{
    forget(columns);
}

/* Attributes in the order in which the data brought them. */
static bool load(struct reader *reader, enum table_kind kind, struct columns *columns,
                 struct error *error)
{
    int32_t room = 0;
    int64_t attributes = 0;
    while (tables[kind].columns[room].sql)
        room++;
    columns->n_built_in = room;
    if (tables[kind].subject >= 0)
        database_number(reader->db, "SELECT count(*) FROM attribute_names", &attributes);
    room += (int32_t)attributes;
    columns->list = calloc((size_t)room, sizeof *columns->list);
    columns->name_id = calloc((size_t)room, sizeof *columns->name_id);
    if (!columns->list || !columns->name_id) return error_memory(error, "columns");
    for (; columns->n < columns->n_built_in; columns->n++)
        columns->list[columns->n] = tables[kind].columns[columns->n].column;
    if (tables[kind].subject < 0) return true;

    sqlite3_stmt *names = reader_prepare(
        reader, "SELECT id, name FROM attribute_names WHERE subject = ?1 ORDER BY id", error);
    if (!names) return false;
    int code;
    bool good = true;
    sqlite3_bind_int(names, 1, tables[kind].subject);
    while (good && (code = sqlite3_step(names)) == SQLITE_ROW && columns->n < room) {
        const char *name = (const char *)sqlite3_column_text(names, 1);
        char *copy = strdup(name ? name : ""), *title = copy ? upper_dup(copy) : NULL;
        good = title != NULL;
        if (!good)
            free(copy);
        else {
            columns->name_id[columns->n] = sqlite3_column_int64(names, 0);
            columns->list[columns->n++] =
                (struct table_column){ copy, title, CELL_TEXT, 12, 4, true };
        }
    }
    sqlite3_finalize(names);
    return good || error_memory(error, "columns");
}

const struct columns *columns_of(struct reader *reader, enum table_kind kind, struct error *error)
{
    struct columns *columns = &reader->columns[kind];
    int64_t version = 0;
    database_number(reader->db, "SELECT count(*) FROM attribute_names", &version);
    if (columns->list && columns->version == version) return columns;
    forget(columns);
    if (!load(reader, kind, columns, error)) {
        forget(columns);
        return NULL;
    }
    columns->version = version;
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

void column_sql(struct text *sql, enum table_kind kind, const struct columns *columns, int32_t at)
{
    if (at < columns->n_built_in)
        text_add_string(sql, tables[kind].columns[at].sql);
    else
        text_format(
            sql, "(SELECT value FROM %s_attributes a WHERE a.%s_id = t.row AND a.name_id = %lld)",
            kind == TABLE_USERS ? "user" : "item", kind == TABLE_USERS ? "user" : "item",
            (long long)columns->name_id[at]);
}

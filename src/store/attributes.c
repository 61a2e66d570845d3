/* attributes.c - the small tables beside one user or item. */
#include "columns.h"

#include <string.h>

/* A page from a query whose first column is the key and the others are cells of the given types. */
static struct page *small_page(struct reader *reader, sqlite3_stmt *rows,
                               const enum cell_type *types, int32_t n_columns, int32_t max,
                               struct error *error)
{
    struct page *page = rows ? page_new(0, max, n_columns, error) : NULL;
    int code = SQLITE_DONE;
    bool good = page != NULL;
    while (good && page->n_rows < max && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        good = page_add_row(page, sqlite3_column_int64(rows, 0));
        for (int32_t i = 0; good && i < n_columns; i++) {
            if (sqlite3_column_type(rows, i + 1) == SQLITE_NULL) continue;
            if (types[i] == CELL_TEXT)
                page_set_text(page, i, database_text(rows, i + 1));
            else if (types[i] == CELL_INTEGER || types[i] == CELL_MOMENT)
                page_set_integer(page, i, sqlite3_column_int64(rows, i + 1));
            else
                page_set_number(page, i, sqlite3_column_double(rows, i + 1));
        }
    }
    sqlite3_finalize(rows);
    if (page && page_finish(page, error) && good && reader_done(reader, code, "be read", error))
        return page;
    page_free(page);
    return NULL;
}

struct page *rows_complete(struct reader *reader, enum table_kind kind, struct slice prefix,
                           int32_t max, struct error *error)
{
    static const enum cell_type types[] = { CELL_TEXT, CELL_TEXT };
    bool users = kind == TABLE_USERS;
    struct text end = { 0 };
    sqlite3_stmt *rows = reader_prepare(
        reader,
        users ? "SELECT row, id, name FROM users WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3"
              : "SELECT row, id, title FROM items WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
        error);
    if (!rows) return NULL;
    /* The first text after all that begin with the prefix; every text comes before a blob. */
    text_add(&end, prefix.bytes, prefix.length);
    while (end.length > 0 && (unsigned char)end.bytes[end.length - 1] == 0xff)
        end.length--;
    database_bind_text(rows, 1, prefix);
    if (end.length > 0) {
        end.bytes[end.length - 1]++;
        database_bind_text(rows, 2, (struct slice){ end.bytes, end.length });
    } else {
        sqlite3_bind_zeroblob(rows, 2, 0);
    }
    sqlite3_bind_int(rows, 3, max);
    struct page *page = small_page(reader, rows, types, 2, max, error);
    text_fini(&end);
    return page;
}

struct page *rows_facts(struct reader *reader, enum table_kind kind, int64_t key,
                        struct error *error)
{
    const struct columns *columns = columns_of(reader, kind, error);
    int64_t keys[] = { key };
    struct selection one = { .query = { .kind = kind }, .n = 1, .key = keys };
    struct page *row = columns ? rows_page(reader, &one, 0, 1, error) : NULL;
    struct page *facts = row ? page_new(0, columns->n, 2, error) : NULL;
    struct text value = { 0 };
    bool good = facts != NULL;
    for (int32_t i = 0; good && i < columns->n && row->n_rows > 0; i++) {
        const struct cell *cell = page_cell(row, 0, i);
        if (cell->absent || columns->list[i].type == CELL_SPARK) continue;
        text_clear(&value);
        if (columns->list[i].type == CELL_TEXT)
            text_add(&value, cell->text.bytes, cell->text.length);
        else
            cell_text(cell, columns->list[i].type, &value);
        good = page_add_row(facts, i + 1);
        page_set_text(facts, 0, slice_of(columns->list[i].name));
        page_set_text(facts, 1, (struct slice){ value.bytes, value.length });
    }
    text_fini(&value);
    page_free(row);
    if (facts && page_finish(facts, error) && good) return facts;
    page_free(facts);
    return NULL;
}

struct page *rows_friends(struct reader *reader, int64_t user, int32_t max, struct error *error)
{
    static const enum cell_type types[] = { CELL_TEXT, CELL_TEXT, CELL_INTEGER, CELL_INTEGER };
    sqlite3_stmt *rows = reader_prepare(
        reader,
        "SELECT u.row, u.id, u.name, u.orders, (SELECT count(*) FROM friendships a JOIN "
        "friendships b "
        "ON a.friend_id = b.friend_id WHERE a.user_id = f.user_id AND b.user_id = f.friend_id) "
        "common "
        "FROM friendships f JOIN users u ON u.row = f.friend_id WHERE f.user_id = ?1 "
        "ORDER BY common DESC, u.row LIMIT ?2",
        error);
    if (!rows) return NULL;
    sqlite3_bind_int64(rows, 1, user);
    sqlite3_bind_int(rows, 2, max);
    return small_page(reader, rows, types, 4, max, error);
}

struct page *rows_taste(struct reader *reader, int64_t user, const char *attribute, int32_t max,
                        struct error *error)
{
    static const enum cell_type types[] = { CELL_TEXT, CELL_INTEGER, CELL_SHARE };
    sqlite3_stmt *rows = reader_prepare(
        reader,
        "SELECT row_number() OVER (ORDER BY count(*) DESC), a.value, count(*) n, "
        "1.0 * count(*) / sum(count(*)) OVER () FROM events e JOIN item_attributes a "
        "ON a.item_id = e.item_id AND a.name_id = (SELECT id FROM attribute_names WHERE subject = "
        "1 "
        "AND name = ?2) WHERE e.user_id = ?1 GROUP BY a.value ORDER BY n DESC, a.value LIMIT ?3",
        error);
    if (!rows) return NULL;
    sqlite3_bind_int64(rows, 1, user);
    sqlite3_bind_text(rows, 2, attribute ? attribute : "category", -1, SQLITE_STATIC);
    sqlite3_bind_int(rows, 3, max);
    return small_page(reader, rows, types, 3, max, error);
}

struct page *rows_bought_with(struct reader *reader, int64_t item, int32_t max, struct error *error)
{
    static const enum cell_type types[] = { CELL_TEXT, CELL_TEXT, CELL_INTEGER };
    sqlite3_stmt *rows = reader_prepare(
        reader,
        "SELECT i.row, i.id, i.title, count(*) n FROM events a JOIN events b ON b.user_id = "
        "a.user_id "
        "AND b.time BETWEEN a.time - 86400 AND a.time + 86400 AND b.item_id <> a.item_id "
        "JOIN items i ON i.row = b.item_id WHERE a.item_id = ?1 GROUP BY i.row "
        "ORDER BY n DESC, i.row LIMIT ?2",
        error);
    if (!rows) return NULL;
    sqlite3_bind_int64(rows, 1, item);
    sqlite3_bind_int(rows, 2, max);
    return small_page(reader, rows, types, 3, max, error);
}

/* A workspace that somebody else made: rows, schema and bytes that no program of ours writes. What
 * makes no sense is refused with a sentence, by whatever reads it first; nothing is written outside
 * of a block, nothing hangs, and no code of the file runs. */
#include "../support/shop_file.h"
#include "../support/workspace_tour.h"

#include <sqlite3.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { USERS = 30, ITEMS = 20, EVENTS = 400 };

struct bench {
    struct shop_file file; /* as our program leaves it */
    char copy[128];
};

static void copy_file(const struct bench *bench)
{
    static char bytes[1 << 20];
    char other[160];
    FILE *in = fopen(bench->file.path, "rb"), *out = fopen(bench->copy, "wb");
    assert_non_null(in);
    assert_non_null(out);
    const size_t n = fread(bytes, 1, sizeof bytes, in);
    assert_true(n < sizeof bytes);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    fclose(out);
    snprintf(other, sizeof other, "%s-wal", bench->copy);
    unlink(other);
}

/* A copy that somebody had their hands in. */
static void change(const struct bench *bench, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    copy_file(bench);
    assert_int_equal(sqlite3_open(bench->copy, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static bool visit(void *context, const struct event_row *row, struct error *error)
{
    (void)error;
    *(size_t *)context += row->item.length;
    return true;
}

/* ---------------------------------------------------------------------------------------- rows */

static void rows_without_sense(void **state)
{
    static const char *const all[] = {
        "UPDATE items SET row = 9223372036854775807 WHERE row = 5",
        "UPDATE items SET row = 4611686018427387904 WHERE row = 5",
        "UPDATE items SET row = 1500000000 WHERE row = 5",
        "UPDATE items SET row = -1 WHERE row = 5",
        "UPDATE items SET row = 0 WHERE row = 5",
        "UPDATE users SET row = 9223372036854775807 WHERE row = 5",
        "UPDATE users SET row = -9223372036854775808 WHERE row = 5",
        "UPDATE users SET row = 4000000000 WHERE row = 5",
        "UPDATE events SET user_id = 99 WHERE id = 5",
        "UPDATE events SET item_id = -3 WHERE id = 5",
        "UPDATE events SET item_id = 4294967297 WHERE id = 5",
        "UPDATE events SET type = -1 WHERE id % 5 = 2",
        "UPDATE events SET type = 1000000 WHERE id % 5 = 1; UPDATE events SET type = 1 WHERE id % "
        "5 = 2",
        "UPDATE events SET type = 77 WHERE id = 5",
        "UPDATE events SET type = 'purchase' WHERE id = 5",
        "UPDATE events SET time = 9223372036854775807 WHERE id = 6",
        "UPDATE events SET time = -9223372036854775808 WHERE id = 6",
        "UPDATE events SET time = 'yesterday' WHERE id = 6",
        "UPDATE events SET quantity = 9e999 WHERE id = 6",
        "UPDATE events SET value = -9e999 WHERE id = 6",
        "UPDATE events SET value = x'00ff' WHERE id = 6",
        "UPDATE events SET id = -7 WHERE id = 7",
        "UPDATE events SET id = 9223372036854775807 WHERE id = 7",
        "UPDATE meta SET value = -5 WHERE name = 'users'",
        "UPDATE meta SET value = 9223372036854775807 WHERE name = 'items'",
        "UPDATE meta SET value = 'many' WHERE name = 'events'",
        "UPDATE meta SET value = 9223372036854775807 WHERE name = 'last_time'",
        "DELETE FROM meta WHERE name = 'events'",
        "DELETE FROM meta WHERE name = 'last_event'",
        "INSERT INTO runs VALUES (1, 'popular', '{', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, '{}', 0)",
        "INSERT INTO runs VALUES (1, 'x' || char(27), '{}', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, '{}', "
        "0)",
        "INSERT INTO runs VALUES (1, 'popular', '{}', 1, 1, 9e999, 1, 1, 1, 1, 1, 1, 1, 0, '{}', "
        "0)",
        "INSERT INTO runs VALUES (1, 'popular', '{}', 1, 1, 1, 1, 1, -1, 1, 1, 1, 1, 0, '{}', 0)",
        "INSERT INTO runs VALUES (1, 'popular', '{}', 1, 1, 1, 1, 1, 1, 5000000000, 1, 1, 1, 0, "
        "'{}', 0)",
        "INSERT INTO runs VALUES (1, 'popular', '{}', 1, 1, 1, 1, 1, 1, 1, 1, -8, 1, 0, '{}', 0)",
    };
    const struct bench *bench = *state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct error error = { 0 };
        change(bench, all[i]);
        if (workspace_tour(bench->copy, &error)) fail_msg("was taken: %s", all[i]);
        if (!strstr(error.text, "the workspace is damaged")) fail_msg("%s: %s", all[i], error.text);
        assert_non_null(strstr(error.text, "rescue"));
    }
}

/* What does no harm is read for what it says. */
static void rows_with_sense(void **state)
{
    static const char *const all[] = {
        "SELECT 1",
        "UPDATE events SET time = NULL WHERE id = 6",
        "UPDATE events SET value = 1e308 WHERE id = 6",
        "UPDATE items SET months = x'ffffffff' || zeroblob(48)",
        "UPDATE items SET months = 'abc', title = zeroblob(1000)",
        "UPDATE users SET spend = 9e999, name = x'ff00fe'",
        "INSERT INTO users (row, id) VALUES (5000000, 'far')",
    };
    const struct bench *bench = *state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct error error = { 0 };
        change(bench, all[i]);
        if (!workspace_tour(bench->copy, &error)) fail_msg("%s: %s", all[i], error.text);
    }
}

/* Rows with gaps, as erasures leave them, keep their places whatever the gaps. */
static void rows_with_gaps(void **state)
{
    const struct bench *bench = *state;
    struct error error = { 0 };
    change(bench, "DELETE FROM events WHERE user_id % 3 = 1 OR user_id > 25 OR user_id < 4; "
                  "DELETE FROM users WHERE row % 3 = 1 OR row > 25 OR row < 4; "
                  "UPDATE events SET user_id = user_id + 1000000 WHERE user_id > 12; "
                  "UPDATE users SET row = row + 1000000 WHERE row > 12; "
                  "UPDATE meta SET value = (SELECT count(*) FROM users) WHERE name = 'users'");
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_READ, &error);
    struct reader *reader = workspace ? reader_open(workspace, &error) : NULL;
    const struct dataset *dataset =
        reader ? workspace_dataset(reader, NULL, NULL, NULL, &error) : NULL;
    if (!dataset) fail_msg("%s", error.text);
    int64_t events = 0;
    for (int32_t user = 0; dataset && user < dataset->n_users; user++) {
        size_t n = 0;
        assert_true(workspace_user_events(reader, names_get(&dataset->user_ids, user), 0, visit, &n,
                                          &error));
        events += dataset->sequence[user + 1] - dataset->sequence[user];
        /* every item's id has two or three letters */
        assert_in_range(n, 2 * (dataset->sequence[user + 1] - dataset->sequence[user]),
                        3 * (dataset->sequence[user + 1] - dataset->sequence[user]));
    }
    assert_true(dataset && events == dataset->n_events && events > 100);
    dataset_release(dataset);
    reader_close(reader);
    workspace_close(workspace);
}

/* -------------------------------------------------------------------------------------- schema */

static void schemas_of_others(void **state)
{
    static const struct {
        const char *sql, *words;
    } all[] = {
        { "CREATE TRIGGER mine AFTER INSERT ON events BEGIN DELETE FROM audit; END", "'mine'" },
        { "CREATE VIEW best AS SELECT * FROM items", "'best'" },
        { "CREATE TABLE keep (n); CREATE TRIGGER t5 AFTER DELETE ON users BEGIN INSERT INTO keep "
          "VALUES (old.name); END",
          "'t5'" },
        { "ALTER TABLE items RENAME TO items_; CREATE VIEW items AS WITH RECURSIVE c (x) AS "
          "(SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS row, 'i' || x AS id FROM c",
          "'items'" },
        { "ALTER TABLE items RENAME TO items_", "lacks 'items'" },
        { "ALTER TABLE users ADD COLUMN big GENERATED ALWAYS AS (hex(zeroblob(100000000)))",
          "'users'" },
        { "ALTER TABLE users ADD COLUMN more TEXT DEFAULT ''", "'users'" },
        { "ALTER TABLE items RENAME COLUMN title TO name", "'items'" },
        { "DROP INDEX events_by_user", "lacks 'events_by_user'" },
        { "DROP INDEX events_by_user; CREATE INDEX events_by_user ON events (user_id)",
          "'events_by_user'" },
        { "CREATE INDEX mine ON users (hex(id))", "'mine'" },
        { "DROP TABLE scenarios; CREATE TABLE SCENARIOS (name)", "'SCENARIOS'" },
        { "DROP TABLE users_search; CREATE TABLE users_search (words)", "'users_search'" },
        { "CREATE TABLE \"\x1b]0;owned\x07\" (n); CREATE VIEW \"\x1b[2J\" AS SELECT 1",
          "\u241b[2J" },
        { "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE runs (' WHERE "
          "name = 'runs'",
          "damaged" },
        { "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'runs'",
          "damaged" },
    };
    const struct bench *bench = *state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct error error = { 0 };
        change(bench, all[i].sql);
        struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
        if (workspace) fail_msg("was taken: %s", all[i].sql);
        if (!strstr(error.text, all[i].words) || !strstr(error.text, "damaged"))
            fail_msg("%s: %s", all[i].sql, error.text);
        assert_null(strchr(error.text, 0x1b));
    }
}

static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return number;
}

/* Tables of others stay as they are, and are said. */
static void tables_of_others(void **state)
{
    const struct bench *bench = *state;
    struct error error = { 0 };
    change(bench, "CREATE TABLE notes (n, text); CREATE INDEX notes_by_n ON notes (n); INSERT INTO "
                  "notes VALUES (1, 'mine'); ANALYZE; CREATE VIRTUAL TABLE words USING fts5 (w)");
    if (!workspace_tour(bench->copy, &error)) fail_msg("%s", error.text);
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
    assert_non_null(workspace);
    assert_non_null(strstr(workspace_others(workspace), "notes"));
    workspace_close(workspace);
    assert_int_equal(ask(bench->copy, "SELECT count(*) FROM notes WHERE text = 'mine'"), 1);
}

/* A trigger that comes while the file is open does not run either. */
static void triggers_never_run(void **state)
{
    const struct bench *bench = *state;
    struct error error = { 0 };
    sqlite3 *db = NULL;
    change(bench, "SELECT 1");
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
    assert_non_null(workspace);
    assert_int_equal(sqlite3_open(bench->copy, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER x AFTER INSERT ON events BEGIN UPDATE users SET "
                                  "name = 'OWNED'; END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    if (!workspace_tour_buy(workspace, false, &error)) fail_msg("%s", error.text);
    workspace_close(workspace);
    assert_int_equal(ask(bench->copy, "SELECT count(*) FROM users WHERE name = 'OWNED'"), 0);
    assert_true(ask(bench->copy, "SELECT count(*) FROM events") > EVENTS);
}

/* --------------------------------------------------------------------------------------- pages */

static void overwrite(const char *path, long from, long to)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, from, SEEK_SET);
    for (long at = from; at < to; at++)
        assert_int_not_equal(fputc((int)(at * 31 % 251), file), EOF);
    fclose(file);
}

/* A file without our mark is looked over before it is believed; one with it is not. */
static void pages_of_others(void **state)
{
    const struct bench *bench = *state;
    struct error error = { 0 };
    const long page = 4096;
    change(bench, "DELETE FROM meta WHERE name = 'written_by'");
    const long leaf = (long)ask(bench->copy, "SELECT rootpage FROM sqlite_schema WHERE name = "
                                             "'friendships'");
    overwrite(bench->copy, (leaf - 1) * page, leaf * page);
    assert_null(workspace_open(bench->copy, WORKSPACE_READ, &error));
    assert_non_null(strstr(error.text, "damaged"));

    change(bench, "DELETE FROM meta WHERE name = 'written_by'");
    assert_true(workspace_tour(bench->copy, &error));
    assert_int_equal(ask(bench->copy, "SELECT count(*) FROM meta WHERE name = 'written_by'"), 1);
}

/* Beside the work where it is large: from then on nothing is answered. */
static void pages_of_a_large_file(void **state)
{
    const struct bench *bench = *state;
    struct error error = { 0 };
    struct workspace_counts counts;
    change(bench, "DELETE FROM meta WHERE name = 'written_by'; CREATE TABLE large (n); WITH "
                  "RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 24) INSERT "
                  "INTO large SELECT zeroblob(1000000) FROM c; CREATE TABLE last (n); INSERT INTO "
                  "last VALUES (1)");
    const long leaf =
        (long)ask(bench->copy, "SELECT rootpage FROM sqlite_schema WHERE name = 'last'");
    overwrite(bench->copy, (leaf - 1) * 4096, leaf * 4096);
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_READ, &error);
    if (!workspace) fail_msg("%s", error.text);
    struct reader *reader = reader_open(workspace, &error);
    bool good = reader != NULL;
    for (int i = 0; good && i < 3000; i++) {
        usleep(10000);
        good = workspace_counts(reader, &counts, &error);
    }
    assert_false(good);
    assert_non_null(strstr(error.text, "damaged"));
    reader_close(reader);
    workspace_close(workspace);
}

/* Somebody cuts the file while it is open: nothing is mapped, so that a page that is gone is an
 * error of a read and not the end of the program. */
static void a_file_is_cut_while_open(void **state)
{
    const struct bench *bench = *state;
    for (long pages = 0; pages < 30; pages += 3) {
        struct error error = { 0 };
        change(bench, "SELECT 1");
        struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
        struct reader *reader = workspace ? reader_open(workspace, &error) : NULL;
        assert_non_null(reader);
        assert_int_equal(truncate(bench->copy, pages * 4096), 0);
        const struct dataset *dataset = workspace_dataset(reader, NULL, NULL, NULL, &error);
        if (dataset) fail_msg("with %ld pages it is read", pages);
        assert_true(strlen(error.text) > 20);
        error = (struct error){ 0 };
        if (!workspace_tour_buy(workspace, true, &error)) assert_true(strlen(error.text) > 20);
        dataset_release(dataset);
        reader_close(reader);
        workspace_close(workspace);
    }
}

/* --------------------------------------------------------------------------------------- main */

static int begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    shop_file_make(&bench->file, USERS, ITEMS, EVENTS);
    workspace_close(bench->file.workspace);
    bench->file.workspace = NULL;
    snprintf(bench->copy, sizeof bench->copy, "%s/copy.aisle", bench->file.folder);
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    char other[160];
    unlink(bench->copy);
    snprintf(other, sizeof other, "%s-wal", bench->copy);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", bench->copy);
    unlink(other);
    shop_file_remove(&bench->file);
    free(bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_without_sense),       cmocka_unit_test(rows_with_sense),
        cmocka_unit_test(rows_with_gaps),           cmocka_unit_test(schemas_of_others),
        cmocka_unit_test(tables_of_others),         cmocka_unit_test(triggers_never_run),
        cmocka_unit_test(pages_of_others),          cmocka_unit_test(pages_of_a_large_file),
        cmocka_unit_test(a_file_is_cut_while_open),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

/* What can be read of a damaged workspace: all of a sound one; of others what is outside of the
 * damage, counted anew, in a file that opens; never less than a slow look by hand finds. */
#include <aisle/engine.h>
#include <aisle/rescue.h>
#include <aisle/rng.h>
#include <aisle/rows.h>

#include "../support/shop_file.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { USERS = 300, ITEMS = 200, EVENTS = 6000, PAGE = 4096 };

struct bench {
    struct shop_file file;
    char damaged[128], fresh[128];
    unsigned char *bytes; /* (length) of the sound file */
    size_t length;
};

static void write_damaged(const struct bench *bench, const unsigned char *bytes, size_t length)
{
    FILE *file = fopen(bench->damaged, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void change(const struct bench *bench, const char *sql)
{
    sqlite3 *db = NULL;
    write_damaged(bench, bench->bytes, bench->length);
    assert_int_equal(sqlite3_open(bench->damaged, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* The first number that a statement gives; -1 where it fails. */
static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    int64_t number = -1;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return number;
}

static bool rescue(const struct bench *bench, struct rescue_report *report, struct error *error)
{
    char other[160];
    unlink(bench->fresh);
    snprintf(other, sizeof other, "%s-wal", bench->fresh);
    unlink(other);
    return workspace_rescue(bench->damaged, bench->fresh, report, NULL, error);
}

/* The new file opens, its counters are those of its rows, its pages are sound. */
static void is_sound(const struct bench *bench)
{
    struct error error = { 0 };
    struct workspace_counts counts;
    struct workspace *workspace = workspace_open(bench->fresh, WORKSPACE_READ, &error);
    if (!workspace) fail_msg("%s", error.text);
    struct reader *reader = reader_open(workspace, &error);
    assert_non_null(reader);
    const struct dataset *dataset = workspace_dataset(reader, NULL, NULL, NULL, &error);
    if (!dataset) fail_msg("%s", error.text);
    assert_true(workspace_counts(reader, &counts, &error));
    assert_true(dataset && counts.users == dataset->n_users && counts.items == dataset->n_items &&
                counts.events == dataset->n_events);
    dataset_release(dataset);
    reader_close(reader);
    workspace_close(workspace);
    assert_int_equal(ask(bench->fresh, "SELECT sum(events) FROM users"), counts.events);
    assert_int_equal(ask(bench->fresh, "SELECT sum(events) FROM items"), counts.events);
    assert_int_equal(ask(bench->fresh, "SELECT count(*) FROM pragma_integrity_check WHERE "
                                       "integrity_check <> 'ok'"),
                     0);
}

static void nothing_is_lost_of_a_sound_file(void **state)
{
    const struct bench *bench = *state;
    struct rescue_report report;
    struct error error = { 0 };
    change(bench, "SELECT 1");
    if (!rescue(bench, &report, &error)) fail_msg("%s", error.text);
    assert_true(report.whole);
    assert_int_equal(report.table[RESCUE_EVENTS].kept, EVENTS);
    assert_int_equal(report.table[RESCUE_RUNS].kept, 1);
    is_sound(bench);
    static const char *const tables[] = { "users", "items", "events", "runs", "run_chunks" };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[400];
        snprintf(sql, sizeof sql, "ATTACH '%s' AS old; SELECT 1", bench->damaged);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(bench->fresh, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        snprintf(sql, sizeof sql,
                 "SELECT (SELECT count(*) FROM (SELECT * FROM main.%s EXCEPT SELECT * FROM "
                 "old.%s)) + (SELECT count(*) FROM (SELECT * FROM old.%s EXCEPT SELECT * FROM "
                 "main.%s))",
                 tables[i], tables[i], tables[i], tables[i]);
        sqlite3_stmt *row = NULL;
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        if (sqlite3_column_int(row, 0) != 0) fail_msg("%s differ", tables[i]);
        sqlite3_finalize(row);
        sqlite3_close(db);
    }
    /* The new file is not replaced. */
    assert_false(workspace_rescue(bench->damaged, bench->fresh, &report, NULL, &error));
    assert_non_null(strstr(error.text, "is there already"));
}

static void rows_without_sense_stay_behind(void **state)
{
    const struct bench *bench = *state;
    struct rescue_report report;
    struct error error = { 0 };
    change(bench, "UPDATE users SET row = -5 WHERE row = 7; UPDATE items SET row = 1 << 40 WHERE "
                  "row = 9; UPDATE events SET type = 77 WHERE id = 3; UPDATE events SET time = "
                  "9223372036854775807 WHERE id = 5; UPDATE events SET value = 9e999 WHERE id = 6; "
                  "CREATE TRIGGER x AFTER INSERT ON users BEGIN DELETE FROM items; END; CREATE "
                  "VIEW y AS SELECT 1");
    if (!rescue(bench, &report, &error)) fail_msg("%s", error.text);
    assert_false(report.whole);
    assert_int_equal(report.table[RESCUE_USERS].kept, USERS - 1);
    assert_int_equal(report.table[RESCUE_USERS].lost, 1);
    assert_int_equal(report.table[RESCUE_ITEMS].kept, ITEMS - 1);
    assert_int_equal(report.table[RESCUE_EVENTS].kept,
                     EVENTS - report.table[RESCUE_EVENTS].refused);
    assert_true(report.table[RESCUE_EVENTS].refused >= 3);
    assert_int_equal(report.table[RESCUE_RUNS].kept, 0); /* it speaks of users by number */
    assert_int_equal(report.table[RESCUE_RUNS].lost, 1);
    assert_int_equal(ask(bench->fresh, "SELECT count(*) FROM sqlite_schema WHERE type IN "
                                       "('trigger', 'view')"),
                     0);
    is_sound(bench);
}

/* The file ends somewhere in its midst. */
static void cut_files(void **state)
{
    const struct bench *bench = *state;
    struct rescue_report report;
    int opened = 0;
    for (size_t part = 1; part < 8; part++) {
        struct error error = { 0 };
        write_damaged(bench, bench->bytes, bench->length / 8 * part + 100);
        if (!rescue(bench, &report, &error)) continue;
        opened++;
        assert_false(report.whole && part < 7);
        is_sound(bench);
    }
    assert_true(opened >= 4);
    struct error error = { 0 };
    write_damaged(bench, bench->bytes, 60);
    assert_false(rescue(bench, &report, &error));
    assert_int_equal(access(bench->fresh, F_OK), -1);
    write_damaged(bench, (const unsigned char *)"some text", 9);
    assert_false(rescue(bench, &report, &error));
}

/* One leaf of the events is overwritten: all others are there, and the ids, times and types of most
 * of those on it. */
static void a_page_is_overwritten(void **state)
{
    const struct bench *bench = *state;
    struct rescue_report report;
    struct error error = { 0 };
    struct rng rng;
    rng_init(&rng, 5);
    int cut = 0;
    for (size_t page = 2; page * PAGE < bench->length; page += 1 + page % 3) {
        unsigned char *bytes = malloc(bench->length);
        assert_non_null(bytes);
        memcpy(bytes, bench->bytes, bench->length);
        for (size_t i = 0; i < PAGE; i++)
            bytes[page * PAGE + i] = (unsigned char)rng_below(&rng, 256);
        write_damaged(bench, bytes, bench->length);
        free(bytes);
        error = (struct error){ 0 };
        if (!rescue(bench, &report, &error)) {
            assert_true(error.code != ERROR_NONE);
            continue;
        }
        is_sound(bench);
        cut += report.table[RESCUE_EVENTS].cut;
        assert_int_equal(report.table[RESCUE_EVENTS].kept, EVENTS);
        assert_int_equal(report.table[RESCUE_USERS].kept, USERS);
    }
    assert_true(cut > 5);
}

/* --------------------------------------------------------------------------------------- main */

static int begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = { 0 };
    assert_non_null(bench);
    shop_file_make(&bench->file, USERS, ITEMS, EVENTS);
    struct engine *engine = engine_new(bench->file.workspace, &error);
    assert_non_null(engine);
    struct parameters parameters;
    struct run run;
    const struct model_kind *kind = model_kind_find("popular", &error);
    assert_non_null(kind);
    parameters_init(&parameters, kind->parameters);
    assert_true(engine_train(engine, "popular", &parameters, 1, NULL, &run, &error));
    engine_free(engine);
    workspace_close(bench->file.workspace);
    bench->file.workspace = NULL;
    snprintf(bench->damaged, sizeof bench->damaged, "%s/damaged.aisle", bench->file.folder);
    snprintf(bench->fresh, sizeof bench->fresh, "%s/new.aisle", bench->file.folder);
    FILE *file = fopen(bench->file.path, "rb");
    assert_non_null(file);
    bench->bytes = malloc(4 << 20);
    assert_non_null(bench->bytes);
    bench->length = fread(bench->bytes, 1, 4 << 20, file);
    fclose(file);
    assert_true(bench->length > 100 * PAGE && bench->length < 4 << 20);
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    const char *const files[] = { bench->damaged, bench->fresh };
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (int f = 0; f < 2; f++)
        for (int e = 0; e < 3; e++) {
            char path[160];
            snprintf(path, sizeof path, "%s%s", files[f], ends[e]);
            unlink(path);
        }
    free(bench->bytes);
    shop_file_remove(&bench->file);
    free(bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_of_a_sound_file),
        cmocka_unit_test(rows_without_sense_stay_behind),
        cmocka_unit_test(cut_files),
        cmocka_unit_test(a_page_is_overwritten),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

/* The machine stops: whatever of the writes since the last sync arrived, the workspace opens, every
 * page and counter of it is right, and all that a command had said to be done is there. Imports,
 * live events, trainings, edits of rules and erasures; AISLE_CUTS says how many crashes. */
#include <aisle/engine.h>
#include <aisle/erasure.h>
#include <aisle/import.h>
#include <aisle/ingest.h>
#include <aisle/rng.h>
#include <aisle/rules.h>

#include "../support/crashing_disk.h"
#include "../support/shop_file.h"

#include <sqlite3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
    struct shop_file file;
    char input[128];
    long cuts, taken; /* crashes to take, and taken */
    long stride;      /* operations between two */
    struct rng rng;
    int64_t done; /* meta.version of what was said to be done */
    struct picture {
        char path[160];
        int64_t done;
    } * pictures;
};

static int64_t ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW)
        fail_msg("%s: %s: %s", path, sql, sqlite3_errmsg(db));
    const int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return number;
}

#define WHICH_VERSION "SELECT value FROM meta WHERE name = 'version'"

/* Takes a picture every so many operations. The VFS is in a call: nothing is opened here. */
static void moment(void *context, long operation)
{
    struct bench *bench = context;
    if (bench->taken >= bench->cuts || operation % bench->stride != 0) return;
    struct picture *picture = &bench->pictures[bench->taken++];
    snprintf(picture->path, sizeof picture->path, "%s/crash-%ld", bench->file.folder, bench->taken);
    picture->done = bench->done;
    crashing_disk_picture(picture->path, rng_next(&bench->rng));
}

static void remove_file(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

/* What a crash left is a workspace like any other. */
static void check(const struct picture *picture)
{
    struct error error = { 0 };
    struct workspace *workspace = workspace_open(picture->path, WORKSPACE_WRITE, &error);
    if (!workspace) fail_msg("%s: %s", picture->path, error.text);
    workspace_close(workspace);
    static const char *const same[][2] = {
        { "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", "SELECT 0" },
        { "SELECT count(*) FROM events", "SELECT value FROM meta WHERE name = 'events'" },
        { "SELECT count(*) FROM events", "SELECT sum(events) FROM users" },
        { "SELECT count(*) FROM events", "SELECT sum(events) FROM items" },
        { "SELECT count(*) FROM users", "SELECT value FROM meta WHERE name = 'users'" },
        { "SELECT count(*) FROM users", "SELECT count(*) FROM users_search_docsize" },
        { "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'events_*'", "SELECT 3" },
        { "SELECT count(*) FROM runs WHERE bytes <> (SELECT sum(length(bytes)) FROM run_chunks "
          "WHERE run_id = runs.id)",
          "SELECT 0" },
        { "SELECT count(*) FROM (SELECT kind FROM runs WHERE active GROUP BY kind HAVING count(*) "
          "> 1)",
          "SELECT 0" },
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (ask(picture->path, same[i][0]) != ask(picture->path, same[i][1]))
            fail_msg("%s: not %s = %s", picture->path, same[i][0], same[i][1]);
    if (ask(picture->path, WHICH_VERSION) < picture->done)
        fail_msg("%s: what was done is lost: %lld of %lld", picture->path,
                 (long long)ask(picture->path, WHICH_VERSION), (long long)picture->done);
    remove_file(picture->path);
}

/* The step returned: from now on it has to be there. The real file holds what the program sees. */
static void said(struct bench *bench)
{
    struct error error = { 0 };
    struct reader *reader = reader_open(bench->file.workspace, &error);
    assert_non_null(reader);
    assert_true(workspace_version(reader, &bench->done, &error));
    reader_close(reader);
}

typedef bool task(struct bench *bench, int round, struct error *error);

static void write_input(const struct bench *bench, int round, const char *header, int rows)
{
    FILE *out = fopen(bench->input, "w");
    assert_non_null(out);
    fputs(header, out);
    for (int i = 0; i < rows; i++)
        fprintf(out, "u%d,i%d,%d\n", (i * 7 + round) % 90, (i * 13) % 40,
                1650000000 + round * 1000 + i);
    fclose(out);
}

static bool import_rows(struct bench *bench, int round, struct error *error)
{
    const struct import_options options = { .format = "purchases" };
    const char *path = bench->input;
    struct import_result result;
    write_input(bench, round, "user,item,time\n", 150 + 400 * (round % 3));
    const bool done = import_paths(bench->file.workspace, &path, 1, &options, NULL, &result, error);
    import_result_fini(&result);
    return done;
}

static bool ingest_rows(struct bench *bench, int round, struct error *error)
{
    const struct ingest_options options = { .stop_at_end = true };
    struct ingest_state state = { 0 };
    write_input(bench, round + 1000, "user,item,time\n", 40);
    return ingest_follow(bench->file.workspace, bench->input, &options, NULL, NULL, NULL, &state,
                         error);
}

static bool train_one(struct bench *bench, int round, struct error *error)
{
    struct run run;
    struct engine *engine = engine_new(bench->file.workspace, error);
    const bool done = engine && engine_train(engine, round % 2 ? "popular" : "item-cf", NULL, 1,
                                             NULL, &run, error);
    engine_free(engine);
    return done;
}

static bool edit_rules(struct bench *bench, int round, struct error *error)
{
    char json[64];
    struct writer *writer = writer_begin(bench->file.workspace, error);
    snprintf(json, sizeof json, "{\"new\":%d}", round % 5);
    if (writer && audit_write(writer, "test", "rules", json, error) &&
        writer_set_note(writer, "test", json, error))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

static bool erase_one(struct bench *bench, int round, struct error *error)
{
    char user[16];
    struct erasure erasure;
    struct engine *engine = engine_new(bench->file.workspace, error);
    snprintf(user, sizeof user, "u%d", round % 30);
    const bool done = engine && engine_erase(engine, slice_of(user), NULL, &erasure, error);
    engine_free(engine);
    return done || error->code == ERROR_MISSING; /* erased before */
}

static void crash_in(struct bench *bench, task *work, long cuts, long stride)
{
    bench->cuts = cuts;
    bench->taken = 0;
    bench->stride = stride;
    bench->pictures = calloc((size_t)cuts, sizeof *bench->pictures);
    assert_non_null(bench->pictures);
    struct error error = { 0 };
    bench->file.workspace = workspace_open(bench->file.path, WORKSPACE_WRITE, &error);
    assert_non_null(bench->file.workspace);
    said(bench);
    crashing_disk_watch(bench->file.path);
    workspace_close(bench->file.workspace); /* nothing is open that was met before */
    bench->file.workspace = workspace_open(bench->file.path, WORKSPACE_WRITE, &error);
    for (int round = 0; bench->taken < cuts && round < 500; round++) {
        error = (struct error){ 0 };
        if (!work(bench, round, &error)) fail_msg("%s", error.text);
        said(bench);
    }
    workspace_close(bench->file.workspace);
    bench->file.workspace = NULL;
    crashing_disk_watch(NULL);
    assert_int_equal(bench->taken, cuts);
    for (long i = 0; i < bench->taken; i++)
        check(&bench->pictures[i]);
    free(bench->pictures);
}

static long cuts_of(int share)
{
    const char *words = getenv("AISLE_CUTS");
    const long cuts = words ? atol(words) : 150;
    return cuts / share > 0 ? cuts / share : 1;
}

static void an_import(void **state)
{
    crash_in(*state, import_rows, cuts_of(5), 7);
}

static void live_events(void **state)
{
    crash_in(*state, ingest_rows, cuts_of(5), 5);
}

static void a_training(void **state)
{
    crash_in(*state, train_one, cuts_of(5), 3);
}

static void edits_of_rules(void **state)
{
    crash_in(*state, edit_rules, cuts_of(5), 2);
}

static void an_erasure(void **state)
{
    crash_in(*state, erase_one, cuts_of(5), 11);
}

static int begin(void **state)
{
    static struct bench bench;
    crashing_disk_install(moment, &bench);
    shop_file_make(&bench.file, 90, 40, 1500);
    workspace_close(bench.file.workspace);
    bench.file.workspace = NULL;
    snprintf(bench.input, sizeof bench.input, "%s/input.csv", bench.file.folder);
    rng_init(&bench.rng, 11);
    *state = &bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    unlink(bench->input);
    shop_file_remove(&bench->file);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_import),  cmocka_unit_test(live_events),
        cmocka_unit_test(a_training), cmocka_unit_test(edits_of_rules),
        cmocka_unit_test(an_erasure),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

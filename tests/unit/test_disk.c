/* What the disk and other programs can do to a workspace: at every write that fails, during an
 * import and during the saving of a run, the file holds all of it or nothing, opens afterwards, and
 * one sentence says what happened. A second writer waits, or says who keeps it waiting. What may
 * not be written can be read. */
#include <aisle/engine.h>
#include <aisle/erasure.h>
#include <aisle/import.h>
#include <aisle/rules.h>

#include "../support/faulty_disk.h"
#include "../support/shop_file.h"

#include <sqlite3.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { BEFORE = 300, ROWS = 400 };

struct bench {
    struct shop_file file;
    char csv[128], copy[128];
};

/* ------------------------------------------------------------------------------ the two works */

static bool import_work(struct workspace *workspace, const struct bench *bench, struct error *error)
{
    const struct import_options options = { .format = "purchases" };
    const char *path = bench->csv;
    struct import_result result;
    bool done = import_paths(workspace, &path, 1, &options, NULL, &result, error);
    import_result_fini(&result);
    return done;
}

static bool train_work(struct workspace *workspace, const struct bench *bench, struct error *error)
{
    struct run run;
    struct engine *engine = engine_new(workspace, error);
    (void)bench;
    bool done = engine && engine_train(engine, "item-cf", NULL, 1, NULL, &run, error);
    engine_free(engine);
    return done;
}

static bool rules_work(struct workspace *workspace, const struct bench *bench, struct error *error)
{
    struct rule_change add = { .body = "{\"do\":\"pin\",\"where\":\"id=i3\"}",
                               .state = "published" };
    struct writer *writer = writer_begin(workspace, error);
    (void)bench;
    if (writer && rules_change(writer, "add", &add, 1, error)) return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

/* Two transactions and a file written anew: done is said at the end of all. */
static bool erase_work(struct workspace *workspace, const struct bench *bench, struct error *error)
{
    struct erasure erasure;
    struct engine *engine = engine_new(workspace, error);
    (void)bench;
    bool done = engine && engine_erase(engine, slice_of("u1"), NULL, &erasure, error);
    engine_free(engine);
    return done;
}

typedef bool task(struct workspace *workspace, const struct bench *bench, struct error *error);

/* ------------------------------------------------------------------------------------- copies */

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    size_t n;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    fclose(out);
}

static void remove_copy(const struct bench *bench)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    char path[160];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", bench->copy, ends[i]);
        unlink(path);
    }
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Every table, index and counter of the file agrees; what it holds, as
 * rules * 1,000,000 + events * 100 + runs. */
static int64_t content(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_stmt *check = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(check), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(check, 0), "ok");
    sqlite3_finalize(check);
    int64_t events = ask(db, "SELECT count(*) FROM events"),
            runs = ask(db, "SELECT count(*) FROM runs");
    assert_int_equal(events, ask(db, "SELECT value FROM meta WHERE name = 'events'"));
    assert_int_equal(ask(db, "SELECT count(*) FROM users"),
                     ask(db, "SELECT value FROM meta WHERE name = 'users'"));
    assert_int_equal(events, ask(db, "SELECT sum(events) FROM users"));
    assert_int_equal(ask(db, "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'events_by_*'"),
                     2);
    assert_int_equal(ask(db,
                         "SELECT count(*) FROM runs r WHERE bytes <> (SELECT sum(length(bytes)) "
                         "FROM run_chunks WHERE run_id = r.id)"),
                     0);
    assert_int_equal(ask(db, "SELECT count(*) FROM run_chunks WHERE run_id NOT IN "
                             "(SELECT id FROM runs)"),
                     0);
    const int64_t rules = ask(db, "SELECT count(*) FROM rules");
    sqlite3_close(db);
    return rules * 1000000 + events * 100 + runs;
}

static void one_clear_sentence(const struct error *error, const char *what)
{
    if (error->code == ERROR_NONE || strlen(error->text) < 30 || strchr(error->text, '\n'))
        fail_msg("%s: code %d, \"%s\"", what, (int)error->code, error->text);
    if (error->code != ERROR_IO && error->code != ERROR_DATABASE)
        fail_msg("%s: code %d, \"%s\"", what, (int)error->code, error->text);
}

/* The work with its n-th write failing; whether one did fail. */
static bool try_at(const struct bench *bench, task *work, enum fault fault, long n, bool lasting,
                   int64_t nothing, int64_t all)
{
    struct error error = { 0 };
    char what[64];
    snprintf(what, sizeof what, "fault %d at %ld%s", (int)fault, n, lasting ? " and on" : "");
    remove_copy(bench);
    copy_file(bench->file.path, bench->copy);
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
    assert_non_null(workspace);
    error = (struct error){ 0 };
    faulty_disk_arm(fault, n, lasting);
    bool done = work(workspace, bench, &error);
    workspace_close(workspace);
    bool hit = faulty_disk_mend();
    if (!done) one_clear_sentence(&error, what);
    const bool unknown = strstr(error.text, "may have been kept") != NULL;
    error = (struct error){ 0 };
    workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
    if (!workspace) fail_msg("%s: afterwards: %s", what, error.text);
    workspace_close(workspace);
    int64_t there = content(bench->copy);
    if (there != nothing && there != all)
        fail_msg("%s: holds %lld, not %lld or %lld", what, (long long)there, (long long)nothing,
                 (long long)all);
    /* Of several steps the first may be done when a later one fails. */
    const bool several = work == erase_work && there == all;
    if (done != (there == all) && !unknown && !several)
        fail_msg("%s: %s, and it holds %lld", what, done ? "done" : error.text, (long long)there);
    return hit;
}

static void at_every_write(const struct bench *bench, task *work, enum fault fault, bool lasting,
                           int64_t all)
{
    const int64_t nothing = content(bench->file.path);
    const char *sanitizers = getenv("AISLE_SANITIZERS");
    long n = 0, step = sanitizers && strcmp(sanitizers, "no") != 0 ? 7 : 1;
    while (try_at(bench, work, fault, n, lasting, nothing, all))
        n += step;
    assert_true(fault == FAULT_SYNC || n > 10); /* otherwise nothing was tried */
    print_message("# fault %d%s: %ld places\n", (int)fault, lasting ? " and on" : "", n);
}

static void an_import_is_whole_or_absent(void **state)
{
    struct bench *bench = *state;
    const int64_t all = (BEFORE + ROWS) * 100;
    at_every_write(bench, import_work, FAULT_WRITE, false, all);
    at_every_write(bench, import_work, FAULT_TORN, true, all);
    at_every_write(bench, import_work, FAULT_FULL, true, all);
    at_every_write(bench, import_work, FAULT_FULL, false, all);
    at_every_write(bench, import_work, FAULT_SYNC, false, all);
}

static void a_run_is_whole_or_absent(void **state)
{
    struct bench *bench = *state;
    const int64_t all = BEFORE * 100 + 1;
    at_every_write(bench, train_work, FAULT_WRITE, false, all);
    at_every_write(bench, train_work, FAULT_TORN, true, all);
    at_every_write(bench, train_work, FAULT_FULL, true, all);
    at_every_write(bench, train_work, FAULT_SYNC, true, all);
}

static void a_rule_is_whole_or_absent(void **state)
{
    struct bench *bench = *state;
    const int64_t all = 1000000 + BEFORE * 100;
    at_every_write(bench, rules_work, FAULT_WRITE, false, all);
    at_every_write(bench, rules_work, FAULT_TORN, true, all);
    at_every_write(bench, rules_work, FAULT_FULL, true, all);
    at_every_write(bench, rules_work, FAULT_SYNC, true, all);
}

static void a_person_is_whole_or_absent(void **state)
{
    struct bench *bench = *state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(bench->file.path, &db), SQLITE_OK);
    const int64_t theirs = ask(db, "SELECT count(*) FROM events WHERE user_id = (SELECT row FROM "
                                   "users WHERE id = 'u1')");
    sqlite3_close(db);
    assert_true(theirs > 0);
    const int64_t all = (BEFORE - theirs) * 100;
    at_every_write(bench, erase_work, FAULT_WRITE, false, all);
    at_every_write(bench, erase_work, FAULT_FULL, true, all);
    at_every_write(bench, erase_work, FAULT_SYNC, false, all);
}

/* A full disk is called one. */
static void a_full_disk_is_told(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    remove_copy(bench);
    copy_file(bench->file.path, bench->copy);
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
    assert_non_null(workspace);
    faulty_disk_arm(FAULT_FULL, 3, true);
    assert_false(import_work(workspace, bench, &error));
    faulty_disk_mend();
    assert_non_null(strstr(error.text, "full"));
    /* Room was made: the same workspace goes on. */
    error = (struct error){ 0 };
    if (!import_work(workspace, bench, &error)) fail_msg("%s", error.text);
    workspace_close(workspace);
    assert_int_equal(content(bench->copy), (BEFORE + ROWS) * 100);
}

/* A workspace that cannot be made whole is not made. */
static void a_new_file_is_whole_or_absent(void **state)
{
    struct bench *bench = *state;
    struct stat status;
    for (long n = 0;; n++) {
        struct error error = { 0 };
        remove_copy(bench);
        faulty_disk_arm(FAULT_FULL, n, true);
        struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_CREATE, &error);
        workspace_close(workspace);
        bool hit = faulty_disk_mend();
        if (!workspace) {
            one_clear_sentence(&error, "a new file");
            if (stat(bench->copy, &status) == 0) assert_int_equal(content(bench->copy), 0);
        }
        if (hit) continue;
        assert_non_null(workspace);
        assert_true(n > 5);
        assert_int_equal(content(bench->copy), 0);
        return;
    }
}

/* ------------------------------------------------------------------------------- two programs */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Another process holds the writer for so many milliseconds; returns once it does. */
static pid_t hold_writer(const char *path, int milliseconds)
{
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        assert_int_equal(read(pipes[0], &byte, 1), 1);
        close(pipes[0]);
        close(pipes[1]);
        return child;
    }
    struct workspace *workspace = workspace_open(path, WORKSPACE_WRITE, NULL);
    struct writer *writer = workspace ? writer_begin(workspace, NULL) : NULL;
    if (!writer || write(pipes[1], "x", 1) != 1) _exit(1);
    nanosleep(&(struct timespec){ milliseconds / 1000, milliseconds % 1000 * 1000000L }, NULL);
    _exit(writer_set_profile(writer, "music", NULL) && writer_commit(writer, NULL) ? 0 : 2);
}

static void a_second_writer_waits(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    int status;
    pid_t other = hold_writer(bench->file.path, 400);
    double begin = now();
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    if (!writer) fail_msg("%s", error.text);
    assert_true(now() - begin > 0.2);
    assert_true(writer_set_profile(writer, "news", &error));
    assert_true(writer_commit(writer, &error));
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
}

static void a_second_writer_says_who_holds_it(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    char words[32];
    int status;
    pid_t other = hold_writer(bench->file.path, 7000);
    assert_null(writer_begin(bench->file.workspace, &error));
    assert_int_equal(error.code, ERROR_BUSY);
    snprintf(words, sizeof words, "process %ld", (long)other);
    if (!strstr(error.text, words)) fail_msg("%s", error.text);
    /* Reading goes on meanwhile. */
    struct workspace_counts counts;
    struct reader *reader = reader_open(bench->file.workspace, &error);
    assert_non_null(reader);
    assert_true(workspace_counts(reader, &counts, &error));
    assert_int_equal(counts.events, BEFORE);
    reader_close(reader);
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    assert_non_null(writer);
    writer_rollback(writer);
}

/* ---------------------------------------------------------------------------- what is read-only */

/* In a process without rights over the folder: reads everything, and writing is refused in words.
 */
static int as_a_guest(const struct bench *bench)
{
    struct error error = { 0 };
    struct workspace_counts counts;
    struct serving serving;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 10;
    struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_READ, &error);
    struct reader *reader = workspace ? reader_open(workspace, &error) : NULL;
    struct engine *engine = reader ? engine_new(workspace, &error) : NULL;
    if (!engine || !workspace_counts(reader, &counts, &error) || counts.events != BEFORE) return 11;
    if (!engine_serve(engine, reader, "popular", 0, &serving, NULL, &error)) return 12;
    serving_fini(&serving);
    engine_free(engine);
    reader_close(reader);
    workspace_close(workspace);
    workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
    if (workspace && import_work(workspace, bench, &error)) return 13;
    workspace_close(workspace);
    if (!strstr(error.text, "may not be written") || strchr(error.text, '\n')) {
        print_message("# %s\n", error.text);
        return 14;
    }
    return 0;
}

static void what_is_read_only_is_read(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct run run;
    int status;
    struct engine *engine = engine_new(bench->file.workspace, &error);
    assert_non_null(engine);
    if (!engine_train(engine, "popular", NULL, 1, NULL, &run, &error)) fail_msg("%s", error.text);
    engine_free(engine);
    workspace_close(bench->file.workspace);
    remove_copy(bench);
    copy_file(bench->file.path, bench->copy);
    bench->file.workspace = workspace_open(bench->file.path, WORKSPACE_WRITE, &error);
    chmod(bench->copy, 0444);
    for (int writable_folder = 0; writable_folder < 2; writable_folder++) {
        chmod(bench->file.folder, writable_folder ? 0777 : 0555);
        pid_t guest = fork();
        assert_true(guest >= 0);
        if (guest == 0) _exit(as_a_guest(bench));
        assert_int_equal(waitpid(guest, &status, 0), guest);
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    chmod(bench->file.folder, 0755);
    assert_int_equal(content(bench->copy), BEFORE * 100 + 1);
}

/* A page in the middle is not what it was: told where it is met, and never a crash. */
static void damage_is_told(void **state)
{
    struct bench *bench = *state;
    bool report = false;
    for (long at = 1; at < 40; at++) {
        struct error error = { 0 };
        char noise[4096];
        remove_copy(bench);
        copy_file(bench->file.path, bench->copy);
        FILE *file = fopen(bench->copy, "r+b");
        assert_non_null(file);
        memset(noise, 0x5a, sizeof noise);
        fseek(file, at * 4096, SEEK_SET);
        fwrite(noise, 1, sizeof noise, file);
        fclose(file);
        struct workspace *workspace = workspace_open(bench->copy, WORKSPACE_WRITE, &error);
        bool done = workspace && train_work(workspace, bench, &error) &&
                    import_work(workspace, bench, &error);
        workspace_close(workspace);
        if (done) continue;
        report = report || strstr(error.text, "damaged");
        assert_null(strchr(error.text, '\n'));
        assert_true(strlen(error.text) > 30);
    }
    assert_true(report);
}

static int open_bench(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = { 0 };
    assert_non_null(bench);
    shop_file_make(&bench->file, 40, 25, BEFORE);
    snprintf(bench->csv, sizeof bench->csv, "%s/more.csv", bench->file.folder);
    snprintf(bench->copy, sizeof bench->copy, "%s/copy.aisle", bench->file.folder);
    FILE *csv = fopen(bench->csv, "w");
    assert_non_null(csv);
    fprintf(csv, "user_id,item_id,timestamp\n");
    for (int i = 0; i < ROWS; i++)
        fprintf(csv, "u%d,i%d,%d\n", i * 7 % 55, i * 11 % 31, 1700000000 + i * 60);
    fclose(csv);
    /* Closed once, so that the file alone is all of it. */
    workspace_close(bench->file.workspace);
    bench->file.workspace = workspace_open(bench->file.path, WORKSPACE_WRITE, &error);
    assert_non_null(bench->file.workspace);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    remove_copy(bench);
    unlink(bench->csv);
    shop_file_remove(&bench->file);
    free(bench);
    return 0;
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(an_import_is_whole_or_absent), WITH_BENCH(a_run_is_whole_or_absent),
        WITH_BENCH(a_rule_is_whole_or_absent),    WITH_BENCH(a_person_is_whole_or_absent),
        WITH_BENCH(a_full_disk_is_told),          WITH_BENCH(a_new_file_is_whole_or_absent),
        WITH_BENCH(a_second_writer_waits),        WITH_BENCH(a_second_writer_says_who_holds_it),
        WITH_BENCH(what_is_read_only_is_read),    WITH_BENCH(damage_is_told),
    };
    faulty_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

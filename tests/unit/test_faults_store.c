/* Memory that runs out in the store, the exchange and the jobs, SQLite's included: what was asked
 * for is done whole, or ERROR_MEMORY is said, nothing is lost and the workspace holds all or
 * nothing of it. */
#include <aisle/engine.h>
#include <aisle/erasure.h>
#include <aisle/export.h>
#include <aisle/import.h>
#include <aisle/job.h>
#include <aisle/rescue.h>
#include <aisle/rows.h>
#include <aisle/rules.h>
#include <aisle/scenarios.h>

#include "job/changes.h"

#include "../support/failing_memory.h"
#include "../support/shop_file.h"

#include <jansson.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BEFORE = 120, ROWS = 60 };

struct bench {
    struct shop_file file;
    char folder[64], csv[128];
};

/* A workspace of its own for each attempt, by a name that is not asked of malloc. */
static bool with_copy(const struct bench *bench, char path[160], struct error *error)
{
    static char bytes[1 << 20];
    snprintf(path, 160, "%s/copy.aisle", bench->folder);
    FILE *in = fopen(bench->file.path, "rb"), *out = in ? fopen(path, "wb") : NULL;
    if (!out) {
        if (in) fclose(in);
        return error_memory(error, "a test's file");
    }
    setvbuf(in, NULL, _IONBF, 0);
    setvbuf(out, NULL, _IONBF, 0);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    bool whole = fwrite(bytes, 1, n, out) == n;
    fclose(in);
    fclose(out);
    return whole || error_memory(error, "a test's file");
}

static void remove_copy(const char *path)
{
    char other[176];
    unlink(path);
    snprintf(other, sizeof other, "%s-wal", path);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", path);
    unlink(other);
}

static bool open_and_count(const void *context, struct error *error)
{
    const struct bench *bench = context;
    struct workspace_counts counts;
    struct workspace *workspace = workspace_open(bench->file.path, WORKSPACE_READ, error);
    struct reader *reader = workspace ? reader_open(workspace, error) : NULL;
    bool done = reader && workspace_counts(reader, &counts, error);
    if (done) assert_int_equal(counts.events, BEFORE);
    reader_close(reader);
    workspace_close(workspace);
    return done;
}

static bool browse(const void *context, struct error *error)
{
    const struct bench *bench = context;
    const struct row_query query = { TABLE_USERS, "orders>1 u1", "spend", true };
    struct workspace *workspace = workspace_open(bench->file.path, WORKSPACE_READ, error);
    struct reader *reader = workspace ? reader_open(workspace, error) : NULL;
    struct selection *selection = reader ? rows_select(reader, &query, error) : NULL;
    struct page *page = selection ? rows_page(reader, selection, 0, 10, error) : NULL;
    bool done = page != NULL;
    page_free(page);
    page = done ? rows_facts(reader, TABLE_ITEMS, 1, error) : NULL;
    done = page != NULL;
    page_free(page);
    selection_free(selection);
    reader_close(reader);
    workspace_close(workspace);
    return done;
}

static bool read_dataset(const void *context, struct error *error)
{
    const struct bench *bench = context;
    struct workspace *workspace = workspace_open(bench->file.path, WORKSPACE_READ, error);
    struct reader *reader = workspace ? reader_open(workspace, error) : NULL;
    const struct dataset *dataset =
        reader ? workspace_dataset(reader, NULL, NULL, NULL, error) : NULL;
    bool done = dataset != NULL;
    if (done) assert_int_equal(dataset->n_events, BEFORE);
    dataset_release(dataset);
    reader_close(reader);
    workspace_close(workspace);
    return done;
}

static bool take(void *context, const void *bytes, size_t length, struct error *error)
{
    (void)bytes;
    (void)error;
    *(size_t *)context += length;
    return true;
}

static bool export(const void *context, struct error *error)
{
    const struct bench *bench = context;
    size_t length = 0;
    struct workspace *workspace = workspace_open(bench->file.path, WORKSPACE_READ, error);
    struct reader *reader = workspace ? reader_open(workspace, error) : NULL;
    bool done = reader && export_events(reader, "text", take, &length, NULL, error);
    if (done) assert_true(length > BEFORE * 40);
    reader_close(reader);
    workspace_close(workspace);
    return done;
}

/* Whatever failed, the file is opened and counted with all the memory there is. What is said to be
 * done is there; what is said to have failed may be there too, if only the counting failed. */
static void holds(const char *path, bool done, int64_t nothing, int64_t all, int64_t runs)
{
    struct error error = { 0 };
    struct workspace_counts counts;
    struct workspace *workspace = workspace_open(path, WORKSPACE_READ, &error);
    if (!workspace) fail_msg("%s", error.text);
    struct reader *reader = reader_open(workspace, &error);
    assert_non_null(reader);
    assert_true(workspace_counts(reader, &counts, &error));
    if (done || counts.events != nothing) assert_int_equal(counts.events, all);
    if (done || counts.runs != 0) assert_int_equal(counts.runs, runs);
    reader_close(reader);
    workspace_close(workspace);
}

static bool import(const void *context, struct error *error)
{
    const struct bench *bench = context;
    const char *path = bench->csv;
    char copy[160];
    struct import_result result;
    if (!with_copy(bench, copy, error)) return false;
    struct workspace *workspace = workspace_open(copy, WORKSPACE_WRITE, error);
    bool done = workspace != NULL;
    if (workspace) {
        const struct import_options options = { 0 };
        done = import_paths(workspace, &path, 1, &options, NULL, &result, error);
        import_result_fini(&result);
    }
    workspace_close(workspace);
    failing_memory_pause();
    holds(copy, done, BEFORE, BEFORE + ROWS, 0);
    remove_copy(copy);
    failing_memory_resume();
    return done;
}

static bool train(const void *context, struct error *error)
{
    const struct bench *bench = context;
    char copy[160];
    struct run run;
    struct serving serving = { 0 };
    if (!with_copy(bench, copy, error)) return false;
    struct workspace *workspace = workspace_open(copy, WORKSPACE_WRITE, error);
    struct engine *engine = workspace ? engine_new(workspace, error) : NULL;
    bool kept = engine && engine_train(engine, "item-cf", NULL, 1, NULL, &run, error);
    if (kept) engine_refresh(engine);
    struct reader *reader = kept ? reader_open(workspace, error) : NULL;
    bool done = reader && engine_serve(engine, reader, "item-cf", 0, &serving, NULL, error);
    serving_fini(&serving);
    reader_close(reader);
    engine_free(engine);
    workspace_close(workspace);
    failing_memory_pause();
    holds(copy, kept, BEFORE, BEFORE, 1);
    remove_copy(copy);
    failing_memory_resume();
    return done;
}

static bool queue(const void *context, struct error *error)
{
    const struct bench *bench = context;
    struct job_info info = { 0 };
    struct text log = { 0 };
    struct workspace *workspace = workspace_open(bench->file.path, WORKSPACE_READ, error);
    struct engine *engine = workspace ? engine_new(workspace, error) : NULL;
    struct job_queue *jobs = engine ? job_queue_new(engine, 1, NULL, NULL, error) : NULL;
    int64_t id = jobs ? job_load(jobs, error) : 0;
    bool done = id != 0 && job_wait(jobs, id, &info, NULL, NULL);
    if (done && info.state != JOB_DONE) {
        /* The job tells in words; that it was memory is all that may be wrong. */
        done = error_set(error, ERROR_MEMORY, "%s", info.message);
        if (!strstr(info.message, "memory")) fail_msg("%s", info.message);
    }
    if (jobs) job_read_log(jobs, id, &log);
    text_fini(&log);
    job_queue_free(jobs);
    engine_free(engine);
    workspace_close(workspace);
    return done;
}

/* A what-if is said, kept under a name, read again and applied. */
static bool keep_scenario(const void *context, struct error *error)
{
    static const char body[] =
        "{\"changes\":[{\"with\":\"i3\",\"quantity\":2},{\"without\":\"i1\"},"
        "{\"rate\":\"i2\",\"value\":4},{\"words\":\"a jacket\"}]}";
    const struct bench *bench = context;
    char path[160];
    struct changes changes = { 0 }, loaded = { 0 };
    struct text json = { 0 }, report = { 0 };
    struct what_if what_if = { 0 };
    struct stored_scenario *list = NULL;
    int32_t n = 0;
    const struct dataset *dataset = NULL;
    if (!with_copy(bench, path, error)) return false;
    struct workspace *workspace = workspace_open(path, WORKSPACE_WRITE, error);
    struct writer *writer = NULL;
    bool done = workspace && changes_parse(&changes, slice_of(body), error) &&
                changes_write(&changes, &json, error);
    if (done) assert_string_equal(json.bytes, body);
    done = done && (writer = writer_begin(workspace, error)) &&
           scenario_save(writer, slice_of("gone"), "{}", error) &&
           scenario_delete(writer, slice_of("gone"), error) &&
           scenario_save(writer, slice_of("rain"), json.bytes, error);
    if (done)
        done = writer_commit(writer, error);
    else
        writer_rollback(writer);
    struct reader *reader = done ? reader_open(workspace, error) : NULL;
    done = reader && scenarios_list(reader, &list, &n, error) &&
           changes_load(&loaded, reader, slice_of("rain"), error) &&
           (dataset = workspace_dataset(reader, NULL, NULL, NULL, error)) &&
           changes_apply(&loaded, dataset, &what_if, error);
    if (done) {
        assert_int_equal(n, 1);
        assert_int_equal(what_if.changes.n_what_if, 2);
        changes_describe(&loaded, dataset, NULL, &report);
    }
    what_if_fini(&what_if);
    dataset_release(dataset);
    changes_fini(&loaded);
    changes_fini(&changes);
    text_fini(&json);
    text_fini(&report);
    scenarios_free(list, n);
    reader_close(reader);
    workspace_close(workspace);
    remove_copy(path);
    return done;
}

/* Rules are added, published and taken back, a note is kept. */
static bool edit_rules(const void *context, struct error *error)
{
    const struct bench *bench = context;
    struct rule_change add = { .body = "{\"do\":\"pin\",\"where\":\"id=i3\"}", .state = "draft" };
    struct stored_rule *rules = NULL;
    struct text what = { 0 };
    int32_t n = 0;
    char path[160];
    if (!with_copy(bench, path, error)) return false;
    struct workspace *workspace = workspace_open(path, WORKSPACE_WRITE, error);
    struct writer *writer = workspace ? writer_begin(workspace, error) : NULL;
    bool done = writer && rules_change(writer, "add", &add, 1, error) &&
                writer_set_note(writer, "privacy", "off", error);
    if (done)
        done = writer_commit(writer, error);
    else
        writer_rollback(writer);
    writer = done ? writer_begin(workspace, error) : NULL;
    done = writer && rules_undo(writer, &what, error) && rules_redo(writer, &what, error);
    if (done)
        done = writer_commit(writer, error);
    else
        writer_rollback(writer);
    struct reader *reader = done ? reader_open(workspace, error) : NULL;
    done = reader && rules_list(reader, MOMENT_NONE, &rules, &n, error);
    if (done) assert_int_equal(n, 1);
    rules_free(rules, n);
    text_fini(&what);
    reader_close(reader);
    workspace_close(workspace);
    remove_copy(path);
    return done;
}

/* The person is there with all their events, or not at all. */
static bool erase(const void *context, struct error *error)
{
    const struct bench *bench = context;
    struct erasure erasure;
    char path[160];
    if (!with_copy(bench, path, error)) return false;
    struct workspace *workspace = workspace_open(path, WORKSPACE_WRITE, error);
    struct engine *engine = workspace ? engine_new(workspace, error) : NULL;
    bool done = engine && engine_erase(engine, slice_of("u7"), NULL, &erasure, error);
    engine_free(engine);
    workspace_close(workspace);
    failing_memory_pause();
    holds(path, false, BEFORE, BEFORE - BEFORE / 12, 0);
    remove_copy(path);
    failing_memory_resume();
    return done;
}

/* The new file is whole or not there. */
static bool rescue(const void *context, struct error *error)
{
    const struct bench *bench = context;
    struct rescue_report report;
    char path[160];
    snprintf(path, sizeof path, "%s/rescued.aisle", bench->folder);
    bool done = workspace_rescue(bench->file.path, path, &report, NULL, error);
    failing_memory_pause();
    if (done) assert_true(report.whole);
    if (access(path, F_OK) == 0)
        holds(path, true, BEFORE, BEFORE, 0);
    else
        assert_false(done);
    remove_copy(path);
    failing_memory_resume();
    return done;
}

/* All of them where AISLE_FAULTS says "all": some minutes. */
static void whatever_is_asked(scenario *run, const struct bench *bench)
{
    const char *sanitizers = getenv("AISLE_SANITIZERS"), *wish = getenv("AISLE_FAULTS");
    const bool all = wish && strcmp(wish, "all") == 0;
    const bool slow = sanitizers && strcmp(sanitizers, "no") != 0;
    failing_memory_run(run, bench, all ? LONG_MAX : slow ? 20 : 150, slow ? 211 : 29);
}

#define SURVIVES(what)                                                                             \
    static void what##_survives(void **state)                                                      \
    {                                                                                              \
        whatever_is_asked(what, *state);                                                           \
    }
SURVIVES(open_and_count)
SURVIVES(browse)
SURVIVES(read_dataset)
SURVIVES(export)
SURVIVES(import)
SURVIVES(train)
SURVIVES(queue)
SURVIVES(keep_scenario)
SURVIVES(edit_rules)
SURVIVES(erase)
SURVIVES(rescue)

static int open_bench(void **state)
{
    static struct bench bench;
    struct error error = { 0 };
    shop_file_make(&bench.file, 12, 9, BEFORE);
    workspace_close(bench.file.workspace);
    snprintf(bench.folder, sizeof bench.folder, "%s", bench.file.folder);
    snprintf(bench.csv, sizeof bench.csv, "%s/more.csv", bench.folder);
    FILE *csv = fopen(bench.csv, "w");
    assert_non_null(csv);
    fprintf(csv, "user_id,item_id,timestamp\n");
    for (int i = 0; i < ROWS; i++)
        fprintf(csv, "u%d,i%d,%d\n", i * 7 % 15, i * 11 % 13, 1700000000 + i * 60);
    fclose(csv);
    bench.file.workspace = workspace_open(bench.file.path, WORKSPACE_READ, &error);
    assert_non_null(bench.file.workspace);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    unlink(bench->csv);
    shop_file_remove(&bench->file);
    return 0;
}

/* Jansson says "no memory" in no way that can be told from bad JSON: its blocks are counted only.
 */
static void *counted_malloc(size_t size)
{
    failing_memory_pause();
    void *block = malloc(size);
    failing_memory_resume();
    return block;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_and_count_survives), cmocka_unit_test(browse_survives),
        cmocka_unit_test(read_dataset_survives),   cmocka_unit_test(export_survives),
        cmocka_unit_test(import_survives),         cmocka_unit_test(train_survives),
        cmocka_unit_test(queue_survives),          cmocka_unit_test(keep_scenario_survives),
        cmocka_unit_test(edit_rules_survives),     cmocka_unit_test(erase_survives),
        cmocka_unit_test(rescue_survives),
    };
    failing_memory_under_sqlite();
    json_set_alloc_funcs(counted_malloc, free);
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}

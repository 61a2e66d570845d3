/* The workspace: what it refuses, what its counters say, what its tables find, what its past was.
 */
#include "aisle/rows.h"
#include "aisle/runs.h"

#include "aisle/rng.h"

#include "../support/shop_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, capacity, file);
    fclose(file);
    return length;
}

/* Opening fails with one sentence that holds `words`, and the file stays as it was. */
static void refused(const char *path, enum workspace_mode mode, const char *words)
{
    static unsigned char before[1 << 20], after[1 << 20];
    struct error error = { 0 };
    size_t length = read_file(path, before, sizeof before);
    assert_null(workspace_open(path, mode, &error));
    assert_non_null(strstr(error.text, words));
    assert_null(strchr(error.text, '\n'));
    assert_int_equal(read_file(path, after, sizeof after), length);
    assert_memory_equal(before, after, length);
}

static void other_files(void **state)
{
    static unsigned char bytes[1 << 20];
    static const char words[] = "not a database, only text in a file of some length";
    struct shop_file file;
    char path[128];
    (void)state;
    shop_file_make(&file, 5, 5, 20);
    workspace_close(file.workspace);
    size_t length = read_file(file.path, bytes, sizeof bytes);
    snprintf(path, sizeof path, "%s/other", file.folder);

    write_file(path, words, sizeof words);
    refused(path, WORKSPACE_READ, "not an aisle workspace");
    refused(path, WORKSPACE_CREATE, "not an aisle workspace");
    write_file(path, bytes, 3000);
    refused(path, WORKSPACE_READ, path);
    bytes[63]++; /* user_version, big-endian, at 60 */
    write_file(path, bytes, length);
    refused(path, WORKSPACE_WRITE, "newer");
    bytes[63]--;
    bytes[71]++; /* application_id at 68 */
    write_file(path, bytes, length);
    refused(path, WORKSPACE_CREATE, "another program");
    unlink(path);

    struct error error = { 0 };
    assert_null(workspace_open(path, WORKSPACE_READ, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    file.workspace = workspace_open(file.path, WORKSPACE_READ, &error);
    assert_non_null(file.workspace);
    assert_null(writer_begin(file.workspace, &error));
    shop_file_remove(&file);
}

struct names_of_shop {
    const char *id, *name;
};

static const struct names_of_shop people[] = {
    { "1001", "Anna Kowalska" }, { "1002", "Annika Sørensen" }, { "1003", "安娜 林" },
    { "x-7", "Éloïse d'Été" },   { "\"q\"", "=cmd" },
};

static void put(struct writer *writer, const struct record *record)
{
    struct error error = { 0 };
    if (!writer_record(writer, record, &error)) fail_msg("%s", error.text);
}

static struct record event_of(const char *user, const char *item, int64_t time,
                              enum event_type type, double quantity, double value)
{
    return (struct record){ .kind = RECORD_EVENT,
                            .user = slice_of(user),
                            .item = slice_of(item),
                            .time = time,
                            .type = type,
                            .quantity = quantity,
                            .value = value };
}

/* A file without anybody. */
static void make_empty(struct shop_file *file)
{
    shop_file_make(file, 1, 1, 0);
    workspace_close(file->workspace);
    unlink(file->path);
    struct error error = { 0 };
    file->workspace = workspace_open(file->path, WORKSPACE_CREATE, &error);
    if (!file->workspace) fail_msg("%s", error.text);
}

static int64_t found(struct reader *reader, enum table_kind kind, const char *filter,
                     const char *sort, bool descending, int64_t *first)
{
    struct error error = { 0 };
    const struct row_query query = { kind, filter, sort, descending };
    struct selection *selection = rows_select(reader, &query, &error);
    if (!selection) fail_msg("%s: %s", filter ? filter : "", error.text);
    int64_t n = selection->n;
    struct page *page = rows_page(reader, selection, 0, 50, &error);
    assert_non_null(page);
    if (first) *first = n > 0 ? page->key[0] : 0;
    page_free(page);
    selection_free(selection);
    return n;
}

static void searches(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    int64_t first;
    (void)state;
    make_empty(&file);
    struct writer *writer = writer_begin(file.workspace, &error);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        const struct attribute segment = { slice_of("segment"), slice_of(i % 2 ? "B" : "A") };
        put(writer, &(struct record){ .kind = RECORD_USER,
                                      .user = slice_of(people[i].id),
                                      .name = slice_of(people[i].name),
                                      .attributes = &segment,
                                      .n_attributes = 1 });
    }
    struct record bought = event_of("1002", "i1", 86400, EVENT_PURCHASE, 2, 1.5);
    put(writer, &bought);
    assert_true(writer_commit(writer, &error));
    struct reader *reader = reader_open(file.workspace, &error);
    assert_non_null(reader);

    assert_int_equal(found(reader, TABLE_USERS, NULL, NULL, false, NULL), 5);
    assert_int_equal(found(reader, TABLE_USERS, "ann", NULL, false, NULL), 2);
    assert_int_equal(found(reader, TABLE_USERS, "sorensen", NULL, false, &first),
                     0); /* ø is a letter */
    assert_int_equal(found(reader, TABLE_USERS, "SØRENSEN", NULL, false, &first), 1);
    assert_int_equal(first, 2);
    assert_int_equal(found(reader, TABLE_USERS, "eloise", NULL, false, &first), 1);
    assert_int_equal(first, 4);
    assert_int_equal(found(reader, TABLE_USERS, "安娜", NULL, false, &first), 1);
    assert_int_equal(first, 3);
    assert_int_equal(found(reader, TABLE_USERS, "100", NULL, false, NULL), 3);
    assert_int_equal(found(reader, TABLE_USERS, "\"a kow\"", NULL, false, NULL), 1);
    assert_int_equal(found(reader, TABLE_USERS, "segment=b", NULL, false, NULL), 2);
    assert_int_equal(found(reader, TABLE_USERS, "segment=A name~ann", NULL, false, NULL), 1);
    assert_int_equal(found(reader, TABLE_USERS, "spend>=3", NULL, false, NULL), 1);
    assert_int_equal(found(reader, TABLE_USERS, "last=1970-01-02", NULL, false, NULL), 1);
    assert_int_equal(found(reader, TABLE_USERS, NULL, "name", true, &first), 5);
    assert_int_equal(first, 3);
    assert_int_equal(found(reader, TABLE_EVENTS, "user=1002", NULL, false, NULL), 1);
    assert_int_equal(found(reader, TABLE_EVENTS, "user=1001", NULL, false, NULL), 0);

    const struct row_query wrong = { TABLE_USERS, "colour=red", NULL, false };
    assert_null(rows_select(reader, &wrong, &error));
    assert_non_null(strstr(error.text, "segment"));

    /* A new name is found, the old one is not. */
    writer = writer_begin(file.workspace, &error);
    put(writer, &(struct record){ .kind = RECORD_USER,
                                  .user = slice_of("1001"),
                                  .name = slice_of("Barbara Nowak") });
    assert_true(writer_commit(writer, &error));
    assert_int_equal(found(reader, TABLE_USERS, "kowalska", NULL, false, NULL), 0);
    assert_int_equal(found(reader, TABLE_USERS, "nowak", NULL, false, NULL), 1);
    reader_close(reader);
    shop_file_remove(&file);
}

enum { USERS = 12, ITEMS = 9, STEPS = 600 };

/* Counters against an obvious count of the same random stream, over several transactions, one of
 * which is rolled back. */
static void counters(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct rng rng;
    static bool bought[USERS][ITEMS];
    int64_t orders[USERS] = { 0 }, buyers[ITEMS] = { 0 }, events = 0;
    double spend[USERS] = { 0 };
    (void)state;
    memset(bought, 0, sizeof bought);
    rng_init(&rng, 5);
    make_empty(&file);
    for (int part = 0; part < 4; part++) {
        struct writer *writer = writer_begin(file.workspace, &error);
        assert_non_null(writer);
        if (part == 0) assert_true(writer_bulk(writer, &error));
        for (int step = 0; step < STEPS / 4; step++) {
            uint32_t u = rng_below(&rng, USERS), i = rng_below(&rng, ITEMS);
            bool returned = rng_below(&rng, 5) == 0;
            char user[8], item[8];
            snprintf(user, sizeof user, "u%u", u);
            snprintf(item, sizeof item, "i%u", i);
            double quantity = 1 + rng_below(&rng, 3);
            struct record record = event_of(
                user, item, 1000 + step, returned ? EVENT_RETURN : EVENT_PURCHASE, quantity, 2.5);
            put(writer, &record);
            if (part == 2) continue;
            events++;
            orders[u] += !returned;
            spend[u] += (returned ? -2.5 : 2.5) * quantity;
            buyers[i] += !returned && !bought[u][i];
            bought[u][i] |= !returned;
        }
        if (part == 2)
            writer_rollback(writer);
        else
            assert_true(writer_commit(writer, &error));
    }
    struct reader *reader = reader_open(file.workspace, &error);
    struct workspace_counts counts;
    assert_true(workspace_counts(reader, &counts, &error));
    assert_int_equal(counts.events, events);
    assert_int_equal(counts.users, USERS);
    assert_int_equal(counts.items, ITEMS);
    assert_int_equal(counts.users_without_events, 0);
    int32_t n_columns;
    const struct table_column *columns = rows_columns(reader, TABLE_USERS, &n_columns, &error);
    for (uint32_t u = 0; u < USERS; u++) {
        char id[8];
        snprintf(id, sizeof id, "u%u", u);
        int64_t key = rows_find_user(reader, slice_of(id));
        struct selection one = { .query = { .kind = TABLE_USERS }, .n = 1, .key = &key };
        struct page *page = rows_page(reader, &one, 0, 1, &error);
        assert_non_null(page);
        for (int32_t c = 0; c < n_columns; c++) {
            const struct cell *cell = page_cell(page, 0, c);
            if (strcmp(columns[c].name, "orders") == 0) assert_int_equal(cell->integer, orders[u]);
            if (strcmp(columns[c].name, "spend") == 0)
                assert_true(fabs(cell->number - spend[u]) < 1e-9);
        }
        page_free(page);
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        char filter[32];
        snprintf(filter, sizeof filter, "id=i%u buyers=%d", i, (int)buyers[i]);
        assert_int_equal(found(reader, TABLE_ITEMS, filter, NULL, false, NULL), 1);
    }
    reader_close(reader);
    shop_file_remove(&file);
}

static void the_past(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct strength_options options;
    (void)state;
    strength_options_init(&options);
    shop_file_make(&file, 20, 10, 200);
    struct reader *reader = reader_open(file.workspace, &error);
    const struct dataset *then = workspace_dataset(reader, &options, NULL, NULL, &error);
    assert_non_null(then);
    shop_file_buy(&file, 15, 20, 14, 100);
    const struct dataset *now = workspace_dataset(reader, &options, NULL, NULL, &error);
    const struct workspace_past past = { then->events_seen, then->n_users, then->n_items };
    const struct dataset *again = workspace_dataset(reader, &options, &past, NULL, &error);
    assert_non_null(now);
    assert_non_null(again);
    assert_true(now->fingerprint != then->fingerprint);
    assert_true(again->fingerprint == then->fingerprint);
    dataset_release(then);
    dataset_release(now);
    dataset_release(again);
    reader_close(reader);
    shop_file_remove(&file);
}

static void describe(struct writer *writer, enum record_kind kind, const char *id,
                     const char *other, const char *name, const char *value)
{
    const struct attribute attribute = { slice_of(name), slice_of(value) };
    const struct record record = {
        .kind = kind,
        .user = slice_of(id),
        .item = slice_of(id),
        .other = slice_of(other),
        .attributes = &attribute,
        .n_attributes = name ? 1 : 0,
    };
    struct error error = { 0 };
    assert_true(writer_record(writer, &record, &error));
}

static bool has(const struct dataset *dataset, const char *user, const char *name,
                const char *value)
{
    const struct attributes *known = &dataset->user_attributes;
    int32_t u = names_find(&dataset->user_ids, slice_of(user));
    int32_t wanted = attributes_find(known, slice_of(name), slice_of(value));
    for (int64_t at = known->offset[u]; at < known->offset[u + 1]; at++)
        if (known->value[at] == wanted) return true;
    return false;
}

static void who_and_what(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    (void)state;
    shop_file_make(&file, 20, 10, 200);
    struct reader *reader = reader_open(file.workspace, &error);
    const struct dataset *bare = workspace_dataset(reader, NULL, NULL, NULL, &error);
    assert_non_null(bare);
    assert_int_equal(bare->user_attributes.values.n, 0);
    assert_int_equal(bare->user_attributes.offset[bare->n_users], 0);
    assert_null(bare->friend_offset);

    struct writer *writer = writer_begin(file.workspace, &error);
    describe(writer, RECORD_USER, "u3", "", "city", "Lyon");
    describe(writer, RECORD_USER, "u3", "", "city", "Oslo"); /* moved */
    describe(writer, RECORD_USER, "u4", "", "city", "Lyon");
    describe(writer, RECORD_USER, "u4", "", "hobby", "ski| run|ski");
    describe(writer, RECORD_USER, "fresh", "", "city", "Oslo");
    describe(writer, RECORD_ITEM, "i2", "", "brand", "Nordlys");
    describe(writer, RECORD_FRIENDSHIP, "u3", "fresh", NULL, NULL);
    describe(writer, RECORD_FRIENDSHIP, "u3", "u4", NULL, NULL);
    assert_true(writer_commit(writer, &error));
    const struct dataset *now = workspace_dataset(reader, NULL, NULL, NULL, &error);
    assert_non_null(now);
    assert_int_equal(now->n_users, bare->n_users + 1);
    assert_true(has(now, "u3", "city", "Oslo") && !has(now, "u3", "city", "Lyon"));
    assert_true(has(now, "u4", "city", "Lyon") && has(now, "u4", "hobby", "run"));
    assert_true(has(now, "fresh", "city", "Oslo"));
    int32_t item = names_find(&now->item_ids, slice_of("i2"));
    assert_int_equal(now->item_attributes.offset[item + 1] - now->item_attributes.offset[item], 1);
    assert_int_equal(now->item_attributes.offset[now->n_items], 1);
    int32_t u3 = names_find(&now->user_ids, slice_of("u3"));
    assert_int_equal(now->friend_offset[u3 + 1] - now->friend_offset[u3], 2);
    assert_int_equal(now->friend_offset[now->n_users], 4);

    /* The past has the same facts about fewer people, and the fingerprint it had without them. */
    const struct workspace_past past = { bare->events_seen, bare->n_users, bare->n_items };
    const struct dataset *then = workspace_dataset(reader, NULL, &past, NULL, &error);
    assert_non_null(then);
    assert_true(then->fingerprint == bare->fingerprint);
    assert_true(has(then, "u3", "city", "Oslo"));
    assert_int_equal(then->friend_offset[then->n_users], 2);
    dataset_release(bare);
    dataset_release(now);
    dataset_release(then);
    reader_close(reader);
    shop_file_remove(&file);
}

static bool body(void *context, struct byte_writer *writer)
{
    const int64_t *n = context;
    for (int64_t i = 0; i < *n; i++)
        bytes_write_int64(writer, i * i);
    return true;
}

static int64_t save(struct shop_file *file, int64_t n)
{
    struct error error = { 0 };
    struct run run = { .kind = "popular", .parameters = "{}", .metrics = "{}" };
    struct writer *writer = writer_begin(file->workspace, &error);
    if (!run_save(writer, &run, body, &n, &error) || !run_activate(writer, run.id, &error))
        fail_msg("%s", error.text);
    assert_true(writer_commit(writer, &error));
    return run.id;
}

static void runs(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct byte_reader bytes;
    struct run run;
    enum { N = 300000 }; /* more than two chunks */
    (void)state;
    shop_file_make(&file, 3, 3, 5);
    int64_t first = save(&file, N), second = save(&file, 1);
    struct reader *reader = reader_open(file.workspace, &error);
    assert_true(run_active(reader, "popular", &run, &error));
    assert_int_equal(run.id, second);
    assert_int_equal(run.replaced, first);

    struct run_stream *stream = run_stream_open(reader, first, &error);
    bytes_read_open(&bytes, run_stream_get, stream, &error);
    for (int64_t i = 0; i < N; i++)
        assert_int_equal(bytes_read_int64(&bytes), i * i);
    assert_true(bytes_read_close(&bytes));
    run_stream_close(stream);

    struct writer *writer = writer_begin(file.workspace, &error);
    assert_false(run_delete(writer, second, &error));
    assert_true(run_rollback(writer, "popular", &error));
    assert_true(run_delete(writer, second, &error));
    assert_false(run_rollback(writer, "popular", &error));
    assert_true(writer_commit(writer, &error));
    assert_true(run_active(reader, "popular", &run, &error));
    assert_int_equal(run.id, first);
    assert_false(run_find(reader, second, &run, &error));
    assert_int_equal(found(reader, TABLE_AUDIT, NULL, NULL, false, NULL), 4);
    reader_close(reader);
    shop_file_remove(&file);
}

/* What a model tells about itself outlives measuring, and a damaged record is no failure. */
static void facts_and_metrics(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct run run = { .kind = "ease", .parameters = "{}", .facts = "{\"note\":\"it's\",\"n\":3}" };
    int64_t one = 1;
    (void)state;
    shop_file_make(&file, 3, 3, 5);
    int64_t plain = save(&file, 1);
    struct reader *reader = reader_open(file.workspace, &error);
    assert_true(run_find(reader, plain, &run, &error));
    assert_string_equal(run.facts, "{}");
    assert_string_equal(run.metrics, "{}");

    struct writer *writer = writer_begin(file.workspace, &error);
    snprintf(run.facts, sizeof run.facts, "{\"note\":\"it's\",\"n\":3}");
    assert_true(run_save(writer, &run, body, &one, &error));
    assert_true(run_set_metrics(writer, run.id, "{\"old\":1}", &error));
    assert_true(run_set_metrics(writer, run.id, "{\"ndcg\":0.5}", &error));
    assert_true(run_set_metrics(writer, plain, "no JSON", &error));
    assert_true(writer_commit(writer, &error));
    assert_true(run_find(reader, run.id, &run, &error));
    assert_string_equal(run.facts, "{\"note\":\"it's\",\"n\":3}");
    assert_string_equal(run.metrics, "{\"ndcg\":0.5}");
    assert_true(run_find(reader, plain, &run, &error));
    assert_string_equal(run.facts, "{}");
    assert_string_equal(run.metrics, "no JSON");
    writer = writer_begin(file.workspace, &error);
    assert_true(run_set_metrics(writer, plain, "{}", &error)); /* and is mended */
    assert_true(writer_commit(writer, &error));
    reader_close(reader);
    shop_file_remove(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_and_metrics), cmocka_unit_test(other_files),
        cmocka_unit_test(searches),          cmocka_unit_test(counters),
        cmocka_unit_test(the_past),          cmocka_unit_test(runs),
        cmocka_unit_test(who_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* import_paths() on a workspace: folders, archives, pipes, bad rows, strict, dry runs, the journal.
 */
#include "aisle/export.h"
#include "aisle/import.h"
#include "aisle/rng.h"

#include <archive.h>
#include <archive_entry.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[32][512];
    static int turn;

    turn = (turn + 1) % 32;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
    return paths[turn];
}

static const char *put_bytes(const char *name, const void *bytes, size_t length)
{
    const char *path = in_folder(name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static const char *put(const char *name, const char *text)
{
    return put_bytes(name, text, strlen(text));
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/aisle-test-import-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[256];

    (void)state;
    snprintf(command, sizeof command, "chmod -R u+w '%s'; rm -rf '%s'", folder, folder);
    return system(command);
}

/* One import into a workspace of the folder, which is opened for it. */
static bool import_n(const char *workspace_name, const char *const *paths, int32_t n,
                     const struct import_options *options, struct import_result *result,
                     struct error *error)
{
    struct workspace *workspace =
        workspace_open(in_folder(workspace_name), WORKSPACE_CREATE, error);
    bool done;

    if (!workspace) fail_msg("%s", error->text);
    *error = (struct error){ 0 };
    done = import_paths(workspace, paths, n, options, NULL, result, error);
    workspace_close(workspace);
    return done;
}

static bool import_one(const char *workspace_name, const char *path,
                       const struct import_options *options, struct import_result *result,
                       struct error *error)
{
    return import_n(workspace_name, &path, 1, options, result, error);
}

static struct workspace_counts counts_of(const char *workspace_name)
{
    struct error error = { 0 };
    struct workspace *workspace = workspace_open(in_folder(workspace_name), WORKSPACE_READ, &error);
    struct workspace_counts counts = { 0 };
    struct reader *reader = workspace ? reader_open(workspace, &error) : NULL;

    if (!reader || !workspace_counts(reader, &counts, &error)) fail_msg("%s", error.text);
    reader_close(reader);
    workspace_close(workspace);
    return counts;
}

static bool to_text(void *context, const void *bytes, size_t length, struct error *error)
{
    (void)error;
    text_add(context, bytes, length);
    return true;
}

static void export_to(const char *workspace_name, const char *format, struct text *out)
{
    struct error error = { 0 };
    struct workspace *workspace = workspace_open(in_folder(workspace_name), WORKSPACE_READ, &error);
    struct reader *reader = workspace ? reader_open(workspace, &error) : NULL;

    if (!reader || !export_events(reader, format, to_text, out, NULL, &error))
        fail_msg("%s", error.text);
    reader_close(reader);
    workspace_close(workspace);
}

static const char bad_rows[] = "user_id,item_id,timestamp\nu1,i1,2021-01-01 00:00:00\n"
                               "u2,,2021-01-01\nu3,i3,not\x1b[31m-a-date\nu4,i4,1609459200\n";

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = calloc(1, 4096);

    assert_non_null(file);
    assert_non_null(bytes);
    assert_true(fread(bytes, 1, 4095, file) < 4095);
    fclose(file);
    return bytes;
}

static void bad_rows_are_named_and_the_rest_is_taken(void **state)
{
    const char *path = put("bad.csv", bad_rows);
    struct import_options options = { .rejects = in_folder("rejects") };
    struct import_result result;
    struct error error;
    char wanted[512], *got;

    (void)state;
    if (!import_one("bad.aisle", path, &options, &result, &error)) fail_msg("%s", error.text);
    assert_int_equal(result.read, 4);
    assert_int_equal(result.accepted, 2);
    assert_int_equal(result.rejected, 2);
    assert_int_equal(result.events, 2);
    assert_int_equal(result.users, 2);
    assert_int_equal(result.n_reasons, 2);
    assert_string_equal(result.reasons[0].text, "no item");
    assert_int_equal(result.reasons[0].first_line, 3);
    assert_string_equal(result.reasons[1].text, "not a date");
    assert_string_equal(result.files[0].format, "purchases");
    snprintf(wanted, sizeof wanted,
             "%s:3: no item: u2,,2021-01-01\n%s:4: not a date: u3,i3,not\xe2\x90\x9b[31m-a-date\n",
             path, path);
    got = read_whole(in_folder("rejects"));
    assert_string_equal(got, wanted);
    free(got);
    import_result_fini(&result);
}

static void strict_takes_all_or_nothing(void **state)
{
    const char *paths[] = { put("good.csv", "user,item\n1,2\n"), put("bad.csv", bad_rows) };
    struct import_options options = { .strict = true };
    struct import_result result;
    struct error error;

    (void)state;
    assert_false(import_n("strict.aisle", paths, 2, &options, &result, &error));
    assert_non_null(strstr(error.text, "bad.csv:3: no item"));
    assert_int_equal(result.events, 0);
    import_result_fini(&result);
    assert_int_equal(counts_of("strict.aisle").events, 0);
    assert_int_equal(counts_of("strict.aisle").users, 0);
    assert_true(import_n("strict.aisle", paths, 1, &options, &result, &error));
    import_result_fini(&result);
    assert_int_equal(counts_of("strict.aisle").events, 1);
}

static void a_dry_run_counts_and_writes_nothing(void **state)
{
    const char *paths[] = { put("a.csv", "user,item\n1,2\n1,3\n2,3\n"),
                            put("b.csv", "user,item\n1,4\n"), in_folder("a.csv") };
    struct import_options dry = { .dry_run = true };
    struct import_result result;
    struct error error;

    (void)state;
    assert_true(import_one("dry.aisle", paths[1], NULL, &result, &error));
    import_result_fini(&result);
    assert_true(import_n("dry.aisle", paths, 3, &dry, &result, &error));
    assert_int_equal(result.events, 3); /* b.csv is in already, a.csv comes twice */
    assert_int_equal(result.users, 1);  /* user 1 is there */
    assert_int_equal(result.items, 2);
    import_result_fini(&result);
    assert_int_equal(counts_of("dry.aisle").events, 1);
    assert_true(import_paths(NULL, paths, 2, &dry, NULL, &result, &error));
    assert_int_equal(result.events, 4);
    assert_int_equal(result.users, 2);
    import_result_fini(&result);
}

static void the_same_content_changes_nothing(void **state)
{
    const char *paths[] = { put("a.csv", "user,item\n1,2\n"), put("copy.csv", "user,item\n1,2\n") };
    struct import_result result;
    struct error error;

    (void)state;
    assert_true(import_n("twice.aisle", paths, 2, NULL, &result, &error));
    assert_int_equal(result.events, 1);
    assert_false(result.files[0].unchanged);
    assert_true(result.files[1].unchanged);
    import_result_fini(&result);
    assert_true(import_n("twice.aisle", paths, 2, NULL, &result, &error));
    assert_int_equal(result.events, 0);
    assert_true(result.files[0].unchanged);
    assert_string_equal(result.files[0].note, "already imported");
    import_result_fini(&result);
}

static void a_folder_is_read_events_first(void **state)
{
    const char *paths[1];
    struct import_result result;
    struct error error;
    struct text text = { 0 };

    (void)state;
    assert_int_equal(mkdir(in_folder("shop"), 0700), 0);
    assert_int_equal(mkdir(in_folder("shop/deep"), 0700), 0);
    put("shop/deep/events.csv", "user,item\n7,7\n");
    put("shop/a_items.csv", "item_id,title\ni9,Nine\ni1,One\n");
    put("shop/b_users.csv", "user_id,age\nu9,9\n");
    put("shop/events.csv", "user,item\nu1,i1\n");
    put("shop/README", "A shop.\n");
    put("shop/.hidden", "user,item\n8,8\n");
    put("shop/picture", "");
    put_bytes("shop/noise.bin", "\0\1\2\3\0", 5);
    paths[0] = in_folder("shop");
    if (!import_n("folder.aisle", paths, 1, NULL, &result, &error)) fail_msg("%s", error.text);
    assert_int_equal(result.n_files, 8);
    assert_int_equal(result.events, 1);
    assert_int_equal(result.items, 2);
    assert_int_equal(result.users, 2);
    for (int32_t i = 0; i < result.n_files; i++)
        text_format(&text, "%s %d %s\n", strrchr(result.files[i].path, '/') + 1,
                    result.files[i].passed_over, result.files[i].note);
    assert_string_equal(text.bytes, ".hidden 1 passed over: a hidden file\n"
                                    "README 1 passed over: not a file that aisle knows\n"
                                    "deep 1 passed over: a folder in a folder\n"
                                    "noise.bin 1 passed over: not text\n"
                                    "picture 1 passed over: an empty file\n"
                                    "events.csv 0 \na_items.csv 0 \nb_users.csv 0 \n");
    import_result_fini(&result);
    text_fini(&text);
}

/* ------------------------------------------------------------------------------- archives */

static const char *put_archive(const char *name, int format, int filter, const char *const *members,
                               const char *const *contents, int n)
{
    const char *path = in_folder(name);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_add_filter(archive, filter);
    archive_write_set_format(archive, format);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (int i = 0; i < n; i++) {
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, members[i]);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)strlen(contents[i]));
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        archive_write_data(archive, contents[i], strlen(contents[i]));
    }
    archive_entry_free(entry);
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    return path;
}

static void archives_are_read_as_they_are(void **state)
{
    static const char *const members[] = { "s/items.csv", "s/README", "s/day1.csv", "s/day2.csv" };
    static const char *const contents[] = { "item_id,title\ni1,One\n", "hello\n",
                                            "user,item\nu1,i1\n", "user,item\nu2,i2\n" };
    const struct {
        const char *name;
        int format, filter, n;
    } kinds[] = {
        { "a.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, 4 },
        { "a.tar.gz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, 4 },
        { "a.tar.zst", ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_ZSTD, 4 },
        { "a.tar", ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE, 4 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *path = put_archive(kinds[i].name, kinds[i].format, kinds[i].filter, members,
                                       contents, kinds[i].n);
        struct import_result result;
        struct error error;
        char workspace[48];

        snprintf(workspace, sizeof workspace, "archive%u.aisle", (unsigned)i % 10);
        if (!import_one(workspace, path, NULL, &result, &error)) fail_msg("%s", error.text);
        assert_int_equal(result.n_files, 4);
        assert_int_equal(result.events, 2);
        assert_int_equal(result.items, 2);
        assert_string_equal(strrchr(result.files[1].path, ':'), ":s/day1.csv");
        assert_string_equal(strrchr(result.files[3].path, ':'), ":s/items.csv");
        import_result_fini(&result);
        assert_true(import_one(workspace, path, NULL, &result, &error));
        assert_int_equal(result.events, 0);
        assert_true(result.files[1].unchanged);
        import_result_fini(&result);
    }
}

/* A compressed file is the file: the plain one is the same content. */
static void one_compressed_file(void **state)
{
    static const char *const member[] = { "ignored" };
    static const char *const content[] = { "user,item\nu1,i1\n" };
    const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD };
    const char *const names[] = { "p.csv.gz", "p.csv.zst" };
    struct import_result result;
    struct error error;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *path =
            put_archive(names[i], ARCHIVE_FORMAT_RAW, filters[i], member, content, 1);

        if (!import_one("gz.aisle", path, NULL, &result, &error)) fail_msg("%s", error.text);
        assert_int_equal(result.n_files, 1);
        assert_int_equal(result.events, i == 0);
        assert_string_equal(result.files[0].path, path);
        import_result_fini(&result);
    }
}

static void a_cut_archive_leaves_nothing(void **state)
{
    static const char *const member[] = { "ignored" };
    struct text csv = { 0 };
    struct import_result result;
    struct error error;
    const char *path;
    struct rng rng;
    struct stat status;

    (void)state;
    rng_init(&rng, 3);
    text_add_string(&csv, "user,item\n");
    for (int i = 0; i < 20000; i++)
        text_format(&csv, "%u,%u\n", rng_below(&rng, 1000000), rng_below(&rng, 1000000));
    path = put_archive("cut.csv.gz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, member,
                       (const char *const *)&csv.bytes, 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size / 2), 0);
    assert_false(import_one("cut.aisle", path, NULL, &result, &error));
    assert_non_null(strstr(error.text, "cut.csv.gz: damaged or cut off"));
    import_result_fini(&result);
    assert_int_equal(counts_of("cut.aisle").events, 0);
    text_fini(&csv);
}

/* ----------------------------------------------------------------------- what cannot be read */

static void what_cannot_be_read_gets_a_sentence(void **state)
{
    struct import_result result;
    struct error error;
    const char *paths[2];

    (void)state;
    assert_false(import_one("e.aisle", in_folder("absent.csv"), NULL, &result, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    assert_false(import_one("e.aisle", "/dev/zero", NULL, &result, &error));
    assert_non_null(strstr(error.text, "a device, not a file"));
    assert_false(
        import_one("e.aisle", put("prose.txt", "Once upon a time\n"), NULL, &result, &error));
    assert_non_null(strstr(error.text, "--format"));
    assert_false(
        import_one("e.aisle", put_bytes("u16.csv", "\xff\xfeu\0s\0", 6), NULL, &result, &error));
    assert_non_null(strstr(error.text, "not a file that aisle knows"));
    assert_false(import_one("e.aisle", in_folder("prose.txt"),
                            &(struct import_options){ .format = "nonsense" }, &result, &error));
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "movielens-100k"));
    assert_false(import_one("e.aisle", put("m.csv", "who,what\n1,2\n"),
                            &(struct import_options){ .map = "user=who,item=wht" }, &result,
                            &error));
    assert_non_null(strstr(error.text, "no column wht; there are: who, what"));
    import_result_fini(&result);
    if (geteuid() != 0) {
        paths[0] = put("good.csv", "user,item\n1,2\n");
        assert_int_equal(mkdir(in_folder("closed"), 0), 0);
        paths[1] = in_folder("closed");
        assert_false(import_n("e.aisle", paths, 2, NULL, &result, &error));
        assert_non_null(strstr(error.text, "Permission denied"));
        import_result_fini(&result);
    }
    assert_int_equal(counts_of("e.aisle").events, 0);
}

static void a_format_can_be_insisted_on(void **state)
{
    const char *path = put("ids.txt", "ann apple\nbob pear apple\n");
    struct import_result result;
    struct error error;

    (void)state;
    if (!import_one("ids.aisle", path, &(struct import_options){ .format = "sasrec" }, &result,
                    &error))
        fail_msg("%s", error.text);
    assert_int_equal(result.events, 3);
    assert_int_equal(result.read, 2);
    import_result_fini(&result);
}

/* ------------------------------------------------------------------------------- sentences */

/* Random events of every type as a workspace, as text, as a workspace again: the same text. */
static void text_reads_back_byte_for_byte(void **state)
{
    struct error error = { 0 };
    struct workspace *workspace = workspace_open(in_folder("one.aisle"), WORKSPACE_CREATE, &error);
    struct writer *writer = workspace ? writer_begin(workspace, &error) : NULL;
    static const char *const users[] = {
        "1", "Ann Lee", "a\"b", "\\", "x.", "e\xcc\x81\xff", "7\n"
    };
    struct text first = { 0 }, second = { 0 };
    struct import_result result;
    struct rng rng;

    (void)state;
    if (!writer) fail_msg("%s", error.text);
    rng_init(&rng, 11);
    for (int i = 0; i < 5000; i++) {
        char item[32];
        struct record record = { .kind = RECORD_EVENT, .line = i + 1, .item = { item, 0 } };

        record.item.length = (size_t)snprintf(item, sizeof item, "i%u%s", rng_below(&rng, 300),
                                              i % 3 ? "" : " at 1");
        record.user = slice_of(users[rng_below(&rng, 7)]);
        record.type = (enum event_type)rng_below(&rng, EVENT_TYPES);
        record.time = rng_below(&rng, 2) ? MOMENT_NONE : (int64_t)rng_below(&rng, 2000000000);
        record.quantity = rng_below(&rng, 2) ? 1 : 1 + rng_below(&rng, 40);
        record.value = rng_below(&rng, 2) ? (double)NAN : (double)rng_below(&rng, 10000) / 100;
        if (!writer_record(writer, &record, &error)) fail_msg("%s", error.text);
    }
    if (!writer_commit(writer, &error)) fail_msg("%s", error.text);
    workspace_close(workspace);
    export_to("one.aisle", "text", &first);
    if (!import_one("two.aisle", put_bytes("one.txt", first.bytes, first.length), NULL, &result,
                    &error))
        fail_msg("%s", error.text);
    assert_int_equal(result.rejected, 0);
    assert_int_equal(result.events, 5000);
    import_result_fini(&result);
    export_to("two.aisle", "text", &second);
    assert_string_equal(first.bytes, second.bytes);
    text_fini(&first);
    text_fini(&second);
}

static void events_in_other_formats(void **state)
{
    const char *path = put("f.csv", "user,item,rating,time,type,title\n"
                                    "1,\"a,b\",4.5,1609459200,rating,\n2,c,,,purchase,Cup\n"
                                    "2,d,,,return,\n2,e,,,view,\n2,c,,1609459201,purchase,Cup\n");
    struct import_result result;
    struct error error;
    struct text out = { 0 };

    (void)state;
    if (!import_one("formats.aisle", path, NULL, &result, &error)) fail_msg("%s", error.text);
    assert_int_equal(result.rejected, 0);
    import_result_fini(&result);
    export_to("formats.aisle", "recbole", &out);
    assert_string_equal(out.bytes, "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
                                   "1\ta,b\t4.5\t1609459200\n2\tc\t1\t\n2\td\t-1\t\n"
                                   "2\tc\t1\t1609459201\n");
    text_clear(&out);
    export_to("formats.aisle", "movielens", &out);
    assert_string_equal(out.bytes, "userId,movieId,rating,timestamp\n1,\"a,b\",4.5,1609459200\n"
                                   "2,c,1,\n2,d,-1,\n2,c,1,1609459201\n");
    text_clear(&out);
    export_to("formats.aisle", "jsonl", &out);
    assert_non_null(strstr(out.bytes, "{\"messages\":[{\"role\":\"system\",\"content\":"));
    assert_non_null(strstr(out.bytes, "User 2 bought item c. User 2 returned item d. User 2 is "
                                      "interested in the following items:\"},{\"role\":"
                                      "\"assistant\",\"content\":\"item e, item c (Cup)\"}]}\n"));
    assert_null(strstr(out.bytes, "User 1")); /* one event: nothing to ask */
    text_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_are_named_and_the_rest_is_taken),
        cmocka_unit_test(strict_takes_all_or_nothing),
        cmocka_unit_test(a_dry_run_counts_and_writes_nothing),
        cmocka_unit_test(the_same_content_changes_nothing),
        cmocka_unit_test(a_folder_is_read_events_first),
        cmocka_unit_test(archives_are_read_as_they_are),
        cmocka_unit_test(one_compressed_file),
        cmocka_unit_test(a_cut_archive_leaves_nothing),
        cmocka_unit_test(what_cannot_be_read_gets_a_sentence),
        cmocka_unit_test(a_format_can_be_insisted_on),
        cmocka_unit_test(text_reads_back_byte_for_byte),
        cmocka_unit_test(events_in_other_formats),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

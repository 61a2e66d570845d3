/* Tables as CSV, JSON, JSONL and Markdown; files that are there whole or not at all. */
#include "aisle/export.h"

#include <fcntl.h>
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

static const struct table_column columns[] = {
    { .name = "id", .title = "ID", .type = CELL_TEXT },
    { .name = "n", .title = "N|M", .type = CELL_INTEGER },
    { .name = "x", .title = "X", .type = CELL_SCORE },
    { .name = "at", .title = "AT", .type = CELL_MOMENT },
};
enum { COLUMNS = 4 };

static bool to_text(void *context, const void *bytes, size_t length, struct error *error)
{
    (void)error;
    text_add(context, bytes, length);
    return true;
}

static struct page *page_of(const char *const *ids, int32_t n, double x)
{
    struct page *page = page_new(0, n, COLUMNS, NULL);

    assert_non_null(page);
    for (int32_t i = 0; i < n; i++) {
        page_add_row(page, i + 1);
        page_set_text(page, 0, slice_of(ids[i]));
        page_set_integer(page, 1, -5 + i);
        page_set_number(page, 2, x);
        page_set_integer(page, 3, i == 0 ? 1609459200 : MOMENT_NONE);
    }
    assert_true(page_finish(page, NULL));
    return page;
}

static void check(enum export_format format, const char *const *ids, int32_t n, double x,
                  const char *wanted)
{
    struct text out = { 0 };
    struct table_export table = {
        .format = format, .columns = columns, .n_columns = COLUMNS, .put = to_text, .context = &out
    };
    struct error error = { 0 };

    assert_true(table_export_begin(&table, &error));
    for (int32_t i = 0; i < n; i++) { /* a page a row: pages join without a seam */
        struct page *page = page_of(ids + i, 1, x);

        assert_true(table_export_page(&table, page, &error));
        page_free(page);
    }
    assert_true(table_export_end(&table, &error));
    assert_int_equal(table.rows, n);
    assert_string_equal(out.bytes, wanted);
    text_fini(&out);
}

static void tables_in_every_format(void **state)
{
    static const char *const ids[] = { "a", "b,\"c\"\n<\x1b>" };

    (void)state;
    check(EXPORT_CSV, ids, 2, 0.1,
          "id,n,x,at\na,-5,0.1,2021-01-01 00:00:00\n"
          "\"b,\"\"c\"\"\n<\x1b>\",-5,0.1,2021-01-01 00:00:00\n");
    check(EXPORT_JSONL, ids, 1, 0.1,
          "{\"id\":\"a\",\"n\":-5,\"x\":0.1,\"at\":\"2021-01-01 00:00:00\"}\n");
    check(EXPORT_JSON, ids, 1, NAN,
          "[\n{\"id\":\"a\",\"n\":-5,\"x\":null,\"at\":\"2021-01-01 00:00:00\"}\n]\n");
    check(EXPORT_JSON, ids, 0, 1, "[]\n");
    check(EXPORT_MARKDOWN, ids, 2, 1e-7,
          "| ID | N\\|M | X | AT |\n| --- | ---: | ---: | ---: |\n"
          "| a | -5 | 1e-07 | 2021-01-01 00:00:00 |\n"
          "| b,\"c\"\xe2\x90\x8a\\<\xe2\x90\x9b\\> | -5 | 1e-07 | 2021-01-01 00:00:00 |\n");
}

static void absent_cells(void **state)
{
    struct text out = { 0 };
    struct table_export table = { .format = EXPORT_JSONL,
                                  .columns = columns,
                                  .n_columns = COLUMNS,
                                  .put = to_text,
                                  .context = &out };
    struct page *page = page_new(0, 1, COLUMNS, NULL);

    (void)state;
    assert_non_null(page);
    page_add_row(page, 1);
    assert_true(page_finish(page, NULL));
    assert_true(table_export_page(&table, page, NULL));
    assert_string_equal(out.bytes, "{\"id\":null,\"n\":null,\"x\":null,\"at\":null}\n");
    page_free(page);
    text_fini(&out);
}

/* What a spreadsheet would run gets an apostrophe; numbers stay numbers. */
static void formulas_are_neutralised(void **state)
{
    static const struct {
        const char *id, *written;
    } cells[] = {
        { "=cmd|calc", "\"'=cmd|calc\"" },
        { "+1+1", "\"'+1+1\"" },
        { "-2", "-2" },
        { "+3.5", "+3.5" },
        { "-x", "\"'-x\"" },
        { "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "\t=1", "\"'\t=1\"" },
        { "\r=1", "\"'\r=1\"" },
        { " =1", "\"' =1\"" },
        { "a=1", "a=1" },
        { "=1,2", "\"'=1,2\"" },
        { "=\"x\"", "\"'=\"\"x\"\"\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        char wanted[128];

        snprintf(wanted, sizeof wanted, "id,n,x,at\n%s,-5,1,2021-01-01 00:00:00\n",
                 cells[i].written);
        check(EXPORT_CSV, &cells[i].id, 1, 1, wanted);
    }
}

static void formats_have_names(void **state)
{
    enum export_format format;

    (void)state;
    assert_true(export_format_parse(slice_of("md"), &format));
    assert_int_equal(format, EXPORT_MARKDOWN);
    assert_true(export_format_parse(slice_of("CSV"), &format));
    assert_int_equal(format, EXPORT_CSV);
    assert_false(export_format_parse(slice_of("xls"), &format));
}

static bool open_sink(struct file_sink *sink, const char *path, bool replace, struct error *error)
{
    return file_sink_open(sink, &(struct file_target){ .path = path, .replace = replace }, error);
}

static void files_are_whole_or_not_there(void **state)
{
    char folder[] = "/tmp/aisle-test-export-XXXXXX", path[64];
    struct file_sink sink;
    struct error error = { 0 };
    struct stat status;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out", folder);
    assert_true(open_sink(&sink, path, false, &error));
    assert_true(file_sink_put(&sink, "half", 4, &error));
    assert_int_not_equal(stat(path, &status), 0);
    assert_true(file_sink_close(&sink, false, &error));
    assert_int_not_equal(stat(path, &status), 0);
    assert_true(open_sink(&sink, path, false, &error));
    assert_true(file_sink_put(&sink, "whole", 5, &error));
    assert_true(file_sink_close(&sink, true, &error));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 5);
    assert_int_equal(unlink(path), 0);
    assert_false(open_sink(&sink, folder, true, &error));
    assert_non_null(strstr(error.text, "a folder, not a file"));
    snprintf(path, sizeof path, "%s/absent/out", folder);
    assert_false(open_sink(&sink, path, false, &error));
    assert_int_equal(rmdir(folder), 0); /* nothing was left behind */
}

static void files_that_are_there_stay(void **state)
{
    char folder[] = "/tmp/aisle-test-export-XXXXXX", path[64];
    struct file_sink sink, late;
    struct error error = { 0 };
    struct stat status;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out", folder);
    assert_true(open_sink(&late, path, false, &error)); /* before there is anything */
    assert_true(file_sink_put(&late, "a later one", 11, &error));
    assert_true(open_sink(&sink, path, false, &error));
    assert_true(file_sink_put(&sink, "first", 5, &error));
    assert_true(file_sink_close(&sink, true, &error));
    assert_false(file_sink_close(&late, true, &error));
    assert_non_null(strstr(error.text, "--force"));
    assert_false(open_sink(&sink, path, false, &error));
    assert_non_null(strstr(error.text, "--force"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 5);
    assert_true(open_sink(&sink, path, true, &error));
    assert_true(file_sink_put(&sink, "second", 6, &error));
    assert_true(file_sink_close(&sink, true, &error));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 6);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void is_refused(const char *path, const char *workspace)
{
    struct error error = { 0 };
    const struct file_target target = { path, workspace, true };
    struct file_sink sink;

    assert_false(file_sink_open(&sink, &target, &error));
    assert_non_null(strstr(error.text, "is the workspace itself"));
}

static void the_workspace_is_never_a_target(void **state)
{
    char folder[] = "/tmp/aisle-test-export-XXXXXX", file[64], soft[64], hard[64], way[96];
    struct error error = { 0 };
    struct file_sink sink;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/w.aisle", folder);
    snprintf(soft, sizeof soft, "%s/soft", folder);
    snprintf(hard, sizeof hard, "%s/hard", folder);
    int fd = open(file, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(symlink("w.aisle", soft), 0);
    assert_int_equal(link(file, hard), 0);
    is_refused(file, file);
    is_refused(soft, file);
    is_refused(file, soft);
    is_refused(hard, file);
    snprintf(way, sizeof way, "%s/../%s/w.aisle", folder, strrchr(folder, '/') + 1);
    is_refused(way, file);
    snprintf(way, sizeof way, "%s-wal", file); /* which is not there now */
    is_refused(way, file);
    is_refused(way, soft); /* the log of a link stands beside what it leads to */
    snprintf(way, sizeof way, "%s-journal", file);
    is_refused(way, file);
    snprintf(way, sizeof way, "%s-shm", file);
    is_refused(way, file);
    assert_false(file_descriptor_is_free(fd, soft, &error));
    snprintf(way, sizeof way, "%s-walnut", file);
    assert_true(file_sink_open(&sink, &(struct file_target){ way, file, false }, &error));
    assert_true(file_sink_close(&sink, false, &error));
    close(fd);
    unlink(soft);
    unlink(hard);
    unlink(file);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_in_every_format),
        cmocka_unit_test(absent_cells),
        cmocka_unit_test(formulas_are_neutralised),
        cmocka_unit_test(formats_have_names),
        cmocka_unit_test(files_are_whole_or_not_there),
        cmocka_unit_test(files_that_are_there_stay),
        cmocka_unit_test(the_workspace_is_never_a_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Files that a person keeps, while write, fsync, link and rename fail once each: an export, the
 * settings, a rescue. What was there before is there whole, or the new one is; nothing is left
 * beside it, and a failure is said. What fails below SQLite is test_disk's. */
#include <aisle/export.h>
#include <aisle/rescue.h>

#include "ui/config.h"

#include "../support/shop_file.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The linker sends our calls here (Makefile.am); those of shared libraries go their own way. */
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __real_mkstemp(char *name);
int __wrap_mkstemp(char *name);

static atomic_long until = -1; /* calls that still succeed; negative: all */
static atomic_bool has_failed;

static bool fails_now(void)
{
    if (atomic_load(&until) < 0 || atomic_fetch_sub(&until, 1) > 0) return false;
    atomic_store(&has_failed, true);
    errno = ENOSPC;
    return true;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
    if (fd <= STDERR_FILENO || !fails_now()) return __real_write(fd, bytes, n);
    if (n > 1) (void)!__real_write(fd, bytes, n / 2); /* in part, and then no more */
    errno = ENOSPC;
    return -1;
}

int __wrap_fsync(int fd)
{
    return fails_now() ? -1 : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails_now() ? -1 : __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to)
{
    return fails_now() ? -1 : __real_link(from, to);
}

int __wrap_mkstemp(char *name)
{
    return fails_now() ? -1 : __real_mkstemp(name);
}

struct bench {
    struct shop_file file;
    char out[96]; /* a folder for what is made */
    char path[160];
};

static void empty(const char *folder)
{
    DIR *all = opendir(folder);
    assert_non_null(all);
    for (struct dirent *entry; (entry = readdir(all));) {
        char path[512];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(all);
}

static int count_files(const char *folder)
{
    int n = 0;
    DIR *all = opendir(folder);
    assert_non_null(all);
    for (struct dirent *entry; (entry = readdir(all));)
        n += entry->d_name[0] != '.';
    closedir(all);
    return n;
}

static long size_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (long)status.st_size : -1;
}

static void write_old(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("old", file);
    fclose(file);
}

static bool export_to(struct bench *bench, bool replace, struct error *error)
{
    const struct file_target target = { bench->path, bench->file.path, replace };
    struct file_sink sink;
    struct error closing = { 0 };
    struct reader *reader = reader_open(bench->file.workspace, error);
    assert_non_null(reader);
    bool good = file_sink_open(&sink, &target, error);
    if (good) {
        good = export_events(reader, "text", file_sink_put, &sink, NULL, error);
        if (!file_sink_close(&sink, good, &closing) && good) {
            good = false;
            *error = closing;
        }
    }
    reader_close(reader);
    return good;
}

static void an_export(struct bench *bench, bool replace)
{
    struct error error = { 0 };
    snprintf(bench->path, sizeof bench->path, "%s/events.txt", bench->out);
    if (!export_to(bench, true, &error)) fail_msg("%s", error.text);
    const long whole = size_of(bench->path);
    long n = 0;
    for (bool hit = true; hit; n++) {
        empty(bench->out);
        if (replace) write_old(bench->path);
        error = (struct error){ 0 };
        atomic_store(&has_failed, false);
        atomic_store(&until, n);
        const bool done = export_to(bench, replace, &error);
        atomic_store(&until, -1);
        hit = atomic_load(&has_failed);
        const long there = size_of(bench->path);
        if (done ? there != whole : there != (replace ? 3 : -1))
            fail_msg("failure %ld: %s, and there are %ld bytes", n, done ? "done" : error.text,
                     there);
        if (!done && strlen(error.text) < 10) fail_msg("failure %ld says nothing", n);
        if (count_files(bench->out) != (there >= 0)) fail_msg("failure %ld leaves files", n);
    }
    assert_true(n > 3);
}

static void an_export_is_whole_or_absent(void **state)
{
    an_export(*state, false);
}

static void an_export_is_whole_or_the_old_one(void **state)
{
    an_export(*state, true);
}

static void settings_are_whole_or_the_old_ones(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    char folder[128];
    long n = 0;
    setenv("XDG_CONFIG_HOME", bench->out, 1);
    snprintf(folder, sizeof folder, "%s/aisle", bench->out);
    mkdir(folder, 0700);
    snprintf(bench->path, sizeof bench->path, "%s/config", folder);
    struct app *app = calloc(1, sizeof *app);
    assert_non_null(app);
    assert_true(keymap_init(&app->keymap, &error));
    app->terminal = (struct terminal *)(void *)app; /* only whether there is one is asked */
    snprintf(app->settings.theme, sizeof app->settings.theme, "light");
    for (bool hit = true; hit; n++) {
        empty(folder);
        write_old(bench->path);
        atomic_store(&has_failed, false);
        atomic_store(&until, n);
        config_save(app);
        atomic_store(&until, -1);
        hit = atomic_load(&has_failed);
        if (hit && size_of(bench->path) != 3) fail_msg("failure %ld spoils the settings", n);
        if (!hit) assert_true(size_of(bench->path) > 3);
        if (count_files(folder) != 1) fail_msg("failure %ld leaves files", n);
    }
    assert_true(n > 2);
    keymap_fini(&app->keymap);
    free(app);
    unlink(bench->path);
    rmdir(folder);
}

static void a_rescue_is_whole_or_absent(void **state)
{
    struct bench *bench = *state;
    struct rescue_report report;
    long n = 0;
    snprintf(bench->path, sizeof bench->path, "%s/new.aisle", bench->out);
    for (bool hit = true; hit; n++) {
        struct error error = { 0 };
        empty(bench->out);
        atomic_store(&has_failed, false);
        atomic_store(&until, n);
        const bool done = workspace_rescue(bench->file.path, bench->path, &report, NULL, &error);
        atomic_store(&until, -1);
        hit = atomic_load(&has_failed);
        const bool there = size_of(bench->path) >= 0;
        if (done != there) fail_msg("failure %ld: %s", n, done ? "done" : error.text);
        if (done) assert_true(report.whole);
        if (count_files(bench->out) != there) fail_msg("failure %ld leaves files", n);
    }
    assert_true(n > 2);
}

static int begin(void **state)
{
    static struct bench bench;
    shop_file_make(&bench.file, 30, 20, 3000);
    snprintf(bench.out, sizeof bench.out, "%s/out", bench.file.folder);
    assert_int_equal(mkdir(bench.out, 0700), 0);
    *state = &bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    empty(bench->out);
    rmdir(bench->out);
    shop_file_remove(&bench->file);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export_is_whole_or_absent),
        cmocka_unit_test(an_export_is_whole_or_the_old_one),
        cmocka_unit_test(settings_are_whole_or_the_old_ones),
        cmocka_unit_test(a_rescue_is_whole_or_absent),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

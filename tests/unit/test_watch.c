/* Who waits for changes hears them, of this program and of others, and hears nothing without any.
 */
#include <aisle/watch.h>

#include "../support/faulty_disk.h"
#include "../support/shop_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static atomic_int heard, quiet;

static void changed(void *context, bool is_quiet)
{
    (void)context;
    atomic_fetch_add(is_quiet ? &quiet : &heard, 1);
}

static bool comes(atomic_int *count, int wanted, int milliseconds)
{
    for (int i = 0; i < milliseconds / 10; i++) {
        if (atomic_load(count) >= wanted) return true;
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    return false;
}

static void changes_are_heard(void **state)
{
    struct shop_file file;
    int status;
    (void)state;
    shop_file_make(&file, 5, 5, 20);
    struct watch *watch = watch_start(file.workspace, changed, NULL);
    if (!watch) {
        print_message("# no inotify here\n");
        shop_file_remove(&file);
        return;
    }
    assert_false(comes(&heard, 1, 200));
    shop_file_buy(&file, 0, 5, 5, 1);
    assert_true(comes(&heard, 1, 5000));
    pid_t other = fork();
    assert_true(other >= 0);
    if (other == 0) { /* another program */
        struct workspace *workspace = workspace_open(file.path, WORKSPACE_WRITE, NULL);
        struct writer *writer = workspace ? writer_begin(workspace, NULL) : NULL;
        _exit(writer && writer_set_profile(writer, "news", NULL) && writer_commit(writer, NULL)
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_true(comes(&heard, 2, 5000));
    assert_true(comes(&quiet, 1, 8000));
    watch_stop(watch);
    shop_file_remove(&file);
}

/* The last byte is written, and noticed, a while before others may read the change. */
static void a_slow_change_is_heard(void **state)
{
    struct shop_file file;
    (void)state;
    shop_file_make(&file, 5, 5, 20);
    atomic_store(&heard, 0);
    struct watch *watch = watch_start(file.workspace, changed, NULL);
    if (watch) {
        faulty_disk_arm(FAULT_SLOW, 0, true);
        shop_file_buy(&file, 0, 5, 5, 1);
        assert_true(faulty_disk_mend());
        assert_true(comes(&heard, 1, 5000));
    }
    watch_stop(watch);
    shop_file_remove(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(changes_are_heard),
                                        cmocka_unit_test(a_slow_change_is_heard) };
    faulty_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

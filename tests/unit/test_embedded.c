// The tables that share/build-aux/embed writes.
#include <aisle/embedded.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check_table(const struct embedded_file *files)
{
    for (; files->name; files++) {
        assert_null(strchr(files->name, '/'));
        assert_non_null(files->bytes);
        assert_int_equal(files->bytes[files->size], 0);
    }
    assert_null(files->bytes);
    assert_int_equal(files->size, 0);
}

static void every_table_ends(void **state)
{
    (void)state;
    check_table(schema_sql);
    check_table(demo_words);
    check_table(theme_data);
}

static void migrations_come_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; schema_sql[i].name && schema_sql[i + 1].name; i++)
        assert_true(strcmp(schema_sql[i].name, schema_sql[i + 1].name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_ends),
        cmocka_unit_test(migrations_come_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Pages of cells, and cells as people read them. */
#include <aisle/moment.h>
#include <aisle/table.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void pages_hold_what_was_set(void **state)
{
    float spark[12] = { 0 };
    char name[32];
    (void)state;

    struct page *page = page_new(100, 500, 5, NULL);
    assert_non_null(page);
    for (int row = 0; row < 500; row++) {
        assert_true(page_add_row(page, 1000 + row));
        snprintf(name, sizeof name, "row %d", row);
        page_set_text(page, 0, row == 7 ? (struct slice){ NULL, 0 } : slice_of(name));
        page_set_integer(page, 1, row * 3);
        if (row % 2) page_set_number(page, 2, row * 0.5);
        spark[3] = (float)row;
        if (row % 5 == 0) page_set_spark(page, 3, spark);
    }
    assert_false(page_add_row(page, 1));
    assert_true(page_finish(page, NULL));
    assert_int_equal(page->n_rows, 500);
    for (int row = 0; row < 500; row++) {
        snprintf(name, sizeof name, "row %d", row);
        assert_int_equal(page->key[row], 1000 + row);
        assert_true(slice_equal(page_cell(page, row, 0)->text, row == 7 ? "" : name));
        assert_int_equal(page_cell(page, row, 1)->integer, row * 3);
        assert_int_equal(page_cell(page, row, 2)->absent, row % 2 == 0);
        if (row % 5 == 0) assert_true(page_cell(page, row, 3)->spark[3] == (float)row);
        assert_true(page_cell(page, row, 4)->absent);
    }
    page_free(page);
    page_free(NULL);
    page = page_new(0, 0, 0, NULL);
    assert_non_null(page);
    assert_false(page_add_row(page, 1));
    assert_true(page_finish(page, NULL));
    page_free(page);
}

static void expect(struct cell cell, enum cell_type type, const char *expected)
{
    struct text text = { 0 };

    cell_text(&cell, type, &text);
    assert_string_equal(text.bytes, expected);
    text_fini(&text);
}

static void cells_read_well(void **state)
{
    static const float spark[12] = { 0, 1, 2, 3, 4, 5, 6, 7, NAN, -1, 7, 0.01f };
    (void)state;

    expect((struct cell){ .absent = true }, CELL_MONEY, "");
    expect((struct cell){ .text = slice_of("a\x1b[1m") }, CELL_TEXT, "a␛[1m");
    expect((struct cell){ .integer = 0 }, CELL_INTEGER, "0");
    expect((struct cell){ .integer = 999 }, CELL_INTEGER, "999");
    expect((struct cell){ .integer = 1000 }, CELL_INTEGER, "1,000");
    expect((struct cell){ .integer = -1234567 }, CELL_INTEGER, "-1,234,567");
    expect((struct cell){ .integer = INT64_MIN }, CELL_INTEGER, "-9,223,372,036,854,775,808");
    expect((struct cell){ .number = 3120.5 }, CELL_MONEY, "3,120.50");
    expect((struct cell){ .number = 0.8421 }, CELL_SCORE, "0.842");
    expect((struct cell){ .number = -0.0001 }, CELL_SCORE, "0.000");
    expect((struct cell){ .number = 0.1234 }, CELL_SHARE, "12.3%");
    expect((struct cell){ .number = 12 }, CELL_NUMBER, "12");
    expect((struct cell){ .number = 1234567 }, CELL_NUMBER, "1,234,567");
    expect((struct cell){ .number = 12.5 }, CELL_NUMBER, "12.5");
    expect((struct cell){ .number = 0.0625 }, CELL_NUMBER, "0.0625");
    expect((struct cell){ .number = 1234.56 }, CELL_NUMBER, "1,235");
    expect((struct cell){ .number = NAN }, CELL_NUMBER, "nan");
    expect((struct cell){ .integer = 1787097600 }, CELL_MOMENT, "2026-08-19");
    expect((struct cell){ .integer = MOMENT_NONE }, CELL_MOMENT, "");
    expect((struct cell){ .spark = spark }, CELL_SPARK, "▁▂▃▄▅▆▇█▁▁█▂");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_hold_what_was_set),
        cmocka_unit_test(cells_read_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

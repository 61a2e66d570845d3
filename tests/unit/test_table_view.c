// The one table on a source in memory, driven by keys, without terminal or workspace.
#include "ui/grid_export.h"
#include "ui/table_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 500 };

static const struct table_column columns[] = {
    { "id", "ID", CELL_INTEGER, 5, 0, true },
    { "name", "NAME", CELL_TEXT, 12, 1, true },
    { "score", "SCORE", CELL_SCORE, 8, 2, true },
    { "note", "NOTE", CELL_TEXT, 8, 3, true }, /* never filled */
};

static struct page *load(const struct loader_context *context, void *argument, struct error *error)
{
    struct page *page = page_new(0, ROWS, 4, error);
    (void)context;
    (void)argument;
    for (int32_t i = 0; page && i < ROWS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s-%03d", i % 50 == 7 ? "Ännchen" : "bob", i);
        page_add_row(page, i + 1);
        page_set_integer(page, 0, i + 1);
        page_set_text(page, 1, slice_of(name));
        if (i % 10) page_set_number(page, 2, (double)((i * 37) % 100) / 100);
    }
    if (page) page_finish(page, error);
    return page;
}

static int64_t opened;

static void open_row(struct table_view *table, int64_t key)
{
    (void)table;
    opened = key;
}

static const struct table_spec spec = {
    .name = "test", .title = "Test", .scopes = SCOPE_USERS, .open = open_row
};

struct fixture {
    struct app *app;
    struct table_view *table;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct ui_options options = { .bare = true };
    fixture.app = app_new(NULL, NULL, &options, NULL);
    struct table_source *source = memory_source_new(columns, 4, load, NULL, NULL, NULL);
    struct view *view = table_view_new(fixture.app, &spec, source, NULL, NULL);
    app_push(fixture.app, view);
    fixture.table = table_view(view);
    opened = 0;
    *state = &fixture;
    app_render(fixture.app, 24, 80);
    return 0;
}

static int tear_down(void **state)
{
    app_free(((struct fixture *)*state)->app);
    return 0;
}

/* Words that name a key are that key, others are typed letter by letter. */
static void type(struct fixture *fixture, const char *keys)
{
    while (*keys) {
        size_t length = strcspn(keys, " ");
        key_code code = key_parse((struct slice){ keys, length });
        if (code != KEYS_NONE) {
            app_key(fixture->app, (struct key){ .code = code });
        } else {
            for (size_t i = 0; i < length; i++)
                app_key(fixture->app, (struct key){ .code = keys[i] });
        }
        app_drain(fixture->app);
        keys += length + (keys[length] ? 1 : 0);
    }
}

static bool shows(struct fixture *fixture, const char *wanted)
{
    struct text text = { 0 };
    grid_text(app_render(fixture->app, 24, 80), &text);
    bool found = strstr(text.bytes, wanted) != NULL;
    if (!found) print_message("%s", text.bytes);
    text_fini(&text);
    return found;
}

static void rows_and_empty_columns(void **state)
{
    struct fixture *fixture = *state;
    assert_true(shows(fixture, "bob-000"));
    assert_true(shows(fixture, "row 1 of 500"));
    struct text text = { 0 };
    grid_text(app_render(fixture->app, 24, 80), &text);
    assert_null(strstr(text.bytes, "NOTE"));
    text_fini(&text);
}

static void moving_scrolls(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "G");
    assert_int_equal(fixture->table->cursor, ROWS - 1);
    assert_true(shows(fixture, "bob-499"));
    type(fixture, "k k PgUp j g");
    assert_int_equal(fixture->table->cursor, 0);
    type(fixture, "k");
    assert_int_equal(fixture->table->cursor, 0);
    type(fixture, "j j Enter");
    assert_int_equal(opened, 3);
}

static void sorting_keeps_absent_cells_last(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, ":sort Space name Enter");
    assert_true(shows(fixture, "NAME▴")); /* texts from A on, numbers that name from the least */
    type(fixture, ":sort Space id Enter");
    assert_true(shows(fixture, "ID▴"));
    type(fixture, ":sort Space score Enter");
    assert_true(shows(fixture, "SCORE▾")); /* figures from the greatest on */
    type(fixture, "S g");
    assert_true(shows(fixture, "SCORE▴"));
    double before = -1;
    for (int i = 0; i < 20; i++) {
        const struct cell *cell = table_view_cell(fixture->table, "score");
        assert_false(cell->absent);
        assert_true(cell->number >= before);
        before = cell->number;
        type(fixture, "j");
    }
    type(fixture, "G");
    assert_true(table_view_cell(fixture->table, "score")->absent);
    type(fixture, "S g");
    assert_false(table_view_cell(fixture->table, "score")->absent);
    assert_true(shows(fixture, "SCORE▾"));
    type(fixture, "G");
    assert_true(table_view_cell(fixture->table, "score")->absent);
}

static void filters_are_live(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "f annchen");
    assert_int_equal(fixture->table->set->n, 10); /* without case and diacritics */
    assert_true(shows(fixture, "10 of 500"));
    type(fixture, "Space id>100 Enter");
    assert_int_equal(fixture->table->set->n, 8);
    type(fixture, "f C-u id=77 Enter");
    assert_int_equal(fixture->table->set->n, 1);
    assert_int_equal(table_view_key(fixture->table), 77);
    type(fixture, "f C-u nothing-has-this Enter");
    assert_true(shows(fixture, "nothing matches"));
    type(fixture, "f Esc");
    assert_int_equal(fixture->table->set->n, ROWS);
}

static void finding_jumps_and_goes_on(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "/ annchen");
    assert_int_equal(table_view_key(fixture->table), 8);
    assert_true(shows(fixture, "10 matches"));
    type(fixture, "Enter n n");
    assert_int_equal(table_view_key(fixture->table), 108);
    type(fixture, "N");
    assert_int_equal(table_view_key(fixture->table), 58);
    type(fixture, "Enter");
    assert_int_equal(opened, 58);
    type(fixture, "g N"); /* round the end */
    assert_int_equal(table_view_key(fixture->table), 458);
    type(fixture, "Esc n");
    assert_int_equal(table_view_key(fixture->table), 458);
}

/* Enter typed before the match is there opens the match, not where the cursor was. */
static void typing_ahead_opens_the_match(void **state)
{
    struct fixture *fixture = *state;
    const char *keys = "/annchen";
    for (; *keys; keys++)
        app_key(fixture->app, (struct key){ .code = *keys });
    app_key(fixture->app, (struct key){ .code = KEYS_ENTER });
    app_key(fixture->app, (struct key){ .code = KEYS_ENTER });
    app_drain(fixture->app);
    assert_int_equal(opened, 8);
}

static void marks_stay_with_their_rows(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "Space Space j Space");
    assert_int_equal(fixture->table->n_marks, 3);
    assert_true(table_marked(fixture->table, 1) && table_marked(fixture->table, 4));
    assert_true(shows(fixture, "3 marked"));
    type(fixture, "S"); /* another order, the same marks */
    assert_true(table_marked(fixture->table, 4));
    type(fixture, "U");
    assert_int_equal(fixture->table->n_marks, 0);
}

static void columns_can_be_hidden(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "C Down Enter");
    assert_true(table_hidden(fixture->table, "name"));
    type(fixture, "Esc");
    assert_true(shows(fixture, "3 of 4 columns"));
    type(fixture, "C Down Enter Esc");
    assert_false(table_hidden(fixture->table, "name"));
}

enum { MANY = 200 };

static struct page *load_many(const struct loader_context *context, void *argument,
                              struct error *error)
{
    struct page *page = page_new(0, 1, MANY, error);
    (void)context;
    (void)argument;
    if (!page) return NULL;
    page_add_row(page, 1);
    for (int32_t i = 0; i < MANY; i++)
        page_set_integer(page, i, i);
    page_finish(page, error);
    return page;
}

/* Behind the 64th, too. */
static void every_column_can_be_scrolled_to(void **state)
{
    struct fixture *fixture = *state;
    static char name[MANY][16], title[MANY][16];
    static struct table_column many[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "attr%d", i);
        snprintf(title[i], sizeof title[i], "ATTR%d", i);
        many[i] = (struct table_column){ name[i], title[i], CELL_INTEGER, 5, 1, true };
    }
    app_push(fixture->app,
             table_view_new(fixture->app, &spec,
                            memory_source_new(many, MANY, load_many, NULL, NULL, NULL), NULL,
                            NULL));
    app_render(fixture->app, 24, 80);
    for (int i = 0; i < MANY - 3; i++)
        type(fixture, "Right");
    assert_true(shows(fixture, "ATTR198"));
    assert_true(shows(fixture, "ATTR199"));
}

static struct page *load_drawn(const struct loader_context *context, void *argument,
                               struct error *error)
{
    struct page *page = load(context, argument, error);
    if (page) snprintf(page->note, sizeof page->note, "20 of 500 users: estimates");
    return page;
}

/* Rows that are estimates say so over the rows; under a filter in the last line but one. */
static void what_rows_are_is_said(void **state)
{
    struct fixture *fixture = *state;
    app_push(fixture->app,
             table_view_new(fixture->app, &spec,
                            memory_source_new(columns, 4, load_drawn, NULL, NULL, NULL), NULL,
                            NULL));
    app_render(fixture->app, 24, 80);
    assert_true(shows(fixture, "20 of 500 users: estimates"));
    table_view_filter(table_view(fixture->app->view), "id<9");
    assert_true(shows(fixture, "drawn: 20 of 500 users: estimates"));
}

static void an_unknown_column_is_no_order(void **state)
{
    struct fixture *fixture = *state;
    table_view_sort(fixture->table, "moved");
    assert_string_equal(fixture->table->sort, "");
    assert_true(fixture->app->message_bad);
    assert_non_null(strstr(fixture->app->message, "no order by \"moved\"; there is id, name"));
}

static void every_size_can_be_drawn(void **state)
{
    struct fixture *fixture = *state;
    static const int sizes[][2] = { { 1, 1 },   { 6, 30 },  { 8, 40 },
                                    { 16, 60 }, { 24, 80 }, { 60, 200 } };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct grid *grid = app_render(fixture->app, sizes[i][0], sizes[i][1]);
        assert_int_equal(grid->rows, sizes[i][0]);
        assert_int_equal(grid->columns, sizes[i][1]);
    }
}

static int64_t index_of(const struct fixture *fixture)
{
    return fixture->table->cursor;
}

static bool on_a_match(const struct fixture *fixture)
{
    const struct cell *name = table_view_cell(fixture->table, "name");
    return name && strncmp(name->text.bytes, "Ännchen", strlen("Ännchen")) == 0;
}

/* From wherever the cursor is, n is the next match below and N the next above, round the ends. */
static void matches_are_walked_both_ways(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "/nnchen Enter");
    assert_int_equal(index_of(fixture), 7);
    assert_true(shows(fixture, "10 matches"));
    for (int i = 1; i < 10; i++) {
        type(fixture, "n");
        assert_int_equal(index_of(fixture), 50 * i + 7);
    }
    type(fixture, "n");
    assert_int_equal(index_of(fixture), 7);
    for (int i = 9; i >= 0; i--) {
        type(fixture, "N");
        assert_int_equal(index_of(fixture), 50 * i + 7);
    }
    type(fixture, "j j j n"); /* between two */
    assert_int_equal(index_of(fixture), 57);
    type(fixture, "k N");
    assert_int_equal(index_of(fixture), 7);
    type(fixture, "g n");
    assert_int_equal(index_of(fixture), 7);
    type(fixture, "G n");
    assert_int_equal(index_of(fixture), 7);
    type(fixture, "G N");
    assert_int_equal(index_of(fixture), 457);
}

/* The places are those of the order and the filter of now. */
static void matches_follow_order_and_filter(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "/nnchen Enter :sort Space score Enter g");
    int64_t before = -1;
    for (int i = 0; i < 10; i++) {
        type(fixture, "n");
        assert_true(on_a_match(fixture));
        assert_true(index_of(fixture) > before);
        before = index_of(fixture);
    }
    type(fixture, ":filter Space score>0.5 Enter g");
    int64_t n = fixture->table->matches.n;
    assert_true(n > 0 && n < 10);
    for (int64_t i = 0; i <= n; i++) {
        type(fixture, "n");
        assert_true(on_a_match(fixture));
        assert_true(table_view_cell(fixture->table, "score")->number > 0.5);
    }
}

static void nothing_found_moves_nothing(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "j j j n");
    assert_int_equal(index_of(fixture), 3);
    assert_true(shows(fixture, "/ finds"));
    type(fixture, "/xyzzy Enter n N");
    assert_int_equal(index_of(fixture), 3);
    assert_true(shows(fixture, "nothing found"));
    type(fixture, "Esc /nnchen Esc"); /* given up: back where it began */
    assert_int_equal(index_of(fixture), 3);
    type(fixture, "n");
    assert_int_equal(index_of(fixture), 3);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(rows_and_empty_columns),          CASE(moving_scrolls),
        CASE(sorting_keeps_absent_cells_last), CASE(filters_are_live),
        CASE(finding_jumps_and_goes_on),       CASE(typing_ahead_opens_the_match),
        CASE(marks_stay_with_their_rows),      CASE(columns_can_be_hidden),
        CASE(every_column_can_be_scrolled_to), CASE(what_rows_are_is_said),
        CASE(an_unknown_column_is_no_order),   CASE(every_size_can_be_drawn),
        CASE(matches_are_walked_both_ways),    CASE(matches_follow_order_and_filter),
        CASE(nothing_found_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Selections and pages against slow twins: every column of every table sorts both ways as an
 * obvious comparison says, every filter keeps the rows that an obvious look at the cells keeps,
 * every search finds the texts that hold the word. Names and ids are hostile. */
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

#include <cmocka.h>

enum { USERS = 60, ITEMS = 40, EVENTS = 700, FRIENDS = 50 };

struct shop {
    struct shop_file file;
    struct reader *reader;
};

static struct slice bytes_of(const char *bytes, size_t length)
{
    return (struct slice){ bytes, length };
}

/* ----------------------------------------------------------------------------------- the shop */

static const char *const syllables[] = {
    "an", "NA", "Ko", "é",    "É",    "e\xcc\x81",    "ß",
    "安", "娜", "林", "\xff", "\xc3", "\x1b[31m",     "'; --",
    "%",  "_",  "\"", " ",    "0",    "12",           "7",
    "İ",  "ﬁ",  "ø",  "-",    "=1",   "\xe2\x80\xae", "x",
};

static void add_random_text(struct text *out, struct rng *rng, uint32_t max)
{
    uint32_t n = rng_below(rng, max + 1);
    for (uint32_t i = 0; i < n; i++)
        text_add_string(out, syllables[rng_below(rng, sizeof syllables / sizeof *syllables)]);
}

/* Ids of every kind, all different: numbers, with leading zeros, texts with a NUL byte. */
static void add_id(struct text *out, struct rng *rng, int number)
{
    text_clear(out);
    switch (number % 4) {
    case 0:
        text_format(out, "%d", number * 37);
        break;
    case 1:
        text_format(out, "00%d", number);
        break;
    case 2:
        add_random_text(out, rng, 3);
        text_add(out, "\0", 1);
        text_format(out, "%d", number);
        break;
    default:
        text_format(out, "%d", number);
        add_random_text(out, rng, 4);
    }
}

static void put(struct writer *writer, const struct record *record)
{
    struct error error = { 0 };
    if (!writer_record(writer, record, &error)) fail_msg("%s", error.text);
}

static void put_facts(struct writer *writer, struct rng *rng, bool user, struct slice id)
{
    struct text name = { 0 }, value = { 0 }, age = { 0 };
    add_random_text(&name, rng, 5);
    add_random_text(&value, rng, 2);
    if (rng_below(rng, 3)) text_format(&age, "%u", rng_below(rng, 100));
    const struct attribute attributes[] = {
        { slice_of("segment"), bytes_of(value.bytes, value.length) },
        { slice_of("age"), bytes_of(age.bytes, age.length) },
        { slice_of("Orders"), slice_of("9") }, /* the name of a column that there is */
    };
    put(writer, &(struct record){ .kind = user ? RECORD_USER : RECORD_ITEM,
                                  .user = id,
                                  .item = id,
                                  .name = bytes_of(name.bytes, name.length),
                                  .attributes = attributes,
                                  .n_attributes = 1 + (int32_t)rng_below(rng, 3) });
    text_fini(&name);
    text_fini(&value);
    text_fini(&age);
}

static void put_events(struct writer *writer, struct rng *rng, struct text *users,
                       struct text *items)
{
    for (int e = 0; e < EVENTS; e++) {
        const struct text *user = &users[rng_below(rng, USERS)];
        const struct text *item = &items[rng_below(rng, ITEMS - 5)];
        uint32_t when = rng_below(rng, 40);
        put(writer, &(struct record){
                        .kind = RECORD_EVENT,
                        .line = e + 1,
                        .user = bytes_of(user->bytes, user->length),
                        .item = bytes_of(item->bytes, item->length),
                        .time = when == 0 ? MOMENT_NONE : 1600000000 + (int64_t)when * 86400 * 20,
                        .type = (enum event_type)rng_below(rng, EVENT_TYPES),
                        .quantity = rng_below(rng, 4),
                        .value = rng_below(rng, 5) ? rng_below(rng, 50) / 4.0 : NAN });
    }
}

static bool no_body(void *context, struct byte_writer *writer)
{
    (void)context;
    (void)writer;
    return true;
}

static void fill(struct workspace *workspace)
{
    static struct text users[USERS], items[ITEMS]; /* static: fail_msg jumps away */
    struct error error = { 0 };
    struct rng rng;
    rng_init(&rng, 11);
    struct writer *writer = writer_begin(workspace, &error);
    assert_non_null(writer);
    for (int u = 0; u < USERS; u++) {
        add_id(&users[u], &rng, u);
        put_facts(writer, &rng, true, bytes_of(users[u].bytes, users[u].length));
    }
    assert_true(writer_commit(writer, &error));
    writer = writer_begin(workspace, &error);
    for (int i = 0; i < ITEMS; i++) {
        add_id(&items[i], &rng, i);
        put_facts(writer, &rng, false, bytes_of(items[i].bytes, items[i].length));
    }
    put_events(writer, &rng, users, items);
    for (int f = 0; f < FRIENDS; f++) {
        const struct text *one = &users[rng_below(&rng, USERS)];
        const struct text *other = &users[rng_below(&rng, USERS)];
        put(writer, &(struct record){ .kind = RECORD_FRIENDSHIP,
                                      .user = bytes_of(one->bytes, one->length),
                                      .other = bytes_of(other->bytes, other->length) });
    }
    struct import_entry entry = { .source = "a file", .format = "text", .checksum = 1, .at = 5 };
    assert_true(journal_begin(writer, &entry, &error) && journal_finish(writer, &entry, &error));
    for (int a = 0; a < 5; a++)
        assert_true(audit_write(writer, a % 2 ? "train" : "import", "x", "{}", &error));
    for (int a = 0; a < 4; a++) {
        struct run run = { .kind = "popular",
                           .parameters = "{}",
                           .metrics = "{}",
                           .facts = "{}",
                           .started = 1600000000 + a,
                           .seconds = a / 2.0 };
        assert_true(run_save(writer, &run, no_body, NULL, &error));
    }
    assert_true(writer_commit(writer, &error));
    for (int u = 0; u < USERS; u++)
        text_fini(&users[u]);
    for (int i = 0; i < ITEMS; i++)
        text_fini(&items[i]);
}

static int set_up(void **state)
{
    static struct shop shop;
    struct error error = { 0 };
    shop_file_make(&shop.file, 3, 3, 5);
    fill(shop.file.workspace);
    shop.reader = reader_open(shop.file.workspace, &error);
    assert_non_null(shop.reader);
    *state = &shop;
    return 0;
}

static int tear_down(void **state)
{
    struct shop *shop = *state;
    reader_close(shop->reader);
    shop_file_remove(&shop->file);
    return 0;
}

/* ----------------------------------------------------------------------------------- the twins */

struct table { /* all rows in order of arrival */
    const struct table_column *columns;
    int32_t n_columns;
    struct page *page;
};

static struct selection *select_rows(struct shop *shop, enum table_kind kind, const char *filter,
                                     const char *sort, bool descending)
{
    struct error error = { 0 };
    const struct row_query query = { kind, filter, sort, descending };
    struct selection *selection = rows_select(shop->reader, &query, &error);
    if (!selection) fail_msg("%s sort %s: %s", filter ? filter : "", sort ? sort : "", error.text);
    return selection;
}

static struct table read_table(struct shop *shop, enum table_kind kind)
{
    struct error error = { 0 };
    struct table table;
    struct selection *all = select_rows(shop, kind, NULL, NULL, false);
    table.columns = rows_columns(shop->reader, kind, &table.n_columns, &error);
    table.page = rows_page(shop->reader, all, 0, (int32_t)all->n, &error);
    assert_non_null(table.columns);
    assert_non_null(table.page);
    assert_int_equal(table.page->n_rows, all->n);
    selection_free(all);
    return table;
}

static struct text folded(struct slice text)
{
    struct text out = { 0 };
    text_add_folded(&out, text.bytes, text.length);
    text_add(&out, "", 0);
    return out;
}

static int compare_bytes(struct slice a, struct slice b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.bytes, b.bytes, shorter) : 0;
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

/* Numbers before words, numbers by value, words without case, then byte by byte. */
static int compare_texts(struct slice a, struct slice b)
{
    double x = 0, y = 0;
    bool a_number = slice_to_double(a, &x), b_number = slice_to_double(b, &y);
    if (a_number != b_number) return a_number ? -1 : 1;
    if (a_number && x != y) return compare_numbers(x, y);
    struct text fa = folded(a), fb = folded(b);
    int order = compare_bytes(bytes_of(fa.bytes, fa.length), bytes_of(fb.bytes, fb.length));
    text_fini(&fa);
    text_fini(&fb);
    return order ? order : compare_bytes(a, b);
}

static bool is_blank(const struct cell *cell, enum cell_type type)
{
    return cell->absent || (type == CELL_TEXT && cell->text.length == 0);
}

static int compare_cells(const struct cell *a, const struct cell *b, enum cell_type type)
{
    if (type == CELL_TEXT) return compare_texts(a->text, b->text);
    if (type == CELL_INTEGER || type == CELL_MOMENT)
        return (a->integer > b->integer) - (a->integer < b->integer);
    return compare_numbers(a->number, b->number);
}

/* Is row a in its place before row b? Blank ones come last either way, ties in order of arrival. */
static bool in_order(const struct table *table, int32_t column, bool descending, int32_t a,
                     int32_t b)
{
    enum cell_type type = table->columns[column].type;
    const struct cell *x = page_cell(table->page, a, column),
                      *y = page_cell(table->page, b, column);
    if (is_blank(x, type) || is_blank(y, type))
        return is_blank(x, type) == is_blank(y, type) ? a < b : is_blank(y, type);
    int order = compare_cells(x, y, type);
    if (order == 0) return a < b;
    return descending ? order > 0 : order < 0;
}

static int32_t row_of(const struct page *page, int64_t key)
{
    for (int32_t row = 0; row < page->n_rows; row++)
        if (page->key[row] == key) return row;
    fail_msg("no row %lld", (long long)key);
    return -1;
}

/* What the counters say is what a dataset of all events finds. */
static void counters_equal_the_data(void **state)
{
    struct shop *shop = *state;
    struct error error = { 0 };
    struct workspace_counts counts;
    int64_t pairs = 0, of_type[EVENT_TYPES] = { 0 };
    const struct dataset *dataset = workspace_dataset(shop->reader, NULL, NULL, NULL, &error);
    assert_non_null(dataset);
    if (!workspace_pairs(shop->reader, &pairs, &error)) fail_msg("%s", error.text);
    assert_int_equal(pairs, sparse_entries(&dataset->by_user));
    assert_true(workspace_counts(shop->reader, &counts, &error));
    for (int64_t e = 0; e < dataset->n_events; e++)
        of_type[dataset_event(dataset, e).type]++;
    assert_memory_equal(of_type, counts.of_type, sizeof of_type);
    dataset_release(dataset);
}

static void every_column_sorts(void **state)
{
    struct shop *shop = *state;
    for (int kind = 0; kind < TABLE_KINDS; kind++) {
        struct table table = read_table(shop, (enum table_kind)kind);
        for (int32_t c = 0; c < table.n_columns; c++) {
            if (!table.columns[c].sortable) continue;
            for (int way = 0; way < 2; way++) {
                struct selection *sorted =
                    select_rows(shop, (enum table_kind)kind, NULL, table.columns[c].name, way == 1);
                assert_int_equal(sorted->n, table.page->n_rows);
                for (int64_t i = 0; i + 1 < sorted->n; i++) {
                    int32_t a = row_of(table.page, sorted->key[i]);
                    int32_t b = row_of(table.page, sorted->key[i + 1]);
                    if (!in_order(&table, c, way == 1, a, b))
                        fail_msg("%s by %s: row %d before %d",
                                 table_kind_name((enum table_kind)kind), table.columns[c].name, a,
                                 b);
                }
                selection_free(sorted);
            }
        }
        page_free(table.page);
    }
}

/* The rows of a selection are those for which `kept` is set, in order of arrival. */
static void assert_rows(struct shop *shop, enum table_kind kind, const struct table *table,
                        const char *filter, const bool *kept)
{
    struct selection *found = select_rows(shop, kind, filter, NULL, false);
    int64_t at = 0;
    for (int32_t row = 0; row < table->page->n_rows; row++) {
        if (!kept[row]) continue;
        if (at >= found->n || found->key[at] != table->page->key[row])
            fail_msg("%s: row %d of %s is missing", filter, row, table_kind_name(kind));
        at++;
    }
    if (at != found->n) fail_msg("%s: too many rows", filter);
    selection_free(found);
}

static bool holds(struct slice text, struct slice part)
{
    struct text a = folded(text), b = folded(part);
    bool found = b.length == 0;
    for (size_t i = 0; !found && i + b.length <= a.length; i++)
        found = memcmp(a.bytes + i, b.bytes, b.length) == 0;
    text_fini(&a);
    text_fini(&b);
    return found;
}

static bool fits(int order, const char *op)
{
    if (op[0] == '<') return order < 0 || (op[1] && order == 0);
    if (op[0] == '>') return order > 0 || (op[1] && order == 0);
    return (order == 0) == (op[0] == '=');
}

/* Does the cell satisfy "column OP value"? */
static bool keeps(const struct cell *cell, enum cell_type type, const char *op, struct slice value)
{
    double number = 0, mine = 0;
    bool numeric = slice_to_double(value, &number);
    struct slice text = cell->absent ? slice_of("") : cell->text;
    if (type != CELL_TEXT) {
        if (cell->absent) return op[0] == '!' && type == CELL_MOMENT;
        mine = type == CELL_INTEGER ? (double)cell->integer : cell->number;
        return fits(compare_numbers(mine, number), op);
    }
    if (op[0] == '~') return !cell->absent && holds(text, value);
    if (numeric && (op[0] == '<' || op[0] == '>'))
        return slice_to_double(text, &mine) && fits(compare_numbers(mine, number), op);
    struct text a = folded(text), b = folded(value);
    int order = compare_bytes(bytes_of(a.bytes, a.length), bytes_of(b.bytes, b.length));
    if (numeric && slice_to_double(text, &mine) && mine == number) order = 0;
    text_fini(&a);
    text_fini(&b);
    if (cell->absent && (op[0] == '<' || op[0] == '>')) return false;
    return fits(order, op);
}

/* A value that can be typed: no quotes, no NUL. */
static bool is_typable(struct slice value)
{
    for (size_t i = 0; i < value.length; i++)
        if (value.bytes[i] == '"' || value.bytes[i] == '\0') return false;
    return value.length > 0;
}

static void try_filter(struct shop *shop, enum table_kind kind, const struct table *table,
                       int32_t c, const char *op, struct slice value)
{
    static bool kept[EVENTS + 100];
    struct text filter = { 0 };
    const struct table_column *column = &table->columns[c];
    text_format(&filter, "%s%s\"%.*s\"", column->name, op, (int)value.length, value.bytes);
    for (int32_t row = 0; row < table->page->n_rows; row++)
        kept[row] = keeps(page_cell(table->page, row, c), column->type, op, value);
    assert_rows(shop, kind, table, filter.bytes, kept);
    text_fini(&filter);
}

static void every_column_filters(void **state)
{
    static const char *const operators[] = { "=", "!=", "<", "<=", ">", ">=", "~" };
    struct shop *shop = *state;
    struct rng rng;
    rng_init(&rng, 3);
    for (int kind = 0; kind < TABLE_KINDS; kind++) {
        struct table table = read_table(shop, (enum table_kind)kind);
        for (int32_t c = 0; c < table.n_columns; c++) {
            const struct table_column *column = &table.columns[c];
            bool exact = kind == TABLE_EVENTS &&
                         (strcmp(column->name, "user") == 0 || strcmp(column->name, "item") == 0);
            if (column->type == CELL_SPARK || column->type == CELL_MOMENT) continue;
            for (int candidate_run = 0; candidate_run < 20; candidate_run++) {
                int32_t row = (int32_t)rng_below(&rng, (uint32_t)table.page->n_rows);
                const struct cell *cell = page_cell(table.page, row, c);
                struct text value = { 0 };
                if (cell->absent) continue;
                if (column->type == CELL_TEXT)
                    text_add(&value, cell->text.bytes, cell->text.length);
                else if (column->type == CELL_INTEGER)
                    text_format(&value, "%lld", (long long)cell->integer);
                else
                    text_format(&value, "%.17g", cell->number);
                for (size_t o = 0; o < sizeof operators / sizeof *operators; o++) {
                    if (operators[o][0] == '~' && column->type != CELL_TEXT) continue;
                    if (exact && o == 0) continue; /* byte for byte: events_of_one() */
                    if (is_typable(bytes_of(value.bytes, value.length)))
                        try_filter(shop, (enum table_kind)kind, &table, c, operators[o],
                                   bytes_of(value.bytes, value.length));
                }
                text_fini(&value);
            }
        }
        page_free(table.page);
    }
}

/* Every substring of up to six characters of some id, name or title is found where it is. */
static void every_search_finds(void **state)
{
    static bool kept[EVENTS + 100];
    struct shop *shop = *state;
    struct rng rng;
    rng_init(&rng, 4);
    for (int candidate_run = 0; candidate_run < 600; candidate_run++) {
        enum table_kind kind =
            candidate_run % 3 ? candidate_run % 2 ? TABLE_USERS : TABLE_ITEMS : TABLE_EVENTS;
        struct table table = read_table(shop, kind);
        int32_t texts[3] = { 0, 1, 1 },
                row = (int32_t)rng_below(&rng, (uint32_t)table.page->n_rows);
        if (kind == TABLE_EVENTS) texts[0] = 2, texts[1] = 3, texts[2] = 4;
        const struct cell *cell = page_cell(table.page, row, texts[rng_below(&rng, 3)]);
        if (!cell->absent && cell->text.length > 0) {
            struct slice whole = cell->text;
            size_t from = rng_below(&rng, (uint32_t)whole.length);
            size_t length = 1 + rng_below(&rng, 12);
            if (from + length > whole.length) length = whole.length - from;
            struct slice word = { whole.bytes + from, length };
            struct text filter = { 0 };
            text_format(&filter, "\"%.*s\"", (int)word.length, word.bytes);
            for (int32_t r = 0; r < table.page->n_rows; r++) {
                kept[r] = false;
                for (int t = 0; t < 3; t++) {
                    const struct cell *text = page_cell(table.page, r, texts[t]);
                    if (!text->absent && holds(text->text, word)) kept[r] = true;
                }
            }
            /* The name of a user is not a column of events. */
            if (is_typable(word) && kind != TABLE_EVENTS)
                assert_rows(shop, kind, &table, filter.bytes, kept);
            text_fini(&filter);
        }
        page_free(table.page);
    }
}

static void events_of_one(void **state)
{
    static bool kept[EVENTS + 100];
    struct shop *shop = *state;
    struct table events = read_table(shop, TABLE_EVENTS);
    for (int32_t row = 0; row < events.page->n_rows; row += 7) {
        for (int32_t c = 2; c < 4; c++) {
            struct slice id = page_cell(events.page, row, c)->text;
            struct text filter = { 0 };
            if (!is_typable(id)) continue;
            text_format(&filter, "%s=\"%.*s\"", events.columns[c].name, (int)id.length, id.bytes);
            for (int32_t r = 0; r < events.page->n_rows; r++)
                kept[r] = compare_bytes(page_cell(events.page, r, c)->text, id) == 0;
            assert_rows(shop, TABLE_EVENTS, &events, filter.bytes, kept);
            text_fini(&filter);
        }
    }
    page_free(events.page);
}

static void dates_are_days(void **state)
{
    static bool kept[EVENTS + 100];
    static const char *const operators[] = { "=", "!=", "<", "<=", ">", ">=" };
    struct shop *shop = *state;
    struct table events = read_table(shop, TABLE_EVENTS);
    for (int32_t row = 0; row < events.page->n_rows; row += 50) {
        const struct cell *time = page_cell(events.page, row, 1);
        char day[MOMENT_TEXT_SIZE], filter[64];
        if (time->absent) continue;
        moment_date(time->integer, day);
        for (size_t o = 0; o < sizeof operators / sizeof *operators; o++) {
            snprintf(filter, sizeof filter, "time%s%s", operators[o], day);
            for (int32_t r = 0; r < events.page->n_rows; r++) {
                const struct cell *cell = page_cell(events.page, r, 1);
                char other[MOMENT_TEXT_SIZE] = "";
                if (!cell->absent) moment_date(cell->integer, other);
                kept[r] =
                    cell->absent ? operators[o][0] == '!' : fits(strcmp(other, day), operators[o]);
            }
            assert_rows(shop, TABLE_EVENTS, &events, filter, kept);
        }
    }
    page_free(events.page);
}

/* A page in the middle is the same rows as the whole, whatever the way. */
static void pages_are_cuts(void **state)
{
    struct shop *shop = *state;
    struct error error = { 0 };
    for (int way = 0; way < 2; way++) {
        for (int sorted = 0; sorted < 2; sorted++) {
            struct selection *rows =
                select_rows(shop, TABLE_EVENTS, NULL, sorted ? "value" : NULL, way == 1);
            struct page *whole = rows_page(shop->reader, rows, 0, (int32_t)rows->n, &error);
            assert_int_equal(rows->dense, !sorted);
            for (int64_t first = -3; first < rows->n + 20; first += 37) {
                struct page *part = rows_page(shop->reader, rows, first, 20, &error);
                int64_t from = first < 0 ? 0 : first, left = rows->n - from;
                assert_non_null(part);
                assert_int_equal(part->n_rows, left < 0 ? 0 : left < 20 ? left : 20);
                for (int32_t r = 0; r < part->n_rows; r++) {
                    assert_int_equal(part->key[r], whole->key[from + r]);
                    assert_int_equal(selection_find(rows, part->key[r]), from + r);
                }
                page_free(part);
            }
            assert_int_equal(selection_find(rows, 0), -1);
            assert_int_equal(selection_find(rows, rows->n + 1), -1);
            page_free(whole);
            selection_free(rows);
        }
    }
}

static void ids_are_found(void **state)
{
    struct shop *shop = *state;
    struct error error = { 0 };
    struct table users = read_table(shop, TABLE_USERS);
    for (int32_t row = 0; row < users.page->n_rows; row++) {
        struct slice id = page_cell(users.page, row, 0)->text;
        assert_int_equal(rows_find_user(shop->reader, id), users.page->key[row]);
        for (size_t cut = 0; cut <= id.length; cut++) {
            struct page *page =
                rows_complete(shop->reader, TABLE_USERS, bytes_of(id.bytes, cut), 1000, &error);
            int32_t expected = 0;
            assert_non_null(page);
            for (int32_t r = 0; r < users.page->n_rows; r++) {
                struct slice other = page_cell(users.page, r, 0)->text;
                expected += other.length >= cut && memcmp(other.bytes, id.bytes, cut) == 0;
            }
            assert_int_equal(page->n_rows, expected);
            page_free(page);
        }
    }
    assert_int_equal(rows_find_user(shop->reader, slice_of("nobody")), 0);
    assert_int_equal(rows_find_item(shop->reader, slice_of("")), 0);
    page_free(users.page);
}

static void mistakes_are_told(void **state)
{
    static const struct {
        const char *filter, *sort, *words;
    } mistakes[] = {
        { "colour=red", NULL, "segment" },    { "orders=many", NULL, "not a number" },
        { "last>soon", NULL, "not a date" },  { "months=3", NULL, "another column" },
        { NULL, "months", "another column" }, { NULL, "colour", "segment" },
    };
    struct shop *shop = *state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct error error = { 0 };
        const struct row_query query = { TABLE_USERS, mistakes[i].filter, mistakes[i].sort, false };
        assert_null(rows_select(shop->reader, &query, &error));
        assert_int_equal(error.code, ERROR_USAGE);
        if (!strstr(error.text, mistakes[i].words)) fail_msg("%s", error.text);
    }
}

/* Anything at all may be typed: an error or rows, never more. */
static void any_filter_is_taken(void **state)
{
    static const char letters[] = "ab \"=!~<>*%'()-:;\xe5\xae\x89\xff\tNOT";
    struct shop *shop = *state;
    struct rng rng;
    rng_init(&rng, 8);
    for (int candidate_run = 0; candidate_run < 2000; candidate_run++) {
        char filter[24];
        size_t length = rng_below(&rng, sizeof filter);
        struct error error = { 0 };
        for (size_t i = 0; i < length; i++)
            filter[i] = letters[rng_below(&rng, sizeof letters - 1)];
        filter[length] = '\0';
        const struct row_query query = { (enum table_kind)rng_below(&rng, TABLE_KINDS), filter,
                                         NULL, false };
        struct selection *rows = rows_select(shop->reader, &query, &error);
        if (!rows && error.code != ERROR_USAGE) fail_msg("%s: %s", filter, error.text);
        selection_free(rows);
    }
}

static void stops_when_cancelled(void **state)
{
    struct shop *shop = *state;
    struct error error = { 0 };
    struct progress progress = { 0 };
    const struct row_query query = { TABLE_EVENTS, NULL, "title", false };
    progress_cancel(&progress);
    reader_watch(shop->reader, &progress);
    assert_null(rows_select(shop->reader, &query, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    reader_watch(shop->reader, NULL);
    selection_free(select_rows(shop, TABLE_EVENTS, NULL, "title", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_equal_the_data), cmocka_unit_test(every_column_sorts),
        cmocka_unit_test(every_column_filters),    cmocka_unit_test(every_search_finds),
        cmocka_unit_test(events_of_one),           cmocka_unit_test(dates_are_days),
        cmocka_unit_test(pages_are_cuts),          cmocka_unit_test(ids_are_found),
        cmocka_unit_test(mistakes_are_told),       cmocka_unit_test(any_filter_is_taken),
        cmocka_unit_test(stops_when_cancelled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

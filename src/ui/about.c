#include "about.h"

#include "present.h"

#include "aisle/moment.h"

#include <stdio.h>
#include <string.h>

enum { LAST = 12 };

void about_filter(const char *column, struct slice id, struct text *out)
{
    bool blanks = id.length > 0 && (memchr(id.bytes, ' ', id.length) || id.bytes[0] == '"');
    text_format(out, "%s=%s%.*s%s", column, blanks ? "\"" : "", (int)id.length, id.bytes,
                blanks ? "\"" : "");
}

static int32_t find(const struct table_column *columns, int32_t n, const char *name)
{
    for (int32_t i = 0; i < n; i++)
        if (strcmp(columns[i].name, name) == 0) return i;
    return -1;
}

/* One event as a row: what (title or id) and when. */
static void add_event(struct sheet *sheet, const struct page *page, int32_t row, int32_t what,
                      int32_t instead, int32_t time, bool person)
{
    char date[MOMENT_TEXT_SIZE] = "";
    const struct cell *name = page_cell(page, row, what);
    if (name->absent || name->text.length == 0) name = page_cell(page, row, instead);
    if (time >= 0 && !page_cell(page, row, time)->absent)
        moment_date(page_cell(page, row, time)->integer, date);
    sheet_row(sheet, name->text, slice_of(date));
    sheet_is_person(sheet, person ? SHEET_LABEL_ID : SHEET_LABEL_ITEM,
                    page_cell(page, row, instead)->text);
}

static bool add_last_events(struct sheet *sheet, struct reader *reader, const char *column,
                            struct slice id, struct error *error)
{
    struct text filter = { 0 };
    struct selection *selection = NULL;
    struct page *page = NULL;
    int32_t n;
    about_filter(column, id, &filter);
    const struct table_column *columns = rows_columns(reader, TABLE_EVENTS, &n, error);
    struct row_query query = { TABLE_EVENTS, filter.bytes, "time", true };
    if (columns) selection = rows_select(reader, &query, error);
    if (selection) page = rows_page(reader, selection, 0, LAST, error);
    if (page) {
        bool user = strcmp(column, "user") == 0;
        int32_t what = find(columns, n, user ? "title" : "user");
        int32_t instead = find(columns, n, user ? "item" : "user");
        int32_t time = find(columns, n, "time");
        for (int32_t i = 0; what >= 0 && instead >= 0 && i < page->n_rows; i++)
            add_event(sheet, page, i, what, instead, time, !user);
        if (selection->n > page->n_rows)
            sheet_print(sheet, MEANING_DIM, "and %lld more: Enter",
                        (long long)(selection->n - page->n_rows));
    }
    bool ok = page != NULL;
    page_free(page);
    selection_free(selection);
    text_fini(&filter);
    return ok;
}

/* The fact called "id", for looking up events. */
static struct slice id_of(const struct page *facts)
{
    for (int32_t i = 0; i < facts->n_rows; i++)
        if (slice_equal(page_cell(facts, i, 0)->text, "id")) return page_cell(facts, i, 1)->text;
    return (struct slice){ "", 0 };
}

/* The facts of a person: which of them say who it is. */
static void add_person(struct sheet *sheet, const struct page *facts)
{
    struct slice id = id_of(facts);
    for (int32_t row = 0; row < facts->n_rows; row++) {
        struct slice name = page_cell(facts, row, 0)->text;
        if (!sheet_fact(sheet, facts, row)) continue;
        if (slice_equal(name, "id"))
            sheet_is_person(sheet, SHEET_VALUE_ID, id);
        else if (slice_equal(name, "name"))
            sheet_is_person(sheet, SHEET_VALUE_NAME, id);
        else if (presentation_is_personal(name))
            sheet_is_person(sheet, SHEET_VALUE_PERSONAL, id);
    }
}

/* The facts of an item: which of them say whose account it is, where it is one. */
static void add_item(struct sheet *sheet, const struct page *facts)
{
    struct slice id = id_of(facts);
    for (int32_t row = 0; row < facts->n_rows; row++) {
        struct slice name = page_cell(facts, row, 0)->text;
        if (!sheet_fact(sheet, facts, row)) continue;
        if (slice_equal(name, "id"))
            sheet_is_person(sheet, SHEET_VALUE_ITEM_ID, id);
        else if (slice_equal(name, "title"))
            sheet_is_person(sheet, SHEET_VALUE_ITEM, id);
        else if (presentation_is_told(name))
            sheet_is_person(sheet, SHEET_VALUE_ITEM_TOLD, id);
    }
}

static struct sheet *about(struct reader *reader, enum table_kind kind, int64_t key,
                           const char *heading, struct error *error)
{
    struct page *facts = rows_facts(reader, kind, key, error);
    struct sheet *sheet = facts ? sheet_new(error) : NULL;
    if (sheet) {
        if (kind == TABLE_USERS)
            add_person(sheet, facts);
        else
            add_item(sheet, facts);
        sheet_heading(sheet, heading);
        add_last_events(sheet, reader, kind == TABLE_USERS ? "user" : "item", id_of(facts), NULL);
    }
    page_free(facts);
    return sheet;
}

struct sheet *about_user(struct reader *reader, int64_t key, struct error *error)
{
    return about(reader, TABLE_USERS, key, "Last purchases", error);
}

struct sheet *about_item(struct reader *reader, int64_t key, struct error *error)
{
    return about(reader, TABLE_ITEMS, key, "Last buyers", error);
}

static void add_taste(struct sheet *sheet, struct reader *reader, int64_t key,
                      const char *attribute, const char *heading)
{
    struct page *taste = rows_taste(reader, key, attribute, LAST, NULL);
    for (int32_t i = 0; taste && i < taste->n_rows; i++) {
        char count[48];
        double share = page_cell(taste, i, 2)->number;
        if (i == 0) sheet_heading(sheet, heading);
        snprintf(count, sizeof count, "%3.0f%%  %lld", 100 * share,
                 (long long)page_cell(taste, i, 1)->integer);
        sheet_bar(sheet, page_cell(taste, i, 0)->text, slice_of(count), (float)share);
    }
    page_free(taste);
}

struct sheet *profile_of_user(struct reader *reader, int64_t key, struct error *error)
{
    struct page *facts = rows_facts(reader, TABLE_USERS, key, error);
    struct sheet *sheet = facts ? sheet_new(error) : NULL;
    if (sheet) {
        add_person(sheet, facts);
        add_taste(sheet, reader, key, "category", "What they bought, by category");
        add_taste(sheet, reader, key, "brand", "By brand");
        add_taste(sheet, reader, key, "genres", "By genre");
    }
    page_free(facts);
    return sheet;
}

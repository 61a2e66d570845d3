/* condition.c - one term of a filter as SQL.
 *
 * What is asked of the user or item of an event, or of an attribute, is answered in their own table
 * first: those have far fewer rows than events, and an attribute of everybody is one sweep. */
#include "filter.h"

#include <string.h>

/* ------------------------------------------------------------------------------- searching */

/* A phrase for FTS5: in quotes, its own quotes doubled. */
static void quote(struct text *phrase, struct slice word)
{
    text_add(phrase, "\"", 1);
    for (size_t i = 0; i < word.length; i++) {
        if (word.bytes[i] == '"') text_add(phrase, "\"", 1);
        text_add(phrase, &word.bytes[i], 1);
    }
    text_add(phrase, "\"", 1);
}

static size_t characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.length; i++)
        n += ((unsigned char)text.bytes[i] & 0xc0) != 0x80;
    return n;
}

/* The rows of users or items that have the word in id or name: by the index of trigrams when it has
 * three characters, else in a scan. */
static void rows_with(struct filter *filter, bool users, bool indexed, int value)
{
    const char *table = users ? "users" : "items";
    if (indexed)
        text_format(&filter->sql, "(SELECT rowid FROM %s_search WHERE %s_search MATCH ?%d)", table,
                    table, value);
    else
        text_format(&filter->sql,
                    "(SELECT row FROM %s WHERE aisle_holds(id, ?%d) OR aisle_holds(%s, ?%d))",
                    table, value, users ? "name" : "title", value);
}

void condition_search(struct filter *filter, struct slice word)
{
    static const char *const texts[TABLE_KINDS][7] = {
        [TABLE_IMPORTS] = { "t.source", "t.format" },
        [TABLE_AUDIT] = { "t.who", "t.action", "t.subject", "t.detail", "t.before", "t.after" },
        [TABLE_RUNS] = { "t.kind", "t.parameters", "t.metrics" },
    };
    struct text folded = { 0 }, phrase = { 0 };
    text_add_folded(&folded, word.bytes, word.length);
    if (folded.failed || folded.length == 0) {
        filter->sql.failed |= folded.failed; /* a word of marks alone says nothing */
        text_fini(&folded);
        return;
    }
    struct slice part = { folded.bytes, folded.length };
    /* FTS5 ends a query at a NUL. */
    bool indexed = filter->kind <= TABLE_EVENTS && characters(part) >= 3 &&
                   !memchr(part.bytes, '\0', part.length);
    if (indexed) {
        quote(&phrase, part);
        part = (struct slice){ phrase.bytes, phrase.length };
        filter->sql.failed |= phrase.failed;
    }
    int value = filter_add_text(filter, part, false);
    if (filter->kind <= TABLE_ITEMS) {
        text_add_string(&filter->sql, " AND t.row IN ");
        rows_with(filter, filter->kind == TABLE_USERS, indexed, value);
    } else if (filter->kind == TABLE_EVENTS) {
        text_add_string(&filter->sql, " AND (t.item_id IN ");
        rows_with(filter, false, indexed, value);
        text_add_string(&filter->sql, " OR t.user_id IN ");
        rows_with(filter, true, indexed, value);
        text_add_string(&filter->sql, ")");
    } else {
        text_add_string(&filter->sql, " AND (0");
        for (const char *const *text = texts[filter->kind]; *text; text++)
            text_format(&filter->sql, " OR aisle_holds(%s, ?%d)", *text, value);
        text_add_string(&filter->sql, ")");
    }
    text_fini(&phrase);
    text_fini(&folded);
}

/* ------------------------------------------------------------------------------- comparing */

static bool is_range(const char *op)
{
    return op[0] == '<' || op[0] == '>';
}

/* A date without time is a whole day: = is within it, > after it, <= up to its end. */
static bool compare_moment(struct filter *filter, const struct table_column *column, const char *e,
                           const char *op, struct slice value, struct error *error)
{
    int64_t moment = 0;
    if (!moment_parse(value, MOMENT_ISO, &moment))
        return error_set(error, ERROR_USAGE, "%s%s%.*s: is not a date: write 2021-01-31",
                         column->name, op, (int)value.length, value.bytes);
    int64_t end = moment + (value.length <= 10 ? 86399 : 0);
    if (is_range(op)) {
        bool late = strcmp(op, ">") == 0 || strcmp(op, "<=") == 0;
        text_format(&filter->sql, "%s %s ?%d", e, op,
                    filter_add_number(filter, (double)(late ? end : moment)));
    } else {
        int low = filter_add_number(filter, (double)moment);
        int high = filter_add_number(filter, (double)end);
        text_format(&filter->sql, "%sifnull(%s BETWEEN ?%d AND ?%d, 0)", op[0] == '!' ? "NOT " : "",
                    e, low, high);
    }
    return true;
}

static bool compare_number(struct filter *filter, const struct table_column *column, const char *e,
                           const char *op, struct slice value, struct error *error)
{
    double number = 0;
    if (!slice_to_double(value, &number))
        return error_set(error, ERROR_USAGE, "%s%s%.*s: is not a number", column->name, op,
                         (int)value.length, value.bytes);
    text_format(&filter->sql, "%s %s ?%d", e, op, filter_add_number(filter, number));
    return true;
}

/* Text compares without case. Against a number, <, > and = compare the values of those texts that
 * are numbers. */
static void compare_text(struct filter *filter, const char *e, const char *op, struct slice value)
{
    double number = 0;
    bool numeric = slice_to_double(value, &number);
    if (numeric && is_range(op)) {
        text_format(&filter->sql, "aisle_number(%s) %s ?%d", e, op,
                    filter_add_number(filter, number));
        return;
    }
    text_format(&filter->sql, "(aisle_fold(ifnull(%s, '')) %s ?%d", e, op,
                filter_add_text(filter, value, true));
    if (numeric)
        text_format(&filter->sql, " %s ifnull(aisle_number(%s) %s ?%d, %d)",
                    op[0] == '!' ? "AND" : "OR", e, op, filter_add_number(filter, number),
                    op[0] == '!');
    text_add_string(&filter->sql, ")");
}

/* The condition on the scalar expression `e`. */
static bool compare(struct filter *filter, const struct table_column *column, const char *e,
                    const char *op, struct slice value, struct error *error)
{
    if (column->type == CELL_SPARK)
        return error_set(error, ERROR_USAGE, "%s is a picture: filter by another column",
                         column->name);
    if (op[0] == '~')
        text_format(&filter->sql, "aisle_holds(%s, ?%d)", e, filter_add_text(filter, value, true));
    else if (column->type == CELL_MOMENT)
        return compare_moment(filter, column, e, op, value, error);
    else if (column->type == CELL_TEXT)
        compare_text(filter, e, op, value);
    else
        return compare_number(filter, column, e, op, value, error);
    return true;
}

/* An attribute: who has one that fits. Those without it fit "attribute=" and "attribute!=value". */
static bool compare_attribute(struct filter *filter, int32_t at, const char *op, struct slice value,
                              struct error *error)
{
    const char *subject = filter->kind == TABLE_USERS ? "user" : "item";
    bool unequal = op[0] == '!', empty = value.length == 0 && (unequal || op[0] == '=');
    text_format(&filter->sql, " AND t.row %s (SELECT %s_id FROM %s_attributes WHERE name_id = %lld",
                unequal != empty ? "NOT IN" : "IN", subject, subject,
                (long long)filter->columns->name_id[at]);
    if (!empty) {
        text_add_string(&filter->sql, " AND ");
        if (!compare(filter, &filter->columns->list[at], "value", unequal ? "=" : op, value, error))
            return false;
    }
    text_add_string(&filter->sql, ")");
    return true;
}

/* User, item and title of events; user= and item= with an id that there is are looked up. */
static bool compare_of_event(struct filter *filter, int32_t at, bool user, const char *text,
                             const char *op, struct slice value, struct error *error)
{
    const char *table = user ? "users" : "items", *subject = user ? "user" : "item";
    if (strcmp(op, "=") == 0 && strcmp(text, "id") == 0) {
        text_format(&filter->sql, " AND t.%s_id = (SELECT row FROM %s WHERE id = ?%d)", subject,
                    table, filter_add_text(filter, value, false));
        return true;
    }
    text_format(&filter->sql, " AND t.%s_id IN (SELECT row FROM %s WHERE ", subject, table);
    if (!compare(filter, &filter->columns->list[at], text, op, value, error)) return false;
    text_add_string(&filter->sql, ")");
    return true;
}

bool condition_compare(struct filter *filter, int32_t at, const char *op, struct slice value,
                       struct error *error)
{
    struct text e = { 0 };
    bool good = false;
    if (at >= filter->columns->n_built_in) return compare_attribute(filter, at, op, value, error);
    column_sql(&e, filter->kind, filter->columns, at);
    if (e.failed)
        error_memory(error, "a filter");
    else if (filter->kind == TABLE_EVENTS &&
             (strncmp(e.bytes, "u.", 2) == 0 || strncmp(e.bytes, "i.", 2) == 0))
        good = compare_of_event(filter, at, e.bytes[0] == 'u', e.bytes + 2, op, value, error);
    else {
        text_add_string(&filter->sql, " AND ");
        good = compare(filter, &filter->columns->list[at], e.bytes, op, value, error);
    }
    text_fini(&e);
    return good;
}

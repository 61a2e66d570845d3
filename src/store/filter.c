/* filter.c - terms into SQL. Names of columns come from our own list; values are always bound. */
#include "filter.h"

#include <string.h>

static void fold(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    struct text out = { 0 };
    const char *bytes = (const char *)sqlite3_value_text(values[0]);
    int length = sqlite3_value_bytes(values[0]);
    if (!bytes) return;
    text_add_folded(&out, bytes, (size_t)length);
    if (out.failed)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_text64(context, out.bytes ? out.bytes : "", out.length, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    text_fini(&out);
}

bool filter_register(sqlite3 *db)
{
    return sqlite3_create_function(db, "aisle_fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                   fold, NULL, NULL) == SQLITE_OK;
}

void filter_fini(struct filter *filter)
{
    text_fini(&filter->sql);
    text_fini(&filter->values);
    memset(filter, 0, sizeof *filter);
}

void filter_bind(const struct filter *filter, sqlite3_stmt *statement)
{
    for (int i = 0; i < filter->n; i++) {
        if (filter->value[i].is_number)
            sqlite3_bind_double(statement, i + 1, filter->value[i].number);
        else
            database_bind_text(statement, i + 1,
                               (struct slice){ filter->values.bytes + filter->value[i].at,
                                               filter->value[i].length });
    }
}

static int add_text(struct filter *filter, struct slice text, bool folded)
{
    size_t at = filter->values.length;
    if (folded)
        text_add_folded(&filter->values, text.bytes, text.length);
    else
        text_add(&filter->values, text.bytes, text.length);
    filter->value[filter->n].is_number = false;
    filter->value[filter->n].at = at;
    filter->value[filter->n].length = filter->values.length - at;
    return ++filter->n;
}

static int add_number(struct filter *filter, double number)
{
    filter->value[filter->n].is_number = true;
    filter->value[filter->n].number = number;
    return ++filter->n;
}

static size_t characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.length; i++)
        n += ((unsigned char)text.bytes[i] & 0xc0) != 0x80;
    return n;
}

/* An FTS5 string of the word: in quotes, its own quotes doubled. */
static void quote(struct text *phrase, struct slice word)
{
    text_add(phrase, "\"", 1);
    for (size_t i = 0; i < word.length; i++) {
        if (word.bytes[i] == '"') text_add(phrase, "\"", 1);
        text_add(phrase, &word.bytes[i], 1);
    }
    text_add(phrase, "\"", 1);
}

/* A word: anywhere in the id, name or title. From three characters on by the trigram index. */
static void search(struct filter *filter, enum table_kind kind, struct slice word)
{
    struct text phrase = { 0 };
    bool indexed = characters(word) >= 3 && kind <= TABLE_EVENTS;
    if (indexed) quote(&phrase, word);
    struct slice value = indexed ? (struct slice){ phrase.bytes, phrase.length } : word;
    int n = add_text(filter, value, true);
    switch (kind) {
    case TABLE_USERS:
    case TABLE_ITEMS: {
        const char *table = kind == TABLE_USERS ? "users" : "items";
        if (indexed)
            text_format(&filter->sql,
                        " AND t.row IN (SELECT rowid FROM %s_search WHERE %s_search MATCH ?%d)",
                        table, table, n);
        else
            text_format(&filter->sql, " AND instr(aisle_fold(t.id || ' ' || t.%s), ?%d)",
                        kind == TABLE_USERS ? "name" : "title", n);
        break;
    }
    case TABLE_EVENTS:
        if (indexed)
            text_format(
                &filter->sql,
                " AND (t.item_id IN (SELECT rowid FROM items_search WHERE items_search MATCH ?%d)"
                " OR t.user_id IN (SELECT rowid FROM users_search WHERE users_search MATCH ?%d))",
                n, n);
        else
            text_format(&filter->sql,
                        " AND instr(aisle_fold(u.id || ' ' || i.id || ' ' || i.title), ?%d)", n);
        break;
    case TABLE_IMPORTS:
        text_format(&filter->sql, " AND instr(aisle_fold(t.source || ' ' || t.format), ?%d)", n);
        break;
    default:
        text_format(&filter->sql,
                    " AND instr(aisle_fold(t.who || ' ' || t.action || ' ' || t.subject || ' ' || "
                    "t.detail), ?%d)",
                    n);
        break;
    }
    text_fini(&phrase);
}

/* column OP value. A date compares with the whole day: =2021-01-01 is from midnight to midnight. */
static bool compare(struct filter *filter, enum table_kind kind, const struct columns *columns,
                    int32_t at, const char *op, struct slice value, struct error *error)
{
    const struct table_column *column = &columns->list[at];
    struct text expression = { 0 };
    double number = 0;
    int64_t moment = 0;
    bool good = true;
    column_sql(&expression, kind, columns, at);
    text_add(&expression, "", 1);
    const char *e = expression.failed ? "NULL" : expression.bytes;
    bool equal = strcmp(op, "=") == 0, unequal = strcmp(op, "!=") == 0;
    if (column->type == CELL_SPARK) {
        good = error_set(error, ERROR_USAGE, "%s is a picture: filter by another column",
                         column->name);
    } else if (strcmp(op, "~") == 0) {
        text_format(&filter->sql, " AND instr(aisle_fold(%s), ?%d)", e,
                    add_text(filter, value, true));
    } else if (kind == TABLE_EVENTS && equal &&
               (strcmp(e, "u.id") == 0 || strcmp(e, "i.id") == 0)) {
        bool user = e[0] == 'u'; /* by the index of events */
        text_format(&filter->sql, " AND t.%s_id = (SELECT row FROM %ss WHERE id = ?%d)",
                    user ? "user" : "item", user ? "user" : "item", add_text(filter, value, false));
    } else if (column->type == CELL_MOMENT) {
        good = moment_parse(value, MOMENT_ISO, &moment) ||
               error_set(error, ERROR_USAGE, "%s%s%.*s: is not a date: write 2021-01-31",
                         column->name, op, (int)value.length, value.bytes);
        bool day = value.length <= 10;
        if (good && (equal || unequal)) {
            int low = add_number(filter, (double)moment),
                high = add_number(filter, (double)(moment + (day ? 86399 : 0)));
            text_format(&filter->sql, " AND %s %sBETWEEN ?%d AND ?%d", e, unequal ? "NOT " : "",
                        low, high);
        } else if (good) {
            bool end = day && (strcmp(op, ">") == 0 || strcmp(op, "<=") == 0);
            text_format(&filter->sql, " AND %s %s ?%d", e, op,
                        add_number(filter, (double)(moment + (end ? 86399 : 0))));
        }
    } else if (column->type != CELL_TEXT ||
               (!equal && !unequal && slice_to_double(value, &number))) {
        good = slice_to_double(value, &number) ||
               error_set(error, ERROR_USAGE, "%s%s%.*s: is not a number", column->name, op,
                         (int)value.length, value.bytes);
        if (good)
            text_format(&filter->sql, " AND CAST(%s AS REAL) %s ?%d", e, op,
                        add_number(filter, number));
    } else {
        text_format(&filter->sql, " AND aisle_fold(ifnull(%s, '')) %s ?%d", e, op,
                    add_text(filter, value, true));
    }
    text_fini(&expression);
    return good;
}

static bool no_column(const struct columns *columns, struct slice name, struct error *error)
{
    struct text list = { 0 };
    for (int32_t i = 0; i < columns->n; i++)
        text_format(&list, "%s%s", i ? ", " : "", columns->list[i].name);
    error_set(error, ERROR_USAGE, "there is no column '%.*s': there are %.300s", (int)name.length,
              name.bytes, list.bytes ? list.bytes : "none");
    text_fini(&list);
    return false;
}

/* One term: up to a blank outside quotes. Quotes may surround the whole or the value. */
static struct slice next_term(const char **at, struct text *scratch, size_t *operator_at)
{
    const char *c = *at;
    bool quoted = false, seen_quote = false;
    text_clear(scratch);
    *operator_at = SIZE_MAX;
    while (*c == ' ' || *c == '\t')
        c++;
    for (; *c && (quoted || (*c != ' ' && *c != '\t')); c++) {
        if (*c == '"') {
            quoted = !quoted;
            seen_quote = seen_quote || scratch->length == 0;
            continue;
        }
        if (!quoted && !seen_quote && *operator_at == SIZE_MAX && scratch->length > 0 &&
            strchr("=!~<>", *c))
            *operator_at = scratch->length;
        text_add(scratch, c, 1);
    }
    *at = c;
    return (struct slice){ scratch->bytes, scratch->length };
}

bool filter_parse(struct filter *filter, enum table_kind kind, const struct columns *columns,
                  const char *expression, struct error *error)
{
    static const char *const operators[] = { "!=", ">=", "<=", "=", "~", ">", "<" };
    struct text scratch = { 0 };
    bool good = true;
    memset(filter, 0, sizeof *filter);
    text_add_string(&filter->sql, "1");
    for (const char *at = expression ? expression : ""; good && *at;) {
        size_t where = 0;
        struct slice term = next_term(&at, &scratch, &where);
        if (term.length == 0) continue;
        if (filter->n + 2 > FILTER_VALUES) {
            good = error_set(error, ERROR_USAGE, "the filter has too many terms");
            break;
        }
        if (where == SIZE_MAX) {
            search(filter, kind, term);
            continue;
        }
        const char *op = NULL;
        for (size_t i = 0; !op && i < sizeof operators / sizeof *operators; i++)
            if (strncmp(term.bytes + where, operators[i], strlen(operators[i])) == 0)
                op = operators[i];
        struct slice name = { term.bytes, where };
        int32_t column = column_find(columns, name);
        if (!op || column < 0) {
            good = no_column(columns, name, error);
            break;
        }
        struct slice value = { term.bytes + where + strlen(op), term.length - where - strlen(op) };
        good = compare(filter, kind, columns, column, op, value, error);
    }
    text_add(&filter->sql, "", 1);
    if (good && (filter->sql.failed || filter->values.failed || scratch.failed))
        good = error_memory(error, "a filter");
    text_fini(&scratch);
    return good;
}

/* filter.c - a filter as people type it, term by term. */
#include "filter.h"

#include <string.h>

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

int filter_add_text(struct filter *filter, struct slice text, bool folded)
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

int filter_add_number(struct filter *filter, double number)
{
    filter->value[filter->n].is_number = true;
    filter->value[filter->n].number = number;
    return ++filter->n;
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
            (strchr("=~<>", *c) || (*c == '!' && c[1] == '=')))
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
    filter->kind = kind;
    filter->columns = columns;
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
            condition_search(filter, term);
            continue;
        }
        const char *op = NULL;
        for (size_t i = 0; !op && i < sizeof operators / sizeof *operators; i++)
            if (strncmp(term.bytes + where, operators[i], strlen(operators[i])) == 0)
                op = operators[i];
        struct slice name = { term.bytes, where };
        int32_t column = column_find(columns, name);
        if (!op || column < 0) {
            good = column_missing(columns, name, error);
            break;
        }
        struct slice value = { term.bytes + where + strlen(op), term.length - where - strlen(op) };
        good = condition_compare(filter, column, op, value, error);
    }
    if (good && (filter->sql.failed || filter->values.failed || scratch.failed))
        good = error_memory(error, "a filter");
    text_fini(&scratch);
    return good;
}

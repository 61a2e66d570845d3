#include "memory_filter.h"

#include "aisle/moment.h"

#include <string.h>

enum comparison { FIND, EQUAL, UNEQUAL, PART, ABOVE, AT_LEAST, BELOW, AT_MOST };

struct term {
    struct slice column, value; /* column is empty for a word */
    enum comparison comparison;
};

/* Takes the next term: blanks part terms, quotes hold blanks together. */
static bool next_term(const char **at, struct slice *term)
{
    while (**at == ' ')
        (*at)++;
    const char *from = *at;
    bool quoted = false;
    while (**at && (quoted || **at != ' ')) {
        if (**at == '"') quoted = !quoted;
        (*at)++;
    }
    *term = (struct slice){ from, (size_t)(*at - from) };
    return term->length > 0;
}

static struct slice unquoted(struct slice text)
{
    if (text.length >= 2 && text.bytes[0] == '"' && text.bytes[text.length - 1] == '"')
        return (struct slice){ text.bytes + 1, text.length - 2 };
    return text;
}

static struct term parse(struct slice text)
{
    static const struct {
        const char *sign;
        enum comparison comparison;
    } signs[] = { { "!=", UNEQUAL }, { ">=", AT_LEAST }, { "<=", AT_MOST }, { "=", EQUAL },
                  { "~", PART },     { ">", ABOVE },     { "<", BELOW } };
    size_t n = 0;
    while (n < text.length && !strchr("!=~<>\"", text.bytes[n]))
        n++;
    struct slice rest = { text.bytes + n, text.length - n };
    for (size_t i = 0; n > 0 && i < sizeof signs / sizeof signs[0]; i++) {
        size_t length = strlen(signs[i].sign);
        if (rest.length < length || strncmp(rest.bytes, signs[i].sign, length) != 0) continue;
        struct slice value = { rest.bytes + length, rest.length - length };
        return (struct term){ { text.bytes, n }, unquoted(value), signs[i].comparison };
    }
    return (struct term){ { text.bytes, 0 }, unquoted(text), FIND };
}

static bool contains(struct slice text, struct slice part)
{
    struct text a = { 0 }, b = { 0 };
    text_add_folded(&a, text.bytes, text.length);
    text_add_folded(&b, part.bytes, part.length);
    bool found = b.length == 0 || (a.length > 0 && strstr(a.bytes, b.bytes));
    text_fini(&a);
    text_fini(&b);
    return found;
}

static bool is_integer(enum cell_type type)
{
    return type == CELL_INTEGER || type == CELL_MOMENT;
}

int memory_compare(const struct cell *a, const struct cell *b, enum cell_type type)
{
    if (a->absent || b->absent) return a->absent - b->absent;
    if (type == CELL_TEXT) {
        size_t n = a->text.length < b->text.length ? a->text.length : b->text.length;
        int order = n > 0 ? memcmp(a->text.bytes, b->text.bytes, n) : 0;
        if (order != 0) return order;
        return (a->text.length > b->text.length) - (a->text.length < b->text.length);
    }
    if (is_integer(type)) return (a->integer > b->integer) - (a->integer < b->integer);
    return (a->number > b->number) - (a->number < b->number);
}

static bool holds(int order, enum comparison comparison)
{
    switch (comparison) {
    case EQUAL:
        return order == 0;
    case UNEQUAL:
        return order != 0;
    case ABOVE:
        return order > 0;
    case AT_LEAST:
        return order >= 0;
    case BELOW:
        return order < 0;
    case AT_MOST:
        return order <= 0;
    case FIND:
    case PART:
        break;
    }
    return false;
}

static bool cell_passes(const struct cell *cell, enum cell_type type, const struct term *term)
{
    struct cell wanted = { .text = term->value };
    double number;
    if (cell->absent) return term->comparison == UNEQUAL;
    if (term->comparison == PART || type == CELL_TEXT) {
        struct text seen = { 0 };
        struct slice text = cell->text;
        bool pass;
        if (type != CELL_TEXT) {
            cell_text(cell, type, &seen);
            text = (struct slice){ seen.bytes, seen.length };
        }
        if (term->comparison == PART)
            pass = contains(text, term->value);
        else if (term->comparison == EQUAL || term->comparison == UNEQUAL)
            pass = (text.length == term->value.length && contains(text, term->value)) ==
                   (term->comparison == EQUAL);
        else
            pass = holds(memory_compare(cell, &wanted, CELL_TEXT), term->comparison);
        text_fini(&seen);
        return pass;
    }
    if (type == CELL_MOMENT) {
        if (!moment_parse(term->value, MOMENT_GUESS, &wanted.integer)) return false;
    } else {
        if (!slice_to_double(term->value, &number)) return false;
        wanted.number = number;
        wanted.integer = (int64_t)number;
    }
    return holds(memory_compare(cell, &wanted, type), term->comparison);
}

static bool passes(const struct page *page, const struct table_column *columns, int32_t n_columns,
                   int32_t row, const struct term *term)
{
    for (int32_t i = 0; i < n_columns; i++) {
        const struct cell *cell = page_cell(page, row, i);
        if (term->comparison == FIND) {
            if (columns[i].type == CELL_TEXT && !cell->absent && contains(cell->text, term->value))
                return true;
        } else if (slice_equal_fold(term->column, columns[i].name)) {
            return cell_passes(cell, columns[i].type, term);
        }
    }
    return false;
}

bool memory_matches(const struct page *page, const struct table_column *columns, int32_t n_columns,
                    int32_t row, const char *filter)
{
    struct slice text;
    while (next_term(&filter, &text)) {
        struct term term = parse(text);
        if (!passes(page, columns, n_columns, row, &term)) return false;
    }
    return true;
}

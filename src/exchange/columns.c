/* columns.c - see columns.h. */
#include "exchange/columns.h"

#include "aisle/embedded.h"
#include "exchange/format.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LENGTH = 64, WORDS_MAX = 8 };

static const char *const role_names[COLUMNS] = {
    [COLUMN_USER] = "user",
    [COLUMN_ITEM] = "item",
    [COLUMN_FRIEND] = "friend",
    [COLUMN_TIME] = "time",
    [COLUMN_CLOCK] = "clock",
    [COLUMN_RATING] = "rating",
    [COLUMN_WEIGHT] = "weight",
    [COLUMN_QUANTITY] = "quantity",
    [COLUMN_PRICE] = "price",
    [COLUMN_TOTAL] = "total",
    [COLUMN_TYPE] = "type",
    [COLUMN_NAME] = "name",
    [COLUMN_CATEGORY] = "category",
    [COLUMN_ORDER] = "order",
    [COLUMN_STATUS] = "status",
    [COLUMN_CURRENCY] = "currency",
    [COLUMN_FIRST_NAME] = "firstname",
    [COLUMN_LAST_NAME] = "lastname",
    [COLUMN_ID] = "id",
};

const char *column_role_text(enum column column)
{
    switch (column) {
    case COLUMN_CLOCK:
        return "time of day";
    case COLUMN_TOTAL:
        return "line total";
    case COLUMN_ORDER:
        return "order number";
    case COLUMN_FIRST_NAME:
        return "first name";
    case COLUMN_LAST_NAME:
        return "last name";
    default:
        return role_names[column];
    }
}

/* A header's name as it is compared: small letters and digits, without accents. */
struct plain_name {
    char text[NAME_LENGTH];
};

static void plain_name(struct slice title, struct plain_name *plain)
{
    struct text folded = { 0 }, utf8 = { 0 };
    size_t n = 0;

    title = import_utf8(&utf8, title);
    text_add_folded(&folded, title.bytes, title.length);
    for (size_t i = 0; !folded.failed && i < folded.length && n + 1 < NAME_LENGTH; i++) {
        const unsigned char c = (unsigned char)folded.bytes[i];
        if (c >= 0x80 || isalnum(c)) plain->text[n++] = (char)c;
    }
    plain->text[n] = '\0';
    text_fini(&folded);
    text_fini(&utf8);
}

/* The next line `role name` of a list of names; blank lines and remarks are passed by. */
static bool next_name(const char **at, struct slice *role, char name[NAME_LENGTH])
{
    while (**at) {
        const char *end = strchr(*at, '\n');
        struct slice line = { *at, end ? (size_t)(end - *at) : strlen(*at) };
        size_t length = 0, n = 0;

        *at += line.length + (end ? 1 : 0);
        line = slice_trim(line);
        if (line.length == 0 || *line.bytes == '#') continue;
        while (length < line.length && line.bytes[length] != ' ' && line.bytes[length] != '\t')
            length++;
        *role = (struct slice){ line.bytes, length };
        for (; length < line.length && line.bytes[length] != '#' && n + 1 < NAME_LENGTH; length++) {
            const unsigned char c = (unsigned char)line.bytes[length];
            if (c >= 0x80 || isalnum(c)) name[n++] = (char)tolower(c);
        }
        name[n] = '\0';
        if (n > 0) return true;
    }
    return false;
}

/* The role of a line, and whether it is one for want of a better. */
static bool role_of(struct slice word, enum column *role, bool *weak)
{
    *weak = word.length > 0 && word.bytes[word.length - 1] == '?';
    if (*weak) word.length--;
    for (int column = 0; column < COLUMNS; column++)
        if (slice_equal_fold(word, role_names[column])) {
            *role = (enum column)column;
            return true;
        }
    return false;
}

/* A title that no other role has; -1 where the name is not there. */
static int32_t free_title(const struct columns *columns, const struct plain_name *title, int32_t n,
                          const char *name)
{
    for (int32_t i = 0; i < n; i++) {
        bool taken = false;

        if (strcmp(title[i].text, name) != 0) continue;
        for (int column = 0; column < COLUMNS && !taken; column++)
            taken = columns->at[column] == i;
        if (!taken) return i;
    }
    return -1;
}

static bool wants(const struct columns *columns, enum column role)
{
    if (role == COLUMN_USER) return columns->at[COLUMN_ITEM] >= 0 || columns->at[COLUMN_ID] < 0;
    return columns->at[COLUMN_USER] >= 0 || columns->at[COLUMN_ORDER] >= 0;
}

static void find_listed(struct columns *columns, const struct plain_name *title, int32_t n,
                        const char *list, bool weak_ones)
{
    struct slice word;
    char name[NAME_LENGTH];
    enum column role;
    bool weak;

    while (next_name(&list, &word, name)) {
        if (!role_of(word, &role, &weak) || weak != weak_ones || columns->at[role] >= 0) continue;
        if (weak && !wants(columns, role)) continue;
        columns->at[role] = free_title(columns, title, n, name);
    }
}

/* ------------------------------------------------------- names made of the words of known ones */

static int32_t words_of(struct slice title, struct slice word[WORDS_MAX])
{
    int32_t n = 0;
    size_t at = 0;

    while (at < title.length) {
        size_t begin;

        while (at < title.length && (unsigned char)title.bytes[at] < 0x80 &&
               !isalnum((unsigned char)title.bytes[at]))
            at++;
        begin = at;
        while (at < title.length && ((unsigned char)title.bytes[at] >= 0x80 ||
                                     isalnum((unsigned char)title.bytes[at]))) {
            if (at > begin && isupper((unsigned char)title.bytes[at]) &&
                islower((unsigned char)title.bytes[at - 1]))
                break;
            at++;
        }
        if (at == begin) break;
        if (n == WORDS_MAX) return 0;
        word[n++] = (struct slice){ title.bytes + begin, at - begin };
    }
    return n;
}

static bool is_one_of(struct slice word, const char *const *names)
{
    for (; *names; names++)
        if (slice_equal_fold(word, *names)) return true;
    return false;
}

/* "Order Customer ID", "buyer_user_no": words for whom or what, one for an id at the end, and
 * nothing that speaks of something else. */
static bool is_id_of(struct slice title, const char *const *things, const char *const *others)
{
    static const char *const ids[] = { "id",   "no",  "nr",     "num",        "number", "key",
                                       "code", "ref", "nummer", "identifier", NULL };
    static const char *const fillers[] = { "dim",    "fk",        "pk",      "unique", "hash",
                                           "hashed", "order",     "sales",   "sale",   "shop",
                                           "store",  "the",       "of",      "sold",   "to",
                                           "line",   "purchased", "encoded", "anon",   "new",
                                           NULL };
    struct slice word[WORDS_MAX];
    const int32_t n = words_of(title, word);
    bool thing = false;

    if (n < 2 || !is_one_of(word[n - 1], ids)) return false;
    for (int32_t i = 0; i + 1 < n; i++) {
        if (is_one_of(word[i], things))
            thing = true;
        else if (!is_one_of(word[i], fillers) && !is_one_of(word[i], others))
            return false;
    }
    return thing;
}

static void find_worded(struct columns *columns, const struct slice *header, int32_t n)
{
    static const char *const people[] = { "user",   "customer", "client",   "buyer",
                                          "member", "shopper",  "visitor",  "household",
                                          "cust",   "kunde",    "kunden",   "cliente",
                                          "klant",  "loyalty",  "consumer", NULL };
    static const char *const things[] = { "item",    "product", "article",  "sku",      "prod",
                                          "artikel", "produit", "producto", "prodotto", "produkt",
                                          "variant", "goods",   NULL };
    static const char *const none[] = { NULL };
    static const enum column roles[] = { COLUMN_USER, COLUMN_ITEM };

    for (size_t r = 0; r < sizeof roles / sizeof *roles; r++)
        for (int32_t i = 0; i < n && columns->at[roles[r]] < 0; i++) {
            bool taken = false;

            for (int column = 0; column < COLUMNS && !taken; column++)
                taken = columns->at[column] == i;
            if (!taken && is_id_of(header[i], r == 0 ? people : things, none))
                columns->at[roles[r]] = i;
        }
}

/* A name as it stands, then without case, then a number from 1. */
static int32_t find_named(const struct slice *header, int32_t n, struct slice name)
{
    int64_t number;
    struct plain_name wanted, title;

    for (int32_t i = 0; i < n; i++)
        if (header[i].length == name.length &&
            memcmp(header[i].bytes, name.bytes, name.length) == 0)
            return i;
    for (int32_t i = 0; i < n; i++) {
        size_t k = 0;

        if (header[i].length != name.length) continue;
        while (k < name.length &&
               tolower((unsigned char)header[i].bytes[k]) == tolower((unsigned char)name.bytes[k]))
            k++;
        if (k == name.length) return i;
    }
    if (slice_to_int64(name, &number) && number >= 1 && number <= n) return (int32_t)(number - 1);
    /* In another character set, or with other blanks. */
    plain_name(name, &wanted);
    for (int32_t i = 0; i < n && wanted.text[0]; i++) {
        plain_name(header[i], &title);
        if (strcmp(title.text, wanted.text) == 0) return i;
    }
    return -1;
}

/* The sentence for a column that is not there names those that are. */
static bool no_column(struct slice name, const struct slice *header, int32_t n, struct error *error)
{
    struct text text = { 0 };

    text_add_string(&text, "--map: no column ");
    text_add_visible(&text, name.bytes, name.length);
    text_add_string(&text, "; there are: ");
    for (int32_t i = 0; i < n && text.length < 400; i++) {
        if (i > 0) text_add_string(&text, ", ");
        text_add_visible(&text, header[i].bytes, header[i].length);
    }
    error_set(error, ERROR_USAGE, "%s",
              text.failed || !text.bytes ? "--map: no such column" : text.bytes);
    text_fini(&text);
    return false;
}

/* One `role=COLUMN` of a map. */
static bool next_mapping(const char **map, struct slice *role, struct slice *name,
                         struct error *error)
{
    const char *end = strchr(*map, ','), *equal = strchr(*map, '=');

    if (!end) end = *map + strlen(*map);
    if (!equal || equal > end || equal + 1 == end)
        return error_set(error, ERROR_USAGE,
                         "--map is written user=COLUMN,item=COLUMN,time=COLUMN");
    *role = slice_trim((struct slice){ *map, (size_t)(equal - *map) });
    *name = slice_trim((struct slice){ equal + 1, (size_t)(end - equal - 1) });
    *map = *end ? end + 1 : end;
    return true;
}

uint32_t columns_map_bits(const char *map)
{
    struct slice role, name;
    uint32_t bits = 0;

    for (uint32_t bit = 1; map && *map; bit <<= 1) {
        if (!next_mapping(&map, &role, &name, NULL)) return UINT32_MAX;
        bits |= bit;
    }
    return bits;
}

bool columns_map_is_numbers(const char *map)
{
    struct slice role, name;
    int64_t number;
    enum event_type type;

    if (!map || !*map) return false;
    while (*map) {
        if (!next_mapping(&map, &role, &name, NULL)) return false;
        if (slice_equal_fold(role, "type") && table_event_type(name, &type)) continue;
        if (!slice_to_int64(name, &number)) return false;
    }
    return true;
}

static bool apply_map(struct columns *columns, const struct slice *header, int32_t n,
                      const char *map, struct error *error)
{
    struct slice missing = { NULL, 0 };
    uint32_t bit = 1;

    for (; *map; bit <<= 1) {
        struct slice role, name;
        int column = 0;
        int32_t at;

        if (!next_mapping(&map, &role, &name, error)) return false;
        while (column < COLUMNS && !slice_equal_fold(role, role_names[column]))
            column++;
        if (column == COLUMNS)
            return error_set(error, ERROR_USAGE,
                             "--map knows user, item, friend, time, clock, rating, weight, "
                             "quantity, price, total, type, name, category, order, status, "
                             "currency, firstname, lastname and id, not '%.*s'",
                             (int)(role.length < 60 ? role.length : 60), role.bytes);
        at = find_named(header, n, name);
        if (at < 0) {
            if (column == COLUMN_TYPE && table_event_type(name, &columns->type)) {
                columns->typed = true;
                columns->mapped |= bit;
                columns->at[COLUMN_TYPE] = -1;
            } else if (!missing.bytes) {
                missing = name;
            }
            continue;
        }
        columns->mapped |= bit;
        columns->at[column] = at;
        /* A column serves what it was given for and nothing else. */
        for (int other = 0; other < COLUMNS; other++)
            if (other != column && columns->at[other] == columns->at[column])
                columns->at[other] = -1;
    }
    if (missing.bytes) no_column(missing, header, n, error);
    return true;
}

bool columns_find(struct columns *columns, const struct slice *header, int32_t n, const char *map,
                  const char *own, struct error *error)
{
    const char *usual = (const char *)column_names[0].bytes;
    struct plain_name *title = calloc((size_t)n + 1, sizeof *title);
    bool done = true;

    if (!title) return error_memory(error, "the names of columns");
    *columns = (struct columns){ .typed = false };
    for (int column = 0; column < COLUMNS; column++)
        columns->at[column] = -1;
    for (int32_t i = 0; i < n; i++)
        plain_name(header[i], &title[i]);
    if (own) find_listed(columns, title, n, own, false);
    find_listed(columns, title, n, usual, false);
    /* "items.product_id", a path in JSON, may be known by its end. */
    for (int32_t i = 0; i < n; i++) {
        size_t end = header[i].length;

        while (end > 0 && header[i].bytes[end - 1] != '.')
            end--;
        if (end > 0 && end < header[i].length && !memchr(header[i].bytes, ' ', header[i].length))
            plain_name((struct slice){ header[i].bytes + end, header[i].length - end }, &title[i]);
    }
    find_listed(columns, title, n, usual, false);
    find_worded(columns, header, n);
    if (own) find_listed(columns, title, n, own, true);
    find_listed(columns, title, n, usual, true);
    if (map) done = apply_map(columns, header, n, map, error);
    free(title);
    return done;
}

struct slice id_without_point(struct slice id)
{
    size_t digits = 0;

    while (digits < id.length && isdigit((unsigned char)id.bytes[digits]))
        digits++;
    if (digits > 0 && digits + 2 == id.length && memcmp(id.bytes + digits, ".0", 2) == 0)
        id.length = digits;
    return id;
}

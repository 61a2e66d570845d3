/* columns.c - see columns.h. */
#include "exchange/columns.h"

#include <ctype.h>
#include <string.h>

/* In order of preference: the first of these that is there is the column. */
static const char *const usual[COLUMNS][28] = {
    [COLUMN_USER] = { "userid",  "user",       "customerid", "customer",      "visitorid",
                      "visitor", "uid",        "clientid",   "client",        "shopperid",
                      "shopper", "memberid",   "member",     "reviewerid",    "buyerid",
                      "buyer",   "accountid",  "sourceid",   "customeremail", "email",
                      "userno",  "customerno", "from" },
    [COLUMN_ITEM] = { "itemid",     "item", "productid",   "product",  "sku",       "movieid",
                      "parentasin", "asin", "articleid",   "article",  "stockcode", "artistid",
                      "iid",        "pid",  "productcode", "itemcode", "songid",    "trackid",
                      "bookid",     "isbn", "newsid",      "videoid",  "contentid", "itemno",
                      "productno",  "movie" },
    [COLUMN_FRIEND] = { "friendid", "friend", "otherid", "other", "targetid", "followeeid",
                        "followee", "trusteeid", "to" },
    [COLUMN_TIME] = { "timestamp", "time", "datetime", "date", "createdat", "eventtime",
                      "unixreviewtime", "invoicedate", "orderdate", "purchasedat", "purchasedate",
                      "orderedat", "at", "ts", "unixtime", "eventdate", "when" },
    [COLUMN_RATING] = { "rating", "score", "stars", "overall" },
    [COLUMN_WEIGHT] = { "weight", "plays", "playcount", "playtime", "hours" },
    [COLUMN_QUANTITY] = { "quantity", "qty", "units", "pieces" },
    [COLUMN_PRICE] = { "unitprice", "price", "priceeach", "itemprice" },
    [COLUMN_TYPE] = { "eventtype", "event", "type", "action", "behavior", "behaviour",
                      "behaviortype", "interactiontype" },
    [COLUMN_NAME] = { "title", "name", "itemname", "itemtitle", "productname", "producttitle",
                      "movietitle", "username", "customername", "fullname", "artistname" },
    [COLUMN_CATEGORY] = { "category", "categories", "genre", "genres", "categoryname", "class",
                          "productcategory" },
    [COLUMN_ID] = { "id", "code", "key" },
};

static const char *const map_names[COLUMNS] = {
    [COLUMN_USER] = "user",         [COLUMN_ITEM] = "item",         [COLUMN_FRIEND] = "friend",
    [COLUMN_TIME] = "time",         [COLUMN_RATING] = "rating",     [COLUMN_WEIGHT] = "weight",
    [COLUMN_QUANTITY] = "quantity", [COLUMN_PRICE] = "price",       [COLUMN_TYPE] = "type",
    [COLUMN_NAME] = "name",         [COLUMN_CATEGORY] = "category", [COLUMN_ID] = "id",
};

/* "Customer ID" equals "customerid". */
static bool same_name(struct slice title, const char *name)
{
    for (size_t i = 0; i < title.length; i++) {
        unsigned char c = (unsigned char)title.bytes[i];

        if (c < 0x80 && !isalnum(c)) continue;
        if (*name == '\0' || tolower(c) != *name) return false;
        name++;
    }
    return *name == '\0';
}

static int32_t find_usual(const struct slice *header, int32_t n, const char *const *names)
{
    for (; *names; names++)
        for (int32_t i = 0; i < n; i++)
            if (same_name(header[i], *names)) return i;
    return -1;
}

/* A name as it stands, then without case, then a number from 1. */
static int32_t find_named(const struct slice *header, int32_t n, struct slice name)
{
    int64_t number;

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

static bool apply_map(struct columns *columns, const struct slice *header, int32_t n,
                      const char *map, struct error *error)
{
    while (*map) {
        const char *end = strchr(map, ',');
        const char *equal = strchr(map, '=');
        struct slice role, name;
        int column = 0;

        if (!end) end = map + strlen(map);
        if (!equal || equal > end || equal + 1 == end)
            return error_set(error, ERROR_USAGE,
                             "--map is written user=COLUMN,item=COLUMN,time=COLUMN");
        role = slice_trim((struct slice){ map, (size_t)(equal - map) });
        name = slice_trim((struct slice){ equal + 1, (size_t)(end - equal - 1) });
        while (column < COLUMNS && !slice_equal_fold(role, map_names[column]))
            column++;
        if (column == COLUMNS)
            return error_set(error, ERROR_USAGE,
                             "--map knows user, item, friend, time, rating, weight, quantity, "
                             "price, type, name, category and id, not '%.*s'",
                             (int)(role.length < 60 ? role.length : 60), role.bytes);
        columns->at[column] = find_named(header, n, name);
        if (columns->at[column] < 0) return no_column(name, header, n, error);
        /* A column serves what it was given for and nothing else. */
        for (int other = 0; other < COLUMNS; other++)
            if (other != column && columns->at[other] == columns->at[column])
                columns->at[other] = -1;
        map = *end ? end + 1 : end;
    }
    return true;
}

bool columns_find(struct columns *columns, const struct slice *header, int32_t n, const char *map,
                  struct error *error)
{
    for (int column = 0; column < COLUMNS; column++)
        columns->at[column] = find_usual(header, n, usual[column]);
    return map ? apply_map(columns, header, n, map, error) : true;
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

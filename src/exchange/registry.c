/* registry.c - the formats, and the choice among them. */
#include "exchange/format.h"

#include <string.h>
#include <strings.h>

/* Those told by a name or mark of their own come before those told by their columns, and those
 * before the one that is only numbers. */
static const struct format *const formats[] = {
    &format_movielens_100k, &format_movielens_1m,  &format_lastfm,        &format_amazon,
    &format_gorse,          &format_google_retail, &format_retailrocket,  &format_personalize,
    &format_shopify,        &format_recbole,       &format_online_retail, &format_movielens,
    &format_text,           &format_friends,       &format_lists,         &format_purchases,
    &format_users,          &format_items,         &format_sasrec,        &format_json,
    NULL,
};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; formats[i]; i++)
        if (strcmp(formats[i]->name, name) == 0) return formats[i];
    return NULL;
}

const struct format *format_recognise(const struct sample *sample, enum part *part)
{
    /* Who names the columns wants them read as a table. */
    static const struct format *const tables[] = { &format_purchases, &format_friends,
                                                   &format_users, &format_items };

    *part = PART_NONE;
    for (size_t i = 0; sample->map && i < sizeof tables / sizeof *tables; i++) {
        *part = tables[i]->recognise(sample);
        if (*part != PART_NONE && sample->mapped && *sample->mapped) return tables[i];
    }
    for (size_t i = 0; formats[i]; i++) {
        *part = formats[i]->recognise(sample);
        if (*part != PART_NONE) return formats[i];
    }
    return NULL;
}

const struct import_format_info *import_formats(void)
{
    static const struct import_format_info infos[] = {
        { "purchases",
          "CSV or TSV with a header: user, item, time, rating, quantity, price, type" },
        { "users", "CSV or TSV with a header: a user id and any columns" },
        { "items", "CSV or TSV with a header: an item id, a title and any columns" },
        { "friends", "CSV or TSV with a header: user, friend" },
        { "movielens-100k", "u.data, u.item, u.user" },
        { "movielens-1m", "ratings.dat, movies.dat, users.dat, split by ::" },
        { "movielens", "ratings.csv, movies.csv (20M, 25M, 32M, latest)" },
        { "recbole", ".inter, .user, .item, .net: tab, header name:type" },
        { "sasrec", "lines `user item` or `user item item ...`, in order of time" },
        { "online-retail", "UCI Online Retail I and II" },
        { "lastfm", "HetRec 2011: user_artists.dat, artists.dat, user_friends.dat" },
        { "amazon", "reviews and products of 2014, 2018, 2023: CSV of ratings, JSONL" },
        { "gorse", "Gorse's users, items and feedback, JSONL" },
        { "google-retail", "Google Retail's user events and products, JSONL" },
        { "retailrocket", "events.csv, item_properties_part1.csv, …" },
        { "personalize", "Amazon Personalize: CSV with USER_ID, ITEM_ID, TIMESTAMP" },
        { "shopify", "Shopify's export of orders, CSV" },
        { "lists", "another engine's lists: user, item, rank, score, model; kept as a run" },
        { "json", "JSON of any shape, an object a line or one list; --map user=customer.id" },
        { "text", "lines `User 123 bought item 456 at 2021-01-01 00:00:00.`" },
        { NULL, NULL },
    };

    return infos;
}

bool sample_line(const struct sample *sample, int32_t index, struct slice *line)
{
    const char *at = sample->head.bytes, *end = at + sample->head.length;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline && !sample->whole) return false;
        *line = (struct slice){ at, (size_t)((newline ? newline : end) - at) };
        if (line->length > 0 && line->bytes[line->length - 1] == '\r') line->length--;
        if (slice_trim(*line).length > 0 && index-- == 0) return true;
        if (!newline) return false;
        at = newline + 1;
    }
    return false;
}

bool sample_name_is(const struct sample *sample, const char *name)
{
    return strcasecmp(sample->name, name) == 0;
}

bool sample_name_ends(const struct sample *sample, const char *suffix)
{
    size_t length = strlen(sample->name), tail = strlen(suffix);

    return length >= tail && strcasecmp(sample->name + length - tail, suffix) == 0;
}

bool sample_name_has(const struct sample *sample, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = sample->name; *at; at++)
        if (strncasecmp(at, word, length) == 0) return true;
    return false;
}

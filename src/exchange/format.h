/* format.h - what a format is: how to recognise a file, how to turn it into records.
 *
 * A new format is one file in src/exchange/formats and one line in registry.c. Recognising sees the
 * name and the first bytes; the registry is asked in its order and the first that knows the file
 * wins, so a format claims only what it is sure of.
 */
#ifndef AISLE_EXCHANGE_FORMAT_H
#define AISLE_EXCHANGE_FORMAT_H

#include "exchange/columns.h"
#include "exchange/import_context.h"
#include "exchange/understood.h"

/* What a file holds; also the order in which the files of one folder or archive are read: events
 * first, so that users and items get their places by first appearance in the events. */
enum part {
    PART_NONE,
    PART_ORDERS, /* who ordered and when; what was ordered stands in another file */
    PART_EVENTS,
    PART_ITEMS,
    PART_USERS,
    PART_FRIENDS,
    PART_LISTS,
    PART_IGNORED
};

struct sample {
    const char *name;  /* last part of the path, without .gz */
    struct slice head; /* the first bytes, without a byte-order mark */
    bool whole;        /* that is all there is */
    const char *map;   /* --map or NULL */
    const char *own;   /* the user's names of columns, or NULL */
    struct error *why; /* filled where --map cannot be followed; may be NULL */
    uint32_t *mapped;  /* gets a bit for each entry of --map that fits; may be NULL */
};

struct format {
    const char *name;
    enum part usual; /* what a file is that recognise() does not know, when --format insists */
    enum part (*recognise)(const struct sample *sample); /* PART_NONE: not mine */
    /* Reads to the end. False only for what ends the import of the file: error is filled. */
    bool (*read)(struct import_context *import_context, enum part part);
    /* Goes over the whole file and says what it understood, before read(); NULL where a format
     * leaves nothing to be found out. The part may turn out to be another. */
    bool (*look)(struct import_context *import_context, const struct sample *sample,
                 enum part *part, struct understood *understood);
};

const struct format *format_find(const char *name);
/* The format of a file, or NULL. */
const struct format *format_recognise(const struct sample *sample, enum part *part);

/* Helpers of recognise(): */
/* Line `index` (from 0) of those that are not blank; false where the head has fewer whole lines. */
bool sample_line(const struct sample *sample, int32_t index, struct slice *line);
bool sample_name_is(const struct sample *sample, const char *name);     /* without case */
bool sample_name_ends(const struct sample *sample, const char *suffix); /* without case */
bool sample_name_has(const struct sample *sample, const char *word);    /* without case */
/* Columns of the first line taken as a header; -1 where there is none. */
int32_t sample_header(const struct sample *sample, struct slice *cell, int32_t max);

/* formats/table.c: tables with a header, shared by several formats. */
enum part table_part(const struct sample *sample);
bool table_read(struct import_context *import_context, enum part part);
/* Looks over a whole table; see `look` above. */
bool table_understand(struct import_context *import_context, const struct sample *sample,
                      enum part *part, struct understood *understood);

/* formats/table_layout.c: how a table lies in its file. */
struct layout {
    char delimiter;  /* ' ' is any white space */
    bool headerless; /* its first line is a row: names of columns are empty */
    bool backslash;  /* quotes inside cells are written \" */
    int32_t skipped; /* lines in front of the header */
    int32_t n;       /* columns */
};
/* `cell` (COLUMNS_MAX) gets the names of the columns. False where there is no line at all. */
bool layout_find(const struct sample *sample, struct layout *layout, struct slice *cell);

/* "view", "addtocart", "transaction" and their like, beside the names of event_type_parse(). */
bool table_event_type(struct slice word, enum event_type *type);

extern const struct format format_purchases, format_users, format_items, format_friends,
    format_movielens_100k, format_movielens_1m, format_movielens, format_recbole, format_sasrec,
    format_online_retail, format_lastfm, format_text, format_amazon, format_gorse,
    format_google_retail, format_personalize, format_retailrocket, format_shopify, format_lists,
    format_json;

#endif

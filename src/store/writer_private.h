/* writer_private.h - the state of one transaction, shared by writer.c, record.c, finalise.c. */
#ifndef STORE_WRITER_PRIVATE_H
#define STORE_WRITER_PRIVATE_H

#include "database.h"
#include "entities.h"
#include "event_rows.h"

#include "aisle/runs.h"

enum writer_statement {
    W_FIND_USER,
    W_FIND_ITEM,
    W_ADD_USER,
    W_ADD_ITEM,
    W_NAME_USER,
    W_NAME_ITEM,
    W_USER_NAME,
    W_ITEM_NAME,
    W_ADD_FRIEND,
    W_ADD_USER_ATTRIBUTE,
    W_ADD_ITEM_ATTRIBUTE,
    W_SET_USER_ATTRIBUTE,
    W_SET_ITEM_ATTRIBUTE,
    W_END_USER_ATTRIBUTE,
    W_END_ITEM_ATTRIBUTE,
    W_FIND_ATTRIBUTE,
    W_ADD_ATTRIBUTE,
    W_USE_ATTRIBUTE,
    W_COUNT_USER,
    W_COUNT_ITEM,
    W_BUYERS,
    W_HISTORY,
    W_ITEM_MONTHS,
    W_ADD_META,
    W_SET_META,
    W_INDEX_USER,
    W_INDEX_ITEM,
    W_UNINDEX_USER,
    W_UNINDEX_ITEM,
    W_AUDIT,
    W_ADD_IMPORT,
    W_FINISH_IMPORT,
    W_STATEMENTS
};

struct attribute_name {
    int64_t id;
    size_t at, length; /* into name_bytes */
    int subject;
    int64_t uses; /* added by this transaction */
};

struct writer {
    struct workspace *workspace;
    sqlite3 *db; /* the workspace's, while the lock is held */
    sqlite3_stmt *statement[W_STATEMENTS];
    struct entities users, items;
    struct event_rows events;                 /* that wait */
    int64_t last_user, last_item, last_event; /* highest rows, this transaction's included */
    int64_t events_before, events_added, friendships_added;
    int64_t type_added[EVENT_TYPES];
    int64_t users_added, items_added;
    int64_t first_time, last_time; /* of this transaction */
    int64_t import_id;
    bool failed;  /* something did not work: it can only be rolled back */
    bool facts;   /* names, attributes or friendships were written, or somebody was erased */
    bool changed; /* users, items, attributes, friendships or events were written */
    bool bulk;    /* the indexes of events are to be built at commit */
    bool recount; /* buyers are counted at commit, from the index */
    struct text words;
    int32_t *seen;                /* (last_user + 1) scratch of finalise.c */
    struct attribute_name *names; /* (n_names) met so far */
    int32_t n_names;
    struct text name_bytes;
};

/* What writer_bulk() drops, word for word as in 001-workspace.sql. */
#define WRITER_INDEXES                                                                             \
    "CREATE INDEX events_by_user ON events (user_id, time, item_id, type); "                       \
    "CREATE INDEX events_by_item ON events (item_id, time, user_id, type)"

/* Puts SQLite's complaint into words and leaves the transaction fit for nothing but a rollback. */
bool writer_fail(struct writer *writer, struct error *error);
/* Prepared once per transaction; NULL after filling error. */
sqlite3_stmt *writer_statement(struct writer *writer, enum writer_statement which,
                               struct error *error);
/* Steps a statement without results and resets it. */
bool writer_step(struct writer *writer, sqlite3_stmt *statement, struct error *error);
/* Writes what was gathered: counters, buyers, search words, indexes, meta. */
bool writer_finalise(struct writer *writer, struct error *error);
/* runs_list() as the transaction sees it. */
bool runs_of_writer(struct writer *writer, struct run **runs, int32_t *n, struct error *error);
/* Deletes the rows of runs that make no sense, bodies excepted. */
bool runs_drop_unsound(struct writer *writer, struct error *error);
/* The words of a user or item as the search index has them: id and name, folded. */
void search_words(struct text *out, struct slice id, struct slice name);

#endif

/* workspace.h - the one SQLite file: opening it, writing to it, what it holds.
 *
 * A struct workspace is shared by all threads of the program. It owns the only connection that
 * writes or checkpoints (SQLite before 3.51.3 can corrupt a WAL database when two connections of a
 * process do so at the same instant); writer_begin() hands it to one thread at a time. Each thread
 * that reads opens a struct reader of its own: query_only, no checkpoint at close.
 *
 * Users, items and events get row ids 1, 2, 3 … in order of first appearance and are appended,
 * never renumbered: row id - 1 is the index in a dataset as long as nothing was erased.
 */
#ifndef AISLE_WORKSPACE_H
#define AISLE_WORKSPACE_H

#include "aisle/dataset.h"
#include "aisle/error.h"
#include "aisle/record.h"

struct workspace;
struct reader;
struct writer;

enum workspace_mode {
    WORKSPACE_READ,   /* must exist; never written */
    WORKSPACE_WRITE,  /* must exist */
    WORKSPACE_CREATE, /* made where absent; a file that is not a workspace is never touched */
};

/* NULL with a sentence: absent, not a workspace, from a newer version, damaged, no permission.
 * Opens in well under 50 ms whatever the size: migrations excepted, nothing is counted or scanned.
 */
struct workspace *workspace_open(const char *path, enum workspace_mode mode, struct error *error);
void workspace_close(struct workspace *workspace);
/* Tables of others that the file holds and that are left alone, ", " between their names; as the
 * file has them. "" = none. */
const char *workspace_others(const struct workspace *workspace);
const char *workspace_path(const struct workspace *workspace);

struct reader *reader_open(struct workspace *workspace, struct error *error);
void reader_close(struct reader *reader);
/* Statements of this reader stop with ERROR_CANCELLED once the flag is set (progress handler). */
void reader_watch(struct reader *reader, const struct progress *progress);

/* Numbers kept up to date by every write; reading them costs one row. */
struct workspace_counts {
    int64_t users, items, events, friendships, runs;
    int64_t of_type[EVENT_TYPES]; /* of the events */
    int64_t last_event;           /* highest event id */
    int64_t facts; /* changes with names, attributes and friendships, and when somebody is erased */
    int64_t content; /* changes with users, items, attributes, friendships and events */
    int64_t first_time, last_time; /* MOMENT_NONE without times */
    int64_t users_without_events, items_without_events;
    char profile[16]; /* shop, news, video, music, social */
};
bool workspace_counts(struct reader *reader, struct workspace_counts *counts, struct error *error);
/* Appended to out; nothing where there is none of that name. */
bool workspace_note(struct reader *reader, const char *name, struct text *out, struct error *error);
/* Pairs of a user and an item with a strength above 0 (as counted by default). From the counters of
 * the items, and by looking at the pairs that have returns: no sweep over the events. */
bool workspace_pairs(struct reader *reader, int64_t *pairs, struct error *error);
/* Changes whenever anything was committed by anybody (PRAGMA data_version and a counter). */
bool workspace_version(struct reader *reader, int64_t *version, struct error *error);

/* Writing. One transaction: begin takes the writer lock (waits for other threads; for another
 * process up to the busy timeout of 5 s, then ERROR_BUSY says which process holds it where that is
 * known), commit or rollback gives it back. Both accept NULL. */
struct writer *writer_begin(struct workspace *workspace, struct error *error);
bool writer_commit(struct writer *writer,
                   struct error *error); /* on failure everything is undone */
void writer_rollback(struct writer *writer);
/* Adds what this transaction has added so far, whatever others write meanwhile. */
void writer_added(const struct writer *writer, int64_t *users, int64_t *items, int64_t *events);
/* Begins a bulk load: when the events written will outnumber those present, indexes are dropped
 * and built anew at commit, inside the same transaction. */
bool writer_bulk(struct writer *writer, struct error *error);

/* Writes one record (record.h). Unknown users and items of events are made. Attributes of users
 * and items are merged: what the record names is replaced, the rest stays. Texts are copied. */
bool writer_record(struct writer *writer, const struct record *record, struct error *error);
/* A text that is kept by name, for what has no table of its own ("evaluation"). */
bool writer_set_note(struct writer *writer, const char *name, const char *text,
                     struct error *error);
bool writer_set_profile(struct writer *writer, const char *profile, struct error *error);

/* The import journal: which files are in, by the checksum of their content. */
struct import_entry {
    int64_t id; /* 0 = not there */
    char source[256], format[32];
    uint64_t checksum;
    int64_t bytes, read, accepted, rejected, at; /* at: moment */
};
bool journal_find(struct reader *reader, uint64_t checksum, int64_t bytes, const char *format,
                  struct import_entry *entry, struct error *error);
/* The entry's id becomes the `import` of the events written next; finish fills in the counts. */
bool journal_begin(struct writer *writer, const struct import_entry *entry, struct error *error);
bool journal_finish(struct writer *writer, const struct import_entry *entry, struct error *error);

/* The audit log: who did what. `subject` and `detail` are short texts (JSON where structured). */
bool audit_write(struct writer *writer, const char *action, const char *subject, const char *detail,
                 struct error *error);

/* The same with what was there before and after: runs ("run 3"), settings, counts. */
bool audit_change(struct writer *writer, const char *action, const char *subject,
                  const char *before, const char *after, const char *detail, struct error *error);
/* Takes an entry back where that can be done: which run is served, a setting, the last change of
 * rules. Another entry says so. */
bool audit_undo(struct writer *writer, int64_t id, struct error *error);

/* A past of the workspace: what had been appended by then. */
struct workspace_past {
    int64_t events_seen;      /* events with at most this id */
    int32_t n_users, n_items; /* the first so many */
};

/* Reads the whole workspace, or a past of it (NULL = now). Index = place in order of row ids. */
const struct dataset *workspace_dataset(struct reader *reader,
                                        const struct strength_options *options,
                                        const struct workspace_past *past,
                                        struct progress *progress, struct error *error);

/* The dataset with what was appended since it was made. *newer is NULL where so much was that it is
 * better read anew. Only while the facts are what they were (workspace_counts). */
bool workspace_follow(struct reader *reader, const struct dataset *dataset,
                      const struct dataset **newer, struct error *error);

/* Events in order of arrival, for text and exports; the callback's slices live during the call. */
struct event_row {
    int64_t id, line;
    struct slice user, item, title;
    struct event event; /* .item is the item's row id - 1 */
};
typedef bool event_visit(void *context, const struct event_row *row, struct error *error);
/* One user's events with an id above `since`, in order of arrival; .user is not filled. Costs what
 * the user has. */
bool workspace_user_events(struct reader *reader, struct slice user, int64_t since,
                           event_visit *visit, void *context, struct error *error);
bool workspace_each_event(struct reader *reader, event_visit *visit, void *context,
                          struct error *error);

#endif

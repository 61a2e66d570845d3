/* database.h - what the files of the store share: connections, statements, errors. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "aisle/rows.h"
#include "aisle/workspace.h"

#include <pthread.h>
#include <sqlite3.h>

#define WORKSPACE_APPLICATION_ID 0x6169736c /* "aisl" */

/* What every sentence about damage ends with. */
#define DATABASE_RESCUE "'aisle -d FILE rescue NEW' saves what can be read"

struct bought;
struct health;

struct workspace {
    char *path;
    enum workspace_mode mode;
    bool checked;          /* it is a workspace that we know */
    pthread_mutex_t lock;  /* held from writer_begin() to commit or rollback */
    sqlite3 *writing;      /* the only connection that writes; opened at the first writer_begin() */
    struct text others;    /* tables of others, by name */
    struct health *health; /* a look at the pages that goes on beside; NULL: none */
    struct bought *bought; /* what the writer remembers; with its lock */
};

struct columns {
    struct table_column *list; /* built-in, then attributes */
    int32_t n, n_built_in;
    int64_t *name_id;         /* (n) attribute_names.id; 0 for the built-in */
    int64_t version;          /* attributes there were when they were found */
    struct columns *outdated; /* what was handed out before: lives as long as the reader */
};

/* What takes milliseconds is given some hundred million steps of SQLite's machine, many seconds on
 * any; a file that was made to go round in circles needs more. */
enum { READER_STEPS = 2000, READER_TICKS = 150000 };

struct reader {
    struct workspace *workspace;
    sqlite3 *db;
    const struct progress *watch;
    int64_t ticks_left;
    int sweeps;   /* whole tables are being read: no bound, but cancelled they can be */
    bool endless; /* the bound was reached */
    struct columns *columns[TABLE_KINDS];
};

/* Puts SQLite's complaint about `db` into words: full disk, damage, read-only, busy, cancelled.
 * `doing` continues "cannot …". Returns false. */
bool database_error(sqlite3 *db, int code, const char *path, const char *doing,
                    struct error *error);

/* The codes by which SQLite says that memory ran out. */
bool database_no_memory(int code);

/* Opens, and applies what every connection has: nothing of a file's own code runs, its sizes are
 * bounded, its pages are checked as they are read. */
bool database_open(const char *path, int flags, sqlite3 **db, struct error *error);
/* Runs statements without results. */
bool database_run(sqlite3 *db, const char *path, const char *sql, struct error *error);
/* NULL after filling error. */
sqlite3_stmt *database_prepare(sqlite3 *db, const char *path, const char *sql, struct error *error);
/* The first column of the first row; false also when there is no row. */
bool database_number(sqlite3 *db, const char *sql, int64_t *number);

/* Around what may read whole tables. */
void reader_sweep_begin(struct reader *reader);
void reader_sweep_end(struct reader *reader);

/* The same for a reader's connection; it is given its steps anew. */
sqlite3_stmt *reader_prepare(struct reader *reader, const char *sql, struct error *error);
/* After a loop over sqlite3_step(): true when it ended with SQLITE_DONE. */
bool reader_done(struct reader *reader, int code, const char *doing, struct error *error);

struct slice database_text(sqlite3_stmt *statement, int column);
int64_t database_moment(sqlite3_stmt *statement, int column); /* NULL is MOMENT_NONE */
void database_bind_text(sqlite3_stmt *statement, int at, struct slice text);
void database_bind_moment(sqlite3_stmt *statement, int at, int64_t moment);

/* Brings a connection's file to version `last`; user_version 0 means new. */
bool migrate(sqlite3 *db, const char *path, int last, struct error *error);
int migrate_newest(void);

/* Is the file a workspace that this program knows? Reads its header and touches nothing. */
/* Appends what a path leads to, links followed: SQLite's layer opens no link itself. */
bool identity_real_name(const char *path, struct text *real, struct error *error);
bool identity_check(const char *path, struct error *error);
bool identity_check_version(const char *path, int64_t version, struct error *error);

/* A connection that never writes: with the write-ahead log where the folder allows it, otherwise on
 * the file as it is. */
bool workspace_open_reading(struct workspace *workspace, sqlite3 **db, struct error *error);
/* Opens the connection that writes, and brings an older workspace up to date. */
bool workspace_open_writing(struct workspace *workspace, struct error *error);

/* aisle_fold(), aisle_holds(), aisle_number(): functions.c. */
bool functions_register(sqlite3 *db);

/* The process that writes to the file at this moment; 0 where that cannot be known. */
long lock_holder(const char *path);

const char *writer_path(const struct writer *writer);

#endif

/* ingest.h - events as they happen: a file that grows, a FIFO or standard input, one event a line.
 *
 * Lines are sentences ("User 123 bought item 456 at 2021-01-01 00:00:00.") or CSV with the columns
 * of an import; without a header they are user,item,time,type,quantity,value as far as they go.
 * What has arrived is written batch by batch, each a transaction. Of a file the place reached is
 * kept in the same transaction: killed at any instant and begun again, every line is in once.
 */
#ifndef AISLE_INGEST_H
#define AISLE_INGEST_H

#include "aisle/progress.h"
#include "aisle/workspace.h"

enum { INGEST_REASONS = 8 };
struct ingest_options {
    const char *map;     /* as for an import; NULL = usual names */
    bool stop_at_end;    /* of a file or FIFO; standard input always ends */
    const char *rejects; /* bad rows are added to this file as they come; NULL = none */
    bool replace;        /* it may be there already */
};

struct ingest_state {
    int64_t events, rejected, batches; /* so far */
    int64_t behind;                    /* bytes of the file that wait; -1 = unknown */
    double rate;                       /* events a second, of late */
    double lag;                        /* seconds from a line's arrival to its commit, of late */
    int64_t first_line;                /* of what was rejected first; 0 = nothing was */
    char first_reason[96];
    struct {
        char text[96];
        int64_t rows;
    } reasons[INGEST_REASONS]; /* the first so many kinds of them, until one has no rows */
};
/* Told after every batch, and about ten times a second while nothing comes. */
typedef void ingest_told(void *context, const struct ingest_state *state);

/* Until the end of the input or until progress is cancelled, which is no failure: what was read is
 * written. Waits for other writers however long. `path` "-" is standard input. */
bool ingest_follow(struct workspace *workspace, const char *path,
                   const struct ingest_options *options, struct progress *progress,
                   ingest_told *report, void *context, struct ingest_state *state,
                   struct error *error);

#endif

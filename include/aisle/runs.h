/* runs.h - trained models as they are kept: one row a run, the body in chunks.
 *
 * A run is written once, in one transaction, and never changed; what can change is which run of a
 * kind is active (served). Training data is not copied: a run names the events it saw and their
 * fingerprint, and the dataset can be built again from that.
 */
#ifndef AISLE_RUNS_H
#define AISLE_RUNS_H

#include "aisle/bytes.h"
#include "aisle/workspace.h"

struct run {
    int64_t id;
    char kind[24];
    char parameters[1024]; /* JSON, strength options included */
    uint64_t seed;
    int64_t started;          /* moment */
    double seconds;           /* of training */
    int64_t peak_bytes;       /* of memory while training */
    int64_t events_seen;      /* id of the last event it learned from */
    int32_t n_users, n_items; /* of the dataset */
    uint64_t fingerprint;     /* of the dataset */
    int64_t bytes;            /* of the body */
    bool active;
    int32_t holds;      /* people who were erased since, and whom the body may still hold */
    int64_t replaced;   /* run that was active before this one, 0 = none: for rolling back */
    char metrics[1024]; /* JSON; "{}" until evaluated */
    char facts[2048];   /* JSON: what the model tells about itself; "{}" = nothing */
};

/* Writes a run's row and body in the writer's transaction; sets run->id and run->bytes. `body`
 * writes the model (it is called once; the store cuts what it writes into chunks). Kill-safe: all
 * or nothing. */
typedef bool run_body(void *context, struct byte_writer *writer);
bool run_save(struct writer *writer, struct run *run, run_body *body, void *context,
              struct error *error);

/* The body of a run as a stream: run_stream_get() with the handle as context feeds a byte_reader.
 */
struct run_stream;
struct run_stream *run_stream_open(struct reader *reader, int64_t id, struct error *error);
bytes_get run_stream_get;
void run_stream_close(struct run_stream *stream);

/* How many people were erased so far. What was trained on data of before one of them is never kept
 * after: a run or a checkpoint would hold the person. -1 on failure. */
int64_t workspace_erasures(struct reader *reader, struct error *error);
/* Whether nobody was erased since `erasures` was read; the sentence says to train again. */
bool writer_holds_nobody(struct writer *writer, int64_t erasures, struct error *error);

/* Where a training stands: one for each kind, replaced whole in the writer's transaction. It
 * belongs to the training of one `identity` (data, parameters, seed), and is dropped when that is
 * done, or when somebody is erased. */
bool checkpoint_save(struct writer *writer, const char *kind, const char *identity,
                     int64_t erasures, run_body *body, void *context, struct error *error);
/* As run_stream_open(); NULL with ERROR_MISSING where there is none of that identity. */
struct run_stream *checkpoint_open(struct reader *reader, const char *kind, const char *identity,
                                   struct error *error);
/* Whose checkpoint there is of a kind; nothing where there is none. */
bool checkpoint_identity(struct reader *reader, const char *kind, struct text *identity,
                         struct error *error);
bool checkpoint_drop(struct writer *writer, const char *kind, struct error *error);

/* All runs, newest first; *runs is malloc'ed. */
bool runs_list(struct reader *reader, struct run **runs, int32_t *n, struct error *error);
/* By id; ERROR_MISSING when there is none. */
bool run_find(struct reader *reader, int64_t id, struct run *run, struct error *error);
/* The active run of a kind; run->id = 0 when there is none. */
bool run_active(struct reader *reader, const char *kind, struct run *run, struct error *error);
/* By the audit log: the run of a kind that was served at a moment, 0 = none yet (it may be deleted
 * by now: run_find()); and when one of the kind was served first, MOMENT_NONE = never. */
bool run_served_at(struct reader *reader, const char *kind, int64_t at, int64_t *id,
                   struct error *error);
bool run_first_served(struct reader *reader, const char *kind, int64_t *at, struct error *error);
/* Makes a run the active one of its kind, noting which it replaces; audited. */
bool run_activate(struct writer *writer, int64_t id, struct error *error);
/* Makes the run that `kind`'s active run replaced active again. ERROR_MISSING where none. */
bool run_rollback(struct writer *writer, const char *kind, struct error *error);
bool run_delete(struct writer *writer, int64_t id, struct error *error); /* never an active one */
/* Facts stay as they are. */
bool run_set_metrics(struct writer *writer, int64_t id, const char *json, struct error *error);

#endif

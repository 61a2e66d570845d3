/* import_context.h - one file on its way in: its lines, where records go, and the count of its
 * rows.
 *
 * A format's read() pulls lines with import_line(), sends what they say with import_record(), and
 * ends each row with exactly one of import_accept() and import_reject(); read = accepted +
 * rejected. Blank lines and headers are not rows. Reasons are kinds, not sentences: "no item", "not
 * a date"; they are counted by kind, so they must not contain data. When `stopped` is set (a sink
 * that failed, a cancel, a read error; `error` is filled) everything becomes a no-op and
 * import_line() returns false, so that formats need no clean-up path of their own.
 */
#ifndef AISLE_EXCHANGE_INTAKE_H
#define AISLE_EXCHANGE_INTAKE_H

#include "aisle/import.h"
#include "exchange/catalogue.h"
#include "exchange/lines.h"
#include "exchange/order_heads.h"
#include "exchange/understood.h"

enum { ID_LONGEST = 4096 }; /* bytes; nobody's ids are longer, and indexes suffer from them */

struct import_context {
    struct lines lines;
    const char *map;                     /* --map, or NULL */
    const char *own;                     /* the user's names of columns, or NULL */
    enum date_order dates;               /* --dates, or DATE_OPEN */
    bool insisted;                       /* --format said what it is */
    int64_t now;                         /* plain numbers far beyond it are no times */
    const struct understood *understood; /* what the look over this file found, or NULL */
    const struct order_heads *orders;    /* of this import, or NULL: where lines find their buyer */
    struct order_heads *heads; /* where a file of PART_ORDERS puts what it says, or NULL */
    struct import_events events;
    struct catalogue *catalogue; /* what titles the items have, across the files of an import */
    struct progress *progress;
    struct error *error;
    int64_t read, accepted, rejected;
    int64_t taken;  /* records of events sent */
    char note[240]; /* how dates were read */
    bool stopped;
    struct text scratch; /* of import_utf8() */
};

bool import_open(struct import_context *import_context, bytes_get *get, void *context,
                 const struct import_events *events, struct catalogue *catalogue,
                 struct error *error);
/* What the options of an import say to readers: names of columns, dates. */
void import_set_options(struct import_context *import_context,
                        const struct import_options *options);
void import_close(struct import_context *import_context); /* allowed on a zeroed one */

/* The next line that is not blank. Lines that no format can read (over 16 MB, with a NUL byte) are
 * rejected here. */
bool import_line(struct import_context *import_context, struct slice *line);
/* The same without any check: for a reader whose rows span lines. */
bool import_raw_line(struct import_context *import_context, struct slice *line);

/* A record with every field empty, for the current line. */
struct record import_event(const struct import_context *import_context, struct slice user,
                           struct slice item);
bool import_record(struct import_context *import_context, const struct record *record);
void import_accept(struct import_context *import_context);
void import_reject(struct import_context *import_context, int64_t line, const char *reason,
                   struct slice row);
/* Ends a row of one record: rejects it where there is a reason, else sends it. */
void import_judged(struct import_context *import_context, const struct record *record,
                   const char *reason, struct slice row);
/* Sends one record and accepts its row, or rejects it when an id that its kind needs is empty or
 * too long. */
void import_row(struct import_context *import_context, const struct record *record,
                struct slice row);
/* The row `user item rating time` as MovieLens has it, whatever parts its columns. */
void import_rating(struct import_context *import_context, const struct slice field[4],
                   struct slice row);
/* Why an id cannot be taken ("no user"), or NULL. `empty` is the reason for an empty one. */
const char *import_bad_id(struct slice id, const char *empty);

/* Text in UTF-8: bytes that are not are taken for windows-1252. Lives until the next call with the
 * same scratch buffer. */
struct slice import_utf8(struct text *scratch, struct slice bytes);

/* Seconds, milliseconds, ISO and the like; a fast way for plain digits. Empty gives MOMENT_NONE. */
bool import_time(struct slice text, enum moment_form form, int64_t *moment);

/* Splits at every `delimiter`; returns the number of fields, at most `max` of them stored. */
int32_t split_fields(struct slice line, char delimiter, struct slice *field, int32_t max);
int32_t split_double_colon(struct slice line, struct slice *field, int32_t max);

#endif

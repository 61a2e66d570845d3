/* import.h - other people's files into a workspace.
 *
 * A format is one file in src/exchange/formats and one line in the registry: how to recognise it
 * and how to turn its lines into records. Paths may be files, folders (their own files, not
 * subfolders) and archives; what a format does not know is listed as passed over. One transaction
 * per file: all of it or nothing. Importing the same content again changes nothing.
 */
#ifndef AISLE_IMPORT_H
#define AISLE_IMPORT_H

#include "aisle/progress.h"
#include "aisle/record.h"
#include "aisle/workspace.h"

struct import_options {
    const char *format;  /* NULL = detect */
    const char *map;     /* "user=COL,item=COL,time=COL": NULL = usual names */
    bool dry_run;        /* read and count, write nothing */
    bool strict;         /* one bad row and nothing of the whole import is kept */
    const char *rejects; /* file for the bad rows; NULL = none */
    bool replace;        /* where the rejects file is there already */
    const char *spared;  /* path of the workspace, also where a dry run opens none: no rejects file
                          * is written onto it, nor onto what is imported */
    const char *dates;    /* "dmy", "mdy", "ymd": how open dates are read; NULL = by the column */
    const char *encoding; /* a character set that iconv knows; NULL = by the bytes */
    const char *columns;  /* the user's names of columns, a text as share/columns has it, or NULL */
    bool recursive;       /* the folders in a folder as well */
    bool once;            /* rows that repeat rows of another file or an earlier import stay out */
};

struct import_reason { /* why rows were rejected, by kind */
    char text[96];     /* "no item", "not a date" */
    int64_t rows;
    int64_t first_line;
    char first_file[256];
};

struct import_column {
    char name[96];
    char taken_for[24]; /* "user", "attribute", "not used" */
};

struct import_file {
    char path[512]; /* archive members as ARCHIVE:MEMBER */
    char format[32];
    char note[480]; /* "already imported", "passed over: not a known file", how dates were read */
    int64_t read, accepted, rejected;
    bool passed_over, unchanged;
    int64_t repeated;  /* rows that stand in another file or an earlier import too */
    char separator[8]; /* "," "tab" "blank"; "" where it is no table */
    char encoding[24];
    bool without_time;             /* events: the order of the rows counts */
    struct import_column *columns; /* (n_columns), of tables */
    int32_t n_columns;
    char samples[3][320]; /* (n_samples) the first rows as they are stored */
    int32_t n_samples;
};

struct import_result {
    struct import_file *files;
    int32_t n_files;
    int64_t read, accepted, rejected; /* rows */
    int64_t users, items, events;     /* added to the workspace */
    struct import_reason *reasons;
    int32_t n_reasons;
    double seconds;
};

/* False with a sentence when nothing could be imported (unknown file, no such path, not a
 * workspace, strict and a bad row, cancelled); bad rows alone are not a failure. result is always
 * initialised and must be finished. */
bool import_paths(struct workspace *workspace, const char *const *paths, int32_t n,
                  const struct import_options *options, struct progress *progress,
                  struct import_result *result, struct error *error);
void import_result_fini(struct import_result *result);

/* Parses a stream of bytes in a named format into records without any workspace: what fuzzers and
 * tests call. rejected(line, reason) is told about each bad row. */
struct import_events {
    record_sink *record;
    void (*rejected)(void *context, int64_t line, const char *reason, struct slice row);
    void *context;
};
bool import_memory(const char *format, const char *file_name, const void *bytes, size_t length,
                   const struct import_options *options, const struct import_events *events,
                   struct error *error);

/* Names and one-line descriptions of the formats, NULL-terminated. */
struct import_format_info {
    const char *name, *summary;
};
const struct import_format_info *import_formats(void);

#endif

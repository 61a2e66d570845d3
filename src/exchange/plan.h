/* plan.h - what an import would do: every file and member, what it is, and in which order.
 *
 * The survey reads each regular file and archive once, for its checksum and its first bytes. What
 * it finds damaged or may not read ends the import before anything is written. Pipes and standard
 * input are copied to a nameless temporary file first.
 *
 * Order: the paths as given; within a folder or an archive events, items, users, friends.
 */
#ifndef AISLE_EXCHANGE_PLAN_H
#define AISLE_EXCHANGE_PLAN_H

#include "exchange/format.h"

struct planned {
    char *path;                  /* what input_open() takes */
    int64_t index;               /* of the member */
    char *shown;                 /* "ARCHIVE:MEMBER" or the path, fit for people */
    int temporary_file;          /* see input_open() */
    const struct format *format; /* NULL: passed over */
    enum part part;
    char note[320];
    struct understood understood; /* what its look found, if the format has one */
    uint64_t checksum;
    int64_t bytes; /* after decompression */
    int32_t group; /* the path on the command line that it came by */
    int32_t order;
};

struct plan {
    struct planned *files;
    int32_t n, capacity;
    int *spools; /* (n_spools) to be closed */
    int32_t n_spools;
    uint32_t mapped;        /* a bit for each entry of --map that fits a file */
    struct error map_error; /* why --map fits no file; code ERROR_NONE where it does */
};

/* The plan must be finished whatever the outcome. */
bool plan_make(struct plan *plan, const char *const *paths, int32_t n,
               const struct import_options *options, struct progress *progress,
               struct error *error);
void plan_fini(struct plan *plan);

#endif

/* chunks.h - bodies of runs and checkpoints: streams of bytes, kept as rows of a megabyte. */
#ifndef STORE_CHUNKS_H
#define STORE_CHUNKS_H

#include "aisle/runs.h"
#include "writer_private.h"

/* Writes what `body` writes, with its checksum, as rows of an INSERT with ?1 = id, ?2 = part,
 * ?3 = bytes. *bytes (may be NULL) gets the size. */
bool chunks_save(struct writer *writer, const char *insert, int64_t id, run_body *body,
                 void *context, int64_t *bytes, struct error *error);
/* Reads the rows of a SELECT of bytes by ?1 = id, in order; for run_stream_get() and _close(). */
struct run_stream *chunks_open(struct reader *reader, const char *select, int64_t id,
                               struct error *error);

#endif

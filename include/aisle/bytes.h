/* bytes.h - how models are written and read: a stream of little-endian values with a checksum.
 *
 * The writer hands out chunks through a callback (the store keeps them as rows; a test as memory),
 * the reader asks for chunks. Every section ends with the CRC-64 of what came before; a damaged or
 * truncated stream is refused with a sentence and nothing half-read escapes.
 */
#ifndef AISLE_BYTES_H
#define AISLE_BYTES_H

#include "aisle/error.h"

#include <stddef.h>
#include <stdint.h>

/* Receives consecutive bytes; returns false after filling error. */
typedef bool bytes_put(void *context, const void *bytes, size_t length, struct error *error);
/* Fills up to `capacity` bytes, *length = 0 at the end; returns false after filling error. */
typedef bool bytes_get(void *context, void *bytes, size_t capacity, size_t *length,
                       struct error *error);

struct byte_writer {
    bytes_put *put;
    void *context;
    uint64_t checksum;
    struct error *error; /* where the first failure goes */
    bool failed;
    size_t buffered; /* small values wait here */
    unsigned char buffer[4096];
};

struct byte_reader {
    bytes_get *get;
    void *context;
    uint64_t checksum;
    struct error *error;
    bool failed;
};

void bytes_write_open(struct byte_writer *writer, bytes_put *put, void *context,
                      struct error *error);
void bytes_write(struct byte_writer *writer, const void *bytes, size_t length);
void bytes_write_int32(struct byte_writer *writer, int32_t value);
void bytes_write_int64(struct byte_writer *writer, int64_t value);
void bytes_write_double(struct byte_writer *writer, double value);
bool bytes_write_close(
    struct byte_writer *writer); /* adds the checksum; false if anything failed */

void bytes_read_open(struct byte_reader *reader, bytes_get *get, void *context,
                     struct error *error);
/* After a failure these fill zeros and return false/0, so one test of `failed` per section serves.
 */
bool bytes_read(struct byte_reader *reader, void *bytes, size_t length);
int32_t bytes_read_int32(struct byte_reader *reader);
int64_t bytes_read_int64(struct byte_reader *reader);
double bytes_read_double(struct byte_reader *reader);
bool bytes_read_close(struct byte_reader *reader); /* compares the checksum */

/* CRC-64/XZ of the bytes, continued from `seed` (0 to begin). */
uint64_t bytes_checksum(uint64_t seed, const void *bytes, size_t length);

#endif

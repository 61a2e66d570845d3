/* bytes.c - a checked stream of little-endian values.
 *
 * Small values gather in the writer's buffer; whatever is larger goes straight through, so an
 * array of hundreds of megabytes is never copied here. Arrays are written as they lie in memory,
 * which is what the format says only on little-endian machines.
 */
#include "aisle/bytes.h"

#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "models are stored little-endian: arrays would have to be turned round on this machine"
#endif

static void send(struct byte_writer *writer, const void *bytes, size_t length)
{
    if (writer->failed || length == 0) return;
    writer->checksum = bytes_checksum(writer->checksum, bytes, length);
    if (!writer->put(writer->context, bytes, length, writer->error)) writer->failed = true;
}

static void flush(struct byte_writer *writer)
{
    send(writer, writer->buffer, writer->buffered);
    writer->buffered = 0;
}

void bytes_write_open(struct byte_writer *writer, bytes_put *put, void *context,
                      struct error *error)
{
    writer->put = put;
    writer->context = context;
    writer->checksum = 0;
    writer->error = error;
    writer->failed = false;
    writer->buffered = 0;
}

void bytes_write(struct byte_writer *writer, const void *bytes, size_t length)
{
    if (length > sizeof writer->buffer - writer->buffered) flush(writer);
    if (length > sizeof writer->buffer) {
        send(writer, bytes, length);
    } else if (length > 0) {
        memcpy(writer->buffer + writer->buffered, bytes, length);
        writer->buffered += length;
    }
}

void bytes_write_int32(struct byte_writer *writer, int32_t value)
{
    bytes_write(writer, &value, sizeof value);
}

void bytes_write_int64(struct byte_writer *writer, int64_t value)
{
    bytes_write(writer, &value, sizeof value);
}

void bytes_write_double(struct byte_writer *writer, double value)
{
    bytes_write(writer, &value, sizeof value);
}

bool bytes_write_close(struct byte_writer *writer)
{
    flush(writer);
    uint64_t checksum = writer->checksum;
    send(writer, &checksum, sizeof checksum);
    return !writer->failed;
}

void bytes_read_open(struct byte_reader *reader, bytes_get *get, void *context, struct error *error)
{
    *reader = (struct byte_reader){ .get = get, .context = context, .error = error };
}

/* Reads exactly `length` bytes and never one beyond: another section may follow. */
static bool receive(struct byte_reader *reader, void *bytes, size_t length)
{
    unsigned char *to = bytes;

    for (size_t done = 0, got; !reader->failed && done < length; done += got) {
        got = 0;
        if (!reader->get(reader->context, to + done, length - done, &got, reader->error)) {
            reader->failed = true;
        } else if (got == 0 || got > length - done) {
            error_set(reader->error, ERROR_INPUT, "the stored bytes end too early");
            reader->failed = true;
        }
    }
    if (reader->failed && length > 0) memset(bytes, 0, length);
    return !reader->failed;
}

bool bytes_read(struct byte_reader *reader, void *bytes, size_t length)
{
    if (!receive(reader, bytes, length)) return false;
    reader->checksum = bytes_checksum(reader->checksum, bytes, length);
    return true;
}

int32_t bytes_read_int32(struct byte_reader *reader)
{
    int32_t value;
    return bytes_read(reader, &value, sizeof value) ? value : 0;
}

int64_t bytes_read_int64(struct byte_reader *reader)
{
    int64_t value;
    return bytes_read(reader, &value, sizeof value) ? value : 0;
}

double bytes_read_double(struct byte_reader *reader)
{
    double value;
    return bytes_read(reader, &value, sizeof value) ? value : 0;
}

bool bytes_read_close(struct byte_reader *reader)
{
    uint64_t stored;

    if (!receive(reader, &stored, sizeof stored)) return false;
    if (stored == reader->checksum) return true;
    reader->failed = true;
    return error_set(reader->error, ERROR_INPUT, "the stored bytes are damaged: checksums differ");
}

/* CRC-64/XZ, reflected polynomial of ECMA-182. */
static uint64_t crc_of_byte(uint64_t crc)
{
    const uint64_t polynomial = 0xC96C5795D7870F42;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (polynomial & (0 - (crc & 1)));
    return crc;
}

/* Eight bytes a step: table[k][b] is what byte b does when k more bytes follow it. The tables are
 * made anew for every long run: 4,000 steps are cheaper than a global that must be guarded. */
static uint64_t crc_of_run(uint64_t crc, const unsigned char **bytes, size_t *length)
{
    uint64_t table[8][256], word;

    for (uint64_t b = 0; b < 256; b++)
        table[0][b] = crc_of_byte(b);
    for (int k = 1; k < 8; k++) {
        for (int b = 0; b < 256; b++)
            table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xFF];
    }
    for (; *length >= 8; *bytes += 8, *length -= 8) {
        memcpy(&word, *bytes, 8);
        crc ^= word;
        crc = table[7][crc & 0xFF] ^ table[6][crc >> 8 & 0xFF] ^ table[5][crc >> 16 & 0xFF] ^
              table[4][crc >> 24 & 0xFF] ^ table[3][crc >> 32 & 0xFF] ^ table[2][crc >> 40 & 0xFF] ^
              table[1][crc >> 48 & 0xFF] ^ table[0][crc >> 56];
    }
    return crc;
}

uint64_t bytes_checksum(uint64_t seed, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t crc = ~seed;

    if (length >= 512) crc = crc_of_run(crc, &at, &length);
    for (; length > 0; length--)
        crc = crc >> 8 ^ crc_of_byte((crc ^ *at++) & 0xFF);
    return ~crc;
}

/* decode.c - see decode.h. */
#include "exchange/decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUFFER = 64 * 1024, LOOKED_AT = 4096 };

bool decoder_knows(const char *encoding)
{
    iconv_t conversion = iconv_open("UTF-8", encoding);

    if (conversion == (iconv_t)-1) return false;
    iconv_close(conversion);
    return true;
}

bool decoder_open(struct decoder *decoder, bytes_get *get, void *context, const char *encoding,
                  struct error *error)
{
    *decoder = (struct decoder){ .get = get, .context = context };
    if (encoding && (strcasecmp(encoding, "UTF-8") == 0 || strcasecmp(encoding, "UTF8") == 0))
        encoding = NULL;
    if (encoding && !decoder_knows(encoding))
        return error_set(error, ERROR_USAGE,
                         "--encoding: no character set is called '%.40s'; iconv -l lists them",
                         encoding);
    decoder->name = encoding;
    decoder->buffer = malloc(BUFFER);
    return decoder->buffer ? true : error_memory(error, "a buffer for reading");
}

void decoder_close(struct decoder *decoder)
{
    if (decoder->conversion) iconv_close((iconv_t)decoder->conversion);
    free(decoder->buffer);
    *decoder = (struct decoder){ 0 };
}

static bool fill(struct decoder *decoder, struct error *error)
{
    size_t length = 0;

    if (decoder->begin > 0) {
        memmove(decoder->buffer, decoder->buffer + decoder->begin, decoder->end - decoder->begin);
        decoder->end -= decoder->begin;
        decoder->begin = 0;
    }
    if (decoder->ended || decoder->end == BUFFER) return true;
    if (!decoder->get(decoder->context, decoder->buffer + decoder->end, BUFFER - decoder->end,
                      &length, error))
        return false;
    decoder->end += length;
    decoder->ended = length == 0;
    return true;
}

/* UTF-16 by its mark, or by every other byte being zero as in text of mostly Latin letters. */
static const char *utf16_of(const struct decoder *decoder)
{
    const unsigned char *bytes = (const unsigned char *)decoder->buffer;
    size_t n = decoder->end < LOOKED_AT ? decoder->end : LOOKED_AT, zeros[2] = { 0 };

    if (n >= 4 && memcmp(bytes, "\xFF\xFE\0\0", 4) == 0) return "UTF-32LE";
    if (n >= 4 && memcmp(bytes, "\0\0\xFE\xFF", 4) == 0) return "UTF-32BE";
    if (n >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE) return "UTF-16LE";
    if (n >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF) return "UTF-16BE";
    n &= ~(size_t)1;
    for (size_t i = 0; i < n; i++)
        zeros[i & 1] += bytes[i] == 0;
    if (n < 8 || zeros[0] + zeros[1] < n / 4) return NULL;
    if (zeros[1] > 10 * zeros[0]) return "UTF-16LE";
    return zeros[0] > 10 * zeros[1] ? "UTF-16BE" : NULL;
}

static bool begin(struct decoder *decoder, struct error *error)
{
    while (!decoder->ended && decoder->end < LOOKED_AT)
        if (!fill(decoder, error)) return false;
    decoder->begun = true;
    if (!decoder->name) decoder->name = utf16_of(decoder);
    if (!decoder->name) return true;
    const iconv_t conversion = iconv_open("UTF-8", decoder->name);
    if (conversion == (iconv_t)-1)
        return error_set(error, ERROR_USAGE, "the C library cannot read %s", decoder->name);
    decoder->conversion = (void *)conversion;
    return true;
}

bool decoder_get(void *context, void *bytes, size_t capacity, size_t *length, struct error *error)
{
    struct decoder *decoder = context;
    char *out = bytes;
    size_t left = capacity;

    *length = 0;
    if (!decoder->begun && !begin(decoder, error)) return false;
    if (!decoder->conversion) {
        const size_t waiting = decoder->end - decoder->begin;

        if (waiting == 0)
            return decoder->ended || decoder->get(decoder->context, bytes, capacity, length, error);
        *length = waiting < capacity ? waiting : capacity;
        memcpy(bytes, decoder->buffer + decoder->begin, *length);
        decoder->begin += *length;
        return true;
    }
    while (left >= 8) {
        char *in = decoder->buffer + decoder->begin;
        size_t in_left = decoder->end - decoder->begin;
        const size_t in_before = in_left;
        const size_t result =
            in_left == 0 ? 0 : iconv((iconv_t)decoder->conversion, &in, &in_left, &out, &left);

        decoder->begin += in_before - in_left;
        if (result == (size_t)-1 && errno == E2BIG) break;
        if (result == (size_t)-1 && (errno == EILSEQ || (errno == EINVAL && decoder->ended))) {
            if (left < 3) break;
            memcpy(out, "\xEF\xBF\xBD", 3);
            out += 3;
            left -= 3;
            decoder->begin++;
            decoder->replaced++;
            continue;
        }
        if (decoder->ended && in_left == 0) break;
        if (out != bytes && result != (size_t)-1) break; /* something to hand out already */
        if (!fill(decoder, error)) return false;
        if (decoder->ended && decoder->begin == decoder->end) break;
    }
    *length = (size_t)(out - (char *)bytes);
    return true;
}

void decode_add_1252(struct text *text, const char *bytes, size_t length)
{
    static const uint16_t upper[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    };

    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        char out[4];

        if (c < 0x80)
            text_add(text, bytes + i, 1);
        else
            text_add(text, out, text_encode(c < 0xA0 ? upper[c - 0x80] : c, out));
    }
}

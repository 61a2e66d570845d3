/* decode.h - bytes in any character set as UTF-8.
 *
 * UTF-16 is told by its mark or by its zeros, everything else is taken for UTF-8 with what is not
 * that for windows-1252 cell by cell (import_utf8()); a name given by the user is iconv's affair.
 */
#ifndef AISLE_EXCHANGE_DECODE_H
#define AISLE_EXCHANGE_DECODE_H

#include "aisle/bytes.h"
#include "aisle/text.h"

struct decoder {
    bytes_get *get;
    void *context;
    void *conversion; /* iconv_t, or NULL where bytes pass as they are */
    const char *name; /* "UTF-16", what the user said, or NULL; borrowed */
    char *buffer;     /* bytes that were read and not converted yet */
    size_t begin, end;
    bool ended, begun;
    size_t replaced; /* sequences that are none in the character set */
};

/* `encoding` is a name that iconv knows, or NULL to tell by the first bytes. False with a sentence
 * where there is no such character set. */
bool decoder_open(struct decoder *decoder, bytes_get *get, void *context, const char *encoding,
                  struct error *error);
void decoder_close(struct decoder *decoder); /* allowed on a zeroed one */
bytes_get decoder_get;                       /* context: struct decoder */

/* Whether iconv knows the name. */
bool decoder_knows(const char *encoding);

/* windows-1252 to UTF-8. */
void decode_add_1252(struct text *text, const char *bytes, size_t length);

#endif

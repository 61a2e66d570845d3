/* Archives and compressed files: every member is read to its end, up to a limit. */
#include "exchange/input.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES_MAX = 1 << 22 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    FILE *file = tmpfile();
    struct error error = { 0 };
    struct input *input = NULL;
    char block[4096];
    size_t length = 1, read = 0;
    bool more = true;

    if (!file || fwrite(bytes, 1, size, file) != size || fflush(file) != 0) abort();
    input = input_open("fuzz", fileno(file), NULL, &error);
    while (input && more && read < BYTES_MAX) {
        if (!input_next(input, &more, &error) || !more) break;
        if (input_member(input)[0] == '\0' && input_name(input)[0] == '\0') abort();
        do {
            if (!input_get(input, block, sizeof block, &length, &error)) break;
            read += length;
        } while (length > 0 && read < BYTES_MAX);
    }
    input_close(input);
    fclose(file);
    return 0;
}

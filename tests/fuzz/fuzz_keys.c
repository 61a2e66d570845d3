/* Names of keys: what one is called reads back as the same key. */
#include "ui/keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char name[KEY_NAME_SIZE];
    const char *at = (const char *)bytes, *end = at + size;

    while (at < end) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const size_t length = blank ? (size_t)(blank - at) : (size_t)(end - at);
        const key_code code = key_parse((struct slice){ at, length });
        if (code != KEYS_NONE) {
            key_describe(code, name);
            if (strlen(name) >= sizeof name || key_parse(slice_of(name)) != code) abort();
        }
        at += length + (blank != NULL);
    }
    return 0;
}

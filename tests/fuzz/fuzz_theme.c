/* A theme that somebody wrote: it is read, or a sentence says which line cannot be. */
#include "ui/theme.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct theme theme;
    struct error error = { 0 };
    const struct slice text = { size > 0 ? (const char *)bytes : "", size };

    if (!theme_parse(&theme, "x", text, &error)) {
        if (error.code == ERROR_NONE || strlen(error.text) < 5) abort();
        return 0;
    }
    for (int colour_depth = 0; colour_depth < DEPTHS; colour_depth++)
        for (int meaning = 0; meaning < MEANINGS; meaning++) {
            const struct style *style = &theme.style[colour_depth][meaning];
            if (style->foreground < -1 || style->foreground > 255 || style->background < -1 ||
                style->background > 255)
                abort();
        }
    return 0;
}

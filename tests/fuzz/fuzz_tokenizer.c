/* tokenizer.json, or vocab.txt where it does not begin like JSON; behind a line of its own stands a
 * text to be cut. Whatever opens takes any text, and its tokens are within its size. */
#include "language/tokenizer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char mark[] = "\n====\n";
    struct slice file = { (const char *)bytes, size }, text = file;
    struct error error = { 0 };
    struct token_list list = { 0 };

    for (size_t i = 0; i + 6 <= size; i++) {
        if (memcmp(bytes + i, mark, 6) != 0) continue;
        file.length = i;
        text = (struct slice){ (const char *)bytes + i + 6, size - i - 6 };
        break;
    }
    struct tokenizer *tokenizer =
        size > 0 && bytes[0] == '{'
            ? tokenizer_read_json("fuzz", file, &error)
            : tokenizer_read_vocabulary("fuzz", file, size % 2 == 0, &error);
    if (!tokenizer && error.text[0] == 0) abort();
    if (tokenizer) {
        tokenizer_encode(tokenizer, text, 1000, &list, NULL);
        for (int32_t i = 0; i < list.n; i++)
            if (list.ids[i] < 0 || list.ids[i] >= tokenizer_size(tokenizer)) abort();
    }
    token_list_fini(&list);
    tokenizer_free(tokenizer);
    return 0;
}

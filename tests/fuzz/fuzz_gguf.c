/* Files of weights: whatever opens can be read to the last number. */
#include "language/gguf.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const lists[] = { "tokenizer.ggml.tokens", "tokenizer.ggml.merges" };
    struct error error = { 0 };
    struct gguf_array array;
    struct slice text;
    int64_t integer;
    double number;
    struct gguf *gguf = gguf_open_bytes("fuzz", bytes, size, &error);
    if (!gguf && error.text[0] == 0) abort();
    for (int32_t i = 0; gguf && i < gguf_n_tensors(gguf); i++) {
        const struct tensor *tensor = gguf_tensor_at(gguf, i);
        float *row = malloc((size_t)tensor_columns(tensor) * sizeof *row);
        for (int64_t r = 0; row && r < tensor_rows(tensor); r++)
            tensor_read_row(tensor, r, row);
        free(row);
    }
    for (size_t i = 0; gguf && i < sizeof lists / sizeof *lists; i++) {
        if (!gguf_array(gguf, lists[i], &array)) continue;
        while (gguf_array_next_string(&array, &text) || gguf_array_next_integer(&array, &integer))
            continue;
        gguf_string(gguf, lists[i], &text);
        gguf_number(gguf, lists[i], &number);
    }
    gguf_close(gguf);
    return 0;
}

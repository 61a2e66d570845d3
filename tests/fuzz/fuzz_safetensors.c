/* Files of weights in safetensors: whatever opens can be read to the last number. */
#include "language/safetensors.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = { 0 };
    struct safetensors *file = safetensors_open_bytes("fuzz", bytes, size, &error);
    if (!file && error.text[0] == 0) abort();
    for (int32_t i = 0; file && i < safetensors_count(file); i++) {
        const struct tensor *tensor = safetensors_at(file, i);
        float *row = malloc((size_t)tensor_columns(tensor) * sizeof *row);
        for (int64_t r = 0; row && r < tensor_rows(tensor); r++)
            tensor_read_row(tensor, r, row);
        free(row);
    }
    safetensors_close(file);
    return 0;
}

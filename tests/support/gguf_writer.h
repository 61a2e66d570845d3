/* gguf_writer.h - GGUF files in memory, for tests: values first, then tensors, then finish. */
#ifndef SUPPORT_GGUF_WRITER_H
#define SUPPORT_GGUF_WRITER_H

#include "language/tensor.h"

enum { GGUF_WRITER_TENSORS_MAX = 64 };

struct gguf_writer {
    struct text file;               /* the whole file after gguf_writer_finish() */
    struct text values, head, body; /* parts until then */
    int64_t n_values, n_tensors;
};

void gguf_writer_init(struct gguf_writer *writer);
void gguf_writer_string(struct gguf_writer *writer, const char *key, const char *value);
void gguf_writer_integer(struct gguf_writer *writer, const char *key, int32_t value);
void gguf_writer_number(struct gguf_writer *writer, const char *key, float value);
void gguf_writer_strings(struct gguf_writer *writer, const char *key, const char *const *values,
                         int64_t n);
void gguf_writer_integers(struct gguf_writer *writer, const char *key, const int32_t *values,
                          int64_t n);
/* numbers (rows, columns), rounded into the format: F32, F16, Q8_0, Q4_0, Q4_1. rows 0 = a vector.
 */
void gguf_writer_tensor(struct gguf_writer *writer, const char *name, enum tensor_type type,
                        int64_t rows, int64_t columns, const float *numbers);
void gguf_writer_finish(struct gguf_writer *writer);
void gguf_writer_fini(struct gguf_writer *writer);

#endif

/* gguf.h - reads GGUF files (versions 2 and 3): named values, then named tensors.
 *
 * The file comes from a stranger: every length, count, type and offset is checked when it is
 * opened, so that what the functions below hand out lies inside the file. All slices and tensors
 * are borrowed from the mapping and live until gguf_close(). Files of big-endian machines and
 * tensors in formats that tensor.h does not know are refused with a sentence.
 */
#ifndef LANGUAGE_GGUF_H
#define LANGUAGE_GGUF_H

#include "tensor.h"

struct gguf;

struct gguf *gguf_open(const char *path, struct error *error);
/* The same for bytes in memory, which stay the caller's and must outlive it. */
struct gguf *gguf_open_bytes(const char *name, const void *bytes, size_t size, struct error *error);
void gguf_close(struct gguf *gguf);

/* Values by key; false where there is none of that type that fits. */
bool gguf_string(const struct gguf *gguf, const char *key, struct slice *value);
bool gguf_integer(const struct gguf *gguf, const char *key, int64_t *value); /* booleans too */
bool gguf_number(const struct gguf *gguf, const char *key, double *value);   /* integers too */

/* A list of texts, or of integers: element by element, in order. */
struct gguf_array {
    const unsigned char *at;
    int32_t type;
    int64_t n, next;
};
bool gguf_array(const struct gguf *gguf, const char *key, struct gguf_array *array);
bool gguf_array_next_string(struct gguf_array *array, struct slice *value);
bool gguf_array_next_integer(struct gguf_array *array, int64_t *value);

int32_t gguf_n_tensors(const struct gguf *gguf);
const struct tensor *gguf_tensor_at(const struct gguf *gguf, int32_t index);
const struct tensor *gguf_tensor(const struct gguf *gguf, const char *name); /* NULL = none */

#endif

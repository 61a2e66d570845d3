/* safetensors.h - reads files of the format safetensors: a JSON header, then the numbers.
 *
 * The file comes from a stranger: the length of the header, every type, shape and range is checked
 * when it is opened, so that what safetensors_find() hands out lies inside the file. Tensors are
 * borrowed from the mapping and live until safetensors_close(). Tensors of types that tensor.h does
 * not know (integers, booleans) are passed over.
 *
 * Source: https://github.com/huggingface/safetensors, "Format".
 */
#ifndef LANGUAGE_SAFETENSORS_H
#define LANGUAGE_SAFETENSORS_H

#include "tensor.h"

struct safetensors;

struct safetensors *safetensors_open(const char *path, struct error *error);
/* The same for bytes in memory, which stay the caller's and must outlive it. */
struct safetensors *safetensors_open_bytes(const char *name, const void *bytes, size_t size,
                                           struct error *error);
void safetensors_close(struct safetensors *file); /* NULL is allowed */

int32_t safetensors_count(const struct safetensors *file);
const struct tensor *safetensors_at(const struct safetensors *file, int32_t index);
const struct tensor *safetensors_find(const struct safetensors *file, const char *name);

#endif

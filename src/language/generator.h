/* generator.h - the Llama family of decoders: text to the text that follows.
 *
 * Per layer: x += O attention(RMSNorm(x)), x += D (silu(G h) * U h) with h = RMSNorm(x) (Touvron
 * and others 2023): rotary positions (Su and others 2021), grouped queries (Ainslie and others
 * 2023), SwiGLU (Shazeer 2020); the output matrix may be the embedding's own. Weights stay as they
 * are in the mapped file; a generator is read-only and may be shared between threads, each with a
 * session of its own.
 *
 * With weights in F32 and F16 the logits are the reference's up to rounding; with quantised ones
 * the vectors they meet are rounded to 8 bits first, as llama.cpp does.
 */
#ifndef LANGUAGE_GENERATOR_H
#define LANGUAGE_GENERATOR_H

#include "bpe.h"

#include "aisle/progress.h"

struct generator;
struct generator_session;

struct generator_shape {
    int32_t n_layers, width, n_heads, n_kv_heads, head_width, rotary_width, ffn_width, n_tokens;
    int32_t context; /* positions it was trained for */
    float epsilon, rotary_base;
};

/* A .gguf file. generator_tokenizer() lives as long as it does. */
struct generator *generator_open(const char *path, struct error *error);
struct generator *generator_open_bytes(const char *name, const void *bytes, size_t size,
                                       struct error *error);
void generator_close(struct generator *generator); /* NULL is allowed */
const struct generator_shape *generator_shape(const struct generator *generator);
/* NULL where the file has none that can be read: generator_open() refuses that unless in bytes. */
const struct bpe *generator_tokenizer(const struct generator *generator);

/* What was said so far: keys and values of up to `capacity` tokens. threads 0 = all processors. */
struct generator_session *generator_session_new(const struct generator *generator, int32_t capacity,
                                                int threads, struct error *error);
void generator_session_free(struct generator_session *session); /* NULL is allowed */
/* Bytes that a session of that capacity takes: the forecast. */
size_t generator_session_memory(const struct generator_shape *shape, int32_t capacity, int threads);
int32_t generator_session_length(const struct generator_session *session);
/* Forgets all but the first n tokens, n <= the length. What comes next must be fed before logits.
 */
void generator_session_rewind(struct generator_session *session, int32_t n);

/* Reads n more tokens, n > 0. likelihood (n) or NULL: the natural logarithm of each token's
 * probability after those before it, 0 for one that nothing stands before. Refuses more than the
 * capacity; ERROR_CANCELLED leaves the session as it was before. */
bool generator_feed(struct generator_session *session, const int32_t *ids, int32_t n,
                    double *likelihood, const struct progress *progress, struct error *error);
/* Of the token that comes next: logits (n) of the tokens ids (n), or, ids NULL, of all. The session
 * is not empty and was not rewound since it was fed. */
void generator_logits(struct generator_session *session, const int32_t *ids, int32_t n,
                      float *logits);

#endif

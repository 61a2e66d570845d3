/* tiny_encoder.h - a folder with a small encoder of random weights, and its slow twin. */
#ifndef TEST_TINY_ENCODER_H
#define TEST_TINY_ENCODER_H

#include <stddef.h>
#include <stdint.h>

enum {
    TINY_WIDTH = 96,
    TINY_HEADS = 2,
    TINY_INNER = 112,
    TINY_LAYERS = 2,
    TINY_POSITIONS = 40,
    TINY_PIECES = 32
};

enum tiny_type { TINY_F32, TINY_F16, TINY_BF16 };

struct tiny_encoder {
    char folder[256];
    enum tiny_type type;
    struct tiny_tensor {
        char name[96];
        int32_t rows, columns; /* rows 0: a vector */
        float *values;
    } tensors[64];
    int32_t n;
};

/* Writes config.json, vocab.txt and model.safetensors into a new folder. Asserts on failure. */
void tiny_encoder_init(struct tiny_encoder *tiny, enum tiny_type type, uint64_t seed);
void tiny_encoder_fini(struct tiny_encoder *tiny);

/* The bytes of its model.safetensors; free() them. */
unsigned char *tiny_encoder_bytes(const struct tiny_encoder *tiny, size_t *size);

/* The obvious loops, in double: ids (n) to the mean of the last layer, of length 1: out (width). */
void tiny_encoder_forward(const struct tiny_encoder *tiny, const int32_t *ids, int32_t n,
                          float *out);

#endif

/* encoder_config.h - what the small files beside the weights say of an encoder. */
#ifndef LANGUAGE_ENCODER_CONFIG_H
#define LANGUAGE_ENCODER_CONFIG_H

#include "aisle/encoder.h"

#include "tokenizer.h"

enum { PREFIX_SIZE = 256, ENCODER_NAME_SIZE = 128 };

enum pooling { POOLING_MEAN, POOLING_FIRST };

struct encoder_config {
    int32_t layers, heads;
    int32_t width;         /* of a token's vector */
    int32_t inner;         /* of the layer between the two matrices of the feed-forward part */
    int32_t vocabulary;    /* rows of the table of pieces */
    int32_t positions;     /* rows of the table of positions */
    int32_t position_base; /* the row of the first token */
    int32_t max_tokens;    /* with those at both ends */
    float epsilon;         /* of the norms */
    enum pooling pooling;
    char prefix[2][PREFIX_SIZE]; /* by role */
    char name[ENCODER_NAME_SIZE];
};

/* Reads config.json, 1_Pooling/config.json, sentence_bert_config.json and
 * config_sentence_transformers.json of a folder; only the first must be there. Sizes are within
 * bounds that make every product of them fit. */
bool encoder_config_read(struct encoder_config *config, const char *folder, struct error *error);
/* The same bounds for sizes from another file. */
bool encoder_config_check(const struct encoder_config *config, const char *name,
                          struct error *error);

/* tokenizer.json, else vocab.txt of a folder. */
struct tokenizer *encoder_tokenizer_read(const char *folder, struct error *error);

#endif

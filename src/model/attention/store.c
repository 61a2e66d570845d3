/* store.c - a trained attention model as bytes: its shape, its curves, its weights. */
#include "attention.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_VERSION = 1, BODY_WITH_WORDS = 2, BODY_WITH_USER_SEGMENTS = 3 };

bool attention_save(const struct model *model, struct byte_writer *writer)
{
    const struct attention *attention = (const struct attention *)model;
    const struct shape *shape = &attention->network.shape;
    const size_t curve = (size_t)attention->epochs * sizeof(double);

    const bool words = attention->texts.vocabulary;

    bytes_write_int32(writer, attention->user_segments ? BODY_WITH_USER_SEGMENTS
                              : words                  ? BODY_WITH_WORDS
                                                       : BODY_VERSION);
    if (attention->user_segments) {
        user_segments_save(attention->user_segments, writer);
        bytes_write_int32(writer, words);
    }
    if (words) {
        vocabulary_save(attention->texts.vocabulary, writer);
        item_tokens_save(&attention->texts.items, writer);
        bytes_write_double(writer, (double)attention->cold_bias);
    }
    bytes_write(writer, shape, offsetof(struct shape, n_segments));
    bytes_write_int32(writer, attention->epochs);
    bytes_write_int32(writer, attention->best_epoch);
    bytes_write(writer, attention->loss_curve, curve);
    bytes_write(writer, attention->ndcg_curve, curve);
    bytes_write(writer, attention->memory, attention->network.n * sizeof(float));
    return !writer->failed;
}

static bool shape_is_sound(const struct shape *shape, const struct texts *texts,
                           const struct dataset *dataset)
{
    const int32_t d = shape->width;

    return shape->n_items == dataset->n_items + 1 &&
           shape->n_tokens == texts->items.n_tokens + shape->n_segments &&
           (shape->n_time_buckets == 0 || shape->n_time_buckets == TIME_BUCKETS) &&
           shape->length > 0 && shape->length <= 512 && shape->heads > 0 && shape->heads <= 16 &&
           d > 0 && d <= 512 && d % (16 * shape->heads) == 0 && shape->blocks > 0 &&
           shape->blocks <= BLOCKS_MAX && shape->ffn_width > 0 && shape->ffn_width <= 2048 &&
           shape->ffn_width % 16 == 0;
}

static bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!model_number_is_sound((double)x[i])) return false;
    }
    return true;
}

/* False with an error where they cannot be read. */
static bool read_texts(struct texts *texts, double *cold_bias, struct byte_reader *reader,
                       struct error *error)
{
    texts->vocabulary = vocabulary_load(reader, error);
    if (!texts->vocabulary || !item_tokens_load(&texts->items, reader, error)) return false;
    *cold_bias = bytes_read_double(reader);
    return true;
}

static bool texts_are_sound(const struct texts *texts, const struct dataset *dataset)
{
    return !texts->vocabulary ||
           (texts->items.n_items == dataset->n_items && texts->items.n_tokens > 0 &&
            texts->items.n_tokens == vocabulary_size(texts->vocabulary));
}

struct model *attention_load(const struct dataset *dataset, const struct parameters *parameters,
                             struct byte_reader *reader, struct error *error)
{
    struct shape shape = { 0 };
    struct texts texts = { 0 };
    struct attention *attention = NULL;
    struct user_segments *user_segments = NULL;
    double cold_bias = 0;
    const int32_t version = bytes_read_int32(reader);
    bool words = version == BODY_WITH_WORDS;

    if (version == BODY_WITH_USER_SEGMENTS) {
        user_segments = user_segments_load(dataset->n_users, reader);
        if (!user_segments) model_refuse(reader, error, "attention");
        words = user_segments && bytes_read_int32(reader) != 0;
        if (!user_segments) goto out;
    }
    if (words && !read_texts(&texts, &cold_bias, reader, error)) goto out;
    bytes_read(reader, &shape, offsetof(struct shape, n_segments));
    shape.n_segments = user_segments_count(user_segments);
    const int32_t epochs = bytes_read_int32(reader), best_epoch = bytes_read_int32(reader);
    if (reader->failed || version < BODY_VERSION || version > BODY_WITH_USER_SEGMENTS ||
        !isfinite(cold_bias) || !texts_are_sound(&texts, dataset) ||
        !shape_is_sound(&shape, &texts, dataset) || epochs < 0 || epochs > 10000 ||
        best_epoch < 0 || best_epoch > epochs) {
        model_refuse(reader, error, "attention");
        goto out;
    }
    attention = attention_new(dataset, parameters, &shape, epochs, error);
    if (!attention) goto out;
    attention->best_epoch = best_epoch;
    attention->cold_bias = (float)cold_bias;
    bytes_read(reader, attention->loss_curve, (size_t)epochs * sizeof(double));
    bytes_read(reader, attention->ndcg_curve, (size_t)epochs * sizeof(double));
    bytes_read(reader, attention->memory, attention->network.n * sizeof(float));
    attention->texts = texts;
    attention->user_segments = user_segments;
    texts = (struct texts){ 0 };
    user_segments = NULL;
    if (reader->failed || !all_finite(attention->memory, attention->network.n))
        model_refuse(reader, error, "attention");
    else if (attention_ready(attention, error))
        return (struct model *)attention;
    attention_release((struct model *)attention);
out:
    texts_fini(&texts);
    user_segments_release(user_segments);
    return NULL;
}

/* store.c - a trained attention model as bytes: its shape, its curves, its weights. */
#include "attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_VERSION = 1 };

bool attention_save(const struct model *model, struct byte_writer *writer)
{
    const struct attention *attention = (const struct attention *)model;
    const struct shape *shape = &attention->network.shape;
    const size_t curve = (size_t)attention->epochs * sizeof(double);

    bytes_write_int32(writer, BODY_VERSION);
    bytes_write(writer, shape, sizeof *shape);
    bytes_write_int32(writer, attention->epochs);
    bytes_write_int32(writer, attention->best_epoch);
    bytes_write(writer, attention->loss_curve, curve);
    bytes_write(writer, attention->ndcg_curve, curve);
    bytes_write(writer, attention->memory, attention->network.n * sizeof(float));
    return !writer->failed;
}

static bool shape_is_sound(const struct shape *shape, const struct dataset *dataset)
{
    const int32_t d = shape->width;

    return shape->n_items == dataset->n_items + 1 && shape->n_tokens == 0 &&
           (shape->n_gaps == 0 || shape->n_gaps == GAPS) && shape->length > 0 &&
           shape->length <= 512 && shape->heads > 0 && shape->heads <= 16 && d > 0 && d <= 512 &&
           d % (16 * shape->heads) == 0 && shape->blocks > 0 && shape->blocks <= BLOCKS_MOST &&
           shape->inner > 0 && shape->inner <= 2048 && shape->inner % 16 == 0;
}

static bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return false;
    }
    return true;
}

struct model *attention_load(const struct dataset *dataset, const struct parameters *parameters,
                             struct byte_reader *reader, struct error *error)
{
    struct shape shape = { 0 };
    const int32_t version = bytes_read_int32(reader);

    bytes_read(reader, &shape, sizeof shape);
    const int32_t epochs = bytes_read_int32(reader), best_epoch = bytes_read_int32(reader);
    if (reader->failed || version != BODY_VERSION || !shape_is_sound(&shape, dataset) ||
        epochs < 0 || epochs > 10000 || best_epoch < 0 || best_epoch > epochs) {
        model_refuse(reader, error, "attention");
        return NULL;
    }
    struct attention *attention = attention_new(dataset, parameters, &shape, epochs, error);
    if (!attention) return NULL;
    attention->best_epoch = best_epoch;
    bytes_read(reader, attention->loss_curve, (size_t)epochs * sizeof(double));
    bytes_read(reader, attention->ndcg_curve, (size_t)epochs * sizeof(double));
    bytes_read(reader, attention->memory, attention->network.n * sizeof(float));
    if (reader->failed || !all_finite(attention->memory, attention->network.n))
        model_refuse(reader, error, "attention");
    else if (attention_ready(attention, error))
        return (struct model *)attention;
    attention_release((struct model *)attention);
    return NULL;
}

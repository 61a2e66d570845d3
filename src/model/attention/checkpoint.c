/* checkpoint.c - the state of a training as bytes: with the same data and settings, what follows
 * has the same bits as if it had never stopped. Random numbers need no state: they depend on seed,
 * epoch and step.
 */
#include "trainer.h"

#include <math.h>
#include <stddef.h>

enum { CHECKPOINT_VERSION = 1 };

/* Everything that settings and data fix; a difference says that the checkpoint is another's. */
static uint64_t identity(const struct trainer *trainer)
{
    const struct settings *s = &trainer->settings;
    const int64_t whole[] = { s->loss,
                              s->negatives,
                              s->draw,
                              s->batch,
                              s->warm_up,
                              s->epochs,
                              s->patience,
                              trainer->n_trained,
                              trainer->n_rows,
                              (int64_t)s->seed,
                              trainer->kernels->width,
                              s->windows };
    const double parts[] = { s->dropout, s->lr, s->lr_final, s->weight_decay, s->beta2, s->ema };
    uint64_t sum = bytes_checksum(0, &s->shape, offsetof(struct shape, n_segments));

    sum = bytes_checksum(sum, whole, sizeof whole);
    sum = bytes_checksum(sum, parts, sizeof parts);
    if (trainer->words.n_items > 0)
        sum =
            bytes_checksum(sum, trainer->words.token,
                           (size_t)trainer->words.offset[trainer->words.n_items] * sizeof(int32_t));
    if (s->shape.n_segments > 0) {
        const struct segment_membership *segment_membership = &trainer->segment_membership;
        const int32_t user_token[] = { s->shape.n_segments, s->user_token };
        sum = bytes_checksum(sum, user_token, sizeof user_token);
        sum = bytes_checksum(sum, segment_membership->segment,
                             (size_t)segment_membership->start[trainer->sequences->n] *
                                 sizeof(int32_t));
    }
    return sum;
}

static size_t parameters_bytes(const struct trainer *trainer)
{
    return (size_t)(trainer->settings.ema > 0 ? 5 : 4) * trainer->weights.n * sizeof(float);
}

bool trainer_write(const void *state, struct byte_writer *writer)
{
    const struct trainer *trainer = state;
    const size_t curve = (size_t)trainer->epoch * sizeof(double);

    bytes_write_int32(writer, CHECKPOINT_VERSION);
    bytes_write_int64(writer, (int64_t)identity(trainer));
    bytes_write_int32(writer, trainer->epoch);
    bytes_write_int32(writer, trainer->best_epoch);
    bytes_write_int64(writer, trainer->step);
    bytes_write_double(writer, trainer->best_ndcg);
    bytes_write(writer, trainer->loss_curve, curve);
    bytes_write(writer, trainer->ndcg_curve, curve);
    bytes_write(writer, trainer->parameters, parameters_bytes(trainer));
    return !writer->failed;
}

bool trainer_read(void *state, struct byte_reader *reader)
{
    struct trainer *trainer = state;

    if (bytes_read_int32(reader) != CHECKPOINT_VERSION ||
        (uint64_t)bytes_read_int64(reader) != identity(trainer))
        return false;
    trainer->epoch = bytes_read_int32(reader);
    trainer->best_epoch = bytes_read_int32(reader);
    trainer->step = bytes_read_int64(reader);
    trainer->best_ndcg = bytes_read_double(reader);
    if (reader->failed || trainer->epoch < 0 || trainer->epoch > trainer->settings.epochs ||
        trainer->best_epoch < 0 || trainer->best_epoch > trainer->epoch)
        return false;
    bytes_read(reader, trainer->loss_curve, (size_t)trainer->epoch * sizeof(double));
    bytes_read(reader, trainer->ndcg_curve, (size_t)trainer->epoch * sizeof(double));
    bytes_read(reader, trainer->parameters, parameters_bytes(trainer));
    bool sound = !reader->failed && model_number_is_sound(trainer->best_ndcg);
    for (size_t i = 0; sound && i < parameters_bytes(trainer) / sizeof(float); i++)
        sound = model_number_is_sound((double)trainer->parameters[i]);
    return sound;
}

#include "training.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static double loss_with(struct trainer *trainer, float *weight, float value)
{
    const float before = *weight;
    double loss;
    *weight = value;
    assert_true(trainer_gradient(trainer, &loss));
    *weight = before;
    return loss;
}

void training_assert_slope(struct trainer *trainer, float *weight, double gradient, double largest)
{
    const float step = 0.0007F, at = *weight; /* nearer than the kinks of max(0, x) */
    const double above = loss_with(trainer, weight, at + step);
    const double below = loss_with(trainer, weight, at - step);
    const double slope = (above - below) / (double)((at + step) - (at - step));
    if (fabs(slope - gradient) > 0.05 * fabs(slope) + 0.03 * largest)
        fail_msg("gradient %g, slope %g (largest %g)", gradient, slope, largest);
}

static bool keep(void *context, bool (*write)(const void *, struct byte_writer *), const void *what,
                 struct error *error)
{
    struct stop *stop = context;
    struct byte_writer writer;
    stop->tape.length = 0;
    bytes_write_open(&writer, tape_put, &stop->tape, error);
    return write(what, &writer) && bytes_write_close(&writer);
}

static bool resume(void *context, bool (*read)(void *, struct byte_reader *), void *what)
{
    struct stop *stop = context;
    struct byte_reader reader;
    if (!stop->tape.bytes) return false;
    stop->tape.at = 0;
    bytes_read_open(&reader, tape_get, &stop->tape, NULL);
    return read(what, &reader) && bytes_read_close(&reader);
}

static void watch(void *context, int32_t round, double loss, double quality)
{
    struct stop *stop = context;
    assert_true(loss > 0 && quality >= 0);
    assert_true(round > 0);
    if (++stop->rounds == stop->after) progress_cancel(&stop->progress);
}

struct training_hooks stop_hooks(struct stop *stop)
{
    return (
        struct training_hooks){ .context = stop, .watch = watch, .keep = keep, .resume = resume };
}

/* loss.c - the loss of a micro-batch and its gradients, tile by tile.
 *
 * Softmax cross-entropy over all candidates, never with (rows x candidates) floats in memory: a
 * tile of rows gets its scores, exponentials, loss and both gradients while it is in the cache,
 * and is forgotten. With e = exp(score - max) and s = share / sum(e):
 *
 *     dh = s (e E) - share E[target],   dE = e^T (s h), dE[target] -= share h
 *
 * Where candidates are a sample (Bengio and Senécal 2008), each has log(1 / its chance to be in it)
 * added to its score, so that the sum estimates that of all items; the target is always among them.
 */
#include "network.h"

#include <math.h>
#include <string.h>

int32_t panels_width(const struct float_kernels *kernels, int32_t n_candidates)
{
    /* Rows of scores are padded, whatever the panels' width. */
    return (padded(n_candidates) + kernels->panel - 1) / kernels->panel * kernels->panel;
}

void panels_fill(const struct float_kernels *kernels, const float *table, int32_t width,
                 int32_t n_candidates, int32_t first_panel, int32_t last_panel, float *panels)
{
    const int32_t panel = kernels->panel;

    for (int32_t p = first_panel; p < last_panel; p++) {
        float *to = panels + (size_t)p * (size_t)panel * (size_t)width;
        const int32_t from = p * panel;
        const int32_t left = n_candidates > from ? n_candidates - from : 0;
        const int32_t n = left < panel ? left : panel;
        if (n < panel) memset(to, 0, (size_t)panel * (size_t)width * sizeof *to);
        if (n == 0) continue;
        kernels->transpose(n, width, table + (size_t)from * (size_t)width, (size_t)width, to,
                           (size_t)panel);
    }
}

/* A tile of rows while it is in the cache. */
struct tile {
    const struct pass *pass;
    int32_t rows, first; /* first: in the batch */
    int32_t candidates, row_length;
    const float *h;
    float *dh, *scores, *scaled, *context; /* context (rows, width) */
    struct network *gradient;
};

static void tile_scores(const struct tile *tile)
{
    const struct float_kernels *k = tile->pass->kernels;
    const int32_t d = tile->pass->network->shape.width;
    const struct product product = { .m = tile->rows,
                                     .n = tile->row_length,
                                     .k = d,
                                     .a = tile->h,
                                     .a_row = (size_t)d,
                                     .a_step = 1,
                                     .b = tile->pass->panels,
                                     .b_step = (size_t)k->panel,
                                     .b_panel = (size_t)k->panel * (size_t)d,
                                     .c = tile->scores,
                                     .c_row = (size_t)tile->row_length,
                                     .bias = tile->pass->offset };
    k->matmul(&product);
}

/* One row: scores to exponentials, scaled h, and the target's own part of the gradients, which
 * waits in dh for the others'. *factor = s. Returns the loss. */
static double row_loss(const struct tile *tile, int32_t i, float *factor)
{
    const struct pass *pass = tile->pass;
    const struct float_kernels *k = pass->kernels;
    const int32_t d = pass->network->shape.width, target = pass->batch->target[tile->first + i];
    const float *h = tile->h + (size_t)i * (size_t)d;
    const float *vector = pass->table + (size_t)target * (size_t)d;
    float *scores = tile->scores + (size_t)i * (size_t)tile->row_length;
    float max, at_target, own = 1;

    if (pass->offset) {
        at_target = k->dot(d, h, vector);
        if (target < tile->candidates) scores[target] = -INFINITY; /* it must not count twice */
    } else {
        at_target = scores[target];
    }
    double sum = (double)k->exponentials(tile->candidates, tile->row_length, scores, &max);
    if (pass->offset) {
        const double e = exp((double)(at_target - max));
        sum += e;
        own = (float)(1 - e / sum);
    }
    *factor = (float)((double)pass->share / sum);
    k->scale(d, *factor, h, tile->scaled + (size_t)i * (size_t)d);
    k->scale(d, -pass->share * own, vector, tile->dh + (size_t)i * (size_t)d);
    k->add_scaled(d, -pass->share * own, h, tile->gradient->item + (size_t)target * (size_t)d);
    return (log(sum) + (double)(max - at_target)) * (double)pass->share;
}

static void tile_gradients(const struct tile *tile)
{
    const struct float_kernels *k = tile->pass->kernels;
    const int32_t d = tile->pass->network->shape.width;
    struct product product = { .m = tile->rows,
                               .n = d,
                               .k = tile->candidates,
                               .a = tile->scores,
                               .a_row = (size_t)tile->row_length,
                               .a_step = 1,
                               .b = tile->pass->table,
                               .b_step = (size_t)d,
                               .b_panel = (size_t)k->panel,
                               .c = tile->context,
                               .c_row = (size_t)d };
    k->matmul(&product);
    product = (struct product){ .m = tile->candidates,
                                .n = d,
                                .k = tile->rows,
                                .a = tile->scores,
                                .a_row = 1,
                                .a_step = (size_t)tile->row_length,
                                .b = tile->scaled,
                                .b_step = (size_t)d,
                                .b_panel = (size_t)k->panel,
                                .c = tile->gradient->item,
                                .c_row = (size_t)d,
                                .add = true };
    k->matmul(&product);
}

double loss_softmax(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                    struct network *gradient)
{
    const struct batch *batch = pass->batch;
    const struct float_kernels *k = pass->kernels;
    const int32_t d = pass->network->shape.width, rows_max = loss_tile_rows(pass->n_candidates);
    const int32_t first = batch->start[batch->micro_batch[micro_batch]];
    const int32_t rows = batch->start[batch->micro_batch[micro_batch + 1]] - first;
    float factor[LOSS_ROWS_MAX];
    double loss = 0;

    for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += rows_max) {
        const size_t at = (size_t)row * (size_t)d;
        const struct tile tile = { .pass = pass,
                                   .rows = rows - row < rows_max ? rows - row : rows_max,
                                   .first = first + row,
                                   .candidates = pass->n_candidates,
                                   .row_length = padded(pass->n_candidates),
                                   .h = activations->h + at,
                                   .dh = activations->dh + at,
                                   .scores = activations->scores,
                                   .scaled = activations->scaled,
                                   .context = activations->scratch_width,
                                   .gradient = gradient };
        tile_scores(&tile);
        for (int32_t i = 0; i < tile.rows; i++)
            loss += row_loss(&tile, i, &factor[i]);
        tile_gradients(&tile);
        for (int32_t i = 0; i < tile.rows; i++)
            k->add_scaled(d, factor[i], tile.context + (size_t)i * (size_t)d,
                          tile.dh + (size_t)i * (size_t)d);
    }
    return loss;
}

/* ------------------------------------------------------------------------------------- pairwise */

/* log(1 + e^x), and its slope. */
static double softplus(double x, double *slope)
{
    const double e = exp(-fabs(x)); /* 1 at most */

    *slope = (x > 0 ? 1 : e) / (1 + e);
    return (x > 0 ? x : 0) + log(1 + e);
}

/* Binary cross-entropy of what came next against one item that did not (SASRec). */
double loss_pairwise(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                     struct network *gradient)
{
    const struct batch *batch = pass->batch;
    const struct float_kernels *k = pass->kernels;
    const int32_t d = pass->network->shape.width;
    const int32_t first = batch->start[batch->micro_batch[micro_batch]],
                  end = batch->start[batch->micro_batch[micro_batch + 1]];
    double loss = 0, right, negative;

    for (int32_t row = first; row < end; row++) {
        const size_t at = (size_t)(row - first) * (size_t)d;
        const size_t to = (size_t)batch->target[row] * (size_t)d;
        const size_t away = (size_t)batch->negative[row] * (size_t)d;
        const float *h = activations->h + at;
        loss += softplus(-(double)k->dot(d, h, pass->table + to), &right) +
                softplus((double)k->dot(d, h, pass->table + away), &negative);
        const float pull = -(float)right * pass->share, push = (float)negative * pass->share;
        k->scale(d, pull, pass->table + to, activations->dh + at);
        k->add_scaled(d, push, pass->table + away, activations->dh + at);
        k->add_scaled(d, pull, h, gradient->item + to);
        k->add_scaled(d, push, h, gradient->item + away);
    }
    return loss * (double)pass->share;
}

/* attend.c - causal multi-head scaled dot-product attention, and its way back.
 *
 *     P = softmax(Q K^T / sqrt(d_head)) over the events up to each,  mixed = dropout(P) V
 *
 * For each sequence and head. Rows are taken in strips, and a strip computes no column that lies
 * behind its last row: a little over half of the square. P is kept for the way back, where
 *
 *     dV = dropout(P)^T dO,  dP = dropout(dO V^T),  dS = P (dP - dO . O) / sqrt(d_head),
 *     dQ = dS K,  dK = dS^T Q
 */
#include "network.h"

#include <math.h>
#include <string.h>

/* One sequence and head. */
struct head {
    const struct attention_kernels *kernels;
    int32_t n, row_length; /* events, and n padded */
    int32_t from;          /* the first event that looks */
    int32_t width;         /* of the head */
    size_t step, narrow;   /* from a row of qkv, of a (rows, width) matrix, to the next */
    const float *q, *k, *v;
    float *probability; /* (n, row_length) */
    float scale;
    struct dropout dropout;
    int64_t first; /* number of the first row of the sequence in the batch */
    int32_t heads, number;
    float *turned, *strip, *drops;
};

/* C (m, n) = or += A B, with B's rows plain. */
static void multiply(const struct head *head, int32_t m, int32_t n, int32_t k, const float *a,
                     size_t a_row, size_t a_step, const float *b, size_t b_step, float *c,
                     size_t c_row, bool add)
{
    const struct product product = { .m = m,
                                     .n = n,
                                     .k = k,
                                     .a = a,
                                     .a_row = a_row,
                                     .a_step = a_step,
                                     .b = b,
                                     .b_step = b_step,
                                     .b_panel = (size_t)head->kernels->panel,
                                     .c = c,
                                     .c_row = c_row,
                                     .add = add };
    head->kernels->multiply(&product);
}

/* turned (width, row_length) = x (n, width) transposed, zeros behind. */
static void turn(const struct head *head, const float *x)
{
    const int32_t n = head->n, length = head->row_length;

    head->kernels->transpose(n, head->width, x, head->step, head->turned, (size_t)length);
    for (int32_t c = 0; n < length && c < head->width; c++)
        memset(head->turned + (size_t)c * (size_t)length + n, 0,
               (size_t)(length - n) * sizeof(float));
}

/* The strip's probabilities after dropout: themselves where nothing is dropped. */
static const float *dropped(const struct head *head, int32_t row, int32_t rows, int32_t columns)
{
    const float *p = head->probability + (size_t)row * (size_t)head->row_length;

    if (head->dropout.threshold == 0) return p;
    for (int32_t i = 0; i < rows; i++)
        head->kernels->drop(1, columns, &head->dropout,
                            (head->first + row + i) * head->heads + head->number,
                            p + (size_t)i * (size_t)head->row_length,
                            head->drops + (size_t)i * (size_t)head->row_length);
    return head->drops;
}

static void forward_head(const struct head *head, float *mixed)
{
    const size_t length = (size_t)head->row_length;

    turn(head, head->k);
    for (int32_t row = head->from; row < head->n; row += STRIP) {
        const int32_t rows = head->n - row < STRIP ? head->n - row : STRIP;
        const int32_t seen = row + rows, columns = padded(seen);
        float *p = head->probability + (size_t)row * length;
        multiply(head, rows, columns, head->width, head->q + (size_t)row * head->step, head->step,
                 1, head->turned, length, p, length, false);
        for (int32_t i = 0; i < rows; i++)
            head->kernels->softmax(row + i + 1, columns, head->scale, p + (size_t)i * length);
        multiply(head, rows, head->width, seen, dropped(head, row, rows, columns), length, 1,
                 head->v, head->step, mixed + (size_t)row * head->narrow, head->narrow, false);
    }
}

/* dq, dk, dv have the layout of q, k, v and are 0; d_mixed and mixed that of mixed. */
static void backward_head(const struct head *head, const float *mixed, const float *d_mixed,
                          float *dq, float *dk, float *dv)
{
    const size_t length = (size_t)head->row_length, step = head->step;

    turn(head, head->v);
    for (int32_t row = 0; row < head->n; row += STRIP) {
        const int32_t rows = head->n - row < STRIP ? head->n - row : STRIP;
        const int32_t seen = row + rows, columns = padded(seen);
        const float *p = head->probability + (size_t)row * length;
        const float *d_out = d_mixed + (size_t)row * head->narrow;
        multiply(head, seen, head->width, rows, dropped(head, row, rows, columns), 1, length, d_out,
                 head->narrow, dv, step, true);
        multiply(head, rows, columns, head->width, d_out, head->narrow, 1, head->turned, length,
                 head->strip, length, false);
        for (int32_t i = 0; i < rows; i++) {
            float *dp = head->strip + (size_t)i * length;
            const size_t at = (size_t)(row + i) * head->narrow;
            const float dot = head->kernels->dot(head->width, d_mixed + at, mixed + at);
            if (head->dropout.threshold)
                head->kernels->drop(1, columns, &head->dropout,
                                    (head->first + row + i) * head->heads + head->number, dp, dp);
            head->kernels->softmax_back(columns, head->scale, dot, p + (size_t)i * length, dp);
        }
        multiply(head, rows, head->width, seen, head->strip, length, 1, head->k, step,
                 dq + (size_t)row * step, step, false);
        multiply(head, seen, head->width, rows, head->strip, 1, length,
                 head->q + (size_t)row * step, step, dk, step, true);
    }
}

/* Calls for each sequence and head of the pack: forth, or back where d_mixed is given. */
static void each_head(const struct pass *pass, struct activations *activations, int32_t pack,
                      int32_t b, const float *d_mixed, float *d_qkv)
{
    const struct batch *batch = pass->batch;
    const struct shape *shape = &pass->network->shape;
    struct block_activations *a = &activations->block[b];
    const int32_t first = batch->start[batch->pack[pack]];
    const size_t d = (size_t)shape->width;
    struct head head = { .kernels = pass->kernels,
                         .width = shape->width / shape->heads,
                         .step = 3 * d,
                         .narrow = d,
                         .dropout = pass_dropout(pass, b, DROP_PROBABILITY),
                         .heads = shape->heads,
                         .probability = a->probability,
                         .turned = activations->turned,
                         .strip = activations->strip,
                         .drops = activations->drops };

    head.scale = 1 / sqrtf((float)head.width);
    for (int32_t s = batch->pack[pack]; s < batch->pack[pack + 1]; s++) {
        if (progress_cancelled(pass->progress)) return;
        const size_t row = (size_t)(batch->start[s] - first);
        head.first = batch->start[s];
        head.n = batch->start[s + 1] - batch->start[s];
        head.row_length = padded(head.n);
        head.from = pass->ends && b + 1 == shape->blocks ? head.n - 1 : 0;
        for (head.number = 0; head.number < shape->heads; head.number++) {
            const size_t column = (size_t)head.number * (size_t)head.width;
            const size_t at = row * 3 * d + column, narrow_at = row * d + column;
            head.q = a->qkv + at;
            head.k = head.q + d;
            head.v = head.k + d;
            if (d_mixed)
                backward_head(&head, a->mixed + narrow_at, d_mixed + narrow_at, d_qkv + at,
                              d_qkv + at + d, d_qkv + at + 2 * d);
            else
                forward_head(&head, a->mixed + narrow_at);
            head.probability += (size_t)head.n * (size_t)head.row_length;
        }
    }
}

void attention_forward(const struct pass *pass, struct activations *activations, int32_t pack,
                       int32_t block)
{
    each_head(pass, activations, pack, block, NULL, NULL);
}

void attention_backward(const struct pass *pass, struct activations *activations, int32_t pack,
                        int32_t block)
{
    const struct batch *batch = pass->batch;
    const int32_t rows = batch->start[batch->pack[pack + 1]] - batch->start[batch->pack[pack]];

    memset(activations->wide, 0,
           (size_t)rows * 3 * (size_t)pass->network->shape.width * sizeof(float));
    each_head(pass, activations, pack, block, activations->narrow, activations->wide);
}

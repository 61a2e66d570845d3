/* attend.c - causal multi-head scaled dot-product attention, and its gradient.
 *
 *     P = softmax(Q K^T / sqrt(d_head)) over the events up to each,  context = dropout(P) V
 *
 * For each sequence and head. Rows are taken in blocks, and a block computes no column after its
 * last row (causal mask): a little over half of the square. P is kept for the backward pass, where
 *
 *     dV = dropout(P)^T dO,  dP = dropout(dO V^T),  dS = P (dP - dO . O) / sqrt(d_head),
 *     dQ = dS K,  dK = dS^T Q
 */
#include "network.h"

#include <math.h>
#include <string.h>

/* One sequence and head. */
struct head {
    const struct float_kernels *kernels;
    int32_t n, row_length;      /* events, and n padded */
    int32_t from;               /* the first query row */
    int32_t width;              /* of the head */
    size_t step, scratch_width; /* from a row of qkv, of a (rows, width) matrix, to the next */
    const float *q, *k, *v;
    float *probability; /* (n, row_length) */
    float scale;
    struct dropout dropout;
    int64_t first; /* number of the first row of the sequence in the batch */
    int32_t heads, number;
    float *transposed_keys, *score_rows, *dropout_rows;
};

/* C (m, n) = or += A B, with B's rows plain. */
static void matmul(const struct head *head, int32_t m, int32_t n, int32_t k, const float *a,
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
    head->kernels->matmul(&product);
}

/* transposed_keys (width, row_length) = x (n, width) transposed, padded with zeros. */
static void turn(const struct head *head, const float *x)
{
    const int32_t n = head->n, length = head->row_length;

    head->kernels->transpose(n, head->width, x, head->step, head->transposed_keys, (size_t)length);
    for (int32_t c = 0; n < length && c < head->width; c++)
        memset(head->transposed_keys + (size_t)c * (size_t)length + n, 0,
               (size_t)(length - n) * sizeof(float));
}

/* The block's probabilities after dropout. */
static const float *dropped(const struct head *head, int32_t row, int32_t rows, int32_t columns)
{
    const float *p = head->probability + (size_t)row * (size_t)head->row_length;

    if (head->dropout.threshold == 0) return p;
    for (int32_t i = 0; i < rows; i++)
        head->kernels->drop(1, columns, &head->dropout,
                            (head->first + row + i) * head->heads + head->number,
                            p + (size_t)i * (size_t)head->row_length,
                            head->dropout_rows + (size_t)i * (size_t)head->row_length);
    return head->dropout_rows;
}

static void forward_head(const struct head *head, float *context)
{
    const size_t length = (size_t)head->row_length;

    turn(head, head->k);
    for (int32_t row = head->from; row < head->n; row += SCORE_ROWS) {
        const int32_t rows = head->n - row < SCORE_ROWS ? head->n - row : SCORE_ROWS;
        const int32_t seen = row + rows, columns = padded(seen);
        float *p = head->probability + (size_t)row * length;
        matmul(head, rows, columns, head->width, head->q + (size_t)row * head->step, head->step, 1,
               head->transposed_keys, length, p, length, false);
        for (int32_t i = 0; i < rows; i++)
            head->kernels->softmax(row + i + 1, columns, head->scale, p + (size_t)i * length);
        matmul(head, rows, head->width, seen, dropped(head, row, rows, columns), length, 1, head->v,
               head->step, context + (size_t)row * head->scratch_width, head->scratch_width, false);
    }
}

/* dq, dk, dv have the layout of q, k, v and are 0; d_context and context that of the attention
 * output. */
static void backward_head(const struct head *head, const float *context, const float *d_context,
                          float *dq, float *dk, float *dv)
{
    const size_t length = (size_t)head->row_length, step = head->step;

    turn(head, head->v);
    for (int32_t row = 0; row < head->n; row += SCORE_ROWS) {
        const int32_t rows = head->n - row < SCORE_ROWS ? head->n - row : SCORE_ROWS;
        const int32_t seen = row + rows, columns = padded(seen);
        const float *p = head->probability + (size_t)row * length;
        const float *d_out = d_context + (size_t)row * head->scratch_width;
        matmul(head, seen, head->width, rows, dropped(head, row, rows, columns), 1, length, d_out,
               head->scratch_width, dv, step, true);
        matmul(head, rows, columns, head->width, d_out, head->scratch_width, 1,
               head->transposed_keys, length, head->score_rows, length, false);
        for (int32_t i = 0; i < rows; i++) {
            float *dp = head->score_rows + (size_t)i * length;
            const size_t at = (size_t)(row + i) * head->scratch_width;
            const float dot = head->kernels->dot(head->width, d_context + at, context + at);
            if (head->dropout.threshold)
                head->kernels->drop(1, columns, &head->dropout,
                                    (head->first + row + i) * head->heads + head->number, dp, dp);
            head->kernels->softmax_backward(columns, head->scale, dot, p + (size_t)i * length, dp);
        }
        matmul(head, rows, head->width, seen, head->score_rows, length, 1, head->k, step,
               dq + (size_t)row * step, step, false);
        matmul(head, seen, head->width, rows, head->score_rows, 1, length,
               head->q + (size_t)row * step, step, dk, step, true);
    }
}

/* Runs each sequence and head of the micro-batch: forward, or backward where d_context is given. */
static void each_head(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                      int32_t b, const float *d_context, float *d_qkv)
{
    const struct batch *batch = pass->batch;
    const struct shape *shape = &pass->network->shape;
    struct block_activations *a = &activations->block[b];
    const int32_t first = batch->start[batch->micro_batch[micro_batch]];
    const size_t d = (size_t)shape->width;
    struct head head = { .kernels = pass->kernels,
                         .width = shape->width / shape->heads,
                         .step = 3 * d,
                         .scratch_width = d,
                         .dropout = pass_dropout(pass, b, DROP_PROBABILITY),
                         .heads = shape->heads,
                         .probability = a->probability,
                         .transposed_keys = activations->transposed_keys,
                         .score_rows = activations->score_rows,
                         .dropout_rows = activations->dropout_rows };

    head.scale = 1 / sqrtf((float)head.width);
    for (int32_t s = batch->micro_batch[micro_batch]; s < batch->micro_batch[micro_batch + 1];
         s++) {
        if (progress_cancelled(pass->progress)) return;
        const size_t row = (size_t)(batch->start[s] - first);
        head.first = batch->start[s];
        head.n = batch->start[s + 1] - batch->start[s];
        head.row_length = padded(head.n);
        head.from = pass->ends && b + 1 == shape->blocks ? head.n - 1 : 0;
        for (head.number = 0; head.number < shape->heads; head.number++) {
            const size_t column = (size_t)head.number * (size_t)head.width;
            const size_t at = row * 3 * d + column, scratch_at = row * d + column;
            head.q = a->qkv + at;
            head.k = head.q + d;
            head.v = head.k + d;
            if (d_context)
                backward_head(&head, a->context + scratch_at, d_context + scratch_at, d_qkv + at,
                              d_qkv + at + d, d_qkv + at + 2 * d);
            else
                forward_head(&head, a->context + scratch_at);
            head.probability += (size_t)head.n * (size_t)head.row_length;
        }
    }
}

void attention_forward(const struct pass *pass, struct activations *activations,
                       int32_t micro_batch, int32_t block)
{
    each_head(pass, activations, micro_batch, block, NULL, NULL);
}

void attention_backward(const struct pass *pass, struct activations *activations,
                        int32_t micro_batch, int32_t block)
{
    const struct batch *batch = pass->batch;
    const int32_t rows = batch->start[batch->micro_batch[micro_batch + 1]] -
                         batch->start[batch->micro_batch[micro_batch]];

    memset(activations->wide, 0,
           (size_t)rows * 3 * (size_t)pass->network->shape.width * sizeof(float));
    each_head(pass, activations, micro_batch, block, activations->scratch_width, activations->wide);
}

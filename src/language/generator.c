/* generator.c - running a decoder: up to BATCH tokens at a time through all layers. */
#include "generator_private.h"
#include "team.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32, ROWS = 32 /* of a matrix, taken by a thread at once */ };

struct generator_session {
    const struct generator *generator;
    const struct dot_kernels *kernels;
    struct team *team;
    int32_t capacity, length;
    bool has_hidden;              /* `hidden` is of the last token */
    float *keys, *values;         /* (n_layers, n_kv_heads, capacity, head_width) each */
    float *x, *normed;            /* (BATCH, width) */
    float *queries, *attended;    /* (BATCH, n_heads head_width) */
    float *new_keys, *new_values; /* (BATCH, n_kv_heads head_width) */
    float *gate, *up;             /* (BATCH, ffn_width) */
    float *hidden;                /* (width) of the last token, normed: what logits are made of */
    float *logits;                /* (n_tokens) scratch of likelihoods */
    float *scores;                /* (threads, capacity) */
    float *row;                   /* (threads, row_width) a row of weights as floats */
    int32_t row_width;            /* the longest row */
    float *turns;                 /* (BATCH, rotary_width) cosine and sine by turns */
    struct dot_block *packed;     /* (BATCH, row_width / 32 + 1) */
};

int32_t generator_session_length(const struct generator_session *session)
{
    return session->length;
}

void generator_session_rewind(struct generator_session *session, int32_t n)
{
    if (n < session->length) session->has_hidden = false;
    session->length = n;
}

/* ---- products ------------------------------------------------------------------------------ */

/* y = W x for n vectors and one to three matrices that stand one above the other. gated: of two
 * matrices, y0 = silu(y0) * y1. */
struct generator_product {
    struct generator_session *session;
    int32_t n, columns, n_matrices;
    const struct tensor *matrix[3];
    const float *x; /* (n, columns) */
    float *y[3];    /* (n, rows of the matrix) */
    bool gated;
    const int32_t *rows; /* of one matrix: which; NULL = all */
};

static bool is_packed(enum tensor_type type)
{
    return type == TENSOR_Q8_0 || type == TENSOR_Q4_0 || type == TENSOR_Q4_1;
}

/* One row of one matrix with all vectors. */
static void product_row(const struct generator_product *product, int which, int64_t row, float *y,
                        size_t y_stride, int worker)
{
    struct generator_session *session = product->session;
    const struct dot_kernels *kernels = session->kernels;
    const struct tensor *matrix = product->matrix[which];
    const int32_t k = product->columns;
    const void *weights =
        (const char *)matrix->data + (size_t)row * tensor_row_bytes(matrix->type, k);
    if (is_packed(matrix->type)) {
        const size_t stride = (size_t)k / 32;
        for (int32_t i = 0; i < product->n; i += DOT_VECTORS) {
            const int count = product->n - i < DOT_VECTORS ? product->n - i : DOT_VECTORS;
            const struct dot_block *x = session->packed + (size_t)i * stride;
            float out[DOT_VECTORS];
            if (matrix->type == TENSOR_Q8_0)
                kernels->q8_0(k, weights, x, stride, count, out);
            else if (matrix->type == TENSOR_Q4_0)
                kernels->q4_0(k, weights, x, stride, count, out);
            else
                kernels->q4_1(k, weights, x, stride, count, out);
            for (int v = 0; v < count; v++)
                y[(size_t)(i + v) * y_stride] = out[v];
        }
        return;
    }
    const float *floats = weights;
    if (matrix->type != TENSOR_F32 && matrix->type != TENSOR_F16) {
        float *scratch = session->row + (size_t)worker * (size_t)session->row_width;
        tensor_read_row(matrix, row, scratch);
        floats = scratch;
    }
    for (int32_t i = 0; i < product->n; i++) {
        const float *x = product->x + (size_t)i * (size_t)k;
        y[(size_t)i * y_stride] =
            matrix->type == TENSOR_F16 ? kernels->f16(k, weights, x) : kernels->f32(k, floats, x);
    }
}

static void product_block(void *context, size_t begin, size_t end, int worker)
{
    const struct generator_product *product = context;
    for (size_t at = begin; at < end; at++) {
        size_t row = at;
        int which = 0;
        while (!product->gated && which + 1 < product->n_matrices &&
               row >= (size_t)tensor_rows(product->matrix[which]))
            row -= (size_t)tensor_rows(product->matrix[which++]);
        const size_t stride = (size_t)tensor_rows(product->matrix[which]);
        const int64_t source = product->rows ? product->rows[row] : (int64_t)row;
        product_row(product, which, source, product->y[which] + row, stride, worker);
        if (!product->gated) continue;
        product_row(product, 1, source, product->y[1] + row, stride, worker);
        for (int32_t i = 0; i < product->n; i++) {
            float *gate = product->y[0] + row + (size_t)i * stride;
            *gate = *gate / (1 + expf(-*gate)) * product->y[1][row + (size_t)i * stride];
        }
    }
}

static void product_run(struct generator_product *product, size_t n_rows)
{
    struct generator_session *session = product->session;
    bool packed = false;
    for (int i = 0; i < product->n_matrices; i++)
        packed = packed || is_packed(product->matrix[i]->type);
    for (int32_t i = 0; packed && i < product->n; i++)
        session->kernels->pack(product->columns, product->x + (size_t)i * (size_t)product->columns,
                               session->packed + (size_t)i * (size_t)(product->columns / 32));
    team_run(session->team, n_rows, ROWS, product_block, product);
}

/* y (n, rows) = W x (n, columns) */
static void multiply(struct generator_session *session, const struct tensor *matrix, const float *x,
                     int32_t n, float *y)
{
    struct generator_product product = { .session = session,
                                         .n = n,
                                         .columns = (int32_t)tensor_columns(matrix),
                                         .n_matrices = 1,
                                         .matrix = { matrix },
                                         .x = x,
                                         .y = { y } };
    product_run(&product, (size_t)tensor_rows(matrix));
}

/* ---- layers -------------------------------------------------------------------------------- */

/* y = x / sqrt(mean square + epsilon) * gain, rows (n, d). */
static void rms_norm(int32_t n, int32_t d, float epsilon, const float *x, const float *gain,
                     float *y)
{
    for (int32_t i = 0; i < n; i++, x += d, y += d) {
        double sum = 0;
        for (int32_t j = 0; j < d; j++)
            sum += (double)x[j] * (double)x[j];
        const float inverse = 1 / sqrtf((float)(sum / d) + epsilon);
        for (int32_t j = 0; j < d; j++)
            y[j] = x[j] * inverse * gain[j];
    }
}

/* Cosines and sines of n positions from `position` on. */
static void make_turns(struct generator_session *session, int32_t position, int32_t n)
{
    const struct generator_shape *shape = &session->generator->shape;
    const float *factors = session->generator->rotary_factors;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < shape->rotary_width / 2; j++) {
            const double frequency =
                pow((double)shape->rotary_base, -2.0 * j / shape->rotary_width) /
                (factors ? (double)factors[j] : 1);
            const double angle = frequency * (position + i);
            float *turn = session->turns + (size_t)i * (size_t)shape->rotary_width + 2 * (size_t)j;
            turn[0] = (float)cos(angle);
            turn[1] = (float)sin(angle);
        }
}

/* Turns neighbouring pairs of each head's first rotary_width numbers (GGUF has them in that order).
 */
static void rotate(const struct generator_session *session, int32_t n, int32_t n_heads, float *x)
{
    const struct generator_shape *shape = &session->generator->shape;
    for (int32_t i = 0; i < n; i++) {
        const float *turn = session->turns + (size_t)i * (size_t)shape->rotary_width;
        for (int32_t head = 0; head < n_heads; head++, x += shape->head_width)
            for (int32_t j = 0; j < shape->rotary_width; j += 2) {
                const float a = x[j], b = x[j + 1];
                x[j] = a * turn[j] - b * turn[j + 1];
                x[j + 1] = a * turn[j + 1] + b * turn[j];
            }
    }
}

/* Where the keys (values) of a layer's head begin: (capacity, head_width). */
static size_t cache_at(const struct generator_session *session, int32_t layer, int32_t head)
{
    const struct generator_shape *shape = &session->generator->shape;
    return (((size_t)layer * (size_t)shape->n_kv_heads + (size_t)head) *
            (size_t)session->capacity) *
           (size_t)shape->head_width;
}

static void keep_keys(struct generator_session *session, int32_t layer, int32_t n)
{
    const struct generator_shape *shape = &session->generator->shape;
    const size_t width = (size_t)shape->head_width;
    for (int32_t head = 0; head < shape->n_kv_heads; head++) {
        const size_t to = cache_at(session, layer, head) + (size_t)session->length * width;
        for (int32_t i = 0; i < n; i++) {
            const size_t from = ((size_t)i * (size_t)shape->n_kv_heads + (size_t)head) * width;
            memcpy(session->keys + to + (size_t)i * width, session->new_keys + from,
                   width * sizeof(float));
            memcpy(session->values + to + (size_t)i * width, session->new_values + from,
                   width * sizeof(float));
        }
    }
}

struct attention_call {
    struct generator_session *session;
    int32_t layer;
};

/* softmax(q k / sqrt(head width)) v of one token and head after the other: their numbers are
 * token n_heads + head. */
static void attend(void *context, size_t begin, size_t end, int worker)
{
    const struct attention_call *call = context;
    struct generator_session *session = call->session;
    const struct generator_shape *shape = &session->generator->shape;
    const int32_t width = shape->head_width, group = shape->n_heads / shape->n_kv_heads;
    float *scores = session->scores + (size_t)worker * (size_t)session->capacity;
    for (size_t at = begin; at < end; at++) {
        const int32_t token = (int32_t)at / shape->n_heads, head = (int32_t)at % shape->n_heads;
        const size_t cache = cache_at(session, call->layer, head / group);
        const float *query = session->queries + at * (size_t)width;
        float *out = session->attended + at * (size_t)width;
        const int32_t n = session->length + token + 1;
        const float scale = 1 / sqrtf((float)width);
        float max = -INFINITY, sum = 0;
        for (int32_t i = 0; i < n; i++) {
            scores[i] =
                scale * session->kernels->f32(width, query,
                                              session->keys + cache + (size_t)i * (size_t)width);
            max = fmaxf(max, scores[i]);
        }
        for (int32_t i = 0; i < n; i++)
            sum += scores[i] = expf(scores[i] - max);
        memset(out, 0, (size_t)width * sizeof *out);
        for (int32_t i = 0; i < n; i++)
            session->kernels->add_scaled(width, scores[i] / sum,
                                         session->values + cache + (size_t)i * (size_t)width, out);
    }
}

static void run_layer(struct generator_session *session, int32_t at, int32_t n)
{
    const struct generator_shape *shape = &session->generator->shape;
    const struct generator_layer *layer = &session->generator->layers[at];
    const size_t size = (size_t)n * (size_t)shape->width;
    struct attention_call call = { session, at };
    struct generator_product in = {
        .session = session,
        .n = n,
        .columns = shape->width,
        .n_matrices = 3,
        .matrix = { layer->query, layer->key, layer->value },
        .x = session->normed,
        .y = { session->queries, session->new_keys, session->new_values },
    };
    struct generator_product gated = {
        .session = session,
        .n = n,
        .columns = shape->width,
        .n_matrices = 2,
        .matrix = { layer->gate, layer->up },
        .x = session->normed,
        .y = { session->gate, session->up },
        .gated = true,
    };
    rms_norm(n, shape->width, shape->epsilon, session->x, layer->attention_norm, session->normed);
    product_run(&in, (size_t)(shape->n_heads + 2 * shape->n_kv_heads) * (size_t)shape->head_width);
    rotate(session, n, shape->n_heads, session->queries);
    rotate(session, n, shape->n_kv_heads, session->new_keys);
    keep_keys(session, at, n);
    team_run(session->team, (size_t)n * (size_t)shape->n_heads, n > 1 ? 4 : 2, attend, &call);
    multiply(session, layer->output, session->attended, n, session->normed);
    session->kernels->add_scaled((int32_t)size, 1, session->normed, session->x);
    rms_norm(n, shape->width, shape->epsilon, session->x, layer->ffn_norm, session->normed);
    product_run(&gated, (size_t)shape->ffn_width);
    multiply(session, layer->down, session->gate, n, session->normed);
    session->kernels->add_scaled((int32_t)size, 1, session->normed, session->x);
}

/* ---- logits -------------------------------------------------------------------------------- */

void generator_logits(struct generator_session *session, const int32_t *ids, int32_t n,
                      float *logits)
{
    const struct tensor *output = session->generator->output;
    struct generator_product product = { .session = session,
                                         .n = 1,
                                         .columns = (int32_t)tensor_columns(output),
                                         .n_matrices = 1,
                                         .matrix = { output },
                                         .x = session->hidden,
                                         .y = { logits },
                                         .rows = ids };
    product_run(&product, ids ? (size_t)n : (size_t)session->generator->shape.n_tokens);
}

/* log softmax of one token after `hidden`. */
static double log_likelihood(struct generator_session *session, int32_t id)
{
    const int32_t n = session->generator->shape.n_tokens;
    float max = -INFINITY;
    double sum = 0;
    generator_logits(session, NULL, n, session->logits);
    for (int32_t i = 0; i < n; i++)
        max = fmaxf(max, session->logits[i]);
    for (int32_t i = 0; i < n; i++)
        sum += (double)expf(session->logits[i] - max);
    return (double)(session->logits[id] - max) - log(sum);
}

/* The final norm of token i of the batch. */
static void take_hidden(struct generator_session *session, int32_t i)
{
    const struct generator_shape *shape = &session->generator->shape;
    rms_norm(1, shape->width, shape->epsilon, session->x + (size_t)i * (size_t)shape->width,
             session->generator->output_norm, session->hidden);
    session->has_hidden = true;
}

static bool feed_batch(struct generator_session *session, const int32_t *ids, int32_t n,
                       double *likelihood, const struct progress *progress, struct error *error)
{
    const struct generator_shape *shape = &session->generator->shape;
    for (int32_t i = 0; i < n; i++)
        tensor_read_row(session->generator->embedding, ids[i],
                        session->x + (size_t)i * (size_t)shape->width);
    make_turns(session, session->length, n);
    for (int32_t layer = 0; layer < shape->n_layers; layer++) {
        if (progress_cancelled(progress)) return error_set(error, ERROR_CANCELLED, "cancelled");
        run_layer(session, layer, n);
    }
    if (likelihood) likelihood[0] = session->has_hidden ? log_likelihood(session, ids[0]) : 0;
    for (int32_t i = 1; likelihood && i < n; i++) {
        if (progress_cancelled(progress)) return error_set(error, ERROR_CANCELLED, "cancelled");
        take_hidden(session, i - 1);
        likelihood[i] = log_likelihood(session, ids[i]);
    }
    take_hidden(session, n - 1);
    session->length += n;
    return true;
}

bool generator_feed(struct generator_session *session, const int32_t *ids, int32_t n,
                    double *likelihood, const struct progress *progress, struct error *error)
{
    const int32_t before = session->length;
    if (n > session->capacity - session->length)
        return error_set(error, ERROR_INPUT,
                         "the text is too long for the model: %d tokens, of which %d fit",
                         (int)(session->length + n), (int)session->capacity);
    for (int32_t i = 0; i < n; i++)
        if (ids[i] < 0 || ids[i] >= session->generator->shape.n_tokens)
            return error_set(error, ERROR_INPUT, "there is no token %d", (int)ids[i]);
    for (int32_t at = 0; at < n; at += BATCH) {
        const int32_t count = n - at < BATCH ? n - at : BATCH;
        if (feed_batch(session, ids + at, count, likelihood ? likelihood + at : NULL, progress,
                       error))
            continue;
        session->length = before;
        session->has_hidden = false;
        return false;
    }
    return true;
}

/* ---- session ------------------------------------------------------------------------------- */

struct session_part {
    float **floats;
    size_t n;
};

static int32_t longest_row(const struct generator_shape *shape)
{
    const int32_t heads = shape->n_heads * shape->head_width;
    int32_t longest = shape->width > heads ? shape->width : heads;
    return shape->ffn_width > longest ? shape->ffn_width : longest;
}

/* The arrays of a session and their sizes. Returns how many there are. */
static int session_parts(struct generator_session *session, const struct generator_shape *shape,
                         int32_t capacity, int threads, struct session_part parts[16])
{
    const size_t heads = (size_t)shape->n_heads * (size_t)shape->head_width;
    const size_t kv = (size_t)shape->n_kv_heads * (size_t)shape->head_width;
    const size_t cache = (size_t)shape->n_layers * kv * (size_t)capacity;
    const size_t width = (size_t)shape->width, ffn = (size_t)shape->ffn_width;
    const struct session_part all[] = {
        { &session->keys, cache },
        { &session->values, cache },
        { &session->x, BATCH * width },
        { &session->normed, BATCH * width },
        { &session->queries, BATCH * heads },
        { &session->attended, BATCH * heads },
        { &session->new_keys, BATCH * kv },
        { &session->new_values, BATCH * kv },
        { &session->gate, BATCH * ffn },
        { &session->up, BATCH * ffn },
        { &session->hidden, width },
        { &session->logits, (size_t)shape->n_tokens },
        { &session->scores, (size_t)threads * (size_t)capacity },
        { &session->row, (size_t)threads * (size_t)longest_row(shape) },
        { &session->turns, BATCH * (size_t)shape->rotary_width },
    };
    memcpy(parts, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}

static size_t packed_blocks(const struct generator_shape *shape)
{
    return (size_t)BATCH * ((size_t)longest_row(shape) / 32 + 1);
}

size_t generator_session_memory(const struct generator_shape *shape, int32_t capacity, int threads)
{
    struct generator_session none = { 0 };
    struct session_part parts[16];
    size_t bytes = packed_blocks(shape) * sizeof(struct dot_block);
    if (threads <= 0) threads = parallel_threads();
    const int n = session_parts(&none, shape, capacity, threads, parts);
    for (int i = 0; i < n; i++)
        bytes += parts[i].n * sizeof(float);
    return bytes;
}

struct generator_session *generator_session_new(const struct generator *generator, int32_t capacity,
                                                int threads, struct error *error)
{
    struct session_part parts[16];
    struct generator_session *session = calloc(1, sizeof *session);
    if (!session || capacity <= 0) {
        free(session);
        error_memory(error, "a session of a model");
        return NULL;
    }
    session->generator = generator;
    session->kernels = dot_kernels();
    session->capacity = capacity;
    session->row_width = longest_row(&generator->shape);
    session->team = team_new(threads > 0 ? threads : parallel_threads(), error);
    bool good = session->team != NULL;
    const int n = session_parts(session, &generator->shape, capacity,
                                good ? team_size(session->team) : 1, parts);
    for (int i = 0; i < n; i++) {
        *parts[i].floats = calloc(parts[i].n, sizeof(float));
        good = good && *parts[i].floats;
    }
    session->packed = calloc(packed_blocks(&generator->shape), sizeof *session->packed);
    if (good && session->packed) return session;
    generator_session_free(session);
    error_memory(error, "a session of a model");
    return NULL;
}

void generator_session_free(struct generator_session *session)
{
    struct session_part parts[16];
    if (!session) return;
    const int n = session_parts(session, &session->generator->shape, session->capacity, 1, parts);
    for (int i = 0; i < n; i++)
        free(*parts[i].floats);
    free(session->packed);
    team_free(session->team);
    free(session);
}

/* attention.c - a Transformer over purchases as a recommender: scores and neighbours.
 *
 * The score of an item is the dot product of the last hidden state of the shopper's sequence and
 * the item's vector. A new event needs no training: the sequence grows.
 */
#include "attention.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USER_TOKEN_MAX_EVENTS = 0 }; /* events up to which the user token is used */

struct attention *attention_new(const struct dataset *dataset, const struct parameters *parameters,
                                const struct shape *shape, int32_t epochs, struct error *error)
{
    struct attention *attention =
        model_new(sizeof *attention, &attention_kind, dataset, parameters, error);

    if (!attention) return NULL;
    attention->kernels = float_kernels();
    attention->epochs = epochs;
    network_place(&attention->network, shape, NULL);
    attention->memory = floats_new(attention->network.n);
    attention->loss_curve = calloc((size_t)epochs + 1, sizeof(double));
    attention->ndcg_curve = calloc((size_t)epochs + 1, sizeof(double));
    if (attention->memory && attention->loss_curve && attention->ndcg_curve) {
        network_place(&attention->network, shape, attention->memory);
        return attention;
    }
    attention_release((struct model *)attention);
    error_memory(error, "a model");
    return NULL;
}

/* An item that nobody bought has no vector of its own: words.h. */
static bool has_words_only(const struct attention *attention, const struct words *words,
                           int32_t item)
{
    const int32_t d = attention->network.shape.width;
    const float *own = attention->network.item + (size_t)item * (size_t)d;
    return words_of_item(words, item) > 0 && !(attention->kernels->dot(d, own, own) > 0);
}

bool attention_ready(struct attention *attention, struct error *error)
{
    const struct network *network = &attention->network;
    const struct words words = texts_words(&attention->texts);

    attention->base.reads_words = words.n_tokens > 0;
    attention->table = network->item;
    if (words.n_tokens == 0) return true;
    attention->table = floats_new((size_t)network->shape.n_items * (size_t)network->shape.width);
    if (!attention->table) return error_memory(error, "a model");
    words_table(attention->kernels, network, &words, 0, network->shape.n_items, attention->table);
    attention->item_bias = floats_new((size_t)network->shape.n_items);
    if (!attention->item_bias) return error_memory(error, "a model");
    for (int32_t i = 0; i < words.n_items; i++)
        if (has_words_only(attention, &words, i)) attention->item_bias[i] = attention->cold_bias;
    return true;
}

void attention_release(struct model *model)
{
    struct attention *attention = (struct attention *)model;

    if (attention->table != attention->network.item) free(attention->table);
    texts_fini(&attention->texts);
    user_segments_release(attention->user_segments);
    free(attention->item_bias);
    free(attention->memory);
    free(attention->loss_curve);
    free(attention->ndcg_curve);
    model_free(attention);
}

/* -------------------------------------------------------------------------------------- histories
 */

/* Who the shopper is, where that counts. */
static bool history_place(struct history *history, const struct attention *attention,
                          const struct shopper *shopper, struct error *error)
{
    if (!attention->user_segments || history->n > USER_TOKEN_MAX_EVENTS || shopper->n_values == 0)
        return true;
    history->segment = malloc((size_t)shopper->n_values * sizeof *history->segment);
    if (!history->segment) return error_memory(error, "a history");
    history->n_segments =
        segments_of(&attention->user_segments->segments, shopper, history->segment);
    return true;
}

bool history_init(struct history *history, const struct attention *attention,
                  const struct shopper *shopper, struct error *error)
{
    const struct dataset *dataset = attention->base.dataset;
    const size_t n = (size_t)shopper->n_events + 1;

    *history = (struct history){ .item = malloc(n * sizeof(int32_t)),
                                 .time = malloc(n * sizeof(int64_t)) };
    if (!history->item || !history->time) {
        history_fini(history);
        return error_memory(error, "a history");
    }
    for (int32_t e = 0; e < shopper->n_events; e++) {
        const struct event *event = &shopper->events[e];
        if (event->item >= dataset->n_items || !event_speaks(&dataset->options, event->type))
            continue;
        history->time[history->n] = event->time;
        history->item[history->n++] = event->item;
    }
    if ((!shopper->words || history_read(history, attention, shopper->words, error)) &&
        history_place(history, attention, shopper, error))
        return true;
    history_fini(history);
    return false;
}

void history_fini(struct history *history)
{
    free(history->item);
    free(history->time);
    free(history->word);
    free(history->token);
    free(history->segment);
    *history = (struct history){ 0 };
}

/* Some histories at a time, each worker with a workspace of its own. */
struct leading {
    const struct attention *attention;
    const struct history *history;
    const int32_t *leave_out;
    float *outputs;
    atomic_bool no_memory;
};

/* The history without an item, as if it had never been. */
static int32_t without(const struct history *history, int32_t item, int32_t *items,
                       uint8_t *time_buckets)
{
    int64_t before = MOMENT_NONE;
    int32_t n = 0;

    for (int32_t e = 0; e < history->n; e++) {
        if (history->item[e] == item) continue;
        items[n] = history->item[e];
        time_buckets[n++] = time_bucket_of(before, history->time[e]);
        before = history->time[e];
    }
    return n;
}

static bool lead_some(const struct leading *leading, int32_t begin, int32_t end)
{
    const struct attention *attention = leading->attention;
    const struct shape *shape = &attention->network.shape;
    const int32_t rows = (end - begin) * shape->length;
    const size_t d = (size_t)shape->width, n = (size_t)leading->history->n + 1;
    struct batch batch = { 0 };
    struct activations activations = { 0 };
    int32_t *items = malloc(n * sizeof *items);
    uint8_t *time_buckets = malloc(n);
    /* A query embedding of each history, then all user tokens. */
    float *query_embeddings = floats_new(2 * (size_t)(end - begin) * d);
    bool capacity = items && time_buckets && query_embeddings &&
                    batch_init(&batch, end - begin, rows, shape->n_time_buckets > 0, false);

    if (!capacity) goto out;
    batch_clear(&batch);
    for (int32_t h = begin; h < end; h++) {
        const int32_t leave_out = leading->leave_out[h], q = h - begin, w = end - begin + q;
        const int32_t left = without(leading->history, leave_out, items, time_buckets);
        const bool asks = attention_query_embedding(
            attention, leading->history, LEAVE_WORD(leave_out), query_embeddings + (size_t)q * d);
        const bool user_token =
            attention_user_token(attention, leading->history, LEAVE_SEGMENT(leave_out),
                                 query_embeddings + (size_t)w * d);
        batch_add(&batch, shape, items, time_buckets, left,
                  user_token ? shape->n_items + w : shape->n_items - 1,
                  asks ? shape->n_items + q : -1, false);
    }
    batch_cut(&batch, batch.n_rows, 1);
    capacity = activations_init(&activations, shape, batch.n_rows, 0, false);
    if (!capacity) goto out;
    const struct pass pass = { .kernels = attention->kernels,
                               .network = &attention->network,
                               .batch = &batch,
                               .table = attention->table,
                               .query_embeddings = query_embeddings,
                               .ends = true };
    network_forward(&pass, &activations, 0);
    for (int32_t h = begin; h < end; h++)
        memcpy(leading->outputs + (size_t)h * d,
               activations.h + (size_t)(batch.start[h - begin + 1] - 1) * d, d * sizeof(float));
out:
    activations_fini(&activations);
    batch_fini(&batch);
    free(items);
    free(time_buckets);
    free(query_embeddings);
    return capacity;
}

static void lead(void *context, size_t begin, size_t end, int worker)
{
    struct leading *leading = context;
    const unsigned before = flush_small_numbers();

    (void)worker;
    if (!lead_some(leading, (int32_t)begin, (int32_t)end)) atomic_store(&leading->no_memory, true);
    flush_restore(before);
}

bool attention_outputs(const struct attention *attention, const struct history *history,
                       const int32_t *leave_out, int32_t n, float *outputs, struct error *error)
{
    enum { AT_ONCE = 8 };
    struct leading leading = {
        .attention = attention, .history = history, .leave_out = leave_out, .outputs = outputs
    };

    parallel_for(0, (size_t)n, AT_ONCE, lead, &leading, NULL);
    return !leading.no_memory || error_memory(error, "scores");
}

float attention_score(const struct attention *attention, const float *output, int32_t item)
{
    const int32_t d = attention->network.shape.width;
    return attention->kernels->dot(d, output, attention->table + (size_t)item * (size_t)d) +
           (attention->item_bias ? attention->item_bias[item] : 0);
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct attention *attention = (const struct attention *)model;
    const int32_t nothing = LEAVE_NOTHING;
    struct history history;
    float *output = floats_new((size_t)attention->network.shape.width);
    bool done = false;

    if (!output) return error_memory(error, "scores");
    if (history_init(&history, attention, shopper, error)) {
        done = attention_outputs(attention, &history, &nothing, 1, output, error);
        for (int32_t i = 0; done && i < attention->base.dataset->n_items; i++)
            scores[i] = attention_score(attention, output, i);
        history_fini(&history);
    }
    free(output);
    return done;
}

static bool supports_cold_start(const struct model *model, const struct shopper *shopper)
{
    const struct attention *attention = (const struct attention *)model;
    struct history history;
    bool known = false;

    if (!attention->user_segments || !history_init(&history, attention, shopper, NULL))
        return false;
    known = history.n_segments > 0;
    history_fini(&history);
    return known;
}

/* Nearest by the angle between vectors. */
static int32_t similar(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error)
{
    const struct attention *attention = (const struct attention *)model;
    const struct dataset *dataset = attention->base.dataset;
    const int32_t n = dataset->n_items;

    if (item < 0 || item >= n) {
        error_set(error, ERROR_MISSING, "the model does not know this item yet: train it again");
        return -1;
    }
    float *cosine = malloc(((size_t)n + 1) * sizeof *cosine);
    int32_t *best = malloc(((size_t)(k < n ? k : n) + 1) * sizeof *best);
    int32_t found = -1;
    if (!cosine || !best) {
        error_memory(error, "similar items");
        goto out;
    }
    const int32_t d = attention->network.shape.width;
    const float *own = attention->table + (size_t)item * (size_t)d;
    const float own_norm = attention->kernels->dot(d, own, own);
    for (int32_t i = 0; i < n; i++) {
        const float *other = attention->table + (size_t)i * (size_t)d;
        const float norm = sqrtf(own_norm * attention->kernels->dot(d, other, other));
        cosine[i] =
            i == item || !(norm > 0) ? -INFINITY : attention->kernels->dot(d, own, other) / norm;
    }
    found = top_k(cosine, n, k < n ? k : n, best);
    for (int32_t i = 0; i < found; i++)
        out[i] = (struct neighbour){ .id = best[i],
                                     .common = model_common(&dataset->by_item, item, best[i]),
                                     .similarity = (double)cosine[best[i]] };
out:
    free(cosine);
    free(best);
    return found;
}

/* A curve, thinned out to at most 50 epochs, the last among them. */
static void add_curve(struct text *json, const char *name, const double *curve, int32_t n)
{
    enum { POINTS = 50 };
    const int32_t step = (n + POINTS - 1) / POINTS;

    text_format(json, "\"%s\":[", name);
    for (int32_t i = n > 0 ? (n - 1) % step : 0; i < n; i += step)
        text_format(json, isfinite(curve[i]) ? "%s%.4f" : "%snull", i < step ? "" : ",", curve[i]);
    text_add_string(json, "],");
}

static void facts(const struct model *model, struct text *json)
{
    const struct attention *attention = (const struct attention *)model;
    const struct shape *shape = &attention->network.shape;
    const int32_t best = attention->best_epoch;
    const double ndcg = best > 0 ? attention->ndcg_curve[best - 1] : (double)NAN;

    text_format(json, "{\"d\":%d,\"blocks\":%d,\"heads\":%d,\"length\":%d,\"weights\":%zu,",
                shape->width, shape->blocks, shape->heads, shape->length, attention->network.n);
    text_format(json, "\"epochs\":%d,\"best_epoch\":%d,", attention->epochs, best);
    add_curve(json, "loss", attention->loss_curve, attention->epochs);
    add_curve(json, "ndcg", attention->ndcg_curve, attention->epochs);
    text_format(json, "\"note\":\"epoch %d of %d is kept", best, attention->epochs);
    if (isfinite(ndcg)) text_format(json, ": NDCG@10 %.4f in validation", ndcg);
    text_add_string(json, "\"}");
}

const struct model_kind attention_kind = {
    .name = "attention",
    .summary = "a Transformer that reads purchases in their order",
    .parameters = attention_parameters,
    .validates = true,
    .logits = true,
    .reads_words = true,
    .memory = attention_memory,
    .train = attention_train,
    .release = attention_release,
    .score = score,
    .supports_cold_start = supports_cold_start,
    .open = attention_explain,
    .look = attention_weights,
    .similar = similar,
    .facts = facts,
    .finetune = attention_finetune,
    .save = attention_save,
    .load = attention_load,
};

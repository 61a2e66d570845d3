/* slist.c - what people bought next, after what they bought before: linear, in closed form.
 *
 *     score(u,i) = sum over the events e of u of  g^(events of u after e) B[item(e), i]
 *
 * slist.h has B. A purchase needs no training to count: the sequence grows, and earlier purchases
 * weigh less. Items nobody has bought do not take part; of a catalogue whose pairs would not fit
 * into `memory` while it is trained, the most bought do.
 */
#include "slist.h"

#include "attention/sequences.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_MAX = 200 };

static const struct parameter_info parameters[] = {
    { "lambda", PARAMETER_NUMBER, 0, 0, 1e9, NULL,
      "pulls weights towards 0; larger for few purchases; 0 = by the length of histories" },
    { "decay", PARAMETER_NUMBER, 0, 0, 0.99, NULL,
      "what a purchase counts of the one after it; 0 = by the length of histories" },
    { "target_decay", PARAMETER_NUMBER, 0.2, 0, 0.99, NULL,
      "what a later purchase counts of the one before it as something to predict; 0 = only the "
      "next one" },
    { "weights", PARAMETER_INTEGER, 512, 1, 1e6, NULL,
      "weights kept of each item, those of largest magnitude" },
    { "memory", PARAMETER_INTEGER, 2048, 1, 16384, NULL,
      "MB that pairs of items may take in training: beyond, the most bought items take part" },
    STRENGTH_PARAMETERS,
    { 0 },
};

static int64_t max_items(const struct parameters *values)
{
    const int64_t max = (int64_t)sqrt(parameters_get(values, "memory") * 1048576 / sizeof(float));
    return max < EASE_ITEMS_MAX ? max : EASE_ITEMS_MAX;
}

static int64_t memory(const struct dataset *dataset, const struct parameters *values)
{
    const int64_t max = max_items(values), cell = sizeof(float);
    int64_t n = 0;

    for (int32_t i = 0; i < dataset->n_items; i++)
        n += dataset->by_item.start[i + 1] > dataset->by_item.start[i];
    if (n > max) n = max;
    const int32_t kept = (int32_t)parameters_get(values, "weights");
    const int64_t sequences = dataset->n_events * 5 + dataset->n_users * 8;
    const int64_t pairs = dataset->n_events * 50 < n * n ? dataset->n_events * 50 : n * n;
    const int64_t counting = sequences + dataset->n_events * 12 + 3 * pairs * 8;
    const int64_t solving = slist_solve_memory(n, kept, parallel_threads()) + pairs * 8 +
                            (pairs * 16 > n * n ? n * n * cell : 0);

    return n * n * cell + dataset->n_items * 8 + (counting > solving ? counting : solving);
}

/* What the parameters leave open, by the mean length of histories: chosen on the validation events
 * of MovieLens-1M and of a shop with nine purchases a user. */
static void slist_settings_resolve(struct slist_settings *settings, const struct parameters *values,
                                   const struct dataset *dataset)
{
    const double users = dataset->n_users > 0 ? dataset->n_users : 1;
    const bool is_long = (double)dataset->n_events / users >= 20;

    settings->decay = parameters_get(values, "decay");
    settings->target_decay = parameters_get(values, "target_decay");
    settings->lambda = parameters_get(values, "lambda");
    if (!(settings->decay > 0)) settings->decay = is_long ? 0.8 : 0.65;
    if (!(settings->lambda > 0)) settings->lambda = is_long ? 600 : 100;
    const double longer = fmax(settings->decay, settings->target_decay);
    const double window = ceil(log(1e-3) / log(longer));
    settings->window = window < WINDOW_MAX ? (int32_t)window : WINDOW_MAX;
}

static void release(struct model *model)
{
    struct slist *slist = (struct slist *)model;

    ease_items_fini(&slist->items);
    sparse_fini(&slist->weight);
    model_free(slist);
}

static bool compute(struct slist *slist, int threads, struct progress *progress,
                    struct error *error)
{
    const size_t n = (size_t)slist->items.n;
    struct slist_counts counts = { .gram = calloc(n * n + 16, sizeof(float)) };
    const int32_t kept = (int32_t)parameters_get(&slist->base.parameters, "weights");

    if (!counts.gram) return error_memory(error, "pairs of events");
    const bool done = slist_count(slist->base.dataset, &slist->items, &slist->settings, threads,
                                  progress, &counts, error) &&
                      slist_solve(&counts, slist->items.n, slist->settings.lambda, kept, threads,
                                  progress, &slist->weight, error);
    free(counts.gram);
    sparse_fini(&counts.target);
    return done;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    struct slist *slist = model_new(sizeof *slist, &slist_kind, dataset, values, error);

    if (!slist) return NULL;
    slist_settings_resolve(&slist->settings, values, dataset);
    if (ease_items_init(&slist->items, dataset, max_items(values), error) &&
        compute(slist, threads, progress, error))
        return (struct model *)slist;
    release((struct model *)slist);
    return NULL;
}

/* ------------------------------------------------------------------------------------- scoring */

/* What the shopper's items weigh, in the shopper's order. */
struct slist_history {
    int32_t n;
    int32_t *place; /* (n) position of the item */
    int32_t *from;  /* (n) index in the shopper's items */
    double *weight; /* (n) sum of g^(later events) over the item's events */
};

static void slist_history_fini(struct slist_history *history)
{
    free(history->place);
    free(history->from);
    free(history->weight);
    *history = (struct slist_history){ 0 };
}

static bool slist_history_init(struct slist_history *history, const struct slist *slist,
                               const struct shopper *shopper, struct error *error)
{
    const struct dataset *dataset = slist->base.dataset;
    const size_t n = (size_t)shopper->n + 1;
    double *weight = calloc(n, sizeof *weight);
    int32_t later = 0;

    *history = (struct slist_history){ .place = malloc(n * sizeof *history->place),
                                       .from = malloc(n * sizeof *history->from),
                                       .weight = malloc(n * sizeof *history->weight) };
    const bool made = weight && history->place && history->from && history->weight;
    for (int32_t e = shopper->n_events - 1; made && e >= 0 && later <= slist->settings.window;
         e--) {
        const struct event *event = &shopper->events[e];
        if (!event_speaks(&dataset->options, event->type)) continue;
        const int32_t s = shopper_find(shopper, event->item);
        if (s >= 0) weight[s] += pow(slist->settings.decay, later);
        later++;
    }
    for (int32_t s = 0; made && s < shopper->n; s++) {
        if (!(weight[s] > 0) || shopper->item[s] >= dataset->n_items) continue;
        if (slist->items.place[shopper->item[s]] < 0) continue;
        history->place[history->n] = slist->items.place[shopper->item[s]];
        history->from[history->n] = s;
        history->weight[history->n++] = weight[s];
    }
    free(weight);
    if (made) return true;
    slist_history_fini(history);
    return error_memory(error, "scores");
}

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct slist *slist = (const struct slist *)model;
    const struct ease_items *items = &slist->items;
    const struct sparse *weight = &slist->weight;
    double *sum = calloc((size_t)items->n + 1, sizeof *sum);
    struct slist_history history = { 0 };

    if (!sum) error_memory(error, "scores");
    if (!sum || !slist_history_init(&history, slist, shopper, error)) {
        free(sum);
        return false;
    }
    for (int32_t h = 0; h < history.n; h++)
        for (int64_t e = weight->start[history.place[h]]; e < weight->start[history.place[h] + 1];
             e++)
            sum[weight->column[e]] += history.weight[h] * (double)weight->value[e];
    for (int32_t i = 0; i < slist->base.dataset->n_items; i++)
        scores[i] = -INFINITY;
    for (int32_t p = 0; p < items->n; p++)
        if (sum[p] < 0 || sum[p] > 0) /* else nothing speaks for or against it */
            scores[items->item[p]] = (float)sum[p];
    free(sum);
    slist_history_fini(&history);
    return true;
}

/* The shopper's purchases, for and against: leaves, since a weight is the outcome of all purchases
 * of all people at once. */
static struct receipt *explain(const struct model *model, const struct shopper *shopper,
                               int32_t item, const struct receipt_limits *limits,
                               struct error *error)
{
    const struct slist *slist = (const struct slist *)model;
    const struct dataset *dataset = slist->base.dataset;
    struct receipt *root = model_receipt(shopper, item, 0, error);
    struct slist_history history;

    if (!root || item < 0 || item >= dataset->n_items || slist->items.place[item] < 0) return root;
    if (!slist_history_init(&history, slist, shopper, error)) goto fail;
    int32_t n = 0;
    for (int32_t h = 0; h < history.n; h++)
        n += sparse_find(&slist->weight, history.place[h], slist->items.place[item]) >= 0;
    const bool made = receipt_make_children(root, n, error);
    n = 0;
    for (int32_t h = 0; made && h < history.n; h++) {
        const int64_t at = sparse_find(&slist->weight, history.place[h], slist->items.place[item]);
        if (at < 0) continue;
        struct receipt *purchase = &root->children[n++];
        purchase->kind = RECEIPT_PURCHASE;
        purchase->item = shopper->item[history.from[h]];
        purchase->time = shopper->time[history.from[h]];
        purchase->factor = (double)slist->weight.value[at];
        purchase->strength = history.weight[h];
        purchase->value = purchase->factor * purchase->strength;
        root->value += purchase->value;
    }
    slist_history_fini(&history);
    if (!made || !receipt_trim(root, limits ? limits->children : 0, error)) goto fail;
    for (int32_t i = 0; i < root->n_children; i++) {
        struct receipt *purchase = &root->children[i];
        if (purchase->kind == RECEIPT_PURCHASE)
            purchase->count = model_common(&dataset->by_item, item, purchase->item);
    }
    return root;
fail:
    receipt_free(root);
    return NULL;
}

/* What is bought after the item more than anything else. */
static int32_t similar(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error)
{
    const struct slist *slist = (const struct slist *)model;
    const struct sparse *weight = &slist->weight;

    if (item < 0 || item >= slist->base.dataset->n_items) {
        error_set(error, ERROR_MISSING, "the model does not know this item yet: train it again");
        return -1;
    }
    const int32_t place = slist->items.place[item];
    if (place < 0) return 0;
    const int64_t begin = weight->start[place];
    const int32_t length = (int32_t)(weight->start[place + 1] - begin);
    int32_t *best = malloc(((size_t)length + 1) * sizeof *best), n = 0;
    if (!best) {
        error_memory(error, "similar items");
        return -1;
    }
    const int32_t found = top_k(weight->value + begin, length, length, best);
    for (int32_t b = 0; b < found && n < k && weight->value[begin + best[b]] > 0; b++) {
        const int32_t other = slist->items.item[weight->column[begin + best[b]]];
        if (other == item) continue;
        out[n++] = (struct neighbour){
            .id = other,
            .common = model_common(&slist->base.dataset->by_item, item, other),
            .similarity = (double)weight->value[begin + best[b]],
        };
    }
    free(best);
    return n;
}

static void facts(const struct model *model, struct text *json)
{
    const struct slist *slist = (const struct slist *)model;

    text_format(json,
                "{\"items\":%d,\"items_left_out\":%d,\"lambda\":%g,\"decay\":%g,"
                "\"target_decay\":%g,\"entries\":%lld",
                slist->items.n, slist->items.absent, slist->settings.lambda, slist->settings.decay,
                slist->settings.target_decay, (long long)sparse_entries(&slist->weight));
    if (slist->items.absent > 0)
        text_format(json,
                    ",\"note\":\"the %d most bought of %d items take part: the pairs of all "
                    "would not fit into %g MB\"",
                    slist->items.n, slist->items.n + slist->items.absent,
                    parameters_get(&model_base(model)->parameters, "memory"));
    text_add_string(json, "}");
}

/* ------------------------------------------------------------------------------------- storing */

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct slist *slist = (const struct slist *)model;
    const size_t n = (size_t)slist->items.n, entries = (size_t)sparse_entries(&slist->weight);

    ease_items_save(&slist->items, writer);
    bytes_write_double(writer, slist->settings.decay);
    bytes_write_double(writer, slist->settings.target_decay);
    bytes_write_double(writer, slist->settings.lambda);
    bytes_write_int32(writer, slist->settings.window);
    bytes_write(writer, slist->weight.start, (n + 1) * sizeof *slist->weight.start);
    bytes_write(writer, slist->weight.column, entries * sizeof *slist->weight.column);
    bytes_write(writer, slist->weight.value, entries * sizeof *slist->weight.value);
    return !writer->failed;
}

static bool weight_is_sound(const struct sparse *weight)
{
    for (int32_t row = 0; row < weight->n_rows; row++) {
        for (int64_t e = weight->start[row]; e < weight->start[row + 1]; e++) {
            if (weight->column[e] < 0 || weight->column[e] >= weight->n_columns) return false;
            if (e > weight->start[row] && weight->column[e] <= weight->column[e - 1]) return false;
            if (!isfinite(weight->value[e])) return false;
        }
    }
    return true;
}

static bool read_weight(struct slist *slist, struct byte_reader *reader)
{
    const int32_t n = slist->items.n;
    int64_t *start = malloc(((size_t)n + 1) * sizeof *start);
    bool sound = false;

    if (!start) {
        reader->failed = true;
        return error_memory(reader->error, "a model");
    }
    sound = bytes_read(reader, start, ((size_t)n + 1) * sizeof *start) && start[0] == 0;

    for (int32_t row = 0; sound && row < n; row++)
        sound = start[row + 1] >= start[row] && start[row + 1] - start[row] <= n;
    if (sound && !sparse_init(&slist->weight, n, n, start[n], reader->error))
        sound = !(reader->failed = true);
    if (sound) {
        struct sparse *weight = &slist->weight;
        memcpy(weight->start, start, ((size_t)n + 1) * sizeof *start);
        sound = bytes_read(reader, weight->column, (size_t)start[n] * sizeof *weight->column) &&
                bytes_read(reader, weight->value, (size_t)start[n] * sizeof *weight->value) &&
                weight_is_sound(weight);
    }
    free(start);
    return sound;
}

static bool settings_are_sound(const struct slist_settings *settings)
{
    return settings->decay > 0 && settings->decay < 1 && settings->target_decay >= 0 &&
           settings->target_decay < 1 && settings->lambda > 0 && isfinite(settings->lambda) &&
           settings->window >= 0 && settings->window <= WINDOW_MAX;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    struct slist *slist = model_new(sizeof *slist, &slist_kind, dataset, values, error);

    if (!slist) return NULL;
    if (ease_items_load(&slist->items, dataset->n_items, reader)) {
        slist->settings.decay = bytes_read_double(reader);
        slist->settings.target_decay = bytes_read_double(reader);
        slist->settings.lambda = bytes_read_double(reader);
        slist->settings.window = bytes_read_int32(reader);
        if (settings_are_sound(&slist->settings) && read_weight(slist, reader))
            return (struct model *)slist;
    }
    model_refuse(reader, error, "slist");
    release((struct model *)slist);
    return NULL;
}

const struct model_kind slist_kind = {
    .name = "slist",
    .summary = "what people bought next, after what they bought before (linear)",
    .parameters = parameters,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = explain,
    .similar = similar,
    .facts = facts,
    .save = save,
    .load = load,
};

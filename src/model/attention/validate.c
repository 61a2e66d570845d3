/* validate.c - how well the averaged weights rank each user's held-out event.
 *
 * Among all items that the user did not have before (protocol L); users whose held-out event
 * repeats an item are left out. Of very many users every n-th is evaluated.
 */
#include "trainer.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USERS_MAX = 10000, MICRO_BATCH_ROWS = 4096, RANKED_AT_ONCE = 24, CUT_OFF = 10 };

struct validation {
    struct batch batch; /* all the users' sequences */
    int32_t *user;      /* (n_sequences) */
    double *gain;       /* (n_sequences) 1 / log2(1 + rank), 0 behind the cut-off */
    double *mass; /* (n_sequences) of the softmax, on cold items (known by their text alone) */
    float *table, *panels;           /* table: NULL where no item has words */
    struct activations *activations; /* one for each worker */
    float *scores;                   /* for each worker (RANKED_AT_ONCE, row_length) */
    int32_t row_length;
    int n_workers;
};

struct ranking_pass {
    struct validation *validation;
    struct trainer *trainer;
    double *mass; /* NULL = not wanted */
    struct pass pass;
};

static bool is_asked(const struct sequences *sequences, int32_t u)
{
    const int64_t first = sequences->start[u], last = sequences->start[u + 1] - 1;

    if (last <= first) return false;
    for (int64_t e = first; e < last; e++) {
        if (sequences->item[e] == sequences->item[last]) return false;
    }
    return true;
}

static bool add_users(struct validation *validation, const struct trainer *trainer, int32_t every)
{
    const struct sequences *sequences = trainer->sequences;
    const struct shape *shape = &trainer->settings.shape;
    int32_t asked = 0;

    for (int32_t u = 0; u < sequences->n; u++) {
        if (progress_cancelled(trainer->progress)) return false;
        if (!is_asked(sequences, u) || asked++ % every != 0) continue;
        const int64_t at = sequences->start[u];
        validation->user[validation->batch.n_sequences] = u;
        batch_add(&validation->batch, shape, sequences->item + at,
                  sequences->time_bucket ? sequences->time_bucket + at : NULL,
                  sequence_trained(sequences, u), shape->n_items - 1, -1, false);
    }
    batch_cut(&validation->batch, MICRO_BATCH_ROWS, 1);
    return true;
}

/* Users to evaluate and the rows they need at most. */
static int32_t count_users(const struct trainer *trainer, int64_t *rows, int32_t *every)
{
    const struct sequences *sequences = trainer->sequences;
    int32_t n = 0, asked = 0;

    for (int32_t u = 0; u < sequences->n && !progress_cancelled(trainer->progress); u++)
        n += is_asked(sequences, u);
    *every = n / USERS_MAX + 1;
    *rows = 0;
    for (int32_t u = 0; u < sequences->n && !progress_cancelled(trainer->progress); u++) {
        if (!is_asked(sequences, u) || asked++ % *every != 0) continue;
        const int64_t own = sequence_trained(sequences, u) + 1;
        *rows += own < trainer->settings.shape.length ? own : trainer->settings.shape.length;
    }
    return (n + *every - 1) / *every;
}

static bool reserve(struct validation *validation, const struct trainer *trainer, int32_t users,
                    int64_t rows)
{
    const struct shape *shape = &trainer->settings.shape;
    const size_t d = (size_t)shape->width, items = (size_t)shape->n_items;
    const size_t panels = (size_t)panels_width(trainer->kernels, shape->n_items);
    int workers = trainer->threads > 0 ? trainer->threads : parallel_threads();

    validation->n_workers = workers;
    validation->row_length = padded(shape->n_items);
    validation->user = malloc(((size_t)users + 1) * sizeof(int32_t));
    validation->gain = calloc((size_t)users + 1, sizeof(double));
    validation->mass = calloc((size_t)users + 1, sizeof(double));
    validation->table = shape->n_tokens > 0 ? floats_new(items * d) : NULL;
    validation->panels = floats_new(panels * d);
    validation->activations = calloc((size_t)workers, sizeof *validation->activations);
    validation->scores =
        floats_new((size_t)workers * RANKED_AT_ONCE * (size_t)validation->row_length);
    if (!validation->user || !validation->gain || !validation->mass || !validation->panels ||
        (shape->n_tokens > 0 && !validation->table) || !validation->activations ||
        !validation->scores || rows > INT32_MAX ||
        !batch_init(&validation->batch, users, (int32_t)rows, shape->n_time_buckets > 0, false))
        return false;
    batch_clear(&validation->batch);
    for (int w = 0; w < workers; w++) {
        if (progress_cancelled(trainer->progress) ||
            !activations_init(&validation->activations[w], shape, MICRO_BATCH_ROWS, 0, false))
            return false;
    }
    return true;
}

struct validation *validation_new(const struct trainer *trainer, struct error *error)
{
    struct validation *validation = calloc(1, sizeof *validation);
    int64_t rows;
    int32_t every;
    const int32_t users = count_users(trainer, &rows, &every);

    if (validation && reserve(validation, trainer, users, rows) &&
        add_users(validation, trainer, every))
        return validation;
    validation_free(validation);
    error_memory(error, "the validation");
    return NULL;
}

void validation_free(struct validation *validation)
{
    if (!validation) return;
    for (int w = 0; validation->activations && w < validation->n_workers; w++)
        activations_fini(&validation->activations[w]);
    free(validation->activations);
    batch_fini(&validation->batch);
    free(validation->user);
    free(validation->gain);
    free(validation->mass);
    free(validation->table);
    free(validation->panels);
    free(validation->scores);
    free(validation);
}

int64_t validation_memory(const struct settings *settings, int64_t n_users, int64_t n_events,
                          int threads)
{
    const struct shape *shape = &settings->shape;
    const int64_t users = n_users / (n_users / USERS_MAX + 1);
    const int64_t long_rows = users * shape->length,
                  all_rows = n_events / (n_users / USERS_MAX + 1) + users;
    const int64_t rows = long_rows < all_rows ? long_rows : all_rows;
    const size_t workers = (size_t)(threads > 0 ? threads : parallel_threads());
    const size_t items = (size_t)padded(shape->n_items), d = (size_t)shape->width;
    const size_t floats =
        items * d * (shape->n_tokens > 0 ? 2 : 1) +
        workers * (RANKED_AT_ONCE * items + activations_floats(shape, MICRO_BATCH_ROWS, 0, false));

    return (int64_t)(floats * sizeof(float)) +
           rows * (int64_t)sizeof(int32_t) * (shape->n_time_buckets > 0 ? 3 : 2) + users * 24;
}

static void fill_table(void *context, size_t begin, size_t end, int worker)
{
    struct ranking_pass *ranking_pass = context;

    (void)worker;
    words_table(ranking_pass->trainer->kernels, ranking_pass->pass.network,
                &ranking_pass->trainer->words, (int32_t)begin, (int32_t)end,
                ranking_pass->validation->table);
}

static void fill_panels(void *context, size_t begin, size_t end, int worker)
{
    struct ranking_pass *ranking_pass = context;
    const struct shape *shape = &ranking_pass->trainer->settings.shape;

    (void)worker;
    panels_fill(ranking_pass->trainer->kernels, ranking_pass->pass.table, shape->width,
                shape->n_items, (int32_t)begin, (int32_t)end, ranking_pass->validation->panels);
}

/* What the user's held-out item gains, by its row of scores. */
static double gain_of(const struct trainer *trainer, int32_t user, float *scores)
{
    const struct sequences *sequences = trainer->sequences;
    const int64_t last = sequences->start[user + 1] - 1;
    const int32_t target = sequences->item[last], n = trainer->settings.shape.n_items - 1;
    const float own = scores[target];
    int32_t rank = 1;

    for (int64_t e = sequences->start[user]; e < last; e++)
        scores[sequences->item[e]] = -INFINITY;
    for (int32_t i = 0; i < target; i++)
        rank += scores[i] >= own;
    for (int32_t i = target + 1; i < n; i++)
        rank += scores[i] > own;
    return rank <= CUT_OFF && isfinite(own) ? 1 / log2(1 + (double)rank) : 0;
}

/* Among what the user has not got: gain_of() has marked that. */
static double mass_of(const struct trainer *trainer, const float *scores)
{
    const int32_t n = trainer->settings.shape.n_items - 1;
    float max = -INFINITY;
    double all = 0, by_words = 0;

    for (int32_t i = 0; i < n; i++)
        max = scores[i] > max ? scores[i] : max;
    for (int32_t i = 0; i < n; i++) {
        const double e = scores[i] > -INFINITY ? exp((double)(scores[i] - max)) : 0;
        all += e;
        by_words += trainer_knows_by_words(trainer, i) ? e : 0;
    }
    return all > 0 ? by_words / all : 0;
}

static void rank_some(const struct ranking_pass *ranking_pass, int32_t first, int32_t n,
                      int32_t first_row, const struct activations *activations, float *scores)
{
    struct validation *validation = ranking_pass->validation;
    const struct float_kernels *k = ranking_pass->pass.kernels;
    const size_t d = (size_t)ranking_pass->trainer->settings.shape.width;
    const size_t row_length = (size_t)validation->row_length;

    for (int32_t i = 0; i < n; i++) { /* the last row of each */
        const int32_t row = validation->batch.start[first + i + 1] - 1 - first_row;
        memcpy(activations->scratch_width + (size_t)i * d, activations->h + (size_t)row * d,
               d * sizeof(float));
    }
    const struct product product = { .m = n,
                                     .n = validation->row_length,
                                     .k = (int32_t)d,
                                     .a = activations->scratch_width,
                                     .a_row = d,
                                     .a_step = 1,
                                     .b = validation->panels,
                                     .b_step = (size_t)k->panel,
                                     .b_panel = (size_t)k->panel * d,
                                     .c = scores,
                                     .c_row = row_length };
    k->matmul(&product);
    for (int32_t i = 0; i < n; i++) {
        float *row = scores + (size_t)i * row_length;
        validation->gain[first + i] =
            gain_of(ranking_pass->trainer, validation->user[first + i], row);
        if (ranking_pass->mass) ranking_pass->mass[first + i] = mass_of(ranking_pass->trainer, row);
    }
}

static void ask(void *context, size_t begin, size_t end, int worker)
{
    struct ranking_pass *ranking_pass = context;
    struct validation *validation = ranking_pass->validation;
    const struct batch *batch = &validation->batch;
    float *scores =
        validation->scores + (size_t)worker * RANKED_AT_ONCE * (size_t)validation->row_length;
    const unsigned before = flush_small_numbers();

    for (size_t p = begin; p < end; p++) {
        struct activations *activations = &validation->activations[worker];
        network_forward(&ranking_pass->pass, activations, (int32_t)p);
        for (int32_t s = batch->micro_batch[p]; s < batch->micro_batch[p + 1];
             s += RANKED_AT_ONCE) {
            const int32_t left = batch->micro_batch[p + 1] - s;
            if (progress_cancelled(ranking_pass->trainer->progress)) break;
            rank_some(ranking_pass, s, left < RANKED_AT_ONCE ? left : RANKED_AT_ONCE,
                      batch->start[batch->micro_batch[p]], activations, scores);
        }
    }
    flush_restore(before);
}

/* Everybody, by one network; and for validation->mass, too, where `weighs`. False when cancelled.
 */
static bool ask_all(struct validation *validation, struct trainer *trainer,
                    const struct network *network, bool weighs)
{
    const struct batch *batch = &validation->batch;
    const int threads = validation->n_workers;
    struct ranking_pass ranking_pass = {
        .validation = validation,
        .trainer = trainer,
        .mass = weighs ? validation->mass : NULL,
        .pass = { .kernels = trainer->kernels,
                  .network = network,
                  .batch = batch,
                  .table = validation->table ? validation->table : network->item,
                  .progress = trainer->progress },
    };
    const size_t items = (size_t)trainer->settings.shape.n_items;
    const size_t panels =
        (size_t)(panels_width(trainer->kernels, (int32_t)items) / trainer->kernels->panel);

    if (validation->table) parallel_for(threads, items, 256, fill_table, &ranking_pass, NULL);
    parallel_for(threads, panels, 16, fill_panels, &ranking_pass, NULL);
    parallel_for(threads, (size_t)batch->n_micro_batches, 1, ask, &ranking_pass, NULL);
    return !progress_cancelled(trainer->progress);
}

bool validation_run(struct validation *validation, struct trainer *trainer, double *ndcg)
{
    const int32_t n = validation->batch.n_sequences;
    double sum = 0;

    if (!ask_all(validation, trainer, &trainer->mean, false)) return false;
    for (int32_t s = 0; s < n; s++)
        sum += validation->gain[s];
    *ndcg = n > 0 ? sum / n : (double)NAN;
    return true;
}

bool validation_cold_bias(struct validation *validation, struct trainer *trainer, float *item_bias)
{
    const struct sequences *sequences = trainer->sequences;
    const int32_t n = validation->batch.n_sequences;
    double expected = 0, seen = 0.5;

    *item_bias = 0;
    if (trainer->n_by_words == 0) return true;
    if (!ask_all(validation, trainer, &trainer->best, true)) return false;
    for (int32_t s = 0; s < n; s++) {
        const int32_t target = sequences->item[sequences->start[validation->user[s] + 1] - 1];
        seen += trainer_knows_by_words(trainer, target);
        expected += validation->mass[s];
    }
    if (expected > seen) *item_bias = (float)log(seen / expected);
    return true;
}

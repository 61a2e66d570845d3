/* train.c - epochs, validation, early stopping: from a dataset to a model. */
#include "attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t attention_memory(const struct dataset *dataset, const struct parameters *parameters)
{
    struct settings settings;

    if (!settings_resolve(&settings, dataset, parameters, NULL)) return 0;
    settings.shape.n_time_buckets = dataset->event_time ? TIME_BUCKETS : 0;
    settings.shape.n_segments = settings.user_token > 0 ? user_segments_max(dataset) : 0;
    settings.shape.n_tokens = texts_max(dataset, settings.words) + settings.shape.n_segments;
    const int64_t training = trainer_memory(&settings, dataset->n_users, dataset->n_events, 0);
    const int64_t learning = texts_memory(dataset, settings.words);
    return (training > learning ? training : learning) +
           (settings.user_token > 0 ? user_segments_memory(dataset) : 0);
}

/* All users once. */
static bool run_epoch(struct trainer *trainer)
{
    const int32_t batch = trainer->settings.batch;
    double sum = 0, loss;

    trainer_shuffle(trainer);
    for (int32_t from = 0; from < trainer->n_trained; from += batch) {
        const int32_t left = trainer->n_trained - from, n = left < batch ? left : batch;
        trainer_fill(trainer, from, n);
        if (!trainer_gradient(trainer, &loss) || !trainer_update(trainer)) return false;
        sum += loss * trainer->batch.n_rows;
        progress_add(trainer->progress, trainer->batch.n_rows);
    }
    trainer->loss_curve[trainer->epoch] = sum / (double)trainer->n_rows;
    return true;
}

/* After the epoch was validated. */
static void judge(struct trainer *trainer, double ndcg)
{
    trainer->ndcg_curve[trainer->epoch++] = ndcg;
    if (!isnan(ndcg) && !(ndcg > trainer->best_ndcg)) return;
    if (!isnan(ndcg)) trainer->best_ndcg = ndcg; /* nobody to ask: the last is the best */
    trainer->best_epoch = trainer->epoch;
    memcpy(trainer->best.item, trainer->mean.item, trainer->mean.n * sizeof(float));
}

static bool goes_on(const struct trainer *trainer)
{
    return trainer->n_trained > 0 && trainer->epoch < trainer->settings.epochs &&
           trainer->epoch - trainer->best_epoch < trainer->settings.patience;
}

/* Tells the caller of an epoch and leaves it a checkpoint. One that cannot be kept is no reason to
 * stop: what is at stake is only the work until the next. */
static void report(const struct trainer *trainer, const struct training_hooks *hooks)
{
    if (!hooks) return;
    if (hooks->watch)
        hooks->watch(hooks->context, trainer->epoch, trainer->loss_curve[trainer->epoch - 1],
                     trainer->ndcg_curve[trainer->epoch - 1]);
    if (hooks->keep && goes_on(trainer)) hooks->keep(hooks->context, trainer_write, trainer, NULL);
}

bool attention_run_epochs(struct trainer *trainer, struct validation *validation,
                          const struct training_hooks *hooks)
{
    double ndcg;

    progress_begin(trainer->progress, "training", trainer->n_rows * trainer->settings.epochs);
    progress_add(trainer->progress, trainer->n_rows * trainer->epoch);
    if (hooks && hooks->begin) hooks->begin(hooks->context, trainer->epoch);
    while (goes_on(trainer)) {
        if (!run_epoch(trainer) || !validation_run(validation, trainer, &ndcg)) return false;
        judge(trainer, ndcg);
        report(trainer, hooks);
    }
    return validation_cold_bias(validation, trainer, &trainer->cold_bias);
}

struct attention *attention_finish(const struct trainer *trainer, const struct dataset *dataset,
                                   const struct parameters *parameters, struct texts *texts,
                                   struct user_segments *user_segments, struct error *error)
{
    struct attention *attention =
        attention_new(dataset, parameters, &trainer->settings.shape, trainer->epoch, error);
    const size_t curve = (size_t)trainer->epoch * sizeof(double);

    if (!attention) return NULL;
    memcpy(attention->memory, trainer->best.item, trainer->best.n * sizeof(float));
    memcpy(attention->loss_curve, trainer->loss_curve, curve);
    memcpy(attention->ndcg_curve, trainer->ndcg_curve, curve);
    attention->best_epoch = trainer->best_epoch;
    attention->texts = *texts;
    attention->cold_bias = trainer->cold_bias;
    attention->user_segments = user_segments_retain(user_segments);
    *texts = (struct texts){ 0 };
    if (attention_ready(attention, error)) return attention;
    attention_release((struct model *)attention);
    return NULL;
}

struct model *attention_train(const struct dataset *dataset, const struct parameters *parameters,
                              int threads, struct progress *progress, struct error *error)
{
    struct settings settings;
    struct sequences sequences = { 0 };
    struct trainer trainer = { 0 };
    struct validation *validation = NULL;
    struct attention *attention = NULL;
    const struct training_hooks *hooks = parameters->hooks;
    struct texts texts = { 0 };
    struct user_segments *user_segments = NULL;
    struct segment_membership segment_membership = { 0 };

    if (!settings_resolve(&settings, dataset, parameters, error) ||
        !sequences_init(&sequences, dataset, error) ||
        !texts_learn(&texts, dataset, settings.words, progress, error) ||
        (settings.user_token > 0 && !user_segments_learn(&user_segments, dataset, error)) ||
        !segment_membership_init(&segment_membership, user_segments, dataset, error))
        goto out;
    const struct words words = texts_words(&texts);
    settings.shape.n_time_buckets = sequences.time_bucket ? TIME_BUCKETS : 0;
    settings.shape.n_segments = user_segments_count(user_segments);
    settings.shape.n_tokens = words.n_tokens + settings.shape.n_segments;
    if (progress_cancelled(progress) ||
        !trainer_init(&trainer, &settings, &sequences, &words, &segment_membership, threads,
                      progress, error))
        goto out;
    if (!hooks || !hooks->resume || !hooks->resume(hooks->context, trainer_read, &trainer))
        trainer_begin(&trainer);
    validation = progress_cancelled(progress) ? NULL : validation_new(&trainer, error);
    if (validation && attention_run_epochs(&trainer, validation, hooks))
        attention = attention_finish(&trainer, dataset, parameters, &texts, user_segments, error);
out:
    if (!attention && progress_cancelled(progress)) error_set(error, ERROR_CANCELLED, "cancelled");
    validation_free(validation);
    trainer_fini(&trainer);
    sequences_fini(&sequences);
    texts_fini(&texts);
    segment_membership_fini(&segment_membership);
    user_segments_release(user_segments);
    return (struct model *)attention;
}

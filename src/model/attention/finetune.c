/* finetune.c - fine-tuning a model on events that came after its training.
 *
 * A few epochs at a small rate over the users who did something new and a replay: as many others
 * again and again as keep what was learned from being forgotten. Items that came since begin where
 * a training would begin them. The best of these epochs is kept by the same validation as in a
 * training, even where the model was better before; the caller compares.
 */
#include "attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 6, PATIENCE = 3 };
enum {
    REPLAYED = 2,
    REPLAY_MIN = 512
}; /* other users for each user with new events, and at least */

static const double slower = 0.3; /* than the rate of the training */

/* The trainer begins with the model's weights; vectors of newer items stay as they were drawn. */
static void adopt(struct trainer *trainer, const struct attention *attention)
{
    const struct network *from = &attention->network;
    struct network *to = &trainer->weights;
    const size_t d = (size_t)from->shape.width, known = (size_t)from->shape.n_items - 1;
    const size_t rest = from->n - (size_t)(from->token - from->item);
    const size_t bytes = to->n * sizeof(float);

    memcpy(to->item, from->item, known * d * sizeof(float));
    memcpy(to->item + ((size_t)to->shape.n_items - 1) * d, from->item + known * d,
           d * sizeof(float)); /* the BOS vector */
    memcpy(to->token, from->token, rest * sizeof(float));
    memcpy(trainer->best.item, to->item, bytes);
    if (trainer->mean.item != to->item) memcpy(trainer->mean.item, to->item, bytes);
}

static bool has_news(const struct dataset *before, const struct dataset *newer, int32_t user)
{
    const int64_t now = newer->sequence[user + 1] - newer->sequence[user];
    return user >= before->n_users ? now > 0
                                   : now > before->sequence[user + 1] - before->sequence[user];
}

/* Keeps in the order the users with new events and a sample of the others; returns how many have
 * new events. */
static int32_t choose(struct trainer *trainer, const struct dataset *before,
                      const struct dataset *newer)
{
    struct rng rng;
    int32_t news = 0, kept = 0, others = 0;

    for (int32_t i = 0; i < trainer->n_trained; i++)
        news += has_news(before, newer, trainer->order[i]);
    const int32_t left = trainer->n_trained - news;
    int64_t wanted = (int64_t)news * REPLAYED;
    if (wanted < REPLAY_MIN) wanted = REPLAY_MIN;
    rng_init_stream(&rng, trainer->settings.seed, (uint64_t)newer->events_seen);
    for (int32_t i = 0; i < trainer->n_trained; i++) {
        const int32_t user = trainer->order[i];
        if (!has_news(before, newer, user)) {
            /* Each of those that are left is as likely to be among those still wanted. */
            const int64_t seen = others++;
            if ((int64_t)(rng_unit(&rng) * (double)(left - seen)) >= wanted) continue;
            wanted--;
        }
        trainer->order[kept++] = user;
    }
    trainer->n_trained = kept;
    trainer->n_rows = 0;
    for (int32_t i = 0; i < kept; i++)
        trainer->n_rows += trainer_rows(trainer, trainer->order[i]);
    return news;
}

static bool resolve(struct settings *settings, const struct attention *attention,
                    const struct dataset *newer, struct error *error)
{
    if (!settings_resolve(settings, newer, &attention->base.parameters, error)) return false;
    settings->shape = attention->network.shape; /* not what the size of newer data would give */
    settings->shape.n_items = newer->n_items + 1;
    settings->lr *= slower;
    settings->lr_final = 1;
    settings->weight_decay = 0; /* what is not replayed must not fade */
    settings->ema = 0;
    settings->warm_up = 10;
    settings->epochs = EPOCHS;
    settings->patience = PATIENCE;
    return true;
}

struct model *attention_finetune(const struct model *model, const struct dataset *newer,
                                 int threads, struct progress *progress, struct finetuning *report,
                                 struct error *error)
{
    const struct attention *attention = (const struct attention *)model;
    struct settings settings;
    struct sequences sequences = { 0 };
    struct trainer trainer = { 0 };
    struct validation *validation = NULL;
    struct attention *tuned = NULL;
    struct texts texts = { 0 };
    struct segment_membership segment_membership = { 0 };

    if (newer->n_items < attention->base.dataset->n_items) {
        error_set(error, ERROR_USAGE, "this model cannot go on: train it anew");
        return NULL;
    }
    if (!resolve(&settings, attention, newer, error) || !sequences_init(&sequences, newer, error) ||
        !texts_copy(&texts, &attention->texts, newer, progress, error) ||
        !segment_membership_init(&segment_membership, attention->user_segments, newer, error))
        goto out;
    const struct words words = texts_words(&texts);
    if (!trainer_init(&trainer, &settings, &sequences, &words, &segment_membership, threads,
                      progress, error))
        goto out;
    trainer_begin(&trainer);
    adopt(&trainer, attention);
    report->users = choose(&trainer, attention->base.dataset, newer);
    report->replayed = trainer.n_trained - report->users;
    validation = validation_new(&trainer, error);
    if (!validation) goto out;
    if (validation_run(validation, &trainer, &report->before) &&
        attention_run_epochs(&trainer, validation, report->hooks))
        tuned = attention_finish(&trainer, newer, &attention->base.parameters, &texts,
                                 attention->user_segments, error);
    else
        error_set(error, ERROR_CANCELLED, "cancelled");
    report->after = trainer.best_ndcg < 0 ? (double)NAN : trainer.best_ndcg;
out:
    if (!tuned && progress_cancelled(progress)) error_set(error, ERROR_CANCELLED, "cancelled");
    validation_free(validation);
    trainer_fini(&trainer);
    sequences_fini(&sequences);
    texts_fini(&texts);
    segment_membership_fini(&segment_membership);
    return (struct model *)tuned;
}

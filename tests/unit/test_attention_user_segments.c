/* Who people are inside the attention model: gradients of user tokens, the same bits on any number
 * of threads, after a stop and after saving, newcomers served by their attributes, receipts of
 * them.
 */
#include <aisle/model.h>
#include <aisle/rng.h>
#include <aisle/similarity.h>

#include "model/attention/attention.h"

#include "../support/shop_builder.h"
#include "../support/tape.h"
#include "../support/training.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The last users have done nothing. */
enum { USERS = 200, NEWCOMERS = 8, ITEMS = 40, HALF = ITEMS / 2, SEGMENTS = 5 };

static const char *const sexes[] = { "F", "M" };
static const char *const cities[] = { "Oslo", "Bergen", "Tromso" };

/* Women buy the first half of the catalogue, men the second, in any order; where they live says
 * nothing. Four people live in a village of their own. */
static const struct dataset *shop(bool attributes)
{
    struct dataset_builder *builder = shop_builder_new(USERS + NEWCOMERS, ITEMS);
    struct rng rng;
    rng_init(&rng, 3);
    for (int32_t u = 0; u < USERS + NEWCOMERS; u++) {
        const int n = u < USERS ? 4 + (int)rng_below(&rng, 8) : 0;
        const char *city = u < 4 ? "Fjell" : cities[u / 2 % 3];
        if (attributes)
            assert_true(
                dataset_builder_set_user(builder, u, slice_of("sex"), slice_of(sexes[u % 2]),
                                         NULL) &&
                dataset_builder_set_user(builder, u, slice_of("city"), slice_of(city), NULL));
        for (int e = 0; e < n; e++) {
            const int32_t half = rng_below(&rng, 20) ? u % 2 : (int32_t)rng_below(&rng, 2);
            shop_builder_buy(builder, u, half * HALF + (int32_t)rng_below(&rng, HALF),
                             1000000 + e * 86400);
        }
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, const char *settings, int threads)
{
    return model_trained(dataset, &attention_kind, settings, threads);
}

static struct shopper *shopper_of(const struct dataset *dataset, int32_t user)
{
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
    assert_non_null(shopper);
    return shopper;
}

static void assert_same(const struct model *one, const struct model *other, bool same)
{
    struct tape a = tape_of(one), b = tape_of(other);
    assert_true((a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0) == same);
    tape_fini(&a);
    tape_fini(&b);
}

static const char *const usual = "d=32 epochs=30 patience=30 dropout=0.1 rate=0.005 batch=32";

/* ----------------------------------------------------------------------------------- gradients */

struct learning {
    struct user_segments *user_segments;
    struct segment_membership segment_membership;
    struct sequences sequences;
    struct settings settings;
    struct trainer trainer;
};

static void begin(struct learning *learning, const struct dataset *dataset, const char *settings)
{
    const struct parameters parameters = parameters_of(&attention_kind, settings);
    const struct words words = { 0 };
    memset(learning, 0, sizeof *learning);
    assert_true(settings_resolve(&learning->settings, dataset, &parameters, NULL));
    assert_true(sequences_init(&learning->sequences, dataset, NULL));
    assert_true(user_segments_learn(&learning->user_segments, dataset, NULL));
    assert_true(segment_membership_init(&learning->segment_membership, learning->user_segments,
                                        dataset, NULL));
    assert_int_equal(user_segments_count(learning->user_segments), SEGMENTS);
    assert_int_equal(learning->segment_membership.max, 2);
    learning->settings.shape.n_time_buckets = TIME_BUCKETS;
    learning->settings.shape.n_tokens = learning->settings.shape.n_segments = SEGMENTS;
    assert_true(trainer_init(&learning->trainer, &learning->settings, &learning->sequences, &words,
                             &learning->segment_membership, 1, NULL, NULL));
    trainer_begin(&learning->trainer);
    trainer_shuffle(&learning->trainer);
}

static void end(struct learning *learning)
{
    trainer_fini(&learning->trainer);
    sequences_fini(&learning->sequences);
    segment_membership_fini(&learning->segment_membership);
    user_segments_release(learning->user_segments);
}

/* Segments, and the BOS vector that user tokens begin with. */
static void check_gradients(const struct dataset *dataset, const char *settings)
{
    struct learning learning;
    struct rng rng;
    double loss, largest = 0;
    begin(&learning, dataset, settings);
    struct trainer *trainer = &learning.trainer;
    const size_t d = (size_t)learning.settings.shape.width, n = SEGMENTS * d;
    rng_init(&rng, 1);
    for (size_t i = 0; i < n; i++) { /* they begin at zero */
        assert_true(trainer->weights.token[i] == 0);
        trainer->weights.token[i] = (float)(rng_normal(&rng) * 0.04);
    }
    trainer_fill(trainer, 0, trainer->settings.batch);
    assert_true(trainer->n_query_embeddings > trainer->settings.batch / 2);
    float *before = floats_new(trainer->weights.n), *gradient = floats_new(n);
    assert_true(before && gradient);
    memcpy(before, trainer->weights.item, trainer->weights.n * sizeof(float));
    assert_true(trainer_gradient(trainer, &loss) && trainer_update(trainer));
    memcpy(trainer->weights.item, before, trainer->weights.n * sizeof(float));
    memcpy(gradient, trainer->word_gradient, n * sizeof(float));
    const int32_t bos = trainer->settings.shape.n_items - 1;
    const int32_t slot = trainer->slot_of ? trainer->slot_of[bos] : bos;
    float of_beginning[64];
    memcpy(of_beginning, trainer->gradient.item + (size_t)slot * d, d * sizeof(float));
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)gradient[i]));
    assert_true(largest > 0);
    for (size_t i = 0; i < n; i += 7)
        training_assert_slope(trainer, trainer->weights.token + i, (double)gradient[i], largest);
    for (size_t i = 0; i < d; i += 5)
        training_assert_slope(trainer, trainer->weights.item + (size_t)bos * d + i,
                              (double)of_beginning[i], largest);
    free(before);
    free(gradient);
    end(&learning);
}

static void gradients_of_who_steps(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    check_gradients(dataset, "d=32 loss=softmax dropout=0 batch=64");
    check_gradients(dataset, "d=32 loss=sampled negatives=9 dropout=0 batch=64");
    check_gradients(dataset, "d=32 loss=pairwise dropout=0 batch=64");
    dataset_release(dataset);
}

/* ---------------------------------------------------------------------------------- the models */

/* What is not known of people, or not asked for, changes nothing: not a bit, not the format. */
static void without_attributes_all_is_as_it_was(void **state)
{
    (void)state;
    const struct dataset *known = shop(true), *unknown = shop(false);
    struct model *as_ever = trained(unknown, "d=32 epochs=3", 2);
    struct model *not_asked = trained(known, "d=32 epochs=3 who=0", 2);
    struct model *asked = trained(known, "d=32 epochs=3", 2);
    const struct attention *attention = (const struct attention *)asked;
    assert_same(as_ever, not_asked, true);
    assert_same(as_ever, asked, false);
    assert_int_equal(user_segments_count(attention->user_segments),
                     SEGMENTS); /* not those of the village */
    model_release(as_ever);
    model_release(not_asked);
    model_release(asked);
    dataset_release(known);
    dataset_release(unknown);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    static const char *const losses[] = { "softmax", "sampled", "pairwise" };
    for (int l = 0; l < 3; l++) {
        char settings[128];
        snprintf(settings, sizeof settings, "d=32 epochs=3 loss=%s negatives=10", losses[l]);
        struct model *one = trained(dataset, settings, 1), *many = trained(dataset, settings, 4);
        assert_same(one, many, true);
        model_release(one);
        model_release(many);
    }
    dataset_release(dataset);
}

static void going_on_equals_never_stopping(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    const char *settings = "epochs=5 patience=9 batch=20 d=32";
    struct model *whole = trained(dataset, settings, 2);
    struct stop stop = { .after = 2 };
    const struct training_hooks hooks = stop_hooks(&stop);
    struct parameters parameters = parameters_of(&attention_kind, settings);
    parameters.hooks = &hooks;
    assert_null(attention_kind.train(dataset, &parameters, 2, &stop.progress, NULL));
    atomic_store(&stop.progress.cancel, false);
    struct model *again = attention_kind.train(dataset, &parameters, 1, &stop.progress, NULL);
    assert_non_null(again);
    assert_int_equal(stop.rounds, 5); /* it did go on, not begin */
    assert_same(whole, again, true);
    tape_fini(&stop.tape);
    model_release(again);
    model_release(whole);
    dataset_release(dataset);
}

static void saved_people_come_back(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    struct model *model = trained(dataset, "d=32 epochs=2", 1);
    tape_check(model, 997);
    struct tape tape = tape_of(model);
    struct model *again = tape_load(&tape, model);
    assert_non_null(again);
    assert_int_equal(user_segments_count(((struct attention *)again)->user_segments), SEGMENTS);
    tape_fini(&tape);
    model_release(again);
    model_release(model);
    dataset_release(dataset);
}

/* Of the first ten places, how many are of that half. */
static int32_t count_half(const struct model *model, const struct shopper *shopper, int32_t half)
{
    float scores[ITEMS];
    int32_t best[10], found = 0;
    assert_true(attention_kind.score(model, shopper, scores, NULL));
    assert_int_equal(top_k(scores, ITEMS, 10, best), 10);
    for (int32_t i = 0; i < 10; i++)
        found += best[i] / HALF == half;
    return found;
}

static void newcomers_are_served_by_who_they_are(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    struct model *model = trained(dataset, usual, 2), *without = trained(dataset, "who=0", 2);
    const int32_t values[] = {
        attributes_find(&dataset->user_attributes, slice_of("sex"), slice_of("M")),
        attributes_find(&dataset->user_attributes, slice_of("city"), slice_of("Fjell")),
    };
    for (int32_t u = USERS; u < USERS + NEWCOMERS; u++) {
        struct shopper *newcomer = shopper_of(dataset, u);
        assert_true(attention_kind.supports_cold_start(model, newcomer));
        assert_false(attention_kind.supports_cold_start(without, newcomer));
        assert_true(count_half(model, newcomer, u % 2) >= 9);
        shopper_free(newcomer);
    }
    for (int v = 0; v < 2; v++) { /* nobody in the data; then nobody of whom anything is known */
        const struct shopper_changes changes = { .values = values + v, .n_values = 1 };
        struct shopper *anybody = shopper_new(dataset, -1, MOMENT_NONE, &changes, NULL);
        assert_true(attention_kind.supports_cold_start(model, anybody) == (v == 0));
        if (v == 0) assert_true(count_half(model, anybody, 1) >= 9);
        shopper_free(anybody);
    }
    struct shopper *old = shopper_of(dataset, 9);
    assert_false(attention_kind.supports_cold_start(model, old));
    shopper_free(old);
    model_release(model);
    model_release(without);
    dataset_release(dataset);
}

/* One line for each attribute: what the score loses without it. */
static void receipts_of_newcomers_add_up(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    struct model *model = trained(dataset, usual, 2);
    float scores[ITEMS], nobody[ITEMS];
    struct shopper *empty = shopper_of(dataset, -1);
    assert_true(attention_kind.score(model, empty, nobody, NULL));
    for (int32_t u = USERS; u < USERS + NEWCOMERS; u++) {
        struct shopper *newcomer = shopper_of(dataset, u);
        assert_true(attention_kind.score(model, newcomer, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i += 3) {
            double sex = 0, city = 0;
            struct receipt *receipt = attention_kind.open(model, newcomer, i, NULL, NULL);
            assert_non_null(receipt);
            assert_int_equal(receipt->n_children, 4);
            assert_true((float)receipt->value == scores[i]);
            assert_true(receipt_residual(receipt) < 1e-6);
            for (int32_t c = 0; c < 4; c++) {
                const struct receipt *child = &receipt->children[c];
                if (child->kind == RECEIPT_BASE) {
                    assert_true((float)child->value == nobody[i]);
                    assert_string_equal(child->words, "without history or attributes");
                }
                if (child->kind != RECEIPT_SEGMENT) continue;
                assert_true(child->count >= SEGMENT_USERS_MIN && child->rank > 0);
                *(strncmp(child->words, "sex ", 4) == 0 ? &sex : &city) = child->value;
            }
            assert_true((sex > 0) == (i / HALF == u % 2)); /* it is what speaks for the half */
            assert_true(fabs(sex) > fabs(city));
            receipt_free(receipt);
        }
        struct attention_map *map = attention_kind.look(model, newcomer, NULL);
        assert_true(map && map->n == 1 && map->item[0] == ATTENTION_WHO);
        attention_map_free(map);
        shopper_free(newcomer);
    }
    shopper_free(empty);
    model_release(model);
    dataset_release(dataset);
}

static void fine_tuning_keeps_people(void **state)
{
    (void)state;
    const struct dataset *dataset = shop(true);
    struct model *model = trained(dataset, usual, 1);
    const struct arriving_event arriving = {
        0,
        { .item = 3, .time = 9000000, .type = EVENT_PURCHASE, .quantity = 1, .value = (float)NAN }
    };
    const struct dataset_delta_events news = { .arrivals = &arriving,
                                               .n = 1,
                                               .events_seen = dataset->events_seen + 1 };
    const struct dataset *newer = dataset_update(dataset, &news, NULL);
    struct finetuning report = { 0 };
    assert_non_null(newer);
    struct model *tuned = attention_kind.finetune(model, newer, 1, NULL, &report, NULL);
    assert_non_null(tuned);
    for (int32_t u = USERS; u < USERS + NEWCOMERS; u++) {
        struct shopper *newcomer = shopper_of(newer, u);
        assert_true(count_half(tuned, newcomer, u % 2) >= 9);
        shopper_free(newcomer);
    }
    model_release(model); /* the newer one goes on without it */
    tape_check(tuned, 2003);
    model_release(tuned);
    dataset_release(newer);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_who_steps),
        cmocka_unit_test(without_attributes_all_is_as_it_was),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(going_on_equals_never_stopping),
        cmocka_unit_test(saved_people_come_back),
        cmocka_unit_test(newcomers_are_served_by_who_they_are),
        cmocka_unit_test(receipts_of_newcomers_add_up),
        cmocka_unit_test(fine_tuning_keeps_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

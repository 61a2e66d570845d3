/* Words inside the attention model: their gradients, the same bits on any number of threads and
 * after saving, items that nobody bought, query embeddings, and receipts of them. */
#include <aisle/model.h>
#include <aisle/rng.h>

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

enum { USERS = 240, ITEMS = 40, KINDS = 4, BOUGHT = ITEMS - KINDS, RARE = BOUGHT };

static const char *const kinds[KINDS] = { "jacket", "espresso", "puzzle", "garden" };
static const char *const makes[] = { "amber", "birch", "cedar", "dune",  "ember",
                                     "fjord", "grove", "heath", "islet", "juniper" };

/* Item i is of kind i % 4. People buy of one kind, and of another some of the time. The last item
 * of each kind was never bought. */
static const struct dataset *shop(void)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    struct rng rng;
    char text[64];
    assert_non_null(builder);
    rng_init(&rng, 3);
    for (int32_t u = 0; u < USERS; u++) {
        snprintf(text, sizeof text, "u%d", u);
        assert_true(dataset_builder_add_user(builder, slice_of(text), NULL));
    }
    for (int32_t i = 0; i < ITEMS; i++) {
        char title[64];
        snprintf(text, sizeof text, "i%d", i);
        snprintf(title, sizeof title, "%s %s", makes[i / KINDS], kinds[i % KINDS]);
        assert_true(dataset_builder_add_item(builder, slice_of(text), slice_of(title), NULL));
        assert_true(dataset_builder_set_item(builder, i, slice_of("kind"),
                                             slice_of(kinds[i % KINDS]), NULL));
    }
    for (int32_t u = 0; u < USERS; u++) {
        const int n = 4 + (int)rng_below(&rng, 8);
        for (int e = 0; e < n; e++) {
            const int32_t kind = rng_below(&rng, 5) ? u % KINDS : (int32_t)rng_below(&rng, KINDS);
            const int32_t item = (int32_t)rng_below(&rng, BOUGHT / KINDS) * KINDS + kind;
            shop_builder_buy(builder, u, item, 1000000 + e * 86400);
        }
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, const char *settings, int threads)
{
    return model_trained(dataset, &attention_kind, settings, threads);
}

static const char *const usual = "d=32 epochs=30 patience=30 dropout=0.1 rate=0.005 batch=32";

/* ----------------------------------------------------------------------------------- gradients */

struct learning {
    struct texts texts;
    struct sequences sequences;
    struct segment_membership segment_membership;
    struct settings settings;
    struct trainer trainer;
};

static void begin(struct learning *learning, const struct dataset *dataset, const char *settings)
{
    const struct parameters parameters = parameters_of(&attention_kind, settings);
    memset(learning, 0, sizeof *learning);
    assert_true(settings_resolve(&learning->settings, dataset, &parameters, NULL));
    assert_true(sequences_init(&learning->sequences, dataset, NULL));
    assert_true(texts_learn(&learning->texts, dataset, 100, NULL, NULL));
    const struct words words = texts_words(&learning->texts);
    assert_true(words.n_tokens > 10);
    learning->settings.shape.n_time_buckets = TIME_BUCKETS;
    learning->settings.shape.n_tokens = words.n_tokens;
    assert_true(trainer_init(&learning->trainer, &learning->settings, &learning->sequences, &words,
                             &learning->segment_membership, 1, NULL, NULL));
    trainer_begin(&learning->trainer);
    trainer_shuffle(&learning->trainer);
}

static void end(struct learning *learning)
{
    trainer_fini(&learning->trainer);
    sequences_fini(&learning->sequences);
    texts_fini(&learning->texts);
}

/* Of a batch with query embeddings: words, the BOS vector, and an item's own vector. */
static void check_gradients(const struct dataset *dataset, const char *settings)
{
    struct learning learning;
    double loss, largest = 0;
    begin(&learning, dataset, settings);
    struct trainer *trainer = &learning.trainer;
    const size_t d = (size_t)learning.settings.shape.width;
    const size_t words = (size_t)learning.settings.shape.n_tokens * d;
    for (size_t i = 0; i < trainer->weights.n; i++) /* so that words matter */
        trainer->weights.item[i] *=
            i < (size_t)(trainer->weights.time_bucket - trainer->weights.item) ? 2 : 1;
    trainer_fill(trainer, 0, trainer->settings.batch);
    assert_true(trainer->n_query_embeddings > 2);
    float *before = floats_new(trainer->weights.n);
    assert_non_null(before);
    memcpy(before, trainer->weights.item, trainer->weights.n * sizeof(float));
    assert_true(trainer_gradient(trainer, &loss) && trainer_update(trainer));
    memcpy(trainer->weights.item, before, trainer->weights.n * sizeof(float));
    float *of_words = floats_new(words);
    assert_non_null(of_words);
    memcpy(of_words, trainer->word_gradient, words * sizeof(float));
    const int32_t bos = trainer->settings.shape.n_items - 1;
    const int32_t slot = trainer->slot_of ? trainer->slot_of[bos] : bos;
    float of_beginning[64];
    memcpy(of_beginning, trainer->gradient.item + (size_t)slot * d, d * sizeof(float));
    for (size_t i = 0; i < words; i++)
        largest = fmax(largest, fabs((double)of_words[i]));
    for (size_t i = 0; i < words; i += words / 41 + 1)
        training_assert_slope(trainer, trainer->weights.token + i, (double)of_words[i], largest);
    for (size_t i = 0; i < d; i += 5)
        training_assert_slope(trainer, trainer->weights.item + (size_t)bos * d + i,
                              (double)of_beginning[i], largest);
    free(before);
    free(of_words);
    end(&learning);
}

static void gradients_of_words(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    check_gradients(dataset, "d=32 loss=softmax dropout=0 batch=64");
    check_gradients(dataset, "d=32 loss=sampled negatives=9 dropout=0 batch=64");
    check_gradients(dataset, "d=32 loss=pairwise dropout=0 batch=64");
    dataset_release(dataset);
}

/* A bare item has no gradient of its own, and one that nobody bought has no vector either. */
static void unbought_items_have_words_only(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, usual, 1);
    const struct attention *attention = (const struct attention *)model;
    const size_t d = (size_t)attention->network.shape.width;
    for (int32_t i = 0; i < ITEMS; i++) {
        const float *own = attention->network.item + (size_t)i * d;
        const float *served = attention->table + (size_t)i * d;
        const double length = (double)attention->kernels->dot((int32_t)d, own, own);
        assert_true(i < RARE ? length > 0 : length == 0);
        assert_true((double)attention->kernels->dot((int32_t)d, served, served) > 0);
    }
    model_release(model);
    dataset_release(dataset);
}

/* ----------------------------------------------------------------------------------- the models */

static void threads_change_no_bit(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    static const char *const losses[] = { "softmax", "sampled", "pairwise" };
    for (int l = 0; l < 3; l++) {
        char settings[128];
        snprintf(settings, sizeof settings, "d=32 epochs=3 loss=%s negatives=10", losses[l]);
        struct model *one = trained(dataset, settings, 1), *many = trained(dataset, settings, 4);
        struct tape a = tape_of(one), b = tape_of(many);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.bytes, b.bytes, a.length);
        tape_fini(&a);
        tape_fini(&b);
        model_release(one);
        model_release(many);
    }
    dataset_release(dataset);
}

static void saved_words_come_back(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, "d=32 epochs=2", 1);
    tape_check(model, 997);
    struct tape tape = tape_of(model);
    struct model *again = tape_load(&tape, model);
    assert_non_null(again);
    assert_true(model_base(again)->reads_words);
    tape_fini(&tape);
    model_release(again);
    model_release(model);
    dataset_release(dataset);
}

static struct shopper *asks(const struct dataset *dataset, int32_t user, const char *words)
{
    const struct shopper_changes changes = { .words = words };
    struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, &changes, NULL);
    assert_non_null(shopper);
    return shopper;
}

/* Of the first `n` places, how many are of that kind. */
static int32_t count_kind(const struct model *model, const struct shopper *shopper, int32_t kind,
                          int32_t n)
{
    float scores[ITEMS];
    int32_t best[ITEMS], found = 0;
    assert_true(attention_kind.score(model, shopper, scores, NULL));
    assert_int_equal(top_k(scores, ITEMS, n, best), n);
    for (int32_t i = 0; i < n; i++)
        found += best[i] % KINDS == kind;
    return found;
}

static void questions_are_answered(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, usual, 2), *without = trained(dataset, "words=0", 2);
    assert_true(model_base(model)->reads_words);
    assert_false(model_base(without)->reads_words);
    for (int32_t kind = 0; kind < KINDS; kind++) {
        struct shopper *somebody = asks(dataset, -1, kinds[kind]);
        assert_true(count_kind(model, somebody, kind, 8) >= 7);
        shopper_free(somebody);
    }
    int32_t asked = 0, silent = 0;
    for (int32_t u = 0; u < USERS; u++) { /* what somebody else would like */
        const int32_t kind = (u + 1) % KINDS;
        struct shopper *one = asks(dataset, u, kinds[kind]), *other = asks(dataset, u, NULL);
        asked += count_kind(model, one, kind, 8);
        silent += count_kind(model, other, kind, 8);
        shopper_free(one);
        shopper_free(other);
    }
    assert_true(asked > 2 * silent);
    model_release(model);
    model_release(without);
    dataset_release(dataset);
}

/* Those who buy of a kind get its item that nobody bought before those of other kinds. */
static void unbought_items_are_found(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, usual, 2);
    float scores[ITEMS];
    int32_t right = 0;
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = asks(dataset, u, NULL);
        int32_t best = RARE;
        assert_true(attention_kind.score(model, shopper, scores, NULL));
        for (int32_t i = RARE; i < ITEMS; i++)
            if (scores[i] > scores[best]) best = i;
        right += best % KINDS == u % KINDS;
        shopper_free(shopper);
    }
    assert_true(right > USERS * 3 / 4); /* by chance a quarter */
    model_release(model);
    dataset_release(dataset);
}

/* They are not in everybody's list, though nothing in training speaks against them. */
static void unbought_items_do_not_flood_lists(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, usual, 2);
    const struct attention *attention = (const struct attention *)model;
    float scores[ITEMS];
    int32_t best[8], listed = 0;
    assert_true(attention->cold_bias < 0);
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = asks(dataset, u, NULL);
        assert_true(attention_kind.score(model, shopper, scores, NULL));
        assert_int_equal(top_k(scores, ITEMS, 8, best), 8);
        for (int32_t i = 0; i < 8; i++)
            listed += best[i] >= RARE;
        shopper_free(shopper);
    }
    assert_true(listed < USERS * 8 / 50); /* a tenth of all items */
    model_release(model);
    dataset_release(dataset);
}

static void receipts_of_questions_add_up(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, "d=32 epochs=5", 1);
    float scores[ITEMS];
    for (int32_t u = -1; u < 6; u++) {
        struct shopper *shopper = asks(dataset, u, "an amber jacket, or espresso");
        const struct receipt_limits limits = { .levels = 0, .children = u > 3 ? 4 : 0 };
        assert_true(attention_kind.score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i += 7) {
            int32_t words = 0;
            struct receipt *receipt = attention_kind.open(model, shopper, i, &limits, NULL);
            assert_non_null(receipt);
            assert_true(fabs(receipt->value - (double)scores[i]) < 1e-6);
            assert_true(fabs(receipt_residual(receipt)) < 1e-6);
            for (int32_t c = 0; c < receipt->n_children; c++)
                words += receipt->children[c].kind == RECEIPT_WORD;
            if (limits.children == 0) assert_int_equal(words, 3);
            receipt_free(receipt);
        }
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(dataset);
}

/* What the words were stays what they are: newer items are read with the old words. */
static void fine_tuning_keeps_words(void **state)
{
    (void)state;
    const struct dataset *dataset = shop();
    struct model *model = trained(dataset, usual, 1);
    const struct slice id = slice_of("new"), title = slice_of("cedar espresso");
    const struct arriving_event arriving = { 0,
                                             { .item = ITEMS,
                                               .time = 9000000,
                                               .type = EVENT_PURCHASE,
                                               .quantity = 1,
                                               .value = (float)NAN } };
    const struct dataset_delta_events news = { .arrivals = &arriving,
                                               .n = 1,
                                               .items = &id,
                                               .titles = &title,
                                               .n_items = 1,
                                               .events_seen = dataset->events_seen + 1 };
    const struct dataset *newer = dataset_update(dataset, &news, NULL);
    struct finetuning report = { 0 };
    assert_non_null(newer);
    struct model *tuned = attention_kind.finetune(model, newer, 1, NULL, &report, NULL);
    assert_non_null(tuned);
    const struct attention *attention = (const struct attention *)tuned;
    assert_true(tuned && model_base(tuned)->reads_words);
    assert_int_equal(attention->texts.items.n_items, ITEMS + 1);
    assert_true(attention->texts.items.offset[ITEMS + 1] > attention->texts.items.offset[ITEMS]);
    struct shopper *somebody = asks(newer, -1, "espresso");
    float scores[ITEMS + 1];
    assert_true(attention_kind.score(tuned, somebody, scores, NULL));
    for (int32_t i = RARE; i < ITEMS; i++) /* others that nobody bought */
        if (i % KINDS != 1) assert_true(scores[ITEMS] > scores[i]);
    shopper_free(somebody);
    model_release(tuned);
    model_release(model);
    dataset_release(newer);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_words),
        cmocka_unit_test(unbought_items_have_words_only),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(saved_words_come_back),
        cmocka_unit_test(questions_are_answered),
        cmocka_unit_test(unbought_items_are_found),
        cmocka_unit_test(unbought_items_do_not_flood_lists),
        cmocka_unit_test(receipts_of_questions_add_up),
        cmocka_unit_test(fine_tuning_keeps_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

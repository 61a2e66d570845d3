/* Trainings of the attention model: a small language learned, the same bits on any number of
 * threads and after a stop, packed rows as if alone, receipts that add up, bodies that are refused,
 * cancelling at any moment. */
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

enum { USERS = 200, ITEMS = 24 };

/* Sequences of 4 to 19 purchases, each the one after the last in a ring of items, but for `noise`
 * of 100 that are anything. */
static const struct dataset *ring(uint32_t noise, bool timed)
{
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS);
    struct rng rng;
    rng_init(&rng, 5);
    for (int u = 0; u < USERS; u++) {
        int32_t item = (int32_t)rng_below(&rng, ITEMS);
        const int n = 4 + (int)rng_below(&rng, ITEMS - 8);
        for (int e = 0; e < n; e++) {
            shop_builder_buy(builder, u, item, timed ? 1000000 + e * 86400 : MOMENT_NONE);
            item =
                rng_below(&rng, 100) < noise ? (int32_t)rng_below(&rng, ITEMS) : (item + 1) % ITEMS;
        }
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, const char *settings, int threads)
{
    return model_trained(dataset, &attention_kind, settings, threads);
}

static void assert_same(struct tape a, struct tape b)
{
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
}

/* ----------------------------------------------------------------------------------------- tests
 */

static void a_ring_is_learned(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(0, false);
    static const char *const losses[] = { "softmax", "sampled", "pairwise" };
    for (int l = 0; l < 3; l++) {
        char settings[96];
        snprintf(settings, sizeof settings,
                 "loss=%s negatives=12 epochs=60 patience=60 dropout=0.1", losses[l]);
        struct model *model = trained(dataset, settings, 2);
        int32_t right = 0;
        float scores[ITEMS];
        for (int32_t u = 0; u < USERS; u++) {
            struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
            assert_true(attention_kind.score(model, shopper, scores, NULL));
            const int32_t next = (shopper->events[shopper->n_events - 1].item + 1) % ITEMS;
            int32_t best = 0;
            for (int32_t i = 1; i < ITEMS; i++)
                best = scores[i] > scores[best] ? i : best;
            right += best == next;
            shopper_free(shopper);
        }
        if (right < USERS * (l == 0 ? 98 : 90) / 100)
            fail_msg("%s: %d of %d", losses[l], right, USERS);
        model_release(model);
    }
    dataset_release(dataset);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(30, true);
    static const char *const settings[] = {
        "epochs=3 batch=40 d=32", "epochs=2 batch=40 loss=sampled negatives=10 draw=popular",
        "epochs=2 batch=40 loss=pairwise average=0"
    };
    for (int s = 0; s < 3; s++) {
        struct model *one = trained(dataset, settings[s], 1);
        struct tape want = tape_of(one);
        for (int threads = 2; threads <= 4; threads += 2) {
            struct model *many = trained(dataset, settings[s], threads);
            struct tape got = tape_of(many);
            assert_same(want, got);
            tape_fini(&got);
            model_release(many);
        }
        tape_fini(&want);
        model_release(one);
    }
    dataset_release(dataset);
}

static void going_on_equals_never_stopping(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(30, true);
    const char *settings = "epochs=6 patience=9 batch=20 d=32";
    struct model *whole = trained(dataset, settings, 2);
    struct tape want = tape_of(whole);
    for (int32_t after = 1; after < 6; after += 2) {
        struct stop stop = { .after = after };
        const struct training_hooks hooks = stop_hooks(&stop);
        struct parameters parameters = parameters_of(&attention_kind, settings);
        struct error error = { 0 };
        parameters.hooks = &hooks;
        assert_null(attention_kind.train(dataset, &parameters, 2, &stop.progress, &error));
        assert_int_equal(error.code, ERROR_CANCELLED);
        assert_non_null(stop.tape.bytes);
        atomic_store(&stop.progress.cancel, false);
        stop.after = -1;
        stop.rounds = 0;
        struct model *again = attention_kind.train(dataset, &parameters, 1, &stop.progress, NULL);
        assert_non_null(again);
        assert_int_equal(stop.rounds, 6 - after); /* it did go on, not begin */
        struct tape got = tape_of(again);
        assert_same(want, got);
        tape_fini(&got);
        model_release(again);
        stop.tape.bytes[stop.tape.length / 2] ^= 1; /* a damaged one is worth nothing */
        stop.rounds = 0;
        again = attention_kind.train(dataset, &parameters, 1, &stop.progress, NULL);
        assert_int_equal(stop.rounds, 6);
        got = tape_of(again);
        assert_same(want, got);
        tape_fini(&got);
        model_release(again);
        tape_fini(&stop.tape);
    }
    tape_fini(&want);
    model_release(whole);
    dataset_release(dataset);
}

/* Rows of a pack are what they are alone, to the last bit. */
static void packed_equals_alone(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(50, false);
    struct attention *attention = (struct attention *)trained(dataset, "epochs=1 length=12", 1);
    const struct shape *shape = &attention->network.shape;
    const size_t d = (size_t)shape->width;
    struct sequences sequences;
    struct batch packed, alone;
    struct activations activations;
    assert_true(sequences_init(&sequences, dataset, NULL));
    assert_true(batch_init(&packed, USERS, USERS * 12, false, false));
    assert_true(batch_init(&alone, 1, 12, false, false));
    assert_true(activations_init(&activations, shape, USERS * 12, 0, false));
    float *want = floats_new(USERS * d);
    struct pass pass = { .kernels = attention->kernels,
                         .network = &attention->network,
                         .batch = &packed,
                         .table = attention->table };
    batch_clear(&packed);
    for (int32_t u = 0; u < USERS; u++)
        batch_add(&packed, shape, sequences.item + sequences.start[u], NULL,
                  sequences.start[u + 1] - sequences.start[u], shape->n_items - 1, -1, false);
    batch_cut(&packed, USERS * 12, 1);
    network_forward(&pass, &activations, 0);
    for (int32_t u = 0; u < USERS; u++)
        memcpy(want + (size_t)u * d, activations.h + (size_t)(packed.start[u + 1] - 1) * d,
               d * sizeof(float));
    pass.ends = true; /* nor does it matter whether the other rows are finished */
    memset(activations.h, 0, USERS * 12 * d * sizeof(float));
    network_forward(&pass, &activations, 0);
    for (int32_t u = 0; u < USERS; u++)
        assert_memory_equal(want + (size_t)u * d,
                            activations.h + (size_t)(packed.start[u + 1] - 1) * d,
                            d * sizeof(float));
    pass.ends = false;
    pass.batch = &alone;
    for (int32_t u = 0; u < USERS; u++) {
        batch_clear(&alone);
        batch_add(&alone, shape, sequences.item + sequences.start[u], NULL,
                  sequences.start[u + 1] - sequences.start[u], shape->n_items - 1, -1, false);
        batch_cut(&alone, 12, 1);
        network_forward(&pass, &activations, 0);
        assert_memory_equal(want + (size_t)u * d, activations.h + (size_t)(alone.n_rows - 1) * d,
                            d * sizeof(float));
    }
    free(want);
    activations_fini(&activations);
    batch_fini(&packed);
    batch_fini(&alone);
    sequences_fini(&sequences);
    model_release((struct model *)attention);
    dataset_release(dataset);
}

static const struct receipt *child_of(const struct receipt *root, enum receipt_kind kind)
{
    int32_t i = 0;
    while (i < root->n_children && root->children[i].kind != kind)
        i++;
    if (i == root->n_children) fail_msg("no child of kind %s", receipt_kind_name(kind));
    return &root->children[i];
}

/* The rank of an item among all that the shopper has not got, by hand. */
static int32_t rank_of(const float *scores, const struct shopper *shopper, int32_t item)
{
    int32_t rank = 1;
    for (int32_t i = 0; i < ITEMS; i++) {
        if (i == item || shopper_find(shopper, i) >= 0) continue;
        rank += scores[i] > scores[item] || (scores[i] == scores[item] && i < item);
    }
    return rank;
}

/* The single effect of a purchase is what a shopper without it loses, and its rank the one that the
 * item then has; base and together are there however few children are wanted. */
static void receipts_add_up(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(30, true);
    struct model *model = trained(dataset, "epochs=3", 2);
    const struct receipt_limits limits[] = { { 0, 0 }, { 3, 0 } };
    float whole[ITEMS], without[ITEMS], nobody[ITEMS];
    struct shopper *empty = shopper_new(dataset, -1, MOMENT_NONE, NULL, NULL);
    assert_true(attention_kind.score(model, empty, nobody, NULL));
    for (int32_t u = 0; u < 6; u++) {
        struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
        assert_true(attention_kind.score(model, shopper, whole, NULL));
        for (int l = 0; l < 2; l++) {
            struct receipt *root = attention_kind.open(model, shopper, 7, &limits[l], NULL);
            assert_non_null(root);
            assert_true((float)root->value == whole[7]);
            assert_true(receipt_residual(root) < 1e-6);
            assert_true((float)child_of(root, RECEIPT_BASE)->value == nobody[7]);
            assert_non_null(child_of(root, RECEIPT_TOGETHER));
            const struct receipt *purchase = child_of(root, RECEIPT_PURCHASE);
            const struct shopper_changes changes = { .without = &purchase->item, .n_without = 1 };
            struct shopper *less = shopper_new(dataset, u, MOMENT_NONE, &changes, NULL);
            assert_true(attention_kind.score(model, less, without, NULL));
            assert_true(fabs(purchase->value - (double)(whole[7] - without[7])) < 1e-5);
            assert_int_equal(root->rank, rank_of(whole, shopper, 7));
            assert_int_equal(purchase->rank, rank_of(without, less, 7));
            shopper_free(less);
            receipt_free(root);
        }
        shopper_free(shopper);
    }
    struct receipt *root = attention_kind.open(model, empty, 7, NULL, NULL);
    assert_true((float)root->value == nobody[7] && receipt_residual(root) < 1e-6);
    receipt_free(root);
    shopper_free(empty);
    model_release(model);
    dataset_release(dataset);
}

/* Also where the catalogue is larger than what is compared at once, with items alike. */
static void ranks_are_those_of_a_list(void **state)
{
    enum { MANY = 1500 };
    (void)state;
    struct dataset_builder *builder = shop_builder_new(40, MANY);
    struct rng rng;
    rng_init(&rng, 9);
    for (int e = 0; e < 900; e++)
        shop_builder_buy(builder, (int32_t)rng_below(&rng, 40), (int32_t)rng_below(&rng, MANY),
                         1000000 + e);
    const struct dataset *dataset = shop_builder_finish(builder);
    struct model *model = trained(dataset, "epochs=1", 2);
    struct attention *attention = (struct attention *)model;
    const size_t d = (size_t)attention->network.shape.width;
    memcpy(attention->table + 1400 * d, attention->table + 700 * d, d * sizeof(float));
    memcpy(attention->table + 20 * d, attention->table + 700 * d, d * sizeof(float));
    for (int32_t u = 0; u < 3; u++) {
        static const int32_t asked[] = { 700, 1400, 3 };
        static float scores[MANY];
        struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
        assert_true(attention_kind.score(model, shopper, scores, NULL));
        for (int a = 0; a < 3; a++) {
            int32_t rank = 1;
            for (int32_t i = 0; i < MANY; i++)
                rank += i != asked[a] && shopper_find(shopper, i) < 0 &&
                        (scores[i] > scores[asked[a]] ||
                         (scores[i] == scores[asked[a]] && i < asked[a]));
            struct receipt *root = attention_kind.open(model, shopper, asked[a], NULL, NULL);
            assert_int_equal(root->rank, rank);
            receipt_free(root);
        }
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(dataset);
}

/* A row of x (d) through the first norm and one of the three projections of the first block. */
static void project_plain(const struct network *network, const double *x, int32_t which, double *y)
{
    const int32_t d = network->shape.width;
    const struct block *block = &network->block[0];
    double mean = 0, variance = 0;
    for (int32_t j = 0; j < d; j++)
        mean += x[j] / d;
    for (int32_t j = 0; j < d; j++)
        variance += (x[j] - mean) * (x[j] - mean) / d;
    for (int32_t j = 0; j < d; j++) {
        y[j] = (double)block->qkv_bias[which * d + j];
        for (int32_t i = 0; i < d; i++)
            y[j] += ((double)block->norm1_gain[i] * (x[i] - mean) / sqrt(variance + 1e-5) +
                     (double)block->norm1_bias[i]) *
                    (double)block->qkv[i * 3 * d + which * d + j];
    }
}

/* Weights of the first block by their formula; of the others, that they are weights and other ones.
 */
static void a_map_is_where_it_looked(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(30, false);
    struct model *model = trained(dataset, "epochs=8 d=32 heads=2 length=12", 2);
    const struct network *network = &((struct attention *)model)->network;
    const int32_t d = network->shape.width, length = network->shape.length;
    static double x[32], q[32], k[32], score[64];
    for (int32_t u = 0; u < 8; u++) {
        struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, NULL);
        struct attention_map *map = attention_kind.look(model, shopper, NULL);
        const int32_t events = shopper->n_events, n = map->n;
        assert_int_equal(n, events + 1 < length ? events + 1 : length);
        for (int32_t head = 0; head < 2; head++) {
            double sum = 0, whole = 0, apart = 0;
            for (int32_t i = n; i-- > 0;) {
                const int32_t item = i - n + events < 0 ? -1 : shopper->events[i - n + events].item;
                assert_int_equal(map->item[i], item);
                const float *vector =
                    network->item + (size_t)(item < 0 ? network->shape.n_items - 1 : item) * d;
                for (int32_t j = 0; j < d; j++)
                    x[j] = sqrt(d) * (double)vector[j] +
                           (double)network->position[(length - n + i) * d + j];
                if (i == n - 1) project_plain(network, x, 0, q);
                project_plain(network, x, 1, k);
                score[i] = 0;
                for (int32_t j = head * d / 2; j < (head + 1) * d / 2; j++)
                    score[i] += q[j] * k[j] / sqrt(d / 2);
                sum += exp(score[i]);
            }
            for (int32_t i = 0; i < n; i++) {
                const double weight = attention_map_weight(map, head, i);
                assert_true(fabs(weight - exp(score[i]) / sum) < 1e-4);
                whole += attention_map_weight(map, 2 + head, i);
                apart += fabs(attention_map_weight(map, 2 + head, i) - weight);
            }
            assert_true(fabs(whole - 1) < 1e-5);
            if (n > 2) assert_true(apart > 1e-3);
        }
        attention_map_free(map);
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(dataset);
}

static void saved_is_loaded_and_damage_refused(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(30, true);
    struct model *model = trained(dataset, "epochs=2", 1);
    struct tape tape = tape_of(model);
    struct shopper *shopper = shopper_new(dataset, 3, MOMENT_NONE, NULL, NULL);
    float a[ITEMS], b[ITEMS];
    struct model *back = tape_load(&tape, model);
    assert_non_null(back);
    assert_true(attention_kind.score(model, shopper, a, NULL));
    assert_true(attention_kind.score(back, shopper, b, NULL));
    assert_memory_equal(a, b, sizeof a);
    model_release(back);
    struct rng rng;
    rng_init(&rng, 8);
    for (int tries = 0; tries < 200; tries++) {
        struct tape bad = tape;
        if (tries % 2) {
            bad.length = rng_below(&rng, (uint32_t)tape.length);
            assert_null(tape_load(&bad, model));
            continue;
        }
        const size_t at = tries < 60 ? (size_t)tries : rng_below(&rng, (uint32_t)tape.length);
        const unsigned char flip = (unsigned char)(1U << rng_below(&rng, 8));
        tape.bytes[at] ^= flip;
        assert_null(tape_load(&tape, model));
        tape.bytes[at] ^= flip;
    }
    tape_fini(&tape);
    shopper_free(shopper);
    model_release(model);
    dataset_release(dataset);
}

/* The sequence grows without a training: after item i, the ring's next is i + 1. */
static void new_events_count_at_once(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(0, false);
    struct model *model = trained(dataset, "epochs=60 patience=60", 2);
    float scores[ITEMS];
    struct shopper *shopper = shopper_new(dataset, 2, MOMENT_NONE, NULL, NULL);
    const int32_t next = (shopper->events[shopper->n_events - 1].item + 1) % ITEMS;
    const struct shopper_changes changes = { .with = &next, .n_with = 1 };
    struct shopper *more = shopper_new(dataset, 2, MOMENT_NONE, &changes, NULL);
    assert_true(attention_kind.score(model, more, scores, NULL));
    int32_t best = 0;
    for (int32_t i = 1; i < ITEMS; i++)
        best = scores[i] > scores[best] ? i : best;
    assert_int_equal(best, (next + 1) % ITEMS);
    struct neighbour near[3];
    assert_int_equal(attention_kind.similar(model, 4, 3, near, NULL), 3);
    assert_true(near[0].similarity >= near[1].similarity && near[0].id != 4);
    shopper_free(more);
    shopper_free(shopper);
    model_release(model);
    dataset_release(dataset);
}

/* A cancelled training says so, wherever it was. */
struct clock_stop {
    struct progress progress;
    int32_t after;
};

static void cancel_watch(void *context, int32_t round, double loss, double quality)
{
    struct clock_stop *stop = context;
    (void)loss;
    (void)quality;
    if (round == stop->after) progress_cancel(&stop->progress);
}

static void cancelled_says_so(void **state)
{
    (void)state;
    const struct dataset *dataset = ring(30, false);
    for (int32_t after = 0; after < 3; after++) {
        struct clock_stop stop = { .after = after };
        const struct training_hooks hooks = { .context = &stop, .watch = cancel_watch };
        struct parameters parameters = parameters_of(&attention_kind, "epochs=50 patience=50");
        struct error error = { 0 };
        parameters.hooks = &hooks;
        if (after == 0) progress_cancel(&stop.progress);
        assert_null(attention_kind.train(dataset, &parameters, 2, &stop.progress, &error));
        assert_int_equal(error.code, ERROR_CANCELLED);
    }
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_learned),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(going_on_equals_never_stopping),
        cmocka_unit_test(packed_equals_alone),
        cmocka_unit_test(receipts_add_up),
        cmocka_unit_test(ranks_are_those_of_a_list),
        cmocka_unit_test(a_map_is_where_it_looked),
        cmocka_unit_test(saved_is_loaded_and_damage_refused),
        cmocka_unit_test(new_events_count_at_once),
        cmocka_unit_test(cancelled_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

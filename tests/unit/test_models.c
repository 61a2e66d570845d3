/* The neighbourhood recommenders against the formulas, written as the obvious loops; receipts that
 * add up; what is saved comes back; lists account for every item. */
#include <aisle/feed.h>
#include <aisle/model.h>
#include <aisle/rng.h>

#include "../support/shop_builder.h"
#include "../support/tape.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 40, ITEMS = 30, EVENTS = 500 };

/* Purchases (and some returns) over a year, or plays of up to 350,000. */
static const struct dataset *random_dataset(uint64_t seed, bool plays)
{
    struct rng rng;

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS);
    for (int e = 0; e < EVENTS; e++) {
        int32_t user = (int32_t)(rng_unit(&rng) * rng_unit(&rng) * (USERS - 1));
        struct event event = { .time = 1600000000 + (int64_t)rng_below(&rng, 365) * 86400,
                               .item = (int32_t)(rng_unit(&rng) * rng_unit(&rng) * (ITEMS - 1)),
                               .type = rng_below(&rng, 20) == 0 ? EVENT_RETURN : EVENT_PURCHASE,
                               .quantity = 1,
                               .value = NAN };
        if (plays) {
            event.type = EVENT_WEIGHT;
            event.value = (float)(1 + rng_below(&rng, 350000));
        }
        assert_true(dataset_builder_add_event(builder, user, &event, NULL));
    }
    return shop_builder_finish(builder);
}

static struct model *trained(const struct dataset *dataset, const char *name, const char *settings)
{
    const struct model_kind *kind = model_kind_find(name, NULL);
    assert_non_null(kind);
    return model_trained(dataset, kind, settings, 2);
}

/* ----------------------------------------------------------------------------- the slow twins */

static double r(const struct sparse *matrix, int32_t row, int32_t column)
{
    int64_t at = sparse_find(matrix, row, column);
    return at < 0 ? 0 : (double)matrix->value[at];
}

static double strength(const struct shopper *shopper, int32_t item)
{
    int32_t at = shopper_find(shopper, item);
    return at < 0 ? 0 : (double)shopper->strength[at];
}

static double cosine(double dot, double norm_a, double norm_b)
{
    return dot > 0 ? dot / (sqrt(norm_a) * sqrt(norm_b)) : 0;
}

static double item_similarity(const struct dataset *d, int32_t i, int32_t j)
{
    double dot = 0, a = 0, b = 0;
    for (int32_t u = 0; u < USERS; u++) {
        double x = r(&d->by_user, u, i), y = r(&d->by_user, u, j);
        dot += x * y, a += x * x, b += y * y;
    }
    return i == j ? 0 : cosine(dot, a, b);
}

static double user_similarity(const struct dataset *d, const struct shopper *s, int32_t v)
{
    double dot = 0, a = 0, b = 0;
    for (int32_t i = 0; i < ITEMS; i++) {
        double x = strength(s, i), y = r(&d->by_user, v, i);
        dot += x * y, a += x * x, b += y * y;
    }
    return v == s->user ? 0 : cosine(dot, a, b);
}

/* Whether sim[x] is among the k best of sim: equals go to the earlier index. */
static bool among(const double *sim, int32_t n, int32_t x, int32_t k)
{
    int32_t before = 0;
    for (int32_t y = 0; y < n; y++)
        before += (float)sim[y] > (float)sim[x] || (y < x && !((float)sim[y] < (float)sim[x]));
    return sim[x] > 0 && before < k;
}

static double item_cf_score(const struct dataset *d, const struct shopper *s, int32_t i, int32_t k)
{
    double sim[ITEMS], sum = 0;
    for (int32_t j = 0; j < ITEMS; j++)
        sim[j] = item_similarity(d, i, j);
    for (int32_t j = 0; j < ITEMS; j++)
        sum += among(sim, ITEMS, j, k) ? sim[j] * strength(s, j) : 0;
    return sum;
}

static double user_cf_score(const struct dataset *d, const struct shopper *s, int32_t i, int32_t k)
{
    double sim[USERS], sum = 0;
    for (int32_t v = 0; v < USERS; v++)
        sim[v] = user_similarity(d, s, v);
    for (int32_t v = 0; v < USERS; v++)
        sum += among(sim, USERS, v, k) ? sim[v] * r(&d->by_user, v, i) : 0;
    return sum;
}

static void assert_near(double a, double b)
{
    if (fabs(a - b) > 1e-6 * fmax(fabs(a), fabs(b))) fail_msg("%.12g is not %.12g", a, b);
}

/* ------------------------------------------------------------------------------------ receipts */

static int32_t colour_depth(const struct receipt *node)
{
    int32_t max = 0;
    for (int32_t i = 0; i < node->n_children; i++) {
        int32_t below = 1 + colour_depth(&node->children[i]);
        if (below > max) max = below;
    }
    return max;
}

static void check_receipt(const struct model *model, const struct shopper *shopper, int32_t item,
                          float score)
{
    const struct model_kind *kind = model_base(model)->kind;
    const struct receipt_limits cuts[] = { { 0, 0 }, { 2, 0 }, { 3, 1 } };

    for (size_t c = 0; c < 3; c++) {
        struct receipt *receipt = kind->open(model, shopper, item, &cuts[c], NULL);
        assert_non_null(receipt);
        assert_int_equal(receipt->kind, RECEIPT_SCORE);
        if (score > -INFINITY) {
            assert_near(receipt->value, (double)score);
            assert_true(receipt->n_children > 0);
            assert_int_equal(colour_depth(receipt), c == 2 ? 1 : 2);
        } else {
            assert_true(receipt->value == 0 && receipt->n_children == 0);
        }
        assert_true(receipt_residual(receipt) <= 1e-6 * fmax(1, fabs(receipt->value)));
        receipt_free(receipt);
    }
}

/* A BUYER's or SHARED part is the formula's term, not only a share that adds up. */
static void check_parts(const struct dataset *d, const struct model *model,
                        const struct shopper *shopper, int32_t item)
{
    struct receipt *root = model_base(model)->kind->open(model, shopper, item, NULL, NULL);
    for (int32_t c = 0; c < root->n_children; c++) {
        const struct receipt *node = &root->children[c];
        for (int32_t p = 0; p < node->n_children; p++) {
            const struct receipt *part = &node->children[p];
            double a = 0, b = 0, product;
            if (node->kind == RECEIPT_PURCHASE) {
                for (int32_t u = 0; u < USERS; u++) {
                    a += pow(r(&d->by_user, u, item), 2);
                    b += pow(r(&d->by_user, u, node->item), 2);
                }
                product = r(&d->by_user, part->user, item) * r(&d->by_user, part->user, node->item);
            } else {
                for (int32_t i = 0; i < ITEMS; i++) {
                    a += pow(strength(shopper, i), 2);
                    b += pow(r(&d->by_user, node->user, i), 2);
                }
                product = strength(shopper, part->item) * r(&d->by_user, node->user, part->item);
            }
            assert_near(part->value, product / sqrt(a) / sqrt(b) * node->strength);
            assert_true(part->time != MOMENT_NONE);
        }
    }
    receipt_free(root);
}

/* --------------------------------------------------------------------------------------- cases */

typedef double twin_score(const struct dataset *, const struct shopper *, int32_t, int32_t);

static void check_model(const struct dataset *d, const char *name, twin_score *twin, int32_t k)
{
    char setting[32];
    float scores[ITEMS];
    const int32_t with[] = { 3, 28 }, without[] = { 1 };
    const struct shopper_changes changes = {
        .with = with, .n_with = 2, .without = without, .n_without = 1
    };

    snprintf(setting, sizeof setting, "k=%d", k);
    struct model *model = trained(d, name, setting);
    for (int32_t u = -1; u < USERS; u++) {
        struct shopper *shopper =
            shopper_new(d, u, u % 3 == 2 ? d->last_time - 90 * 86400 : MOMENT_NONE,
                        u % 4 == 1 ? &changes : NULL, NULL);
        assert_true(model_base(model)->kind->score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i++) {
            double want = twin(d, shopper, i, k);
            if (want > 0)
                assert_near((double)scores[i], want);
            else
                assert_true(scores[i] == -INFINITY);
            if ((u + i) % 5 == 0) check_receipt(model, shopper, i, scores[i]);
            if ((u + i) % 7 == 0) check_parts(d, model, shopper, i);
        }
        shopper_free(shopper);
    }
    model_release(model);
}

static void test_scores(void **state)
{
    (void)state;
    for (int plays = 0; plays < 2; plays++) {
        const struct dataset *d = random_dataset(11 + (uint64_t)plays, plays);
        for (int32_t k = 3; k <= 1000; k *= 6) {
            check_model(d, "item-cf", item_cf_score, k);
            check_model(d, "user-cf", user_cf_score, k);
        }
        dataset_release(d);
    }
}

/* How many of the shopper's items were bought (last) after this one. */
static int32_t later(const struct shopper *shopper, int32_t item)
{
    int32_t n = 0;
    for (int32_t e = shopper->n_events - 1; e >= 0 && shopper->events[e].item != item; e--) {
        bool again = shopper_find(shopper, shopper->events[e].item) < 0;
        for (int32_t f = e + 1; f < shopper->n_events; f++)
            again = again || shopper->events[f].item == shopper->events[e].item;
        n += !again;
    }
    return n;
}

static void test_recency(void **state)
{
    const struct dataset *d = random_dataset(12, false);
    struct model *items = trained(d, "item-cf", "k=1000 recency=2");
    struct model *users = trained(d, "user-cf", "k=4 recency=2");
    float scores[ITEMS];
    (void)state;

    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        assert_true(model_base(items)->kind->score(items, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i++) {
            double want = 0;
            for (int32_t s = 0; s < shopper->n; s++) {
                int32_t j = shopper->item[s];
                if (i != j)
                    want += item_similarity(d, i, j) * (double)shopper->strength[s] *
                            pow(0.5, later(shopper, j) / 2.0);
            }
            if (want > 0) assert_near((double)scores[i], want);
            check_receipt(items, shopper, i, scores[i]);
        }
        assert_true(model_base(users)->kind->score(users, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i++)
            check_receipt(users, shopper, i, scores[i]);
        shopper_free(shopper);
    }
    model_release(items);
    model_release(users);
    dataset_release(d);
}

static void test_popular(void **state)
{
    (void)state;
    const struct dataset *d = random_dataset(3, false);
    const double half_lives[] = { 0, 30 };
    float scores[ITEMS];

    for (int h = 0; h < 2; h++) {
        struct model *model = trained(d, "popular", h ? "half_life=30" : "half_life=0");
        struct shopper *shopper = shopper_new(d, 0, MOMENT_NONE, NULL, NULL);
        double want[ITEMS] = { 0 };
        for (int64_t e = 0; e < d->n_events; e++) {
            struct event event = dataset_event(d, e);
            double age = (double)(d->last_time - event.time) / 86400;
            want[event.item] +=
                (event.type == EVENT_RETURN ? -1 : 1) * (h ? pow(0.5, age / half_lives[h]) : 1);
        }
        assert_true(model_base(model)->kind->score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i++) {
            if (want[i] > 0)
                assert_near((double)scores[i], want[i]);
            else
                assert_true(scores[i] == -INFINITY);
            check_receipt(model, shopper, i, scores[i]);
        }
        shopper_free(shopper);
        model_release(model);
    }
    dataset_release(d);
}

static void test_similar_and_neighbours(void **state)
{
    (void)state;
    const struct dataset *d = random_dataset(5, false);
    struct model *items = trained(d, "item-cf", "k=6"), *users = trained(d, "user-cf", "k=6");
    struct neighbour found[USERS];

    for (int32_t i = 0; i < ITEMS; i++) {
        int32_t n = model_base(items)->kind->similar(items, i, 4, found, NULL);
        assert_in_range(n, 0, 4);
        for (int32_t f = 0; f < n; f++) {
            int32_t common = 0;
            for (int32_t u = 0; u < USERS; u++)
                common += r(&d->by_user, u, i) > 0 && r(&d->by_user, u, found[f].id) > 0;
            assert_int_equal(found[f].common, common);
            assert_near(found[f].similarity, item_similarity(d, i, found[f].id));
        }
    }
    assert_int_equal(model_base(items)->kind->similar(items, ITEMS, 4, found, NULL), -1);
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        int32_t n = model_base(users)->kind->neighbours(users, shopper, 9, found, NULL);
        assert_in_range(n, 0, 9);
        for (int32_t f = 0; f < n; f++) {
            assert_int_not_equal(found[f].id, u);
            assert_near(found[f].similarity, user_similarity(d, shopper, found[f].id));
            assert_true(f == 0 || (float)found[f - 1].similarity >= (float)found[f].similarity);
        }
        shopper_free(shopper);
    }
    model_release(items);
    model_release(users);
    dataset_release(d);
}

/* The user-cf weights of a shopper who is whole are those of the user's row. */
static void test_weightings(void **state)
{
    (void)state;
    static const char *const weightings[] = { "weighting=tfidf", "weighting=bm25" };
    const struct dataset *d = random_dataset(8, false);
    float scores[ITEMS];

    for (size_t w = 0; w < 2; w++) {
        struct model *models[] = { trained(d, "item-cf", weightings[w]),
                                   trained(d, "user-cf", weightings[w]) };
        struct neighbour found[USERS];
        for (int m = 0; m < 2; m++) {
            for (int32_t u = 0; u < USERS; u++) {
                struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
                assert_true(model_base(models[m])->kind->score(models[m], shopper, scores, NULL));
                for (int32_t i = u % 3; i < ITEMS; i += 3)
                    check_receipt(models[m], shopper, i, scores[i]);
                shopper_free(shopper);
            }
        }
        /* u's copy: nobody's history that equals user 0's is as similar as can be. */
        struct shopper *copy = shopper_new(d, 0, MOMENT_NONE, NULL, NULL);
        copy->user = -1;
        assert_int_equal(model_base(models[1])->kind->neighbours(models[1], copy, 1, found, NULL),
                         1);
        assert_int_equal(found[0].id, 0);
        assert_true(fabs(found[0].similarity - 1) < 1e-9);
        shopper_free(copy);
        model_release(models[0]);
        model_release(models[1]);
    }
    dataset_release(d);
}

/* ----------------------------------------------------------------------------------- storing */

static void test_save_and_load(void **state)
{
    (void)state;
    const struct dataset *d = random_dataset(21, false);

    for (int m = 0; model_kinds[m]; m++) {
        const struct model_kind *kind = model_kinds[m];
        struct model *model = trained(d, kind->name, "");
        tape_check(model, 1);
        model_release(model);
    }
    dataset_release(d);
}

/* Numbers of no sense under a right checksum, as somebody could write them: a run is refused, or
 * every score is a number all the same. */
static void test_forged_numbers(void **state)
{
    static const double forged[] = { NAN, INFINITY, -INFINITY, 1e300, 3e38 };
    (void)state;
    const struct dataset *d = random_dataset(22, false);
    float *scores = calloc((size_t)d->n_items, sizeof *scores);
    assert_non_null(scores);
    for (int m = 0; model_kinds[m]; m++) {
        struct model *model = trained(d, model_kinds[m]->name, "");
        struct tape tape = tape_of(model);
        const size_t body = tape.length - 8, step = body / 150 < 4 ? 4 : body / 150 / 4 * 4;
        for (size_t at = 4; at + 8 <= body; at += step) {
            unsigned char kept[8];
            const double number = forged[at / step % 5];
            const float small = (float)number;
            memcpy(kept, tape.bytes + at, 8);
            if (at / step % 2)
                memcpy(tape.bytes + at, &number, 8);
            else
                memcpy(tape.bytes + at, &small, 4);
            const uint64_t checksum = bytes_checksum(0, tape.bytes, body);
            memcpy(tape.bytes + body, &checksum, 8);
            tape.at = 0;
            struct model *loaded = tape_load(&tape, model);
            for (int32_t u = 0; loaded && u < d->n_users; u += 7) {
                struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
                assert_true(model_base(loaded)->kind->score(loaded, shopper, scores, NULL));
                for (int32_t i = 0; i < d->n_items; i++)
                    if (isnan(scores[i]) || scores[i] == INFINITY)
                        fail_msg("%s: byte %zu gives %g", model_kinds[m]->name, at,
                                 (double)scores[i]);
                shopper_free(shopper);
            }
            model_release(loaded);
            memcpy(tape.bytes + at, kept, 8);
        }
        tape_fini(&tape);
        model_release(model);
    }
    free(scores);
    dataset_release(d);
}

/* ---------------------------------------------------------------------------------------- feed */

static void test_feed(void **state)
{
    (void)state;
    const struct dataset *d = random_dataset(13, false);
    struct model *model = trained(d, "item-cf", "k=5");

    for (int32_t u = -1; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        const struct feed_options options = { .length = 10, .include_bought = u % 2 == 0 };
        struct feed *feed = feed_new(model, shopper, &options, NULL);
        int32_t listed = 0;
        for (int32_t i = 0; i < ITEMS; i++) {
            bool bought = shopper_find(shopper, i) >= 0 && !options.include_bought;
            enum feed_status status = bought                        ? FEED_BOUGHT
                                      : feed->scores[i] > -INFINITY ? FEED_LISTED
                                                                    : FEED_UNSCORED;
            assert_int_equal(feed->status[i], status);
            listed += status == FEED_LISTED;
            if (status != FEED_LISTED) assert_int_equal(feed_rank(feed, i), 0);
        }
        assert_int_equal(feed->n, listed < 10 ? listed : 10);
        for (int32_t row = 0; row < feed->n; row++) {
            assert_int_equal(feed->rows[row].rank, row + 1);
            assert_int_equal(feed_rank(feed, feed->rows[row].item), row + 1);
            assert_true(feed->rows[row].score == feed->scores[feed->rows[row].item]);
        }
        feed_free(feed);
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(d);
}

static void test_feed_compare(void **state)
{
    (void)state;
    float scores_a[4] = { 4, 3, 2, -INFINITY }, scores_b[4] = { 1, 3, -INFINITY, 5 };
    struct feed_row rows_a[] = { { 0, 1, 4 }, { 1, 2, 3 }, { 2, 3, 2 } };
    struct feed_row rows_b[] = { { 3, 1, 5 }, { 1, 2, 3 } };
    int32_t place_a[4] = { 1, 2, 3, 0 }, place_b[4] = { 0, 2, 0, 1 };
    struct feed a = { .n = 3, .rows = rows_a, .n_items = 4, .scores = scores_a, .place = place_a };
    struct feed b = { .n = 2, .rows = rows_b, .n_items = 4, .scores = scores_b, .place = place_b };
    const struct feed_move want[] = {
        { 3, 0, 1, -INFINITY, 5 }, { 1, 2, 2, 3, 3 }, { 0, 1, 0, 4, 1 }, { 2, 3, 0, 2, -INFINITY }
    };
    struct feed_move moves[5];

    assert_int_equal(feed_compare(&a, &b, moves), 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(moves[i].item, want[i].item);
        assert_int_equal(moves[i].rank_a, want[i].rank_a);
        assert_int_equal(moves[i].rank_b, want[i].rank_b);
        assert_true(moves[i].score_a == want[i].score_a && moves[i].score_b == want[i].score_b);
    }
}

/* ---------------------------------------------------------------------------------- parameters */

static void test_parameters(void **state)
{
    (void)state;
    struct parameters p = parameters_of(model_kind_find("item-cf", NULL), ""), q;
    struct error error = { 0 };
    struct text json = { 0 };

    assert_true(parameters_get(&p, "k") == 50 && parameters_get(&p, "alpha") == 0.5);
    assert_true(parameters_set(&p, slice_of(" k = 20 "), &error));
    assert_true(parameters_set(&p, slice_of("alpha=0.1"), &error));
    assert_true(parameters_set(&p, slice_of("weighting=bm25"), &error));
    parameters_json(&p, &json);
    assert_string_equal(json.bytes, "{\"k\":20,\"shrinkage\":0,\"min_common\":0,"
                                    "\"weighting\":\"bm25\",\"alpha\":0.1,\"recency\":0,"
                                    "\"norm\":\"full\",\"center\":\"none\","
                                    "\"strength\":\"count\",\"half_life\":0,"
                                    "\"weight_purchase\":1,\"weight_return\":-1,"
                                    "\"weight_view\":0,\"weight_cart\":0}");
    q = parameters_of(model_kind_find("item-cf", NULL), "");
    assert_true(parameters_from_json(&q, json.bytes, &error));
    assert_memory_equal(p.value, q.value, sizeof p.value);
    assert_true(parameters_from_json(&q, "{\"factors\":3,\"k\":7}", &error));
    assert_true(parameters_get(&q, "k") == 7);
    text_fini(&json);

    static const char *const wrong[] = { "k",       "k=",      "k=0",   "k=2.5",          "k=abc",
                                         "alpha=2", "size=3",  "k=nan", "weighting=best", "=1",
                                         "",        "k=1e300", "k=20x", "shrinkage=-1" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        error.text[0] = '\0';
        assert_false(parameters_set(&p, slice_of(wrong[i]), &error));
        assert_int_equal(error.code, ERROR_USAGE);
        assert_true(strlen(error.text) > 10);
    }
    assert_false(parameters_set(&p, slice_of("\x1b[31m=1"), &error));
    assert_null(strchr(error.text, '\x1b'));
    assert_true(parameters_get(&p, "k") == 20);
    assert_false(parameters_from_json(&p, "[1]", &error));
    assert_false(parameters_from_json(&p, "{\"alpha\":0.2,\"k\":-1}", &error));
    assert_true(parameters_get(&p, "alpha") == 0.1);
    assert_null(model_kind_find("itemcf", &error));
    assert_non_null(strstr(error.text, "item-cf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),     cmocka_unit_test(test_recency),
        cmocka_unit_test(test_popular),    cmocka_unit_test(test_similar_and_neighbours),
        cmocka_unit_test(test_weightings), cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_feed),       cmocka_unit_test(test_feed_compare),
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_forged_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Demographic and social against the formulas, written as the obvious loops: segments, what they
 * say about purchases, friends and what they weigh; receipts that add up; people without history;
 * attributes that changed since; what is saved comes back. */
#include "model/demographic.h"
#include "model/social.h"

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

enum { USERS = 60, ITEMS = 25, EVENTS = 500, CITIES = 4 };

static const char *const cities[] = { "Lyon", "Oslo", "Porto", "Z\xc3\xbcrich" };

static int32_t city_of(int32_t user)
{
    return user % 7 % CITIES;
}

static int32_t age_of(int32_t user)
{
    return 18 + user * 11 % 50;
}

static void set(struct dataset_builder *builder, int32_t user, const char *name, const char *value)
{
    assert_true(dataset_builder_set_user(builder, user, slice_of(name), slice_of(value), NULL));
}

static void add_people(struct dataset_builder *builder, struct rng *rng, bool with_attributes)
{
    char text[32];

    for (int32_t u = 0; u < USERS; u++) {
        if (!with_attributes || u == 5) continue; /* of one user nothing is known */
        set(builder, u, "city", cities[city_of(u)]);
        snprintf(text, sizeof text, "%d", age_of(u));
        set(builder, u, "age", text);
        snprintf(text, sizeof text, "name %d", u); /* everybody's own: no segment */
        set(builder, u, "name", text);
        if (u % 3 == 0) set(builder, u, "likes", u % 2 ? "tea|coffee" : "tea");
        snprintf(text, sizeof text, "20%02d-01-01", u % 30);
        set(builder, u, "joined", text);
    }
    for (int32_t f = 0; f < USERS * 3; f++) {
        const int32_t a = (int32_t)rng_below(rng, USERS), b = (int32_t)rng_below(rng, USERS);
        if (a == b || a == 7 || b == 7) continue; /* one has no friends */
        assert_true(dataset_builder_add_friend(builder, a, b, NULL));
        assert_true(dataset_builder_add_friend(builder, b, a, NULL));
    }
}

/* Each city has its favourites. Users 58 and 59 buy nothing. */
static const struct dataset *random_dataset(uint64_t seed, bool with_attributes)
{
    struct rng rng;

    rng_init(&rng, seed);
    struct dataset_builder *builder = shop_builder_new(USERS, ITEMS);
    add_people(builder, &rng, with_attributes);
    for (int32_t e = 0; e < EVENTS; e++) {
        const int32_t user = (int32_t)rng_below(&rng, USERS - 2);
        int32_t item = (int32_t)(rng_unit(&rng) * rng_unit(&rng) * (ITEMS - 1));
        if (rng_below(&rng, 2) == 0) item = item / CITIES * CITIES + city_of(user);
        shop_builder_buy(builder, user, item < ITEMS - 1 ? item : 0, 1600000000 + e * 3600);
    }
    return shop_builder_finish(builder);
}

static bool has(const struct dataset *d, int32_t user, int32_t item)
{
    return sparse_find(&d->by_user, user, item) >= 0;
}

static int32_t basket(const struct dataset *d, int32_t user)
{
    return (int32_t)(d->by_user.start[user + 1] - d->by_user.start[user]);
}

static double popular(const struct dataset *d, int32_t item)
{
    double buyers = 0, all = 0;

    for (int32_t u = 0; u < USERS; u++) {
        buyers += has(d, u, item);
        all += basket(d, u) > 0;
    }
    return buyers / all;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-6 * fmax(1e-3, fmax(fabs(a), fabs(b)))))
        fail_msg("%.12g is not %.12g", a, b);
}

/* A receipt's parts at every level, in full and cut. */
static void check_receipt(const struct model *model, const struct shopper *shopper, int32_t item,
                          float score, int32_t levels)
{
    const struct receipt_limits cuts[] = { { 0, 0 }, { 2, 0 }, { 3, 1 } };

    for (size_t c = 0; c < 3; c++) {
        struct receipt *r = model_base(model)->kind->open(model, shopper, item, &cuts[c], NULL);
        assert_non_null(r);
        if (score > -INFINITY) {
            assert_true((float)r->value == score);
            assert_true(r->n_children > 0);
            if (c == 0 && levels > 1) assert_true(r->children[0].n_children > 0);
            if (c == 2) assert_int_equal(r->children[0].n_children, 0);
        } else {
            assert_true(r->value == 0 && r->n_children == 0);
        }
        assert_true(receipt_residual(r) <= 1e-9);
        receipt_free(r);
    }
}

/* -------------------------------------------------------------------------------- segments */

static bool belongs(const struct segments *segments, int32_t segment, int32_t user)
{
    const struct segment *s = &segments->segments[segment];

    for (int32_t m = 0; m < s->people; m++)
        if (segments->member[s->first_member + m] == user) return true;
    return false;
}

static int32_t find_segment(const struct segments *segments, const char *name)
{
    for (int32_t s = 0; s < segments->n; s++) {
        struct text text = { 0 };
        segments_name(segments, s, &text);
        bool same = strcmp(text.bytes, name) == 0;
        text_fini(&text);
        if (same) return s;
    }
    return -1;
}

static void test_segments(void **state)
{
    const struct dataset *d = random_dataset(1, true);
    struct segments segments;
    int32_t bands = 0, years = 0, in_bands = 0;

    (void)state;
    assert_true(segments_init(&segments, d, NULL));
    for (int32_t c = 0; c < CITIES; c++) {
        char name[32];
        snprintf(name, sizeof name, "city %s", cities[c]);
        const int32_t s = find_segment(&segments, name);
        assert_true(s >= 0);
        for (int32_t u = 0; u < USERS; u++)
            assert_int_equal(belongs(&segments, s, u),
                             u != 5 && basket(d, u) > 0 && city_of(u) == c);
    }
    for (int32_t s = 0; s < segments.n; s++) {
        const struct segment *segment = &segments.segments[s];
        struct slice name = segments.names[segment->attribute];
        assert_false(slice_equal(name, "name"));
        if (slice_equal(name, "joined")) years += segment->band;
        if (!slice_equal(name, "age")) continue;
        bands++;
        in_bands += segment->people;
        assert_true(segment->band && segment->people >= 3);
        for (int32_t u = 0; u < USERS; u++)
            assert_int_equal(belongs(&segments, s, u), u != 5 && basket(d, u) > 0 &&
                                                           age_of(u) >= segment->low &&
                                                           age_of(u) <= segment->high);
    }
    assert_true(bands >= 5 && bands <= 8 && years >= 5 && years <= 8);
    assert_int_equal(in_bands, USERS - 3);
    segments_fini(&segments);
    dataset_release(d);
}

/* Values of another dataset, where they have other numbers, and ages that nobody has. */
static void test_segments_by_text(void **state)
{
    const struct dataset *d = random_dataset(1, true);
    struct strength_options options;
    struct segments segments;
    static const char *const age[] = { "3", "200", "30.5", "x" };
    int32_t found[8];

    (void)state;
    strength_options_init(&options);
    assert_true(segments_init(&segments, d, NULL));
    for (size_t a = 0; a < 4; a++) {
        struct dataset_builder *builder = dataset_builder_new(&options, NULL);
        assert_true(dataset_builder_add_user(builder, slice_of("new"), NULL));
        set(builder, 0, "eyes", "green");
        set(builder, 0, "age", age[a]);
        set(builder, 0, "city", a == 1 ? "Nowhere" : "Porto");
        const struct dataset *other = dataset_builder_finish(builder, 1, NULL, NULL);
        struct shopper *shopper = shopper_new(other, 0, MOMENT_NONE, NULL, NULL);
        const int32_t n = segments_of(&segments, shopper, found);
        assert_int_equal(n, a == 1 || a == 3 ? 1 : 2);
        for (int32_t i = 0; i < n; i++) {
            const struct segment *s = &segments.segments[found[i]];
            if (!s->band) {
                assert_int_equal(found[i], find_segment(&segments, "city Porto"));
                continue;
            }
            if (a == 0) assert_true(s->low <= 18);
            if (a == 1) assert_true(s->high >= 66);
            if (a == 2) assert_true(s->low <= 31 && s->high >= 30);
        }
        shopper_free(shopper);
        dataset_release(other);
    }
    segments_fini(&segments);
    dataset_release(d);
}

/* ----------------------------------------------------------------------------- demographic */

/* The gain of an attribute at one shrinkage, purchase by purchase. */
static double gain(const struct dataset *d, const struct segments *segments, int32_t attribute,
                   double k, int32_t *purchases)
{
    double sum = 0, average = 0;

    *purchases = 0;
    for (int32_t i = 0; i < ITEMS; i++)
        average += popular(d, i);
    for (int32_t s = 0; s < segments->n; s++) {
        if (segments->segments[s].attribute != attribute) continue;
        for (int32_t u = 0; u < USERS; u++) {
            if (!belongs(segments, s, u)) continue;
            double others_all = 0;
            for (int32_t v = 0; v < USERS; v++)
                if (v != u && belongs(segments, s, v)) others_all += basket(d, v);
            for (int32_t i = 0; i < ITEMS; i++) {
                double others = 0, p = popular(d, i);
                if (!has(d, u, i)) continue;
                for (int32_t v = 0; v < USERS; v++)
                    others += v != u && belongs(segments, s, v) && has(d, v, i);
                sum += log((others + k * p) / (others_all + k * average) / (p / average));
                ++*purchases;
            }
        }
    }
    return sum;
}

static void test_what_attributes_say(void **state)
{
    static const double tried[] = { 1, 3, 10, 30, 100, 300, 1000, 3000 };
    const struct dataset *d = random_dataset(2, true);
    struct model *model = model_trained(d, &demographic_kind, NULL, 2);
    const struct demographic *demographic = (const struct demographic *)model;
    double city = 0, max_other = 0;

    (void)state;
    for (int32_t a = 0; a < demographic->segments.n_attributes; a++) {
        double max = 0, best = tried[7];
        int32_t purchases = 0;
        for (size_t t = 0; t < 8; t++) {
            const double gained = gain(d, &demographic->segments, a, tried[t], &purchases);
            if (gained > max) max = gained, best = tried[t];
        }
        assert_near(demographic->weight[a], purchases > 0 ? max / purchases : 0);
        if (purchases > 0) assert_near(demographic->shrinkage[a], best);
        if (slice_equal(demographic->segments.names[a], "city"))
            city = demographic->weight[a];
        else
            max_other = fmax(max_other, demographic->weight[a]);
    }
    assert_true(city > 0.02 && city > 2 * max_other);
    model_release(model);
    dataset_release(d);
}

static double demographic_score(const struct dataset *d, const struct demographic *demographic,
                                int32_t user, int32_t item)
{
    const struct segments *segments = &demographic->segments;
    double sum = 0, weights = 0;

    for (int32_t a = 0; a < segments->n_attributes; a++) {
        double of_attribute = 0, n = 0;
        for (int32_t s = 0; s < segments->n; s++) {
            double people = 0, buyers = 0, k = demographic->shrinkage[a];
            if (segments->segments[s].attribute != a || !belongs(segments, s, user)) continue;
            for (int32_t v = 0; v < USERS; v++) {
                people += belongs(segments, s, v);
                buyers += belongs(segments, s, v) && has(d, v, item);
            }
            of_attribute += (buyers + k * popular(d, item)) / (people + k);
            n++;
        }
        if (n > 0) sum += demographic->weight[a] * of_attribute / n;
        if (n > 0) weights += demographic->weight[a];
    }
    return weights > 0 ? sum / weights : 0;
}

static void test_demographic(void **state)
{
    static const char *const settings[] = { NULL, "shrinkage=4" };
    const struct dataset *d = random_dataset(3, true);
    float scores[ITEMS];

    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct model *model = model_trained(d, &demographic_kind, settings[s], 2);
        for (int32_t u = 0; u < USERS - 2; u++) { /* the last two are in no segment */
            struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
            assert_true(demographic_kind.score(model, shopper, scores, NULL));
            for (int32_t i = 0; i < ITEMS; i++) {
                const double expected =
                    demographic_score(d, (const struct demographic *)model, u, i);
                assert_near(scores[i] > -INFINITY ? (double)scores[i] : 0, expected);
                check_receipt(model, shopper, i, scores[i], 2);
            }
            shopper_free(shopper);
        }
        model_release(model);
    }
    dataset_release(d);
}

/* Somebody new of whom only the city is known gets what the city buys. */
static void test_new_people(void **state)
{
    const struct dataset *d = random_dataset(4, true);
    struct model *model = model_trained(d, &demographic_kind, NULL, 2);
    float scores[ITEMS], same[ITEMS];

    (void)state;
    for (int32_t c = 0; c < CITIES; c++) {
        const int32_t value =
            attributes_find(&d->user_attributes, slice_of("city"), slice_of(cities[c]));
        const struct shopper_changes changes = { .values = &value, .n_values = 1 };
        struct shopper *shopper = shopper_new(d, -1, MOMENT_NONE, &changes, NULL);
        double own = 0, others = 0, of_all = 0, others_of_all = 0;
        assert_true(demographic_kind.score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS - 1; i++) {
            if (!(popular(d, i) > 0)) continue;
            *(i % CITIES == c ? &own : &others) += (double)scores[i];
            *(i % CITIES == c ? &of_all : &others_of_all) += popular(d, i);
        }
        assert_true(own / of_all > 1.05 * others / others_of_all);
        check_receipt(model, shopper, c, scores[c], 2);
        shopper_free(shopper);
    }
    struct shopper *nobody = shopper_new(d, -1, MOMENT_NONE, NULL, NULL);
    assert_true(demographic_kind.score(model, nobody, same, NULL));
    for (int32_t i = 0; i < ITEMS; i++)
        assert_true(same[i] == -INFINITY);
    shopper_free(nobody);
    model_release(model);
    dataset_release(d);
}

/* ---------------------------------------------------------------------------------- social */

static bool friends(const struct dataset *d, int32_t a, int32_t b)
{
    for (int64_t i = d->friend_offset[a]; i < d->friend_offset[a + 1]; i++)
        if (d->friends[i] == b) return true;
    return false;
}

static double tie(const struct dataset *d, int32_t u, int32_t f, double mutual, double likeness)
{
    double both = 0, either = 0, dot = 0;

    for (int32_t v = 0; v < USERS; v++) {
        both += friends(d, u, v) && friends(d, f, v);
        either += friends(d, u, v) || friends(d, f, v);
    }
    for (int32_t i = 0; i < ITEMS; i++)
        dot += has(d, u, i) && has(d, f, i);
    return 1 + (both > 0 ? mutual * both / either : 0) +
           (dot > 0 ? likeness * dot / sqrt((double)basket(d, u) * basket(d, f)) : 0);
}

static double social_score(const struct dataset *d, int32_t u, int32_t item)
{
    double sum = 0, all = 1;

    for (int32_t f = 0; f < USERS; f++) {
        if (!friends(d, u, f)) continue;
        all += tie(d, u, f, 1, 5);
        sum += has(d, f, item) ? tie(d, u, f, 1, 5) : 0;
    }
    return sum / all;
}

static void test_social(void **state)
{
    const struct dataset *d = random_dataset(5, false);
    struct model *model = model_trained(d, &social_kind, NULL, 2);
    float scores[ITEMS];

    (void)state;
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        assert_true(social_kind.score(model, shopper, scores, NULL));
        for (int32_t i = 0; i < ITEMS; i++) {
            assert_near(scores[i] > -INFINITY ? (double)scores[i] : 0, social_score(d, u, i));
            assert_true(u != 7 || scores[i] == -INFINITY);
            check_receipt(model, shopper, i, scores[i], 2);
        }
        shopper_free(shopper);
    }
    /* With strengths receipts add up as well. */
    struct model *strong = model_trained(d, &social_kind, "values=strength", 2);
    struct shopper *shopper = shopper_new(d, 1, MOMENT_NONE, NULL, NULL);
    assert_true(social_kind.score(strong, shopper, scores, NULL));
    for (int32_t i = 0; i < ITEMS; i++)
        check_receipt(strong, shopper, i, scores[i], 2);
    shopper_free(shopper);
    model_release(strong);
    model_release(model);
    dataset_release(d);
}

static void test_suggestions(void **state)
{
    const struct dataset *d = random_dataset(6, false);
    struct model *model = model_trained(d, &social_kind, NULL, 2);
    struct neighbour found[USERS];

    (void)state;
    for (int32_t u = 0; u < USERS; u++) {
        struct shopper *shopper = shopper_new(d, u, MOMENT_NONE, NULL, NULL);
        int32_t candidates = 0, n = social_kind.neighbours(model, shopper, USERS, found, NULL);
        for (int32_t v = 0; v < USERS; v++)
            candidates += v != u && !friends(d, u, v) && tie(d, u, v, 1, 5) > 1;
        assert_int_equal(n, candidates);
        for (int32_t f = 0; f < n; f++) {
            assert_true(found[f].id != u && !friends(d, u, found[f].id));
            assert_near(found[f].similarity, tie(d, u, found[f].id, 1, 5) - 1);
            assert_true(f == 0 || found[f].similarity <= found[f - 1].similarity);
        }
        n = social_friends(model, shopper, USERS, found, NULL);
        assert_int_equal(n, shopper->n_friends);
        for (int32_t f = 0; f < n; f++) {
            assert_true(friends(d, u, found[f].id));
            assert_near(found[f].similarity, tie(d, u, found[f].id, 1, 5));
        }
        assert_int_equal(social_kind.neighbours(model, shopper, 2, found, NULL),
                         candidates < 2 ? candidates : 2);
        shopper_free(shopper);
    }
    model_release(model);
    dataset_release(d);
}

/* --------------------------------------------------------------------------------- storing */

/* With attributes and friends, unlike the models' common test; damaged bytes are refused. */
static void test_save_and_load(void **state)
{
    static const struct model_kind *const kinds[] = { &demographic_kind, &social_kind };
    const struct dataset *d = random_dataset(7, true);

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct model *model = model_trained(d, kinds[k], NULL, 2);
        tape_check(model, 1);
        model_release(model);
    }
    dataset_release(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_segments_by_text),
        cmocka_unit_test(test_what_attributes_say),
        cmocka_unit_test(test_demographic),
        cmocka_unit_test(test_new_people),
        cmocka_unit_test(test_social),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_save_and_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rules: which of them win (tests/data/rules.txt), the language read and written, and random
 * pipelines whose receipts add up and whose matches are those of the obvious loop. */
#include <aisle/feed.h>
#include <aisle/rng.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/feed_shop.h"

/* ------------------------------------------------------------------------- the table of cases */

enum { ITEMS = 12, RULES_MAX = 8, LENGTH = 5 };

static void add_purchase(struct dataset_builder *builder, int32_t user, int32_t item, int64_t time)
{
    const struct event event = {
        .time = time, .item = item, .type = EVENT_PURCHASE, .quantity = 1, .value = NAN
    };
    assert_true(dataset_builder_add_event(builder, user, &event, NULL));
}

static const struct dataset *table_shop(void)
{
    struct strength_options options;
    char name[32];
    strength_options_init(&options);
    struct dataset_builder *builder = dataset_builder_new(&options, NULL);
    assert_true(dataset_builder_add_user(builder, slice_of("anna"), NULL));
    assert_true(dataset_builder_add_user(builder, slice_of("ben"), NULL));
    dataset_builder_set_user(builder, 0, slice_of("segment"), slice_of("A"), NULL);
    dataset_builder_set_user(builder, 1, slice_of("segment"), slice_of("B"), NULL);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(name, sizeof name, "i%d", i + 1);
        assert_true(dataset_builder_add_item(builder, slice_of(name), slice_of("a title"), NULL));
        dataset_builder_set_item(builder, i, slice_of("category"), slice_of(i % 2 ? "B" : "A"),
                                 NULL);
        snprintf(name, sizeof name, "%d", 10 * (i + 1));
        if (i != 2) dataset_builder_set_item(builder, i, slice_of("price"), slice_of(name), NULL);
        if (i < 2) dataset_builder_set_item(builder, i, slice_of("brand"), slice_of("Corvo"), NULL);
    }
    dataset_builder_set_item(builder, 3, slice_of("stock"), slice_of("0"), NULL);
    add_purchase(builder, 0, 9, moment_from_civil(2026, 11, 1, 0, 0, 0));
    add_purchase(builder, 1, 6, moment_from_civil(2026, 10, 1, 0, 0, 0));
    add_purchase(builder, 1, 4, moment_from_civil(2025, 11, 2, 0, 0, 0));
    add_purchase(builder, 1, 4, moment_from_civil(2026, 11, 2, 0, 0, 0));
    return dataset_builder_finish(builder, 4, NULL, NULL);
}

struct table_case {
    char what[160];
    int32_t user;
    int64_t day;
    struct feed_settings settings;
    struct rule rules[RULES_MAX];
    int32_t n_rules;
};

static void begin_case(struct table_case *table, const char *what)
{
    memset(table, 0, sizeof *table);
    snprintf(table->what, sizeof table->what, "%s", what);
    table->day = moment_from_civil(2026, 11, 24, 12, 0, 0);
    feed_settings_init(&table->settings);
}

static void check_case(const struct dataset *dataset, struct table_case *table, const char *wanted)
{
    float scores[ITEMS];
    struct error error = { 0 };
    struct text got = { 0 };
    for (int i = 0; i < ITEMS; i++)
        scores[i] = i < 10 ? (float)(10 - i) : i == 10 ? -1 : -INFINITY;
    const struct pipeline *pipeline =
        pipeline_new(dataset, &table->settings, table->rules, table->n_rules, &error);
    assert_non_null(pipeline);
    struct shopper *shopper = shopper_new(dataset, table->user, MOMENT_NONE, NULL, NULL);
    const struct feed_options options = { .length = LENGTH,
                                          .pipeline = pipeline,
                                          .now = table->day };
    struct feed *feed = feed_of_scores(scores, ITEMS, shopper, &options, &error);
    assert_non_null(feed);
    for (int32_t r = 0; r < feed->n; r++) {
        const struct slice id = names_get(&dataset->item_ids, feed->rows[r].item);
        text_format(&got, "%s%.*s", r ? " " : "", (int)id.length, id.bytes);
        assert_int_equal(feed->rows[r].rank, r + 1);
        assert_int_equal(feed_rank(feed, feed->rows[r].item), r + 1);
    }
    if (strcmp(got.bytes ? got.bytes : "", wanted) != 0)
        fail_msg("%s: got %s, wanted %s", table->what, got.bytes, wanted);
    text_fini(&got);
    feed_free(feed);
    shopper_free(shopper);
    pipeline_release(pipeline);
    for (int32_t r = 0; r < table->n_rules; r++)
        rule_fini(&table->rules[r]);
}

static void take_line(const struct dataset *dataset, struct table_case *table, char *line)
{
    struct error error = { 0 };
    char *rest = strchr(line, ' ');
    assert_non_null(rest);
    *rest++ = 0;
    if (strcmp(line, "case") == 0) {
        begin_case(table, rest);
    } else if (strcmp(line, "user") == 0) {
        table->user = names_find(&dataset->user_ids, slice_of(rest));
        assert_true(table->user >= 0);
    } else if (strcmp(line, "day") == 0) {
        assert_true(moment_parse(slice_of(rest), MOMENT_ISO, &table->day));
    } else if (strcmp(line, "settings") == 0) {
        assert_true(feed_settings_set(&table->settings, slice_of(rest), &error));
    } else if (strcmp(line, "rule") == 0) {
        char *text = NULL;
        struct rule *rule = &table->rules[table->n_rules++];
        const int64_t id = strtol(rest, &text, 10);
        if (!rule_parse(rule, slice_of(text), &error)) fail_msg("%s: %s", table->what, error.text);
        rule->id = id;
    } else {
        assert_string_equal(line, "list");
        check_case(dataset, table, rest);
    }
}

static void rules_win_as_the_table_says(void **state)
{
    (void)state;
    char path[1024], line[512];
    int cases = 0;
    struct table_case table;
    const char *source = getenv("AISLE_SOURCE");
    const struct dataset *dataset = table_shop();
    snprintf(path, sizeof path, "%s/tests/data/rules.txt", source ? source : "..");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] == '#' || line[0] == 0) continue;
        cases += strncmp(line, "list", 4) == 0;
        take_line(dataset, &table, line);
    }
    fclose(file);
    assert_true(cases > 30);
    dataset_release(dataset);
}

/* ---------------------------------------------------------------------------------- language */

static void a_rule_reads_back_as_written(void **state)
{
    static const char *const lines[] = {
        "pin 3 where id=4711",
        "soft-pin 1 where category=Boots for user=17",
        "boost 1.5 where brand=Nordlys price<50 for segment=B from 2026-11-20 to 2026-12-24 on "
        "fri,sat",
        "bury 0.25 where category=\"Home & Living\" price>=0.5 priority 7 by \"anna\" because "
        "\"too much\"",
        "exclude where age>365d",
        "filter where price<=1.2*seed.price category!=seed.category",
        "include-only where title~gtx in category=Boots for city=\"New York\"",
        "exclude where added<2026-01-01 from 2026-11-20T08:30:00 to 2026-11-20T20:00:00 replaces 4",
        "exclude where category=\"seed.category\" size=\"2*3\" colour=blue|\xc3\xa5",
    };
    (void)state;
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
        struct error error = { 0 };
        struct rule rule, again;
        struct text line = { 0 }, json = { 0 }, second = { 0 };
        if (!rule_parse(&rule, slice_of(lines[l]), &error))
            fail_msg("%s: %s", lines[l], error.text);
        rule_text(&rule, &line);
        assert_string_equal(line.bytes, lines[l]);
        rule_json(&rule, &json);
        if (!rule_parse(&again, (struct slice){ json.bytes, json.length }, &error))
            fail_msg("%s: %s", json.bytes, error.text);
        rule_text(&again, &second);
        assert_string_equal(second.bytes, lines[l]);
        rule_fini(&rule);
        rule_fini(&again);
        text_fini(&line);
        text_fini(&json);
        text_fini(&second);
    }
}

static void what_is_no_rule_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "lift 3 where id=1",
        "pin where id=1",
        "pin 0 where id=1",
        "pin 1.5 where id=1",
        "boost 0.5 where id=1",
        "bury 2 where id=1",
        "exclude 3 where id=1",
        "exclude",
        "exclude where id",
        "exclude where =1",
        "exclude where id=",
        "exclude where price<cheap",
        "exclude where id=1 for nobody",
        "exclude where id=1 from tomorrow",
        "exclude where id=1 from 2026-02-01 to 2026-01-01",
        "exclude where id=1 on someday",
        "exclude where id=1 priority high",
        "exclude where id=1 because",
        "exclude where id=1 in category",
        "exclude where a=b\"c",
        "{}",
        "{\"action\":\"exclude\"}",
        "{\"action\":\"exclude\",\"where\":[\"id\"]}",
        "{\"action\":\"exclude\",\"where\":\"id=1\"}",
        "{\"action\":\"pin\",\"amount\":\"3\",\"where\":[\"id=1\"]}",
        "{\"action\":\"exclude\",\"where\":[\"id=1\"],\"colour\":\"red\"}",
        "{\"action\":\"exclude\",\"where\":[\"id=1\"]",
    };
    (void)state;
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
        struct error error = { 0 };
        struct rule rule;
        if (rule_parse(&rule, slice_of(lines[l]), &error)) fail_msg("taken: %s", lines[l]);
        assert_int_equal(error.code, ERROR_USAGE);
        assert_true(strlen(error.text) > 10);
    }
}

static void settings_read_back(void **state)
{
    (void)state;
    struct feed_settings settings, again;
    struct error error = { 0 };
    struct text json = { 0 };
    feed_settings_init(&settings);
    assert_true(feed_settings_set(&settings, slice_of("repeat=learned"), &error));
    assert_true(feed_settings_set(&settings, slice_of("again=Coffee|Tea & co"), &error));
    assert_true(feed_settings_set(&settings, slice_of("mmr=0.25"), &error));
    assert_false(feed_settings_set(&settings, slice_of("mmr=2"), &error));
    assert_false(feed_settings_set(&settings, slice_of("colour=red"), &error));
    feed_settings_json(&settings, &json);
    feed_settings_init(&again);
    assert_true(feed_settings_from_json(&again, json.bytes, &error));
    assert_memory_equal(&again, &settings, sizeof settings);
    text_fini(&json);
}

/* -------------------------------------------------------------------------- random pipelines */

/* Two or three rules over the categories and prices of feed_shop(). */
static int32_t random_rules(struct rng *rng, struct rule *rules)
{
    static const char *const actions[] = { "pin 2",   "soft-pin 1", "boost 1.7",
                                           "boost 3", "bury 0.3",   "bury 0.9",
                                           "exclude", "filter",     "include-only" };
    static const char *const where[] = { "category=c1",      "category=c0|c2", "price<20",
                                         "price>=10",        "id=i3",          "category!=c1",
                                         "price<=seed.price" };
    static const char *const tail[] = { "", "for segment=s1", "for user=u3", "in category=c2",
                                        "priority 3" };
    const int32_t n = 1 + (int32_t)rng_below(rng, 3);
    for (int32_t r = 0; r < n; r++) {
        char line[160];
        struct error error = { 0 };
        snprintf(line, sizeof line, "%s where %s %s", actions[rng_below(rng, 9)],
                 where[rng_below(rng, 7)], tail[rng_below(rng, 5)]);
        if (!rule_parse(&rules[r], slice_of(line), &error)) fail_msg("%s: %s", line, error.text);
        rules[r].id = r + 1;
    }
    return n;
}

/* The list again, from what the feed says about each item: nothing is unaccounted for. */
static void feed_is_sound(const struct feed *feed, const struct model *model,
                          const struct shopper *shopper)
{
    int32_t counted = 0;
    for (int f = 0; f < FEED_STATUSES; f++)
        counted += feed->count[f];
    assert_int_equal(counted, feed->n_items);
    float above = INFINITY;
    for (int32_t r = 0; r < feed->n; r++) {
        struct feed_touch touches[8];
        const int32_t item = feed->rows[r].item;
        const int32_t n = feed_touches(feed, item, touches, 8);
        const bool pinned = n > 0 && touches[n - 1].place > 0;
        assert_int_equal(feed->status[item], FEED_LISTED);
        if (pinned) continue;
        assert_true(feed_score(feed, item) <= above);
        above = feed_score(feed, item);
    }
    for (int32_t i = 0; i < feed->n_items; i++) {
        const struct receipt_limits limits = { 3, 1 };
        struct feed_touch touches[8];
        const int32_t n = feed_touches(feed, i, touches, 8);
        struct receipt *receipt = feed_explain(feed, model, shopper, i, &limits, NULL);
        assert_non_null(receipt);
        const double score = feed_score(feed, i) > -INFINITY ? (double)feed_score(feed, i) : 0;
        assert_true(fabs(receipt->value - score) <= 1e-6 * fmax(1, fabs(score)));
        assert_true(receipt_residual(receipt) <= 1e-6 * fmax(1, fabs(score)));
        int32_t lines = 0;
        for (int32_t c = 0; c < receipt->n_children; c++)
            lines += receipt->children[c].kind == RECEIPT_RULE;
        assert_int_equal(lines, n);
        assert_true((feed->status[i] == FEED_RULED_OUT) == (n > 0 && touches[0].left_out));
        receipt_free(receipt);
    }
}

static void random_pipelines_add_up(void **state)
{
    (void)state;
    struct rng rng;
    const char *sanitizers = getenv("AISLE_SANITIZERS");
    const bool quick = sanitizers && strcmp(sanitizers, "no") != 0;
    const int rounds = quick ? 60 : 400; /* × 30 items: 12,000 receipts */
    static const char *const kinds[] = { "item-cf", "user-cf", "popular", "ease" };
    rng_init(&rng, 5);
    const struct dataset *dataset = feed_shop(11);
    for (int k = 0; k < 4; k++) {
        struct model *model = feed_shop_model(dataset, kinds[k], "");
        for (int round = 0; round < rounds / 4; round++) {
            struct rule rules[3];
            const int32_t n = random_rules(&rng, rules);
            const struct pipeline *pipeline = pipeline_new(dataset, NULL, rules, n, NULL);
            const int32_t user = (int32_t)rng_below(&rng, FEED_SHOP_USERS);
            struct shopper *shopper = shopper_new(dataset, user, MOMENT_NONE, NULL, NULL);
            const struct feed_options options = { .length = 6, .pipeline = pipeline };
            struct feed *feed = feed_new(model, shopper, &options, NULL);
            assert_non_null(feed);
            feed_is_sound(feed, model, shopper);
            feed_free(feed);
            shopper_free(shopper);
            pipeline_release(pipeline);
            for (int32_t r = 0; r < n; r++)
                rule_fini(&rules[r]);
        }
        model_release(model);
    }
    dataset_release(dataset);
}

/* What people buy on two days comes back; what they buy once does not. */
static void repeats_are_learned(void **state)
{
    (void)state;
    struct strength_options options;
    struct feed_settings settings;
    char name[16];
    strength_options_init(&options);
    feed_settings_init(&settings);
    settings.repeat = REPEAT_LEARNED;
    struct dataset_builder *builder = dataset_builder_new(&options, NULL);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "i%d", i);
        dataset_builder_add_item(builder, slice_of(name), slice_of(""), NULL);
        dataset_builder_set_item(builder, i, slice_of("category"),
                                 slice_of(i ? "Coffee" : "Fridges"), NULL);
    }
    for (int u = 0; u < 30; u++) {
        snprintf(name, sizeof name, "u%d", u);
        dataset_builder_add_user(builder, slice_of(name), NULL);
        add_purchase(builder, u, 0, 1600000000);
        add_purchase(builder, u, 0, 1600000060); /* the same day: one purchase of two */
        add_purchase(builder, u, 1, 1600000000);
        if (u % 2) add_purchase(builder, u, 1, 1600000000 + 10 * 86400);
    }
    const struct dataset *dataset = dataset_builder_finish(builder, 1, NULL, NULL);
    const struct pipeline *pipeline = pipeline_new(dataset, &settings, NULL, 0, NULL);
    struct repeat_category *categories;
    int32_t n;
    assert_true(pipeline_categories(pipeline, &categories, &n, NULL));
    assert_int_equal(n, 2);
    assert_int_equal(categories[0].pairs, 30);
    assert_int_equal(categories[0].repeats, 15);
    assert_true(categories[0].comes_back);
    assert_int_equal(categories[1].repeats, 0);
    assert_false(categories[1].comes_back);
    const int64_t later = 1600000000 + 40 * (int64_t)86400;
    assert_true(pipeline_comes_back(pipeline, 1, 1600000000, later));
    assert_false(pipeline_comes_back(pipeline, 1, later - 86400, later));
    assert_false(pipeline_comes_back(pipeline, 0, 1600000000, later));
    free(categories);
    pipeline_release(pipeline);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_win_as_the_table_says),
        cmocka_unit_test(a_rule_reads_back_as_written),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(settings_read_back),
        cmocka_unit_test(random_pipelines_add_up),
        cmocka_unit_test(repeats_are_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

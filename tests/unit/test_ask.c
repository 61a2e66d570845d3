/* Prompts: what is read in them, who answers, what comes next. */
#include <aisle/ask.h>
#include <aisle/rng.h>

#include "../support/shop_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --------------------------------------------------------------------------------- prompts */

static const struct dataset *people(void)
{
    static const char *const ids[] = { "123", "12 3", "Anna Maria K", "user", "x\"y" };
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    const struct event event = { 1609459200, 1, EVENT_PURCHASE, 1, NAN };

    for (size_t u = 0; u < sizeof ids / sizeof *ids; u++)
        assert_true(dataset_builder_add_user(builder, slice_of(ids[u]), NULL));
    for (int i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "i%d", i);
        assert_true(dataset_builder_add_item(builder, slice_of(id), slice_of("title"), NULL));
    }
    assert_true(dataset_builder_add_event(builder, 0, &event, NULL));
    const struct dataset *dataset = dataset_builder_finish(builder, 0, NULL, NULL);
    assert_non_null(dataset);
    return dataset;
}

static void expect(const struct dataset *dataset, const char *text, int32_t user, int32_t n_with,
                   const char *words)
{
    struct ask_prompt prompt;
    struct error error = { 0 };

    if (!ask_parse(&prompt, dataset, slice_of(text), &error)) fail_msg("%s: %s", text, error.text);
    if (prompt.user != user) fail_msg("%s: user %d", text, prompt.user);
    assert_int_equal(prompt.n_with, n_with);
    assert_string_equal(prompt.words.bytes ? prompt.words.bytes : "", words);
    for (int32_t i = 1; i < prompt.n_with; i++)
        assert_true(prompt.with_time[i - 1] <= prompt.with_time[i]);
    ask_prompt_fini(&prompt);
}

static void refuse(const struct dataset *dataset, const char *text)
{
    struct ask_prompt prompt;
    struct error error = { 0 };

    assert_false(ask_parse(&prompt, dataset, slice_of(text), &error));
    assert_int_equal(error.code, ERROR_MISSING);
}

static void prompts_are_read(void **state)
{
    const struct dataset *d = people();
    (void)state;

    expect(d, "User 123 is interested in the following items:", 0, 0, "");
    expect(d, "  user 123: ", 0, 0, "");
    expect(d, "User 123 wants a warm jacket for a child", 0, 0, "warm jacket for a child");
    expect(d, "User \"12 3\" wants shoes", 1, 0, "shoes");
    expect(d, "User 12 3 wants shoes", 1, 0, "shoes"); /* the longest id that there is */
    expect(d, "User Anna Maria K wants shoes", 2, 0, "shoes");
    expect(d, "User \"x\\\"y\" wants shoes", 4, 0, "shoes");
    expect(d, "something for espresso", -1, 0, "espresso");
    expect(d, "User manual for a camera", -1, 0, "manual for a camera");
    expect(d, "user", -1, 0, "");
    expect(d, "", -1, 0, "");
    expect(d, "User 123", 0, 0, "");
    expect(d, "User 123 bought item i2 at 2021-05-01 10:00:00.", 0, 1, "");
    expect(d,
           "User 123 bought item i2 at 2021-05-01 10:00:00. User 123 bought 2 of item i3 for 1.50 "
           "each at 2021-04-01 10:00:00.\nUser 123 is interested in the following items:",
           0, 2, "");
    /* What the data has already says nothing new; a view is no purchase. */
    expect(d, "User 123 bought item i1 at 2021-01-01 00:00:00.", 0, 0, "");
    expect(d, "User 123 viewed item i2 at 2021-05-01 10:00:00.", 0, 0, "");
    expect(d, "User 77 bought item i1. User 77 wants shoes", -1, 1, "shoes");
    refuse(d, "User 99 wants shoes");
    refuse(d, "User \"nobody\" wants shoes");
    refuse(d, "User 123 bought item i9.");
    dataset_release(d);
}

static void any_prompt_can_be_read(void **state)
{
    static const char *const parts[] = { "User ",
                                         "user",
                                         "123",
                                         " bought item ",
                                         "i1",
                                         ".",
                                         " at 2021-01-01 00:00:00.",
                                         "\"",
                                         "\\",
                                         "\x1B[31m",
                                         "\xFF",
                                         " wants ",
                                         "shoe",
                                         "\n",
                                         " is interested in:",
                                         "\xE9\x9E" };
    const struct dataset *dataset = people();
    struct rng rng;
    (void)state;

    rng_init(&rng, 2);
    for (int round = 0; round < 5000; round++) {
        struct text text = { 0 };
        struct ask_prompt prompt;
        struct error error = { 0 };
        for (uint32_t n = rng_below(&rng, 20); n > 0; n--)
            text_add_string(&text, parts[rng_below(&rng, sizeof parts / sizeof *parts)]);
        if (ask_parse(&prompt, dataset, (struct slice){ text.bytes, text.length }, &error)) {
            assert_true(prompt.user >= -1 && prompt.user < dataset->n_users);
            assert_true(prompt.words.length <= text.length);
            ask_prompt_fini(&prompt);
        } else {
            assert_int_equal(error.code, ERROR_MISSING);
        }
        text_fini(&text);
    }
    struct ask_prompt prompt;
    char *large = malloc(1 << 21);
    memset(large, '.', 1 << 21);
    memcpy(large, "User 123 ", 9);
    assert_true(ask_parse(&prompt, dataset, (struct slice){ large, 1 << 21 }, NULL));
    assert_int_equal(prompt.user, 0);
    ask_prompt_fini(&prompt);
    free(large);
    dataset_release(dataset);
}

/* --------------------------------------------------------------------------------- answers */

/* Even items are jackets, odd ones espresso machines. */
static void name_items(struct shop_file *file, int32_t items)
{
    struct error error = { 0 };
    struct writer *writer = writer_begin(file->workspace, &error);

    for (int32_t i = 0; i < items; i++) {
        char id[16], title[64];
        const struct attribute brand = { slice_of("brand"),
                                         slice_of(i % 4 ? "Nordlys" : "Kessel") };
        snprintf(id, sizeof id, "i%d", i);
        snprintf(title, sizeof title, i % 2 ? "Espresso machine %d" : "Warm jacket %d", i);
        const struct record record = { .kind = RECORD_ITEM,
                                       .item = slice_of(id),
                                       .name = slice_of(title),
                                       .attributes = &brand,
                                       .n_attributes = 1 };
        assert_true(writer_record(writer, &record, &error));
    }
    assert_true(writer_commit(writer, &error));
}

struct shop {
    struct shop_file file;
    struct engine *engine;
    struct reader *reader;
};

static void shop_make(struct shop *shop)
{
    struct error error = { 0 };
    struct run run;

    shop_file_make(&shop->file, 30, 20, 200);
    name_items(&shop->file, 20);
    shop->engine = engine_new(shop->file.workspace, &error);
    shop->reader = reader_open(shop->file.workspace, &error);
    assert_true(engine_train(shop->engine, "popular", NULL, 1, NULL, &run, &error));
    assert_true(engine_train(shop->engine, "item-cf", NULL, 1, NULL, &run, &error));
}

static void shop_end(struct shop *shop)
{
    reader_close(shop->reader);
    engine_free(shop->engine);
    shop_file_remove(&shop->file);
}

static void ask(struct shop *shop, const char *text, const char *model, struct ask_prompt *prompt,
                struct ask_answer *answer)
{
    struct error error = { 0 };
    const struct ask_options options = { .model = model, .length = 10, .as_of = MOMENT_NONE };
    const struct dataset *dataset = engine_dataset(shop->engine, shop->reader, NULL, &error);

    assert_non_null(dataset);
    if (!ask_parse(prompt, dataset, slice_of(text), &error) ||
        !ask_answer(answer, shop->engine, shop->reader, prompt, &options, NULL, &error))
        fail_msg("%s: %s", text, error.text);
    dataset_release(dataset);
}

static void done(struct ask_prompt *prompt, struct ask_answer *answer)
{
    ask_answer_fini(answer);
    ask_prompt_fini(prompt);
}

static void who_answers(void **state)
{
    struct shop shop;
    struct ask_prompt prompt;
    struct ask_answer answer;
    struct error error = { 0 };
    struct text report = { 0 };
    (void)state;

    shop_make(&shop);
    ask(&shop, "User u3 is interested in the following items:", "item-cf", &prompt, &answer);
    assert_int_equal(answer.method, ASK_LIST);
    const struct feed_options options = { .length = 10 };
    struct shopper *shopper =
        shopper_new(answer.serving.dataset, prompt.user, MOMENT_NONE, NULL, &error);
    struct feed *feed = feed_new(answer.serving.model, shopper, &options, &error);
    assert_int_equal(feed->n, answer.feed->n);
    for (int32_t i = 0; i < feed->n; i++)
        assert_int_equal(feed->rows[i].item, answer.feed->rows[i].item);
    feed_free(feed);
    shopper_free(shopper);
    done(&prompt, &answer);

    ask(&shop, "User u3 wants a warm jacket", "item-cf", &prompt, &answer);
    assert_int_equal(answer.method, ASK_MATCHED);
    assert_string_equal(answer.matched.bytes, "warm, jacket");
    assert_true(answer.feed->n > 0);
    for (int32_t i = 0; i < answer.feed->n; i++)
        assert_int_equal(answer.feed->rows[i].item % 2,
                         names_find(&answer.serving.dataset->item_ids, slice_of("i0")) % 2);
    ask_describe(&answer, &report);
    assert_non_null(strstr(report.bytes, "matched in titles and attributes: warm, jacket"));
    text_fini(&report);
    done(&prompt, &answer);

    ask(&shop, "quantum chromodynamics", NULL, &prompt, &answer);
    assert_int_equal(answer.method, ASK_UNKNOWN); /* and no best sellers instead */
    assert_int_equal(answer.feed->n, 0);
    assert_int_equal(answer.not_understood.n, 2);
    assert_string_equal(answer.not_understood.text[0], "quantum");
    ask_describe(&answer, &report);
    assert_non_null(
        strstr(report.bytes, "nothing in this shop is about 'quantum' and 'chromodynamics'"));
    assert_non_null(strstr(report.bytes, "aisle language")); /* what a model would add */
    text_fini(&report);
    done(&prompt, &answer);

    ask(&shop, "a quantum jacket by Kessel", NULL, &prompt, &answer);
    assert_int_equal(answer.method, ASK_MATCHED);
    assert_string_equal(answer.serving.run.kind, "popular"); /* the taste of nobody */
    assert_int_equal(answer.filters.n, 1);
    assert_string_equal(answer.filters.text[0], "brand=Kessel");
    assert_int_equal(answer.not_understood.n, 1);
    assert_true(answer.feed->n > 0);
    for (int32_t i = 0; i < answer.feed->n; i++)
        assert_int_equal(answer.feed->rows[i].item % 4,
                         names_find(&answer.serving.dataset->item_ids, slice_of("i0")) % 4);
    done(&prompt, &answer);
    shop_end(&shop);
}

/* A model that reads words does so where it is named; else words are matched, beside the best. */
static void words_are_matched_unless_a_reader_is_named(void **state)
{
    struct shop shop;
    struct ask_prompt prompt;
    struct ask_answer answer;
    struct error error = { 0 };
    struct run run;
    (void)state;

    shop_make(&shop);
    assert_true(engine_train(shop.engine, "content", NULL, 1, NULL, &run, &error));
    assert_true(engine_train(shop.engine, "hybrid", NULL, 1, NULL, &run, &error));
    ask(&shop, "an espresso machine", "content", &prompt, &answer);
    assert_int_equal(answer.method, ASK_READ);
    assert_string_equal(answer.serving.run.kind, "content");
    assert_int_equal(answer.feed->rows[0].item % 2,
                     names_find(&answer.serving.dataset->item_ids, slice_of("i1")) % 2);
    done(&prompt, &answer);
    ask(&shop, "User u3 wants an espresso machine", NULL, &prompt, &answer);
    assert_int_equal(answer.method, ASK_MATCHED);
    assert_string_equal(answer.serving.run.kind, "hybrid");
    done(&prompt, &answer);
    ask(&shop, "User u3 is interested in the following items:", NULL, &prompt, &answer);
    assert_string_equal(answer.serving.run.kind, "hybrid");
    done(&prompt, &answer);
    shop_end(&shop);
}

/* Receipts of matched words add up to the score, whoever asks for whatever. */
static void receipts_of_words_add_up(void **state)
{
    static const char *const texts[] = { "User u1 wants a warm jacket of Nordlys", "espresso",
                                         "jackets, jackets, espresso 3",
                                         "User u7: machine kessel" };
    const struct receipt_limits limits = { 0, 0 };
    struct shop shop;
    (void)state;

    shop_make(&shop);
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        struct ask_prompt prompt;
        struct ask_answer answer;
        struct error error = { 0 };
        ask(&shop, texts[t], NULL, &prompt, &answer);
        assert_int_equal(answer.method, ASK_MATCHED);
        for (int32_t item = 0; item < 20; item++) {
            const float score = answer.feed->scores[item];
            struct receipt *receipt =
                model_base(answer.model)
                    ->kind->open(answer.model, answer.shopper, item, &limits, &error);
            assert_non_null(receipt);
            assert_true(receipt_residual(receipt) < 1e-9);
            assert_true(!isfinite(score) || receipt->n_children > 0);
            if (isfinite(score)) assert_true(fabs(receipt->value - (double)score) < 1e-6);
            receipt_free(receipt);
        }
        done(&prompt, &answer);
    }
    shop_end(&shop);
}

static void what_comes_next(void **state)
{
    enum { N = 8, DRAWS = 4000 };
    struct ask_next next[N], again[N];
    struct error error = { 0 };
    struct ask_prompt prompt;
    struct ask_answer answer;
    struct text text = { 0 };
    struct shop shop;
    int32_t found, first[20] = { 0 };
    (void)state;

    shop_make(&shop);
    ask(&shop, "User u3 bought item i4. User u3 is interested in:", "popular", &prompt, &answer);
    assert_true(ask_continue(&answer, N, 1, 7, next, &found, NULL, &error));
    assert_int_equal(found, N);
    assert_true(ask_continue(&answer, N, 1, 7, again, &found, NULL, &error));
    for (int32_t i = 0; i < N; i++) {
        assert_int_equal(next[i].item, again[i].item);
        assert_int_equal(next[i].time, again[i].time);
        assert_int_equal(shopper_find(answer.shopper, next[i].item), -1);
        assert_true(next[i].time > (i > 0 ? next[i - 1].time : answer.serving.dataset->last_time));
        for (int32_t j = 0; j < i; j++)
            assert_true(next[i].item != next[j].item);
    }
    ask_sentence(&answer, &prompt, &next[0], &text);
    assert_int_equal(strncmp(text.bytes, "User u3 bought item i", 21), 0);
    assert_int_equal(text.bytes[text.length - 1], '.');
    text_fini(&text);

    /* Temperature 0 takes the best; 1 draws in proportion to how popular an item is. */
    assert_true(ask_continue(&answer, 1, 0, 7, next, &found, NULL, &error));
    assert_int_equal(next[0].item, answer.feed->rows[0].item);
    double sum = 0, probability[20] = { 0 };
    for (int32_t i = 0; i < 20; i++)
        if (answer.feed->status[i] == FEED_LISTED) sum += (double)answer.feed->scores[i];
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        assert_true(ask_continue(&answer, 1, 1, seed, next, &found, NULL, &error));
        first[next[0].item]++;
        probability[next[0].item] = next[0].probability;
    }
    for (int32_t i = 0; i < 20; i++) {
        if (first[i] == 0) continue;
        assert_true(fabs(probability[i] - (double)answer.feed->scores[i] / sum) < 1e-9);
        assert_true(fabs((double)first[i] / DRAWS - probability[i]) < 0.03);
    }
    /* More than there is: it ends when all is bought. */
    struct ask_next all[40];
    assert_true(ask_continue(&answer, 40, 1, 1, all, &found, NULL, &error));
    assert_true(found + answer.shopper->n <= 20);
    done(&prompt, &answer);
    shop_end(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompts_are_read),
        cmocka_unit_test(any_prompt_can_be_read),
        cmocka_unit_test(who_answers),
        cmocka_unit_test(words_are_matched_unless_a_reader_is_named),
        cmocka_unit_test(receipts_of_words_add_up),
        cmocka_unit_test(what_comes_next),
    };

    setenv("AISLE_LANGUAGE", "/nowhere", 1); /* whatever whoever runs this has set up */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

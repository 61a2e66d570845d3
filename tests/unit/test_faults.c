/* Memory that runs out: every scenario is run with its first allocation failing, then its second,
 * and so on until none fails. Each time it must either succeed or say ERROR_MEMORY, and give back
 * whatever it took.
 *
 * The linker sends the allocations of this program and of libaisle.a here (--wrap in Makefile.am);
 * those inside of shared libraries are not counted.
 */
#include <aisle/evaluate.h>
#include <aisle/model.h>
#include <aisle/table.h>
#include <aisle/tokens.h>

#include "../support/failing_memory.h"
#include "../support/tape.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct dataset *build(struct error *error)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, error);
    char name[32];
    bool ok = builder != NULL;

    for (int i = 0; ok && i < 90; i++) {
        snprintf(name, sizeof name, "name %d", i);
        ok = dataset_builder_add_user(builder, slice_of(name), error) &&
             dataset_builder_add_item(builder, slice_of(name), slice_of(name), error) &&
             dataset_builder_set_user(builder, i, slice_of("city"), slice_of(name), error) &&
             dataset_builder_set_item(builder, i, slice_of("kind"), slice_of("a|b"), error) &&
             dataset_builder_add_friend(builder, i, i / 2, error);
    }
    for (int e = 0; ok && e < 900; e++) {
        struct event event = { 5000 - e * 7 % 1000, e * 31 % 90,
                               e % 17 == 16 ? EVENT_RETURN : EVENT_PURCHASE, (float)(1 + e % 3),
                               e % 50 == 0 ? 1.5F : NAN };
        ok = dataset_builder_add_event(builder, e * e % 90, &event, error);
    }
    if (ok) return dataset_builder_finish(builder, 1, NULL, error);
    dataset_builder_free(builder);
    return NULL;
}

static bool build_dataset(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    const struct dataset *built = build(error);

    if (!built) return false;
    assert_true(built->fingerprint == dataset->fingerprint); /* nothing is left out in silence */
    dataset_release(built);
    return true;
}

/* An allocation fails and the same event is given once more. */
static void a_builder_goes_on_after_a_failure(void **state)
{
    const struct dataset *expected = build(NULL);
    (void)state;

    for (long n = 0; n < 40; n++) {
        struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
        assert_non_null(builder);
        failing_memory_arm(n);
        for (int i = 0; i < 90; i++) {
            char name[32];
            snprintf(name, sizeof name, "name %d", i);
            while (!dataset_builder_add_user(builder, slice_of(name), NULL))
                continue;
            while (!dataset_builder_add_item(builder, slice_of(name), slice_of(name), NULL))
                continue;
        }
        for (int e = 0; e < 900; e++) {
            struct event event = { 5000 - e * 7 % 1000, e * 31 % 90,
                                   e % 17 == 16 ? EVENT_RETURN : EVENT_PURCHASE, (float)(1 + e % 3),
                                   e % 50 == 0 ? 1.5F : NAN };
            while (!dataset_builder_add_event(builder, e * e % 90, &event, NULL))
                continue;
        }
        failing_memory_disarm();
        const struct dataset *dataset = dataset_builder_finish(builder, 1, NULL, NULL);
        assert_non_null(dataset);
        assert_true(dataset->fingerprint == expected->fingerprint);
        dataset_release(dataset);
    }
    dataset_release(expected);
}

static bool make_shopper(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    const int32_t with[] = { 3, 4 };
    const struct event what_if[] = { { 4000, 5, EVENT_RETURN, 1, NAN },
                                     { MOMENT_NONE, 6, EVENT_RATING, 1, 4 } };
    struct shopper_changes changes = {
        .with = with,
        .n_with = 2,
        .without = with,
        .n_without = 1,
        .values = with,
        .n_values = 2,
        .words = "warm",
        .what_if = what_if,
        .n_what_if = 2,
    };
    struct shopper *shopper = shopper_new(dataset, 1, 4500, &changes, error);

    if (!shopper) return false;
    shopper_free(shopper);
    return true;
}

static bool learn_tokens(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    struct item_tokens rows = { 0 }, again = { 0 };
    struct read_token tokens[9];
    struct sparse features = { 0 };
    struct vocabulary *vocabulary = vocabulary_learn(dataset, NULL, &rows, NULL, error);

    if (!vocabulary) return false;
    bool ok = item_tokens_make(&again, vocabulary, dataset, NULL, error) &&
              item_tokens_weigh(&rows, vocabulary, &features, error) &&
              vocabulary_read(vocabulary, slice_of("a new name, 7"), tokens, 9, error) >= 0;
    sparse_fini(&features);
    item_tokens_fini(&rows);
    item_tokens_fini(&again);
    vocabulary_free(vocabulary);
    return ok;
}

/* Few shoppers and resamples: each has its own allocations, and they are all alike. */
static bool rank_models(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    struct ranking_options options;
    struct candidate candidates[4];
    struct text json = { 0 };

    ranking_options_init(&options);
    options.sample = 3;
    options.fidelity = 1;
    options.resamples = 2;
    options.keep_seen = true;
    options.by = "city";
    options.threads = 2;
    if (!candidate_parse(&candidates[0], "item-cf:strength=binary", error)) return false;
    int32_t n = candidates_with_popular(candidates, 1, dataset, SPLIT_LAST_OUT);
    struct ranking *ranking = ranking_new(dataset, candidates, n, &options, NULL, error);
    if (!ranking) return false;
    ranking_json(ranking, &json);
    bool ok = !json.failed || error_memory(error, "a report");
    text_fini(&json);
    ranking_free(ranking);
    return ok;
}

static bool take_a_core(const void *context, struct error *error)
{
    const struct dataset *dataset = context, *core = dataset_core(dataset, 8, NULL, error);
    dataset_release(core);
    return core != NULL;
}

static bool make_page(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    struct page *page = page_new(0, 40, 2, error);
    const float spark[12] = { 1 };

    if (!page) return false;
    for (int32_t row = 0; row < 40 && page_add_row(page, row); row++) {
        page_set_text(page, 0, names_get(&dataset->item_ids, row));
        page_set_spark(page, 1, spark);
    }
    bool ok = page_finish(page, error);
    page_free(page);
    return ok;
}

static bool make_receipt(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    struct receipt *root = receipt_new(RECEIPT_SCORE, -1, 0, 0, error);
    bool ok = root && receipt_make_children(root, 5, error);
    (void)dataset;

    for (int32_t i = 0; ok && i < 5; i++)
        ok = receipt_make_children(&root->children[i], 2, error);
    ok = ok && receipt_trim(root, 3, error);
    receipt_free(root);
    return ok;
}

static bool write_text(const void *dataset, struct error *error)
{
    struct text text = { 0 };
    (void)dataset;

    for (int i = 0; i < 50; i++) {
        text_format(&text, "%d bottles, ", i);
        text_add_visible(&text, "\x1b\xff \u202e", 6);
        text_add_folded(&text, "Crème", 6);
        text_add_json(&text, "\n\"", 2);
        text_add_decimal(&text, 1e9 / 7, 2, true);
    }
    bool ok = !text.failed || error_memory(error, "a text");
    text_fini(&text);
    return ok;
}

static void the_core_and_the_data_survive(void **state)
{
    static scenario *const scenarios[] = { build_dataset, make_shopper, learn_tokens,
                                           make_page,     make_receipt, write_text };
    const struct dataset *dataset = build(NULL);
    (void)state;

    assert_non_null(dataset);
    failing_memory_run(rank_models, dataset, 60, 23);
    failing_memory_run(take_a_core, dataset, 40, 7);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        failing_memory_run(scenarios[i], dataset, LONG_MAX, 1);
    dataset_release(dataset);
}

/* ---------------------------------------------------------------------------------- models */

static const struct model_kind *kind; /* the one that use_model() tries */
static struct tape tape;              /* has room: saving asks for none */

static bool save_and_load(const struct model *model, const struct dataset *dataset,
                          struct error *error)
{
    struct byte_writer writer;
    struct byte_reader reader;

    tape.length = tape.at = 0;
    bytes_write_open(&writer, tape_put, &tape, error);
    if (!kind->save(model, &writer)) {
        bytes_write_close(&writer);
        return false;
    }
    if (!bytes_write_close(&writer)) return false;
    bytes_read_open(&reader, tape_get, &tape, error);
    struct model *back = kind->load(dataset, &model_base(model)->parameters, &reader, error);
    if (!back) return false;
    bool ok = bytes_read_close(&reader);
    model_release(back);
    return ok;
}

static bool ask(const struct model *model, const struct shopper *shopper, struct error *error)
{
    struct receipt_limits limits = { 3, 0 };
    struct neighbour neighbours[5];
    float scores[90];

    if (!kind->score(model, shopper, scores, error)) return false;
    struct receipt *receipt = kind->open(model, shopper, 7, &limits, error);
    if (!receipt) return false;
    receipt_free(receipt);
    if (kind->similar && kind->similar(model, 7, 5, neighbours, error) < 0) return false;
    return !kind->neighbours || kind->neighbours(model, shopper, 5, neighbours, error) >= 0;
}

static bool use_model(const void *context, struct error *error)
{
    const struct dataset *dataset = context;
    struct parameters parameters;

    parameters_init(&parameters, kind->parameters);
    for (int i = 0; kind->parameters[i].name; i++) { /* one round is as good as many */
        if (strcmp(kind->parameters[i].name, "epochs") == 0) parameters.value[i] = 1;
    }
    struct model *model = kind->train(dataset, &parameters, 2, NULL, error);
    if (!model) return false;
    struct shopper *shopper = shopper_new(dataset, 1, MOMENT_NONE, NULL, error);
    bool ok = shopper && ask(model, shopper, error) && save_and_load(model, dataset, error);
    shopper_free(shopper);
    model_release(model);
    return ok;
}

static void every_model_survives(void **state)
{
    const struct dataset *dataset = build(NULL);
    (void)state;

    assert_non_null(dataset);
    assert_true(tape_reserve(&tape, 1 << 18));
    for (size_t i = 0; model_kinds[i]; i++) {
        kind = model_kinds[i];
        print_message("# %s\n", kind->name);
        failing_memory_run(use_model, dataset, LONG_MAX, 1);
    }
    tape_fini(&tape);
    dataset_release(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_core_and_the_data_survive),
        cmocka_unit_test(a_builder_goes_on_after_a_failure),
        cmocka_unit_test(every_model_survives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is being served: runs come back as they were trained, old ones serve until the new one is
 * there, and a past that is gone is told. */
#include <aisle/engine.h>

#include "../support/shop_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct shop_file file;
    struct engine *engine;
    struct reader *reader;
};

static int open_bench(void **state)
{
    struct error error = { 0 };
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    shop_file_make(&bench->file, 40, 25, 600);
    bench->engine = engine_new(bench->file.workspace, &error);
    bench->reader = reader_open(bench->file.workspace, &error);
    assert_non_null(bench->engine);
    assert_non_null(bench->reader);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    reader_close(bench->reader);
    engine_free(bench->engine);
    shop_file_remove(&bench->file);
    free(bench);
    return 0;
}

static struct run train(struct bench *bench, const char *kind)
{
    struct error error = { 0 };
    struct run run;
    if (!engine_train(bench->engine, kind, NULL, 1, NULL, &run, &error)) fail_msg("%s", error.text);
    return run;
}

static float *scores_of(const struct serving *serving, int32_t user)
{
    struct error error = { 0 };
    const struct dataset *trained = model_base(serving->model)->dataset;
    struct shopper *shopper = shopper_new(serving->dataset, user, MOMENT_NONE, NULL, &error);
    float *scores = malloc((size_t)trained->n_items * sizeof *scores);
    assert_non_null(shopper);
    assert_non_null(scores);
    assert_true(model_base(serving->model)->kind->score(serving->model, shopper, scores, &error));
    shopper_free(shopper);
    return scores;
}

/* A run that was read from the file answers as the model that was trained. */
static void loaded_equals_trained(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    for (int k = 0; model_kinds[k]; k++) {
        struct serving fresh, loaded;
        struct run run = train(bench, model_kinds[k]->name);
        assert_true(engine_serve(bench->engine, bench->reader, NULL, run.id, &fresh, NULL, &error));
        engine_refresh(bench->engine);
        assert_true(
            engine_serve(bench->engine, bench->reader, NULL, run.id, &loaded, NULL, &error));
        assert_ptr_not_equal(fresh.model, loaded.model);
        for (int32_t user = 0; user < 5; user++) {
            float *a = scores_of(&fresh, user), *b = scores_of(&loaded, user);
            for (int32_t i = 0; i < 25; i++)
                assert_true(a[i] == b[i] || fabsf(a[i] - b[i]) <= 1e-6f * fabsf(a[i]));
            free(a);
            free(b);
        }
        serving_fini(&fresh);
        serving_fini(&loaded);
    }
}

static void nothing_trained_is_told(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct serving serving;
    assert_false(engine_serve(bench->engine, bench->reader, NULL, 0, &serving, NULL, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    assert_non_null(strstr(error.text, "train"));
    assert_false(engine_serve(bench->engine, bench->reader, "user-cf", 0, &serving, NULL, &error));
    assert_non_null(strstr(error.text, "user-cf"));
    assert_false(engine_serve(bench->engine, bench->reader, "nonsense", 0, &serving, NULL, &error));
    assert_false(engine_serve(bench->engine, bench->reader, NULL, 99, &serving, NULL, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    assert_null(engine_loaded_dataset(bench->engine));
}

static void best_active_kind(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct serving serving;
    train(bench, "popular");
    assert_true(engine_serve(bench->engine, bench->reader, NULL, 0, &serving, NULL, &error));
    assert_string_equal(serving.run.kind, "popular");
    serving_fini(&serving);
    train(bench, "item-cf");
    assert_true(engine_serve(bench->engine, bench->reader, NULL, 0, &serving, NULL, &error));
    assert_string_equal(serving.run.kind, "item-cf");
    serving_fini(&serving);
}

/* Events that came after a run: counted, and the run still serves, also in another process. */
static void stale_runs_serve(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct serving serving;
    struct run run = train(bench, "item-cf");
    shop_file_buy(&bench->file, 5, 45, 30, 50); /* new users and items among them */
    assert_true(engine_serve(bench->engine, bench->reader, "item-cf", 0, &serving, NULL, &error));
    assert_int_equal(serving.run.id, run.id);
    assert_int_equal(serving.events_since, 50);
    assert_int_equal(model_base(serving.model)->dataset->n_items, 25);
    assert_true(serving.dataset->n_items > 25);
    float *warm = scores_of(&serving, 3);
    struct engine *other = engine_new(bench->file.workspace, &error);
    struct serving cold;
    assert_non_null(other);
    assert_true(engine_serve(other, bench->reader, "item-cf", 0, &cold, NULL, &error));
    assert_int_equal(model_base(cold.model)->dataset->fingerprint, run.fingerprint);
    float *again = scores_of(&cold, 3);
    assert_memory_equal(warm, again, 25 * sizeof *warm);
    free(warm);
    free(again);
    serving_fini(&cold);
    engine_free(other);
    serving_fini(&serving);
}

/* Who holds a model keeps it while the next one is published. */
static void old_serves_until_released(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct serving old, now;
    struct run first = train(bench, "popular");
    assert_true(engine_serve(bench->engine, bench->reader, "popular", 0, &old, NULL, &error));
    struct run second = train(bench, "popular");
    assert_true(second.id != first.id);
    assert_true(engine_serve(bench->engine, bench->reader, "popular", 0, &now, NULL, &error));
    assert_int_equal(now.run.id, second.id);
    engine_refresh(bench->engine);
    float *scores = scores_of(&old, 1);
    assert_true(scores[0] > 0);
    free(scores);
    serving_fini(&old);
    serving_fini(&now);
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    assert_non_null(writer);
    assert_true(run_rollback(writer, "popular", &error));
    assert_true(writer_commit(writer, &error));
    engine_refresh(bench->engine);
    assert_true(engine_serve(bench->engine, bench->reader, "popular", 0, &now, NULL, &error));
    assert_int_equal(now.run.id, first.id);
    serving_fini(&now);
}

/* A title that changes without an event is seen by who asks next. */
static void changed_titles_are_noticed(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    const struct dataset *before = engine_dataset(bench->engine, bench->reader, NULL, &error);
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    const struct record record = { .kind = RECORD_ITEM,
                                   .item = slice_of("i3"),
                                   .name = slice_of("Blue kettle") };
    assert_non_null(before);
    assert_non_null(writer);
    assert_true(writer_record(writer, &record, &error));
    assert_true(writer_commit(writer, &error));
    const struct dataset *after = engine_dataset(bench->engine, bench->reader, NULL, &error);
    assert_non_null(after);
    int32_t item = names_find(&after->item_ids, slice_of("i3"));
    assert_true(slice_equal(names_get(&after->item_titles, item), "Blue kettle"));
    assert_true(before->fingerprint == after->fingerprint);
    dataset_release(after);
    dataset_release(before);
    before = engine_dataset(bench->engine, bench->reader, NULL, &error);
    after = engine_dataset(bench->engine, bench->reader, NULL, &error);
    assert_ptr_equal(before, after); /* and nothing is read again without need */
    dataset_release(after);
    dataset_release(before);
}

/* Live: after purchases, newcomers and a title, what is served equals what a new training gives,
 * and the data set that followed equals one that was read whole. */
static void live_models_follow(void **state)
{
    static const char *const kinds[] = { "item-cf", "user-cf", "popular" };
    struct bench *bench = *state;
    struct error error = { 0 };
    for (int k = 0; k < 3; k++)
        train(bench, kinds[k]);
    engine_set_live(bench->engine, true);
    for (int step = 0; step < 12; step++) {
        shop_file_buy(&bench->file, step * 3, 40 + step, 25 + step / 2, 1 + step % 5);
        if (step == 7) {
            struct writer *writer = writer_begin(bench->file.workspace, &error);
            const struct record record = { .kind = RECORD_ITEM,
                                           .item = slice_of("i3"),
                                           .name = slice_of("Blue kettle") };
            assert_non_null(writer);
            assert_true(writer_record(writer, &record, &error));
            assert_true(writer_commit(writer, &error));
        }
        for (int k = 0; k < 3; k++) {
            struct serving live;
            struct parameters parameters;
            const struct model_kind *kind = model_kind_find(kinds[k], &error);
            if (!engine_serve(bench->engine, bench->reader, kinds[k], 0, &live, NULL, &error))
                fail_msg("%s", error.text);
            assert_ptr_equal(model_base(live.model)->dataset, live.dataset);
            assert_int_equal(live.applied, live.events_since);
            const struct dataset *whole =
                workspace_dataset(bench->reader, NULL, NULL, NULL, &error);
            assert_non_null(whole);
            assert_true(dataset_identify(live.dataset) == whole->fingerprint);
            parameters_init(&parameters, kind->parameters);
            struct model *anew = kind->train(whole, &parameters, 1, NULL, &error);
            struct serving fresh = { .model = anew, .dataset = whole };
            for (int32_t user = 0; user < whole->n_users; user += 7) {
                float *a = scores_of(&live, user), *b = scores_of(&fresh, user);
                assert_memory_equal(a, b, (size_t)whole->n_items * sizeof *a);
                free(a);
                free(b);
            }
            serving_fini(&fresh);
            serving_fini(&live);
        }
    }
    struct run run = train(bench, "item-cf"); /* on data that followed */
    engine_refresh(bench->engine);
    struct engine *other = engine_new(bench->file.workspace, &error);
    struct serving cold;
    assert_true(engine_serve(other, bench->reader, NULL, run.id, &cold, NULL, &error));
    serving_fini(&cold);
    engine_free(other);
}

static void cancelled_training_leaves_nothing(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct progress progress = { 0 };
    struct run run, *runs;
    int32_t n;
    progress_cancel(&progress);
    assert_false(engine_train(bench->engine, "item-cf", NULL, 1, &progress, &run, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_true(runs_list(bench->reader, &runs, &n, &error));
    assert_int_equal(n, 0);
    free(runs);
}

static void runs_are_described(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct run kept, run = train(bench, "item-cf");
    assert_true(run_find(bench->reader, run.id, &kept, &error));
    assert_true(kept.active);
    assert_int_equal(kept.events_seen, 600);
    assert_int_equal(kept.n_users, 40);
    assert_int_equal(kept.n_items, 25);
    assert_true(kept.fingerprint == run.fingerprint);
    assert_true(kept.seconds >= 0 && kept.bytes > 0 && kept.started > 0);
    assert_non_null(strstr(kept.parameters, "\"k\":"));
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

static void buy(struct bench *bench, const char *user, const char *item, int64_t time)
{
    struct error error = { 0 };
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    const struct record record = { .kind = RECORD_EVENT,
                                   .user = slice_of(user),
                                   .item = slice_of(item),
                                   .time = time,
                                   .type = EVENT_PURCHASE,
                                   .quantity = 1,
                                   .value = NAN };
    assert_true(writer_record(writer, &record, &error));
    assert_true(writer_commit(writer, &error));
}

static struct shopper *shopper_now(struct bench *bench, const char *user, int64_t behind)
{
    struct error error = { 0 };
    struct serving serving;
    if (!engine_serve_now(bench->engine, bench->reader, "item-cf", 0, &serving, NULL, &error))
        fail_msg("%s", error.text);
    assert_int_equal(serving.events_behind, behind);
    struct shopper *shopper =
        engine_shopper(bench->reader, &serving, slice_of(user), MOMENT_NONE, NULL, &error);
    assert_non_null(shopper);
    serving_fini(&serving);
    return shopper;
}

/* Purchases that came since the data was read are in the shopper as if it had been read again. */
static void news_need_no_load(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct serving serving;
    train(bench, "item-cf");
    shopper_free(shopper_now(bench, "u3", 0));
    buy(bench, "u3", "i7", 1900000000);
    buy(bench, "u4", "i8", 1900000001);
    buy(bench, "u3", "i2", 1500000000); /* late news from long ago */
    buy(bench, "u3", "brand new", 1900000002);
    buy(bench, "somebody", "i7", 1900000003);
    struct shopper *now = shopper_now(bench, "u3", 5);
    struct shopper *fresh = shopper_now(bench, "somebody", 5);
    assert_int_equal(fresh->user, -1);
    assert_int_equal(fresh->n, 1);

    assert_true(engine_serve(bench->engine, bench->reader, "item-cf", 0, &serving, NULL, &error));
    assert_int_equal(serving.events_behind, 0);
    int32_t user = names_find(&serving.dataset->user_ids, slice_of("u3"));
    struct shopper *then = shopper_new(serving.dataset, user, MOMENT_NONE, NULL, &error);
    assert_int_equal(then->user, now->user);
    assert_int_equal(then->n, now->n + 1); /* the item that is new */
    for (int32_t i = 0; i < now->n; i++) {
        assert_int_equal(then->item[i], now->item[i]);
        assert_true(then->strength[i] == now->strength[i]);
        assert_int_equal(then->time[i], now->time[i]);
    }
    for (int32_t e = 1; e < now->n_events; e++)
        assert_true(now->events[e - 1].time <= now->events[e].time);
    assert_false(now->whole);
    shopper_free(then);
    shopper_free(now);
    shopper_free(fresh);
    serving_fini(&serving);

    /* Far behind, or something else than events at the end: read again. */
    shopper_free(shopper_now(bench, "u3", 0));
    shop_file_buy(&bench->file, 0, 40, 25, 1100);
    shopper_free(shopper_now(bench, "u3", 0));
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    const struct attribute city = { slice_of("city"), slice_of("Lyon") };
    const struct record record = {
        .kind = RECORD_USER, .user = slice_of("u3"), .attributes = &city, .n_attributes = 1
    };
    assert_true(writer_record(writer, &record, &error));
    assert_true(writer_commit(writer, &error));
    struct shopper *moved = shopper_now(bench, "u3", 0);
    assert_int_equal(moved->n_values, 1);
    shopper_free(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(loaded_equals_trained),     WITH_BENCH(nothing_trained_is_told),
        WITH_BENCH(best_active_kind),          WITH_BENCH(stale_runs_serve),
        WITH_BENCH(old_serves_until_released), WITH_BENCH(cancelled_training_leaves_nothing),
        WITH_BENCH(runs_are_described),        WITH_BENCH(changed_titles_are_noticed),
        WITH_BENCH(live_models_follow),        WITH_BENCH(news_need_no_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The queue of background work: order, reasons, logs, and a cancel at any instant. */
#include <aisle/evaluation.h>
#include <aisle/job.h>

#include "../support/shop_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct bench {
    struct shop_file file;
    struct engine *engine;
    struct job_queue *queue;
    atomic_int report, released, order[16], n_ordered;
};

static void notify(void *context)
{
    struct bench *bench = context;
    atomic_fetch_add(&bench->report, 1);
}

static int open_bench(void **state)
{
    struct error error = { 0 };
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    shop_file_make(&bench->file, 30, 20, 400);
    bench->engine = engine_new(bench->file.workspace, &error);
    assert_non_null(bench->engine);
    bench->queue = job_queue_new(bench->engine, 1, notify, bench, &error);
    assert_non_null(bench->queue);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    job_queue_free(bench->queue);
    engine_free(bench->engine);
    shop_file_remove(&bench->file);
    free(bench);
    return 0;
}

static void nap(long microseconds)
{
    struct timespec span = { microseconds / 1000000, microseconds % 1000000 * 1000 };
    nanosleep(&span, NULL);
}

/* What a job of these tests is told. */
struct errand {
    struct bench *bench;
    int number;
    bool fails, waits;
};

static void release(void *argument)
{
    struct errand *errand = argument;
    atomic_fetch_add(&errand->bench->released, 1);
    free(errand);
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    struct errand *errand = argument;
    struct bench *bench = errand->bench;
    atomic_store(&bench->order[atomic_fetch_add(&bench->n_ordered, 1) % 16], errand->number);
    job_log(context, "errand %d", errand->number);
    progress_begin(context->progress, "walking", 1000);
    while (errand->waits) {
        if (progress_cancelled(context->progress))
            return error_set(error, ERROR_CANCELLED, "cancelled");
        progress_add(context->progress, 1);
        nap(500);
    }
    if (errand->fails)
        return error_set(error, ERROR_INPUT, "errand %d is out of milk", errand->number);
    snprintf(context->message, 512, "errand %d is done", errand->number);
    return true;
}

static int64_t send(struct bench *bench, int number, bool fails, bool waits)
{
    struct error error = { 0 };
    struct errand *errand = malloc(sizeof *errand);
    assert_non_null(errand);
    *errand = (struct errand){ bench, number, fails, waits };
    int64_t id = job_submit(bench->queue, "errand", 0, work, errand, release, &error);
    assert_true(id > 0);
    return id;
}

static void in_order(void **state)
{
    struct bench *bench = *state;
    struct job_info info, *jobs;
    struct error error = { 0 };
    int32_t n;
    int64_t id[5];
    for (int i = 0; i < 5; i++)
        id[i] = send(bench, i, false, false);
    for (int i = 0; i < 5; i++) {
        assert_true(job_wait(bench->queue, id[i], &info, NULL, NULL));
        assert_int_equal(info.state, JOB_DONE);
    }
    assert_string_equal(info.message, "errand 4 is done");
    for (int i = 0; i < 5; i++)
        assert_int_equal(atomic_load(&bench->order[i]), i);
    assert_int_equal(job_active(bench->queue), 0);
    assert_int_equal(atomic_load(&bench->released), 5);
    assert_true(atomic_load(&bench->report) >= 15 - 1); /* the last may still be on its way */
    assert_true(job_list(bench->queue, &jobs, &n, &error));
    assert_int_equal(n, 5);
    for (int i = 0; i < 5; i++) /* newest first */
        assert_int_equal(jobs[i].id, id[4 - i]);
    free(jobs);
}

static void failure_has_a_reason(void **state)
{
    struct bench *bench = *state;
    struct job_info info;
    struct text log = { 0 };
    int64_t id = send(bench, 7, true, false);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_FAILED);
    assert_string_equal(job_state_name(info.state), "failed");
    assert_string_equal(info.message, "errand 7 is out of milk");
    assert_true(info.started != MOMENT_NONE && info.finished >= info.started);
    assert_true(job_read_log(bench->queue, id, &log));
    assert_string_equal(log.bytes, "errand 7\n");
    text_fini(&log);
    assert_false(job_find(bench->queue, id + 1, &info));
}

static void queued_jobs_cancel_at_once(void **state)
{
    struct bench *bench = *state;
    struct job_info info;
    struct error error = { 0 };
    int64_t running = send(bench, 1, false, true), queued = send(bench, 2, false, false);
    assert_int_equal(job_active(bench->queue), 2);
    assert_true(job_cancel(bench->queue, queued, &error));
    assert_true(job_find(bench->queue, queued, &info));
    assert_int_equal(info.state, JOB_CANCELLED);
    assert_int_equal(info.started, MOMENT_NONE);
    assert_true(job_cancel(bench->queue, running, &error));
    assert_true(job_wait(bench->queue, running, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_CANCELLED);
    assert_false(job_cancel(bench->queue, running, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    /* The cancelled one never ran. */
    int64_t last = send(bench, 3, false, false);
    assert_true(job_wait(bench->queue, last, &info, NULL, NULL));
    assert_int_equal(atomic_load(&bench->n_ordered), atomic_load(&bench->order[1]) == 3 ? 2 : 1);
}

static void count_ticks(void *context, const struct job_info *info)
{
    int *ticks = context;
    (*ticks)++;
    assert_true(info->done >= 0);
}

static void progress_is_seen(void **state)
{
    struct bench *bench = *state;
    struct job_info info;
    struct error error = { 0 };
    int ticks = 0;
    int64_t id = send(bench, 1, false, true);
    for (int i = 0; i < 2000; i++) {
        assert_true(job_find(bench->queue, id, &info));
        if (info.rate > 0) break;
        nap(1000);
    }
    assert_int_equal(info.state, JOB_RUNNING);
    assert_string_equal(info.phase, "walking");
    assert_int_equal(info.total, 1000);
    assert_true(info.done > 0 && info.rate > 0);
    assert_true(job_cancel(bench->queue, id, &error));
    assert_true(job_wait(bench->queue, id, &info, count_ticks, &ticks));
    assert_int_equal(info.state, JOB_CANCELLED);
}

/* A training is cancelled at a random instant: it ends as cancelled or done, never as anything
 * else, and the workspace has a run exactly where it says so. */
static void cancel_at_any_instant(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct run *runs;
    int32_t n_runs, done = 0, cancelled = 0;
    uint32_t dice = 12345;
    for (int i = 0; i < 40; i++) {
        struct job_info info;
        int64_t id = job_train(bench->queue, i % 2 ? "item-cf" : "popular", NULL, &error);
        assert_true(id > 0);
        dice = dice * 1664525 + 1013904223;
        nap((long)(dice >> 16) % 4000);
        (void)job_cancel(bench->queue, id, NULL);
        assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
        assert_true(info.state == JOB_DONE || info.state == JOB_CANCELLED);
        done += info.state == JOB_DONE;
        cancelled += info.state == JOB_CANCELLED;
        assert_int_equal(info.run != 0, info.state == JOB_DONE);
    }
    struct reader *reader = reader_open(bench->file.workspace, &error);
    assert_non_null(reader);
    assert_true(runs_list(reader, &runs, &n_runs, &error));
    assert_int_equal(n_runs, done);
    print_message("# %d done, %d cancelled\n", done, cancelled);
    free(runs);
    reader_close(reader);
}

/* The queue goes while a job runs and another waits: both are let go. */
static void freed_at_work(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    send(bench, 1, false, true);
    send(bench, 2, false, true);
    nap(2000);
    job_queue_free(bench->queue);
    assert_int_equal(atomic_load(&bench->released), 2);
    bench->queue = job_queue_new(bench->engine, 1, notify, bench, &error);
    assert_non_null(bench->queue);
}

static void stale_kinds_are_trained_once(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct job_info info;
    int64_t id = job_train_stale(bench->queue, &error);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_DONE);
    assert_true(info.run > 0);
    id = job_train_stale(bench->queue, &error);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_string_equal(info.message, "all models are fresh");
    shop_file_buy(&bench->file, 3, 30, 20, 5);
    id = job_train_stale(bench->queue, &error);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_non_null(strstr(info.message, "models trained"));
    id = job_load(bench->queue, &error);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_DONE);
}

/* A run keeps the figures of its own recipe, the workspace the report; what cannot be measured says
 * so. */
static void evaluations_are_kept(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct parameters parameters;
    struct job_info info;
    struct text report = { 0 };
    struct run *runs;
    int32_t n;
    const struct model_kind *kind = model_kind_find("item-cf", NULL);

    for (int k = 3; k <= 4; k++) {
        parameters_init(&parameters, kind->parameters);
        assert_true(parameters_set(&parameters, slice_of(k == 3 ? "k=3" : "k=4"), NULL));
        int64_t id = job_train(bench->queue, "item-cf", &parameters, &error);
        assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    }
    int64_t id = job_evaluate(bench->queue, "item-cf repeats k=5 fidelity=4", &error);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_DONE);
    assert_non_null(strstr(info.message, "models, 30 users"));
    struct reader *reader = reader_open(bench->file.workspace, &error);
    assert_true(runs_list(reader, &runs, &n, &error));
    assert_int_equal(n, 2);
    assert_non_null(strstr(runs[0].metrics, "\"k\":5,")); /* k=4 serves: it was measured */
    assert_string_equal(runs[1].metrics, "{}");
    free(runs);
    assert_true(evaluation_last(reader, &report, &error));
    assert_non_null(strstr(report.bytes, "item-cf k=4"));
    assert_null(strstr(report.bytes, "item-cf k=3"));

    const char *const wrong[] = { "nonsense", "k=0", "protocol=never", "item-cf:k=x", "by=mood" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        id = job_evaluate(bench->queue, wrong[i], &error);
        assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
        assert_int_equal(info.state, JOB_FAILED);
        assert_true(strlen(info.message) > 10);
    }
    text_fini(&report);
    reader_close(reader);
}

static void evaluations_are_cancelled(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct job_info info;
    uint32_t dice = 99;

    for (int i = 0; i < 12; i++) {
        int64_t id = job_evaluate(bench->queue, "popular item-cf user-cf repeats", &error);
        dice = dice * 1664525 + 1013904223;
        nap((long)(dice >> 16) % 6000);
        (void)job_cancel(bench->queue, id, NULL);
        assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
        assert_true(info.state == JOB_DONE || info.state == JOB_CANCELLED);
    }
}

static void attention_of(struct parameters *parameters, const char *epochs)
{
    const char *const set[] = { "d=16", "blocks=2", "length=16", "batch=1", "patience=10000" };
    parameters_init(parameters, model_kind_find("attention", NULL)->parameters);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        assert_true(parameters_set(parameters, slice_of(set[i]), NULL));
    assert_true(parameters_set(parameters, slice_of(epochs), NULL));
}

static void epochs_are_told(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct parameters parameters;
    struct job_round *rounds;
    struct job_info info;
    struct text log = { 0 };
    attention_of(&parameters, "epochs=3");
    const int64_t id = job_train(bench->queue, "attention", &parameters, &error);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_DONE);
    assert_int_equal(job_read_rounds(bench->queue, id, &rounds), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rounds[i].number, i + 1);
        assert_true(rounds[i].loss > 0 && rounds[i].rate > 0);
    }
    free(rounds);
    assert_true(job_read_log(bench->queue, id, &log));
    assert_non_null(strstr(log.bytes, "\nepoch 3: loss "));
    assert_non_null(strstr(log.bytes, " tokens/s\n"));
    text_fini(&log);
    assert_int_equal(job_read_rounds(bench->queue, id + 1, &rounds), 0);
    assert_null(rounds);
}

static int64_t find_in_log(struct job_queue *queue, int64_t id, const char *words)
{
    struct text log = { 0 };
    assert_true(job_read_log(queue, id, &log));
    const bool found = log.bytes && strstr(log.bytes, words);
    text_fini(&log);
    return found;
}

/* Cancelled after its first checkpoint, a training goes on from there when it is told to, with the
 * parameters that it was begun with. */
static void stopped_goes_on(void **state)
{
    struct bench *bench = *state;
    struct error error = { 0 };
    struct parameters parameters, found;
    struct job_info info;
    struct reader *reader = reader_open(bench->file.workspace, &error);
    assert_null(checkpoint_stopped(reader, NULL, &found, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    attention_of(&parameters, "epochs=10000");
    parameters.seed = 77;
    int64_t id = job_train(bench->queue, "attention", &parameters, &error);
    for (int i = 0; i < 2000 && !checkpoint_stopped(reader, "attention", &found, NULL); i++)
        nap(10000);
    assert_true(job_cancel(bench->queue, id, &error));
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_CANCELLED);
    assert_non_null(strstr(info.message, "goes on from its last checkpoint"));

    assert_non_null(checkpoint_stopped(reader, NULL, &found, &error));
    assert_int_equal(found.seed, 77);
    assert_true(parameters_get(&found, "epochs") > 9999 && parameters_get(&found, "d") < 17);
    assert_null(checkpoint_stopped(reader, "ease", &found, &error));
    id = job_resume(bench->queue, NULL, &error);
    for (int i = 0; i < 2000 && !find_in_log(bench->queue, id, "\nepoch "); i++)
        nap(10000);
    assert_true(find_in_log(bench->queue, id, "goes on after epoch "));
    assert_false(find_in_log(bench->queue, id, "\nepoch 1:"));
    (void)job_cancel(bench->queue, id, NULL);
    assert_true(job_wait(bench->queue, id, &info, NULL, NULL));
    reader_close(reader);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(in_order),
        WITH_BENCH(failure_has_a_reason),
        WITH_BENCH(queued_jobs_cancel_at_once),
        WITH_BENCH(progress_is_seen),
        WITH_BENCH(cancel_at_any_instant),
        WITH_BENCH(freed_at_work),
        WITH_BENCH(stale_kinds_are_trained_once),
        WITH_BENCH(epochs_are_told),
        WITH_BENCH(stopped_goes_on),
        WITH_BENCH(evaluations_are_kept),
        WITH_BENCH(evaluations_are_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

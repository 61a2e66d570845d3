/* Fine-tuning: a run from a run, offered by its numbers, the same on any number of threads. */
#include <aisle/learning.h>

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

enum { USERS = 30, ITEMS = 12, EACH = 14 };

struct bench {
    struct shop_file file;
    struct engine *engine;
    struct reader *reader;
};

/* Users [from, to) walk through the items in a circle, by steps of `step`. */
static void walk(struct bench *bench, int32_t from, int32_t to, int32_t events, int32_t step,
                 int64_t time)
{
    struct error error = { 0 };
    struct writer *writer = writer_begin(bench->file.workspace, &error);
    char user[16], item[16];

    assert_non_null(writer);
    for (int32_t u = from; u < to; u++) {
        for (int32_t e = 0; e < events; e++) {
            snprintf(user, sizeof user, "w%d", u);
            snprintf(item, sizeof item, "c%d", (u + e * step) % ITEMS);
            const struct record record = { .kind = RECORD_EVENT,
                                           .user = slice_of(user),
                                           .item = slice_of(item),
                                           .time = time + e * 3600,
                                           .type = EVENT_PURCHASE,
                                           .quantity = 1,
                                           .value = NAN };
            assert_true(writer_record(writer, &record, &error));
        }
    }
    assert_true(writer_commit(writer, &error));
}

static void train(struct bench *bench)
{
    static const char *const set[] = { "d=16", "blocks=1", "length=16", "epochs=6", "batch=8" };
    struct parameters parameters;
    struct error error = { 0 };
    struct run run;
    const struct model_kind *kind = model_kind_find("attention", &error);

    parameters_init(&parameters, kind->parameters);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        assert_true(parameters_set(&parameters, slice_of(set[i]), &error));
    if (!engine_train(bench->engine, "attention", &parameters, 2, NULL, &run, &error))
        fail_msg("%s", error.text);
}

static void bench_make(struct bench *bench)
{
    struct error error = { 0 };

    shop_file_make(&bench->file, 3, 3, 9);
    walk(bench, 0, USERS, EACH, 1, 1700000000);
    bench->engine = engine_new(bench->file.workspace, &error);
    bench->reader = reader_open(bench->file.workspace, &error);
    assert_non_null(bench->reader);
    train(bench);
}

static void bench_end(struct bench *bench)
{
    reader_close(bench->reader);
    engine_free(bench->engine);
    shop_file_remove(&bench->file);
}

static int64_t active_run(struct bench *bench)
{
    struct error error = { 0 };
    struct run run;
    assert_true(run_active(bench->reader, "attention", &run, &error));
    return run.id;
}

/* All scores of a user by a run, as it is read from the file. */
static float *scores_of(struct bench *bench, int64_t run, const char *user, int32_t *n)
{
    struct error error = { 0 };
    struct serving serving;

    if (!engine_serve(bench->engine, bench->reader, NULL, run, &serving, NULL, &error))
        fail_msg("%s", error.text);
    *n = model_base(serving.model)->dataset->n_items;
    float *scores = malloc((size_t)*n * sizeof *scores);
    struct shopper *shopper =
        shopper_new(serving.dataset, names_find(&serving.dataset->user_ids, slice_of(user)),
                    MOMENT_NONE, NULL, &error);
    assert_true(model_base(serving.model)->kind->score(serving.model, shopper, scores, &error));
    shopper_free(shopper);
    serving_fini(&serving);
    return scores;
}

static void it_goes_on(void **state)
{
    struct bench bench;
    struct error error = { 0 };
    struct finetuned one, two;
    int32_t n, m;
    (void)state;

    bench_make(&bench);
    assert_int_equal(active_run(&bench), 1);
    assert_false(engine_finetune(bench.engine, NULL, 0.1, 1, NULL, NULL, &one, &error));
    assert_int_equal(error.code, ERROR_USAGE); /* nothing has happened */

    walk(&bench, 0, 6, 4, 1, 1800000000);
    walk(&bench, USERS, USERS + 3, EACH, 1, 1800000000); /* people who are new */
    struct writer *writer = writer_begin(bench.file.workspace, &error);
    const struct record fresh = { .kind = RECORD_EVENT,
                                  .user = slice_of("w1"),
                                  .item = slice_of("brand new"),
                                  .time = 1800100000,
                                  .type = EVENT_PURCHASE,
                                  .quantity = 1,
                                  .value = NAN };
    assert_true(writer_record(writer, &fresh, &error));
    assert_true(writer_commit(writer, &error));

    if (!engine_finetune(bench.engine, NULL, 1, 1, NULL, NULL, &one, &error))
        fail_msg("%s", error.text);
    assert_true(one.offered); /* nothing is worse by more than 1 */
    assert_int_equal(one.from, 1);
    assert_int_equal(one.report.users, 9);
    assert_int_equal(one.report.replayed, USERS + 3 - 6); /* all others: they are few */
    assert_int_equal(active_run(&bench), one.run.id);
    assert_non_null(strstr(one.run.facts, "\"finetuned\""));

    /* The same once more with two threads, from the first run: the same to the last bit. */
    writer = writer_begin(bench.file.workspace, &error);
    assert_true(run_activate(writer, 1, &error));
    assert_true(writer_commit(writer, &error));
    engine_refresh(bench.engine);
    if (!engine_finetune(bench.engine, NULL, 1, 2, NULL, NULL, &two, &error))
        fail_msg("%s", error.text);
    assert_true(one.report.after == two.report.after && one.report.before == two.report.before);
    float *a = scores_of(&bench, one.run.id, "w1", &n),
          *b = scores_of(&bench, two.run.id, "w1", &m);
    assert_int_equal(n, m);
    assert_int_equal(n, ITEMS + 3 + 1);
    assert_memory_equal(a, b, (size_t)n * sizeof *a);
    for (int32_t i = 0; i < n; i++)
        assert_true(isfinite(a[i]));
    free(a);
    free(b);
    bench_end(&bench);
}

/* Whatever came of it, what is active follows from the numbers. */
static void numbers_decide(void **state)
{
    static const double margins[] = { 0, 0.002, 0.05, 1 };
    struct bench bench;
    struct error error = { 0 };
    int rejected = 0;
    (void)state;

    bench_make(&bench);
    walk(&bench, 0, 20, 6, 5, 1800000000); /* another way round: what was learned is wrong here */
    for (size_t i = 0; i < sizeof margins / sizeof *margins; i++) {
        struct finetuned done;
        struct text text = { 0 };
        const int64_t before = active_run(&bench);
        if (!engine_finetune(bench.engine, "attention", margins[i], 0, NULL, NULL, &done, &error)) {
            assert_int_equal(error.code, ERROR_USAGE); /* one was offered: nothing is new to it */
            break;
        }
        assert_true(done.offered == (done.report.after >= done.report.before - margins[i]));
        assert_int_equal(active_run(&bench), done.offered ? done.run.id : before);
        finetuned_describe(&done, &text);
        assert_non_null(strstr(text.bytes, done.offered ? "is active:" : "is rejected:"));
        text_fini(&text);
        rejected += !done.offered;
    }
    print_message("# %d rejected\n", rejected);
    bench_end(&bench);
}

static void what_cannot_go_on(void **state)
{
    struct bench bench;
    struct error error = { 0 };
    struct finetuned done;
    struct progress progress = { 0 };
    struct run run, *runs;
    int32_t n;
    (void)state;

    bench_make(&bench);
    assert_true(engine_train(bench.engine, "popular", NULL, 1, NULL, &run, &error));
    assert_false(engine_finetune(bench.engine, "popular", 1, 1, NULL, NULL, &done, &error));
    assert_int_equal(error.code, ERROR_USAGE);
    assert_false(engine_finetune(bench.engine, "ease", 1, 1, NULL, NULL, &done, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    walk(&bench, 0, 6, 4, 1, 1800000000);
    progress_cancel(&progress);
    assert_false(engine_finetune(bench.engine, NULL, 1, 1, NULL, &progress, &done, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_true(runs_list(bench.reader, &runs, &n, &error));
    assert_int_equal(n, 2); /* nothing is left of it */
    free(runs);
    bench_end(&bench);
}

static int64_t behind(struct bench *bench)
{
    struct error error = { 0 };
    int64_t events = -2;
    assert_true(learning_behind(bench->reader, "attention", &events, &error));
    return events;
}

/* What a job by itself says at its end. */
static struct job_info learn(struct job_queue *queue)
{
    struct error error = { 0 };
    struct job_info info = { 0 };
    const int64_t job = job_learn(queue, &error);
    assert_true(job != 0 && job_wait(queue, job, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_DONE);
    return info;
}

/* Off at first; on, after as many events as were asked for, and what was tried is not tried again:
 * the rejected run counts as much as one that is served. */
static void it_learns_by_itself(void **state)
{
    struct bench bench;
    struct error error = { 0 };
    struct learning learning;
    (void)state;

    bench_make(&bench);
    struct job_queue *queue = job_queue_new(bench.engine, 1, NULL, NULL, &error);
    assert_true(learning_read(bench.reader, &learning, &error));
    assert_true(learning.after == 0 && learning.margin > 0.0019 && learning.margin < 0.0021);
    walk(&bench, 0, 20, 6, 5, 1800000000);
    assert_int_equal(behind(&bench), 120);
    assert_int_equal(learn(queue).run, 0); /* nobody turned it on */

    assert_true(learning_set(bench.file.workspace, bench.reader, 121, 0, &error));
    assert_int_equal(learn(queue).run, 0); /* one event is missing */
    assert_true(learning_set(bench.file.workspace, bench.reader, 120, -1, &error));
    assert_true(learning_read(bench.reader, &learning, &error));
    assert_true(learning.after == 120 && !(learning.margin > 0));
    const struct job_info info = learn(queue);
    assert_true(info.run > 1);
    assert_non_null(strstr(info.message, "from run 1 is"));
    assert_int_equal(behind(&bench), 0);
    assert_int_equal(learn(queue).run, 0); /* offered or not: it has been tried */
    walk(&bench, 0, 1, 3, 1, 1900000000);
    assert_int_equal(behind(&bench), 3);
    assert_int_equal(learn(queue).run, 0);
    job_queue_free(queue);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on),
        cmocka_unit_test(numbers_decide),
        cmocka_unit_test(what_cannot_go_on),
        cmocka_unit_test(it_learns_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

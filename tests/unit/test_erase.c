/* A person erased: the workspace and its models are those of a shop that never had them, no byte of
 * them is left, and what holds them still says so. */
#include <aisle/erasure.h>
#include <aisle/finetune.h>
#include <aisle/rng.h>
#include <aisle/rows.h>

#include "../support/shop_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 30, ITEMS = 20, EVENTS = 900 };

static const char gone[] = "person-4711-xyz";

static const char *name_of(int user, char id[32])
{
    snprintf(id, 32, "%s", gone);
    if (user != 7) snprintf(id, 32, "u%d", user);
    return id;
}

/* The same shop, with or without the person. */
static void fill(struct workspace *workspace, bool with)
{
    struct error error = { 0 };
    struct rng rng;
    char id[32], other[32], item[32];
    struct writer *writer = writer_begin(workspace, &error);
    assert_non_null(writer);
    rng_init(&rng, 3);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(item, sizeof item, "i%d", i);
        const struct record record = { .kind = RECORD_ITEM,
                                       .item = slice_of(item),
                                       .name = slice_of("a thing") };
        assert_true(writer_record(writer, &record, &error));
    }
    for (int u = 0; u < USERS; u++) {
        const struct attribute city = { slice_of("city"), slice_of(u % 2 ? "Lyon" : "Oslo") };
        const struct record record = { .kind = RECORD_USER,
                                       .user = slice_of(name_of(u, id)),
                                       .name = slice_of(u == 7 ? "Zebedeus Quux" : "Somebody"),
                                       .attributes = &city,
                                       .n_attributes = 1 };
        if (with || u != 7) assert_true(writer_record(writer, &record, &error));
    }
    for (int f = 0; f < 60; f++) {
        int a = (int)rng_below(&rng, USERS), b = (int)rng_below(&rng, USERS);
        const struct record record = { .kind = RECORD_FRIENDSHIP,
                                       .user = slice_of(name_of(a, id)),
                                       .other = slice_of(name_of(b, other)) };
        if (with || (a != 7 && b != 7)) assert_true(writer_record(writer, &record, &error));
    }
    for (int e = 0; e < EVENTS; e++) {
        int user = (int)rng_below(&rng, USERS);
        const struct record record = {
            .kind = RECORD_EVENT,
            .line = e + 1,
            .user = slice_of(name_of(user, id)),
            .item = (snprintf(item, sizeof item, "i%d", (int)rng_below(&rng, ITEMS - 1)),
                     slice_of(item)),
            .time = 1600000000 + (int64_t)rng_below(&rng, 500) * 86400,
            .type = rng_below(&rng, 9) == 0 ? EVENT_RETURN : EVENT_PURCHASE,
            .quantity = (double)(1 + rng_below(&rng, 3)),
            .value = (double)rng_below(&rng, 90)
        };
        if (with || user != 7) assert_true(writer_record(writer, &record, &error));
    }
    assert_true(writer_commit(writer, &error));
}

static void make(struct shop_file *file, bool with)
{
    shop_file_make(file, 1, 1, 0);
    fill(file->workspace, with);
}

/* Two tables cell by cell, but for the numbers of rows. */
static void same_table(struct reader *a, struct reader *b, enum table_kind kind)
{
    struct error error = { 0 };
    int32_t n;
    const struct row_query query = { .kind = kind };
    const struct table_column *columns = rows_columns(a, kind, &n, &error);
    struct selection *x = rows_select(a, &query, &error), *y = rows_select(b, &query, &error);
    assert_true(columns && x && y);
    assert_int_equal(x->n, y->n);
    struct page *p = rows_page(a, x, 0, (int32_t)x->n, &error);
    struct page *q = rows_page(b, y, 0, (int32_t)y->n, &error);
    assert_true(p && q);
    assert_int_equal(p->n_columns, q->n_columns);
    for (int32_t row = 0; row < p->n_rows; row++) {
        for (int32_t c = kind == TABLE_EVENTS; c < n; c++) { /* events: not their number */
            struct text s = { 0 }, t = { 0 };
            if (columns[c].type == CELL_SPARK) {
                assert_memory_equal(page_cell(p, row, c)->spark, page_cell(q, row, c)->spark,
                                    12 * sizeof(float));
                continue;
            }
            cell_text(page_cell(p, row, c), columns[c].type, &s);
            cell_text(page_cell(q, row, c), columns[c].type, &t);
            if (s.length != t.length || (s.length && memcmp(s.bytes, t.bytes, s.length) != 0))
                fail_msg("%s %s, row %d: '%s', not '%s'", table_kind_name(kind), columns[c].name,
                         row, s.bytes, t.bytes);
            text_fini(&s);
            text_fini(&t);
        }
    }
    page_free(p);
    page_free(q);
    selection_free(x);
    selection_free(y);
}

static void same_counts(struct reader *a, struct reader *b)
{
    struct workspace_counts x, y;
    int64_t pairs = 0, other = 0;
    struct error error = { 0 };
    assert_true(workspace_counts(a, &x, &error) && workspace_counts(b, &y, &error));
    assert_true(workspace_pairs(a, &pairs, &error) && workspace_pairs(b, &other, &error));
    assert_int_equal(pairs, other);
    assert_int_equal(x.users, y.users);
    assert_int_equal(x.items, y.items);
    assert_int_equal(x.events, y.events);
    assert_int_equal(x.friendships, y.friendships);
    assert_memory_equal(x.of_type, y.of_type, sizeof x.of_type);
    assert_int_equal(x.first_time, y.first_time);
    assert_int_equal(x.last_time, y.last_time);
    assert_int_equal(x.users_without_events, y.users_without_events);
    assert_int_equal(x.items_without_events, y.items_without_events);
}

static void train(struct engine *engine, const char *kind, const char *setting)
{
    struct error error = { 0 };
    struct parameters parameters;
    struct run run;
    parameters_init(&parameters, model_kind_find(kind, &error)->parameters);
    assert_true(parameters_set(&parameters, slice_of(setting), &error));
    if (!engine_train(engine, kind, &parameters, 1, NULL, &run, &error)) fail_msg("%s", error.text);
}

static void same_lists(struct engine *a, struct reader *ra, struct engine *b, struct reader *rb,
                       const char *kind)
{
    struct error error = { 0 };
    struct serving x, y;
    float s[ITEMS], t[ITEMS];
    if (!engine_serve(a, ra, kind, 0, &x, NULL, &error)) fail_msg("%s", error.text);
    if (!engine_serve(b, rb, kind, 0, &y, NULL, &error)) fail_msg("%s", error.text);
    assert_string_equal(x.run.parameters, y.run.parameters);
    assert_true(x.run.fingerprint == y.run.fingerprint);
    for (int32_t u = 0; u < y.dataset->n_users; u++) {
        struct shopper *p = shopper_new(x.dataset, u, MOMENT_NONE, NULL, &error);
        struct shopper *q = shopper_new(y.dataset, u, MOMENT_NONE, NULL, &error);
        assert_true(model_base(x.model)->kind->score(x.model, p, s, &error));
        assert_true(model_base(y.model)->kind->score(y.model, q, t, &error));
        assert_memory_equal(s, t, sizeof s);
        shopper_free(p);
        shopper_free(q);
    }
    serving_fini(&x);
    serving_fini(&y);
}

static bool body(void *context, struct byte_writer *writer)
{
    (void)context;
    bytes_write(writer, "it knows person-4711-xyz", 24);
    return true;
}

/* A run that cannot be trained again in little time. */
static void save_attention(struct workspace *workspace)
{
    struct error error = { 0 };
    struct run run = { .kind = "attention",
                       .parameters = "{}",
                       .metrics = "{}",
                       .facts = "{}",
                       .n_users = USERS,
                       .n_items = ITEMS };
    struct writer *writer = writer_begin(workspace, &error);
    assert_non_null(writer);
    assert_true(run_save(writer, &run, body, NULL, &error));
    assert_true(audit_write(writer, "reveal", gone, "{\"user\":\"person-4711-xyz\"}", &error));
    assert_true(writer_commit(writer, &error));
}

static void nothing_is_left(void **state)
{
    static const char *const kinds[] = { "item-cf", "user-cf", "popular" };
    struct shop_file with, without;
    struct error error = { 0 };
    struct erasure erasure;
    struct erase_proof proof;
    (void)state;
    make(&with, true);
    make(&without, false);
    struct engine *engine = engine_new(with.workspace, &error);
    struct engine *twin = engine_new(without.workspace, &error);
    for (int k = 0; k < 3; k++) {
        train(engine, kinds[k], "strength=log");
        train(engine, kinds[k], "strength=binary"); /* the active one */
        train(twin, kinds[k], "strength=binary");
    }
    struct reader *reader = reader_open(with.workspace, &error);
    assert_true(workspace_prove_erased(reader, slice_of(gone), slice_of(""), &proof, &error));
    assert_false(proof.proven);
    assert_true(proof.rows > 0 && proof.bytes > 0);
    reader_close(reader);

    if (!engine_erase(engine, slice_of(gone), NULL, &erasure, &error)) fail_msg("%s", error.text);
    assert_true(erasure.events > 10);
    assert_int_equal(erasure.attributes, 1);
    assert_int_equal(erasure.runs, 6);
    assert_int_equal(erasure.trained, 3);
    assert_int_equal(erasure.holding, 0);
    assert_true(erasure.proof.proven);
    assert_int_equal(erasure.proof.rows, 0);
    assert_int_equal(erasure.proof.bytes, 0);

    reader = reader_open(with.workspace, &error);
    struct reader *other = reader_open(without.workspace, &error);
    same_counts(reader, other);
    same_table(reader, other, TABLE_USERS);
    same_table(reader, other, TABLE_ITEMS);
    same_table(reader, other, TABLE_EVENTS);
    for (int k = 0; k < 3; k++)
        same_lists(engine, reader, twin, other, kinds[k]);
    const struct row_query search = { TABLE_USERS, "zebedeus", NULL, false };
    struct selection *found = rows_select(reader, &search, &error);
    assert_non_null(found);
    assert_int_equal(found->n, 0);
    selection_free(found);
    assert_true(workspace_prove_erased(reader, slice_of("Zebedeus"), slice_of(""), &proof, &error));
    assert_int_equal(proof.bytes, 0); /* the name is gone from the file too */
    assert_int_equal(rows_find_user(reader, slice_of(gone)), 0);

    /* Once more: they are erased already. Somebody else never was here. */
    assert_true(engine_erase(engine, slice_of(gone), NULL, &erasure, &error));
    assert_true(erasure.already && erasure.proof.proven);
    assert_int_equal(erasure.trained, 0);
    assert_false(engine_erase(engine, slice_of("person-4712-xyz"), NULL, &erasure, &error));
    assert_int_equal(error.code, ERROR_MISSING);
    /* And what comes next is appended behind. */
    shop_file_buy(&with, 3, 30, 20, 40);
    shop_file_buy(&without, 3, 30, 20, 40);
    const struct dataset *a = engine_dataset(engine, reader, NULL, &error);
    const struct dataset *b = engine_dataset(twin, other, NULL, &error);
    assert_true(a && b);
    assert_true(dataset_identify(a) == dataset_identify(b));
    dataset_release(a);
    dataset_release(b);
    reader_close(reader);
    reader_close(other);
    engine_free(engine);
    engine_free(twin);
    shop_file_remove(&with);
    shop_file_remove(&without);
}

static void what_holds_them_says_so(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct erasure erasure;
    struct run *runs;
    int32_t n;
    (void)state;
    make(&file, true);
    save_attention(file.workspace);
    struct engine *engine = engine_new(file.workspace, &error);
    if (!engine_erase(engine, slice_of(gone), NULL, &erasure, &error)) fail_msg("%s", error.text);
    assert_int_equal(erasure.holding, 1);
    assert_int_equal(erasure.proof.holding, 1);
    assert_int_equal(erasure.proof.rows, 0);
    assert_true(erasure.proof.bytes > 0); /* in the body of the run */
    assert_false(erasure.proof.proven);
    struct reader *reader = reader_open(file.workspace, &error);
    assert_true(runs_list(reader, &runs, &n, &error));
    assert_int_equal(n, 1);
    if (runs) assert_int_equal(runs[0].holds, 1);
    const struct row_query query = { TABLE_AUDIT, "action=reveal", NULL, false };
    struct selection *found = rows_select(reader, &query, &error);
    struct page *page = found ? rows_page(reader, found, 0, 1, &error) : NULL;
    assert_non_null(page); /* the line of the log is there, its name is not */
    if (page) assert_int_equal(page->n_rows, 1);
    const struct cell *subject = page ? page_cell(page, 0, 4) : NULL;
    assert_true(subject && slice_equal(subject->text, "(erased)"));
    page_free(page);
    selection_free(found);
    free(runs);
    reader_close(reader);
    engine_free(engine);
    shop_file_remove(&file);
}

static void write_note(struct workspace *workspace, const char *text)
{
    struct error error = { 0 };
    struct writer *writer = writer_begin(workspace, &error);
    assert_non_null(writer);
    assert_true(writer_set_note(writer, "erasing", text, &error));
    assert_true(writer_commit(writer, &error));
}

static void pending(struct workspace *workspace, const char *wanted)
{
    struct error error = { 0 };
    struct text kinds = { 0 };
    struct reader *reader = reader_open(workspace, &error);
    assert_non_null(reader);
    assert_true(erasure_pending(reader, &kinds, &error));
    assert_string_equal(kinds.bytes ? kinds.bytes : "", wanted);
    text_fini(&kinds);
    reader_close(reader);
}

/* As it stands when the program was ended behind the transaction: process 0 is nobody. */
static void one_that_was_cut_goes_on(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct erasure erasure = { 0 };
    (void)state;
    make(&file, false);
    struct engine *engine = engine_new(file.workspace, &error);
    pending(file.workspace, "");
    write_note(file.workspace,
               "{\"process\":0,\"again\":[{\"kind\":\"item-cf\",\"parameters\":\"{}\","
               "\"seed\":\"1\"},{\"kind\":\"popular\",\"parameters\":\"{}\",\"seed\":\"1\"}]}");
    pending(file.workspace, "item-cf, popular");
    train(engine, "popular", "strength=log"); /* by somebody, meanwhile */
    pending(file.workspace, "item-cf");
    if (!engine_erase_finish(engine, NULL, &erasure, &error)) fail_msg("%s", error.text);
    assert_int_equal(erasure.trained, 1);
    assert_int_equal(erasure.not_trained, 0);
    pending(file.workspace, "");
    engine_free(engine);
    shop_file_remove(&file);
}

/* What an erasure does to a training that began before it. */
struct meddling {
    struct engine *engine;
    bool done;
};

static void meddle(void *context, int32_t round, double loss, double quality)
{
    struct meddling *meddling = context;
    struct error error = { 0 };
    struct erased erased = { 0 };
    (void)round, (void)loss, (void)quality;
    if (meddling->done) return;
    meddling->done = true;
    struct writer *writer = writer_begin(engine_workspace(meddling->engine), &error);
    assert_non_null(writer);
    assert_true(writer_erase(writer, slice_of(gone), "attention", &erased, &error));
    assert_true(writer_commit(writer, &error));
    free(erased.again);
}

static void small_attention(struct parameters *parameters)
{
    const char *const set[] = { "d=16", "blocks=1", "length=16", "epochs=3", "batch=8" };
    parameters_init(parameters, model_kind_find("attention", NULL)->parameters);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        assert_true(parameters_set(parameters, slice_of(set[i]), NULL));
}

static int64_t checkpoints_of(struct reader *reader)
{
    struct error error = { 0 };
    struct text identity = { 0 };
    assert_true(checkpoint_identity(reader, "attention", &identity, &error));
    const bool there = identity.length > 0;
    text_fini(&identity);
    return there;
}

/* Checkpoints go with the person, none of before is kept after, and a training that was under way
 * leaves nothing. */
static void no_training_brings_them_back(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct erasure erasure;
    struct parameters parameters;
    struct run run, *runs;
    int32_t n;
    (void)state;
    make(&file, true);
    struct engine *engine = engine_new(file.workspace, &error);
    struct reader *reader = reader_open(file.workspace, &error);
    const int64_t before = workspace_erasures(reader, &error);
    assert_int_equal(before, 0);
    struct writer *writer = writer_begin(file.workspace, &error);
    assert_true(checkpoint_save(writer, "attention", "{} 1 f 9", before, body, NULL, &error));
    assert_true(writer_commit(writer, &error));
    assert_int_equal(checkpoints_of(reader), 1);
    reader_close(reader);
    if (!engine_erase(engine, slice_of(gone), NULL, &erasure, &error)) fail_msg("%s", error.text);
    assert_int_equal(erasure.proof.stopped, 0);
    assert_int_equal(erasure.proof.bytes, 0); /* the checkpoint knew their id */
    assert_true(erasure.proof.proven);
    reader = reader_open(file.workspace, &error);
    assert_int_equal(checkpoints_of(reader), 0);
    assert_int_equal(workspace_erasures(reader, &error), 1);
    writer = writer_begin(file.workspace, &error);
    assert_false(checkpoint_save(writer, "attention", "{} 1 f 9", before, body, NULL, &error));
    writer_rollback(writer);
    reader_close(reader);
    engine_free(engine);
    shop_file_remove(&file);

    make(&file, true); /* erased by somebody else while it trains */
    engine = engine_new(file.workspace, &error);
    reader = reader_open(file.workspace, &error);
    struct meddling meddling = { .engine = engine };
    const struct training_hooks hooks = { .context = &meddling, .watch = meddle };
    small_attention(&parameters);
    parameters.hooks = &hooks;
    assert_false(engine_train(engine, "attention", &parameters, 1, NULL, &run, &error));
    assert_true(meddling.done);
    assert_non_null(strstr(error.text, "train again"));
    assert_true(runs_list(reader, &runs, &n, &error));
    assert_int_equal(n, 0);
    free(runs);
    assert_int_equal(checkpoints_of(reader), 0);
    parameters.hooks = NULL; /* and again, without them */
    if (!engine_train(engine, "attention", &parameters, 1, NULL, &run, &error))
        fail_msg("%s", error.text);
    assert_int_equal(run.n_users, USERS - 1);
    reader_close(reader);
    engine_free(engine);
    shop_file_remove(&file);
}

/* What goes on from a run that holds somebody holds them, too. */
static void going_on_holds_them_too(void **state)
{
    struct shop_file file;
    struct error error = { 0 };
    struct erasure erasure;
    struct parameters parameters;
    struct finetuned tuned;
    struct run run;
    (void)state;
    make(&file, true);
    struct engine *engine = engine_new(file.workspace, &error);
    small_attention(&parameters);
    assert_true(engine_train(engine, "attention", &parameters, 1, NULL, &run, &error));
    if (!engine_erase(engine, slice_of(gone), NULL, &erasure, &error)) fail_msg("%s", error.text);
    shop_file_buy(&file, 3, 30, 20, 40);
    const bool went_on = engine_finetune(engine, "attention", 1, 1, NULL, NULL, &tuned, &error);
    struct reader *reader = reader_open(file.workspace, &error);
    if (went_on) {
        assert_true(run_find(reader, tuned.run.id, &run, &error));
        assert_int_equal(run.holds, 1);
    } else {
        print_message("# it does not go on: %s\n", error.text);
    }
    reader_close(reader);
    engine_free(engine);
    shop_file_remove(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left),          cmocka_unit_test(what_holds_them_says_so),
        cmocka_unit_test(one_that_was_cut_goes_on), cmocka_unit_test(no_training_brings_them_back),
        cmocka_unit_test(going_on_holds_them_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

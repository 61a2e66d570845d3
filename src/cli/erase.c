/* erase.c - erase USER, and the proof that nothing of them is left. */
#include "command.h"
#include "meter.h"

#include "aisle/erasure.h"
#include "aisle/rows.h"

#include <stdio.h>
#include <string.h>

static json_t *proof_json(const struct erase_proof *proof)
{
    json_t *places = json_array();
    for (int64_t i = 0; i < proof->texts && i < ERASE_PLACES; i++)
        json_array_append_new(places, json_text(slice_of(proof->places[i])));
    return json_pack("{s:b, s:I, s:o, s:o, s:I, s:o, s:i, s:i, s:i}", "proven", proof->proven,
                     "rows", (json_int_t)proof->rows, "bytes",
                     proof->searched ? json_integer(proof->bytes) : json_null(), "other_texts",
                     proof->searched ? json_integer(proof->elsewhere) : json_null(), "texts",
                     (json_int_t)proof->texts, "places", places, "runs_holding",
                     (int)proof->holding, "runs_serving", (int)proof->serving, "trainings_stopped",
                     (int)proof->stopped);
}

static void print_proof(const struct erase_proof *proof)
{
    printf("%s: named by %s and %s", proof->proven ? "gone" : "NOT GONE",
           text_count(proof->rows, "row").text, text_count(proof->texts, "text").text);
    if (!proof->searched)
        printf("; an id under four characters is not looked for in the bytes of the file");
    else if (proof->bytes == 0)
        printf("; no byte of the id is in the file or its log");
    else
        printf("; the bytes of the id stand at %s, and within other words of %s",
               text_count(proof->bytes, "place").text, text_count(proof->elsewhere, "text").text);
    putchar('\n');
    for (int64_t i = 0; i < proof->texts && i < ERASE_PLACES; i++) {
        fputs("  named in ", stdout);
        print_visible(slice_of(proof->places[i]));
        putchar('\n');
    }
    if (proof->texts > ERASE_PLACES)
        printf("  and in %lld more\n", (long long)(proof->texts - ERASE_PLACES));
    if (proof->stopped > 0) printf("%d stopped trainings hold them\n", (int)proof->stopped);
    if (proof->holding > 0)
        printf("erased people are held by %s of attention until trained again: 'aisle train "
               "attention', then 'aisle runs delete' of the old\n",
               text_count(proof->holding, "run").text);
}

/* Where nothing is left, was there ever such a person? */
static bool know_them(struct call *call, struct error *error)
{
    bool erased = false;
    struct text seen = { 0 };
    const char *id = call->argument[0];
    if (rows_find_user(call->reader, slice_of(id)) > 0) return true;
    if (!workspace_erased_before(call->reader, slice_of(id), &erased, error)) return false;
    if (erased) return true;
    text_add_visible(&seen, id, strlen(id));
    error_set(error, ERROR_MISSING,
              "there is no such person '%.200s', and nobody of that id was erased here: look at "
              "the id again, 'aisle -d FILE users' lists who is there",
              seen.bytes ? seen.bytes : "");
    text_fini(&seen);
    return false;
}

static int verify(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct erase_proof proof;
    const char *name = call_option(call, "name");
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (!know_them(call, &error) ||
        !workspace_prove_erased(call->reader, slice_of(call->argument[0]),
                                slice_of(name ? name : ""), &proof, &error))
        return call_fail(&error);
    if (call->json)
        status = print_json(proof_json(&proof));
    else
        print_proof(&proof);
    if (status == STATUS_DONE && proof.proven && proof.serving > 0)
        fprintf(stderr, "aisle: %s that is served holds erased people: 'aisle train attention'\n",
                text_count(proof.serving, "run").text);
    return status == STATUS_DONE && proof.proven && proof.serving == 0 ? STATUS_DONE
                                                                       : STATUS_FAILED;
}

static json_t *erasure_json(const struct erasure *erasure)
{
    return json_pack(
        "{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i}", "already", erasure->already, "events",
        (json_int_t)erasure->events, "attributes", (json_int_t)erasure->attributes, "friendships",
        (json_int_t)erasure->friendships, "rules", (json_int_t)erasure->rules, "scenarios",
        (json_int_t)erasure->scenarios, "rejects", (json_int_t)erasure->rejects, "runs_deleted",
        (int)erasure->runs, "runs_trained", (int)erasure->trained, "runs_not_trained",
        (int)erasure->not_trained);
}

static void print_erasure(const struct erasure *erasure)
{
    if (erasure->already)
        printf("already erased: finishing; %d trained again\n", (int)erasure->trained);
    else
        printf("erased: %s, %s, %s; %s deleted, %d trained again\n",
               text_count(erasure->events, "event").text,
               text_count(erasure->attributes, "attribute").text,
               text_count(erasure->friendships, "friendship").text,
               text_count(erasure->runs, "run").text, (int)erasure->trained);
    if (erasure->rules > 0 || erasure->scenarios > 0)
        printf("with them: %s, %s\n", text_count(erasure->rules, "rule").text,
               text_count(erasure->scenarios, "scenario").text);
    if (erasure->rejects > 0)
        printf("%s taken out of files of rejected rows\n",
               text_count(erasure->rejects, "row").text);
    if (erasure->not_trained > 0)
        printf("%d were not trained again: %s\n", (int)erasure->not_trained, erasure->failure);
}

static int finish(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct erasure erasure = { 0 };
    struct text kinds = { 0 };
    struct meter meter;
    if (call->n_arguments > 0) return call_usage(call, "--finish takes no user");
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    bool good = erasure_pending(call->reader, &kinds, &error);
    const bool pending = kinds.length > 0;
    text_fini(&kinds);
    reader_close(call->reader);
    call->reader = NULL;
    meter_begin(&meter, "erase");
    if (good && pending)
        good = engine_erase_finish(call->engine, &meter.progress, &erasure, &error);
    meter_end(&meter);
    if (!good) return call_fail(&error);
    erasure.already = true;
    if (call->json) return print_json(erasure_json(&erasure));
    if (pending)
        print_erasure(&erasure);
    else
        puts("no erasure was cut short");
    return erasure.not_trained == 0 ? STATUS_DONE : STATUS_FAILED;
}

int command_erase(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct erasure erasure;
    struct meter meter;
    if (call_option(call, "finish")) return finish(call);
    if (call->n_arguments == 0) return call_usage(call, "something is missing: USER");
    if (call_option(call, "verify")) return verify(call);
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    reader_close(call->reader); /* the log can be emptied only when nobody reads */
    call->reader = NULL;
    meter_begin(&meter, "erase");
    bool good =
        engine_erase(call->engine, slice_of(call->argument[0]), &meter.progress, &erasure, &error);
    meter_end(&meter);
    if (!good) return call_fail(&error);
    if (call->json) {
        json_t *object = erasure_json(&erasure);
        json_object_set_new(object, "proof", proof_json(&erasure.proof));
        status = print_json(object);
    } else {
        print_erasure(&erasure);
        print_proof(&erasure.proof);
    }
    return status == STATUS_DONE && erasure.proof.proven ? STATUS_DONE : STATUS_FAILED;
}

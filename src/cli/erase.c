/* erase.c - erase USER, and the proof that nothing of them is left. */
#include "command.h"
#include "meter.h"

#include "aisle/erasure.h"

#include <stdio.h>

static json_t *proof_json(const struct erase_proof *proof)
{
    return json_pack("{s:b, s:I, s:o, s:o, s:i, s:i}", "proven", proof->proven, "rows",
                     (json_int_t)proof->rows, "bytes",
                     proof->searched ? json_integer(proof->bytes) : json_null(), "other_texts",
                     proof->searched ? json_integer(proof->elsewhere) : json_null(), "runs_holding",
                     (int)proof->holding, "trainings_stopped", (int)proof->stopped);
}

static void print_proof(const struct erase_proof *proof)
{
    printf("%s: named by %s", proof->proven ? "gone" : "NOT GONE",
           text_count(proof->rows, "row").text);
    if (!proof->searched)
        printf("; an id under four characters is not looked for in the bytes of the file");
    else if (proof->bytes == 0)
        printf("; no byte of the id is in the file or its log");
    else
        printf("; the bytes of the id stand at %s, and in %s of others",
               text_count(proof->bytes, "place").text,
               text_count(proof->elsewhere, "living text").text);
    putchar('\n');
    if (proof->stopped > 0) printf("%d stopped trainings hold them\n", (int)proof->stopped);
    if (proof->holding > 0)
        printf("erased people are held by %s of attention until trained again: 'aisle train "
               "attention', then 'aisle runs delete' of the old\n",
               text_count(proof->holding, "run").text);
}

static int verify(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct erase_proof proof;
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (!workspace_prove_erased(call->reader, slice_of(call->argument[0]), &proof, &error))
        return call_fail(&error);
    if (call->json)
        status = print_json(proof_json(&proof));
    else
        print_proof(&proof);
    return status != STATUS_DONE ? status : proof.proven ? STATUS_DONE : STATUS_FAILED;
}

int command_erase(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct erasure erasure;
    struct meter meter;
    if (call_option(call, "verify")) return verify(call);
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    reader_close(call->reader); /* the log can be emptied only when nobody reads */
    call->reader = NULL;
    meter_begin(&meter, "erase");
    bool good =
        engine_erase(call->engine, slice_of(call->argument[0]), &meter.progress, &erasure, &error);
    meter_end(&meter);
    if (!good) return call_fail(&error);
    if (call->json)
        return print_json(json_pack(
            "{s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:o}", "events", (json_int_t)erasure.events,
            "attributes", (json_int_t)erasure.attributes, "friendships",
            (json_int_t)erasure.friendships, "rules", (json_int_t)erasure.rules, "scenarios",
            (json_int_t)erasure.scenarios, "runs_deleted", (int)erasure.runs, "runs_trained",
            (int)erasure.trained, "runs_not_trained", (int)erasure.not_trained, "proof",
            proof_json(&erasure.proof)));
    printf("erased: %s, %s, %s; %s deleted, %d trained again\n",
           text_count(erasure.events, "event").text,
           text_count(erasure.attributes, "attribute").text,
           text_count(erasure.friendships, "friendship").text, text_count(erasure.runs, "run").text,
           (int)erasure.trained);
    if (erasure.not_trained > 0)
        printf("%d were not trained again: %s\n", (int)erasure.not_trained, erasure.failure);
    print_proof(&erasure.proof);
    return erasure.proof.proven ? STATUS_DONE : STATUS_FAILED;
}

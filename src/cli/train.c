/* train.c - train [MODEL...]: recompute and serve. */
#include "meter.h"
#include "settings.h"

#include "job/labels.h"
#include "job/vectors.h"

#include <stdio.h>

static int train_one(struct call *call, const struct model_kind *kind,
                     const struct parameters *parameters, json_t *runs)
{
    struct run run;
    struct error error = { 0 };
    struct meter meter;
    meter_begin(&meter, kind->name);
    bool good =
        engine_train(call->engine, kind->name, parameters, 0, &meter.progress, &run, &error);
    meter_end(&meter);
    if (!good) {
        error_prefix(&error, "train %s", kind->name);
        return call_fail(&error);
    }
    if (runs)
        json_array_append_new(runs,
                              json_pack("{s:I, s:s, s:f, s:I, s:I, s:o}", "run", (json_int_t)run.id,
                                        "model", run.kind, "seconds", run.seconds, "peak_bytes",
                                        (json_int_t)run.peak_bytes, "bytes", (json_int_t)run.bytes,
                                        "facts", json_loads(run.facts, 0, NULL)));
    else {
        struct text note = { 0 };
        printf("run %lld: %s %s, %.2f s, %.1f MB of memory, %.1f MB stored, active\n",
               (long long)run.id, run.kind, run.parameters, run.seconds,
               (double)run.peak_bytes / 1048576, (double)run.bytes / 1048576);
        label_note(run.facts, &note);
        if (note.length > 0) printf("%s: %s\n", run.kind, note.bytes);
        text_fini(&note);
    }
    return STATUS_DONE;
}

/* What items mean, for every encoder that is set up; nothing where none is. */
static int encode_items(struct call *call)
{
    struct error error = { 0 };
    struct meter meter;
    int32_t items, encoders;

    if (!vector_encoders_any()) return STATUS_DONE;
    meter_begin(&meter, "encoding");
    const bool good = vectors_train(call->engine, &meter.progress, &items, &encoders, &error);
    meter_end(&meter);
    if (!good) {
        error_prefix(&error, "encoding the catalogue");
        return call_fail(&error);
    }
    if (!call->json)
        printf("%s encoded by %s, the others are as they were\n", text_count(items, "text").text,
               text_count(encoders, "encoder").text);
    return STATUS_DONE;
}

int command_train(struct call *call)
{
    int status = STATUS_DONE;
    struct settings settings;
    if (!settings_read(&settings, call, &status) || !call_open(call, WORKSPACE_WRITE, &status) ||
        !settings_profile(&settings, call, &status))
        return status;
    json_t *runs = call->json ? json_array() : NULL;
    for (int i = 0; i < settings.n && status == STATUS_DONE; i++)
        status = train_one(call, settings.kind[i], &settings.parameters[i], runs);
    if (status == STATUS_DONE && call->n_arguments == 0) status = encode_items(call);
    if (!runs) return status;
    int printed = print_json(json_pack("{s:o}", "runs", runs));
    return status == STATUS_DONE ? printed : status;
}

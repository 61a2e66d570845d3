/* finetune.c - finetune [MODEL]: the served model goes on learning from what is new. */
#include "command.h"
#include "meter.h"

#include "aisle/learning.h"

#include <math.h>
#include <stdio.h>

static json_t *finetuned_json(const struct finetuned *done)
{
    const struct finetuning *report = &done->report;

    return json_pack(
        "{s:I, s:s, s:I, s:b, s:o, s:o, s:f, s:i, s:i, s:f}", "run", (json_int_t)done->run.id,
        "model", done->run.kind, "from", (json_int_t)done->from, "active", done->offered, "before",
        isnan(report->before) ? json_null() : json_real(report->before), "after",
        isnan(report->after) ? json_null() : json_real(report->after), "margin", done->margin,
        "users", report->users, "replayed", report->replayed, "seconds", done->run.seconds);
}

/* --automatic N: the setting alone. */
static int set_automatic(struct call *call, double margin)
{
    int status = STATUS_DONE;
    int64_t after;
    struct error error = { 0 };
    struct learning learning;

    if (!call_number(call, "automatic", -1, 0, 1000000000, &after, &status) ||
        !call_open(call, WORKSPACE_WRITE, &status))
        return status;
    if (!learning_set(call->workspace, call->reader, after, margin, &error) ||
        !learning_read(call->reader, &learning, &error))
        return call_fail(&error);
    if (call->json)
        return print_json(json_pack("{s:I, s:f}", "automatic", (json_int_t)learning.after, "margin",
                                    learning.margin));
    if (learning.after == 0)
        printf("attention goes on learning only when it is told to\n");
    else
        printf("attention goes on learning by itself after %lld new events, while the workbench is "
               "open or 'ingest' runs; margin %g\n",
               (long long)learning.after, learning.margin);
    return STATUS_DONE;
}

int command_finetune(struct call *call)
{
    int status = STATUS_DONE;
    double margin = FINETUNE_MARGIN;
    struct error error = { 0 };
    struct finetuned done;
    struct meter meter;
    struct text text = { 0 };
    const char *word = call_option(call, "margin");
    const char *kind = call->n_arguments > 0 ? call->argument[0] : "attention";

    if (word && !(slice_to_double(slice_of(word), &margin) && margin >= 0 && margin <= 1)) {
        error_set(&error, ERROR_USAGE, "--margin %.60s: is a number from 0 to 1", word);
        return call_fail(&error);
    }
    if (call_option(call, "automatic")) return set_automatic(call, word ? margin : -1);
    if (!model_kind_find(kind, &error)) return call_fail(&error);
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    meter_begin(&meter, kind);
    const bool good =
        engine_finetune(call->engine, kind, margin, 0, NULL, &meter.progress, &done, &error);
    meter_end(&meter);
    if (!good) return call_fail(&error);
    if (call->json) return print_json(finetuned_json(&done));
    finetuned_describe(&done, &text);
    puts(text.bytes ? text.bytes : "");
    text_fini(&text);
    return STATUS_DONE;
}

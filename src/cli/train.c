/* train.c - train [MODEL...]: recompute and serve. */
#include "command.h"
#include "meter.h"

#include <stdio.h>
#include <string.h>

/* Every --set must fit at least one of the named models, and goes to each it fits. */
static bool apply_settings(const struct call *call, struct parameters *parameters, int n,
                           struct error *error)
{
    const char *setting;
    for (int at = 0; (setting = call_option_nth(call, "set", at)) != NULL; at++) {
        const size_t length = strcspn(setting, "=");
        bool fits = false;
        for (int i = 0; i < n; i++)
            for (const struct parameter_info *info = parameters[i].info; info->name; info++) {
                if (strlen(info->name) != length || strncmp(info->name, setting, length) != 0)
                    continue;
                if (!parameters_set(&parameters[i], slice_of(setting), error)) return false;
                fits = true;
            }
        if (!fits && !parameters_set(&parameters[0], slice_of(setting), error)) return false;
    }
    return true;
}

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
        json_array_append_new(runs, json_pack("{s:I, s:s, s:f, s:I, s:I}", "run",
                                              (json_int_t)run.id, "model", run.kind, "seconds",
                                              run.seconds, "peak_bytes", (json_int_t)run.peak_bytes,
                                              "bytes", (json_int_t)run.bytes));
    else
        printf("run %lld: %s %s, %.2f s, %.1f MB of memory, %.1f MB stored, active\n",
               (long long)run.id, run.kind, run.parameters, run.seconds,
               (double)run.peak_bytes / 1048576, (double)run.bytes / 1048576);
    return STATUS_DONE;
}

int command_train(struct call *call)
{
    int status = STATUS_DONE, n = 0;
    int64_t seed;
    struct error error = { 0 };
    const struct model_kind *kinds[PARAMETERS_MOST];
    struct parameters parameters[PARAMETERS_MOST];
    if (!call_number(call, "seed", 1, 0, INT64_MAX, &seed, &status)) return status;
    for (int i = 0; i < call->n_arguments && n < PARAMETERS_MOST; i++)
        if (!(kinds[n++] = model_kind_find(call->argument[i], &error))) return call_fail(&error);
    for (int i = 0; call->n_arguments == 0 && model_kinds[i] && n < PARAMETERS_MOST; i++)
        kinds[n++] = model_kinds[i];
    for (int i = 0; i < n; i++) {
        parameters_init(&parameters[i], kinds[i]->parameters);
        parameters[i].seed = (uint64_t)seed;
    }
    if (!apply_settings(call, parameters, n, &error)) return call_fail(&error);
    if (!call_open(call, WORKSPACE_WRITE, &status)) return status;
    json_t *runs = call->json ? json_array() : NULL;
    for (int i = 0; i < n && status == STATUS_DONE; i++)
        status = train_one(call, kinds[i], &parameters[i], runs);
    if (!runs) return status;
    int printed = print_json(json_pack("{s:o}", "runs", runs));
    return status == STATUS_DONE ? printed : status;
}

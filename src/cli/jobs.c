/* jobs.c - jobs: what was computed, when, how long it took. */
#include "command.h"

#include "aisle/job.h"
#include "job/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [{"epoch","loss","ndcg"}] of a training that has epochs, thinned out to what a run keeps; else
 * NULL. */
static json_t *epochs_json(const struct run *run)
{
    enum { MAX = 64 };
    double loss[MAX], ndcg[MAX];
    const int32_t n = label_curve(run->facts, "loss", loss, MAX);
    const int32_t m = label_curve(run->facts, "ndcg", ndcg, MAX);
    const int32_t last = (int32_t)label_number(run->facts, "epochs", n);
    const int32_t step = n > 0 ? (last + n - 1) / n : 1;
    json_t *epochs = n > 0 ? json_array() : NULL;
    for (int32_t i = 0; i < n; i++)
        json_array_append_new(epochs, json_pack("{s:i, s:f, s:o}", "epoch",
                                                (int)(last - (n - 1 - i) * step), "loss", loss[i],
                                                "ndcg", m == n ? json_real(ndcg[i]) : json_null()));
    return epochs;
}

int command_jobs(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct run *runs = NULL;
    int32_t n = 0;
    char moment[MOMENT_TEXT_SIZE];
    struct parameters parameters;
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (!runs_list(call->reader, &runs, &n, &error)) return call_fail(&error);
    const struct model_kind *stopped = checkpoint_stopped(call->reader, NULL, &parameters, NULL);
    json_t *list = call->json ? json_array() : NULL;
    if (!list) printf("%-19s  %-20s %9s %10s  %s\n", "STARTED", "JOB", "SECONDS", "MEMORY", "RUN");
    if (stopped && list)
        json_array_append_new(list, json_pack("{s:o, s:s}", "job",
                                              json_sprintf("train %s", stopped->name), "state",
                                              "stopped"));
    else if (stopped)
        printf("%-19s  train %-14s %9s %10s  trained again it goes on from its last checkpoint\n",
               "stopped", stopped->name, "", "");
    for (int32_t i = 0; i < n; i++) {
        const struct run *run = &runs[i];
        char title[64];
        snprintf(title, sizeof title, "%s %s",
                 strstr(run->facts, "\"finetuned\"") ? "fine-tune" : "train", run->kind);
        if (list)
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:f, s:I, s:I, s:o*}", "job", title, "state",
                                "done", "started", moment_text(run->started, moment), "seconds",
                                run->seconds, "peak_bytes", (json_int_t)run->peak_bytes, "run",
                                (json_int_t)run->id, "epochs", epochs_json(run)));
        else
            printf("%-19s  %-20s %9.2f %7.1f MB  %lld\n", moment_text(run->started, moment), title,
                   run->seconds, (double)run->peak_bytes / 1048576, (long long)run->id);
    }
    free(runs);
    return list ? print_json(json_pack("{s:o}", "jobs", list)) : STATUS_DONE;
}

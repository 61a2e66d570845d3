/* jobs.c - jobs: what was computed, when, how long it took. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int command_jobs(struct call *call)
{
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct run *runs = NULL;
    int32_t n = 0;
    char moment[MOMENT_TEXT_SIZE];
    if (!call_open(call, WORKSPACE_READ, &status)) return status;
    if (!runs_list(call->reader, &runs, &n, &error)) return call_fail(&error);
    json_t *list = call->json ? json_array() : NULL;
    if (!list) printf("%-19s  %-20s %9s %10s  %s\n", "STARTED", "JOB", "SECONDS", "MEMORY", "RUN");
    for (int32_t i = 0; i < n; i++) {
        const struct run *run = &runs[i];
        char title[64];
        snprintf(title, sizeof title, "%s %s",
                 strstr(run->facts, "\"finetuned\"") ? "fine-tune" : "train", run->kind);
        if (list)
            json_array_append_new(
                list,
                json_pack("{s:s, s:s, s:s, s:f, s:I, s:I}", "job", title, "state", "done",
                          "started", moment_text(run->started, moment), "seconds", run->seconds,
                          "peak_bytes", (json_int_t)run->peak_bytes, "run", (json_int_t)run->id));
        else
            printf("%-19s  %-20s %9.2f %7.1f MB  %lld\n", moment_text(run->started, moment), title,
                   run->seconds, (double)run->peak_bytes / 1048576, (long long)run->id);
    }
    free(runs);
    return list ? print_json(json_pack("{s:o}", "jobs", list)) : STATUS_DONE;
}

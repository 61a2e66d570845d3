/* everybody.c - recommend --all and export recommendations. */
#include "everybody.h"

#include "meter.h"
#include "served.h"

#include "aisle/export.h"

#include <time.h>

static bool write_lists(struct call *call, const struct serving *serving, int32_t length,
                        bool jsonl, const char *path, struct error *error)
{
    const struct feed_options options = { .length = length,
                                          .pipeline =
                                              call_option(call, "plain") ? NULL : serving->pipeline,
                                          .now = (int64_t)time(NULL) };
    const struct list_export lists = { .model = serving->model,
                                       .dataset = serving->dataset,
                                       .options = &options,
                                       .run = serving->run.id,
                                       .events_behind = serving_behind(serving),
                                       .jsonl = jsonl };
    const struct file_target target = call_target(call, path);
    struct error closing = { 0 };
    struct file_sink sink;
    struct meter meter;

    if (!file_sink_open(&sink, &target, error)) return false;
    meter_begin(&meter, "recommendations");
    bool good = export_lists(&lists, file_sink_put, &sink, &meter.progress, error);
    meter_end(&meter);
    if (!file_sink_close(&sink, good, &closing) && good) {
        *error = closing;
        return false;
    }
    return good;
}

int write_everybody(struct call *call, bool jsonl, const char *path)
{
    int status = STATUS_DONE;
    int64_t length;
    struct error error = { 0 };
    struct serving serving = { 0 };

    if (!call_number(call, "count", 10, 1, INT32_MAX, &length, &status) ||
        !call_open(call, WORKSPACE_READ, &status))
        return status;
    if (!engine_serve(call->engine, call->reader, call_option(call, "model"), 0, &serving, NULL,
                      &error) ||
        !write_lists(call, &serving, (int32_t)length, jsonl, path, &error))
        status = call_fail(&error);
    else if (serving_behind(&serving) > 0) {
        fputs("aisle: ", stderr);
        served_print_behind(&serving, stderr);
    }
    serving_fini(&serving);
    return status;
}

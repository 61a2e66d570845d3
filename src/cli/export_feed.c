/* export_feed.c - see export_feed.h. */
#include "export_feed.h"
#include "shopper_options.h"

#include "job/feed_page.h"

#include "aisle/export.h"

#include <string.h>
#include <time.h>

static bool write_page(const struct feed_page *page, const struct file_target *target,
                       struct error *error)
{
    struct file_sink sink;
    struct error closing = { 0 };

    if (!file_sink_open(&sink, target, error)) return false;
    const bool good = feed_page_write(page, file_sink_put, &sink, error);
    if (!file_sink_close(&sink, good, &closing) && good) {
        *error = closing;
        return false;
    }
    return good;
}

static int make_page(struct call *call, const struct serving *serving, int32_t user, int32_t length)
{
    const int64_t now = (int64_t)time(NULL);
    const struct feed_options options = { .length = length,
                                          .pipeline = serving->pipeline,
                                          .now = now };
    struct workspace_counts counts;
    struct privacy privacy;
    struct error error = { 0 };
    struct shopper *shopper = shopper_new(serving->dataset, user, MOMENT_NONE, NULL, &error);
    struct feed *feed = shopper ? feed_new(serving->model, shopper, &options, &error) : NULL;
    bool good = feed && privacy_read(call->reader, &privacy, &error) &&
                workspace_counts(call->reader, &counts, &error);

    if (good) {
        const struct feed_page page = { .serving = serving,
                                        .shopper = shopper,
                                        .feed = feed,
                                        .user = slice_of(call->argument[1]),
                                        .profile = counts.profile,
                                        .privacy = &privacy,
                                        .made = now };
        const struct file_target target = call_target(call, call->argument[2]);
        good = write_page(&page, &target, &error);
    }
    feed_free(feed);
    shopper_free(shopper);
    return good ? STATUS_DONE : call_fail(&error);
}

int export_feed(struct call *call)
{
    int status = STATUS_DONE;
    int64_t length;
    struct error error = { 0 };
    struct serving serving = { 0 };

    if (call->n_arguments != 3) return call_usage(call, "feed takes a user and a file");
    if (!call_number(call, "count", 10, 1, 1000, &length, &status) ||
        !call_open(call, WORKSPACE_READ, &status))
        return status;
    if (!engine_serve(call->engine, call->reader, call_option(call, "model"), 0, &serving, NULL,
                      &error)) {
        status = call_fail(&error);
    } else {
        const int32_t user = question_user(serving.dataset, call->argument[1], &status);
        if (user >= 0) status = make_page(call, &serving, user, (int32_t)length);
        if (user >= 0 && status == STATUS_DONE && call->json)
            status = print_json(json_pack("{s:s, s:o, s:o}", "export", "feed", "user",
                                          json_text(slice_of(call->argument[1])), "file",
                                          json_text(slice_of(call->argument[2]))));
    }
    serving_fini(&serving);
    return status;
}

/* demo.c - demo [DIR]: a made-up shop, trained, on screen; made once and used again. */
#include "command.h"
#include "generate.h"
#include "meter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LONG_ENOUGH = 5 }; /* purchases of the user whose list is printed */

/* DIR/shop.aisle; the folder is made. */
static bool find_place(const struct call *call, char *path, size_t capacity, struct error *error)
{
    const char *folder = call->n_arguments ? call->argument[0] : "aisle-demo";
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return error_set(error, ERROR_IO, "%.300s: %s: name a folder that can be made", folder,
                         strerror(errno));
    const int length = snprintf(path, capacity, "%s/shop.aisle", folder);
    return (length > 0 && (size_t)length < capacity) ||
           error_set(error, ERROR_USAGE, "the name of the folder is too long");
}

static bool fill(struct call *call, const struct shop_options *options, struct error *error)
{
    struct workspace_counts counts;
    struct meter meter;
    if (!workspace_counts(call->reader, &counts, error)) return false;
    if (counts.events > 0) {
        if (!call->json) printf("%s is there already and is used again\n", call->data);
        return true;
    }
    meter_begin(&meter, "making the shop");
    bool good = generate_into(call->workspace, options, &meter.progress, error);
    meter_end(&meter);
    if (!good || !workspace_counts(call->reader, &counts, error)) return false;
    if (!call->json)
        printf("%s is made: %s, %s, %s\n", call->data, text_count(counts.users, "user").text,
               text_count(counts.items, "item").text, text_count(counts.events, "event").text);
    return true;
}

/* Whatever has no active run yet. */
static bool train_missing(struct call *call, struct error *error)
{
    for (int i = 0; model_kinds[i]; i++) {
        struct run run;
        struct meter meter;
        if (!run_active(call->reader, model_kinds[i]->name, &run, error)) return false;
        if (run.id != 0) continue;
        meter_begin(&meter, model_kinds[i]->name);
        bool good =
            engine_train(call->engine, model_kinds[i]->name, NULL, 0, &meter.progress, &run, error);
        meter_end(&meter);
        if (!good) return false;
        if (!call->json)
            printf("run %lld: %s trained in %.2f s\n", (long long)run.id, run.kind, run.seconds);
    }
    return true;
}

/* The first user with some history and a list: user and item ids into out; false where none. */
static bool find_example(struct call *call, struct text *user, struct text *item,
                         struct error *error)
{
    struct serving serving;
    if (!engine_serve(call->engine, call->reader, NULL, 0, &serving, NULL, error)) return false;
    const struct dataset *dataset = serving.dataset;
    const struct feed_options options = { .length = 1,
                                          .pipeline = serving.pipeline,
                                          .now = (int64_t)time(NULL) };
    for (int32_t u = 0; u < dataset->n_users && user->length == 0; u++) {
        if (dataset->sequence[u + 1] - dataset->sequence[u] < LONG_ENOUGH) continue;
        struct shopper *shopper = shopper_new(dataset, u, MOMENT_NONE, NULL, error);
        struct feed *feed = shopper ? feed_new(serving.model, shopper, &options, error) : NULL;
        if (feed && feed->n > 0) {
            struct slice who = names_get(&dataset->user_ids, u);
            struct slice what = names_get(&dataset->item_ids, feed->rows[0].item);
            text_add(user, who.bytes, who.length);
            text_add(item, what.bytes, what.length);
        }
        feed_free(feed);
        shopper_free(shopper);
        if (error->code != ERROR_NONE) break;
    }
    serving_fini(&serving);
    return user->length > 0 ||
           (error->code == ERROR_NONE ? error_set(error, ERROR_MISSING, "nobody has a list")
                                      : false);
}

static int print_example(struct call *call)
{
    struct error error = { 0 };
    struct text user = { 0 }, item = { 0 };
    int status = STATUS_FAILED;
    if (!find_example(call, &user, &item, &error)) {
        status = call_fail(&error);
        goto out;
    }
    call->argument[0] = user.bytes;
    call->argument[1] = item.bytes;
    printf("\nWhat user %s gets (aisle -d %s recommend %s):\n\n", user.bytes, call->data,
           user.bytes);
    call->n_arguments = 1;
    status = command_recommend(call);
    if (status != STATUS_DONE) goto out;
    printf("\nWhy the first of them (aisle -d %s explain %s %s):\n\n", call->data, user.bytes,
           item.bytes);
    call->n_arguments = 2;
    status = command_explain(call);
    if (status == STATUS_DONE)
        printf("\nIn a terminal, 'aisle -d %s' opens the workbench.\n", call->data);
out:
    text_fini(&user);
    text_fini(&item);
    return status;
}

static int print_shop(struct call *call, const struct shop_options *options)
{
    struct error error = { 0 };
    struct workspace_counts counts;
    if (!workspace_counts(call->reader, &counts, &error)) return call_fail(&error);
    return print_json(json_pack(
        "{s:o, s:s, s:I, s:I, s:I, s:I}", "file", json_text(slice_of(call->data)), "profile",
        options->profile, "users", (json_int_t)counts.users, "items", (json_int_t)counts.items,
        "events", (json_int_t)counts.events, "runs", (json_int_t)counts.runs));
}

int command_demo(struct call *call)
{
    static char path[4096];
    int status = STATUS_DONE;
    struct error error = { 0 };
    struct shop_options options;
    shop_options_init(&options);
    if (!generate_profile(call, &options, &status)) return status;
    if (!find_place(call, path, sizeof path, &error)) return call_fail(&error);
    call->data = path;
    if (!call_open(call, WORKSPACE_CREATE, &status)) return status;
    if (!fill(call, &options, &error) || !train_missing(call, &error)) return call_fail(&error);
    if (call->json) return print_shop(call, &options);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return print_example(call);
    fflush(stdout);
    return command_workbench(call);
}

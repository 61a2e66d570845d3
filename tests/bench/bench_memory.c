/* What each model says it will need, and what it needs: the forecast against the peak of a process
 * that trains it and asks for one list, on purchases whose users and items follow power laws.
 *
 *     bench_memory [EVENTS [USERS [ITEMS [MODEL...]]]]
 */
#include <aisle/feed.h>
#include <aisle/parallel.h>
#include <aisle/rng.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int32_t skewed(struct rng *rng, int32_t n)
{
    return (int32_t)(pow(rng_unit(rng), 2.5) * n);
}

static const struct dataset *make(int64_t events, int32_t n_users, int32_t n_items)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    struct rng rng;
    char id[16];

    rng_init(&rng, 1);
    for (int32_t u = 0; builder && u < n_users; u++) {
        snprintf(id, sizeof id, "%d", u);
        if (!dataset_builder_add_user(builder, slice_of(id), NULL)) exit(1);
    }
    for (int32_t i = 0; builder && i < n_items; i++) {
        snprintf(id, sizeof id, "%d", i);
        if (!dataset_builder_add_item(builder, slice_of(id), slice_of(""), NULL)) exit(1);
    }
    for (int64_t e = 0; builder && e < events; e++) {
        const int32_t user = skewed(&rng, n_users);
        const struct event event = {
            .time = 1600000000 + e, .item = skewed(&rng, n_items), .quantity = 1, .value = NAN
        };
        if (!dataset_builder_add_event(builder, user, &event, NULL)) exit(1);
    }
    return builder ? dataset_builder_finish(builder, 0, NULL, NULL) : NULL;
}

/* Kilobytes of this process: "VmRSS" are in memory now, "VmHWM" were at most. */
static long memory_of(const char *field)
{
    FILE *file = fopen("/proc/self/status", "r");
    const size_t length = strlen(field);
    char line[256];
    long kilobytes = 0;

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, length) == 0) kilobytes = atol(line + length + 1);
    if (file) fclose(file);
    return kilobytes;
}

/* In a process of its own, which shares the dataset and has no other memory. */
static void train_and_ask(const struct model_kind *kind, const struct dataset *dataset,
                          const struct parameters *parameters, double forecast)
{
    const struct feed_options options = { .length = 10 };
    const long before = memory_of("VmRSS");
    struct error error = { 0 };
    struct model *model = kind->train(dataset, parameters, 0, NULL, &error);
    struct shopper *shopper = model ? shopper_new(dataset, 0, MOMENT_NONE, NULL, NULL) : NULL;

    if (!model) printf("%-12s not trained: %s\n", kind->name, error.text);
    if (shopper && feed_new(model, shopper, &options, NULL)) {
        const double peak = (double)(memory_of("VmHWM") - before) / 1024;
        printf("%-12s forecast %8.1f MB, peak %8.1f MB: %+.0f %%\n", kind->name, forecast, peak,
               peak > 0 ? 100 * (forecast / peak - 1) : 0);
    }
    fflush(stdout);
    _exit(0);
}

static void measure(const struct model_kind *kind, const struct dataset *dataset)
{
    struct parameters parameters;
    int status;

    parameters_init(&parameters, kind->parameters);
    const double forecast = (double)kind->memory(dataset, &parameters) / 1048576;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) train_and_ask(kind, dataset, &parameters, forecast);
    if (child > 0) waitpid(child, &status, 0);
}

int main(int argc, char **argv)
{
    const long events = argc > 1 ? atol(argv[1]) : 1000000;
    const int users = argc > 2 ? atoi(argv[2]) : 50000, items = argc > 3 ? atoi(argv[3]) : 10000;
    static const char *const usual[] = { "popular", "user-cf", "item-cf", "ease" };
    const struct dataset *dataset =
        events > 0 && users > 0 && items > 0 ? make(events, users, items) : NULL;

    if (!dataset) return 1;
    printf("%ld events, %d users, %d items, %d threads; dataset and program %.0f MB\n", events,
           users, items, parallel_threads(), (double)memory_of("VmRSS") / 1024);
    for (size_t u = 0; argc <= 4 && u < sizeof usual / sizeof *usual; u++)
        measure(model_kind_find(usual[u], NULL), dataset);
    for (int i = 4; i < argc; i++) {
        const struct model_kind *kind = model_kind_find(argv[i], NULL);
        if (kind) measure(kind, dataset);
    }
    dataset_release(dataset);
    return 0;
}

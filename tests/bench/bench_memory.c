/* What each model and an evaluation of it say they will need, and what they need: the forecast
 * against what a process takes that trains the model and asks for one list, or evaluates it. The
 * shop is generated, or that of a workspace.
 *
 *     bench_memory [FILE [MODEL...]]
 *     bench_memory EVENTS USERS ITEMS [MODEL...]
 *
 * A MODEL is a name, or NAME:KEY=VALUE,KEY=VALUE; or "evaluate".
 */
#include <aisle/evaluate.h>
#include <aisle/feed.h>
#include <aisle/parallel.h>
#include <aisle/shop.h>
#include <aisle/workspace.h>

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static double min_megabytes = 4; /* below, what a thread or a page of code takes is most of it */

static bool write_one(void *writer, const struct record *record, struct error *error)
{
    return writer_record(writer, record, error);
}

static bool generate(const char *path, const struct shop_options *options, struct error *error)
{
    struct workspace *workspace = workspace_open(path, WORKSPACE_CREATE, error);
    struct writer *writer = workspace ? writer_begin(workspace, error) : NULL;
    bool good = writer && writer_bulk(writer, error) &&
                shop_generate(options, write_one, writer, NULL, error);

    if (good)
        good = writer_commit(writer, error);
    else if (writer)
        writer_rollback(writer);
    workspace_close(workspace);
    return good;
}

static const struct dataset *read_shop(const char *path, struct error *error)
{
    struct workspace *workspace = workspace_open(path, WORKSPACE_READ, error);
    struct reader *reader = workspace ? reader_open(workspace, error) : NULL;
    const struct dataset *dataset =
        reader ? workspace_dataset(reader, NULL, NULL, NULL, error) : NULL;

    reader_close(reader);
    workspace_close(workspace);
    return dataset;
}

static const struct dataset *make_shop(const struct shop_options *options, struct error *error)
{
    char folder[] = "/tmp/bench-memory-XXXXXX", path[64];
    const struct dataset *dataset = NULL;

    if (!mkdtemp(folder)) return NULL;
    snprintf(path, sizeof path, "%s/shop.aisle", folder);
    if (generate(path, options, error)) dataset = read_shop(path, error);
    unlink(path);
    rmdir(folder);
    return dataset;
}

/* Megabytes of this process: "VmRSS" are in memory now, "VmHWM" were at most. */
static double memory_of(const char *field)
{
    FILE *file = fopen("/proc/self/status", "r");
    const size_t length = strlen(field);
    char line[256];
    long kilobytes = 0;

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, length) == 0) kilobytes = atol(line + length + 1);
    if (file) fclose(file);
    return (double)kilobytes / 1024;
}

struct subject {
    const struct dataset *dataset;
    struct candidate candidates[16];
    int32_t n;
    struct ranking_options options;
};

static bool train_and_ask(const struct subject *subject, struct error *error)
{
    const struct feed_options options = { .length = 10 };
    const struct candidate *asked = subject->candidates;
    struct model *model = asked->kind->train(subject->dataset, &asked->parameters, 0, NULL, error);
    struct shopper *shopper =
        model ? shopper_new(subject->dataset, 0, MOMENT_NONE, NULL, error) : NULL;

    return shopper && feed_new(model, shopper, &options, error);
}

static bool evaluate(const struct subject *subject, struct error *error)
{
    return ranking_new(subject->dataset, subject->candidates, subject->n, &subject->options, NULL,
                       error);
}

static bool choose(struct subject *subject, const char *words, struct error *error)
{
    struct candidate *asked = subject->candidates;

    if (!candidate_parse(asked, words, error)) return false;
    if (strcmp(asked->kind->name, "attention") == 0) /* more epochs take time, not memory */
        parameters_set(&asked->parameters, slice_of("epochs=1"), NULL);
    return true;
}

static void print(const char *what, double expected, double peak)
{
    const double apart = fabs(expected - peak);
    const bool bounded = apart <= peak / 5 || apart <= min_megabytes;

    printf("%-12s forecast %8.1f MB, peak %8.1f MB: %+.0f %%%s\n", what, expected, peak,
           peak > 0 ? 100 * (expected / peak - 1) : 0, bounded ? "" : " FAR");
}

typedef bool work(const struct subject *subject, struct error *error);

/* In a process of its own, which shares the dataset and has no other memory. */
static void measure(const char *what, const struct subject *subject, int64_t expected, work *run)
{
    struct error error = { 0 };

    fflush(stdout);
    malloc_trim(0); /* what the dataset was made in is no room for the model */
    const pid_t child = fork();
    if (child == 0) {
        const double before = memory_of("VmRSS");
        if (run(subject, &error))
            print(what, (double)expected / 1048576, memory_of("VmHWM") - before);
        else
            printf("%-12s %s\n", what, error.text);
        fflush(stdout);
        _exit(0);
    }
    if (child > 0) waitpid(child, NULL, 0);
}

static void measure_model(const char *words, const struct dataset *dataset)
{
    struct subject subject = { .dataset = dataset };
    struct error error = { 0 };

    if (choose(&subject, words, &error))
        measure(words, &subject,
                subject.candidates->kind->memory(dataset, &subject.candidates->parameters),
                train_and_ask);
    else
        printf("%s: %s\n", words, error.text);
}

/* Of all that are trained in seconds. */
static void measure_evaluation(const struct dataset *dataset)
{
    struct subject subject = { .dataset = dataset };

    ranking_options_init(&subject.options);
    for (int k = 0; model_kinds[k]; k++)
        if (!model_kinds[k]->validates)
            candidate_init(&subject.candidates[subject.n++], model_kinds[k], NULL);
    measure("evaluate", &subject,
            ranking_memory(dataset, subject.candidates, subject.n, &subject.options), evaluate);
}

int main(int argc, char **argv)
{
    struct shop_options options;
    struct error error = { 0 };
    const bool sizes = argc > 3 && atol(argv[1]) > 0;
    const int models = sizes ? 4 : 2;

    shop_options_init(&options);
    if (sizes) {
        options.events = atol(argv[1]);
        options.users = atoi(argv[2]);
        options.items = atoi(argv[3]);
    }
    const struct dataset *dataset =
        sizes || argc < 2 ? make_shop(&options, &error) : read_shop(argv[1], &error);
    if (!dataset) {
        fprintf(stderr, "bench_memory: %s\n", error.text);
        return 1;
    }
    printf("%lld events, %d users, %d items, %d threads; dataset and program %.0f MB\n",
           (long long)dataset->n_events, dataset->n_users, dataset->n_items, parallel_threads(),
           memory_of("VmRSS"));
    for (int k = 0; argc <= models && model_kinds[k]; k++)
        measure_model(model_kinds[k]->name, dataset);
    if (argc <= models) measure_evaluation(dataset);
    for (int i = models; i < argc; i++) {
        if (strcmp(argv[i], "evaluate") == 0)
            measure_evaluation(dataset);
        else
            measure_model(argv[i], dataset);
    }
    dataset_release(dataset);
    return 0;
}

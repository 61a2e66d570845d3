/* How long the attention model trains until it is as good as others: the time to NDCG@10 0.163 and
 * 0.182 by its defaults, by the clock and by the processor's time.
 *
 *     bench_reach FILE [KEY=VALUE...]
 *
 * FILE has lines of "user item", users together and in time order (ml-1m.txt). Each user's last
 * event is the test's and is left out; the last but one is held out by the training itself, and
 * what is printed after each epoch is the NDCG@10 of those among the whole catalogue: of the
 * validation, as it is what an early stop goes by, and not of the test. It stops where the last
 * goal is reached. Without a file nothing is measured.
 */
#include "clock.h"

#include <aisle/model.h>
#include <aisle/progress.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double goals[] = { 0.163, 0.182 };
enum { GOALS = sizeof goals / sizeof *goals };

struct reaching {
    struct progress progress;
    double wall, processor; /* when it began */
    int reached;
};

static void watch(void *context, int32_t epoch, double loss, double ndcg)
{
    struct reaching *reaching = context;
    const double wall = seconds(CLOCK_MONOTONIC) - reaching->wall;
    const double processor = seconds(CLOCK_PROCESS_CPUTIME_ID) - reaching->processor;

    printf("epoch %2d: loss %.4f, validation NDCG@10 %.4f, %.1f s, %.1f s of processors\n", epoch,
           loss, ndcg, wall, processor);
    for (; reaching->reached < GOALS && ndcg >= goals[reaching->reached]; reaching->reached++)
        printf("reached %.3f in validation after %d epochs: %.1f s, %.1f s of processors\n",
               goals[reaching->reached], epoch, wall, processor);
    fflush(stdout);
    if (reaching->reached == GOALS) progress_cancel(&reaching->progress);
}

/* Names of everybody up to `last`, whether they do something or not. */
static void add_names(struct dataset_builder *builder, bool items, int32_t *n, int32_t last)
{
    char name[16];

    while (*n < last) {
        snprintf(name, sizeof name, "%d", ++*n);
        if (items)
            dataset_builder_add_item(builder, slice_of(name), slice_of(""), NULL);
        else
            dataset_builder_add_user(builder, slice_of(name), NULL);
    }
}

/* All lines but each user's last. */
static const struct dataset *read_lines(FILE *file)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    int32_t users = 0, items = 0, user, item, before = 0, its_item = 0;

    while (builder && fscanf(file, "%d %d", &user, &item) == 2 && user > 0 && item > 0) {
        add_names(builder, false, &users, user);
        add_names(builder, true, &items, item);
        const struct event event = { .time = MOMENT_NONE,
                                     .item = its_item - 1,
                                     .type = EVENT_PURCHASE,
                                     .quantity = 1,
                                     .value = NAN };
        if (user == before) dataset_builder_add_event(builder, user - 1, &event, NULL);
        before = user;
        its_item = item;
    }
    return builder ? dataset_builder_finish(builder, 1, NULL, NULL) : NULL;
}

int main(int argc, char **argv)
{
    const struct model_kind *kind = model_kind_find("attention", NULL);
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    struct reaching reaching = { .reached = 0 };
    const struct training_hooks hooks = { .context = &reaching, .watch = watch };
    struct parameters parameters;
    struct error error = { 0 };

    if (!file) {
        puts("not measured: there is no file of \"user item\" lines");
        return argc > 1;
    }
    const struct dataset *dataset = read_lines(file);
    fclose(file);
    parameters_init(&parameters, kind->parameters);
    parameters.hooks = &hooks;
    for (int i = 2; i < argc; i++) {
        if (parameters_set(&parameters, slice_of(argv[i]), &error)) continue;
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    if (!dataset) return 1;
    reaching.wall = seconds(CLOCK_MONOTONIC);
    reaching.processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct model *model = kind->train(dataset, &parameters, 0, &reaching.progress, &error);
    for (int g = reaching.reached; g < GOALS; g++)
        printf("not reached: %.3f\n", goals[g]);
    model_release(model);
    dataset_release(dataset);
    return 0;
}

/* How fast the attention model trains: tokens a second and the share of the processor's measured
 * sgemm peak, for each loss and length; and where the time of a step goes.
 *
 *     bench_attention [STEPS [FILE [LOSS LENGTH]]]
 *
 * FILE has lines of "user item" in time order (ml-1m.txt in $AISLE_DATA where it is there); without
 * one, sequences of the same lengths are made up. Figures are by the clock and by the processor's
 * time: a busy machine shows in the difference. tests/bench/peers_torch.py measures the same
 * networks in PyTorch on the same file.
 */
#include <aisle/parallel.h>
#include <aisle/rng.h>

#include "clock.h"
#include "model/attention/trainer.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- the peak */

/* GFLOP/s of one thread, by processor time: the best of some tries of OpenBLAS on a large square
 * and of our own product on a block that fits the cache. */
static double sgemm_peak(double *own)
{
    enum { N = 1024 };
    float *a = floats_new(N * N), *b = floats_new(N * N), *c = floats_new(N * N);
    const struct float_kernels *k = float_kernels();
    double best = 0;

    *own = 0;
    for (int tries = 0; a && b && c && tries < 8; tries++) {
        double start = seconds(CLOCK_THREAD_CPUTIME_ID);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, b, N, 0, c, N);
        best = fmax(best, 2e-9 * N * N * N / (seconds(CLOCK_THREAD_CPUTIME_ID) - start));
        const struct product product = { .m = 96,
                                         .n = 192,
                                         .k = 64,
                                         .a = a,
                                         .a_row = 64,
                                         .a_step = 1,
                                         .b = b,
                                         .b_step = 192,
                                         .b_panel = (size_t)k->panel,
                                         .c = c,
                                         .c_row = 192 };
        start = seconds(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < 400; i++)
            k->matmul(&product);
        *own = fmax(*own, 400 * 2e-9 * 96 * 192 * 64 / (seconds(CLOCK_THREAD_CPUTIME_ID) - start));
    }
    free(a);
    free(b);
    free(c);
    return best;
}

/* ------------------------------------------------------------------------------------- the data */

static const struct dataset *build(FILE *file)
{
    struct dataset_builder *builder = dataset_builder_new(NULL, NULL);
    struct rng rng;
    char name[16];
    int32_t users = 0, items = 0, user, item;

    rng_init(&rng, 1);
    while (builder) {
        static int32_t left = 0;
        if (file) {
            if (fscanf(file, "%d %d", &user, &item) != 2) break;
        } else {
            if (left == 0 && users == 6040) break;
            user = left > 0 ? users : users + 1;
            if (left == 0) left = 20 + (int32_t)rng_exponential(&rng, 145);
            item = 1 + (int32_t)(pow(rng_unit(&rng), 2.5) * 3416);
            left--;
        }
        for (; users < user; users++) {
            snprintf(name, sizeof name, "%d", users + 1);
            dataset_builder_add_user(builder, slice_of(name), NULL);
        }
        for (; items < item; items++) {
            snprintf(name, sizeof name, "%d", items + 1);
            dataset_builder_add_item(builder, slice_of(name), slice_of(""), NULL);
        }
        const struct event event = { .time = MOMENT_NONE,
                                     .item = item - 1,
                                     .type = EVENT_PURCHASE,
                                     .quantity = 1,
                                     .value = NAN };
        dataset_builder_add_event(builder, user - 1, &event, NULL);
    }
    return builder ? dataset_builder_finish(builder, 1, NULL, NULL) : NULL;
}

/* ----------------------------------------------------------------------------------- the training
 */

/* Floating-point operations of a step, forth and back: what a causal network needs, no more. */
static double operations(const struct trainer *trainer)
{
    const struct batch *batch = &trainer->batch;
    const struct shape *shape = &trainer->settings.shape;
    const double d = shape->width, f = shape->ffn_width, rows = batch->n_rows;
    double pairs = 0;

    for (int32_t s = 0; s < batch->n_sequences; s++) {
        const double n = batch->start[s + 1] - batch->start[s];
        pairs += n * (n + 1) / 2;
    }
    const double block = rows * (4 * d * d + 2 * d * f) + 2 * pairs * d;
    return 6 * (block * shape->blocks + rows * d * trainer->cut.candidates);
}

struct measured {
    double wall, processor, rows, operations;
};

static bool run(struct trainer *trainer, int32_t steps, struct measured *m)
{
    double loss;

    *m = (struct measured){ 0 };
    trainer_begin(trainer);
    trainer_shuffle(trainer);
    for (int32_t s = -2; s < steps; s++) { /* two to get warm */
        const int32_t batch = trainer->settings.batch;
        const int32_t from = (s + 2) % (trainer->n_trained / batch) * batch;
        const double wall = seconds(CLOCK_MONOTONIC);
        const double processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
        trainer_fill(trainer, from, batch);
        if (!trainer_gradient(trainer, &loss) || !trainer_update(trainer)) return false;
        if (s < 0) continue;
        m->wall += seconds(CLOCK_MONOTONIC) - wall;
        m->processor += seconds(CLOCK_PROCESS_CPUTIME_ID) - processor;
        m->rows += trainer->batch.n_rows;
        m->operations += operations(trainer);
    }
    return true;
}

static bool bench(const struct dataset *dataset, const struct sequences *sequences,
                  const char *loss, int32_t length, int32_t steps, double peak)
{
    struct parameters parameters;
    struct settings settings;
    struct trainer trainer;
    struct measured m;
    char text[64];
    const struct words words = { 0 };
    const struct segment_membership nobody = { 0 };
    const int threads = parallel_threads();

    parameters_init(&parameters, attention_parameters);
    const char *fixed[] = { "d=64",      "heads=1",     "blocks=2",
                            "batch=128", "dropout=0.2", "negatives=1000" };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        parameters_set(&parameters, slice_of(fixed[i]), NULL);
    snprintf(text, sizeof text, "length=%d", length);
    parameters_set(&parameters, slice_of(text), NULL);
    snprintf(text, sizeof text, "loss=%s", loss);
    parameters_set(&parameters, slice_of(text), NULL);
    if (!settings_resolve(&settings, dataset, &parameters, NULL) ||
        !trainer_init(&trainer, &settings, sequences, &words, &nobody, threads, NULL, NULL))
        return false;
    const bool good = run(&trainer, steps, &m);
    const double epoch = (double)trainer.n_rows / m.rows;
    if (good)
        printf("%-9s length %3d: %7.1f k tokens/s (%7.1f of the processors), %6.1f GFLOP/s "
               "(%6.1f), %2.0f %% of the peak (%2.0f %%); an epoch %5.2f s (%5.2f)\n",
               loss, length, 1e-3 * m.rows / m.wall, 1e-3 * m.rows / m.processor * threads,
               1e-9 * m.operations / m.wall, 1e-9 * m.operations / m.processor * threads,
               1e-7 * m.operations / m.wall / (peak * threads),
               1e-7 * m.operations / m.processor / peak, epoch * m.wall,
               epoch * m.processor / threads);
    fflush(stdout);
    trainer_fini(&trainer);
    return good;
}

int main(int argc, char **argv)
{
    const int32_t steps = argc > 1 ? atoi(argv[1]) : 20;
    const char *folder = getenv("AISLE_DATA");
    char path[4096];
    struct sequences sequences;
    double own;

    snprintf(path, sizeof path, "%s/ml-1m/ml-1m.txt", folder ? folder : ".");
    FILE *file = fopen(argc > 2 ? argv[2] : path, "r");
    const struct dataset *dataset = build(file);
    if (file) fclose(file);
    if (steps < 1 || !dataset || !sequences_init(&sequences, dataset, NULL)) return 1;
    openblas_set_num_threads(1);
    const double blas = sgemm_peak(&own), peak = fmax(blas, own);
    printf("%s: %d users, %d items, %lld events; %d threads; kernels %s\n",
           file ? "file" : "made up", dataset->n_users, dataset->n_items,
           (long long)dataset->n_events, parallel_threads(), float_kernels()->name);
    printf("sgemm of one thread: OpenBLAS (%s) %.0f GFLOP/s, own kernel %.0f\n",
           openblas_get_corename(), blas, own);
    printf("d 64, 2 blocks, 1 head, batch 128; in brackets: by processor time, as if nobody else "
           "used it\n");
    bool good = true;
    const char *const losses[] = { "softmax", "sampled", "pairwise" };
    for (int l = 0; l < 3 && argc <= 4; l++) {
        good = bench(dataset, &sequences, losses[l], 50, steps, peak) && good;
        good = bench(dataset, &sequences, losses[l], 200, steps, peak) && good;
    }
    if (argc > 4) good = bench(dataset, &sequences, argv[3], atoi(argv[4]), steps, peak);
    sequences_fini(&sequences);
    dataset_release(dataset);
    return good ? 0 : 1;
}

/* bench_decoder - tokens a second of the generator, prompt and generation apart, and the logits.
 *
 *     bench_decoder [FILE.gguf [PROMPT-TOKENS [GENERATED-TOKENS [THREADS]]]]
 *
 * Without a file the one that 'aisle language' uses; where there is none it says so. With
 * AISLE_LOGITS=FILE the logits after "The cup is on the table." are written there as floats, for
 * tests/language/decoder_reference.py. */
#include "aisle/language.h"
#include "aisle/parallel.h"
#include "clock.h"
#include "language/generator.h"

#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY = 2048 };

static int32_t best_of(const float *logits, int32_t n)
{
    int32_t best = 0;
    for (int32_t i = 1; i < n; i++)
        if (logits[i] > logits[best]) best = i;
    return best;
}

static bool write_logits(const struct generator *generator, const char *path)
{
    struct token_list list = { 0 };
    struct error error = { 0 };
    const int32_t n = generator_shape(generator)->n_tokens;
    struct generator_session *session = generator_session_new(generator, 64, 1, &error);
    float *logits = malloc((size_t)n * sizeof *logits);
    FILE *file = fopen(path, "wb");
    bool good = session && logits && file &&
                bpe_encode(generator_tokenizer(generator), slice_of("The cup is on the table."),
                           false, &list, &error) &&
                generator_feed(session, list.ids, list.n, NULL, NULL, &error);
    if (good) {
        generator_logits(session, NULL, n, logits);
        good = fwrite(logits, sizeof *logits, (size_t)n, file) == (size_t)n;
    }
    if (file) fclose(file);
    free(logits);
    token_list_fini(&list);
    generator_session_free(session);
    return good;
}

/* The same prompt and the same number of tokens after it as often as wanted: the best counts. */
static void measure(struct generator_session *session, const struct generator *generator,
                    int32_t prompt, int32_t generated, int threads)
{
    const int32_t n = generator_shape(generator)->n_tokens;
    int32_t *ids = malloc((size_t)prompt * sizeof *ids);
    float *logits = malloc((size_t)n * sizeof *logits);
    double fed = 1e9, said = 1e9;
    for (int32_t i = 0; ids && i < prompt; i++)
        ids[i] = (int32_t)((int64_t)(i + 1) * 7919 % n);
    for (int turn = 0; turn < 3 && ids && logits; turn++) {
        struct error error = { 0 };
        generator_session_rewind(session, 0);
        double begin = seconds(CLOCK_MONOTONIC);
        if (!generator_feed(session, ids, prompt, NULL, NULL, &error)) puts(error.text);
        fed = seconds(CLOCK_MONOTONIC) - begin < fed ? seconds(CLOCK_MONOTONIC) - begin : fed;
        begin = seconds(CLOCK_MONOTONIC);
        for (int32_t i = 0; i < generated; i++) {
            generator_logits(session, NULL, n, logits);
            const int32_t next = best_of(logits, n);
            generator_feed(session, &next, 1, NULL, NULL, NULL);
        }
        said = seconds(CLOCK_MONOTONIC) - begin < said ? seconds(CLOCK_MONOTONIC) - begin : said;
    }
    printf("generator, %d threads: prompt of %d %.1f tokens/s, generation of %d %.1f tokens/s\n",
           threads, (int)prompt, prompt / fed, (int)generated, generated / said);
    free(ids);
    free(logits);
}

int main(int argc, char **argv)
{
    struct error error = { 0 };
    struct language_model model = { 0 };
    bool found = argc > 1;
    if (argc <= 1 && (!language_choose(LANGUAGE_DECODER, NULL, &model, &found, &error) || !found)) {
        puts("decoder: no generator was set up (sh share/setup language)");
        return 0;
    }
    struct generator *generator = generator_open(argc > 1 ? argv[1] : model.weights, &error);
    language_model_fini(&model);
    if (!generator) {
        fprintf(stderr, "bench_decoder: %s\n", error.text);
        return 1;
    }
    const int32_t prompt = argc > 2 ? atoi(argv[2]) : 256,
                  generated = argc > 3 ? atoi(argv[3]) : 64;
    const int threads = argc > 4 ? atoi(argv[4]) : parallel_threads();
    const char *logits = getenv("AISLE_LOGITS");
    struct generator_session *session = generator_session_new(generator, CAPACITY, threads, &error);
    const bool good = session && prompt > 0 && generated > 0 && prompt + generated <= CAPACITY &&
                      (!logits || write_logits(generator, logits));
    if (good && !logits) measure(session, generator, prompt, generated, threads);
    generator_session_free(session);
    generator_close(generator);
    return good ? 0 : 1;
}

/* bench_encoder.c - texts to vectors: texts and tokens a second of the encoder that was set up.
 *
 *     bench_encoder [WEIGHTS [FILE]]
 *
 * WEIGHTS as for encoder_open(), by default the encoder that `aisle language` lists first; FILE has
 * a text a line, by default texts are drawn from the words of this file. Prints by the clock and by
 * processor time. Where there is PyTorch, tests/bench/peers_encoder.py runs the same tokens through
 * the same weights behind it, and what is printed last is how many times faster this one is, and
 * the cosine of the two farthest vectors.
 */
#include "clock.h"
#include "language/encoder_private.h"

#include "aisle/encoder.h"
#include "aisle/language.h"
#include "aisle/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 512, QUESTIONS = 20 };

static const char *const words[] = { "a",      "red",    "cotton", "shirt", "with",   "long",
                                     "tea",    "garden", "sleeve", "for",   "summer", "children",
                                     "wood",   "lamp",   "black",  "steel", "and",    "kitchen",
                                     "pocket", "soft",   "winter", "bag",   "the",    "small" };

static char *random_text(struct rng *rng)
{
    char *text = calloc(1, 512);
    const uint32_t n = 3 + rng_below(rng, 30);
    for (uint32_t i = 0; text && i < n; i++) {
        strcat(text, i ? " " : "");
        strcat(text, words[rng_below(rng, sizeof words / sizeof *words)]);
    }
    return text;
}

static size_t read_texts(const char *path, const char *texts[N])
{
    struct rng rng;
    size_t n = 0, capacity = 0;
    char *line = NULL;
    FILE *file = path ? fopen(path, "r") : NULL;

    rng_init(&rng, 5);
    while (n < N) {
        if (!file) {
            texts[n++] = random_text(&rng);
            continue;
        }
        const ssize_t length = getline(&line, &capacity, file);
        if (length <= 0) break;
        line[strcspn(line, "\r\n")] = '\0';
        texts[n++] = strdup(line);
    }
    free(line);
    if (file) fclose(file);
    return n;
}

/* Tokens of all texts, and a line of them for each into `out`. */
static int64_t write_tokens(const struct encoder *encoder, const char *const *texts, size_t n,
                            FILE *out)
{
    int64_t tokens = 0;
    for (size_t i = 0; i < n; i++) {
        struct token_list list = { 0 };
        const int32_t max = encoder_max_tokens(encoder) - 2;
        tokenizer_encode(encoder->tokenizer, slice_of(texts[i]), max, &list, NULL);
        if (list.n > max) list.n = max;
        tokens += list.n + 2;
        fprintf(out, "%d", tokenizer_first(encoder->tokenizer));
        for (int32_t j = 0; j < list.n; j++)
            fprintf(out, " %d", list.ids[j]);
        fprintf(out, " %d\n", tokenizer_last(encoder->tokenizer));
        token_list_fini(&list);
    }
    return tokens;
}

static void against_pytorch(const char *weights, const char *tokens, const char *vectors,
                            double rate, double processor_rate)
{
    char command[4096], line[256];
    double theirs, theirs_processor, cosine;
    const char *source = getenv("AISLE_SOURCE");

    if (strchr(weights, '\'') || !strstr(weights, "model.safetensors")) return;
    fflush(stdout);
    snprintf(command, sizeof command, "python3 '%s/tests/bench/peers_encoder.py' '%s' '%s' '%s'",
             source ? source : ".", weights, tokens, vectors);
    FILE *peer = popen(command, "r");
    while (peer && fgets(line, sizeof line, peer)) {
        fputs(line, stdout);
        if (sscanf(line, "PyTorch: %lf tokens/s, %lf by processor time, cosine %lf", &theirs,
                   &theirs_processor, &cosine) == 3)
            printf("ratio to PyTorch: %.2f, %.2f by processor time\n", rate / theirs,
                   processor_rate / theirs_processor);
    }
    if (peer) pclose(peer);
}

static void run(const struct encoder *encoder, const char *weights, const char *const *texts,
                size_t n)
{
    char tokens_path[] = "/tmp/bench-encoder-XXXXXX", vectors_path[] = "/tmp/bench-encoder-XXXXXX";
    const int tokens_file = mkstemp(tokens_path), vectors_file = mkstemp(vectors_path);
    FILE *tokens_out = fdopen(tokens_file, "w"), *vectors_out = fdopen(vectors_file, "w");
    float *vectors = malloc(n * (size_t)encoder_dimension(encoder) * sizeof *vectors);
    double question[QUESTIONS];
    struct error error = { 0 };

    if (!tokens_out || !vectors_out || !vectors) exit(1);
    const int64_t tokens = write_tokens(encoder, texts, n, tokens_out);
    fclose(tokens_out);
    for (int round = 0; round < 2; round++) { /* the first one warms up */
        const double clock = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        if (!encoder_encode(encoder, ENCODER_PASSAGE, texts, n, vectors, NULL, &error)) {
            printf("%s\n", error.text);
            exit(1);
        }
        const double took = seconds(CLOCK_MONOTONIC) - clock;
        const double busy = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        if (round == 0) continue;
        printf("%s: %.0f texts/s, %.0f tokens/s, %.0f tokens/s of one processor\n",
               encoder_name(encoder), (double)n / took, (double)tokens / took,
               (double)tokens / busy);
        fwrite(vectors, sizeof *vectors, n * (size_t)encoder_dimension(encoder), vectors_out);
        fclose(vectors_out);
        against_pytorch(weights, tokens_path, vectors_path, (double)tokens / took,
                        (double)tokens / busy);
    }
    for (int i = 0; i < QUESTIONS; i++) {
        const double clock = seconds(CLOCK_MONOTONIC);
        encoder_encode(encoder, ENCODER_QUERY, &texts[(size_t)i % n], 1, vectors, NULL, NULL);
        question[i] = seconds(CLOCK_MONOTONIC) - clock;
    }
    qsort(question, QUESTIONS, sizeof *question, ascending);
    printf("one question: %.1f ms (median of %d)\n", 1e3 * question[QUESTIONS / 2], QUESTIONS);
    free(vectors);
    unlink(tokens_path);
    unlink(vectors_path);
}

int main(int argc, char **argv)
{
    const char *texts[N];
    struct language_model model = { 0 };
    struct error error = { 0 };
    bool found = false;

    if (argc < 2 && !language_choose(LANGUAGE_ENCODER, NULL, &model, &found, &error)) found = false;
    if (argc < 2 && !found) {
        printf("skipped: no encoder was set up (sh share/setup language gets one)\n");
        return 0;
    }
    const char *weights = argc > 1 ? argv[1] : model.weights;
    const double clock = seconds(CLOCK_MONOTONIC);
    struct encoder *encoder = encoder_open(weights, &error);
    if (!encoder) {
        printf("%s\n", error.text);
        return 1;
    }
    printf("opened in %.0f ms, takes %.1f MB beside the mapped file\n",
           1e3 * (seconds(CLOCK_MONOTONIC) - clock), (double)encoder_memory(encoder) / 1e6);
    const size_t n = read_texts(argc > 2 ? argv[2] : NULL, texts);
    if (n > 0) run(encoder, weights, texts, n);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)texts[i]);
    encoder_close(encoder);
    if (found) language_model_fini(&model);
    return 0;
}

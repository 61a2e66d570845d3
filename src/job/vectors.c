/* vectors.c - encoding a catalogue: what is new or changed, for one encoder at a time. */
#include "vectors.h"

#include "data/vocabulary_private.h"

#include "aisle/rng.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENCODERS = 2, ROLE_BANDS = 8, NOISE_TEXTS = 48, SAMPLE_TEXTS = 64, CHUNK = 256 };

/* ------------------------------------------------------------------------------- the shelf */

struct shelved {
    char path[LANGUAGE_PATH_SIZE];
    struct encoder *encoder;
    struct item_vectors *vectors; /* NULL = not read yet */
    int64_t run;
};

struct vector_shelf {
    pthread_mutex_t mutex;
    struct shelved shelved[ENCODERS];
};

struct vector_shelf *vector_shelf_new(struct error *error)
{
    struct vector_shelf *cache = calloc(1, sizeof *cache);

    if (!cache) {
        error_memory(error, "the encoders");
        return NULL;
    }
    pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

void vector_shelf_free(struct vector_shelf *cache)
{
    if (!cache) return;
    for (int e = 0; e < ENCODERS; e++) {
        encoder_close(cache->shelved[e].encoder);
        item_vectors_release(cache->shelved[e].vectors);
    }
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

/* ---------------------------------------------------------------------------- which encoders */

static bool reads_many(const struct language_model *model)
{
    return strcmp(model->architecture, "bert") != 0 || strstr(model->name, "multilingual") ||
           strstr(model->path, "multilingual");
}

bool vector_encoders_find(struct vector_encoders *encoders, struct error *error)
{
    struct language_list list = { 0 };

    *encoders = (struct vector_encoders){ 0 };
    if (!language_list_read(&list, error)) return false;
    for (int32_t m = 0; m < list.n; m++) {
        struct language_model *model = &list.models[m];
        const int many = reads_many(model);
        if (model->kind != LANGUAGE_ENCODER || language_state(model) != LANGUAGE_READY ||
            encoders->there[many])
            continue;
        encoders->there[many] = true;
        encoders->model[many] = *model;
        model->license = NULL; /* ours now */
    }
    language_list_fini(&list);
    return true;
}

void vector_encoders_fini(struct vector_encoders *encoders)
{
    for (int e = 0; e < ENCODERS; e++)
        free(encoders->model[e].license);
    *encoders = (struct vector_encoders){ 0 };
}

bool vector_encoders_any(void)
{
    struct vector_encoders encoders;
    const bool any =
        vector_encoders_find(&encoders, NULL) && (encoders.there[0] || encoders.there[1]);

    vector_encoders_fini(&encoders);
    return any;
}

/* ------------------------------------------------------------------------------------- noise */

/* Letters without a meaning: half of them at random, half in syllables that could be a word. */
static void make_noise(struct rng *rng, int number, char out[16])
{
    static const char consonants[] = "bcdfghjklmnpqrstvwxz", vowels[] = "aeiou";
    const int letters = 5 + (int)rng_below(rng, 7);

    for (int i = 0; i < letters; i++) {
        if (number % 2 == 0)
            out[i] = (char)('a' + (char)rng_below(rng, 26));
        else if (i % 3 == 1)
            out[i] = vowels[rng_below(rng, 5)];
        else
            out[i] = consonants[rng_below(rng, 20)];
    }
    out[letters] = '\0';
}

static double dot(const float *a, const float *b, int32_t n)
{
    double sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Mean and deviation of the cosines of n vectors with the direction of noise. */
static void measure(const struct item_vectors *vectors, const float *rows, int32_t n, double *mean,
                    double *deviation)
{
    double sum = 0, square = 0;

    for (int32_t r = 0; r < n; r++) {
        const double cosine =
            dot(rows + (size_t)r * (size_t)vectors->dimension, vectors->noise, vectors->dimension);
        sum += cosine;
        square += cosine * cosine;
    }
    *mean = n > 0 ? sum / n : 0;
    *deviation = n > 0 ? sqrt(fmax(square / n - *mean * *mean, 1e-8)) : 1;
}

/* The direction of noise, and how near to it nothing is a question any more: as many deviations
 * from the noise as from the catalogue's own titles, read as questions. */
static bool learn_noise(struct item_vectors *vectors, const struct encoder *encoder,
                        const struct dataset *dataset, struct progress *progress,
                        struct error *error)
{
    const int32_t n = dataset->n_items < SAMPLE_TEXTS ? dataset->n_items : SAMPLE_TEXTS;
    const int32_t dimension = vectors->dimension;
    float *rows = malloc(((size_t)NOISE_TEXTS + SAMPLE_TEXTS) * (size_t)dimension * sizeof *rows);
    char words[NOISE_TEXTS][16];
    const char *texts[NOISE_TEXTS + SAMPLE_TEXTS];
    struct text titles[SAMPLE_TEXTS] = { { 0 } };
    struct rng rng;
    double mean, deviation, ours, spread;

    rng_init(&rng, 20);
    for (int i = 0; i < NOISE_TEXTS; i++) {
        make_noise(&rng, i, words[i]);
        texts[i] = words[i];
    }
    for (int32_t i = 0; i < n; i++) {
        const struct slice title =
            names_get(&dataset->item_titles, (int32_t)((int64_t)i * dataset->n_items / n));
        text_add(&titles[i], title.bytes, strnlen(title.bytes, title.length));
        texts[NOISE_TEXTS + i] = titles[i].bytes ? titles[i].bytes : "";
    }
    bool good = rows ? encoder_encode(encoder, ENCODER_QUERY, texts, (size_t)(NOISE_TEXTS + n),
                                      rows, progress, error)
                     : error_memory(error, "vectors");
    for (int32_t d = 0; good && d < dimension; d++) {
        double sum = 0;
        for (int i = 0; i < NOISE_TEXTS; i++)
            sum += (double)rows[(size_t)i * (size_t)dimension + (size_t)d];
        vectors->noise[d] = (float)sum;
    }
    if (good) {
        const double length = sqrt(dot(vectors->noise, vectors->noise, dimension));
        for (int32_t d = 0; d < dimension; d++)
            vectors->noise[d] = (float)((double)vectors->noise[d] / fmax(length, 1e-9));
        measure(vectors, rows, NOISE_TEXTS, &mean, &deviation);
        measure(vectors, rows + (size_t)NOISE_TEXTS * (size_t)dimension, n, &ours, &spread);
        vectors->noise_limit = (mean / deviation + ours / spread) / (1 / deviation + 1 / spread);
    }
    for (int32_t i = 0; i < n; i++)
        text_fini(&titles[i]);
    free(rows);
    return good;
}

/* ---------------------------------------------------------------------------------- encoding */

/* Texts in rows of a table: what an older table has already, and what is left to encode. */
struct filling {
    struct vector_table *table;
    const struct vector_table *older; /* by the same encoder; NULL = none */
    int32_t *older_row;               /* (older->n) ascending by checksum */
    int32_t dimension, encoded;
    int32_t *row; /* (CHUNK) of the texts that wait */
    struct text *text;
    int32_t n;
};

static int compare_rows(const void *a, const void *b)
{
    const uint64_t one = ((const uint64_t *)a)[0], other = ((const uint64_t *)b)[0];
    return (one > other) - (one < other);
}

static bool flush(struct filling *filling, const struct encoder *encoder, struct progress *progress,
                  struct error *error)
{
    const char *texts[CHUNK];
    const size_t dimension = (size_t)filling->dimension;
    float *rows = malloc((size_t)CHUNK * dimension * sizeof *rows);

    if (!rows) return error_memory(error, "vectors");
    for (int32_t i = 0; i < filling->n; i++)
        texts[i] = filling->text[i].bytes ? filling->text[i].bytes : "";
    const bool good =
        encoder_encode(encoder, ENCODER_PASSAGE, texts, (size_t)filling->n, rows, progress, error);
    for (int32_t i = 0; good && i < filling->n; i++)
        for (size_t d = 0; d < dimension; d++)
            filling->table->half[(size_t)filling->row[i] * dimension + d] =
                half_of_float(rows[(size_t)i * dimension + d]);
    filling->encoded += filling->n;
    filling->n = 0;
    free(rows);
    return good;
}

static int32_t find_older(const struct filling *filling, uint64_t checksum,
                          const uint64_t (*sorted)[2])
{
    const uint64_t key[2] = { checksum, 0 };
    const uint64_t(*found)[2] =
        filling->older && filling->older->n > 0
            ? bsearch(key, sorted, (size_t)filling->older->n, sizeof *sorted, compare_rows)
            : NULL;
    return found ? (int32_t)(*found)[1] : -1;
}

/* Fills the rows of the table, whose checksums stand there; text_of appends the text of a row. */
static bool fill(struct filling *filling, const struct encoder *encoder,
                 void (*text_of)(const void *context, int32_t row, struct text *out),
                 const void *context, struct progress *progress, struct error *error)
{
    const size_t dimension = (size_t)filling->dimension;
    const int32_t n_older = filling->older ? filling->older->n : 0;
    uint64_t(*sorted)[2] = malloc(((size_t)n_older + 1) * sizeof *sorted);
    struct text waiting[CHUNK] = { { 0 } };
    int32_t rows[CHUNK];
    bool good = sorted != NULL || error_memory(error, "vectors");

    filling->text = waiting;
    filling->row = rows;
    for (int32_t r = 0; good && r < n_older; r++) {
        sorted[r][0] = filling->older->checksum[r];
        sorted[r][1] = (uint64_t)r;
    }
    if (good && n_older > 1) qsort(sorted, (size_t)n_older, sizeof *sorted, compare_rows);
    for (int32_t r = 0; good && r < filling->table->n; r++) {
        const int32_t older =
            find_older(filling, filling->table->checksum[r], (const uint64_t(*)[2])sorted);
        if (older >= 0) {
            memcpy(filling->table->half + (size_t)r * dimension,
                   filling->older->half + (size_t)older * dimension,
                   dimension * sizeof *filling->table->half);
            progress_add(progress, 1);
            continue;
        }
        struct text *text = &waiting[filling->n];
        text_clear(text);
        text_of(context, r, text);
        if (text->failed) good = error_memory(error, "vectors");
        rows[filling->n++] = r;
        if (good && filling->n == CHUNK) good = flush(filling, encoder, progress, error);
    }
    if (good && filling->n > 0) good = flush(filling, encoder, progress, error);
    for (int i = 0; i < CHUNK; i++)
        text_fini(&waiting[i]);
    free(sorted);
    filling->text = NULL;
    filling->row = NULL;
    return good;
}

struct catalogue {
    const struct dataset *dataset;
    const uint8_t *role;
    const int32_t *value; /* (values of the table) */
};

static void text_of_item(const void *context, int32_t row, struct text *out)
{
    const struct catalogue *catalogue = context;
    item_text(catalogue->dataset, catalogue->role, row, out);
}

static void text_of_value(const void *context, int32_t row, struct text *out)
{
    const struct catalogue *catalogue = context;
    const struct slice value =
        names_get(&catalogue->dataset->item_attributes.values, catalogue->value[row]);
    text_add(out, value.bytes, strnlen(value.bytes, value.length));
}

static bool fill_items(struct item_vectors *vectors, const struct item_vectors *older,
                       const struct encoder *encoder, const struct catalogue *catalogue,
                       int32_t *encoded, struct progress *progress, struct error *error)
{
    struct filling filling = { .table = &vectors->items,
                               .older = older ? &older->items : NULL,
                               .dimension = vectors->dimension };
    struct text text = { 0 };
    const int32_t n = catalogue->dataset->n_items;

    if (!vector_table_init(&vectors->items, n, vectors->dimension, error)) return false;
    for (int32_t i = 0; i < n; i++) {
        text_clear(&text);
        item_text(catalogue->dataset, catalogue->role, i, &text);
        vectors->items.checksum[i] = text_checksum((struct slice){ text.bytes, text.length });
    }
    const bool failed = text.failed;
    text_fini(&text);
    if (failed) return error_memory(error, "vectors");
    progress_begin(progress, "encoding", n);
    const bool good = fill(&filling, encoder, text_of_item, catalogue, progress, error);
    *encoded = filling.encoded;
    return good;
}

/* Distinct texts of values that have a meaning, by checksum. */
static bool fill_values(struct item_vectors *vectors, const struct item_vectors *older,
                        const struct encoder *encoder, struct catalogue *catalogue,
                        struct progress *progress, struct error *error)
{
    const struct attributes *known = &catalogue->dataset->item_attributes;
    struct filling filling = { .older = older ? &older->values : NULL,
                               .dimension = vectors->dimension };
    uint64_t(*found)[2] = malloc(((size_t)known->values.n + 1) * sizeof *found);
    int32_t *value = malloc(((size_t)known->values.n + 1) * sizeof *value);
    size_t n = 0;
    int32_t kept = 0;
    bool good = found && value;

    if (!good) error_memory(error, "vectors");
    for (int32_t v = 0; good && v < known->values.n; v++) {
        if (!attribute_has_meaning(catalogue->dataset, catalogue->role, known->value_name[v]))
            continue;
        found[n][0] = text_checksum(names_get(&known->values, v));
        found[n++][1] = (uint64_t)v;
    }
    if (n > 1) qsort(found, n, sizeof *found, compare_rows);
    good = good && vector_table_init(&vectors->values, (int32_t)n, vectors->dimension, error);
    for (size_t i = 0; good && i < n; i++) {
        if (i > 0 && found[i][0] == found[i - 1][0]) continue;
        vectors->values.checksum[kept] = found[i][0];
        value[kept++] = (int32_t)found[i][1];
    }
    if (good) {
        vectors->values.n = kept;
        catalogue->value = value;
        filling.table = &vectors->values;
        good = fill(&filling, encoder, text_of_value, catalogue, progress, error);
    }
    catalogue->value = NULL;
    free(found);
    free(value);
    return good;
}

static struct item_vectors *encode_catalogue(const struct encoder *encoder,
                                             const struct item_vectors *older,
                                             struct catalogue *catalogue, int32_t *encoded,
                                             struct progress *progress, struct error *error)
{
    struct item_vectors *vectors = calloc(1, sizeof *vectors);

    if (vectors) {
        atomic_init(&vectors->references, 1);
        snprintf(vectors->encoder, sizeof vectors->encoder, "%s", encoder_name(encoder));
        vectors->checksum = encoder_checksum(encoder);
        vectors->dimension = encoder_dimension(encoder);
        vectors->noise = calloc((size_t)vectors->dimension, sizeof *vectors->noise);
    }
    if (!vectors || !vectors->noise)
        error_memory(error, "vectors");
    else if (fill_items(vectors, older, encoder, catalogue, encoded, progress, error) &&
             fill_values(vectors, older, encoder, catalogue, progress, error) &&
             learn_noise(vectors, encoder, catalogue->dataset, progress, error))
        return vectors;
    item_vectors_release(vectors);
    return NULL;
}

/* ----------------------------------------------------------------------------------- keeping */

/* Kinds of runs are letters: a digit of the checksum is one of sixteen. */
static void name_kind(const struct encoder *encoder, char kind[24])
{
    const uint64_t checksum = encoder_checksum(encoder);
    size_t length = strlen(strcpy(kind, "vectors-"));

    for (int digit = 0; digit < 8; digit++)
        kind[length++] = (char)('a' + (int)(checksum >> (4 * digit) & 15));
    kind[length] = '\0';
}

static bool vectors_body(void *context, struct byte_writer *writer)
{
    item_vectors_save(context, writer);
    return !writer->failed;
}

static bool keep_vectors(struct engine *engine, const struct encoder *encoder,
                         struct item_vectors *vectors, const struct dataset *dataset,
                         double seconds, int64_t replaced, struct run *run, struct error *error)
{
    *run = (struct run){ .started = (int64_t)time(NULL),
                         .seconds = seconds,
                         .events_seen = dataset->events_seen,
                         .n_users = dataset->n_users,
                         .n_items = dataset->n_items,
                         .fingerprint = dataset_identify(dataset),
                         .parameters = "{}",
                         .metrics = "{}",
                         .facts = "{}" };
    name_kind(encoder, run->kind);
    struct writer *writer = writer_begin(engine_workspace(engine), error);
    if (!writer) return false;
    if (run_save(writer, run, vectors_body, vectors, error) &&
        run_activate(writer, run->id, error) &&
        (replaced == 0 || run_delete(writer, replaced, error)))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

static struct item_vectors *read_vectors(struct reader *reader, const struct encoder *encoder,
                                         int64_t *run_id)
{
    char kind[24];
    struct run run;
    struct byte_reader bytes;
    struct item_vectors *vectors = NULL;

    name_kind(encoder, kind);
    *run_id = 0;
    if (!run_active(reader, kind, &run, NULL) || run.id == 0) return NULL;
    struct run_stream *stream = run_stream_open(reader, run.id, NULL);
    if (!stream) return NULL;
    bytes_read_open(&bytes, run_stream_get, stream, NULL);
    vectors = item_vectors_load(&bytes, NULL);
    if (vectors && (!bytes_read_close(&bytes) || vectors->checksum != encoder_checksum(encoder) ||
                    vectors->dimension != encoder_dimension(encoder))) {
        item_vectors_release(vectors);
        vectors = NULL;
    }
    run_stream_close(stream);
    *run_id = run.id;
    return vectors;
}

/* Items whose text is not the one that was encoded. */
static int32_t count_stale(const struct item_vectors *vectors, const struct dataset *dataset,
                           const uint8_t *role)
{
    struct text text = { 0 };
    int32_t stale = 0;

    for (int32_t i = 0; i < dataset->n_items; i++) {
        text_clear(&text);
        item_text(dataset, role, i, &text);
        stale +=
            i >= vectors->items.n ||
            vectors->items.checksum[i] != text_checksum((struct slice){ text.bytes, text.length });
    }
    text_fini(&text);
    return stale;
}

/* ----------------------------------------------------------------------------------- serving */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* An opened encoder with what the workspace has of it; under the shelf's lock. */
static struct shelved *open_shelved(struct vector_shelf *cache, int which,
                                    const struct language_model *model, struct reader *reader,
                                    struct error *error)
{
    struct shelved *shelved = &cache->shelved[which];

    if (!shelved->encoder) {
        shelved->encoder = encoder_open(model->path, error);
        if (!shelved->encoder) return NULL;
        snprintf(shelved->path, sizeof shelved->path, "%s", model->path);
    }
    if (!shelved->vectors) shelved->vectors = read_vectors(reader, shelved->encoder, &shelved->run);
    return shelved;
}

/* Encodes what is missing; keeps it where that can be. Under the shelf's lock. */
static bool renew(struct engine *engine, struct shelved *shelved, struct catalogue *catalogue,
                  bool must_keep, int32_t *encoded, struct progress *progress, struct error *error)
{
    struct run run;
    struct error problem = { 0 };
    const double from = seconds_now();
    struct item_vectors *vectors =
        encode_catalogue(shelved->encoder, shelved->vectors, catalogue, encoded, progress, error);

    if (!vectors) return false;
    const bool kept = keep_vectors(engine, shelved->encoder, vectors, catalogue->dataset,
                                   seconds_now() - from, shelved->run, &run, &problem);
    if (kept) shelved->run = run.id;
    if (!kept && must_keep) {
        item_vectors_release(vectors);
        if (error) *error = problem;
        return false;
    }
    item_vectors_release(shelved->vectors);
    shelved->vectors = vectors;
    return true;
}

static bool serve_locked(struct engine *engine, struct vector_shelf *cache, struct reader *reader,
                         struct catalogue *catalogue, const struct vector_encoders *encoders,
                         int which, struct vector_serving *serving, struct progress *progress,
                         struct error *error)
{
    int32_t encoded;
    struct shelved *shelved = open_shelved(cache, which, &encoders->model[which], reader, error);

    if (!shelved) return false;
    if (!shelved->vectors) {
        if (!renew(engine, shelved, catalogue, false, &encoded, progress, error)) return false;
        serving->made = true;
    }
    serving->encoder = shelved->encoder;
    serving->reads_many = which == 1;
    serving->vectors = item_vectors_retain(shelved->vectors);
    serving->stale = count_stale(shelved->vectors, catalogue->dataset, catalogue->role);
    return true;
}

bool vectors_serve(struct engine *engine, struct reader *reader, const struct dataset *dataset,
                   const uint8_t *role, bool many, struct vector_serving *serving,
                   struct progress *progress, struct error *error)
{
    struct vector_encoders encoders;
    struct catalogue catalogue = { .dataset = dataset, .role = role };
    struct vector_shelf *cache = engine_vectors(engine);
    bool good = true;

    *serving = (struct vector_serving){ 0 };
    if (!vector_encoders_find(&encoders, error)) return false;
    pthread_mutex_lock(&cache->mutex);
    for (int turn = 0; turn < ENCODERS && !serving->encoder && dataset->n_items > 0; turn++) {
        const int which = turn == 0 ? many : !many;
        struct error problem = { 0 };
        if (!encoders.there[which]) continue;
        good = serve_locked(engine, cache, reader, &catalogue, &encoders, which, serving, progress,
                            &problem);
        if (good) break;
        if (error) *error = problem;
        if (problem.code == ERROR_CANCELLED || problem.code == ERROR_MEMORY) break;
    }
    pthread_mutex_unlock(&cache->mutex);
    vector_encoders_fini(&encoders);
    return good;
}

void vector_serving_fini(struct vector_serving *serving)
{
    item_vectors_release(serving->vectors);
    *serving = (struct vector_serving){ 0 };
}

static bool train_one(struct engine *engine, struct reader *reader, struct catalogue *catalogue,
                      const struct language_model *model, int which, int32_t *items,
                      struct progress *progress, struct error *error)
{
    struct vector_shelf *cache = engine_vectors(engine);
    int32_t encoded = 0;
    bool good = true;

    pthread_mutex_lock(&cache->mutex);
    struct shelved *shelved = open_shelved(cache, which, model, reader, error);
    if (!shelved)
        good = false;
    else if (!shelved->vectors || shelved->vectors->items.n != catalogue->dataset->n_items ||
             count_stale(shelved->vectors, catalogue->dataset, catalogue->role) > 0)
        good = renew(engine, shelved, catalogue, true, &encoded, progress, error);
    pthread_mutex_unlock(&cache->mutex);
    *items += encoded;
    return good;
}

/* By each encoder that can be run: one that cannot is no reason to go without the other. */
static bool train_all(struct engine *engine, struct reader *reader, struct catalogue *catalogue,
                      const struct vector_encoders *encoders, int32_t *items,
                      struct progress *progress, struct error *error)
{
    bool any = false, all = true;

    for (int e = 0; e < ENCODERS && catalogue->dataset->n_items > 0; e++) {
        if (!encoders->there[e]) continue;
        struct error problem = { 0 };
        if (train_one(engine, reader, catalogue, &encoders->model[e], e, items, progress,
                      &problem)) {
            any = true;
            continue;
        }
        all = false;
        if (error) *error = problem;
        if (problem.code == ERROR_CANCELLED) return false;
    }
    return any || all;
}

bool vectors_train(struct engine *engine, struct progress *progress, int32_t *items,
                   int32_t *n_encoders, struct error *error)
{
    struct vector_encoders encoders;
    struct reader *reader = reader_open(engine_workspace(engine), error);
    const struct dataset *dataset = NULL;
    uint8_t *role = NULL;
    bool good = reader && vector_encoders_find(&encoders, error);

    *items = *n_encoders = 0;
    if (!good) {
        reader_close(reader);
        return false;
    }
    *n_encoders = encoders.there[0] + encoders.there[1];
    if (*n_encoders > 0) {
        dataset = engine_dataset(engine, reader, progress, error);
        if (dataset) role = calloc((size_t)dataset->item_attributes.names.n + 1, sizeof *role);
        if (dataset && !role) error_memory(error, "vectors");
        good = role && attribute_roles(dataset, ROLE_BANDS, role, error);
        struct catalogue catalogue = { .dataset = dataset, .role = role };
        good = good && train_all(engine, reader, &catalogue, &encoders, items, progress, error);
    }
    vector_encoders_fini(&encoders);
    free(role);
    dataset_release(dataset);
    reader_close(reader);
    return good;
}

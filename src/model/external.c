/* external.c - lists of another engine: kept by user, best first. */
#include "aisle/external.h"

#include "external_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct parameter_info parameters[] = { { 0 } };

static int64_t memory(const struct dataset *dataset, const struct parameters *unused)
{
    (void)unused;
    return dataset->n_users * (int64_t)sizeof(int64_t);
}

static void release(struct model *model)
{
    struct external *external = (struct external *)model;

    sparse_fini(&external->lists);
    free(external->name);
    model_free(external);
}

/* The name and the lists are for the caller to fill. */
static struct external *make(const struct dataset *dataset, const struct parameters *values,
                             size_t length, int64_t entries, struct error *error)
{
    struct external *external = model_new(sizeof *external, &external_kind, dataset, values, error);

    if (!external) return NULL;
    external->name = calloc(1, length + 1);
    if (external->name &&
        sparse_init(&external->lists, dataset->n_users, dataset->n_items, entries, error))
        return external;
    if (!external->name) error_memory(error, "a model");
    release((struct model *)external);
    return NULL;
}

static struct model *train(const struct dataset *dataset, const struct parameters *values,
                           int threads, struct progress *progress, struct error *error)
{
    (void)dataset, (void)values, (void)threads, (void)progress;
    error_set(error, ERROR_USAGE,
              "external is another engine's: import its lists instead (--format lists)");
    return NULL;
}

/* ------------------------------------------------------------------------------- from the rows */

static int by_item(const void *left, const void *right)
{
    const struct external_row *a = left, *b = right;
    if (a->user != b->user) return a->user < b->user ? -1 : 1;
    if (a->item != b->item) return a->item < b->item ? -1 : 1;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static int by_rank(const void *left, const void *right)
{
    const struct external_row *a = left, *b = right;
    if (a->user != b->user) return a->user < b->user ? -1 : 1;
    if (a->rank < b->rank || a->rank > b->rank) return a->rank < b->rank ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

/* Each pair once. */
static int64_t without_twins(struct external_row *rows, int64_t n)
{
    int64_t kept = 0;

    qsort(rows, (size_t)n, sizeof *rows, by_item);
    for (int64_t i = 0; i < n; i++)
        if (kept == 0 || rows[kept - 1].user != rows[i].user || rows[kept - 1].item != rows[i].item)
            rows[kept++] = rows[i];
    return kept;
}

/* Whether a list made of the scores is in this order: equal scores go by item. */
static bool comes_before(const struct external_row *a, const struct external_row *b)
{
    if ((float)a->score > (float)b->score) return true;
    return !((float)a->score < (float)b->score) && a->item < b->item;
}

static bool scores_fall(const struct external_row *rows, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite((float)rows[i].score)) return false;
        if (i > 0 && rows[i].user == rows[i - 1].user && !comes_before(&rows[i - 1], &rows[i]))
            return false;
    }
    return true;
}

struct model *external_new(const struct dataset *dataset, struct slice name,
                           struct external_row *rows, int64_t n, struct error *error)
{
    struct parameters values;

    parameters_init(&values, parameters);
    n = without_twins(rows, n);
    qsort(rows, (size_t)n, sizeof *rows, by_rank);
    const bool given = scores_fall(rows, n);
    for (int64_t i = 0, place = 0; i < n; i++) {
        place = i > 0 && rows[i].user == rows[i - 1].user ? place + 1 : 1;
        if (!given) rows[i].score = 1 / (double)place;
    }
    struct external *external = make(dataset, &values, name.length, n, error);
    if (!external) return NULL;
    if (name.length > 0) memcpy(external->name, name.bytes, name.length);
    qsort(rows, (size_t)n, sizeof *rows, by_item); /* columns of a sparse matrix ascend */
    for (int64_t i = 0; i < n; i++) {
        external->lists.start[rows[i].user + 1]++;
        external->lists.column[i] = rows[i].item;
        external->lists.value[i] = (float)rows[i].score;
    }
    for (int32_t user = 0; user < dataset->n_users; user++)
        external->lists.start[user + 1] += external->lists.start[user];
    return (struct model *)external;
}

/* ------------------------------------------------------------------------------------- serving */

static bool score(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error)
{
    const struct sparse *lists = &((const struct external *)model)->lists;

    (void)error;
    for (int32_t i = 0; i < lists->n_columns; i++)
        scores[i] = -INFINITY;
    if (shopper->user < 0 || shopper->user >= lists->n_rows) return true;
    for (int64_t e = lists->start[shopper->user]; e < lists->start[shopper->user + 1]; e++)
        scores[lists->column[e]] = lists->value[e];
    return true;
}

static void facts(const struct model *model, struct text *json)
{
    const struct external *external = (const struct external *)model;
    struct text note = { 0 };

    text_format(&note, "lists of %s: ", external->name);
    text_format(&note, "%lld rows", (long long)sparse_entries(&external->lists));
    text_add_string(json, "{\"engine\":");
    text_add_json(json, external->name, strlen(external->name));
    text_add_string(json, ",\"note\":");
    text_add_json(json, note.bytes ? note.bytes : "", note.length);
    text_add_string(json, "}");
    text_fini(&note);
}

/* ------------------------------------------------------------------------------------- storing */

enum { NAME_LONGEST = 4096 };

static bool save(const struct model *model, struct byte_writer *writer)
{
    const struct external *external = (const struct external *)model;
    const struct sparse *lists = &external->lists;
    const size_t entries = (size_t)sparse_entries(lists), length = strlen(external->name);

    bytes_write_int32(writer, lists->n_rows);
    bytes_write_int32(writer, lists->n_columns);
    bytes_write_int32(writer, (int32_t)length);
    bytes_write_int64(writer, (int64_t)entries);
    bytes_write(writer, external->name, length);
    bytes_write(writer, lists->start, ((size_t)lists->n_rows + 1) * sizeof *lists->start);
    bytes_write(writer, lists->column, entries * sizeof *lists->column);
    bytes_write(writer, lists->value, entries * sizeof *lists->value);
    return !writer->failed;
}

/* Starts step forward to the end, columns ascend in each row, scores are numbers. */
static bool is_sound(const struct sparse *lists, int64_t entries)
{
    if (lists->start[0] != 0 || lists->start[lists->n_rows] != entries) return false;
    for (int32_t row = 0; row < lists->n_rows; row++) {
        if (lists->start[row + 1] < lists->start[row] || lists->start[row + 1] > entries)
            return false;
        for (int64_t e = lists->start[row]; e < lists->start[row + 1]; e++) {
            const int32_t before = e > lists->start[row] ? lists->column[e - 1] : -1;
            if (lists->column[e] <= before || lists->column[e] >= lists->n_columns ||
                !model_number_is_sound((double)lists->value[e]))
                return false;
        }
    }
    return true;
}

static struct model *load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error)
{
    const int32_t n_users = bytes_read_int32(reader), n_items = bytes_read_int32(reader);
    const int32_t length = bytes_read_int32(reader);
    const int64_t entries = bytes_read_int64(reader);
    struct external *external = NULL;

    if (!reader->failed && n_users == dataset->n_users && n_items == dataset->n_items &&
        length >= 0 && length <= NAME_LONGEST && entries >= 0 &&
        entries <= (int64_t)n_users * n_items) {
        external = make(dataset, values, (size_t)length, entries, error);
        if (!external) return NULL;
        struct sparse *lists = &external->lists;
        bytes_read(reader, external->name, (size_t)length);
        bytes_read(reader, lists->start, ((size_t)n_users + 1) * sizeof *lists->start);
        bytes_read(reader, lists->column, (size_t)entries * sizeof *lists->column);
        bytes_read(reader, lists->value, (size_t)entries * sizeof *lists->value);
        if (!reader->failed && is_sound(lists, entries)) return (struct model *)external;
        release((struct model *)external);
    }
    model_refuse(reader, error, "external");
    return NULL;
}

const struct model_kind external_kind = {
    .name = "external",
    .summary = "what another engine recommends",
    .parameters = parameters,
    .basis = BASIS_PERSONAL,
    .memory = memory,
    .train = train,
    .release = release,
    .score = score,
    .open = external_explain,
    .facts = facts,
    .save = save,
    .load = load,
};

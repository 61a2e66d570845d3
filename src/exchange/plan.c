/* plan.c - see plan.h. */
#include "exchange/plan.h"

#include "exchange/decode.h"
#include "exchange/delimited.h"
#include "exchange/input.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 100000, FOLDERS_MAX = 32, CHECKSUM_BLOCK = 256 * 1024 };

void plan_fini(struct plan *plan)
{
    for (int32_t i = 0; i < plan->n; i++) {
        free(plan->files[i].path);
        free(plan->files[i].shown);
        understood_fini(&plan->files[i].understood);
    }
    for (int32_t i = 0; i < plan->n_spools; i++)
        close(plan->spools[i]);
    free(plan->spools);
    free(plan->files);
    *plan = (struct plan){ 0 };
}

static struct planned *plan_add(struct plan *plan, const char *path, const char *member,
                                int32_t group, struct error *error)
{
    struct text shown = { 0 };
    struct planned *file;

    if (plan->n == FILES_MAX) {
        error_set(error, ERROR_INPUT, "%s: more than %d files", path, FILES_MAX);
        return NULL;
    }
    if (plan->n == plan->capacity) {
        int32_t capacity = plan->capacity ? plan->capacity * 2 : 16;
        struct planned *files = realloc(plan->files, (size_t)capacity * sizeof *files);

        if (!files) {
            error_memory(error, "the list of files");
            return NULL;
        }
        plan->files = files;
        plan->capacity = capacity;
    }
    text_add_visible(&shown, path, strlen(path));
    if (*member) {
        text_add(&shown, ":", 1);
        text_add_visible(&shown, member, strlen(member));
    }
    file = &plan->files[plan->n];
    *file = (struct planned){
        .path = strdup(path), .shown = shown.bytes, .group = group, .order = plan->n
    };
    if (!file->path || shown.failed || !shown.bytes) {
        free(file->path);
        text_fini(&shown);
        error_memory(error, "the list of files");
        return NULL;
    }
    plan->n++;
    return file;
}

/* A NUL byte here or there is one row's fault. */
static bool is_text(const struct sample *sample)
{
    size_t zeros = 0;

    for (size_t i = 0; i < sample->head.length; i++)
        zeros += sample->head.bytes[i] == '\0';
    return zeros * 16 <= sample->head.length;
}

/* A table of several columns whose first line is a row. */
static bool is_headerless(const struct sample *sample)
{
    struct slice *cell = calloc(COLUMNS_MAX, sizeof *cell);
    struct layout layout;
    const bool headerless =
        cell && layout_find(sample, &layout, cell) && layout.headerless && layout.n > 1;

    free(cell);
    return headerless;
}

/* What a file is, by name and head; `alone` = the file was named by itself, so that --format
 * decides even where the format does not recognise it. NULL with a note where it is passed over. */
static const struct format *choose(const struct sample *sample,
                                   const struct import_options *options, bool alone,
                                   enum part *part, char note[320])
{
    const struct format *format = options->format ? format_find(options->format) : NULL;

    if (format) {
        *part = format->recognise(sample);
        if (*part == PART_NONE && alone) *part = format->usual;
    } else if (sample->head.length >= 4 && memcmp(sample->head.bytes, "PAR1", 4) == 0) {
        snprintf(note, 320,
                 "passed over: Parquet; make it CSV first: duckdb -c \"COPY (FROM '%.60s') TO "
                 "'events.csv' (HEADER)\"",
                 sample->name);
        return NULL;
    } else if (!is_text(sample)) {
        snprintf(note, 320, "passed over: not text");
        return NULL;
    } else {
        format = format_recognise(sample, part);
    }
    if (format && *part != PART_NONE && *part != PART_IGNORED) return format;
    if (format && *part == PART_IGNORED)
        snprintf(note, 320, "passed over: %s does not need it", format->name);
    else if (is_headerless(sample))
        snprintf(note, 320,
                 "passed over: not a file that aisle knows, without a header; say which column is "
                 "which with --map user=1,item=2");
    else
        snprintf(note, 320, "passed over: %s",
                 sample->head.length == 0 ? "an empty file" : "not a file that aisle knows");
    return NULL;
}

/* The bytes of a member as they lie there, counted and summed on their way. */
struct survey {
    struct input *input;
    struct planned *file;
    struct progress *progress;
};

static bool survey_get(void *context, void *bytes, size_t capacity, size_t *length,
                       struct error *error)
{
    struct survey *survey = context;

    if (progress_cancelled(survey->progress))
        return error_set(error, ERROR_CANCELLED, "stopped while reading %s", survey->file->shown);
    if (!input_get(survey->input, bytes, capacity, length, error)) return false;
    survey->file->bytes += (int64_t)*length;
    survey->file->checksum = bytes_checksum(survey->file->checksum, bytes, *length);
    progress_add(survey->progress, (int64_t)*length);
    return true;
}

static bool survey_rest(struct survey *survey, struct error *error)
{
    char *block = malloc(CHECKSUM_BLOCK);
    size_t length = 1;

    if (!block) return error_memory(error, "a buffer for reading");
    while (length > 0)
        if (!survey_get(survey, block, CHECKSUM_BLOCK, &length, error)) break;
    free(block);
    return length == 0;
}

/* Reads a member to its end: what it is, what is understood of it, checksum, size. */
static bool survey_member(struct plan *plan, struct input *input, struct planned *file,
                          const struct import_options *options, bool alone,
                          struct progress *progress, struct error *error)
{
    const struct import_events nowhere = { 0 };
    struct sample sample = { .name = input_name(input),
                             .map = options->map,
                             .own = options->columns,
                             .mapped = &plan->mapped,
                             .why = &plan->map_error };
    struct survey survey = { input, file, progress };
    struct import_context import_context = { 0 };
    struct decoder decoder = { 0 };
    bool done = false;

    if (!decoder_open(&decoder, survey_get, &survey, options->encoding, error) ||
        !import_open(&import_context, decoder_get, &decoder, &nowhere, NULL, error) ||
        !lines_peek(&import_context.lines, &sample.head, &sample.whole, error))
        goto out;
    import_set_options(&import_context, options);
    file->format = choose(&sample, options, alone, &file->part, file->note);
    import_context.insisted = options->format != NULL && file->format;
    if (file->format && file->format->look) {
        if (!file->format->look(&import_context, &sample, &file->part, &file->understood)) goto out;
        file->understood.encoding = decoder.name                ? decoder.name
                                    : file->understood.not_utf8 ? "windows-1252"
                                                                : "UTF-8";
    }
    /* What is passed over need not be read to its end. */
    done = !file->format || survey_rest(&survey, error);
out:
    if (!done && error && error->code != ERROR_USAGE && !strstr(error->text, file->shown))
        error_prefix(error, "%s", file->shown);
    import_close(&import_context);
    decoder_close(&decoder);
    return done;
}

/* A file: each of its members becomes a row of the plan. */
static bool survey_file(struct plan *plan, const char *path, int temporary_file, int32_t group,
                        bool alone, const struct import_options *options, struct progress *progress,
                        struct error *error)
{
    struct input *input = input_open(path, temporary_file, progress, error);
    struct planned *file;
    bool more, done = false;

    if (!input) return false;
    for (;;) {
        const char *member;

        if (!input_next(input, &more, error)) goto out;
        if (!more) break;
        member = input_member(input);
        file = plan_add(plan, path, member, group, error);
        if (!file) goto out;
        file->index = input_index(input);
        file->temporary_file = temporary_file;
        if (input_name(input)[0] == '.' && !(alone && !*member)) {
            snprintf(file->note, sizeof file->note, "passed over: a hidden file");
            continue;
        }
        if (!survey_member(plan, input, file, options, alone && !*member, progress, error))
            goto out;
    }
    done = true;
out:
    input_close(input);
    return done;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted, so that the order does not hang on the file system. */
static bool list_folder(const char *path, char ***names, int32_t *n, struct error *error)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int32_t capacity = 0;
    bool done = false;

    if (!folder) return error_set(error, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
    while (errno = 0, (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (*n == FILES_MAX) {
            error_set(error, ERROR_INPUT, "%s: more than %d files", path, FILES_MAX);
            goto out;
        }
        if (*n == capacity) {
            int32_t larger = capacity ? capacity * 2 : 64;
            char **grown = realloc(*names, (size_t)larger * sizeof *grown);

            if (!grown) {
                error_memory(error, "the names in a folder");
                goto out;
            }
            *names = grown;
            capacity = larger;
        }
        if (!((*names)[*n] = strdup(entry->d_name))) {
            error_memory(error, "the names in a folder");
            goto out;
        }
        ++*n;
    }
    if (errno) {
        error_set(error, ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
        goto out;
    }
    if (*n > 0) qsort(*names, (size_t)*n, sizeof **names, by_name);
    done = true;
out:
    closedir(folder);
    return done;
}

static bool survey_folder(struct plan *plan, const char *path, int32_t group, int32_t depth,
                          const struct import_options *options, struct progress *progress,
                          struct error *error)
{
    char **names = NULL;
    int32_t n = 0;
    struct text inner = { 0 };
    bool done = false;

    if (!list_folder(path, &names, &n, error)) goto out;
    for (int32_t i = 0; i < n; i++) {
        struct planned *file;
        struct stat status;

        text_clear(&inner);
        text_format(&inner, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names[i]);
        if (inner.failed) {
            error_memory(error, "a path");
            goto out;
        }
        if (stat(inner.bytes, &status) != 0) {
            error_set(error, ERROR_IO, "%s: cannot be read: %s", inner.bytes, strerror(errno));
            goto out;
        }
        if (S_ISREG(status.st_mode) && names[i][0] != '.') {
            if (!survey_file(plan, inner.bytes, -1, group, false, options, progress, error))
                goto out;
            continue;
        }
        if (S_ISDIR(status.st_mode) && options->recursive && names[i][0] != '.') {
            if (depth == FOLDERS_MAX) {
                error_set(error, ERROR_INPUT, "%s: more than %d folders in each other", inner.bytes,
                          FOLDERS_MAX);
                goto out;
            }
            if (!survey_folder(plan, inner.bytes, group, depth + 1, options, progress, error))
                goto out;
            continue;
        }
        file = plan_add(plan, inner.bytes, "", group, error);
        if (!file) goto out;
        snprintf(file->note, sizeof file->note, "passed over: %s",
                 S_ISDIR(status.st_mode)   ? "a folder in a folder"
                 : S_ISREG(status.st_mode) ? "a hidden file"
                                           : "not a regular file");
    }
    done = true;
out:
    for (int32_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    text_fini(&inner);
    return done;
}

static bool survey_path(struct plan *plan, const char *path, int32_t group,
                        const struct import_options *options, struct progress *progress,
                        struct error *error)
{
    struct stat status;
    int temporary_file;

    if (*path == '\0') return error_set(error, ERROR_USAGE, "an empty path");
    if (strcmp(path, "-") != 0) {
        if (stat(path, &status) != 0)
            return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", path,
                             strerror(errno));
        if (S_ISDIR(status.st_mode))
            return survey_folder(plan, path, group, 0, options, progress, error);
        if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode))
            return survey_file(plan, path, -1, group, true, options, progress, error);
    }
    temporary_file = input_to_temporary_file(path, progress, error);
    if (temporary_file < 0) return false;
    plan->spools[plan->n_spools++] = temporary_file;
    return survey_file(plan, path, temporary_file, group, true, options, progress, error);
}

/* The ids of sasrec files were given out anew: what else lies in the folder speaks of other items
 * by the same numbers, and would put wrong titles on them. Named by itself it is read all the same.
 */
static void keep_sequences_apart(struct plan *plan)
{
    for (int32_t i = 0; i < plan->n; i++) {
        const struct planned *sequence = &plan->files[i];

        if (sequence->format != &format_sasrec) continue;
        for (int32_t k = 0; k < plan->n; k++) {
            struct planned *other = &plan->files[k];

            if (other->group != sequence->group || !other->format ||
                other->format == &format_sasrec)
                continue;
            other->format = NULL;
            other->part = PART_NONE;
            snprintf(
                other->note, sizeof other->note,
                "passed over: its ids may not be those of the sequences; name it to import it");
        }
    }
}

static void pass_over(struct planned *file, const char *why)
{
    file->format = NULL;
    file->part = PART_NONE;
    snprintf(file->note, sizeof file->note, "passed over: %.300s", why);
}

/* Lines of orders need the file of the orders, and the other way round. */
static void join_orders(struct plan *plan)
{
    int32_t heads = 0, lines = 0;

    for (int32_t i = 0; i < plan->n; i++) {
        heads += plan->files[i].part == PART_ORDERS;
        lines += plan->files[i].format && plan->files[i].understood.lines_only;
    }
    for (int32_t i = 0; i < plan->n; i++) {
        struct planned *file = &plan->files[i];
        struct understood *understood = &file->understood;

        if (!file->format || understood->question.code != ERROR_NONE) continue;
        if (file->part == PART_ORDERS && lines == 0) {
            understood->question_of_file = true;
            error_set(&understood->question, ERROR_INPUT,
                      "orders, but no column says what was bought: name it with --map item=COLUMN, "
                      "or give the file of the order lines along");
        } else if (understood->lines_only && heads == 0) {
            understood->question_of_file = true;
            error_set(&understood->question, ERROR_INPUT,
                      "order lines, but no column says who bought: name it with --map user=COLUMN, "
                      "or give the file of the orders along");
        }
    }
}

/* A question that concerns one file of several passes it over; any other ends the import. */
static bool ask(struct plan *plan, struct error *error)
{
    int32_t clear = 0;

    for (int32_t i = 0; i < plan->n; i++)
        clear += plan->files[i].format && plan->files[i].part != PART_ORDERS &&
                 plan->files[i].understood.question.code == ERROR_NONE;
    for (int32_t i = 0; i < plan->n; i++) {
        struct planned *file = &plan->files[i];
        const struct understood *understood = &file->understood;

        if (!file->format || understood->question.code == ERROR_NONE) continue;
        if (!understood->question_of_file || clear == 0)
            return error_set(error, ERROR_INPUT, "%s: %s", file->shown, understood->question.text);
        pass_over(file, understood->question.text);
    }
    return true;
}

/* Passed-over files come first in their group: they cost nothing, and people read them together. */
static int by_order(const void *a, const void *b)
{
    const struct planned *x = a, *y = b;

    /* Lines of orders find their buyers in the files of the orders, wherever these were named. */
    if ((x->part == PART_ORDERS) != (y->part == PART_ORDERS))
        return x->part == PART_ORDERS ? -1 : 1;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

bool plan_make(struct plan *plan, const char *const *paths, int32_t n,
               const struct import_options *options, struct progress *progress, struct error *error)
{
    *plan = (struct plan){ 0 };
    plan->spools = calloc((size_t)n + 1, sizeof *plan->spools);
    if (!plan->spools) return error_memory(error, "the list of files");
    progress_begin(progress, "looking at the files", 0);
    for (int32_t i = 0; i < n; i++)
        if (!survey_path(plan, paths[i], i, options, progress, error)) return false;
    keep_sequences_apart(plan);
    join_orders(plan);
    if (!ask(plan, error)) return false;
    qsort(plan->files, (size_t)plan->n, sizeof *plan->files, by_order);
    return true;
}

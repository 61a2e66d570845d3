/* registry.c - the list of pretrained models: models.json in language_folder(), replaced whole. */
#include "registry.h"

#include "aisle/moment.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const kinds[] = {
    [LANGUAGE_ENCODER] = "encoder", [LANGUAGE_DECODER] = "decoder"
};

const char *language_kind_name(enum language_kind kind)
{
    return kinds[kind];
}

enum language_state language_state(const struct language_model *model)
{
    struct stat status;
    if (stat(model->weights, &status) != 0 || !S_ISREG(status.st_mode)) return LANGUAGE_MISSING;
    return status.st_size == model->size ? LANGUAGE_READY : LANGUAGE_CHANGED;
}

bool language_folder(char path[LANGUAGE_PATH_SIZE], struct error *error)
{
    const char *own = getenv("AISLE_LANGUAGE"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    int n = -1;
    if (own && own[0])
        n = snprintf(path, LANGUAGE_PATH_SIZE, "%s", own);
    else if (data && data[0] == '/')
        n = snprintf(path, LANGUAGE_PATH_SIZE, "%s/aisle/language", data);
    else if (home && home[0] == '/')
        n = snprintf(path, LANGUAGE_PATH_SIZE, "%s/.local/share/aisle/language", home);
    else
        return error_set(error, ERROR_MISSING,
                         "there is no home folder to keep models in: set AISLE_LANGUAGE");
    return (n > 0 && n < LANGUAGE_PATH_SIZE) ||
           error_set(error, ERROR_INPUT, "the path of the folder of models is too long");
}

void language_model_fini(struct language_model *model)
{
    free(model->license);
    model->license = NULL;
}

void language_list_fini(struct language_list *list)
{
    for (int32_t i = 0; i < list->n; i++)
        language_model_fini(&list->models[i]);
    free(list->models);
    *list = (struct language_list){ NULL, 0 };
}

static bool name_is_good(const char *name)
{
    size_t n = 0;
    if (name[0] == '.' || name[0] == '-' || strcmp(name, "none") == 0) return false;
    for (; name[n]; n++)
        if (!isalnum((unsigned char)name[n]) && !strchr("._-", name[n])) return false;
    return n > 0 && n < LANGUAGE_NAME_SIZE;
}

static bool take_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= size) return false;
    strcpy(out, text);
    return true;
}

static bool model_from_json(const json_t *object, struct language_model *model)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *license = json_string_value(json_object_get(object, "license"));
    if (!take_text(object, "name", model->name, sizeof model->name) || !name_is_good(model->name) ||
        !take_text(object, "architecture", model->architecture, sizeof model->architecture) ||
        !take_text(object, "path", model->path, sizeof model->path) ||
        !take_text(object, "weights", model->weights, sizeof model->weights) ||
        !take_text(object, "sha256", model->sha256, sizeof model->sha256) || !kind)
        return false;
    model->kind = strcmp(kind, kinds[LANGUAGE_DECODER]) == 0 ? LANGUAGE_DECODER : LANGUAGE_ENCODER;
    model->size = json_integer_value(json_object_get(object, "size"));
    model->added = json_integer_value(json_object_get(object, "added"));
    model->copied = json_is_true(json_object_get(object, "copied"));
    model->license = strdup(license ? license : "");
    return model->license != NULL;
}

static json_t *model_to_json(const struct language_model *model)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:b, s:I}", "name", model->name,
                     "kind", kinds[model->kind], "architecture", model->architecture, "path",
                     model->path, "weights", model->weights, "size", (json_int_t)model->size,
                     "sha256", model->sha256, "license", model->license, "copied", model->copied,
                     "added", (json_int_t)model->added);
}

bool language_list_read(struct language_list *list, struct error *error)
{
    char folder[LANGUAGE_PATH_SIZE], path[LANGUAGE_PATH_SIZE];
    json_error_t reason;
    *list = (struct language_list){ NULL, 0 };
    if (!language_folder(folder, error) || !language_join(path, folder, "models.json", error))
        return false;
    if (access(path, F_OK) != 0) return true;
    json_t *file = json_load_file(path, 0, &reason);
    const json_t *models = json_object_get(file, "models");
    const size_t n = json_array_size(models);
    bool good = json_is_array(models) && n < 10000;
    if (good) good = (list->models = calloc(n + 1, sizeof *list->models)) != NULL;
    for (size_t i = 0; i < n && good; i++)
        good = model_from_json(json_array_get(models, i), &list->models[list->n++]);
    json_decref(file);
    if (good) return true;
    language_list_fini(list);
    return error_set(error, ERROR_INPUT,
                     "%s: is damaged: remove it and add the models again with 'aisle language add'",
                     path);
}

static bool list_write(const struct language_list *list, const char *folder, struct error *error)
{
    char path[LANGUAGE_PATH_SIZE], temporary[LANGUAGE_PATH_SIZE];
    if (!language_join(path, folder, "models.json", error) ||
        !language_join(temporary, folder, "models.json.new", error))
        return false;
    json_t *models = json_array();
    for (int32_t i = 0; i < list->n; i++)
        json_array_append_new(models, model_to_json(&list->models[i]));
    json_t *file = json_pack("{s:o}", "models", models);
    const bool good = file && json_dump_file(file, temporary, JSON_INDENT(1)) == 0 &&
                      rename(temporary, path) == 0;
    json_decref(file);
    return good || error_set(error, ERROR_IO, "%s: cannot be written", path);
}

/* Makes the folder and holds it for one writer; the descriptor, -1 after filling error. */
static int hold_folder(char folder[LANGUAGE_PATH_SIZE], struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];
    if (!language_folder(folder, error)) return -1;
    memcpy(path, folder, sizeof path);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        error_set(error, ERROR_IO, "%s: cannot be made: %s", path, strerror(errno));
        return -1;
    }
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        error_set(error, ERROR_IO, "%s: cannot be locked: %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    return fd;
}

static int32_t list_find(const struct language_list *list, const char *name)
{
    for (int32_t i = 0; i < list->n; i++)
        if (strcmp(list->models[i].name, name) == 0) return i;
    return -1;
}

/* After its file: the last part of the path, without its ending, with '-' for what a name cannot
 * hold; of "publisher__model" the model. */
static void name_after(const char *path, char name[LANGUAGE_NAME_SIZE])
{
    char part[LANGUAGE_PATH_SIZE];
    size_t length = strlen(path), n = 0;
    while (length > 1 && path[length - 1] == '/')
        length--;
    snprintf(part, sizeof part, "%.*s", (int)length, path);
    const char *slash = strrchr(part, '/');
    const char *last = slash ? slash + 1 : part;
    const char *publisher = strstr(last, "__");
    if (publisher && publisher[2]) last = publisher + 2;
    static const char *const endings[] = { ".gguf", ".bin", ".whl", ".zip" };
    length = strlen(last);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (length > strlen(endings[i]) &&
            strcmp(last + length - strlen(endings[i]), endings[i]) == 0)
            length -= strlen(endings[i]);
    for (size_t i = 0; i < length && n + 1 < LANGUAGE_NAME_SIZE; i++)
        if (isalnum((unsigned char)last[i]) || (n > 0 && strchr("._-", last[i])))
            name[n++] = last[i];
        else if (n > 0 && name[n - 1] != '-')
            name[n++] = '-';
    name[n] = 0;
    if (n == 0) strcpy(name, "model");
}

/* Fills path and the rest of a model: from `path` as it lies, or from a copy in target. */
static bool take_in(const char *path, const char *target, bool copy, struct progress *progress,
                    struct language_model *model, struct error *error)
{
    const bool archive = language_is_archive(path);
    if (archive || copy) {
        progress_begin(progress, "copying", 0);
        /* Looked at first: what is no model is not copied. */
        struct language_model before = { 0 };
        const bool good = archive || language_recognise(path, &before, error);
        language_model_fini(&before);
        if (!good) return false;
        if (!(archive ? language_unpack(path, target, progress, error)
                      : language_copy(path, target, progress, error)))
            return false;
        model->copied = true;
    }
    snprintf(model->path, sizeof model->path, "%s", model->copied ? target : path);
    if (!language_recognise(model->path, model, error)) return false;
    progress_begin(progress, "checking", model->size);
    return language_sha256(model->weights, model->sha256, progress, error);
}

/* The list with one more in front. */
static bool list_put(struct language_list *list, const struct language_model *model,
                     const char *folder, struct error *error)
{
    struct language_model *models = calloc((size_t)list->n + 1, sizeof *models);
    if (!models) return error_memory(error, "a list of models");
    models[0] = *model;
    for (int32_t i = 0; i < list->n; i++)
        models[i + 1] = list->models[i];
    const struct language_list longer = { models, list->n + 1 };
    const bool good = list_write(&longer, folder, error);
    free(models);
    return good;
}

bool language_add(const char *path, const char *name, bool copy, struct progress *progress,
                  struct language_model *model, struct error *error)
{
    char folder[LANGUAGE_PATH_SIZE], target[LANGUAGE_PATH_SIZE];
    struct language_list list = { NULL, 0 };
    struct stat status;
    *model = (struct language_model){ .added = time(NULL) };
    if (name)
        snprintf(model->name, sizeof model->name, "%s", name);
    else
        name_after(path, model->name);
    if (name && (!name_is_good(name)))
        return error_set(
            error, ERROR_USAGE,
            "'%.60s' is no name of a model: letters, digits, '.', '_' and '-', at most "
            "%d, and not 'none'",
            name, LANGUAGE_NAME_SIZE - 1);
    char *whole = realpath(path, NULL);
    if (!whole)
        return error_set(error, ERROR_MISSING, "%s: cannot be found: %s", path, strerror(errno));
    const int lock = hold_folder(folder, error);
    bool good = lock >= 0 && language_list_read(&list, error), made = false;
    if (good && list_find(&list, model->name) >= 0)
        good = error_set(error, ERROR_USAGE,
                         "there is a model named %s already: choose another with --name, or 'aisle "
                         "language remove %s' first",
                         model->name, model->name);
    good = good && language_join(target, folder, model->name, error);
    if (good && lstat(target, &status) == 0) /* left by one that was stopped half-way */
        good = language_remove_folder(target, error);
    if (good) {
        good = take_in(whole, target, copy, progress, model, error);
        made = lstat(target, &status) == 0;
    }
    good = good && list_put(&list, model, folder, error);
    if (!good) language_model_fini(model);
    if (!good && made) language_remove_folder(target, NULL);
    language_list_fini(&list);
    if (lock >= 0) close(lock);
    free(whole);
    return good;
}

bool language_remove(const char *name, struct error *error)
{
    char folder[LANGUAGE_PATH_SIZE], target[LANGUAGE_PATH_SIZE];
    struct language_list list = { NULL, 0 };
    const int lock = hold_folder(folder, error);
    bool good = lock >= 0 && language_list_read(&list, error);
    const int32_t at = good ? list_find(&list, name) : -1;
    if (good && at < 0)
        good = error_set(error, ERROR_MISSING,
                         "there is no model named %.60s: 'aisle language' lists them", name);
    if (good) {
        const bool copied = list.models[at].copied;
        struct language_model gone = list.models[at];
        memmove(&list.models[at], &list.models[at + 1],
                (size_t)(list.n - at - 1) * sizeof *list.models);
        list.n--;
        good = list_write(&list, folder, error) && language_join(target, folder, name, error) &&
               (!copied || language_remove_folder(target, error));
        language_model_fini(&gone);
    }
    language_list_fini(&list);
    if (lock >= 0) close(lock);
    return good;
}

static bool choose_named(struct language_list *list, enum language_kind kind, const char *name,
                         int32_t *at, struct error *error)
{
    *at = list_find(list, name);
    if (*at < 0)
        return error_set(error, ERROR_MISSING,
                         "there is no model named %.60s: 'aisle language' lists them", name);
    const struct language_model *model = &list->models[*at];
    if (model->kind != kind)
        return error_set(error, ERROR_USAGE, "%s is a model of kind %s; %s is wanted here",
                         model->name, kinds[model->kind], kinds[kind]);
    if (language_state(model) != LANGUAGE_READY)
        return error_set(
            error, ERROR_MISSING,
            "%s: is gone or has changed since it was added: 'aisle language remove %s' "
            "and add it again",
            model->weights, model->name);
    return true;
}

bool language_choose(enum language_kind kind, const char *name, struct language_model *model,
                     bool *found, struct error *error)
{
    struct language_list list;
    int32_t at = -1;
    *found = false;
    *model = (struct language_model){ 0 };
    if (name && strcmp(name, "none") == 0) return true;
    if (!language_list_read(&list, error)) return false;
    bool good = true;
    if (name)
        good = choose_named(&list, kind, name, &at, error);
    else
        for (int32_t i = list.n; i-- > 0;)
            if (list.models[i].kind == kind && language_state(&list.models[i]) == LANGUAGE_READY)
                at = i;
    if (good && at >= 0) {
        *model = list.models[at];
        list.models[at].license = NULL;
        *found = true;
    }
    language_list_fini(&list);
    return good;
}

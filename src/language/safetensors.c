/* safetensors.c - see safetensors.h. */
#include "safetensors.h"

#include "mapped.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_LENGTH_MAX = 100000000, TENSORS_MAX = 100000 };

struct safetensors {
    struct mapped mapped;
    json_t *header; /* owns the names */
    struct tensor *tensors;
    int32_t n;
};

static uint64_t little_endian_64(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static bool safetensors_type(const char *name, enum tensor_type *type)
{
    static const enum tensor_type known[] = { TENSOR_F32, TENSOR_F16, TENSOR_BF16 };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        *type = known[i];
        if (strcmp(name, tensor_type_name(known[i])) == 0) return true;
    }
    return false;
}

/* A whole number that is not negative, from a JSON list. */
static bool list_number(const json_t *list, size_t index, int64_t *value)
{
    const json_t *number = json_array_get(list, index);
    *value = json_is_integer(number) ? json_integer_value(number) : -1;
    return *value >= 0;
}

/* Reads one entry of the header; *kept says whether it is of a type that tensor.h knows. */
static bool safetensors_read_entry(const json_t *entry, const unsigned char *data, size_t size,
                                   struct tensor *tensor, bool *kept)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *range = json_object_get(entry, "data_offsets");
    int64_t begin, end;
    size_t bytes;

    *kept = false;
    if (!type || !json_is_array(shape) || json_array_size(range) != 2 ||
        !list_number(range, 0, &begin) || !list_number(range, 1, &end) || begin > end ||
        (uint64_t)end > size)
        return false;
    if (!safetensors_type(type, &tensor->type) || json_array_size(shape) > TENSOR_DIMENSIONS_MAX)
        return true;
    tensor->n_dimensions = (int32_t)json_array_size(shape);
    for (int32_t i = 0; i < TENSOR_DIMENSIONS_MAX; i++) {
        tensor->shape[i] = 1;
        if (i < tensor->n_dimensions && !list_number(shape, (size_t)i, &tensor->shape[i]))
            return false;
    }
    if (!tensor_measure(tensor->type, tensor->n_dimensions, tensor->shape, &bytes) ||
        bytes != (size_t)(end - begin))
        return false;
    tensor->data = data + begin;
    *kept = true;
    return true;
}

static bool safetensors_read_header(struct safetensors *file, const char *name, struct error *error)
{
    const unsigned char *bytes = file->mapped.bytes;
    const uint64_t length = file->mapped.size < 8 ? 0 : little_endian_64(bytes);
    const char *key;
    json_t *entry;

    if (length < 2 || length > HEADER_LENGTH_MAX || length > file->mapped.size - 8)
        return error_set(error, ERROR_INPUT, "%s: is not a safetensors file, or is cut off", name);
    file->header =
        json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(file->header) || json_object_size(file->header) > TENSORS_MAX)
        return error_set(error, ERROR_INPUT, "%s: its header is damaged", name);
    file->tensors = calloc(json_object_size(file->header) + 1, sizeof *file->tensors);
    if (!file->tensors) return error_memory(error, "the list of weights");
    json_object_foreach(file->header, key, entry)
    {
        bool kept;
        struct tensor *tensor = &file->tensors[file->n];
        if (strcmp(key, "__metadata__") == 0) continue;
        tensor->name = slice_of(key);
        if (!safetensors_read_entry(entry, bytes + 8 + length,
                                    file->mapped.size - 8 - (size_t)length, tensor, &kept))
            return error_set(error, ERROR_INPUT,
                             "%s: what its header says of %.100s does not fit the file", name, key);
        file->n += kept;
    }
    return true;
}

static struct safetensors *safetensors_open_mapped(const char *name, struct mapped mapped,
                                                   struct error *error)
{
    struct safetensors *file = calloc(1, sizeof *file);
    if (!file) {
        mapped_close(&mapped);
        error_memory(error, "a file of weights");
        return NULL;
    }
    file->mapped = mapped;
    if (safetensors_read_header(file, name, error)) return file;
    safetensors_close(file);
    return NULL;
}

struct safetensors *safetensors_open(const char *path, struct error *error)
{
    struct mapped mapped;
    return mapped_open(&mapped, path, error) ? safetensors_open_mapped(path, mapped, error) : NULL;
}

struct safetensors *safetensors_open_bytes(const char *name, const void *bytes, size_t size,
                                           struct error *error)
{
    return safetensors_open_mapped(name, (struct mapped){ bytes, size, true }, error);
}

void safetensors_close(struct safetensors *file)
{
    if (!file) return;
    json_decref(file->header);
    free(file->tensors);
    mapped_close(&file->mapped);
    free(file);
}

int32_t safetensors_count(const struct safetensors *file)
{
    return file->n;
}

const struct tensor *safetensors_at(const struct safetensors *file, int32_t index)
{
    return &file->tensors[index];
}

const struct tensor *safetensors_find(const struct safetensors *file, const char *name)
{
    for (int32_t i = 0; i < file->n; i++) {
        if (slice_equal(file->tensors[i].name, name)) return &file->tensors[i];
    }
    return NULL;
}

/* gguf.c - see gguf.h. The format: magic, version, counts; values; descriptions of tensors;
 * padding; the tensors' numbers, each at its offset from there. All numbers are little-endian. */
#include "gguf.h"

#include "mapped.h"

#include <stdlib.h>
#include <string.h>

enum value_type {
    VALUE_UINT8,
    VALUE_INT8,
    VALUE_UINT16,
    VALUE_INT16,
    VALUE_UINT32,
    VALUE_INT32,
    VALUE_FLOAT32,
    VALUE_BOOL,
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_UINT64,
    VALUE_INT64,
    VALUE_FLOAT64,
    VALUE_TYPES,
};

static const unsigned char value_bytes[VALUE_TYPES] = {
    [VALUE_UINT8] = 1,  [VALUE_INT8] = 1,  [VALUE_UINT16] = 2,  [VALUE_INT16] = 2,
    [VALUE_UINT32] = 4, [VALUE_INT32] = 4, [VALUE_FLOAT32] = 4, [VALUE_BOOL] = 1,
    [VALUE_UINT64] = 8, [VALUE_INT64] = 8, [VALUE_FLOAT64] = 8,
};

struct gguf_value {
    struct slice key;
    int32_t type;
    const unsigned char *at; /* the value's first byte; of an array, its type */
};

struct gguf {
    struct mapped file;
    int32_t n_values, n_tensors;
    struct gguf_value *values; /* (n_values) */
    struct tensor *tensors;    /* (n_tensors) */
};

/* Where the reader is in the file; `failed` stays set, and what is read after it is 0. */
struct gguf_cursor {
    const unsigned char *at, *end;
    bool failed;
};

static bool cursor_skip(struct gguf_cursor *cursor, uint64_t bytes)
{
    if (cursor->failed || bytes > (uint64_t)(cursor->end - cursor->at)) {
        cursor->failed = true;
        return false;
    }
    cursor->at += bytes;
    return true;
}

static uint64_t little_endian(const unsigned char *bytes, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static uint64_t cursor_take(struct gguf_cursor *cursor, int bytes)
{
    const unsigned char *at = cursor->at;
    return cursor_skip(cursor, (uint64_t)bytes) ? little_endian(at, bytes) : 0;
}

static struct slice cursor_string(struct gguf_cursor *cursor)
{
    const uint64_t length = cursor_take(cursor, 8);
    const char *bytes = (const char *)cursor->at;
    return cursor_skip(cursor, length) ? (struct slice){ bytes, (size_t)length }
                                       : (struct slice){ NULL, 0 };
}

/* Moves over a value and so proves that it lies inside the file. Arrays of arrays are refused: no
 * model needs them, and their depth would be a stranger's to choose. */
static bool cursor_value(struct gguf_cursor *cursor, uint64_t type)
{
    if (type == VALUE_STRING) {
        cursor_string(cursor);
    } else if (type == VALUE_ARRAY) {
        const uint64_t element = cursor_take(cursor, 4), n = cursor_take(cursor, 8);
        uint64_t bytes;
        if (element >= VALUE_TYPES || element == VALUE_ARRAY)
            cursor->failed = true;
        else if (element != VALUE_STRING)
            return !__builtin_mul_overflow(n, (uint64_t)value_bytes[element], &bytes) &&
                   cursor_skip(cursor, bytes);
        for (uint64_t i = 0; i < n && !cursor->failed; i++)
            cursor_string(cursor);
    } else if (type < VALUE_TYPES) {
        cursor_skip(cursor, value_bytes[type]);
    } else {
        cursor->failed = true;
    }
    return !cursor->failed;
}

static bool read_values(struct gguf *gguf, struct gguf_cursor *cursor)
{
    for (int32_t i = 0; i < gguf->n_values; i++) {
        struct gguf_value *value = &gguf->values[i];
        value->key = cursor_string(cursor);
        value->type = (int32_t)cursor_take(cursor, 4);
        value->at = cursor->at;
        if (!cursor_value(cursor, (uint64_t)(uint32_t)value->type)) return false;
    }
    return true;
}

/* Numbers of formats as the file has them. */
static bool type_of(uint64_t number, enum tensor_type *type)
{
    static const struct {
        uint64_t number;
        enum tensor_type type;
    } known[] = {
        { 0, TENSOR_F32 },  { 1, TENSOR_F16 },   { 2, TENSOR_Q4_0 },
        { 3, TENSOR_Q4_1 }, { 6, TENSOR_Q5_0 },  { 7, TENSOR_Q5_1 },
        { 8, TENSOR_Q8_0 }, { 14, TENSOR_Q6_K }, { 30, TENSOR_BF16 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].number == number) {
            *type = known[i].type;
            return true;
        }
    return false;
}

/* The offset is kept in `data` until the place of the numbers is known. */
static bool read_description(struct tensor *tensor, struct gguf_cursor *cursor, const char *name,
                             uint64_t *offset, struct error *error)
{
    tensor->name = cursor_string(cursor);
    const uint64_t n = cursor_take(cursor, 4);
    if (n > TENSOR_DIMENSIONS_MAX)
        return error_set(error, ERROR_INPUT, "%s: a tensor has %llu dimensions; 4 are allowed",
                         name, (unsigned long long)n);
    tensor->n_dimensions = (int32_t)n;
    for (int32_t i = 0; i < TENSOR_DIMENSIONS_MAX; i++)
        tensor->shape[i] = 1;
    for (uint64_t i = n; i-- > 0;) { /* the file has the innermost first */
        const uint64_t length = cursor_take(cursor, 8);
        tensor->shape[i] = length > INT32_MAX ? 0 : (int64_t)length;
    }
    const uint64_t type = cursor_take(cursor, 4);
    *offset = cursor_take(cursor, 8);
    if (cursor->failed) return error_set(error, ERROR_INPUT, "%s: is cut off", name);
    if (!type_of(type, &tensor->type))
        return error_set(error, ERROR_INPUT,
                         "%s: tensor %.*s is in format %llu, which cannot be read: F32, F16, BF16, "
                         "Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 and Q6_K can",
                         name, (int)(tensor->name.length < 60 ? tensor->name.length : 60),
                         tensor->name.bytes, (unsigned long long)type);
    return true;
}

static bool read_tensors(struct gguf *gguf, struct gguf_cursor *cursor, const char *name,
                         struct error *error)
{
    bool good = true;
    int64_t alignment = 32;
    uint64_t *offsets = calloc((size_t)gguf->n_tensors + 1, sizeof *offsets);
    if (!offsets) return error_memory(error, "a table of tensors");
    for (int32_t i = 0; i < gguf->n_tensors && good; i++)
        good = read_description(&gguf->tensors[i], cursor, name, &offsets[i], error);
    if (good && gguf_integer(gguf, "general.alignment", &alignment) &&
        (alignment < 8 || alignment > 1 << 20 || (alignment & (alignment - 1)) != 0))
        good = error_set(error, ERROR_INPUT, "%s: its alignment of %lld is none", name,
                         (long long)alignment);
    if (!good) {
        free(offsets);
        return false;
    }
    const uint64_t head = (uint64_t)(cursor->at - gguf->file.bytes);
    const uint64_t begin =
        (head + (uint64_t)alignment - 1) / (uint64_t)alignment * (uint64_t)alignment;
    for (int32_t i = 0; i < gguf->n_tensors && good; i++) {
        struct tensor *tensor = &gguf->tensors[i];
        size_t bytes = 0;
        uint64_t end;
        if (offsets[i] % 4 != 0 ||
            !tensor_measure(tensor->type, tensor->n_dimensions, tensor->shape, &bytes) ||
            __builtin_add_overflow(offsets[i], begin, &offsets[i]) ||
            __builtin_add_overflow(offsets[i], (uint64_t)bytes, &end) || end > gguf->file.size)
            good = error_set(error, ERROR_INPUT,
                             "%s: tensor %.*s does not lie inside the file: it is cut off or "
                             "damaged",
                             name, (int)(tensor->name.length < 60 ? tensor->name.length : 60),
                             tensor->name.bytes);
        else
            tensor->data = gguf->file.bytes + offsets[i];
    }
    free(offsets);
    return good;
}

static bool read_file(struct gguf *gguf, const char *name, struct error *error)
{
    struct gguf_cursor cursor = { gguf->file.bytes, gguf->file.bytes + gguf->file.size, false };
    if (gguf->file.size < 24 || memcmp(cursor.at, "GGUF", 4) != 0)
        return error_set(error, ERROR_INPUT, "%s: is not a GGUF file", name);
    cursor.at += 4;
    const uint64_t version = cursor_take(&cursor, 4);
    if (version < 2 || version > 3)
        return error_set(error, ERROR_INPUT, "%s: is GGUF of version %llu; 2 and 3 can be read",
                         name, (unsigned long long)version);
    const uint64_t n_tensors = cursor_take(&cursor, 8), n_values = cursor_take(&cursor, 8);
    /* The least that a value and a description take: a count too large for the file is a lie. */
    if (n_values > gguf->file.size / 13 || n_tensors > gguf->file.size / 24 ||
        n_values > INT32_MAX || n_tensors > INT32_MAX)
        return error_set(error, ERROR_INPUT, "%s: is cut off or damaged", name);
    gguf->n_values = (int32_t)n_values;
    gguf->n_tensors = (int32_t)n_tensors;
    gguf->values = calloc((size_t)n_values + 1, sizeof *gguf->values);
    gguf->tensors = calloc((size_t)n_tensors + 1, sizeof *gguf->tensors);
    if (!gguf->values || !gguf->tensors) return error_memory(error, "the tables of a model");
    if (!read_values(gguf, &cursor))
        return error_set(error, ERROR_INPUT, "%s: its values are cut off or damaged", name);
    return read_tensors(gguf, &cursor, name, error);
}

static struct gguf *gguf_new(const char *name, struct mapped file, struct error *error)
{
    struct gguf *gguf = calloc(1, sizeof *gguf);
    if (!gguf) {
        error_memory(error, "a model");
        return NULL;
    }
    gguf->file = file;
    if (read_file(gguf, name, error)) return gguf;
    gguf->file = (struct mapped){ NULL, 0, false };
    gguf_close(gguf);
    return NULL;
}

struct gguf *gguf_open(const char *path, struct error *error)
{
    struct mapped file;
    if (!mapped_open(&file, path, error)) return NULL;
    struct gguf *gguf = gguf_new(path, file, error);
    if (!gguf) mapped_close(&file);
    return gguf;
}

struct gguf *gguf_open_bytes(const char *name, const void *bytes, size_t size, struct error *error)
{
    return gguf_new(name, (struct mapped){ bytes, size, true }, error);
}

void gguf_close(struct gguf *gguf)
{
    if (!gguf) return;
    mapped_close(&gguf->file);
    free(gguf->values);
    free(gguf->tensors);
    free(gguf);
}

static const struct gguf_value *find(const struct gguf *gguf, const char *key)
{
    for (int32_t i = 0; i < gguf->n_values; i++)
        if (slice_equal(gguf->values[i].key, key)) return &gguf->values[i];
    return NULL;
}

bool gguf_string(const struct gguf *gguf, const char *key, struct slice *value)
{
    const struct gguf_value *found = find(gguf, key);
    if (!found || found->type != VALUE_STRING) return false;
    *value = (struct slice){ (const char *)found->at + 8, (size_t)little_endian(found->at, 8) };
    return true;
}

/* An integer of any width; false where it is none, or too large. */
static bool integer_at(const unsigned char *at, int32_t type, int64_t *value)
{
    const uint64_t bits = little_endian(at, value_bytes[type]);
    switch (type) {
    case VALUE_UINT8:
    case VALUE_BOOL:
    case VALUE_UINT16:
    case VALUE_UINT32:
        *value = (int64_t)bits;
        return true;
    case VALUE_INT8:
        *value = (int8_t)(uint8_t)bits;
        return true;
    case VALUE_INT16:
        *value = (int16_t)(uint16_t)bits;
        return true;
    case VALUE_INT32:
        *value = (int32_t)(uint32_t)bits;
        return true;
    case VALUE_INT64:
        *value = (int64_t)bits;
        return true;
    case VALUE_UINT64:
        *value = (int64_t)bits;
        return bits <= INT64_MAX;
    default:
        return false;
    }
}

bool gguf_integer(const struct gguf *gguf, const char *key, int64_t *value)
{
    const struct gguf_value *found = find(gguf, key);
    return found && integer_at(found->at, found->type, value);
}

bool gguf_number(const struct gguf *gguf, const char *key, double *value)
{
    const struct gguf_value *found = find(gguf, key);
    int64_t integer;
    float single;
    if (!found) return false;
    if (found->type == VALUE_FLOAT32) {
        memcpy(&single, found->at, 4);
        *value = (double)single;
        return true;
    }
    if (found->type == VALUE_FLOAT64) {
        memcpy(value, found->at, 8);
        return true;
    }
    if (!integer_at(found->at, found->type, &integer)) return false;
    *value = (double)integer;
    return true;
}

bool gguf_array(const struct gguf *gguf, const char *key, struct gguf_array *array)
{
    const struct gguf_value *found = find(gguf, key);
    if (!found || found->type != VALUE_ARRAY) return false;
    *array = (struct gguf_array){ .at = found->at + 12,
                                  .type = (int32_t)little_endian(found->at, 4),
                                  .n = (int64_t)little_endian(found->at + 4, 8) };
    return true;
}

bool gguf_array_next_string(struct gguf_array *array, struct slice *value)
{
    if (array->type != VALUE_STRING || array->next >= array->n) return false;
    *value = (struct slice){ (const char *)array->at + 8, (size_t)little_endian(array->at, 8) };
    array->at += 8 + value->length;
    array->next++;
    return true;
}

bool gguf_array_next_integer(struct gguf_array *array, int64_t *value)
{
    if (array->next >= array->n || !integer_at(array->at, array->type, value)) return false;
    array->at += value_bytes[array->type];
    array->next++;
    return true;
}

int32_t gguf_n_tensors(const struct gguf *gguf)
{
    return gguf->n_tensors;
}

const struct tensor *gguf_tensor_at(const struct gguf *gguf, int32_t index)
{
    return &gguf->tensors[index];
}

const struct tensor *gguf_tensor(const struct gguf *gguf, const char *name)
{
    for (int32_t i = 0; i < gguf->n_tensors; i++)
        if (slice_equal(gguf->tensors[i].name, name)) return &gguf->tensors[i];
    return NULL;
}

/* item_vectors.c - vectors in half precision, and the texts they are of. */
#include "item_vectors.h"

#include "vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1, DIMENSION_MAX = 8192, TEXT_MAX = 4000 };

/* ------------------------------------------------------------------------------------ halves */

uint16_t half_of_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000;
    const int32_t exponent = (int32_t)(bits >> 23 & 0xFF) - 127 + 15;
    uint32_t fraction = bits & 0x7FFFFF;
    if (exponent >= 31) return (uint16_t)(sign | 0x7BFF); /* the largest: no vector has such */
    if (exponent <= 0) {
        if (exponent < -10) return (uint16_t)sign;
        fraction |= 0x800000;
        const int32_t shift = 14 - exponent;
        return (uint16_t)(sign | ((fraction + (1u << (shift - 1))) >> shift));
    }
    const uint32_t rounded = ((uint32_t)exponent << 10 | fraction >> 13) + (fraction >> 12 & 1);
    return (uint16_t)(sign | rounded);
}

float float_of_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t bits = (uint32_t)(half & 0x7FFF) << 13;
    float value;

    memcpy(&value, &bits, sizeof value);
    value *= 0x1p112f; /* moves the exponent's bias; subnormals come out right too */
    memcpy(&bits, &value, sizeof bits);
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ------------------------------------------------------------------------------------ tables */

bool vector_table_init(struct vector_table *table, int32_t n, int32_t dimension,
                       struct error *error)
{
    *table = (struct vector_table){ .n = n };
    table->checksum = calloc((size_t)n + 1, sizeof *table->checksum);
    table->half = calloc((size_t)n * (size_t)dimension + 1, sizeof *table->half);
    if (table->checksum && table->half) return true;
    vector_table_fini(table);
    return error_memory(error, "vectors");
}

void vector_table_fini(struct vector_table *table)
{
    free(table->checksum);
    free(table->half);
    *table = (struct vector_table){ 0 };
}

int32_t vector_table_find(const struct vector_table *table, uint64_t checksum)
{
    int32_t low = 0, high = table->n;

    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (table->checksum[middle] < checksum)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->n && table->checksum[low] == checksum ? low : -1;
}

void vector_table_dot(const struct vector_table *table, int32_t dimension, const float *vector,
                      float *out)
{
    for (int32_t r = 0; r < table->n; r++) {
        const uint16_t *row = table->half + (size_t)r * (size_t)dimension;
        float sum[8] = { 0 };
        int32_t d = 0;
        for (; d + 8 <= dimension; d += 8)
            for (int32_t lane = 0; lane < 8; lane++)
                sum[lane] += float_of_half(row[d + lane]) * vector[d + lane];
        for (; d < dimension; d++)
            sum[0] += float_of_half(row[d]) * vector[d];
        out[r] = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }
}

/* ------------------------------------------------------------------------------------- texts */

bool attribute_has_meaning(const struct dataset *dataset, const uint8_t *role, int32_t name)
{
    return role[name] == ROLE_VALUES &&
           !attribute_names_maker(names_get(&dataset->item_attributes.names, name));
}

void item_text(const struct dataset *dataset, const uint8_t *role, int32_t item, struct text *out)
{
    const struct attributes *known = &dataset->item_attributes;
    const struct slice title = names_get(&dataset->item_titles, item);
    const size_t from = out->length;
    int32_t last = -1;

    text_add(out, title.bytes, title.length);
    for (int64_t at = known->offset[item]; at < known->offset[item + 1]; at++) {
        const int32_t name = known->value_name[known->value[at]];
        const struct slice value = names_get(&known->values, known->value[at]);
        if (role[name] != ROLE_VALUES && role[name] != ROLE_TEXT) continue;
        if (out->length - from + value.length > TEXT_MAX) break;
        if (out->length > from) text_add_string(out, name == last ? ", " : ". ");
        text_add(out, value.bytes, value.length);
        last = name;
    }
    for (size_t i = from; i < out->length; i++)
        if (out->bytes[i] == '\0') out->bytes[i] = ' ';
}

uint64_t text_checksum(struct slice text)
{
    return bytes_checksum(0, text.bytes, text.length);
}

/* ------------------------------------------------------------------------------------ sharing */

struct item_vectors *item_vectors_retain(struct item_vectors *vectors)
{
    atomic_fetch_add(&vectors->references, 1);
    return vectors;
}

void item_vectors_release(struct item_vectors *vectors)
{
    if (!vectors || atomic_fetch_sub(&vectors->references, 1) != 1) return;
    vector_table_fini(&vectors->items);
    vector_table_fini(&vectors->values);
    free(vectors->noise);
    free(vectors);
}

/* ------------------------------------------------------------------------------------ keeping */

static void save_table(const struct vector_table *table, int32_t dimension,
                       struct byte_writer *writer)
{
    bytes_write_int32(writer, table->n);
    bytes_write(writer, table->checksum, (size_t)table->n * sizeof *table->checksum);
    bytes_write(writer, table->half, (size_t)table->n * (size_t)dimension * sizeof *table->half);
}

static bool load_table(struct vector_table *table, int32_t dimension, struct byte_reader *reader,
                       struct error *error)
{
    const int32_t n = bytes_read_int32(reader);

    if (reader->failed || n < 0 || n > INT32_MAX / dimension) return false;
    if (!vector_table_init(table, n, dimension, error)) return false;
    return bytes_read(reader, table->checksum, (size_t)n * sizeof *table->checksum) &&
           bytes_read(reader, table->half, (size_t)n * (size_t)dimension * sizeof *table->half);
}

void item_vectors_save(const struct item_vectors *vectors, struct byte_writer *writer)
{
    bytes_write_int32(writer, FORMAT);
    bytes_write(writer, vectors->encoder, sizeof vectors->encoder);
    bytes_write_int64(writer, (int64_t)vectors->checksum);
    bytes_write_int32(writer, vectors->dimension);
    bytes_write(writer, vectors->noise, (size_t)vectors->dimension * sizeof *vectors->noise);
    bytes_write_double(writer, vectors->noise_limit);
    save_table(&vectors->items, vectors->dimension, writer);
    save_table(&vectors->values, vectors->dimension, writer);
}

struct item_vectors *item_vectors_load(struct byte_reader *reader, struct error *error)
{
    struct item_vectors *vectors = calloc(1, sizeof *vectors);

    if (!vectors) {
        error_memory(error, "vectors");
        return NULL;
    }
    atomic_init(&vectors->references, 1);
    const int32_t format = bytes_read_int32(reader);
    bytes_read(reader, vectors->encoder, sizeof vectors->encoder);
    vectors->encoder[sizeof vectors->encoder - 1] = '\0';
    vectors->checksum = (uint64_t)bytes_read_int64(reader);
    vectors->dimension = bytes_read_int32(reader);
    bool good = !reader->failed && format == FORMAT && vectors->dimension > 0 &&
                vectors->dimension <= DIMENSION_MAX;
    if (good) vectors->noise = malloc((size_t)vectors->dimension * sizeof *vectors->noise);
    good = good && vectors->noise &&
           bytes_read(reader, vectors->noise, (size_t)vectors->dimension * sizeof *vectors->noise);
    vectors->noise_limit = bytes_read_double(reader);
    good = good && load_table(&vectors->items, vectors->dimension, reader, error) &&
           load_table(&vectors->values, vectors->dimension, reader, error);
    if (good) return vectors;
    item_vectors_release(vectors);
    error_set(error, ERROR_DATABASE,
              "the vectors of the catalogue cannot be read: 'aisle train' "
              "makes them anew");
    return NULL;
}

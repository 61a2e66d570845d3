/* item_vectors.h - the meaning of a catalogue's items and values, as vectors of one encoder.
 *
 * A vector has length 1 and is kept in half precision (IEEE 754 binary16, rounded to nearest): a
 * cosine is then right within 1e-3. Immutable once made, and shared by reference.
 *
 * Items are encoded as one text (item_text()): title, then the values of attributes that say what
 * an item is. Each text's checksum is kept, so that only what changed is encoded anew.
 */
#ifndef DATA_ITEM_VECTORS_H
#define DATA_ITEM_VECTORS_H

#include "aisle/bytes.h"
#include "aisle/dataset.h"

#include <stdatomic.h>

/* Rows of vectors, each with the checksum of the text it is of. */
struct vector_table {
    int32_t n;
    uint64_t *checksum; /* (n) */
    uint16_t *half;     /* (n, dimension) */
};

struct item_vectors {
    atomic_int references;
    char encoder[64];  /* its name */
    uint64_t checksum; /* its weights' */
    int32_t dimension;
    struct vector_table items;  /* by item index of the dataset they were made of */
    struct vector_table values; /* of distinct texts of values, checksums ascending */
    float *noise;               /* (dimension) the mean direction of letters that mean nothing */
    double noise_limit;         /* a question nearer to it than this is one of them */
};

struct item_vectors *item_vectors_retain(struct item_vectors *vectors);
void item_vectors_release(struct item_vectors *vectors); /* NULL is allowed */
bool vector_table_init(struct vector_table *table, int32_t n, int32_t dimension,
                       struct error *error);
void vector_table_fini(struct vector_table *table);
/* Row of a checksum in a table whose checksums ascend; -1 = none. */
int32_t vector_table_find(const struct vector_table *table, uint64_t checksum);
/* out (n) = dot products of each row with `vector` (dimension). */
void vector_table_dot(const struct vector_table *table, int32_t dimension, const float *vector,
                      float *out);

uint16_t half_of_float(float value);
float float_of_half(uint16_t half);

/* Appends the text that item is encoded as; role (names of item_attributes) as attribute_roles()
 * fills it. */
void item_text(const struct dataset *dataset, const uint8_t *role, int32_t item, struct text *out);
/* Whether values of this attribute are encoded too: not what makers and people are called, which
 * means something else than it says. */
bool attribute_has_meaning(const struct dataset *dataset, const uint8_t *role, int32_t name);
uint64_t text_checksum(struct slice text);

/* Inside a stream that the caller opens and closes. */
void item_vectors_save(const struct item_vectors *vectors, struct byte_writer *writer);
struct item_vectors *item_vectors_load(struct byte_reader *reader, struct error *error);

#endif

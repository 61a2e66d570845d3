/* gguf_writer.c - see gguf_writer.h. */
#include "gguf_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_number(struct text *to, uint64_t value, int bytes)
{
    char out[8];
    for (int i = 0; i < bytes; i++)
        out[i] = (char)(value >> (8 * i) & 255);
    text_add(to, out, (size_t)bytes);
}

static void add_text(struct text *to, const char *text)
{
    add_number(to, strlen(text), 8);
    text_add(to, text, strlen(text));
}

static void add_key(struct gguf_writer *writer, const char *key, uint64_t type)
{
    writer->n_values++;
    add_text(&writer->values, key);
    add_number(&writer->values, type, 4);
}

void gguf_writer_init(struct gguf_writer *writer)
{
    *writer = (struct gguf_writer){ .n_values = 0 };
}

void gguf_writer_string(struct gguf_writer *writer, const char *key, const char *value)
{
    add_key(writer, key, 8);
    add_text(&writer->values, value);
}

void gguf_writer_integer(struct gguf_writer *writer, const char *key, int32_t value)
{
    add_key(writer, key, 5);
    add_number(&writer->values, (uint32_t)value, 4);
}

void gguf_writer_number(struct gguf_writer *writer, const char *key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    add_key(writer, key, 6);
    add_number(&writer->values, bits, 4);
}

void gguf_writer_strings(struct gguf_writer *writer, const char *key, const char *const *values,
                         int64_t n)
{
    add_key(writer, key, 9);
    add_number(&writer->values, 8, 4);
    add_number(&writer->values, (uint64_t)n, 8);
    for (int64_t i = 0; i < n; i++)
        add_text(&writer->values, values[i]);
}

void gguf_writer_integers(struct gguf_writer *writer, const char *key, const int32_t *values,
                          int64_t n)
{
    add_key(writer, key, 9);
    add_number(&writer->values, 5, 4);
    add_number(&writer->values, (uint64_t)n, 8);
    for (int64_t i = 0; i < n; i++)
        add_number(&writer->values, (uint32_t)values[i], 4);
}

static int clamp(float x, int min, int max)
{
    const float rounded = roundf(x);
    return rounded < (float)min ? min : rounded > (float)max ? max : (int)rounded;
}

static void add_block(struct text *to, enum tensor_type type, const float *x)
{
    float max = 0, low = x[0], high = x[0];
    for (int i = 0; i < 32; i++) {
        max = fmaxf(max, fabsf(x[i]));
        low = fminf(low, x[i]);
        high = fmaxf(high, x[i]);
    }
    const float step = type == TENSOR_Q8_0   ? max / 127
                       : type == TENSOR_Q4_0 ? max / 7
                                             : (high - low) / 15;
    add_number(to, float_to_half(step), 2);
    const float d = half_to_float(float_to_half(step)), inverse = d != 0 ? 1 / d : 0;
    if (type == TENSOR_Q4_1) add_number(to, float_to_half(low), 2);
    const float offset = type == TENSOR_Q4_1 ? low : -8 * d;
    for (int i = 0; i < (type == TENSOR_Q8_0 ? 32 : 16); i++) {
        if (type == TENSOR_Q8_0)
            add_number(to, (uint8_t)clamp(x[i] * inverse, -127, 127), 1);
        else
            add_number(to,
                       (uint64_t)(clamp((x[i] - offset) * inverse, 0, 15) |
                                  clamp((x[i + 16] - offset) * inverse, 0, 15) << 4),
                       1);
    }
}

void gguf_writer_tensor(struct gguf_writer *writer, const char *name, enum tensor_type type,
                        int64_t rows, int64_t columns, const float *numbers)
{
    static const int codes[] = {
        [TENSOR_F32] = 0, [TENSOR_F16] = 1, [TENSOR_Q4_0] = 2, [TENSOR_Q4_1] = 3, [TENSOR_Q8_0] = 8
    };
    const int64_t n = (rows ? rows : 1) * columns;
    while (writer->body.length % 32 != 0)
        add_number(&writer->body, 0, 1);
    writer->n_tensors++;
    add_text(&writer->head, name);
    add_number(&writer->head, rows ? 2 : 1, 4);
    add_number(&writer->head, (uint64_t)columns, 8);
    if (rows) add_number(&writer->head, (uint64_t)rows, 8);
    add_number(&writer->head, (uint64_t)codes[type], 4);
    add_number(&writer->head, writer->body.length, 8);
    for (int64_t i = 0; i < n; i += tensor_block_length(type)) {
        if (type == TENSOR_F32)
            text_add(&writer->body, (const char *)&numbers[i], 4);
        else if (type == TENSOR_F16)
            add_number(&writer->body, float_to_half(numbers[i]), 2);
        else
            add_block(&writer->body, type, numbers + i);
    }
}

void gguf_writer_finish(struct gguf_writer *writer)
{
    text_add_string(&writer->file, "GGUF");
    add_number(&writer->file, 3, 4);
    add_number(&writer->file, (uint64_t)writer->n_tensors, 8);
    add_number(&writer->file, (uint64_t)writer->n_values, 8);
    text_add(&writer->file, writer->values.bytes, writer->values.length);
    text_add(&writer->file, writer->head.bytes, writer->head.length);
    while (writer->file.length % 32 != 0)
        add_number(&writer->file, 0, 1);
    text_add(&writer->file, writer->body.bytes, writer->body.length);
    if (writer->file.failed || writer->body.failed) abort();
}

void gguf_writer_fini(struct gguf_writer *writer)
{
    text_fini(&writer->file);
    text_fini(&writer->values);
    text_fini(&writer->head);
    text_fini(&writer->body);
}

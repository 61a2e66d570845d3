/* piece_table.c - see piece_table.h. Open addressing, at most half full. */
#include "piece_table.h"

#include <stdlib.h>
#include <string.h>

static uint32_t piece_hash(const char *bytes, size_t length)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 16777619U;
    return hash ^ hash >> 15;
}

bool piece_table_init(struct piece_table *table, int32_t n, struct error *error)
{
    uint32_t slots = 16;
    *table = (struct piece_table){ 0 };
    if (n < 1 || n > PIECES_MAX)
        return error_set(error, ERROR_INPUT, "a vocabulary of %d pieces cannot be used", n);
    while (slots < 2 * (uint32_t)n)
        slots *= 2;
    table->pieces = calloc((size_t)n, sizeof *table->pieces);
    table->slots = calloc(slots, sizeof *table->slots);
    if (!table->pieces || !table->slots) {
        piece_table_fini(table);
        return error_memory(error, "a vocabulary");
    }
    table->n = n;
    table->pseudonymiser = slots - 1;
    return true;
}

void piece_table_fini(struct piece_table *table)
{
    text_fini(&table->bytes);
    free(table->pieces);
    free(table->slots);
    *table = (struct piece_table){ 0 };
}

struct slice piece_table_text(const struct piece_table *table, int32_t id)
{
    const struct piece *piece = &table->pieces[id];
    return (struct slice){ table->bytes.bytes + piece->offset, piece->length };
}

/* The slot of a text, or the empty one where it belongs. */
static uint32_t piece_table_slot(const struct piece_table *table, const char *bytes, size_t length)
{
    uint32_t slot = piece_hash(bytes, length) & table->pseudonymiser;
    for (; table->slots[slot]; slot = (slot + 1) & table->pseudonymiser) {
        const struct slice text = piece_table_text(table, table->slots[slot] - 1);
        if (text.length == length && memcmp(text.bytes, bytes, length) == 0) break;
    }
    return slot;
}

bool piece_table_add(struct piece_table *table, int32_t id, struct slice text)
{
    if (id < 0 || id >= table->n || table->pieces[id].length || text.length == 0 ||
        text.length > UINT32_MAX / 4 || table->bytes.length > UINT32_MAX / 2)
        return false;
    table->pieces[id] = (struct piece){ (uint32_t)table->bytes.length, (uint32_t)text.length };
    text_add(&table->bytes, text.bytes, text.length);
    if (table->bytes.failed) return false;
    if (text.length > table->length_max) table->length_max = text.length;
    const uint32_t slot = piece_table_slot(table, text.bytes, text.length);
    if (!table->slots[slot]) table->slots[slot] = id + 1;
    return true;
}

int32_t piece_table_find(const struct piece_table *table, const char *bytes, size_t length)
{
    if (length == 0 || length > table->length_max) return -1;
    return table->slots[piece_table_slot(table, bytes, length)] - 1;
}

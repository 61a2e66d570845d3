/* piece_table.h - the pieces of a vocabulary: text to number and back.
 *
 * Built once, piece by piece, then only read. Numbers come from the file; holes are allowed.
 */
#ifndef LANGUAGE_PIECE_TABLE_H
#define LANGUAGE_PIECE_TABLE_H

#include "aisle/error.h"
#include "aisle/text.h"

#include <stdint.h>

enum { PIECES_MAX = 1 << 22 };

struct piece_table {
    struct text bytes; /* all pieces, one after the other */
    struct piece {
        uint32_t offset, length; /* length 0: a hole */
    } * pieces;                  /* (n) by number */
    int32_t n;
    size_t length_max; /* bytes of the longest piece */
    int32_t *slots;    /* (mask + 1) number + 1, or 0 */
    uint32_t pseudonymiser;
};

/* A table for numbers 0 <= id < n. */
bool piece_table_init(struct piece_table *table, int32_t n, struct error *error);
void piece_table_fini(struct piece_table *table); /* zeroed is allowed */
/* False where the number is out of range or taken. Of two equal texts the first one is found. */
bool piece_table_add(struct piece_table *table, int32_t id, struct slice text);
/* -1 = none */
int32_t piece_table_find(const struct piece_table *table, const char *bytes, size_t length);
struct slice piece_table_text(const struct piece_table *table, int32_t id);

#endif

/* purchase_pairs.c - an open-addressing set of pairs of rows. */
#include "purchase_pairs.h"

#include <stdlib.h>

enum { MAX = 1 << 22 }; /* pairs: 64 MB at the most */

void purchase_pairs_clear(struct bought *bought)
{
    free(bought->pair);
    *bought = (struct bought){ 0 };
}

void purchase_pairs_check(struct bought *bought, sqlite3 *db)
{
    int64_t version = 0;
    bool known = database_number(db, "PRAGMA data_version", &version);
    if (!known || version != bought->version || bought->n > MAX) purchase_pairs_clear(bought);
    bought->version = version;
}

/* The place of a pair, or of the gap where it belongs. */
static size_t place_of(const struct bought *bought, uint64_t pair)
{
    size_t at = (size_t)((pair * 0x9E3779B97F4A7C15u) >> 20) & (bought->capacity - 1);
    while (bought->pair[at] != 0 && bought->pair[at] != pair)
        at = (at + 1) & (bought->capacity - 1);
    return at;
}

static bool grow(struct bought *bought)
{
    struct bought larger = { .capacity = bought->capacity ? bought->capacity * 2 : 1024,
                             .n = bought->n };
    larger.pair = calloc(larger.capacity, sizeof *larger.pair);
    if (!larger.pair) return false;
    for (size_t i = 0; i < bought->capacity; i++)
        if (bought->pair[i] != 0) larger.pair[place_of(&larger, bought->pair[i])] = bought->pair[i];
    larger.version = bought->version;
    free(bought->pair);
    *bought = larger;
    return true;
}

static bool add(struct bought *bought, uint64_t pair, bool *before)
{
    if (2 * bought->n >= bought->capacity && !grow(bought)) return false;
    size_t at = place_of(bought, pair);
    *before = bought->pair[at] == pair;
    bought->n += !*before;
    bought->pair[at] = pair;
    return true;
}

bool purchase_pairs_note(struct bought *bought, sqlite3_stmt *history, int64_t user, int64_t item,
                         bool *before, bool *no_memory)
{
    const uint64_t base = (uint64_t)user << 32;
    bool read = false, seen = false;
    int code = SQLITE_DONE;
    *no_memory = !add(bought, base, &read);
    if (*no_memory) return false;
    if (!read) {
        sqlite3_bind_int64(history, 1, user);
        while (!*no_memory && (code = sqlite3_step(history)) == SQLITE_ROW)
            *no_memory = !add(bought, base | (uint32_t)sqlite3_column_int64(history, 0), &seen);
        sqlite3_reset(history);
    }
    if (*no_memory || code != SQLITE_DONE) {
        purchase_pairs_clear(bought); /* half a history is none */
        return false;
    }
    *no_memory = !add(bought, base | (uint64_t)item, before);
    return !*no_memory;
}

/* select_number.c - see select_number.h. */
#include "select_number.h"
#include "checked.h"

#include <stdlib.h>
#include <string.h>

static const int64_t exact_max = (int64_t)1 << 53;

struct entry {
    uint64_t order; /* ascends as the rows do */
    int64_t key;
};

/* Doubles compare as their bits do once the sign is turned round. */
static uint64_t order_of(double number, bool descending)
{
    uint64_t bits;
    number += 0.0; /* -0 is 0 */
    memcpy(&bits, &number, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    return descending ? ~bits : bits;
}

/* False where the value is none that a double holds exactly. */
static bool read_order(sqlite3_stmt *rows, bool descending, uint64_t *order)
{
    int64_t whole;
    switch (sqlite3_column_type(rows, 1)) {
    case SQLITE_NULL:
        *order = UINT64_MAX;
        return true;
    case SQLITE_INTEGER:
        whole = sqlite3_column_int64(rows, 1);
        *order = order_of((double)whole, descending);
        return whole >= -exact_max && whole <= exact_max;
    case SQLITE_FLOAT:
        *order = order_of(sqlite3_column_double(rows, 1), descending);
        return true;
    default:
        return false;
    }
}

static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->order != b->order) return a->order < b->order ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

static bool reserve(struct entry **entries, int64_t n, int64_t *capacity)
{
    if (n < *capacity) return true;
    const int64_t more = *capacity ? *capacity + *capacity / 2 : 1024;
    struct entry *grown = realloc(*entries, (size_t)more * sizeof *grown);
    if (!grown) return false;
    *entries = grown;
    *capacity = more;
    return true;
}

bool select_by_number(struct reader *reader, sqlite3_stmt *rows, struct selection *selection,
                      bool *exact, struct error *error)
{
    struct entry *entries = NULL, last = { 0 };
    int64_t n = 0, capacity = 0;
    bool sorted = true, good = false;
    int code;

    while (*exact && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        struct entry next = { .key = sqlite3_column_int64(rows, 0) };
        *exact = read_order(rows, selection->query.descending, &next.order);
        if (n == capacity && !checked_count(reader->db, reader->workspace->path, n, error))
            goto out;
        if (!reserve(&entries, n, &capacity)) {
            error_memory(error, "the list of rows");
            goto out;
        }
        sorted = sorted && (n == 0 || compare(&last, &next) < 0);
        entries[n++] = last = next;
    }
    if (!*exact) {
        good = true;
        goto out;
    }
    if (!reader_done(reader, code, "be read", error)) goto out;
    if (!sorted) qsort(entries, (size_t)n, sizeof *entries, compare);
    /* Keys move to the front of the same block: they are half as long. */
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)entries + (size_t)i * sizeof(int64_t), &entries[i].key, sizeof(int64_t));
    selection->key = (int64_t *)(void *)entries;
    selection->n = n;
    if (n > 0) {
        int64_t *fitting = realloc(selection->key, (size_t)n * sizeof *fitting);
        if (fitting) selection->key = fitting;
    }
    return true;
out:
    free(entries);
    return good;
}

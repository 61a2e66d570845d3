/* sparse.c - making, transposing and searching a matrix by rows.
 *
 * Transposing is a counting sort. Large matrices are cut into shards of consecutive rows with
 * about as many entries each; every shard counts its columns, a prefix sum over (column, shard)
 * gives each shard its own places, and all shards write at once. The result does not depend on
 * the number of shards.
 */
#include "aisle/sparse.h"

#include "aisle/parallel.h"

#include <stdlib.h>
#include <string.h>

/* Below this many entries a second thread costs more than it saves. */
enum { ENTRIES_PER_SHARD = 250000, SHARDS_MAX = 64 };

bool sparse_init(struct sparse *matrix, int32_t n_rows, int32_t n_columns, int64_t entries,
                 struct error *error)
{
    *matrix = (struct sparse){ .n_rows = n_rows, .n_columns = n_columns };
    matrix->start = calloc((size_t)n_rows + 1, sizeof *matrix->start);
    if (entries >= 0 && (uint64_t)entries < SIZE_MAX / sizeof *matrix->column) {
        size_t capacity = entries > 0 ? (size_t)entries : 1;
        matrix->column = malloc(capacity * sizeof *matrix->column);
        matrix->value = malloc(capacity * sizeof *matrix->value);
    }
    if (matrix->start && matrix->column && matrix->value) return true;
    sparse_fini(matrix);
    return error_memory(error, "a sparse matrix");
}

void sparse_fini(struct sparse *matrix)
{
    free(matrix->start);
    free(matrix->column);
    free(matrix->value);
    *matrix = (struct sparse){ 0 };
}

int64_t sparse_entries(const struct sparse *matrix)
{
    return matrix->start ? matrix->start[matrix->n_rows] : 0;
}

struct transposition {
    const struct sparse *from;
    struct sparse *to;
    int64_t *place;    /* (n_shards, from->n_columns) counts, then where the next entry goes */
    int32_t *boundary; /* (n_shards + 1) shard s is rows [boundary[s], boundary[s+1]) */
};

static void count_shard(void *context, size_t begin, size_t end, int worker)
{
    struct transposition *t = context;
    (void)worker;
    for (size_t s = begin; s < end; s++) {
        int64_t *count = t->place + s * (size_t)t->from->n_columns;
        int64_t last = t->from->start[t->boundary[s + 1]];
        for (int64_t i = t->from->start[t->boundary[s]]; i < last; i++)
            count[t->from->column[i]]++;
    }
}

static void write_shard(void *context, size_t begin, size_t end, int worker)
{
    struct transposition *t = context;
    (void)worker;
    for (size_t s = begin; s < end; s++) {
        int64_t *place = t->place + s * (size_t)t->from->n_columns;
        for (int32_t row = t->boundary[s]; row < t->boundary[s + 1]; row++) {
            for (int64_t i = t->from->start[row]; i < t->from->start[row + 1]; i++) {
                int64_t to = place[t->from->column[i]]++;
                t->to->column[to] = row;
                t->to->value[to] = t->from->value[i];
            }
        }
    }
}

static void cut_into_shards(const struct sparse *matrix, int n_shards, int32_t *boundary)
{
    int64_t entries = sparse_entries(matrix);
    int32_t row = 0;

    for (int s = 0; s < n_shards; s++) {
        while (row < matrix->n_rows && matrix->start[row] < entries / n_shards * s)
            row++;
        boundary[s] = row;
    }
    boundary[n_shards] = matrix->n_rows;
}

static int shards_for(const struct sparse *matrix)
{
    int64_t entries = sparse_entries(matrix), max = parallel_threads();

    if (max > SHARDS_MAX) max = SHARDS_MAX;
    if (max > entries / ENTRIES_PER_SHARD) max = entries / ENTRIES_PER_SHARD;
    if (matrix->n_columns > 0 && max > entries / matrix->n_columns) /* O(entries + columns) */
        max = entries / matrix->n_columns;
    return max < 1 ? 1 : (int)max;
}

bool sparse_transpose(const struct sparse *matrix, struct sparse *transposed, struct error *error)
{
    int32_t boundary[SHARDS_MAX + 1];
    const int n_shards = shards_for(matrix);
    const size_t n_columns = (size_t)matrix->n_columns;
    struct transposition t = { matrix, transposed, NULL, boundary };

    if (!sparse_init(transposed, matrix->n_columns, matrix->n_rows, sparse_entries(matrix), error))
        return false;
    t.place = calloc(n_columns * (size_t)n_shards + 1, sizeof *t.place);
    if (!t.place) {
        sparse_fini(transposed);
        return error_memory(error, "a transposed matrix");
    }
    cut_into_shards(matrix, n_shards, boundary);
    parallel_for(n_shards, (size_t)n_shards, 1, count_shard, &t, NULL);
    int64_t sum = 0;
    for (size_t column = 0; column < n_columns; column++) {
        for (size_t s = 0; s < (size_t)n_shards; s++) {
            int64_t count = t.place[s * n_columns + column];
            t.place[s * n_columns + column] = sum;
            sum += count;
        }
        transposed->start[column + 1] = sum;
    }
    parallel_for(n_shards, (size_t)n_shards, 1, write_shard, &t, NULL);
    free(t.place);
    return true;
}

int64_t sparse_find(const struct sparse *matrix, int32_t row, int32_t column)
{
    int64_t low = matrix->start[row], high = matrix->start[row + 1];

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (matrix->column[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < matrix->start[row + 1] && matrix->column[low] == column ? low : -1;
}

/* presentation_export.c - a table written while presenting: people are pseudonyms, and what is left
 * does not tell them either. Times are the month's first day, ages tens of years, numbers of rows
 * are left out, and the rows come in an order of chance: in their own, the first would be the one
 * who came first. */
#include "present_export.h"

#include "aisle/moment.h"
#include "aisle/rng.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_ROWS = 500, /* of the source, a page at a time */
    GATHERED_BLOCKS =
        64, /* blocks, taken from all over the table, that are mixed with each other */
};

struct gathered {
    const struct masked_export *export;
    struct table_block blocks[GATHERED_BLOCKS];
    struct page *shown[GATHERED_BLOCKS];
    int32_t n, n_rows;
    int32_t rows[GATHERED_BLOCKS * BLOCK_ROWS]; /* block * BLOCK_ROWS + row */
};

static void gathered_clear(struct gathered *gathered)
{
    for (int32_t b = 0; b < gathered->n; b++) {
        page_free(gathered->shown[b]);
        page_free(gathered->blocks[b].page);
    }
    gathered->n = gathered->n_rows = 0;
}

static bool gather_block(struct gathered *gathered, int64_t first, struct error *error)
{
    const struct masked_export *export = gathered->export;
    struct table_block *block = &gathered->blocks[gathered->n];
    const int64_t left = export->set->n - first;
    *block = (struct table_block){ 0 };
    if (!export->set->source->kind->page(export->set, export->context, first,
                                         left < BLOCK_ROWS ? (int32_t)left : BLOCK_ROWS, block,
                                         error))
        return false;
    struct page *shown =
        presentation_page(&export->look, block->columns, block->n_columns, block->page, error);
    gathered->shown[gathered->n] = shown;
    for (int32_t row = 0; shown && row < shown->n_rows; row++)
        gathered->rows[gathered->n_rows++] = gathered->n * BLOCK_ROWS + row;
    gathered->n++;
    return shown != NULL;
}

static int64_t month_of(int64_t moment)
{
    int year, month, day, weekday;
    moment_to_civil(moment, &year, &month, &day, &weekday);
    return moment_from_civil(year, month, 1, 0, 0, 0);
}

/* 37 is 30: the tens of a figure of two digits. */
static void add_decade(struct page *page, int32_t column, struct slice age)
{
    char text[8];
    if (age.length != 2) return; /* left out */
    memcpy(text, age.bytes, 2);
    text[1] = '0';
    page_set_text(page, column, (struct slice){ text, 2 });
}

static void add_cell(const struct masked_export *export, struct page *page, int32_t column,
                     const struct table_column *what, const struct cell *cell)
{
    struct cell coarse = *cell;
    const bool events = export->look.spec->type_column != NULL;
    if (cell->absent) return;
    if (events && what->type == CELL_INTEGER) return; /* numbers of events, lines and imports */
    if (what->type == CELL_MOMENT) coarse.integer = month_of(cell->integer);
    if (strcmp(what->name, "age") == 0 && what->type == CELL_TEXT)
        add_decade(page, column, cell->text);
    else
        page_copy_cell(page, column, &coarse, what->type);
}

static bool write_gathered(struct gathered *gathered, struct table_export *out, struct rng *rng,
                           struct error *error)
{
    rng_shuffle(rng, gathered->rows, gathered->n_rows);
    for (int32_t at = 0; at < gathered->n_rows; at += BLOCK_ROWS) {
        const int32_t left = gathered->n_rows - at, n = left < BLOCK_ROWS ? left : BLOCK_ROWS;
        struct page *page = page_new(out->rows, n, out->n_columns, error);
        for (int32_t row = 0; page && row < n; row++) {
            const int32_t from = gathered->rows[at + row];
            page_add_row(page, 0);
            for (int32_t column = 0; column < out->n_columns; column++)
                add_cell(gathered->export, page, column, &out->columns[column],
                         page_cell(gathered->shown[from / BLOCK_ROWS], from % BLOCK_ROWS, column));
        }
        const bool good = page && page_finish(page, error) && table_export_page(out, page, error);
        page_free(page);
        if (!good) return false;
    }
    return true;
}

/* Blocks in an order of chance, so many at a time. */
static bool write_blocks(struct gathered *gathered, struct table_export *out, int32_t *order,
                         int32_t n_blocks, struct error *error)
{
    const struct masked_export *export = gathered->export;
    struct rng rng;
    bool good = true;
    rng_init(&rng, export->seed);
    for (int32_t b = 0; b < n_blocks; b++)
        order[b] = b;
    rng_shuffle(&rng, order, n_blocks);
    for (int32_t b = 0; good && b < n_blocks;) {
        while (good && b < n_blocks && gathered->n < GATHERED_BLOCKS)
            good = gather_block(gathered, (int64_t)order[b++] * BLOCK_ROWS, error);
        if (good && !out->columns) {
            out->columns = gathered->blocks[0].columns;
            out->n_columns = gathered->blocks[0].n_columns;
            good = table_export_begin(out, error);
        }
        good = good && write_gathered(gathered, out, &rng, error);
        progress_add(export->context->progress, gathered->n_rows);
        if (good && progress_cancelled(export->context->progress))
            good = error_set(error, ERROR_CANCELLED, "the export was cancelled");
        if (b < n_blocks || !good) gathered_clear(gathered);
    }
    return good && table_export_end(out, error);
}

bool presentation_export(const struct masked_export *export, struct table_export *out,
                         struct error *error)
{
    const int64_t blocks = export->set->n == 0 ? 1 : (export->set->n - 1) / BLOCK_ROWS + 1;
    struct gathered *gathered = blocks <= INT32_MAX ? calloc(1, sizeof *gathered) : NULL;
    int32_t *order = gathered ? malloc((size_t)blocks * sizeof *order) : NULL;
    bool good = order || error_memory(error, "the order of rows");
    out->columns = NULL;
    if (good) {
        gathered->export = export;
        good = write_blocks(gathered, out, order, (int32_t)blocks, error);
        gathered_clear(gathered);
    }
    free(order);
    free(gathered);
    return good;
}

/* lists.c - what another engine recommends: CSV or TSV with a header, user, item and rank, and
 * score and model where there are such columns. `aisle export recommendations` writes it.
 */
#include "exchange/delimited.h"
#include "exchange/format.h"
#include "exchange/number.h"

#include <math.h>
#include <string.h>

static int32_t find(const struct slice *cell, int32_t n, const char *const *names)
{
    for (; *names; names++)
        for (int32_t i = 0; i < n; i++)
            if (slice_equal_fold(cell[i], *names)) return i;
    return -1;
}

struct lists {
    struct delimited rows;
    struct columns columns;
    int32_t rank, score, model;
};

static bool find_columns(struct lists *lists, const struct slice *cell, int32_t n, const char *map,
                         struct error *error)
{
    static const char *const ranks[] = { "rank", "position", "place", NULL };
    static const char *const scores[] = { "score", "prediction", "weight", NULL };
    static const char *const models[] = { "model", "engine", "algorithm", "recommender", NULL };

    if (!columns_find(&lists->columns, cell, n, map, NULL, error)) return false;
    lists->rank = find(cell, n, ranks);
    lists->score = find(cell, n, scores);
    lists->model = find(cell, n, models);
    return true;
}

static bool has_all(const struct lists *lists)
{
    return lists->columns.at[COLUMN_USER] >= 0 && lists->columns.at[COLUMN_ITEM] >= 0 &&
           lists->rank >= 0;
}

static enum part recognise(const struct sample *sample)
{
    struct slice cell[COLUMNS_MAX];
    struct lists lists = { 0 };
    const int32_t n = sample_header(sample, cell, COLUMNS_MAX);

    if (n < 3 || n > COLUMNS_MAX || !find_columns(&lists, cell, n, sample->map, NULL))
        return PART_NONE;
    return has_all(&lists) ? PART_LISTS : PART_NONE;
}

static void read_row(struct lists *lists)
{
    struct import_context *import_context = lists->rows.import_context;
    const struct delimited *rows = &lists->rows;
    const struct slice score = delimited_cell(rows, lists->score);
    struct record record =
        import_event(import_context, delimited_cell(rows, lists->columns.at[COLUMN_USER]),
                     delimited_cell(rows, lists->columns.at[COLUMN_ITEM]));
    const char *reason = import_bad_id(record.user, "no user");

    record.kind = RECORD_LISTED;
    record.line = rows->line;
    record.name =
        import_utf8(&import_context->scratch, slice_trim(delimited_cell(rows, lists->model)));
    if (!reason) reason = import_bad_id(record.item, "no item");
    if (!reason && (!number_read(delimited_cell(rows, lists->rank), &record.quantity) ||
                    !(record.quantity > 0)))
        reason = "rank is not a number above 0";
    if (!reason && score.length > 0 && !number_read(score, &record.value))
        reason = "score is not a number";
    if (!reason && record.name.length > 200) reason = "a model's name of more than 200 bytes";
    import_judged(import_context, &record, reason, rows->row);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct lists lists = { 0 };
    struct sample sample = { .name = "" };
    struct slice first;
    bool done = false;

    (void)part;
    if (!lines_peek(&import_context->lines, &sample.head, &sample.whole, import_context->error))
        return false;
    if (!sample_line(&sample, 0, &first)) return true;
    if (!delimited_open(&lists.rows, import_context, delimiter_of(first))) goto out;
    if (!delimited_next(&lists.rows)) {
        done = !import_context->stopped;
        goto out;
    }
    if (!find_columns(&lists, lists.rows.cell, lists.rows.n_cells, import_context->map,
                      import_context->error))
        goto out;
    if (!has_all(&lists)) {
        error_set(import_context->error, ERROR_INPUT,
                  "lists have columns for the user, the item and the rank");
        goto out;
    }
    while (delimited_next(&lists.rows))
        read_row(&lists);
    done = !import_context->stopped;
out:
    delimited_close(&lists.rows);
    return done;
}

const struct format format_lists = { "lists", PART_LISTS, recognise, read_part, NULL };

/* movielens.c - ratings.csv and movies.csv of MovieLens 20M, 25M, 32M and latest: tables whose
 * columns have their own names (table.c reads them; half stars are plain numbers). Tags, links
 * and genomes are passed over. */
#include "exchange/format.h"

enum { COLUMNS_LOOKED_AT = 8 };

static bool has_columns(const struct slice *cell, int32_t n, const char *a, const char *b,
                        const char *c)
{
    return n >= 3 && slice_equal(cell[0], a) && slice_equal(cell[1], b) && slice_equal(cell[2], c);
}

static enum part recognise(const struct sample *sample)
{
    struct slice cell[COLUMNS_LOOKED_AT];
    int32_t n = sample_header(sample, cell, COLUMNS_LOOKED_AT);

    if (has_columns(cell, n, "userId", "movieId", "rating")) return PART_EVENTS;
    if (has_columns(cell, n, "movieId", "title", "genres")) return PART_ITEMS;
    if (has_columns(cell, n, "userId", "movieId", "tag")) return PART_IGNORED;
    if (has_columns(cell, n, "movieId", "imdbId", "tmdbId")) return PART_IGNORED;
    if (has_columns(cell, n, "movieId", "tagId", "relevance")) return PART_IGNORED;
    if (n == 2 && slice_equal(cell[0], "tagId") && slice_equal(cell[1], "tag")) return PART_IGNORED;
    return PART_NONE;
}

const struct format format_movielens = { "movielens", PART_EVENTS, recognise, table_read,
                                         table_understand };

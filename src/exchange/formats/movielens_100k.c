/* movielens_100k.c - u.data (tab: user item rating time), u.item (|, latin-1, 19 genre flags),
 * u.user (|: id age gender occupation zip). No headers. Also any table of four numbers a line with
 * a tab between them whose last is a time in seconds. */
#include "exchange/format.h"

#include <string.h>

enum { LINES_LOOKED_AT = 20, FIRST_GENRE = 5, GENRES = 19, EARLIEST = 100000000 };

/* The order of the flags in u.item; u.genre says the same. */
static const char *const genres[GENRES] = {
    "unknown",     "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
    "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
    "Romance",     "Sci-Fi", "Thriller",  "War",       "Western",
};

/* Four numbers, the last a time. */
static bool is_rating_line(struct slice line)
{
    struct slice field[5];
    double rating;
    int64_t time;

    return split_fields(line, '\t', field, 5) == 4 && field[0].length > 0 && field[1].length > 0 &&
           slice_to_double(field[2], &rating) && slice_to_int64(field[3], &time) &&
           time >= EARLIEST;
}

/* u1.base, ua.test: parts of u.data that evaluations used. */
static bool is_split(const struct sample *sample)
{
    return (sample->name[0] == 'u' || sample->name[0] == 'U') && strlen(sample->name) == 7 &&
           (sample_name_ends(sample, ".base") || sample_name_ends(sample, ".test"));
}

static enum part recognise(const struct sample *sample)
{
    static const char *const others[] = { "u.genre", "u.info", "u.occupation" };
    struct slice line;
    int32_t n = 0;

    if (sample_name_is(sample, "u.item")) return PART_ITEMS;
    if (sample_name_is(sample, "u.user")) return PART_USERS;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (sample_name_is(sample, others[i])) return PART_IGNORED;
    if (is_split(sample)) return PART_IGNORED;
    for (; n < LINES_LOOKED_AT && sample_line(sample, n, &line); n++)
        if (!is_rating_line(line)) return PART_NONE;
    return n > 0 ? PART_EVENTS : PART_NONE;
}

static void read_rating(struct import_context *import_context, struct slice line)
{
    struct slice field[4];

    if (split_fields(line, '\t', field, 4) == 4)
        import_rating(import_context, field, line);
    else
        import_reject(import_context, import_context->lines.number, "not four columns", line);
}

/* id|title|release date|video release date|URL|flags */
static void read_item(struct import_context *import_context, struct slice line)
{
    struct slice field[FIRST_GENRE + GENRES];
    struct attribute attributes[2];
    struct record record = { .kind = RECORD_ITEM,
                             .line = import_context->lines.number,
                             .attributes = attributes };
    char category[256];
    size_t length = 0;

    if (split_fields(line, '|', field, FIRST_GENRE + GENRES) != FIRST_GENRE + GENRES) {
        import_reject(import_context, record.line, "not 24 columns", line);
        return;
    }
    for (int32_t i = 0; i < GENRES; i++) {
        size_t name = strlen(genres[i]);

        if (!slice_equal(field[FIRST_GENRE + i], "1")) continue;
        if (length > 0) category[length++] = '|';
        memcpy(category + length, genres[i], name);
        length += name;
    }
    record.item = field[0];
    record.name = slice_trim(import_utf8(&import_context->scratch, field[1]));
    if (field[2].length > 0)
        attributes[record.n_attributes++] = (struct attribute){ slice_of("released"), field[2] };
    if (length > 0)
        attributes[record.n_attributes++] =
            (struct attribute){ slice_of("category"), { category, length } };
    import_row(import_context, &record, line);
}

static void read_user(struct import_context *import_context, struct slice line)
{
    static const char *const names[] = { "age", "gender", "occupation", "zip" };
    struct slice field[5];
    struct attribute attributes[4];
    struct record record = { .kind = RECORD_USER,
                             .line = import_context->lines.number,
                             .attributes = attributes };

    if (split_fields(line, '|', field, 5) != 5) {
        import_reject(import_context, record.line, "not five columns", line);
        return;
    }
    record.user = field[0];
    for (int32_t i = 1; i < 5; i++)
        if (field[i].length > 0)
            attributes[record.n_attributes++] =
                (struct attribute){ slice_of(names[i - 1]), field[i] };
    import_row(import_context, &record, line);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct slice line;

    while (import_line(import_context, &line)) {
        if (part == PART_ITEMS)
            read_item(import_context, line);
        else if (part == PART_USERS)
            read_user(import_context, line);
        else
            read_rating(import_context, line);
    }
    return !import_context->stopped;
}

const struct format format_movielens_100k = { "movielens-100k", PART_EVENTS, recognise, read_part,
                                              NULL };

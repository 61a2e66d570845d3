/* movielens_1m.c - ratings.dat, movies.dat, users.dat (1M and 10M): fields split by "::", latin-1,
 * titles with colons. Age and occupation are codes; they are written out as the data set's README
 * defines them. */
#include "exchange/format.h"

#include <string.h>

enum { LINES_LOOKED_AT = 20 };

static const struct {
    const char *code, *text;
} ages[] = {
    { "1", "under 18" }, { "18", "18-24" }, { "25", "25-34" }, { "35", "35-44" },
    { "45", "45-49" },   { "50", "50-55" }, { "56", "56+" },
};

static const char *const occupations[] = {
    "other",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
};

static enum part recognise(const struct sample *sample)
{
    struct slice line, field[5];
    bool movies = sample_name_has(sample, "movies");
    int32_t n = 0, columns = 0;

    for (; n < LINES_LOOKED_AT && sample_line(sample, n, &line); n++) {
        int32_t here = split_double_colon(line, field, 5);

        /* Only titles can hold "::" themselves. */
        if (here < 3 || (n > 0 && here != columns && !movies)) return PART_NONE;
        columns = here;
    }
    if (n == 0) return PART_NONE;
    if (movies) return PART_ITEMS;
    if (columns == 5) return PART_USERS;
    if (columns == 3) return PART_ITEMS;
    if (sample_name_has(sample, "tags")) return PART_IGNORED;
    return columns == 4 ? PART_EVENTS : PART_NONE;
}

static void read_rating(struct import_context *import_context, struct slice line)
{
    struct slice field[4];

    if (split_double_colon(line, field, 4) == 4)
        import_rating(import_context, field, line);
    else
        import_reject(import_context, import_context->lines.number, "not four columns", line);
}

/* id::title::genre|genre. A title may hold "::" itself, so the id ends at the first pair of colons
 * and the genres begin behind the last. */
static void read_item(struct import_context *import_context, struct slice line)
{
    struct slice field[8];
    int32_t n = split_double_colon(line, field, 8);
    struct attribute category = { .name = slice_of("category") };
    struct record record = { .kind = RECORD_ITEM,
                             .line = import_context->lines.number,
                             .attributes = &category };

    if (n < 3 || n > 8) {
        import_reject(import_context, record.line, "not three columns", line);
        return;
    }
    record.item = field[0];
    record.name =
        (struct slice){ field[1].bytes, (size_t)(field[n - 1].bytes - 2 - field[1].bytes) };
    record.name = slice_trim(import_utf8(&import_context->scratch, record.name));
    category.value = field[n - 1];
    record.n_attributes = category.value.length > 0 ? 1 : 0;
    import_row(import_context, &record, line);
}

static struct slice age_text(struct slice code)
{
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
        if (slice_equal(code, ages[i].code)) return slice_of(ages[i].text);
    return code;
}

static struct slice occupation_text(struct slice code)
{
    int64_t number;

    if (slice_to_int64(code, &number) && number >= 0 &&
        number < (int64_t)(sizeof occupations / sizeof *occupations))
        return slice_of(occupations[number]);
    return code;
}

/* id::gender::age::occupation::zip */
static void read_user(struct import_context *import_context, struct slice line)
{
    struct slice field[5];
    struct attribute attributes[4];
    struct record record = { .kind = RECORD_USER,
                             .line = import_context->lines.number,
                             .attributes = attributes,
                             .n_attributes = 4 };

    if (split_double_colon(line, field, 5) != 5) {
        import_reject(import_context, record.line, "not five columns", line);
        return;
    }
    record.user = field[0];
    attributes[0] = (struct attribute){ slice_of("age"), age_text(field[2]) };
    attributes[1] = (struct attribute){ slice_of("gender"), field[1] };
    attributes[2] = (struct attribute){ slice_of("occupation"), occupation_text(field[3]) };
    attributes[3] = (struct attribute){ slice_of("zip"), field[4] };
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

const struct format format_movielens_1m = { "movielens-1m", PART_EVENTS, recognise, read_part,
                                            NULL };

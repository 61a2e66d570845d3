/* lastfm.c - HetRec 2011 Last.fm: user_artists.dat (plays), artists.dat, user_friends.dat; tab and
 * a header. Tags and taggings are passed over. The names in artists.dat contain quotes that quote
 * nothing, so lines are split at tabs and at nothing else. */
#include "exchange/format.h"
#include "exchange/number.h"

#include <string.h>

enum { COLUMNS_LOOKED_AT = 6 };

static enum part recognise(const struct sample *sample)
{
    struct slice line, field[COLUMNS_LOOKED_AT];
    int32_t n;

    if (!sample_line(sample, 0, &line)) return PART_NONE;
    n = split_fields(line, '\t', field, COLUMNS_LOOKED_AT);
    if (n == 3 && slice_equal(field[0], "userID") && slice_equal(field[1], "artistID") &&
        slice_equal(field[2], "weight"))
        return PART_EVENTS;
    if (n == 2 && slice_equal(field[0], "userID") && slice_equal(field[1], "friendID"))
        return PART_FRIENDS;
    if (n == 4 && slice_equal(field[0], "id") && slice_equal(field[1], "name") &&
        slice_equal(field[2], "url"))
        return PART_ITEMS;
    if (n >= 2 && (slice_equal(field[0], "tagID") ||
                   (n >= 4 && slice_equal(field[0], "userID") && slice_equal(field[2], "tagID"))))
        return PART_IGNORED;
    return PART_NONE;
}

static void read_plays(struct import_context *import_context, struct slice line)
{
    struct slice field[3];
    struct record record;

    if (split_fields(line, '\t', field, 3) != 3) {
        import_reject(import_context, import_context->lines.number, "not three columns", line);
        return;
    }
    record = import_event(import_context, field[0], field[1]);
    record.type = EVENT_WEIGHT;
    if (!number_read(field[2], &record.value))
        import_reject(import_context, record.line, "weight is not a number", line);
    else
        import_row(import_context, &record, line);
}

static void read_artist(struct import_context *import_context, struct slice line)
{
    struct slice field[4];
    int32_t n = split_fields(line, '\t', field, 4);
    struct attribute attributes[2];
    struct record record = { .kind = RECORD_ITEM,
                             .line = import_context->lines.number,
                             .attributes = attributes };
    const char *reason = n < 2 || n > 4 ? "not four columns" : import_bad_id(field[0], "no item");

    if (reason) {
        import_reject(import_context, record.line, reason, line);
        return;
    }
    record.item = field[0];
    record.name = slice_trim(import_utf8(&import_context->scratch, field[1]));
    if (n > 2 && field[2].length > 0)
        attributes[record.n_attributes++] = (struct attribute){ slice_of("url"), field[2] };
    if (n > 3 && field[3].length > 0)
        attributes[record.n_attributes++] = (struct attribute){ slice_of("picture"), field[3] };
    if (import_record(import_context, &record)) import_accept(import_context);
}

static void read_friend(struct import_context *import_context, struct slice line)
{
    struct slice field[2];
    struct record record = { .kind = RECORD_FRIENDSHIP, .line = import_context->lines.number };

    if (split_fields(line, '\t', field, 2) != 2) {
        import_reject(import_context, record.line, "not two columns", line);
        return;
    }
    record.user = field[0];
    record.other = field[1];
    import_row(import_context, &record, line);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct slice line;

    if (!import_line(import_context, &line)) return !import_context->stopped; /* the header */
    while (import_line(import_context, &line)) {
        if (part == PART_ITEMS)
            read_artist(import_context, line);
        else if (part == PART_FRIENDS)
            read_friend(import_context, line);
        else
            read_plays(import_context, line);
    }
    return !import_context->stopped;
}

const struct format format_lastfm = { "lastfm", PART_EVENTS, recognise, read_part, NULL };

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

static void read_plays(struct intake *intake, struct slice line)
{
    struct slice field[3];
    struct record record;

    if (split_fields(line, '\t', field, 3) != 3) {
        intake_reject(intake, intake->lines.number, "not three columns", line);
        return;
    }
    record = intake_event(intake, field[0], field[1]);
    record.type = EVENT_WEIGHT;
    if (!number_read(field[2], &record.value))
        intake_reject(intake, record.line, "weight is not a number", line);
    else
        intake_row(intake, &record, line);
}

static void read_artist(struct intake *intake, struct slice line)
{
    struct slice field[4];
    int32_t n = split_fields(line, '\t', field, 4);
    struct attribute attributes[2];
    struct record record = { .kind = RECORD_ITEM,
                             .line = intake->lines.number,
                             .attributes = attributes };
    const char *reason = n < 2 || n > 4 ? "not four columns" : intake_bad_id(field[0], "no item");

    if (reason) {
        intake_reject(intake, record.line, reason, line);
        return;
    }
    record.item = field[0];
    record.name = slice_trim(intake_utf8(&intake->scratch, field[1]));
    if (n > 2 && field[2].length > 0)
        attributes[record.n_attributes++] = (struct attribute){ slice_of("url"), field[2] };
    if (n > 3 && field[3].length > 0)
        attributes[record.n_attributes++] = (struct attribute){ slice_of("picture"), field[3] };
    if (intake_record(intake, &record)) intake_accept(intake);
}

static void read_friend(struct intake *intake, struct slice line)
{
    struct slice field[2];
    struct record record = { .kind = RECORD_FRIENDSHIP, .line = intake->lines.number };

    if (split_fields(line, '\t', field, 2) != 2) {
        intake_reject(intake, record.line, "not two columns", line);
        return;
    }
    record.user = field[0];
    record.other = field[1];
    intake_row(intake, &record, line);
}

static bool read_part(struct intake *intake, enum part part)
{
    struct slice line;

    if (!intake_line(intake, &line)) return !intake->stopped; /* the header */
    while (intake_line(intake, &line)) {
        if (part == PART_ITEMS)
            read_artist(intake, line);
        else if (part == PART_FRIENDS)
            read_friend(intake, line);
        else
            read_plays(intake, line);
    }
    return !intake->stopped;
}

const struct format format_lastfm = { "lastfm", PART_EVENTS, recognise, read_part, NULL };

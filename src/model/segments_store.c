/* segments_store.c - segments written and read with a model. */
#include "segments.h"

#include <stdlib.h>

static void write_text(struct byte_writer *writer, struct slice text)
{
    bytes_write_int32(writer, (int32_t)text.length);
    bytes_write(writer, text.bytes, text.length);
}

void segments_save(const struct segments *segments, struct byte_writer *writer)
{
    int64_t bytes = 0;

    for (int32_t a = 0; a < segments->n_attributes; a++)
        bytes += (int64_t)segments->names[a].length;
    for (int32_t s = 0; s < segments->n; s++)
        bytes += (int64_t)segments->segments[s].value.length;
    bytes_write_int32(writer, segments->n_attributes);
    bytes_write_int32(writer, segments->n);
    bytes_write_int64(writer, segments->n_members);
    bytes_write_int64(writer, bytes);
    for (int32_t a = 0; a < segments->n_attributes; a++) {
        write_text(writer, segments->names[a]);
        bytes_write_int32(writer, segments->dates[a]);
    }
    for (int32_t s = 0; s < segments->n; s++) {
        const struct segment *segment = &segments->segments[s];
        bytes_write_int32(writer, segment->attribute);
        bytes_write_int32(writer, segment->band);
        bytes_write_int32(writer, segment->people);
        bytes_write_double(writer, segment->low);
        bytes_write_double(writer, segment->high);
        write_text(writer, segment->value);
    }
    bytes_write(writer, segments->member, (size_t)segments->n_members * sizeof *segments->member);
}

static bool read_text(struct byte_reader *reader, char **next, int64_t *left, struct slice *text)
{
    const int32_t length = bytes_read_int32(reader);

    if (reader->failed || length < 0 || length > *left) return false;
    *text = (struct slice){ *next, (size_t)length };
    *next += length;
    *left -= length;
    return bytes_read(reader, *next - length, (size_t)length);
}

/* Reads what fits into memory only: sizes from a damaged stream are believed a piece at a time. */
static bool read_capacity(struct segments *segments, int32_t n_users, struct byte_reader *reader,
                          int64_t *bytes)
{
    enum { MAX = 1 << 26 };

    segments->n_attributes = bytes_read_int32(reader);
    segments->n = bytes_read_int32(reader);
    segments->n_members = bytes_read_int64(reader);
    *bytes = bytes_read_int64(reader);
    if (reader->failed || segments->n_attributes < 0 || segments->n_attributes > 65536 ||
        segments->n < 0 || segments->n > MAX || segments->n_members < 0 ||
        segments->n_members > (int64_t)segments->n * n_users || segments->n_members > INT32_MAX ||
        *bytes < 0 || *bytes > ((int64_t)1 << 32))
        return false;
    segments->names = calloc((size_t)segments->n_attributes + 1, sizeof *segments->names);
    segments->dates = calloc((size_t)segments->n_attributes + 1, sizeof *segments->dates);
    segments->segments = calloc((size_t)segments->n + 1, sizeof *segments->segments);
    segments->bytes = malloc((size_t)*bytes + 1);
    segments->member = malloc(((size_t)segments->n_members + 1) * sizeof *segments->member);
    if (segments->names && segments->dates && segments->segments && segments->bytes &&
        segments->member)
        return true;
    reader->failed = true;
    return error_memory(reader->error, "segments");
}

static bool read_segment(struct segments *segments, int32_t s, struct byte_reader *reader,
                         char **next, int64_t *left)
{
    struct segment *segment = &segments->segments[s];
    const int64_t first = s > 0 ? (int64_t)segment[-1].first_member + segment[-1].people : 0;

    segment->attribute = bytes_read_int32(reader);
    segment->band = bytes_read_int32(reader) != 0;
    segment->people = bytes_read_int32(reader);
    segment->low = bytes_read_double(reader);
    segment->high = bytes_read_double(reader);
    segment->first_member = (int32_t)first;
    return read_text(reader, next, left, &segment->value) && segment->attribute >= 0 &&
           segment->attribute < segments->n_attributes &&
           (s == 0 || segment->attribute >= segment[-1].attribute) && segment->people > 0 &&
           first + segment->people <= segments->n_members && model_number_is_sound(segment->low) &&
           model_number_is_sound(segment->high);
}

static bool members_are_sound(const struct segments *segments, int32_t n_users)
{
    for (int32_t s = 0; s < segments->n; s++) {
        const struct segment *segment = &segments->segments[s];
        for (int32_t m = 0; m < segment->people; m++) {
            const int32_t at = segment->first_member + m;
            if (segments->member[at] < 0 || segments->member[at] >= n_users ||
                (m > 0 && segments->member[at] <= segments->member[at - 1]))
                return false;
        }
    }
    return true;
}

bool segments_load(struct segments *segments, int32_t n_users, struct byte_reader *reader)
{
    int64_t left = 0, members = 0;
    bool sound = read_capacity(segments, n_users, reader, &left);
    char *next = segments->bytes;

    for (int32_t a = 0; sound && a < segments->n_attributes; a++) {
        sound = read_text(reader, &next, &left, &segments->names[a]);
        segments->dates[a] = bytes_read_int32(reader) != 0;
    }
    for (int32_t s = 0; sound && s < segments->n; s++) {
        sound = read_segment(segments, s, reader, &next, &left);
        members += segments->segments[s].people;
    }
    return sound && members == segments->n_members &&
           bytes_read(reader, segments->member,
                      (size_t)segments->n_members * sizeof *segments->member) &&
           members_are_sound(segments, n_users);
}

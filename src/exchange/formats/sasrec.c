/* sasrec.c - sequences without times: `user item` a line, or `user item item ...`. The order of the
 * lines is the order of the events. Ids are text. */
#include "exchange/format.h"

#include <ctype.h>

enum { LINES_LOOKED_AT = 200 };

static bool is_separator(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word of the line; false at its end. */
static bool next_word(struct slice *rest, struct slice *word)
{
    while (rest->length > 0 && is_separator(*rest->bytes)) {
        rest->bytes++;
        rest->length--;
    }
    *word = (struct slice){ rest->bytes, 0 };
    while (word->length < rest->length && !is_separator(rest->bytes[word->length]))
        word->length++;
    rest->bytes += word->length;
    rest->length -= word->length;
    return word->length > 0;
}

/* Two numbers or more and nothing else. */
static bool is_sequence(struct slice line)
{
    struct slice word;
    int32_t words = 0;

    for (; next_word(&line, &word); words++)
        for (size_t i = 0; i < word.length; i++)
            if (!isdigit((unsigned char)word.bytes[i])) return false;
    return words >= 2;
}

static enum part recognise(const struct sample *sample)
{
    struct slice line;
    int32_t n = 0;

    /* A table from one numbering to another looks the same: sas_to_original_items.txt. */
    if (sample_name_has(sample, "_to_") || sample_name_has(sample, "map")) return PART_NONE;
    for (; n < LINES_LOOKED_AT && sample_line(sample, n, &line); n++)
        if (!is_sequence(line)) return PART_NONE;
    return n > 0 ? PART_EVENTS : PART_NONE;
}

/* One line; accepted when it names an item at least. */
static void read_line(struct intake *intake, struct slice line)
{
    struct slice rest = line, user, item;
    struct record record;
    const char *reason;

    if (!next_word(&rest, &user) || !next_word(&rest, &item)) {
        intake_reject(intake, intake->lines.number, "no item", line);
        return;
    }
    reason = intake_bad_id(user, "no user");
    for (struct slice look = rest, word = item; !reason;) {
        reason = intake_bad_id(word, "no item");
        if (!next_word(&look, &word)) break;
    }
    if (reason) {
        intake_reject(intake, intake->lines.number, reason, line);
        return;
    }
    record = intake_event(intake, user, item);
    do {
        record.item = item;
        if (!intake_record(intake, &record)) return;
    } while (next_word(&rest, &item));
    intake_accept(intake);
}

static bool read_part(struct intake *intake, enum part part)
{
    struct slice line;

    (void)part;
    while (intake_line(intake, &line))
        read_line(intake, line);
    return !intake->stopped;
}

const struct format format_sasrec = { "sasrec", PART_EVENTS, recognise, read_part };

/* sasrec.c - sequences without times: `user item` a line, or `user item item ...`. The order of the
 * lines is the order of the events. Ids are text. */
#include "exchange/format.h"
#include "exchange/seen.h"

#include <stdio.h>
#include <string.h>

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
            if (word.bytes[i] < '0' || word.bytes[i] > '9') return false;
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

/* What was seen of the whole file. */
struct sequence_look {
    int64_t lines, words; /* words of the first line */
    bool ragged;          /* lines differ in their number of words */
    int64_t selfs;        /* pairs of one number with itself */
    int64_t both_ways,
        pairs;         /* of the first pairs, those that stand there the other way round too */
    struct seen known; /* those pairs */
};

enum { PAIRS_KEPT = 50000 };

/* "a b" among the pairs counts as friendship where "b a" came before. */
static bool note_pair(struct sequence_look *look, struct slice a, struct slice b,
                      struct error *error)
{
    char pair[96];
    bool first;
    int length;

    if (look->pairs == PAIRS_KEPT || a.length + b.length > 80) return true;
    look->pairs++;
    look->selfs += a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
    length =
        snprintf(pair, sizeof pair, "%.*s %.*s", (int)a.length, a.bytes, (int)b.length, b.bytes);
    if (!seen_add(&look->known, (struct slice){ pair, (size_t)length }, &first, error))
        return false;
    length =
        snprintf(pair, sizeof pair, "%.*s %.*s", (int)b.length, b.bytes, (int)a.length, a.bytes);
    look->both_ways += seen_has(&look->known, (struct slice){ pair, (size_t)length });
    return true;
}

static bool is_network_name(const struct sample *sample)
{
    static const char *const words[] = { "trust",   "friend", "follow", "social",
                                         "network", "edges",  "graph",  NULL };

    for (int i = 0; words[i]; i++)
        if (sample_name_has(sample, words[i])) return true;
    return false;
}

/* What the file may be besides sequences is asked. */
static void question(const struct sequence_look *look, const struct sample *sample,
                     struct understood *understood)
{
    understood->question_of_file = true;
    if (is_network_name(sample) || (look->words == 2 && !look->ragged && look->pairs >= 20 &&
                                    look->selfs == 0 && look->both_ways * 20 > look->pairs))
        error_set(&understood->question, ERROR_INPUT,
                  "pairs of numbers that look like who trusts or knows whom: say --format friends, "
                  "or --format sasrec where they are users and items");
    else if (look->words > 2 && !look->ragged && look->lines > 1)
        error_set(&understood->question, ERROR_INPUT,
                  "%lld numbers in every line and no header: say which is which with --map "
                  "user=1,item=2, or --format sasrec where each line is a user and the items",
                  (long long)look->words);
}

/* Sequences are what remains when every line is nothing but numbers and nothing else claims them.
 */
static bool look(struct import_context *import_context, const struct sample *sample,
                 enum part *part, struct understood *understood)
{
    struct sequence_look seen = { 0 };
    struct slice line;

    (void)part;
    *understood = (struct understood){ .delimiter = 0 };
    while (!import_context->insisted && import_line(import_context, &line)) {
        struct slice rest = line, a, b, word;
        int64_t words = 0;

        if (!is_sequence(line)) {
            understood->question_of_file = true;
            error_set(&understood->question, ERROR_INPUT,
                      "line %lld is no sequence of numbers as the lines before it: say what the "
                      "file is with --format or with --map user=1,item=2",
                      (long long)import_context->lines.number);
            break;
        }
        next_word(&rest, &a);
        next_word(&rest, &b);
        for (words = 2; next_word(&rest, &word); words++)
            ;
        if (seen.lines++ == 0) seen.words = words;
        seen.ragged |= words != seen.words;
        if (words == 2 && !note_pair(&seen, a, b, import_context->error))
            import_context->stopped = true;
    }
    if (!import_context->insisted && understood->question.code == ERROR_NONE)
        question(&seen, sample, understood);
    seen_fini(&seen.known);
    return !import_context->stopped;
}

/* One line; accepted when it names an item at least. */
static void read_line(struct import_context *import_context, struct slice line)
{
    struct slice rest = line, user, item;
    struct record record;
    const char *reason;

    if (!next_word(&rest, &user) || !next_word(&rest, &item)) {
        import_reject(import_context, import_context->lines.number, "no item", line);
        return;
    }
    reason = import_bad_id(user, "no user");
    for (struct slice look = rest, word = item; !reason;) {
        reason = import_bad_id(word, "no item");
        if (!next_word(&look, &word)) break;
    }
    if (reason) {
        import_reject(import_context, import_context->lines.number, reason, line);
        return;
    }
    record = import_event(import_context, user, item);
    do {
        record.item = item;
        if (!import_record(import_context, &record)) return;
    } while (next_word(&rest, &item));
    import_accept(import_context);
}

static bool read_part(struct import_context *import_context, enum part part)
{
    struct slice line;

    (void)part;
    while (import_line(import_context, &line))
        read_line(import_context, line);
    return !import_context->stopped;
}

const struct format format_sasrec = { "sasrec", PART_EVENTS, recognise, read_part, look };

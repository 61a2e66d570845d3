/* words.c - free text cut into folded words, code point by code point. */
#include "words.h"

#include <string.h>

/* A code point of the source as it is read: what it folds to stands in reader->scratch. */
struct unit {
    enum text_class class;
    size_t taken;
    bool joins; /* an apostrophe */
};

static struct unit unit_at(struct word_reader *reader, size_t at)
{
    const char *bytes = reader->source.bytes + at;
    int32_t code;
    struct unit unit = { .taken = text_decode(bytes, reader->source.length - at, &code) };

    text_clear(&reader->scratch);
    if (code < 0) return unit;
    if (code < 0x80) {
        const char lower = (char)(code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code);
        unit.class = text_code_class(code);
        unit.joins = code == '\'';
        text_add(&reader->scratch, &lower, 1);
        reader->failed |= reader->scratch.failed;
        return unit;
    }
    unit.joins = code == 0x2019;
    text_add_folded(&reader->scratch, bytes, unit.taken);
    reader->failed |= reader->scratch.failed;
    if (reader->scratch.length == 0) { /* a mark, or nothing to see: the word goes on */
        unit.joins = true;
        return unit;
    }
    text_decode(reader->scratch.bytes, reader->scratch.length, &code);
    unit.class = code < 0 ? TEXT_OTHER : text_code_class(code);
    return unit;
}

/* What a code point folds to may hold more than letters: a half is 1, a stroke, 2. */
static void take(struct word_reader *reader)
{
    const char *bytes = reader->scratch.bytes;
    int32_t code;

    for (size_t at = 0, taken; at < reader->scratch.length; at += taken) {
        taken = text_decode(bytes + at, reader->scratch.length - at, &code);
        if (code >= 0 && text_code_class(code) != TEXT_OTHER)
            text_add(&reader->folded, bytes + at, taken);
    }
    reader->failed |= reader->folded.failed;
}

void words_begin(struct word_reader *reader, struct slice source)
{
    reader->source = source;
    reader->at = 0;
    reader->in_run = false;
    reader->failed = false;
}

/* Two neighbours, or one that has none. Returns false where the last one is in a word already. */
static bool read_ideographs(struct word_reader *reader, struct unit first, struct word *word)
{
    const size_t second = reader->at + first.taken;
    const bool covered = reader->in_run;

    word->at = reader->at;
    word->ideographs = true;
    take(reader);
    reader->at = second;
    reader->in_run = false;
    if (second < reader->source.length) {
        const struct unit next = unit_at(reader, second);
        if (next.class == TEXT_IDEOGRAPH) {
            take(reader);
            word->length = second + next.taken - word->at;
            reader->in_run = true;
            return true;
        }
    }
    word->length = second - word->at;
    return !covered;
}

static void read_letters(struct word_reader *reader, struct unit unit, struct word *word)
{
    int codes = 0;

    word->at = reader->at;
    word->ideographs = false;
    for (;;) {
        if (unit.class == TEXT_LETTER) {
            take(reader);
            codes++;
        }
        reader->at += unit.taken;
        if (unit.class == TEXT_LETTER) word->length = reader->at - word->at;
        if (codes >= WORD_CODES || reader->at >= reader->source.length) return;
        unit = unit_at(reader, reader->at);
        if (unit.class != TEXT_LETTER && !unit.joins) return;
    }
}

bool words_next(struct word_reader *reader, struct word *word)
{
    while (reader->at < reader->source.length && !reader->failed) {
        const struct unit unit = unit_at(reader, reader->at);
        bool found = true;
        text_clear(&reader->folded);
        if (unit.class == TEXT_IDEOGRAPH) {
            found = read_ideographs(reader, unit, word);
        } else if (unit.class == TEXT_LETTER) {
            reader->in_run = false;
            read_letters(reader, unit, word);
        } else {
            reader->in_run = false;
            reader->at += unit.taken;
            continue;
        }
        if (!found) continue;
        word->text = (struct slice){ reader->folded.bytes, reader->folded.length };
        return !reader->failed;
    }
    return false;
}

void words_fini(struct word_reader *reader)
{
    text_fini(&reader->folded);
    text_fini(&reader->scratch);
    *reader = (struct word_reader){ 0 };
}

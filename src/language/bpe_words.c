/* bpe_words.c - the regular expressions of GPT-2 and Llama 3, written out:
 *
 *   GPT-2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *   Llama 3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
 *             ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 */
#include "bpe_words.h"

#include <utf8proc.h>

enum character { END, LETTER, DIGIT, BREAK, SPACE, OTHER };

static bool is_space(int32_t code)
{
    return (code >= 9 && code <= 13) || code == ' ' || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

/* What stands at `at`, and its bytes. Invalid bytes are OTHER. */
static enum character look(struct slice text, size_t at, size_t *bytes)
{
    int32_t code;
    *bytes = 0;
    if (at >= text.length) return END;
    *bytes = text_decode(text.bytes + at, text.length - at, &code);
    if (code < 0) return OTHER;
    if (code == '\r' || code == '\n') return BREAK;
    if (is_space(code)) return SPACE;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return DIGIT;
    default:
        return OTHER;
    }
}

/* The end of a run of one kind that begins at `at`, of at most `max` characters. */
static size_t run_end(struct slice text, size_t at, enum character kind, size_t max)
{
    size_t bytes;
    while (max-- > 0 && look(text, at, &bytes) == kind)
        at += bytes;
    return at;
}

static size_t contraction(struct slice text, bool fold)
{
    static const char *const endings[] = { "s", "t", "re", "ve", "m", "ll", "d" };
    if (text.length < 2 || text.bytes[0] != '\'') return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t length = endings[i][1] ? 2 : 1;
        const struct slice part = { text.bytes + 1, length };
        if (text.length > length &&
            (fold ? slice_equal_fold(part, endings[i]) : slice_equal(part, endings[i])))
            return length + 1;
    }
    return 0;
}

/* \s+(?!\S)|\s+ : a run of white space, without its last where a word follows. */
static size_t blanks(struct slice text)
{
    size_t at = 0, last = 0, bytes;
    enum character kind;
    while ((kind = look(text, at, &bytes)) == SPACE || kind == BREAK) {
        last = at;
        at += bytes;
    }
    return kind == END || last == 0 ? at : last;
}

static size_t gpt2_word(struct slice text)
{
    size_t bytes, blank = text.bytes[0] == ' ' ? 1 : 0;
    const size_t short_form = contraction(text, false);
    if (short_form) return short_form;
    const enum character kind = look(text, blank, &bytes);
    if (kind == LETTER || kind == DIGIT || kind == OTHER)
        return run_end(text, blank, kind, SIZE_MAX);
    return blanks(text);
}

/* The end of \s*[\r\n]+, 0 where there is none: as far as the last break of the white space. */
static size_t breaks(struct slice text)
{
    size_t at = 0, end = 0, bytes;
    enum character kind;
    while ((kind = look(text, at, &bytes)) == SPACE || kind == BREAK) {
        at += bytes;
        if (kind == BREAK) end = at;
    }
    return end;
}

static size_t llama3_word(struct slice text)
{
    size_t bytes, next;
    const size_t short_form = contraction(text, true);
    if (short_form) return short_form;
    const enum character kind = look(text, 0, &bytes);
    if (kind == LETTER) return run_end(text, 0, LETTER, SIZE_MAX);
    if ((kind == SPACE || kind == OTHER) && look(text, bytes, &next) == LETTER)
        return run_end(text, bytes, LETTER, SIZE_MAX);
    if (kind == DIGIT) return run_end(text, 0, DIGIT, 3);
    const size_t blank = text.bytes[0] == ' ' ? 1 : 0;
    if (look(text, blank, &next) == OTHER)
        return run_end(text, run_end(text, blank, OTHER, SIZE_MAX), BREAK, SIZE_MAX);
    const size_t broken = breaks(text);
    return broken ? broken : blanks(text);
}

size_t bpe_word_length(enum bpe_words words, struct slice text)
{
    size_t bytes, end = 0;
    if (text.length == 0) return 0;
    if (words == BPE_LLAMA3) return llama3_word(text);
    if (words == BPE_SMOLLM) { /* a digit alone; the rest as if the text ended before the next */
        if (look(text, 0, &bytes) == DIGIT) return bytes;
        for (enum character kind; (kind = look(text, end, &bytes)) != DIGIT && kind != END;)
            end += bytes;
        text.length = end;
    }
    return gpt2_word(text);
}

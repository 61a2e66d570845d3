/* wordpiece.c - BERT's tokenizer: text made plain, split into words and punctuation, and each word
 * into the longest pieces that the vocabulary has, from the left. */
#include "code_class.h"
#include "tokenizer_private.h"

#include <string.h>
#include <utf8proc.h>

static void add_code(struct text *out, int32_t code)
{
    char bytes[4];
    text_add(out, bytes, text_encode(code, bytes));
}

static void add_lower(struct text *out, int32_t code)
{
    if (code < 128) {
        const char byte = (char)(code >= 'A' && code <= 'Z' ? code + 32 : code);
        text_add(out, &byte, 1);
    } else if (code == 0x130) { /* the one letter whose small form is two characters */
        text_add_string(out, "i\xCC\x87");
    } else {
        add_code(out, utf8proc_tolower(code));
    }
}

/* One character of the cleaned text: without its marks and in lower case, as the file asks. */
static void add_plain(const struct tokenizer *tokenizer, struct text *out, int32_t code)
{
    utf8proc_int32_t parts[32] = { code };
    utf8proc_ssize_t n = 1;
    int boundary = 0;

    if (tokenizer->bert.strip_accents && code >= 128) {
        n = utf8proc_decompose_char(code, parts, 32, UTF8PROC_DECOMPOSE, &boundary);
        if (n < 0 || n > 32) {
            parts[0] = code;
            n = 1;
        }
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        if (tokenizer->bert.strip_accents && parts[i] >= 128 && code_is_mark(parts[i])) continue;
        if (tokenizer->bert.lower_case)
            add_lower(out, parts[i]);
        else
            add_code(out, parts[i]);
    }
}

/* The next character of a text, U+FFFD for a byte that is none. */
static int32_t next_code(struct slice *text)
{
    int32_t code;
    const size_t length = text_decode(text->bytes, text->length, &code);
    text->bytes += length;
    text->length -= length;
    return code < 0 ? 0xFFFD : code;
}

static void add_normalised(const struct tokenizer *tokenizer, struct slice text, struct text *out)
{
    while (text.length > 0) {
        int32_t code = next_code(&text);
        if (tokenizer->bert.clean) {
            if (code == 0 || code == 0xFFFD || code_is_control(code)) continue;
            if (code_is_white(code)) code = ' ';
        }
        const bool alone = tokenizer->bert.ideographs && code_is_ideograph(code);
        if (alone) text_add(out, " ", 1);
        add_plain(tokenizer, out, code);
        if (alone) text_add(out, " ", 1);
    }
}

/* Bytes of the first `characters` of a word. */
static bool word_is_longer(struct slice word, int32_t characters)
{
    int32_t n = 0;
    for (size_t i = 0; i < word.length; i++)
        n += (word.bytes[i] & 0xC0) != 0x80;
    return n > characters;
}

/* The longest piece that the rest of a word begins with; *length = its bytes of the word. */
static int32_t longest_piece(const struct tokenizer *tokenizer, struct slice rest, bool inside,
                             size_t *length)
{
    char bytes[512];
    const size_t mark = inside ? strlen(tokenizer->bert.continuing) : 0;
    size_t end = rest.length;

    if (mark + end > sizeof bytes) end = sizeof bytes - mark;
    if (mark + end > tokenizer->pieces.length_max)
        end = tokenizer->pieces.length_max > mark ? tokenizer->pieces.length_max - mark : 0;
    memcpy(bytes, tokenizer->bert.continuing, mark);
    memcpy(bytes + mark, rest.bytes, end);
    for (; end > 0; end--) {
        if (end < rest.length && (rest.bytes[end] & 0xC0) == 0x80) continue; /* inside one */
        const int32_t id = piece_table_find(&tokenizer->pieces, bytes, mark + end);
        if (id < 0) continue;
        *length = end;
        return id;
    }
    return -1;
}

static void add_word(const struct tokenizer *tokenizer, struct slice word, struct token_list *list)
{
    const int32_t before = list->n;
    size_t length = 0;

    if (word.length == 0) return;
    list->words++;
    bool known = !word_is_longer(word, tokenizer->bert.word_max);
    for (size_t at = 0; known && at < word.length; at += length) {
        const struct slice rest = { word.bytes + at, word.length - at };
        const int32_t id = longest_piece(tokenizer, rest, at > 0, &length);
        known = id >= 0;
        if (known) token_list_add(list, id);
    }
    if (known) return;
    list->n = before;
    list->unknown++;
    token_list_add(list, tokenizer->unknown);
}

bool wordpiece_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                      struct token_list *list, struct error *error)
{
    struct text plain = { 0 };

    add_normalised(tokenizer, text, &plain);
    struct slice rest = { plain.bytes, plain.length }, word = { plain.bytes, 0 };
    while (rest.length > 0 && list->n < max) {
        const char *start = rest.bytes;
        const int32_t code = next_code(&rest);
        const bool white = code_is_white(code), mark = !white && code_is_punctuation(code);
        if (!white && !mark) {
            word.length = (size_t)(rest.bytes - word.bytes);
            continue;
        }
        add_word(tokenizer, word, list);
        if (mark) add_word(tokenizer, (struct slice){ start, (size_t)(rest.bytes - start) }, list);
        word = (struct slice){ rest.bytes, 0 };
    }
    if (list->n < max) add_word(tokenizer, word, list);
    const bool failed = plain.failed || list->failed;
    text_fini(&plain);
    return failed ? error_memory(error, "the tokens of a text") : true;
}

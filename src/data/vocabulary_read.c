/* vocabulary_read.c - free text as tokens: what somebody asks for, in words. */
#include "vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 1 << 16, /* bytes of a text that are read */
    VALUE_WORDS = 4     /* words of a whole value at most */
};

/* Words of a request that ask for nothing; sorted. */
static const char *const fillers[] = {
    "a",        "about",      "all",         "also",    "am",     "an",        "and",
    "any",      "anyone",     "anything",    "are",     "as",     "at",        "be",
    "best",     "bought",     "buy",         "buys",    "by",     "can",       "could",
    "customer", "did",        "do",          "does",    "find",   "following", "for",
    "from",     "get",        "gets",        "give",    "good",   "has",       "have",
    "he",       "her",        "him",         "his",     "i",      "id",        "im",
    "in",       "interested", "is",          "it",      "item",   "items",     "its",
    "like",     "likes",      "looking",     "me",      "my",     "need",      "needs",
    "next",     "of",         "on",          "or",      "our",    "please",    "product",
    "products", "recommend",  "recommended", "she",     "should", "show",      "so",
    "some",     "someone",    "something",   "suggest", "than",   "that",      "the",
    "their",    "them",       "there",       "these",   "they",   "thing",     "things",
    "this",     "those",      "to",          "under",   "us",     "user",      "want",
    "wanted",   "wants",      "was",         "we",      "what",   "which",     "who",
    "will",     "with",       "would",       "you",     "your",
};

static int compare(const void *key, const void *entry)
{
    const struct slice *word = key;
    const char *filler = *(const char *const *)entry;
    const size_t length = strlen(filler);
    const int order = memcmp(word->bytes, filler, word->length < length ? word->length : length);

    return order != 0 ? order : (word->length > length) - (word->length < length);
}

static bool is_filler(struct slice word)
{
    return bsearch(&word, fillers, sizeof fillers / sizeof *fillers, sizeof *fillers, compare) !=
           NULL;
}

/* The last words, for values that several of them name. */
struct recent {
    struct text words; /* joined by blanks */
    size_t begin[VALUE_WORDS], at[VALUE_WORDS];
    int n;
};

struct reading {
    const struct vocabulary *vocabulary;
    struct read_token *out;
    int32_t capacity, n;
    struct recent recent;
};

static void add(struct reading *reading, int32_t token, double coverage, size_t at, size_t length)
{
    if (reading->n == reading->capacity) return;
    const double weight =
        (double)vocabulary_weight(reading->vocabulary, token) * coverage * coverage;
    reading->out[reading->n++] = (struct read_token){ token, (float)weight, at, length };
}

/* A word that no item has counts only where one piece is half of it: the rest is chance. */
static void read_subwords(struct reading *reading, const struct word *word)
{
    struct word_part parts[TOKENS_PER_WORD];
    int32_t characters, longest = 0;
    const int32_t n = vocabulary_merge(reading->vocabulary, word->text, parts, &characters);

    for (int32_t i = 0; i < n; i++)
        if (parts[i].characters > longest) longest = parts[i].characters;
    if (longest * 2 < characters) return;
    for (int32_t i = 0; i < n; i++)
        add(reading, parts[i].token, (double)parts[i].characters / characters, word->at,
            word->length);
}

/* Whole values that end with this word. */
static bool read_values(struct reading *reading, const struct word *word)
{
    struct recent *recent = &reading->recent;
    const struct interned *spoken = &reading->vocabulary->spoken;

    if (recent->n == VALUE_WORDS) {
        const size_t cut = recent->begin[1];
        memmove(recent->words.bytes, recent->words.bytes + cut, recent->words.length - cut);
        recent->words.length -= cut;
        for (int i = 0; i + 1 < VALUE_WORDS; i++) {
            recent->begin[i] = recent->begin[i + 1] - cut;
            recent->at[i] = recent->at[i + 1];
        }
        recent->n--;
    }
    if (recent->n > 0) text_add_string(&recent->words, " ");
    recent->begin[recent->n] = recent->words.length;
    recent->at[recent->n++] = word->at;
    text_add(&recent->words, word->text.bytes, word->text.length);
    if (recent->words.failed) return false;
    for (int i = 0; i < recent->n; i++) {
        const struct slice text = { recent->words.bytes + recent->begin[i],
                                    recent->words.length - recent->begin[i] };
        if (i + 1 == recent->n && is_filler(text)) return true;
        for (int32_t before = 0, index; (index = interned_find(spoken, before, text)) >= 0;
             before++)
            add(reading, reading->vocabulary->spoken_token[index], 1, recent->at[i],
                word->at + word->length - recent->at[i]);
    }
    return true;
}

int32_t vocabulary_read(const struct vocabulary *vocabulary, struct slice text,
                        struct read_token *out, int32_t capacity, struct error *error)
{
    struct reading reading = { .vocabulary = vocabulary, .out = out, .capacity = capacity };
    struct word_reader reader = { 0 };
    struct word word;
    bool good = true;

    if (text.length > TEXT_MAX) text.length = TEXT_MAX;
    words_begin(&reader, text);
    while (good && reading.n < capacity && words_next(&reader, &word)) {
        if (!is_filler(word.text)) read_subwords(&reading, &word);
        good = read_values(&reading, &word);
    }
    good = good && !reader.failed;
    words_fini(&reader);
    text_fini(&reading.recent.words);
    if (good) return reading.n;
    error_memory(error, "the words that are asked for");
    return -1;
}

static int by_place(const void *a, const void *b)
{
    const struct read_token *one = a, *other = b;

    if (one->at != other->at) return one->at > other->at ? 1 : -1;
    if (one->length != other->length) return one->length > other->length ? 1 : -1;
    return (one->token > other->token) - (one->token < other->token);
}

void read_tokens_by_place(struct read_token *tokens, int32_t n)
{
    qsort(tokens, (size_t)n, sizeof *tokens, by_place);
}

int32_t read_tokens_word_end(const struct read_token *tokens, int32_t first, int32_t n)
{
    int32_t end = first + 1;

    while (end < n && tokens[end].at == tokens[first].at &&
           tokens[end].length == tokens[first].length)
        end++;
    return end;
}

bool free_text_from(struct slice text, size_t *from, struct error *error)
{
    struct word_reader reader = { 0 };
    struct word word;

    *from = text.length;
    words_begin(&reader,
                (struct slice){ text.bytes, text.length < TEXT_MAX ? text.length : TEXT_MAX });
    while (*from == text.length && words_next(&reader, &word))
        if (!is_filler(word.text)) *from = word.at;
    const bool good = !reader.failed;
    words_fini(&reader);
    return good || error_memory(error, "the words that are asked for");
}

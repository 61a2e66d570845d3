#include "words.h"

#include <string.h>

enum { WORD_MAX = 24 };

static const struct words words[] = {
    { "shop", "bought", "buyer", "buyers", "purchase", "purchases", "bought", "returned", "weight",
      false },
    { "news", "read", "reader", "readers", "read", "reads", "read", "undone", "weight", false },
    { "video", "watched", "viewer", "viewers", "viewing", "viewings", "watched", "undone", "weight",
      false },
    { "music", "listened to", "listener", "listeners", "play", "plays", "played", "undone",
      "listened", false },
    { "social", "followed", "follower", "followers", "follow", "follows", "followed", "dropped",
      "weight", true },
};

const struct words *words_of(const char *profile)
{
    for (size_t i = 0; profile && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].profile, profile) == 0) return &words[i];
    return &words[0];
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The word of these words for one of a shop's, NULL where it is no such word. */
static const char *counterpart(const struct words *of, const char *word, size_t length)
{
    const struct words *shop = &words[0];
    const char *const from[] = { shop->bought,   shop->buyer,     shop->buyers,
                                 shop->purchase, shop->purchases, "orders" };
    const char *const to[] = { of->bought,   of->buyer,     of->buyers,
                               of->purchase, of->purchases, of == shop ? "orders" : of->purchases };
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        if (strlen(from[i]) != length) continue;
        size_t same = 0;
        while (same < length && lower(word[same]) == from[i][same])
            same++;
        if (same == length) return to[i];
    }
    return NULL;
}

/* Capitals as in the word that is replaced: none, the first, all. */
static void add_as(const char *word, const char *like, struct text *out)
{
    bool all = like[0] <= 'Z' && like[1] <= 'Z', first = like[0] <= 'Z';
    for (size_t i = 0; word[i]; i++) {
        bool capital = word[i] >= 'a' && word[i] <= 'z' && (all || (first && i == 0));
        char letter = capital ? (char)(word[i] - 32) : word[i];
        text_add(out, &letter, 1);
    }
}

void words_say(const struct words *of, const char *phrase, struct text *out)
{
    for (const char *at = phrase; *at;) {
        size_t length = 0;
        while (is_letter(at[length]) && length < WORD_MAX)
            length++;
        const char *word = length > 0 ? counterpart(of, at, length) : NULL;
        if (length == 0) length = 1;
        if (word)
            add_as(word, at, out);
        else
            text_add(out, at, length);
        at += length;
    }
}

/* ------------------------------------------------------------------------------ types of events */

enum { TYPES = 6 };

/* Names of the store, and what this profile says instead. */
static void types_of(const struct words *of, const char *from[TYPES], const char *to[TYPES])
{
    const char *const names[] = { "purchase", "return", "rating", "weight", "view", "cart" };
    const char *const said[] = { of->did, of->undid, "rated", of->often, "viewed", "in cart" };
    memcpy(from, names, sizeof names);
    memcpy(to, said, sizeof said);
}

void words_type(const struct words *of, struct slice type, struct text *out)
{
    const char *from[TYPES], *to[TYPES];
    types_of(of, from, to);
    for (int t = 0; t < TYPES; t++) {
        if (!slice_equal(type, from[t])) continue;
        text_add_string(out, to[t]);
        return;
    }
    text_add(out, type.bytes, type.length);
}

/* The value of a term: until a blank, or in quotes, which stand around it. */
static struct slice term_value(struct slice filter, size_t at)
{
    const bool quoted = at < filter.length && filter.bytes[at] == '"';
    size_t to = at + quoted;
    while (to < filter.length && filter.bytes[to] != (quoted ? '"' : ' '))
        to++;
    to += quoted && to < filter.length;
    return (struct slice){ filter.bytes + at, to - at };
}

static bool add_type(const struct words *of, struct slice word, struct text *out)
{
    const char *from[TYPES], *to[TYPES];
    types_of(of, from, to);
    if (word.length > 1 && word.bytes[0] == '"')
        word = (struct slice){ word.bytes + 1, word.length - 2 };
    for (int t = 0; t < TYPES; t++) {
        if (!slice_equal_fold(word, to[t])) continue;
        text_add_string(out, from[t]);
        return true;
    }
    return false;
}

void words_filter(const struct words *of, const char *column, struct slice filter, struct text *out)
{
    const size_t length = strlen(column);
    bool quoted = false;
    for (size_t at = 0; at < filter.length;) {
        const bool begins = !quoted && (at == 0 || filter.bytes[at - 1] == ' ') &&
                            filter.length - at > length &&
                            memcmp(filter.bytes + at, column, length) == 0;
        size_t value = at + length;
        if (begins && filter.bytes[value] == '!') value++;
        if (begins && value < filter.length && filter.bytes[value] == '=') {
            const struct slice word = term_value(filter, value + 1);
            text_add(out, filter.bytes + at, value + 1 - at);
            if (!add_type(of, word, out)) text_add(out, word.bytes, word.length);
            at = value + 1 + word.length;
            continue;
        }
        quoted ^= filter.bytes[at] == '"';
        text_add(out, filter.bytes + at++, 1);
    }
}

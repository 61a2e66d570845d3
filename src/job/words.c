#include "words.h"

#include <string.h>

enum { WORD_MOST = 24 };

static const struct words words[] = {
    { "shop", "bought", "buyer", "buyers", "purchase", "purchases" },
    { "news", "read", "reader", "readers", "read", "reads" },
    { "video", "watched", "viewer", "viewers", "viewing", "viewings" },
    { "music", "listened to", "listener", "listeners", "play", "plays" },
    { "social", "followed", "follower", "followers", "follow", "follows" },
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
        while (is_letter(at[length]) && length < WORD_MOST)
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

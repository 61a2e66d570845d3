/* mention.c - see mention.h. */
#include "mention.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c, bool dash)
{
    return is_digit(c) || is_letter(c) || c == '_' || (unsigned char)c >= 0x80 ||
           (dash && c == '-');
}

/* Does `word` stand at `at`, backslashes in either left out? *end: behind it. */
static bool stands_at(struct slice text, size_t at, struct slice word, bool any_case, size_t *end)
{
    size_t i = at;

    for (size_t w = 0; w < word.length; w++) {
        if (word.bytes[w] == '\\') continue;
        while (i < text.length && text.bytes[i] == '\\' && i > at)
            i++;
        if (i == text.length) return false;
        const char a = text.bytes[i], b = word.bytes[w];
        if (a != b && !(any_case && lower(a) == lower(b))) return false;
        i++;
    }
    *end = i;
    return i > at;
}

static bool is_whole(struct slice text, size_t at, size_t end, bool dash)
{
    return (at == 0 || !is_word(text.bytes[at - 1], dash) || !is_word(text.bytes[at], dash)) &&
           (end == text.length || !is_word(text.bytes[end], dash) ||
            !is_word(text.bytes[end - 1], dash));
}

static bool is_one_of(struct slice word, const char *const *words)
{
    for (; *words; words++) {
        size_t end;
        if (strlen(*words) == word.length && stands_at(word, 0, slice_of(*words), true, &end))
            return true;
    }
    return false;
}

/* An id that can be nothing but an id. */
static bool is_distinctive(struct slice id)
{
    bool letter = false;

    for (size_t i = 0; i < id.length; i++)
        letter |= !is_digit(id.bytes[i]);
    return letter && id.length >= 4;
}

/* By what stands in front of the id at `at`, back to `from`: is it the person's? */
static bool is_persons(struct slice text, size_t from, size_t at, struct slice id, bool prose)
{
    static const char *const people[] = { "user",   "users",   "shopper", "customer", "client",
                                          "person", "account", "member",  "by",       NULL };
    static const char *const things[] = { "id",   "item",  "items", "rule",  "rules", "run",
                                          "step", "entry", "job",   "place", NULL };
    bool field = false;
    size_t end = at;

    while (end > from && strchr(" \"\\=:#'(~<>", text.bytes[end - 1]) && text.bytes[end - 1]) {
        field |= strchr("=:~<>", text.bytes[end - 1]) != NULL;
        end--;
    }
    size_t begin = end;
    while (begin > from && is_letter(text.bytes[begin - 1]))
        begin--;
    const struct slice word = { text.bytes + begin, end - begin };
    if (word.length > 0 && is_one_of(word, people)) return true;
    if (word.length > 0 && is_one_of(word, things)) return false;
    return is_distinctive(id) || (id.length >= 4 && prose && !field);
}

/* Where "reason":" stands at `at`: the text of that JSON string, [*begin, *end). */
static bool reason_at(struct slice text, size_t at, size_t *begin, size_t *end)
{
    static const char key[] = "reason";
    size_t i, slashes = 0, run = 0;

    if (!stands_at(text, at, slice_of(key), false, &i)) return false;
    while (i < text.length && strchr("\\\" ", text.bytes[i]) && text.bytes[i])
        i++;
    if (i == text.length || text.bytes[i++] != ':') return false;
    for (; i < text.length && text.bytes[i] != '"'; i++) {
        if (text.bytes[i] != '\\' && text.bytes[i] != ' ') return false;
        slashes += text.bytes[i] == '\\';
    }
    if (i == text.length) return false;
    *begin = *end = i + 1;
    for (; *end < text.length; ++*end) { /* to a quote of the same depth */
        if (text.bytes[*end] == '"' && run <= slashes) break;
        run = text.bytes[*end] == '\\' ? run + 1 : 0;
    }
    return true;
}

bool mention_find(const struct mention *mention, struct slice text, enum mention_text kind,
                  size_t *at, size_t *length)
{
    enum { NAME_MIN = 3 }; /* bytes: fewer are initials, and stand everywhere */
    size_t end, begin = 0, until = 0;

    /* From the start, also where the search goes on in the middle: a reason may lie around it. */
    for (size_t i = 0; i < text.length; i++) {
        if (kind == MENTION_FIELDS && i >= until && text.bytes[i] == 'r')
            reason_at(text, i, &begin, &until);
        if (i < *at) continue;
        const bool in_reason = i >= begin && i < until;
        const bool named = mention->name.length >= NAME_MIN &&
                           stands_at(text, i, mention->name, true, &end) &&
                           is_whole(text, i, end, false);
        if (named ||
            (mention->id.length > 0 && stands_at(text, i, mention->id, false, &end) &&
             is_whole(text, i, end, true) &&
             (kind == MENTION_ROW || is_persons(text, in_reason ? begin : 0, i, mention->id,
                                                kind == MENTION_PROSE || in_reason)))) {
            *at = i;
            *length = end - i;
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------------------------------- SQL */

static struct slice argument(sqlite3_value *value)
{
    const char *bytes = (const char *)sqlite3_value_text(value);

    return (struct slice){ bytes ? bytes : "", bytes ? (size_t)sqlite3_value_bytes(value) : 0 };
}

static void call_mentions(sqlite3_context *context, int n, sqlite3_value **values)
{
    size_t at = 0, length;

    (void)n;
    sqlite3_result_int(context,
                       mention_find(sqlite3_user_data(context), argument(values[0]),
                                    (enum mention_text)sqlite3_value_int(values[1]), &at, &length));
}

static void call_unmention(sqlite3_context *context, int n, sqlite3_value **values)
{
    const struct slice text = argument(values[0]);
    struct text out = { 0 };
    size_t from = 0, at = 0, length;

    (void)n;
    while (mention_find(sqlite3_user_data(context), text,
                        (enum mention_text)sqlite3_value_int(values[1]), &at, &length)) {
        text_add(&out, text.bytes + from, at - from);
        text_add_string(&out, "(erased)");
        from = at = at + length;
    }
    text_add(&out, text.bytes + from, text.length - from);
    if (out.failed)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_text64(context, out.bytes ? out.bytes : "", out.length, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    text_fini(&out);
}

bool mention_register(sqlite3 *db, const struct mention *mention)
{
    const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
    void *context = (void *)(uintptr_t)mention;

    return sqlite3_create_function(db, "mentions", 2, flags, context,
                                   mention ? call_mentions : NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_create_function(db, "unmention", 2, flags, context,
                                   mention ? call_unmention : NULL, NULL, NULL) == SQLITE_OK;
}

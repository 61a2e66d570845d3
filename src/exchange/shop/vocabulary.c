/* vocabulary.c - reads the word lists: one keyword and its values a line, parents before children.
 *
 * Every array has room for one entry a line (words: one a bar), so nothing grows while reading.
 */
#include "exchange/shop/vocabulary_private.h"

#include "aisle/embedded.h"

#include <stdlib.h>
#include <string.h>

bool reading_wrong(struct reading *r, const char *what, struct slice text)
{
    return error_set(r->error, ERROR_INPUT, "word list %s, line %d: %s: %.*s", r->file, r->line,
                     what, (int)(text.length < 80 ? text.length : 80), text.bytes);
}

struct slice reading_cut(struct slice *rest, char mark)
{
    const char *at = rest->length ? memchr(rest->bytes, mark, rest->length) : NULL;
    struct slice head = *rest;

    if (!at) {
        *rest = (struct slice){ rest->bytes + rest->length, 0 };
        return slice_trim(head);
    }
    head.length = (size_t)(at - rest->bytes);
    *rest = (struct slice){ at + 1, rest->length - head.length - 1 };
    return slice_trim(head);
}

bool reading_same(struct slice a, struct slice b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

bool reading_number(struct reading *r, struct slice text, int32_t *value)
{
    int64_t wide = 0;

    if (!slice_to_int64(text, &wide) || wide < 0 || wide > 1000000)
        return reading_wrong(r, "not a number from 0 to 1000000", text);
    *value = (int32_t)wide;
    return true;
}

bool reading_numbers(struct reading *r, struct slice rest, int32_t *value, int32_t n)
{
    rest = slice_trim(rest);
    for (int32_t i = 0; rest.length; i++) {
        if (i == n) return reading_wrong(r, "more numbers than there is room for", rest);
        if (!reading_number(r, reading_cut(&rest, ' '), &value[i])) return false;
        rest = slice_trim(rest);
    }
    return true;
}

int32_t list_named(const struct shop_vocabulary *v, struct slice name)
{
    for (int32_t i = 0; i < v->n_lists; i++)
        if (reading_same(v->lists[i].name, name)) return i;
    return -1;
}

bool reading_list(struct reading *r, struct slice name, int32_t *list)
{
    *list = list_named(r->v, slice_trim(name));
    return *list >= 0 || reading_wrong(r, "no such list above", name);
}

void reading_words(struct shop_vocabulary *v, struct slice rest, struct slice name)
{
    struct word_list *list = &v->lists[v->n_lists++];

    *list = (struct word_list){ .name = name, .first = v->n_words };
    while (rest.length) {
        struct slice word = reading_cut(&rest, '|');
        if (word.length) v->words[v->n_words++] = word;
    }
    list->n = v->n_words - list->first;
}

static const struct keyword *keyword_named(const struct keyword *keyword, struct slice word)
{
    while (keyword->word && !slice_equal(word, keyword->word))
        keyword++;
    return keyword->word ? keyword : NULL;
}

static bool read_line(struct reading *r, struct slice line)
{
    struct slice word = reading_cut(&line, ' '), rest = slice_trim(line);

    if (!word.length || word.bytes[0] == '#') return true;
    const struct keyword *keyword = keyword_named(vocabulary_goods, word);
    if (!keyword) keyword = keyword_named(vocabulary_people, word);
    if (!keyword) return reading_wrong(r, "no such keyword", word);
    if (keyword->of_kind && !r->v->n_kinds) return reading_wrong(r, "no kind above", rest);
    return keyword->read(r, rest);
}

static bool read_text(struct reading *r, struct slice text, const char *file)
{
    r->file = file;
    r->line = 0;
    while (text.length) {
        r->line++;
        if (!read_line(r, reading_cut(&text, '\n'))) return false;
    }
    return true;
}

static int32_t kind_named(const struct shop_vocabulary *v, struct slice name)
{
    for (int32_t i = 0; i < v->n_kinds; i++)
        if (reading_same(v->kinds[i].name, name)) return i;
    return -1;
}

/* Kinds may name kinds that are written further down. */
static bool resolve(struct reading *r)
{
    struct shop_vocabulary *v = r->v;

    if (!v->n_kinds) return error_set(r->error, ERROR_INPUT, "word list %s: no kinds", r->file);
    if (!v->community[0]) return error_set(r->error, ERROR_INPUT, "word list: circles of nobody");
    for (int32_t i = 0; i < v->n_aisles; i++)
        if (!v->aisles[i].n_kinds)
            return reading_wrong(r, "an aisle without kinds", v->aisles[i].name);
    for (int32_t i = 0; i < v->n_categories; i++)
        if (!v->categories[i].n_aisles)
            return reading_wrong(r, "a category without aisles", v->categories[i].name);
    for (int32_t i = 0; i < v->n_kinds; i++) {
        struct kind *kind = &v->kinds[i];
        if (!kind->title.n) return reading_wrong(r, "a kind without title", kind->name);
        if (kind_named(v, kind->name) != i)
            return reading_wrong(r, "two kinds of one name", kind->name);
        for (int32_t k = 0; k < kind->n_then; k++) {
            kind->then[k].kind = kind_named(v, kind->then[k].name);
            if (kind->then[k].kind < 0) return reading_wrong(r, "no such kind", kind->then[k].name);
        }
        if (!kind->needs_name.length) continue;
        kind->needs = kind_named(v, kind->needs_name);
        if (kind->needs < 0) return reading_wrong(r, "no such kind", kind->needs_name);
    }
    return true;
}

static size_t count(struct slice text, char mark)
{
    size_t n = 1;

    for (size_t i = 0; i < text.length; i++)
        n += text.bytes[i] == mark;
    return n;
}

static void ordinary(struct shop_vocabulary *v)
{
    v->maker_name = slice_of("brand");
    v->basket[0] = 100;
    v->opening = 60;
    v->community[0] = 10;
    v->community[1] = 30;
    v->repeats = true;
    for (int i = 0; i < HOURS; i++)
        v->hour[i] = 1;
    for (int i = 0; i < MONTHS; i++)
        v->month[i] = 100;
    for (int i = 0; i < 7; i++)
        v->weekday[i] = 100;
}

struct shop_vocabulary *shop_vocabulary_parse(struct slice people, struct slice shop,
                                              struct error *error)
{
    size_t lines = count(people, '\n') + count(shop, '\n') + 1;
    size_t words = count(people, '|') + count(shop, '|') + lines;
    struct shop_vocabulary *v = calloc(1, sizeof *v);

    if (!v) {
        error_memory(error, "the word lists");
        return NULL;
    }
    ordinary(v);
    v->words = calloc(words, sizeof *v->words);
    v->lists = calloc(lines, sizeof *v->lists);
    v->categories = calloc(lines, sizeof *v->categories);
    v->aisles = calloc(lines, sizeof *v->aisles);
    v->kinds = calloc(lines, sizeof *v->kinds);
    struct reading r = { .v = v, .error = error };
    if (!v->words || !v->lists || !v->categories || !v->aisles || !v->kinds) {
        error_memory(error, "the word lists");
        goto failed;
    }
    if (read_text(&r, people, "people.txt") && read_text(&r, shop, "of the profile") && resolve(&r))
        return v;
failed:
    shop_vocabulary_free(v);
    return NULL;
}

static bool embedded_text(const char *name, const char *end, struct slice *text)
{
    size_t length = strlen(name);

    for (const struct embedded_file *file = demo_words; file->name; file++) {
        if (strncmp(file->name, name, length) != 0 || strcmp(file->name + length, end) != 0)
            continue;
        *text = (struct slice){ (const char *)file->bytes, file->size };
        return true;
    }
    return false;
}

struct shop_vocabulary *shop_vocabulary_new(const char *profile, struct error *error)
{
    struct slice people, shop;

    if (strcmp(profile, "people") == 0 || !embedded_text(profile, ".txt", &shop) ||
        !embedded_text("people", ".txt", &people)) {
        error_set(error, ERROR_USAGE,
                  "there is no profile %.40s: choose shop, news, video, music or social", profile);
        return NULL;
    }
    return shop_vocabulary_parse(people, shop, error);
}

void shop_vocabulary_free(struct shop_vocabulary *vocabulary)
{
    if (!vocabulary) return;
    free(vocabulary->words);
    free(vocabulary->lists);
    free(vocabulary->categories);
    free(vocabulary->aisles);
    free(vocabulary->kinds);
    free(vocabulary);
}

/* vocabulary.c - reads the word lists: one keyword and its values a line, parents before children.
 *
 * Every array has room for one entry a line (words: one a bar), so nothing grows while reading.
 */
#include "exchange/shop/vocabulary.h"

#include "aisle/embedded.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct vocabulary *v;
    struct error *error;
    const char *file;
    int line;
};

typedef bool reader(struct reading *r, struct slice rest);

static bool wrong(struct reading *r, const char *what, struct slice text)
{
    return error_set(r->error, ERROR_INPUT, "word list %s, line %d: %s: %.*s", r->file, r->line,
                     what, (int)(text.length < 80 ? text.length : 80), text.bytes);
}

/* The text before `mark`, which is taken off `rest`; all of it where there is no mark. */
static struct slice cut(struct slice *rest, char mark)
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

static bool same(struct slice a, struct slice b)
{
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

static bool number(struct reading *r, struct slice text, int32_t *value)
{
    int64_t wide = 0;

    if (!slice_to_int64(text, &wide) || wide < 0 || wide > 1000000)
        return wrong(r, "not a number from 0 to 1000000", text);
    *value = (int32_t)wide;
    return true;
}

/* As many numbers as there are, at most n; the rest stay. */
static bool numbers(struct reading *r, struct slice rest, int32_t *value, int32_t n)
{
    rest = slice_trim(rest);
    for (int32_t i = 0; rest.length; i++) {
        if (i == n) return wrong(r, "more numbers than there is room for", rest);
        if (!number(r, cut(&rest, ' '), &value[i])) return false;
        rest = slice_trim(rest);
    }
    return true;
}

static int32_t list_named(const struct vocabulary *v, struct slice name)
{
    for (int32_t i = 0; i < v->n_lists; i++)
        if (same(v->lists[i].name, name)) return i;
    return -1;
}

/* Lists are used after they are written. */
static bool list_of(struct reading *r, struct slice name, int32_t *list)
{
    *list = list_named(r->v, slice_trim(name));
    return *list >= 0 || wrong(r, "no such list above", name);
}

static void add_words(struct vocabulary *v, struct slice rest, struct slice name)
{
    struct word_list *list = &v->lists[v->n_lists++];

    *list = (struct word_list){ .name = name, .first = v->n_words };
    while (rest.length) {
        struct slice word = cut(&rest, '|');
        if (word.length) v->words[v->n_words++] = word;
    }
    list->n = v->n_words - list->first;
}

static bool read_list(struct reading *r, struct slice rest)
{
    struct slice name = cut(&rest, ' ');

    if (list_named(r->v, name) >= 0) return wrong(r, "the list is there already", name);
    add_words(r->v, rest, name);
    return r->v->lists[r->v->n_lists - 1].n > 0 || wrong(r, "an empty list", name);
}

/* "Text with {slots}" to parts. */
static bool read_template(struct reading *r, struct slice rest, struct template *template)
{
    template->n = 0;
    while (rest.length) {
        const char *open = memchr(rest.bytes, '{', rest.length);
        struct slice literal = { rest.bytes, open ? (size_t)(open - rest.bytes) : rest.length };
        struct part *part = &template->part[template->n];

        if (template->n + 2 > MAX_PARTS) return wrong(r, "too many slots", rest);
        if (literal.length) {
            *part++ = (struct part){ literal, PART_LITERAL };
            template->n++;
        }
        rest = (struct slice){ rest.bytes + literal.length, rest.length - literal.length };
        if (!open) break;
        rest = (struct slice){ rest.bytes + 1, rest.length - 1 };
        struct slice name = cut(&rest, '}');
        *part = (struct part){ name, PART_NUMBER };
        template->n++;
        if (!slice_equal(name, "n") && !slice_equal(name, "brand") &&
            !list_of(r, name, &part->list))
            return false;
        if (slice_equal(name, "brand")) {
            part->list = r->v->kinds[r->v->n_kinds - 1].maker;
            if (part->list < 0) return wrong(r, "{brand} without brands above", name);
        }
    }
    return true;
}

/* ------------------------------------------------------------------------ who likes what, when */

static void appeal_init(struct appeal *appeal)
{
    for (size_t i = 0; i < 2; i++)
        appeal->gender[i] = 100;
    for (size_t i = 0; i < BANDS; i++)
        appeal->band[i] = 100;
    for (size_t i = 0; i < MAX_SEGMENTS; i++)
        appeal->segment[i] = 100;
    for (size_t i = 0; i < MAX_REGIONS; i++)
        appeal->region[i] = 100;
}

static int16_t *appeal_to(const struct vocabulary *v, struct appeal *appeal, struct slice who)
{
    static const char *const bands[BANDS] = { "18-24", "25-34", "35-44", "45-54", "55-64", "65+" };

    if (slice_equal(who, "f")) return &appeal->gender[0];
    if (slice_equal(who, "m")) return &appeal->gender[1];
    for (int32_t i = 0; i < BANDS; i++)
        if (slice_equal(who, bands[i])) return &appeal->band[i];
    for (int32_t i = 0; i < v->n_segments; i++)
        if (same(who, v->segments[i].name)) return &appeal->segment[i];
    for (int32_t i = 0; i < v->n_regions; i++)
        if (same(who, v->regions[i].name)) return &appeal->region[i];
    return NULL;
}

/* for f:150 18-24:60 student:200 Japan:300, of the category or aisle above */
static bool read_for(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;

    if (!v->n_categories) return wrong(r, "no category above", rest);
    struct category *category = &v->categories[v->n_categories - 1];
    struct appeal *appeal =
        category->n_aisles ? &v->aisles[v->n_aisles - 1].appeal : &category->appeal;
    while (rest.length) {
        struct slice pair = cut(&rest, ' '), who = cut(&pair, ':');
        int16_t *percent = appeal_to(v, appeal, who);
        int32_t value = 0;

        if (!percent) return wrong(r, "nobody is called that", who);
        if (!number(r, pair, &value)) return false;
        *percent = (int16_t)(value > 2000 ? 2000 : value);
    }
    return true;
}

/* Months of what was named last: the whole shop, a category, an aisle or a kind. */
static bool read_months(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;
    int32_t month[MONTHS];
    int16_t *into = NULL;

    if (v->n_categories) {
        struct category *category = &v->categories[v->n_categories - 1];
        into = category->month;
        if (category->n_aisles) into = v->aisles[v->n_aisles - 1].month;
        if (category->n_aisles && v->aisles[v->n_aisles - 1].n_kinds)
            into = v->kinds[v->n_kinds - 1].month;
    }
    for (int i = 0; i < MONTHS; i++)
        month[i] = 100;
    if (!numbers(r, rest, month, MONTHS)) return false;
    for (int i = 0; i < MONTHS; i++) {
        if (into) into[i] = (int16_t)(month[i] > 3000 ? 3000 : month[i]);
        if (!into) v->month[i] = month[i];
    }
    return true;
}

/* -------------------------------------------------------------------------- what is sold there */

static bool read_category(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;
    struct category *category = &v->categories[v->n_categories++];

    *category = (struct category){ .name = rest, .weight = 10, .first_aisle = v->n_aisles };
    for (int i = 0; i < MONTHS; i++)
        category->month[i] = 100;
    appeal_init(&category->appeal);
    return true;
}

static bool read_aisle(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;

    if (!v->n_categories) return wrong(r, "no category above", rest);
    struct aisle *aisle = &v->aisles[v->n_aisles++];
    *aisle = (struct aisle){
        .name = rest, .category = v->n_categories - 1, .weight = 10, .first_kind = v->n_kinds
    };
    for (int i = 0; i < MONTHS; i++)
        aisle->month[i] = 100;
    appeal_init(&aisle->appeal);
    v->categories[v->n_categories - 1].n_aisles++;
    return true;
}

static bool read_kind(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;

    if (!v->n_categories || !v->categories[v->n_categories - 1].n_aisles)
        return wrong(r, "no aisle above", rest);
    struct kind *kind = &v->kinds[v->n_kinds++];
    *kind = (struct kind){ .name = rest,
                           .aisle = v->n_aisles - 1,
                           .weight = 10,
                           .share = 10,
                           .every = { 0, 60 },
                           .most = 1,
                           .needs = -1,
                           .maker = -1,
                           .trait = -1 };
    for (int i = 0; i < MONTHS; i++)
        kind->month[i] = 100;
    v->aisles[v->n_aisles - 1].n_kinds++;
    return true;
}

static bool read_weight(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;
    int32_t *into;

    if (!v->n_categories) return wrong(r, "no category above", rest);
    if (!v->categories[v->n_categories - 1].n_aisles)
        into = &v->categories[v->n_categories - 1].weight;
    else if (!v->aisles[v->n_aisles - 1].n_kinds)
        into = &v->aisles[v->n_aisles - 1].weight;
    else
        into = &v->kinds[v->n_kinds - 1].weight;
    return number(r, rest, into);
}

/* Lines that belong to a kind. */
static struct kind *kind_now(struct reading *r)
{
    return &r->v->kinds[r->v->n_kinds - 1];
}

static bool read_share(struct reading *r, struct slice rest)
{
    return number(r, rest, &kind_now(r)->share);
}

static bool read_price(struct reading *r, struct slice rest)
{
    return numbers(r, rest, kind_now(r)->price, 2);
}

static bool read_every(struct reading *r, struct slice rest)
{
    return numbers(r, rest, kind_now(r)->every, 2);
}

static bool read_returns(struct reading *r, struct slice rest)
{
    return number(r, rest, &kind_now(r)->returns);
}

static bool read_series(struct reading *r, struct slice rest)
{
    return number(r, rest, &kind_now(r)->series);
}

static bool read_most(struct reading *r, struct slice rest)
{
    return number(r, rest, &kind_now(r)->most);
}

static bool read_once(struct reading *r, struct slice rest)
{
    (void)rest;
    kind_now(r)->once = true;
    return true;
}

static bool read_needs(struct reading *r, struct slice rest)
{
    kind_now(r)->needs_name = rest;
    return true;
}

static bool read_edition(struct reading *r, struct slice rest)
{
    kind_now(r)->edition = rest;
    return true;
}

static bool read_brands(struct reading *r, struct slice rest)
{
    return list_of(r, rest, &kind_now(r)->maker);
}

static bool read_trait(struct reading *r, struct slice rest)
{
    return list_of(r, rest, &kind_now(r)->trait);
}

static bool read_title(struct reading *r, struct slice rest)
{
    return read_template(r, rest, &kind_now(r)->title);
}

static bool read_about(struct reading *r, struct slice rest)
{
    return read_template(r, rest, &kind_now(r)->about);
}

/* then PERCENT DAYS KIND */
static bool read_then(struct reading *r, struct slice rest)
{
    struct kind *kind = kind_now(r);
    struct consequence *then = &kind->then[kind->n_then];

    if (kind->n_then == MAX_THEN) return wrong(r, "more consequences than there is room for", rest);
    kind->n_then++;
    if (!number(r, cut(&rest, ' '), &then->percent) || !number(r, cut(&rest, ' '), &then->days))
        return false;
    then->name = slice_trim(rest);
    return true;
}

/* ------------------------------------------------------------------------------ the whole shop */

static bool read_deed(struct reading *r, struct slice rest)
{
    if (slice_equal(rest, "purchase"))
        r->v->deed = DEED_PURCHASE;
    else if (slice_equal(rest, "rating"))
        r->v->deed = DEED_RATING;
    else if (slice_equal(rest, "weight"))
        r->v->deed = DEED_WEIGHT;
    else
        return wrong(r, "not purchase, rating or weight", rest);
    return true;
}

static bool read_maker(struct reading *r, struct slice rest)
{
    r->v->maker_name = rest;
    return true;
}

static bool read_extra(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;

    if (v->n_extras == MAX_NAMES) return wrong(r, "more attributes than there is room for", rest);
    v->extras[v->n_extras].name = cut(&rest, ' ');
    return list_of(r, rest, &v->extras[v->n_extras++].list);
}

static bool read_basket(struct reading *r, struct slice rest)
{
    return numbers(r, rest, r->v->basket, MAX_BASKET);
}

static bool read_hours(struct reading *r, struct slice rest)
{
    return numbers(r, rest, r->v->hour, HOURS);
}

static bool read_weekdays(struct reading *r, struct slice rest)
{
    return numbers(r, rest, r->v->weekday, 7);
}

static bool read_views(struct reading *r, struct slice rest)
{
    return numbers(r, rest, r->v->before, 2);
}

static bool read_opening(struct reading *r, struct slice rest)
{
    return number(r, rest, &r->v->opening);
}

static bool read_circle(struct reading *r, struct slice rest)
{
    return numbers(r, rest, r->v->circle, 2);
}

static bool read_fresh(struct reading *r, struct slice rest)
{
    (void)rest;
    r->v->fresh = true;
    return true;
}

static bool read_unrepeated(struct reading *r, struct slice rest)
{
    (void)rest;
    r->v->repeats = false;
    return true;
}

/* -------------------------------------------------------------------------------------- people */

/* region WEIGHT NAME */
static bool read_region(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;
    struct region *region = &v->regions[v->n_regions];

    if (v->n_regions == MAX_REGIONS) return wrong(r, "more regions than there is room for", rest);
    *region = (struct region){ .female = -1, .male = -1, .family = -1, .family_female = -1 };
    v->n_regions++;
    if (!number(r, cut(&rest, ' '), &region->weight)) return false;
    region->name = slice_trim(rest);
    return true;
}

/* segment NAME, then a weight for each age band */
static bool read_segment(struct reading *r, struct slice rest)
{
    struct vocabulary *v = r->v;
    struct segment *segment = &v->segments[v->n_segments];

    if (v->n_segments == MAX_SEGMENTS)
        return wrong(r, "more segments than there is room for", rest);
    v->n_segments++;
    segment->name = cut(&rest, ' ');
    return numbers(r, rest, segment->weight, BANDS);
}

static bool names_of_region(struct reading *r, struct slice rest, size_t field)
{
    struct vocabulary *v = r->v;

    if (!v->n_regions) return wrong(r, "no region above", rest);
    add_words(v, rest, (struct slice){ "", 0 });
    int32_t list = v->n_lists - 1;
    if (!v->lists[list].n) return wrong(r, "an empty list", rest);
    memcpy((char *)&v->regions[v->n_regions - 1] + field, &list, sizeof list);
    return true;
}

static bool read_female(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, female));
}

static bool read_male(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, male));
}

static bool read_family(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, family));
}

static bool read_family_female(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, family_female));
}

static bool read_order(struct reading *r, struct slice rest)
{
    if (!r->v->n_regions) return wrong(r, "no region above", rest);
    struct region *region = &r->v->regions[r->v->n_regions - 1];
    region->family_first = true;
    region->joined = slice_equal(rest, "joined");
    return region->joined || slice_equal(rest, "family") || wrong(r, "not family or joined", rest);
}

static const struct keyword {
    const char *word;
    reader *read;
    bool of_kind; /* needs a kind above it */
} keywords[] = {
    { "list", read_list, false },         { "category", read_category, false },
    { "aisle", read_aisle, false },       { "kind", read_kind, false },
    { "weight", read_weight, false },     { "for", read_for, false },
    { "months", read_months, false },     { "share", read_share, true },
    { "price", read_price, true },        { "every", read_every, true },
    { "returns", read_returns, true },    { "series", read_series, true },
    { "most", read_most, true },          { "once", read_once, true },
    { "needs", read_needs, true },        { "edition", read_edition, true },
    { "brands", read_brands, true },      { "title", read_title, true },
    { "trait", read_trait, true },        { "about", read_about, true },
    { "then", read_then, true },          { "deed", read_deed, false },
    { "maker", read_maker, false },       { "extra", read_extra, false },
    { "basket", read_basket, false },     { "hours", read_hours, false },
    { "weekdays", read_weekdays, false }, { "views", read_views, false },
    { "opening", read_opening, false },   { "circle", read_circle, false },
    { "fresh", read_fresh, false },       { "unrepeated", read_unrepeated, false },
    { "region", read_region, false },     { "segment", read_segment, false },
    { "female", read_female, false },     { "male", read_male, false },
    { "family", read_family, false },     { "family-female", read_family_female, false },
    { "order", read_order, false },
};

static bool read_line(struct reading *r, struct slice line)
{
    struct slice word = cut(&line, ' '), rest = slice_trim(line);

    if (!word.length || word.bytes[0] == '#') return true;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (!slice_equal(word, keywords[i].word)) continue;
        if (keywords[i].of_kind && !r->v->n_kinds) return wrong(r, "no kind above", rest);
        return keywords[i].read(r, rest);
    }
    return wrong(r, "no such keyword", word);
}

static bool read_text(struct reading *r, struct slice text, const char *file)
{
    r->file = file;
    r->line = 0;
    while (text.length) {
        r->line++;
        if (!read_line(r, cut(&text, '\n'))) return false;
    }
    return true;
}

static int32_t kind_named(const struct vocabulary *v, struct slice name)
{
    for (int32_t i = 0; i < v->n_kinds; i++)
        if (same(v->kinds[i].name, name)) return i;
    return -1;
}

/* Kinds may name kinds that are written further down. */
static bool resolve(struct reading *r)
{
    struct vocabulary *v = r->v;

    if (!v->n_kinds) return error_set(r->error, ERROR_INPUT, "word list %s: no kinds", r->file);
    for (int32_t i = 0; i < v->n_aisles; i++)
        if (!v->aisles[i].n_kinds) return wrong(r, "an aisle without kinds", v->aisles[i].name);
    for (int32_t i = 0; i < v->n_categories; i++)
        if (!v->categories[i].n_aisles)
            return wrong(r, "a category without aisles", v->categories[i].name);
    for (int32_t i = 0; i < v->n_kinds; i++) {
        struct kind *kind = &v->kinds[i];
        if (!kind->title.n) return wrong(r, "a kind without title", kind->name);
        if (kind_named(v, kind->name) != i) return wrong(r, "two kinds of one name", kind->name);
        for (int32_t k = 0; k < kind->n_then; k++) {
            kind->then[k].kind = kind_named(v, kind->then[k].name);
            if (kind->then[k].kind < 0) return wrong(r, "no such kind", kind->then[k].name);
        }
        if (!kind->needs_name.length) continue;
        kind->needs = kind_named(v, kind->needs_name);
        if (kind->needs < 0) return wrong(r, "no such kind", kind->needs_name);
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

static void ordinary(struct vocabulary *v)
{
    v->maker_name = slice_of("brand");
    v->basket[0] = 100;
    v->opening = 60;
    v->circle[0] = 10;
    v->circle[1] = 30;
    v->repeats = true;
    for (int i = 0; i < HOURS; i++)
        v->hour[i] = 1;
    for (int i = 0; i < MONTHS; i++)
        v->month[i] = 100;
    for (int i = 0; i < 7; i++)
        v->weekday[i] = 100;
}

struct vocabulary *vocabulary_parse(struct slice people, struct slice shop, struct error *error)
{
    size_t lines = count(people, '\n') + count(shop, '\n') + 1;
    size_t words = count(people, '|') + count(shop, '|') + lines;
    struct vocabulary *v = calloc(1, sizeof *v);

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
    vocabulary_free(v);
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

struct vocabulary *vocabulary_new(const char *profile, struct error *error)
{
    struct slice people, shop;

    if (strcmp(profile, "people") == 0 || !embedded_text(profile, ".txt", &shop) ||
        !embedded_text("people", ".txt", &people)) {
        error_set(error, ERROR_USAGE,
                  "there is no profile %.40s: choose shop, news, video, music or social", profile);
        return NULL;
    }
    return vocabulary_parse(people, shop, error);
}

void vocabulary_free(struct vocabulary *vocabulary)
{
    if (!vocabulary) return;
    free(vocabulary->words);
    free(vocabulary->lists);
    free(vocabulary->categories);
    free(vocabulary->aisles);
    free(vocabulary->kinds);
    free(vocabulary);
}

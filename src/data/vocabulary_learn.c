/* vocabulary_learn.c - from a catalogue to its vocabulary.
 *
 *   1. each attribute gets a role, by what its values look like;
 *   2. values that several items have, and bands of numbers and dates, become tokens;
 *   3. words are counted by items and cut into pieces;
 *   4. all items are read with these tokens, and those that no item has are dropped.
 */
#include "subwords.h"
#include "vocabulary_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    VALUES_MAX = 20000, /* the most frequent */
    VALUE_ITEMS = 2,    /* a value of one item says nothing about others */
    TEXT_LENGTH = 40,   /* bytes on average: a description */
    DISTINCT_MIN = 20,  /* from so many on, values that are nearly all different are texts */
};

struct learning {
    const struct dataset *dataset;
    const struct vocabulary_options *options;
    struct vocabulary *vocabulary;
    int32_t *uses;   /* (values) items that have the value */
    size_t capacity; /* of the arrays beside the tokens */
};

/* ----------------------------------------------------------------------------------- roles */

/* How the shop runs, and where it keeps things: not what an item is. */
static bool is_operational(struct slice name)
{
    static const char *const names[] = {
        "stock",  "inventory", "quantity", "active",  "visible", "enabled", "hidden",
        "status", "added",     "created",  "updated", "url",     "link",    "image",
        "images", "imdb_url",  "picture",  "sku",     "ean",     "gtin",    "asin",
        "isbn",   "upc",       "barcode",  "id",      "imdb",    "tmdb",    "video_release_date",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_equal_fold(name, names[i])) return true;
    return false;
}

bool attribute_names_maker(struct slice name)
{
    static const char *const names[] = { "brand",  "maker",     "manufacturer", "vendor", "author",
                                         "artist", "director",  "label",        "studio", "marke",
                                         "marque", "publisher", "designer",     "marca" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_equal_fold(name, names[i])) return true;
    return false;
}

static bool is_address(struct slice value)
{
    for (size_t i = 0; i + 3 <= value.length; i++)
        if (memcmp(value.bytes + i, "://", 3) == 0) return true;
    return false;
}

/* What the values of one attribute look like, each counted by the items that have it. */
struct look {
    int64_t distinct, uses, numbers, dates, addresses, bytes;
};

static enum attribute_role role_of(const struct look *look, int32_t bands)
{
    if (look->uses == 0 || look->addresses * 2 > look->uses) return ROLE_PASSED;
    if (look->numbers * 20 >= look->uses * 19 && look->distinct > 2 * bands) return ROLE_NUMBER;
    if (look->dates * 20 >= look->uses * 19 && look->distinct > 2 * bands) return ROLE_DATE;
    if (look->bytes > TEXT_LENGTH * look->uses) return ROLE_TEXT;
    if (look->uses >= DISTINCT_MIN && look->distinct * 10 > look->uses * 9) return ROLE_TEXT;
    return ROLE_VALUES;
}

/* (values) items that have each value; NULL without memory. */
static int32_t *count_uses(const struct dataset *dataset, struct error *error)
{
    const struct attributes *known = &dataset->item_attributes;
    int32_t *uses = calloc((size_t)known->values.n + 1, sizeof *uses);

    if (!uses) error_memory(error, "a vocabulary");
    for (int64_t at = 0; uses && at < known->offset[dataset->n_items]; at++)
        uses[known->value[at]]++;
    return uses;
}

static bool roles_of_uses(const struct attributes *known, const int32_t *uses, int32_t bands,
                          uint8_t *role, struct error *error)
{
    struct look *looks = calloc((size_t)known->names.n + 1, sizeof *looks);

    if (!looks) return error_memory(error, "a vocabulary");
    for (int32_t v = 0; v < known->values.n; v++) {
        const struct slice value = names_get(&known->values, v);
        struct look *look = &looks[known->value_name[v]];
        double number;
        look->distinct += uses[v] > 0;
        look->uses += uses[v];
        look->bytes += uses[v] * (int64_t)value.length;
        if (number_of_value(ROLE_NUMBER, value, &number))
            look->numbers += uses[v];
        else if (number_of_value(ROLE_DATE, value, &number))
            look->dates += uses[v];
        if (is_address(value)) look->addresses += uses[v];
    }
    for (int32_t a = 0; a < known->names.n; a++)
        role[a] =
            (uint8_t)(is_operational(names_get(&known->names, a)) ? ROLE_PASSED
                                                                  : role_of(&looks[a], bands));
    free(looks);
    return true;
}

bool attribute_roles(const struct dataset *dataset, int32_t bands, uint8_t *role,
                     struct error *error)
{
    int32_t *uses = count_uses(dataset, error);
    const bool good = uses && roles_of_uses(&dataset->item_attributes, uses, bands, role, error);

    free(uses);
    return good;
}

static bool find_roles(struct learning *learning, struct error *error)
{
    const struct attributes *known = &learning->dataset->item_attributes;
    struct vocabulary *vocabulary = learning->vocabulary;

    vocabulary->role = calloc((size_t)known->names.n + 1, sizeof *vocabulary->role);
    if (!vocabulary->role) return error_memory(error, "a vocabulary");
    bool good =
        roles_of_uses(known, learning->uses, learning->options->bands, vocabulary->role, error);
    for (int32_t a = 0; good && a < known->names.n; a++)
        good = interned_add(&vocabulary->names, 0, names_get(&known->names, a), error) >= 0;
    return good;
}

/* ---------------------------------------------------------------------------------- tokens */

static bool needs_capacity(struct learning *learning)
{
    struct vocabulary *vocabulary = learning->vocabulary;
    const size_t n = (size_t)vocabulary_count(vocabulary);

    if (n < learning->capacity) return true;
    const size_t capacity = learning->capacity ? learning->capacity * 2 : 1024;
    uint8_t *kind = realloc(vocabulary->kind, capacity * sizeof *kind);
    if (kind) vocabulary->kind = kind;
    int32_t *items = realloc(vocabulary->items, capacity * sizeof *items);
    if (items) vocabulary->items = items;
    double *min = realloc(vocabulary->min, capacity * sizeof *min);
    if (min) vocabulary->min = min;
    if (!kind || !items || !min) return false;
    learning->capacity = capacity;
    return true;
}

static bool add_token(struct learning *learning, int32_t tag, struct slice text,
                      enum token_kind kind, double min, struct error *error)
{
    struct vocabulary *vocabulary = learning->vocabulary;

    if (!needs_capacity(learning)) return error_memory(error, "a vocabulary");
    const int32_t before = vocabulary_count(vocabulary);
    const int32_t token = interned_add(&vocabulary->tokens, tag, text, error);
    if (token < before) return token >= 0; /* there already, or no memory */
    vocabulary->kind[token] = (uint8_t)kind;
    vocabulary->items[token] = 0;
    vocabulary->min[token] = min;
    return true;
}

/* How many items a value must have so that not too many values do. */
static int32_t min_uses(const struct learning *learning)
{
    const struct attributes *known = &learning->dataset->item_attributes;
    int32_t min = VALUE_ITEMS, n;

    for (;; min *= 2) {
        n = 0;
        for (int32_t v = 0; v < known->values.n; v++)
            n += learning->vocabulary->role[known->value_name[v]] == ROLE_VALUES &&
                 learning->uses[v] >= min;
        if (n <= VALUES_MAX || min > INT32_MAX / 2) return min;
    }
}

struct number {
    double number;
    int32_t value;
};

static int ascending(const void *a, const void *b)
{
    const struct number *one = a, *other = b;

    if (one->number != other->number) return one->number > other->number ? 1 : -1;
    return (one->value > other->value) - (one->value < other->value);
}

static bool add_band(struct learning *learning, int32_t attribute, const struct number *first,
                     const struct number *last, struct error *error)
{
    const struct attributes *known = &learning->dataset->item_attributes;
    const struct slice low = names_get(&known->values, first->value);
    const struct slice high = names_get(&known->values, last->value);
    struct text text = { 0 };

    text_add(&text, low.bytes, low.length);
    if (first->number < last->number) {
        text_add_string(&text, " to ");
        text_add(&text, high.bytes, high.length);
    }
    const bool good =
        text.failed ? error_memory(error, "a vocabulary")
                    : add_token(learning, attribute, (struct slice){ text.bytes, text.length },
                                TOKEN_BAND, first->number, error);
    text_fini(&text);
    return good;
}

/* Bands of about equally many items; equal numbers stay together. */
static bool cut_bands(struct learning *learning, int32_t attribute, const struct number *numbers,
                      int32_t n, int64_t uses, struct error *error)
{
    const int64_t bands = learning->options->bands;
    int64_t seen = 0, band = 1;
    int32_t begin = 0;

    for (int32_t i = 0; i < n; i++) {
        seen += learning->uses[numbers[i].value];
        const bool equal = i + 1 < n && numbers[i + 1].number == numbers[i].number;
        if (i + 1 < n && (equal || seen * bands < uses * band)) continue;
        if (!add_band(learning, attribute, &numbers[begin], &numbers[i], error)) return false;
        begin = i + 1;
        while (seen * bands >= uses * band)
            band++;
    }
    return true;
}

static bool add_bands(struct learning *learning, int32_t attribute, struct error *error)
{
    const struct attributes *known = &learning->dataset->item_attributes;
    const enum attribute_role role = (enum attribute_role)learning->vocabulary->role[attribute];
    struct number *numbers = malloc(((size_t)known->values.n + 1) * sizeof *numbers);
    int64_t uses = 0;
    int32_t n = 0;

    if (!numbers) return error_memory(error, "a vocabulary");
    for (int32_t v = 0; v < known->values.n; v++) {
        if (known->value_name[v] != attribute || learning->uses[v] == 0) continue;
        if (!number_of_value(role, names_get(&known->values, v), &numbers[n].number)) continue;
        numbers[n++].value = v;
        uses += learning->uses[v];
    }
    qsort(numbers, (size_t)n, sizeof *numbers, ascending);
    const bool good = cut_bands(learning, attribute, numbers, n, uses, error);
    free(numbers);
    return good;
}

static bool add_values(struct learning *learning, struct error *error)
{
    const struct attributes *known = &learning->dataset->item_attributes;
    const int32_t min = min_uses(learning), all = learning->dataset->n_items;
    bool good = true;

    for (int32_t a = 0; good && a < known->names.n; a++) {
        const enum attribute_role role = (enum attribute_role)learning->vocabulary->role[a];
        if (role == ROLE_NUMBER || role == ROLE_DATE) good = add_bands(learning, a, error);
    }
    for (int32_t v = 0; good && v < known->values.n; v++) {
        const int32_t name = known->value_name[v];
        if (learning->vocabulary->role[name] != ROLE_VALUES) continue;
        if (learning->uses[v] >= min && learning->uses[v] < all)
            good = add_token(learning, name, names_get(&known->values, v), TOKEN_VALUE, 0, error);
    }
    return good;
}

/* ----------------------------------------------------------------------------------- words */

/* How many items have each word. seen[word] is scratch: the last item counted, plus one. */
static void count_words(const struct dataset *dataset, const struct catalogue_words *words,
                        int32_t *seen, int32_t *count)
{
    const struct attributes *known = &dataset->item_attributes;

    for (int32_t i = 0; i < dataset->n_items; i++) {
        for (int64_t at = words->title_offset[i]; at < words->title_offset[i + 1]; at++) {
            const int32_t word = words->title_word[at];
            count[word] += seen[word] != i + 1;
            seen[word] = i + 1;
        }
        for (int64_t v = known->offset[i]; v < known->offset[i + 1]; v++) {
            const int32_t value = known->value[v];
            for (int64_t at = words->value_offset[value]; at < words->value_offset[value + 1];
                 at++) {
                const int32_t word = words->value_word[at];
                count[word] += seen[word] != i + 1;
                seen[word] = i + 1;
            }
        }
    }
}

static bool add_subwords(struct learning *learning, const struct catalogue_words *words,
                         struct progress *progress, struct error *error)
{
    const struct names *list = &words->words.names.names;
    int32_t *seen = calloc((size_t)list->n + 1, sizeof *seen);
    int32_t *count = calloc((size_t)list->n + 1, sizeof *count);
    struct interned subwords = { 0 };
    bool good = seen && count;

    if (!good) error_memory(error, "a vocabulary");
    if (good && list->n > 0) {
        const struct word_counts counts = { list, count };
        count_words(learning->dataset, words, seen, count);
        good = subwords_learn(&counts, learning->options->words, &subwords, progress, error);
    }
    for (int32_t p = 0; good && p < subwords.names.names.n; p++) {
        const struct slice subword = names_get(&subwords.names.names, p);
        const size_t mark = subword.length > strlen(WORD_START) &&
                                    memcmp(subword.bytes, WORD_START, strlen(WORD_START)) == 0
                                ? strlen(WORD_START)
                                : 0;
        const struct slice word = { subword.bytes + mark, subword.length - mark };
        const bool alone =
            (mark > 0) == subword_starts(word) && interned_find(&words->words, 0, word) >= 0;
        good = add_token(learning, TAG_WORDS, subword, alone ? TOKEN_WORD : TOKEN_PIECE, 0, error);
    }
    interned_fini(&subwords);
    free(seen);
    free(count);
    return good;
}

/* --------------------------------------------------------------------------- what is used */

static void count_items(struct vocabulary *vocabulary, const struct item_tokens *rows)
{
    for (int64_t at = 0; at < rows->offset[rows->n_items]; at++)
        vocabulary->items[rows->token[at]]++;
}

/* Tokens of no item go, and the others are numbered anew in the same order. */
static bool drop_unused(struct vocabulary *vocabulary, struct item_tokens *rows,
                        struct error *error)
{
    const int32_t n = vocabulary_count(vocabulary);
    struct interned kept = { 0 };
    int32_t *place = malloc(((size_t)n + 1) * sizeof *place);
    bool good = place != NULL || error_memory(error, "a vocabulary");

    for (int32_t t = 0; good && t < n; t++) {
        if (vocabulary->items[t] == 0) continue;
        place[t] = interned_add(&kept, vocabulary->tokens.tag[t],
                                names_get(&vocabulary->tokens.names.names, t), error);
        good = place[t] >= 0;
        if (!good) break;
        vocabulary->kind[place[t]] = vocabulary->kind[t];
        vocabulary->items[place[t]] = vocabulary->items[t];
        vocabulary->min[place[t]] = vocabulary->min[t];
    }
    for (int64_t at = 0; good && at < rows->offset[rows->n_items]; at++)
        rows->token[at] = place[rows->token[at]];
    free(place);
    if (!good) {
        interned_fini(&kept);
        return false;
    }
    rows->n_tokens = kept.names.names.n;
    interned_fini(&vocabulary->tokens);
    vocabulary->tokens = kept;
    return true;
}

/* vocabulary_prepare() begins with nothing. */
static void forget_prepared(struct vocabulary *vocabulary)
{
    free(vocabulary->weight);
    free(vocabulary->stem);
    free(vocabulary->first_band);
    free(vocabulary->spoken_token);
    interned_fini(&vocabulary->spoken);
    vocabulary->weight = NULL;
    vocabulary->stem = vocabulary->first_band = vocabulary->spoken_token = NULL;
    vocabulary->longest = 0;
}

static bool learn(struct learning *learning, struct item_tokens *rows, struct progress *progress,
                  struct error *error)
{
    struct vocabulary *vocabulary = learning->vocabulary;
    struct catalogue_words words = { 0 };
    bool good = needs_capacity(learning) || error_memory(error, "a vocabulary");

    good = good && find_roles(learning, error) && add_values(learning, error) &&
           catalogue_words_read(&words, learning->dataset, vocabulary->role, progress, error) &&
           add_subwords(learning, &words, progress, error) &&
           vocabulary_prepare(vocabulary, error) &&
           item_tokens_collect(rows, vocabulary, learning->dataset, &words, progress, error);
    catalogue_words_fini(&words);
    if (!good) return false;
    count_items(vocabulary, rows);
    forget_prepared(vocabulary);
    return drop_unused(vocabulary, rows, error) && vocabulary_prepare(vocabulary, error);
}

struct vocabulary *vocabulary_learn(const struct dataset *dataset,
                                    const struct vocabulary_options *options,
                                    struct item_tokens *rows, struct progress *progress,
                                    struct error *error)
{
    struct vocabulary_options usual;
    struct item_tokens own = { 0 };
    struct learning learning = { .dataset = dataset, .options = options };

    if (!options) {
        vocabulary_options_init(&usual);
        learning.options = &usual;
    }
    learning.vocabulary = calloc(1, sizeof *learning.vocabulary);
    learning.uses = count_uses(dataset, error);
    bool good = learning.uses != NULL;
    if (!learning.vocabulary) good = error_memory(error, "a vocabulary");
    if (good) {
        learning.vocabulary->n_items = dataset->n_items;
        good = learn(&learning, &own, progress, error);
    }
    free(learning.uses);
    if (good && rows)
        *rows = own;
    else
        item_tokens_fini(&own);
    if (good) return learning.vocabulary;
    vocabulary_free(learning.vocabulary);
    return NULL;
}

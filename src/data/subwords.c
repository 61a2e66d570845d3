/* subwords.c - byte-pair encoding: pairs in a hash table, the most frequent on top of a heap.
 *
 * Each pair knows the words that held it when it was counted; a merge visits only those. Counts in
 * the heap may be stale: a pair whose count grew is pushed again, one whose count fell is put back
 * with what is left when it comes up.
 */
#include "subwords.h"

#include "aisle/rng.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEIGHBOURS_MIN = 2, /* a pair seen once is no piece */
    LETTERS_MAX = 64    /* of a word; the others are passed over */
};

struct pair {
    int32_t left, right;
    int64_t count;
    int32_t words; /* head of its list in `places`, -1 = none */
    int32_t round; /* of the merge that pushed it last */
};

struct place { /* a word that held a pair */
    int32_t word, next;
};

struct candidate {
    int64_t count;
    int32_t pair;
};

struct learner {
    const struct word_counts *counts;
    int32_t n_words;
    int64_t *begin;  /* (n_words) */
    int32_t *length; /* (n_words) symbols left */
    int32_t *symbol; /* all words' symbols, one after the other */
    struct pair *pairs;
    int32_t n_pairs;
    size_t pair_capacity;
    int32_t *bucket;
    uint32_t n_buckets;
    struct place *places;
    size_t n_places, place_capacity;
    struct candidate *heap;
    size_t n_heap, heap_capacity;
};

bool subword_starts(struct slice word)
{
    int32_t code;

    text_decode(word.bytes, word.length, &code);
    return text_code_class(code) != TEXT_IDEOGRAPH;
}

/* ------------------------------------------------------------------------------------ heap */

static bool is_before(const struct learner *learner, struct candidate a, struct candidate b)
{
    if (a.count != b.count) return a.count > b.count;
    const struct pair *one = &learner->pairs[a.pair], *other = &learner->pairs[b.pair];
    if (one->left != other->left) return one->left < other->left;
    return one->right < other->right;
}

static bool push(struct learner *learner, int32_t pair)
{
    const struct candidate fresh = { learner->pairs[pair].count, pair };

    if (fresh.count < NEIGHBOURS_MIN) return true;
    if (learner->n_heap == learner->heap_capacity) {
        size_t capacity = learner->heap_capacity ? learner->heap_capacity * 2 : 1024;
        struct candidate *heap = realloc(learner->heap, capacity * sizeof *heap);
        if (!heap) return false;
        learner->heap = heap;
        learner->heap_capacity = capacity;
    }
    size_t at = learner->n_heap++;
    for (; at > 0 && is_before(learner, fresh, learner->heap[(at - 1) / 2]); at = (at - 1) / 2)
        learner->heap[at] = learner->heap[(at - 1) / 2];
    learner->heap[at] = fresh;
    return true;
}

static struct candidate pop(struct learner *learner)
{
    struct candidate *heap = learner->heap;
    const struct candidate top = heap[0], last = heap[--learner->n_heap];
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < learner->n_heap; at = child) {
        if (child + 1 < learner->n_heap && is_before(learner, heap[child + 1], heap[child]))
            child++;
        if (!is_before(learner, heap[child], last)) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return top;
}

/* The pair that goes next, -1 where none is left. */
static int32_t most_frequent(struct learner *learner)
{
    while (learner->n_heap > 0) {
        const struct candidate top = pop(learner);
        const int64_t count = learner->pairs[top.pair].count;
        if (top.count == count) return top.pair;
        /* Where the count grew, the pair stands in the heap once more. */
        if (count < top.count) push(learner, top.pair);
    }
    return -1;
}

/* ----------------------------------------------------------------------------------- pairs */

static uint32_t pair_bucket(const struct learner *learner, int32_t left, int32_t right)
{
    const uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    uint32_t at = (uint32_t)rng_mix(key) & (learner->n_buckets - 1);

    for (; learner->bucket[at] >= 0; at = (at + 1) & (learner->n_buckets - 1)) {
        const struct pair *pair = &learner->pairs[learner->bucket[at]];
        if (pair->left == left && pair->right == right) break;
    }
    return at;
}

static bool need_pair_capacity(struct learner *learner)
{
    if ((size_t)learner->n_pairs == learner->pair_capacity) {
        size_t capacity = learner->pair_capacity ? learner->pair_capacity * 2 : 1024;
        struct pair *pairs = realloc(learner->pairs, capacity * sizeof *pairs);
        if (!pairs) return false;
        learner->pairs = pairs;
        learner->pair_capacity = capacity;
    }
    if ((uint32_t)learner->n_pairs < learner->n_buckets / 2) return true;
    if (learner->n_pairs >= INT32_MAX / 4) return false;
    uint32_t n_buckets = learner->n_buckets ? learner->n_buckets * 2 : 4096;
    int32_t *bucket = malloc(n_buckets * sizeof *bucket);
    if (!bucket) return false;
    memset(bucket, 0xFF, n_buckets * sizeof *bucket); /* all -1 */
    free(learner->bucket);
    learner->bucket = bucket;
    learner->n_buckets = n_buckets;
    for (int32_t p = 0; p < learner->n_pairs; p++)
        bucket[pair_bucket(learner, learner->pairs[p].left, learner->pairs[p].right)] = p;
    return true;
}

/* The pair's index, made where it is new; -1 without memory. */
static int32_t pair_of(struct learner *learner, int32_t left, int32_t right)
{
    if (!need_pair_capacity(learner)) return -1;
    const uint32_t at = pair_bucket(learner, left, right);
    if (learner->bucket[at] < 0) {
        learner->pairs[learner->n_pairs] = (struct pair){ left, right, 0, -1, -1 };
        learner->bucket[at] = learner->n_pairs++;
    }
    return learner->bucket[at];
}

static bool note_place(struct learner *learner, int32_t pair, int32_t word)
{
    if (learner->n_places == learner->place_capacity) {
        size_t capacity = learner->place_capacity ? learner->place_capacity * 2 : 4096;
        struct place *places =
            capacity > INT32_MAX ? NULL : realloc(learner->places, capacity * sizeof *places);
        if (!places) return false;
        learner->places = places;
        learner->place_capacity = capacity;
    }
    learner->places[learner->n_places] = (struct place){ word, learner->pairs[pair].words };
    learner->pairs[pair].words = (int32_t)learner->n_places++;
    return true;
}

/* Adds `sign` times the word's count to its pairs; a pair with `fresh` in it (-1: any pair) notes
 * the word. */
static bool count_word(struct learner *learner, int32_t word, int sign, int32_t fresh)
{
    const int32_t *symbol = learner->symbol + learner->begin[word];

    for (int32_t i = 0; i + 1 < learner->length[word]; i++) {
        const int32_t pair = pair_of(learner, symbol[i], symbol[i + 1]);
        if (pair < 0) return false;
        learner->pairs[pair].count += sign * (int64_t)learner->counts->count[word];
        if (sign > 0 && (fresh < 0 || symbol[i] == fresh || symbol[i + 1] == fresh) &&
            !note_place(learner, pair, word))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------------------ characters */

struct character {
    int32_t symbol; /* of all that occur */
    int64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct character *one = a, *other = b;

    if (one->count != other->count) return one->count > other->count ? -1 : 1;
    return (one->symbol > other->symbol) - (one->symbol < other->symbol);
}

/* The word's letters as symbols of `letters`; returns how many, -1 without memory. */
static int32_t merge_characters(struct slice word, struct interned *characters, int32_t *symbol,
                                struct error *error)
{
    const bool starts = subword_starts(word);
    char bytes[8];
    int32_t n = 0, code;

    for (size_t at = 0, taken; at < word.length && n < LETTERS_MAX; at += taken) {
        const size_t mark = at == 0 && starts ? strlen(WORD_START) : 0;
        taken = text_decode(word.bytes + at, word.length - at, &code);
        memcpy(bytes, WORD_START, mark);
        memcpy(bytes + mark, word.bytes + at, taken);
        symbol[n] = interned_add(characters, 0, (struct slice){ bytes, mark + taken }, error);
        if (symbol[n++] < 0) return -1;
    }
    return n;
}

static bool spell_all(struct learner *learner, struct interned *characters, struct error *error)
{
    const struct names *words = learner->counts->words;
    int64_t end = 0;

    for (int32_t w = 0; w < learner->n_words; w++) {
        learner->begin[w] = end;
        learner->length[w] =
            merge_characters(names_get(words, w), characters, learner->symbol + end, error);
        if (learner->length[w] < 0) return false;
        end += learner->length[w];
    }
    return true;
}

/* The most frequent letters become the first pieces; of the others no word is made, so that a word
 * ends where one stands. */
static bool keep_letters(struct learner *learner, const struct interned *characters, int32_t max,
                         struct interned *subwords, struct error *error)
{
    const int32_t n = characters->names.names.n;
    struct character *order = calloc((size_t)n + 1, sizeof *order);
    int32_t *subword = malloc(((size_t)n + 1) * sizeof *subword);
    bool good = order && subword;

    if (!good) error_memory(error, "the pieces of words");
    for (int32_t i = 0; good && i < n; i++) {
        order[i].symbol = i;
        subword[i] = -1;
    }
    for (int32_t w = 0; good && w < learner->n_words; w++)
        for (int32_t i = 0; i < learner->length[w]; i++)
            order[learner->symbol[learner->begin[w] + i]].count += learner->counts->count[w];
    if (good) qsort(order, (size_t)n, sizeof *order, by_count);
    for (int32_t i = 0; good && i < n && i < max; i++) {
        subword[order[i].symbol] =
            interned_add(subwords, 0, names_get(&characters->names.names, order[i].symbol), error);
        good = subword[order[i].symbol] >= 0;
    }
    for (int32_t w = 0; good && w < learner->n_words; w++) {
        int32_t *symbol = learner->symbol + learner->begin[w];
        for (int32_t i = 0; i < learner->length[w]; i++) {
            symbol[i] = subword[symbol[i]];
            if (symbol[i] < 0) learner->length[w] = i;
        }
    }
    free(order);
    free(subword);
    return good;
}

/* ---------------------------------------------------------------------------------- merges */

/* The text of both parts as one piece; -1 without memory. */
static int32_t join(struct interned *subwords, const struct pair *pair, struct error *error)
{
    char bytes[(LETTERS_MAX + 1) * 4];
    const struct slice left = names_get(&subwords->names.names, pair->left);
    const struct slice right = names_get(&subwords->names.names, pair->right);

    memcpy(bytes, left.bytes, left.length);
    memcpy(bytes + left.length, right.bytes, right.length);
    return interned_add(subwords, 0, (struct slice){ bytes, left.length + right.length }, error);
}

/* Puts `fresh` where the pair stands. */
static void replace(struct learner *learner, int32_t word, int32_t left, int32_t right,
                    int32_t fresh)
{
    int32_t *symbol = learner->symbol + learner->begin[word], kept = 0;

    for (int32_t i = 0; i < learner->length[word]; i++) {
        const bool here =
            i + 1 < learner->length[word] && symbol[i] == left && symbol[i + 1] == right;
        symbol[kept++] = here ? fresh : symbol[i];
        i += here;
    }
    learner->length[word] = kept;
}

static bool holds(const struct learner *learner, int32_t word, int32_t left, int32_t right)
{
    const int32_t *symbol = learner->symbol + learner->begin[word];

    for (int32_t i = 0; i + 1 < learner->length[word]; i++)
        if (symbol[i] == left && symbol[i + 1] == right) return true;
    return false;
}

/* Pairs with the new piece come up for merging. */
static bool push_word(struct learner *learner, int32_t word, int32_t fresh, int32_t round)
{
    const int32_t *symbol = learner->symbol + learner->begin[word];

    for (int32_t i = 0; i + 1 < learner->length[word]; i++) {
        if (symbol[i] != fresh && symbol[i + 1] != fresh) continue;
        const int32_t pair = pair_of(learner, symbol[i], symbol[i + 1]);
        if (pair < 0) return false;
        if (learner->pairs[pair].round == round) continue;
        learner->pairs[pair].round = round;
        if (!push(learner, pair)) return false;
    }
    return true;
}

static bool merge(struct learner *learner, int32_t index, int32_t fresh, int32_t round)
{
    const struct pair pair = learner->pairs[index];

    learner->pairs[index].words = -1;
    for (int32_t at = pair.words; at >= 0; at = learner->places[at].next) {
        const int32_t word = learner->places[at].word;
        if (!holds(learner, word, pair.left, pair.right)) continue;
        if (!count_word(learner, word, -1, -1)) return false;
        replace(learner, word, pair.left, pair.right, fresh);
        if (!count_word(learner, word, 1, fresh)) return false;
    }
    for (int32_t at = pair.words; at >= 0; at = learner->places[at].next)
        if (!push_word(learner, learner->places[at].word, fresh, round)) return false;
    return true;
}

static bool merge_all(struct learner *learner, int32_t max, struct interned *subwords,
                      struct progress *progress, struct error *error)
{
    for (int32_t w = 0; w < learner->n_words; w++)
        if (!count_word(learner, w, 1, -1)) return error_memory(error, "the pieces of words");
    for (int32_t p = 0; p < learner->n_pairs; p++)
        if (!push(learner, p)) return error_memory(error, "the pieces of words");
    for (int32_t round = 0; subwords->names.names.n < max; round++) {
        const int32_t pair = most_frequent(learner);
        if (pair < 0) return true;
        if (progress_cancelled(progress)) return error_set(error, ERROR_CANCELLED, "cancelled");
        progress_add(progress, 1);
        const int32_t fresh = join(subwords, &learner->pairs[pair], error);
        if (fresh < 0) return false;
        if (!merge(learner, pair, fresh, round)) return error_memory(error, "the pieces of words");
    }
    return true;
}

bool subwords_learn(const struct word_counts *counts, int32_t max, struct interned *subwords,
                    struct progress *progress, struct error *error)
{
    struct learner learner = { .counts = counts, .n_words = counts->words->n };
    struct interned characters = { 0 };
    const size_t n = (size_t)learner.n_words + 1;

    progress_begin(progress, "learning words", max);
    learner.begin = malloc(n * sizeof *learner.begin);
    learner.length = malloc(n * sizeof *learner.length);
    learner.symbol =
        malloc(((size_t)counts->words->offset[learner.n_words] + 1) * sizeof *learner.symbol);
    bool good = learner.begin && learner.length && learner.symbol;
    if (!good) error_memory(error, "the pieces of words");
    good = good && spell_all(&learner, &characters, error) &&
           keep_letters(&learner, &characters, max / 2, subwords, error);
    interned_fini(&characters);
    good = good && merge_all(&learner, max, subwords, progress, error);
    free(learner.begin);
    free(learner.length);
    free(learner.symbol);
    free(learner.pairs);
    free(learner.bucket);
    free(learner.places);
    free(learner.heap);
    return good;
}

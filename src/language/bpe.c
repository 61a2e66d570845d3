/* bpe.c - see bpe.h. Two tables of open addresses: bytes to token, pair of tokens to what they
 * merge into and how early that was learned. */
#include "bpe.h"

#include "bpe_private.h"
#include "bpe_words.h"

#include "aisle/rng.h"

#include <stdlib.h>
#include <string.h>

void bpe_free(struct bpe *bpe)
{
    if (!bpe) return;
    text_fini(&bpe->bytes);
    free(bpe->ends);
    free(bpe->control);
    free(bpe->by_bytes);
    free(bpe->merges);
    free(bpe);
}

int32_t bpe_n_tokens(const struct bpe *bpe)
{
    return bpe->n;
}

struct slice bpe_token(const struct bpe *bpe, int32_t id)
{
    if (id < 0 || id >= bpe->n) return (struct slice){ "", 0 };
    const size_t begin = id > 0 ? bpe->ends[id - 1] : 0;
    return (struct slice){ bpe->bytes.bytes + begin, bpe->ends[id] - begin };
}

bool bpe_is_control(const struct bpe *bpe, int32_t id)
{
    return id >= 0 && id < bpe->n && bpe->control[id];
}

static uint64_t hash_bytes(struct slice bytes)
{
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t i = 0; i < bytes.length; i++)
        hash = (hash ^ (unsigned char)bytes.bytes[i]) * 0x100000001B3;
    return rng_mix(hash);
}

static bool same_bytes(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* Its place in the table of tokens: where it is, or the free one where it would be. */
static size_t place_of(const struct bpe *bpe, struct slice bytes)
{
    size_t at = hash_bytes(bytes) & bpe->by_bytes_mask;
    while (bpe->by_bytes[at] >= 0 && !same_bytes(bpe_token(bpe, bpe->by_bytes[at]), bytes))
        at = (at + 1) & bpe->by_bytes_mask;
    return at;
}

int32_t bpe_find(const struct bpe *bpe, struct slice bytes)
{
    return bpe->by_bytes[place_of(bpe, bytes)];
}

static struct bpe_merge *merge_place(const struct bpe *bpe, int32_t left, int32_t right)
{
    const uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t at = rng_mix(key) & bpe->merges_mask;
    while (bpe->merges[at].merged >= 0 &&
           (bpe->merges[at].left != left || bpe->merges[at].right != right))
        at = (at + 1) & bpe->merges_mask;
    return &bpe->merges[at];
}

static size_t pseudonym_for(size_t n)
{
    size_t size = 16;
    while (size < 2 * n)
        size *= 2;
    return size - 1;
}

bool bpe_index(struct bpe *bpe, int64_t n_merges, struct error *error)
{
    if (bpe->bytes.failed) return error_memory(error, "a vocabulary");
    bpe->by_bytes_mask = pseudonym_for((size_t)bpe->n);
    bpe->merges_mask = pseudonym_for((size_t)n_merges);
    bpe->by_bytes = malloc((bpe->by_bytes_mask + 1) * sizeof *bpe->by_bytes);
    bpe->merges = malloc((bpe->merges_mask + 1) * sizeof *bpe->merges);
    if (!bpe->by_bytes || !bpe->merges) return error_memory(error, "a vocabulary");
    memset(bpe->by_bytes, 0xFF, (bpe->by_bytes_mask + 1) * sizeof *bpe->by_bytes);
    memset(bpe->merges, 0xFF, (bpe->merges_mask + 1) * sizeof *bpe->merges);
    for (int32_t id = 0; id < bpe->n; id++) {
        const size_t at = place_of(bpe, bpe_token(bpe, id));
        if (bpe->by_bytes[at] < 0) bpe->by_bytes[at] = id;
        if (bpe->control[id] && bpe_token(bpe, id).length > 0)
            bpe->begins_control[(unsigned char)bpe_token(bpe, id).bytes[0]] = true;
    }
    for (int i = 0; i < 256; i++) {
        const char byte = (char)i;
        bpe->byte_token[i] = bpe_find(bpe, (struct slice){ &byte, 1 });
    }
    return bpe->byte_token['a'] >= 0 ||
           error_set(error, ERROR_INPUT,
                     "the vocabulary has no token for a single letter: it is of another kind of "
                     "tokenizer");
}

bool bpe_add_merge(struct bpe *bpe, struct slice left, struct slice right, int32_t rank,
                   struct error *error)
{
    struct text both = { 0 };
    text_add(&both, left.bytes, left.length);
    text_add(&both, right.bytes, right.length);
    const int32_t a = bpe_find(bpe, left), b = bpe_find(bpe, right);
    const int32_t merged = bpe_find(bpe, (struct slice){ both.bytes, both.length });
    const bool good = !both.failed || error_memory(error, "a vocabulary");
    text_fini(&both);
    if (good && a >= 0 && b >= 0 && merged >= 0) {
        struct bpe_merge *merge = merge_place(bpe, a, b);
        if (merge->merged < 0) *merge = (struct bpe_merge){ a, b, merged, rank };
    }
    return good;
}

/* ---- one word ------------------------------------------------------------------------------ */

/* Parts of a word, a linked list by index; what was merged into its left neighbour has id -1. */
struct part {
    int32_t id, before, after; /* -1 at the ends */
};

/* A pair that could be merged: the lowest rank first, then the leftmost. */
struct candidate {
    int32_t rank, at, left, right, merged;
};

struct bpe_scratch {
    struct part *parts;     /* (capacity) */
    struct candidate *heap; /* (2 capacity) */
    size_t capacity;
    int32_t n_heap;
};

static bool earlier(const struct candidate *a, const struct candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void heap_push(struct bpe_scratch *scratch, struct candidate candidate)
{
    int32_t at = scratch->n_heap++;
    while (at > 0 && earlier(&candidate, &scratch->heap[(at - 1) / 2])) {
        scratch->heap[at] = scratch->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    scratch->heap[at] = candidate;
}

static struct candidate heap_pop(struct bpe_scratch *scratch)
{
    const struct candidate first = scratch->heap[0], last = scratch->heap[--scratch->n_heap];
    int32_t at = 0, child;
    while ((child = 2 * at + 1) < scratch->n_heap) {
        if (child + 1 < scratch->n_heap &&
            earlier(&scratch->heap[child + 1], &scratch->heap[child]))
            child++;
        if (!earlier(&scratch->heap[child], &last)) break;
        scratch->heap[at] = scratch->heap[child];
        at = child;
    }
    scratch->heap[at] = last;
    return first;
}

static void consider(const struct bpe *bpe, struct bpe_scratch *scratch, int32_t at)
{
    const struct part *part = &scratch->parts[at];
    if (at < 0 || part->after < 0) return;
    const int32_t left = part->id, right = scratch->parts[part->after].id;
    const struct bpe_merge *merge = merge_place(bpe, left, right);
    if (merge->merged >= 0)
        heap_push(scratch, (struct candidate){ merge->rank, at, left, right, merge->merged });
}

static bool scratch_fit(struct bpe_scratch *scratch, size_t length, struct error *error)
{
    if (length <= scratch->capacity) return true;
    if (length > INT32_MAX / 4) return error_set(error, ERROR_INPUT, "a word is too long");
    free(scratch->parts);
    free(scratch->heap);
    scratch->parts = malloc(length * sizeof *scratch->parts);
    /* One candidate a pair at first, at most two more for each merge. */
    scratch->heap = malloc(3 * length * sizeof *scratch->heap);
    scratch->capacity = scratch->parts && scratch->heap ? length : 0;
    return scratch->capacity > 0 || error_memory(error, "a word's parts");
}

static bool encode_word(const struct bpe *bpe, struct bpe_scratch *scratch, struct slice word,
                        struct token_list *list, struct error *error)
{
    int32_t n = 0;
    const int32_t whole = bpe->whole_words ? bpe_find(bpe, word) : -1;
    if (whole >= 0 && !bpe->control[whole]) {
        token_list_add(list, whole);
        return true;
    }
    if (!scratch_fit(scratch, word.length, error)) return false;
    scratch->n_heap = 0;
    for (size_t i = 0; i < word.length; i++) { /* bytes that no text has may be missing */
        const int32_t id = bpe->byte_token[(unsigned char)word.bytes[i]];
        if (id < 0) continue;
        scratch->parts[n] = (struct part){ id, n - 1, n + 1 };
        n++;
    }
    if (n == 0) return true;
    scratch->parts[n - 1].after = -1;
    for (int32_t i = 0; i + 1 < n; i++)
        consider(bpe, scratch, i);
    while (scratch->n_heap > 0) {
        const struct candidate best = heap_pop(scratch);
        struct part *left = &scratch->parts[best.at];
        if (left->id != best.left || left->after < 0 ||
            scratch->parts[left->after].id != best.right)
            continue; /* one of the two has been merged since */
        struct part *right = &scratch->parts[left->after];
        left->id = best.merged;
        left->after = right->after;
        right->id = -1;
        if (left->after >= 0) scratch->parts[left->after].before = best.at;
        if (left->before >= 0) consider(bpe, scratch, left->before);
        consider(bpe, scratch, best.at);
    }
    for (int32_t i = 0; i >= 0; i = scratch->parts[i].after)
        token_list_add(list, scratch->parts[i].id);
    return true;
}

/* ---- a text -------------------------------------------------------------------------------- */

/* The longest control token whose name stands at the beginning of a text; -1 = none. */
static int32_t control_at(const struct bpe *bpe, struct slice text)
{
    int32_t best = -1;
    size_t length = 0;
    if (text.length == 0 || !bpe->begins_control[(unsigned char)text.bytes[0]]) return -1;
    for (int32_t i = 0; i < bpe->n_control; i++) {
        const struct slice name = bpe_token(bpe, bpe->control_ids[i]);
        if (name.length > length && name.length <= text.length &&
            memcmp(name.bytes, text.bytes, name.length) == 0) {
            best = bpe->control_ids[i];
            length = name.length;
        }
    }
    return best;
}

static bool encode_words(const struct bpe *bpe, struct bpe_scratch *scratch, struct slice text,
                         struct token_list *list, struct error *error)
{
    while (text.length > 0) {
        const size_t length = bpe_word_length(bpe->words, text);
        if (!encode_word(bpe, scratch, (struct slice){ text.bytes, length }, list, error))
            return false;
        text.bytes += length;
        text.length -= length;
    }
    return true;
}

bool bpe_encode(const struct bpe *bpe, struct slice text, bool control, struct token_list *list,
                struct error *error)
{
    struct bpe_scratch scratch = { NULL, NULL, 0, 0 };
    bool good = true;
    while (text.length > 0 && good) {
        size_t end = 0;
        int32_t found = -1;
        if (!control) end = text.length;
        while (end < text.length && found < 0) {
            found = control_at(bpe, (struct slice){ text.bytes + end, text.length - end });
            if (found < 0) end++;
        }
        good = encode_words(bpe, &scratch, (struct slice){ text.bytes, end }, list, error);
        if (good && found >= 0) token_list_add(list, found);
        end += found >= 0 ? bpe_token(bpe, found).length : 0;
        text.bytes += end;
        text.length -= end;
    }
    free(scratch.parts);
    free(scratch.heap);
    return good && (!list->failed || error_memory(error, "a list of tokens"));
}

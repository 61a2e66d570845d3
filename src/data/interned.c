/* interned.c - texts that are kept once each, found by open addressing.
 *
 * A bucket holds an index or -1; at most half of the buckets are taken.
 */
#include "interned.h"

#include <stdlib.h>
#include <string.h>

static uint32_t place_of(const struct interned *texts, int32_t tag, struct slice text)
{
    return (uint32_t)(names_hash(text) + (uint64_t)(uint32_t)tag * 0x9E3779B97F4A7C15) &
           (texts->n_buckets - 1);
}

static bool need_buckets(struct interned *texts)
{
    const uint32_t n = (uint32_t)texts->names.names.n;

    if (texts->n_buckets > 0 && n < texts->n_buckets / 2) return true;
    if (n >= UINT32_C(1) << 29) return false;
    uint32_t n_buckets = texts->n_buckets ? texts->n_buckets * 2 : 64;
    int32_t *bucket = malloc(n_buckets * sizeof *bucket);
    if (!bucket) return false;
    memset(bucket, 0xFF, n_buckets * sizeof *bucket); /* all -1 */
    free(texts->bucket);
    texts->bucket = bucket;
    texts->n_buckets = n_buckets;
    for (int32_t i = 0; i < (int32_t)n; i++) {
        uint32_t at = place_of(texts, texts->tag[i], names_get(&texts->names.names, i));
        while (bucket[at] >= 0)
            at = (at + 1) & (n_buckets - 1);
        bucket[at] = i;
    }
    return true;
}

static bool need_tags(struct interned *texts)
{
    if ((size_t)texts->names.names.n < texts->tag_capacity) return true;
    size_t capacity = texts->tag_capacity ? texts->tag_capacity * 2 : 64;
    int32_t *tag = realloc(texts->tag, capacity * sizeof *tag);
    if (!tag) return false;
    texts->tag = tag;
    texts->tag_capacity = capacity;
    return true;
}

/* The bucket that holds the text, or the empty one where it would go. */
static uint32_t look_up(const struct interned *texts, int32_t tag, struct slice text)
{
    const struct names *names = &texts->names.names;
    uint32_t at = place_of(texts, tag, text);

    for (; texts->bucket[at] >= 0; at = (at + 1) & (texts->n_buckets - 1)) {
        int32_t index = texts->bucket[at];
        if (texts->tag[index] != tag) continue;
        struct slice known = names_get(names, index);
        if (known.length == text.length &&
            (text.length == 0 || memcmp(known.bytes, text.bytes, text.length) == 0))
            break;
    }
    return at;
}

int32_t interned_find(const struct interned *texts, int32_t tag, struct slice text)
{
    return texts->n_buckets == 0 ? -1 : texts->bucket[look_up(texts, tag, text)];
}

int32_t interned_add(struct interned *texts, int32_t tag, struct slice text, struct error *error)
{
    struct names *names = &texts->names.names;

    if (!need_buckets(texts) || !need_tags(texts)) {
        error_memory(error, "a list of texts");
        return -1;
    }
    const uint32_t at = look_up(texts, tag, text);
    if (texts->bucket[at] >= 0) return texts->bucket[at];
    if (!names_add(&texts->names, text, error)) return -1;
    texts->bucket[at] = names->n - 1;
    texts->tag[names->n - 1] = tag;
    return names->n - 1;
}

void interned_fini(struct interned *texts)
{
    names_fini(&texts->names.names);
    free(texts->tag);
    free(texts->bucket);
    *texts = (struct interned){ 0 };
}

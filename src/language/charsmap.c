/* charsmap.c - see charsmap.h. */
#include "charsmap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct charsmap {
    const unsigned char *trie; /* (n_units) of 4 bytes, little-endian */
    size_t n_units;
    const char *pool; /* texts, each ending with a 0 */
    size_t pool_length;
    unsigned char bytes[];
};

static int base64_digit(unsigned char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bytes of the text; -1 where it is no base64. out has room for 3/4 of it. */
static int64_t base64_decode(struct slice text, unsigned char *out)
{
    int64_t n = 0;
    uint32_t bits = 0;
    int held = 0;

    while (text.length > 0 && text.bytes[text.length - 1] == '=')
        text.length--;
    for (size_t i = 0; i < text.length; i++) {
        const int digit = base64_digit((unsigned char)text.bytes[i]);
        if (digit < 0) return -1;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out[n++] = (unsigned char)(bits >> held);
    }
    return n;
}

static uint32_t word_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

struct charsmap *charsmap_new(struct slice base64, const char *name, struct error *error)
{
    struct charsmap *map = malloc(sizeof *map + base64.length + 1);
    if (!map) {
        error_memory(error, "a map of characters");
        return NULL;
    }
    const int64_t n = base64_decode(base64, map->bytes);
    const uint32_t size = n >= 8 ? word_at(map->bytes) : 0;
    if (n < 8 || size < 4 || size % 4 != 0 || size > (uint64_t)n - 4) {
        free(map);
        error_set(error, ERROR_INPUT, "%.200s: its map of characters is damaged", name);
        return NULL;
    }
    map->trie = map->bytes + 4;
    map->n_units = size / 4;
    map->pool = (const char *)map->bytes + 4 + size;
    map->pool_length = (size_t)n - 4 - size;
    return map;
}

void charsmap_free(struct charsmap *map)
{
    free(map);
}

static size_t unit_offset(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 512) >> 6);
}

/* What stands for the shortest key that the text begins with, as the reference has it. */
static bool charsmap_find(const struct charsmap *map, struct slice text, struct slice *found)
{
    size_t at = unit_offset(word_at(map->trie));

    for (size_t i = 0; i < text.length && text.bytes[i]; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        at ^= byte;
        if (at >= map->n_units) return false;
        const uint32_t unit = word_at(map->trie + 4 * at);
        if ((unit & 0x800000FFU) != byte) return false;
        at ^= unit_offset(unit);
        if (!(unit >> 8 & 1)) continue;
        if (at >= map->n_units) return false;
        const size_t start = word_at(map->trie + 4 * at) & 0x7FFFFFFF;
        if (start >= map->pool_length) return false;
        const char *end = memchr(map->pool + start, 0, map->pool_length - start);
        if (!end) return false;
        *found = (struct slice){ map->pool + start, (size_t)(end - map->pool) - start };
        return true;
    }
    return false;
}

size_t cluster_length(struct slice text)
{
    int32_t code, next, state = 0;
    size_t length = text_decode(text.bytes, text.length, &code);

    while (length < text.length && code >= 0) {
        const size_t more = text_decode(text.bytes + length, text.length - length, &next);
        if (next < 0 || utf8proc_grapheme_break_stateful(code, next, &state)) break;
        code = next;
        length += more;
    }
    return length;
}

void charsmap_apply(const struct charsmap *map, struct slice text, struct text *out)
{
    while (text.length > 0) {
        const size_t length = cluster_length(text);
        struct slice cluster = { text.bytes, length }, found;
        text.bytes += length;
        text.length -= length;
        if (length <= CLUSTER_MAX && charsmap_find(map, cluster, &found)) {
            text_add(out, found.bytes, found.length);
            continue;
        }
        while (cluster.length > 0) {
            int32_t code;
            const size_t bytes = text_decode(cluster.bytes, cluster.length, &code);
            const struct slice one = { cluster.bytes, bytes };
            if (code < 0)
                text_add_string(out, "\xEF\xBF\xBD");
            else if (charsmap_find(map, one, &found))
                text_add(out, found.bytes, found.length);
            else
                text_add(out, one.bytes, one.length);
            cluster.bytes += bytes;
            cluster.length -= bytes;
        }
    }
}

#include "mask.h"

#include "aisle/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* SipHash-2-4 (Aumasson, Bernstein 2012): short, keyed, and not to be turned back without the key.
 */
struct sip {
    uint64_t v[4];
};

static uint64_t turn(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(struct sip *sip)
{
    uint64_t *v = sip->v;
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn(v[1], 13) ^ v[0];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] = turn(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = turn(v[1], 17) ^ v[2];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] = turn(v[2], 32);
}

static void sip_word(struct sip *sip, uint64_t word)
{
    sip->v[3] ^= word;
    sip_round(sip);
    sip_round(sip);
    sip->v[0] ^= word;
}

static uint64_t hash(const uint64_t key[2], struct slice text)
{
    struct sip sip = {
        { key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
          key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573) }
    };
    uint64_t last = (uint64_t)text.length << 56;
    size_t at = 0;
    for (; at + 8 <= text.length; at += 8) {
        uint64_t word = 0;
        for (int i = 7; i >= 0; i--)
            word = word << 8 | (unsigned char)text.bytes[at + (size_t)i];
        sip_word(&sip, word);
    }
    for (size_t i = 0; at + i < text.length; i++)
        last |= (uint64_t)(unsigned char)text.bytes[at + i] << (8 * i);
    sip_word(&sip, last);
    sip.v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(&sip);
    return sip.v[0] ^ sip.v[1] ^ sip.v[2] ^ sip.v[3];
}

void mask_id(const struct mask *mask, struct slice id, struct text *out)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; /* none that look alike */
    char code[10] = "P";
    if (!mask || !mask->on) {
        text_add(out, id.bytes, id.length);
        return;
    }
    uint64_t bits = hash(mask->key, id);
    for (int i = 1; i < 9; i++, bits >>= 5)
        code[i] = letters[bits & 31];
    text_add(out, code, 9);
}

void mask_name(const struct mask *mask, struct slice id, struct slice name, struct text *out)
{
    static const char *const first[32] = {
        "Ada",  "Alex",  "Ana",   "Aris", "Bao",  "Chris", "Dana",  "Eli", "Emre", "Farah", "Gil",
        "Hana", "Imani", "Indra", "Jo",   "Juno", "Kai",   "Kim",   "Lee", "Luca", "Maya",  "Mika",
        "Nia",  "Noor",  "Ola",   "Pat",  "Remy", "Robin", "Sasha", "Tal", "Yuki", "Zuri",
    };
    if (!mask || !mask->on) {
        text_add(out, name.bytes, name.length);
        return;
    }
    if (name.length == 0) return;
    uint64_t bits = hash(mask->key, id) >> 40;
    text_format(out, "%s %c.", first[bits & 31], (char)('A' + (bits >> 5) % 26));
}

static bool begins_with(struct slice text, size_t at, struct slice word)
{
    return word.length > 0 && text.length - at >= word.length &&
           memcmp(text.bytes + at, word.bytes, word.length) == 0;
}

/* An id as it stands in a rule: in quotes, which JSON has written as \", or until a blank; in
 * JSON's "for" the quotes are around the whole. */
static struct slice scope_id(struct slice text, size_t scope, size_t at)
{
    const bool escaped = begins_with(text, at, slice_of("\\\"")),
               quoted = escaped || begins_with(text, at, slice_of("\"")),
               whole = scope > 0 && text.bytes[scope - 1] == '"';
    const size_t from = at + (escaped ? 2 : quoted);
    size_t to = from;
    while (to < text.length && text.bytes[to] != '"' && text.bytes[to] != '\\' &&
           (quoted || whole || text.bytes[to] != ' '))
        to++;
    return (struct slice){ text.bytes + from, to - from };
}

void mask_scopes(const struct mask *mask, struct slice text, struct text *out)
{
    const struct slice scope = slice_of("user=");
    size_t done = 0;
    for (size_t at = 0; mask && mask->on && at < text.length; at++) {
        if (!begins_with(text, at, scope)) continue;
        const struct slice id = scope_id(text, at, at + scope.length);
        const size_t from = (size_t)(id.bytes - text.bytes);
        text_add(out, text.bytes + done, from - done);
        if (id.length > 0) mask_id(mask, id, out);
        done = from + id.length;
        at = done > at ? done - 1 : at;
    }
    text_add(out, text.bytes + done, text.length - done);
}

static bool is_of_word(struct slice text, size_t at)
{
    const unsigned char c = at < text.length ? (unsigned char)text.bytes[at] : ' ';
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void mask_mentions(const struct mask *mask, struct slice id, struct slice text, struct text *out)
{
    size_t done = 0;
    for (size_t at = 0; mask && mask->on && at < text.length; at++) {
        if (!begins_with(text, at, id) || (at > 0 && is_of_word(text, at - 1)) ||
            is_of_word(text, at + id.length))
            continue;
        text_add(out, text.bytes + done, at - done);
        mask_id(mask, id, out);
        done = at + id.length;
        at = done - 1;
    }
    text_add(out, text.bytes + done, text.length - done);
}

void mask_write(const struct mask *mask, struct text *out)
{
    text_format(out, "%016" PRIx64 "%016" PRIx64, mask->key[0], mask->key[1]);
}

bool mask_read(struct mask *mask, struct slice text)
{
    uint64_t key[2] = { 0, 0 };
    if (text.length != 32) return false;
    for (size_t i = 0; i < 32; i++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, text.bytes[i]);
        if (!at || !text.bytes[i]) return false;
        key[i / 16] = key[i / 16] << 4 | (uint64_t)(at - digits);
    }
    memcpy(mask->key, key, sizeof key);
    return true;
}

void mask_invent(struct mask *mask)
{
    FILE *file = fopen("/dev/urandom", "rbe");
    bool good = file && fread(mask->key, sizeof mask->key, 1, file) == 1;
    if (file) fclose(file);
    if (good) return;
    mask->key[0] = rng_mix((uint64_t)time(NULL));
    mask->key[1] = rng_mix(mask->key[0] ^ (uint64_t)getpid());
}

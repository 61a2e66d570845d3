#include "pseudonymise.h"

#include "aisle/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char pseudonym_redact[] = "•••";

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

void pseudonym_id(const struct pseudonymiser *pseudonymiser, struct slice id, struct text *out)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; /* none that look alike */
    char code[10] = "P";
    if (!pseudonymiser || !pseudonymiser->on) {
        text_add(out, id.bytes, id.length);
        return;
    }
    uint64_t bits = hash(pseudonymiser->key, id);
    for (int i = 1; i < 9; i++, bits >>= 5)
        code[i] = letters[bits & 31];
    text_add(out, code, 9);
}

void pseudonym_name(const struct pseudonymiser *pseudonymiser, struct slice id, struct slice name,
                    struct text *out)
{
    static const char *const first[32] = {
        "Ada",  "Alex",  "Ana",   "Aris", "Bao",  "Chris", "Dana",  "Eli", "Emre", "Farah", "Gil",
        "Hana", "Imani", "Indra", "Jo",   "Juno", "Kai",   "Kim",   "Lee", "Luca", "Maya",  "Mika",
        "Nia",  "Noor",  "Ola",   "Pat",  "Remy", "Robin", "Sasha", "Tal", "Yuki", "Zuri",
    };
    if (!pseudonymiser || !pseudonymiser->on) {
        text_add(out, name.bytes, name.length);
        return;
    }
    if (name.length == 0) return;
    uint64_t bits = hash(pseudonymiser->key, id) >> 40;
    text_format(out, "%s %c.", first[bits & 31], (char)('A' + (bits >> 5) % 26));
}

/* An item and a user of the same id are not the same person: items have a key of their own. */
static struct pseudonymiser of_items(const struct pseudonymiser *pseudonymiser)
{
    struct pseudonymiser items = pseudonymiser ? *pseudonymiser : (struct pseudonymiser){ 0 };
    items.on = items.on && items.items;
    items.key[1] ^= 1;
    return items;
}

void pseudonym_item_id(const struct pseudonymiser *pseudonymiser, struct slice id, struct text *out)
{
    const struct pseudonymiser items = of_items(pseudonymiser);
    pseudonym_id(&items, id, out);
}

void pseudonym_item_name(const struct pseudonymiser *pseudonymiser, struct slice id,
                         struct slice name, struct text *out)
{
    const struct pseudonymiser items = of_items(pseudonymiser);
    pseudonym_name(&items, id, name, out);
}

static bool begins_with(struct slice text, size_t at, const char *word)
{
    const size_t length = strlen(word);
    return text.length - at >= length && memcmp(text.bytes + at, word, length) == 0;
}

/* Backslashes before a quote at `at`, -1 where there is none: JSON within JSON has more of them. */
static int quote_at(struct slice text, size_t at)
{
    size_t to = at;
    while (to < text.length && text.bytes[to] == '\\')
        to++;
    return to < text.length && text.bytes[to] == '"' ? (int)(to - at) : -1;
}

/* The value of a term that begins at `term`: in quotes, which JSON has written as \", or until a
 * blank; where the quotes of JSON are around the whole term, until those. */
static struct slice value_of(struct slice text, size_t term, size_t at)
{
    const int escapes = quote_at(text, at);
    const bool quoted = escapes >= 0, whole = term > 0 && text.bytes[term - 1] == '"';
    const size_t from = quoted ? at + (size_t)escapes + 1 : at;
    size_t to = from;
    while (to < text.length && text.bytes[to] != '"' && text.bytes[to] != '\\' &&
           (quoted || whole || text.bytes[to] != ' '))
        to++;
    return (struct slice){ text.bytes + from, to - from };
}

static bool is_of_word(struct slice text, size_t at)
{
    const unsigned char c = at < text.length ? (unsigned char)text.bytes[at] : ' ';
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A reason or an author that begins at `at`; no bytes where none does. Quotes within have more
 * backslashes than those around. */
static struct slice reason_at(struct slice text, size_t at)
{
    const struct slice none = { text.bytes + at, 0 };
    size_t from = at;
    const char *key_word = begins_with(text, at, "reason") ? "reason" : "author";
    if (begins_with(text, at, "because ")) {
        from += strlen("because ");
    } else if (begins_with(text, at, "by ") && (at == 0 || !is_of_word(text, at - 1))) {
        from += strlen("by ");
    } else if (begins_with(text, at, key_word)) {
        from += strlen(key_word);
        const int key = quote_at(text, from);
        if (key < 0 || !begins_with(text, from + (size_t)key + 1, ":")) return none;
        from += (size_t)key + 2;
    } else {
        return none;
    }
    const int around = quote_at(text, from);
    if (around < 0) return none;
    from += (size_t)around + 1;
    size_t to = from;
    while (to < text.length) {
        const int escapes = quote_at(text, to);
        if (escapes == around) break;
        to += escapes > 0 ? (size_t)escapes + 1 : 1;
    }
    return (struct slice){ text.bytes + from, to - from };
}

/* Each of the ids in "i1|i2". */
static void add_ids(const struct pseudonymiser *pseudonymiser, bool of_item, struct slice ids,
                    struct text *out)
{
    for (size_t at = 0; at < ids.length;) {
        const char *bar = memchr(ids.bytes + at, '|', ids.length - at);
        const size_t end = bar ? (size_t)(bar - ids.bytes) : ids.length;
        const struct slice id = { ids.bytes + at, end - at };
        if (of_item)
            pseudonym_item_id(pseudonymiser, id, out);
        else
            pseudonym_id(pseudonymiser, id, out);
        if (bar) text_add_string(out, "|");
        at = end + 1;
    }
}

/* A term of rules that names somebody: its value is left out of `out` or masked. */
static struct slice masked_at(const struct pseudonymiser *pseudonymiser, struct slice text,
                              size_t at, struct text *out)
{
    static const struct {
        const char *begin;
        bool of_item, id;
    } terms[] = {
        { "user=", false, true },  { "id=", true, true },      { "id!=", true, true },
        { "title=", true, false }, { "title!=", true, false }, { "title~", true, false }
    };
    const struct slice reason =
        pseudonymiser->texts ? reason_at(text, at) : (struct slice){ text.bytes, 0 };
    if (reason.length > 0) {
        text_add(out, text.bytes + at, (size_t)(reason.bytes - text.bytes) - at);
        text_add_string(out, pseudonym_redact);
        return reason;
    }
    for (size_t t = 0; t < sizeof terms / sizeof *terms; t++) {
        if ((terms[t].of_item && !pseudonymiser->items) || !begins_with(text, at, terms[t].begin))
            continue;
        if (terms[t].of_item && at > 0 && is_of_word(text, at - 1)) continue;
        const struct slice value = value_of(text, at, at + strlen(terms[t].begin));
        if (value.length == 0) continue;
        text_add(out, text.bytes + at, (size_t)(value.bytes - text.bytes) - at);
        if (terms[t].id)
            add_ids(pseudonymiser, terms[t].of_item, value, out);
        else
            text_add_string(out, pseudonym_redact);
        return value;
    }
    return (struct slice){ text.bytes, 0 };
}

void pseudonym_scopes(const struct pseudonymiser *pseudonymiser, struct slice text,
                      struct text *out)
{
    if (!pseudonymiser || !pseudonymiser->on) {
        text_add(out, text.bytes, text.length);
        return;
    }
    for (size_t at = 0; at < text.length;) {
        const struct slice hidden = masked_at(pseudonymiser, text, at, out);
        if (hidden.length == 0) text_add(out, text.bytes + at, 1);
        at = hidden.length == 0 ? at + 1 : (size_t)(hidden.bytes - text.bytes) + hidden.length;
    }
}

void pseudonym_quoted(const struct pseudonymiser *pseudonymiser, struct slice text,
                      struct text *out)
{
    const bool hides = pseudonymiser && pseudonymiser->on && pseudonymiser->texts;
    const char *from = hides ? memchr(text.bytes, '"', text.length) : NULL;
    size_t end = text.length;
    while (end > 0 && text.bytes[end - 1] != '"')
        end--;
    if (!from || text.bytes + end <= from + 1) {
        text_add(out, text.bytes, text.length);
        return;
    }
    text_add(out, text.bytes, (size_t)(from + 1 - text.bytes));
    text_add_string(out, pseudonym_redact);
    text_add(out, text.bytes + end - 1, text.length - end + 1);
}

void pseudonym_rule(const struct pseudonymiser *pseudonymiser, struct slice text, struct text *out)
{
    size_t end = text.length;
    if (pseudonymiser && pseudonymiser->on && pseudonymiser->texts && end > 0 &&
        text.bytes[end - 1] == ')') {
        while (end > 0 && text.bytes[end - 1] != '(')
            end--;
        pseudonym_quoted(pseudonymiser, (struct slice){ text.bytes, end }, out);
        text_format(out, "%s)", pseudonym_redact);
        return;
    }
    pseudonym_quoted(pseudonymiser, text, out);
}

void pseudonym_replace_in(const struct pseudonymiser *pseudonymiser, struct slice id,
                          struct slice text, struct text *out)
{
    size_t done = 0;
    for (size_t at = 0; pseudonymiser && pseudonymiser->on && at < text.length; at++) {
        if (text.length - at < id.length || id.length == 0 ||
            memcmp(text.bytes + at, id.bytes, id.length) != 0 ||
            (at > 0 && is_of_word(text, at - 1)) || is_of_word(text, at + id.length))
            continue;
        text_add(out, text.bytes + done, at - done);
        pseudonym_id(pseudonymiser, id, out);
        done = at + id.length;
        at = done - 1;
    }
    text_add(out, text.bytes + done, text.length - done);
}

void pseudonym_write(const struct pseudonymiser *pseudonymiser, struct text *out)
{
    text_format(out, "%016" PRIx64 "%016" PRIx64, pseudonymiser->key[0], pseudonymiser->key[1]);
}

bool pseudonym_read(struct pseudonymiser *pseudonymiser, struct slice text)
{
    uint64_t key[2] = { 0, 0 };
    if (text.length != 32) return false;
    for (size_t i = 0; i < 32; i++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, text.bytes[i]);
        if (!at || !text.bytes[i]) return false;
        key[i / 16] = key[i / 16] << 4 | (uint64_t)(at - digits);
    }
    memcpy(pseudonymiser->key, key, sizeof key);
    return true;
}

void pseudonym_generate(struct pseudonymiser *pseudonymiser)
{
    FILE *file = fopen("/dev/urandom", "rbe");
    bool good = file && fread(pseudonymiser->key, sizeof pseudonymiser->key, 1, file) == 1;
    if (file) fclose(file);
    if (good) return;
    pseudonymiser->key[0] = rng_mix((uint64_t)time(NULL));
    pseudonymiser->key[1] = rng_mix(pseudonymiser->key[0] ^ (uint64_t)getpid());
}

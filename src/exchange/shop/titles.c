/* titles.c - from templates to distinct titles. */
#include "exchange/shop/titles.h"

#include "aisle/rng.h"

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Combinations of the title's words; capped, far above any catalogue. */
static uint64_t combinations(const struct shop_vocabulary *v, const struct template *title)
{
    uint64_t product = 1;

    for (int32_t i = 0; i < title->n; i++)
        if (title->part[i].list >= 0 && product < 1u << 26)
            product *= (uint64_t)v->lists[title->part[i].list].n;
    return product;
}

void wording_init(struct wording *wording, const struct shop_vocabulary *vocabulary,
                  const struct kind *kind, int32_t ordinal, uint64_t seed)
{
    uint64_t all = combinations(vocabulary, &kind->title);
    uint64_t of_kind = rng_mix(seed ^ (uint64_t)(kind - vocabulary->kinds) * 0x9E3779B97F4A7C15);
    int32_t series = kind->series ? kind->series : 1, one = ordinal / series;
    /* Steps of the golden section visit distant combinations in turn, each once. */
    uint64_t step = all * 618 / 1000 + 1;

    *wording = (struct wording){ .vocabulary = vocabulary,
                                 .kind = kind,
                                 .hash = rng_mix(of_kind + (uint64_t)one),
                                 .edition = (int64_t)((uint64_t)one / all),
                                 .number = ordinal % series + 1 };
    while (common_divisor(step, all) != 1)
        step++;
    uint64_t place = (of_kind % all + (uint64_t)one % all * step) % all;
    for (int32_t i = 0; i < kind->title.n; i++) {
        if (kind->title.part[i].list < 0) continue;
        uint64_t n = (uint64_t)vocabulary->lists[kind->title.part[i].list].n;
        wording->digit[i] = (int32_t)(place % n);
        place /= n;
    }
}

int32_t wording_word(const struct wording *wording, int32_t list)
{
    const struct template *title = &wording->kind->title;

    for (int32_t i = 0; i < title->n; i++)
        if (title->part[i].list == list) return wording->digit[i];
    uint64_t hash = rng_mix(wording->hash ^ (uint64_t)(list + 1) * 0xD6E8FEB86659FD93);
    return (int32_t)(hash % (uint64_t)wording->vocabulary->lists[list].n);
}

static void add(const struct wording *wording, const struct part *part, int32_t digit,
                struct text *text)
{
    const struct shop_vocabulary *v = wording->vocabulary;
    struct slice word = part->literal;

    if (part->list == PART_NUMBER) {
        text_format(text, "%d", (int)wording->number);
        return;
    }
    if (part->list >= 0) word = v->words[v->lists[part->list].first + digit];
    text_add(text, word.bytes, word.length);
}

void wording_title(const struct wording *wording, struct text *text)
{
    const struct template *title = &wording->kind->title;

    for (int32_t i = 0; i < title->n; i++)
        add(wording, &title->part[i], wording->digit[i], text);
    if (!wording->edition) return;
    struct slice edition = wording->kind->edition;
    if (!edition.length) edition = slice_of(", model");
    text_add(text, edition.bytes, edition.length);
    text_format(text, " %lld", (long long)wording->edition + 1);
}

void wording_about(const struct wording *wording, struct text *text)
{
    const struct template *about = &wording->kind->about;

    for (int32_t i = 0; i < about->n; i++) {
        int32_t list = about->part[i].list;
        add(wording, &about->part[i], list >= 0 ? wording_word(wording, list) : 0, text);
    }
}

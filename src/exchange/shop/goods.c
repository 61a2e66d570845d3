/* goods.c - the catalogue: which item is of which kind, its price, and its record.
 *
 * Kinds take turns by their share of the items (smooth weighted round robin), so that every kind
 * has old and new items and the catalogue of a small shop is a thinner copy of a large one's.
 */
#include "exchange/shop/simulation.h"
#include "exchange/shop/titles.h"

#include <stdlib.h>

static void good_make(const struct simulation *simulation, int32_t item, int32_t kind,
                      int32_t ordinal)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    const struct kind *k = &v->kinds[kind];
    struct good *good = &simulation->goods[item];
    struct wording wording;
    uint64_t seed = simulation->options.seed;

    wording_init(&wording, v, k, ordinal, seed);
    *good = (struct good){ .ordinal = ordinal, .kind = (uint16_t)kind };
    if (k->maker >= 0) good->maker = (uint8_t)wording_word(&wording, k->maker);
    if (k->trait >= 0) good->trait = (uint8_t)wording_word(&wording, k->trait);
    /* A series is one thing in parts: one price, one style. */
    uint64_t hash = rng_mix(wording.hash);
    good->style = (uint8_t)(hash % STYLES);
    uint32_t place = (uint32_t)(hash >> 32) & 0xFFFF;
    good->tier = (uint8_t)(place < 26214 ? 0 : place < 52428 ? 1 : 2);
    if (!k->price[1]) return;
    /* Squared, so that cheap ones are common. */
    int64_t span = (int64_t)(k->price[1] - k->price[0]) * 100;
    int64_t cents = k->price[0] * INT64_C(100) + span * place / 65536 * place / 65536;
    static const int64_t ends[] = { 99, 90, 95, 50, 49, 99 };
    good->cents = (int32_t)(cents / 100 * 100 + ends[hash / STYLES % 6]);
}

static bool allocate(struct simulation *simulation, struct error *error)
{
    size_t items = (size_t)simulation->options.items,
           kinds = (size_t)simulation->vocabulary->n_kinds;

    simulation->goods = calloc(items, sizeof *simulation->goods);
    simulation->of_kind = calloc(items, sizeof *simulation->of_kind);
    simulation->kind_first = calloc(kinds + 1, sizeof *simulation->kind_first);
    if (!simulation->goods || !simulation->of_kind || !simulation->kind_first)
        return error_memory(error, "the catalogue");
    return true;
}

/* Weights 1 / (rank + 1) of popularity ranks, in sums: one table serves every kind. */
static bool zipf_make(struct simulation *simulation, int32_t longest, struct error *error)
{
    uint32_t sum = 0;

    simulation->zipf = calloc((size_t)longest, sizeof *simulation->zipf);
    if (!simulation->zipf) return error_memory(error, "the catalogue");
    for (int32_t rank = 0; rank < longest; rank++) {
        sum += (uint32_t)(INT64_C(100000000) / (rank + 1));
        simulation->zipf[rank] = sum;
    }
    return true;
}

bool goods_make(struct simulation *simulation, struct error *error)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    int64_t *turn = calloc((size_t)v->n_kinds, sizeof *turn), total = 0;
    int32_t *made = calloc((size_t)v->n_kinds, sizeof *made), longest = 1;
    bool ok = false;

    if (!turn || !made) {
        error_memory(error, "the catalogue");
        goto out;
    }
    if (!allocate(simulation, error)) goto out;
    for (int32_t k = 0; k < v->n_kinds; k++)
        total += v->kinds[k].share;
    for (int32_t item = 0; item < simulation->options.items; item++) {
        int32_t best = 0;
        for (int32_t k = 0; k < v->n_kinds; k++) {
            turn[k] += v->kinds[k].share;
            if (turn[k] > turn[best]) best = k;
        }
        turn[best] -= total;
        good_make(simulation, item, best, made[best]++);
    }
    for (int32_t k = 0; k < v->n_kinds; k++) {
        simulation->kind_first[k + 1] = simulation->kind_first[k] + made[k];
        if (made[k] > longest) longest = made[k];
    }
    for (int32_t item = 0; item < simulation->options.items; item++)
        simulation->of_kind[simulation->kind_first[simulation->goods[item].kind] +
                            simulation->goods[item].ordinal] = item;
    ok = zipf_make(simulation, longest, error);
out:
    free(turn);
    free(made);
    return ok;
}

/* ------------------------------------------------------------------------------------- records */

struct label {
    struct attribute attribute[16];
    int32_t n;
    char price[32], stock[24], added[MOMENT_TEXT_SIZE];
};

static void label_add(struct label *label, struct slice name, struct slice value)
{
    if (name.length && value.length)
        label->attribute[label->n++] = (struct attribute){ name, value };
}

static void label_goods(struct label *label, const struct simulation *simulation, int32_t item,
                        uint64_t hash)
{
    const struct good *good = &simulation->goods[item];
    char digits[24];

    if (good->cents) {
        struct slice whole = simulation_digits(good->cents / 100, digits);
        for (size_t i = 0; i < whole.length; i++)
            label->price[i] = whole.bytes[i];
        label->price[whole.length] = '.';
        label->price[whole.length + 1] = (char)('0' + good->cents / 10 % 10);
        label->price[whole.length + 2] = (char)('0' + good->cents % 10);
        label_add(label, slice_of("price"), (struct slice){ label->price, whole.length + 3 });
        int64_t stock = hash % 100 < 4 ? 0 : (int64_t)(hash >> 8 & 0xFF) % 240 + 1;
        label_add(label, slice_of("stock"), simulation_digits(stock, label->stock));
    }
    moment_date((simulation->first_day + simulation_item_day(simulation, item)) * DAY,
                label->added);
    label_add(label, slice_of("added"), slice_of(label->added));
    /* Some of what is old is no longer sold. */
    bool gone =
        good->cents && item < simulation->opened_items && hash >> 40 & 1 && (hash >> 20) % 20 == 0;
    label_add(label, slice_of("active"), slice_of(gone ? "no" : "yes"));
}

static bool good_send(const struct simulation *simulation, int32_t item, struct text *title,
                      struct text *about, record_sink *sink, void *context, struct error *error)
{
    const struct shop_vocabulary *v = simulation->vocabulary;
    const struct good *good = &simulation->goods[item];
    const struct kind *kind = &v->kinds[good->kind];
    const struct aisle *aisle = &v->aisles[kind->aisle];
    uint64_t hash = simulation_hash(simulation->options.seed, FOR_GOODS, item, 0);
    struct label label = { .n = 0 };
    struct wording wording;
    char digits[24];

    wording_init(&wording, v, kind, good->ordinal, simulation->options.seed);
    text_clear(title);
    text_clear(about);
    wording_title(&wording, title);
    if (hash >> 32 & 3) wording_about(&wording, about); /* three in four are described */
    if (title->failed || about->failed) return error_memory(error, "a title");

    label_add(&label, slice_of("category"), v->categories[aisle->category].name);
    label_add(&label, slice_of("subcategory"), aisle->name);
    label_add(&label, slice_of("kind"), kind->name);
    if (kind->maker >= 0)
        label_add(&label, v->maker_name, v->words[v->lists[kind->maker].first + good->maker]);
    for (int32_t i = 0; i < v->n_extras; i++) {
        const struct word_list *list = &v->lists[v->extras[i].list];
        label_add(&label, v->extras[i].name,
                  v->words[list->first + wording_word(&wording, v->extras[i].list)]);
    }
    label_goods(&label, simulation, item, hash);
    label_add(&label, slice_of("description"), (struct slice){ about->bytes, about->length });
    struct record record = { .kind = RECORD_ITEM,
                             .line = item + 1,
                             .item = simulation_digits(item + 1, digits),
                             .name = { title->bytes, title->length },
                             .attributes = label.attribute,
                             .n_attributes = label.n };
    return sink(context, &record, error);
}

bool goods_send(const struct simulation *simulation, record_sink *sink, void *context,
                struct progress *progress, struct error *error)
{
    struct text title = { 0 }, about = { 0 };
    bool ok = true;

    progress_begin(progress, "items", simulation->options.items);
    for (int32_t item = 0; ok && item < simulation->options.items; item++) {
        ok = good_send(simulation, item, &title, &about, sink, context, error);
        progress_add(progress, 1);
        if (ok && progress_cancelled(progress))
            ok = error_set(error, ERROR_CANCELLED, "stopped while the items were made");
    }
    text_fini(&title);
    text_fini(&about);
    return ok;
}

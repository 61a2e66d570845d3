/* vocabulary_goods.c - the lines about a shop and its goods, parents before children. */
#include "exchange/shop/vocabulary_private.h"

#include <string.h>

static bool read_list(struct reading *r, struct slice rest)
{
    struct slice name = reading_cut(&rest, ' ');

    if (list_named(r->v, name) >= 0) return reading_wrong(r, "the list is there already", name);
    reading_words(r->v, rest, name);
    return r->v->lists[r->v->n_lists - 1].n > 0 || reading_wrong(r, "an empty list", name);
}

/* "Text with {slots}" to parts. */
static bool read_template(struct reading *r, struct slice rest, struct template *template)
{
    template->n = 0;
    while (rest.length) {
        const char *open = memchr(rest.bytes, '{', rest.length);
        struct slice literal = { rest.bytes, open ? (size_t)(open - rest.bytes) : rest.length };
        struct part *part = &template->part[template->n];

        if (template->n + 2 > MAX_PARTS) return reading_wrong(r, "too many slots", rest);
        if (literal.length) {
            *part++ = (struct part){ literal, PART_LITERAL };
            template->n++;
        }
        rest = (struct slice){ rest.bytes + literal.length, rest.length - literal.length };
        if (!open) break;
        rest = (struct slice){ rest.bytes + 1, rest.length - 1 };
        struct slice name = reading_cut(&rest, '}');
        *part = (struct part){ name, PART_NUMBER };
        template->n++;
        if (!slice_equal(name, "n") && !slice_equal(name, "brand") &&
            !reading_list(r, name, &part->list))
            return false;
        if (slice_equal(name, "brand")) {
            part->list = r->v->kinds[r->v->n_kinds - 1].maker;
            if (part->list < 0) return reading_wrong(r, "{brand} without brands above", name);
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

static int16_t *appeal_to(const struct shop_vocabulary *v, struct appeal *appeal, struct slice who)
{
    static const char *const bands[BANDS] = { "18-24", "25-34", "35-44", "45-54", "55-64", "65+" };

    if (slice_equal(who, "f")) return &appeal->gender[0];
    if (slice_equal(who, "m")) return &appeal->gender[1];
    for (int32_t i = 0; i < BANDS; i++)
        if (slice_equal(who, bands[i])) return &appeal->band[i];
    for (int32_t i = 0; i < v->n_segments; i++)
        if (reading_same(who, v->segments[i].name)) return &appeal->segment[i];
    for (int32_t i = 0; i < v->n_regions; i++)
        if (reading_same(who, v->regions[i].name)) return &appeal->region[i];
    return NULL;
}

/* for f:150 18-24:60 student:200 Japan:300, of the category or aisle above */
static bool read_for(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;

    if (!v->n_categories) return reading_wrong(r, "no category above", rest);
    struct category *category = &v->categories[v->n_categories - 1];
    struct appeal *appeal =
        category->n_aisles ? &v->aisles[v->n_aisles - 1].appeal : &category->appeal;
    while (rest.length) {
        struct slice pair = reading_cut(&rest, ' '), who = reading_cut(&pair, ':');
        int16_t *percent = appeal_to(v, appeal, who);
        int32_t value = 0;

        if (!percent) return reading_wrong(r, "nobody is called that", who);
        if (!reading_number(r, pair, &value)) return false;
        *percent = (int16_t)(value > 2000 ? 2000 : value);
    }
    return true;
}

/* Months of what was named last: the whole shop, a category, an aisle or a kind. */
static bool read_months(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;
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
    if (!reading_numbers(r, rest, month, MONTHS)) return false;
    for (int i = 0; i < MONTHS; i++) {
        if (into) into[i] = (int16_t)(month[i] > 3000 ? 3000 : month[i]);
        if (!into) v->month[i] = month[i];
    }
    return true;
}

/* -------------------------------------------------------------------------- what is sold there */

static bool read_category(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;
    struct category *category = &v->categories[v->n_categories++];

    *category = (struct category){ .name = rest, .weight = 10, .first_aisle = v->n_aisles };
    for (int i = 0; i < MONTHS; i++)
        category->month[i] = 100;
    appeal_init(&category->appeal);
    return true;
}

static bool read_aisle(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;

    if (!v->n_categories) return reading_wrong(r, "no category above", rest);
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
    struct shop_vocabulary *v = r->v;

    if (!v->n_categories || !v->categories[v->n_categories - 1].n_aisles)
        return reading_wrong(r, "no aisle above", rest);
    struct kind *kind = &v->kinds[v->n_kinds++];
    *kind = (struct kind){ .name = rest,
                           .aisle = v->n_aisles - 1,
                           .weight = 10,
                           .share = 10,
                           .every = { 0, 60 },
                           .max = 1,
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
    struct shop_vocabulary *v = r->v;
    int32_t *into;

    if (!v->n_categories) return reading_wrong(r, "no category above", rest);
    if (!v->categories[v->n_categories - 1].n_aisles)
        into = &v->categories[v->n_categories - 1].weight;
    else if (!v->aisles[v->n_aisles - 1].n_kinds)
        into = &v->aisles[v->n_aisles - 1].weight;
    else
        into = &v->kinds[v->n_kinds - 1].weight;
    return reading_number(r, rest, into);
}

/* Lines that belong to a kind. */
static struct kind *kind_now(struct reading *r)
{
    return &r->v->kinds[r->v->n_kinds - 1];
}

static bool read_share(struct reading *r, struct slice rest)
{
    return reading_number(r, rest, &kind_now(r)->share);
}

static bool read_price(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, kind_now(r)->price, 2);
}

static bool read_every(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, kind_now(r)->every, 2);
}

static bool read_returns(struct reading *r, struct slice rest)
{
    return reading_number(r, rest, &kind_now(r)->returns);
}

static bool read_series(struct reading *r, struct slice rest)
{
    return reading_number(r, rest, &kind_now(r)->series);
}

static bool read_max(struct reading *r, struct slice rest)
{
    return reading_number(r, rest, &kind_now(r)->max);
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
    return reading_list(r, rest, &kind_now(r)->maker);
}

static bool read_trait(struct reading *r, struct slice rest)
{
    return reading_list(r, rest, &kind_now(r)->trait);
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

    if (kind->n_then == MAX_THEN)
        return reading_wrong(r, "more consequences than there is room for", rest);
    kind->n_then++;
    if (!reading_number(r, reading_cut(&rest, ' '), &then->percent) ||
        !reading_number(r, reading_cut(&rest, ' '), &then->days))
        return false;
    then->name = slice_trim(rest);
    return true;
}

/* ------------------------------------------------------------------------------ the whole shop */

static bool read_activity(struct reading *r, struct slice rest)
{
    if (slice_equal(rest, "purchase"))
        r->v->activity = DEED_PURCHASE;
    else if (slice_equal(rest, "rating"))
        r->v->activity = DEED_RATING;
    else if (slice_equal(rest, "weight"))
        r->v->activity = DEED_WEIGHT;
    else
        return reading_wrong(r, "not purchase, rating or weight", rest);
    return true;
}

static bool read_maker(struct reading *r, struct slice rest)
{
    r->v->maker_name = rest;
    return true;
}

static bool read_extra(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;

    if (v->n_extras == MAX_NAMES)
        return reading_wrong(r, "more attributes than there is room for", rest);
    v->extras[v->n_extras].name = reading_cut(&rest, ' ');
    return reading_list(r, rest, &v->extras[v->n_extras++].list);
}

static bool read_basket(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, r->v->basket, MAX_BASKET);
}

static bool read_hours(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, r->v->hour, HOURS);
}

static bool read_weekdays(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, r->v->weekday, 7);
}

static bool read_views(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, r->v->before, 2);
}

static bool read_opening(struct reading *r, struct slice rest)
{
    return reading_number(r, rest, &r->v->opening);
}

static bool read_circle(struct reading *r, struct slice rest)
{
    return reading_numbers(r, rest, r->v->community, 2);
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

const struct keyword vocabulary_goods[] = {
    { "list", read_list, false },
    { "category", read_category, false },
    { "aisle", read_aisle, false },
    { "kind", read_kind, false },
    { "weight", read_weight, false },
    { "for", read_for, false },
    { "months", read_months, false },
    { "share", read_share, true },
    { "price", read_price, true },
    { "every", read_every, true },
    { "returns", read_returns, true },
    { "series", read_series, true },
    { "most", read_max, true },
    { "once", read_once, true },
    { "needs", read_needs, true },
    { "edition", read_edition, true },
    { "brands", read_brands, true },
    { "title", read_title, true },
    { "trait", read_trait, true },
    { "about", read_about, true },
    { "then", read_then, true },
    { "deed", read_activity, false },
    { "maker", read_maker, false },
    { "extra", read_extra, false },
    { "basket", read_basket, false },
    { "hours", read_hours, false },
    { "weekdays", read_weekdays, false },
    { "views", read_views, false },
    { "opening", read_opening, false },
    { "circle", read_circle, false },
    { "fresh", read_fresh, false },
    { "unrepeated", read_unrepeated, false },
    { NULL, NULL, false },
};

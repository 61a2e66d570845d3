/* vocabulary_people.c - the lines about people: where they live, what they are called. */
#include "exchange/shop/vocabulary_private.h"

#include <string.h>

/* region WEIGHT NAME */
static bool read_region(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;
    struct region *region = &v->regions[v->n_regions];

    if (v->n_regions == MAX_REGIONS)
        return reading_wrong(r, "more regions than there is room for", rest);
    *region = (struct region){ .female = -1, .male = -1, .family = -1, .family_female = -1 };
    v->n_regions++;
    if (!reading_number(r, reading_cut(&rest, ' '), &region->weight)) return false;
    region->name = slice_trim(rest);
    return true;
}

/* segment NAME, then a weight for each age band */
static bool read_segment(struct reading *r, struct slice rest)
{
    struct shop_vocabulary *v = r->v;
    struct segment *segment = &v->segments[v->n_segments];

    if (v->n_segments == MAX_SEGMENTS)
        return reading_wrong(r, "more segments than there is room for", rest);
    v->n_segments++;
    segment->name = reading_cut(&rest, ' ');
    return reading_numbers(r, rest, segment->weight, BANDS);
}

static bool names_of_region(struct reading *r, struct slice rest, size_t field)
{
    struct shop_vocabulary *v = r->v;

    if (!v->n_regions) return reading_wrong(r, "no region above", rest);
    reading_words(v, rest, (struct slice){ "", 0 });
    int32_t list = v->n_lists - 1;
    if (!v->lists[list].n) return reading_wrong(r, "an empty list", rest);
    memcpy((char *)&v->regions[v->n_regions - 1] + field, &list, sizeof list);
    return true;
}

static bool read_female(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, female));
}

static bool read_male(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, male));
}

static bool read_family(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, family));
}

static bool read_family_female(struct reading *r, struct slice rest)
{
    return names_of_region(r, rest, offsetof(struct region, family_female));
}

static bool read_order(struct reading *r, struct slice rest)
{
    if (!r->v->n_regions) return reading_wrong(r, "no region above", rest);
    struct region *region = &r->v->regions[r->v->n_regions - 1];
    region->family_first = true;
    region->joined = slice_equal(rest, "joined");
    return region->joined || slice_equal(rest, "family") ||
           reading_wrong(r, "not family or joined", rest);
}

const struct keyword vocabulary_people[] = {
    { "region", read_region, false }, { "segment", read_segment, false },
    { "female", read_female, false }, { "male", read_male, false },
    { "family", read_family, false }, { "family-female", read_family_female, false },
    { "order", read_order, false },   { NULL, NULL, false },
};

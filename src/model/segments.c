/* segments.c - cutting attributes into segments, and finding those of a shopper. */
#include "segments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MANY_VALUES = 12, /* numbers with more are cut into bands */
    BANDS = 8,
    PEOPLE_MIN = 2,
};

/* One value of the attribute that is being cut. */
struct piece {
    int32_t value;
    int32_t people;
    double number; /* NAN where it is none */
    struct slice text;
};

struct cutter {
    const struct dataset *dataset;
    const struct attributes *known;
    struct segments *out;
    int32_t *people;     /* (values) buyers with the value */
    int32_t *segment_of; /* (values) segment, or -1 */
    struct piece *pieces;
    int32_t n_pieces;
    char *next; /* where the next text goes in out->bytes */
};

static bool buys(const struct dataset *dataset, int32_t user)
{
    return dataset->by_user.start[user + 1] > dataset->by_user.start[user];
}

static double number_of(struct slice text, bool date)
{
    double number;
    int64_t moment;

    if (date) return moment_parse(text, MOMENT_ISO, &moment) ? (double)moment : NAN;
    return slice_to_double(text, &number) ? number : NAN;
}

static int by_bytes(struct slice a, struct slice b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_texts(const void *left, const void *right)
{
    return by_bytes(((const struct piece *)left)->text, ((const struct piece *)right)->text);
}

static int compare_numbers(const void *left, const void *right)
{
    const double a = ((const struct piece *)left)->number,
                 b = ((const struct piece *)right)->number;
    return a < b ? -1 : a > b ? 1 : compare_texts(left, right);
}

/* --------------------------------------------------------------------------------------- cutting
 */

static struct slice keep_text(struct cutter *cutter, struct slice text)
{
    struct slice kept = { cutter->next, text.length };

    if (text.length > 0) memcpy(cutter->next, text.bytes, text.length);
    cutter->next += text.length;
    return kept;
}

static struct segment *add_segment(struct cutter *cutter, int32_t attribute)
{
    struct segment *segment = &cutter->out->segments[cutter->out->n++];

    *segment = (struct segment){ .attribute = attribute };
    return segment;
}

static void cut_values(struct cutter *cutter, int32_t attribute)
{
    qsort(cutter->pieces, (size_t)cutter->n_pieces, sizeof *cutter->pieces, compare_texts);
    for (int32_t p = 0; p < cutter->n_pieces; p++) {
        const struct piece *piece = &cutter->pieces[p];
        if (piece->people < PEOPLE_MIN) continue;
        cutter->segment_of[piece->value] = cutter->out->n;
        add_segment(cutter, attribute)->value = keep_text(cutter, piece->text);
    }
}

/* Each band takes values until it has its share of the people; equal numbers stay together. */
static void cut_bands(struct cutter *cutter, int32_t attribute)
{
    int64_t all = 0, before = 0;

    qsort(cutter->pieces, (size_t)cutter->n_pieces, sizeof *cutter->pieces, compare_numbers);
    for (int32_t p = 0; p < cutter->n_pieces; p++)
        all += cutter->pieces[p].people;
    for (int32_t p = 0, band = 0; p < cutter->n_pieces; band++) {
        struct segment *segment = add_segment(cutter, attribute);
        segment->band = true;
        segment->low = cutter->pieces[p].number;
        do {
            segment->high = cutter->pieces[p].number;
            before += cutter->pieces[p].people;
            cutter->segment_of[cutter->pieces[p].value] = cutter->out->n - 1;
            p++;
        } while (p < cutter->n_pieces && (before * BANDS < all * (band + 1) ||
                                          !(cutter->pieces[p].number > segment->high)));
    }
}

/* The values of one attribute that somebody has. */
static void collect(struct cutter *cutter, int32_t attribute, bool date)
{
    cutter->n_pieces = 0;
    for (int32_t v = 0; v < cutter->known->values.n; v++) {
        if (cutter->known->value_name[v] != attribute || cutter->people[v] == 0) continue;
        struct slice text = names_get(&cutter->known->values, v);
        cutter->pieces[cutter->n_pieces++] =
            (struct piece){ v, cutter->people[v], number_of(text, date), text };
    }
}

static bool all_numbers(const struct cutter *cutter)
{
    for (int32_t p = 0; p < cutter->n_pieces; p++) {
        if (isnan(cutter->pieces[p].number)) return false;
    }
    return cutter->n_pieces > MANY_VALUES;
}

static void cut(struct cutter *cutter, int32_t attribute)
{
    cutter->out->names[attribute] = keep_text(cutter, names_get(&cutter->known->names, attribute));
    collect(cutter, attribute, false);
    bool bands = all_numbers(cutter);
    if (!bands && cutter->n_pieces > MANY_VALUES) {
        collect(cutter, attribute, true);
        bands = cutter->out->dates[attribute] = all_numbers(cutter);
    }
    if (bands)
        cut_bands(cutter, attribute);
    else
        cut_values(cutter, attribute);
}

/* Calls for each segment of the user, once. */
static void each_segment(const struct cutter *cutter, int32_t user,
                         void (*call)(const struct cutter *, int32_t segment, int32_t user))
{
    const struct attributes *known = cutter->known;

    for (int64_t i = known->offset[user]; i < known->offset[user + 1]; i++) {
        const int32_t segment = cutter->segment_of[known->value[i]];
        bool again = segment < 0;
        for (int64_t j = known->offset[user]; j < i && !again; j++)
            again = cutter->segment_of[known->value[j]] == segment;
        if (!again) call(cutter, segment, user);
    }
}

static void count_member(const struct cutter *cutter, int32_t segment, int32_t user)
{
    (void)user;
    cutter->out->segments[segment].people++;
    cutter->out->n_members++;
}

static void add_member(const struct cutter *cutter, int32_t segment, int32_t user)
{
    struct segment *s = &cutter->out->segments[segment];
    cutter->out->member[s->first_member + s->people++] = user;
}

/* Users in order, so that members ascend. */
static bool enlist(struct cutter *cutter)
{
    struct segments *out = cutter->out;
    const int32_t n_users = cutter->dataset->n_users;
    int32_t first = 0;

    for (int32_t u = 0; u < n_users; u++)
        if (buys(cutter->dataset, u)) each_segment(cutter, u, count_member);
    out->member = malloc(((size_t)out->n_members + 1) * sizeof *out->member);
    if (!out->member || out->n_members > INT32_MAX) return false;
    for (int32_t s = 0; s < out->n; s++) {
        out->segments[s].first_member = first;
        first += out->segments[s].people;
        out->segments[s].people = 0;
    }
    for (int32_t u = 0; u < n_users; u++)
        if (buys(cutter->dataset, u)) each_segment(cutter, u, add_member);
    return true;
}

static bool reserve(struct cutter *cutter)
{
    const struct attributes *known = cutter->known;
    const size_t values = (size_t)known->values.n + 1, names = (size_t)known->names.n + 1;
    const size_t bytes = (size_t)known->values.offset[known->values.n] +
                         (size_t)known->names.offset[known->names.n] + 1;

    cutter->people = calloc(values, sizeof *cutter->people);
    cutter->segment_of = malloc(values * sizeof *cutter->segment_of);
    cutter->pieces = malloc(values * sizeof *cutter->pieces);
    cutter->out->names = calloc(names, sizeof *cutter->out->names);
    cutter->out->dates = calloc(names, sizeof *cutter->out->dates);
    cutter->out->segments = malloc(values * sizeof *cutter->out->segments);
    cutter->out->bytes = malloc(bytes);
    cutter->next = cutter->out->bytes;
    return cutter->people && cutter->segment_of && cutter->pieces && cutter->out->names &&
           cutter->out->dates && cutter->out->segments && cutter->out->bytes;
}

bool segments_init(struct segments *segments, const struct dataset *dataset, struct error *error)
{
    struct cutter cutter = { .dataset = dataset,
                             .known = &dataset->user_attributes,
                             .out = segments };
    bool made = true;

    *segments = (struct segments){ 0 };
    if (cutter.known->names.n == 0) return true;
    made = reserve(&cutter);
    for (int32_t u = 0; made && u < dataset->n_users; u++) {
        for (int64_t i = cutter.known->offset[u]; i < cutter.known->offset[u + 1]; i++)
            cutter.people[cutter.known->value[i]] += buys(dataset, u);
    }
    for (int32_t v = 0; made && v < cutter.known->values.n; v++)
        cutter.segment_of[v] = -1;
    segments->n_attributes = cutter.known->names.n;
    for (int32_t a = 0; made && a < segments->n_attributes; a++)
        cut(&cutter, a);
    made = made && enlist(&cutter);
    free(cutter.people);
    free(cutter.segment_of);
    free(cutter.pieces);
    if (!made) segments_fini(segments);
    return made || error_memory(error, "segments");
}

void segments_fini(struct segments *segments)
{
    free(segments->names);
    free(segments->dates);
    free(segments->segments);
    free(segments->member);
    free(segments->bytes);
    *segments = (struct segments){ 0 };
}

void segments_drop_small(struct segments *segments, int32_t min)
{
    int32_t n = 0;
    int64_t members = 0;

    for (int32_t s = 0; s < segments->n; s++) {
        struct segment segment = segments->segments[s];
        if (segment.people < min) continue;
        memmove(segments->member + members, segments->member + segment.first_member,
                (size_t)segment.people * sizeof *segments->member);
        segment.first_member = (int32_t)members;
        members += segment.people;
        segments->segments[n++] = segment;
    }
    segments->n = n;
    segments->n_members = members;
}

int64_t segments_memory(const struct dataset *dataset)
{
    const struct attributes *known = &dataset->user_attributes;

    if (known->names.n == 0) return 0;
    return known->offset[dataset->n_users] * (int64_t)sizeof(int32_t) +
           known->values.n *
               (int64_t)(sizeof(struct piece) + sizeof(struct segment) + 2 * sizeof(int32_t)) +
           known->values.offset[known->values.n];
}

int64_t segments_of_attribute(const struct dataset *dataset, int32_t attribute)
{
    const struct attributes *known = &dataset->user_attributes;
    int64_t values = 0;
    bool numbers = true, dates = true;

    for (int32_t v = 0; v < known->values.n; v++) {
        if (known->value_name[v] != attribute) continue;
        const struct slice text = names_get(&known->values, v);
        values++;
        numbers = numbers && !isnan(number_of(text, false));
        dates = dates && !isnan(number_of(text, true));
    }
    return values > MANY_VALUES && (numbers || dates) ? BANDS : values;
}

/* --------------------------------------------------------------------------------------- finding
 */

static int32_t find_attribute(const struct segments *segments, struct slice name)
{
    for (int32_t a = 0; a < segments->n_attributes; a++) {
        if (by_bytes(segments->names[a], name) == 0) return a;
    }
    return -1;
}

/* The first segment of the attribute, or of the next one that has any. */
static int32_t first_of(const struct segments *segments, int32_t attribute)
{
    int32_t low = 0, high = segments->n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (segments->segments[middle].attribute < attribute)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t find_value(const struct segments *segments, int32_t attribute, struct slice text)
{
    int32_t low = first_of(segments, attribute), high = first_of(segments, attribute + 1);

    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = by_bytes(segments->segments[middle].value, text);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/* The band that holds the number, or the nearest one: whoever is older than everybody belongs to
 * the oldest. */
static int32_t find_band(const struct segments *segments, int32_t attribute, struct slice text)
{
    const double number = number_of(text, segments->dates[attribute]);
    const int32_t begin = first_of(segments, attribute), end = first_of(segments, attribute + 1);

    if (isnan(number) || begin == end) return -1;
    for (int32_t s = begin; s < end - 1; s++) {
        const double high = segments->segments[s].high, next = segments->segments[s + 1].low;
        if (number <= high || (number < next && number - high < next - number)) return s;
    }
    return end - 1;
}

int32_t segments_of(const struct segments *segments, const struct shopper *shopper, int32_t *out)
{
    int32_t n = 0;

    for (int32_t v = 0; v < shopper->n_values; v++) {
        const struct attributes *known = &shopper->dataset->user_attributes;
        const int32_t value = shopper->values[v];
        const int32_t attribute =
            find_attribute(segments, names_get(&known->names, known->value_name[value]));
        if (attribute < 0) continue;
        const int32_t begin = first_of(segments, attribute);
        const bool bands = begin < segments->n &&
                           segments->segments[begin].attribute == attribute &&
                           segments->segments[begin].band;
        const struct slice text = names_get(&known->values, value);
        const int32_t found =
            bands ? find_band(segments, attribute, text) : find_value(segments, attribute, text);
        int32_t at = n;
        for (; found >= 0 && at > 0 && out[at - 1] >= found; at--)
            if (out[at - 1] == found) break;
        if (found < 0 || (at > 0 && out[at - 1] == found)) continue;
        memmove(out + at + 1, out + at, (size_t)(n - at) * sizeof *out);
        out[at] = found;
        n++;
    }
    return n;
}

static void add_number(struct text *out, double number, bool date)
{
    char day[MOMENT_TEXT_SIZE];

    if (date)
        text_add_string(out, moment_date((int64_t)number, day));
    else
        text_format(out, "%.10g", number);
}

void segments_name(const struct segments *segments, int32_t segment, struct text *out)
{
    const struct segment *s = &segments->segments[segment];
    const bool date = segments->dates[s->attribute];

    text_add(out, segments->names[s->attribute].bytes, segments->names[s->attribute].length);
    text_add_string(out, " ");
    if (!s->band) {
        text_add(out, s->value.bytes, s->value.length);
        return;
    }
    add_number(out, s->low, date);
    if (!(s->low < s->high)) return;
    text_add_string(out, " to ");
    add_number(out, s->high, date);
}

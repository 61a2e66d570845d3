/* attributes.c - from facts in any order to a row of value indexes for each user or item.
 *
 * A fact waits as 8 bytes: its row and the index of its value. Finishing is a counting sort by row
 * (stable, so the order of the calls survives in each row); then a row keeps, of each name, only
 * what the last call said.
 */
#include "attributes.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------ attributes */

static bool add_part(struct attributes_builder *builder, int32_t row, int32_t value, bool begins,
                     struct error *error)
{
    if (builder->n_parts == builder->capacity) {
        size_t capacity = builder->capacity ? builder->capacity * 2 : 256;
        struct attribute_part *parts = realloc(builder->parts, capacity * sizeof *parts);
        if (!parts) return error_memory(error, "the attributes");
        builder->parts = parts;
        builder->capacity = capacity;
    }
    builder->parts[builder->n_parts++] =
        (struct attribute_part){ row, (uint32_t)value & INT32_MAX, begins };
    return true;
}

bool attributes_set(struct attributes_builder *builder, int32_t row, struct slice name,
                    struct slice value, struct error *error)
{
    const size_t before = builder->n_parts;
    const int32_t tag = interned_add(&builder->names, 0, name, error);
    bool good = tag >= 0;

    while (good) {
        const char *bar = value.length > 0 ? memchr(value.bytes, '|', value.length) : NULL;
        size_t length = bar ? (size_t)(bar - value.bytes) : value.length;
        struct slice part = slice_trim((struct slice){ value.bytes, length });
        /* An empty value is kept until the end: it takes away what was set before. */
        if (part.length > 0 || builder->n_parts == before) {
            int32_t index = interned_add(&builder->values, tag, part, error);
            good = index >= 0 && add_part(builder, row, index, builder->n_parts == before, error);
        }
        if (!bar) break;
        value = (struct slice){ bar + 1, value.length - length - 1 };
    }
    if (!good) builder->n_parts = before;
    return good;
}

/* The parts in order of rows; offset (n_rows + 1) says where each row's begin. */
static struct attribute_part *sorted_parts(const struct attributes_builder *builder, int32_t n_rows,
                                           int64_t *offset)
{
    struct attribute_part *sorted = malloc((builder->n_parts + 1) * sizeof *sorted);

    if (!sorted) return NULL;
    for (size_t p = 0; p < builder->n_parts; p++)
        offset[builder->parts[p].row + 1]++;
    for (int32_t r = 0; r < n_rows; r++)
        offset[r + 1] += offset[r];
    for (size_t p = 0; p < builder->n_parts; p++)
        sorted[offset[builder->parts[p].row]++] = builder->parts[p];
    /* Each entry now stands where the next row begins. */
    memmove(offset + 1, offset, (size_t)n_rows * sizeof *offset);
    offset[0] = 0;
    return sorted;
}

static int ascending(const void *a, const void *b)
{
    const int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
    return (one > other) - (one < other);
}

/* The values of one row, ascending and each once; returns how many. last[name] is scratch: the
 * place in `parts` where the last call for the name begins. */
static int32_t finalise_row(const struct attributes *attributes, const struct attribute_part *parts,
                            int64_t n, int64_t *last, int32_t *out)
{
    int32_t kept = 0, distinct = 0;

    for (int64_t p = 0; p < n; p++)
        if (parts[p].begins) last[attributes->value_name[parts[p].value]] = p;
    for (int64_t p = 0; p < n; p++) {
        int32_t value = (int32_t)parts[p].value;
        if (p < last[attributes->value_name[value]]) continue;
        if (names_get(&attributes->values, value).length > 0) out[kept++] = value;
    }
    if (kept > 1) qsort(out, (size_t)kept, sizeof *out, ascending);
    for (int32_t i = 0; i < kept; i++)
        if (i == 0 || out[i] != out[i - 1]) out[distinct++] = out[i];
    return distinct;
}

static bool finalise_rows(struct attributes *attributes, const struct attribute_part *parts,
                          int32_t n_rows)
{
    int64_t *last = calloc((size_t)attributes->names.n + 1, sizeof *last);
    int64_t begin = 0, kept = 0;

    if (!last) return false;
    for (int32_t r = 0; r < n_rows; r++) {
        int64_t end = attributes->offset[r + 1];
        attributes->offset[r] = kept;
        if (end > begin)
            kept += finalise_row(attributes, parts + begin, end - begin, last,
                                 attributes->value + kept);
        begin = end;
    }
    attributes->offset[n_rows] = kept;
    free(last);
    int32_t *value = realloc(attributes->value, ((size_t)kept + 1) * sizeof *value);
    if (value) attributes->value = value;
    return true;
}

bool attributes_finish(struct attributes_builder *builder, int32_t n_rows,
                       struct attributes *attributes, struct error *error)
{
    struct attribute_part *sorted = NULL;
    bool good = names_finish(&builder->names.names, &attributes->names, error) &&
                names_finish(&builder->values.names, &attributes->values, error);

    attributes->value_name = builder->values.tag;
    builder->values.tag = NULL;
    attributes->offset = calloc((size_t)n_rows + 1, sizeof *attributes->offset);
    if (good && attributes->offset) sorted = sorted_parts(builder, n_rows, attributes->offset);
    size_t n = builder->n_parts;
    attributes_builder_fini(builder);
    attributes->value = malloc((n + 1) * sizeof *attributes->value);
    if (good && (!sorted || !attributes->value || !finalise_rows(attributes, sorted, n_rows)))
        good = error_memory(error, "the attributes");
    free(sorted);
    return good;
}

void attributes_builder_fini(struct attributes_builder *builder)
{
    interned_fini(&builder->names);
    interned_fini(&builder->values);
    free(builder->parts);
    *builder = (struct attributes_builder){ 0 };
}

void attributes_fini(struct attributes *attributes)
{
    names_fini(&attributes->names);
    names_fini(&attributes->values);
    free(attributes->value_name);
    free(attributes->offset);
    free(attributes->value);
    *attributes = (struct attributes){ 0 };
}

int32_t attributes_find(const struct attributes *attributes, struct slice name, struct slice value)
{
    int32_t tag = names_find(&attributes->names, name);

    for (int32_t v = 0; tag >= 0 && v < attributes->values.n; v++) {
        struct slice known = names_get(&attributes->values, v);
        if (attributes->value_name[v] == tag && known.length == value.length &&
            (value.length == 0 || memcmp(known.bytes, value.bytes, value.length) == 0))
            return v;
    }
    return -1;
}

/* --------------------------------------------------------------------------------- friends */

bool friends_add(struct friends_builder *builder, int32_t user, int32_t friend, struct error *error)
{
    if (builder->n == builder->capacity) {
        size_t capacity = builder->capacity ? builder->capacity * 2 : 256;
        int32_t(*pairs)[2] = realloc(builder->pairs, capacity * sizeof *pairs);
        if (!pairs) return error_memory(error, "the friendships");
        builder->pairs = pairs;
        builder->capacity = capacity;
    }
    builder->pairs[builder->n][0] = user;
    builder->pairs[builder->n++][1] = friend;
    return true;
}

static void scatter_friends(const struct friends_builder *builder, int32_t n_users, int64_t *at,
                            int32_t *list)
{
    int64_t begin = 0, kept = 0;

    for (size_t p = 0; p < builder->n; p++)
        at[builder->pairs[p][0] + 1]++;
    for (int32_t u = 0; u < n_users; u++)
        at[u + 1] += at[u];
    for (size_t p = 0; p < builder->n; p++)
        list[at[builder->pairs[p][0]]++] = builder->pairs[p][1];
    memmove(at + 1, at, (size_t)n_users * sizeof *at);
    at[0] = 0;
    for (int32_t u = 0; u < n_users; u++) {
        int64_t end = at[u + 1];
        at[u] = kept;
        if (end - begin > 1) qsort(list + begin, (size_t)(end - begin), sizeof *list, ascending);
        for (int64_t i = begin; i < end; i++)
            if (kept == at[u] || list[i] != list[kept - 1]) list[kept++] = list[i];
        begin = end;
    }
    at[n_users] = kept;
}

bool friends_finish(struct friends_builder *builder, int32_t n_users, int64_t **offset,
                    int32_t **friends, struct error *error)
{
    *offset = NULL;
    *friends = NULL;
    if (builder->n == 0) return true;
    *offset = calloc((size_t)n_users + 1, sizeof **offset);
    *friends = malloc(builder->n * sizeof **friends);
    bool good = *offset && *friends;
    if (good) scatter_friends(builder, n_users, *offset, *friends);
    friends_builder_fini(builder);
    return good || error_memory(error, "the friendships");
}

void friends_builder_fini(struct friends_builder *builder)
{
    free(builder->pairs);
    *builder = (struct friends_builder){ 0 };
}

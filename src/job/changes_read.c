/* changes_read.c - changes from what a person types, and to and from JSON. */
#include "changes.h"

#include "aisle/scenarios.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *copy_of(struct slice text)
{
    char *copy = malloc(text.length + 1);
    if (!copy) return NULL;
    if (text.length > 0) memcpy(copy, text.bytes, text.length);
    copy[text.length] = 0;
    return copy;
}

/* ------------------------------------------------------------------------------------ as typed */

int32_t change_find_item(const struct dataset *dataset, struct slice words)
{
    struct text wanted = { 0 }, title = { 0 };
    int32_t item = names_find(&dataset->item_ids, words);

    text_add_folded(&wanted, words.bytes, words.length);
    for (int32_t i = 0; item < 0 && wanted.length > 0 && i < dataset->n_items; i++) {
        const struct slice name = names_get(&dataset->item_titles, i);
        text_clear(&title);
        text_add_folded(&title, name.bytes, name.length);
        if (title.length > 0 && strstr(title.bytes, wanted.bytes)) item = i;
    }
    text_fini(&wanted);
    text_fini(&title);
    return item;
}

bool change_kind_of(struct slice line, enum change_kind *kind, struct slice *rest)
{
    for (int k = 0; k < CHANGE_KINDS; k++) {
        const char *name = change_name((enum change_kind)k);
        const size_t length = strlen(name);
        if (line.length <= length || line.bytes[length] != ' ' ||
            memcmp(line.bytes, name, length) != 0)
            continue;
        *kind = (enum change_kind)k;
        *rest = slice_trim((struct slice){ line.bytes + length, line.length - length });
        return true;
    }
    return false;
}

static int32_t find_item(const struct change_terms *terms, struct slice text)
{
    if (text.length == 0) return -1;
    return terms->by_titles ? change_find_item(terms->dataset, text)
                            : names_find(&terms->dataset->item_ids, text);
}

static bool no_item(const struct change_terms *terms, struct slice text, struct error *error)
{
    const int length = (int)(text.length < 200 ? text.length : 200);
    return terms->by_titles
               ? error_set(error, ERROR_MISSING, "no item has the id or the words \"%.*s\"", length,
                           text.bytes)
               : error_set(error, ERROR_MISSING,
                           "there is no item '%.*s': 'aisle -d FILE items' lists them", length,
                           text.bytes);
}

/* Cuts off what stands behind the last `sign`; false where there is none, or nothing before it. */
static bool cut(struct slice *text, char sign, struct slice *behind)
{
    for (size_t at = text->length; at-- > 1;) {
        if (text->bytes[at] != sign) continue;
        *behind = slice_trim((struct slice){ text->bytes + at + 1, text->length - at - 1 });
        *text = slice_trim((struct slice){ text->bytes, at });
        return true;
    }
    return false;
}

/* "@TIME" at the end; nothing is taken off where it is none. */
static void read_time(struct slice *text, const struct change_terms *terms, struct change *change)
{
    struct slice before = *text, behind;

    if (cut(&before, '@', &behind) && (moment_parse(behind, MOMENT_ISO, &change->time) ||
                                       moment_parse_spoken(behind, terms->now, &change->time)))
        *text = before;
}

/* An id may hold any sign: the whole text is looked for first. */
static int32_t read_item(struct change *change, struct slice text, const struct change_terms *terms)
{
    const bool counted = change->kind == CHANGE_WITH || change->kind == CHANGE_RETURN;
    struct slice before, behind;
    int32_t item = find_item(terms, text);

    if (item >= 0 || !counted) return item;
    read_time(&text, terms, change);
    if ((item = find_item(terms, text)) >= 0) return item;
    before = text;
    if (!cut(&before, '*', &behind) || !slice_to_double(behind, &change->quantity) ||
        !(change->quantity > 0) || !(change->quantity < 1e9))
        return -1;
    return find_item(terms, before);
}

static bool read_rating(struct change *change, struct slice *text, const struct change_terms *terms)
{
    struct slice before, behind;

    read_time(text, terms, change);
    before = *text;
    if (!cut(&before, '=', &behind) || !slice_to_double(behind, &change->rating) ||
        !(fabs(change->rating) < 1e9))
        return false;
    *text = before;
    return true;
}

/* What there is instead: the values under the name, or the names. At most ten. */
static bool no_attribute(const struct attributes *known, struct slice name, struct slice given,
                         struct error *error)
{
    struct text list = { 0 };
    const int32_t tag = names_find(&known->names, name);
    const struct names *texts = tag >= 0 ? &known->values : &known->names;
    int n = 0;

    for (int32_t i = 0; i < texts->n && n < 10; i++) {
        const struct slice text = names_get(texts, i);
        if (tag >= 0 && known->value_name[i] != tag) continue;
        text_add_string(&list, n++ ? ", " : "");
        text_add(&list, text.bytes, text.length < 30 ? text.length : 30);
    }
    error_set(error, ERROR_MISSING, "--attribute %.*s: no user has that; %s %.300s",
              (int)(given.length < 100 ? given.length : 100), given.bytes,
              tag >= 0 ? "there are" : "known attributes:", list.bytes ? list.bytes : "none");
    text_fini(&list);
    return false;
}

static bool read_attribute(struct change *change, struct slice text,
                           const struct change_terms *terms, struct error *error)
{
    const struct attributes *known = &terms->dataset->user_attributes;
    const char *equals = memchr(text.bytes, '=', text.length);

    if (!equals)
        return error_set(error, ERROR_USAGE, "--attribute is NAME=VALUE, such as city=Lyon");
    const struct slice name = { text.bytes, (size_t)(equals - text.bytes) },
                       value = { equals + 1, text.length - name.length - 1 };
    if (attributes_find(known, name, value) < 0) return no_attribute(known, name, text, error);
    change->what = copy_of(name);
    change->value = copy_of(value);
    return (change->what && change->value) || error_memory(error, "a what-if");
}

bool change_read(struct change *change, enum change_kind kind, struct slice text,
                 const struct change_terms *terms, struct error *error)
{
    *change = (struct change){ .kind = kind, .quantity = 1, .time = MOMENT_NONE };
    if (kind == CHANGE_ATTRIBUTE) {
        if (read_attribute(change, text, terms, error)) return true;
        change_fini(change);
        return false;
    }
    if (kind == CHANGE_RATE && !read_rating(change, &text, terms))
        return error_set(error, ERROR_USAGE, "--rate is ITEM=VALUE, such as i7=4");
    if (kind == CHANGE_WORDS) {
        change->what = copy_of(text);
        return change->what || error_memory(error, "a what-if");
    }
    const int32_t item = read_item(change, text, terms);
    if (item < 0) return no_item(terms, text, error);
    change->what = copy_of(names_get(&terms->dataset->item_ids, item));
    return change->what || error_memory(error, "a what-if");
}

/* ---------------------------------------------------------------------------------------- JSON */

/* "," and "name": in front of what follows. */
static void name_part(struct text *json, const char *name)
{
    text_format(json, ",\"%s\":", name);
}

static void write_one(const struct change *change, struct text *json)
{
    char moment[MOMENT_TEXT_SIZE];

    text_format(json, "{\"%s\":", change_name(change->kind));
    text_add_json(json, change->what, strlen(change->what));
    if (change->kind == CHANGE_ATTRIBUTE) {
        name_part(json, "value");
        text_add_json(json, change->value, strlen(change->value));
    } else if (change->kind == CHANGE_RATE) {
        name_part(json, "value");
        change_number(change->rating, json);
    }
    if (change->quantity < 1 || change->quantity > 1) {
        name_part(json, "quantity");
        change_number(change->quantity, json);
    }
    if (change->time != MOMENT_NONE) {
        name_part(json, "time");
        text_format(json, "\"%s\"", moment_text(change->time, moment));
    }
    text_add_string(json, "}");
}

bool changes_write(const struct changes *changes, struct text *json, struct error *error)
{
    text_add_string(json, "{\"changes\":[");
    for (int32_t i = 0; i < changes->n; i++) {
        const struct change *change = &changes->list[i];
        if (!text_is_utf8(change->what, strlen(change->what)) ||
            (change->value && !text_is_utf8(change->value, strlen(change->value))))
            return error_set(error, ERROR_INPUT, "'%.100s' is not UTF-8: a scenario cannot keep it",
                             change->what);
        if (i > 0) text_add_string(json, ",");
        write_one(change, json);
    }
    text_add_string(json, "]}");
    return !json->failed || error_memory(error, "a scenario");
}

static bool damaged(struct error *error)
{
    return error_set(error, ERROR_DATABASE,
                     "a scenario cannot be read: delete it and save it anew");
}

static bool parse_one(struct changes *changes, const json_t *object, struct error *error)
{
    struct change change = { .kind = CHANGE_KINDS, .quantity = 1, .time = MOMENT_NONE };
    const json_t *what = NULL, *value = json_object_get(object, "value"),
                 *quantity = json_object_get(object, "quantity"),
                 *time = json_object_get(object, "time");

    for (int k = 0; k < CHANGE_KINDS && !what; k++)
        if ((what = json_object_get(object, change_name((enum change_kind)k))))
            change.kind = (enum change_kind)k;
    if (!json_is_string(what) || (change.kind == CHANGE_ATTRIBUTE && !json_is_string(value)) ||
        (change.kind == CHANGE_RATE && !json_is_number(value)) ||
        (quantity && !json_is_number(quantity)) ||
        (time && !(json_is_string(time) &&
                   moment_parse(slice_of(json_string_value(time)), MOMENT_ISO, &change.time))))
        return damaged(error);
    if (change.kind == CHANGE_RATE) change.rating = json_number_value(value);
    if (quantity) change.quantity = json_number_value(quantity);
    change.what = copy_of(slice_of(json_string_value(what)));
    if (change.kind == CHANGE_ATTRIBUTE) change.value = copy_of(slice_of(json_string_value(value)));
    if (change.what && (change.kind != CHANGE_ATTRIBUTE || change.value))
        return changes_add(changes, &change, error);
    change_fini(&change);
    return error_memory(error, "a scenario");
}

bool changes_parse(struct changes *changes, struct slice json, struct error *error)
{
    json_t *whole = json_loadb(json.bytes, json.length, 0, NULL);
    const json_t *list = json_object_get(whole, "changes");
    bool good = json_is_array(list);
    size_t i;
    json_t *object;

    *changes = (struct changes){ 0 };
    if (!good) damaged(error);
    if (good) json_array_foreach(list, i, object) good = good && parse_one(changes, object, error);
    json_decref(whole);
    if (!good) changes_fini(changes);
    return good;
}

bool changes_load(struct changes *changes, struct reader *reader, struct slice name,
                  struct error *error)
{
    struct text body = { 0 };
    struct changes loaded = { 0 };
    const bool good = scenario_find(reader, name, &body, error) &&
                      changes_parse(&loaded, (struct slice){ body.bytes, body.length }, error) &&
                      changes_append(changes, &loaded, error);
    text_fini(&body);
    changes_fini(&loaded);
    return good;
}

/* changes.c - the list of changes of a what-if, and the indexes that a shopper is made from. */
#include "changes.h"

#include "labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *change_name(enum change_kind kind)
{
    static const char *const names[CHANGE_KINDS] = {
        [CHANGE_WITH] = "with", [CHANGE_WITHOUT] = "without",     [CHANGE_RETURN] = "return",
        [CHANGE_RATE] = "rate", [CHANGE_ATTRIBUTE] = "attribute", [CHANGE_WORDS] = "words",
    };
    return names[kind];
}

void change_fini(struct change *change)
{
    free(change->what);
    free(change->value);
    change->what = change->value = NULL;
}

/* -------------------------------------------------------------------------------------- the list
 */

void changes_fini(struct changes *changes)
{
    for (int32_t i = 0; i < changes->n; i++)
        change_fini(&changes->list[i]);
    free(changes->list);
    *changes = (struct changes){ 0 };
}

void changes_remove(struct changes *changes, int32_t index)
{
    change_fini(&changes->list[index]);
    changes->n--;
    memmove(&changes->list[index], &changes->list[index + 1],
            (size_t)(changes->n - index) * sizeof *changes->list);
}

static bool about_item(const struct change *change)
{
    return change->kind != CHANGE_ATTRIBUTE && change->kind != CHANGE_WORDS;
}

/* Whether what was said cannot stand beside what is said now. */
static bool replaced(const struct change *old, const struct change *now)
{
    if (now->kind == CHANGE_WORDS) return old->kind == CHANGE_WORDS;
    if (about_item(old) != about_item(now) || strcmp(old->what, now->what) != 0) return false;
    if (now->kind == CHANGE_ATTRIBUTE)
        return old->kind == CHANGE_ATTRIBUTE && strcmp(old->value, now->value) == 0;
    return now->kind == CHANGE_WITHOUT || old->kind == CHANGE_WITHOUT ||
           (now->kind == CHANGE_RATE && old->kind == CHANGE_RATE);
}

bool changes_add(struct changes *changes, struct change *change, struct error *error)
{
    for (int32_t i = changes->n; i-- > 0;)
        if (replaced(&changes->list[i], change)) changes_remove(changes, i);
    if (changes->n == changes->capacity) {
        const int32_t capacity = changes->capacity ? changes->capacity * 2 : 8;
        void *list = realloc(changes->list, (size_t)capacity * sizeof *changes->list);
        if (!list) {
            change_fini(change);
            return error_memory(error, "a what-if");
        }
        changes->list = list;
        changes->capacity = capacity;
    }
    changes->list[changes->n++] = *change;
    change->what = change->value = NULL;
    return true;
}

bool changes_append(struct changes *changes, const struct changes *more, struct error *error)
{
    for (int32_t i = 0; i < more->n; i++) {
        struct change change = more->list[i];
        change.what = strdup(change.what);
        change.value = change.value ? strdup(change.value) : NULL;
        if (!change.what || (more->list[i].value && !change.value)) {
            change_fini(&change);
            return error_memory(error, "a what-if");
        }
        if (!changes_add(changes, &change, error)) return false;
    }
    return true;
}

bool changes_copy(struct changes *to, const struct changes *from, struct error *error)
{
    *to = (struct changes){ 0 };
    if (changes_append(to, from, error)) return true;
    changes_fini(to);
    return false;
}

int32_t changes_of_item(const struct changes *changes, struct slice id)
{
    for (int32_t i = 0; i < changes->n; i++)
        if (about_item(&changes->list[i]) && slice_equal(id, changes->list[i].what)) return i;
    return -1;
}

/* --------------------------------------------------------------------------------------- telling
 */

void change_number(double value, struct text *out)
{
    text_add_decimal(out, value, 6, false);
    while (!out->failed && out->bytes[out->length - 1] == '0')
        out->bytes[--out->length] = 0;
    if (!out->failed && out->bytes[out->length - 1] == '.') out->bytes[--out->length] = 0;
}

static void describe_item(const struct change *change, const struct dataset *dataset,
                          const struct pseudonymiser *pseudonymiser, struct text *out)
{
    const int32_t item = names_find(&dataset->item_ids, slice_of(change->what));
    struct text title = { 0 };
    char date[MOMENT_TEXT_SIZE];

    if (change->kind == CHANGE_RATE) {
        change_number(change->rating, out);
        text_add_string(out, " to ");
    }
    if (change->quantity > 1 || change->quantity < 1) {
        change_number(change->quantity, out);
        text_add_string(out, " × ");
    }
    if (item >= 0)
        label_item_as(pseudonymiser, dataset, item, &title);
    else
        pseudonym_item_id(pseudonymiser, slice_of(change->what), &title);
    text_add_visible(out, title.bytes ? title.bytes : "", title.length);
    text_fini(&title);
    if (change->time != MOMENT_NONE) text_format(out, " on %s", moment_date(change->time, date));
}

void change_describe(const struct change *change, const struct dataset *dataset,
                     const struct pseudonymiser *pseudonymiser, struct text *out)
{
    static const char *const verbs[CHANGE_KINDS] = {
        [CHANGE_WITH] = "with ", [CHANGE_WITHOUT] = "without ", [CHANGE_RETURN] = "returned ",
        [CHANGE_RATE] = "gave ", [CHANGE_ATTRIBUTE] = "",       [CHANGE_WORDS] = "asks for ",
    };
    text_add_string(out, verbs[change->kind]);
    if (about_item(change))
        describe_item(change, dataset, pseudonymiser, out);
    else
        text_add_visible(out, change->what, strlen(change->what));
    if (change->kind != CHANGE_ATTRIBUTE) return;
    text_add_string(out, "=");
    text_add_visible(out, change->value, strlen(change->value));
}

void changes_describe(const struct changes *changes, const struct dataset *dataset,
                      const struct pseudonymiser *pseudonymiser, struct text *out)
{
    for (int32_t i = 0; i < changes->n; i++) {
        if (i > 0) text_add_string(out, " · ");
        change_describe(&changes->list[i], dataset, pseudonymiser, out);
    }
}

static double strength_of(const struct shopper *shopper, int32_t item)
{
    const int32_t place = shopper_find(shopper, item);
    return place >= 0 ? (double)shopper->strength[place] : 0;
}

bool change_effect(const struct change *change, const struct shopper *before,
                   const struct shopper *after, double *counted, double *counts)
{
    if (!about_item(change)) return false;
    const int32_t item = names_find(&after->dataset->item_ids, slice_of(change->what));
    *counted = strength_of(before, item);
    *counts = strength_of(after, item);
    return true;
}

bool change_is_idle(const struct changes *changes, int32_t index, const struct shopper *before)
{
    const struct change *change = &changes->list[index];
    const int32_t item = names_find(&before->dataset->item_ids, slice_of(change->what));
    if (change->kind != CHANGE_RETURN && change->kind != CHANGE_WITHOUT) return false;
    for (int32_t e = 0; e < before->n_events; e++)
        if (before->events[e].item == item) return false;
    for (int32_t c = 0; c < changes->n; c++) {
        const struct change *other = &changes->list[c];
        if ((other->kind == CHANGE_WITH || other->kind == CHANGE_RATE) &&
            strcmp(other->what, change->what) == 0)
            return false;
    }
    return true;
}

void changes_describe_effects(const struct changes *changes, const struct shopper *before,
                              const struct shopper *after,
                              const struct pseudonymiser *pseudonymiser, struct text *out)
{
    double counted, counts;
    for (int32_t i = 0; i < changes->n; i++) {
        if (i > 0) text_add_string(out, " · ");
        change_describe(&changes->list[i], after->dataset, pseudonymiser, out);
        if (!change_effect(&changes->list[i], before, after, &counted, &counts)) continue;
        text_add_string(out, " (counts ");
        change_number(counted, out);
        text_add_string(out, " → ");
        change_number(counts, out);
        text_add_string(out, ")");
    }
}

/* -------------------------------------------------------------------------------------- applying
 */

void what_if_fini(struct what_if *what_if)
{
    free(what_if->without);
    free(what_if->values);
    free(what_if->events);
    *what_if = (struct what_if){ 0 };
}

static bool apply_item(const struct change *change, const struct dataset *dataset,
                       struct what_if *what_if, struct error *error)
{
    static const enum event_type types[CHANGE_KINDS] = {
        [CHANGE_WITH] = EVENT_PURCHASE, [CHANGE_RETURN] = EVENT_RETURN, [CHANGE_RATE] = EVENT_RATING
    };
    struct shopper_changes *changes = &what_if->changes;
    const int32_t item = names_find(&dataset->item_ids, slice_of(change->what));

    if (item < 0)
        return error_set(error, ERROR_MISSING,
                         "there is no item '%.200s': 'aisle -d FILE items' lists them",
                         change->what);
    if (change->kind == CHANGE_WITHOUT)
        what_if->without[changes->n_without++] = item;
    else
        what_if->events[changes->n_what_if++] = (struct event){
            .time = change->time,
            .item = item,
            .type = types[change->kind],
            .quantity = (float)change->quantity,
            .value = change->kind == CHANGE_RATE ? (float)change->rating : (float)NAN,
        };
    return true;
}

static bool apply(const struct change *change, const struct dataset *dataset,
                  struct what_if *what_if, struct error *error)
{
    if (about_item(change)) return apply_item(change, dataset, what_if, error);
    if (change->kind == CHANGE_WORDS) {
        what_if->changes.words = change->what;
        return true;
    }
    const int32_t value =
        attributes_find(&dataset->user_attributes, slice_of(change->what), slice_of(change->value));
    if (value < 0)
        return error_set(error, ERROR_MISSING, "no user has %.100s=%.100s any more", change->what,
                         change->value);
    what_if->values[what_if->changes.n_values++] = value;
    return true;
}

bool changes_apply(const struct changes *from, const struct dataset *dataset,
                   struct what_if *what_if, struct error *error)
{
    const size_t capacity = (size_t)from->n + 1;

    *what_if = (struct what_if){ .without = malloc(capacity * sizeof *what_if->without),
                                 .values = malloc(capacity * sizeof *what_if->values),
                                 .events = malloc(capacity * sizeof *what_if->events) };
    if (!what_if->without || !what_if->values || !what_if->events) {
        what_if_fini(what_if);
        return error_memory(error, "a what-if");
    }
    for (int32_t i = 0; i < from->n; i++) {
        if (apply(&from->list[i], dataset, what_if, error)) continue;
        what_if_fini(what_if);
        return false;
    }
    what_if->changes.without = what_if->without;
    what_if->changes.values = what_if->values;
    what_if->changes.what_if = what_if->events;
    return true;
}

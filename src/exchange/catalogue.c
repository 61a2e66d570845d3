/* catalogue.c - see catalogue.h. Two hash tables; entries keep their own copies of texts. */
#include "exchange/catalogue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* uthash ends the process when memory runs out unless told otherwise; then the entry's own table
 * pointer stays NULL and the caller reports it. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { TITLES_MAX = 64 }; /* different titles of one item that are counted */

struct title {
    struct title *next; /* in order of first appearance */
    int64_t rows;
    size_t length;
    char bytes[];
};

struct item {
    UT_hash_handle hh;
    struct title *titles, *sent;
    struct item *next_changed;
    bool changed;
    size_t length;
    char id[];
};

struct fact {
    UT_hash_handle hh;
    size_t length, value_length;
    char *value;
    char id[];
};

struct catalogue {
    struct item *items;
    struct fact *facts;
    struct item *changed, **changed_end; /* since the last flush, in order */
};

struct catalogue *catalogue_new(struct error *error)
{
    struct catalogue *catalogue = calloc(1, sizeof *catalogue);

    if (!catalogue) {
        error_memory(error, "the catalogue");
        return NULL;
    }
    catalogue->changed_end = &catalogue->changed;
    return catalogue;
}

/* The tables are cleared before their entries go, which needs no look at the entries. */
void catalogue_free(struct catalogue *catalogue)
{
    struct item *item, *next_item;
    struct fact *fact, *next_fact;

    if (!catalogue) return;
    item = catalogue->items;
    fact = catalogue->facts;
    HASH_CLEAR(hh, catalogue->items);
    HASH_CLEAR(hh, catalogue->facts);
    for (; item; item = next_item) {
        next_item = item->hh.next;
        for (struct title *title = item->titles, *next; title; title = next) {
            next = title->next;
            free(title);
        }
        free(item);
    }
    for (; fact; fact = next_fact) {
        next_fact = fact->hh.next;
        free(fact->value);
        free(fact);
    }
    free(catalogue);
}

static struct item *item_of(struct catalogue *catalogue, struct slice id, bool *first)
{
    struct item *item;

    *first = false;
    HASH_FIND(hh, catalogue->items, id.bytes, id.length, item);
    if (item) return item;
    if (id.length > SIZE_MAX - sizeof *item || !(item = calloc(1, sizeof *item + id.length)))
        return NULL;
    item->length = id.length;
    memcpy(item->id, id.bytes, id.length);
    HASH_ADD_KEYPTR(hh, catalogue->items, item->id, item->length, item);
    if (!item->hh.tbl) {
        free(item);
        return NULL;
    }
    *first = true;
    return item;
}

/* The title that stands most often; of equals, the first. */
static struct title *best_title(const struct item *item)
{
    struct title *best = NULL;

    for (struct title *title = item->titles; title; title = title->next)
        if (!best || title->rows > best->rows) best = title;
    return best;
}

static bool count_title(struct item *item, struct slice text)
{
    struct title **place = &item->titles;
    int32_t n = 0;

    for (; *place; place = &(*place)->next, n++)
        if ((*place)->length == text.length &&
            memcmp((*place)->bytes, text.bytes, text.length) == 0) {
            (*place)->rows++;
            return true;
        }
    if (n == TITLES_MAX) return true;
    *place = calloc(1, sizeof **place + text.length);
    if (!*place) return false;
    (*place)->rows = 1;
    (*place)->length = text.length;
    memcpy((*place)->bytes, text.bytes, text.length);
    return true;
}

bool catalogue_title(struct catalogue *catalogue, struct slice id, struct slice title, bool *first,
                     struct error *error)
{
    struct item *item = item_of(catalogue, id, first);

    if (!item) return error_memory(error, "the titles of the items");
    if (title.length == 0) return true;
    if (!count_title(item, title)) return error_memory(error, "the titles of the items");
    if (!item->changed) {
        item->changed = true;
        item->next_changed = NULL;
        *catalogue->changed_end = item;
        catalogue->changed_end = &item->next_changed;
    }
    return true;
}

bool catalogue_fact(struct catalogue *catalogue, struct slice id, struct slice value, bool *changed,
                    struct error *error)
{
    struct fact *fact;
    char *copy;

    *changed = false;
    HASH_FIND(hh, catalogue->facts, id.bytes, id.length, fact);
    if (fact && fact->value_length == value.length &&
        memcmp(fact->value, value.bytes, value.length) == 0)
        return true;
    copy = malloc(value.length + 1);
    if (!copy) return error_memory(error, "the facts of the users");
    if (value.length > 0) memcpy(copy, value.bytes, value.length);
    if (!fact) {
        fact = calloc(1, sizeof *fact + id.length);
        if (fact) {
            fact->length = id.length;
            memcpy(fact->id, id.bytes, id.length);
            HASH_ADD_KEYPTR(hh, catalogue->facts, fact->id, fact->length, fact);
        }
        if (!fact || !fact->hh.tbl) {
            free(fact);
            free(copy);
            return error_memory(error, "the facts of the users");
        }
    }
    free(fact->value);
    fact->value = copy;
    fact->value_length = value.length;
    *changed = true;
    return true;
}

bool catalogue_flush(struct catalogue *catalogue, record_sink *sink, void *context,
                     struct error *error)
{
    for (struct item *item = catalogue->changed; item; item = item->next_changed) {
        struct title *best = best_title(item);
        struct record record = { .kind = RECORD_ITEM, .item = { item->id, item->length } };

        item->changed = false;
        if (!best || best == item->sent) continue;
        record.name = (struct slice){ best->bytes, best->length };
        if (!sink(context, &record, error)) return false;
        item->sent = best;
    }
    catalogue->changed = NULL;
    catalogue->changed_end = &catalogue->changed;
    return true;
}

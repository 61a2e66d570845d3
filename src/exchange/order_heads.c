/* order_heads.c - see order_heads.h. */
#include "exchange/order_heads.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct order_entry {
    UT_hash_handle hh;
    int64_t time;
    const char *unsold;
    size_t length, user_length;
    char bytes[]; /* the order, then the user */
};

struct order_heads {
    struct order_entry *entries;
};

struct order_heads *order_heads_new(struct error *error)
{
    struct order_heads *heads = calloc(1, sizeof *heads);

    if (!heads) error_memory(error, "the orders");
    return heads;
}

void order_heads_free(struct order_heads *heads)
{
    struct order_entry *entry, *next;

    if (!heads) return;
    entry = heads->entries;
    HASH_CLEAR(hh, heads->entries);
    for (; entry; entry = next) {
        next = entry->hh.next;
        free(entry);
    }
    free(heads);
}

static struct order_entry *find_entry(const struct order_heads *heads, struct slice order)
{
    struct order_entry *entry;

    HASH_FIND(hh, heads->entries, order.bytes, order.length, entry);
    return entry;
}

bool order_heads_add(struct order_heads *heads, struct slice order, const struct order_head *head,
                     struct error *error)
{
    struct order_entry *entry;

    if (find_entry(heads, order)) return true;
    entry = calloc(1, sizeof *entry + order.length + head->user.length);
    if (!entry) return error_memory(error, "the orders");
    entry->length = order.length;
    entry->user_length = head->user.length;
    entry->time = head->time;
    entry->unsold = head->unsold;
    memcpy(entry->bytes, order.bytes, order.length);
    memcpy(entry->bytes + order.length, head->user.bytes, head->user.length);
    HASH_ADD_KEYPTR(hh, heads->entries, entry->bytes, entry->length, entry);
    if (entry->hh.tbl) return true;
    free(entry);
    return error_memory(error, "the orders");
}

bool order_heads_find(const struct order_heads *heads, struct slice order, struct order_head *head)
{
    const struct order_entry *entry = find_entry(heads, order);

    if (!entry) return false;
    *head = (struct order_head){ { entry->bytes + entry->length, entry->user_length },
                                 entry->time,
                                 entry->unsold };
    return true;
}

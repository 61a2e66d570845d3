/* report_shop.c - listens to a generator, believing nothing. */
#include "told_shop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static void sum(struct report_shop *shop, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < length; i++)
        shop->checksum = (shop->checksum ^ byte[i]) * 0x100000001B3;
}

static void sum_text(struct report_shop *shop, struct slice text)
{
    sum(shop, text.bytes, text.length);
    sum(shop, "|", 1);
    if (!text_is_utf8(text.bytes, text.length)) shop->unreadable++;
}

static void sum_number(struct report_shop *shop, double number)
{
    char text[40];

    snprintf(text, sizeof text, "%.6f|", isnan(number) ? -1.0 : number);
    sum(shop, text, strlen(text));
}

static void keep(char *into, size_t size, struct slice text)
{
    snprintf(into, size, "%.*s", (int)text.length, text.bytes);
}

static int64_t number_of(struct report_shop *shop, struct slice text)
{
    int64_t number = 0;

    if (!slice_to_int64(text, &number)) shop->unreadable++;
    return number;
}

static int64_t date_of(struct report_shop *shop, struct slice text)
{
    int64_t moment = 0;

    if (!moment_parse(text, MOMENT_ISO, &moment)) shop->unreadable++;
    return moment;
}

static void hear_item(struct report_shop *shop, const struct record *record)
{
    struct report_item *item = &shop->items[shop->n_items++];

    *item = (struct report_item){ .price = NAN, .stock = -1 };
    if (number_of(shop, record->item) != shop->n_items || !record->name.length)
        shop->ordered = false;
    keep(item->title, sizeof item->title, record->name);
    for (int32_t i = 0; i < record->n_attributes; i++) {
        struct slice name = record->attributes[i].name, value = record->attributes[i].value;
        if (slice_equal(name, "kind")) keep(item->kind, sizeof item->kind, value);
        if (slice_equal(name, "category")) keep(item->category, sizeof item->category, value);
        if (slice_equal(name, "brand")) keep(item->maker, sizeof item->maker, value);
        if (slice_equal(name, "description")) item->described = value.length > 0;
        if (slice_equal(name, "active")) item->active = slice_equal(value, "yes");
        if (slice_equal(name, "added")) item->added = date_of(shop, value);
        if (slice_equal(name, "stock")) item->stock = (int32_t)number_of(shop, value);
        if (slice_equal(name, "price") && !slice_to_double(value, &item->price)) shop->unreadable++;
    }
}

static void hear_user(struct report_shop *shop, const struct record *record)
{
    struct report_user *user = &shop->users[shop->n_users++];

    *user = (struct report_user){ .age = -1 };
    if (number_of(shop, record->user) != shop->n_users || !record->name.length)
        shop->ordered = false;
    keep(user->name, sizeof user->name, record->name);
    for (int32_t i = 0; i < record->n_attributes; i++) {
        struct slice name = record->attributes[i].name, value = record->attributes[i].value;
        if (slice_equal(name, "age")) user->age = (int32_t)number_of(shop, value);
        if (slice_equal(name, "region")) keep(user->region, sizeof user->region, value);
        if (slice_equal(name, "segment")) keep(user->segment, sizeof user->segment, value);
        if (slice_equal(name, "gender")) keep(user->gender, sizeof user->gender, value);
        if (slice_equal(name, "joined")) user->joined = date_of(shop, value);
    }
}

static bool hear(void *context, const struct record *record, struct error *error)
{
    struct report_shop *shop = context;
    static const int place[] = {
        [RECORD_ITEM] = 0, [RECORD_USER] = 1, [RECORD_FRIENDSHIP] = 2, [RECORD_EVENT] = 3
    };

    if (place[record->kind] < place[shop->last]) shop->ordered = false;
    shop->last = record->kind;
    sum_text(shop, record->user);
    sum_text(shop, record->item);
    sum_text(shop, record->other);
    sum_text(shop, record->name);
    for (int32_t i = 0; i < record->n_attributes; i++) {
        sum_text(shop, record->attributes[i].name);
        sum_text(shop, record->attributes[i].value);
    }
    if (record->kind == RECORD_ITEM) hear_item(shop, record);
    if (record->kind == RECORD_USER) hear_user(shop, record);
    if (record->kind == RECORD_FRIENDSHIP) {
        int32_t *pair = shop->friends[shop->n_friends++];
        pair[0] = (int32_t)number_of(shop, record->user) - 1;
        pair[1] = (int32_t)number_of(shop, record->other) - 1;
    }
    if (record->kind != RECORD_EVENT) return true;
    if (shop->n_events == shop->max_events)
        return error_set(error, ERROR_INPUT, "more events than twice what was asked for");
    sum_number(shop, (double)record->time);
    sum_number(shop, record->type);
    sum_number(shop, record->quantity);
    sum_number(shop, record->value);
    shop->events[shop->n_events++] =
        (struct report_event){ .time = record->time,
                               .user = (int32_t)number_of(shop, record->user) - 1,
                               .item = (int32_t)number_of(shop, record->item) - 1,
                               .type = record->type,
                               .quantity = record->quantity,
                               .value = record->value };
    return true;
}

bool report_shop_make(struct report_shop *shop, const struct shop_options *options,
                      struct error *error)
{
    *shop = (struct report_shop){ .checksum = 0xCBF29CE484222325,
                                  .max_events = options->events * 2 + 1000,
                                  .last = RECORD_ITEM,
                                  .ordered = true };
    shop->items = calloc((size_t)options->items, sizeof *shop->items);
    shop->users = calloc((size_t)options->users, sizeof *shop->users);
    shop->events = calloc((size_t)shop->max_events, sizeof *shop->events);
    shop->friends = calloc((size_t)options->users * 20, sizeof *shop->friends);
    if (!shop->items || !shop->users || !shop->events || !shop->friends)
        return error_memory(error, "the told shop");
    return shop_generate(options, hear, shop, NULL, error);
}

void report_shop_fini(struct report_shop *shop)
{
    free(shop->items);
    free(shop->users);
    free(shop->events);
    free(shop->friends);
}

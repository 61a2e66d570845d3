/* labels.c - receipts in words. */
#include "labels.h"

struct slice label_item(const struct dataset *dataset, int32_t item)
{
    if (item < 0 || item >= dataset->n_items) return slice_of("?");
    struct slice title = names_get(&dataset->item_titles, item);
    return title.length ? title : names_get(&dataset->item_ids, item);
}

struct slice label_user(const struct dataset *dataset, int32_t user)
{
    return user >= 0 && user < dataset->n_users ? names_get(&dataset->user_ids, user)
                                                : slice_of("?");
}

void label_receipt(const struct dataset *dataset, const struct receipt *node, struct text *out)
{
    struct slice item = label_item(dataset, node->item), user = label_user(dataset, node->user);
    char date[MOMENT_TEXT_SIZE];
    switch (node->kind) {
    case RECEIPT_SCORE:
        text_add(out, item.bytes, item.length);
        break;
    case RECEIPT_PURCHASE:
    case RECEIPT_SHARED: {
        text_add_string(out, node->value < 0                ? "speaks against: bought "
                             : node->kind == RECEIPT_SHARED ? "shared "
                                                            : "bought ");
        if (node->time != MOMENT_NONE) text_format(out, "%s ", moment_date(node->time, date));
        text_add(out, item.bytes, item.length);
        break;
    }
    case RECEIPT_NEIGHBOUR:
    case RECEIPT_BUYER:
    case RECEIPT_FRIEND:
        text_add_string(out, node->kind == RECEIPT_BUYER    ? "buyer "
                             : node->kind == RECEIPT_FRIEND ? "friend "
                                                            : "like user ");
        text_add(out, user.bytes, user.length);
        break;
    case RECEIPT_PERIOD:
        text_format(out, "%d events from %s", node->count, moment_date(node->time, date));
        break;
    case RECEIPT_EVENT:
        text_add_string(out, "user ");
        text_add(out, user.bytes, user.length);
        text_format(out, " %s", moment_date(node->time, date));
        break;
    case RECEIPT_REST:
        text_format(out, "%d smaller parts", node->count);
        break;
    case RECEIPT_BASE:
        text_add_string(out, node->words ? node->words : "without any history");
        break;
    case RECEIPT_TOGETHER:
        text_add_string(out, "together");
        break;
    case RECEIPT_FEATURE:
    case RECEIPT_WORD:
    case RECEIPT_MODEL:
    case RECEIPT_RULE:
        text_add_string(out, node->words ? node->words : "?");
        break;
    case RECEIPT_SEGMENT:
        text_format(out, "%s, %d people", node->words ? node->words : "?", node->count);
        break;
    }
    if (node->factor != 0) text_format(out, " · %.3f", node->factor);
    if (node->factor != 0 && node->strength != 0) text_format(out, " × %g", node->strength);
}

/* labels.c - receipts in words. */
#include "labels.h"

#include <stdio.h>
#include <string.h>

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

void label_item_as(const struct pseudonymiser *pseudonymiser, const struct dataset *dataset,
                   int32_t item, struct text *out)
{
    const struct slice label = label_item(dataset, item);
    if (item >= 0 && item < dataset->n_items)
        pseudonym_item_name(pseudonymiser, names_get(&dataset->item_ids, item), label, out);
    else
        text_add(out, label.bytes, label.length);
}

/* Who stands behind a part: with its words and its mask. */
static void add_person(const struct label_style *style, const char *before, struct slice user,
                       struct text *out)
{
    text_add_string(out, before);
    pseudonym_id(style->pseudonymiser, user, out);
}

/* A word that two items have in common may be the name of whom both are about. */
static void add_feature(const struct pseudonymiser *pseudonymiser, const char *words,
                        struct text *out)
{
    static const char word[] = "word ";
    const bool hides = pseudonymiser && pseudonymiser->on && pseudonymiser->items &&
                       strncmp(words, word, strlen(word)) == 0;
    text_add_string(out, hides ? word : words);
    if (hides) text_add_string(out, pseudonym_redact);
}

void label_receipt(const struct label_style *style, const struct dataset *dataset,
                   const struct receipt *node, struct text *out)
{
    const struct label_style plain = { words_of(NULL), NULL };
    if (!style) style = &plain;
    const struct slice user = label_user(dataset, node->user);
    char date[MOMENT_TEXT_SIZE], who[32];
    switch (node->kind) {
    case RECEIPT_SCORE:
        label_item_as(style->pseudonymiser, dataset, node->item, out);
        break;
    case RECEIPT_PURCHASE:
    case RECEIPT_SHARED: {
        if (node->value < 0) text_add_string(out, "speaks against: ");
        text_format(out, "%s ",
                    node->value >= 0 && node->kind == RECEIPT_SHARED ? "shared"
                                                                     : style->words->bought);
        if (node->time != MOMENT_NONE) text_format(out, "%s ", moment_date(node->time, date));
        label_item_as(style->pseudonymiser, dataset, node->item, out);
        break;
    }
    case RECEIPT_NEIGHBOUR:
        add_person(style, "like user ", user, out);
        break;
    case RECEIPT_BUYER:
        snprintf(who, sizeof who, "%s ", style->words->buyer);
        add_person(style, who, user, out);
        break;
    case RECEIPT_FRIEND:
        add_person(style, "friend ", user, out);
        break;
    case RECEIPT_PERIOD:
        text_format(out, "%s from %s", text_count(node->count, "event").text,
                    moment_date(node->time, date));
        break;
    case RECEIPT_EVENT:
        add_person(style, "user ", user, out);
        text_format(out, " %s", moment_date(node->time, date));
        break;
    case RECEIPT_REST:
        if (node->words)
            text_format(out, "%s that %s", text_count(node->count, "part").text, node->words);
        else
            text_format(out, "%s", text_count(node->count, "smaller part").text);
        break;
    case RECEIPT_BASE:
        text_add_string(out, node->words ? node->words : "without any history");
        break;
    case RECEIPT_TOGETHER:
        text_add_string(out, "together");
        break;
    case RECEIPT_FEATURE:
        add_feature(style->pseudonymiser, node->words ? node->words : "?", out);
        break;
    case RECEIPT_WORD:
    case RECEIPT_MODEL:
        text_add_string(out, node->words ? node->words : "?");
        break;
    case RECEIPT_RULE:
        pseudonym_rule(style->pseudonymiser, slice_of(node->words ? node->words : "?"), out);
        break;
    case RECEIPT_SEGMENT:
        text_format(out, "%s, %d people", node->words ? node->words : "?", node->count);
        break;
    }
    if (node->factor != 0) text_format(out, " · %.3f", node->factor);
    if (node->factor != 0 && node->strength != 0) /* a blend's parts have no round strengths */
        text_format(out, node->kind == RECEIPT_MODEL ? " × %.3f" : " × %g", node->strength);
    if (node->kind == RECEIPT_PURCHASE && node->count > 0)
        text_format(out, " · %d %s", node->count,
                    node->count == 1 ? style->words->buyer : style->words->buyers);
}

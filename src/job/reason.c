/* reason.c - receipts as one sentence. */
#include "reason.h"

#include <string.h>

struct reason {
    const struct label_style *style;
    const struct dataset *dataset;
    const char *kind;            /* of the model whose part it is */
    const struct receipt *whole; /* the parent of the parts */
    const struct receipt *best;  /* the strongest of them; NULL = none speaks for the item */
    int32_t item;
    struct text *out;
};

/* What is no reason of its own: the rest, what is given only together, what everybody gets. */
static bool is_reason(const struct receipt *node)
{
    return node->value > 0 && node->kind != RECEIPT_REST && node->kind != RECEIPT_TOGETHER &&
           node->kind != RECEIPT_BASE;
}

static const struct receipt *strongest(const struct receipt *node)
{
    const struct receipt *best = NULL;
    for (int32_t i = 0; i < node->n_children; i++)
        if (is_reason(&node->children[i]) && (!best || node->children[i].value > best->value))
            best = &node->children[i];
    return best;
}

/* Down through a blend to the parts of its strongest model. */
static void find_reason(struct reason *reason, const struct receipt *receipt)
{
    reason->whole = receipt;
    reason->best = strongest(receipt);
    while (reason->best &&
           (reason->best->kind == RECEIPT_MODEL || reason->best->kind == RECEIPT_SCORE)) {
        if (reason->best->kind == RECEIPT_MODEL && reason->best->words)
            reason->kind = reason->best->words;
        reason->whole = reason->best;
        reason->best = strongest(reason->best);
    }
}

static void add_title(const struct reason *reason, int32_t item)
{
    text_add_string(reason->out, "“");
    label_item_as(reason->style->pseudonymiser, reason->dataset, item, reason->out);
    text_add_string(reason->out, "”");
}

static void add_month(const struct reason *reason, int64_t time)
{
    static const char *const months[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    int year, month, day, weekday;
    if (time == MOMENT_NONE) return;
    moment_to_civil(time, &year, &month, &day, &weekday);
    text_format(reason->out, " in %s %d", months[month - 1], year);
}

/* "you bought “X” in October 2025"; both: and a second purchase that counts at least half as much.
 * Returns how many it told. */
static int describe_purchases(const struct reason *reason, bool both)
{
    const struct receipt *best = reason->best, *second = NULL;
    text_format(reason->out, "you %s ", reason->style->words->bought);
    add_title(reason, best->item);
    add_month(reason, best->time);
    for (int32_t i = 0; both && i < reason->whole->n_children; i++) {
        const struct receipt *node = &reason->whole->children[i];
        if (node != best && node->kind == best->kind && node->item != best->item &&
            node->value >= best->value / 2 && (!second || node->value > second->value))
            second = node;
    }
    if (!second) return 1;
    text_add_string(reason->out, " and ");
    add_title(reason, second->item);
    add_month(reason, second->time);
    return 2;
}

/* What two items have in common, where their words are not the names of people. */
static void describe_feature(const struct reason *reason)
{
    static const char word[] = "word ", piece[] = "piece ";
    const struct pseudonymiser *pseudonymiser = reason->style->pseudonymiser;
    const struct receipt *feature = strongest(reason->best);
    if (!feature || feature->kind != RECEIPT_FEATURE || !feature->words ||
        (pseudonymiser && pseudonymiser->on && pseudonymiser->items) ||
        strncmp(feature->words, piece, strlen(piece)) == 0)
        return;
    if (strncmp(feature->words, word, strlen(word)) == 0)
        text_format(reason->out, ": both say “%s”", feature->words + strlen(word));
    else
        text_format(reason->out, ": both have %s", feature->words);
}

/* The shopper's own purchases speak for the item: as items alike, as what comes after, as what the
 * same people take. */
static void describe_own(const struct reason *reason)
{
    const bool alike = strcmp(reason->kind, "content") == 0;
    const int n = describe_purchases(reason, !alike);
    text_add_string(reason->out, ", and ");
    if (alike) {
        add_title(reason, reason->item);
        text_add_string(reason->out, " is like it");
        describe_feature(reason);
    } else if (strcmp(reason->kind, "attention") == 0 || strcmp(reason->kind, "slist") == 0) {
        add_title(reason, reason->item);
        text_format(reason->out, " often comes after %s", n > 1 ? "them" : "it");
    } else {
        text_format(reason->out, "people who did often %s ", reason->style->words->bought);
        add_title(reason, reason->item);
    }
}

/* What the shopper shares with those who are like them: the item that counts most over all. */
static const struct receipt *max_shared(const struct receipt *whole)
{
    const struct receipt *best = NULL;
    double max = 0;
    for (int32_t i = 0; i < whole->n_children; i++)
        for (int32_t j = 0; j < whole->children[i].n_children; j++) {
            const struct receipt *shared = &whole->children[i].children[j];
            double sum = 0;
            if (shared->kind != RECEIPT_SHARED || shared->value <= 0) continue;
            for (int32_t k = 0; k < whole->n_children; k++)
                for (int32_t l = 0; l < whole->children[k].n_children; l++)
                    if (whole->children[k].children[l].kind == RECEIPT_SHARED &&
                        whole->children[k].children[l].item == shared->item)
                        sum += whole->children[k].children[l].value;
            if (sum > max) {
                max = sum;
                best = shared;
            }
        }
    return best;
}

static void describe_neighbours(const struct reason *reason)
{
    const struct receipt *shared = max_shared(reason->whole);
    if (shared) {
        text_format(reason->out, "you %s ", reason->style->words->bought);
        add_title(reason, shared->item);
        add_month(reason, shared->time);
        text_add_string(reason->out, ", and ");
    }
    text_format(reason->out, "people with %s like yours %s ", reason->style->words->purchases,
                reason->style->words->bought);
    add_title(reason, reason->item);
}

/* One friend's purchase is theirs to tell: only two or more are counted. */
static void describe_friends(const struct reason *reason)
{
    int32_t n = 0;
    for (int32_t i = 0; i < reason->whole->n_children; i++)
        n += reason->whole->children[i].kind == RECEIPT_FRIEND &&
             reason->whole->children[i].value > 0;
    if (n > 1)
        text_format(reason->out, "%d of your friends %s ", (int)n, reason->style->words->bought);
    else
        text_format(reason->out, "of what your friends %s: ", reason->style->words->bought);
    add_title(reason, reason->item);
}

static void describe_best(const struct reason *reason)
{
    const struct receipt *best = reason->best;
    switch (best ? best->kind : RECEIPT_BASE) {
    case RECEIPT_PURCHASE:
    case RECEIPT_SHARED:
        describe_own(reason);
        return;
    case RECEIPT_NEIGHBOUR:
        describe_neighbours(reason);
        return;
    case RECEIPT_FRIEND:
        describe_friends(reason);
        return;
    case RECEIPT_SEGMENT:
        text_format(reason->out, "people with %s often %s ", best->words ? best->words : "?",
                    reason->style->words->bought);
        break;
    case RECEIPT_WORD:
        text_format(reason->out, "you asked for %s, and that is what ",
                    best->words ? best->words : "it");
        add_title(reason, reason->item);
        text_add_string(reason->out, " is about");
        return;
    case RECEIPT_RULE:
        text_format(reason->out, "it is recommended to everybody just now: ");
        break;
    case RECEIPT_FEATURE:
    case RECEIPT_BUYER:
    case RECEIPT_PERIOD:
    case RECEIPT_EVENT:
    case RECEIPT_BASE:
    case RECEIPT_REST:
    case RECEIPT_TOGETHER:
    case RECEIPT_MODEL:
    case RECEIPT_SCORE:
        text_format(reason->out, "many people %s ", reason->style->words->bought);
        break;
    }
    add_title(reason, reason->item);
}

bool reason_clause(const struct label_style *style, const struct dataset *dataset, const char *kind,
                   const struct receipt *receipt, struct text *out)
{
    struct reason reason = {
        .style = style, .dataset = dataset, .kind = kind, .item = receipt->item, .out = out
    };
    if (receipt->value <= 0) return false;
    find_reason(&reason, receipt);
    describe_best(&reason);
    return true;
}

void reason_describe(const struct label_style *style, const struct dataset *dataset,
                     const char *kind, const struct receipt *receipt, struct text *out)
{
    const struct reason reason = { .style = style, .dataset = dataset, .out = out };
    struct text clause = { 0 };
    if (reason_clause(style, dataset, kind, receipt, &clause)) {
        text_add_string(out, "Recommended because ");
        text_add(out, clause.bytes ? clause.bytes : "", clause.length);
    } else {
        text_add_string(out, "Nothing that is known of you speaks for ");
        add_title(&reason, receipt->item);
    }
    out->failed = out->failed || clause.failed;
    text_add_string(out, ".");
    text_fini(&clause);
}

/* feed_receipt.c - the receipt of what a list goes by, and what a row rests on. */
#include "feed_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOUCHES = 32 };

static void describe(const struct feed *feed, const struct feed_touch *touch, struct text *out)
{
    const struct rule *rule = pipeline_rule(feed->pipeline, touch->rule);
    text_add_string(out, "rule");
    if (rule->id > 0) text_format(out, " %lld", (long long)rule->id);
    text_format(out, ": %s", rule_action_name(rule->action));
    if (touch->place > 0) text_format(out, " at place %d", touch->place);
    if (rule->action == RULE_BOOST || rule->action == RULE_BURY)
        text_format(out, " × %g", rule->amount);
    if (rule->reason) text_format(out, ", \"%s\"", rule->reason);
    if (rule->author) text_format(out, " (%s)", rule->author);
}

/* A root whose value stands for itself gets a child that carries it, so that rules can follow. */
static bool carry_value(struct receipt *root, const struct model *model, struct error *error)
{
    if (root->n_children > 0 || root->value == 0) return true;
    if (!receipt_make_children(root, 1, error)) return false;
    root->children[0] = (struct receipt){ .kind = RECEIPT_MODEL,
                                          .user = -1,
                                          .item = root->item,
                                          .time = MOMENT_NONE,
                                          .value = root->value };
    root->children[0].words = strdup(model_base(model)->kind->name);
    return root->children[0].words || error_memory(error, "a receipt");
}

/* Touches as children behind those of the model. */
static bool add_touches(const struct feed *feed, const struct feed_touch *touches, int32_t n,
                        struct receipt *root, struct error *error)
{
    const size_t had = (size_t)root->n_children;
    void *children = realloc(root->children, (had + (size_t)n) * sizeof *root->children);
    if (!children) return error_memory(error, "a receipt");
    root->children = children;
    for (int32_t t = 0; t < n; t++) {
        struct text words = { 0 };
        /* The model's own value is a double: the first line takes up its rounding. */
        const double before = root->value;
        const double after = touches[t].before == touches[t].after ? before : touches[t].after;
        describe(feed, &touches[t], &words);
        if (words.failed) {
            text_fini(&words);
            return error_memory(error, "a receipt");
        }
        root->children[root->n_children++] = (struct receipt){ .kind = RECEIPT_RULE,
                                                               .user = -1,
                                                               .item = -1,
                                                               .time = MOMENT_NONE,
                                                               .value = after - before,
                                                               .words = words.bytes };
        root->value += after - before;
    }
    return true;
}

static struct receipt *open_model(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error)
{
    const struct model_base *base = model_base(model);
    if (item < base->dataset->n_items) return base->kind->open(model, shopper, item, limits, error);
    return receipt_new(RECEIPT_SCORE, shopper->user, item, 0, error); /* newer than the model */
}

struct receipt *feed_explain(const struct feed *feed, const struct model *model,
                             const struct shopper *shopper, int32_t item,
                             const struct receipt_limits *limits, struct error *error)
{
    struct feed_touch touches[TOUCHES];
    struct receipt *root = open_model(model, shopper, item, limits, error);
    const int32_t n = feed_touches(feed, item, touches, TOUCHES);
    if (!root || n == 0) return root;
    if (carry_value(root, model, error) && add_touches(feed, touches, n, root, error)) return root;
    receipt_free(root);
    return NULL;
}

/* --------------------------------------------------------------------------- what a row rests on
 */

const char *basis_name(enum basis basis)
{
    static const char *const names[] = { "personal", "friends", "segment", "content",
                                         "popular",  "mixed",   "rule" };
    return names[basis];
}

/* A blend rests on its largest part. */
static enum basis largest_part(const struct receipt *receipt)
{
    const struct receipt *largest = NULL;
    for (int32_t c = 0; c < receipt->n_children; c++) {
        const struct receipt *child = &receipt->children[c];
        if (child->kind == RECEIPT_MODEL && child->words &&
            (!largest || fabs(child->value) > fabs(largest->value)))
            largest = child;
    }
    for (int k = 0; largest && model_kinds[k]; k++) {
        const size_t length = strlen(model_kinds[k]->name);
        const char after = strncmp(largest->words, model_kinds[k]->name, length) == 0
                               ? largest->words[length]
                               : 'x';
        if (after == 0 || after == ' ') return model_kinds[k]->basis;
    }
    return BASIS_BLEND;
}

/* Of somebody without purchases nothing rests on these: a model of sequences says what they begin
 * with, what people like them do, or what the words ask for. */
static enum basis without_history(const struct model *model, const struct shopper *shopper)
{
    const struct model_base *base = model_base(model);
    if (shopper->words && base->reads_words) return BASIS_CONTENT;
    return base->kind->supports_cold_start && base->kind->supports_cold_start(model, shopper)
               ? BASIS_SEGMENT
               : BASIS_POPULAR;
}

bool feed_basis(const struct feed *feed, const struct model *model, const struct shopper *shopper,
                int32_t item, enum basis *basis, struct error *error)
{
    static const struct receipt_limits limits = { .children = 0, .levels = 1 };
    *basis = BASIS_RULE;
    if (item < 0 || item >= feed->n_items || !(feed->scores[item] > -INFINITY)) return true;
    *basis = model_base(model)->kind->basis;
    if (*basis == BASIS_BLEND) {
        struct receipt *receipt = open_model(model, shopper, item, &limits, error);
        if (!receipt) return false;
        *basis = largest_part(receipt);
        receipt_free(receipt);
    }
    if (*basis == BASIS_PERSONAL && shopper->n_events == 0)
        *basis = without_history(model, shopper);
    return true;
}

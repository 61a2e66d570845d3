/* content.h - items by what the catalogue says about them: shared by scoring and receipts. */
#ifndef AISLE_CONTENT_H
#define AISLE_CONTENT_H

#include "model_private.h"

#include "aisle/tokens.h"

struct content {
    struct model_base base;
    struct vocabulary *vocabulary;
    struct item_tokens tokens;
    struct sparse features; /* (n_items, n_tokens) rows of length 1, or 0 where nothing is known */
};

/* One thing that the shopper wants to see more of: an item of theirs, or a word they asked for. */
struct wish {
    int32_t item, from; /* item, and its index in the shopper's items; -1 for a word */
    struct read_token word;
    double weight; /* all weights together are 1 */
};

struct profile {
    int32_t n;
    struct wish *wishes; /* (n) items in order, then words */
    double *token;       /* (n_tokens) sum of the wishes' features */
};

bool profile_init(struct profile *profile, const struct content *content,
                  const struct shopper *shopper, struct error *error);
void profile_fini(struct profile *profile);
/* What the profile gives an item, the item itself left out where the shopper has it (`own` its
 * weight, else 0). */
double profile_score(const struct profile *profile, const struct content *content, int32_t item,
                     double own);

struct receipt *content_explain(const struct model *model, const struct shopper *shopper,
                                int32_t item, const struct receipt_limits *limits,
                                struct error *error);

#endif

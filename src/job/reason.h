/* reason.h - one sentence for the customer: why an item is on their list.
 *
 * It is made from the strongest part of the receipt and says nothing that the receipt does not
 * hold: titles of its items, months of its purchases, the name of a segment, how many friends.
 * Other people are never named. In the words of the profile ("bought", "read", "listened to").
 */
#ifndef JOB_REASON_H
#define JOB_REASON_H

#include "labels.h"

/* Appends the sentence of a receipt of the model kind ("item-cf"; of a blend, each part brings its
 * own). Text is as in the data: make it visible before it is shown. */
void reason_describe(const struct label_style *style, const struct dataset *dataset,
                     const char *kind, const struct receipt *receipt, struct text *out);

/* Appends only what stands after "because", without a full stop; false, and nothing appended, where
 * nothing speaks for the item. */
bool reason_clause(const struct label_style *style, const struct dataset *dataset, const char *kind,
                   const struct receipt *receipt, struct text *out);

#endif

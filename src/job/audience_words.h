/* audience_words.h - who gets an item, in words, the same on screen and on the command line. */
#ifndef JOB_AUDIENCE_WORDS_H
#define JOB_AUDIENCE_WORDS_H

#include "labels.h"
#include "report.h"

#include "aisle/audience.h"

/* "bought Tent", "popular": what the largest part of a score is. */
void audience_describe_reason(const struct audience_member *member, const struct label_style *style,
                              const struct dataset *dataset, struct text *out);
/* "312 of 2,000 (15.6 %)", with the interval where users were drawn. */
void audience_describe_share(int32_t count, int32_t asked, int32_t users, struct text *out);
void audience_describe(const struct audience *audience, const struct dataset *dataset,
                       int32_t length, int32_t max, struct report *report);

#endif

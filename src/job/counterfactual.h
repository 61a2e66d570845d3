/* counterfactual.h - the smallest change that takes an item out of a list, in words. */
#ifndef JOB_COUNTERFACTUAL_H
#define JOB_COUNTERFACTUAL_H

#include "report.h"

#include "aisle/counterfactual.h"

void counterfactual_describe(const struct counterfactual *answer, const struct dataset *dataset,
                             int32_t length, struct report *report);

#endif

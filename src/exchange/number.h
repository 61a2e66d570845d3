/* number.h - numbers as the shortest decimals that read back to the same bits, with a decimal point
 * in every locale. */
#ifndef AISLE_EXCHANGE_NUMBER_H
#define AISLE_EXCHANGE_NUMBER_H

#include "aisle/text.h"

/* Never with an exponent: for sentences and tables of ratings. */
void number_add_float(struct text *out, float number);
/* With an exponent where that is shorter, as in JSON; nothing for what is no number. */
void number_add_double(struct text *out, double number);

#endif

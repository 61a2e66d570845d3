/* number.h - numbers as the shortest decimals that read back to the same bits, with a decimal point
 * in every locale. */
#ifndef AISLE_EXCHANGE_NUMBER_H
#define AISLE_EXCHANGE_NUMBER_H

#include "aisle/text.h"

/* What is taken of other people's numbers: sums of their products stay numbers. */
#define NUMBER_LARGEST 1e15

/* The whole of a text as a number that is taken. */
bool number_read(struct slice text, double *number);
/* Never with an exponent: for sentences and tables of ratings. */
void number_add_float(struct text *out, float number);
/* With an exponent where that is shorter, as in JSON; nothing for what is no number. */
void number_add_double(struct text *out, double number);

#endif

/* code_class.h - what kind of character a code is, as BERT's tokenizer sees it.
 *
 * The library that is the reference has tables of Unicode 8, utf8proc those of a later version. A
 * vocabulary was learned with the former, so what came later is here what it was then: no
 * punctuation, no mark, no control.
 */
#ifndef LANGUAGE_CODE_CLASS_H
#define LANGUAGE_CODE_CLASS_H

#include <stdbool.h>
#include <stdint.h>

bool code_is_white(int32_t code);       /* the White_Space property */
bool code_is_control(int32_t code);     /* control, format, private use; not tab and line ends */
bool code_is_punctuation(int32_t code); /* all of ASCII but letters, digits; categories P */
bool code_is_mark(int32_t code);        /* nonspacing marks */
bool code_is_ideograph(int32_t code);   /* a word by itself: Chinese characters */

#endif

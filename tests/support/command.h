/* command.h - the program asked by its command line, from a test that is a program itself. */
#ifndef TESTS_COMMAND_H
#define TESTS_COMMAND_H

#include <jansson.h>
#include <stdbool.h>

/* command_ask(workspace, word, ..., NULL): what `$AISLE --json -d workspace word...` prints; the
 * caller owns it. A word that is NULL ends the line. Where the program fails the test ends ("Bail
 * out!"). */
json_t *command_ask(const char *workspace, ...);

double json_real_of(const json_t *object, const char *key); /* NAN where it is no number */
int json_int_of(const json_t *object, const char *key);     /* 0 where it is none */
const char *json_text_of(const json_t *object, const char *key);
/* The first row of an array of objects whose `key` is `text`; NULL = there is none. Borrowed. */
const json_t *json_row_of(const json_t *rows, const char *key, const char *text);
/* Equal within 1e-6 of the larger, or both no number. */
bool is_near(double a, double b);

#endif

/* rules.h - the command `rules`, in two files: the book (rules.c), and what it does to lists. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "command.h"

#include "job/rules_words.h"

json_t *rule_object(const struct stored_rule *stored, const struct rule *rule);
/* The rule with the number `word`, its state; the rule written in the arguments from `from` on.
 * False after telling; rule_fini() frees. */
bool rule_find(struct call *call, const char *word, struct rule *rule, char state[16], int *status);
bool rule_read(const struct call *call, int from, struct rule *rule, int *status);

int rules_preview_call(struct call *call);  /* show ID, preview ID|RULE */
int rules_touching_call(struct call *call); /* touching USER */

#endif

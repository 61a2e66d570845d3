/* rules_ask.h - what the Rules screen and the form ask workers to do: write, take back, try out. */
#ifndef AISLE_UI_RULES_ASK_H
#define AISLE_UI_RULES_ASK_H

#include "app.h"
#include "sheet.h"

#include "aisle/rule.h"

/* Slots of a view that asks; below them are its own. */
enum { SLOT_RULES_WRITE = 8, SLOT_RULES_PREVIEW = 9 };

/* Writes on a worker and says what became of it; then every view may look anew (app_rules_changed).
 * `state` NULL leaves as it is. */
void rules_ask_state(struct view *view, int64_t id, const char *verb, const char *state);
/* After a question: what is published counts in everybody's lists at once. */
void rules_ask_undo(struct view *view, bool redo);
/* A rule as a draft or published at once; the rule it replaces goes off. Copies it. At the end
 * then() gets the number that the rule has, or 0 where it could not be written. */
typedef void rules_written(struct view *view, int64_t id, bool published);
void rules_ask_write(struct view *view, const struct rule *rule, bool publish, rules_written *then);

/* Measures what a rule would do and hands over a sheet, which the receiver owns. Asking again
 * drops what was asked before. */
typedef void rules_previewed(struct view *view, struct sheet *sheet, const struct error *error);
void rules_ask_preview(struct view *view, const struct rule *rule, rules_previewed *previewed);

#endif

/* rule_form.h - a rule as a form, with what it would do beside it while it is written.
 *
 *   rule_form.c   its life and keys       rule_form_fields.c   fields to a rule and back
 */
#ifndef AISLE_UI_RULE_FORM_H
#define AISLE_UI_RULE_FORM_H

#include "app.h"
#include "sheet.h"

#include "aisle/rule.h"

enum form_field {
    FORM_ACTION,
    FORM_AMOUNT,
    FORM_WHERE,
    FORM_CATEGORY,
    FORM_FOR,
    FORM_FROM,
    FORM_TO,
    FORM_DAYS,
    FORM_PRIORITY,
    FORM_BECAUSE,
    FORM_FIELDS
};

struct form_fields {
    char text[FORM_FIELDS][256];
    int64_t id, replaces; /* of the rule that is changed */
    char author[64];
};

extern const char *const form_labels[FORM_FIELDS];
extern const char *const form_hints[FORM_FIELDS];

void form_of_rule(const struct rule *rule, struct form_fields *fields);
/* `now` gives "today", "tomorrow" and "+7d" their days. The rule is empty on failure. */
bool form_rule(const struct form_fields *fields, int64_t now, struct rule *rule,
               struct error *error);

#endif

/* rule_private.h - the parts of the rule language, shared by the line and the JSON form. */
#ifndef FEED_RULE_PRIVATE_H
#define FEED_RULE_PRIVATE_H

#include "aisle/rule.h"

/* Each reads one part and puts it into the rule; false with a sentence. */
bool rule_read_action(struct rule *rule, struct slice word, struct error *error);
bool rule_read_amount(struct rule *rule, struct slice word, struct error *error);
bool rule_read_condition(struct rule *rule, struct slice term, struct error *error);
bool rule_read_category(struct rule *rule, struct slice pair, struct error *error);
bool rule_read_scope(struct rule *rule, struct slice pair, struct error *error);
bool rule_read_date(struct rule *rule, struct slice word, bool last, struct error *error);
bool rule_read_weekdays(struct rule *rule, struct slice list, struct error *error);
bool rule_read_priority(struct rule *rule, struct slice word, struct error *error);
/* The whole of it from an object. */
bool rule_read_json(struct rule *rule, struct slice text, struct error *error);
/* A number, a number of days ("30d") or a date, as seconds; NAN where it is none of them. */
double rule_number(struct slice value);
/* An owned copy; NULL without memory. */
char *rule_word(struct slice text);
/* What only the whole shows: an amount is there where one is needed, dates are in order. */
bool rule_check(const struct rule *rule, struct error *error);

/* Writing. */
void rule_write_condition(const struct rule_condition *condition, struct text *out);
void rule_write_pair(const char *name, const char *value, struct text *out);
void rule_write_number(double number, struct text *out);
void rule_write_weekdays(uint8_t weekdays, struct text *out);
bool rule_has_amount(enum rule_action action);

#endif

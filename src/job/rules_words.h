/* rules_words.h - rules and their impact in words, the same on screen and on the command line. */
#ifndef JOB_RULES_WORDS_H
#define JOB_RULES_WORDS_H

#include "report.h"
#include "rulebook.h"

#include "aisle/engine.h"
#include "aisle/impact.h"

/* What a draft would do, beside the rules in force, to the lists of the first day from now on that
 * it holds on (impact->now; now where there is none). `rule` may have no number yet. */
bool rules_preview(struct engine *engine, struct reader *reader, const struct serving *serving,
                   const struct rule *rule, int32_t length, int64_t now, double seconds,
                   struct impact *impact, struct progress *progress, struct error *error);
/* The same for all users, exactly, as a job: its message says how many, its log the rest. */
struct job_queue;
int64_t rules_submit_preview(struct job_queue *queue, const struct rule *rule, struct error *error);
void rules_describe_impact(const struct impact *impact, const struct rule *rule,
                           const struct dataset *dataset, struct report *report);
/* "boost 1.5", "pin at 3"; "category=Boots price<50" */
void rule_describe_action(const struct rule *rule, struct text *out);
void rule_describe_conditions(const struct rule *rule, struct text *out);
/* "all", "segment=B", "one user", with the category: whom and what a rule is about. */
void rules_describe_scope(const struct rule *rule, struct text *out);
/* "2026-11-20 to 2026-12-24, sat,sun", "always" */
void rules_describe_schedule(const struct rule *rule, struct text *out);
/* The order in which rules win, one line each; NULL at the end. share/doc/rules.md says the same.
 */
extern const char *const rules_order[];

#endif

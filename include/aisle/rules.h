/* rules.h - the rules of lists as a workspace keeps them, and the way back.
 *
 * A rule is a body (JSON, rule.h) in a state: draft, published, off or deleted. Every change is one
 * row of the audit log that holds what was before and after; undoing, redoing and the rules of a
 * past day are read from that log. The store does not know what a body means.
 */
#ifndef AISLE_RULES_H
#define AISLE_RULES_H

#include "aisle/workspace.h"

struct stored_rule {
    int64_t id, at;  /* at: of its last change */
    char state[16];  /* "draft", "published", "off"; never "deleted" in a list */
    char author[64]; /* who made the last change */
    char *body;      /* owned by the list */
};

/* By id, as they stood at a moment (MOMENT_NONE = now). rules_free() frees. */
bool rules_list(struct reader *reader, int64_t at, struct stored_rule **rules, int32_t *n,
                struct error *error);
void rules_free(struct stored_rule *rules, int32_t n);
/* Counts every change of rules and of the settings of lists. */
bool rules_version(struct reader *reader, int64_t *version, struct error *error);

/* One rule of a change: id 0 makes a new one (and is filled in); NULL leaves as it is. */
struct rule_change {
    int64_t id;
    const char *body, *state;
};
/* All of them in one step that is undone as one. `action` is a word for the log: "add". */
bool rules_change(struct writer *writer, const char *action, struct rule_change *changes, int32_t n,
                  struct error *error);
/* The settings of lists, JSON; the log and undo treat them as rules. */
bool rules_settings(struct reader *reader, struct text *json, struct error *error);
/* Whether they are others than they were at that moment: what they were is not read back. */
bool rules_settings_since(struct reader *reader, int64_t at, bool *changed, struct error *error);
bool rules_set_settings(struct writer *writer, const char *json, struct error *error);

/* Takes the last step back, or does again what was taken back last; `what` gets a few words about
 * it. ERROR_MISSING where there is nothing. */
bool rules_undo(struct writer *writer, struct text *what, struct error *error);
bool rules_redo(struct writer *writer, struct text *what, struct error *error);
/* Who is at work: the login name. */
void rules_author(char author[64]);

#endif

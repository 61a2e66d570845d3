/* prompt.h - the line at the bottom where people type: editing, history, completion.
 *
 * It only edits; what a finished line means is the business of whoever opened it. A question is a
 * prompt that takes one key, y or n.
 */
#ifndef AISLE_UI_PROMPT_H
#define AISLE_UI_PROMPT_H

#include "actions.h"
#include "grid.h"

struct view;

enum prompt_kind { PROMPT_CLOSED, PROMPT_LINE, PROMPT_QUESTION };
enum prompt_history { HISTORY_COMMAND, HISTORY_FIND, HISTORY_FILTER, HISTORY_OTHER, HISTORIES };

struct prompt_spec {
    const char *label;   /* copied */
    const char *initial; /* text to begin with; may be NULL */
    enum prompt_kind kind;
    enum prompt_history history;
    bool command;                                         /* the first word is a command */
    enum argument argument;                               /* what is typed, for completion */
    struct view *view;                                    /* handed to the callbacks */
    void (*changed)(struct view *view, const char *text); /* at every change; may be NULL */
    /* At the end: the line as it was entered, never NULL. A question that got yes gives "y". */
    void (*done)(struct view *view, const char *text);
    void (*given_up)(struct view *view); /* or this: Esc, or no to a question; may be NULL */
};

struct prompt {
    struct prompt_spec spec; /* label points at the copy below, initial at nothing */
    char label[160];
    struct text line;
    size_t cursor; /* byte offset */
    bool pasting;

    struct text past[HISTORIES]; /* lines, oldest first, each ended by '\n' */
    int back;                    /* how many lines back in history; 0 = the one being typed */
    struct text typed;           /* what was typed before going back */

    /* Each ended by '\n'; what follows a tab is shown, not taken. */
    struct text candidates;
    size_t from; /* where the completed word begins */
    int chosen;  /* -1 = none yet */
};

enum prompt_event {
    PROMPT_NOTHING,
    PROMPT_CHANGED,
    PROMPT_ENTERED,
    PROMPT_GIVEN_UP,
    PROMPT_COMPLETE
};

void prompt_fini(struct prompt *prompt);
void prompt_open(struct prompt *prompt, const struct prompt_spec *spec);
void prompt_close(struct prompt *prompt);
/* Puts a line into its history. */
void prompt_remember(struct prompt *prompt, enum prompt_history history, const char *line);
enum prompt_event prompt_key(struct prompt *prompt, key_code key);
/* Candidates for the word from `from` to the cursor: takes the next one (the previous one). True
 * when the line changed. */
bool prompt_complete(struct prompt *prompt, int step);
/* The prompt on one row, with the cursor; candidates after it. */
void prompt_draw(const struct prompt *prompt, struct grid *grid, struct area area);

#endif

/* command.h - one command of the command line: its table row and the call it gets.
 *
 * A command is one function and one row of commands.c: usage, help and the choice of options come
 * from the row. Functions return the exit status: 0 done, 1 failed, 2 wrong usage, 3 done but some
 * rows were rejected; a failure is told with call_fail(), one line on stderr. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "aisle/engine.h"
#include "aisle/export.h"

#include <jansson.h>

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_REJECTED = 3 };
enum { CALL_MAX = 256 }; /* arguments and option values of one call */

struct option {
    char letter;          /* 0 = none */
    const char *name;     /* without dashes */
    const char *argument; /* name of its value; NULL = a switch */
    const char *help;
};

struct call {
    const struct command *command;
    const char *data; /* -d FILE, or NULL */
    bool json;
    const char *argument[CALL_MAX];
    int n_arguments;
    struct {
        const struct option *option;
        const char *value; /* "" for a switch */
    } given[CALL_MAX];
    int n_given;
    /* Opened on demand by the functions below, closed by main. */
    struct workspace *workspace;
    struct engine *engine;
    struct reader *reader;
};

struct command {
    const char *name, *usage, *summary;
    const struct option *options; /* ended by a NULL name */
    int min, max;                 /* arguments; most -1 = any number */
    int (*run)(struct call *call);
};

extern const struct command commands[]; /* ended by a NULL name */
extern const struct option common_options[];

/* The value of an option, NULL when it was not given; the n-th of a repeated one. */
const char *call_option(const struct call *call, const char *name);
const char *call_option_nth(const struct call *call, const char *name, int n);
/* A whole number within bounds; false after telling. */
bool call_number(const struct call *call, const char *name, int64_t initial, int64_t min,
                 int64_t max, int64_t *value, int *status);

/* "aisle: SENTENCE" on stderr, text made visible; returns the exit status of the error's code. */
int call_fail(const struct error *error);
int call_usage(const struct call *call, const char *sentence);

/* Opens what the call names, unless it is open; false after telling. */
bool call_open(struct call *call, enum workspace_mode mode, int *status);
/* A file to write to: never the workspace, over another only with --force. */
struct file_target call_target(const struct call *call, const char *path);
void call_close(struct call *call);

/* Text from data on its way to stdout. */
void print_visible(struct slice text);
/* The same for text of several lines. */
void print_visible_lines(struct slice text);
void print_padded(struct slice text, int width, bool right);
/* Dumps and frees an object; a failed allocation of any part is told. */
int print_json(json_t *object);
/* External text as a JSON string: invalid bytes become U+FFFD. */
json_t *json_text(struct slice text);

int command_workbench(struct call *call);
int command_demo(struct call *call);
int command_import(struct call *call);
int command_ingest(struct call *call);
int command_train(struct call *call);
int command_tune(struct call *call);
int command_audit(struct call *call);
int command_ask(struct call *call);
int command_finetune(struct call *call);
int command_recommend(struct call *call);
int command_explain(struct call *call);
int command_whynot(struct call *call);
int command_because(struct call *call);
int command_compare(struct call *call);
int command_audience(struct call *call);
int command_exposure(struct call *call);
int command_diff(struct call *call);
int command_rules(struct call *call);
int command_scenarios(struct call *call);
int command_similar(struct call *call);
int command_neighbors(struct call *call);
int command_friends(struct call *call);
int command_stats(struct call *call);
int command_users(struct call *call);
int command_items(struct call *call);
int command_events(struct call *call);
int command_runs(struct call *call);
int command_privacy(struct call *call);
int command_erase(struct call *call);
int command_rescue(struct call *call);
int command_export(struct call *call);
int command_text(struct call *call);
int command_jobs(struct call *call);
int command_language(struct call *call);
int command_evaluate(struct call *call);
int command_generate(struct call *call);

#endif

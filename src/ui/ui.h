/* ui.h - the workbench on screen, as main() sees it. */
#ifndef AISLE_UI_UI_H
#define AISLE_UI_UI_H

#include "aisle/engine.h"
#include "aisle/job.h"

struct ui_options {
    const char *command;  /* to run at the start (":feed 42" without the colon); NULL = none */
    const char *theme;    /* NULL = config file, else "dark" */
    bool no_colour;       /* --color=never; NO_COLOR is looked at anyway */
    bool ascii;           /* else by locale */
    bool plain;           /* --a11y */
    bool present;         /* --present: people as pseudonyms, from the first frame */
    bool bare;            /* neither config file nor session: for tests and screenshots */
    int64_t (*now)(void); /* clock; NULL = the real one */
};

/* Runs the workbench on the terminal until the person leaves; returns the exit status. queue may be
 * NULL: the workbench makes its own. A failure before the screen is up fills error. */
int ui_run(struct engine *engine, struct job_queue *queue, const struct ui_options *options,
           struct error *error);

/* Runs a command line without a terminal and appends the screen it gives to out: "text", "html",
 * "svg", or "meanings" (grid_export.h). For `make screens` and tests. */
bool ui_screen(struct engine *engine, const struct ui_options *options, int rows, int columns,
               const char *keys, const char *format, struct text *out, struct error *error);

#endif

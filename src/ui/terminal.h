/* terminal.h - the terminal itself; the only part that knows ncurses.
 *
 * Opened once. While it is up, stderr goes to a log file, signals are blocked except inside
 * terminal_wait(), and on any way out, crash and SIGTERM included, the terminal is restored with
 * write() and tcsetattr() alone before the signal takes its course. What that needs is the one
 * global of the program (the restore record in terminal.c).
 */
#ifndef AISLE_UI_TERMINAL_H
#define AISLE_UI_TERMINAL_H

#include "aisle/error.h"
#include "grid.h"
#include "keys.h"

struct terminal;

struct terminal_options {
    const char *log; /* where stderr goes meanwhile; NULL = nowhere */
    bool colour;     /* false: the mono style, whatever the terminal can */
    bool mouse;
};

enum { /* why terminal_wait() returned; may be several, 0 = time is up */
       WOKEN_KEYS = 1,
       WOKEN_PIPE = 2,
       WOKEN_RESIZE = 4,
       WOKEN_GONE = 8, /* the terminal closed: leave */
};

struct terminal *terminal_open(const struct terminal_options *options, struct error *error);
void terminal_close(struct terminal *terminal); /* NULL is allowed */
void terminal_size(const struct terminal *terminal, int *rows, int *columns);
/* Sends what differs from the last time. */
void terminal_show(struct terminal *terminal, const struct grid *grid, const struct theme *theme);
/* The next show paints everything. */
void terminal_repaint(struct terminal *terminal);
/* Sleeps until a key, a byte on the pipe, a signal or `milliseconds` (-1 = for ever). */
int terminal_wait(struct terminal *terminal, int pipe, int milliseconds);
/* The next key that has arrived; false when the keyboard is empty. Read until then at every wake:
 * ncurses keeps characters of its own that poll() does not see. */
bool terminal_read(struct terminal *terminal, struct key *key);
/* To the shell and back. */
void terminal_suspend(struct terminal *terminal);
/* Puts text on the clipboard of the person's terminal (OSC 52), however far away that is. */
void terminal_copy(struct terminal *terminal, struct slice text);
void terminal_mouse(struct terminal *terminal, bool on);

#endif

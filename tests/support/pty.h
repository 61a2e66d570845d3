/* pty.h - a program under a pseudo-terminal, with a small shell between, so that it can be stopped
 * and continued as in a real session (a session leader's own group cannot be stopped by Ctrl-Z).
 */
#ifndef AISLE_TEST_PTY_H
#define AISLE_TEST_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct pty {
    int master, slave; /* the slave stays open here too: its settings can be read at any time */
    int reports;       /* what the shell says of the program */
    pid_t shell, program;
    struct termios before; /* settings before the program touched them */
    bool stopped, ended;
    int status; /* as of wait(2), once ended */
};

/* False with errno's message printed. The environment is the caller's. */
bool pty_start(struct pty *pty, int rows, int columns, char *const command[]);
/* Bytes that come within so many milliseconds; 0 = none. Keeps stopped, ended and status up to
 * date. */
size_t pty_read(struct pty *pty, char *bytes, size_t size, int milliseconds);
void pty_write(struct pty *pty, const char *bytes, size_t length);
void pty_resize(struct pty *pty, int rows, int columns);
/* Whether the terminal's settings are what they were before the start. */
bool pty_restored(const struct pty *pty);
/* Kills what still runs and closes. */
void pty_end(struct pty *pty);

double pty_clock(void); /* seconds */

#endif

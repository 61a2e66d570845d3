#define _GNU_SOURCE /* posix_openpt and friends with the level of POSIX that the tree asks for */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct report {
    enum { REPORT_PROGRAM, REPORT_STOPPED, REPORT_CONTINUED, REPORT_ENDED } what;
    int value; /* process id, or status */
};

double pty_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void say(int to, int what, int value)
{
    struct report report = { .value = value };
    memcpy(&report.what, &what, sizeof what);
    ssize_t written = write(to, &report, sizeof report);
    (void)written;
}

/* In the child: the session's leader, which starts the program in a group of its own, in the
 * foreground, and reports what becomes of it. */
static void be_shell(struct pty *pty, int reports, char *const command[])
{
    signal(SIGTTOU, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    setsid();
    ioctl(pty->slave, TIOCSCTTY, 0);
    pid_t program = fork();
    if (program == 0) {
        setpgid(0, 0);
        tcsetpgrp(pty->slave, getpid());
        signal(SIGTTOU, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        for (int i = 0; i < 3; i++)
            dup2(pty->slave, i);
        for (int i = 3; i < 64; i++)
            close(i);
        execvp(command[0], command);
        _exit(127);
    }
    setpgid(program, program);
    say(reports, REPORT_PROGRAM, program);
    close(pty->master);
    for (;;) {
        int status;
        if (waitpid(program, &status, WUNTRACED | WCONTINUED) < 0) {
            if (errno == EINTR) continue;
            break;
        }
        if (WIFSTOPPED(status)) {
            say(reports, REPORT_STOPPED, status);
        } else if (WIFCONTINUED(status)) {
            say(reports, REPORT_CONTINUED, status);
        } else {
            say(reports, REPORT_ENDED, status);
            break;
        }
    }
    _exit(0);
}

bool pty_start(struct pty *pty, int rows, int columns, char *const command[])
{
    int reports[2] = { -1, -1 };
    struct report report;
    *pty = (struct pty){ .slave = -1, .reports = -1 };
    pty->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (pty->master < 0 || grantpt(pty->master) != 0 || unlockpt(pty->master) != 0) goto failed;
    pty->slave = open(ptsname(pty->master), O_RDWR | O_NOCTTY);
    if (pty->slave < 0 || pipe(reports) != 0) goto failed;
    pty_resize(pty, rows, columns);
    tcgetattr(pty->slave, &pty->before);
    fflush(stdout);
    pty->shell = fork();
    if (pty->shell < 0) goto failed;
    if (pty->shell == 0) {
        close(reports[0]);
        be_shell(pty, reports[1], command);
    }
    close(reports[1]);
    pty->reports = reports[0];
    if (read(pty->reports, &report, sizeof report) != (ssize_t)sizeof report) goto failed;
    pty->program = report.value;
    return true;
failed:
    perror("pty");
    return false;
}

static void hear(struct pty *pty)
{
    struct report report;
    if (read(pty->reports, &report, sizeof report) != (ssize_t)sizeof report) return;
    pty->stopped = report.what == REPORT_STOPPED;
    pty->ended = report.what == REPORT_ENDED;
    pty->status = report.value;
}

size_t pty_read(struct pty *pty, char *bytes, size_t size, int milliseconds)
{
    double until = pty_clock() + milliseconds / 1e3;
    for (;;) {
        struct pollfd watched[2] = { { pty->master, POLLIN, 0 },
                                     { pty->ended ? -1 : pty->reports, POLLIN, 0 } };
        int left = (int)((until - pty_clock()) * 1e3);
        int n = poll(watched, 2, left > 0 ? left : 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return 0;
        if (watched[1].revents) hear(pty);
        if (watched[0].revents & POLLIN) {
            ssize_t got = read(pty->master, bytes, size);
            return got > 0 ? (size_t)got : 0;
        }
        if (!watched[1].revents || pty_clock() >= until) return 0;
    }
}

void pty_write(struct pty *pty, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(pty->master, bytes, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        bytes += n;
        length -= (size_t)n;
    }
}

void pty_resize(struct pty *pty, int rows, int columns)
{
    struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
    ioctl(pty->master, TIOCSWINSZ, &size);
}

bool pty_restored(const struct pty *pty)
{
    struct termios now;
    if (tcgetattr(pty->slave, &now) != 0) return false;
    return now.c_iflag == pty->before.c_iflag && now.c_oflag == pty->before.c_oflag &&
           now.c_cflag == pty->before.c_cflag && now.c_lflag == pty->before.c_lflag &&
           memcmp(now.c_cc, pty->before.c_cc, sizeof now.c_cc) == 0;
}

void pty_end(struct pty *pty)
{
    if (pty->program > 0 && !pty->ended) kill(pty->program, SIGKILL);
    if (pty->slave >= 0) close(pty->slave);
    if (pty->master >= 0) close(pty->master);
    if (pty->reports >= 0) close(pty->reports);
    if (pty->shell > 0) waitpid(pty->shell, NULL, 0);
}

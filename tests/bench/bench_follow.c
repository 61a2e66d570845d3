/* The screen while events pour in: how many a second ingest takes with the workbench open on the
 * same workspace, and from a key to its frame meanwhile, on Home, Events and a Feed that follows
 * live.
 *
 *     bench_follow [SECONDS [RATE]]      12 20,000
 *
 * A generated shop as large as MovieLens-1M's people and items, in a folder of its own; AISLE is
 * the program, else ./aisle. At the end one purchase at a time: until the feed on screen is another
 * one.
 */
#include "../support/pty.h"
#include "clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 50, COLUMNS = 160, USERS = 6040, ITEMS = 3706, KEYS = 4000, PURCHASES = 20 };

static void pause_for(double seconds)
{
    struct timespec time = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&time, NULL);
}

/* Bytes until so many milliseconds of quiet. */
static size_t drain(struct pty *pty, int quiet)
{
    char bytes[8192];
    size_t all = 0;
    for (size_t n; (n = pty_read(pty, bytes, sizeof bytes, quiet)) > 0;)
        all += n;
    return all;
}

/* Until the screen has come on which keys are pressed. */
static void wait_for(struct pty *pty, const char *shown)
{
    static char bytes[1 << 16];
    size_t n = 0;
    for (double end = pty_clock() + 20; pty_clock() < end && n + 1 < sizeof bytes;) {
        n += pty_read(pty, bytes + n, sizeof bytes - n - 1, 100);
        bytes[n] = 0;
        if (strstr(bytes, shown)) return;
    }
}

/* Milliseconds until the next byte; `max` when none comes. */
static double until_byte(struct pty *pty, double from, int max)
{
    char bytes[8192];
    return pty_read(pty, bytes, sizeof bytes, max) > 0 ? (pty_clock() - from) * 1e3 : max;
}

/* A process that writes events into ingest, so many a second; returns its id. */
static pid_t feed(FILE *to, double rate, double seconds)
{
    pid_t process = fork();
    if (process != 0) return process;
    const double from = pty_clock();
    unsigned long seed = 1, sent = 0;
    for (double now = from; now < from + seconds; now = pty_clock()) {
        for (; (double)sent < (now - from) * rate; sent++) {
            seed = seed * 6364136223846793005UL + 1442695040888963407UL;
            fprintf(to, "%lu,%lu,%lu\n", 1 + (seed >> 33) % USERS, 1 + (seed >> 45) % ITEMS,
                    1700000000UL + sent);
        }
        fflush(to);
        pause_for(0.01);
    }
    printf("written: %.0f events a second, %lu in all\n", (double)sent / (pty_clock() - from),
           sent);
    fflush(stdout);
    _exit(0);
}

static void keys(struct pty *pty, const char *command, const char *shown, const char *name,
                 double seconds)
{
    static double time[KEYS];
    int n = 0;
    char line[64];
    snprintf(line, sizeof line, "\033%s\r", command);
    drain(pty, 100);
    pty_write(pty, line, strlen(line));
    wait_for(pty, shown);
    pause_for(0.5);
    for (double end = pty_clock() + seconds; n < KEYS && pty_clock() < end; n++) {
        drain(pty, 0);
        double from = pty_clock();
        pty_write(pty, n % 2 ? "k" : "j", 1);
        time[n] = until_byte(pty, from, 1000);
        pause_for(0.03);
    }
    if (n == 0) return;
    qsort(time, (size_t)n, sizeof *time, ascending);
    printf("%-8s key to frame: median %6.2f ms   99 %% under %6.2f ms   most %6.2f ms   %d keys\n",
           name, time[n / 2], time[n * 99 / 100], time[n - 1], n);
    fflush(stdout);
}

static void purchases(struct pty *pty, FILE *to)
{
    double time[PURCHASES];
    for (int i = 0; i < PURCHASES; i++) {
        drain(pty, 1000);
        double from = pty_clock();
        fprintf(to, "1,%d,%d\n", 1 + i, 1800000000 + i);
        fflush(to);
        time[i] = until_byte(pty, from, 5000);
    }
    qsort(time, PURCHASES, sizeof *time, ascending);
    printf("a purchase to a changed screen: median %.0f ms, most %.0f ms\n", time[PURCHASES / 2],
           time[PURCHASES - 1]);
}

static bool run(const char *aisle, const char *file, double seconds, double rate)
{
    char program[512], path[512], option[] = "-d", line[1200];
    char *command[] = { program, option, path, NULL };
    struct pty pty;
    snprintf(program, sizeof program, "%s", aisle);
    snprintf(path, sizeof path, "%s", file);
    if (!pty_start(&pty, ROWS, COLUMNS, command)) return false;
    drain(&pty, 1500);
    snprintf(line, sizeof line, "%s -d %s ingest --map user=user,item=item,time=time - 2>&1", aisle,
             file);
    FILE *ingest = popen(line, "w");
    if (!ingest) return false;
    fprintf(ingest, "user,item,time\n");
    fflush(ingest);
    pid_t feeder = feed(ingest, rate, seconds + 3);
    keys(&pty, ":home", "What to do", "Home", seconds / 3);
    keys(&pty, ":events", "row 1", "Events", seconds / 3);
    keys(&pty, ":feed 1", "residual", "Feed", seconds / 3);
    waitpid(feeder, NULL, 0);
    pty_write(&pty, "L", 1);
    pause_for(2);
    purchases(&pty, ingest);
    double from = pty_clock();
    bool good = pclose(ingest) == 0;
    printf("ingest was done %.2f s after the last line\n", pty_clock() - from);
    pty_write(&pty, "Qy", 2);
    drain(&pty, 500);
    pty_end(&pty);
    return good;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/aisle-bench.XXXXXX", file[64], command[1024];
    const char *aisle = getenv("AISLE") ? getenv("AISLE") : "./aisle";
    const double seconds = argc > 1 ? atof(argv[1]) : 12, rate = argc > 2 ? atof(argv[2]) : 20000;
    double load = 0;
    setenv("TERM", "xterm-256color", 0);
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1); /* no session of a person */
    setenv("XDG_CONFIG_HOME", folder, 1);
    snprintf(file, sizeof file, "%s/shop.aisle", folder);
    snprintf(command, sizeof command,
             "%s generate --users %d --items %d --events 1000000 %s >/dev/null 2>&1 && "
             "%s -d %s train popular item-cf >/dev/null 2>&1",
             aisle, USERS, ITEMS, file, aisle, file);
    bool good = system(command) == 0 && run(aisle, file, seconds, rate);
    if (getloadavg(&load, 1) == 1) printf("load %.1f\n", load);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) good = false;
    return !good;
}

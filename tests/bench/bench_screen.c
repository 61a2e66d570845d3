/* The screen at size, through a pseudo-terminal: from the start to a drawn screen, from a key to
 * its frame at rest and while models train on all cores, bytes a key.
 *
 *     bench_screen [FILE [MODEL...]]
 *
 * FILE is a workspace (absent: a generated one of 20,000 users, in a folder of its own); MODELs are
 * trained meanwhile (popular, user-cf and item-cf where none is named). AISLE is the program, else
 * ./aisle.
 */
#include "../support/pty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PRESSES = 300, ROWS = 50, COLUMNS = 160, PATIENCE = 60 };

static char output[1 << 20]; /* of the program, the newest part */
static size_t n_output;

static size_t take(struct pty *pty, int milliseconds)
{
    if (n_output > sizeof output / 2) n_output = 0;
    size_t n = pty_read(pty, output + n_output, sizeof output - n_output - 1, milliseconds);
    n_output += n;
    output[n_output] = 0;
    return n;
}

static bool wait_for(struct pty *pty, const char *text)
{
    double until = pty_clock() + PATIENCE;
    while (!strstr(output, text) && pty_clock() < until && !pty->ended)
        take(pty, 20);
    return strstr(output, text) != NULL;
}

/* The numbers are there when the strip says how the models stand. */
static bool wait_for_state(struct pty *pty)
{
    static const char *const states[] = { "fresh", "stale", "no models" };
    double until = pty_clock() + PATIENCE;
    while (pty_clock() < until && !pty->ended) {
        for (int i = 0; i < 3; i++)
            if (strstr(output, states[i])) return true;
        take(pty, 20);
    }
    return false;
}

static void quiet(struct pty *pty, int milliseconds)
{
    while (take(pty, milliseconds) > 0)
        continue;
    n_output = 0;
    output[0] = 0;
}

static void type(struct pty *pty, const char *text)
{
    pty_write(pty, text, strlen(text));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Presses a key so often, as a held key does; milliseconds from the key to the end of its frame. */
static void press(struct pty *pty, const char *key, const char *when)
{
    static double time[PRESSES];
    size_t bytes = 0;
    for (int i = 0; i < PRESSES; i++) {
        while (take(pty, 0) > 0)
            continue;
        double from = pty_clock(), end = from;
        type(pty, key);
        size_t n = take(pty, 1000);
        for (; n > 0; n = take(pty, 1)) {
            bytes += n;
            end = pty_clock();
        }
        time[i] = (end - from) * 1e3;
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    }
    qsort(time, PRESSES, sizeof time[0], ascending);
    printf(
        "key to frame, %-28s median %6.2f ms   99 %% under %6.2f ms   most %6.2f ms   %zu bytes\n",
        when, time[PRESSES / 2], time[PRESSES * 99 / 100], time[PRESSES - 1], bytes / PRESSES);
    fflush(stdout);
}

static bool run(const char *aisle, const char *file, const char *const *models)
{
    struct pty pty;
    char program[512], path[512], option[] = "-d";
    char *command[] = { program, option, path, NULL };
    snprintf(program, sizeof program, "%s", aisle);
    snprintf(path, sizeof path, "%s", file);
    double from = pty_clock();
    if (!pty_start(&pty, ROWS, COLUMNS, command)) return false;
    bool good = wait_for(&pty, "What to do next") && wait_for_state(&pty);
    printf("start to a drawn screen: %.1f ms\n", (pty_clock() - from) * 1e3);
    quiet(&pty, 1000);
    from = pty_clock();
    type(&pty, ":users\r");
    good = good && wait_for(&pty, "row 1 of");
    printf("users drawn: %.1f ms\n", (pty_clock() - from) * 1e3);
    quiet(&pty, 500);
    if (good) press(&pty, "j", "at rest, with the pane");
    type(&pty, "p");
    quiet(&pty, 500);
    if (good) press(&pty, "j", "at rest");
    for (int i = 0; good && models[i]; i++) {
        char line[128], when[64];
        snprintf(line, sizeof line, ":train %s\r", models[i]);
        snprintf(when, sizeof when, "while %s trains", models[i]);
        type(&pty, line);
        good = wait_for(&pty, "job");
        quiet(&pty, 30);
        if (good) press(&pty, "j", when);
    }
    type(&pty, "Qy");
    quiet(&pty, 500);
    pty_end(&pty);
    return good;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = { "popular", "user-cf", "item-cf", NULL };
    const char *named[18] = { NULL };
    char folder[] = "/tmp/aisle-bench.XXXXXX", file[64], command[512];
    const char *aisle = getenv("AISLE") ? getenv("AISLE") : "./aisle";
    setenv("TERM", "xterm-256color", 0);
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1); /* no session of a person */
    setenv("XDG_CONFIG_HOME", folder, 1);
    snprintf(file, sizeof file, "%s/shop.aisle", folder);
    bool good = true;
    for (int i = 2; i < argc && i < 17; i++)
        named[i - 2] = argv[i];
    if (argc < 2) {
        snprintf(command, sizeof command,
                 "%s generate --users 20000 --items 4000 --events 400000 %s >/dev/null 2>&1", aisle,
                 file);
        good = system(command) == 0;
    }
    good = good && run(aisle, argc > 1 ? argv[1] : file, argc > 2 ? named : usual);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) good = false;
    return !good;
}

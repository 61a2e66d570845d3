/* The screen at size, through a pseudo-terminal: from the start to a drawn screen, from a key to
 * its frame at rest and while models train on all cores, bytes a key.
 *
 *     bench_screen [FILE [MODEL...]]
 *
 * FILE is a workspace (absent: a generated one of 20,000 users, in a folder of its own); MODELs are
 * trained meanwhile (popular, user-cf and item-cf where none is named), each until it is done or
 * PRESSES keys are. AISLE is the program, else ./aisle.
 *
 * Under each line of keys stands what the machine itself did meanwhile: cat, in a terminal of its
 * own, was sent a byte after every key, and the time until it came back was taken the same way.
 * What that needs, no program can undercut.
 */
#include "../support/pty.h"
#include "clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* ------------------------------------------------------------------- the process that echoes */

static struct pty echo;

static bool echo_start(void)
{
    char shell[] = "sh", option[] = "-c", script[] = "stty raw -echo && echo ready && exec cat";
    char *command[] = { shell, option, script, NULL }, bytes[256];
    double until = pty_clock() + PATIENCE;
    size_t n = 0;
    if (!pty_start(&echo, ROWS, COLUMNS, command)) return false;
    while (n < 5 && pty_clock() < until)
        n += pty_read(&echo, bytes, sizeof bytes, 100);
    while (pty_read(&echo, bytes, sizeof bytes, 300) > 0) /* cat starts */
        continue;
    return n >= 5;
}

/* Milliseconds there and back. */
static double echo_once(void)
{
    char bytes[256];
    double from = pty_clock();
    pty_write(&echo, "!", 1);
    pty_read(&echo, bytes, sizeof bytes, 1000);
    return (pty_clock() - from) * 1e3;
}

/* ------------------------------------------------------------------------------------- keys */

/* What the program's first thread, the screen's, has run so far, and has waited for a processor
 * while it could have run; milliseconds. Zeros where there is no /proc. */
struct transpose_lists {
    double ran, waited;
};

static struct transpose_lists turn_of(const struct pty *pty)
{
    char path[64];
    unsigned long long ran = 0, waited = 0;
    snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)pty->program);
    FILE *file = fopen(path, "r");
    if (!file) return (struct transpose_lists){ 0, 0 };
    if (fscanf(file, "%llu %llu", &ran, &waited) != 2) ran = waited = 0;
    fclose(file);
    return (struct transpose_lists){ (double)ran * 1e-6, (double)waited * 1e-6 };
}

static void print_times(const char *what, double *time, int n)
{
    if (n == 0) return;
    qsort(time, (size_t)n, sizeof *time, ascending);
    printf("%-40s median %6.2f ms   99 %% under %6.2f ms   most %6.2f ms", what, time[n / 2],
           time[n * 99 / 100], time[n - 1]);
}

/* Presses a key so often, as a held key does, or as long as the job runs that `job` says;
 * milliseconds from the key to the end of its frame. */
static void press(struct pty *pty, const char *key, const char *when, bool job)
{
    static double time[PRESSES], machine[PRESSES];
    size_t bytes = 0;
    int i = 0;
    double load = 0;
    char what[128];
    const struct transpose_lists before = turn_of(pty);
    for (; i < PRESSES && !(job && strstr(output, "is active")); i++) {
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
        machine[i] = echo_once();
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    }
    snprintf(what, sizeof what, "key to frame, %s", when);
    print_times(what, time, i);
    const struct transpose_lists now = turn_of(pty);
    const int n = i > 0 ? i : 1;
    printf(
        "   %zu bytes, %d keys\n  the screen's thread ran %.2f ms a key and waited %.2f ms for a "
        "processor\n",
        bytes / (size_t)n, i, (now.ran - before.ran) / n, (now.waited - before.waited) / n);
    if (getloadavg(&load, 1) < 1) load = 0;
    snprintf(what, sizeof what, "  the machine, load %.1f", load);
    print_times(what, machine, i);
    printf("\n");
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
    if (good) press(&pty, "j", "at rest, with the pane", false);
    type(&pty, "p");
    quiet(&pty, 500);
    if (good) press(&pty, "j", "at rest", false);
    for (int i = 0; good && models[i]; i++) {
        char line[128], when[64];
        snprintf(line, sizeof line, ":train %s\r", models[i]);
        snprintf(when, sizeof when, "while %s trains", models[i]);
        type(&pty, line);
        good = wait_for(&pty, "job");
        n_output = 0;
        output[0] = 0;
        if (good) press(&pty, "j", when, true);
        if (good) wait_for(&pty, "is active");
        quiet(&pty, 500);
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
    bool good = echo_start();
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
    pty_end(&echo);
    return !good;
}

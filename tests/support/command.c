#include "command.h"

#include <math.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { WORDS = 40 };

static void bail_out(char *const *argv, const char *what)
{
    printf("Bail out!");
    for (int w = 0; argv[w]; w++)
        printf(" %s", argv[w]);
    printf(": %s\n", what);
    exit(1);
}

static json_t *run(char *const *argv)
{
    int ends[2], status = 0;
    pid_t child;
    json_error_t wrong;
    posix_spawn_file_actions_t actions;
    if (pipe(ends) != 0 || posix_spawn_file_actions_init(&actions) != 0) bail_out(argv, "no pipe");
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ) != 0)
        bail_out(argv, "does not run");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    json_t *json = out ? json_loadf(out, 0, &wrong) : NULL;
    if (out) fclose(out);
    waitpid(child, &status, 0);
    if (!json) bail_out(argv, "printed no JSON");
    if (status != 0) bail_out(argv, "failed");
    return json;
}

json_t *command_ask(const char *workspace, ...)
{
    const char *words[WORDS + 1] = { getenv("AISLE"), "--json", "-d", workspace };
    char *argv[WORDS + 1] = { NULL };
    int n = 4;
    va_list arguments;
    va_start(arguments, workspace);
    for (const char *word; n < WORDS && (word = va_arg(arguments, const char *)) != NULL;)
        words[n++] = word;
    va_end(arguments);
    for (int w = 0; w < n; w++)
        argv[w] = (char *)(uintptr_t)words[w]; /* posix_spawn() does not write to them */
    return run(argv);
}

double json_real_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

int json_int_of(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

const char *json_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const json_t *json_row_of(const json_t *rows, const char *key, const char *text)
{
    for (size_t at = 0; at < json_array_size(rows); at++) {
        const json_t *row = json_array_get(rows, at);
        if (strcmp(json_text_of(row, key), text) == 0) return row;
    }
    return NULL;
}

bool is_near(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b));
}

/* rejects.c - a person out of a file of rejected rows. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include "aisle/erase.h"
#include "aisle/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FILE:LINE: …, as outcome.c writes it. */
static bool is_reject(const char *line)
{
    for (const char *at = strchr(line, ':'); at; at = strchr(at + 1, ':')) {
        const size_t digits = strspn(at + 1, "0123456789");
        if (digits > 0 && strncmp(at + 1 + digits, ": ", 2) == 0) return true;
    }
    return false;
}

/* One pass: counts what would go, and writes the rest where there is a sink. */
static bool filter(FILE *file, const struct mention *person, struct file_sink *sink, int64_t *n,
                   struct error *error)
{
    char *line = NULL;
    size_t capacity = 0;
    bool good = true;

    *n = 0;
    rewind(file);
    for (ssize_t length; good && (length = getline(&line, &capacity, file)) > 0;) {
        size_t at = 0, found;
        const struct slice text = { line, (size_t)length };
        if (!is_reject(line))
            good = error_set(error, ERROR_INPUT, "is no file of rejected rows");
        else if (mention_find(person, text, MENTION_ROW, &at, &found))
            ++*n;
        else if (sink)
            good = file_sink_put(sink, line, (size_t)length, error);
    }
    free(line);
    return good;
}

bool rejects_forget(const char *path, const struct mention *person, int64_t *n, struct error *error)
{
    struct file_sink sink;
    struct error closing;
    FILE *file = fopen(path, "re");
    bool good = true;

    *n = 0;
    if (!file) return true;
    if (filter(file, person, NULL, n, NULL) && *n > 0) {
        good = file_sink_open(&sink, &(struct file_target){ path, NULL, true }, error);
        if (good) {
            good = filter(file, person, &sink, n, error);
            if (!file_sink_close(&sink, good, good ? error : &closing)) good = false;
        }
    } else {
        *n = 0;
    }
    fclose(file);
    return good;
}

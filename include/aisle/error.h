/* error.h - what went wrong, as a value.
 *
 * A function that can fail takes a `struct error *` from its caller as the last argument and
 * returns false or NULL after filling it: a code for the program and one sentence for a person
 * (what, where, what to do). The caller owns the storage; nothing is allocated. Passing NULL
 * means "I only want to know whether it worked".
 */
#ifndef AISLE_ERROR_H
#define AISLE_ERROR_H

#include <stdbool.h>

enum error_code {
    ERROR_NONE,
    ERROR_USAGE,     /* the request makes no sense (exit status 2) */
    ERROR_INPUT,     /* data from outside is malformed */
    ERROR_MISSING,   /* the named user, item, run or file does not exist */
    ERROR_IO,        /* the operating system refused */
    ERROR_DATABASE,  /* the workspace refused: damaged, newer, foreign, full */
    ERROR_BUSY,      /* somebody else is writing */
    ERROR_MEMORY,    /* an allocation failed, or a forecast says it would */
    ERROR_CANCELLED, /* a person or a signal stopped it */
};

struct error {
    enum error_code code;
    char text[512]; /* one sentence, UTF-8, no newline */
};

/* Fills `error` (NULL is allowed) and returns false, so that `return error_set(...)` reads well. */
bool error_set(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the sentence that is already there; returns false. */
bool error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The failure every malloc shares; `what` is what was being made. Returns false. */
bool error_memory(struct error *error, const char *what);

#endif

/* output.h - the way from ncurses to the terminal, a frame at a time.
 *
 * ncurses flushes with every movement of the cursor, a dozen times a frame: each flush wakes
 * whoever draws the terminal, and shows half a frame. So it has a descriptor of its own, which
 * leads to the terminal as always, and between output_begin() and output_end() into memory;
 * output_end() sends what has gathered there in one piece. Where there is no such memory, nothing
 * is gathered.
 */
#ifndef AISLE_UI_OUTPUT_H
#define AISLE_UI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
    FILE *file; /* for newterm() */
    int frame;  /* a file in memory; -1 = not to be had */
};

bool output_open(struct output *output); /* false without memory or descriptors */
void output_close(struct output *output);
void output_begin(const struct output *output);
void output_end(const struct output *output);
/* To the terminal, past ncurses, all of it. */
void output_send(const char *bytes, size_t length);

#endif

/* workspace_tour.h - all that commands and screens read of a workspace, one thing after the other,
 * for files that somebody else made: a test of what is refused, and a fuzz target. */
#ifndef TESTS_WORKSPACE_TOUR_H
#define TESTS_WORKSPACE_TOUR_H

#include "aisle/workspace.h"

/* Opens the file, reads every table, the dataset, the texts, rules, scenarios and runs, serves
 * every run that is active, writes some purchases and follows them. The first sentence ends it:
 * false. Ends the process where something comes out that no caller may be given. */
bool workspace_tour(const char *path, struct error *error);

/* Purchases of users u0 … u59 by the names that shop_file_make() gives. */
bool workspace_tour_buy(struct workspace *workspace, bool bulk, struct error *error);

#endif

/* about.h - sheets about users and items, for panes and profile tabs. Made on workers. */
#ifndef AISLE_UI_ABOUT_H
#define AISLE_UI_ABOUT_H

#include "aisle/rows.h"
#include "sheet.h"

/* Beside the list: facts and the last purchases (a user) or the last events (an item). */
struct sheet *about_user(struct reader *reader, int64_t key, struct error *error);
struct sheet *about_item(struct reader *reader, int64_t key, struct error *error);
/* In full: facts and how the purchases spread over categories and brands. */
struct sheet *profile_of_user(struct reader *reader, int64_t key, struct error *error);

/* "user=ID" with quotes where the id has blanks. */
void about_filter(const char *column, struct slice id, struct text *out);

#endif

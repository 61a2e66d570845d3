/* present.h - showing the workbench to an audience: people are pseudonyms, rows stand further
 * apart, the keys that are pressed are told, and a tour leads through the main screens. */
#ifndef AISLE_UI_PRESENT_H
#define AISLE_UI_PRESENT_H

#include "aisle/table.h"
#include "job/pseudonymise.h"
#include "job/words.h"

struct app;
struct table_spec;
struct key;

void presentation_set(struct app *app, bool on);
/* Notes a key for the strip. */
void presentation_key(struct app *app, int32_t code);
/* The last keys as people read them; nothing while nobody presents. */
void presentation_keys(const struct app *app, struct text *out);
/* Lines that a row of a list takes where a body has so many: 2 while presenting and there is room.
 */
int presentation_row_height(const struct app *app, int rows);

/* How the cells of a table are shown. */
struct cell_look {
    const struct pseudonymiser *pseudonymiser;
    const struct words *words; /* of the profile, for types of events; NULL = as they are kept */
    const struct table_spec *spec; /* what its columns hold */
};
/* Appends what is shown of a cell. A "name" beside a person's id is theirs, a "title" beside an
 * item's id the item's. */
void presentation_cell(const struct cell_look *look, const struct table_column *columns,
                       int32_t n_columns, const struct page *page, int32_t row, int32_t column,
                       struct text *out);
/* Whether an attribute of this name tells who somebody is; of an account, too. */
bool presentation_is_personal(struct slice name);
bool presentation_is_told(struct slice name);
/* A page as it is shown, for exports; the caller frees both. NULL after filling error. */
struct page *presentation_page(const struct cell_look *look, const struct table_column *columns,
                               int32_t n_columns, const struct page *page, struct error *error);

/* The tour: begins (and presents), goes on, ends. */
void tour_begin(struct app *app);
/* True when the key was the tour's. */
bool tour_key(struct app *app, int32_t code);
/* After answers: presses what waited for them. True when something was pressed. */
bool tour_go_on(struct app *app);
/* The sentence of the step; NULL when there is no tour. */
const char *tour_says(const struct app *app);

#endif

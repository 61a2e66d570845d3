/* table_view.h - the one table: users, items, events, runs, jobs, friends, similar items.
 *
 * It sorts, filters, searches, marks, hides columns, exports and drills down the same way
 * everywhere; what differs is a struct table_spec and a source. Rows are virtual: the view holds
 * one block around what is in sight and asks for the next one before the eye gets there.
 *
 *   table_view.c  life, moving, actions       table_ask.c   what it asks the loader
 *   table_draw.c  drawing                     table_menu.c  sort and column menus, export
 */
#ifndef AISLE_UI_TABLE_VIEW_H
#define AISLE_UI_TABLE_VIEW_H

#include "app.h"
#include "present.h"
#include "sheet.h"
#include "table_source.h"

struct table_view;

struct table_spec {
    const char *name; /* for the session; the command that opens it */
    unsigned scopes;  /* beside SCOPE_TABLE */
    const char *title;
    const char *empty; /* sentence where there are no rows at all; may be NULL */
    const char *sort;  /* to begin with; NULL = natural order */
    bool descending;
    const char *hidden; /* columns that are not shown to begin with, each ended by ' ' */
    /* What a row is, for ":feed" and the like; the column holds its external id. */
    const char *user_column, *item_column;
    const char *type_column;    /* the type of an event, shown in the words of the profile */
    const char *written_column; /* what somebody wrote for others to read */
    /* Enter. key is the row id. NULL: nothing. */
    void (*open)(struct table_view *table, int64_t key);
    /* Actions of this screen alone; true when it was one. */
    bool (*act)(struct table_view *table, enum action action, const char *argument);
    /* The pane beside the list, made on a worker; NULL = no pane. */
    struct sheet *(*detail)(const struct loader_context *context, int64_t key, struct error *error);
    bool follows_jobs; /* reloads when jobs or runs change */
    /* Ctrl-R where the rows are an answer of the view below: it is asked again. NULL: they are read
     * anew. */
    void (*again)(struct view *below);
};

struct table_view {
    struct view view;
    struct view_kind kind; /* made from the spec */
    const struct table_spec *spec;
    struct table_source *source;
    struct text title, filter;
    char sort[64];
    bool descending;

    struct table_set *set;    /* NULL until the first answer */
    struct table_block block; /* page NULL until the first answer */
    bool selecting, paging;   /* asked, not answered */
    bool reload;              /* select again although there is a set */
    bool stale;               /* the block is of the set before */
    struct error error;       /* of the last selection */

    int64_t cursor, top;
    int32_t skip;          /* columns scrolled away at the left */
    int rows, columns;     /* of the list, as arranged */
    int row_height;        /* lines of the screen from row to row */
    bool pane;             /* there is room and wish for it */
    bool open_when_loaded; /* Enter came before its row */
    /* The list moves on: until the keys rest nothing stands beside it. The terminal scrolls whole
     * lines, and what stands still on them would have to be sent again. */
    bool scrolls;
    int64_t
        pictured; /* first row that had its pictures when the keys rested: as many as there are */

    char hidden[512]; /* names of columns, each ended by ' ' */
    bool *filled;     /* (n_filled) column i had a value somewhere; others give way */
    int32_t n_filled;
    bool refill;    /* the next set says anew which columns have values */
    int64_t *marks; /* row ids, ascending */
    size_t n_marks, marks_capacity;

    struct text words; /* what is searched; empty = nothing */
    struct table_matches matches;
    bool searching;
    int64_t origin; /* cursor when the search began */

    struct sheet *detail;
    int64_t detail_asked;
};

/* How its cells are shown. */
struct cell_look table_look(const struct table_view *table);
/* Takes the source (NULL: returns NULL, after the caller's error was said). title NULL = spec's. */
struct view *table_view_new(struct app *app, const struct table_spec *spec,
                            struct table_source *source, const char *title, const char *filter);
struct table_view *table_view(struct view *view);

/* The selected row: its id, or 0; a cell of it by column name, or NULL. */
int64_t table_view_key(const struct table_view *table);
const struct cell *table_view_cell(const struct table_view *table, const char *column);
void table_view_sort(struct table_view *table, const char *column);
void table_view_filter(struct table_view *table, const char *filter);
/* Opens the search prompt, as "/" does. */
void table_view_find(struct table_view *table);
void table_view_reload(struct table_view *table);

/* Shared by the files of this module. */
void table_move(struct table_view *table, int64_t to);
bool table_hidden(const struct table_view *table, const char *column);
bool table_marked(const struct table_view *table, int64_t key);
int32_t table_row(const struct table_view *table, int64_t index); /* row of the block, or -1 */
void table_arrange(struct view *view, int rows, int columns);
void table_search(struct table_view *table, const char *words);
void table_draw(const struct view *view, struct grid *grid, struct area area);
void table_sort_menu(struct table_view *table);
void table_columns_menu(struct table_view *table);
void table_toggle_column(struct table_view *table, const char *column);
void table_export(struct view *view, const char *path);
void table_remember(struct table_view *table); /* sort and columns, in the session */

#endif

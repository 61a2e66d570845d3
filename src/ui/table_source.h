/* table_source.h - where the rows of a table come from.
 *
 * A source answers three questions, all on worker threads: which rows (select), what is in rows
 * [first, first + n) (page), where are the rows with these words (search). There are two: rows of
 * the workspace (a million of them are no trouble) and lists in memory (runs, jobs, friends).
 * Sources and sets are shared between the view and requests under way, so both are counted.
 */
#ifndef AISLE_UI_TABLE_SOURCE_H
#define AISLE_UI_TABLE_SOURCE_H

#include "aisle/rows.h"
#include "loader.h"

struct table_query {
    const char *filter; /* language of rows.h; "" = all */
    const char *sort;   /* column name; "" = natural order */
    bool descending;
};

struct table_source;

/* What a query gave. Immutable. */
struct table_set {
    atomic_int references;
    struct table_source *source; /* retained */
    int64_t n;
    int64_t total; /* without the filter; -1 = not known */
    char note[96]; /* page.note of the whole; "" = none */
};

/* A page with the columns it has; columns live as long as the set and the loader. */
struct table_block {
    struct page *page;
    const struct table_column *columns;
    int32_t n_columns;
};

/* Places of matching rows, ascending. */
struct table_matches {
    int64_t *at; /* (n) malloc'ed */
    int64_t n;
};

struct table_source_kind {
    struct table_set *(*select)(struct table_source *source, const struct loader_context *context,
                                const struct table_query *query, struct error *error);
    bool (*page)(const struct table_set *set, const struct loader_context *context, int64_t first,
                 int32_t n, struct table_block *block, struct error *error);
    bool (*search)(const struct table_set *set, const struct loader_context *context,
                   const char *words, struct table_matches *matches, struct error *error);
    void (*free_set)(struct table_set *set);
    void (*free)(struct table_source *source);
};

struct table_source { /* first member of each kind */
    atomic_int references;
    const struct table_source_kind *kind;
    enum lane lane; /* where select runs: LANE_MODELS where it needs a model */
};

struct table_source *table_source_retain(struct table_source *source);
void table_source_release(struct table_source *source); /* NULL is allowed */
struct table_set *table_set_retain(struct table_set *set);
void table_set_release(struct table_set *set); /* NULL is allowed */

/* A table of the workspace. `fixed` is a filter that always holds ("user=42"), may be NULL. */
struct table_source *rows_source_new(enum table_kind kind, const char *fixed, struct error *error);

/* The events of one user (`fixed` picks them), with what their items count to the models. */
struct table_source *history_source_new(int64_t key, struct slice id, const char *fixed,
                                        struct error *error);

/* A list in memory. load() makes all of it on a worker, with keys and in natural order; `columns`
 * are static. argument is freed with release (may be NULL). */
typedef struct page *memory_load(const struct loader_context *context, void *argument,
                                 struct error *error);
/* The argument, for the UI thread to turn what load() looks at; load() may be at work with it. */
void *memory_source_argument(struct table_source *source);
struct table_source *memory_source_new(const struct table_column *columns, int32_t n_columns,
                                       memory_load *load, void *argument, void (*release)(void *),
                                       struct error *error);

#endif

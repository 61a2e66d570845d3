/* rows.h - browsing a workspace: any table, any filter, any order, a page at a time.
 *
 * A selection is the ordered list of row ids that a filter and a sort give. Without either it is
 * dense: nothing is stored, a page is found by key. Otherwise a worker makes a vector of row ids
 * once (4 or 8 bytes a row) and every page after that is a look-up. So no page ever costs more than
 * its rows, and OFFSET is never used.
 *
 * Tables and their built-in columns (further columns are attributes, found in the data):
 *   users   id name orders spend first last months(spark) friends + attributes
 *   items   id title buyers orders revenue first last months(spark) + attributes
 *   events  id time user item title type quantity value line import
 *   imports id source format read accepted rejected at
 *   audit   id at who action subject before after detail undone
 *   runs    id kind active trained seconds events users items bytes peak holds parameters metrics
 */
#ifndef AISLE_ROWS_H
#define AISLE_ROWS_H

#include "aisle/table.h"
#include "aisle/workspace.h"

enum table_kind {
    TABLE_USERS,
    TABLE_ITEMS,
    TABLE_EVENTS,
    TABLE_IMPORTS,
    TABLE_AUDIT,
    TABLE_RUNS,
    TABLE_KINDS
};

const char *table_kind_name(enum table_kind kind);

/* The columns of a table in their natural order, attributes last (most frequent first). Owned by
 * the reader until it closes. */
const struct table_column *rows_columns(struct reader *reader, enum table_kind kind, int32_t *n,
                                        struct error *error);

/* What to select. Filter language: terms separated by blanks, all must hold:
 *   word            search in names, ids and titles: any substring of 3 characters or more through
 *                   FTS5 trigram (shorter: a scan), without case and diacritics
 *   "two words"     the same with blanks
 *   column=value column!=value column~part column>v column>=v column<v column<=v
 *                   numbers, money and dates compare as such; = on text is without case
 *   user=ID item=ID on events use the index
 */
struct row_query {
    enum table_kind kind;
    const char *filter; /* NULL or "" = all */
    const char *sort;   /* column name; NULL = order of arrival */
    bool descending;
};

struct selection {
    struct row_query query; /* copies; owned */
    bool dense;             /* keys are 1..n (or n..1 when descending) */
    int64_t n;
    int64_t *key; /* (n) unless dense */
};

/* May be slow: never on the UI thread. Cancels through reader_watch(). */
struct selection *rows_select(struct reader *reader, const struct row_query *query,
                              struct error *error);
void selection_free(struct selection *selection);
/* Place of a key in the selection, or -1. O(1) dense, else O(n). */
int64_t selection_find(const struct selection *selection, int64_t key);

/* Rows [first, first + n) of the selection with all columns of the table: well under 5 ms for a
 * screen. Keys whose row is gone give rows of absent cells. */
struct page *rows_page(struct reader *reader, const struct selection *selection, int64_t first,
                       int32_t n, struct error *error);

/* External id -> row id; 0 when there is none. (ERROR_MISSING is not set.) */
int64_t rows_find_user(struct reader *reader, struct slice id);
int64_t rows_find_item(struct reader *reader, struct slice id);
/* Ids that begin with a prefix, for completion: fills at most `max` rows of a page (id, name). */
struct page *rows_complete(struct reader *reader, enum table_kind kind, struct slice prefix,
                           int32_t max, struct error *error);

/* One user or item with everything that is known, as name/value pairs in order of the columns. */
struct page *rows_facts(struct reader *reader, enum table_kind kind, int64_t key,
                        struct error *error); /* columns: name, value */
/* The friends of a user: id, name, orders, common friends. */
struct page *rows_friends(struct reader *reader, int64_t user, int32_t max, struct error *error);
/* How the events of a user spread over an item attribute (category by default): value, events,
 * share. */
struct page *rows_taste(struct reader *reader, int64_t user, const char *attribute, int32_t max,
                        struct error *error);
/* Items bought together with an item (by the same user within a day): id, title, times. */
struct page *rows_bought_with(struct reader *reader, int64_t item, int32_t max,
                              struct error *error);

#endif

/* source_rows.c - tables of the workspace: rows.h behind the interface of table_source.h. */
#include "table_source.h"

#include <stdlib.h>
#include <string.h>

struct rows_source {
    struct table_source source;
    enum table_kind kind;
    char *fixed; /* may be NULL */
};

struct rows_set {
    struct table_set set;
    struct selection *selection;
};

struct table_source *table_source_retain(struct table_source *source)
{
    atomic_fetch_add(&source->references, 1);
    return source;
}

void table_source_release(struct table_source *source)
{
    if (source && atomic_fetch_sub(&source->references, 1) == 1) source->kind->free(source);
}

struct table_set *table_set_retain(struct table_set *set)
{
    atomic_fetch_add(&set->references, 1);
    return set;
}

void table_set_release(struct table_set *set)
{
    if (!set || atomic_fetch_sub(&set->references, 1) != 1) return;
    struct table_source *source = set->source;
    source->kind->free_set(set);
    table_source_release(source);
}

static void source_free(struct table_source *source)
{
    struct rows_source *rows = (struct rows_source *)source;
    free(rows->fixed);
    free(rows);
}

static void set_free(struct table_set *set)
{
    struct rows_set *rows = (struct rows_set *)set;
    selection_free(rows->selection);
    free(rows);
}

static int64_t total_of(const struct rows_source *rows, struct reader *reader)
{
    struct workspace_counts counts;
    if (rows->fixed || !workspace_counts(reader, &counts, NULL)) return -1;
    if (rows->kind == TABLE_USERS) return counts.users;
    if (rows->kind == TABLE_ITEMS) return counts.items;
    return rows->kind == TABLE_EVENTS ? counts.events : -1;
}

/* The fixed filter, the person's filter and words to search, as one. */
static bool join(const char *fixed, const char *filter, const char *words, struct text *out,
                 struct error *error)
{
    const char *parts[] = { fixed, filter, words };
    for (int i = 0; i < 3; i++) {
        if (!parts[i] || !parts[i][0]) continue;
        if (out->length > 0) text_add_string(out, " ");
        text_add_string(out, parts[i]);
    }
    return out->failed ? error_memory(error, "a filter") : true;
}

static struct table_set *rows_source_select(struct table_source *source,
                                            const struct loader_context *context,
                                            const struct table_query *query, struct error *error)
{
    struct rows_source *rows = (struct rows_source *)source;
    struct text filter = { 0 };
    struct rows_set *set = calloc(1, sizeof *set);
    if (!set) {
        error_memory(error, "a table");
        return NULL;
    }
    if (!join(rows->fixed, query->filter, NULL, &filter, error)) goto fail;
    struct row_query wanted = { .kind = rows->kind,
                                .filter = filter.length ? filter.bytes : NULL,
                                .sort = query->sort[0] ? query->sort : NULL,
                                .descending = query->descending };
    set->selection = rows_select(context->reader, &wanted, error);
    if (!set->selection) goto fail;
    atomic_init(&set->set.references, 1);
    set->set.source = table_source_retain(source);
    set->set.n = set->selection->n;
    set->set.total = total_of(rows, context->reader);
    text_fini(&filter);
    return &set->set;
fail:
    text_fini(&filter);
    free(set);
    return NULL;
}

static bool rows_source_page(const struct table_set *set, const struct loader_context *context,
                             int64_t first, int32_t n, struct table_block *block,
                             struct error *error)
{
    const struct rows_set *rows = (const struct rows_set *)set;
    block->columns =
        rows_columns(context->reader, rows->selection->query.kind, &block->n_columns, error);
    if (!block->columns) return false;
    block->page = rows_page(context->reader, rows->selection, first, n, error);
    if (!block->page) return false;
    if (block->n_columns > block->page->n_columns) block->n_columns = block->page->n_columns;
    return true;
}

static int64_t dense_place(const struct selection *selection, int64_t key)
{
    return selection->query.descending ? selection->n - key : key - 1;
}

/* Both selections have one order, so the places are found in one walk. */
static int64_t places(const struct selection *all, const struct selection *found, int64_t *at)
{
    int64_t n = 0;
    for (int64_t i = 0, k = 0; i < found->n; i++) {
        int64_t key =
            found->dense ? (found->query.descending ? found->n - i : i + 1) : found->key[i];
        if (all->dense) {
            at[n++] = dense_place(all, key);
            continue;
        }
        while (k < all->n && all->key[k] != key)
            k++;
        if (k == all->n) break;
        at[n++] = k;
    }
    return n;
}

static bool rows_source_search(const struct table_set *set, const struct loader_context *context,
                               const char *words, struct table_matches *matches,
                               struct error *error)
{
    const struct rows_set *rows = (const struct rows_set *)set;
    struct text filter = { 0 };
    struct row_query wanted = rows->selection->query;
    struct selection *found = NULL;
    bool ok = join(NULL, wanted.filter, words, &filter, error);
    wanted.filter = filter.bytes;
    if (ok) found = rows_select(context->reader, &wanted, error);
    if (found) matches->at = malloc((size_t)(found->n > 0 ? found->n : 1) * sizeof *matches->at);
    if (found && matches->at)
        matches->n = places(rows->selection, found, matches->at);
    else if (found)
        error_memory(error, "the matches");
    ok = found && matches->at;
    selection_free(found);
    text_fini(&filter);
    return ok;
}

static const struct table_source_kind rows_kind = {
    .select = rows_source_select,
    .page = rows_source_page,
    .search = rows_source_search,
    .free_set = set_free,
    .free = source_free,
};

struct table_source *rows_source_new(enum table_kind kind, const char *fixed, struct error *error)
{
    struct rows_source *rows = calloc(1, sizeof *rows);
    if (!rows || (fixed && !(rows->fixed = strdup(fixed)))) {
        free(rows);
        error_memory(error, "a table");
        return NULL;
    }
    atomic_init(&rows->source.references, 1);
    rows->source.kind = &rows_kind;
    rows->source.lane = LANE_SELECTIONS;
    rows->kind = kind;
    return &rows->source;
}
